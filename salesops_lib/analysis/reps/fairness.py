"""Fairness: how unevenly something is shared out, and how unevenly chance alone would share it."""

from __future__ import annotations

import numpy as np
from scipy import stats

from salesops_lib.analysis.reps.evidence import FEWEST, Array

SIMULATED = 2000
SEED = 2026


def uneven_numbers(groups: list[tuple[Array, Array]]) -> tuple[float, int, float]:
    """Chi-square of leads against working days, added over peer groups: statistic, degrees of freedom, p-value.

    Examples
    --------
    >>> [round(each, 3) for each in uneven_numbers([(np.array([10.0, 20.0]), np.array([60.0, 60.0]))])]
    [3.333, 1, 0.068]
    """
    statistic, df, leads = 0.0, 0, 0.0
    for number, days in groups:
        if number.sum() and len(number) > 1:
            statistic += float(stats.chisquare(number, number.sum() * days / days.sum()).statistic)
            df += len(number) - 1
            leads += number.sum()
    return (statistic, df, float(stats.chi2.sf(statistic, df))) if df and leads >= FEWEST else (np.nan, df, np.nan)


def uneven_quality(groups: list[list[Array]]) -> tuple[float, int, float]:
    """Kruskal and Wallis' test of the quality of each rep's leads, added over peer groups: as `uneven_numbers`."""
    statistic, df, leads = 0.0, 0, 0
    for samples in groups:
        if len(samples) > 1:
            # All of one quality: nobody has better ones.
            if np.ptp(np.concatenate(samples)) > 0:
                statistic += float(stats.kruskal(*samples).statistic)
            df += len(samples) - 1
            leads += sum(len(each) for each in samples)
    return (statistic, df, float(stats.chi2.sf(statistic, df))) if df and leads >= FEWEST else (np.nan, df, np.nan)


def gini_of(groups: list[tuple[Array, Array]]) -> tuple[float, float, float]:
    """Gini of the leads per working day relative to the peer group's, and the middle 95 % of what chance makes of it.

    Chance: each lead of a group goes to a rep with the rep's share of the working days (2000 draws, always the same).
    """
    parts = [(number, days) for number, days in groups if number.sum() and len(number) > 1]
    if not parts:
        return np.nan, np.nan, np.nan
    rng = np.random.default_rng(SEED)
    own, drawn = [], []
    for number, days in parts:
        share = days / days.sum()
        even = number.sum() * share
        own.append(number / even)
        drawn.append(rng.multinomial(int(number.sum()), share, size=SIMULATED) / even)
    low, high = np.percentile(gini(np.concatenate(drawn, axis=1)), [2.5, 97.5])
    return float(gini(np.concatenate(own))), float(low), float(high)


def gini(values: Array) -> Array:
    """Gini coefficient over the last axis: 0 where all are equal, towards 1 where one has all.

    Source: Gini (1912), in the form of ordered values.

    Examples
    --------
    >>> float(gini(np.array([1.0, 1.0, 1.0]))), float(gini(np.array([0.0, 0.0, 3.0]))).__round__(3)
    (0.0, 0.667)
    """
    ordered = np.sort(values, axis=-1)
    n = ordered.shape[-1]
    weights = 2 * np.arange(1, n + 1) - n - 1
    coefficient: Array = (ordered * weights).sum(axis=-1) / (n * ordered.sum(axis=-1))
    return coefficient
