"""A batch: a file that lists reports, for whom and in which languages each is made, and what is run of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from salesops_lib.errors import Fault, ParameterError, SalesOpsError, nearest
from salesops_lib.language import SUPPORTED
from salesops_lib.language import gettext as _
from salesops_lib.report.members import GROUP, REP
from salesops_lib.report.params import MODELS, Request, read_yaml, request_of
from salesops_lib.report.roster import Roster, each_of
from salesops_lib.report.run import check_out, check_place

if TYPE_CHECKING:
    import pandas as pd

LOCALE = "locale"
Language = Literal[SUPPORTED]  # type: ignore[valid-type]  # its options are those of the library
Languages = Annotated[list[Language], Field(min_length=1)]


class Entry(BaseModel):
    """A report of the list: its notebook's stem, for whom it is made one by one, its languages, and its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    report: str
    for_each: str | None = None
    languages: Languages | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The parameters of the notebook."""
        return self.model_extra or {}


class Batch(BaseModel):
    """A batch file: parameters that hold for every report, the languages of those that name none, and the reports."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    defaults: dict[str, Any] = {}
    languages: Languages | None = None
    reports: Annotated[list[Entry], Field(min_length=1)]


@dataclass(frozen=True)
class _Template:
    """An entry that was checked without the data: its request before it has members."""

    where: str
    request: Request
    for_each: str | None


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
    for request in requests:
        check_place(request, out)
    twice = [place for place, n in Counter(request.place for request in requests).items() if n > 1]
    if twice:
        what = [_("{place} would be made twice.", place=place.as_posix()) for place in twice]
        raise ParameterError(*(Fault(each, file=path.name, fix=_("Leave one out.")) for each in what))
    return requests


def chosen(requests: Sequence[Request], only: Sequence[str] = (), limit: int | None = None) -> list[Request]:
    """The reports of a batch that are asked for, in its order.

    Parameters
    ----------
    requests : sequence of Request
        All of them.
    only : sequence of str
        Names or globs (`rep_scorecard`, `R-0*`, `2026Q3/rep_scorecard/*`), in any case: of the report, its place in the
        folder of the reports, its member's name, id or group. One is enough; none asks for all.
    limit : int, optional
        The first so many of them.

    Raises
    ------
    ParameterError
        Naming each glob that is no report's.
    """
    names = [{name.casefold() for name in _names(request)} for request in requests]
    wrong = [glob for glob in only if not any(_fits(each, glob) for each in names)]
    if wrong:
        known = [name for request in requests for name in _names(request)]
        what = [
            Fault(_("--only {glob}: no report is called so.", glob=glob), fix=nearest(glob, known)) for glob in wrong
        ]
        raise ParameterError(*what)
    found = [request for request, each in zip(requests, names, strict=True) if any(_fits(each, glob) for glob in only)]
    return (found if only else list(requests))[:limit]


def listing(requests: Sequence[Request], out: Path) -> pd.DataFrame:
    """What would be run: report, period, member ("" for none) and page."""
    import pandas as pd

    rows = [
        (request.report, request.period.name, request.member.label if request.member else "", str(out / request.page))
        for request in requests
    ]
    return pd.DataFrame(rows, columns=["report", "period", "member", "page"])


def _names(request: Request) -> list[str]:
    member = request.member
    told = [member.label, member.value, member.value.partition("=")[2] or member.folder] if member else []
    return [request.report, request.place.parts[1], request.place.as_posix(), *told]


def _fits(names: set[str], glob: str) -> bool:
    return any(fnmatchcase(name, glob.casefold()) for name in names)


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
        given = {**batch.defaults, **entry.given}
        try:
            for locale in _locales(entry.languages or batch.languages, where, {*given, *settings}):
                templates.append(_template(path, where, entry, given | locale, settings))
        except SalesOpsError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise ParameterError(*faults)
    for template in templates:
        check_out(template.request, out)
        yield template


def _locales(languages: Sequence[str] | None, where: str, given: set[str]) -> list[dict[str, str]]:
    """What is given to a report in each of its languages, once each."""
    if languages is None:
        return [{}]
    if LOCALE in given:
        what = _("{name!r} is given, and languages gives it, too.", name=LOCALE)
        raise ParameterError(Fault(what, file=where, fix=_("Leave one of them out.")))
    return [{LOCALE: language} for language in dict.fromkeys(languages)]


def _template(path: Path, where: str, entry: Entry, given: Mapping[str, Any], settings: Mapping[str, str]) -> _Template:
    if entry.report not in MODELS:
        raise ParameterError(
            Fault(_("there is no report {name!r}.", name=entry.report), file=where, fix=nearest(entry.report, MODELS))
        )
    placeholder = _placeholder(entry, where, {*given, *settings}) if entry.for_each is not None else {}
    request = request_of(path.with_name(f"{entry.report}.yml"), {**given, **placeholder}, settings, where=where)
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
