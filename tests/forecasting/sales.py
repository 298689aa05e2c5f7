"""Companies that sell the same way every year: a few reps in teams and regions, one deal a month each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from small import WON, book_of, deal

from salesops_lib.data.book import Book

# Rep, team, territory.
REPS = (("r1", "A", "t1"), ("r2", "A", "t1"), ("r3", "B", "t1"), ("r4", "C", "t2"))
TERRITORIES = [
    {"territory_id": "t1", "name": "One", "region": "North"},
    {"territory_id": "t2", "name": "Two", "region": "South"},
]


def sales(first: str, last: str, reps: Sequence[str] = ("r1", "r2", "r3", "r4"), seed: int = 0) -> list[dict[str, Any]]:
    """A deal won by each rep in the middle of each month, larger in December."""
    rng = np.random.default_rng(seed)
    rows = []
    for month in pd.period_range(first, last, freq="M"):
        for rep in reps:
            amount = 100 * (1 + int(rep[1:])) * (2 if month.month == 12 else 1) * np.exp(0.1 * rng.normal())
            rows.append(won(f"{month}-15", round(float(amount), 2), rep, number=f"{rep}-{month}"))
    return rows


def won(day: str, amount: float | None, rep: str | None, number: str | None = None, **more: Any) -> dict[str, Any]:
    """A deal that was won on a day."""
    return deal(number or f"{day}-{rep}-{amount}", day, (day, WON, amount), rep_id=rep, **more)


def company(
    as_of: str, deals: Sequence[Mapping[str, Any]], left: Mapping[str, str] | None = None, **settings: Any
) -> Book:
    """A book of deals, with the reps and the territories of `REPS`."""
    reps = [
        {
            "rep_id": rep,
            "name": rep.upper(),
            "team": team,
            "territory_id": territory,
            "hired_on": "2015-01-01",
            "left_on": (left or {}).get(rep),
        }
        for rep, team, territory in REPS
    ]
    return book_of(as_of, company=settings, opportunities=deals, reps=reps, territories=TERRITORIES)
