"""The demo's activities: calls, e-mails, meetings, visits and quotes on deals and leads, and paperwork."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from salesops_lib.data.demo.arrow import numbered, pick
from salesops_lib.data.demo.deals import Deals
from salesops_lib.data.demo.leads import Leads, lead_ids
from salesops_lib.data.demo.opportunities import State, deal_ids
from salesops_lib.data.demo.people import Staff
from salesops_lib.data.demo.worktime import DAY, Array, stream

ON_DEALS, ON_LEADS = 0.62, 0.26
CONTACTS = 4

# type -> customer-facing, median minutes, share on deals, share on leads, outcomes
TYPES: dict[str, tuple[bool, float, float, float, tuple[str, ...]]] = {
    "call": (True, 9, 0.30, 0.46, ("connected", "no answer", "voicemail", "meeting booked")),
    "email": (False, 6, 0.34, 0.48, ("sent", "replied", "sent", "meeting booked")),
    "meeting": (True, 40, 0.18, 0.06, ("held", "held", "moved", "no show")),
    "visit": (True, 75, 0.06, 0.00, ("held", "held", "demonstration", "not there")),
    "quote": (False, 25, 0.12, 0.00, ("sent", "sent", "revised", "accepted")),
    "admin": (False, 22, 0.00, 0.00, ("done", "done", "done", "done")),
}
OUTCOME_SHARES = (0.46, 0.24, 0.18, 0.12)


def activity_columns(
    seed: int, block: int, staff: Staff, deals: Deals, now: State, leads: Leads, first: int, n: int
) -> dict[str, object]:
    """The table activities: n of them on a block of deals and leads, in the order of time."""
    clock = staff.clock
    rng = stream(seed, "activities", block)
    kind = rng.random(n)
    deal = np.where(kind < ON_DEALS, rng.integers(0, max(len(deals), 1), n), -1)
    lead = np.full(n, -1)
    if len(leads.number):
        on_lead = (kind >= ON_DEALS) & (kind < ON_DEALS + ON_LEADS)
        lead = np.where(on_lead, rng.integers(0, len(leads.number), n), -1)
    rep, begin, stop = _who_and_when(staff, deals, now, leads, deal, lead, rng)
    moment = begin + (rng.random(n) * np.maximum(stop - begin, 1)).astype(np.int64)
    order = np.argsort(moment, kind="stable")
    deal, lead, rep, moment = deal[order], lead[order], rep[order], moment[order]

    rows = list(TYPES.values())
    kinds = np.full(n, len(rows) - 1)
    for place, share in ((deal, 2), (lead, 3)):
        steps = np.cumsum([row[share] for row in rows])[:-1]
        kinds = np.where(place >= 0, np.searchsorted(steps, rng.random(n) * 0.9999, side="right"), kinds)
    minutes = np.exp(rng.normal(np.log(np.array([row[1] for row in rows]))[kinds], 0.5))
    outcome = np.searchsorted(np.cumsum(OUTCOME_SHARES)[:-1], rng.random(n), side="right")
    contact = np.where(deal >= 0, deals.account[np.maximum(deal, 0)] * CONTACTS + rng.integers(0, CONTACTS, n), -1)
    return {
        "activity_id": numbered("AT-", first + 1 + np.arange(n), 9),
        "rep_id": pick(staff.rep_id, staff.owner(rep, moment)),
        "opportunity_id": pick(deal_ids(deals.number), deal),
        "lead_id": pick(lead_ids(leads.number), lead),
        "contact_id": _contacts(contact, leads, lead),
        "type": pick(list(TYPES), kinds),
        "outcome": pick([text for row in rows for text in row[4]], kinds * len(OUTCOME_SHARES) + outcome),
        "happened_at": clock.timestamps(moment),
        "minutes": np.maximum(np.rint(minutes), 1).astype(np.int64),
        "customer_facing": np.array([row[0] for row in rows])[kinds],
    }


def _who_and_when(
    staff: Staff, deals: Deals, now: State, leads: Leads, deal: Array, lead: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Who does each activity, and the time within which it happens."""
    clock = staff.clock
    n = len(deal)
    # who has neither deal nor lead in hand does paperwork, between hiring and leaving
    rep = rng.integers(0, len(staff), n)
    began = np.maximum(staff.hired * DAY, clock.first_moment)
    ended = np.maximum(np.minimum(staff.left.astype(np.int64) * DAY, clock.end_moment), began + 1)
    begin, stop = began[rep], ended[rep]
    rep = np.where(deal >= 0, deals.rep[deal], rep)
    begin = np.where(deal >= 0, np.maximum(deals.created, clock.first_moment)[deal], begin)
    stop = np.where(deal >= 0, now.until[deal], stop)
    if len(leads.number):
        rep = np.where(lead >= 0, leads.rep[lead], rep)
        begin = np.where(lead >= 0, leads.created[lead], begin)
        stop = np.where(lead >= 0, leads.until[lead], stop)
    return rep, begin, stop


def _contacts(contact: Array, leads: Leads, lead: Array) -> pa.Array:
    """The person: one of several at the deal's account, or the one behind the lead."""
    people = numbered("CT-", np.maximum(contact, 0), 8)
    behind = numbered("CL-", leads.number + 1, 8)
    of_lead = pick(behind, lead)
    chosen = pick(people, np.where(contact >= 0, np.arange(len(contact)), -1))
    return pa.compute.coalesce(chosen, of_lead)
