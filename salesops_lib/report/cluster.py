"""Reports made by a Dask cluster and published here: the same bytes, wherever a notebook was run."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from salesops_lib.data.fingerprint import library_digest
from salesops_lib.errors import Fault, ParameterError, SalesOpsError
from salesops_lib.forecasting.parallel import as_done
from salesops_lib.language import gettext as _
from salesops_lib.report.crew import BUILD, KERNEL
from salesops_lib.report.failure import ReportFailed, Tell
from salesops_lib.report.making import make
from salesops_lib.report.outcome import Outcome, put_in_place
from salesops_lib.report.params import Request
from salesops_lib.report.publish import put, workspace


@dataclass(frozen=True)
class Made:
    """A report that was run and is not yet published: its files by name, and what its record says."""

    files: tuple[tuple[str, bytes], ...]
    record: Mapping[str, Any]


class Cluster:
    """The workers of a Dask cluster.

    They need the same environment, and the project and its data under the same path. What they make comes back as
    bytes: the folder of the reports is written by this process alone.

    Parameters
    ----------
    address : str
        As dask://host:8786.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        return None

    def run(self, requests: Sequence[Request], out: Path, *, begin: Callable[[Request], Tell]) -> Iterator[Outcome]:
        """Run reports on the cluster and publish each as it comes back; `begin` is told of none of their cells.

        Raises
        ------
        ParameterError
            If no cluster answers, or Dask is not installed.
        """
        here = Path.cwd()
        tasks = [(number, request, here, library_digest()) for number, request in enumerate(requests)]
        for number, report, error in as_done(_made_there, tasks, self.address):
            yield _published(requests[number], report, error, out)


def _published(request: Request, report: Made | None, error: Exception | None, out: Path) -> Outcome:
    if report is not None:
        try:
            with workspace(out) as scratch:
                build = scratch / BUILD
                build.mkdir()
                for name, content in report.files:
                    put(build / name, content)
                return put_in_place(request, out, build, report.record)
        except Exception as failed:
            error = failed
    return Outcome(request, error=error or ReportFailed(_("nothing was heard of it.")))


def _made_there(number: int, request: Request, here: Path, code: str) -> tuple[int, Made | None, Exception | None]:
    """What a worker does: it makes the files of a report, or says why there are none."""
    if library_digest() != code:
        fix = _("Install the same environment there.")
        return number, None, ParameterError(Fault(_("a worker has another version of the library."), fix=fix))
    try:
        with tempfile.TemporaryDirectory(prefix="salesops-") as scratch:
            record = make(lambda said: None, request, Path(scratch), KERNEL, here, None)
            files = sorted(Path(scratch, BUILD).iterdir())
            return number, Made(tuple((path.name, path.read_bytes()) for path in files), record), None
    except SalesOpsError as error:
        return number, None, error
    except Exception as error:
        # Not every exception can be sent.
        text = f"{type(error).__name__}: {error}"
        return number, None, ReportFailed(text, log="".join(traceback.format_exception(error)))
