"""How likely an open opportunity is won by a day: from how long deals stayed in each stage, and where they went."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from salesops_lib.forecasting.deals import Deals, Standing
from salesops_lib.forecasting.pace import Pace, Rhythm, pace

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WINDOW_DAYS = 730
ENOUGH = 30
EXITS_PER_BIN = 15
MOST_BINS = 20
# Who has been in a stage for longer than this is taken for one who has been for as long.
LONGEST_DAYS = 540
AGES = LONGEST_DAYS + 1
# Where a chance comes from, the best source that there is.
FROM_STAGE, FROM_AGE, FROM_COMPANY, FROM_NOTHING = "stage", "age", "company file", ""


@dataclass(frozen=True)
class Stays:
    """Stays in a stage, seen from an age in days to another, and where they went (-1: not over when last seen).

    `start` is the day on which the age was 0.
    """

    start: Ints
    begin: Ints
    end: Ints
    goes_to: Ints

    @property
    def exits(self) -> int:
        """How many of them ended."""
        return int((self.goes_to >= 0).sum())


@dataclass(frozen=True)
class Chances:
    """What the deals of the last two years tell of those open on a day.

    Attributes
    ----------
    by_stage : array (stage, days in the stage, exit)
        The daily probability to leave a stage for each other one, as won or as lost.
    by_age : array (days since creation, 2)
        The daily probability to be won, and lost, without regard to the stage.
    stage_exits : array (stage)
        On how many deals that left each stage it rests.
    closed : int
        On how many closed deals `by_age` rests.
    winning, losing : Pace
        When deals are won and lost, beside how long they have been open.
    """

    by_stage: Floats
    by_age: Floats
    stage_exits: Ints
    closed: int
    winning: Pace
    losing: Pace

    def of(self, standing: Standing, rhythm: Rhythm, day: int, end: int) -> tuple[Floats, npt.NDArray[np.object_]]:
        """The probability of each opportunity open at the end of a day to be won by the end of another; its source.

        The source is "stage" (30 or more deals left the same stage), "age" (30 or more deals of all stages were closed,
        by days since creation) or "" where there are too few of both: the probability is null then.
        """
        stages = len(self.stage_exits)
        days = np.arange(day + 1, end + 1)
        won, lost = self.winning.on(rhythm, days), self.losing.on(rhythm, days)
        known = standing.stage < stages
        in_stage, age = (np.clip(length, 0, LONGEST_DAYS) for length in (standing.in_stage, standing.age))
        chance = np.full(len(age), np.nan)
        source = np.full(len(age), FROM_NOTHING, dtype=object)
        if self.closed >= ENOUGH:
            chance, source[:] = won_by(self.by_age[None], np.empty(0, np.int64), won, lost)[0, age], FROM_AGE
        if stages:
            stage = np.where(known, standing.stage, 0)
            told = known & (self.stage_exits[stage] >= ENOUGH)
            staged = won_by(self.by_stage, np.arange(stages), won, lost)[stage, in_stage]
            chance, source = np.where(told, staged, chance), np.where(told, FROM_STAGE, source)
        return chance, source


def learn(deals: Deals, day: int, rhythm: Rhythm) -> Chances:
    """The chances as they were known at the end of a day.

    Won and lost are competing risks, and so is each other stage. Of the stays in a stage during the two years before
    the day, the daily rate of leaving it for each of them is estimated by time in the stage (a life table in bins of 15
    or more exits; those who are still there count for the days they were seen). How many more deals are won and lost at
    the end of a period than these rates explain is the pace.

    Source: Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, chapter 8.
    """
    exits = deals.stages + 2
    # The exits: to each open stage, then won, then lost; an open stage that nobody knows is no exit.
    code = np.append(np.arange(deals.stages), [-1, deals.stages, deals.stages + 1, -1])
    stays = _stays(deals, day)
    by_code = [Stays(*(each[stays[0] == stage] for each in stays[1:])) for stage in range(deals.stages)]
    by_code = [Stays(s.start, s.begin, s.end, code[s.goes_to]) for s in by_code]
    created = deals.facts["created"].to_numpy()
    _code, start, begin, end, goes_to = stays
    older = start - created[_deal_of(deals, day)]
    closing = np.where(goes_to == deals.won, 0, np.where(goes_to == deals.lost, 1, -1))
    # A stay that led to another stage ends here and goes on there: the deal is seen, and has not ended.
    lives = Stays(start - older, begin + older, end + older, closing)
    by_age = rates(lives, 2)
    by_stage = np.zeros((deals.stages, AGES, exits))
    for stage, stay in enumerate(by_code):
        if stay.exits < ENOUGH:
            # Too few left this stage: those who come to it fare like all deals do.
            by_stage[stage][:, -2:] = by_age
        else:
            by_stage[stage] = rates(stay, exits)
    paces = [_pace(lives, by_age, kind, rhythm) for kind in (0, 1)]
    counts = np.array([stay.exits for stay in by_code], dtype=np.int64)
    return Chances(by_stage, by_age, counts, lives.exits, *paces)


def rates(stays: Stays, kinds: int) -> Floats:
    """The daily probability to end by each kind of exit, by days since the begin: (age, kind).

    The bins hold about as many exits each; beyond the last exit the last bin's rate goes on.
    """
    ended = stays.goes_to >= 0
    n = int(ended.sum())
    if not n:
        return np.zeros((AGES, kinds))
    # An exit on the day after n whole days is an exit from age n.
    ages = np.clip(stays.end[ended] - 1, 0, LONGEST_DAYS)
    bins = int(np.clip(n // EXITS_PER_BIN, 1, MOST_BINS))
    edges = np.unique(np.quantile(ages, np.arange(1, bins) / bins, method="higher").astype(np.int64))
    bin_of = np.searchsorted(edges, np.arange(AGES), side="right")
    begins, ends = (np.bincount(np.clip(each, 0, AGES), minlength=AGES + 1) for each in (stays.begin, stays.end))
    at_risk = np.cumsum(begins - ends)[:AGES].astype(np.float64)
    # The days beyond the longest age count for the last one.
    at_risk[-1] += np.clip(stays.end - np.maximum(stays.begin, AGES), 0, None).sum()
    exposure = np.bincount(bin_of, weights=at_risk, minlength=len(edges) + 1)
    events = np.zeros((len(edges) + 1, kinds))
    np.add.at(events, (bin_of[ages], stays.goes_to[ended]), 1.0)
    return np.asarray((events / np.maximum(exposure, 1.0)[:, None])[bin_of], dtype=np.float64)


def won_by(hazards: Floats, stages: Ints, winning: Floats, losing: Floats) -> Floats:
    """The probability to be won before some days have passed: (stage, days in the stage at the start).

    To be won on the next day, or to stay or go to another stage and be won from there: worked out from the last day
    back. With a single stage and no pace it is the Aalen-Johansen estimator.

    Parameters
    ----------
    hazards : array (stage, days in the stage, exit)
        The daily probability of each exit: to each of `stages`, then won, then lost.
    winning, losing : array (day)
        By how much the last two are multiplied on each of the days.
    """
    count, ages = hazards.shape[0], hazards.shape[1]
    found: Floats = np.zeros((count, ages))
    older = np.minimum(np.arange(ages) + 1, ages - 1)
    moving, base_won, base_lost = hazards[:, :, : len(stages)], hazards[:, :, -2], hazards[:, :, -1]
    moved = moving.sum(axis=2)
    for more_won, more_lost in zip(winning[::-1], losing[::-1], strict=True):
        won, lost = base_won * more_won, base_lost * more_lost
        # More than all of them cannot leave in a day.
        whole = np.maximum(won + lost + moved, 1.0)
        stay = np.maximum(1 - won - lost - moved, 0.0)
        found = (won + moving @ found[stages, 0]) / whole + stay * found[:, older]
    return found


def _stays(deals: Deals, day: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """What was seen of each stay by a day: its stage, start, first and last age, and the code it went to."""
    visits = deals.visits.loc[_seen(deals, day)]
    code, start, stop, goes_to = (visits[name].to_numpy() for name in ("code", "start", "stop", "goes_to"))
    over = stop <= day
    begin = np.maximum(start, _since(deals, day)) - start
    return code, start, begin, np.where(over, stop, day) - start, np.where(over, goes_to, -1)


def _deal_of(deals: Deals, day: int) -> Ints:
    return np.asarray(deals.visits.loc[_seen(deals, day), "deal"], dtype=np.int64)


def _seen(deals: Deals, day: int) -> npt.NDArray[np.bool_]:
    visits, since = deals.visits, _since(deals, day)
    is_open = visits["code"] <= deals.unknown
    return np.asarray(is_open & (visits["start"] < day) & (visits["stop"] > since), dtype=np.bool_)


def _since(deals: Deals, day: int) -> int:
    """The day from which on stays count: who was open before the first known close is known for having survived it."""
    return max(day - WINDOW_DAYS, deals.first_close - 1)


def _pace(lives: Stays, by_age: Floats, kind: int, rhythm: Rhythm) -> Pace:
    """How many deals were won (0) or lost (1) on each day, beside how many their ages alone explain."""
    length = np.maximum(lives.end - lives.begin, 0)
    step = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    age = np.repeat(lives.begin, length) + step
    days = np.repeat(lives.start, length) + age + 1
    if not len(days):
        return pace(rhythm, np.empty(0, np.int64), np.empty(0), np.empty(0))
    first = int(days.min())
    by_day = np.bincount(days - first, weights=by_age[np.clip(age, 0, LONGEST_DAYS), kind])
    closed = (lives.start + lives.end)[lives.goes_to == kind] - first
    expected = np.asarray(by_day, dtype=np.float64)
    seen = np.asarray(np.bincount(closed, minlength=len(expected)), dtype=np.float64)
    return pace(rhythm, np.arange(first, first + len(expected)), seen, expected)
