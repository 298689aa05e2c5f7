"""The methods: each one a declaration, taking a panel as it was known and giving its fits."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.forecasting import prophets
from salesops_lib.forecasting.fits import NATIVE, Fits, one_by_one, tidy
from salesops_lib.forecasting.panel import Array, Panel
from salesops_lib.forecasting.prophets import Effects
from salesops_lib.forecasting.shrink import adjust
from salesops_lib.language import gettext as _

Fit = Callable[[Panel, int, int, Effects], tuple[Array, Array]]
FEWEST = 6
DEMAND, PROBABILITY = 0.2, 0.1
WIDEST_LOG = 3.0


@dataclass(frozen=True)
class Method:
    """A method: how it fits, how many years it needs at least, and whether it must see the whole panel at once."""

    name: str
    fit: Fit
    years: float = 0.0
    whole: bool = False

    def fewest(self, season: int) -> int:
        """How many periods a series needs at least."""
        return max(FEWEST, int(np.ceil(self.years * season)))


def fit_panel(method: Method, panel: Panel, horizon: int, seed: int, effects: Effects = prophets.NO_EFFECTS) -> Fits:
    """What a method says of each series that is long enough; not below zero where the series never was."""
    enough = np.flatnonzero(panel.lengths >= method.fewest(panel.season))
    shape = (len(panel), horizon)
    mean, half, seconds = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(len(panel))
    if len(enough):
        begun = time.perf_counter()
        with warnings.catch_warnings():
            # Short, flat or wild series make the libraries warn of their arithmetic; the fit is null or a number.
            warnings.simplefilter("ignore")
            mean[enough], half[enough] = method.fit(panel.take(enough), horizon, seed, effects)
        seconds[enough] = (time.perf_counter() - begun) / len(enough)
    never_below = np.array([len(each) > 0 and each.min() >= 0 for each in panel.values])[:, None]
    return Fits(np.where(never_below, np.maximum(mean, 0.0), mean), half, seconds)


def fit(name: str, panel: Panel, horizon: int, seed: int = 0) -> pd.DataFrame:
    """One method's forecast of a panel.

    Returns
    -------
    DataFrame
        One row per series and period: unique_id, ds, mean, half (the half-width of the method's own 80 % interval; null
        where it has none). A series that is too short for the method, or that it cannot fit, is null.

    Raises
    ------
    ParameterError
        For a name that is none of `METHODS`.
    """
    if name not in METHODS:
        raise ParameterError(Fault(_("{name!r} is not a method.", name=name), fix=nearest(name, METHODS)))
    fits = fit_panel(METHODS[name], panel, horizon, seed)
    return tidy(panel, fits.mean, fits.half)


def _library(make: Callable[[Any, int], Any], *, native: bool = True) -> Fit:
    """A model of statsforecast, made for a season."""

    def fitted(panel: Panel, horizon: int, seed: int, effects: Effects) -> tuple[Array, Array]:
        from statsforecast import models

        model = make(models, panel.season)

        def one(y: Array, steps: int) -> tuple[Array, Array | None]:
            said = model.forecast(y=y, h=steps, level=[NATIVE] if native else None)
            return said["mean"], (said[f"hi-{NATIVE}"] - said[f"lo-{NATIVE}"]) / 2 if native else None

        return one_by_one(panel, horizon, one)

    return fitted


def _shrink(panel: Panel, horizon: int, seed: int, effects: Effects) -> tuple[Array, Array]:
    """The mean of non-seasonal ETS, Theta and SES on the series without their shrunken seasonality."""
    from statsforecast import models

    ets, theta = models.AutoETS(season_length=1, model="AZN"), models.Theta(season_length=1)
    ses = models.SimpleExponentialSmoothingOptimized()
    adjusted = adjust(panel)

    def one(y: Array, steps: int) -> tuple[Array, Array | None]:
        first = ets.forecast(y=y, h=steps, level=[NATIVE])
        middle = (first["mean"] + theta.forecast(y=y, h=steps)["mean"] + ses.forecast(y=y, h=steps)["mean"]) / 3
        return middle, (first[f"hi-{NATIVE}"] - first[f"lo-{NATIVE}"]) / 2

    flat = Panel(panel.frequency, panel.ids, adjusted.values, panel.last)
    middle, width = one_by_one(flat, horizon, one)
    middle = middle + np.take_along_axis(adjusted.effects, panel.frequency.positions(panel.ahead(horizon)), axis=1)
    as_log = adjusted.is_log[:, None]
    # Beyond twenty times the level a log says nothing; exp would only overflow.
    top = np.log(np.array([max(float(y.max()), 1e-9) for y in panel.values]))[:, None] + WIDEST_LOG
    from_log = np.exp(np.minimum(middle, top))
    mean = np.where(as_log, from_log, middle * adjusted.level[:, None])
    half = np.where(as_log, from_log * np.sinh(np.minimum(width, WIDEST_LOG)), width * adjusted.level[:, None])
    return mean, half


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method("SeasonalNaive", _library(lambda m, season: m.SeasonalNaive(season)), years=1),
        Method("AutoETS", _library(lambda m, season: m.AutoETS(season))),
        Method("ETS", _library(lambda m, _season: m.AutoETS(season_length=1))),
        Method("DynamicOptimizedTheta", _library(lambda m, season: m.DynamicOptimizedTheta(season))),
        # Its own interval is simulated and takes twenty times as long as the fit.
        Method("AutoCES", _library(lambda m, season: m.AutoCES(season), native=False)),
        Method("MSTL", _library(lambda m, season: m.MSTL(season)), years=2),
        Method("ETS-STL", _library(lambda m, season: m.MSTL(season, m.AutoETS(model="ZZN"))), years=2),
        Method("CES-STL", _library(lambda m, season: m.MSTL(season, m.AutoCES(model="N")), native=False), years=2),
        Method("SES", _library(lambda m, _season: m.SimpleExponentialSmoothingOptimized(), native=False)),
        Method("Theta", _library(lambda m, _season: m.Theta(season_length=1))),
        Method("TSB", _library(lambda m, _season: m.TSB(DEMAND, PROBABILITY), native=False)),
        Method("ShrinkSeas", _shrink, whole=True),
        Method("Prophet", prophets.default),
        Method("ProphetLog", prophets.of_logs),
        Method("ProphetLogYearly", prophets.of_logs_yearly, years=1),
    )
}
