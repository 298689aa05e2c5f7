"""A company of some hundred seeded deals: enough that every metric has a value and an interval."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from small import LOST, OPEN, WON, deal, history_of

START, DAYS = date(2025, 7, 1), 364
REPS = [f"r{number}" for number in range(8)]


def tables(seed: int = 1, deals: int = 400) -> dict[str, list[dict[str, Any]]]:
    """The rows of the crowd by table."""
    rng = np.random.default_rng(seed)
    rows = [_deal(rng, number) for number in range(deals)]
    quarters = [(date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30))]
    quotas = [
        {"rep_id": rep, "period_start": start, "period_end": end, "quota": float(rng.integers(5, 60) * 100)}
        for rep in REPS[:6]
        for start, end in quarters
    ]
    forecasts = [
        {
            "rep_id": row["rep_id"],
            "period_start": row["period_start"],
            "period_end": row["period_end"],
            "submitted_at": datetime.combine(row["period_end"] - timedelta(days=45), time(9)),
            "category": "commit",
            "amount": float(rng.integers(1, 90) * 100),
        }
        for row in quotas
    ]
    reps = [{"rep_id": rep, "name": f"Rep {rep}", "team": ["North", "South"][i % 2]} for i, rep in enumerate(REPS)]
    reps[-1]["hired_on"] = date(2026, 1, 15)
    reps += [{"rep_id": "idle", "name": "No Deals", "team": "West", "hired_on": date(2026, 5, 1)}]
    history = history_of(rows)
    order = rng.permutation(len(rows))
    months = [date(2026, month, 1) for month in range(1, 7)]
    counts = {"licensed_users": 9, "active_users": 6, "monthly_cost": 120.0}
    return {
        "opportunities": [rows[i] for i in order],
        "opportunity_history": history,
        "reps": reps,
        "quotas": quotas,
        "forecasts": forecasts,
        "leads": [_lead(rng, number) for number in range(300)],
        "activities": [_activity(rng, number) for number in range(600)],
        "territories": [{"territory_id": "t1", "addressable_accounts": 200}],
        "accounts": [{"account_id": f"a{number}", "territory_id": "t1"} for number in range(40)],
        "tools": [{"tool_id": tool, "month": month, **counts} for tool in ("crm", "mail") for month in months],
    }


def _lead(rng: np.random.Generator, number: int) -> dict[str, Any]:
    created = datetime.combine(START, time()) + timedelta(seconds=int(rng.integers(0, DAYS * 86400)))
    wait = timedelta(hours=float(rng.lognormal(1, 1)))
    return {
        "lead_id": f"L{number}",
        "rep_id": None if number % 40 == 0 else str(rng.choice(REPS)),
        "opportunity_id": str(number) if number % 2 else None,
        "lead_source": [None, "Web", "Event"][number % 3],
        "created_at": created,
        "first_response_at": created + wait if number % 7 else None,
        "response_automatic": number % 11 == 0 if number % 7 else None,
        "cost": round(float(rng.uniform(5, 90)), 2),
    }


def _activity(rng: np.random.Generator, number: int) -> dict[str, Any]:
    outcomes = {"quote": ["sent", "sent", "accepted"], "call": ["meeting booked", "voicemail"], "meeting": ["held"]}
    kind = str(rng.choice(list(outcomes)))
    return {
        "activity_id": f"A{number}",
        "rep_id": "ghost" if number % 41 == 0 else str(rng.choice(REPS)),
        "opportunity_id": str(rng.integers(0, 20)),
        "type": kind,
        "outcome": str(rng.choice(outcomes[kind])),
        "happened_at": datetime.combine(START, time(10)) + timedelta(days=int(rng.integers(0, DAYS))),
        "minutes": float(rng.integers(1, 60)),
        "customer_facing": kind != "quote",
    }


def _deal(rng: np.random.Generator, number: int) -> dict[str, Any]:
    when = START + timedelta(days=int(rng.integers(0, DAYS)))
    amount = round(float(rng.lognormal(6, 1)), 2)
    created, path = when, []
    for stage in [*OPEN, rng.choice([WON, LOST])]:
        if when > date(2026, 6, 30):
            break
        due = when + timedelta(days=int(rng.integers(10, 90)))
        path.append((datetime.combine(when, time(len(path) + 1)), str(stage), amount, due.isoformat()))
        when += timedelta(days=int(rng.integers(1, 40)))
    return deal(number, created.isoformat(), *path) | {
        "rep_id": None if number % 40 == 0 else "ghost" if number % 41 == 0 else str(rng.choice(REPS)),
        "lead_source": [None, "Web", "Event"][number % 3],
        "account_id": f"a{number % 50}",
        "list_amount": round(amount * float(rng.uniform(1, 1.3)), 2),
    }
