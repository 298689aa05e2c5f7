"""Shrinkage: what a rep's share of few records is worth, drawn towards the peers as far as chance made it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from salesops_lib.metrics.intervals import LEVEL

Array = npt.NDArray[np.float64]
# The shares of a typical rep's estimate that the peers may make up.
GRID = (np.arange(200) + 0.5) / 200


def shrunk_shares(top: Array, n: Array) -> pd.DataFrame:
    """Shares drawn towards the mean of all, by how much more they differ than chance makes them differ.

    The true shares are Beta-distributed around the mean; how far apart they lie is averaged over with a uniform prior
    of the shrinkage, so that a few reps who look alike are not taken for equal beyond doubt.

    Parameters
    ----------
    top, n : array
        Records that count, and all records, one per rep (such as deals won and deals closed).

    Returns
    -------
    DataFrame
        One row per rep: value, low, high (95 % credible interval), weight (the part of the estimate that is the rep's
        own, 0-1). Null for a rep without records.

    Notes
    -----
    Source: Daniels (1999), A prior for the variance in hierarchical models; Efron & Morris (1975) for the idea.

    Examples
    --------
    >>> shrunk_shares(np.array([9.0, 40.0, 50.0]), np.array([10.0, 100.0, 100.0])).round(2)["value"].tolist()
    [0.61, 0.42, 0.49]
    """
    seen = n > 0
    blank = np.full(len(n), np.nan)
    result = pd.DataFrame({"value": blank, "low": blank, "high": blank, "weight": blank})
    k, m = top[seen], n[seen]
    if not len(m):
        return result
    center = float((k.sum() + 0.5) / (m.sum() + 1))
    strength = GRID / (1 - GRID) * stats.hmean(m)
    a, b = center * strength, (1 - center) * strength
    # Beta-binomial likelihood of each strength; what does not depend on it is left out.
    fit = special.betaln(k[:, None] + a, (m - k)[:, None] + b) - special.betaln(a, b)
    log = fit.sum(axis=0)
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    total = m[:, None] + strength
    means = (k[:, None] + a) / total
    mean = means @ weights
    # Spread within each strength, between strengths, and of the mean that all are drawn to.
    of_center = center * (1 - center) / m.sum()
    variance = (means * (1 - means) / (total + 1) + (means - mean[:, None]) ** 2) @ weights
    variance += ((strength / total) ** 2 @ weights) * of_center
    size = mean * (1 - mean) / variance - 1
    tail = (1 - LEVEL) / 2
    result.loc[seen, "value"] = mean
    result.loc[seen, "low"] = stats.beta.ppf(tail, mean * size, (1 - mean) * size)
    result.loc[seen, "high"] = stats.beta.ppf(1 - tail, mean * size, (1 - mean) * size)
    result.loc[seen, "weight"] = (m[:, None] / total) @ weights
    return result
