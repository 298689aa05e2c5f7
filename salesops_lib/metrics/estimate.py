"""From a metric's aggregates to its numbers: value, numerator, denominator, n and the 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.metrics import intervals
from salesops_lib.metrics.spec import (
    Mean,
    Metric,
    Quantile,
    Ratio,
    ShareOf,
    Slip,
    Spread,
    Stock,
    Sum,
    Survival,
    TimeAverage,
)

Array = npt.NDArray[np.float64]
NUMBERS = ("value", "numerator", "denominator", "n", "low", "high")
Numbers = dict[str, Array]
UNDEFINED = ("quantile", "low", "high")


def numbers(metric: Metric, rows: pd.DataFrame) -> pd.DataFrame:
    """The six numbers of a metric, one row per row of its aggregates."""
    sums = {
        str(name): rows[name].to_numpy(dtype="float64", na_value=np.nan if name in UNDEFINED else 0.0) for name in rows
    }
    found: Numbers = {}
    match metric:
        case Ratio():
            found = _ratio(metric, sums)
        case Mean():
            found = _mean(sums)
        case Quantile():
            found = _quantile(sums)
        case Survival():
            found = {**_quantile(sums), "numerator": sums["left"]}
        case Sum():
            found = _sum(sums)
        case Stock():
            # Half the amounts or more unknown: what is known would pass for the whole.
            unknown = (2 * sums["unknown"] >= sums["n"]) & (sums["n"] > 0)
            found = {"value": np.where(unknown, np.nan, sums["s1"]), "numerator": sums["s1"]}
        case TimeAverage():
            unknown = (2 * sums["unknown_days"] >= sums["days"]) & (sums["days"] > 0)
            found = {"value": np.where(unknown, np.nan, sums["s1"]), "numerator": sums["s1"]}
        case Slip():
            found = share(sums["top"], sums["bottom"])
        case Spread():
            found = {"value": sums["s1"], "numerator": sums["s1"]}
    if isinstance(metric, Sum | Ratio) and metric.fact:
        found |= dict.fromkeys(("low", "high"), np.full(len(rows), np.nan))
    return pd.DataFrame({"n": sums["n"], **found}, index=rows.index).reindex(columns=list(NUMBERS))


def share(top: Array, bottom: Array) -> Numbers:
    """A share of counted things, with Wilson's interval; null where there are none."""
    low, high = intervals.wilson(top, bottom)
    return _numbers(_divide(top, bottom), top, bottom, low, high)


def fill(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """What a row without any record holds: nothing was counted, sums are zero, and there is nothing to divide by."""
    counted: list[str] = ["n"]
    if isinstance(metric, Sum | Stock | TimeAverage | Spread):
        counted += ["value", "numerator"]
    if isinstance(metric, Survival):
        counted += ["numerator"]
    if isinstance(metric, Ratio | Mean | Slip | ShareOf):
        counted += ["numerator", "denominator"]
    empty = frame["n"].isna()
    return frame.assign(**{name: frame[name].mask(empty, 0.0) for name in counted})


def _ratio(metric: Ratio, sums: Mapping[str, Array]) -> Numbers:
    top, bottom = sums["top"], sums["bottom"]
    if "bottom2" in sums:
        low, high = intervals.of_ratio(sums["n"], top, bottom, sums["top2"], sums["bottom2"], sums["cross"])
        low, high = np.clip(low, metric.least, metric.most), np.clip(high, metric.least, metric.most)
        found = _numbers(_divide(top, bottom), top, bottom, low, high)
    else:
        found = share(top, bottom)
    if "lacks" in sums:
        unknown = (sums["lacks"] * 2 >= sums["among"]) & (sums["among"] > 0)
        found |= {each: np.where(unknown, np.nan, found[each]) for each in ("value", "low", "high")}
    return found


def _quantile(sums: Mapping[str, Array]) -> Numbers:
    """The quantile; rows that bound it on one side only (or not even it) are no interval."""
    bounded = ~np.isnan(sums["quantile"]) & ~np.isnan(sums["low"]) & ~np.isnan(sums["high"])
    low, high = (np.where(bounded, sums[each], np.nan) for each in ("low", "high"))
    return {"value": sums["quantile"], "low": low, "high": high}


def _mean(sums: Mapping[str, Array]) -> Numbers:
    low, high = intervals.of_mean(sums["n"], sums["s1"], sums["s2"], sums["s3"])
    value = _divide(sums["s1"], sums["n"])
    return _numbers(value, sums["s1"], sums["n"], np.where(value >= 0, np.maximum(low, 0), low), high)


def _sum(sums: Mapping[str, Array]) -> Numbers:
    low, high = intervals.of_sum(sums["n"], sums["s1"], sums["s2"], sums["s3"])
    value = sums["s1"]
    return {
        "value": value,
        "numerator": value,
        "low": np.where(value >= 0, np.maximum(low, 0), low),
        "high": high,
    }


def _numbers(value: Array, top: Array, bottom: Array, low: Array, high: Array) -> Numbers:
    return {"value": value, "numerator": top, "denominator": bottom, "low": low, "high": high}


def _divide(top: Array, bottom: Array) -> Array:
    quotient: Array = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return quotient
