"""Forecasts that add up: the company is the sum of its regions, of its teams and of its reps, period by period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls

from salesops_lib.forecasting.panel import Array

COMPANY = "company"
Method = Literal["wls_struct", "mint_shrink"]
FEWEST, ENOUGH = 3, 12
NOISY = 0.1


def summing(bottom: pd.DataFrame, by: Sequence[str]) -> tuple[list[str], Array]:
    """Which smallest groups each series is the sum of.

    Parameters
    ----------
    bottom : DataFrame
        One row per smallest group: unique_id, and one column per dimension of `by`.
    by : sequence of names
        The dimensions.

    Returns
    -------
    tuple of list and array
        The names of the series: company, then each dimension's members in order (region=North), then the smallest
        groups, unless the members of a dimension are just these; and one row of 0 and 1 per series, one column per
        smallest group. The rows of the smallest groups come last, in the order of the columns.

    Examples
    --------
    >>> frame = pd.DataFrame({"unique_id": ["rep=1", "rep=2"], "team": ["A", "A"], "rep": ["1", "2"]})
    >>> ids, sums = summing(frame, ["team", "rep"])
    >>> ids, sums.tolist()
    (['company', 'team=A', 'rep=1', 'rep=2'], [[1.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    """
    lowest = [str(name) for name in bottom["unique_id"]]
    ids: list[str] = []
    rows: list[Array] = []
    if lowest != [COMPANY]:
        ids, rows = [COMPANY], [np.ones(len(bottom))]
    for name in by:
        for member in sorted(bottom[name].unique()):
            if member_id(name, member) not in lowest:
                ids.append(member_id(name, member))
                rows.append((bottom[name] == member).to_numpy(np.float64))
    return [*ids, *lowest], np.vstack([*rows, np.eye(len(bottom))])


def member_id(dimension: str, member: object) -> str:
    """The name of a dimension's member as a series."""
    return f"{dimension}={member}"


def reconcile(sums: Array, base: Array, residuals: Array | None = None, method: Method = "wls_struct") -> Array:
    """Forecasts that add up, moved as little from the base forecasts as their errors say.

    A smallest group without a base forecast counts as 0; another series without one takes the sum of its groups. Where
    no base forecast is below zero, no result is.

    Parameters
    ----------
    sums : array (series, smallest groups)
        As `summing` gives it.
    base : array (series, steps)
        What was forecast of each series by itself; null where nothing was.
    residuals : array (series, observations), optional
        Past errors of the base forecasts; null where there is none. `mint_shrink` needs them; where they are fewer
        than three of a series or do not vary, `wls_struct` is taken.
    method : {"wls_struct", "mint_shrink"}
        How far an error of each series is to be expected: as the number of its groups, or as past errors vary together.

    Source: Wickramasuriya, Athanasopoulos and Hyndman (2019); not below zero: Wickramasuriya, Turlach and Hyndman
    (2020).

    Examples
    --------
    The company says 9, its two groups 4 and 2: of the 3 that lack, the company, as large as both, gives half.

    >>> sums = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    >>> reconcile(sums, np.array([[9.0], [4.0], [2.0]])).round(6).tolist()
    [[7.5], [4.75], [2.75]]
    """
    count = sums.shape[1]
    known: npt.NDArray[np.bool_] = np.asarray(~np.isnan(base).any(axis=1), dtype=np.bool_)
    there = known[-count:]
    rows = np.flatnonzero(known & sums[:, there].any(axis=1))
    if len(rows) == there.sum():
        return np.asarray(sums[:, there] @ base[-count:][there])
    part, said = sums[np.ix_(rows, there)], base[rows]
    past = None if residuals is None or method == "wls_struct" else residuals[rows]
    projection, covariance = _fitted(part, said, past if past is not None and _enough(past) else None)
    parts = projection @ said
    if (said >= 0).all() and (parts < 0).any():
        parts = _not_negative(part, said, covariance)
    return np.asarray(sums[:, there] @ parts)


def method_for(sums: Array, sold: Array, residuals: Array) -> Method:
    """How the forecasts of a panel are to be reconciled: as past errors say where they are many and small.

    `mint_shrink` where each series has twelve past errors and half of the smallest groups miss by less than a tenth of
    what they sell. Elsewhere they are noise more than structure: on the demo company by rep `mint_shrink` made the
    absolute errors 10 % larger, on Australian retail 1 to 7 % smaller; `wls_struct` kept both within 3 % of before.

    Parameters
    ----------
    sold : array (series, periods)
        What each series sold; null before its first sale.
    residuals : array (series, observations)
        As for `reconcile`.
    """
    lowest = slice(len(sums) - sums.shape[1], None)
    if not _enough(residuals) or (np.count_nonzero(~np.isnan(residuals), axis=1) < ENOUGH).any():
        return "wls_struct"
    size, missed = np.nanmean(np.abs(sold[lowest]), axis=1), np.nanmean(np.abs(residuals[lowest]), axis=1)
    return "mint_shrink" if np.median(missed - NOISY * size) < 0 else "wls_struct"


def _enough(residuals: Array) -> bool:
    """Whether past errors can say anything of how the series vary together."""
    known = np.count_nonzero(~np.isnan(residuals), axis=1)
    return bool((known >= FEWEST).all() and (np.nanstd(residuals, axis=1) > 0).all())


def _fitted(sums: Array, base: Array, residuals: Array | None) -> tuple[Array, Array]:
    """What makes the smallest groups of all base forecasts, and how the base forecasts' errors vary together."""
    # It brings scikit-learn with it: not before it is needed.
    from hierarchicalforecast.methods import MinTrace

    if residuals is None:
        fitted = MinTrace("wls_struct").fit(S=sums, y_hat=base)
    else:
        told = {"y_insample": residuals, "y_hat_insample": np.zeros_like(residuals)}
        fitted = MinTrace("mint_shrink").fit(S=sums, y_hat=base, **told)
    return np.asarray(fitted.P), np.asarray(fitted.W)


def _not_negative(sums: Array, base: Array, covariance: Array) -> Array:
    """The nearest smallest groups that are not below zero. The library's own way rounds them to seven digits."""
    root = cholesky(covariance, lower=True)
    design, wanted = (solve_triangular(root, each, lower=True) for each in (sums, base))
    return np.column_stack([nnls(design, step)[0] for step in wanted.T])
