"""95 % intervals from aggregates: only sums and counts leave the engine, and nothing is drawn by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Array = npt.NDArray[np.float64]
LEVEL = 0.95
Z = float(stats.norm.ppf(0.5 + LEVEL / 2))


def wilson(successes: Array, trials: Array) -> tuple[Array, Array]:
    """Wilson's interval of a share; null without trials.

    Source: Wilson (1927), as statsmodels' `proportion_confint` computes it.

    Examples
    --------
    >>> low, high = wilson(np.array([5.0]), np.array([10.0]))
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.237, 0.763)
    """
    from statsmodels.stats.proportion import proportion_confint

    some = trials > 0
    low, high = np.full(trials.shape, np.nan), np.full(trials.shape, np.nan)
    if some.any():
        low[some], high[some] = proportion_confint(successes[some], trials[some], alpha=1 - LEVEL, method="wilson")
    return low, high


def of_sum(n: Array, first: Array, second: Array, third: Array) -> tuple[Array, Array]:
    """Interval of the sum of a random number of amounts, from n and the sums of x, x², x³; null below two rows.

    It is the closed form of the percentile bootstrap in which each row is drawn a Poisson number of times: the sum then
    has the cumulants Σx, Σx², Σx³. Source: Hall (1992), The Bootstrap and Edgeworth Expansion, section 2.5.

    Examples
    --------
    >>> x = np.arange(1.0, 101.0)
    >>> low, high = of_sum(*(np.array([v]) for v in (100.0, x.sum(), (x**2).sum(), (x**3).sum())))
    >>> round(float(low[0])), round(float(high[0]))
    (3946, 6226)
    """
    spread = np.sqrt(second)
    return _cornish_fisher(n, first, spread, _divide(third, spread**3))


def of_mean(n: Array, first: Array, second: Array, third: Array) -> tuple[Array, Array]:
    """Interval of a mean from n and the sums of x, x², x³; null below two rows.

    The closed form of the percentile bootstrap to second order. Source: as `of_sum`.
    """
    mean = _divide(first, n)
    variance = np.maximum(_divide(second, n) - mean**2, 0.0)
    skewed = _divide(third, n) - 3 * mean * _divide(second, n) + 2 * mean**3
    skewness = np.where(variance > 1e-12 * mean**2, _divide(skewed, variance**1.5), 0.0)
    return _cornish_fisher(n, mean, np.sqrt(_divide(variance, n)), _divide(skewness, np.sqrt(n)))


def of_ratio(n: Array, top: Array, bottom: Array, top2: Array, bottom2: Array, cross: Array) -> tuple[Array, Array]:
    """Interval of Σy / Σx by linearisation, from the sums of y, x, y², x² and xy; null below two rows.

    Source: Cochran (1977), Sampling Techniques, section 2.11.
    """
    ratio = _divide(top, bottom)
    residual = np.maximum(top2 - 2 * ratio * cross + ratio**2 * bottom2, 0.0)
    spread = _divide(np.sqrt(residual), np.abs(bottom))
    return _cornish_fisher(n, ratio, spread, np.zeros_like(spread))


def of_variation(n: Array, variation: Array) -> tuple[Array, Array]:
    """Interval of a coefficient of variation (standard deviation ÷ mean) of n values; null below two values.

    The upper bound is null where the values set none. It is exact to a hair for normal values of a coefficient up to
    about a third; beyond that it is wide.

    Source: Vangel (1996), Confidence Intervals for a Normal Coefficient of Variation: McKay's interval, modified.

    Examples
    --------
    >>> low, high = of_variation(np.array([12.0]), np.array([0.2]))
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.14, 0.35)
    """
    free = np.where(n >= 2, n - 1, np.nan)
    bounds = []
    for tail in (0.5 + LEVEL / 2, 0.5 - LEVEL / 2):
        point = stats.chi2.ppf(tail, free)
        room = ((point + 2) / n - 1) * variation**2 + point / free
        bounds.append(np.where(room > 0, variation / np.sqrt(np.where(room > 0, room, 1)), np.nan))
    return bounds[0], bounds[1]


def quantile_rank(n: Any, q: float = 0.5) -> Any:
    """The rank (from 1) of the order statistic below the quantile `q`; the one above is that of 1 - q from the top.

    Too few rows give 0 (six are needed for the median): no two of them enclose the quantile with 95 % certainty. The
    rank is that of the exact (binomial) interval, or in rare cases one below it, so that the interval is never too
    narrow. `n` is a number or an Ibis column.

    Source: Conover (1999), Practical Nonparametric Statistics, section 3.2, with corrections for continuity and (away
    from the median) for skewness.

    Examples
    --------
    >>> quantile_rank(5), quantile_rank(10), quantile_rank(100), quantile_rank(100, 0.9)
    (0.0, 2.0, 40.0, 84.0)
    """
    skewed = (1 - 2 * q) * (Z**2 - 1) / 6
    return (n * q + 0.5 + skewed - Z * (n * (q * (1 - q))) ** 0.5) // 1


def _cornish_fisher(n: Array, centre: Array, spread: Array, skewness: Array) -> tuple[Array, Array]:
    shift = skewness * (Z**2 - 1) / 6
    enough = n >= 2
    low = np.where(enough, centre + spread * (shift - Z), np.nan)
    high = np.where(enough, centre + spread * (shift + Z), np.nan)
    return low, high


def _divide(a: Array, b: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(b != 0, a / np.where(b != 0, b, 1), np.nan))
