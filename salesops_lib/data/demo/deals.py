"""How the demo's deals go: when each begins, which stages it passes, when and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesops_lib.data.demo import catalog
from salesops_lib.data.demo.accounts import Accounts
from salesops_lib.data.demo.people import Staff
from salesops_lib.data.demo.truths import (
    BAD_WEEK_LOSES,
    BAD_WEEK_REGION,
    LEAK,
    LEAKING_STAGE,
    Planted,
    pass_rates,
)
from salesops_lib.data.demo.worktime import DAY, Array, stream

CYCLE_DAYS = 30
CYCLE_SPREAD = 0.45
LONGEST_DAYS = 180
STAGE_TIME = (3.2, 2.6, 2.6, 1.6)
SKIPS = 0.15
STEPS_BACK = 0.05
RE_OPENS = 0.012
RUSH = 0.27
RUSH_DAYS = 10


@dataclass(frozen=True)
class Deals:
    """A block of deals: moments in working seconds, stages as codes; the end may lie after the export's last day."""

    number: Array
    rep: Array
    account: Array
    created: Array
    entered: Array  # (deal, stage): when the stage begins; a stage that was skipped or not reached: -1
    last: Array  # the last stage before the end
    closed: Array
    won: Array
    back: Array  # goes back a stage in between
    re_opened: Array  # is lost in between, and opened again
    away: Array  # (deal, 2): when it goes back or is lost in between, and when it returns

    def __len__(self) -> int:
        return len(self.number)


def walk(
    seed: int, block: int, staff: Staff, planted: Planted, accounts: Accounts, number: Array, cell: tuple[Array, Array]
) -> Deals:
    """Let a block of deals run: the times do not depend on who sells, and the outcome not on when, but for the truths.

    Each purpose has its own random numbers, drawn for every deal: a truth switched off changes no other deal.
    """
    n, stages = len(number), len(catalog.STAGES)
    day, rep = cell
    rng = stream(seed, "times", block)
    created = day * DAY + rng.integers(60, DAY // 2, n)
    cycle = np.array([row[3] for row in catalog.SEGMENTS.values()])[staff.segment[rep]] * CYCLE_DAYS
    total = np.clip(cycle * np.exp(rng.normal(0, CYCLE_SPREAD, n)), 1, LONGEST_DAYS) * DAY
    parts = rng.standard_gamma(np.array(STAGE_TIME) * 1.5, (n, stages)) + 0.02
    spans = total[:, None] * parts / parts.sum(1, keepdims=True)

    rng = stream(seed, "outcomes", block)
    passes = rng.random((n, stages)) < pass_rates(planted, rep)
    skipped = np.zeros((n, stages), bool)
    skipped[np.arange(n), rng.integers(1, stages, n)] = rng.random(n) < SKIPS
    skipped &= passes
    spans[skipped] = 0
    entered = created[:, None] + np.concatenate([np.zeros((n, 1)), np.cumsum(spans, 1)[:, :-1]], 1).astype(np.int64)
    leaks = rng.random(n) < LEAK
    if planted.leaking:
        at = entered[:, LEAKING_STAGE]
        inside = (at >= planted.leaking[0]) & (at < planted.leaking[1])
        passes[:, LEAKING_STAGE] &= ~(leaks & inside & ~skipped[:, LEAKING_STAGE])
    won: Array = np.all(passes, 1)
    last = np.where(won, stages - 1, passes.argmin(1))
    visited = (np.arange(stages) <= last[:, None]) & ~skipped
    last = stages - 1 - visited[:, ::-1].argmax(1)

    rng = stream(seed, "detours", block)
    detour = rng.random(n)
    back = (detour < STEPS_BACK) & (last > 0)
    re_opened = (detour >= STEPS_BACK) & (detour < STEPS_BACK + RE_OPENS)
    span = np.take_along_axis(spans, last[:, None], 1)[:, 0]
    pause = np.where(re_opened, rng.uniform(15, 50, n) * DAY, 0)
    begin = np.take_along_axis(entered, last[:, None], 1)[:, 0]
    closed = _rush(staff, stream(seed, "rush", block), begin + (span + pause).astype(np.int64) + 300)
    share = np.where(re_opened, 0.5, rng.uniform(0.2, 0.4, n))
    leaves = begin + (span * share).astype(np.int64)
    returns = np.where(re_opened, leaves + pause.astype(np.int64), leaves + (span * 0.3).astype(np.int64))

    unlucky = stream(seed, "bad week", block).random(n) < BAD_WEEK_LOSES
    if planted.bad_week:
        there = np.array([region == BAD_WEEK_REGION for region in staff.region])[rep]
        then = (closed >= planted.bad_week[0]) & (closed < planted.bad_week[1])
        won = won & ~(unlucky & there & then)
    return Deals(
        number=number,
        rep=rep,
        account=accounts.choose(stream(seed, "account choice", block), staff, rep, day),
        created=created,
        entered=np.where(visited, entered, -1),
        last=last,
        closed=closed,
        won=won,
        back=back,
        re_opened=re_opened,
        away=np.stack([leaves, returns], 1),
    )


def _rush(staff: Staff, rng: np.random.Generator, closed: Array) -> Array:
    """Put off some closings to the last two weeks of their quarter, won and lost alike."""
    day, second = np.divmod(closed, DAY)
    after = staff.clock.quarter_next[np.minimum(day, len(staff.clock.days) - 1)]
    late = after - 1 - (rng.random(len(closed)) ** 1.5 * RUSH_DAYS).astype(np.int64)
    moves = (rng.random(len(closed)) < RUSH) & (late > day)
    return np.where(moves, late, day) * DAY + second


def schedule(rng: np.random.Generator, weights: Array, total: int) -> tuple[Array, Array]:
    """Spread a number of beginnings over (day, rep) by weight: the days in order, and the reps."""
    counts = rng.multinomial(total, weights.ravel() / weights.sum())
    cell = np.repeat(np.arange(weights.size, dtype=np.int32), counts)
    return cell // weights.shape[1], cell % weights.shape[1]
