"""Each check on a few records, counted by hand: which are looked at, which fail, and what is listed."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from salesops_lib.analysis.health.checks import make
from salesops_lib.analysis.health.crm_health import CrmHealth
from salesops_lib.analysis.health.registry import WEIGHTS, all_checks
from salesops_lib.analysis.health.spec import TOPICS
from salesops_lib.company import Company
from salesops_lib.data.book import open_book
from salesops_lib.metrics import CATALOGUE
from tests.small import book_of, deal, history_of, told

QUARTER, AS_OF = "2026Q2", "2026-06-30"


def health(deals, *, as_of=AS_OF, quarter=QUARTER, stale_days=30, **more):
    return CrmHealth(told(as_of, deals, **more), quarter, stale_days)


CHECKS = {check.key: check for check in all_checks()}


def found(checked, check):
    """What one check found, and why not if it could not be made."""
    seen, lacking = make(checked.scope, [CHECKS[check]])
    return seen.get(check), lacking.get(check, "")


def counts(checked, check):
    seen, _why = found(checked, check)
    return seen.n, seen.failing


def rows(checked, check):
    return found(checked, check)[0].listed(100)


def listed(checked, check):
    return rows(checked, check)["opportunity_id"].tolist()


def why(checked, check):
    return found(checked, check)[1]


def people(*names, **more):
    return [{"rep_id": name, "name": name.title(), **more} for name in names]


def test_every_check_has_a_weight_and_names_figures_of_the_catalogue():
    checks = all_checks()
    assert {check.key for check in checks} == set(WEIGHTS)
    assert len(checks) == len(WEIGHTS)
    for check in checks:
        assert check.topic in TOPICS
        assert check.metrics
        assert set(check.metrics) <= set(CATALOGUE), check.key
        assert len(check.label) <= 22, check.label
        assert len(check.key) <= 31, "the name of a sheet"
        assert all(text.endswith(".") for text in (check.definition, check.fix)), check.key


DEALS = [
    deal(1, "2026-05-01", ("2026-05-01", "Lead", None, None)),
    deal(2, "2026-05-01", ("2026-05-01", "Offer", None, "2026-08-10"), rep_id="r1", account_id="a1"),
    deal(3, "2026-05-01", ("2026-05-01", "Talks", 500, "2026-06-29"), rep_id="r1", account_id=" "),
    deal(4, "2026-05-01", ("2026-05-01", "Lead", 50, None), ("2026-06-05", "Lost"), rep_id="r2", loss_reason="Price"),
    deal(5, "2026-05-01", ("2026-05-01", "Lead", 0, None), ("2026-06-06", "Lost"), rep_id="r2"),
    deal(6, "2026-05-01", ("2026-05-01", "Lead", 90, None), ("2026-06-07", "Won"), rep_id="r2", list_amount=100),
    # Closed before the quarter: nobody asks for its reason any more.
    deal(7, "2026-01-01", ("2026-01-01", "Lead", 50, None), ("2026-02-06", "Lost"), rep_id="r2"),
]


@pytest.mark.parametrize(
    ("check", "n", "failing"),
    [
        ("missing_owner", 6, ["1"]),
        ("missing_account", 6, ["6", "4", "5", "1", "3"]),
        ("missing_amount", 2, ["2"]),
        ("missing_close_date", 3, ["1"]),
        ("missing_created", 6, []),
        ("missing_loss_reason", 2, ["5"]),
        ("missing_lost_amount", 2, ["5"]),
        ("missing_list_amount", 1, []),
        ("overdue", 2, ["3"]),
    ],
)
def test_a_field_is_asked_for_where_it_is_due(check, n, failing):
    checked = health(DEALS)
    assert counts(checked, check) == (n, len(failing))
    assert sorted(listed(checked, check)) == sorted(failing)


def test_a_list_price_is_no_amount():
    """An amount that the book puts in from the price list is still missing in the CRM, and is not in the money."""
    deals = [{"opportunity_id": "1", "stage": "Talks", "product_id": "p"}, {"opportunity_id": "2", "stage": "Talks"}]
    book = book_of(AS_OF, opportunities=[*deals, deal(3, None, ("2026-06-01", "Talks", 70))], products=[PRICED])
    assert book.table("opportunities").amount.count().to_pyarrow().as_py() == 2
    checked = CrmHealth(book, QUARTER)
    assert counts(checked, "missing_amount") == (3, 2)
    assert pd.isna(found(checked, "missing_amount")[0].amount)


PRICED = {"product_id": "p", "name": "P", "list_price": 250}


def test_an_amount_that_was_filled_in_later_was_missing_before():
    deals = [
        deal(1, "2026-01-01", ("2026-01-01", "Talks", None), ("2026-05-05", "Talks", 80), product_id="p"),
        deal(2, "2026-01-01", ("2026-01-01", "Talks", None), product_id="p"),
    ]
    book = told(AS_OF, deals, products=[PRICED])
    assert counts(CrmHealth(book, QUARTER), "missing_amount") == (2, 1)
    past = CrmHealth(book.at(date(2026, 3, 31)), "2026Q1")
    assert counts(past, "missing_amount") == (2, 2)
    assert past.book.table("opportunities").amount.sum().to_pyarrow().as_py() == 500


def test_stale_is_what_neither_changed_nor_was_worked_on():
    deals = [
        deal(1, "2026-01-01", ("2026-01-01", "Lead", 10), ("2026-05-31", "Offer")),  # 30 days ago: not yet
        deal(2, "2026-01-01", ("2026-01-01", "Lead", 20), ("2026-05-30", "Offer")),  # 31 days ago
        deal(3, "2026-01-01", ("2026-01-01", "Lead", 30)),  # worked on in June
        deal(4, "2026-06-20", ("2026-06-20", "Lead", 40)),  # new
    ]
    logged = [activity("a", "2026-06-02", opportunity_id="3")]
    checked = health(deals, activities=logged)
    assert counts(checked, "stale") == (4, 1)
    assert rows(checked, "stale")[["opportunity_id", "days"]].to_numpy().tolist() == [["2", 31]]
    assert found(checked, "stale")[0].amount == 20
    assert counts(health(deals, stale_days=29, activities=logged), "stale") == (4, 2)
    # Without activities, the one that was worked on seems stale, too.
    assert sorted(listed(health(deals), "stale")) == ["2", "3"]
    half = health(deals, activities=logged).touched.iloc[0]
    assert (half["n"], half["median"], half["stale_days"]) == (4, 29.0, 30)


def activity(name, when, rep="r1", **more):
    happened = when if isinstance(when, datetime) else datetime.fromisoformat(f"{when} 12:00:00")
    return {"activity_id": name, "rep_id": rep, "type": "call", "happened_at": happened, **more}


def test_without_activity_a_new_opportunity_has_a_week():
    deals = [
        deal(1, "2026-06-22", ("2026-06-22", "Lead", 10)),  # eight days old
        deal(2, "2026-06-23", ("2026-06-23", "Lead", 10)),  # seven
        deal(3, "2026-05-01", ("2026-05-01", "Lead", 10)),
    ]
    checked = health(deals, activities=[activity("a", "2026-05-02", opportunity_id="3")])
    assert counts(checked, "untouched") == (2, 1)
    assert listed(checked, "untouched") == ["1"]
    unlinked = health(deals, activities=[activity("a", "2026-05-02")])
    assert "opportunity_id" in why(unlinked, "untouched")


def test_put_off_counts_moves_to_a_later_month():
    moves = [("2026-03-01", "Lead", 10, "2026-04-10"), ("2026-04-01", "Lead", 10, "2026-05-10")]
    deals = [
        deal(1, "2026-03-01", *moves, ("2026-05-01", "Lead", 10, "2026-07-10")),
        deal(2, "2026-03-01", *moves, ("2026-05-01", "Lead", 10, "2026-05-20")),
        deal(3, "2026-03-01", ("2026-03-01", "Lead", 10, "2026-08-01")),
    ]
    checked = health(deals)
    assert counts(checked, "pushed") == (3, 1)
    assert rows(checked, "pushed")[["opportunity_id", "pushes"]].to_numpy().tolist() == [["1", 2]]


def test_dates_in_a_heap_on_the_last_day():
    heap = [deal(i, "2026-06-01", ("2026-06-01", "Lead", 10, "2026-09-30")) for i in range(4)]
    others = [deal(f"o{i}", "2026-06-01", ("2026-06-01", "Lead", 10, f"2026-08-{i + 1:02}")) for i in range(12)]
    # Four of 16 on one of 66 working days: by chance 1 in 11,000. One of 16 is no heap.
    checked = health([*heap, *others])
    assert counts(checked, "quarter_end") == (16, 4)
    assert counts(health([heap[0], *others]), "quarter_end") == (13, 0)


def test_amounts_that_are_none():
    won = [deal(i, "2026-05-01", ("2026-05-01", "Lead", 100), ("2026-06-01", "Won")) for i in range(9)]
    odd = [
        deal("x", "2026-05-01", ("2026-05-01", "Lead", 10_001), ("2026-06-01", "Won")),
        deal("y", "2026-05-01", ("2026-05-01", "Lead", 1), ("2026-06-01", "Won")),
        deal("z", "2026-05-01", ("2026-05-01", "Talks", 0)),
        deal("early", "2026-05-01", ("2026-05-01", "Lead", 0)),
    ]
    checked = health([*won, *odd])
    assert counts(checked, "placeholder") == (12, 2)
    assert counts(checked, "outlier") == (10, 1)
    assert (found(checked, "outlier")[0].amount, found(checked, "outlier")[0].at_stake) == (10_001, 1)
    assert found(checked, "placeholder")[0].at_stake == 1, "z is open, y is won"
    assert rows(checked, "outlier")["times"].tolist() == pytest.approx([100.01])
    assert counts(health([*won[:8], odd[0]]), "outlier") == (0, 0), "of nine amounts, no median is certain"


def test_a_skipped_stage_is_one_of_the_quarter():
    deals = [
        deal(1, "2026-04-05", ("2026-04-05", "Lead", 10), ("2026-05-01", "Talks")),
        deal(2, "2026-04-05", ("2026-04-05", "Lead", 10), ("2026-05-01", "Offer")),
        deal(3, "2026-01-05", ("2026-01-05", "Lead", 10), ("2026-02-01", "Talks")),
        deal(4, "2026-04-05", ("2026-04-05", "Lead", 10), ("2026-05-01", "Lost")),
    ]
    checked = health(deals)
    assert counts(checked, "skipped_stage") == (3, 1)
    assert listed(checked, "skipped_stage") == ["1"]


def test_the_open_ones_that_skipped_a_stage_are_listed_first_and_theirs_is_the_money():
    """Closed ones are larger and stay as they are; the share counts them all the same."""
    jump = ("2026-05-01", "Talks")
    deals = [
        deal("closed", "2026-04-05", ("2026-04-05", "Lead", 900), jump, ("2026-06-01", "Won")),
        deal("little", "2026-04-05", ("2026-04-05", "Lead", 10), jump),
        deal("large", "2026-04-05", ("2026-04-05", "Lead", 20), jump),
    ]
    checked = health(deals)
    assert counts(checked, "skipped_stage") == (3, 3)
    assert listed(checked, "skipped_stage") == ["large", "little", "closed"]
    seen, _why = found(checked, "skipped_stage")
    assert (seen.amount, seen.at_stake) == (30, 2)


def test_a_guessed_date_is_no_reason_to_close_a_deal_as_lost():
    assert "lost" in CHECKS["overdue"].fix
    assert "lost" not in CHECKS["quarter_end"].fix


def test_weeks_without_an_activity():
    """The whole weeks of the quarter, April 6 to June 28, are twelve; who logs nothing at all is not asked."""
    every = [activity(f"a{i}", pd.Timestamp("2026-04-06") + pd.Timedelta(days=7 * i), "r1") for i in range(12)]
    some = [activity("b", "2026-05-13", "r2")]
    reps = [*people("r1", "r3", hired_on="2020-01-01"), *people("r2", hired_on="2026-05-05", left_on="2026-05-25")]
    checked = health(DEALS, activities=[*every, *some], reps=reps)
    # r2 was there throughout the weeks of May 11 and May 18 only.
    assert counts(checked, "idle_week") == (14, 1)
    assert rows(checked, "idle_week").empty, "three reps are fewer than the company shows"
    open_to_all = health(DEALS, activities=[*every, *some], reps=reps, company={"privacy": {"minimum_group": 1}})
    assert rows(open_to_all, "idle_week").to_numpy().tolist() == [["r2", "R2", date(2026, 5, 18)]]


def test_activities_at_one_moment():
    at = datetime(2026, 6, 5, 17, 0)
    heap = [activity(f"h{i}", at) for i in range(5)]
    others = [activity(f"o{i}", at, "r2") for i in range(4)] + [activity("early", "2026-03-01")]
    checked = health(DEALS, activities=[*heap, *others])
    assert counts(checked, "logged_at_once") == (9, 5)
    days = [activity(f"d{i}", datetime(2026, 6, 5)) for i in range(5)]
    assert "happened_at" in why(health(DEALS, activities=days), "logged_at_once")


def test_owners_and_accounts_that_nobody_knows():
    deals = [
        deal(1, "2026-05-01", ("2026-05-01", "Lead", 10), rep_id="r1", account_id="a1"),
        deal(2, "2026-05-01", ("2026-05-01", "Lead", 20), rep_id="gone", account_id="a9"),
        deal(3, "2026-05-01", ("2026-05-01", "Lead", 30), rep_id="r9"),
    ]
    reps = [*people("r1"), *people("gone", left_on="2026-06-01")]
    checked = health(deals, reps=reps, accounts=[{"account_id": "a1", "name": "One"}])
    assert counts(checked, "unknown_owner") == (3, 1)
    assert listed(checked, "unknown_owner") == ["3"]
    assert counts(checked, "owner_left") == (2, 1)
    assert found(checked, "owner_left")[0].amount == 20
    assert counts(checked, "unknown_account") == (2, 1)
    assert rows(checked, "unknown_account")["unknown_id"].tolist() == ["a9"]


def test_what_the_import_brought_to_light():
    good = deal(1, "2026-05-01", ("2026-05-01", "Lead", 10), ("2026-06-01", "Won"))
    turned = {**deal(2, None, ("2026-05-01", "Won", 10)), "created_at": datetime(2026, 5, 9)}
    negative = {**deal(3, None, ("2026-05-01", "Lead", -5))}
    book = book_of(AS_OF, opportunities=[good, good, turned, negative], opportunity_history=history_of([good]))
    checked = CrmHealth(book, QUARTER)
    assert counts(checked, "unusable_row") == (6, 1)
    assert counts(checked, "closed_before_created") == (4, 1)
    assert counts(checked, "copy") == (6, 1)
    assert rows(checked, "copy")["dropped"].tolist() == [1]
    assert rows(checked, "unusable_row")["reason"].tolist() == ["the amount is negative"]


def test_a_row_that_is_none_of_the_table_is_no_copy(tmp_path):
    rows = "006A,false,Won,10,2026-06-01\n006A,false,Won,10,2026-06-01\n006B,true,Won,20,2026-06-01\n"
    export = f"Id,IsDeleted,StageName,Amount,CloseDate\n{rows}\n\nMy report\nCopyright\n"
    (tmp_path / "deals.csv").write_text(export, encoding="utf-8")
    source = {"tables": {"opportunities": {"from": "deals.csv", "preset": "salesforce"}}, "data_until": AS_OF}
    company = {"name": "Small", "source": source, "stages": {"won": ["Won"]}, "folder": tmp_path}
    checked = CrmHealth(open_book(Company.model_validate(company)), QUARTER)
    audit = checked.book.audit.tables[0]
    assert (audit.read, audit.used, audit.dropped, audit.left_out) == (5, 1, 4, 3)
    assert counts(checked, "copy") == (5, 1)


def test_what_the_export_lacks_is_said_and_not_counted():
    columns = {"opportunity_id": "1", "stage": "Lead", "amount": 5}
    checked = CrmHealth(book_of(AS_OF, opportunities=[columns]), QUARTER)
    reasons = checked.not_made.set_index("check")["why"]
    assert "the table 'activities'" in reasons["untouched"]
    assert "the table 'opportunity_history'" in reasons["stale"]
    assert reasons["missing_lost_amount"] == "", "nothing was lost"
    made = set(checked.checks.loc[checked.checks["share"].notna(), "check"])
    assert made.isdisjoint({"untouched", "stale", "pushed", "double_account"})
