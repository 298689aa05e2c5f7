"""Dates and amounts: close dates that passed, were put off or are no real dates, amounts that are no real amounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
import pandas as pd
from ibis import _ as row
from scipy import stats

from salesops_lib.analysis.health.scope import Found, Scope, of_deals
from salesops_lib.analysis.health.spec import AMOUNTS, DATES, Check
from salesops_lib.language import gettext as _

MANY_PUSHES = 2
# More close dates on a quarter's last day than this chance allows, if each working day were as likely as another.
HEAP = 0.001
PLACEHOLDER = 1
OUTLIER = 100
FEWEST_AMOUNTS = 10


def checks() -> list[Check]:
    """The checks of dates and amounts."""
    return [*_of_dates(), *_of_amounts()]


def _of_dates() -> list[Check]:
    return [
        Check(
            key="overdue",
            topic=DATES,
            label=_("Close date in the past"),
            definition=_("Open opportunities with a close date; fails if it has passed."),
            effect=_("they are due in no coming quarter, so coverage and forecast leave them out"),
            metrics=("pipeline_due", "weighted_pipeline_due", "pipeline_coverage", "slip_rate"),
            fix=_("Set the date that the customer named, or close it as lost."),
            look=overdue,
            needs=("opportunities.close_date",),
            past=("close_date",),
        ),
        Check(
            key="pushed",
            topic=DATES,
            label=_("Put off repeatedly"),
            definition=_("Open opportunities with a close date; fails from two moves to a later month on."),
            effect=_("close dates are hopes, and the quarter's pipeline slips away"),
            metrics=("push_count", "slip_rate", "pipeline_coverage"),
            fix=_("Qualify again: a date that the customer named, or out."),
            look=pushed,
            needs=("opportunity_history.close_date",),
            past=("close_date",),
        ),
        Check(
            key="quarter_end",
            topic=DATES,
            label=_("Quarter-end dates"),
            definition=_(
                "Open opportunities with a close date; those on a quarter's last day fail if there are more of them "
                "than one in a thousand such quarters has by chance."
            ),
            effect=_("the date is a default, so nobody knows when in the quarter money comes"),
            metrics=("pipeline_due", "slip_rate"),
            fix=_("Ask the customer for the date; until it is known, enter the likeliest day, not the quarter's last."),
            look=quarter_end,
            needs=("opportunities.close_date",),
            past=("close_date",),
        ),
    ]


def _of_amounts() -> list[Check]:
    return [
        Check(
            key="placeholder",
            topic=AMOUNTS,
            label=_("Amount of 0 or 1"),
            definition=_(
                "Opportunities with an amount: open in the second half of the open stages, or won in the quarter."
            ),
            effect=_("revenue, pipeline and deal sizes are too small"),
            metrics=("revenue_won", "pipeline_value", "average_deal_size", "median_deal_size"),
            fix=_("Enter what was or will be paid."),
            look=placeholder,
            needs=("opportunities.amount",),
            past=("amount",),
        ),
        Check(
            key="outlier",
            topic=AMOUNTS,
            label=_("Amount far too large"),
            definition=_(
                "Opportunities with an amount of more than 1, open or won in the quarter; fails over 100 times their "
                "median."
            ),
            effect=_("one record makes the quarter"),
            metrics=("revenue_won", "pipeline_value", "average_deal_size", "sales_velocity"),
            fix=_("Check the amount and its decimal point."),
            look=outlier,
            needs=("opportunities.amount",),
            past=("amount",),
        ),
    ]


def overdue(scope: Scope) -> Found:
    """Open opportunities with a close date, and those whose date has passed; `days` since then."""
    deals = scope.open_deals.filter(row.close_date.notnull()).mutate(days=scope.days_since(row.close_date))
    return of_deals(scope, deals, row.days > 0, "days")


def pushed(scope: Scope) -> Found:
    """Open opportunities with a close date, and those put off twice or more; how often (`pushes`)."""
    counts = scope.book.table("pushes").group_by(_moved="opportunity_id").agg(pushes=row.count())
    deals = scope.open_deals.filter(row.close_date.notnull()).left_join(counts, [("opportunity_id", "_moved")])
    return of_deals(scope, deals, row.pushes.fill_null(0) >= MANY_PUSHES, "pushes")


def quarter_end(scope: Scope) -> Found:
    """Open opportunities with a close date, and those in a heap on the last day of a fiscal quarter."""
    deals = scope.open_deals.filter(row.close_date.notnull())
    counts = deals.group_by("close_date").agg(n=row.count()).to_pandas()
    return of_deals(scope, deals, _is_one_of(row.close_date, _heaps(scope, counts)))


def _heaps(scope: Scope, counts: pd.DataFrame) -> list[Any]:
    """The last days of quarters on which more opportunities are due than by chance."""
    calendar = scope.book.calendar
    days = [pd.Timestamp(day).date() for day in counts["close_date"]]
    # A last day on a weekend is a heap, too, where it is the default.
    quarters = [calendar.containing(day, "quarter") for day in days]
    due = counts.assign(day=days, quarter=[each.name for each in quarters], last=[each.end for each in quarters])
    found = []
    for last, part in due.groupby("last"):
        first = part["quarter"].map(lambda name: calendar.period(name).start).iloc[0]
        working = sum((first + timedelta(days=i)).weekday() < 5 for i in range((last - first).days + 1))
        on_last = int(part.loc[part["day"] == last, "n"].sum())
        if stats.binom.sf(on_last - 1, int(part["n"].sum()), 1 / working) < HEAP:
            found.append(last)
    return found


def _is_one_of(value: Any, days: list[Any]) -> Any:
    return value.isin(days) if days else ibis.literal(False)


def placeholder(scope: Scope) -> Found:
    """Opportunities in a late stage or won with an amount, and those with one of 0 or 1."""
    deals = scope.deals.filter((scope.late_stage | row.is_won) & row.amount.notnull())
    return of_deals(scope, deals, row.amount <= PLACEHOLDER)


def outlier(scope: Scope) -> Found:
    """Opportunities with a real amount, and those over 100 times the median; `times` the median."""
    deals = scope.deals.filter((~row.is_closed | row.is_won) & (row.amount > PLACEHOLDER))
    told = deals.aggregate(n=row.count(), median=row.amount.cast("float64").median()).to_pyarrow().to_pylist()[0]
    if int(told["n"]) < FEWEST_AMOUNTS:
        return of_deals(scope, deals.filter(ibis.literal(False)), ibis.literal(False))
    deals = deals.mutate(times=row.amount.cast("float64") / float(told["median"]))
    return of_deals(scope, deals, row.times > OUTLIER, "times", won=True)
