"""How steady revenue is and how long new reps take, worked out by hand and against the obvious calculation."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from known import Company
from oracle_time import METRICS
from small import LAST_DAY, LOST, OPEN, WON, deal, told

from salesops_lib.data.book import Book
from salesops_lib.metrics import intervals, measure

NUMBERS = ["value", "numerator", "denominator", "n"]


def only(book: Book, metric: str, period: str, **more: Any) -> pd.Series[Any]:
    return measure(book, metric, period, **more).iloc[0]


def won(number: Any, day: str, amount: float, **more: Any) -> dict[str, Any]:
    return deal(number, day, (day, "Lead", amount), (day, WON, amount), **more)


def test_the_variation_of_monthly_revenue_by_hand() -> None:
    sold = {"2025-10": 100, "2025-11": 300, "2025-12": 200, "2026-01": 0, "2026-02": 400, "2026-03": 200}
    deals = [won(month, f"{month}-11", amount) for month, amount in sold.items()]
    row = only(told("2026-04-20", deals), "consistency", "2026Q1")
    # Mean 200; squares of the differences: 10,000 + 10,000 + 0 + 40,000 + 40,000 + 0 over 5 months.
    assert row["numerator"] == pytest.approx(20_000**0.5)
    assert row[["denominator", "n"]].to_list() == [200, 6]
    assert row["value"] == pytest.approx(20_000**0.5 / 200)
    # April is not over: the same months; by the end of March's last day but one, only five are.
    assert only(told("2026-04-20", deals), "consistency", "2026Q2")["value"] == row["value"]
    early = only(told("2026-03-30", deals), "consistency", "2026Q1")
    assert np.isnan(early["value"])
    assert early["n"] == 5


def test_the_variation_is_that_of_the_last_twelve_months() -> None:
    deals = [won(i, f"{2024 + i // 12}-{i % 12 + 1:02d}-15", 100.0 if i else 90_000.0) for i in range(24)]
    book = told("2026-06-30", deals)
    assert only(book, "consistency", "2025Q4")[["value", "n"]].to_list() == [0, 12]
    quarters = measure(book, "consistency", "2024Q2..2025Q1", grain="quarter")
    assert quarters["n"].to_list() == [6, 9, 12, 12]
    assert quarters["value"].to_list()[-1] == 0  # January 2024 is no longer among them
    assert (quarters["value"].to_numpy()[:3] > 1).all()


def test_only_months_of_employment_count_for_a_rep() -> None:
    months = [f"2025-{m:02d}" for m in range(7, 13)] + [f"2026-{m:02d}" for m in range(1, 7)]
    reps = [
        {"rep_id": "old"},
        {"rep_id": "new", "hired_on": "2025-12-02"},
        {"rep_id": "newer", "hired_on": "2026-01-01"},
        {"rep_id": "gone", "left_on": "2026-03-31"},
        {"rep_id": "idle"},
    ]
    deals = [
        won(f"{month}{rep['rep_id']}", f"{month}-11", 100.0, rep_id=rep["rep_id"])
        for month in months
        for rep in reps[:4]
        if month >= str(rep.get("hired_on", ""))[:7]
    ]
    deals += [won(f"ghost{month}", f"{month}-12", 50.0, rep_id="ghost") for month in months]
    book = told("2026-06-30", deals, reps=reps)
    found = measure(book, "consistency", "2026Q1..2026Q2", by="rep").set_index("rep")
    assert found["n"].to_dict() == {"old": 12, "new": 6, "newer": 6, "gone": 9, "idle": 0, "ghost": 12}
    assert found["value"].dropna().to_dict() == dict.fromkeys(["old", "new", "newer", "gone", "ghost"], 0)
    later = measure(book, "consistency", "2026Q2", by="rep").set_index("rep")
    assert set(later.index) == {"old", "new", "newer", "idle", "ghost"}


@pytest.mark.parametrize(("n", "true"), [(6, 0.1), (12, 0.3)])
def test_the_interval_of_a_variation_covers_it_as_often_as_it_says(n: int, true: float) -> None:
    drawn = np.random.default_rng(3).normal(1, true, (20_000, n))
    low, high = intervals.of_variation(np.full(20_000, float(n)), drawn.std(axis=1, ddof=1) / drawn.mean(axis=1))
    assert ((low <= true) & ~(high < true)).mean() == pytest.approx(0.95, abs=0.006)


def test_a_variation_that_nothing_bounds_from_above() -> None:
    low, high = intervals.of_variation(np.array([12.0, 1.0]), np.array([1.2, 0.3]))
    assert 0 < low[0] < 1.2
    assert np.isnan([high[0], low[1], high[1]]).all()


# Ramp-up


def test_months_from_hire_to_the_tenured_median_by_hand() -> None:
    reps = [
        {"rep_id": "a"},
        {"rep_id": "b", "hired_on": "2025-01-01"},
        {"rep_id": "c", "hired_on": "2024-05-01"},
        {"rep_id": "young", "hired_on": "2025-01-02"},  # tenured from February 2026 on
        {"rep_id": "fast", "hired_on": "2026-01-20"},
        {"rep_id": "slow", "hired_on": "2026-01-31"},
        {"rep_id": "never", "hired_on": "2026-02-01"},
        {"rep_id": "left", "hired_on": "2026-01-05", "left_on": "2026-02-10"},
        {"rep_id": "last", "hired_on": "2026-06-01"},
        {"rep_id": "before", "hired_on": "2025-12-31"},
    ]
    sold = {
        "2026-01": {"a": 100, "b": 300, "c": 0, "young": 900, "fast": 150},  # median of 100, 300, 0
        "2026-02": {"a": 100, "b": 300, "c": 0, "young": 900, "fast": 200, "slow": 199},  # 200, with the 900
        "2026-03": {"a": 500},  # 0: no yardstick
        "2026-04": {"a": 500, "b": 500, "c": 500, "young": 500, "slow": 500, "left": 500},
        "2026-05": {"a": 500, "b": 500, "c": 500},
    }
    deals = [
        won(f"{month}{rep}", f"{month}-25", float(amount), rep_id=rep)
        for month, by_rep in sold.items()
        for rep, amount in by_rep.items()
    ]
    book = told("2026-06-15", deals, reps=reps)
    rows = book.table("ramps").order_by("rep_id").to_pandas().set_index("rep_id")
    assert rows["months"].to_dict() == {"fast": 0, "slow": 3, "never": 3, "left": 1}
    assert rows["reached"].to_dict() == {"fast": True, "slow": True, "never": False, "left": False}
    frame = measure(book, "ramp_months", "2026Q1")
    # At risk 4, one there in the month of the hire: 3/4; left is out of it; at 3 months one of two: 3/8.
    assert frame[["value", "numerator", "n"]].iloc[0].to_list() == [3, 2, 4]
    assert frame.attrs["notes"]["ramp_months"] == "reps not yet there are known until Jun 15, 2026"
    assert only(book, "ramp_months", "2026-02")[["numerator", "n"]].to_list() == [0, 1]
    # By the end of February only one is there.
    early = told("2026-02-28", deals, reps=reps)
    assert only(early, "ramp_months", "2026Q1")[["numerator", "n"]].to_list() == [1, 4]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("by", "key"), [([], lambda rep: ""), (["rep"], str)], ids=["all", "rep"])
def test_a_company_that_hires_equals_the_obvious_calculation(seed: int, by: list[str], key: Any) -> None:
    """Ten reps, half of them new, and 160 deals: enough for months and medians to matter."""
    company = hiring(np.random.default_rng(seed))
    book = told(company.as_of.isoformat(), company.deals, reps=company.reps)
    names = ["time_in_stage", "slip_rate", "push_count", "consistency", "ramp_months"]
    frame = measure(book, names, "2025Q3..2026Q2", by=by, grain="quarter")
    assert frame.groupby("metric")["value"].count().min() >= 2
    found = frame.set_index(["metric", "period", *by])[NUMBERS]
    groups = {name: company.group(key, name) for name in {key(rep["rep_id"]) for rep in company.reps}}
    for period in book.calendar.split(book.calendar.period("2025Q3..2026Q2"), "quarter"):
        for name, group in groups.items():
            for metric in names:
                place = (metric, period.name, *([name] if by else []))
                wanted = [np.nan if each is None else each for each in METRICS[metric](group, period)]
                if place in found.index:
                    assert found.loc[place].to_list() == pytest.approx(wanted, nan_ok=True), place
                else:
                    assert wanted[-1] == 0, place


def hiring(rng: np.random.Generator) -> Company:
    def on(first: int, last: int) -> date:
        return date(2025, 7, 1) + timedelta(days=int(rng.integers(first, last)))

    reps = [
        {
            "rep_id": f"r{i}",
            "hired_on": None if i < 3 else on(-180, 0) if i < 5 else on(60, 320),
            "left_on": on(200, 420) if i % 4 == 3 else None,
        }
        for i in range(10)
    ]
    deals = []
    for number in range(160):
        when, path = on(0, 330), []
        stages = [*OPEN][: rng.integers(1, 4)] + [[WON], [WON], [LOST], []][rng.integers(4)]
        for hour, stage in enumerate(stages):
            when += timedelta(days=int(rng.integers(0, 30)))
            if when > date.fromisoformat(LAST_DAY):
                break
            amount = round(float(rng.lognormal(3, 1)), 2)
            path.append((datetime.combine(when, time(hour + 1)), stage, amount, on(0, 400).isoformat()))
        deals.append(deal(number, path[0][0].date().isoformat(), *path, rep_id=f"r{rng.integers(10)}"))
    return Company(date(2026, 6, 10), deals, reps=reps)
