"""The company and its groups, level by level: how the figures of the smallest groups add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import nnls

Floats = npt.NDArray[np.float64]
COMPANY = "company"
# What counts as nothing beside the largest figure.
LEAST = 1e-9


@dataclass(frozen=True)
class Levels:
    """The company, then each dimension's groups, as sums of the smallest groups.

    Attributes
    ----------
    frame : DataFrame
        One row per level and group: level ("company" or the dimension), group ("" for the company).
    sums : array (rows of `frame`, smallest groups)
        1 where a smallest group belongs to the row's group, else 0.

    Examples
    --------
    >>> groups = pd.DataFrame({"region": ["N", "N", "S"], "team": ["a", "b", "b"]})
    >>> levels = Levels.of(groups, ["region", "team"])
    >>> levels.frame["group"].tolist()
    ['', 'N', 'S', 'a', 'b']
    >>> levels.up(np.array([1.0, 2.0, 4.0])).tolist()
    [7.0, 3.0, 4.0, 1.0, 6.0]
    """

    frame: pd.DataFrame
    sums: Floats

    @classmethod
    def of(cls, groups: pd.DataFrame, by: Sequence[str]) -> Levels:
        """The levels of the smallest groups: one row per group, one column per dimension of `by`."""
        rows, sums = [(COMPANY, "")], [np.ones(len(groups))]
        for name in by:
            for member in sorted(groups[name].unique()):
                rows.append((name, str(member)))
                sums.append((groups[name] == member).to_numpy(np.float64))
        return cls(pd.DataFrame(rows, columns=["level", "group"]), np.vstack(sums))

    def up(self, values: Floats) -> Floats:
        """What the smallest groups' figures add up to, row by row of `frame`; null where one of them is."""
        with np.errstate(invalid="ignore"):
            inside = np.where(self.sums > 0, values[None, :], 0.0)
        return np.asarray(inside.sum(axis=1), dtype=np.float64)

    def coherent(self, values: Floats) -> Floats:
        """Figures of all rows, none below zero, moved as little as it takes to add up level by level.

        A row's distance counts by one over its figure, so that each moves in proportion to its size and what is 0 stays
        0; a null row takes what the others say.

        Source: least squares weighted by the variances, Wickramasuriya, Athanasopoulos and Hyndman (2019), those taken
        to be as the figures; without negative parts, Wickramasuriya, Turlach and Hyndman (2020).

        Examples
        --------
        The company says 9, its two groups 4 and 2: both groups grow by a fifth, and the company falls by as much.

        >>> levels = Levels.of(pd.DataFrame({"region": ["N", "S"]}), ["region"])
        >>> levels.coherent(np.array([9.0, 4.0, 2.0])).round(6).tolist()
        [7.2, 4.8, 2.4]
        """
        known = ~np.isnan(values)
        if not known.any():
            return np.full(len(values), np.nan)
        values = np.maximum(values, 0.0)
        largest = float(np.nanmax(values))
        if not largest:
            return np.zeros(len(values))
        weight = 1 / np.sqrt(np.fmax(values, LEAST * largest))
        parts, _rest = nnls((self.sums * weight[:, None])[known], (values * weight)[known])
        return np.asarray(self.sums @ parts, dtype=np.float64)
