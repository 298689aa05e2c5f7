"""Shrunken win rates say more of the next quarter than the raw ones do."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesops_lib.analysis.reps.shrinkage import shrunk_shares
from salesops_lib.data.book import Book, open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.metrics import measure

MAVEN = Path(__file__).parents[2] / "data" / "companies" / "maven.yml"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "maven-crm"
Record = Callable[[str, object], None]


def errors(book: Book, quarters: str) -> tuple[float, float, int]:
    """Mean squared errors of the raw and of the shrunken rates of each quarter for the raw ones of the next."""
    frame = measure(book, "win_rate", quarters, by="rep", grain="quarter")
    frame = frame[(frame["n"] > 0) & ~frame["rep"].isin(["Unassigned", "Unknown"])]
    parts = []
    for _period, part in frame.groupby("period", sort=True):
        shrunk = shrunk_shares(part["numerator"].to_numpy(), part["n"].to_numpy())
        parts.append(part.assign(shrunk=shrunk["value"].to_numpy()).set_index("rep")[["value", "shrunk"]])
    pairs = pd.concat([a.join(b["value"].rename("next"), how="inner") for a, b in pairwise(parts)])
    raw, shrunk = (float(np.mean((pairs[name] - pairs["next"]) ** 2)) for name in ("value", "shrunk"))
    return raw, shrunk, len(pairs)


def hold(book: Book, quarters: str, name: str, record_property: Record) -> None:
    raw, shrunk, n = errors(book, quarters)
    record_property(
        "figure",
        f"next quarter's win rates, {name}: mean squared error {shrunk:.5f} shrunken, {raw:.5f} raw ({n} pairs)",
    )
    assert shrunk < raw


def test_on_the_demo_company(tmp_path: Path, record_property: Record) -> None:
    book = open_book(write_demo(tmp_path, activities=100, format="parquet"), "2026-09-30")
    hold(book, "2024Q1..2026Q3", "demo company", record_property)


def test_on_maven(record_property: Record) -> None:
    if not SHARED.exists():
        pytest.skip("needs ../shared/data/maven-crm, which is not here")
    hold(open_book(MAVEN), "2017", "maven-crm", record_property)
