"""Forecasts of series by period, and how good they were: what an analyst types is here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.forecasting.backtest import backtest_panel
from salesops_lib.forecasting.history import REVENUE, read_history, revenue_history
from salesops_lib.forecasting.models import METHODS, fit
from salesops_lib.forecasting.outlook import LEVELS, Options
from salesops_lib.forecasting.panel import read_panel
from salesops_lib.forecasting.parallel import Workers
from salesops_lib.forecasting.past import backtest_history, score_by_level
from salesops_lib.forecasting.pipeline import contributions, pipeline_forecast
from salesops_lib.forecasting.prophets import NO_EFFECTS, Effects
from salesops_lib.forecasting.quarter import QuarterForecast
from salesops_lib.forecasting.run import Forecast, check_country, check_whole, of_a_book, of_a_frame, panel_of, told
from salesops_lib.forecasting.score import judged_on_fewer, score

__all__ = [
    "METHODS",
    "Effects",
    "Forecast",
    "QuarterForecast",
    "backtest",
    "contributions",
    "fit",
    "forecast",
    "judged_on_fewer",
    "pipeline_forecast",
    "read_panel",
    "revenue_history",
    "score",
    "score_by_level",
]


def forecast(
    data: pd.DataFrame | Book,
    horizon: int,
    freq: str = "M",
    *,
    by: str | Sequence[str] = (),
    metric: str = REVENUE,
    level: Sequence[int] = LEVELS,
    until: date | None = None,
    fast: bool = False,
    seed: int = 0,
    workers: Workers = None,
    effects: Effects = NO_EFFECTS,
) -> pd.DataFrame:
    """What is to come in the next periods, series by series: the frame `Forecast(...).periods`, with its notes.

    See `Forecast` for the parameters and `Forecast.periods` for the columns.
    """
    return Forecast(
        data,
        horizon,
        freq,
        by=by,
        metric=metric,
        level=level,
        until=until,
        fast=fast,
        seed=seed,
        workers=workers,
        effects=effects,
    ).periods


def backtest(
    data: pd.DataFrame | Book,
    horizon: int,
    freq: str = "M",
    *,
    by: str | Sequence[str] = (),
    metric: str = REVENUE,
    history: int | None = None,
    origins: int = 3,
    until: date | None = None,
    fast: bool = False,
    seed: int = 0,
    workers: Workers = None,
    effects: Effects = NO_EFFECTS,
) -> pd.DataFrame:
    """How good the methods and the kit's own rule would have been; `score` makes the figures of it.

    Input: as for `Forecast`; `history`: how many periods the methods see; `origins`: from how many moments of the past.
    Output: the frame of `backtest_panel`: one row per series, origin, method and period; for a book with level and
    group, see `backtest_history`. `score_by_level` tells the levels apart.
    """
    for name, n in (("horizon", horizon), ("origins", origins), *([] if history is None else [("history", history)])):
        check_whole(name, n)
    check_country(effects.country)
    options = Options(fast, seed, workers, effects)
    if isinstance(data, Book):
        of_a_book(until)
        sold = read_history(data, freq, by, metric)
        found = backtest_history(sold, horizon, told(options, sold), window=history, origins=origins)
        found.attrs["notes"] = list(sold.notes)
        return found
    of_a_frame(by)
    panel = panel_of(data, freq, until)
    found = backtest_panel(panel, horizon, options, history=history, origins=origins)
    found.attrs["notes"] = list(panel.notes)
    return found
