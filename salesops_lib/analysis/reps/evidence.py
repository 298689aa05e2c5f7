"""Evidence: how likely chance alone takes a rep's figure as far from the peers' as it is, from sums and counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from salesops_lib.metrics.intervals import LEVEL
from salesops_lib.metrics.spec import Better

Array = npt.NDArray[np.float64]
ALPHA = 0.05
FEWEST = 10
LEAST_SKEW = 1e-3


def share_p(top: Array, n: Array, peers_top: Array, peers_n: Array) -> Array:
    """Two-sided p-value of a share against that of all peers, the rep among them; 1 where the rep has no peers.

    Under chance alone the rep's n records are any n of the peers': Fisher's exact test, the smaller tail doubled, of
    the observed count itself one half (Lancaster's mid-p, 1961; the whole would be too careful).

    Examples
    --------
    >>> a = lambda *x: np.array(x, dtype="float64")
    >>> share_p(a(9.0, 5.0), a(10.0, 10.0), a(100.0, 100.0), a(200.0, 200.0)).round(3).tolist()
    [0.01, 1.0]
    """
    chance = stats.hypergeom(peers_n, peers_top, n)
    half = chance.pmf(top) / 2
    return _doubled(chance.cdf(top) - half, chance.sf(top) + half)


def count_p(count: Array, exposure: Array, peers_count: Array) -> Array:
    """Two-sided p-value of a count, if each of the peers' events falls to the rep with the rep's share of the exposure.

    Exact binomial test, the smaller tail doubled.
    """
    chance = stats.binom(peers_count, exposure)
    return _doubled(chance.cdf(count), chance.sf(count - 1))


def sum_p(total: Array, exposure: Array, first: Array, second: Array, third: Array) -> Array:
    """Two-sided p-value of a sum of amounts, if each of the peers' amounts falls to the rep with a given probability.

    Parameters
    ----------
    total : array
        The rep's sum.
    exposure : array
        The rep's share of the exposure (days, quota, pipeline): 0-1.
    first, second, third : array
        The sums of x, x² and x³ over the amounts of all peers.

    Notes
    -----
    The null distribution has the cumulants of weighted Bernoulli draws; a shifted lognormal curve of the same mean,
    variance and skewness gives its tails, for which a normal or gamma curve is too light where few deals are large.
    Source: Fenton (1960) for sums of lognormal amounts.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(exposure * (1 - exposure) * second)
        skewness = exposure * (1 - exposure) * (1 - 2 * exposure) * third / spread**3
        z = (total - exposure * first) / spread
    return _tails(z, skewness)


def sum_range(exposure: Array, first: Array, second: Array, third: Array) -> tuple[Array, Array]:
    """Where chance alone puts the sum of `sum_p` in 95 of 100 cases; null where nothing can vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(exposure * (1 - exposure) * second)
        skewness = exposure * (1 - exposure) * (1 - 2 * exposure) * third / spread**3
    known = np.isfinite(spread) & np.isfinite(skewness)
    low, high = np.full(np.shape(spread), np.nan), np.full(np.shape(spread), np.nan)
    chance, mirrored = _curve(skewness[known])
    tail = (1 - LEVEL) / 2
    below, above = chance.ppf(tail), chance.ppf(1 - tail)
    center = (exposure * first)[known]
    low[known] = np.maximum(center + spread[known] * np.where(mirrored, -above, below), 0.0)
    high[known] = center + spread[known] * np.where(mirrored, -below, above)
    return low, high


def mean_p(mean: Array, n: Array, peers_n: Array, first: Array, second: Array, third: Array) -> Array:
    """Two-sided p-value of a mean, if the rep's n amounts are any n of the peers' (sampling without replacement).

    Source: Cochran (1977), Sampling Techniques, sections 2.6 and 2.15; tails as in `sum_p`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        part = n / peers_n
        center = first / peers_n
        variance = second / peers_n - center**2
        cube = third / peers_n - 3 * center * second / peers_n + 2 * center**3
        spread = np.sqrt(variance * peers_n / (peers_n - 1) * (1 - part) / n)
        skewness = cube / variance**1.5 * (1 - 2 * part) / np.sqrt(n * (1 - part))
        z = (mean - center) / spread
    return _tails(z, skewness)


def surplus_p(surplus: Array, second: Array, third: Array) -> Array:
    """Two-sided p-value of what came beyond expectation, from its variance and third central moment.

    Tails as in `sum_p`; null where nothing was expected.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _tails(np.asarray(surplus / np.sqrt(second)), np.asarray(third / second**1.5))


def rank_p(rank_sum: Array, n: Array, peers_n: Array, ties: Array) -> Array:
    """Two-sided p-value of the sum of a rep's ranks among the peers' records (Wilcoxon, Mann and Whitney).

    `ties` is the sum of t³ − t over the values that occur t times. Source: Hollander, Wolfe & Chicken (2014),
    Nonparametric Statistical Methods, section 4.1.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        others = peers_n - n
        variance = n * others / 12 * (peers_n + 1 - ties / (peers_n * (peers_n - 1)))
        off = np.abs(rank_sum - n * (peers_n + 1) / 2)
        z = np.maximum(off - 0.5, 0) / np.sqrt(variance)
    p: Array = np.where(variance > 0, 2 * stats.norm.sf(z), 1.0)
    return p


def adjusted(p_values: Iterable[float]) -> Array:
    """P-values after Benjamini and Hochberg (1995); null ones were not tested and stay null.

    Examples
    --------
    >>> adjusted([0.01, 0.04, float("nan")]).tolist()
    [0.02, 0.04, nan]
    """
    p = np.asarray(list(p_values), dtype="float64")
    tested = ~np.isnan(p)
    if tested.any():
        p[tested] = stats.false_discovery_control(p[tested])
    return p


def adjusted_in_families(p_values: pd.Series[float], families: pd.Series[str]) -> pd.Series[float]:
    """P-values after Benjamini-Hochberg over the members of each family, and over the families (such as metrics).

    A family says something only if its smallest adjusted value survives among the families; within those that do, the
    level is the share of families that did. So a company in which nobody differs in anything shows no difference at all
    in 95 of 100 cases, however many metrics are looked at. Source: Benjamini & Bogomolov (2014).

    Examples
    --------
    >>> p = pd.Series([0.001, 0.5, 0.03, 0.6])
    >>> adjusted_in_families(p, pd.Series(["a", "a", "b", "b"])).round(3).tolist()
    [0.004, 1.0, 0.12, 1.0]
    """
    within = p_values.groupby(families).transform(lambda each: adjusted(each))
    best = within.groupby(families).min().dropna()
    chosen = int((adjusted(best) < ALPHA).sum())
    return (within * len(best) / max(chosen, 1)).clip(upper=1.0)


def verdicts(
    value: pd.Series[float], peers: pd.Series[float], p_value: pd.Series[float], n: pd.Series[float]
) -> list[str]:
    """What may be said of figures against their peers: a side only where chance does not explain it."""
    said = []
    for x, center, p, records in zip(value, peers, p_value, n, strict=True):
        if np.isnan(x):
            said.append("none")
        elif records < FEWEST:
            said.append("too few")
        elif np.isnan(p) or np.isnan(center):
            said.append("none")
        else:
            said.append("not distinguishable" if p >= ALPHA else "above" if x > center else "below")
    return said


def is_good(verdict: str, better: Better) -> bool | None:
    """Whether a verdict is good news; None where it is neither.

    Examples
    --------
    >>> is_good("above", "lower"), is_good("above", "higher"), is_good("too few", "higher")
    (False, True, None)
    """
    if verdict not in ("above", "below") or better == "neither":
        return None
    return (verdict == "above") == (better == "higher")


def _tails(z: Array, skewness: Array) -> Array:
    """Both tails of a standardised sum, from the shifted lognormal of its skewness; null where nothing can vary."""
    known = np.isfinite(z) & np.isfinite(skewness)
    p: Array = np.full(np.shape(z), np.nan)
    chance, mirrored = _curve(skewness[known])
    standard = np.where(mirrored, -z[known], z[known])
    p[known] = _doubled(chance.cdf(standard), chance.sf(standard))
    return p


def _curve(skewness: Array) -> tuple[Any, npt.NDArray[np.bool_]]:
    """The shifted lognormal of mean 0, variance 1 and these skewnesses, and which of them are mirrored (negative)."""
    skew = np.maximum(np.abs(skewness), LEAST_SKEW)
    # The lognormal's exp(σ²) solves (w + 2)² (w − 1) = skewness².
    root = np.cbrt(1 + skew**2 / 2 + skew * np.sqrt(1 + skew**2 / 4))
    w = root + 1 / root - 1
    scale = 1 / np.sqrt(w * (w - 1))
    return stats.lognorm(s=np.sqrt(np.log(w)), loc=-scale * np.sqrt(w), scale=scale), skewness < 0


def _doubled(below: Array, above: Array) -> Array:
    doubled: Array = np.minimum(1.0, 2 * np.minimum(below, above))
    return doubled
