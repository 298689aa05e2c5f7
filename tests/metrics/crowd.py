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
    reps += [{"rep_id": "idle", "name": "No Deals", "team": "West", "hired_on": date(2026, 5, 1)}]
    history = history_of(rows)
    order = rng.permutation(len(rows))
    return {
        "opportunities": [rows[i] for i in order],
        "opportunity_history": history,
        "reps": reps,
        "quotas": quotas,
        "forecasts": forecasts,
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
        "list_amount": round(amount * float(rng.uniform(1, 1.3)), 2),
    }
