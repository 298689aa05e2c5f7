"""Every metric by its name, and what each rests on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.metrics import activity, funnel, leads, orders, performance, time
from salesops_lib.metrics.spec import Derived, Flow, Metric, ShareOf, Slip, Spread, Stock, TimeAverage, Variation

CATALOGUE: dict[str, Metric] = {
    **performance.METRICS,
    **funnel.METRICS,
    **time.METRICS,
    **leads.METRICS,
    **activity.METRICS,
    **orders.METRICS,
}
ORIGINS = {
    "states": "opportunities",
    "stage_entries": "opportunity_history",
    "pushes": "opportunity_history",
    "ramps": "reps",
    "quota_spans": "quotas",
    "forecast_results": "forecasts",
    "lead_outcomes": "leads",
    "quotes": "activities",
    "orders": "opportunities",
    "market": "territories",
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
    if isinstance(metric, Stock | TimeAverage | Slip):
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
        other = (metric.metric,) if isinstance(metric, ShareOf | Variation) else ()
        parts = metric.parts if isinstance(metric, Derived) else other
        found |= dict.fromkeys([*resting_on(parts), name])
    return list(found)


def missing_table(book: Book, name: str) -> str | None:
    """The table that a metric needs and the company file does not name; None if it has all it needs."""
    parts = [metric_of(each) for each in resting_on([name])]
    tables = [table for table in map(table_of, parts) if table]
    origins = [ORIGINS.get(table, table) for table in tables]
    dated = "pushes" in tables or any(isinstance(part, Slip) for part in parts)
    if dated and not book.knows_due_dates:
        return "opportunity_history"
    return next((origin for origin in origins if not book.has(origin)), None)


def catalogue() -> pd.DataFrame:
    """Every metric: metric, label, unit, better, counted_by, definition.

    Examples
    --------
    >>> catalogue().set_index("metric").loc["win_rate", "definition"]
    'Won opportunities ÷ opportunities closed (won + lost), by count.'
    """
    rows = [(n, _(m.label), m.unit, m.better, m.counted_by, _(m.definition)) for n, m in CATALOGUE.items()]
    return pd.DataFrame(rows, columns=["metric", "label", "unit", "better", "counted_by", "definition"])
