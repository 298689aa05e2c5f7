"""How good the methods were: forecasts from rolling origins beside what came, one tidy frame for every figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from salesops_lib.errors import Fault, NoHistory, ParameterError
from salesops_lib.forecasting.fits import NATIVE, Fits
from salesops_lib.forecasting.outlook import LEVELS, Options, Outlook, actuals, look_ahead, scales
from salesops_lib.forecasting.panel import Array, Panel
from salesops_lib.language import gettext as _

KIT = "kit"
FRAME = (
    "unique_id",
    "cutoff",
    "ds",
    "step",
    "method",
    "y",
    "mean",
    "lo-80",
    "hi-80",
    "lo-95",
    "hi-95",
    "scale",
    "seconds",
)


def backtest_panel(panel: Panel, horizon: int, options: Options, *, history: int | None, origins: int) -> pd.DataFrame:
    """Every method's forecasts from rolling origins.

    The origins lie half the horizon apart (at least one period); the last one has the horizon's periods after it. At
    each, the methods see the last `history` periods before it and nothing else; a series that has fewer there is left
    out of that origin. Without `history` they see all that came before.

    Returns
    -------
    DataFrame
        One row per series, origin, method and period: unique_id, cutoff (the first day of the last period that was
        known), ds, step (from 1), method, y (what came), mean, lo-80, hi-80, lo-95, hi-95 (the methods' own; calibrated
        for `kit`; null where there is none), scale (the naive scale of the window), seconds (per fit of the series; for
        `kit` all that its forecast took, calibration included).

    Raises
    ------
    ParameterError
        For a horizon, history or number of origins that is none, or where no series is long enough.
    """
    _check(horizon, history, origins)
    step = max(horizon // 2, 1)
    parts: list[pd.DataFrame] = []
    for number in range(origins - 1, -1, -1):
        back = horizon + number * step
        least = back + (history or max(panel.season // 2, 6))
        enough = panel.take(np.flatnonzero(panel.lengths >= least))
        if len(enough):
            outlook = look_ahead(enough.window(history, back), horizon, options, references=True)
            parts += _rows(outlook, actuals(enough, back, horizon))
    if not parts:
        longest = int(panel.lengths.max(initial=0))
        what = _("no series is long enough: the longest has {n} periods.", n=longest)
        need = horizon + (history or max(panel.season // 2, 6))
        raise NoHistory(Fault(what, fix=_("This backtest needs at least {n}.", n=need)))
    return pd.concat(parts, ignore_index=True).loc[:, list(FRAME)]


def _check(horizon: int, history: int | None, origins: int) -> None:
    faults = [
        Fault(_("{name}: {n} is too few.", name=name, n=n), fix=_("At least {n}.", n=least))
        for name, n, least in (("horizon", horizon, 1), ("origins", origins, 1), ("history", history, 6))
        if n is not None and n < least
    ]
    if faults:
        raise ParameterError(*faults)


def _rows(outlook: Outlook, y: Array) -> Iterator[pd.DataFrame]:
    panel, horizon = outlook.panel, y.shape[1]
    times = panel.frequency.starts(panel.ahead(horizon))
    common = pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(panel.ids, dtype=object), horizon),
            "cutoff": np.repeat(panel.frequency.starts(panel.last), horizon),
            "ds": times,
            "step": np.tile(np.arange(1, horizon + 1), len(panel)),
            "y": y.ravel(),
            "scale": np.repeat(scales(panel), horizon),
        }
    )
    for name, fits in outlook.fits.items():
        yield _of_method(common, name, panel, fits, {level: fits.half * _wider(level) for level in LEVELS})
    yield _of_method(common, KIT, panel, outlook.kit, outlook.widths)


def _wider(level: int) -> float:
    """How much wider than its own 80 % interval a method takes this one, as a normal error has it."""
    return float(stats.norm.ppf(0.5 + level / 200) / stats.norm.ppf(0.5 + NATIVE / 200))


def _of_method(common: pd.DataFrame, name: str, panel: Panel, fits: Fits, widths: Mapping[int, Array]) -> pd.DataFrame:
    horizon = fits.mean.shape[1]
    frame = common.assign(method=name, mean=fits.mean.ravel(), seconds=np.repeat(fits.seconds, horizon))
    for level, (low, high) in bounds(panel, fits.mean, widths).items():
        frame[f"lo-{level}"], frame[f"hi-{level}"] = low.ravel(), high.ravel()
    return frame[frame["mean"].notna() & frame["y"].notna()]


def bounds(panel: Panel, mean: Array, widths: Mapping[int, Array]) -> dict[int, tuple[Array, Array]]:
    """The bounds by level; not below zero where the series never was."""
    floor = np.array([0.0 if len(each) and each.min() >= 0 else -np.inf for each in panel.values])[:, None]
    return {level: (np.maximum(mean - half, floor), mean + half) for level, half in widths.items()}
