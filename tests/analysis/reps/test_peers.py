"""Who is compared with whom: hired, leaving, idle, alone, namesakes, groups too small, groups that do not exist."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from salesops_lib.analysis.reps.peers import Peers, working_days
from salesops_lib.data.book import Book
from salesops_lib.errors import ParameterError, Withheld
from tests.small import book_of, deal

QUARTER = "2026Q2"
ANYONE = {"privacy": {"minimum_group": 1}}


def rep(rep_id: str, **more: Any) -> dict[str, Any]:
    return {"rep_id": rep_id, "name": rep_id.title(), "team": "North", "segment": "SMB", **more}


def won(number: int, by: str | None, when: str = "2026-05-01") -> dict[str, Any]:
    return deal(number, "2026-04-01", (when, "Won", 100), rep_id=by)


def staff(*reps: dict[str, Any], company: dict[str, Any] | None = None) -> Book:
    return book_of("2026-06-30", company=company or ANYONE, opportunities=[won(1, "ann"), won(2, "ann")], reps=reps)


def test_everyone_of_the_quarter_is_there_with_what_must_be_known_of_them() -> None:
    book = staff(
        rep("ann"),
        rep("bo", hired_on=date(2026, 5, 18)),
        rep("cy", left_on=date(2026, 4, 14)),
        rep("dee", hired_on=date(2026, 7, 1)),
        rep("eve", left_on=date(2026, 3, 31)),
    )
    found = Peers(book, QUARTER).reps.set_index("rep")
    assert found.index.to_list() == ["ann", "bo", "cy"]
    # April to June 2026 has 65 working days; from May 18 on 32, up to April 14 ten.
    assert found["days"].to_list() == [65, 32, 10]
    assert found["present"].round(3).to_list() == [1.0, 0.492, 0.154]
    assert found["deals"].to_list() == [2, 0, 0]
    assert found["note"].to_list() == ["", "hired on 2026-05-18", "left on 2026-04-14"]
    assert found.loc["bo", "tenure_months"] == pytest.approx(43 / 30.4375)


def test_two_reps_of_one_name_are_told_apart_by_their_ids() -> None:
    book = staff(rep("ann", name="Kim"), rep("bo", name="Kim"))
    assert Peers(book, QUARTER).reps["rep_name"].to_list() == ["Kim (ann)", "Kim (bo)"]


def test_without_a_table_of_reps_who_closed_deals_is_compared() -> None:
    book = book_of("2026-06-30", company=ANYONE, opportunities=[won(1, "ann"), won(2, "bo"), won(3, None)])
    assert Peers(book, QUARTER).reps["rep"].to_list() == ["ann", "bo"]


def test_a_group_is_shown_and_compared_with_all() -> None:
    book = staff(rep("ann"), rep("bo", team="South"), rep("cy", team="South", segment="Large"))
    peers = Peers(book, QUARTER, group="team=South")
    assert peers.reps["rep"].to_list() == ["bo", "cy"]
    assert peers.compared["rep"].to_list() == ["ann", "bo", "cy"]
    by_segment = Peers(book, QUARTER, group="team=South", peers="segment")
    assert by_segment.reps["peers"].to_list() == ["SMB", "Large"]
    assert Peers(book, QUARTER, group="team=North", peers="segment").compared["rep"].to_list() == ["ann", "bo"]


@pytest.mark.parametrize(
    ("group", "peers", "message"),
    [
        ("team=Nort", "all", "there is no team 'Nort' in 2026Q2. Did you mean North?"),
        ("squad=North", "all", "group: reps have no 'squad'. Known: all, segment, team."),
        ("North", "all", "the group 'North' names nobody. Write it as team=NAME, or all."),
        ("all", "territory", "peers: reps have no 'territory'. Known: all, segment, team."),
    ],
)
def test_a_group_that_does_not_exist_is_refused_with_the_way_out(group: str, peers: str, message: str) -> None:
    with pytest.raises(ParameterError) as error:
        _ = Peers(staff(rep("ann"), rep("bo")), QUARTER, group, peers).reps
    assert str(error.value) == message


def test_groups_smaller_than_the_minimum_show_nobody() -> None:
    five = [rep(name) for name in ("ann", "bo", "cy", "dee", "eve")]
    small = [rep("flo", team="South"), rep("gil", team="South")]
    book = staff(*five, *small, company={"privacy": {"minimum_group": 5}})
    assert len(Peers(book, QUARTER).reps) == 7
    with pytest.raises(Withheld) as error:
        _ = Peers(book, QUARTER, group="team=South").reps
    assert str(error.value) == (
        "individual figures of a group of 2 people are withheld: the company file shows them from 5 on "
        "(privacy: minimum_group)."
    )
    # Compared team by team, those of the small team have too few peers.
    assert Peers(book, QUARTER, peers="team").reps["rep"].to_list() == ["ann", "bo", "cy", "dee", "eve"]


def test_working_days_are_from_monday_to_friday() -> None:
    assert working_days(date(2026, 6, 5), date(2026, 6, 8)) == 2
    assert working_days(date(2026, 6, 8), date(2026, 6, 5)) == 0
