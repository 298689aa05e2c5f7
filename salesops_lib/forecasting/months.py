"""Revenue by fiscal month as it was known on a day: the history that a period is forecast from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.forecasting.deals import EPOCH, NEVER, number
from salesops_lib.forecasting.levels import Levels
from salesops_lib.forecasting.panel import FREQUENCIES, Panel
from salesops_lib.forecasting.scoreboard import IDLE_DAYS
from salesops_lib.forecasting.snapshots import Snapshots
from salesops_lib.forecasting.spans import Span
from salesops_lib.periods import Period

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MONTHS = FREQUENCIES["M"]


@dataclass(frozen=True)
class Months:
    """The fiscal months from the first one that is known whole, and what was won in them."""

    snapshots: Snapshots
    levels: Levels

    @cached_property
    def all(self) -> list[Period]:
        """The months up to the last one of the period that is forecast; none before the first close."""
        calendar, first_close = self.snapshots.calendar, self.snapshots.deals.first_close
        if first_close == NEVER:
            return []
        first = calendar.containing(date.fromordinal(first_close + EPOCH), "month")
        # Data that begin a few days into a month, after a weekend or a holiday, hold it whole.
        if first_close > number(first.start) + IDLE_DAYS:
            first = calendar.shift(first, 1)
        found = [first]
        while found[-1].end < self.snapshots.period.end:
            found.append(calendar.containing(found[-1].after, "month"))
        return found

    @property
    def partial(self) -> Period | None:
        """The month in progress; none on the last day of one."""
        month = self.snapshots.calendar.containing(date.fromordinal(self.snapshots.today + EPOCH), "month")
        return month if number(month.end) > self.snapshots.today else None

    def known(self, day: int) -> int:
        """How many of them are over by the end of a day."""
        return sum(number(month.end) <= day for month in self.all)

    def left(self, span: Span) -> tuple[int, int]:
        """How many months are to be forecast on a span's day until its end, and how many of them lie in its period."""
        calendar = self.snapshots.calendar
        month = calendar.containing(date.fromordinal(span.day + EPOCH), "month")
        if number(month.end) <= span.day:
            month = calendar.shift(month, 1)
        steps = inside = 0
        while month.start <= span.period.end:
            steps, inside = steps + 1, inside + (month.start >= span.period.start)
            month = calendar.shift(month, 1)
        return steps, inside

    def panel(self, day: int) -> Panel:
        """The months that were over on a day with the revenue that was known then; a group begins with its first sale.

        A month of the fiscal calendar stands for the calendar month that it is named after.
        """
        months = self.all[: self.known(day)]
        if not months:
            nothing = tuple(np.empty(0) for _ in self._ids)
            return Panel(MONTHS, self._ids, nothing, np.zeros(len(self._ids), dtype=np.int64))
        edges = np.array([number(month.start) for month in months] + [number(months[-1].end) + 1])
        won = self.snapshots.deals.won_between(int(edges[0]), int(edges[-1]) - 1, day)
        place = np.searchsorted(edges, won["day"].to_numpy(), side="right") - 1
        size = self.snapshots.size
        cells = place * size + self.snapshots.group[won["deal"].to_numpy()]
        sums = np.bincount(cells, weights=won["amount"].to_numpy(), minlength=len(months) * size)
        values = self.levels.sums @ sums.reshape(len(months), size).T
        last = pd.Period(months[-1].name, "M").ordinal
        series = tuple(each[np.argmax(each != 0) :] if each.any() else np.empty(0) for each in values)
        return Panel(MONTHS, self._ids, series, np.full(len(series), last, dtype=np.int64))

    def frame(self) -> pd.DataFrame:
        """The months over by today: level, group, ds (the month's first day), y (revenue won)."""
        panel = self.panel(self.snapshots.today)
        parts = [
            self.levels.frame.iloc[[row] * len(each)].assign(ds=panel.frequency.starts(_ordinals(panel, row)), y=each)
            for row, each in enumerate(panel.values)
        ]
        return pd.concat(parts, ignore_index=True)

    def won_whole(self, span: Span) -> Floats:
        """What the months of the period that are over on the span's day brought, by level and group."""
        over = [m for m in self.all if m.start >= span.period.start and number(m.end) <= span.day]
        if not over:
            return np.zeros(len(self.levels.frame))
        won = self.snapshots.deals.won_between(span.start, number(over[-1].end), span.day)
        return self.levels.up(self.snapshots.sums(won))

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        rows = self.levels.frame.itertuples(index=False, name=None)
        return tuple(f"{level}={group}" if group else str(level) for level, group in rows)


def _ordinals(panel: Panel, row: int) -> Ints:
    last, length = int(panel.last[row]), int(panel.lengths[row])
    return np.arange(last - length + 1, last + 1, dtype=np.int64)


def idle(panel: Panel) -> npt.NDArray[np.bool_]:
    """Which series had no sale for a year."""
    return np.array([len(y) >= panel.season and not y[-panel.season :].any() for y in panel.values])
