"""How long new reps took until they sold in a month as much as the tenured ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.periods import Calendar, Period

TENURE = 12
# Revenues are sums of floats, which may differ from the same amount in the last digits.
NEAR = 1e-9
COLUMNS = {"rep_id": "string", "hired_on": "date", "months": "int64", "reached": "boolean"}


def ramps(
    reps: ir.Table, opportunities: ir.Table, calendar: Calendar, first_close: dt.date | None, as_of: dt.date
) -> ir.Table:
    """The months from each rep's hire to the first one in which the rep sold as much as the tenured median.

    One row per rep hired in the months that are known (from that of the first closed opportunity to the last one that
    is over): rep_id, hired_on, months (until it was reached or, where it was not, until the last month that is known of
    the rep; 0: the month of the hire), reached.

    The tenured median of a month is that of the revenue won of the reps hired 12 months or more before it (or so long
    ago that the day is not known) and employed to its last day; those who won nothing count with 0. A month in which it
    is 0 is no yardstick.
    """
    months = _known_months(calendar, first_close, as_of)
    people = reps.select("rep_id", "hired_on", "left_on").order_by("rep_id").to_pandas()
    for column in ("hired_on", "left_on"):
        people[column] = pd.to_datetime(people[column])
    people = people.set_index("rep_id")
    won = _revenue(opportunities, months).reindex(people.index, fill_value=0.0)
    medians = [_tenured_median(people, won[i], month, calendar) for i, month in enumerate(months)]
    rows = []
    for rep in people[people["hired_on"].notna()].itertuples():
        first = next((i for i, month in enumerate(months) if rep.hired_on.date() in month), None)
        if first is None:
            continue
        there = [i for i in range(first, len(months)) if not rep.left_on < pd.Timestamp(months[i].start)]
        enough = [i for i in there if medians[i] > 0 and won[i][rep.Index] >= medians[i] * (1 - NEAR)]
        last = enough[0] if enough else there[-1] if there else first
        rows.append((rep.Index, rep.hired_on.date(), last - first, bool(enough)))
    return ibis.memtable(pd.DataFrame(rows, columns=[*COLUMNS]), schema=COLUMNS)


def _known_months(calendar: Calendar, first_close: dt.date | None, as_of: dt.date) -> list[Period]:
    """The months from that of the first closed opportunity to the last one that is over."""
    if first_close is None:
        return []
    month, last = calendar.containing(first_close, "month"), calendar.last_complete("month", as_of)
    months = []
    while month.end <= last.end:
        months.append(month)
        month = calendar.shift(month, 1)
    return months


def _revenue(opportunities: ir.Table, months: Sequence[Period]) -> pd.DataFrame:
    """The revenue won by rep (rows) and number of the month (columns)."""
    won = opportunities.filter(_.is_won & _.rep_id.notnull() & _.amount.notnull())
    days = won.group_by(rep_id=_.rep_id, day=_.closed_at.cast("date")).agg(revenue=_.amount.sum().cast("float64"))
    frame = days.order_by("rep_id", "day").to_pandas()
    number = {month.start + dt.timedelta(days=d): i for i, month in enumerate(months) for d in range(month.days)}
    frame["month"] = pd.to_datetime(frame["day"]).dt.date.map(number)
    wide = frame.pivot_table(index="rep_id", columns="month", values="revenue", aggfunc="sum", fill_value=0.0)
    every: pd.DataFrame = wide.reindex(columns=range(len(months)), fill_value=0.0)
    return every


def _tenured_median(people: pd.DataFrame, won: pd.Series[float], month: Period, calendar: Calendar) -> float:
    since = pd.Timestamp(calendar.shift(month, -TENURE).start)
    tenured = ~(people["hired_on"] > since) & ~(people["left_on"] < pd.Timestamp(month.end))
    return float(won[tenured].median())
