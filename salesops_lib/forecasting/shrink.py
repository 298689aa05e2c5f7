"""Seasonality by shrinkage: month effects of a series drawn towards those of its panel, as far as its years are few."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from salesops_lib.forecasting.panel import Array, Numbers, Panel, is_intermittent

ROUNDS = 3
LEAST_LEVEL = 0.01


@dataclass(frozen=True)
class Adjusted:
    """The panel without its seasonality: `values` are logs where `is_log`, else shares of the level."""

    values: tuple[Array, ...]
    effects: Array
    is_log: npt.NDArray[np.bool_]
    level: Array


def adjust(panel: Panel) -> Adjusted:
    """The series without their seasonality, and the effect of each place in the year on each series.

    Series that are positive throughout, and intermittent ones (with 1 % of the mean level in place of zeros), are taken
    as logs; others as shares of their mean level. An effect means about per cent for both, so that all can be pooled.
    Logs of an intermittent series lead to its usual period, which is a low one: its mean with methods that lead to the
    average period errs less than theirs alone. Trend and effects are found in turns: the trend of
    what is left without the effects, then the effects of what is left without the trend.

    Source: James and Stein (1961), towards a common mean as Efron and Morris (1975); the effects as in classical
    decomposition by moving averages.
    """
    raw, places = panel.matrix()
    level = np.array([max(float(np.abs(each).mean()), 1e-9) for each in panel.values])
    is_log = np.array([each.min() > 0 or is_intermittent(each) for each in panel.values])
    logs = np.log(np.fmax(raw, LEAST_LEVEL * level[:, None]))
    values = np.where(is_log[:, None], np.where(np.isnan(raw), np.nan, logs), raw / level[:, None])
    effects = np.zeros((len(panel), panel.season))
    for _round in range(ROUNDS):
        rest = values - _trend(_without(values, effects, places), panel.season)
        effects = shrunken(rest, places, panel.season)
    adjusted = _without(values, effects, places)
    width = values.shape[1]
    lengths = panel.lengths
    rows = tuple(adjusted[row, width - lengths[row] :] for row in range(len(panel)))
    return Adjusted(rows, effects, is_log, level)


def shrunken(rest: Array, places: Numbers, season: int) -> Array:
    """The effect of each place in the year on each series, drawn towards the panel's and that towards none.

    Input: what is left of each series without its trend (one row per series, null where it has no value) and the place
    of each cell in the year. Output: one row per series, one column per place; the effects of a series sum to 0.

    Examples
    --------
    A series whose year repeats exactly keeps its effects; they are not drawn to what they would be by chance.

    >>> places = np.tile(np.arange(4), 3)[None, :]
    >>> shrunken(np.array([1.0, -1.0, 2.0, -2.0])[places], places, 4).round(3).tolist()
    [[1.0, -1.0, 2.0, -2.0]]
    """
    count, mean = _means(rest, places, season)
    own = _centred(mean)
    noise = _noise(rest, own, places, count)
    seen = np.maximum((count > 0).sum(axis=1), 1)
    spread = np.where(count > 0, noise[:, None] / np.maximum(count, 1), 0).sum(axis=1) / seen
    pooled, error = _pooled(own, count, spread, season)
    target = _drawn(pooled[None, :], np.zeros((1, season)), np.array([error]), np.array([season]))
    return _centred(np.where(count > 0, _drawn(own, target, spread, seen), target))


def _without(values: Array, effects: Array, places: Numbers) -> Array:
    return np.asarray(values - np.take_along_axis(effects, places, axis=1))


def _means(rest: Array, places: Numbers, season: int) -> tuple[Array, Array]:
    """How often each series has each place, and the mean of it there (0 where it has none)."""
    known = ~np.isnan(rest)
    rows = np.broadcast_to(np.arange(len(rest))[:, None], rest.shape)
    cells = (rows * season + places)[known]
    shape, size = (len(rest), season), len(rest) * season
    count = np.bincount(cells, minlength=size).reshape(shape).astype(np.float64)
    total = np.bincount(cells, weights=rest[known], minlength=size).reshape(shape)
    return count, total / np.maximum(count, 1)


def _noise(rest: Array, own: Array, places: Numbers, count: Array) -> Array:
    """The variance of a series around its own effects, on the degrees of freedom that they leave."""
    left = rest - np.take_along_axis(own, places, axis=1)
    free = (count.sum(axis=1) - (count > 0).sum(axis=1)).clip(min=1)
    return np.asarray(np.nansum(left**2, axis=1) / free)


def _pooled(own: Array, count: Array, spread: Array, season: int) -> tuple[Array, float]:
    """The panel's effects: the median series at each place, and the variance of that median."""
    pooled = np.zeros(season)
    for place in range(season):
        having = count[:, place] > 0
        if having.any():
            pooled[place] = np.median(own[having, place])
    n = len(own)
    # The median of normal values varies pi / 2 times as much as their mean.
    return pooled - pooled.mean(), float(np.median(spread)) * (np.pi / 2 if n > 2 else 1.0) / n


def _drawn(own: Array, target: Array, spread: Array, seen: Numbers) -> Array:
    """James and Stein: the share of the distance to the target that chance alone would make is taken away."""
    away = own - target
    distance = (away**2).sum(axis=1)
    by_chance = np.maximum(seen - 3, 0) * spread
    keep = np.clip(1 - by_chance / np.maximum(distance, 1e-12), 0, 1)
    return np.asarray(target + keep[:, None] * away)


def _centred(effects: Array) -> Array:
    return np.asarray(effects - effects.mean(axis=1, keepdims=True))


def _trend(values: Array, season: int) -> Array:
    """The smooth course of each series: local straight lines over about a year around each period."""
    width = values.shape[1]
    trend = np.full_like(values, np.nan)
    lengths = (~np.isnan(values)).sum(axis=1)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        part = values[rows][:, width - length :]
        trend[np.ix_(rows, np.arange(width - length, width))] = part @ _smoother(int(length), season).T
    return trend


@cache
def _smoother(length: int, season: int) -> Array:
    """The weights of the local lines: those of a centred moving average over a year inside, a line at the edges."""
    weights = np.zeros((length, length))
    reach = season // 2
    times = np.arange(length)
    for at in range(length):
        start = min(max(at - reach, 0), max(length - 2 * reach - 1, 0))
        near = times[start : start + 2 * reach + 1]
        kernel = np.ones(len(near))
        if len(near) == 2 * reach + 1 and season % 2 == 0:
            kernel[[0, -1]] = 0.5
        design = np.vstack([np.ones(len(near)), near - at]).T
        gram = (design * kernel[:, None]).T @ design
        weights[at, near] = np.linalg.pinv(gram)[0] @ (design * kernel[:, None]).T
    return weights
