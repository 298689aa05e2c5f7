"""One report from its parameters file to its place: checked, run, rendered, published, listed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _
from salesops_lib.language import locale_of
from salesops_lib.report.engine import ReportFailed, Tell, execute
from salesops_lib.report.export import to_csv
from salesops_lib.report.index import write_index
from salesops_lib.report.manifest import book_of, describe
from salesops_lib.report.params import Request, read_request
from salesops_lib.report.publish import publish, workspace, write_whole
from salesops_lib.report.render import render, tidy, to_json

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
        The folder of the reports; the report goes to <period>/<stem> in it.
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
    request = read_request(params, settings)
    if out.exists() and not out.is_dir():
        raise ParameterError(Fault(_("is not a folder."), file=str(out), fix=_("Give a folder with --out.")))
    log = out / "failed" / f"{request.period.name}-{request.report}.log"
    tell = begin(request)
    try:
        with workspace(out) as scratch:
            target = out / request.period.name / request.report
            _make(request, scratch, target, tell)
    except ReportFailed as failure:
        write_whole(log, f"{failure}\n\n{failure.log}\n")
        cause = _("{report} {period} failed: {cause}", report=request.report, period=request.period, cause=failure)
        raise ReportFailed(f"{cause}\n{_('The log is {path}.', path=log)}", log=failure.log) from failure
    _forget(log)
    return Result(request, target / f"{request.report}.html", write_index(out))


def _make(request: Request, scratch: Path, target: Path, tell: Tell) -> None:
    executed = execute(_read(request.notebook), request.values, folder=request.folder, scratch=scratch, tell=tell)
    build = scratch / request.report
    build.mkdir()
    for name, text in _files(request, executed):
        (build / name).write_text(text, encoding="utf-8", newline="")
    publish(build, target, describe(request, executed))


def _files(request: Request, executed: NotebookNode) -> Iterator[tuple[str, str]]:
    company, tidied = request.company, tidy(executed, dict(request.values))
    with locale_of(company.locale):
        title = f"{company.name}: {_(request.label)} {request.period.name}"
    yield f"{request.report}.html", render(tidied, title=title, locale=company.locale)
    yield f"{request.report}.ipynb", to_json(tidied)
    rejected = book_of(executed).get("quarantine")
    if rejected:
        import pandas as pd

        yield "quarantine.csv", to_csv(pd.DataFrame(rejected))


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
