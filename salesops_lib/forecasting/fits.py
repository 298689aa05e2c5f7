"""What a method gives for a panel: a mean and the half-width of its own 80 % interval, per series and step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesops_lib.forecasting.panel import Array, Panel

NATIVE = 80
OneFit = Callable[[Array, int], tuple[Array, Array | None]]


@dataclass(frozen=True)
class Fits:
    """One row per series, one column per step; null where a method has nothing to say; seconds per series."""

    mean: Array
    half: Array
    seconds: Array


def nothing(panel: Panel, horizon: int) -> tuple[Array, Array]:
    """Nothing said of any series."""
    shape = (len(panel), horizon)
    return np.full(shape, np.nan), np.full(shape, np.nan)


def one_by_one(panel: Panel, horizon: int, fit: OneFit) -> tuple[Array, Array]:
    """A method over series that it takes one by one. One it cannot fit is left to the other methods."""
    mean, half = nothing(panel, horizon)
    for row, y in enumerate(panel.values):
        if not len(y):
            continue
        if y.min() == y.max():
            mean[row], half[row] = y[0], 0.0
            continue
        try:
            middle, width = fit(y, horizon)
        except Exception:  # the libraries raise whatever comes: a bare Exception, numpy's, Stan's
            continue
        if np.isfinite(middle).all():
            mean[row] = middle
            half[row] = np.nan if width is None else width
    return mean, half


def tidy(panel: Panel, mean: Array, half: Array) -> pd.DataFrame:
    """The fits as a frame: unique_id, ds, mean, half (the half-width of the method's own 80 % interval)."""
    horizon = mean.shape[1]
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(panel.ids, dtype=object), horizon),
            "ds": panel.frequency.starts(panel.ahead(horizon)),
            "mean": mean.ravel(),
            "half": half.ravel(),
        }
    )
