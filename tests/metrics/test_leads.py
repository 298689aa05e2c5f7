"""Leads, worked out by hand: who answered when, what is left out, what was known on a day, what a win cost."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small import LOST, WON, book_of, deal, told

from salesops_lib.data.book import Book
from salesops_lib.metrics import measure

HOURS = ["lead_response_hours", "lead_response_hours_p90", "lead_response_in_time"]


def lead(number: int, created: str, answered: str | None = None, **more: Any) -> dict[str, Any]:
    """A lead; moments are written as 2026-01-05 09:00."""
    moments = {"created_at": created, "first_response_at": answered, "converted_at": more.pop("converted_at", None)}
    read = {name: at and datetime.fromisoformat(at) for name, at in moments.items()}
    return {"lead_id": f"L{number}", "response_automatic": False if answered else None, **read, **more}


def leads_of(as_of: str, *leads: dict[str, Any], target: float | None = 4, deals: tuple[Any, ...] = ()) -> Book:
    targets = {} if target is None else {"lead_response_hours": target}
    some = deals or (deal("open", "2026-01-02", ("2026-01-02", "Lead")),)
    return told(as_of, some, leads=leads, company={"targets": targets})


def values(book: Book, metrics: list[str] | str, period: str = "2026Q1", **how: Any) -> pd.Series[float]:
    return measure(book, metrics, period, **how).set_index("metric")["value"]


FOUR = (
    lead(1, "2026-01-05 09:00", "2026-01-05 10:00"),
    lead(2, "2026-01-05 09:00", "2026-01-05 13:00"),  # four hours to the second: in time
    lead(3, "2026-01-05 23:30", "2026-01-06 08:00"),  # 8.5 hours by the clock, over the night
    lead(4, "2026-01-09 09:00", "2026-01-09 09:01", response_automatic=True),
    lead(5, "2026-01-09 09:00"),
)


def test_hours_until_a_human_answers() -> None:
    frame = measure(leads_of("2026-01-31", *FOUR), HOURS, "2026Q1").set_index("metric")
    assert frame["value"].to_list() == pytest.approx([4, 4 + 0.8 * 4.5, 2 / 4])
    # The automatic answer is neither early nor late; the lead without one is late by now.
    assert frame["n"].to_list() == [3, 3, 4]
    assert frame.loc["lead_response_in_time", ["numerator", "denominator"]].to_list() == [2, 4]
    assert frame.attrs["notes"]["lead_response_hours"] == "2026 Q1 incomplete: known until Jan 31, 2026"


def test_a_response_before_its_lead_is_left_out_and_told() -> None:
    book = leads_of("2026-01-31", *FOUR, lead(6, "2026-01-10 09:00", "2026-01-10 08:59"))
    frame = measure(book, HOURS, "2026Q1").set_index("metric")
    assert frame["n"].to_list() == [3, 3, 4]
    assert frame["value"].to_list() == pytest.approx([4, 7.6, 0.5])
    (audit,) = (table for table in book.audit.tables if table.table == "leads")
    assert (audit.used, audit.quarantined) == (6, 0)
    assert audit.notes[-1] == "1 lead was answered before it was created: that response is left out"
    (clean,) = (table for table in leads_of("2026-01-31", *FOUR).audit.tables if table.table == "leads")
    assert not any("answered" in note for note in clean.notes)


def test_a_lead_nobody_has_answered_yet_is_late_when_its_time_is_over() -> None:
    waiting = lead(1, "2026-01-10 20:00")
    for target, n in ((3, 1), (3.9, 1), (4, 0), (5, 0)):  # four hours are left of the book's day
        row = measure(leads_of("2026-01-10", waiting, target=target), "lead_response_in_time", "2026Q1").iloc[0]
        assert row["n"] == n, target
        assert row["value"] == 0 if n else np.isnan(row["value"]), target


def test_an_answer_of_later_is_not_known() -> None:
    book = leads_of("2026-01-05", *FOUR)
    frame = measure(book, HOURS, "2026Q1").set_index("metric")
    # The third was created half an hour before the book's day ended: no answer yet, and not late.
    assert frame["n"].to_list() == [2, 2, 2]
    assert frame["value"].to_list() == pytest.approx([2.5, 1 + 0.9 * 3, 1])


def test_without_a_target_there_is_no_share_in_time() -> None:
    frame = measure(leads_of("2026-01-31", *FOUR, target=None), HOURS, "2026Q1").set_index("metric")
    assert frame.loc["lead_response_in_time", ["value", "low", "high"]].isna().all()
    assert frame.loc["lead_response_hours", "value"] == 4
    said = frame.attrs["notes"]["lead_response_in_time"]
    assert said.endswith("n/a without a target for lead_response_hours in the company file")
    aimed = measure(leads_of("2026-01-31", *FOUR), HOURS, "2026Q1").attrs["notes"]["lead_response_in_time"]
    assert "target" not in aimed


WINS = (
    deal(1, "2026-01-10", ("2026-01-10", "Lead"), ("2026-02-10", WON)),
    deal(2, "2026-01-10", ("2026-01-10", "Lead"), ("2026-04-10", WON)),
    deal(3, "2026-01-10", ("2026-01-10", "Lead"), ("2026-02-20", LOST)),
)
CONVERTED = (
    lead(1, "2026-01-04 09:00", opportunity_id="1", converted_at="2026-01-10 00:00", cost=100, lead_source="Web"),
    lead(2, "2026-01-05 09:00", opportunity_id="1", converted_at="2026-01-11 00:00", cost=50, lead_source="Event"),
    lead(3, "2026-01-06 09:00", opportunity_id="2", converted_at="2026-01-10 00:00", cost=30, lead_source="Web"),
    lead(4, "2026-01-07 09:00", opportunity_id="3", converted_at="2026-01-10 00:00", cost=20, lead_source="Event"),
    lead(5, "2026-01-08 09:00", cost=None, lead_source="Event"),
    lead(6, "2026-04-08 09:00", opportunity_id="1", cost=1000),
)


def test_conversion_and_cost_grow_as_the_cohort_ripens() -> None:
    names = ["lead_conversion", "cost_per_win"]
    then = values(leads_of("2026-03-31", *CONVERTED, deals=WINS), names)
    assert then.to_list() == [2 / 5, 200]  # two leads of the one opportunity won by then, which is one win
    frame = measure(leads_of("2026-06-30", *CONVERTED, deals=WINS), names, "2026Q1").set_index("metric")
    assert frame["value"].to_list() == [3 / 5, 100]
    assert frame.attrs["notes"]["lead_conversion"] == "leads can still be won after Jun 30, 2026"
    assert frame.loc["cost_per_win", ["numerator", "denominator", "n"]].to_list() == [200, 2, 4]


def test_a_win_is_that_of_its_first_lead() -> None:
    book = leads_of("2026-06-30", *CONVERTED, deals=WINS)
    frame = measure(book, ["lead_conversion", "cost_per_win"], "2026Q1", by="lead_source").set_index(
        ["metric", "lead_source"]
    )
    assert frame["value"]["cost_per_win"]["Web"] == 65
    assert np.isnan(frame["value"]["cost_per_win"]["Event"])
    assert frame["value"]["lead_conversion"].to_dict() == pytest.approx({"Web": 1, "Event": 1 / 3})
    second = measure(book, "cost_per_win", "2026Q2").iloc[0]
    assert (second["numerator"], second["denominator"]) == (1000, 0)
    assert np.isnan(second["value"])


def test_costs_that_are_mostly_unknown_are_no_costs() -> None:
    frame = measure(leads_of("2026-06-30", *CONVERTED[2:5], deals=WINS), "cost_per_win", "2026Q1")
    assert frame["value"].item() == 50
    half = measure(leads_of("2026-06-30", CONVERTED[2], CONVERTED[4], deals=WINS), "cost_per_win", "2026Q1")
    assert np.isnan(half["value"].item())
    assert half.attrs["notes"]["cost_per_win"].endswith("n/a where half of the leads or more have no cost")


def test_leads_are_split_by_rep_and_team() -> None:
    rows = [each | {"rep_id": rep} for each, rep in zip(FOUR[:3], ["a", "b", "b"], strict=True)]
    reps = [{"rep_id": "a", "team": "North"}, {"rep_id": "b", "team": "South"}, {"rep_id": "c", "team": "South"}]
    book = book_of("2026-01-31", opportunities=[deal(1, "2026-01-02", ("2026-01-02", "Lead"))], leads=rows, reps=reps)
    frame = measure(book, "lead_response_hours", "2026-01", by="rep")
    assert frame["rep"].to_list() == ["a", "b", "c"]
    assert frame["value"].to_list() == pytest.approx([1, 6.25, np.nan], nan_ok=True)
    assert values(book, "lead_response_hours", "2026-01", by="team").to_list() == [1, 6.25]


def test_the_book_of_an_earlier_day_is_the_one_opened_on_it() -> None:
    rows = [*FOUR, *(each | {"lead_id": f"C{i}"} for i, each in enumerate(CONVERTED))]
    book = leads_of("2026-06-30", *rows, deals=WINS)
    for day in ("2026-01-05", "2026-02-15"):
        names = [*HOURS, "lead_conversion", "cost_per_win"]
        before = values(leads_of(day, *rows, deals=WINS), names)
        pd.testing.assert_series_equal(values(book.at(date.fromisoformat(day)), names), before)
