"""One report from its parameters file to its place: checked, run, rendered, published, listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from salesops_lib.data.pseudonyms import refuse_key_in
from salesops_lib.errors import CompanyError, Fault, ParameterError, SourceError
from salesops_lib.language import gettext as _
from salesops_lib.report.crew import Crew
from salesops_lib.report.failure import ReportFailed, Tell
from salesops_lib.report.fault_log import forget_failure, record_failure
from salesops_lib.report.index import write_index
from salesops_lib.report.inputs import Inputs
from salesops_lib.report.leaks import Leaks
from salesops_lib.report.params import Request, read_request, with_pseudonyms
from salesops_lib.report.publish import locked, refuse_other_company
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


def run(
    params: Path,
    settings: Mapping[str, str],
    out: Path,
    *,
    begin: Begin = lambda request: _say_nothing,
    workers: Workers | None = None,
    fresh: bool = False,
    chromium: Path | None = None,
    with_code: bool = False,
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
    chromium : Path, optional
        The browser that prints the report as PDF, too.
    with_code : bool
        Whether the page shows the cells' code, for analysts.

    Raises
    ------
    ParameterError, CompanyError
        Before a kernel starts.
    SourceError
        If the data are rejected.
    ReportFailed
        For any other failure; its cause says where the log is. Nothing is published, the former report stays.
    """
    with workers or Crew() as at_work:  # it gets ready while the parameters are checked
        inputs, request = Inputs(), plan(params, settings, out)
        request = replace(request, chromium=chromium, with_code=with_code)
        if not fresh and inputs.unchanged(request, out):
            forget_failure(request, out)
            return Result(request, out / request.page, listed(out), made=False)
        request = replace(request, inputs=inputs.of(request))
        (outcome,) = at_work.run([request], out, begin=begin)
    if outcome.error is None:
        forget_failure(request, out)
        return Result(request, out / request.page, listed(out))
    if isinstance(outcome.error, ParameterError | CompanyError | SourceError):
        # What can be mended is told as it is, and leaves nothing behind.
        leaks = Leaks(request.company, request.folder)
        told = type(outcome.error)(*(leaks.without_any(str(fault)) for fault in outcome.error.faults))
        for traceback in getattr(outcome.error, "__notes__", ()):
            told.add_note(leaks.without_any(traceback))
        raise told
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


def listed(out: Path) -> Path:
    """Write the index anew; nobody else writes it in between, so it lacks no report."""
    with locked(out):
        return write_index(out)


def _say_nothing(_done: int, _total: int) -> None:
    return None
