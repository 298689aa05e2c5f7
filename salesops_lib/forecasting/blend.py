"""History and pipeline in one forecast: each weighs as much as its past errors let it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.forecasting.snapshots import FEWEST_SNAPSHOTS, LEVELS, spread
from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext

Floats = npt.NDArray[np.float64]
INTERVAL = [f"{side}-{level}" for level in LEVELS for side in ("lo", "hi")]


def blend(
    history: pd.DataFrame, pipeline: pd.DataFrame, past: pd.DataFrame, by: str | Sequence[str] = ()
) -> pd.DataFrame:
    """One forecast of two: of history (the series of revenue) and of the pipeline.

    The weight of each is the inverse of its mean squared error at the same moment of earlier periods, relative to the
    group's revenue, over all groups together (Bates & Granger 1969). Until four such periods exist, history alone
    counts. The interval comes from the blend's own past errors, each with weights that did not know that period.

    Parameters
    ----------
    history : DataFrame
        One row per group: <by...>, mean, and its own lo-80, hi-80, lo-95, hi-95, if it has any.
    pipeline : DataFrame
        One row per group: <by...>, mean, closed; as `pipeline_forecast` gives it.
    past : DataFrame
        One row per earlier period and group: period, <by...>, history, pipeline (as forecast then), actual.

    Returns
    -------
    DataFrame
        One row per group of either: <by...>, history, pipeline, weight (of the pipeline, 0-1), mean, lo-80, hi-80,
        lo-95, hi-95 (null: unknown), history_snapshots (earlier periods). What only one of them has is taken from it.
        `frame.attrs["notes"]` says why the pipeline does not count.
    """
    groups = [by] if isinstance(by, str) else list(by)
    frame = _side_by_side(history, pipeline, groups)
    past = past.dropna(subset=["history", "pipeline", "actual"])
    share, found = pipeline_weight(past, groups), past["period"].nunique()
    alone = np.isnan(share)
    only = (frame["history"].isna(), frame["pipeline"].isna())
    frame["weight"] = np.where(only[0], 1.0, np.where(only[1] | alone, 0.0, share))
    mean = frame["history"] if alone else share * frame["pipeline"] + (1 - share) * frame["history"]
    frame["mean"] = mean.fillna(frame["history"]).fillna(frame["pipeline"])
    frame["history_snapshots"] = found
    notes = {}
    if frame["history"].isna().all():
        notes["weight"] = _("no forecast of history: the pipeline alone counts")
    elif alone:
        notes["weight"] = ngettext(
            "history alone: {n} earlier period tells how far the pipeline was off, and it takes {fewest}",
            "history alone: {n} earlier periods tell how far the pipeline was off, and it takes {fewest}",
            found,
            fewest=FEWEST_SNAPSHOTS,
        )
    if not alone:
        errors = _errors(past, groups)
        keys = frame[groups].apply(tuple, axis=1) if groups else pd.Series([()] * len(frame))
        for level in LEVELS:
            half = keys.map({key: spread(each, level) for key, each in errors.items()}) * frame["mean"].abs()
            low = frame["mean"] - half
            # What is closed stays closed.
            frame[f"lo-{level}"] = low.mask(low < frame["closed"], frame[["closed", "mean"]].min(axis=1))
            frame[f"hi-{level}"] = frame["mean"] + half
    frame = frame[[*groups, "history", "pipeline", "weight", "mean", *INTERVAL, "history_snapshots"]].copy()
    frame.attrs["notes"] = notes
    return frame


def pipeline_weight(past: pd.DataFrame, by: Sequence[str] = ()) -> float:
    """The weight of the pipeline forecast from past errors, 0-1; null with fewer than four earlier periods.

    >>> past = pd.DataFrame({"period": list("abcd"), "actual": 10.0, "pipeline": 11.0, "history": 12.0})
    >>> pipeline_weight(past)
    0.8
    >>> pipeline_weight(past[:3])
    nan
    """
    if past["period"].nunique() < FEWEST_SNAPSHOTS:
        return float("nan")
    scale = past.groupby(list(by))["actual"].transform("mean") if by else past["actual"].mean()
    squares = {}
    for name in ("history", "pipeline"):
        relative = ((past[name] - past["actual"]) / scale)[lambda each: np.isfinite(each)]
        squares[name] = float((relative**2).mean()) if len(relative) else 0.0
    both = squares["history"] + squares["pipeline"]
    return squares["history"] / both if both > 0 else 0.5


def _side_by_side(history: pd.DataFrame, pipeline: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    bounds = [name for name in INTERVAL if name in history]
    first = history[[*by, "mean", *bounds]].rename(columns={"mean": "history"})
    second = pipeline[[*by, "mean", "closed"]].rename(columns={"mean": "pipeline"})
    frame = first.merge(second, on=by, how="outer") if by else first.merge(second, how="cross")
    return frame.reindex(columns=[*by, "history", "pipeline", "closed", *INTERVAL])


def _errors(past: pd.DataFrame, by: list[str]) -> dict[tuple[Hashable, ...], Floats]:
    """The blend's relative errors in earlier periods, by group; each with the weight of the other periods."""
    parts = []
    for name, part in past.groupby("period"):
        others = past[past["period"] != name]
        share = pipeline_weight(others, by)
        # Of four periods the other three are too few: then all of them weigh.
        share = pipeline_weight(past, by) if np.isnan(share) else share
        mean = share * part["pipeline"] + (1 - share) * part["history"]
        parts.append(part.assign(_error=((part["actual"] - mean) / mean.abs().where(mean != 0))))
    each = pd.concat(parts)
    if not by:
        return {(): each["_error"].to_numpy(dtype=np.float64)}
    found = each.groupby(by)["_error"]
    return {key if isinstance(key, tuple) else (key,): part.to_numpy(dtype=np.float64) for key, part in found}
