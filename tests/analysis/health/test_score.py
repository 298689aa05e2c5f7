"""The score by hand, its interval's coverage in a simulation, its refusal with too few checks, and its past."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesops_lib.analysis.health.by_rep import complete_by_rep
from salesops_lib.analysis.health.crm_health import CrmHealth
from salesops_lib.analysis.health.registry import all_checks
from salesops_lib.analysis.health.scope import Scope
from salesops_lib.analysis.health.score import FEWEST_CHECKS, points, score, with_shares
from salesops_lib.analysis.health.trend import trend
from salesops_lib.errors import Withheld
from tests.small import book_of, deal, history_of, told


def checks(*rows):
    return with_shares(pd.DataFrame(rows, columns=["weight", "n", "failing"]))


def test_the_score_is_the_weighted_mean_of_what_is_sound():
    made = checks((3, 10, 2), (2, 50, 50), (1, 4, 0), (3, 0, 0))
    found = score(made, fewest=3)
    # Shares 0.2, 1, 0 with weights 3, 2, 1: 1 - (0.6 + 2) / 6; the check without a record counts for nothing.
    assert found["value"] == pytest.approx(100 * (1 - 2.6 / 6))
    assert (found["n"], found["of"]) == (3, 4)
    assert found["low"] < found["value"] < found["high"]
    assert points(made).tolist()[:3] == pytest.approx([10.0, 100 / 3, 0.0])
    assert points(made).sum() == pytest.approx(100 - found["value"])


def test_too_few_checks_give_no_score():
    few = [(1, 10, 1)] * (FEWEST_CHECKS - 1)
    assert np.isnan(score(checks(*few))["value"])
    assert not np.isnan(score(checks(*few, (1, 10, 1)))["value"])


def test_the_interval_of_one_check_is_wilsons():
    found = score(checks((2, 100, 10)), fewest=1)
    # Wilson's interval of 10 of 100 is 5.52 % to 17.44 %.
    assert (found["low"], found["high"]) == pytest.approx((100 - 17.437, 100 - 5.523), abs=0.001)


def test_the_interval_covers_the_truth():
    rng = np.random.default_rng(11)
    weights, shares, n = (3, 2, 1, 3, 2, 1), np.array([0.3, 0.02, 0.5, 0.005, 0.1, 0.8]), (40, 300, 25, 900, 60, 15)
    truth = 100 * (1 - float(np.dot(weights, shares)) / sum(weights))
    covered = 0
    for _run in range(400):
        drawn = rng.binomial(n, shares)
        found = score(checks(*zip(weights, n, drawn, strict=True)))
        covered += found["low"] <= truth <= found["high"]
    # 95 of 100, with the 99.9 % interval of 400 draws.
    assert 0.91 <= covered / 400 <= 0.985, covered


def path(number, created, *states):
    return deal(number, created, *states, rep_id=f"r{int(number) % 6}")


DEALS = [
    path(1, "2025-08-01", ("2025-08-01", "Lead", 10, "2025-09-20"), ("2025-12-05", "Lead", 10, "2026-02-10")),
    path(2, "2025-08-01", ("2025-08-01", "Lead", 10, "2025-11-20"), ("2026-01-05", "Talks"), ("2026-05-01", "Won")),
    path(3, "2025-11-01", ("2025-11-01", "Offer", None, "2026-09-01"), ("2026-04-04", "Offer", 70)),
    path(4, "2026-02-01", ("2026-02-01", "Lead", 10, None), ("2026-03-01", "Offer"), ("2026-06-01", "Lost")),
    path(5, "2026-02-01", ("2026-02-01", "Lead", 10, "2026-05-01")),
]


def overdue(line):
    part = line[line["metric"] == "overdue"].set_index("period")
    return {period: (row["n"], round(row["value"] * row["n"])) for period, row in part.iterrows()}


def test_the_past_is_as_it_was_known_then():
    book = told("2026-06-30", DEALS)
    line = trend(Scope(book, "2026Q2"), all_checks())
    # Due and open at each quarter's end; that of 2025Q3 was put off only later.
    assert overdue(line) == {"2025Q3": (2, 1), "2025Q4": (3, 1), "2026Q1": (4, 2), "2026Q2": (3, 2)}
    known = [each for each in DEALS if each["created_at"].date() <= date(2025, 12, 31)]
    history = [each for each in history_of(known) if each["changed_at"].date() <= date(2025, 12, 31)]
    states = {each["opportunity_id"]: each for each in history}
    then = [
        {**each, "stage": states[each["opportunity_id"]]["stage"], "closed_at": None,
         "amount": states[each["opportunity_id"]]["amount"], "close_date": states[each["opportunity_id"]]["close_date"]}
        for each in known
    ]  # fmt: skip
    alone = trend(Scope(book_of("2025-12-31", opportunities=then, opportunity_history=history), "2025Q4"), all_checks())
    both = ("metric", "value", "n")
    mine, theirs = (
        part[(part["period"] == "2025Q4") & part["metric"].isin(alone["metric"]) & (part["metric"] != "score")]
        .sort_values("metric")
        .reset_index(drop=True)[[*both]]
        for part in (line, alone)
    )
    pd.testing.assert_frame_equal(mine, theirs[theirs["metric"].isin(mine["metric"])].reset_index(drop=True))


def test_the_score_of_the_past_is_over_the_same_checks_in_each_quarter():
    line = trend(Scope(told("2026-06-30", DEALS), "2026Q2"), all_checks())
    assert (line.groupby("metric")["period"].nunique() == 4).all()
    assert "missing_account" not in set(line["metric"]), "whose account it was is not in the history"
    score_line = line[line["metric"] == "score"]
    assert score_line["n"].nunique() == 1


def test_without_a_history_there_is_no_past():
    book = book_of("2026-06-30", opportunities=DEALS)
    assert trend(Scope(book, "2026Q2"), all_checks()).empty
    assert CrmHealth(book, "2026Q2").highlights["reach"] is not None


def test_where_activities_are_kept_staleness_has_no_past():
    book = told("2026-06-30", DEALS)
    logged = [{"activity_id": "a", "rep_id": "r1", "type": "call", "happened_at": "2026-02-02", "opportunity_id": "1"}]
    worked = told("2026-06-30", DEALS, activities=logged)
    stale = next(check for check in all_checks() if check.key == "stale")
    assert stale.knows_past(book)
    assert not stale.knows_past(worked)


def lost(number, by, reason):
    states = ("2026-05-01", "Lead", 10, "2026-06-01"), ("2026-06-01", "Lost")
    return deal(number, "2026-05-01", *states, rep_id=by, account_id="a", loss_reason=reason)


def test_reps_who_leave_fields_empty_stand_apart():
    reps = [{"rep_id": f"r{i}", "name": f"Rep {i}"} for i in range(6)]
    deals = [lost(f"{i}-{k}", f"r{i}", None if i == 0 and k < 15 else "Price") for i in range(6) for k in range(20)]
    found = complete_by_rep(Scope(told("2026-06-30", deals, reps=reps), "2026Q2")).set_index("rep")
    assert found.loc["r0", ["value", "n", "verdict"]].tolist() == [0.25, 20, "below"]
    assert found["verdict"].tolist() == ["below"] + ["not distinguishable"] * 5
    assert found["peers"].tolist() == [105 / 120] * 6


def test_a_small_group_is_not_shown_by_rep():
    reps = [{"rep_id": f"r{i}", "name": f"Rep {i}"} for i in range(4)]
    with pytest.raises(Withheld):
        complete_by_rep(Scope(told("2026-06-30", DEALS, reps=reps), "2026Q2"))
