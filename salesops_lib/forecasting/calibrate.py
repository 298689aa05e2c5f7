"""Intervals that cover what they say: widths from the errors that were really made, pooled over the panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from salesops_lib.forecasting.panel import Array, Panel
from salesops_lib.forecasting.rule import Rule

LEAST_SHARE = 0.01
ENOUGH = 100
SURE = 80


@dataclass(frozen=True)
class Measures:
    """What errors are measured against: `own`, as the series' rule says, and the naive `scale`; of the same shape."""

    own: Array
    scale: Array

    def total(self) -> Measures:
        """What the errors of the sums over the steps are measured against."""
        return Measures(self.own.sum(axis=-1, keepdims=True), self.scale.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Errors:
    """Past errors, actual − forecast, and what they are measured against.

    All by origin, series and step; null where there is none.
    """

    error: Array
    against: Measures

    def total(self) -> Errors:
        """The errors of the sums over the steps."""
        return Errors(self.error.sum(axis=-1, keepdims=True), self.against.total())


@dataclass(frozen=True)
class Alike:
    """Whose errors are alike: per series the name of its rule, and on what basis its errors are measured."""

    rules: Sequence[str]
    bases: Sequence[str]

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Alike:
        """As the rules say."""
        return cls([rule.name for rule in rules], [rule.basis for rule in rules])


def naive_scale(y: Array, season: int) -> float:
    """The mean absolute seasonal difference of a history, at least 1 % of its mean level; 0 for nothing but zeros.

    Under a year and one period it is the mean absolute difference from period to period.

    Examples
    --------
    >>> naive_scale(np.array([10.0, 20.0, 13.0, 25.0]), 2)
    4.0
    """
    if not len(y):
        return float("nan")
    lag = season if len(y) > season else 1
    differences = np.abs(y[lag:] - y[:-lag])
    return max(float(differences.mean()) if len(differences) else 0.0, least(y))


def least(y: Array) -> float:
    """What no error is measured against less than: 1 % of the mean level."""
    return LEAST_SHARE * float(np.abs(y).mean()) if len(y) else float("nan")


def measured_against(panel: Panel, half: Array, native: npt.NDArray[np.bool_]) -> Measures:
    """What the errors of each series are measured against: its own half-width, or its naive scale; a row per series."""
    scale = np.array([naive_scale(each, panel.season) for each in panel.values])[:, None]
    floor = np.array([least(each) for each in panel.values])[:, None]
    own = np.where(np.isnan(half), scale, np.maximum(half, floor))
    wide = np.repeat(scale, half.shape[1], axis=1)
    return Measures(np.where(native[:, None], own, wide), wide)


def half_widths(errors: Errors, now: Measures, alike: Alike, level: int) -> Array:
    """The half-width of each series' interval: what it is measured against times the pooled quantile of the ratios.

    Ratios are pooled over the past origins and the series of the same rule: step by step where a step has a hundred of
    them, else over all steps. Where they are too few for the level (the 80 % interval needs 4, the 95 % one 19), those
    of all series that are measured on the same basis are taken; where these too are too few, those of all series, each
    measured against its naive scale. Null where even they are too few. 0 where it is measured against 0: a history of
    nothing but zeros.

    Source: split conformal prediction, Vovk, Gammerman and Shafer (2005); pooled over series and origins it holds for
    the panel on average, not for each of its series.

    Examples
    --------
    Nine errors of 1 to 9 against a scale of 1: the 80 % quantile of ten is the eighth.

    >>> ones = np.ones((9, 1, 1))
    >>> past = Errors(np.arange(1.0, 10.0).reshape(9, 1, 1), Measures(ones, ones))
    >>> half_widths(past, Measures(np.array([[2.0]]), np.array([[2.0]])), Alike(["long"], ["native"]), 80).tolist()
    [[16.0]]
    """
    own, scaled = _ratios(errors.error, errors.against.own), _ratios(errors.error, errors.against.scale)
    found = np.full(now.own.shape, np.nan)
    for rows, same in _groups(alike):
        for pool, against in ((own[:, rows], now.own), (own[:, same], now.own), (scaled, now.scale)):
            quantiles = _quantiles(pool, level)
            if not np.isnan(quantiles).any():
                found[rows] = quantiles * against[rows]
                break
    return np.where(now.own == 0, 0.0, found)


def total_half_widths(errors: Errors, now: Measures, alike: Alike, level: int) -> Array:
    """The half-width of the interval of each series' sum over the steps: calibrated on the errors of past sums.

    Sums are fewer than steps. Where they are too few for the level but enough for 80 %, the 80 % width is widened as
    much as that of the single steps is widened from 80 % to the level.
    """
    past, total = errors.total(), now.total()
    found = half_widths(past, total, alike, level)[:, 0]
    if level > SURE and np.isnan(found).any():
        with np.errstate(divide="ignore", invalid="ignore"):
            wider = half_widths(errors, now, alike, level) / half_widths(errors, now, alike, SURE)
        found = np.where(np.isnan(found), half_widths(past, total, alike, SURE)[:, 0] * wider.mean(axis=1), found)
    return found


def quantile(ratios: Array, level: int) -> float:
    """The ratio that a new one stays within with the chance of the level; null where there are too few."""
    known = np.sort(ratios[~np.isnan(ratios)])
    rank = int(np.ceil((len(known) + 1) * level / 100))
    return float(known[rank - 1]) if 0 < rank <= len(known) else float("nan")


def _ratios(error: Array, against: Array) -> Array:
    """The sizes of the errors; none where it is measured against 0, which says nothing of other histories."""
    return np.asarray(np.abs(error) / np.where(against > 0, against, np.nan))


def _groups(alike: Alike) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """The rows of each rule, and those of all rules on the same basis."""
    rules, bases = np.array(alike.rules, dtype=object), np.array(alike.bases, dtype=object)
    for name in dict.fromkeys(alike.rules):
        rows = np.flatnonzero(rules == name)
        yield rows, np.flatnonzero(bases == bases[rows[0]])


def _quantiles(pool: Array, level: int) -> Array:
    """The quantile of each step's ratios, or of all where a step has few; null where all are too few."""
    by_step = [pool[:, :, step] for step in range(pool.shape[2])]
    every = quantile(pool.ravel(), level)
    return np.array(
        [every if np.count_nonzero(~np.isnan(each)) < ENOUGH else quantile(each.ravel(), level) for each in by_step]
    )
