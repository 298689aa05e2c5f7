"""Prophet: as it comes, of the logs, and of the logs with a year's shape forced; quiet and seeded."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.forecasting.fits import one_by_one
from salesops_lib.forecasting.panel import Array, Frequency, Numbers, Panel
from salesops_lib.language import gettext as _

LOUD = ("prophet", "prophet.plot", "prophet.models", "cmdstanpy")
MOST_WAVES = 10


@dataclass(frozen=True)
class Effects:
    """What Prophet is told beside the series.

    `country` (such as NL): the public holidays that take a working day from a period. `quarter_end`: the last month or
    week of a quarter of the fiscal year that begins in the month `fiscal_start`.
    """

    country: str | None = None
    quarter_end: bool = False
    fiscal_start: int = 1


NO_EFFECTS = Effects()


def default(panel: Panel, horizon: int, seed: int, effects: Effects) -> tuple[Array, Array]:
    """Prophet as it comes."""
    return _fit(panel, horizon, seed, effects, logs=False, yearly=None)


def of_logs(panel: Panel, horizon: int, seed: int, effects: Effects) -> tuple[Array, Array]:
    """Prophet of the logs; null where a value is not above zero."""
    return _fit(panel, horizon, seed, effects, logs=True, yearly=None)


def of_logs_yearly(panel: Panel, horizon: int, seed: int, effects: Effects) -> tuple[Array, Array]:
    """Prophet of the logs with a year's shape, which it drops by itself under two years."""
    return _fit(panel, horizon, seed, effects, logs=True, yearly=min(MOST_WAVES, panel.season // 2))


def _fit(
    panel: Panel, horizon: int, seed: int, effects: Effects, *, logs: bool, yearly: int | None
) -> tuple[Array, Array]:
    with quiet():
        means, halves = zip(
            *(_one(panel.take([row]), horizon, seed, effects, logs, yearly) for row in range(len(panel))), strict=True
        )
    return np.vstack(means), np.vstack(halves)


def _one(
    panel: Panel, horizon: int, seed: int, effects: Effects, logs: bool, yearly: int | None
) -> tuple[Array, Array]:
    from prophet import Prophet

    def one(y: Array, steps: int) -> tuple[Array, Array | None]:
        if logs and y.min() <= 0:
            raise ValueError("logs of values that are not above zero")
        past = panel.last[0] - np.arange(len(y) - 1, -1, -1, dtype=np.int64)
        told = _told(panel.frequency, np.concatenate([past, panel.ahead(steps)[0]]), effects)
        model = Prophet(yearly_seasonality="auto" if yearly is None else yearly)
        for name in told.columns.drop("ds"):
            model.add_regressor(name)
        # Under 100 values Prophet chooses Newton's method, which takes seconds where the logs leave hardly any noise.
        how = {"algorithm": "LBFGS"} if logs else {}
        model.fit(told.iloc[: len(y)].assign(y=np.log(y) if logs else y), seed=seed, **how)
        said = model.predict(told.iloc[len(y) :].reset_index(drop=True))
        return _back(said, float(y.max()), logs)

    with _seeded(seed):
        return one_by_one(panel, horizon, one)


def _back(said: pd.DataFrame, largest: float, logs: bool) -> tuple[Array, Array]:
    middle, low, high = (said[name].to_numpy(np.float64) for name in ("yhat", "yhat_lower", "yhat_upper"))
    if logs:
        # A trend of logs can run away; beyond twenty times the largest value it says nothing.
        top = np.log(largest) + 3
        middle, low, high = (np.exp(np.minimum(each, top)) for each in (middle, low, high))
    return middle, (high - low) / 2


def _told(frequency: Frequency, ordinals: Numbers, effects: Effects) -> pd.DataFrame:
    """The times, and what is known of them in advance."""
    told = pd.DataFrame({"ds": frequency.starts(ordinals)})
    ends = frequency.ends(ordinals)
    if effects.quarter_end and frequency.name != "Q":
        next_begins = ends + pd.Timedelta(days=7 if frequency.name == "W" else 1)
        told["quarter_end"] = _quarter(ends, effects.fiscal_start) != _quarter(next_begins, effects.fiscal_start)
        told["quarter_end"] = told["quarter_end"].astype("float64")
    if effects.country:
        # A regressor named "holidays" alone is refused: Prophet keeps that name for itself.
        days = _holidays(effects.country, int(told["ds"].dt.year.min()), int(ends.year.max()))
        before, until = np.searchsorted(days, told["ds"], side="left"), np.searchsorted(days, ends, side="right")
        told["public_holidays"] = (until - before).astype("float64")
    constant = [name for name in told.columns.drop("ds") if told[name].nunique() == 1]
    return told.drop(columns=constant)


def _quarter(days: pd.DatetimeIndex, fiscal_start: int) -> Numbers:
    months = days.year.to_numpy(np.int64) * 12 + days.month.to_numpy(np.int64) - fiscal_start
    return np.asarray(months // 3)


@cache
def _holidays(country: str, first: int, last: int) -> Any:
    """The public holidays that fall on Monday to Friday, in order."""
    import holidays

    try:
        known = holidays.country_holidays(country, years=range(first, last + 1))
    except NotImplementedError:
        what = _("country: {name!r} is not a country whose holidays are known.", name=country)
        raise ParameterError(Fault(what, fix=_("Write its two letters, such as NL."))) from None
    return np.array(sorted(day for day in known if day.weekday() < 5), dtype="datetime64[ns]")


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Prophet draws its intervals from numpy's global generator: it is given back as it was."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)


@contextmanager
def quiet() -> Iterator[None]:
    """Prophet and Stan write a line per fit into the log; here nothing."""
    loggers = [logging.getLogger(name) for name in LOUD]
    before = [each.disabled for each in loggers]
    # A level would not last: cmdstanpy sets its own when it first writes.
    for each in loggers:
        each.disabled = True
    try:
        yield
    finally:
        for each, disabled in zip(loggers, before, strict=True):
            each.disabled = disabled
