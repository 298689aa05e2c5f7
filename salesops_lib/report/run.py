"""One report from its parameters file to its place: checked, run, rendered, published, listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from salesops_lib.data.pseudonyms import refuse_key_in
from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _
from salesops_lib.report.crew import Crew
from salesops_lib.report.failure import Tell
from salesops_lib.report.index import write_index
from salesops_lib.report.outcome import name_of
from salesops_lib.report.params import Request, read_request, with_pseudonyms
from salesops_lib.report.roster import Roster

__all__ = ["Begin", "Result", "check_out", "make", "name_of", "plan", "run"]

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
    with Crew() as crew:  # it gets ready while the parameters are checked
        request = plan(params, settings, out)
        page = _made(crew, request, out, begin)
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
        As `run` does once the report has begun.
    """
    with Crew() as crew:
        return _made(crew, request, out, begin)


def _made(crew: Crew, request: Request, out: Path, begin: Begin) -> Path:
    (outcome,) = crew.run([request], out, begin=begin)
    if outcome.page is None:
        assert outcome.error is not None
        raise outcome.error
    return outcome.page


def _say_nothing(_done: int, _total: int) -> None:
    return None
