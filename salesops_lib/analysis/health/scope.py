"""What a check of the CRM looks at: a book as of a day, the quarter up to it, and its opportunities as entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.data.book import Book
from salesops_lib.data.states import stage_order
from salesops_lib.metrics import dimensions
from salesops_lib.periods import Period

DEAL = ("opportunity_id", "name", "account", "rep", "stage", "amount", "close_date")
STALE_DAYS = 30


@dataclass(frozen=True)
class Scope:
    """A book and the quarter whose records are checked: open ones as of the book's day, others by their own date.

    Parameters
    ----------
    book : Book
        What is known, as of a day.
    quarter : str
        A fiscal quarter by its name.
    stale_days : int
        Days without a change or an activity after which an open opportunity is stale.
    """

    book: Book
    quarter: str
    stale_days: int = STALE_DAYS

    @property
    def period(self) -> Period:
        """The quarter."""
        return self.book.calendar.period(self.quarter)

    @property
    def last(self) -> date:
        """The last day that is looked at."""
        return min(self.period.end, self.book.as_of)

    @cached_property
    def deals(self) -> ir.Table:
        """Open opportunities as of the book's day, and those closed in the quarter; `place`: that of the stage."""
        table = self.book.table("as_entered")
        table = table.filter(~row.is_closed | self.within(row.closed_at))
        return table.mutate(place=stage_order(self.book.company.stages)).cache()

    @property
    def open_deals(self) -> ir.Table:
        """Open opportunities as of the book's day."""
        return self.deals.filter(~row.is_closed)

    @property
    def late_stage(self) -> Any:
        """Whether an open opportunity is in the second half of the open stages: what it is worth should be known."""
        return ~row.is_closed & (row.place >= len(self.book.company.stages.open) // 2)

    def within(self, moment: Any) -> Any:
        """Whether a moment lies in the quarter."""
        start, after = (ibis.literal(day).cast("timestamp") for day in (self.period.start, self.period.after))
        return (moment >= start) & (moment < after)

    def days_since(self, moment: Any) -> Any:
        """Whole days from a moment's day to the book's."""
        today = ibis.literal(self.book.as_of).cast("timestamp")
        return -moment.cast("date").cast("timestamp").delta(today, unit="day")


@dataclass(frozen=True)
class Found:
    """What a check found: how many records it looked at, how many fail, and which.

    Parameters
    ----------
    n, failing : int
        Records checked, and those of them that fail.
    amount : float
        Money in the open opportunities that fail, as far as their amounts are known; null where none is. Where
        the amounts themselves are doubted, that in the won ones, too.
    listed : callable
        Given a number: at most so many of the records that fail, the largest first.
    at_stake : int
        How many of those that fail are opportunities whose money counts in `amount`.
    """

    n: int
    failing: int
    amount: float
    listed: Callable[[int], pd.DataFrame]
    at_stake: int = 0


def of_deals(
    scope: Scope, deals: ir.Table, failing: Any, *more: str, won: bool = False, open_first: bool = False
) -> Found:
    """What a check of opportunities found.

    An opportunity of which it cannot be said whether it fails is one that does not.

    Parameters
    ----------
    scope : Scope
        What is looked at.
    deals : ibis table
        The opportunities that are checked.
    failing : ibis boolean
        Whether one fails.
    more : str
        Further columns of the list.
    won : bool
        Whether the money of the won ones counts, too.
    open_first : bool
        Whether the open ones are listed before the closed, which nobody can mend.
    """
    marked = deals.mutate(_failing=failing.fill_null(False))
    at_stake = row["_failing"] & (~row.is_closed | (row.is_won if won else ibis.literal(False)))
    asked = marked.aggregate(
        n=row.count(), failing=row["_failing"].sum(), amount=row.amount.sum(where=at_stake), at_stake=at_stake.sum()
    )
    told = asked.to_pyarrow().to_pylist()[0]
    stake = np.nan if told["amount"] is None else float(told["amount"])

    def listed(most: int) -> pd.DataFrame:
        names = ["opportunity_id", "name", "account_id", "rep_id", "stage", "amount", "close_date", *more]
        order = [*([row.is_closed] if open_first else []), row.amount.desc(nulls_first=False), row.opportunity_id]
        rows = marked.filter(row["_failing"]).order_by(order).limit(most).select(*dict.fromkeys(names)).to_pandas()
        return readable(scope.book, rows)[[*DEAL, *more]]

    return Found(int(told["n"] or 0), int(told["failing"] or 0), stake, listed, int(told["at_stake"] or 0))


def of_rows(scope: Scope, rows: ir.Table, failing: Any, order: str, columns: list[str]) -> Found:
    """What a check of other records found: those of the columns are listed, ordered by one of them."""
    marked = rows.mutate(_failing=failing.fill_null(False))
    told = marked.aggregate(n=row.count(), failing=row["_failing"].sum()).to_pyarrow().to_pylist()[0]

    def listed(most: int) -> pd.DataFrame:
        found = marked.filter(row["_failing"]).order_by(order).limit(most).select(*columns).to_pandas()
        return readable(scope.book, found)

    return Found(int(told["n"] or 0), int(told["failing"] or 0), np.nan, listed)


def readable(book: Book, rows: pd.DataFrame) -> pd.DataFrame:
    """A list with the names of reps and accounts in place of their ids; what has no name keeps its id."""
    rows = rows.copy()
    if "rep_id" in rows:
        named = dimensions.rep_names(book)
        rows["rep"] = [named.get(each, each) if isinstance(each, str) else "" for each in rows["rep_id"]]
    if "account_id" in rows and "opportunity_id" in rows:
        named = _account_names(book, rows["account_id"])
        rows["account"] = [named.get(each, each) if isinstance(each, str) else "" for each in rows["account_id"]]
    if "amount" in rows:
        rows["amount"] = rows["amount"].astype("float64")
    # The id by which a row is known stays, the other ids have become names.
    return rows.drop(columns=[name for name in ("rep_id", "account_id") if name in rows and name != rows.columns[0]])


def _account_names(book: Book, ids: pd.Series[str]) -> dict[str, str]:
    if not book.has("accounts") or not len(ids):
        return {}
    accounts = book.source.tables["accounts"].filter(row.account_id.isin(sorted(set(ids.dropna()))))
    found = accounts.select("account_id", name=row.name.coalesce(row.account_id)).to_pandas()
    return dict(zip(found["account_id"], found["name"], strict=True))
