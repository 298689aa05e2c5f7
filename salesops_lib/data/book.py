"""The book: a company's canonical tables as they stood on a date, and what became of every row that was read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis import _

from salesops_lib.company import Company, read_company, spoken_to
from salesops_lib.data import assignments, forecasts, leads, orders, people, quotas, ramps, states
from salesops_lib.data.cells import ROW
from salesops_lib.data.checks import Audit
from salesops_lib.data.freshness import check_freshness
from salesops_lib.data.schema import TABLES
from salesops_lib.data.snapshot import keep
from salesops_lib.data.source import Source, moments, read_source, with_notes
from salesops_lib.errors import MissingTable, ParameterError
from salesops_lib.language import N_, later
from salesops_lib.periods import Calendar, Period

# Derived tables that are worked out once and kept; the others are asked anew each time.
KEPT = frozenset(
    ("_opportunities", "states", "stage_entries", "pushes", "forecast_results", "lead_outcomes", "quotes", "market")
)
MOMENTS = {"leads": "created_at", "activities": "happened_at", "forecasts": "submitted_at", "accounts": "created_at"}
APPROXIMATED = later("no opportunity_history: stages, amounts and close dates of the past are today's")


@dataclass(frozen=True)
class Book:
    """A company's tables as they stood at the end of the day `as_of`; it knows nothing later.

    `table(name)` gives a canonical table, or one of those the book derives from them: `states` (spans of unchanged
    state), `stage_entries` (who entered which stage when), `pushes` (when an expected close date was moved to a later
    month), `ramps` (how long new reps took to sell as much as the others), `quota_spans` (quotas cut to the days a rep
    was employed), `forecast_results` (what was committed to, beside what was won), `lead_outcomes` (leads and what
    became of them), `quotes` (quotes sent and when they were answered), `orders` (won opportunities and what became of
    them), `market` (customers beside the accounts that could be), `assigned_reps` (all reps, also
    those hired later, with the assignment of the book's day), `moves` (who moved from which team, manager, territory or
    segment to which), `as_entered` (opportunities with the amounts that were entered: no list price in place of one).
    """

    company: Company
    as_of: date
    audit: Audit
    data_hash: str
    source: Source = field(repr=False)

    @property
    def calendar(self) -> Calendar:
        """The company's fiscal calendar."""
        return self.company.calendar

    @property
    def cutoff(self) -> datetime:
        """The first moment that the book does not know."""
        return datetime.combine(self.as_of + timedelta(days=1), time())

    def has(self, name: str) -> bool:
        """Whether the source has a canonical table."""
        return name in self.source.tables

    def table(self, name: str) -> ir.Table:
        """A canonical or derived table as of the book's date.

        Raises
        ------
        MissingTable
            If the company file does not name it, or what it is derived from.
        """
        if name not in self._tables:
            self._tables[name] = self._kept(name) if name in KEPT else self._build(name)
        return self._tables[name]

    def at(self, as_of: date) -> Book:
        """The same source as of another date."""
        return _book(self.source, as_of, self._shared)

    def is_complete(self, period: Period) -> bool:
        """Whether a period has ended by the book's date."""
        return period.end <= self.as_of

    def extras(self, name: str) -> tuple[str, ...]:
        """The columns of a table that the company file added to the canonical ones."""
        known = {*TABLES[name].names, ROW, states.PRICE, states.UNPRICED}
        return tuple(c for c in self.source.tables[name].columns if c not in known) if self.has(name) else ()

    @property
    def knows_due_dates(self) -> bool:
        """Whether the history tells when opportunities were expected to close, on each day."""
        return self.has("opportunity_history") and "close_date" not in self.source.untold

    def require_due_dates(self) -> None:
        """Raise MissingTable unless the history tells when opportunities were expected to close, on each day."""
        if not self.knows_due_dates:
            column = "close_date" if self.has("opportunity_history") else None
            raise MissingTable("opportunity_history", N_("when an opportunity was due, on each day"), column=column)

    def rep(self, text: str) -> str:
        """The id of the rep whom a text means: an id, a name or a pseudonym.

        Raises
        ------
        ParameterError
            If there is none, with the near names; with pseudonyms, no real name is said.
        """
        return people.find_rep(self.source, text)

    def group(self, text: str) -> str:
        """The group of reps that a text such as "team=Central" means, as `people.find_group` finds it."""
        return people.find_group(self.source, text)

    @cached_property
    def first_close(self) -> date | None:
        """The first day on which an opportunity was closed; None if none was."""
        first = self.table("opportunities").closed_at.min().to_pyarrow().as_py()
        return first.date() if first else None

    @cached_property
    def _tables(self) -> dict[str, ir.Table]:
        return {}

    @cached_property
    def _shared(self) -> dict[str, ir.Table]:
        """What is the same on every date: it is worked out once for all books of a source."""
        return {}

    @property
    def _timeline(self) -> ir.Table:
        if "timeline" not in self._shared:
            raw = self.source.tables
            told = raw["opportunities"], raw.get("opportunity_history"), self.company.stages
            self._shared["timeline"] = keep(self.source, ("timeline",), lambda: states.timeline(*told))
        return self._shared["timeline"]

    def _kept(self, name: str) -> ir.Table:
        return keep(self.source, (name, self.as_of.isoformat()), lambda: self._build(name))

    def _build(self, name: str) -> ir.Table:
        stages, untold = self.company.stages, self.source.untold
        if name == "opportunities":
            deals = self.table("_opportunities")
            return deals.drop(states.PRICE, states.UNPRICED) if states.PRICE in deals.columns else deals
        if name == "as_entered":
            return states.as_entered(self.table("_opportunities"))
        if name == "_opportunities":
            raw = self.source.tables["opportunities"]
            return states.as_of(raw, self._timeline, self.cutoff, stages, untold)
        if name == "states":
            deals = self.table("_opportunities")
            return states.states(self._timeline, deals, self.cutoff, stages, self._carried, untold)
        if name == "stage_entries":
            if not self.has("opportunity_history"):
                raise MissingTable("opportunity_history", N_("the stages an opportunity went through"))
            return states.stage_entries(self.table("states"), self.table("opportunities"), stages, self._carried)
        if name == "pushes":
            self.require_due_dates()
            return states.pushes(self.table("states"), self._carried)
        if name == "ramps":
            reps, deals = self.table("reps"), self.table("opportunities")
            return ramps.ramps(reps, deals, self.calendar, self.first_close, self.as_of)
        if name == "quota_spans":
            # Who is hired later keeps a quota of no days yet, so reps of later are wanted here, too.
            return quotas.spans(self.table("quotas"), self.source.tables.get("reps"), self.as_of)
        if name == "forecast_results":
            return forecasts.results(self.table("forecasts"), self.table("opportunities"), self.as_of)
        if name == "lead_outcomes":
            target = self.company.targets.get("lead_response_hours")
            return leads.outcomes(self.table("leads"), self.table("opportunities"), self.cutoff, target)
        if name == "quotes":
            return leads.quotes(self.table("activities"))
        if name == "orders":
            told = self.source.present["opportunities"]
            return orders.orders(self.table("opportunities"), self.as_of, self.company.cancellation_days, told)
        if name == "market":
            accounts, reps = (self.table(each) if self.has(each) else None for each in ("accounts", "reps"))
            return orders.market(self.table("opportunities"), accounts, reps, self.table("territories"))
        if name in ("assigned_reps", "moves"):
            return assignments.derived(name, self.source.tables, self.as_of)
        if name not in self.source.tables:
            raise MissingTable(name)
        return self._known(name, self.source.tables[name] if name != "reps" else self.table("assigned_reps"))

    def _known(self, name: str, table: ir.Table) -> ir.Table:
        """What was known of a table that has no history: rows and moments of later are left out."""
        today = ibis.literal(self.as_of)
        if name in MOMENTS:
            moment = _[MOMENTS[name]]
            table = table.filter(self._before(moment) | moment.isnull())
        if name == "leads":
            answered = self._before(_.first_response_at)
            table = table.mutate(
                first_response_at=answered.ifelse(_.first_response_at, ibis.null("timestamp")),
                response_automatic=answered.ifelse(_.response_automatic, ibis.null("boolean")),
                # A lead that was converted later had no opportunity yet.
                opportunity_id=(_.converted_at.isnull() | self._before(_.converted_at)).ifelse(
                    _.opportunity_id, ibis.null("string")
                ),
                converted_at=self._before(_.converted_at).ifelse(_.converted_at, ibis.null("timestamp")),
            )
        if name == "reps":
            table = table.filter(_.hired_on.isnull() | (_.hired_on <= today))
            table = table.mutate(left_on=(_.left_on <= today).ifelse(_.left_on, ibis.null("date")))
        if name == "assignments":
            table = table.filter(_.valid_from <= today)
        if name == "tools":
            table = table.filter(_.month <= today)
        if name == "opportunity_history":
            table = table.filter(self._before(_.changed_at))
        return table

    def _before(self, moment: ir.Value) -> ir.Value:
        return moment < ibis.literal(self.cutoff, type="timestamp")

    @property
    def _carried(self) -> tuple[str, ...]:
        return (
            "rep_id",
            "account_id",
            "product_id",
            "type",
            "lead_source",
            "probability",
            *self.extras("opportunities"),
        )


def open_book(
    company: str | Path | Company,
    as_of: date | str | None = None,
    *,
    period: str | None = None,
    pseudonyms: bool = False,
    locale: str | None = None,
) -> Book:
    """Open a company's book as of a date.

    Parameters
    ----------
    company : path or Company
        The company file; a relative path is looked for from the current folder and its parents.
    as_of : date or ISO text, optional
        The last day that the book knows. Without it: the export's day if the company file names it (`data_until`), else
        the last day on which anything happened.
    period : str, optional
        Without `as_of`, the book ends with this period if the data reach that far.
    pseudonyms : bool
        Call reps and managers by pseudonyms, even if the company file does not ask for it; it never shows names that
        the company file hides.
    locale : str, optional
        The reader's: "en_US", "de_DE" or "nl_NL". Without it: that of the company file.

    Raises
    ------
    CompanyError, SourceError
        With every fault and its way out.
    ParameterError
        For a date after the export, or a period that begins after the data end.
    """
    if isinstance(as_of, datetime):
        as_of = as_of.date()
    elif isinstance(as_of, str):
        try:
            as_of = date.fromisoformat(as_of)
        except ValueError:
            raise ParameterError(f"as_of {as_of!r} is not a date. Write it as 2026-09-30.") from None
    if not isinstance(company, Company):
        company = read_company(find(company))
    if pseudonyms and not company.privacy.pseudonyms:
        hidden = company.privacy.model_copy(update={"pseudonyms": True})
        company = company.model_copy(update={"privacy": hidden})
    if locale:
        company = spoken_to(company, locale)
    ends = company.calendar.period(period).end if period else None
    until = company.source.data_until
    if as_of and until and as_of > until:
        raise ParameterError(
            f"as_of {as_of} is after the day of the export, {until} (data_until in the company file): nothing is known "
            "of the days between. Name an earlier day, or export again."
        )
    source = read_source(company)
    if period and company.calendar.period(period).start > source.last_day:
        raise ParameterError(f"{period} has not begun: the data end on {source.last_day}. Name an earlier period.")
    first = min(moments(source.tables, "min"), default=None) if ends else None
    if ends and first and ends < first:
        raise ParameterError(f"{period} lies before the data: they begin on {first}. Name a later period.")
    asked = as_of or ends
    if asked is None or asked > source.last_day:
        source = check_freshness(source)
    return _book(source, as_of or min(ends or source.last_day, source.last_day))


def find(path: str | Path) -> Path:
    """A relative path, looked for from the current folder and then from each of its parents."""
    path = Path(path)
    if path.is_absolute():
        return path
    here = Path.cwd()
    return next((folder / path for folder in (here, *here.parents) if (folder / path).exists()), path)


def _book(source: Source, as_of: date, shared: dict[str, ir.Table] | None = None) -> Book:
    audit = source.audit
    if "opportunity_history" not in source.tables and as_of < source.last_day:
        first, *others = audit.tables
        audit = replace(audit, tables=(with_notes(first, [APPROXIMATED]), *others))
    book = Book(source.company, as_of, audit, source.data_hash, source)
    if shared is not None:
        book.__dict__["_shared"] = shared
    return book


__all__ = ["Book", "Source", "find", "open_book", "read_source"]
