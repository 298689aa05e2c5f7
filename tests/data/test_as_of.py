"""The past as it was known then: states on any date, and nothing that came later."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesops_lib.data.book import open_book

DEALS = "opportunity_id,stage,amount,close_date,created_at,closed_at,loss_reason,cancelled_at,probability\n"
HISTORY = "opportunity_id,changed_at,stage,amount,close_date\n"
LOSS = "A1,2026-01-10 09:00,Qualify,100,2026-03-01\nA1,2026-02-10 09:00,Lost,90,2026-02-10\n"


@pytest.fixture
def book(desk):
    def opened(deals, history=None, **tables):
        files = {"deals.csv": DEALS + deals, **{f"{name}.csv": text for name, text in tables.items()}}
        if history is not None:
            files["opportunity_history.csv"] = history if history.startswith("opp") else HISTORY + history
        for name, text in files.items():
            (desk.folder / name).write_text(text, encoding="utf-8")
        named = {name.removesuffix(".csv"): name for name in files if name != "deals.csv"}
        return open_book(desk.company(tables=named))

    return opened


def deal(book, day, id_="A1"):
    rows = book.at(dt.date.fromisoformat(day)).table("opportunities").to_pyarrow().to_pylist()
    return next((row for row in rows if row["opportunity_id"] == id_), None)


def spans(book, day, id_="A1"):
    table = book.at(dt.date.fromisoformat(day)).table("states")
    rows = table.filter(table.opportunity_id == id_).to_pyarrow().to_pylist()
    rows.sort(key=lambda row: (row["valid_from"], row["valid_to"] or dt.datetime.max))
    return [
        (f"{row['valid_from']:%m-%d}", row["valid_to"] and f"{row['valid_to']:%m-%d}", row["stage"], row["amount"])
        for row in rows
    ]


class TestHistory:
    def test_a_walk_is_known_day_by_day(self, book):
        walk = (
            "A1,2026-01-10 09:00,Qualify,100,2026-03-01\nA1,2026-02-10 09:00,Propose,150,2026-04-01\n"
            "A1,2026-03-10 09:00,Won,140,2026-03-10\n"
        )
        found = book("A1,Won,140,,2026-01-10 09:00,2026-03-10,,,\n", walk)
        assert deal(found, "2026-01-09") is None
        first, second, third = (deal(found, day) for day in ("2026-01-10", "2026-03-09", "2026-03-10"))
        assert (first["stage"], first["amount"], first["close_date"]) == ("Qualify", 100, dt.date(2026, 3, 1))
        assert (second["stage"], second["amount"], second["closed_at"]) == ("Propose", 150, None)
        assert (second["is_closed"], second["is_won"], second["cycle_days"]) == (False, False, None)
        assert (third["is_won"], third["amount"], third["cycle_days"], third["last_open_stage"]) == (
            True,
            140,
            59,
            "Propose",
        )
        assert spans(found, "2026-03-09") == [("01-10", "02-10", "Qualify", 100), ("02-10", None, "Propose", 150)]

    def test_a_change_in_the_last_moment_of_a_day_is_known_and_at_midnight_is_not(self, book):
        walk = "A1,2026-01-10,Qualify,100,\nA1,2026-02-10 23:59:59,Propose,150,\nA1,2026-02-12,Lost,150,\n"
        found = book("A1,Lost,150,,2026-01-10,2026-02-12,,,\n", walk)
        assert [deal(found, day)["stage"] for day in ("2026-02-09", "2026-02-10", "2026-02-11", "2026-02-12")] == [
            "Qualify",
            "Propose",
            "Propose",
            "Lost",
        ]

    def test_what_came_later_is_not_known(self, book):
        found = book("A1,Lost,90,2026-02-10,2026-01-10,2026-02-10,Price,2026-05-01,0.25\n", LOSS)
        before = deal(found, "2026-02-09")
        assert [
            before[name] for name in ("stage", "amount", "loss_reason", "closed_at", "cancelled_at", "probability")
        ] == [
            "Qualify",
            100,
            None,
            None,
            None,
            None,
        ]
        after = deal(found, "2026-02-10")
        assert (after["stage"], after["amount"], after["loss_reason"], after["cancelled_at"]) == (
            "Lost",
            90,
            "Price",
            None,
        )
        assert deal(found, "2026-05-01")["cancelled_at"] == dt.datetime(2026, 5, 1)

    def test_a_close_entered_late_counts_on_its_close_date_once_it_is_known(self, book):
        late = "A1,2026-01-10,Qualify,100,\nA1,2026-04-05 10:00,Won,100,\n"
        found = book("A1,Won,100,,2026-01-10,2026-03-30,,,\n", late)
        assert deal(found, "2026-03-31")["is_won"] is False
        assert deal(found, "2026-04-05")["closed_at"] == dt.datetime(2026, 3, 30)

    def test_a_later_change_of_a_closed_deal_leaves_its_close_date(self, book):
        walk = "A1,2026-01-10,Qualify,100,\nA1,2026-04-05,Won,100,\nA1,2026-04-20,Won,80,\nA1,2026-05-20,Won,70,\n"
        found = book("A1,Won,70,,2026-01-10,2026-03-30,,,\n", walk)
        for day, amount in (("2026-04-06", 100), ("2026-04-30", 80), ("2026-05-30", 70)):
            assert (deal(found, day)["closed_at"], deal(found, day)["amount"]) == (dt.datetime(2026, 3, 30), amount)

    def test_a_reopened_deal_was_closed_then_on_the_day_it_was_closed(self, book):
        walk = (
            "A1,2026-01-10,Qualify,100,\nA1,2026-02-10 09:00,Lost,100,\nA1,2026-02-11,Lost,95,\n"
            "A1,2026-03-10,Propose,120,\nA1,2026-04-10,Lost,110,\n"
        )
        found = book("A1,Lost,110,,2026-01-10,2026-04-10,Timing,,\n", walk)
        then = deal(found, "2026-02-28")
        assert (then["is_lost"], then["closed_at"], then["loss_reason"]) == (True, dt.datetime(2026, 2, 10, 9), None)
        assert then["last_open_stage"] == "Qualify"
        assert (deal(found, "2026-03-10")["is_closed"], deal(found, "2026-03-10")["last_open_stage"]) == (False, None)
        now = deal(found, "2026-04-10")
        assert (now["closed_at"], now["loss_reason"], now["last_open_stage"]) == (
            dt.datetime(2026, 4, 10),
            "Timing",
            "Propose",
        )

    def test_a_lost_deal_that_is_won_later_was_lost_then(self, book):
        found = book("A1,Won,100,,2026-01-10,2026-06-01,,,\n", LOSS + "A1,2026-06-01,Won,100,\n")
        then = deal(found, "2026-05-31")
        assert (then["is_lost"], then["is_won"], then["closed_at"]) == (True, False, dt.datetime(2026, 2, 10, 9))

    def test_of_changes_at_one_moment_the_later_row_holds(self, book):
        walk = "A1,2026-01-10,Qualify,100,\nA1,2026-01-10,Propose,110,\nA1,2026-02-10,Lost,110,\n"
        found = book("A1,Lost,110,,2026-01-10,2026-02-10,,,\n", walk)
        assert deal(found, "2026-01-31")["stage"] == "Propose"
        assert deal(found, "2026-02-10")["last_open_stage"] == "Propose"

    def test_the_first_known_state_goes_back_to_the_creation(self, book):
        found = book("A1,Lost,90,,2026-01-02,2026-02-10,,,\n", LOSS)
        assert deal(found, "2026-01-02")["stage"] == "Qualify"
        assert deal(found, "2026-01-01") is None
        found = book("A1,Lost,90,,,2026-02-10,,,\n", LOSS)
        assert deal(found, "2026-01-09") is None

    def test_a_close_that_history_does_not_tell_is_added(self, book):
        found = book(
            "A1,Won,120,,2026-01-10,2026-03-05,,,\n", "A1,2026-01-10,Qualify,100,\nA1,2026-02-10,Propose,110,\n"
        )
        assert [deal(found, day)["stage"] for day in ("2026-03-04", "2026-03-05")] == ["Propose", "Won"]
        assert spans(found, "2026-03-05")[-1] == ("03-05", None, "Won", 120)

    def test_states_and_opportunities_agree_where_the_record_says_more_than_the_history(self, book):
        found = book("A1,Propose,130,2026-12-01,2026-01-10,,,,\n", "A1,2026-01-10,Qualify,100,\n")
        assert spans(found, "2026-09-30") == [("01-10", None, "Propose", 130)]
        assert deal(found, "2026-09-30")["amount"] == 130

    def test_an_amount_that_was_empty_then_is_not_filled_with_todays(self, book):
        found = book("A1,Won,500,,2026-01-10,2026-03-05,,,\n", "A1,2026-01-10,Qualify,,\nA1,2026-03-05,Won,500,\n")
        assert deal(found, "2026-02-01")["amount"] is None
        assert spans(found, "2026-02-01") == [("01-10", None, "Qualify", None)]

    def test_what_the_history_has_no_column_for_is_todays_and_said(self, book):
        walk = "opportunity_id,changed_at,stage\nA1,2026-01-10,Qualify\nA1,2026-03-05,Won\n"
        found = book("A1,Won,500,,2026-01-10,2026-03-05,,,\n", walk)
        assert deal(found, "2026-02-01")["amount"] == 500
        assert spans(found, "2026-02-01") == [("01-10", None, "Qualify", 500)]
        assert "amount, close date, forecast category" in found.audit.tables[1].notes[0]

    def test_an_open_deal_without_an_amount_was_worth_its_list_price_then_too(self, book, desk):
        (desk.folder / "products.csv").write_text("product_id,list_price\nP1,75\n", encoding="utf-8")
        (desk.folder / "deals.csv").write_text(
            "opportunity_id,product_id,stage,amount,created_at,closed_at\nA1,P1,Propose,,2026-01-10,\n"
            "A2,P1,Won,60,2026-01-10,2026-03-05\n",
            encoding="utf-8",
        )
        walk = "A1,2026-01-10,Qualify,,\nA1,2026-03-01,Propose,,\nA2,2026-01-10,Qualify,,\nA2,2026-03-05,Won,60,\n"
        (desk.folder / "history.csv").write_text(HISTORY + walk, encoding="utf-8")
        tables = {"products": "products.csv", "opportunity_history": "history.csv"}
        found = open_book(desk.company(tables=tables))
        assert found.audit.tables[0].notes[-1] == "1 of them is valued at list price"
        assert [deal(found, "2026-02-01", id_)["amount"] for id_ in ("A1", "A2")] == [75, 75]
        assert spans(found, "2026-02-01", "A2") == [("01-10", None, "Qualify", 75)]
        assert "_price" not in found.table("opportunities").columns
        assert found.extras("opportunities") == ()


class TestWithoutHistory:
    def test_what_is_approximated_is_said_where_it_matters(self, book):
        found = book("A1,Won,140,,2026-01-10,2026-03-10,,,0.9\n")
        assert found.audit.tables[0].notes == ()
        said = "no opportunity_history: stages, amounts and close dates of the past are today's"
        assert found.at(dt.date(2026, 2, 1)).audit.tables[0].notes == (said,)

    def test_a_deal_is_open_until_it_closes_and_its_stage_is_not_known(self, book):
        found = book("A1,Won,140,,2026-01-10,2026-03-10,,,0.9\n")
        then = deal(found, "2026-03-09")
        assert (then["stage"], then["is_closed"], then["amount"], then["probability"]) == (None, False, 140, None)
        assert deal(found, "2026-03-10")["closed_at"] == dt.datetime(2026, 3, 10)

    def test_a_closed_deal_of_unknown_creation_is_not_known_before_its_close(self, book):
        found = book("A1,Won,140,,,2026-03-10,,,\nA2,Qualify,10,,,,,,\n")
        assert deal(found, "2026-03-09") is None
        assert deal(found, "2026-03-09", "A2")["stage"] == "Qualify"
        assert deal(found, "2026-03-10")["is_won"] is True


def test_other_tables_know_nothing_later(book):
    found = book(
        "A1,Qualify,1,,2026-01-01,,,,\n",
        reps="rep_id,hired_on,left_on\nR1,2026-01-01,2026-05-01\nR2,2026-04-01,\n",
        leads="lead_id,created_at,first_response_at,converted_at,opportunity_id,response_automatic\n"
        "L1,2026-02-01,2026-03-05,2026-03-06,A1,false\nL2,2026-04-01,,,,\n",
        activities="activity_id,rep_id,happened_at,type\nX1,R1,2026-03-01 23:00,call\nX2,R1,2026-03-02,call\n",
        forecasts="rep_id,submitted_at,period_start,period_end,amount\n"
        "R1,2026-03-01,2026-01-01,2026-03-31,5\nR1,2026-03-02,2026-01-01,2026-03-31,6\n",
        tools="tool_id,month\nT1,2026-03-01\nT1,2026-04-01\n",
    ).at(dt.date(2026, 3, 1))
    reps = found.table("reps").to_pyarrow().to_pylist()
    assert [(rep["rep_id"], rep["left_on"]) for rep in reps] == [("R1", None)]
    leads = found.table("leads").to_pyarrow().to_pylist()
    unknown = ("first_response_at", "converted_at", "opportunity_id", "response_automatic")
    assert [[lead[name] for name in unknown] for lead in leads] == [[None] * 4]
    assert {name: found.table(name).count().to_pyarrow().as_py() for name in ("activities", "forecasts", "tools")} == {
        "activities": 1,
        "forecasts": 1,
        "tools": 1,
    }


DAYS = st.integers(0, 12).map(lambda n: dt.datetime(2026, 1, 1) + dt.timedelta(days=n))
STAGE = st.sampled_from(["Qualify", "Propose", "Won", "Lost"])


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    walks=st.lists(
        st.lists(st.tuples(DAYS, STAGE, st.integers(1, 99)), min_size=1, max_size=5), min_size=8, max_size=40
    )
)
def test_a_book_equals_a_slow_look_at_every_change(desk, walks):
    deals, history = DEALS, HISTORY
    for i, walk in enumerate(walks):
        walk.sort(key=lambda change: change[0])
        for at, stage, amount in walk:
            history += f"A{i},{at},{stage},{amount},\n"
        at, stage, amount = walk[-1]
        deals += f"A{i},{stage},{amount},,{walk[0][0]},{at if stage in ('Won', 'Lost') else ''},,,\n"
    (desk.folder / "deals.csv").write_text(deals, encoding="utf-8")
    (desk.folder / "history.csv").write_text(history, encoding="utf-8")
    book = open_book(desk.company(tables={"opportunity_history": "history.csv"}))
    for day in (dt.date(2026, 1, 1), dt.date(2026, 1, 5), dt.date(2026, 1, 9), dt.date(2026, 1, 31)):
        expected = {}
        for i, walk in enumerate(walks):
            known = [change for change in walk if change[0].date() <= day]
            if known:
                expected[f"A{i}"] = (known[-1][1], Decimal(known[-1][2]))
        rows = book.at(day).table("opportunities").to_pyarrow().to_pylist()
        assert {row["opportunity_id"]: (row["stage"], row["amount"]) for row in rows} == expected
        current = book.at(day).table("states").to_pyarrow().to_pylist()
        held = {row["opportunity_id"]: (row["stage"], row["amount"]) for row in current if row["valid_to"] is None}
        assert held == expected
