"""Why a sum moved: exact decompositions whose parts add up to the change, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pandas as pd

from salesops_lib.analysis.names import with_names
from salesops_lib.analysis.shape import values_of
from salesops_lib.data.book import Book
from salesops_lib.metrics import measure

FACTORS = ("volume", "win_rate", "deal_size")
UNITS = {"volume": "count", "win_rate": "share", "deal_size": "money"}
SOURCES = {"volume": "deals_closed", "win_rate": "win_rate", "deal_size": "average_deal_size"}


def revenue_change(book: Book, quarter: str) -> pd.DataFrame:
    """Why revenue won moved against the quarter before: deals closed × win rate × average deal size.

    Each driver's part is its mean effect over all orders of changing the three (Shapley), so no order is preferred and
    nothing is left over.

    Returns
    -------
    DataFrame
        One row per driver: driver (volume, win_rate, deal_size), unit, before, after, part (money; they add up to the
        change to the cent), previous_period, period, complete (the quarter is over).
    """
    period = book.calendar.period(quarter)
    earlier = book.calendar.shift(period, -1)
    names = ["revenue_won", *SOURCES.values()]
    before = measure(book, names, earlier).set_index("metric")["value"]
    after = measure(book, names, period).set_index("metric")["value"]
    parts = shapley([before[SOURCES[f]] for f in FACTORS], [after[SOURCES[f]] for f in FACTORS])
    return pd.DataFrame(
        {
            "driver": FACTORS,
            "unit": [UNITS[f] for f in FACTORS],
            "before": [before[SOURCES[f]] for f in FACTORS],
            "after": [after[SOURCES[f]] for f in FACTORS],
            "part": to_the_cent(parts, after["revenue_won"] - before["revenue_won"]),
            "previous_period": earlier.name,
            "period": period.name,
            "complete": book.is_complete(period),
        }
    )


def revenue_change_by(book: Book, quarter: str, by: str) -> pd.DataFrame:
    """The change of revenue won against the quarter before, by group, and each group's drivers.

    Returns
    -------
    DataFrame
        One row per group, largest change first: by (the dimension), group, before, after, change, volume, win_rate,
        deal_size. The changes add up to the company's change, and the three drivers to the group's, to the cent.
    """
    period = book.calendar.period(quarter)
    earlier = book.calendar.shift(period, -1)
    names = ["revenue_won", *SOURCES.values()]
    before, after = (values_of(measure(book, names, each, by=by), [by], names) for each in (earlier, period))
    groups = before.index.union(after.index)
    before, after = before.reindex(groups), after.reindex(groups)
    sums = ["revenue_won", "deals_closed"]
    before[sums], after[sums] = before[sums].fillna(0.0), after[sums].fillna(0.0)
    raw = (after["revenue_won"] - before["revenue_won"]).to_list()
    changes = to_the_cent(raw, sum(raw))
    rows = []
    for group, change in zip(groups, changes, strict=True):
        then, now = before.loc[group], after.loc[group]
        parts = shapley([then[SOURCES[f]] for f in FACTORS], [now[SOURCES[f]] for f in FACTORS])
        rows.append((group, then["revenue_won"], now["revenue_won"], change, *to_the_cent(parts, change)))
    frame = pd.DataFrame(rows, columns=["group", "before", "after", "change", *FACTORS])
    frame["group"] = with_names(book, by, frame["group"])
    frame.insert(0, "by", by)
    order = frame["change"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def change_totals(company: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """From what the groups' drivers sum to, through the mix between the groups, to the company's drivers.

    The company's win rate and deal size also move when deals shift between groups that win at other rates or other
    amounts, which is no group's own doing. If every group kept its share of the deals closed and won, the mix would be
    nothing, because each driver's part is linear in what the other two are.

    Parameters
    ----------
    company, groups : DataFrame
        Of the same quarter, from `revenue_change` and `revenue_change_by`.

    Returns
    -------
    DataFrame
        Three rows: line (sum, mix, company), before, after, change, volume, win_rate, deal_size. Sum and mix add up to
        the company to the cent, and the mix's drivers to nothing. None where there is but one group.
    """
    columns = ["before", "after", "change", *FACTORS]
    if len(groups) < 2:
        return pd.DataFrame(columns=["line", *columns])
    summed = groups[columns].sum()
    own = summed.copy()
    own[list(FACTORS)] = company.set_index("driver")["part"][list(FACTORS)]
    lines = pd.DataFrame([summed, (own - summed).round(2) + 0.0, own], columns=columns)
    lines.insert(0, "line", ["sum", "mix", "company"])
    return lines.reset_index(drop=True)


def shapley(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """Each factor's part in the change of a product, averaged over all orders in which they could have changed.

    A factor that is not defined on one side (no deals, so no win rate) is taken as unchanged.

    Source: Shapley (1953); for index decompositions Ang, Huang & Mu (2009).

    Examples
    --------
    >>> shapley([10, 0.5, 100], [12, 0.5, 100])
    [100.0, 0.0, 0.0]
    """
    first, last = np.array(before, dtype="float64"), np.array(after, dtype="float64")
    both = np.isnan(first) & np.isnan(last)
    first, last = np.where(np.isnan(first), last, first), np.where(np.isnan(last), first, last)
    first[both], last[both] = 0.0, 0.0
    parts = np.zeros(len(first))
    orders = list(permutations(range(len(first))))
    for order in orders:
        state = first.copy()
        for factor in order:
            was = state.prod()
            state[factor] = last[factor]
            parts[factor] += state.prod() - was
    return [float(part) / len(orders) for part in parts]


def to_the_cent(parts: Sequence[float], total: float) -> list[float]:
    """Parts rounded to cents so that they add up to the total; the largest one takes what rounding leaves.

    Examples
    --------
    >>> to_the_cent([0.333, 0.333, 0.334], 1.0)
    [0.33, 0.33, 0.34]
    """
    if not parts:
        return []
    cents = [round(part * 100) for part in parts]
    cents[int(np.argmax(np.abs(parts)))] += round(total * 100) - sum(cents)
    return [cent / 100 for cent in cents]
