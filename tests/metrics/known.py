"""What was known of a company's deals on a day, by walking through every change of every deal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from small import LOST, OPEN, WON, Row

from salesops_lib.periods import Period

STAGES = [*OPEN, WON]


@dataclass(frozen=True)
class State:
    """What is known of a deal before a moment."""

    deal: Row
    events: Sequence[tuple[datetime, str, float | None, Any]]

    @property
    def stage(self) -> str:
        return str(self.events[-1][1])

    @property
    def amount(self) -> float | None:
        return self.events[-1][2]

    @property
    def due(self) -> date | None:
        last = self.events[-1][3]
        return date.fromisoformat(str(last)) if last else None

    def reached(self, place: int) -> datetime | None:
        """When it first came to a stage of the sales process or beyond; won lies beyond all open ones."""
        for at, stage, *_ in self.events:
            if stage in STAGES and STAGES.index(stage) >= place:
                return at
        return None

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN

    @property
    def closed(self) -> datetime | None:
        """When it last turned from open to closed; None while it is open."""
        if self.is_open:
            return None
        at = self.events[-1][0]
        for when, stage, *_ in reversed(self.events):
            if stage in OPEN:
                break
            at = when
        return at

    def before(self, moment: datetime) -> State | None:
        known = [event for event in self.events if event[0] < moment]
        return State(self.deal, known) if known else None


@dataclass(frozen=True)
class Company:
    """Plain rows of one company or of one group of it, as of a day."""

    as_of: date
    deals: Sequence[Row]
    quotas: Sequence[Row] = ()
    forecasts: Sequence[Row] = ()
    reps: Sequence[Row] = ()
    leads: Sequence[Row] = ()
    activities: Sequence[Row] = ()
    accounts: Sequence[Row] = ()
    territories: Sequence[Row] = ()
    tools: Sequence[Row] = ()
    target: float | None = None
    cancellation_days: int = 30
    whole: Company | None = None
    key: Callable[[str | None], str] = str
    name: str = ""

    @property
    def everyone(self) -> Company:
        """The company that a group is a part of."""
        return self.whole or self

    @property
    def states(self) -> list[State]:
        found = [State(deal, deal["_path"]).before(midnight(self.as_of)) for deal in self.deals]
        return [state for state in found if state]

    def group(self, key: Callable[[str | None], str], name: str) -> Company:
        tables = ("deals", "quotas", "forecasts", "leads", "activities")
        mine = {table: [row for row in getattr(self, table) if key(row["rep_id"]) == name] for table in tables}
        return replace(self, **mine, whole=self.everyone, key=key, name=name)

    def closed_in(self, period: Period) -> list[State]:
        return [s for s in self.states if s.closed and s.closed.date() in period]

    def won_in(self, period: Period) -> list[State]:
        return [s for s in self.closed_in(period) if s.stage == WON]

    def lost_in(self, period: Period) -> list[State]:
        return [s for s in self.closed_in(period) if s.stage == LOST]

    def open_at(self, day: date) -> list[State]:
        found = [state.before(midnight(day)) for state in self.states]
        return [state for state in found if state and state.is_open]


def midnight(day: date) -> datetime:
    """The first moment after a day."""
    return datetime(day.year, day.month, day.day) + timedelta(days=1)
