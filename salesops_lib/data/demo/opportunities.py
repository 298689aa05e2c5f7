"""The demo's opportunities and their history: every change of a deal, and how it stands when the export is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from salesops_lib.data.demo import catalog
from salesops_lib.data.demo.accounts import Accounts
from salesops_lib.data.demo.arrow import numbered, pick
from salesops_lib.data.demo.deals import Deals
from salesops_lib.data.demo.people import Staff
from salesops_lib.data.demo.worktime import DAY, Array, WorkTime, stream

ABSENT = np.iinfo(np.int64).max
PUSHED_ONCE, PUSHED_TWICE, PULLED_IN = 0.25, 0.10, 0.10
DEAL_SPREAD = 0.6
CANCELS = 0.03
CORRECTS = 0.04


@dataclass(frozen=True)
class Terms:
    """What is sold and for how much, per deal: whole dollars."""

    product: Array
    list_amount: Array
    first_amount: Array
    amount: Array
    changed: Array  # when the amount changes on the way, ABSENT if it does not


def terms(seed: int, block: int, staff: Staff, deals: Deals) -> Terms:
    """Draw product, quantity and discount of a block of deals."""
    rng = stream(seed, "terms", block)
    n = len(deals)
    share = np.array([row[3] for row in catalog.PRODUCTS])
    product = rng.choice(len(share), n, p=share / share.sum())
    price = np.array([row[2] for row in catalog.PRODUCTS])[product]
    middle = np.array([row[2] for row in catalog.SEGMENTS.values()])[staff.segment[deals.rep]]
    size = middle * np.array([row[4] for row in catalog.PRODUCTS])[product] * np.exp(rng.normal(0, DEAL_SPREAD, n))
    list_amount = price * np.maximum(np.rint(size / price), 1).astype(np.int64)
    discount = np.where(rng.random(n) < 0.4, 0, rng.beta(2, 14, n))
    amount = np.maximum(np.rint(list_amount * (1 - discount)), 1).astype(np.int64)
    first = np.minimum(np.rint(amount * np.exp(rng.normal(0, 0.2, n))), list_amount).astype(np.int64)
    moment = deals.created + (rng.uniform(0.2, 0.9, n) * (deals.closed - deals.created)).astype(np.int64)
    moves = rng.random(n) < 0.45
    return Terms(
        product, list_amount, np.where(moves, np.maximum(first, 1), amount), amount, np.where(moves, moment, ABSENT)
    )


def expected_dates(seed: int, block: int, clock: WorkTime, deals: Deals) -> tuple[Array, Array]:
    """(deal, 3): the expected close days in order, and from when each holds (ABSENT if never).

    Most deals are due a few days after they really end, often at the end of that month; a third is due too early at
    first and pushed, once or twice; some are due late and pulled in.
    """
    rng = stream(seed, "dates", block)
    n = len(deals)
    end = deals.closed // DAY
    due = end + rng.exponential(4, n).astype(np.int64)
    due = np.where(rng.random(n) < 0.4, clock.month_last[np.minimum(due, len(clock.days) - 1)], due)
    length = deals.closed - deals.created
    kind = rng.random(n)
    twice, once = kind < PUSHED_TWICE, (kind >= PUSHED_TWICE) & (kind < PUSHED_TWICE + PUSHED_ONCE)
    pulled = kind > 1 - PULLED_IN
    early = np.where(twice, rng.uniform(0.25, 0.45, n), rng.uniform(0.35, 0.85, n))
    middle = rng.uniform(0.6, 0.85, n)
    notice = rng.uniform(0.8, 1, (n, 2))
    first = np.where(once | twice, (deals.created + early * length) // DAY, due + pulled * rng.integers(8, 55, n))
    second = np.where(twice, (deals.created + middle * length) // DAY, due)
    change = np.where(pulled, rng.uniform(0.3, 0.9, n), early * notice[:, 0]) * length
    again = middle * notice[:, 1] * length
    moves = [once | twice | pulled, twice]
    later = [
        np.where(moved, deals.created + after.astype(np.int64), ABSENT)
        for moved, after in zip(moves, (change, again), strict=True)
    ]
    return np.stack([first, second, due], 1).astype(np.int64), np.stack([deals.created, *later], 1)


@dataclass(frozen=True)
class Changes:
    """The history of a block up to the end of the export: one entry per change, and the state after it."""

    deal: Array  # position in the block
    moment: Array
    stage: Array
    amount: Array
    due: Array  # working day
    is_last: Array  # the deal's last entry: its state in opportunities


def changes(clock: WorkTime, deals: Deals, money: Terms, dates: tuple[Array, Array]) -> Changes:
    """Bring all that happens to each deal into one order, and carry what does not change forward."""
    n, stages = len(deals), len(catalog.STAGES)
    away = deals.back | deals.re_opened
    before = _stage_before(deals)
    due_days, due_since = dates
    final_due = due_days[:, 2]
    paused = deals.re_opened[:, None] & (due_since >= deals.away[:, :1]) & (due_since <= deals.away[:, 1:])
    quiet = deals.re_opened & (money.changed >= deals.away[:, 0]) & (money.changed <= deals.away[:, 1])
    # each event: when, and the stage, amount and due day it sets (-1: leaves as is)
    none = np.full(n, -1, np.int64)
    end_stage = np.where(deals.won, catalog.WON_CODE, catalog.LOST_CODE)
    left_for = np.where(deals.re_opened, catalog.LOST_CODE, before)
    events: list[tuple[Array, Array, Array, Array]] = [(deals.created, none + 1, money.first_amount, due_days[:, 0])]
    for stage in range(1, stages):
        at = deals.entered[:, stage]
        events.append((np.where(at >= 0, at, ABSENT), none + 1 + stage, none, none))
    lost_day = np.where(deals.re_opened, deals.away[:, 0] // DAY, -1)
    back_due = np.where(deals.re_opened, final_due, -1)
    events.append((np.where(away, deals.away[:, 0], ABSENT), left_for, none, lost_day))
    events.append((np.where(away, deals.away[:, 1], ABSENT), deals.last, none, back_due))
    for step in (1, 2):
        events.append((np.where(paused[:, step], ABSENT, due_since[:, step]), none, none, due_days[:, step]))
    events.append((np.where(quiet, ABSENT, money.changed), none, money.amount, none))
    events.append((deals.closed, end_stage, money.amount, deals.closed // DAY))
    return _in_order(clock, *(np.stack(part, 1) for part in zip(*events, strict=True)))


def _stage_before(deals: Deals) -> Array:
    """The stage visited before the last one."""
    stages = deals.entered.shape[1]
    earlier = (deals.entered >= 0) & (np.arange(stages) < deals.last[:, None])
    return np.where(earlier.any(1), stages - 1 - earlier[:, ::-1].argmax(1), 0)


def _in_order(clock: WorkTime, when: Array, stage: Array, amount: Array, due: Array) -> Changes:
    order = np.argsort(when, 1, kind="stable")
    when, stage, amount, due = (np.take_along_axis(part, order, 1) for part in (when, stage, amount, due))
    deal, column = np.nonzero(when < clock.end_moment)
    moment = when[deal, column]
    # no two changes of a deal in the same second, or nobody could tell which came last
    far = deal * (1 << 40)
    moment = np.maximum.accumulate(moment + far - np.arange(len(deal))) + np.arange(len(deal)) - far
    stage, amount, due = (_carried(part[deal, column]) for part in (stage, amount, due))
    due = np.where(stage >= catalog.WON_CODE, moment // DAY, due)
    new = np.ones(len(deal), bool)
    new[1:] = deal[1:] != deal[:-1]
    for part in (stage, amount, due):
        new[1:] |= part[1:] != part[:-1]
    deal, moment, stage, amount, due = (part[new] for part in (deal, moment, stage, amount, due))
    is_last = np.ones(len(deal), bool)
    is_last[:-1] = deal[1:] != deal[:-1]
    return Changes(deal, moment, stage, amount, due, is_last)


def _carried(values: Array) -> Array:
    """Fill -1 with what stood there before; a deal's first entry sets everything."""
    known = np.where(values >= 0, np.arange(len(values)), 0)
    return values[np.maximum.accumulate(known)]


def deal_ids(number: Array) -> pa.Array:
    """Ids of deals."""
    return numbered("OP-", number + 1, 7)


def history_columns(clock: WorkTime, deals: Deals, log: Changes) -> dict[str, object]:
    """The table opportunity_history."""
    return {
        "opportunity_id": deal_ids(deals.number[log.deal]),
        "changed_at": clock.timestamps(log.moment),
        "stage": pick(catalog.STAGE_NAMES, log.stage),
        "amount": log.amount,
        "close_date": clock.dates(log.due),
        "forecast_category": pick(catalog.CATEGORIES, log.stage),
    }


@dataclass(frozen=True)
class State:
    """Each deal of a block as it stands when the export is made."""

    stage: Array
    amount: Array
    due: Array
    owner: Array
    until: Array  # when it was closed, or the export's end


def state(staff: Staff, deals: Deals, log: Changes) -> State:
    """The last entry of each deal's history; open deals of reps who left belong to their heirs."""
    stage = log.stage[log.is_last]
    until = np.where(stage >= catalog.WON_CODE, log.moment[log.is_last], staff.clock.end_moment)
    owner = staff.owner(deals.rep, until)
    return State(stage, log.amount[log.is_last], log.due[log.is_last], owner, until)


def opportunity_columns(
    seed: int, block: int, staff: Staff, accounts: Accounts, deals: Deals, money: Terms, now: State, source: Array
) -> dict[str, object]:
    """The table opportunities."""
    clock = staff.clock
    rng = stream(seed, "after", block)
    closed = now.stage >= catalog.WON_CODE
    won = now.stage == catalog.WON_CODE
    lost = now.stage == catalog.LOST_CODE
    when = clock.timestamps(now.until)
    cumulative = np.cumsum(np.array(catalog.LOSS_WEIGHTS), 1)
    reason = (rng.random(len(deals))[:, None] >= cumulative[deals.last] - 1e-9).sum(1)
    cancelled = now.until + rng.integers(5 * DAY, 78 * DAY, len(deals))
    cancels = (rng.random(len(deals)) < CANCELS) & won & (cancelled < clock.end_moment)
    never = np.datetime64("NaT", "s")
    products = [row[0] for row in catalog.PRODUCTS]
    title = pc.binary_join_element_wise(accounts.names.take(deals.account), " - ", pick(products, money.product), "")
    return {
        "opportunity_id": deal_ids(deals.number),
        "account_id": accounts.ids(deals.account),
        "rep_id": pick(staff.rep_id, now.owner),
        "product_id": numbered("P-", money.product + 1, 2),
        "name": title,
        "type": pick(["New business", "Expansion"], (rng.random(len(deals)) < 0.3).astype(np.int64)),
        "currency": pick(["USD"], np.zeros(len(deals), np.int64)),
        "stage": pick(catalog.STAGE_NAMES, now.stage),
        "forecast_category": pick(catalog.CATEGORIES, now.stage),
        "lead_source": pick(list(catalog.SOURCES), source),
        "loss_reason": pick(catalog.LOSS_REASONS, np.where(lost, reason, -1)),
        "amount": now.amount,
        "list_amount": money.list_amount,
        "probability": np.array(catalog.PROBABILITIES)[now.stage],
        "close_date": clock.dates(now.due),
        "created_at": clock.timestamps(deals.created),
        "closed_at": np.where(closed, when, never),
        "cancelled_at": np.where(cancels, clock.timestamps(cancelled), never),
        "corrected_at": _corrected(seed, block, clock, now),
        "is_closed": closed,
        "is_won": won,
    }


def _corrected(seed: int, block: int, clock: WorkTime, now: State) -> Array:
    """When the order was corrected (NaT: not so far): some days after it was won."""
    rng = stream(seed, "corrections", block)
    moment = now.until + rng.integers(DAY // 4, 20 * DAY, len(now.until))
    corrects = (rng.random(len(moment)) < CORRECTS) & (now.stage == catalog.WON_CODE) & (moment < clock.end_moment)
    return np.where(corrects, clock.timestamps(moment), np.datetime64("NaT", "s"))
