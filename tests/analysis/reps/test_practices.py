"""What the best do differently, by hand: each rep counts once, and small groups prove nothing."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.practices import compare, practices
from salesops_lib.errors import Withheld
from tests.small import WON, book_of, deal, told

QUARTER = "2026Q2"
WORKING_DAYS = 261  # from 2025-07-01 to 2026-06-30
number = count(1)


def done(by: str, n: int, **more: Any) -> list[dict[str, Any]]:
    about = {"rep_id": by, "type": "admin", "happened_at": "2026-05-05", **more}
    return [{"activity_id": f"A{next(number)}", **about} for _ in range(n)]


def company(counts: dict[str, int], *more: list[dict[str, Any]], deals: list[dict[str, Any]] | None = None) -> Peers:
    rows = [row for by, n in counts.items() for row in done(by, n)] + [row for part in more for row in part]
    reps = [{"rep_id": by, "name": by.title()} for by in counts]
    deals = deals or [deal(1, "2026-04-01", ("2026-05-01", WON, 100), rep_id="a")]
    return Peers(book_of("2026-06-30", opportunities=deals, activities=rows, reps=reps), QUARTER)


def best(*reps: str) -> pd.DataFrame:
    return pd.DataFrame({"rep": list(reps), "value": 0.5})


def test_the_best_are_more_active_by_hand() -> None:
    counts = {"a": 30, "b": 32, "c": 34, "d": 36, "e": 10, "f": 12, "g": 14, "h": 16, "i": 18, "j": 20}
    others = done("e", 99, happened_at="2025-06-30"), done("e", 99, happened_at="2026-07-01")
    frame = practices(company(counts, *others), best("a", "b", "c", "d")).set_index("practice")
    row = frame.loc["activities_per_day"]
    assert row[["best", "rest"]].to_list() == pytest.approx([33 / WORKING_DAYS, 15 / WORKING_DAYS])
    assert row[["superiority", "n_best", "n_rest"]].to_list() == [1.0, 4, 6]
    # Of the 210 ways to choose four of ten, one puts them on top and one at the bottom. Nothing else could be tested.
    assert row["p_value"] == pytest.approx(2 / 210)
    assert row["verdict"] == "higher"
    # Nothing overlaps: four of four.
    assert row[["low", "high"]].to_list() == pytest.approx(
        [stats.binomtest(4, 4).proportion_ci(method="wilson").low, 1.0]
    )
    assert frame.loc["contacts_per_deal", "verdict"] == "too few"


def test_p_values_are_adjusted_over_the_practices() -> None:
    """All book as many meetings per call: a second practice is looked at, and shows nothing."""
    counts = {"a": 30, "b": 32, "c": 34, "d": 36, "e": 10, "f": 12, "g": 14, "h": 16, "i": 18, "j": 20}
    calls = [done(by, 10, type="call", outcome="meeting booked") for by in counts]
    frame = practices(company(counts, *calls), best("a", "b", "c", "d")).set_index("practice")
    assert frame.loc["activities_per_day", "p_value"] == pytest.approx(2 * 2 / 210)
    booked = frame.loc["meetings_per_activity"]
    assert booked[["superiority", "p_value", "low", "high"]].to_list() == [0.5, 1.0, 0.0, 1.0]
    assert booked["verdict"] == "not distinguishable"


def test_whole_separation_of_three_and_five_proves_nothing_among_several() -> None:
    superiority, low, high, p_value = compare(np.array([7.0, 8.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert superiority == 1.0
    assert p_value == pytest.approx(2 / 56)
    assert low < 0.5 < high


def test_superiority_counts_ties_half() -> None:
    one, other = np.array([1.0, 2.0, 3.0, 9.0]), np.array([2.0, 2.0, 4.0, 5.0, 6.0])
    # 1 beats none; 2 ties twice; 3 beats two; 9 beats all.
    wins, low, high, p_value = compare(one, other)
    assert wins == pytest.approx((0 + 1 + 2 + 5) / 20)
    assert low < wins < high
    assert p_value >= stats.brunnermunzel(one, other).pvalue
    assert p_value >= stats.mannwhitneyu(one, other).pvalue


@pytest.mark.parametrize(("n_best", "n_rest"), [(2, 20), (3, 4), (8, 0)])
def test_too_few_reps_are_not_compared(n_best: int, n_rest: int) -> None:
    assert np.isnan(compare(np.arange(float(n_best)), np.arange(float(n_rest)))).all()


def test_a_rep_with_fewer_than_ten_records_does_not_count() -> None:
    counts = {"a": 30, "b": 32, "c": 34, "d": 9, "e": 10, "f": 12, "g": 14, "h": 16}
    row = practices(company(counts), best("a", "b", "c", "d")).set_index("practice").loc["activities_per_day"]
    assert row[["n_best", "n_rest", "verdict"]].to_list() == [3, 4, "too few"]
    assert row["best"] == pytest.approx(32 / WORKING_DAYS)


def test_contacts_are_counted_once_per_won_deal() -> None:
    """Ten deals, five with three people (one met twice), five with one; one more was lost, one never touched."""
    deals = [deal(i, "2026-04-01", ("2026-05-01", WON, 100), rep_id="a") for i in range(11)]
    deals.append(deal(99, "2026-04-01", ("2026-05-01", "Lost", 100), rep_id="a"))
    talks = [
        row
        for i in range(10)
        for person in (("x", "y", "z", "x") if i < 5 else ("x",))
        for row in done("b", 1, opportunity_id=str(i), contact_id=person)
    ]
    lost = [row for person in "stuvw" for row in done("a", 1, opportunity_id="99", contact_id=person)]
    peers = company({each: 1 for each in "abcde"}, talks, lost, done("a", 3, opportunity_id="10"), deals=deals)
    row = practices(peers, best("a")).set_index("practice").loc["contacts_per_deal"]
    assert (row["best"], row["n_best"], row["n_rest"]) == (2.0, 1, 0)


def test_time_in_a_stage_is_compared_stage_by_stage() -> None:
    """Ann leaves Lead after 2 days and Bo after 8, and only Bo's deals get to Offer."""
    paths = {"a": [("2026-04-03", "Lost")], "b": [("2026-04-09", "Offer"), ("2026-04-20", "Lost")]}
    deals = [
        deal(f"{by}{i}", "2026-04-01", ("2026-04-01", "Lead"), *path, rep_id=by)
        for by, path in paths.items()
        for i in range(10)
    ]
    reps = [{"rep_id": by, "name": by.title()} for by in "abcde"]
    frame = practices(Peers(told("2026-06-30", deals, reps=reps), QUARTER), best("a"))
    stages = frame[frame["practice"] == "time_in_stage"].set_index("stage")
    assert stages.index.to_list() == ["Lead", "Offer", "Talks"]
    assert stages.loc["Lead", ["best", "rest"]].to_list() == [2, 8]
    assert stages.loc["Offer", ["n_best", "n_rest", "rest"]].to_list() == [0, 1, 11]
    assert [label.rpartition(": ")[2] for label in stages["label"]] == ["Lead", "Offer", "Talks"]


def test_what_is_missing_is_left_out_and_small_groups_are_withheld() -> None:
    deals = [deal(1, "2026-04-01", ("2026-05-01", WON, 100), rep_id="a")]
    reps = [{"rep_id": by, "name": by.title()} for by in "abcde"]
    frame = practices(Peers(book_of("2026-06-30", opportunities=deals, reps=reps), QUARTER), best("a"))
    assert frame["practice"].to_list() == ["discount_rate"]
    with pytest.raises(Withheld):
        practices(Peers(book_of("2026-06-30", opportunities=deals, reps=reps[:4]), QUARTER), best("a"))
