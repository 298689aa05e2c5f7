"""A rep's months as a small line in a table's row: how attainment or revenue went, month by month."""

from __future__ import annotations

import pandas as pd

from salesops_lib.show.grid import Column
from salesops_lib.show.numbers import is_null, number
from salesops_lib.show.spark import spark


def month_lines(reps: pd.Series[str], months: pd.DataFrame, label: str) -> Column:
    """Return each rep's months as a line; where there are quotas, with the quota across it.

    Parameters
    ----------
    reps : Series of str
        The ids of the table's rows.
    months : DataFrame
        A row per rep and month; a null value is a gap in the line.
    label : str
        What the line measures.
    """
    known = {str(rep): part.sort_values("month") for rep, part in months.groupby("rep", sort=False)}
    values = [list(known[rep]["value"].astype(float)) if rep in known else [] for rep in reps.astype(str)]
    unit = str(months["unit"].iloc[0])
    said = [_ends([value for value in row if not is_null(value)], unit) for row in values]
    goal_ = 1.0 if unit == "share" else None
    drawn_ones = [spark(row, words, goal_) for row, words in zip(values, said, strict=True)]
    return Column(label, said, drawn=drawn_ones)


def _ends(values: list[float], unit: str) -> str:
    if not values:
        return "–"
    return f"{number(values[0], unit, compact=True)} → {number(values[-1], unit, compact=True)}"
