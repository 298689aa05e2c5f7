"""From a metric's aggregates to its numbers: value, numerator, denominator, n and the 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.metrics import intervals
from salesops_lib.metrics.spec import Mean, Median, Metric, Ratio, ShareOf, Spread, Stock, Sum

Array = npt.NDArray[np.float64]
NUMBERS = ("value", "numerator", "denominator", "n", "low", "high")
Numbers = dict[str, Array]
UNDEFINED = ("median", "low", "high")


def numbers(metric: Metric, rows: pd.DataFrame) -> pd.DataFrame:
    """The six numbers of a metric, one row per row of its aggregates."""
    sums = {
        str(name): rows[name].to_numpy(dtype="float64", na_value=np.nan if name in UNDEFINED else 0.0) for name in rows
    }
    found: Numbers = {}
    match metric:
        case Ratio() if "bottom2" in sums:
            found = _ratio_of_sums(metric, sums)
        case Ratio():
            found = share(sums["top"], sums["bottom"])
        case Mean():
            found = _mean(sums)
        case Median():
            found = {"value": sums["median"], "low": sums["low"], "high": sums["high"]}
        case Sum():
            found = _sum(sums)
        case Stock():
            # Half the amounts or more unknown: what is known would pass for the whole.
            unknown = (2 * sums["unknown"] >= sums["n"]) & (sums["n"] > 0)
            found = {"value": np.where(unknown, np.nan, sums["s1"]), "numerator": sums["s1"]}
        case Spread():
            found = {"value": sums["s1"], "numerator": sums["s1"]}
    return pd.DataFrame({"n": sums["n"], **found}, index=rows.index).reindex(columns=list(NUMBERS))


def share(top: Array, bottom: Array) -> Numbers:
    """A share of counted things, with Wilson's interval; null where there are none."""
    low, high = intervals.wilson(top, bottom)
    return _numbers(_divide(top, bottom), top, bottom, low, high)


def fill(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """What a row without any record holds: nothing was counted, sums are zero, and there is nothing to divide by."""
    counted: list[str] = ["n"]
    if isinstance(metric, Sum | Stock | Spread):
        counted += ["value", "numerator"]
    if isinstance(metric, Ratio | Mean | ShareOf):
        counted += ["numerator", "denominator"]
    empty = frame["n"].isna()
    return frame.assign(**{name: frame[name].mask(empty, 0.0) for name in counted})


def _ratio_of_sums(metric: Ratio, sums: Mapping[str, Array]) -> Numbers:
    top, bottom = sums["top"], sums["bottom"]
    value = _divide(top, bottom)
    low, high = intervals.of_ratio(sums["n"], top, bottom, sums["top2"], sums["bottom2"], sums["cross"])
    low, high = np.clip(low, metric.least, metric.most), np.clip(high, metric.least, metric.most)
    if "lacks" in sums:
        unknown = (sums["lacks"] * 2 >= sums["among"]) & (sums["among"] > 0)
        value, low, high = (np.where(unknown, np.nan, each) for each in (value, low, high))
    return _numbers(value, top, bottom, low, high)


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
