"""A batch: a file that lists reports and for whom each is made, run one after the other whatever becomes of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from salesops_lib.errors import Fault, ParameterError, SalesOpsError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.report.failure import ReportFailed
from salesops_lib.report.index import write_index
from salesops_lib.report.members import GROUP, REP
from salesops_lib.report.params import MODELS, Request, read_yaml, request_of
from salesops_lib.report.roster import Roster, each_of
from salesops_lib.report.run import check_out, make, name_of

if TYPE_CHECKING:
    import pandas as pd

    from salesops_lib.report.run import Begin

REPORTS = "reports"


class Entry(BaseModel):
    """A report of the list: its notebook's stem, for whom it is made one by one, and its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    report: str
    for_each: str | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The parameters of the notebook."""
        return self.model_extra or {}


class Batch(BaseModel):
    """A batch file: parameters that hold for every report, and the reports."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    defaults: dict[str, Any] = {}
    reports: Annotated[list[Entry], Field(min_length=1)]


class SomeFailed(SalesOpsError):
    """A batch of which some reports could not be made; each was told when it failed."""

    exit_code = 1


@dataclass(frozen=True)
class _Template:
    """An entry that was checked without the data: its request before it has members."""

    where: str
    request: Request
    for_each: str | None


def is_batch(path: Path) -> bool:
    """Whether a parameters file lists reports; what cannot be read is none, and its run says why."""
    try:
        return REPORTS in read_yaml(path)
    except ParameterError:
        return False


def plan_batch(path: Path, settings: Mapping[str, str], out: Path) -> list[Request]:
    """The reports of a batch file in its order, each with its member; nothing is run.

    Parameters
    ----------
    path : Path
        The batch file.
    settings : mapping
        Values that go before those of the file, in every report.
    out : Path
        The folder of the reports.

    Raises
    ------
    ParameterError
        With the faults of all entries.
    SourceError
        If reps are asked for and the data are rejected.
    """
    templates = list(_templates(path, _read(path), settings, out))
    roster = Roster()
    requests = [request for template in templates for request in _expanded(template, roster)]
    twice = [place for place, n in Counter(request.place for request in requests).items() if n > 1]
    if twice:
        what = [_("{place} would be made twice.", place=place.as_posix()) for place in twice]
        raise ParameterError(*(Fault(each, file=path.name, fix=_("Leave one out.")) for each in what))
    return requests


def run_batch(requests: Sequence[Request], out: Path, *, begin: Begin, fail: Callable[[str], None]) -> Path:
    """Run planned reports one after the other and write the index that lists what is published.

    Parameters
    ----------
    requests : sequence of Request
        As `plan_batch` gives them.
    out : Path
        The folder of the reports.
    begin : callable
        Called when a report begins; gives the function that is told of each finished cell.
    fail : callable
        Told the one line of a report that failed.

    Returns
    -------
    Path
        The index.

    Raises
    ------
    SomeFailed
        After the last report, if not all are published; it is raised from a group of their errors.
    """
    failures: list[Exception] = []
    published = 0
    try:
        for request in requests:
            try:
                make(request, out, begin=begin)
                published += 1
            except Exception as error:  # whatever it is: the other reports are still wanted
                failures.append(error)
                fail(_line(request, error))
    finally:
        if published:  # also after an interruption, what was published by then is listed
            write_index(out)
    if failures:
        total = len(requests)
        text = ngettext("{n} of {total} reports failed.", "{n} of {total} reports failed.", len(failures), total=total)
        raise SomeFailed(text) from ExceptionGroup(text, failures)
    return out / "index.html"


def listing(requests: Sequence[Request], out: Path) -> pd.DataFrame:
    """What would be run: report, period, member ("" for none) and page."""
    import pandas as pd

    rows = [
        (request.report, request.period.name, request.member.label if request.member else "", str(out / request.page))
        for request in requests
    ]
    return pd.DataFrame(rows, columns=["report", "period", "member", "page"])


def _read(path: Path) -> Batch:
    content = read_yaml(path)
    try:
        return Batch.model_validate(content)
    except ValidationError as error:
        raise ParameterError(*(_fault(item, path.name) for item in error.errors(include_url=False))) from None


def _fault(item: Mapping[str, Any], file: str) -> Fault:
    """What the model found wrong; reports are counted from 1, as in what is said of their parameters."""
    key = ".".join(str(part + 1 if isinstance(part, int) else part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return Fault(_("unknown key {name!r}.", name=key), file=file, fix=nearest(key, Batch.model_fields))
    if item["type"] == "missing":
        return Fault(_("{name} is missing.", name=key), file=file, fix=_("Add it."))
    if item["type"] == "model_type":
        return Fault(_("{name} is no report.", name=key), file=file, fix=_("Write it as `report: quarterly_review`."))
    what = item["msg"].removeprefix("Input ").removeprefix("List ")
    return Fault(_("{name} {what}.", name=key, what=what), file=file)


def _templates(path: Path, batch: Batch, settings: Mapping[str, str], out: Path) -> Iterator[_Template]:
    faults: list[Fault] = []
    templates = []
    for number, entry in enumerate(batch.reports, start=1):
        where = _("{file}, report {n} ({report})", file=path.name, n=number, report=entry.report)
        try:
            templates.append(_template(path, where, entry, batch.defaults, settings))
        except SalesOpsError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise ParameterError(*faults)
    for template in templates:
        check_out(template.request, out)
        yield template


def _template(
    path: Path, where: str, entry: Entry, defaults: Mapping[str, Any], settings: Mapping[str, str]
) -> _Template:
    if entry.report not in MODELS:
        raise ParameterError(
            Fault(_("there is no report {name!r}.", name=entry.report), file=where, fix=nearest(entry.report, MODELS))
        )
    given = {**defaults, **entry.given}
    if entry.for_each is not None:
        given |= _placeholder(entry, where, {*given, *settings})
    request = request_of(path.with_name(f"{entry.report}.yml"), given, settings, where=where)
    return _Template(where, request, entry.for_each)


def _placeholder(entry: Entry, where: str, given: set[str]) -> dict[str, str]:
    """What stands for the members until the data name them."""
    options = each_of(entry.report)
    if entry.for_each not in options:
        what = _("{report} is not made for each {name!r}.", report=entry.report, name=entry.for_each)
        raise ParameterError(Fault(what, file=where, fix=nearest(str(entry.for_each), options)))
    name = REP if entry.for_each == REP else GROUP
    if name in given:
        what = _("{name!r} is given, and for_each gives it, too.", name=name)
        raise ParameterError(Fault(what, file=where, fix=_("Leave one of them out.")))
    return {name: "all"}


def _expanded(template: _Template, roster: Roster) -> list[Request]:
    try:
        if template.for_each is None:
            return [roster.named(template.request)]
        return roster.each(template.request, template.for_each)
    except ParameterError as error:
        raise ParameterError(*(Fault(str(fault), file=template.where) for fault in error.faults)) from None


def _line(request: Request, error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, ReportFailed):
        return text  # it names the report and its log
    cause = text if isinstance(error, SalesOpsError) else f"{type(error).__name__}: {text}"
    return _("{report} failed: {cause}", report=name_of(request), cause=cause)
