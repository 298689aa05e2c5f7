"""The demo's clock: an axis of working seconds, so that nothing ever happens at night, at a weekend or on a holiday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

DAY = 9 * 3600
OPENS = 8 * 3600 + 1800
BEFORE = 140
AFTER = 420


def holidays(year: int) -> list[date]:
    """The days of a year on which nobody sells.

    >>> [f"{day:%d %b}" for day in holidays(2026)]
    ['01 Jan', '25 May', '04 Jul', '07 Sep', '26 Nov', '27 Nov', '24 Dec', '25 Dec']
    """
    memorial = date(year, 5, 31) - timedelta(days=date(year, 5, 31).weekday())
    labor = date(year, 9, 7) - timedelta(days=date(year, 9, 7).weekday())
    thanks = date(year, 11, 28) - timedelta(days=(date(year, 11, 28).weekday() - 3) % 7)
    fixed = [date(year, 12, 24), date(year, 12, 25)]
    return [date(year, 1, 1), memorial, date(year, 7, 4), labor, thanks, thanks + timedelta(days=1), *fixed]


@dataclass(frozen=True)
class WorkTime:
    """Working time around a window of calendar days: day 0 lies well before its start, the last well after its end.

    A moment is a count of working seconds: `day * DAY + second of the day`.

    Parameters
    ----------
    start, end
        First and last day the export covers.

    Examples
    --------
    >>> clock = WorkTime(date(2026, 7, 1), date(2026, 9, 30))
    >>> str(clock.timestamps(np.array([clock.first_moment]))[0])
    '2026-07-01T08:30:00'
    >>> clock.quarter_names[clock.first_day]
    '2026Q3'
    """

    start: date
    end: date

    @cached_property
    def days(self) -> Array:
        """Every working day of the axis (datetime64[D])."""
        years = range(self.start.year - 2, self.end.year + 4)
        closed = np.array([day for year in years for day in holidays(year)], "datetime64[D]")
        first = np.busday_offset(self.start, -BEFORE, roll="forward", holidays=closed)
        last = np.busday_offset(self.end, AFTER, roll="backward", holidays=closed)
        every = np.arange(first, last + 1)
        return every[np.is_busday(every, holidays=closed)]

    def day_of(self, day: date) -> int:
        """The number of the first working day on or after a date."""
        return int(np.searchsorted(self.days, np.array(day, "datetime64[D]")))

    @cached_property
    def first_day(self) -> int:
        """The first working day of the window."""
        return self.day_of(self.start)

    @cached_property
    def first_moment(self) -> int:
        """The moment the window opens."""
        return self.first_day * DAY

    @cached_property
    def end_day(self) -> int:
        """The first working day after the window."""
        return self.day_of(self.end + timedelta(days=1))

    @cached_property
    def end_moment(self) -> int:
        """The first moment after the window: what happens from here on is not known yet."""
        return self.end_day * DAY

    def dates(self, day: Array) -> Array:
        """Day numbers as dates."""
        dates: Array = self.days[np.clip(day, 0, len(self.days) - 1)]
        return dates

    def timestamps(self, moment: Array) -> Array:
        """Moments as local time (datetime64[s])."""
        day, second = np.divmod(moment, DAY)
        moments: Array = self.dates(day).astype("datetime64[s]") + (second + OPENS).astype("timedelta64[s]")
        return moments

    @cached_property
    def months(self) -> Array:
        """The month of every working day (datetime64[M])."""
        return self.days.astype("datetime64[M]")

    @cached_property
    def quarters(self) -> Array:
        """The calendar quarter of every working day, counted from year 0."""
        return (self.months.astype(np.int64) + 1970 * 12) // 3

    @cached_property
    def quarter_names(self) -> list[str]:
        """The calendar quarter of every working day, such as 2026Q3."""
        return [quarter_name(int(quarter)) for quarter in self.quarters]

    @cached_property
    def month_last(self) -> Array:
        """For every working day the number of the last one of its month."""
        return np.searchsorted(self.months, self.months, side="right") - 1

    @cached_property
    def quarter_next(self) -> Array:
        """For every working day the number of the first one of the next quarter."""
        return np.searchsorted(self.quarters, self.quarters, side="right")

    @cached_property
    def last_quarter(self) -> int:
        """The last quarter that is over at the end of the window."""
        return int(self.quarters[self.end_day]) - 1

    def span(self, quarter: int) -> tuple[int, int]:
        """First working day of a quarter, and of the next."""
        return int(np.searchsorted(self.quarters, quarter)), int(np.searchsorted(self.quarters, quarter + 1))


def quarter_name(quarter: int) -> str:
    """The name of a quarter counted from year 0.

    >>> quarter_name(2026 * 4 + 2)
    '2026Q3'
    """
    return f"{quarter // 4}Q{quarter % 4 + 1}"


def quarter_bounds(quarter: int) -> tuple[date, date]:
    """First and last calendar day of a quarter counted from year 0.

    >>> [day.isoformat() for day in quarter_bounds(2026 * 4 + 3)]
    ['2026-10-01', '2026-12-31']
    """
    after = quarter + 1
    return (
        date(quarter // 4, quarter % 4 * 3 + 1, 1),
        date(after // 4, after % 4 * 3 + 1, 1) - timedelta(days=1),
    )


def stream(seed: int, name: str, block: int = 0) -> np.random.Generator:
    """The random numbers of one purpose: no other purpose, and no switch, moves them.

    >>> int(stream(7, "amounts").integers(100)) == int(stream(7, "amounts").integers(100))
    True
    """
    return np.random.default_rng(np.random.SeedSequence([seed, block, *name.encode()]))
