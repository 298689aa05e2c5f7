"""Forecasts of series by period, and how good they were: what an analyst types is here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.forecasting.backtest import backtest_panel, bounds
from salesops_lib.forecasting.models import FEWEST, METHODS, fit
from salesops_lib.forecasting.outlook import LEVELS, Options, Outlook, look_ahead, scales
from salesops_lib.forecasting.panel import Panel, read_panel
from salesops_lib.forecasting.prophets import NO_EFFECTS, Effects
from salesops_lib.forecasting.score import score
from salesops_lib.language import gettext as _

__all__ = ["METHODS", "Effects", "backtest", "fit", "forecast", "read_panel", "score"]


def forecast(
    frame: pd.DataFrame,
    horizon: int,
    freq: str = "M",
    *,
    level: Sequence[int] = LEVELS,
    until: date | None = None,
    fast: bool = False,
    seed: int = 0,
    workers: int | None = None,
    effects: Effects = NO_EFFECTS,
) -> pd.DataFrame:
    """What is to come in the next periods, series by series.

    Input: one row per series and period (unique_id, ds, y); see `read_panel` for what is set right or rejected.
    `until` is the last day for which the data are complete. The same seed gives the same figures.

    Returns
    -------
    DataFrame
        One row per series and period: unique_id, ds (first day of the period), mean, lo-<level>, hi-<level> for each
        level, method (the rule: long, weekly, short, new, intermittent), track_record (the MASE of this rule at the
        past origins that the intervals were made from). Null bounds: too few past errors for this level. A series of
        fewer than six periods, or one that ended a year or more before the others, has no rows; `attrs["notes"]` says
        so.

    Raises
    ------
    ParameterError
        For a faulty frame or parameter, and where no series can be forecast.
    """
    if horizon < 1:
        raise ParameterError(Fault(_("{name}: {n} is too few.", name="horizon", n=horizon), fix=_("At least 1.")))
    wrong = [each for each in level if not 0 < each < 100]
    if wrong:
        raise ParameterError(Fault(_("level: {n} is not a level between 0 and 100.", n=wrong[0])))
    panel = read_panel(frame, freq, until=until)
    kept, notes = _living(panel)
    if not len(kept):
        raise ParameterError(Fault(_("no series has the six periods that a forecast needs at least.")))
    outlook = look_ahead(kept, horizon, Options(fast, seed, workers, effects), levels=level)
    found = _tidy(outlook, level)
    found.attrs["notes"] = [*panel.notes, *notes]
    return found


def backtest(
    frame: pd.DataFrame,
    horizon: int,
    freq: str = "M",
    *,
    history: int | None = None,
    origins: int = 3,
    until: date | None = None,
    fast: bool = False,
    seed: int = 0,
    workers: int | None = None,
    effects: Effects = NO_EFFECTS,
) -> pd.DataFrame:
    """How good the methods and the kit's own rule would have been; `score` makes the figures of it.

    Input: as for `forecast`. Output: the frame of `backtest_panel`: one row per series, origin, method and period.
    """
    panel = read_panel(frame, freq, until=until)
    found = backtest_panel(panel, horizon, Options(fast, seed, workers, effects), history=history, origins=origins)
    found.attrs["notes"] = list(panel.notes)
    return found


def _living(panel: Panel) -> tuple[Panel, list[str]]:
    """The series that can be forecast, and notes on the others."""
    ended = panel.last <= panel.last.max() - panel.season
    short = ~ended & (panel.lengths < FEWEST)
    gone = _("{name}: ended a year or more before the others; no forecast.")
    new = _("{name}: under six periods of history; no forecast.")
    notes = [gone.format(name=panel.ids[row]) for row in np.flatnonzero(ended)]
    notes += [new.format(name=panel.ids[row]) for row in np.flatnonzero(short)]
    return panel.take(np.flatnonzero(~ended & ~short)), notes


def _tidy(outlook: Outlook, level: Sequence[int]) -> pd.DataFrame:
    panel, horizon = outlook.panel, outlook.kit.mean.shape[1]
    scale = scales(panel)
    errors = pd.DataFrame(outlook.past.error.transpose(1, 0, 2).reshape(len(panel), -1)).mean(axis=1).to_numpy()
    record = np.divide(errors, scale, out=np.full(len(panel), np.nan), where=scale > 0)
    found = pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(panel.ids, dtype=object), horizon),
            "ds": panel.frequency.starts(panel.ahead(horizon)),
            "mean": outlook.kit.mean.ravel(),
        }
    )
    within = bounds(panel, outlook.kit.mean, outlook.widths)
    for each in level:
        found[f"lo-{each}"], found[f"hi-{each}"] = (bound.ravel() for bound in within[each])
    found["method"] = np.repeat([rule.name for rule in outlook.rules], horizon)
    return found.assign(track_record=np.repeat(record, horizon))
