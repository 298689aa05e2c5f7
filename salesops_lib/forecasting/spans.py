"""A period as it is looked at from a day, and the same moment of another one: as far into its months and quarter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from salesops_lib.forecasting.deals import EPOCH, number
from salesops_lib.periods import MONTHS_IN, Calendar, Period


@dataclass(frozen=True)
class Span:
    """A period, and the day at whose end it is looked at (days as `deals.number` counts them)."""

    period: Period
    day: int

    @property
    def start(self) -> int:
        """Its first day."""
        return number(self.period.start)

    @property
    def end(self) -> int:
        """Its last day."""
        return number(self.period.end)

    @property
    def lead(self) -> int:
        """How many days before its end it is looked at."""
        return self.end - self.day

    @property
    def ahead(self) -> int:
        """How many days are left of it; 0 once it is over."""
        return max(self.end - self.day, 0)

    @property
    def before(self) -> int:
        """How many days there are until the one before it begins; 0 once it has begun."""
        return min(max(self.start - 1 - self.day, 0), self.ahead)


def alike(calendar: Calendar, span: Span, other: Period) -> Span:
    """Another period of the same grain, looked at from the same moment as a span.

    Quarters have 90 to 92 days, and deals are closed at the ends of months and quarters: a day so many days before the
    end, or after the begin, would lie within that rush in one quarter and behind it in another. So the day's month
    moves as far as the period does, and within it the same share has passed: a first day stays the first, a last one
    the last, and so does the eve of a period. Weeks and ranges have as many days as their like.

    Examples
    --------
    On the eve of a quarter, and thirteen days before the end of its 31 days' month:

    >>> calendar = Calendar()
    >>> fourth, first = (calendar.period(name) for name in ("2026Q4", "2026Q1"))
    >>> def there(day: date) -> str:
    ...     return str(date.fromordinal(alike(calendar, Span(fourth, number(day)), first).day + EPOCH))
    >>> there(date(2026, 9, 30)), there(date(2026, 10, 1)), there(date(2026, 12, 18)), there(date(2026, 12, 31))
    ('2025-12-31', '2026-01-01', '2026-03-18', '2026-03-31')
    """
    if span.period.grain not in MONTHS_IN:
        return Span(other, number(other.end) - span.lead)
    here = calendar.containing(date.fromordinal(span.day + EPOCH), "month")
    moved = _months(calendar, other) - _months(calendar, span.period)
    year, month = divmod(_months(calendar, here) + moved, 12)
    there = calendar.period(f"{year}-{month + 1:02d}")
    passed = span.day - number(here.start) + 1
    return Span(other, number(there.start) - 1 + max(round(passed * there.days / here.days), 1))


def before(calendar: Calendar, period: Period) -> Period:
    """The period before one; of a range, as many days before it.

    >>> calendar = Calendar()
    >>> before(calendar, calendar.period("2026Q1")).name
    '2025Q4'
    >>> str(before(calendar, calendar.period("2026-02..2026-03")).start)
    '2025-12-04'
    """
    if period.grain != "range":
        return calendar.shift(period, -1)
    start, end = period.start - timedelta(days=period.days), period.start - timedelta(days=1)
    return Period(f"{start}..{end}", "range", start, end)


def _months(calendar: Calendar, period: Period) -> int:
    """The number of a period's first fiscal month."""
    year, month = calendar.containing(period.start, "month").name.split("-")
    return 12 * int(year) + int(month) - 1
