"""The shape of tidy frames: from one row per metric to one column per metric."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def values_of(tidy: pd.DataFrame, groups: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    """The values of metrics side by side: one row per group (the index), one column per metric, also where none is.

    Examples
    --------
    >>> tidy = pd.DataFrame({"metric": ["a", "b"], "team": ["N", "N"], "value": [1.0, 2.0]})
    >>> values_of(tidy, ["team"], ["a", "b"]).loc["N"].to_list()
    [1.0, 2.0]
    """
    wide = tidy.pivot(index=list(groups), columns="metric", values="value").reindex(columns=list(metrics))
    if len(groups) == 1:
        wide.index = pd.Index(wide.index.get_level_values(0), name=groups[0])
    return wide.rename_axis(columns=None)
