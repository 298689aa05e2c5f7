"""When deals are closed: more before a month's and a quarter's end than after its begin, and hardly any on a Sunday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from salesops_lib.forecasting.deals import EPOCH
from salesops_lib.periods import Calendar

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# Days to the month's end from which a new band begins; each month of the quarter has bands of its own.
EDGES = np.array([3, 7, 14])
BANDS = 3 * (len(EDGES) + 1)
WEEKDAYS = 7
# So many closings as expected are assumed beside those seen, so that few ones make no rhythm.
PRIOR = 20.0


@dataclass(frozen=True)
class Rhythm:
    """The place of each day in its quarter, month and week, from a first day on."""

    first: int
    bands: Ints

    def band(self, days: Ints) -> Ints:
        """Which month of the quarter, and how many days to its end (in four steps)."""
        return self.bands[days - self.first]

    @staticmethod
    def weekday(days: Ints) -> Ints:
        """0 for Monday."""
        return (days + 3) % WEEKDAYS


@dataclass(frozen=True)
class Pace:
    """How many times as often as on the average day deals are closed on a day of a band and of a weekday."""

    band: Floats
    weekday: Floats

    def on(self, rhythm: Rhythm, days: Ints) -> Floats:
        """The factor of each day."""
        return self.band[rhythm.band(days)] * self.weekday[rhythm.weekday(days)]


def rhythm(calendar: Calendar, first: int, last: int) -> Rhythm:
    """The rhythm of the days from one to another, by the company's fiscal months and quarters."""
    day, parts = first, []
    while day <= last:
        here = date.fromordinal(day + EPOCH)
        months = calendar.split(calendar.containing(here, "quarter"), "month")
        place = next(i for i, month in enumerate(months) if here in month)
        to_end = np.arange((months[place].end - here).days, -1, -1)
        parts.append(min(place, 2) * (len(EDGES) + 1) + np.searchsorted(EDGES, to_end, side="right"))
        day += len(to_end)
    return Rhythm(first, np.concatenate(parts).astype(np.int64))


def pace(rhythm: Rhythm, days: Ints, seen: Floats, expected: Floats) -> Pace:
    """The pace of closings from how many were seen and expected on each of some days.

    The weekdays come first; the bands explain what is left. Each factor is (seen + 20) ÷ (expected + 20).
    """
    weekday = _factor(rhythm.weekday(days), seen, expected, WEEKDAYS)
    left = expected * weekday[rhythm.weekday(days)]
    return Pace(_factor(rhythm.band(days), seen, left, BANDS), weekday)


def _factor(code: Ints, seen: Floats, expected: Floats, size: int) -> Floats:
    top, bottom = (np.bincount(code, weights=each, minlength=size) for each in (seen, expected))
    return np.asarray((top + PRIOR) / (bottom + PRIOR), dtype=np.float64)
