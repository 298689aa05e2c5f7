"""The expected revenue of a period for the company and its groups: both views blended, adding up, with its odds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from salesops_lib.forecasting.blend import INTERVAL, blend
from salesops_lib.forecasting.levels import Levels
from salesops_lib.forecasting.snapshots import FEWEST_SNAPSHOTS, LEVELS

Floats = npt.NDArray[np.float64]
KEYS = ["level", "group"]
GOALS = {"floor": 0.8, "even": 0.5, "stretch": 0.2}


def expected(seen: pd.DataFrame, past: pd.DataFrame, levels: Levels, widths: Floats | None = None) -> pd.DataFrame:
    """What a period will bring, so that each level's groups add up to the company.

    The blend of both views (see `blend`), moved as little as it takes to be coherent: what is still to come is
    reconciled, a group counting by how many of the smallest ones it is made of. The intervals move with their means,
    and end at what is closed.

    Parameters
    ----------
    seen : DataFrame
        A moment, as `Views.now` gives it.
    past : DataFrame
        Earlier periods that were over by then, as `Views.past` gives them.
    widths : array (rows, 2), optional
        Half the width of the 80 and the 95 % interval of the view of history; it counts where that view is alone.

    Returns
    -------
    DataFrame
        One row per level and group, as in `levels`: level, group, closed, n_open, last_year, history, pipeline, weight
        (of the pipeline, 0-1), mean, lo-80, hi-80, lo-95, hi-95 (null: too few past errors), freedom (degrees of
        freedom of Student's t behind the interval; infinite: a normal law). `attrs["notes"]` as of `blend`.
    """
    history = seen[KEYS].assign(mean=seen["history"])
    if widths is not None:
        for level, half in zip(LEVELS, widths.T, strict=True):
            history[f"lo-{level}"], history[f"hi-{level}"] = seen["history"] - half, seen["history"] + half
    pipeline = seen[[*KEYS, "closed"]].assign(mean=seen["pipeline"])
    mixed = blend(history, pipeline, past, KEYS)
    frame = seen[[*KEYS, "closed", "n_open", "last_year"]].merge(mixed, on=KEYS, how="left")
    mean = frame["closed"] + levels.coherent((frame["mean"] - frame["closed"]).to_numpy(np.float64))
    for level in LEVELS:
        # The upper half is whole; the lower one may have been cut.
        half = frame[f"hi-{level}"] - frame["mean"]
        frame[f"lo-{level}"], frame[f"hi-{level}"] = np.maximum(mean - half, frame["closed"]), mean + half
    frame["mean"] = mean
    alone = frame["history_snapshots"] < FEWEST_SNAPSHOTS
    frame["freedom"] = frame["history_snapshots"].astype("float64").mask(alone, np.inf)
    columns = [*KEYS, "closed", "n_open", "last_year", "history", "pipeline", "weight", "mean", *INTERVAL, "freedom"]
    found = frame[columns]
    found.attrs["notes"] = mixed.attrs["notes"]
    return found


def outlook_of(frame: pd.DataFrame, quota: pd.Series) -> pd.DataFrame:
    """What is expected beside the quota and the year before.

    Parameters
    ----------
    frame : DataFrame
        As `expected` gives it.
    quota : Series
        The quota of each row; null without one.

    Returns
    -------
    DataFrame
        The columns of `expected`, and quota, chance (of reaching the quota), gap (quota − mean), growth, growth_low,
        growth_high (the mean and the bounds of the 80 % interval ÷ last_year − 1; null where there is no last year).
    """
    found = frame.assign(quota=quota, chance=chance_of(frame, quota), gap=quota - frame["mean"])
    ago = frame["last_year"].where(frame["last_year"] > 0)
    return found.assign(
        growth=frame["mean"] / ago - 1, growth_low=frame["lo-80"] / ago - 1, growth_high=frame["hi-80"] / ago - 1
    )


def goals_of(outlook: pd.DataFrame) -> pd.DataFrame:
    """Goals from the distribution of what a period will bring.

    Returns
    -------
    DataFrame
        One row per level and group: level, group, floor (reached with 80 %), even (50 %), stretch (20 %; all three null
        without an interval), quota, chance_of_quota, last_year. Goals of groups do not add up to the company's: not all
        groups are below their floor at once.
    """
    goals = {name: reached_with(outlook, chance) for name, chance in GOALS.items()}
    frame = outlook.rename(columns={"chance": "chance_of_quota"}).assign(**goals)
    return frame[[*KEYS, *goals, "quota", "chance_of_quota", "last_year"]]


def chance_of(frame: pd.DataFrame, target: pd.Series) -> pd.Series:
    """How probable it is that a period brings at least a target; null without an interval or a target.

    Examples
    --------
    The 80 % interval leaves 10 % above it.

    >>> frame = pd.DataFrame({"closed": [0.0], "mean": [100.0], "hi-80": [120.0], "freedom": [8.0]})
    >>> chance_of(frame, pd.Series([120.0])).round(6).tolist()
    [0.1]
    """
    scale = _scale(frame)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = (target - frame["mean"]).to_numpy(np.float64) / scale
    chance = stats.t.sf(away, frame["freedom"].to_numpy(np.float64))
    chance = np.where(np.isnan(scale) | np.isnan(target.to_numpy(np.float64)), np.nan, chance)
    # What is closed is certain.
    return pd.Series(np.where(target <= frame["closed"], 1.0, chance), index=frame.index)


def reached_with(frame: pd.DataFrame, chance: float) -> pd.Series:
    """The revenue that is reached with a chance: with 0.8 one to be sure of, with 0.2 one that takes luck.

    Examples
    --------
    >>> frame = pd.DataFrame({"closed": [0.0], "mean": [100.0], "hi-80": [120.0], "freedom": [8.0]})
    >>> reached_with(frame, 0.9).round(6).tolist()
    [80.0]
    """
    away = stats.t.isf(chance, frame["freedom"].to_numpy(np.float64)) * _scale(frame)
    reached: pd.Series = (frame["mean"] + away).clip(lower=frame["closed"])
    return reached


def _scale(frame: pd.DataFrame) -> Floats:
    """The scale of the law that the interval is of; its upper bound is the one that nothing cuts off."""
    half = (frame["hi-80"] - frame["mean"]).to_numpy(np.float64)
    return np.asarray(half / stats.t.ppf(0.9, frame["freedom"].to_numpy(np.float64)), dtype=np.float64)
