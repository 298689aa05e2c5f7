"""Which rows count for a period: those of its days, those open at a moment, those whose span touches it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.data.book import Book
from salesops_lib.metrics.probability import with_probability
from salesops_lib.periods import Period


def moment(period: Period, due: bool, as_of: date) -> date:
    """The day at whose end a stock is counted."""
    if due and period.end <= as_of:
        return period.start - timedelta(days=1)
    return min(period.end, as_of)


def free(table: ir.Table) -> ir.Table:
    """A table without the columns of a company's own that are named as what is added here."""
    return table.drop(*(name for name in ("period", "period_after", "known_until") if name in table.columns))


def in_periods(table: ir.Table, on: str, periods: Sequence[Period]) -> ir.Table:
    """The rows whose date lies in one of the periods, with the name of the period."""
    day = table[on].cast("date")
    inside = table.filter(day.between(ibis.literal(periods[0].start), ibis.literal(periods[-1].end)))
    if len(periods) == 1:
        return inside.mutate(period=ibis.literal(periods[0].name), period_after=ibis.literal(periods[0].after))
    days = pd.DataFrame(
        [(p.start + timedelta(days=i), p.name, p.after) for p in periods for i in range(p.days)],
        columns=["_day", "period", "period_after"],
    )
    # A calendar of days joins by equality on every engine and for every calendar, 4-4-5 too.
    calendar = ibis.memtable(days, schema={"_day": "date", "period": "string", "period_after": "date"})
    return inside.inner_join(calendar, inside[on].cast("date") == calendar["_day"])


def up_to(table: ir.Table, on: str, periods: Sequence[Period]) -> ir.Table:
    """The rows whose date lies in or before each of the periods, with the name of the period."""
    ends = pd.DataFrame([(p.name, p.end, p.after) for p in periods], columns=["period", "_end", "period_after"])
    bounds = ibis.memtable(ends, schema={"period": "string", "_end": "date", "period_after": "date"})
    return table.cross_join(bounds).filter(_[on].cast("date") <= _["_end"])


def open_at(book: Book, due: bool, weighted: bool, periods: Sequence[Period]) -> ir.Table:
    """The opportunities open at each period's moment (and due in it), with the name of the period."""
    rows = [(p.name, moment(p, due, book.as_of) + timedelta(days=1), p.start, p.end) for p in periods]
    moments = ibis.memtable(
        pd.DataFrame(rows, columns=["period", "_at", "_start", "_end"]),
        schema={"period": "string", "_at": "date", "_start": "date", "_end": "date"},
    )
    spans = free(book.table("states")).filter(_.is_open)
    at = _["_at"].cast("timestamp")
    table = spans.cross_join(moments).filter((_.valid_from < at) & (_.valid_to.isnull() | (_.valid_to >= at)))
    if due:
        table = table.filter(_.close_date.between(_["_start"], _["_end"]))
    if weighted:
        table = with_probability(book, table, [(p.name, moment(p, due, book.as_of)) for p in periods])
    return table


def open_days(book: Book, periods: Sequence[Period]) -> ir.Table:
    """The spans in which opportunities were open, with `_days`: at the ends of how many of the period's days.

    Of a period that is not over only the days up to the book's count; `_of` is how many they are.
    """
    begun = [(p.name, p.start, min(p.end, book.as_of)) for p in periods if p.start <= book.as_of]
    bounds = ibis.memtable(
        pd.DataFrame([(*p, (p[2] - p[1]).days + 1) for p in begun], columns=["period", "_start", "_end", "_of"]),
        schema={"period": "string", "_start": "date", "_end": "date", "_of": "int64"},
    )
    spans = free(book.table("states")).filter(_.is_open)
    # What is changed or closed on a day is at its end what it became then.
    last = (_.valid_to.cast("date") - ibis.interval(days=1)).cast("date")
    crossed = spans.cross_join(bounds).mutate(
        _from=ibis.greatest(_.valid_from.cast("date"), _["_start"]),
        _to=ibis.least(last.coalesce(_["_end"]), _["_end"]),
    )
    return crossed.filter(_["_from"] <= _["_to"]).mutate(_days=_days(_["_from"], _["_to"]).cast("int32"))


def slipped(book: Book, periods: Sequence[Period]) -> ir.Table:
    """The opportunities open before a period that is over and due in it; `_slipped`: still open at its end.

    Raises
    ------
    MissingTable
        Without a history of the close dates: today's do not tell what was due.
    """
    book.require_due_dates()
    over = [period for period in periods if book.is_complete(period)]
    due, still = (open_at(book, each, False, over) for each in (True, False))
    still = still.select(_id="opportunity_id", _period="period", _slipped=True)
    joined = due.left_join(still, [due.opportunity_id == still["_id"], due.period == still["_period"]])
    return joined.mutate(_slipped=_["_slipped"].fill_null(False))


def spread(table: ir.Table, periods: Sequence[Period]) -> ir.Table:
    """The spans that touch each period, which part of them lies in it, and whether they were cut short."""
    bounds = ibis.memtable(
        pd.DataFrame([(p.name, p.start, p.end) for p in periods], columns=["period", "_start", "_end"]),
        schema={"period": "string", "_start": "date", "_end": "date"},
    )
    crossed = table.cross_join(bounds).mutate(
        _from=ibis.greatest(_.start, _["_start"]), _to=ibis.least(_.end, _["_end"])
    )
    touching = crossed.filter(_["_from"] <= _["_to"])
    return touching.mutate(_part=_days(_["_from"], _["_to"]) / _.days, _cut=_days(_.start, _.end) < _.days)


def _days(first: Any, last: Any) -> Any:
    return (last.cast("timestamp").delta(first.cast("timestamp"), unit="day") + 1).cast("float64")
