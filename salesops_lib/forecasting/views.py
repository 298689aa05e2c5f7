"""A period seen from two sides, history and pipeline: today, and at the same moment of earlier periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, NoHistory
from salesops_lib.forecasting.backtest import bounds
from salesops_lib.forecasting.combine import combine, wanted
from salesops_lib.forecasting.history import named
from salesops_lib.forecasting.levels import Levels
from salesops_lib.forecasting.models import FEWEST
from salesops_lib.forecasting.months import MONTHS, Months, idle
from salesops_lib.forecasting.outlook import Options, look_ahead
from salesops_lib.forecasting.panel import Panel, damped, outlier
from salesops_lib.forecasting.parallel import Job, fit_jobs
from salesops_lib.forecasting.rule import rule_of
from salesops_lib.forecasting.scoreboard import year_ago
from salesops_lib.forecasting.snapshots import Snapshots
from salesops_lib.forecasting.spans import Span
from salesops_lib.language import gettext as _
from salesops_lib.periods import Period

Floats = npt.NDArray[np.float64]
# So many that each of the last eight could be blended by weights from four before it.
EARLIER = 12
PARTS = ["closed", "open", "arrivals", "n_open"]


@dataclass(frozen=True)
class Views:
    """What history and the pipeline say of a period, for the company and its groups.

    Parameters
    ----------
    book : Book
        What is known; of an earlier moment, only what was known then.
    period : Period
        What is forecast; it may be in progress or not have begun.
    by : sequence of names
        Dimensions whose groups each add up to the company, such as region and team.
    options : Options
        How history is forecast.
    """

    book: Book
    period: Period
    by: tuple[str, ...]
    options: Options

    @cached_property
    def snapshots(self) -> Snapshots:
        """The pipeline by the day, in the smallest groups."""
        return Snapshots(self.book, self.period, self.by)

    @cached_property
    def levels(self) -> Levels:
        """How the smallest groups add up.

        Raises
        ------
        NoHistory
            If no opportunity is known.
        """
        if not len(self.snapshots.groups):
            raise NoHistory(Fault(_("no opportunity is known by {day}.", day=self.book.as_of)))
        return Levels.of(self.snapshots.groups, self.by)

    @cached_property
    def months(self) -> Months:
        """Revenue by month."""
        return Months(self.snapshots, self.levels)

    @cached_property
    def now(self) -> pd.DataFrame:
        """The period as of the book's day.

        Returns
        -------
        DataFrame
            One row per level and group: level, group, closed (won so far), open (expected from open opportunities),
            arrivals (expected from those that are not open yet; null where no earlier period tells), n_open, pipeline
            (their sum), last_year (null where it is not known whole), history (null where it is too short).
        """
        span = self.snapshots.span(self.period)
        return self._seen(span).assign(history=self._history([span])[0])

    @cached_property
    def past(self) -> pd.DataFrame:
        """The same of earlier periods at their same moment, and what came of them.

        Returns
        -------
        DataFrame
            One row per earlier period (latest first), level and group: period, day, the columns of `now`, actual.
        """
        told = self.snapshots.past(EARLIER)[["period", "day"]].drop_duplicates()
        calendar = self.book.calendar
        spans = [Span(calendar.period(str(name)), int(day)) for name, day in told.itertuples(index=False)]
        frames = []
        for span, history in zip(spans, self._history(spans), strict=True):
            won = self.snapshots.deals.won_between(span.start, span.end, self.snapshots.today)
            seen = self._seen(span).assign(history=history, actual=self.levels.up(self.snapshots.sums(won)))
            frames.append(seen.assign(period=span.period.name, day=pd.Timestamp(span.day, unit="D")))
        columns = ["period", "day", "level", "group", *PARTS, "pipeline", "last_year", "history", "actual"]
        return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)

    def notes(self) -> list[str]:
        """What must be known of the history that is forecast from."""
        panel = self.months.panel(self.snapshots.today)
        young, over = (panel.lengths < FEWEST) & (panel.lengths > 0), idle(panel)
        told = []
        if partial := self.months.partial:
            told.append(_("Left out of history: {month}, which is not over.", month=partial.name))
        if young[0]:
            told.append(_("Under six months of history: no forecast of it."))
        elif young.any():
            names = named(list(np.array(panel.ids)[young]))
            told.append(_("Under six months of history, so what the others leave for it: {names}.", names=names))
        if over.any():
            names = named(list(np.array(panel.ids)[over]))
            told.append(_("No sale for a year, so history expects none: {names}.", names=names))
        for name, last, y in zip(panel.ids, panel.last, panel.values, strict=True):
            if (place := outlier(y)) is not None:
                month = pd.Period(ordinal=int(last) - len(y) + 1 + place, freq="M")
                told.append(
                    _("{name}: {month} lies far outside all others; it counts like the next.", name=name, month=month)
                )
        if self.now["arrivals"].iloc[0] != self.now["arrivals"].iloc[0]:
            told.append(
                _("No earlier quarter tells how much business is still to come: the pipeline's view counts none.")
            )
        return told

    def fan(self, months: int) -> pd.DataFrame:
        """What history alone says of the next months, level by level adding up, with the range of each.

        Returns
        -------
        DataFrame
            One row per level, group and month: level, group, ds (the month's first day), mean, lo-80, hi-80, lo-95,
            hi-95 (null: too few past errors). A group of fewer than six months has no rows.

        Raises
        ------
        NoHistory
            If the company has fewer than six months.
        """
        whole = self.months.panel(self.snapshots.today)
        rows = np.flatnonzero(whole.lengths >= FEWEST)
        if not len(rows) or rows[0] != 0:
            what = _("under six months with sales are over by {day}: history tells nothing yet.", day=self.book.as_of)
            raise NoHistory(Fault(what))
        panel = whole.take(rows)
        outlook = look_ahead(panel, months, self.options)
        mean = self._coherent(panel, outlook.kit.mean, rows)[rows]
        frame = self.levels.frame.loc[rows.repeat(months)].reset_index(drop=True)
        frame = frame.assign(ds=panel.frequency.starts(panel.ahead(months)), mean=mean.ravel())
        for level, (low, high) in bounds(panel, mean, outlook.widths).items():
            frame[f"lo-{level}"], frame[f"hi-{level}"] = low.ravel(), high.ravel()
        return frame

    def _coherent(self, panel: Panel, kit: Floats, rows: npt.NDArray[np.intp]) -> Floats:
        """Forecasts of some rows of the levels, by step, moved so that they add up, in all rows.

        A group that sold nothing for a year has ended: nothing is expected of it.
        """
        every = np.full((len(self.levels.frame), kit.shape[1]), np.nan)
        every[rows] = np.where(idle(panel)[:, None], 0.0, kit)
        return np.column_stack([self.levels.coherent(step) for step in every.T])

    def _seen(self, span: Span) -> pd.DataFrame:
        parts, up = self.snapshots.parts(span), self.levels.up
        frame = self.levels.frame.assign(**{name: up(parts[name].to_numpy(np.float64)) for name in PARTS})
        frame["pipeline"] = frame["closed"] + frame["open"] + frame["arrivals"].fillna(0.0)
        return frame.assign(last_year=up(year_ago(self.book, self.snapshots, span)))

    def _history(self, spans: Sequence[Span]) -> list[Floats]:
        """What history says on each span's day: its months that are over, and the kit's forecast of the others."""
        panels = [damped(self.months.panel(span.day)) for span in spans]
        rules = [tuple(rule_of(each, MONTHS.season) for each in panel.values) for panel in panels]
        ahead = [self.months.left(span) for span in spans]
        options = self.options
        jobs = [
            [Job(name, panel, tuple(rows)) for name, rows in wanted(rule, fast=options.fast).items()]
            for panel, rule in zip(panels, rules, strict=True)
        ]
        flat = [job for each in jobs for job in each]
        horizon = max([1, *(steps for steps, _inside in ahead)])
        found = iter(fit_jobs(flat, horizon, seed=options.seed, effects=options.effects, workers=options.workers))
        said = []
        for span, panel, rule, own, (steps, inside) in zip(spans, panels, rules, jobs, ahead, strict=True):
            fits = {job.method: next(found) for job in own}
            closed = self.levels.up(
                self.snapshots.sums(self.snapshots.deals.won_between(span.start, span.end, span.day))
            )
            if not inside:
                said.append(closed)
            elif not fits:
                said.append(np.full(len(closed), np.nan))
            else:
                kit = combine(panel, rule, fits, fast=options.fast).mean[:, steps - inside : steps]
                ahead_of = self._coherent(panel, kit, np.arange(len(kit)))
                # What is closed stays closed.
                said.append(np.maximum(self.months.won_whole(span) + ahead_of.sum(axis=1), closed))
        return said
