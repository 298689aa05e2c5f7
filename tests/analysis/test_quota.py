"""Attainment, coverage and recognition by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small import LOST, WON, book_of, deal, told

from salesops_lib.analysis import attainment, next_coverage, recognition, recognition_rule
from salesops_lib.errors import MissingTable, Withheld

ANYONE = {"privacy": {"minimum_group": 1}}
Q1 = {"period_start": "2026-01-01", "period_end": "2026-03-31"}
Q2 = {"period_start": "2026-04-01", "period_end": "2026-06-30"}


def won(
    rep: str | None, amount: float, day: str = "2026-04-10", times: int = 1, stage: str = WON
) -> list[dict[str, Any]]:
    name = f"{rep}{day}{amount}{stage}"
    return [deal(f"{name}{i}", day, (day, "Lead", amount), (day, stage)) | {"rep_id": rep} for i in range(times)]


def test_attainment_by_team_with_a_prorated_quota() -> None:
    reps = [
        {"rep_id": "a", "team": "N"},
        {"rep_id": "b", "team": "N", "hired_on": "2026-06-01"},  # there for 30 of 91 days
        {"rep_id": "c", "team": "S"},
        {"rep_id": "d", "team": "W"},
    ]
    quotas = [{"rep_id": rep, "quota": 910, **Q2} for rep in "abc"]
    deals = [*won("a", 900), *won("b", 300), *won("c", 910), *won("d", 5), *won(None, 7)]
    frame = attainment(told("2026-06-30", deals, reps=reps, quotas=quotas), "2026Q2", "team").set_index("group")
    assert list(frame.index) == ["S", "N", "Unassigned", "W"]
    assert frame["revenue_won"].to_list() == [910, 1200, 7, 5]
    assert frame["quota"].to_list() == pytest.approx([910, 1210, 0, 0])
    assert frame["attainment"].to_list()[:2] == pytest.approx([1, 1200 / 1210])
    assert frame["attainment"].isna().to_list() == [False, False, True, True]
    assert frame["reps_at_quota"].to_list() == [1, 1, 0, 0]  # b reached 300 of 300
    assert frame["reps"].to_list() == [1, 2, 0, 0]


def test_coverage_of_the_next_quarter_by_hand() -> None:
    reps = [{"rep_id": "a", "name": "Ann", "team": "N"}, {"rep_id": "b", "name": "Bob", "team": "S"}]
    quotas = [{"rep_id": rep, "quota": 1000, **each} for rep in "ab" for each in (Q1, Q2)]
    # Known on the last day of Q1: 300 of a and 100 of b are due in Q2, 50 later; half the value closed was won.
    opened = [
        deal("o1", "2026-03-01", ("2026-03-01", "Offer", 300, "2026-05-01")) | {"rep_id": "a"},
        deal("o2", "2026-03-01", ("2026-03-01", "Offer", 100, "2026-06-30")) | {"rep_id": "b"},
        deal("o3", "2026-03-01", ("2026-03-01", "Offer", 50, "2026-07-01")) | {"rep_id": "b"},
    ]
    past = [*won("a", 200, "2025-12-10"), *won("a", 200, "2026-02-10"), *won("a", 400, "2026-02-11", stage=LOST)]
    book = told("2026-03-31", [*opened, *past], reps=reps, quotas=quotas)
    frame = next_coverage(book, "2026Q1").set_index("group")
    assert list(frame.index) == ["", "N", "S"]
    assert set(frame["period"]) == {"2026Q2"}
    assert frame["open_pipeline"].to_list() == [400, 300, 100]
    assert frame["weighted"].to_list() == pytest.approx([160, 120, 40])
    assert frame["quota"].to_list() == frame["needed"].to_list() == [2000, 1000, 1000]
    assert frame["revenue_won"].to_list() == [0, 0, 0]
    assert frame["coverage"].to_list() == pytest.approx([0.2, 0.3, 0.1])
    assert frame["required"].to_list()[:2] == [2, 2]
    assert np.isnan(frame["required"]["S"])  # nothing was closed there
    # Of the four quarters before, only the first of 2026 began after the first close.
    assert frame["usual"].to_list() == [0, 0, 0]
    assert frame["usual_attainment"].to_list() == pytest.approx([0.1, 0.2, 0])
    assert frame["usual_quarters"].to_list() == [1, 1, 1]
    assert set(frame["usual_last_period"]) == {"2026Q1"}
    assert frame["usual_last_attainment"].to_list() == pytest.approx([0.1, 0.2, 0])


def test_the_win_rate_of_four_quarters_and_of_the_last_alone_by_hand() -> None:
    # Q4: 200 of 200 won; Q1: 200 of 1000 won, and half of the quota of 400 reached, as in Q4.
    past = [*won("a", 200, "2025-12-10"), *won("a", 200, "2026-02-10"), *won("a", 800, "2026-02-11", stage=LOST)]
    q4 = {"period_start": "2025-10-01", "period_end": "2025-12-31"}
    quotas = [{"rep_id": "a", "quota": quota, **each} for quota, each in ((250, q4), (400, Q1), (400, Q2))]
    early = won("a", 100, "2025-09-30")
    row = next_coverage(told("2026-03-31", [*early, *past], quotas=quotas), "2026Q1").iloc[0]
    assert row[["rate_span", "rate_period"]].to_list() == ["2025Q2..2026Q1", "2026Q1"]
    assert row["by_value"]
    assert row[["rate", "rate_alone"]].to_list() == pytest.approx([500 / 1300, 0.2])
    assert row[["required", "required_alone"]].to_list() == pytest.approx([2.6, 5])
    assert row["usual_quarters"] == 2
    assert row["usual_attainment"] == pytest.approx((0.8 + 0.5) / 2)
    assert row["usual_last_attainment"] == pytest.approx(0.5)


def test_coverage_of_a_running_quarter_counts_what_is_still_needed() -> None:
    opened = [deal("o", "2026-03-01", ("2026-03-01", "Offer", 300, "2026-05-01")) | {"rep_id": "a"}]
    book = told("2026-04-20", [*opened, *won("a", 400)], quotas=[{"rep_id": "a", "quota": 1000, **Q2}])
    row = next_coverage(book, "2026Q1").iloc[0]
    assert row[["open_pipeline", "quota", "revenue_won", "needed", "coverage"]].to_list() == [300, 1000, 400, 600, 0.5]


def test_lost_amounts_not_recorded_the_required_coverage_counts_deals() -> None:
    deals = [*won("a", 100, times=1), *won("a", 0, times=3, stage=LOST)]
    book = told("2026-06-30", deals, quotas=[{"rep_id": "a", "quota": 1000, **Q2}])
    frame = next_coverage(book, "2026Q2")
    assert frame["required"].to_list() == [4]
    assert frame["by_value"].to_list() == [False]


def test_coverage_needs_quotas() -> None:
    with pytest.raises(MissingTable, match="quotas"):
        next_coverage(told("2026-06-30", won("a", 100)), "2026Q2")


REPS = [{"rep_id": rep, "name": rep.title(), "team": "N"} for rep in ("ann", "bob", "cid", "dee")]


def test_recognition_ranks_by_attainment_and_breaks_ties_as_declared() -> None:
    quotas = [{"rep_id": rep, "quota": quota, **Q2} for rep, quota in [("ann", 500), ("bob", 1000), ("cid", 500)]]
    deals = [
        *won("ann", 100, times=5),
        *won("bob", 200, times=5),  # as ann, with more revenue
        *won("cid", 100, times=5),
        *won("cid", 10, times=1, stage=LOST),  # as ann, with a lower win rate
        *won("dee", 900, times=5),  # no quota: behind all who have one
    ]
    frame = recognition(told("2026-06-30", deals, reps=REPS, quotas=quotas, company=ANYONE), "2026Q2")
    assert list(frame.columns) == [
        "rank", "rep", "rep_name", "team", "attainment", "revenue_won", "win_rate", "deals"
    ]  # fmt: skip
    assert frame["rep_name"].to_list() == ["Bob", "Ann", "Cid"]
    assert frame["rank"].to_list() == [1, 2, 3]
    assert frame["attainment"].to_list() == [1, 1, 1]


def test_recognition_without_quotas_ranks_by_revenue_and_then_by_name() -> None:
    deals = [*won("dee", 100, times=5), *won("bob", 100, times=5), *won("ann", 90, times=5), *won("cid", 900, times=4)]
    book = told("2026-06-30", deals, reps=REPS, company=ANYONE)
    frame = recognition(book, "2026Q2")
    assert frame["rep_name"].to_list() == ["Bob", "Dee", "Ann"]  # four deals are too few
    assert frame["attainment"].isna().all()
    assert recognition_rule(book).startswith("Highest revenue won of the reps who were there for the whole quarter and")


def test_recognition_is_for_those_who_were_there_all_quarter() -> None:
    reps = [
        {"rep_id": "late", "hired_on": "2026-04-02"},
        {"rep_id": "gone", "left_on": "2026-06-29"},
        {"rep_id": "first", "hired_on": "2026-04-01"},
        {"rep_id": "last", "left_on": "2026-06-30"},
    ]
    deals = [each for number, rep in enumerate(reps) for each in won(rep["rep_id"], 100 - number, times=5)]
    frame = recognition(told("2026-06-30", [*deals, *won(None, 999, times=5)], reps=reps, company=ANYONE), "2026Q2")
    assert frame["rep"].to_list() == ["first", "last"]


def test_there_is_nobody_to_rank_with_a_single_rep_or_none_with_enough_deals() -> None:
    deals = won("ann", 100, times=5)
    assert recognition(told("2026-06-30", deals, reps=REPS[:1]), "2026Q2").empty
    assert recognition(told("2026-06-30", deals[:4], reps=REPS, company=ANYONE), "2026Q2").empty
    with pytest.raises(MissingTable, match="reps"):
        recognition(book_of("2026-06-30", opportunities=deals), "2026Q2")


def test_nobody_is_named_in_a_group_below_the_minimum() -> None:
    deals = [row for name in "ab" for row in won(name, 100, times=6)]
    with pytest.raises(Withheld, match="a group of 2 people are withheld"):
        recognition(told("2026-06-30", deals, reps=REPS[:2]), "2026Q2")
