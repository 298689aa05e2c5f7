"""A company whose deals are won and lost at known daily rates, on every day of the week alike."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from small import LOST, WON, deal, told

from salesops_lib.data.book import Book

FIRST = date(2021, 1, 1)
MEAN_AMOUNT = 100 * float(np.exp(0.5**2 / 2))


def company(
    as_of: str, per_day: float, winning: float, losing: float, seed: int, sources: tuple[str, ...] = ("Web",)
) -> Book:
    """New deals every day, each won or lost at constant daily rates; with its whole history."""
    rng = np.random.default_rng(seed)
    last = date.fromisoformat(as_of)
    rows: list[dict[str, Any]] = []
    for ago in range((last - FIRST).days + 1):
        day = FIRST + timedelta(days=ago)
        for _ in range(rng.poisson(per_day)):
            amount = round(float(100 * np.exp(rng.normal(0, 0.5))), 2)
            states: list[tuple[Any, ...]] = [(day.isoformat(), "Lead", amount)]
            closed = day + timedelta(days=int(rng.geometric(winning + losing)))
            won = rng.random() < winning / (winning + losing)
            if closed <= last:
                states.append((closed.isoformat(), WON if won else LOST, amount))
            source = sources[rng.integers(len(sources))]
            rows.append(deal(len(rows), day.isoformat(), *states, rep_id="r1", lead_source=source))
    return told(as_of, rows)
