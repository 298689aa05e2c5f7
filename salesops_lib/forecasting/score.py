"""The scores of a backtest: per method, from its tidy frame alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesops_lib.forecasting.panel import Array
from salesops_lib.language import gettext as _

NAIVE = "SeasonalNaive"
DRAWS = 2000
# Of fewer, drawing series again says nothing of those that were not seen.
FEWEST_SERIES = 5
SCORES = (
    "method",
    "n",
    "mase",
    "smape",
    "wape",
    "bias",
    "coverage_80",
    "coverage_95",
    "interval_score",
    "seconds_per_fit",
    "gain",
    "gain_low",
    "gain_high",
)


def score(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """How good each method was, the best MASE first among those that were judged on as many forecasts.

    Those judged on fewer come after them: their figures are of other series or moments.

    Input: the frame of `backtest`. Shares are 0-1.

    Returns
    -------
    DataFrame
        One row per method: method, n (forecasts: series x origins), mase (mean absolute error ÷ naive scale, mean over
        the forecasts; those of a history of nothing but zeros have no scale and are left out), smape, wape (sum of
        absolute errors ÷ sum of absolute actuals), bias (sum of errors ÷ sum of actuals; above 0: too high),
        coverage_80, coverage_95, interval_score (of the 80 % interval, ÷ naive scale), seconds_per_fit, gain (how much
        lower the MASE is than seasonal naive's on the same forecasts), gain_low, gain_high (95 % bootstrap over the
        series; null under five). A score that does not exist is null. "Beats naive" may be said only where gain_low is
        above 0.
    """
    rows = _measured(frame)
    forecasts = rows.groupby(["method", "unique_id", "cutoff"], sort=False)[["scaled", "interval"]].mean()
    naive = forecasts.xs(NAIVE, level="method")["scaled"] if NAIVE in forecasts.index.get_level_values(0) else None
    found = []
    for method, part in rows.groupby("method", sort=False):
        own = forecasts.loc[[method]].droplevel("method")
        line = _of_method(str(method), part, own)
        if naive is not None:
            line |= dict(zip(("gain", "gain_low", "gain_high"), _gain(own["scaled"], naive, seed), strict=True))
        found.append(line)
    scores = pd.DataFrame(found, columns=list(SCORES))
    return scores.sort_values(["n", "mase"], ascending=[False, True], kind="stable", ignore_index=True)


def judged_on_fewer(scores: pd.DataFrame) -> list[str]:
    """Notes on the methods of a frame of scores (by level, if it has levels) whose figures are of fewer forecasts."""
    text = _("Judged on fewer than {most} forecasts, listed last and not to be compared with the others: {names}.")
    notes = []
    levels = scores["level"].astype(str) if "level" in scores else pd.Series("", index=scores.index)
    for level in levels.unique():
        part = scores[levels == level]
        fewer = part[part["n"] < part["n"].max()]
        names = ", ".join(f"{method} ({n})" for method, n in fewer[["method", "n"]].itertuples(index=False))
        if names:
            told = text.format(most=part["n"].max(), names=names)
            notes.append(f"{level}: {told}" if level else told)
    return notes


def _measured(frame: pd.DataFrame) -> pd.DataFrame:
    error = frame["mean"] - frame["y"]
    scale = frame["scale"].where(frame["scale"] > 0)
    size = frame["mean"].abs() + frame["y"].abs()
    low, high, y = frame["lo-80"], frame["hi-80"], frame["y"]
    # 2 ÷ alpha, with alpha = 0.2: a miss costs ten times its distance.
    interval = (high - low) + 10 * (low - y).clip(lower=0) + 10 * (y - high).clip(lower=0)
    return frame.assign(
        error=error,
        scaled=error.abs() / scale,
        relative=(2 * error.abs() / size.where(size > 0)).fillna(0.0),
        interval=interval / scale,
    )


def _of_method(method: str, rows: pd.DataFrame, forecasts: pd.DataFrame) -> dict[str, object]:
    actual = rows["y"].sum()
    size = rows["y"].abs().sum()
    once = rows.drop_duplicates(["unique_id", "cutoff"])
    return {
        "method": method,
        "n": len(forecasts),
        "mase": forecasts["scaled"].mean(),
        "smape": rows["relative"].mean(),
        "wape": rows["error"].abs().sum() / size if size > 0 else np.nan,
        "bias": rows["error"].sum() / actual if actual != 0 else np.nan,
        **{f"coverage_{level}": _coverage(rows, level) for level in (80, 95)},
        "interval_score": forecasts["interval"].mean(),
        "seconds_per_fit": once["seconds"].mean(),
    }


def _coverage(rows: pd.DataFrame, level: int) -> float:
    low, high = rows[f"lo-{level}"], rows[f"hi-{level}"]
    some = low.notna() & high.notna()
    inside = (rows["y"] >= low) & (rows["y"] <= high)
    return float(inside[some].mean()) if some.any() else float("nan")


def _gain(own: pd.Series, naive: pd.Series, seed: int) -> tuple[float, float, float]:
    """1 - MASE ÷ seasonal naive's on the same forecasts, with its interval: whole series are drawn again."""
    both = pd.concat([own, naive], axis=1, keys=["own", "naive"]).dropna()
    sums = both.groupby("unique_id").sum()
    if sums["naive"].sum() <= 0:
        return float("nan"), float("nan"), float("nan")
    a, b = (sums[name].to_numpy(np.float64) for name in ("own", "naive"))
    gain = 1 - a.sum() / b.sum()
    if len(sums) < FEWEST_SERIES:
        return gain, float("nan"), float("nan")
    drawn = _drawn(a, b, seed)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return gain, float(low), float(high)


def _drawn(a: Array, b: Array, seed: int) -> Array:
    weights = np.random.default_rng(seed).multinomial(len(a), np.full(len(a), 1 / len(a)), size=DRAWS)
    below = weights @ b
    return np.asarray(1 - (weights @ a)[below > 0] / below[below > 0])
