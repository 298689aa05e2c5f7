"""Fiscal buckets, what is incomplete, what is not recorded, and which probability was used: said beside the number."""

from __future__ import annotations

import numpy as np
import pytest
from small import LOST, OPEN, WON, book_of, deal, told

from salesops_lib.metrics import measure


def won(number: int, day: str, amount: float = 100.0) -> dict[str, object]:
    return deal(number, day, (day, "Lead", amount), (day, WON, amount))


def test_a_fiscal_year_that_starts_in_april() -> None:
    days = ["2026-03-31", "2026-04-01", "2026-06-30", "2025-04-01", "2025-03-31"]
    book = told("2026-06-30", [won(i, day, 10.0**i) for i, day in enumerate(days)], company={"fiscal_year_start": 4})
    year = measure(book, "revenue_won", "2026", grain="quarter")
    assert year["period"].to_list() == ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]
    assert year["value"].to_list() == [1000, 0, 0, 1]
    assert measure(book, "revenue_won", "2027Q1")["value"].item() == 110
    assert measure(book, "revenue_won", "2025")["value"].item() == 10_000


def test_a_4_4_5_calendar() -> None:
    # 2026Q1 runs from Monday 2025-12-29 to Sunday 2026-03-29; its months have 4, 4 and 5 weeks.
    days = ["2025-12-28", "2025-12-29", "2026-01-25", "2026-01-26", "2026-02-23", "2026-03-29", "2026-03-30"]
    deals = [won(i, day, 10.0**i) for i, day in enumerate(days)]
    book = told("2026-06-30", deals, company={"calendar": "4-4-5"})
    months = measure(book, "revenue_won", "2026Q1", grain="month")
    assert months["period"].to_list() == ["2026-01", "2026-02", "2026-03"]
    assert months["value"].to_list() == [110, 1000, 110_000]
    assert measure(book, "revenue_won", "2026Q2")["value"].item() == 1_000_000


def test_weeks_are_those_that_start_in_the_period() -> None:
    book = told(
        "2026-06-30", [won(i, day, 10.0**i) for i, day in enumerate(["2026-01-04", "2026-01-05", "2026-01-11"])]
    )
    weeks = measure(book, "revenue_won", "2026-01", grain="week")
    assert weeks["period"].to_list() == ["2026-W02", "2026-W03", "2026-W04", "2026-W05"]
    assert weeks["value"].to_list() == [110, 0, 0, 0]


def test_a_moment_belongs_to_the_day_it_is_on() -> None:
    late = deal(1, "2026-01-05", ("2026-01-05", "Lead"), ("2026-03-31", WON))
    late["closed_at"] = late["closed_at"].replace(hour=23, minute=59, second=59)
    book = book_of("2026-06-30", opportunities=[late])
    assert measure(book, "deals_won", "2026Q1..2026Q2", grain="quarter")["value"].to_list() == [1, 0]


def test_an_incomplete_period_is_named() -> None:
    quota = {"rep_id": "a", "period_start": "2026-01-01", "period_end": "2026-03-31", "quota": 900}
    book = told("2026-02-10", [won(1, "2026-01-05")], quotas=[quota])
    names = ["revenue_won", "quota_attainment", "pipeline_value"]
    frame = measure(book, names, "2026-01..2026-03", grain="month")
    said = "February 2026, March 2026 incomplete: known until Feb 10, 2026"
    assert frame.attrs["notes"]["revenue_won"] == frame.attrs["notes"]["quota_attainment"] == said
    assert "pipeline_value" not in frame.attrs["notes"]  # a stock is complete on every day
    assert measure(book, "revenue_won", "2026-01").attrs["notes"] == {}


def test_cancellations_are_known_until_the_books_day() -> None:
    row = won(1, "2026-01-05") | {"cancelled_at": "2026-03-01"}
    for day, net, said in (("2026-02-28", 100, "Feb 28, 2026"), ("2026-03-01", 0, "Mar 1, 2026")):
        frame = measure(told(day, [row]), ["revenue_won", "revenue_net"], "2026-01").set_index("metric")
        assert frame["value"].to_list() == [100, net]
        assert frame.attrs["notes"] == {"revenue_net": f"cancellations known until {said}"}


def test_lost_deals_without_amounts_leave_no_win_rate_by_value() -> None:
    lost = [
        deal(f"l{i}", "2026-01-05", ("2026-01-05", "Lead", a), ("2026-01-09", LOST, a)) for i, a in enumerate([0, 0])
    ]
    frame = measure(told("2026-03-31", [won(1, "2026-01-05"), *lost]), ["win_rate_value", "win_rate"], "2026Q1")
    found = frame.set_index("metric")
    assert np.isnan(found.loc["win_rate_value", "value"])
    assert found.loc["win_rate", "value"] == pytest.approx(1 / 3)
    assert frame.attrs["notes"] == {"win_rate_value": "n/a where lost opportunities carry no amount"}


def test_without_history_stocks_say_that_todays_amounts_were_used() -> None:
    rows = [deal(1, "2026-01-05", ("2026-01-05", "Offer", 40.0, "2026-05-01"))]
    frame = measure(book_of("2026-03-31", opportunities=rows), ["pipeline_value", "weighted_pipeline"], "2026Q1")
    told_so = "no opportunity_history: current amounts and close dates were used"
    assert frame.attrs["notes"]["pipeline_value"] == told_so
    assert frame.attrs["notes"]["weighted_pipeline"] == f"{told_so}; probabilities from the company file"
    assert frame["value"].to_list() == [40, 16]


def test_open_deals_without_an_amount_are_left_out_and_counted() -> None:
    opened = [deal(i, "2026-01-05", ("2026-01-05", "Lead", amount)) for i, amount in enumerate([10.0, 20.0, None])]
    frame = measure(told("2026-03-31", opened), "pipeline_value", "2026Q1")
    assert frame["value"].item() == 30
    assert frame.attrs["notes"]["pipeline_value"] == "1 of 3 open opportunities are left out: their amount is not known"
    half = measure(told("2026-03-31", opened[1:]), "pipeline_value", "2026Q1")
    assert np.isnan(half["value"].item())  # what is known would pass for the whole


def test_probabilities_come_from_history_the_crm_or_the_company_file() -> None:
    past = [
        deal(f"p{i}", "2026-01-01", ("2026-01-01", "Lead"), ("2026-01-05", WON if i < 12 else LOST)) for i in range(30)
    ]
    opened = [
        deal("a", "2026-02-01", ("2026-02-01", "Lead", 1000.0)),
        deal("b", "2026-02-01", ("2026-02-01", "Offer", 1000.0)) | {"probability": 0.55},
        deal("c", "2026-02-01", ("2026-02-01", "Talks", 1000.0)),
    ]
    frame = measure(told("2026-03-31", [*past, *opened]), "weighted_pipeline", "2026Q1")
    assert frame["value"].item() == pytest.approx(1000 * (12 / 30 + 0.55 + OPEN["Talks"]))
    said = "probabilities from the year's history, the CRM, and the company file"
    assert frame.attrs["notes"]["weighted_pipeline"] == said
    # One closed deal fewer is not enough; the probability of the CRM is not known of an earlier day.
    fewer = measure(told("2026-03-31", [*past[1:], *opened]), "weighted_pipeline", "2026-02")
    assert fewer["value"].item() == pytest.approx(1000 * (OPEN["Lead"] + OPEN["Offer"] + OPEN["Talks"]))
    # What was closed more than a year before counts no longer.
    later = measure(told("2027-01-05", [*past, *opened]), "weighted_pipeline", "2026")
    assert later["value"].item() == pytest.approx(1000 * (12 / 30 + OPEN["Offer"] + OPEN["Talks"]))


def test_a_quota_is_prorated_by_the_days_of_employment() -> None:
    quarter = {"period_start": "2026-01-01", "period_end": "2026-03-31", "quota": 9000}
    reps = [{"rep_id": "old"}, {"rep_id": "new", "hired_on": "2026-03-02"}, {"rep_id": "gone", "left_on": "2026-01-30"}]
    quotas = [{"rep_id": rep["rep_id"], **quarter} for rep in reps]
    book = told("2026-03-31", [won(1, "2026-01-05")], reps=reps, quotas=quotas)
    assert measure(book, "quota", "2026Q1", by="rep")["value"].to_list() == pytest.approx([3000, 3000, 9000])
    assert measure(book, "quota", "2026-01", by="rep")["value"].dropna().to_list() == pytest.approx([3000, 3100])
