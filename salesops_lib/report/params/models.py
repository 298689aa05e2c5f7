"""The parameters of each notebook as a model: their names, what they may be, and the period a report is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from salesops_lib.company import Company
from salesops_lib.errors import Fault, ParameterError, SalesOpsError, nearest
from salesops_lib.language import SUPPORTED
from salesops_lib.language import gettext as _
from salesops_lib.periods import Period

ALL = "all"


def _day(value: object) -> object:
    """Take a quoted day for the day it names; what is neither is left to the model."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _group(text: str) -> str:
    """`all`, or a grouping of reps and one of its values."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if text.strip() == ALL:
        return ALL
    if not (equals and value):
        # What was typed may be somebody's name: it is not repeated, for a report may hide names.
        what = _("group: this names nobody. Write it as team=NAME, or all.")
        raise ValueError(what)
    if name not in groupings():
        what = _("group: reps have no {name!r}. {fix}", name=name, fix=nearest(name, groupings()))
        raise ValueError(what)
    return f"{name}={value}"


def _peers(text: str) -> str:
    """`all`, or the grouping of reps within which they are compared."""
    name = text.strip()
    if name != ALL and name not in groupings():
        what = _("peers: reps have no {name!r}. {fix}", name=name, fix=nearest(name, [ALL, *groupings()]))
        raise ValueError(what)
    return name


def _spoken(locale: str | None) -> str | None:
    """A locale that reports are written in."""
    if locale is not None and locale not in SUPPORTED:
        what = _("locale: {locale!r} is not known. {fix}", locale=locale, fix=nearest(locale, SUPPORTED))
        raise ValueError(what)
    return locale


def groupings() -> tuple[str, ...]:
    """By what reps are grouped, such as team."""
    from salesops_lib.analysis.reps.peers import GROUPINGS  # costs seconds, and only a group needs it

    return GROUPINGS


class Parameters(BaseModel):
    """What every report is given: the company file, and the day as of which the data are read (none: all of it).

    `locale` is the reader's; none: that of the company file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    label: ClassVar[str]
    names_period: ClassVar[str]
    looks_ahead: ClassVar[bool] = False

    company: str
    as_of: Annotated[date | None, BeforeValidator(_day)] = None
    locale: Annotated[str | None, AfterValidator(_spoken)] = None

    def period(self, company: Company) -> Period:
        """The period that the report is about; the name of its folder."""
        raise NotImplementedError


class Quarterly(Parameters):
    """A report about a fiscal quarter, by its name or as `last` for the last complete one in the data."""

    names_period = "quarter"

    quarter: str

    def period(self, company: Company) -> Period:
        """The quarter, checked against the company's fiscal calendar."""
        return _quarter(self.quarter, company)


class Forecasting(Parameters):
    """The forecast of a quarter in progress or to come; `next` is that of the day after the data end."""

    label = "Forecast"
    names_period = "quarter"
    looks_ahead = True

    quarter: str
    fast: bool = True
    published: str = "reports"
    pseudonyms: bool = False

    def period(self, company: Company) -> Period:
        """The quarter, checked against the company's fiscal calendar."""
        if self.quarter != "next":
            return _quarter(self.quarter, company)
        until = self.as_of or company.source.data_until
        if until is None:
            raise _unknown_end(self.quarter)
        return company.calendar.containing(until + timedelta(days=1), "quarter")


class QuarterlyReview(Quarterly):
    """The quarterly review of the whole sales organisation: where earlier reports are, whether names are replaced."""

    label = "Quarterly review"

    published: str = "reports"
    pseudonyms: bool = False


class CrmHealth(Quarterly):
    """The audit of a CRM's records as of a quarter's end, and after how many days an open opportunity is stale."""

    label = "CRM health"

    stale_days: Annotated[int, Field(ge=1)] = 30
    pseudonyms: bool = False


class RepComparison(Quarterly):
    """The comparison of reps: who is shown, with whom each is compared, and whether names are replaced."""

    label = "Rep comparison"

    group: Annotated[str, AfterValidator(_group)] = ALL
    peers: Annotated[str, AfterValidator(_peers)] = ALL
    pseudonyms: bool = False


class RepScorecard(Quarterly):
    """The scorecard of one rep, by id, name or pseudonym, for the talk between two."""

    label = "Rep scorecard"

    rep: str
    peers: Annotated[str, AfterValidator(_peers)] = ALL
    pseudonyms: bool = False


MODELS: dict[str, type[Parameters]] = {
    "crm_health": CrmHealth,
    "forecasting": Forecasting,
    "quarterly_review": QuarterlyReview,
    "rep_comparison": RepComparison,
    "rep_scorecard": RepScorecard,
}


def _quarter(name: str, company: Company) -> Period:
    calendar = company.calendar
    if name == "last":
        until = company.source.data_until
        if until is None:
            raise _unknown_end(name)
        return calendar.last_complete("quarter", until)
    form = _("Write it as 2026Q3, or `last`.")
    try:
        period = calendar.period(name)
    except SalesOpsError:
        raise ParameterError(Fault(_("the quarter {name!r} is not a quarter.", name=name), fix=form)) from None
    if period.grain != "quarter":
        raise ParameterError(Fault(_("the quarter {name!r} is a {grain}.", name=name, grain=period.grain), fix=form))
    return period


def _unknown_end(name: str) -> ParameterError:
    what = _("quarter: {name!r} needs to know until when the data go.", name=name)
    return ParameterError(Fault(what, fix=_("Name the quarter, or set source: data_until: in the company file.")))
