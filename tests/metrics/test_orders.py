"""Orders, accounts and tools, worked out by hand: what lasts, who is a customer where, which tools are used."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small import LOST, WON, deal, told

from salesops_lib.company import Company
from salesops_lib.data.book import open_book
from salesops_lib.metrics import measure
from salesops_lib.periods import day_name


def won(number: int | str, day: str, **more: Any) -> dict[str, Any]:
    return deal(number, day, (day, WON), **more)


COHORT = (
    won(1, "2026-01-10", cancelled_at="2026-01-20"),
    won(2, "2026-01-10", cancelled_at="2026-02-09"),  # on the thirtieth day
    won(3, "2026-01-10", cancelled_at="2026-02-10"),  # on the thirty-first
    won(4, "2026-01-10"),
    won(5, "2026-03-01", cancelled_at="2026-03-02"),
    deal(6, "2026-01-10", ("2026-01-10", LOST)),
)


@pytest.mark.parametrize(
    ("day", "days", "cancelled", "n"),
    [
        ("2026-06-30", 30, 3, 5),
        ("2026-03-31", 30, 3, 5),
        ("2026-03-30", 30, 2, 4),  # the fifth was won 29 days ago
        ("2026-02-09", 30, 2, 4),
        ("2026-02-08", 30, 0, 0),  # the thirtieth day is not over for any
        ("2026-03-30", 31, 3, 4),
        ("2026-03-30", 9, 1, 5),
        ("2026-01-20", 10, 1, 4),
        ("2026-01-19", 9, 0, 4),
    ],
)
def test_cancellations_of_a_cohort(day: str, days: int, cancelled: int, n: int) -> None:
    book = told(day, COHORT, company={"cancellation_days": days})
    frame = measure(book, "cancellation_rate", "2026Q1")
    row = frame.iloc[0]
    assert row[["numerator", "denominator", "n"]].to_list() == [cancelled, n, n]
    assert row["value"] == cancelled / n if n else np.isnan(row["value"])
    known = day_name(date.fromisoformat(day))
    said = f"cancelled within {days} days; wins less than {days} days before {known} are left out"
    assert frame.attrs["notes"]["cancellation_rate"].endswith(said)


def test_the_company_file_says_thirty_days_by_itself() -> None:
    assert told("2026-03-31", COHORT).company.cancellation_days == 30


def test_orders_without_a_correction_so_far() -> None:
    rows = [won(i, "2026-01-10") for i in range(3)] + [won(9, "2026-01-10", corrected_at="2026-02-05")]
    for day, right, said in (("2026-02-04", 1.0, "Feb 4, 2026"), ("2026-02-05", 0.75, "Feb 5, 2026")):
        frame = measure(told(day, rows), "first_time_right", "2026-01")
        assert frame["value"].item() == right
        assert frame["n"].item() == 4
        assert frame.attrs["notes"] == {"first_time_right": f"corrections known until {said}"}


def test_what_a_source_does_not_tell_is_not_assumed(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("id,stage,amount,day\n1,Won,10,2026-01-10\n2,Won,10,2026-01-11\n")
    columns = {"opportunity_id": "id", "closed_at": "day"}
    source = {"tables": {"opportunities": {"from": "deals.csv", "columns": columns}}, "data_until": date(2026, 3, 31)}
    company = Company.model_validate({"name": "A", "source": source, "stages": {"won": ["Won"]}, "folder": tmp_path})
    frame = measure(open_book(company), ["first_time_right", "cancellation_rate"], "2026Q1").set_index("metric")
    assert frame[["value", "low", "high"]].isna().all(axis=None)
    notes = frame.attrs["notes"]
    assert notes["first_time_right"].endswith("n/a without the column corrected_at of opportunities")
    assert notes["cancellation_rate"].endswith("n/a without the column cancelled_at of opportunities")


TERRITORIES = [
    {"territory_id": "t1", "region": "East", "addressable_accounts": 10},
    {"territory_id": "t2", "region": "East", "addressable_addresses": 40},
    {"territory_id": "t3", "region": "West", "addressable_accounts": 5},
    {"territory_id": "t4", "region": "West"},  # nobody counted there
]
SALES = (
    won(1, "2026-01-10", account_id="a1", rep_id="r2"),
    won(2, "2026-05-10", account_id="a1", rep_id="r2"),
    won(3, "2026-02-10", account_id="a2", rep_id="r2"),
    won(4, "2026-04-10", account_id="a3", rep_id="r2"),
    deal(5, "2026-01-10", ("2026-01-10", LOST), account_id="a4", rep_id="r2"),
    won(6, "2026-01-10", account_id="a5", rep_id="r1"),
    won(7, "2026-01-10", account_id="a6"),
    won(8, "2026-01-10"),
)
ACCOUNTS = [
    {"account_id": "a1", "territory_id": "t1"},
    {"account_id": "a2"},  # of no territory: that of the rep
    {"account_id": "a4", "territory_id": "t1"},
    {"account_id": "a5", "territory_id": "t4"},
]
REPS = [{"rep_id": "r1", "territory_id": "t1"}, {"rep_id": "r2", "territory_id": "t2"}]


def penetration(as_of: str, period: str, **how: Any) -> pd.DataFrame:
    book = told(as_of, SALES, accounts=ACCOUNTS, reps=REPS, territories=TERRITORIES)
    return measure(book, "territory_penetration", period, **how)


def test_customers_of_a_territory_are_all_up_to_the_periods_end() -> None:
    frame = penetration("2026-06-30", "2026Q1..2026Q2", by="territory", grain="quarter")
    found = frame.set_index(["period", "territory"])
    assert found["value"]["2026Q1"].to_dict() == pytest.approx({"t1": 0.1, "t2": 1 / 40, "t3": 0})
    assert found["value"]["2026Q2"].to_dict() == pytest.approx({"t1": 0.1, "t2": 2 / 40, "t3": 0})
    assert found[["low", "high"]].isna().all(axis=None)  # a census is no sample


def test_penetration_of_a_region_and_in_all() -> None:
    regions = penetration("2026-06-30", "2026Q2", by="region").set_index("region")
    assert regions["value"].to_dict() == pytest.approx({"East": 3 / 50, "West": 0})
    whole = penetration("2026-06-30", "2026Q2").iloc[0]
    assert whole[["numerator", "denominator"]].to_list() == [3, 55]
    known = penetration("2026-03-31", "2026Q2").iloc[0]  # nothing later than the book's day
    assert known[["numerator", "denominator"]].to_list() == [2, 55]


def test_penetration_needs_no_accounts_and_no_reps() -> None:
    rows = told("2026-06-30", SALES, territories=TERRITORIES)
    assert measure(rows, "territory_penetration", "2026Q2")[["numerator", "denominator"]].iloc[0].to_list() == [0, 55]


def test_the_use_of_tools() -> None:
    def month(tool: str, day: str, licensed: int | None, active: int | None, cost: float | None) -> dict[str, Any]:
        counted = {"licensed_users": licensed, "active_users": active, "monthly_cost": cost}
        return {"tool_id": tool, "month": day, **counted}

    tools = [
        month("crm", "2026-01-01", 10, 5, 100),
        month("crm", "2026-02-01", 10, 7, 140),
        month("crm", "2026-03-01", 10, None, 100),
        month("mail", "2026-01-01", 20, 0, 60),
        month("mail", "2026-04-01", 20, 20, 60),
    ]
    book = told("2026-03-31", SALES, tools=tools)
    names = ["tool_adoption", "cost_per_active_user"]
    by_tool = measure(book, names, "2026Q1", by="tool").set_index(["metric", "tool"])["value"]
    assert by_tool["tool_adoption"].to_dict() == {"crm": 12 / 20, "mail": 0}
    assert by_tool["cost_per_active_user"]["crm"] == 20
    assert np.isnan(by_tool["cost_per_active_user"]["mail"])
    whole = measure(book, names, "2026Q1").set_index("metric")
    assert whole["value"].to_list() == [12 / 40, 300 / 12]
    assert whole[["low", "high"]].isna().all(axis=None)
    assert measure(book, names, "2026Q2")["n"].to_list() == [0, 0]  # April is not known yet
