"""Who sells in the demo company: seats, names, hiring, leaving, ramping, and how many deals each finds on each day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from salesops_lib.data.demo import catalog
from salesops_lib.data.demo.worktime import DAY, Array, WorkTime, stream

RAMP_DAYS = 126
RAMP_START = 0.25
LAST_DAYS_WITHOUT_NEW_DEALS = 10
DAYS_PER_QUARTER = 63


@dataclass(frozen=True)
class Territory:
    """A territory: where it lies, and what it holds."""

    territory_id: str
    name: str
    region: str
    potential: float
    addressable: float


def territories() -> list[Territory]:
    """The territories, by region.

    >>> [t.name for t in territories() if t.region == "Central"]
    ['Chicago', 'Minneapolis']
    """
    rows = [(region, *row) for region, rows in catalog.TERRITORIES.items() for row in rows]
    return [
        Territory(f"T-{n:02d}", name, region, potential, addressable)
        for n, (region, name, _, potential, addressable) in enumerate(rows, 1)
    ]


@dataclass(frozen=True)
class Staff:
    """The reps as arrays, in the order of their ids; days are working-day numbers, NEVER: still here."""

    clock: WorkTime
    name: list[str]
    territory: Array
    segment: Array
    hired: Array
    left: Array
    skill: Array
    heir: Array

    NEVER = 1 << 30

    def __len__(self) -> int:
        return len(self.name)

    @cached_property
    def rep_id(self) -> list[str]:
        """Ids, R-001 and up."""
        return [f"R-{n:03d}" for n in range(1, len(self) + 1)]

    @cached_property
    def region(self) -> list[str]:
        """The region of each rep."""
        places = territories()
        return [places[t].region for t in self.territory]

    @cached_property
    def team(self) -> list[str]:
        """The team of each rep: large regions have one for small accounts and one for large ones."""
        teams = []
        for rep, region in enumerate(self.region):
            kind = "Commercial" if self.region[:rep].count(region) % 2 == 0 else "Strategic"
            teams.append(region if region in ("Central", "South") else f"{region} {kind}")
        return teams

    @cached_property
    def tenured(self) -> Array:
        """Reps who were there before the window and stay to its end."""
        return np.flatnonzero((self.hired < self.clock.first_day - RAMP_DAYS) & (self.left == self.NEVER))

    @cached_property
    def heirs(self) -> set[int]:
        """Reps who took over a leaver's deals."""
        return {int(self.heir[rep]) for rep in np.flatnonzero(self.left < self.NEVER)}

    @cached_property
    def present(self) -> Array:
        """(day, rep): employed on that day."""
        day = np.arange(len(self.clock.days))[:, None]
        return (day >= self.hired) & (day < self.left)

    @cached_property
    def finds(self) -> Array:
        """(day, rep): how many new deals are expected, before any scaling."""
        day = np.arange(len(self.clock.days))[:, None]
        per_day = np.array([row[1] for row in catalog.SEGMENTS.values()])[self.segment] / DAYS_PER_QUARTER
        potential = np.array([place.potential for place in territories()])[self.territory]
        month = self.clock.months.astype(np.int64) % 12
        season = np.array(catalog.SEASON)[month] * (1 + catalog.GROWTH) ** ((day[:, 0] - self.clock.first_day) / 252)
        ramp = np.clip(RAMP_START + (1 - RAMP_START) * (day - self.hired) / RAMP_DAYS, RAMP_START, 1)
        working = self.present & (day < self.left - LAST_DAYS_WITHOUT_NEW_DEALS)
        expected: Array = working * ramp * season[:, None] * (per_day * potential * self.skill)
        return expected

    def owner(self, rep: Array, moment: Array) -> Array:
        """Who owns a rep's deal at a moment: the heir, once the rep has left."""
        gone = moment >= self.left[rep].astype(np.int64) * DAY
        return np.where(gone, self.heir[rep], rep)


def hire(clock: WorkTime, reps: int, seed: int) -> Staff:
    """Fill the seats: most reps are tenured, a fifth joined during the window, an eighth left during it."""
    rng = stream(seed, "people")
    territory = _spread(np.array([row[1] for rows in catalog.TERRITORIES.values() for row in rows], float), reps)
    segment = _spread(np.array([row[0] for row in catalog.SEGMENTS.values()]), reps)[rng.permutation(reps)]
    hired = clock.first_day - rng.integers(RAMP_DAYS + 1, 10 * 252, reps)
    left = np.full(reps, Staff.NEVER)
    moving = rng.permutation(reps)
    joiners, leavers = np.split(moving[: reps // 5 + reps // 8], [reps // 5])
    span = clock.end_day - clock.first_day
    hired[joiners] = clock.first_day + _staggered(rng, len(joiners), 40, span - 40)
    left[leavers] = clock.first_day + _staggered(rng, len(leavers), 90, span - 30)
    first = rng.permutation(len(catalog.FIRST_NAMES))
    last = rng.permutation(len(catalog.LAST_NAMES))
    # the two lists have coprime lengths, so that stepping through both repeats no pair before every pair was used
    names = [
        f"{catalog.FIRST_NAMES[first[n % len(first)]]} {catalog.LAST_NAMES[last[n % len(last)]]}" for n in range(reps)
    ]
    skill = np.exp(rng.normal(0, 0.06, reps))
    return Staff(clock, names, territory, segment, hired, left, skill, _heirs(territory, hired, left))


def _spread(weights: Array, n: int) -> Array:
    """Hand out n seats by weight so that any beginning of the list is spread, too (highest averages)."""
    seats = np.zeros(len(weights))
    order = np.empty(n, np.int64)
    for i in range(n):
        order[i] = np.argmax(weights / (2 * seats + 1))
        seats[order[i]] += 1
    return order


def _staggered(rng: np.random.Generator, n: int, low: int, high: int) -> Array:
    """Some days between low and high, not all in the same corner."""
    width = max(high - low, 1) / max(n, 1)
    return (low + width * (np.arange(n) + rng.random(n))).astype(np.int64)


def _heirs(territory: Array, hired: Array, left: Array) -> Array:
    """Per rep the colleague who takes over: the same region's most recent hire who was there and stays."""
    region = np.array([list(catalog.TERRITORIES).index(place.region) for place in territories()])[territory]
    heir = np.arange(len(territory))
    for rep in np.flatnonzero(left < Staff.NEVER):
        fit = np.flatnonzero((region == region[rep]) & (hired < left[rep] - RAMP_DAYS) & (left == Staff.NEVER))
        if len(fit):
            heir[rep] = fit[np.argmax(hired[fit])]
    return heir
