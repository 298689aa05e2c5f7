"""How good the forecasts of a company would have been: its backtest, with figures that add up, scored by level."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.forecasting.backtest import KIT, backtest_panel
from salesops_lib.forecasting.history import History
from salesops_lib.forecasting.outlook import LEVELS, Options
from salesops_lib.forecasting.panel import Array
from salesops_lib.forecasting.reconcile import COMPANY, reconcile
from salesops_lib.forecasting.score import score

APART = "kit unreconciled"


def backtest_history(
    history: History, horizon: int, options: Options, *, window: int | None, origins: int
) -> pd.DataFrame:
    """The backtest of a company's series.

    At each origin the kit's figures add up, as they are published; `APART` are the same before that. Groups are those
    of the book's day: who sold in another team then counts where the seller is today. A group that had ended by an
    origin is left out of it.

    Returns
    -------
    DataFrame
        As `backtest_panel` gives it, with level ("company" or the dimension) and group behind unique_id, and `ds` and
        `cutoff` as the company's periods begin.
    """
    panel = history.panel()
    found = backtest_panel(panel, horizon, options, history=window, origins=origins)
    ids, sums, values = history.series()
    parts = [_at_origin(part, history, sums, values, ids) for _cutoff, part in found.groupby("cutoff", sort=True)]
    every = ids.merge(pd.concat(parts, ignore_index=True), on="unique_id", how="right")
    for column in ("cutoff", "ds"):
        every[column] = history.starts(every[column])
    shown: pd.DataFrame = every[every["level"].isin([COMPANY, *history.by])].reset_index(drop=True)
    return shown


def _at_origin(rows: pd.DataFrame, history: History, sums: Array, values: Array, ids: pd.DataFrame) -> pd.DataFrame:
    """The rows of an origin without the groups that had ended, and with the kit's figures made to add up."""
    known = history.known(rows["cutoff"].iloc[0])
    begun = ~np.isnan(history.values[:, :known]).all(axis=1)
    alive: npt.NDArray[np.bool_] = np.asarray(sums[:, begun & ~history.ended(known)].any(axis=1), dtype=np.bool_)
    rows = rows[rows["unique_id"].isin(ids["unique_id"].to_numpy()[alive])]
    if not history.by:
        return rows
    apart = rows[rows["method"] == KIT]
    base = apart.pivot(index="unique_id", columns="step", values="mean").reindex(ids["unique_id"]).to_numpy(np.float64)
    for row in range(len(ids) - sums.shape[1], len(ids)):
        if alive[row] and np.isnan(base[row]).any():
            base[row] = np.nanmean(values[row, :known])
    mean = reconcile(sums, np.where(alive[:, None], base, np.nan))
    at = pd.Series(range(len(ids)), index=ids["unique_id"])[apart["unique_id"]].to_numpy()
    never_below = np.nanmin(values[:, :known], axis=1, initial=0.0, where=~np.isnan(values[:, :known])) >= 0
    floor = np.where(never_below, 0.0, -np.inf)[at]
    kit = apart.assign(mean=mean[at, apart["step"].to_numpy() - 1])
    for level in LEVELS:
        width = apart[f"hi-{level}"] - apart["mean"]
        kit[f"lo-{level}"] = (kit["mean"] - width).clip(lower=floor)
        kit[f"hi-{level}"] = kit["mean"] + width
    return pd.concat([rows[rows["method"] != KIT], apart.assign(method=APART), kit], ignore_index=True)


def score_by_level(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """The scores of a backtest (see `score`), for a company level by level, in a first column `level`."""
    if "level" not in frame:
        return score(frame, seed=seed)
    parts = []
    for name, part in frame.groupby("level", sort=False):
        scores = score(part, seed=seed)
        scores.insert(0, "level", str(name))
        parts.append(scores)
    return pd.concat(parts, ignore_index=True)
