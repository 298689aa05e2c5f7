"""Intervals that cover what they say: widths from the errors that were really made, pooled over the panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from salesops_lib.forecasting.panel import Array, Panel

LEAST_SHARE = 0.01
ENOUGH = 100


@dataclass(frozen=True)
class Errors:
    """Past errors and what they are measured against: both by origin, series and step; null where there is none."""

    error: Array
    against: Array


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


def measured_against(panel: Panel, half: Array, native: npt.NDArray[np.bool_]) -> Array:
    """What the errors of each series are measured against: its own half-width, or its naive scale; a row per series."""
    scale = np.array([naive_scale(each, panel.season) for each in panel.values])[:, None]
    floor = np.array([least(each) for each in panel.values])[:, None]
    own = np.where(np.isnan(half), scale, np.maximum(half, floor))
    return np.where(native[:, None], own, np.broadcast_to(scale, half.shape))


def half_widths(errors: Errors, against: Array, groups: Sequence[str], level: int) -> Array:
    """The half-width of each series' interval: what it is measured against times the pooled quantile of the ratios.

    Ratios are pooled over the series of a group (those whose errors are measured alike) and over the past origins: step
    by step where a step has a hundred of them, else over all steps. Null where there are too few for the level: the
    80 % interval needs 4, the 95 % one 19. 0 where it is measured against 0: a history of nothing but zeros.

    Source: split conformal prediction, Vovk, Gammerman and Shafer (2005); pooled over series and origins it holds for
    the panel on average, not for each of its series.

    Examples
    --------
    Nine errors of 1 to 9 against a scale of 1: the 80 % quantile of ten is the eighth.

    >>> past = Errors(np.arange(1.0, 10.0).reshape(9, 1, 1), np.ones((9, 1, 1)))
    >>> half_widths(past, np.array([[2.0]]), ["a"], 80).tolist()
    [[16.0]]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = errors.error / errors.against
    found = np.full(against.shape, np.nan)
    names = np.array(groups, dtype=object)
    for name in dict.fromkeys(groups):
        rows = np.flatnonzero(names == name)
        pool = ratios[:, rows, :]
        for step in range(against.shape[1]):
            some = pool[:, :, step]
            if np.count_nonzero(~np.isnan(some)) < ENOUGH:
                some = pool
            found[rows, step] = quantile(some.ravel(), level) * against[rows, step]
    return np.where(against == 0, 0.0, found)


def quantile(ratios: Array, level: int) -> float:
    """The ratio that a new one stays within with the chance of the level; null where there are too few."""
    known = np.sort(ratios[~np.isnan(ratios)])
    rank = int(np.ceil((len(known) + 1) * level / 100))
    return float(known[rank - 1]) if 0 < rank <= len(known) else float("nan")
