"""The company and its groups in a forecast: which dimensions they come from, their quotas, what they are called."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesops_lib.analysis.names import has_members, place, with_names
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable, ParameterError
from salesops_lib.forecasting.levels import COMPANY
from salesops_lib.metrics import dimensions, measure
from salesops_lib.periods import Period

# A dimension of more members is for `forecast(by=...)`: nobody reads so many on a page.
MOST_MEMBERS = 40


def groupings(book: Book) -> tuple[str, ...]:
    """The dimensions whose groups are forecast beside the company: places and teams, of at most 40 members."""
    try:
        first = place(book)
    except MissingTable:
        return ()
    names = (first, "team") if first != "team" and has_members(book, "team") else (first,)
    return tuple(name for name in names if _members(book, name) <= MOST_MEMBERS)


def _members(book: Book, name: str) -> int:
    deals = book.table("opportunities")
    return int(dimensions.split(book, deals, [name])[name].nunique().to_pandas())


def quotas_of(book: Book, period: Period, levels: pd.DataFrame) -> pd.Series[float]:
    """The quota of each level and group; null without one."""
    if not book.has("quotas"):
        return pd.Series(np.nan, index=levels.index)
    found: dict[tuple[str, str], float] = {}
    for level in levels["level"].unique():
        by = [] if level == COMPANY else [str(level)]
        try:
            rows = measure(book, ["quota"], period, by=by).to_dict("records")
        except (MissingTable, ParameterError):
            # Reps carry quotas: what only opportunities tell apart, such as a region of their own, has none.
            continue
        found |= {(str(level), str(row[by[0]]) if by else ""): float(row["value"]) for row in rows}
    keys = levels[["level", "group"]].itertuples(index=False, name=None)
    values = pd.Series([found.get(key, np.nan) for key in keys], index=levels.index, dtype="float64")
    return values.where(values > 0)


def named(book: Book, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of levels and groups with names in place of the groups' ids."""
    names: dict[tuple[str, str], str] = {}
    for level, part in frame.groupby("level", sort=False):
        if level != COMPANY:
            ids = list(part["group"].unique())
            names |= {
                (str(level), group): name for group, name in zip(ids, with_names(book, str(level), ids), strict=True)
            }
    keys = frame[["level", "group"]].itertuples(index=False, name=None)
    return frame.assign(group=[names.get(key, key[1]) for key in keys])
