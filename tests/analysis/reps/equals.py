"""Simulated companies of equal reps: each quarter of one long book is a company of its own."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from salesops_lib.data.book import Book
from tests.small import book_of

REPS = 40
DEALS = 50
WIN_RATE = 0.4
BETTER_DEALS = 150
FIRST_YEAR = 1950


def quarters(n: int) -> list[str]:
    """The names of the first n simulated quarters."""
    return [f"{FIRST_YEAR + i // 4}Q{i % 4 + 1}" for i in range(n)]


def company(n: int, seed: int, better: float = 0.0) -> Book:
    """A book of n quarters in which 40 reps close about 50 deals each, all with the same chances.

    With `better`, rep R-00 closes 150 deals a quarter and wins so much more often (in points, 0-1).
    """
    rng = np.random.default_rng(seed)
    deals, quotas = [], []
    for i, _quarter in enumerate(quarters(n)):
        year, month = FIRST_YEAR + i // 4, 3 * (i % 4) + 1
        start = date(year, month, 1)
        counts = rng.poisson(DEALS, REPS)
        counts[0] = BETTER_DEALS if better else counts[0]
        for rep, count in enumerate(counts):
            chance = WIN_RATE + better * (rep == 0)
            won, amounts = rng.random(count) < chance, np.exp(rng.normal(9, 0.8, count)).round(2)
            days, cycles = rng.integers(0, 90, count), rng.integers(5, 90, count)
            for number in range(count):
                closed = start + timedelta(days=int(days[number]))
                deals.append(
                    {
                        "opportunity_id": f"{i}-{rep}-{number}",
                        "rep_id": f"R-{rep:02d}",
                        "created_at": (closed - timedelta(days=int(cycles[number]))).isoformat(),
                        "closed_at": closed.isoformat(),
                        "close_date": closed.isoformat(),
                        "stage": "Won" if won[number] else "Lost",
                        "amount": float(amounts[number]),
                    }
                )
        end = date(year + month // 12, (month + 3) % 12 if month < 10 else 1, 1) - timedelta(days=1)
        quotas += [
            {"rep_id": f"R-{rep:02d}", "period_start": start, "period_end": end, "quota": 300_000}
            for rep in range(REPS)
        ]
    reps = [{"rep_id": f"R-{rep:02d}", "name": f"Rep {rep:02d}", "hired_on": date(1940, 1, 1)} for rep in range(REPS)]
    return book_of("2026-06-30", opportunities=deals, quotas=quotas, reps=reps)
