"""Every metric by its name, and what each rests on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.metrics import funnel, performance
from salesops_lib.metrics.spec import Derived, Flow, Metric, ShareOf, Spread, Stock

CATALOGUE: dict[str, Metric] = {**performance.METRICS, **funnel.METRICS}
ORIGINS = {
    "states": "opportunities",
    "stage_entries": "opportunity_history",
    "quota_spans": "quotas",
    "forecast_results": "forecasts",
}


def metric_of(name: str) -> Metric:
    """The metric of that name.

    Raises
    ------
    ParameterError
        If there is none, with the near names.
    """
    if name not in CATALOGUE:
        raise ParameterError(Fault(f"{name!r} is not in the catalogue.", fix=nearest(name, CATALOGUE)))
    return CATALOGUE[name]


def table_of(metric: Metric) -> str | None:
    """The table whose rows a metric counts; None for one that is made of others."""
    if isinstance(metric, Stock):
        return "states"
    return metric.of if isinstance(metric, Flow | Spread) else None


def resting_on(names: Iterable[str]) -> list[str]:
    """The named metrics, each behind the metrics it is made of, and each once.

    Examples
    --------
    >>> resting_on(["reps_at_quota", "win_rate"])
    ['revenue_won', 'quota', 'quota_attainment', 'reps_at_quota', 'win_rate']
    """
    found: dict[str, None] = {}
    for name in names:
        metric = metric_of(name)
        parts = metric.parts if isinstance(metric, Derived) else (metric.metric,) if isinstance(metric, ShareOf) else ()
        found |= dict.fromkeys([*resting_on(parts), name])
    return list(found)


def missing_table(book: Book, name: str) -> str | None:
    """The table that a metric needs and the company file does not name; None if it has all it needs."""
    tables = [table_of(metric_of(each)) for each in resting_on([name])]
    origins = [ORIGINS.get(table, table) for table in tables if table]
    return next((origin for origin in origins if not book.has(origin)), None)


def catalogue() -> pd.DataFrame:
    """Every metric: metric, label, unit, better, counted_by, definition.

    Examples
    --------
    >>> catalogue().set_index("metric").loc["win_rate", "definition"]
    'Won opportunities ÷ opportunities closed (won + lost), by count.'
    """
    rows = [(n, m.label, m.unit, m.better, m.counted_by, m.definition) for n, m in CATALOGUE.items()]
    return pd.DataFrame(rows, columns=["metric", "label", "unit", "better", "counted_by", "definition"])
