"""Nobody is called different by chance, and who is truly better is found: measured on simulated companies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from salesops_lib.analysis.reps.leaderboard import leaderboard
from salesops_lib.analysis.reps.peers import Peers
from tests.analysis.reps.equals import company, quarters

Record = Callable[[str, object], None]
DIFFERENT = ("above", "below")


def share_called_different(n: int, seed: int) -> float:
    book = company(n, seed)
    called = [leaderboard(Peers(book, quarter))["verdict"].isin(DIFFERENT).any() for quarter in quarters(n)]
    return sum(called) / n


def share_found(n: int, seed: int) -> float:
    book = company(n, seed, better=0.2)
    found = 0
    for quarter in quarters(n):
        frame = leaderboard(Peers(book, quarter)).set_index(["metric", "rep"])
        found += frame.loc[("win_rate", "R-00"), "verdict"] == "above"
    return found / n


def test_few_companies_of_equal_reps_show_a_difference(record_property: Record) -> None:
    share = share_called_different(25, seed=1)
    record_property(
        "figure", f"equal reps: any called different in {share:.1%} of 25 companies (all figures of the leaderboard)"
    )
    assert share <= 0.08


def test_a_rep_who_is_20_points_better_is_found(record_property: Record) -> None:
    share = share_found(15, seed=2)
    record_property("figure", f"one rep 20 points better over 150 deals: found in {share:.1%} of 15 companies")
    assert share >= 0.8


@pytest.mark.soak
def test_of_200_companies_of_equal_reps_at_most_8_percent_show_a_difference(record_property: Record) -> None:
    share = share_called_different(200, seed=3)
    record_property("figure", f"equal reps: any called different in {share:.1%} of 200 companies")
    assert share <= 0.08


@pytest.mark.soak
def test_in_200_companies_the_better_rep_is_found_in_80_percent(record_property: Record) -> None:
    share = share_found(200, seed=4)
    record_property("figure", f"one rep 20 points better over 150 deals: found in {share:.1%} of 200 companies")
    assert share >= 0.8
