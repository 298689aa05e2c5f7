"""Leaks by hand: what each stage loses against the peers, in wins and money, and when it is more than chance."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

import numpy as np
import pytest
from scipy import stats

from salesops_lib.analysis.reps.leaks import against_peers, leaks
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable, Withheld
from tests.small import LOST, WON, book_of, deal, told

QUARTER = "2026Q2"
STAFF = [{"rep_id": "ann", "name": "Ann", "team": "North"}, {"rep_id": "bo", "name": "Bo", "team": "North"}]
PAIR = {"privacy": {"minimum_group": 2}}
number = count(1)


def walks(by: str, n: int, *stages: str, day: str = "2026-04-01", amount: float = 100) -> list[dict[str, Any]]:
    """Deals that go through stages, all in one week."""
    month = day[:8]
    path = [(f"{month}{int(day[8:]) + i:02d}", stage, amount) for i, stage in enumerate(stages)]
    return [deal(next(number), day, *path, rep_id=by) for _ in range(n)]


def company(*deals: list[dict[str, Any]], **more: Any) -> Peers:
    rows = [row for part in deals for row in part]
    return Peers(told("2026-06-30", rows, **{"reps": STAFF, "company": PAIR, **more}), QUARTER)


@cache
def two_reps() -> Peers:
    """Ann: 12 come in, 3 get to Offer, 2 to Talks, none is won. Bo: 12, 9, 4, 3 won (at 100, 200 and 300)."""
    return company(
        walks("ann", 9, "Lead", LOST),
        walks("ann", 1, "Lead", "Offer"),
        walks("ann", 2, "Lead", "Offer", "Talks", LOST),
        walks("bo", 3, "Lead", LOST),
        walks("bo", 5, "Lead", "Offer", LOST),
        walks("bo", 1, "Lead", "Offer", "Talks", LOST),
        *(walks("bo", 1, "Lead", "Offer", "Talks", WON, amount=amount) for amount in (100, 200, 300)),
    )


def test_what_each_stage_costs_by_hand() -> None:
    frame = leaks(two_reps()).set_index(["rep", "stage"])
    assert frame["entered"].to_list() == [12, 3, 2, 12, 9, 4]
    assert frame["open"].to_list() == [0, 1, 0, 0, 0, 0]
    assert frame["conversion"].to_list() == pytest.approx([3 / 12, 2 / 3, 0, 9 / 12, 4 / 9, 3 / 4])
    assert frame["peers"].to_list() == pytest.approx([1 / 2, 1 / 2, 1 / 2] * 2)
    # Of the 11 decided in Offer 6 got on, of the 6 in Talks 3 were won.
    later = [6 / 11 * 3 / 6, 3 / 6, 1]
    lost = [12 * 0.25 * later[0], 3 * (1 / 2 - 2 / 3) * later[1], 2 * 0.5 * later[2]]
    lost += [-12 * 0.25 * later[0], 9 * (1 / 2 - 4 / 9) * later[1], -4 * 0.25 * later[2]]
    assert frame["lost_wins"].to_list() == pytest.approx(lost)
    assert frame["lost_money"].to_list() == pytest.approx([200 * each for each in lost])
    assert frame.index[frame["largest"]].to_list() == [("ann", "Talks"), ("bo", "Offer")]


def test_what_one_gains_the_other_loses() -> None:
    frame = leaks(two_reps())
    assert frame.groupby("stage")["lost_wins"].sum().to_list() == pytest.approx([0, 0, 0])


def test_a_leak_is_what_chance_hardly_explains() -> None:
    frame = leaks(two_reps()).set_index(["rep", "stage"])
    # Of 24 entries 12 got on: at most 3 of these among any 12 entries in 52 901 of 2 704 156 choices, for both alike.
    p_value = 2 * 52901 / 2704156
    assert frame["p_value"].dropna().to_list() == pytest.approx([p_value, p_value])
    assert frame.index[frame["leak"]].to_list() == [("ann", "Lead")]


def test_the_bounds_come_from_the_own_conversion() -> None:
    row = leaks(two_reps()).iloc[0]
    own = stats.binomtest(3, 12).proportion_ci(method="wilson")
    assert row[["low", "high"]].to_list() == pytest.approx([own.low, own.high])
    factor = 12 * 6 / 11 * 3 / 6
    assert row["lost_low"] == pytest.approx(factor * (0.5 - own.high))
    assert row["lost_high"] == pytest.approx(factor * (0.5 - own.low))


def test_a_quarter_in_which_all_did_worse_is_nobodys_leak() -> None:
    """Cy came last: all of the own entries are of a quarter in which everybody's conversion fell."""
    staff = [*STAFF, {"rep_id": "cy", "name": "Cy", "team": "North"}]
    good = [
        walks(by, n, "Lead", *way, day="2025-10-01") for by in ("ann", "bo") for n, way in ((90, ["Offer"]), (10, []))
    ]
    bad = [walks(by, 20, "Lead", *way) for by in ("ann", "bo", "cy") for way in (["Offer"], [LOST])]
    frame = leaks(company(*good, *bad, reps=staff)).set_index(["rep", "stage"])
    row = frame.loc[("cy", "Lead")]
    assert (row["conversion"], row["peers"], row["p_value"]) == (0.5, 0.5, 1.0)
    assert frame.loc[("ann", "Lead"), "peers"] == pytest.approx((100 * 0.9 + 40 * 0.5) / 140)
    # Taken together, 20 of 40 against 240 of 320 would have looked like a leak.
    assert stats.fisher_exact([[20, 20], [220, 60]]).pvalue < 0.001


def test_a_rep_without_entries_has_no_largest_and_nothing_lost() -> None:
    frame = leaks(company(walks("ann", 12, "Lead", LOST), walks("ann", 12, "Lead", "Offer", "Talks", WON)))
    of_bo = frame[frame["rep"] == "bo"]
    assert of_bo["entered"].to_list() == [0, 0, 0]
    assert of_bo[["conversion", "lost_wins", "p_value"]].isna().all(axis=None)
    assert not of_bo["largest"].any()
    # Nobody else entered anything: there is nothing to hold Ann against.
    assert frame["p_value"].isna().all()
    assert not frame["leak"].any()


def test_without_a_win_there_is_no_money() -> None:
    frame = leaks(company(walks("ann", 12, "Lead", "Offer"), walks("bo", 12, "Lead", LOST)))
    assert frame["lost_money"].isna().all()
    # All of the offers are still open: what they will come to is not known.
    assert frame.loc[frame["stage"] == "Lead", "lost_wins"].isna().all()
    assert frame.loc[frame["largest"], "rep"].to_list() == ["ann", "bo"]


def test_each_is_held_against_the_own_peers() -> None:
    staff = [{"rep_id": each, "name": each.title(), "team": team} for each, team in zip("abcd", "EEWW", strict=True)]
    rows = [
        walks(by, n, "Lead", *way)
        for by, won in zip("abcd", (4, 8, 16, 20), strict=True)
        for n, way in ((won, ["Offer"]), (20 - won, [LOST]))
    ]
    book = told("2026-06-30", [row for part in rows for row in part], reps=staff, company=PAIR)
    frame = leaks(Peers(book, QUARTER, peers="team"))
    assert frame.loc[frame["stage"] == "Lead", "peers"].to_list() == pytest.approx([0.3, 0.3, 0.9, 0.9])
    shown = leaks(Peers(book, QUARTER, group="team=W"))
    assert shown.loc[shown["stage"] == "Lead", "peers"].to_list() == pytest.approx([0.6, 0.6])


def test_the_exact_test_of_strata_is_the_sum_over_all_ways() -> None:
    """Two strata worked out in full: 2 of 4 against 6 of 8, and 5 of 6 against 6 of 12."""
    ways = stats.hypergeom.pmf(np.arange(5), 8, 6, 4)[:, None] * stats.hypergeom.pmf(np.arange(7), 12, 6, 6)
    total = np.arange(5)[:, None] + np.arange(7)
    counts = (np.array([[float(a), float(b)]]) for a, b in ((2, 5), (4, 6), (6, 6), (8, 12)))
    usual, p_value = against_peers(*counts)
    assert usual.tolist() == pytest.approx([(4 * 6 / 8 + 6 * 6 / 12) / 10])
    assert p_value.tolist() == pytest.approx([min(1.0, 2 * min(ways[total <= 7].sum(), ways[total >= 7].sum()))])


def test_below_ten_entries_nothing_is_tested() -> None:
    one = np.array([[0.0]]), np.array([[9.0]]), np.array([[50.0]]), np.array([[60.0]])
    assert np.isnan(against_peers(*one)[1]).all()


def book_without(table: str) -> Book:
    rows = walks("ann", 1, "Lead")
    return (
        book_of("2026-06-30", opportunities=rows, reps=STAFF, company=PAIR)
        if table == "history"
        else told("2026-06-30", rows, reps=STAFF)
    )


def test_without_history_or_with_too_few_reps_there_are_no_leaks() -> None:
    with pytest.raises(MissingTable, match="opportunity_history"):
        leaks(Peers(book_without("history"), QUARTER))
    with pytest.raises(Withheld):
        leaks(Peers(book_without("nothing"), QUARTER))
