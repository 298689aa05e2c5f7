"""The checks and the score of the last quarters, each as it was known at the quarter's end: nothing later leaks in."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from salesops_lib.analysis.health.checks import make, table
from salesops_lib.analysis.health.scope import Scope
from salesops_lib.analysis.health.score import score
from salesops_lib.analysis.health.spec import Check
from salesops_lib.analysis.signals import RULES, western_electric, xmr
from salesops_lib.language import gettext as _

QUARTERS = 8
FEWEST = 3
COLUMNS = "metric label unit period value low high n center lower upper rule".split()
SCORE = "score"


def trend(scope: Scope, checks: list[Check], quarters: int = QUARTERS) -> pd.DataFrame:
    """The share that fails of each check whose past is known, over the last quarters, and the score of these checks.

    The score of a quarter is over the checks that could be made in every quarter shown, so that it moves with the
    records and not with what was checked; it is therefore another than the report's. It is left out with fewer than
    three such checks. Limits: XmR over the quarters before the last one; of a check, sigma is one
    record at the least.

    Returns
    -------
    DataFrame
        One row per check (metric: its key, or "score") and quarter: metric, label, unit ("share"; of the score
        "count"), period, value, low, high, n, center, lower, upper, rule ("" for none). Quarters before the first
        change or close that is known are left out.
    """
    known = [check for check in checks if check.knows_past(scope.book)]
    if not known:
        return pd.DataFrame(columns=COLUMNS)
    parts = []
    for each in _scopes(scope, quarters):
        found, lacking = make(each, known)
        parts.append(table(known, found, lacking).assign(period=each.quarter))
    every = pd.concat(parts, ignore_index=True)
    often = every.groupby("check")["share"].count()
    shown = every[every["check"].isin(often[often == len(parts)].index)]
    rows = shown.assign(metric=shown["check"], unit="share", value=shown["share"])
    lines = [_scores(shown), *(part for _name, part in rows.groupby("metric", sort=False))]
    return pd.concat([_limited(line) for line in lines if len(line)], ignore_index=True).reindex(columns=COLUMNS)


def _scopes(scope: Scope, quarters: int) -> list[Scope]:
    """The quarter and those before it, oldest first, each as its own book knew it."""
    book, calendar = scope.book, scope.book.calendar
    first, found = _first(scope), []
    for back in range(quarters - 1, 0, -1):
        period = calendar.shift(scope.period, -back)
        if first is not None and period.end >= first and period.end < book.as_of:
            found.append(Scope(book.at(period.end), period.name, scope.stale_days))
    return [*found, scope]


def _first(scope: Scope) -> date | None:
    """The first day of which the history tells."""
    first = scope.book.table("opportunity_history").changed_at.min().to_pyarrow().as_py()
    return first.date() if first else None


def _scores(shown: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for period, part in shown.groupby("period", sort=False):
        rows.append({"period": period, **score(part, FEWEST)})
    found = pd.DataFrame(rows).assign(metric=SCORE, label=_("Score"), unit="count")
    return found.dropna(subset=["value"])


def _limited(line: pd.DataFrame) -> pd.DataFrame:
    values = line["value"].to_numpy(dtype="float64")
    center, sigma = xmr(values)
    if line["metric"].iloc[0] != SCORE:
        # Where nothing ever varied, everything would be a signal or nothing: a record is the least that can vary.
        sigma = np.maximum(sigma, 1 / np.maximum(line["n"].to_numpy(dtype="float64"), 1))
    rules = [RULES.get(rule, "") for rule in western_electric(values, center, sigma)]
    most = 100.0 if line["metric"].iloc[0] == SCORE else 1.0
    lower, upper = np.maximum(center - 3 * sigma, 0.0), np.minimum(center + 3 * sigma, most)
    return line.assign(center=center, lower=lower, upper=upper, rule=rules)
