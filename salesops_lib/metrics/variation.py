"""How much a metric varies from month to month: which months count for whom, and their coefficient of variation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.metrics import intervals
from salesops_lib.metrics.estimate import NUMBERS
from salesops_lib.metrics.spec import Variation
from salesops_lib.periods import Period

Windows = Mapping[str, Sequence[Period]]


def windows(book: Book, periods: Sequence[Period], metric: Variation) -> Windows:
    """The months that count for each period, by its name: whole ones, from that of the first closed opportunity on."""
    first = book.first_close
    found: dict[str, list[Period]] = {}
    for period in periods:
        months: list[Period] = []
        month = book.calendar.last_complete("month", min(period.end, book.as_of))
        while first is not None and month.end >= first and len(months) < metric.window:
            months.insert(0, month)
            month = book.calendar.shift(month, -1)
        found[period.name] = months
    return found


def all_months(months: Windows) -> list[Period]:
    """Every month that counts for any period, once and in order."""
    return sorted({month for each in months.values() for month in each}, key=lambda month: month.start)


def of_months(
    book: Book, frame: pd.DataFrame, months: Windows, periods: Sequence[Period], by: Sequence[str], metric: Variation
) -> pd.DataFrame:
    """The variation of each group in each period, from the tidy frame of the months; a month without a row counts 0.

    Returns
    -------
    DataFrame
        One row per period and group whose mean is above 0: period, <by...> and the six numbers: the standard deviation
        ÷ the mean, with n months.
    """
    wide = frame.assign(_all="").pivot(index=["_all", *by], columns="period", values="value").fillna(0.0)
    wide = wide.reindex(columns=[month.name for month in all_months(months)], fill_value=0.0)
    parts = []
    for period in periods:
        names = [month.name for month in months[period.name]]
        values = wide[names].where(_employed(book, wide.index, months[period.name], period))
        found = _variation(values, metric).reset_index().assign(period=period.name)
        # Who won nothing in these months varies in nothing.
        parts.append(found.loc[found["denominator"] > 0, ["period", *by, *NUMBERS]])
    return pd.concat(parts, ignore_index=True)


def _variation(values: pd.DataFrame, metric: Variation) -> pd.DataFrame:
    n, mean = values.count(axis=1).astype("float64"), values.mean(axis=1)
    enough = n >= metric.fewest
    spread = values.std(axis=1, ddof=1)
    variation = (spread / mean.where(mean > 0)).where(enough)
    low, high = intervals.of_variation(*(np.asarray(each, dtype=np.float64) for each in (n, variation)))
    bounded = ~np.isnan(low) & ~np.isnan(high)
    return pd.DataFrame(
        {
            "value": variation,
            "numerator": spread,
            "denominator": mean,
            "n": n,
            "low": np.where(bounded, low, np.nan),
            "high": np.where(bounded, high, np.nan),
        },
        index=values.index,
    )


def _employed(book: Book, groups: pd.Index[Any], months: Sequence[Period], period: Period) -> pd.DataFrame:
    """Whether each group's rep was employed throughout each month, and still when the period began.

    All months count for a group that is of no rep, or of one that the table of reps does not have.
    """
    names = [month.name for month in months]
    if "rep" not in groups.names or not book.has("reps"):
        return pd.DataFrame(True, index=groups, columns=names)
    reps = book.table("reps").select("rep_id", "hired_on", "left_on").to_pandas().set_index("rep_id")
    days = reps.apply(pd.to_datetime).reindex(groups.get_level_values("rep"))
    hired, left = (days[column].to_numpy(dtype="datetime64[ns]") for column in ("hired_on", "left_on"))
    gone = left < np.datetime64(period.start)
    there = {
        month.name: ~(hired > np.datetime64(month.start)) & ~(left < np.datetime64(month.end)) & ~gone
        for month in months
    }
    return pd.DataFrame(there, index=groups, columns=names)
