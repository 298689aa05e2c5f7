"""Freshness: how long ago open opportunities were last changed or worked on, and how far each table reaches."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.health.scope import Found, Scope, of_deals
from salesops_lib.analysis.health.spec import FRESHNESS, Check
from salesops_lib.data.book import Book
from salesops_lib.data.states import LONG_AGO
from salesops_lib.errors import MissingTable
from salesops_lib.language import N_
from salesops_lib.language import gettext as _

# A new opportunity has a week to get its first activity.
GRACE = 7
MOMENTS = (
    ("opportunities", "created_at"),
    ("opportunities", "closed_at"),
    ("opportunity_history", "changed_at"),
    ("activities", "happened_at"),
    ("leads", "created_at"),
    ("forecasts", "submitted_at"),
)


def checks() -> list[Check]:
    """The checks of freshness."""
    return [
        Check(
            key="stale",
            topic=FRESHNESS,
            label=_("Stale"),
            definition=_(
                "Open opportunities whose last change (of stage, amount, close date or category) and last activity are "
                "longer ago than the report's limit for stale ones."
            ),
            effect=_("the pipeline holds deals that nobody works on, so it promises too much"),
            metrics=("pipeline_value", "weighted_pipeline", "pipeline_coverage", "sales_velocity"),
            fix=_("Ask the owner: next step and date, or close it as lost."),
            look=stale,
            needs=(),
            past=("stage",),
            with_activities=True,
        ),
        Check(
            key="untouched",
            topic=FRESHNESS,
            label=_("No activity"),
            definition=_("Open opportunities created more than a week ago; fails without a logged activity."),
            effect=_("nobody sees the work that a deal takes"),
            metrics=("activities_logged", "contacts_per_win", "selling_time_share"),
            fix=_("Log what was done, or start."),
            look=untouched,
            needs=("activities.opportunity_id",),
        ),
    ]


def stale(scope: Scope) -> Found:
    """Open opportunities, and those of them without a change or an activity for longer than the limit; `days` since."""
    deals = last_touched(scope)
    deals = deals.filter(row.touched_at.notnull()).mutate(days=scope.days_since(row.touched_at))
    return of_deals(scope, deals, row.days > scope.stale_days, "days")


def untouched(scope: Scope) -> Found:
    """Open opportunities older than a week, and those of them without any activity; `days` since their creation."""
    if not linked(scope.book):
        raise MissingTable("activities", N_("the activities of an opportunity"), column="opportunity_id")
    known = scope.book.table("activities").filter(row.opportunity_id.notnull())
    told = known.group_by(_worked="opportunity_id").agg(_seen=row.count())
    deals = scope.open_deals.filter(row.created_at.notnull()).mutate(days=scope.days_since(row.created_at))
    deals = deals.filter(row.days > GRACE).left_join(told, [("opportunity_id", "_worked")])
    return of_deals(scope, deals, row["_seen"].isnull(), "days")


def linked(book: Book) -> bool:
    """Whether activities are logged on opportunities: where they are not, silence says nothing."""
    if not book.has("activities"):
        return False
    return bool(book.source.tables["activities"].opportunity_id.notnull().any().to_pyarrow().as_py())


def last_touched(scope: Scope) -> ir.Table:
    """Open opportunities with `touched_at`, the last change or activity (null: neither is known).

    Raises
    ------
    MissingTable
        If neither a history nor activities of opportunities are there.
    """
    book, deals, moments = scope.book, scope.open_deals, [row.created_at]
    if not book.has("opportunity_history") and not linked(book):
        raise MissingTable("opportunity_history", N_("when an opportunity was last changed"))
    if book.has("opportunity_history"):
        long_ago = ibis.literal(LONG_AGO, type="timestamp")
        changes = book.table("states").filter(row.valid_from > long_ago)
        told = changes.group_by(_told="opportunity_id").agg(_changed=row.valid_from.max())
        deals = deals.left_join(told, [("opportunity_id", "_told")])
        moments.append(row["_changed"])
    if linked(book):
        known = book.table("activities").filter(row.opportunity_id.notnull())
        worked = known.group_by(_worked="opportunity_id").agg(_seen=row.happened_at.max())
        deals = deals.left_join(worked, [("opportunity_id", "_worked")])
        moments.append(row["_seen"])
    never = ibis.literal(LONG_AGO, type="timestamp")
    latest = ibis.greatest(*(each.cast("timestamp").coalesce(never) for each in moments))
    return deals.mutate(touched_at=latest.nullif(never))


def reach(book: Book) -> pd.DataFrame:
    """How far each table of the source reaches: a table that ends long before the others was not exported to its end.

    Returns
    -------
    DataFrame
        One row per table and moment that the source has: table, field, last (the last day up to the book's on which it
        has a record; null: none), days (from then to the book's day).
    """
    rows = []
    for table, field in MOMENTS:
        if not book.has(table) or field not in book.source.present[table]:
            continue
        moment = book.table(table)[field]
        last = moment.max(where=moment < ibis.literal(book.cutoff, type="timestamp")).to_pyarrow().as_py()
        day = last.date() if last is not None else None
        rows.append((table, field, day, (book.as_of - day).days if day else None))
    found = pd.DataFrame(rows, columns=["table", "field", "last", "days"])
    return found.astype({"last": "datetime64[ns]", "days": "float64"})


def touched(scope: Scope) -> pd.DataFrame:
    """How long ago the open opportunities were last changed or worked on.

    Returns
    -------
    DataFrame
        One row: n (open opportunities), median and p90 (days since the last change or activity), stale_days. No row
        without an open opportunity.
    """
    deals = last_touched(scope).filter(row.touched_at.notnull()).mutate(days=scope.days_since(row.touched_at))
    days = deals.days.cast("float64")
    found = deals.aggregate(n=row.count(), median=days.quantile(0.5), p90=days.quantile(0.9)).to_pandas()
    some: pd.DataFrame = found[found["n"] > 0].assign(stale_days=scope.stale_days)
    return some
