"""The demo's leads: those that became deals, those that did not, how fast they were answered and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from salesops_lib.data.demo import catalog
from salesops_lib.data.demo.arrow import numbered, pick
from salesops_lib.data.demo.deals import Deals, schedule
from salesops_lib.data.demo.opportunities import deal_ids
from salesops_lib.data.demo.people import Staff
from salesops_lib.data.demo.truths import POOR_SOURCE, Planted
from salesops_lib.data.demo.worktime import DAY, Array, stream

FROM_LEADS = 0.7
CONVERSION = 0.4
POOR_CONVERSION = CONVERSION / 3
UNFAIR = 0.06
AUTOMATIC = 0.12
UNANSWERED = 0.10
MEDIAN_RESPONSE = DAY // 3


def sources(seed: int, block: int, n: int) -> Array:
    """The source of each deal of a block."""
    share = np.array([row[0] for row in catalog.SOURCES.values()])
    return stream(seed, "sources", block).choice(len(share), n, p=share / share.sum())


@dataclass(frozen=True)
class Idle:
    """Leads that never become deals: the day each arrives, the rep who gets it, its source; by day."""

    day: Array
    rep: Array
    source: Array


def idle_leads(seed: int, staff: Staff, planted: Planted, deals: float) -> Idle:
    """Hand out the leads that lead nowhere so that all leads together are fair: the same per rep and working day.

    Parameters
    ----------
    deals
        Deals expected per unit of `Staff.finds`.
    """
    clock = staff.clock
    begin, stop = clock.first_day, clock.end_day
    converted = staff.finds[begin:stop] * deals * FROM_LEADS
    present = staff.present[begin:stop]
    usual = present * (converted.sum(1) / present.sum(1).clip(1))[:, None]
    fair = np.clip(usual / CONVERSION - converted, 0, None)
    poor = list(catalog.SOURCES).index(POOR_SOURCE)
    share = np.array([row[0] for row in catalog.SOURCES.values()])
    extra = usual * share[poor] * (1 / POOR_CONVERSION - 1 / CONVERSION)
    parts = []
    for name, weights, only in (("idle leads", fair, None), ("poor leads", extra, poor)):
        if only is not None and planted.poor_source is None:
            continue
        total = round(weights.sum())
        handed = weights.copy()
        if planted.unfair_rep is not None:
            handed[:, planted.unfair_rep] *= UNFAIR
        rng = stream(seed, name)
        day, rep = schedule(rng, handed, total)
        source = rng.choice(len(share), total, p=share / share.sum()) if only is None else np.full(total, only)
        parts.append((day + begin, rep, source))
    day, rep, source = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(day, kind="stable")
    return Idle(day[order], rep[order], source[order].astype(np.int8))


def lead_ids(number: Array) -> pa.Array:
    """Ids of leads."""
    return numbered("LD-", number + 1, 8)


@dataclass(frozen=True)
class Leads:
    """A block of leads; deal is the position in the block of deals, or -1."""

    number: Array
    rep: Array
    source: Array
    created: Array
    deal: Array
    converted: Array
    until: Array  # as long as somebody may work on it


def gather(seed: int, block: int, staff: Staff, deals: Deals, source: Array, idle: Idle, first: int) -> Leads:
    """The leads of a block: one for most of its deals, some days before, and its share of the idle ones.

    Deals that begin after the export's end have their leads, too: those are still waiting.
    """
    clock = staff.clock
    rng = stream(seed, "leads", block)
    lead_time = (np.exp(rng.normal(np.log(4), 0.9, len(deals))) * DAY).astype(np.int64) + 1800
    begun = deals.created - lead_time
    earliest = np.maximum(staff.hired[deals.rep] * DAY, clock.first_moment)
    has = (rng.random(len(deals)) < FROM_LEADS) & (begun >= earliest) & (begun < clock.end_moment)
    deal = np.flatnonzero(has)
    n = len(idle.day)
    created = np.concatenate([begun[deal], idle.day.astype(np.int64) * DAY + rng.integers(0, DAY, n)])
    converted = np.concatenate([deals.created[deal], np.full(n, clock.end_moment)])
    given_up = created + rng.integers(DAY, 15 * DAY, len(created))
    order = np.argsort(created, kind="stable")
    known = converted < clock.end_moment
    return Leads(
        number=first + np.arange(len(order)),
        rep=np.concatenate([deals.rep[deal], idle.rep])[order],
        source=np.concatenate([source[deal], idle.source])[order],
        created=created[order],
        deal=np.where(known, np.concatenate([deal, np.full(n, -1)]), -1)[order],
        converted=np.where(known, converted, -1)[order],
        until=np.minimum(np.where(known, converted, given_up), clock.end_moment)[order],
    )


def lead_columns(
    seed: int, block: int, staff: Staff, planted: Planted, deals: Deals, leads: Leads
) -> dict[str, object]:
    """The table leads."""
    clock = staff.clock
    rng = stream(seed, "responses", block)
    n = len(leads.number)
    became = leads.deal >= 0
    automatic = rng.random(n) < AUTOMATIC
    wait = np.exp(rng.normal(np.log(MEDIAN_RESPONSE), 1.1, n))
    wait = np.where(automatic, rng.integers(20, 120, n), np.maximum(wait, 180)).astype(np.int64)
    # a deal cannot begin before its lead was answered
    answer = leads.created + np.where(became, np.minimum(wait, (leads.converted - leads.created) // 2), wait)
    answered = (became | (rng.random(n) >= UNANSWERED)) & (answer < clock.end_moment)
    never = np.datetime64("NaT", "s")
    cost = np.array([row[1] for row in catalog.SOURCES.values()])
    if planted.poor_source:
        cost[list(catalog.SOURCES).index(planted.poor_source)] = catalog.EVENT_COST
    score = np.clip(np.rint(rng.normal(np.where(became, 62, 46), 14, n)), 0, 100).astype(np.int64)
    opportunity = deal_ids(np.where(became, deals.number[np.maximum(leads.deal, 0)], 0))
    return {
        "lead_id": lead_ids(leads.number),
        "rep_id": pick(staff.rep_id, leads.rep),
        "opportunity_id": pick(opportunity, np.where(became, np.arange(n), -1)),
        "lead_source": pick(list(catalog.SOURCES), leads.source),
        "created_at": clock.timestamps(leads.created),
        "first_response_at": np.where(answered, clock.timestamps(answer), never),
        "converted_at": np.where(became, clock.timestamps(np.maximum(leads.converted, 0)), never),
        "response_automatic": pa.array(automatic, mask=~answered),
        "score": score,
        "cost": np.rint(cost[leads.source] * rng.uniform(0.7, 1.3, n)).astype(np.int64),
    }
