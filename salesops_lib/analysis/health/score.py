"""The health score: how far the records are free of faults, by a declared formula, with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesops_lib.metrics.intervals import wilson

FEWEST_CHECKS = 6


def with_shares(checks: pd.DataFrame) -> pd.DataFrame:
    """Checks with the share that fails and its Wilson interval (null where nothing was checked)."""
    failing, n = (checks[name].to_numpy(dtype="float64") for name in ("failing", "n"))
    low, high = wilson(failing, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, failing / np.where(n > 0, n, 1), np.nan)
    return checks.assign(share=share, low=low, high=high)


def score(checks: pd.DataFrame, fewest: int = FEWEST_CHECKS) -> dict[str, float]:
    """The score of checks: 100 × Σ weight × (1 − share failing) ÷ Σ weight, over those that had a record to check.

    The interval is that of a weighted mean of independent shares, from the Wilson interval of each. Source: Zou and
    Donner (2008), Construction of confidence limits about effect measures: the method of variance estimates recovery.

    Parameters
    ----------
    checks : DataFrame
        One row per check: weight, share, low, high (null share: it could not be made).
    fewest : int
        From how many checks on there is a score.

    Returns
    -------
    dict
        value, low, high (0-100; null with fewer checks), n (checks made), of (all checks).

    Examples
    --------
    >>> made = with_shares(pd.DataFrame({"weight": [3, 1], "n": [100, 50], "failing": [10, 0]}))
    >>> {name: round(value, 1) for name, value in score(made, fewest=2).items()}
    {'value': 92.5, 'low': 86.6, 'high': 95.9, 'n': 2, 'of': 2}
    """
    made = checks[checks["share"].notna()]
    found: dict[str, float] = {"value": np.nan, "low": np.nan, "high": np.nan, "n": len(made), "of": len(checks)}
    if len(made) < fewest:
        return found
    part = made["weight"].to_numpy(dtype="float64") / made["weight"].sum()
    share, low, high = (made[name].to_numpy(dtype="float64") for name in ("share", "low", "high"))
    value = 100 * float(1 - (part * share).sum())
    down, up = (100 * float(np.sqrt(((part * (share - end)) ** 2).sum())) for end in (high, low))
    return found | {"value": value, "low": max(value - down, 0.0), "high": min(value + up, 100.0)}


def points(checks: pd.DataFrame) -> pd.Series[float]:
    """What each check takes from the score: all of them together are what it lacks to 100."""
    made = checks["share"].notna()
    lost: pd.Series[float] = 100 * checks["weight"] * checks["share"] / checks.loc[made, "weight"].sum()
    return lost
