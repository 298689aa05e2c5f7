"""One report from its parameters file to its place: checked, run, rendered, published, listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat import NotebookNode

from salesops_lib.data.pseudonyms import refuse_key_in
from salesops_lib.errors import Fault, ParameterError, SalesOpsError
from salesops_lib.language import gettext as _
from salesops_lib.language import locale_of
from salesops_lib.report.engine import execute
from salesops_lib.report.export import to_csv
from salesops_lib.report.failure import ReportFailed, Tell
from salesops_lib.report.fault_log import forget_failure, record_failure
from salesops_lib.report.index import write_index
from salesops_lib.report.inputs import EARLIER, INPUTS, Inputs, read_earlier
from salesops_lib.report.leaks import Leaks
from salesops_lib.report.lists import files_of
from salesops_lib.report.manifest import book_of, describe, lists_of, without_lists
from salesops_lib.report.params import Request, read_request, with_pseudonyms
from salesops_lib.report.publish import locked, publish, put, refuse_other_company, workspace
from salesops_lib.report.render import render, tidy, to_json
from salesops_lib.report.roster import Roster

if TYPE_CHECKING:
    from salesops_lib.report.work import Workers

Begin = Callable[[Request], Tell]


@dataclass(frozen=True)
class Result:
    """A published report: its page and the index that lists it; `made` is false if it was published before."""

    request: Request
    page: Path
    index: Path
    made: bool = True


@dataclass(frozen=True)
class Made:
    """A report that was run and is not yet published: its files by name, and what its record says."""

    files: tuple[tuple[str, bytes], ...]
    record: Mapping[str, Any]


def run(
    params: Path,
    settings: Mapping[str, str],
    out: Path,
    *,
    begin: Begin = lambda request: _say_nothing,
    workers: Workers | None = None,
    fresh: bool = False,
) -> Result:
    """Run the report of a parameters file and publish it below `out`, unless it is there and nothing has changed.

    It asks for no lock and waits for no batch that is at work in the folder: of a report that both make, the last one
    stands, whole.

    Parameters
    ----------
    params : Path
        The parameters file; the notebook of the same stem is run.
    settings : mapping
        Values that go before those of the file.
    out : Path
        The folder of the reports; the report goes to <period>/<stem> in it, that of a member one folder deeper.
    begin : callable
        Called with the checked request; gives the function that is told of each finished cell.
    workers : Workers, optional
        Who runs it; without any, a crew of one.
    fresh : bool
        Run it also if nothing has changed.

    Raises
    ------
    ParameterError, CompanyError
        Before a kernel starts.
    SourceError
        If the data are rejected.
    ReportFailed
        For any other failure; its cause says where the log is. Nothing is published, the former report stays.
    """
    from salesops_lib.report.crew import Crew  # which runs reports as `make` does

    inputs, request = Inputs(), plan(params, settings, out)
    if not fresh and inputs.unchanged(request, out):
        forget_failure(request, out)
        return Result(request, out / request.page, listed(out), made=False)
    request = replace(request, inputs=inputs.of(request))
    with workers or Crew(jobs=1) as at_work:
        (outcome,) = at_work.run([request], out, begin=begin)
    if outcome.error is None:
        forget_failure(request, out)
        return Result(request, out / request.page, listed(out))
    if isinstance(outcome.error, SalesOpsError) and not isinstance(outcome.error, ReportFailed):
        raise outcome.error  # what can be mended is told as it is, and leaves nothing behind
    line = record_failure(request, outcome.error, out)
    with suppress(OSError):  # on a full disk the line says that there is no log
        listed(out)
    raise ReportFailed(line, log=getattr(outcome.error, "log", "")) from outcome.error


def plan(params: Path, settings: Mapping[str, str], out: Path) -> Request:
    """The report that a parameters file asks for, with its member; nothing is run.

    Raises
    ------
    ParameterError, CompanyError, SourceError
        As `run` does before a kernel starts.
    """
    request = read_request(params, settings)
    check_out(request, out)
    request = Roster().named(request)
    check_place(request, out)
    return request


def check_out(request: Request, out: Path) -> None:
    """Refuse a folder for reports that is a file, or that the key of the pseudonyms would be published in.

    Raises
    ------
    ParameterError, CompanyError
        Saying which of the two.
    """
    if out.exists() and not out.is_dir():
        raise ParameterError(Fault(_("is not a folder."), file=str(out), fix=_("Give a folder with --out.")))
    privacy = request.company.privacy
    if privacy.key or privacy.pseudonyms:
        refuse_key_in(with_pseudonyms(request.company), out)


def check_place(request: Request, out: Path) -> None:
    """Refuse a place where the report of another company is published.

    Raises
    ------
    ParameterError
        Naming both companies.
    """
    refuse_other_company(out / request.place, request.company.name, request.place)


def make(request: Request, out: Path, *, begin: Begin = lambda request: _say_nothing) -> Path:
    """Run a planned report and publish it below `out`; neither the index nor a record of its failure is written.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    SalesOpsError
        As `run` does once a kernel has started.
    OSError
        If the disk is full or fails.
    """
    tell = begin(request)
    with workspace(out) as scratch:
        put_in_place(made(request, scratch, tell), request, scratch, out)
    return out / request.page


def made(request: Request, scratch: Path, tell: Tell) -> Made:
    """Run a planned report; nothing is published."""
    earlier = read_earlier(request)
    executed = execute(_read(request.notebook), request.values, folder=request.folder, scratch=scratch, tell=tell)
    leaks = Leaks(request.company, request.folder)
    executed = leaks.cleaned(executed)
    record = describe(request, executed)
    if request.inputs:
        record[INPUTS] = {**request.inputs, EARLIER: earlier(record["as_of"])}
    files = tuple(_files(request, executed))
    for name, content in files:
        _refuse_secret(leaks, name, content)
    return Made(files, record)


def put_in_place(report: Made, request: Request, scratch: Path, out: Path) -> None:
    """Publish a report that was run."""
    build = scratch / request.report
    build.mkdir()
    for name, content in report.files:
        put(build / name, content)
    publish(build, out, request.place, report.record)


def listed(out: Path) -> Path:
    """Write the index anew; nobody else writes it in between, so it lacks no report."""
    with locked(out):
        return write_index(out)


def _refuse_secret(leaks: Leaks, name: str, content: bytes) -> None:
    told = leaks.told_by(content.decode("utf-8", "replace"))
    if told:
        raise ReportFailed(_("{file} would show the secret {name} of the connection.", file=name, name=told))


def _files(request: Request, executed: NotebookNode) -> Iterator[tuple[str, bytes]]:
    company, tidied = request.company, tidy(without_lists(executed), dict(request.values))
    if company.privacy.pseudonyms:
        # The notebook's own defaults may name a rep; those that were given stand behind them.
        tidied.cells = [cell for cell in tidied.cells if "parameters" not in cell.metadata.get("tags", [])]
    with locale_of(company.locale):
        title = f"{company.name}: {request.title}"
    yield f"{request.report}.html", render(tidied, title=title, locale=company.locale).encode()
    yield f"{request.report}.ipynb", to_json(tidied).encode()
    rejected = book_of(executed).get("quarantine")
    if rejected:
        import pandas as pd

        yield "quarantine.csv", to_csv(pd.DataFrame(rejected)).encode()
    with locale_of(company.locale):
        lists = list(files_of(lists_of(executed)))
    yield from lists


def _read(notebook: Path) -> NotebookNode:
    try:
        content: NotebookNode = nbformat.read(notebook, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError):
        fault = Fault(_("is not a notebook."), file=notebook.name, fix=_("Restore it from git."))
        raise ParameterError(fault) from None
    return content


def _say_nothing(_done: int, _total: int) -> None:
    return None
