"""The alarm: the last periods left their intervals so clearly that the past no longer tells what is to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from salesops_lib.forecasting.calibrate import SURE, Alike, Errors, Measures, half_widths
from salesops_lib.forecasting.outlook import Outlook
from salesops_lib.forecasting.panel import Array, Numbers

FALSE_ALARMS = 0.05
COLLAPSED = 0.65
# The mean of errors that are all alike varies this much in half-widths of an 80 % interval; what the methods expect of
# themselves so counts as much as five past horizons.
EXPECTED_SPREAD, EXPECTED_WEIGHT = 1 / float(stats.norm.ppf(0.9)), 5
FURTHEST = 5.0
RECENT_HORIZONS = 2
FEWEST_EARLIER = 2
TRIES = 3


@dataclass(frozen=True)
class Alarm:
    """How many of the last periods the 80 % intervals held, and whether that is a collapse.

    `expected` and `realised`: shares 0-1; `n`: how many values the realised share is of; `p_value`: the chance of
    errors as large as these if nothing had changed. Null, and nothing raised, where the past is too short to tell.
    """

    level: int
    expected: float
    realised: float
    n: int
    p_value: float
    raised: bool


def alarm(outlook: Outlook) -> Alarm:
    """Whether the coverage of the last two horizons has collapsed, as it does after a break of level or trend.

    The intervals are calibrated on the errors made before the last two horizons alone; `realised` is how many values of
    these they held, each as it was first forecast from an origin within them. Raised where that is at most 65 % and the
    errors are beyond chance at 5 %: the largest mean error of an origin (over series and steps, in half-widths; all
    steps or without the first third) among the last two horizons, against the spread of the earlier ones. Series that
    move together so count as one, and breaks that cancel over the series are none of the panel. A break of one period
    is not told from an outlier, and one that began more than two horizons ago is part of the past that is known.

    Source: a t-test whose spread is drawn to the expected one as in Smyth (2004); the degrees of freedom are those of
    overlapping means; three times the chance, as two horizons are looked at, and breaks within them.
    """
    backs, horizon = np.array(outlook.backs, dtype=np.int64), outlook.kit.mean.shape[1]
    recent = np.flatnonzero(backs <= RECENT_HORIZONS * horizon)
    earlier = np.flatnonzero(backs >= (RECENT_HORIZONS + 1) * horizon)
    inside = _inside(outlook, recent, earlier) if len(recent) and len(earlier) else np.array([])
    p_value = _p_value(outlook.past, backs, recent, earlier, horizon) if len(inside) else float("nan")
    realised = float(inside.mean()) if len(inside) else float("nan")
    raised = bool(p_value <= FALSE_ALARMS and realised <= COLLAPSED)
    return Alarm(SURE, SURE / 100, realised, len(inside), p_value, raised)


def _inside(outlook: Outlook, recent: Numbers, earlier: Numbers) -> Array:
    """Which values of the last two horizons the intervals held that the errors before them make: 1 or 0.

    A period that several origins speak of is judged by what was said of it first.
    """
    past, alike, horizon = outlook.past, Alike.of(outlook.rules), outlook.kit.mean.shape[1]
    before = _at(past, earlier)
    held = np.full((RECENT_HORIZONS * horizon, len(outlook.panel)), np.nan)
    for origin in sorted(recent, key=lambda each: -outlook.backs[each]):
        one = _at(past, np.array([origin]))
        width = half_widths(before, Measures(one.against.own[0], one.against.scale[0]), alike, SURE)
        error = one.error[0]
        said = np.where(np.isnan(error) | np.isnan(width), np.nan, np.abs(error) <= width).T
        # The step after the origin is the `back` periods ago less one.
        periods = outlook.backs[origin] - 1 - np.arange(horizon)
        held[periods] = np.where(np.isnan(held[periods]), said, held[periods])
    return np.asarray(held[~np.isnan(held)])


def _at(past: Errors, origins: Numbers) -> Errors:
    return Errors(past.error[origins], Measures(past.against.own[origins], past.against.scale[origins]))


def _p_value(past: Errors, backs: Numbers, recent: Numbers, earlier: Numbers, horizon: int) -> float:
    """The chance of a mean error as large as the largest of the recent origins."""
    own = past.against.own
    ratios = np.clip(past.error / np.where(own > 0, own, np.nan), -FURTHEST, FURTHEST)
    by_series = _mean(ratios, 2)
    common, size = _mean(by_series, 1), _mean(by_series**2, 1)
    known = ~np.isnan(common)
    recent, earlier = recent[known[recent]], earlier[known[earlier]]
    if not len(recent) or len(earlier) < FEWEST_EARLIER:
        return float("nan")
    if not size[known].any():
        return 1.0
    # Two origins less than a horizon apart share a part of their periods.
    shared = np.clip(1 - np.abs(backs[earlier][:, None] - backs[earlier][None, :]) / horizon, 0, 1)
    freedom = len(earlier) ** 2 / float((shared**2).sum())
    expected = EXPECTED_SPREAD**2 * float((common[known] ** 2).sum() / size[known].sum())
    seen = float((common[earlier] ** 2).mean())
    spread = np.sqrt((EXPECTED_WEIGHT * expected + freedom * seen) / (EXPECTED_WEIGHT + freedom))
    by_step = _mean(ratios, 1)[recent]
    largest = max(float(np.nanmax(np.abs(_mean(by_step[:, late:], 1)))) for late in (0, horizon // 3))
    chance = 2 * float(stats.t.sf(largest / spread, EXPECTED_WEIGHT + freedom))
    return min(1.0, TRIES * chance)


def _mean(values: Array, axis: int) -> Array:
    """The mean of what is known; null where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    return np.asarray(np.where(count > 0, np.nansum(values, axis=axis) / np.maximum(count, 1), np.nan))
