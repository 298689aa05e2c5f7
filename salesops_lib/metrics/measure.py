"""measure(): any metrics, over any period, by any dimensions, in one tidy frame."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.errors import ParameterError
from salesops_lib.metrics import dimensions
from salesops_lib.metrics.estimate import NUMBERS
from salesops_lib.metrics.notes import notes_of
from salesops_lib.metrics.registry import metric_of
from salesops_lib.metrics.sheet import Sheet
from salesops_lib.periods import Grain, Period


def measure(
    book: Book,
    metrics: str | Sequence[str],
    period: str | Period,
    by: str | Sequence[str] = (),
    grain: Grain | None = None,
) -> pd.DataFrame:
    """Measure metrics of a book.

    Parameters
    ----------
    book : Book
        What is known, as of a date.
    metrics : name or sequence of names
        Names of the catalogue.
    period : str
        A period or a range: 2026Q3, 2026-02, 2025Q1..2026Q2.
    by : name or sequence of names
        Dimensions: rep (with rep_name beside it), team, manager, territory, region, segment, product, lead_source,
        type, tool, and any extra column of opportunities or accounts; each metric has those of its table.
    grain : {"year", "quarter", "month", "week"}, optional
        One row per such period that starts in `period`; else one for the whole of it.

    Returns
    -------
    DataFrame
        One row per metric, period and group: metric, period, <by...>, value, numerator, denominator, n, low, high.
        `value` is null for n/a (nothing to divide by); `n` is the number of records it rests on; `low` and `high` are
        its 95 % interval, null for what is a fact and no estimate. Shares are 0-1, money is in the company's currency,
        durations are in the metric's unit (days, months, hours). `frame.attrs["notes"]` says what must be known of a
        metric.

    Raises
    ------
    ParameterError
        For an unknown metric, period, grain or dimension.
    MissingTable
        If a metric needs a table that the company file does not name.
    """
    names = list(dict.fromkeys([metrics] if isinstance(metrics, str) else metrics))
    groups = list(dict.fromkeys([by] if isinstance(by, str) else by))
    if not names:
        raise ParameterError("no metric is named: name at least one of the catalogue.")
    for name in names:
        metric_of(name)
    span = period if isinstance(period, Period) else book.calendar.period(period)
    periods = book.calendar.split(span, grain)
    if not periods:
        raise ParameterError(f"no {grain} starts in {span.name}.")
    sheet = Sheet(book, periods, groups, names)
    place, order = ({name: i for i, name in enumerate(each)} for each in (names, [p.name for p in periods]))
    tidy = pd.concat([sheet.metric(name).assign(metric=name) for name in names], ignore_index=True)
    tidy = tidy.assign(_metric=tidy["metric"].map(place), _period=tidy["period"].map(order))
    tidy = tidy.sort_values(["_metric", "_period", *groups], ignore_index=True)
    columns = ["metric", "period", *groups]
    if "rep" in groups:
        tidy["rep_name"] = dimensions.name_reps(book, tidy["rep"])
        columns.insert(columns.index("rep") + 1, "rep_name")
    tidy = tidy[[*columns, *NUMBERS]].copy()
    tidy.attrs["notes"] = notes_of(sheet, tidy)
    return tidy
