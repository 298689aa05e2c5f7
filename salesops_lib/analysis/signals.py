"""Signals: what moved more than chance explains, by control charts with the rule that found it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from salesops_lib.data.book import Book
from salesops_lib.language import N_
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE, measure, missing_table
from salesops_lib.metrics.spec import Ratio

TRENDS = ("revenue_won", "quota_attainment", "win_rate", "average_deal_size", "sales_cycle_days", "pipeline_created")
RULES = {
    1: N_("rule 1: a point beyond 3 sigma"),
    2: N_("rule 2: two of three points beyond 2 sigma on one side"),
    3: N_("rule 3: four of five points beyond 1 sigma on one side"),
    4: N_("rule 4: eight points in a row on one side"),
}
XMR = 2.66
ALPHA = 0.01

Array = npt.NDArray[np.float64]


def trends(book: Book, quarter: str, metrics: Sequence[str] = TRENDS, quarters: int = 8) -> pd.DataFrame:
    """Metrics over the last quarters, with control limits.

    Limits come from the quarters before this one: of shares that count rows as a p-chart, of all else as an XmR chart
    (mean ± 2.66 × mean moving range). Source: Wheeler (1993), Understanding Variation.

    Returns
    -------
    DataFrame
        One row per metric and quarter: metric, label, unit, period, value, low, high, center, lower, upper, rule (the
        Western Electric rule that a point breaks; "" for none and for a quarter that is not over; quarters before the
        first closed deal are left out).
    """
    period = book.calendar.period(quarter)
    first = book.calendar.shift(period, 1 - quarters)
    columns = ["metric", "label", "unit", "period", "value", "low", "high", "center", "lower", "upper", "rule"]
    names = [name for name in metrics if not missing_table(book, name)]
    if not names:
        return pd.DataFrame(columns=columns)
    tidy = measure(book, names, f"{first.name}..{period.name}", grain="quarter")
    start = book.first_close
    known = [book.calendar.period(name).end >= start if start else False for name in tidy["period"]]
    tidy = tidy[known]
    parts = []
    for name in names:
        part = tidy[tidy["metric"] == name]
        metric = CATALOGUE[name]
        counts = isinstance(metric, Ratio) and bool((part["denominator"] == part["n"]).all())
        values = part["value"].to_numpy(dtype="float64")
        n = part["n"].to_numpy(dtype="float64")
        center, sigma = _p_chart(values, n) if counts else xmr(values)
        broken = western_electric(values, center, sigma)
        over = [book.is_complete(book.calendar.period(quarter)) for quarter in part["period"]]
        rules = [RULES.get(rule, "") if known else "" for rule, known in zip(broken, over, strict=True)]
        floor = 0.0 if bool((part["value"].dropna() >= 0).all()) else -np.inf
        lower = np.where(np.isnan(center), np.nan, np.maximum(center - 3 * sigma, floor))
        limits = {"center": center, "lower": lower, "upper": center + 3 * sigma}
        parts.append(part.assign(label=_(metric.label), unit=metric.unit, **limits, rule=rules))
    return pd.concat(parts, ignore_index=True)[columns]


def weekly_signals(book: Book, quarter: str, by: str) -> pd.DataFrame:
    """Weeks of a quarter in which a group's win rate was unlike its other weeks.

    Each week is compared with the other weeks of the same group and quarter, so that what moved everywhere or all
    quarter long is no signal of a week. A signal survives Fisher's exact test after Benjamini-Hochberg over all groups
    and weeks, and lies beyond the 3-sigma limits of a p-chart (Western Electric rule 1). The level is 1 %: a false
    alarm about a week costs a search, and win rates that drift within the quarter make more of them than chance alone.

    Returns
    -------
    DataFrame
        One row per group and week that starts in the quarter: group, week, n (closed), value (win rate), center (of the
        other weeks), lower, upper, p_value (adjusted), signal, rule.
    """
    frame = measure(book, "win_rate", quarter, by=by, grain="week").rename(columns={by: "group", "period": "week"})
    frame = frame[frame["n"] > 0].reset_index(drop=True)
    whole = frame.groupby("group")[["numerator", "n"]].transform("sum")
    won, n = frame["numerator"], frame["n"]
    other_won, other_n = whole["numerator"] - won, whole["n"] - n
    frame["center"] = other_won / other_n.where(other_n > 0)
    spread = 3 * np.sqrt(frame["center"] * (1 - frame["center"]) / n)
    frame["lower"], frame["upper"] = (frame["center"] - spread).clip(lower=0), (frame["center"] + spread).clip(upper=1)
    exact = [
        float(stats.fisher_exact([[w, m - w], [ow, om - ow]]).pvalue)
        for w, m, ow, om in zip(won, n, other_won, other_n, strict=True)
    ]
    frame["p_value"] = stats.false_discovery_control(exact) if exact else []
    beyond = (frame["value"] < frame["center"] - spread) | (frame["value"] > frame["center"] + spread)
    frame["signal"] = (frame["p_value"] < ALPHA) & beyond
    frame["rule"] = np.where(frame["signal"], RULES[1], "")
    return frame[["group", "week", "n", "value", "center", "lower", "upper", "p_value", "signal", "rule"]]


def western_electric(values: Array, center: Array, sigma: Array) -> list[int]:
    """The first of the Western Electric rules 1-4 that each point breaks; 0 for none.

    Source: Western Electric (1956), Statistical Quality Control Handbook.

    Examples
    --------
    >>> western_electric(np.array([0.0, 0.1, 4.0]), np.zeros(3), np.ones(3))
    [0, 0, 1]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(sigma > 0, (values - center) / sigma, 0.0)
    found = []
    for i in range(len(z)):
        for rule, of, size, beyond in ((1, 1, 1, 3.0), (2, 2, 3, 2.0), (3, 4, 5, 1.0), (4, 8, 8, 0.0)):
            window = z[max(i - size + 1, 0) : i + 1]
            side = window * np.sign(z[i])
            if abs(z[i]) > beyond and np.sum(side > beyond) >= of:
                found.append(rule)
                break
        else:
            found.append(0)
    return found


def xmr(values: Array) -> tuple[Array, Array]:
    """Centre and sigma of an XmR chart at each value, from those before the last one; null with fewer than three."""
    known = values[:-1][~np.isnan(values[:-1])]
    if len(known) < 3:
        return np.full(len(values), np.nan), np.full(len(values), np.nan)
    moving = np.abs(np.diff(known)).mean()
    return np.full(len(values), known.mean()), np.full(len(values), XMR * moving / 3)


def _p_chart(values: Array, n: Array) -> tuple[Array, Array]:
    known = ~np.isnan(values[:-1])
    if known.sum() < 3:
        return np.full(len(values), np.nan), np.full(len(values), np.nan)
    center = float(np.average(values[:-1][known], weights=n[:-1][known]))
    sigma = np.sqrt(center * (1 - center) / np.where(n > 0, n, np.nan))
    return np.full(len(values), center), sigma
