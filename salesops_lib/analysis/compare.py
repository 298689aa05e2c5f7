"""Comparisons: a quarter's figures beside the charter's targets, the quarter before and the same one a year ago."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.errors import CompanyError, Fault, nearest
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE, measure, missing_table
from salesops_lib.metrics.registry import metric_of, resting_on
from salesops_lib.metrics.spec import Better, Stock, Sum
from salesops_lib.periods import Period

_NOTHING = {"value": np.nan, "low": np.nan, "high": np.nan, "n": 0}
REVIEW = (
    "revenue_won",
    "quota_attainment",
    "reps_at_quota",
    "win_rate",
    "win_rate_value",
    "average_deal_size",
    "median_deal_size",
    "sales_cycle_days",
    "sales_cycle_days_mean",
    "sales_velocity",
    "pipeline_created",
    "pipeline_value",
    "weighted_pipeline",
    "forecast_accuracy",
    "forecast_bias",
    "discount_rate",
    "revenue_net",
)


def scorecard(book: Book, quarter: str, metrics: Sequence[str] = REVIEW) -> pd.DataFrame:
    """A period's metrics with what they are compared with.

    Returns
    -------
    DataFrame
        One row per metric (those with a target that were not asked for come last): metric, label, unit, better,
        definition, period, value, low, high, n, target, verdict,
        previous, previous_period, change, year_ago, year_ago_period, change_year, complete, note. A change is in points
        (0-1) for shares and relative for all else; null where there is nothing to compare with. `verdict` is "above" or
        "below" the target if the interval excludes it, else "not distinguishable"; "reached" or "missed" without an
        interval; "none" without a target or a value, and where a total is not beyond its target in a period that is
        not over yet.

    Raises
    ------
    CompanyError
        If the company file has a target for a metric that does not exist.
    """
    check_targets(book)
    metrics = [*metrics, *(name for name in book.company.targets if name not in metrics)]
    period = book.calendar.period(quarter)
    before, year_ago = book.calendar.shift(period, -1), book.calendar.year_ago(period)
    lacking = {name: missing_table(book, name) for name in metrics}
    usable = [name for name in metrics if not lacking[name]]
    now, then, last_year = (_measured(book, usable, each) for each in (period, before, year_ago))
    notes = now.attrs["notes"]
    rows = []
    for name in metrics:
        metric = CATALOGUE[name]
        lack = lacking[name]
        row = now.loc[[name]].iloc[0] if not lack else pd.Series(_NOTHING)
        value = float(row["value"])
        previous = float(then["value"].get(name, np.nan))
        ago = float(last_year["value"].get(name, np.nan))
        target = book.company.targets.get(name, np.nan)
        rows.append(
            {
                "metric": name,
                "label": _(metric.label),
                "unit": metric.unit,
                "better": metric.better,
                "definition": _(metric.definition),
                "period": period.name,
                "value": value,
                "low": float(row["low"]),
                "high": float(row["high"]),
                "n": int(row["n"]),
                "target": target,
                "verdict": _verdict(book, period, name, row, target),
                "previous": previous,
                "previous_period": before.name,
                "change": change(value, previous, metric.unit),
                "year_ago": ago,
                "year_ago_period": year_ago.name,
                "change_year": change(value, ago, metric.unit),
                "complete": book.is_complete(period),
                "note": _("needs the table {table}", table=lack) if lack else notes.get(name, ""),
            }
        )
    return pd.DataFrame(rows)


def verdict(value: float, low: float, high: float, target: float, better: Better = "higher") -> str:
    """Where a value lies of its target, as far as its interval carries it.

    Without an interval it is "reached" or "missed": at least the target, or at most the target if lower is better.

    Examples
    --------
    >>> verdict(0.4, 0.35, 0.45, 0.42), verdict(0.4, 0.35, 0.45, 0.5)
    ('not distinguishable', 'below')
    """
    if np.isnan(value) or np.isnan(target):
        return "none"
    if np.isnan(low) or np.isnan(high):
        return "reached" if (value <= target if better == "lower" else value >= target) else "missed"
    if low > target:
        return "above"
    return "below" if high < target else "not distinguishable"


def change(value: float, before: float, unit: str) -> float:
    """The change from one value to another: in points for shares, relative for all else.

    Examples
    --------
    >>> round(change(0.5, 0.4, "share"), 6), round(change(110.0, 100.0, "money"), 6)
    (0.1, 0.1)
    """
    if unit == "share":
        return value - before
    return value / before - 1 if before else float("nan")


def check_targets(book: Book) -> None:
    """Reject targets of metrics that do not exist."""
    faults = [
        Fault(f"{name!r} is no metric.", key=f"targets.{name}", fix=nearest(name, CATALOGUE))
        for name in book.company.targets
        if name not in CATALOGUE
    ]
    if faults:
        raise CompanyError(*faults)


def _verdict(book: Book, period: Period, name: str, row: pd.Series[Any], target: float) -> str:
    said = verdict(float(row["value"]), float(row["low"]), float(row["high"]), target, CATALOGUE[name].better)
    kinds = {type(metric_of(part)) for part in resting_on([name])}
    is_total = Sum in kinds and Stock not in kinds
    # What still grows is not short of its target yet.
    return "none" if is_total and said not in ("above", "reached") and not book.is_complete(period) else said


def _measured(book: Book, names: Sequence[str], period: Period) -> pd.DataFrame:
    """The metrics of a period by name; all n/a if nothing had closed by its end."""
    first = book.first_close
    if not names or first is None or (period.end < first and period.start <= book.as_of):
        empty = pd.DataFrame(_NOTHING, index=list(names))
        empty.attrs["notes"] = {}
        return empty
    frame = measure(book, names, period)
    indexed = frame.set_index("metric")
    indexed.attrs["notes"] = frame.attrs["notes"]
    return indexed
