"""The pipeline forecast of a period on any day: closed so far, from open deals, from deals that are not there yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from salesops_lib.company import Stages
from salesops_lib.data.book import Book
from salesops_lib.forecasting.chances import ENOUGH, FROM_COMPANY, FROM_NOTHING, Chances, learn
from salesops_lib.forecasting.deals import NEVER, Deals, Standing, number, read_deals
from salesops_lib.forecasting.pace import rhythm
from salesops_lib.forecasting.spans import Span, alike, before
from salesops_lib.periods import Calendar, Period

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SNAPSHOTS = 8
FEWEST_SNAPSHOTS = 4
ARRIVAL_PERIODS = 4
# In half a year, two quarters have ended: their rush is known.
LEARNING_DAYS = 183
YEAR_DAYS = 365
LEVELS = (80, 95)


class Snapshots:
    """A book's pipeline forecasts: of a period as of the book's day, and of earlier ones as of their same moment.

    Parameters
    ----------
    book : Book
        What is known; nothing later is.
    period : Period
        What is forecast.
    by : sequence of names
        Dimensions of opportunities to split by, as the book's day has them.
    """

    def __init__(self, book: Book, period: Period, by: Sequence[str] = ()) -> None:
        self.calendar: Calendar = book.calendar
        self.stages: Stages = book.company.stages
        self.period = period
        self.today = number(book.as_of)
        self.by = list(by)
        self.deals: Deals = read_deals(book, by)
        self._learnt: dict[int, Chances] = {}
        facts = self.deals.facts
        self.rhythm = rhythm(
            self.calendar, min(self.deals.first_close, self.today), max(self.today, number(period.end)) + 1
        )
        self.group: Ints = np.zeros((len(facts),), dtype=np.int64)
        self.groups = pd.DataFrame(index=range(1))
        if self.by:
            grouped = facts.groupby(self.by, sort=True)
            self.group = np.asarray(grouped.ngroup(), dtype=np.int64)
            self.groups = grouped.size().reset_index()[self.by]

    @property
    def size(self) -> int:
        """The number of groups."""
        return len(self.groups)

    def span(self, period: Period, day: int | None = None) -> Span:
        """A period as it is looked at from a day (the book's)."""
        return Span(period, self.today if day is None else day)

    def earlier(self, span: Span, most: int, step: int = 1) -> list[Span]:
        """The last earlier periods of the same kind that were over by the span's day, each at its same moment.

        See `alike` for what is the same moment. With a step of 3, every third one. Only those whose moment lies after
        the first known close.
        """
        found: list[Span] = []
        previous = span.period
        while len(found) < most:
            for _ in range(step):
                previous = before(self.calendar, previous)
            same = alike(self.calendar, span, previous)
            if same.day < self.deals.first_close:
                break
            if same.end <= span.day:
                found.append(same)
        return found

    def parts(self, span: Span) -> pd.DataFrame:
        """The forecast of a period on a day, as it could have been made then.

        Returns
        -------
        DataFrame
            One row per group (rows of `groups`): closed (won so far), open (expected from the open ones), arrivals
            (expected from those that are not open yet; null where no earlier period tells), n_open.
        """
        standing = self.deals.standing(span.day)
        chance, _source = self.chances(span, standing)
        amount = self.amounts(span, standing)
        closed = self.deals.won_between(span.start, span.end, span.day)
        groups = self.group[standing.deal]
        expected = np.nan_to_num(chance * amount)
        return pd.DataFrame(
            {
                "closed": self.sums(closed),
                "open": np.bincount(groups, weights=expected, minlength=self.size),
                "arrivals": self.arrivals(span),
                "n_open": np.bincount(groups, minlength=self.size),
            }
        )

    def learnt(self, day: int) -> Chances:
        """What was known on a day of how deals go."""
        if day not in self._learnt:
            self._learnt[day] = learn(self.deals, day, self.rhythm)
        return self._learnt[day]

    def chances(self, span: Span, standing: Standing) -> tuple[Floats, npt.NDArray[np.object_]]:
        """The probability of each open opportunity to be won in the period, and where it comes from.

        Where history is too short ("company file"): the stage's default for those due by the period's end or at an
        unknown day, 0 for those due after it (or before one that has not begun).
        """
        learnt, rhythm = self.learnt(span.day), self.rhythm
        chance, source = learnt.of(standing, rhythm, span.day, max(span.end, span.day))
        if span.before:
            chance = chance - learnt.of(standing, rhythm, span.day, span.day + span.before)[0]
        lacking = source == FROM_NOTHING
        if lacking.any():
            defaults = np.array([*self.stages.open.values(), np.nan])[standing.stage]
            due = (standing.due <= span.end) & ((standing.due >= span.start) | (span.before == 0))
            usual = np.where(due | (standing.due == NEVER), defaults, 0 * defaults)
            chance = np.where(lacking, usual, chance)
            source = np.where(lacking & ~np.isnan(defaults), FROM_COMPANY, source)
        return chance, source

    def amounts(self, span: Span, standing: Standing) -> Floats:
        """What each open opportunity is worth; one of unknown amount is taken for the average won one of the year."""
        recent = self.deals.won_between(span.day - YEAR_DAYS + 1, span.day, span.day)["amount"]
        usual = float(recent.mean()) if len(recent) else 0.0
        return np.where(np.isnan(standing.amount), usual, standing.amount)

    def arrivals(self, span: Span) -> Floats:
        """Won after the same moment of earlier periods by opportunities that were not open then: the mean, by group."""
        if not span.ahead:
            return np.zeros(self.size)
        # The last month of a quarter is like the last month of another.
        earlier = self.earlier(span, ARRIVAL_PERIODS, 3 if span.period.grain == "month" else 1)
        if not earlier:
            return np.full(self.size, np.nan)
        return np.asarray(np.mean([self.rest(each, span.day)[1] for each in earlier], axis=0), dtype=np.float64)

    def rest(self, span: Span, known: int) -> tuple[Floats, Floats]:
        """Won after a span's day, as it was known on a later one: by those open on that day, and by all others."""
        then = self.deals.won_between(span.start, span.end, known)
        then = then[~then["deal"].isin(self.deals.won_between(span.start, span.end, span.day)["deal"])]
        was_open = then["deal"].isin(self.deals.standing(span.day).deal)
        return self.sums(then[was_open]), self.sums(then[~was_open])

    def sums(self, won: pd.DataFrame) -> Floats:
        """Amounts by group."""
        groups = self.group[won["deal"].to_numpy()]
        return np.bincount(groups, weights=won["amount"].to_numpy(), minlength=self.size).astype(np.float64)

    def past(self, most: int = SNAPSHOTS) -> pd.DataFrame:
        """What would have been forecast at the same moment of earlier periods that are over, and what came of it.

        Only moments at which half a year with 30 closed deals (if any were open) and a whole earlier period were there
        to learn from.

        Returns
        -------
        DataFrame
            One row per earlier period (latest first) and group: period, day, group (row of `groups`), closed, open,
            arrivals, mean, actual, actual_open (what the open ones brought), actual_arrivals.
        """
        rows = []
        for each in self.earlier(self.span(self.period), most):
            parts = self.parts(each)
            young = each.day - self.deals.first_close < LEARNING_DAYS
            # Where nothing was open (a list of orders), nothing had to be learnt about the open ones.
            unlearnt = parts["n_open"].any() and self.learnt(each.day).closed < ENOUGH
            if young or unlearnt or parts["arrivals"].isna().all():
                continue
            opened, arrived = self.rest(each, self.today)
            actual = self.sums(self.deals.won_between(each.start, each.end, self.today))
            mean = parts["closed"] + parts["open"] + parts["arrivals"]
            rows.append(
                parts.assign(
                    period=each.period.name,
                    day=each.day,
                    group=np.arange(len(parts)),
                    mean=mean,
                    actual=actual,
                    actual_open=opened,
                    actual_arrivals=arrived,
                )
            )
        columns = "period day group closed open arrivals mean actual actual_open actual_arrivals".split()
        return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def spread(errors: Floats, level: float) -> float:
    """Half the width of a prediction interval, from past errors around zero; null for fewer than four.

    Student's t with as many degrees of freedom as there are errors: they are not centred, so that a forecast that was
    always too high has a wide interval and not a wrong one.

    >>> round(spread(np.array([0.1, -0.1, 0.1, -0.1]), 80), 4)
    0.1533
    """
    known = errors[~np.isnan(errors)]
    if len(known) < FEWEST_SNAPSHOTS:
        return float("nan")
    return float(stats.t.ppf(0.5 + level / 200, len(known)) * np.sqrt(np.mean(known**2)))
