"""One report from its parameters file to its place: checked, run, rendered, published, listed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from salesops_lib.data.pseudonyms import refuse_key_in
from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _
from salesops_lib.language import locale_of
from salesops_lib.report.engine import ReportFailed, Tell, execute
from salesops_lib.report.export import to_csv
from salesops_lib.report.index import write_index
from salesops_lib.report.lists import files_of
from salesops_lib.report.manifest import book_of, describe, lists_of, without_lists
from salesops_lib.report.params import Request, read_request, with_pseudonyms
from salesops_lib.report.publish import publish, workspace, write_whole
from salesops_lib.report.render import render, tidy, to_json
from salesops_lib.report.roster import Roster
from salesops_lib.report.translate import translated

Begin = Callable[[Request], Tell]


@dataclass(frozen=True)
class Result:
    """A published report: its page and the index that lists it."""

    request: Request
    page: Path
    index: Path


def run(params: Path, settings: Mapping[str, str], out: Path, *, begin: Begin = lambda request: _say_nothing) -> Result:
    """Run the report of a parameters file and publish it below `out`.

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

    Raises
    ------
    ParameterError, CompanyError
        Before a kernel starts.
    SourceError
        If the data are rejected.
    ReportFailed
        For any other failure; its cause says where the log is. Nothing is published, the former report stays.
    """
    request = plan(params, settings, out)
    page = make(request, out, begin=begin)
    return Result(request, page, write_index(out))


def plan(params: Path, settings: Mapping[str, str], out: Path) -> Request:
    """The report that a parameters file asks for, with its member; nothing is run.

    Raises
    ------
    ParameterError, CompanyError, SourceError
        As `run` does before a kernel starts.
    """
    request = read_request(params, settings)
    check_out(request, out)
    return Roster().named(request)


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


def make(request: Request, out: Path, *, begin: Begin = lambda request: _say_nothing) -> Path:
    """Run a planned report and publish it below `out`; the index is not written anew.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    SalesOpsError
        As `run` does once a kernel has started.
    """
    name = "-".join([request.period.name, request.place.parts[1], *([request.member.folder] if request.member else [])])
    log = out / "failed" / f"{name}.log"
    tell = begin(request)
    try:
        with workspace(out) as scratch:
            _make(request, scratch, out, tell)
    except ReportFailed as failure:
        write_whole(log, f"{failure}\n\n{failure.log}\n")
        cause = _("{report} failed: {cause}", report=name_of(request), cause=failure)
        raise ReportFailed(f"{cause}\n{_('The log is {path}.', path=log)}", log=failure.log) from failure
    _forget(log)
    return out / request.page


def name_of(request: Request) -> str:
    """The report in one line, as it is asked for: its stem, its period, and whose it is."""
    return " ".join([request.place.parts[1], request.period.name, *([request.member.label] if request.member else [])])


def _make(request: Request, scratch: Path, out: Path, tell: Tell) -> None:
    executed = execute(_read(request.notebook), request.values, folder=request.folder, scratch=scratch, tell=tell)
    build = scratch / request.report
    build.mkdir()
    for name, content in _files(request, executed):
        (build / name).write_bytes(content)
    publish(build, out, request.place, describe(request, executed))


def _files(request: Request, executed: NotebookNode) -> Iterator[tuple[str, bytes]]:
    company, tidied = request.company, tidy(without_lists(executed), dict(request.values))
    if company.privacy.pseudonyms:
        # The notebook's own defaults may name a rep; those that were given stand behind them.
        tidied.cells = [cell for cell in tidied.cells if "parameters" not in cell.metadata.get("tags", [])]
    with locale_of(company.locale):
        tidied = translated(tidied)
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


def _forget(log: Path) -> None:
    log.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        log.parent.rmdir()


def _say_nothing(_done: int, _total: int) -> None:
    return None
