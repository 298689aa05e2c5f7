"""Simulated panels of monthly revenue: a year's shape, a wandering level, noise in common; a break if wanted."""

from __future__ import annotations

import numpy as np

from salesops_lib.forecasting.panel import FREQUENCIES, Panel

SHAPE = np.array([-0.3, -0.2, 0.0, 0.05, 0.1, 0.0, -0.25, -0.2, 0.1, 0.15, 0.2, 0.35])


def simulated(
    series: int,
    length: int,
    seed: int,
    *,
    noise: float = 0.1,
    wander: float = 0.02,
    common: float = 0.5,
    level: float = 0.0,
    trend: float = 0.0,
    since: int = 0,
) -> Panel:
    """Series of `length` months; `common` is the share of the variance that all have in common.

    Over the last `since` months the level is lower by the share `level`, and the logs fall by `trend` a month.
    """
    rng = np.random.default_rng(seed)
    ago = np.arange(length - 1, -1, -1)
    growth = rng.normal(0.004, 0.004, size=(series, 1)) * -ago

    def drawn(size: float) -> np.ndarray:
        shared, own = rng.normal(size=(1, length)), rng.normal(size=(series, length))
        return size * (np.sqrt(common) * shared + np.sqrt(1 - common) * own)

    season = 0.7 * SHAPE[(600 - ago) % 12] + 0.05 * rng.normal(size=(series, 12))[:, (600 - ago) % 12]
    logs = rng.normal(8, 1, size=(series, 1)) + growth + season + np.cumsum(drawn(wander), axis=1) + drawn(noise)
    hit = (ago < since) * (np.log1p(-level) - trend * np.maximum(since - ago, 0))
    names = tuple(f"s{number:03}" for number in range(series))
    return Panel(FREQUENCIES["M"], names, tuple(np.exp(logs + hit)), np.full(series, 600))
