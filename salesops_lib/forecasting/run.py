"""One run of the forecast, of plain series or of a company: its tidy frames, its alarm and its notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, ParameterError
from salesops_lib.forecasting.alarm import Alarm, alarm
from salesops_lib.forecasting.backtest import bounds
from salesops_lib.forecasting.history import REVENUE, History, read_history
from salesops_lib.forecasting.outlook import LEVELS, Options
from salesops_lib.forecasting.panel import Panel, read_panel
from salesops_lib.forecasting.parallel import Workers
from salesops_lib.forecasting.prophets import NO_EFFECTS, Effects
from salesops_lib.forecasting.said import of_company, of_panel
from salesops_lib.language import gettext as _


class Forecast:
    """What is to come in the next periods, series by series.

    Parameters
    ----------
    data : DataFrame or Book
        One row per series and period (unique_id, ds, y; see `read_panel` for what is set right or rejected), or a
        company's book: what it sold by its day, the company and its groups.
    horizon : int
        How many periods ahead: from the last complete one on.
    freq : {"M", "Q", "W"}
        Months, quarters (those of the company's fiscal calendar) or weeks.
    by : sequence of names
        Dimensions of a book, such as region, team, rep. The company is the sum of each dimension's members, period by
        period and in total.
    metric : str
        What of a book is forecast: a sum of the catalogue.
    level : sequence of int
        The levels of the intervals in percent.
    until : date, optional
        The last day for which a frame is complete; a book knows its own. Without it, what is not over today (by the
        machine's clock) is left out.
    fast, seed, workers, effects
        Without Prophet; the same seed gives the same figures, whatever the number of workers (see `spread`); what
        Prophet is told beside.

    Raises
    ------
    ParameterError
        For a faulty frame or parameter, and where nothing can be forecast.
    """

    def __init__(
        self,
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
    ) -> None:
        check(horizon, level, effects)
        self._levels = tuple(level)
        options = Options(fast, seed, workers, effects)
        if isinstance(data, Book):
            of_a_book(until)
            history = read_history(data, freq, by, metric)
            self._said = of_company(history, horizon, told(options, history), self._levels)
        else:
            of_a_frame(by)
            panel = panel_of(data, freq, until)
            self._said = of_panel(panel, horizon, options, self._levels)

    @cached_property
    def periods(self) -> pd.DataFrame:
        """One row per series and period.

        unique_id, for a book level ("company" or the dimension) and group ("" for the company), ds (first day of the
        period), mean, lo-<level>, hi-<level> for each level, method (the rule: long, weekly, short, new, intermittent;
        or `average`, of a group with fewer than six periods), track_record (the MASE of this rule at the past origins
        that the intervals were made from). Null bounds: too few past errors for this level. A series that cannot be
        forecast has no rows; `notes` says so.
        """
        said = self._said
        horizon = said.mean.shape[1]
        found = said.ids.loc[said.ids.index.repeat(horizon)].reset_index(drop=True)
        found["ds"], found["mean"] = said.days, said.mean.ravel()
        within = bounds(said.panel, said.mean, said.widths)
        for each in self._levels:
            found[f"lo-{each}"], found[f"hi-{each}"] = (bound.ravel() for bound in within[each])
        found["method"] = np.repeat(said.method, horizon)
        found["track_record"] = np.repeat(said.record, horizon)
        found.attrs["notes"] = self.notes
        return found

    @cached_property
    def total(self) -> pd.DataFrame:
        """One row per series: the id columns of `periods`, first, last (the first days of its first and last period).

        And mean, the sum over them, with lo-<level>, hi-<level> for each level: calibrated on past sums.
        """
        said = self._said
        days = said.days.to_numpy().reshape(said.mean.shape)
        mean = said.mean.sum(axis=1, keepdims=True)
        found = said.ids.assign(first=days[:, 0], last=days[:, -1], mean=mean.ravel())
        within = bounds(said.panel, mean, {level: width[:, None] for level, width in said.total_widths.items()})
        for each in self._levels:
            found[f"lo-{each}"], found[f"hi-{each}"] = (bound.ravel() for bound in within[each])
        return found

    @cached_property
    def alarm(self) -> Alarm:
        """Whether the intervals have stopped to cover what came."""
        return alarm(self._said.outlook)

    @property
    def notes(self) -> list[str]:
        """What was left out, set right or cannot be forecast."""
        return list(self._said.notes)


def machine_day() -> date:
    """Today, by the machine's clock."""
    return date.today()


def panel_of(frame: pd.DataFrame, freq: str, until: date | None) -> Panel:
    """The panel of a frame: of what is complete by a day, or else of what is over today."""
    return read_panel(frame, freq, until=until, today=None if until else machine_day())


def check_whole(name: str, n: object) -> None:
    """Raise ParameterError for a number that is not whole."""
    if not isinstance(n, int | np.integer) or isinstance(n, bool):
        raise ParameterError(Fault(_("{name}: {n!r} is not a whole number.", name=name, n=n)))


def check(horizon: int, level: Sequence[int], effects: Effects) -> None:
    """Raise ParameterError for what no forecast can be asked."""
    check_whole("horizon", horizon)
    if horizon < 1:
        raise ParameterError(Fault(_("{name}: {n} is too few.", name="horizon", n=horizon), fix=_("At least 1.")))
    wrong = [each for each in level if not 0 < each < 100]
    if wrong:
        raise ParameterError(Fault(_("level: {n} is not a level between 0 and 100.", n=wrong[0])))
    check_country(effects.country)


def check_country(country: str | None) -> None:
    """Raise ParameterError for a country whose holidays are not known."""
    if country is None:
        return
    import holidays

    if country.upper() not in holidays.list_supported_countries():
        what = _("country: {name!r} is not a country whose holidays are known.", name=country)
        raise ParameterError(Fault(what, fix=_("Write its two letters, such as NL.")))


def of_a_book(until: date | None) -> None:
    """Raise ParameterError for what only a frame has."""
    if until is not None:
        raise ParameterError(Fault(_("until: a book knows its own day."), fix=_("Open it as of another day.")))


def of_a_frame(by: str | Sequence[str]) -> None:
    """Raise ParameterError for what only a book has."""
    if by:
        raise ParameterError(Fault(_("by: plain series have no dimensions."), fix=_("Give a company instead.")))


def told(options: Options, history: History) -> Options:
    """The options with what the company's calendar tells Prophet: where its quarters end."""
    start = history.book.calendar.fiscal_year_start
    return replace(options, effects=replace(options.effects, quarter_end=True, fiscal_start=start))
