"""Fiscal periods: their names, their first and last day, and what lies before and after them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from babel.dates import format_date, format_skeleton

from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import SOURCE, current_locale, language_of, pgettext
from salesops_lib.language import gettext as _

Grain = Literal["year", "quarter", "month", "week", "range"]
GRAINS: tuple[Grain, ...] = ("year", "quarter", "month", "week")
NAMES = "2026 (year), 2026Q3 (quarter), 2026-02 (month), 2026-W07 (week) or 2025Q1..2026Q2 (range)"
MONTHS_IN: dict[Grain, int] = {"year": 12, "quarter": 3, "month": 1}
WEEKS_445 = (4, 4, 5) * 4

_PATTERN = re.compile(r"(\d{4})(?:Q([1-4])|-(\d{2})|-W(\d{2}))?")


@dataclass(frozen=True)
class Period:
    """A named span of days; both `start` and `end` belong to it."""

    name: str
    grain: Grain
    start: date
    end: date

    @property
    def after(self) -> date:
        """The first day that no longer belongs to it."""
        return self.end + timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.after - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Calendar:
    """A company's fiscal calendar; periods are named as pandas names them (by the year they end in).

    Parameters
    ----------
    fiscal_year_start : int
        The month in which the fiscal year starts.
    kind : {"months", "4-4-5"}
        Calendar months, or weeks in quarters of 4, 4 and 5. A 4-4-5 year starts on the `week_start` nearest to the
        first of its month; a 53rd week belongs to its last month.
    week_start : {"monday", "sunday"}
        The first day of a 4-4-5 week. Weeks as a grain are always ISO weeks.

    Examples
    --------
    >>> str(Calendar(fiscal_year_start=4).period("2026Q1").start)
    '2025-04-01'
    >>> Calendar(kind="4-4-5").period("2026Q1").end
    datetime.date(2026, 3, 29)
    """

    fiscal_year_start: int = 1
    kind: Literal["months", "4-4-5"] = "months"
    week_start: Literal["monday", "sunday"] = "monday"

    def period(self, name: str) -> Period:
        """The period of that name.

        Raises
        ------
        ParameterError
            If the name is none; it lists the forms there are.

        Examples
        --------
        >>> Calendar().period("2026Q3").end
        datetime.date(2026, 9, 30)
        """
        text = str(name).strip()
        first, dots, last = text.partition("..")
        if dots:
            start, end = self._single(first, text), self._single(last, text)
            if start.start > end.start:
                raise ParameterError(Fault(f"the period {text!r} ends before it starts.", fix="Swap its two ends."))
            return Period(text, "range", start.start, end.end)
        return self._single(text, text)

    def containing(self, day: date, grain: Grain) -> Period:
        """The period of a grain that a day belongs to.

        Examples
        --------
        >>> Calendar(fiscal_year_start=2).containing(date(2026, 1, 31), "quarter").name
        '2026Q4'
        """
        if grain == "week":
            year, week, _ = day.isocalendar()
            return self._week(year, week)
        for year in (day.year + 1, day.year, day.year - 1):
            for period in self._of_year(year, grain):
                if day in period:
                    return period
        raise AssertionError(f"no {grain} holds {day}")

    def shift(self, period: Period, steps: int) -> Period:
        """The period that lies `steps` of its own grain later (earlier, if negative).

        Examples
        --------
        >>> calendar = Calendar()
        >>> calendar.shift(calendar.period("2026Q1"), -1).name
        '2025Q4'
        """
        if period.grain == "range":
            raise ParameterError(f"the range {period.name} has no neighbour: name a single period.")
        for _step in range(abs(steps)):
            day = period.after if steps > 0 else period.start - timedelta(days=1)
            period = self.containing(day, period.grain)
        return period

    def year_ago(self, period: Period) -> Period:
        """The period of the same number in the year before (a 53rd week: the 52nd).

        Examples
        --------
        >>> calendar = Calendar()
        >>> calendar.year_ago(calendar.period("2026-W53")).name
        '2025-W52'
        """
        if period.grain == "range":
            first, _, last = period.name.partition("..")
            earlier = (self.year_ago(self.period(first)).name, self.year_ago(self.period(last)).name)
            return self.period("..".join(earlier))
        year, rest = int(period.name[:4]) - 1, period.name[4:]
        return self.period(f"{year}{'-W52' if rest == '-W53' else rest}")

    def split(self, period: Period, grain: Grain | None) -> list[Period]:
        """The periods of a grain that start in a period, in order; the period itself without a grain.

        Examples
        --------
        >>> calendar = Calendar()
        >>> [month.name for month in calendar.split(calendar.period("2026Q1"), "month")]
        ['2026-01', '2026-02', '2026-03']
        """
        if grain is None or grain == period.grain:
            return [period]
        if grain not in GRAINS:
            raise ParameterError(Fault(f"{grain!r} is not a grain.", fix=nearest(grain, GRAINS)))
        part = self.containing(period.start, grain)
        parts = []
        while part.start <= period.end:
            if part.start >= period.start:
                parts.append(part)
            part = self.containing(part.after, grain)
        return parts

    def last_complete(self, grain: Grain, day: date) -> Period:
        """The last period of a grain that has ended by a day.

        Examples
        --------
        >>> Calendar().last_complete("quarter", date(2026, 9, 30)).name
        '2026Q3'
        """
        period = self.containing(day, grain)
        return period if period.end <= day else self.shift(period, -1)

    def _single(self, name: str, whole: str) -> Period:
        match = _PATTERN.fullmatch(name.strip())
        if match:
            year, quarter, month, week = match.groups()
            if week:
                try:
                    return self._week(int(year), int(week))
                except ValueError:
                    raise ParameterError(f"{name!r}: the year {year} has no ISO week {week}.") from None
            grain: Grain = "quarter" if quarter else "month" if month else "year"
            later = bool(month) and 1 < self.fiscal_year_start <= int(month)
            if 1900 <= int(year) <= 2200:
                for period in self._of_year(int(year) + later, grain):
                    if period.name == name.strip():
                        return period
        raise ParameterError(Fault(f"{whole!r} is not a period.", fix=f"Write it as {NAMES}."))

    @staticmethod
    def _week(year: int, week: int) -> Period:
        monday = date.fromisocalendar(year, week, 1)
        return Period(f"{year}-W{week:02d}", "week", monday, monday + timedelta(days=6))

    def _of_year(self, year: int, grain: Grain) -> Iterator[Period]:
        starts, first, size = self._month_starts(year), self._first_day(year), MONTHS_IN[grain]
        for i in range(0, 12, size):
            name = {12: str(year), 3: f"{year}Q{i // 3 + 1}", 1: f"{_add_months(first, i):%Y-%m}"}[size]
            yield Period(name, grain, starts[i], starts[i + size] - timedelta(days=1))

    def _first_day(self, year: int) -> date:
        return date(year if self.fiscal_year_start == 1 else year - 1, self.fiscal_year_start, 1)

    def _month_starts(self, year: int) -> list[date]:
        first = self._first_day(year)
        if self.kind == "months":
            return [_add_months(first, i) for i in range(13)]
        starts = [self._nearest_week_start(first)]
        for weeks in WEEKS_445:
            starts.append(starts[-1] + timedelta(weeks=weeks))
        starts[12] = self._nearest_week_start(_add_months(first, 12))
        return starts

    def _nearest_week_start(self, day: date) -> date:
        first_weekday = 0 if self.week_start == "monday" else 6
        ahead = (first_weekday - day.weekday()) % 7
        return day + timedelta(days=ahead if ahead <= 3 else ahead - 7)


def period_name(name: object) -> str:
    """Return the name of a period in words; what names no period stays as it is.

    >>> period_name("2026Q3"), period_name("2026-02"), period_name("2026-W07"), period_name("2025Q1..2026Q2")
    ('2026 Q3', 'February 2026', 'week 7 of 2026', '2025 Q1 – 2026 Q2')
    """
    text = str(name)
    first, dots, last = text.partition("..")
    if dots:
        return f"{period_name(first)} – {period_name(last)}"
    if match := re.fullmatch(r"(\d{4})Q([1-4])", text):
        return _("{year} Q{quarter}", year=match[1], quarter=match[2])
    if match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text):
        return format_skeleton("yMMMM", date(int(match[1]), int(match[2]), 1), locale=current_locale())
    if match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
        return _("week {week} of {year}", week=int(match[2]), year=match[1])
    return text


def period_said(name: object) -> str:
    """Return the name of a period as a note says it: in English as the command line takes it, else in words.

    >>> period_said("2026Q3")
    '2026Q3'
    """
    return str(name) if language_of(current_locale()) == SOURCE else period_name(name)


def day_name(value: date) -> str:
    """Return a day as a note on a page says it.

    >>> day_name(date(2026, 9, 30))
    'Sep 30, 2026'
    """
    return format_date(value, "medium", locale=current_locale())


def period_title(name: object) -> str:
    """Return the name of a period as a title has room for it: other languages write a quarter out there.

    >>> period_title("2026Q3"), period_title("2026-02")
    ('2026 Q3', 'February 2026')
    """
    if match := re.fullmatch(r"(\d{4})Q([1-4])", str(name)):
        return pgettext("in a title", "{year} Q{quarter}", year=match[1], quarter=match[2])
    return period_name(name)


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
