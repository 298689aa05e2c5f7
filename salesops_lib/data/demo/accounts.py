"""The demo company's customers and prospects: how many lie where, since when, and their names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from salesops_lib.data.demo import catalog
from salesops_lib.data.demo.arrow import numbered, pick
from salesops_lib.data.demo.people import Staff, territories
from salesops_lib.data.demo.worktime import DAY, Array, WorkTime, stream

DEALS_PER_ACCOUNT = 8
FEWEST = 12
ON_FILE_AT_START = 0.6


@dataclass(frozen=True)
class Accounts:
    """Accounts numbered by pool; a pool is a territory and a segment, in it the oldest account comes first."""

    clock: WorkTime
    size: Array
    seed: int

    @cached_property
    def first(self) -> Array:
        """The number of each pool's first account."""
        return np.concatenate([[0], np.cumsum(self.size)[:-1]])

    @cached_property
    def pool(self) -> Array:
        """The pool of every account."""
        return np.repeat(np.arange(len(self.size)), self.size)

    def choose(self, rng: np.random.Generator, staff: Staff, rep: Array, day: Array) -> Array:
        """An account for each new deal: of the rep's territory and segment, on file by that day."""
        pool = staff.territory[rep] * len(catalog.SEGMENTS) + staff.segment[rep]
        since = np.clip((day - self.clock.first_day) / (self.clock.end_day - self.clock.first_day), 0, 1)
        known = self.size[pool] * (ON_FILE_AT_START + (1 - ON_FILE_AT_START) * since)
        chosen: Array = self.first[pool] + (rng.random(len(rep)) * known).astype(np.int64)
        return chosen

    @cached_property
    def created(self) -> Array:
        """When each account came on file (datetime64[s]): before it can be chosen."""
        rng = stream(self.seed, "accounts")
        rank = (np.arange(len(self.pool)) - self.first[self.pool]) / self.size[self.pool]
        fresh = np.clip((rank - ON_FILE_AT_START) / (1 - ON_FILE_AT_START), 0, 1)
        age = (rng.random(len(rank)) * 6 * 365 * 86400).astype("timedelta64[s]")
        begin = self.clock.first_day
        day = (begin + fresh * (self.clock.end_day - begin)).astype(np.int64) - 1
        old: Array = self.clock.days[:1].astype("datetime64[s]") - age
        return np.where(rank < ON_FILE_AT_START, old, self.clock.timestamps(day * DAY))

    @cached_property
    def names(self) -> pa.Array:
        """A name for every account; none twice."""
        words = (catalog.PLACE_WORDS, catalog.PLACE_ENDS, catalog.TRADES)
        every = len(words[0]) * len(words[1]) * len(words[2])
        # a step without a common factor with `every` visits each combination once, in no visible order
        number = np.arange(len(self.pool)) * 68_917 % every
        number, trade = np.divmod(number, len(words[2]))
        front, end = np.divmod(number, len(words[1]))
        round_ = np.arange(len(self.pool)) // every
        again = pick([f" {n + 1}" if n else "" for n in range(int(round_.max()) + 1)], round_)
        town = pc.binary_join_element_wise(pick(words[0], front), pick(words[1], end), "")
        return pc.binary_join_element_wise(town, " ", pick(words[2], trade), again, "")

    def ids(self, number: Array) -> pa.Array:
        """Account ids."""
        return numbered("AC-", number + 1, 6)

    def columns(self) -> dict[str, object]:
        """The table accounts."""
        rng = stream(self.seed, "industries")
        territory, segment = np.divmod(self.pool, len(catalog.SEGMENTS))
        number = np.arange(len(self.pool))
        return {
            "account_id": self.ids(number),
            "territory_id": pick([place.territory_id for place in territories()], territory),
            "name": self.names,
            "industry": pick(catalog.INDUSTRIES, rng.integers(len(catalog.INDUSTRIES), size=len(number))),
            "segment": pick(list(catalog.SEGMENTS), segment),
            "country": pick(["United States"], np.zeros(len(number), np.int64)),
            "created_at": self.created,
        }


def open_accounts(staff: Staff, opportunities: int, seed: int) -> Accounts:
    """As many accounts as the deals need, spread over the pools by the deals expected there."""
    pools = len(territories()) * len(catalog.SEGMENTS)
    pool = staff.territory * len(catalog.SEGMENTS) + staff.segment
    share = np.bincount(pool, weights=staff.finds.sum(0), minlength=pools)
    size = np.maximum(share / share.sum() * opportunities / DEALS_PER_ACCOUNT, FEWEST).astype(np.int64)
    return Accounts(staff.clock, size, seed)
