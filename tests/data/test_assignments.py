"""Who belonged where when: a rep who moves is where the book's day says, and the move is known."""

import datetime as dt

import pytest
from ibis import _

from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.data.book import open_book
from salesops_lib.errors import MissingTable, SourceError
from salesops_lib.metrics import measure
from tests.small import book_of, deal

QUARTER_END = "2026-09-30"
ANYONE = {"privacy": {"minimum_group": 1}}
REPS = [
    {"rep_id": "R-1", "name": "Ann", "team": "East", "territory_id": "T-01", "manager_id": "M-1", "segment": "SMB"},
    {"rep_id": "R-2", "name": "Ben", "team": "West", "territory_id": "T-02"},
]
MOVE = {"rep_id": "R-1", "valid_from": "2026-08-03", "team": "West", "territory_id": "T-02"}
NEXT = {"rep_id": "R-1", "valid_from": "2026-10-05", "team": "North"}


def company(*assignments, reps=REPS, as_of=QUARTER_END):
    deals = [
        deal(1, "2026-06-01", ("2026-06-01", "Lead"), ("2026-07-10", "Won", 100), rep_id="R-1"),
        deal(2, "2026-06-01", ("2026-06-01", "Lead"), ("2026-09-10", "Won", 10), rep_id="R-1"),
        deal(3, "2026-06-01", ("2026-06-01", "Lead"), ("2026-09-11", "Won", 1), rep_id="R-2"),
    ]
    more = {"assignments": assignments} if assignments else {}
    return book_of(as_of, company=ANYONE, opportunities=deals, reps=reps, **more)


def teams(book):
    rows = book.table("reps").select("rep_id", "team", "territory_id", "manager_id", "segment").order_by("rep_id")
    return [tuple(row.values()) for row in rows.to_pyarrow().to_pylist()]


def moves(book):
    rows = book.table("moves").order_by("rep_id", "moved_on", "field").to_pyarrow().to_pylist()
    return [(row["rep_id"], f"{row['moved_on']}", row["field"], row["before"], row["after"]) for row in rows]


def test_68_a_rep_is_where_the_books_day_says():
    book = company(MOVE)
    moved = ("R-1", "West", "T-02", "M-1", "SMB")
    before = ("R-1", "East", "T-01", "M-1", "SMB")
    assert teams(book)[0] == teams(book.at(dt.date(2026, 8, 3)))[0] == moved
    assert teams(book.at(dt.date(2026, 8, 2)))[0] == before
    assert teams(book)[1] == ("R-2", "West", "T-02", None, None)


def test_68_all_that_a_rep_did_counts_where_the_rep_is_now():
    book = company(MOVE)
    assert measure(book, "revenue_won", "2026Q3", by="team")["value"].to_dict() == {0: 111}
    earlier = measure(book.at(dt.date(2026, 8, 2)), "revenue_won", "2026Q3", by=["team"])
    assert dict(zip(earlier["team"], earlier["value"], strict=True)) == {"East": 100, "West": 0}


def test_a_move_after_the_day_is_not_known():
    book = company(MOVE, NEXT)
    assert teams(book)[0][1] == "West"
    assert [move[1] for move in moves(book)] == ["2026-08-03", "2026-08-03"]
    assert book.table("assignments").count().to_pyarrow().as_py() == 1


def test_the_last_of_several_moves_holds_whatever_their_order():
    late = company(NEXT, MOVE, as_of="2026-10-05")
    assert teams(late)[0] == ("R-1", "North", "T-02", "M-1", "SMB")
    assert moves(late)[-1] == ("R-1", "2026-10-05", "team", "West", "North")


def test_moves_say_from_where_to_where():
    assert moves(company(MOVE)) == [
        ("R-1", "2026-08-03", "team", "East", "West"),
        ("R-1", "2026-08-03", "territory", "T-01", "T-02"),
    ]


def test_an_assignment_that_changes_nothing_is_no_move():
    assert moves(company({"rep_id": "R-1", "valid_from": "2026-08-03", "team": "East"})) == []


def test_where_a_rep_began_is_no_move():
    hired = [{**REPS[0], "hired_on": "2026-08-03"}]
    assert moves(company(MOVE, reps=hired)) == []


def test_an_export_of_today_says_nothing_of_before():
    whole = [
        {"rep_id": "R-1", "valid_from": "2025-01-01", "team": "East"},
        {"rep_id": "R-1", "valid_from": "2026-08-03", "team": "West"},
    ]
    book = company(*whole, reps=[{**REPS[0], "team": "West"}])
    assert moves(book) == [("R-1", "2026-08-03", "team", "East", "West")]
    assert teams(book.at(dt.date(2026, 7, 1)))[0][1] == "East"


def test_the_peers_note_says_it():
    reps = Peers(company(MOVE), "2026Q3").reps.set_index("rep")
    said = "moved from team East to West on 2026-08-03; moved from territory T-01 to T-02 on 2026-08-03"
    assert reps["note"].to_dict() == {"R-1": said, "R-2": ""}
    assert set(Peers(company(MOVE), "2026Q2").everyone["note"]) == {""}


def test_without_assignments_nobody_moves():
    book = company()
    assert teams(book)[0][1] == "East"
    with pytest.raises(MissingTable, match="this needs the table 'assignments'"):
        book.table("moves")


def test_who_is_hired_later_has_a_team_for_the_quota(desk):
    desk.write(
        deals_csv="opportunity_id,rep_id,stage,amount,created_at,closed_at\nA1,R1,Won,5,2026-01-05,2026-02-05\n",
        reps_csv="rep_id,team,hired_on\nR1,East,2020-01-01\nR2,West,2026-05-01\n",
        quotas_csv="rep_id,period_start,period_end,quota\nR2,2026-04-01,2026-06-30,91\n",
        moves_csv="rep_id,valid_from,team\nR1,2026-03-01,North\n",
    )
    book = open_book(desk.company(tables={"reps": "reps.csv", "quotas": "quotas.csv", "assignments": "moves.csv"}))
    found = measure(book.at(dt.date(2026, 4, 30)), "quota", "2026Q2", by="team")
    quotas = dict(zip(found["team"], found["value"], strict=True))
    assert quotas["West"] == pytest.approx(61)  # May and June of 91 days


def test_two_assignments_of_one_day_are_rejected(desk):
    desk.write(
        deals_csv="opportunity_id,stage,amount,closed_at\nA1,Won,5,2026-02-05\n",
        reps_csv="rep_id\nR1\n",
        moves_csv="rep_id,valid_from,team\nR1,2026-03-01,North\nR1,2026-03-01,East\n",
    )
    with pytest.raises(SourceError, match="the same rep_id and valid_from has different values: R1 2026-03-01"):
        open_book(desk.company(tables={"reps": "reps.csv", "assignments": "moves.csv"}))


def test_an_assignment_of_nobody_is_noted(desk):
    desk.write(
        deals_csv="opportunity_id,stage,amount,closed_at\nA1,Won,5,2026-02-05\n",
        reps_csv="rep_id\nR1\n",
        moves_csv="rep_id,valid_from,team\nR9,2026-03-01,North\n",
    )
    book = open_book(desk.company(tables={"reps": "reps.csv", "assignments": "moves.csv"}))
    notes = {table.table: table.notes for table in book.audit.tables}
    assert notes["assignments"] == ("1 row has a rep_id that reps does not have ('R9')",)
    assert book.table("assigned_reps").filter(_.team.notnull()).count().to_pyarrow().as_py() == 0
