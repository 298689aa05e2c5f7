"""Reports made by a Dask cluster and published here: the same bytes, wherever a notebook was run."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from salesops_lib.errors import Fault, ParameterError, SalesOpsError
from salesops_lib.forecasting.parallel import as_done
from salesops_lib.language import gettext as _
from salesops_lib.report.crew import Outcome
from salesops_lib.report.failure import ReportFailed
from salesops_lib.report.inputs import library
from salesops_lib.report.params import Request
from salesops_lib.report.publish import workspace
from salesops_lib.report.run import Begin, Made, made, put_in_place


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

    def run(self, requests: Sequence[Request], out: Path, *, begin: Begin) -> Iterator[Outcome]:
        """Run reports on the cluster and publish each as it comes back; `begin` is told of none of their cells.

        Raises
        ------
        ParameterError
            If no cluster answers, or Dask is not installed.
        """
        tasks = [(number, request, library()) for number, request in enumerate(requests)]
        for number, report, error in as_done(_made_there, tasks, self.address):
            yield _published(requests[number], report, error, out)


def _published(request: Request, report: Made | None, error: Exception | None, out: Path) -> Outcome:
    if report is not None:
        try:
            with workspace(out) as scratch:
                put_in_place(report, request, scratch, out)
            return Outcome(request, page=out / request.page)
        except Exception as failed:
            error = failed
    return Outcome(request, error=error or ReportFailed(_("nothing was heard of it.")))


def _made_there(number: int, request: Request, code: str) -> tuple[int, Made | None, Exception | None]:
    """What a worker does: it makes the files of a report, or says why there are none."""
    if library() != code:
        fix = _("Install the same environment there.")
        return number, None, ParameterError(Fault(_("a worker has another version of the library."), fix=fix))
    try:
        with tempfile.TemporaryDirectory(prefix="salesops-") as scratch:
            return number, made(request, Path(scratch), lambda done, total: None), None
    except SalesOpsError as error:
        return number, None, error
    except Exception as error:
        # Not every exception can be sent.
        text = f"{type(error).__name__}: {error}"
        return number, None, ReportFailed(text, log="".join(traceback.format_exception(error)))
