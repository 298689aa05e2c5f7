"""Month by month: what moved for all is no signal of a rep, a month that is more than luck is; streaks are counted."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.steadiness import months, steadiness
from salesops_lib.data.book import Book
from tests.small import book_of, deal

QUARTER = "2026Q2"
MONTHS = [f"{year}-{month:02d}" for year, month in [(2025, m) for m in range(7, 13)] + [(2026, m) for m in range(1, 7)]]
NAMES = "abcde"


def won(rep: str, month: str, n: int, amount: float = 100) -> list[dict[str, Any]]:
    return [deal(f"{rep}-{month}-{i}", "2025-06-01", (f"{month}-10", "Won", amount), rep_id=rep) for i in range(n)]


def company(deals: list[dict[str, Any]], quota: float | None = None, **hired: date) -> Book:
    reps = [{"rep_id": name, "name": name, "hired_on": hired.get(name, date(2020, 1, 1))} for name in NAMES]
    quotas = [
        {"rep_id": name, "period_start": start, "period_end": end, "quota": quota}
        for name in NAMES
        for start, end in (
            (date(2025, 7, 1), date(2025, 9, 30)),
            (date(2025, 10, 1), date(2025, 12, 31)),
            (date(2026, 1, 1), date(2026, 3, 31)),
            (date(2026, 4, 1), date(2026, 6, 30)),
        )
        if quota
    ]
    tables = {"quotas": quotas} if quota else {}
    settings = {"privacy": {"minimum_group": 1}}
    return book_of("2026-06-30", company=settings, opportunities=deals, reps=reps, **tables)


def found(book: Book) -> tuple[pd.DataFrame, pd.DataFrame]:
    peers = Peers(book, QUARTER)
    by_month = months(peers)
    return by_month, steadiness(peers, by_month).set_index("rep")


def test_a_season_of_all_is_no_signal_of_a_rep() -> None:
    deals = [row for rep in NAMES for month in MONTHS for row in won(rep, month, 30 if month == "2025-12" else 8)]
    by_month, _frame = found(company(deals))
    assert not by_month["signal"].any()
    assert set(by_month["direction"]) == {""}


def test_a_bad_month_of_one_rep_is_a_signal_and_the_others_are_not() -> None:
    deals = [
        row
        for rep in NAMES
        for month in MONTHS
        for row in won(rep, month, 0 if (rep, month) == ("a", "2026-02") else 15)
    ]
    by_month, frame = found(company(deals))
    assert by_month.loc[by_month["signal"], ["rep", "month", "direction"]].to_numpy().tolist() == [
        ["a", "2026-02", "bad"]
    ]
    assert frame["signals"].to_dict() == {"a": 1, "b": 0, "c": 0, "d": 0, "e": 0}


def test_limits_are_those_of_an_xmr_chart_worked_by_hand() -> None:
    counts = [10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12]
    deals = [row for rep in NAMES for month, n in zip(MONTHS, counts, strict=True) for row in won(rep, month, n)]
    by_month, _frame = found(company(deals))
    a = by_month[by_month["rep"] == "a"]
    assert a["month"].to_list() == MONTHS
    assert set(a["unit"]) == {"money"}
    assert a["value"].to_list() == [100.0 * n for n in counts]
    # Mean 1,100; every month moves by 200: 1,100 ± 2.66 × 200.
    assert a["center"].unique().tolist() == [1100]
    assert a["upper"].unique() == pytest.approx([1632])
    assert a["lower"].unique() == pytest.approx([568])


def test_streaks_and_months_at_quota() -> None:
    # A quota of 3,000 a quarter of 92 days: 1,011 in a month of 31 days.
    at = {"a": [1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1], "b": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]}
    deals = [
        row
        for rep in NAMES
        for month, reached in zip(MONTHS, at.get(rep, [0] * 12), strict=True)
        for row in won(rep, month, 15 if reached else 5)
    ]
    by_month, frame = found(company(deals, quota=3000))
    assert set(by_month["unit"]) == {"share"}
    july = by_month.set_index(["rep", "month"]).loc[("a", "2025-07")]
    assert july["quota"] == pytest.approx(3000 * 31 / 92)
    assert july["attainment"] == july["value"] == pytest.approx(1500 / (3000 * 31 / 92))
    assert frame.loc["a", ["months", "reached", "streak", "longest"]].to_list() == [12, 9, 4, 4]
    assert frame.loc["b", ["months", "reached", "streak", "longest"]].to_list() == [12, 10, -2, 10]
    assert frame.loc["c", ["reached", "streak", "longest"]].to_list() == [0, -12, 0]


def test_a_trend_against_the_peers_is_found() -> None:
    deals = [
        row
        for rep in NAMES
        for i, month in enumerate(MONTHS)
        for row in won(rep, month, 4 + 2 * i if rep == "a" else 15)
    ]
    _by_month, frame = found(company(deals))
    assert frame.loc["a", "trend"] == pytest.approx(1.0)
    assert frame.loc["a", "verdict"] == "rising"
    assert frame.loc["a", "p_value"] < 0.001


def test_only_whole_months_of_employment_count() -> None:
    deals = [row for rep in NAMES for month in MONTHS for row in won(rep, month, 5)]
    by_month, frame = found(company(deals, e=date(2026, 4, 2)))
    assert by_month.loc[by_month["rep"] == "e", "month"].to_list() == ["2026-05", "2026-06"]
    assert frame.loc["e", ["months", "verdict"]].to_list() == [2, "too few"]
    assert np.isnan(frame.loc["e", "cv"])
    assert by_month.loc[by_month["rep"] == "e", "center"].isna().all()


def test_a_month_that_is_not_over_is_left_out() -> None:
    deals = [row for rep in NAMES for month in MONTHS for row in won(rep, month, 5)]
    book = company(deals).at(date(2026, 6, 15))
    by_month = months(Peers(book, QUARTER))
    assert by_month["month"].max() == "2026-05"
    assert by_month["month"].min() == "2025-07"
