"""What a report must not say: of days after the export, of a quarter that is not over, of what was cut short."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from salesops_lib import analysis, measure, open_book, show
from salesops_lib.errors import ParameterError, SourceError
from tests.small import book_of, deal, history_of

REPS = [
    {"rep_id": "a", "name": "Ann", "team": "North"},
    {"rep_id": "b", "name": "Bo", "team": "South"},
]


def quota(rep, amount, start="2026-04-01", end="2026-06-30"):
    period = {"period_start": date.fromisoformat(start), "period_end": date.fromisoformat(end)}
    return {"rep_id": rep, "quota": amount, **period}


def won(number, rep, when, amount=100):
    return deal(number, "2026-04-01", (when, "Won", amount), rep_id=rep)


def test_a_book_is_not_opened_after_the_export():
    company = book_of("2026-06-30", opportunities=[won(1, "a", "2026-05-01")]).company
    with pytest.raises(ParameterError, match="as_of 2026-07-01 is after the day of the export, 2026-06-30"):
        open_book(company, as_of="2026-07-01")
    with pytest.raises(ParameterError, match="2026Q3 has not begun: the data end on 2026-06-30"):
        open_book(company, period="2026Q3")


def test_a_book_is_not_opened_before_the_data():
    company = book_of("2026-06-30", opportunities=[won(1, "a", "2026-05-01")]).company
    with pytest.raises(ParameterError, match="2026Q1 lies before the data: they begin on 2026-04-01"):
        open_book(company, period="2026Q1")
    assert open_book(company, period="2026Q2").as_of == date(2026, 6, 30)


def test_an_export_is_not_of_a_day_to_come():
    today = datetime.now(UTC).date()
    last, soon, later = (today + timedelta(days=days) for days in (-30, 60, 365))
    deals = [deal(1, str(last - timedelta(days=20)), (str(last), "Won", 100), rep_id="a")]
    assert book_of(str(today), opportunities=deals).audit.tables[0].notes == ()
    said = f"data_until is {soon}, a day to come; nothing has happened since {last}"
    assert said in book_of(str(soon), opportunities=deals).audit.tables[0].notes
    with pytest.raises(SourceError, match=rf"end on {later} \(data_until\), a day to come, .* since {last}\. Name the"):
        book_of(str(later), opportunities=deals)
    # What has ended is no fault.
    assert book_of(str(today), opportunities=[won(1, "a", "2021-05-01")]).as_of == today


@pytest.mark.parametrize("day", [pd.Timestamp("2026-05-31 10:00"), datetime(2026, 5, 31, 23), "2026-05-31"])
def test_a_day_may_be_a_moment_of_it(day):
    company = book_of("2026-06-30", opportunities=[won(1, "a", "2026-05-01")]).company
    assert open_book(company, as_of=day).as_of == date(2026, 5, 31)


def test_before_a_quarter_is_over_nobody_is_named_and_nothing_is_missed():
    deals = [won(f"{rep}{i}", rep, "2026-05-01") for rep in "ab" for i in range(6)]
    tables = {"opportunities": deals, "reps": REPS, "quotas": [quota("a", 500), quota("b", 5000)]}
    anyone = {"privacy": {"minimum_group": 1}}
    early, late = (book_of(day, company=anyone, **tables) for day in ("2026-05-31", "2026-06-30"))
    assert analysis.recognition(early, "2026Q2").empty
    assert analysis.recognition(late, "2026Q2")["rep_name"].tolist()[0] == "Ann"
    said = show.say_attainment(analysis.attainment(early, "2026Q2", "team")).text
    assert said == "The quarter is not over; by team, so far 1 of 2 have reached their quota."
    assert "lies below 100%" in show.say_attainment(analysis.attainment(late, "2026Q2", "team")).text


def test_quotas_that_were_cut_short_are_noted():
    reps = [REPS[0], {**REPS[1], "hired_on": date(2026, 6, 1)}]
    tables = {"opportunities": [won(1, "a", "2026-05-01")], "reps": reps}
    whole = book_of("2026-06-30", **tables, quotas=[quota("a", 9100)])
    cut = book_of("2026-06-30", **tables, quotas=[quota("a", 9100), quota("b", 9100)])
    assert measure(whole, "quota", "2026Q2").attrs["notes"] == {}
    tidy = measure(cut, ["quota", "quota_attainment"], "2026Q2")
    assert set(tidy.attrs["notes"].values()) == {"quotas of reps who joined or left are prorated"}
    assert tidy["value"].iloc[0] == pytest.approx(9100 + 3000)
    assert measure(cut, "reps_at_quota", "2026Q2").attrs["notes"]


def test_what_is_still_open_is_counted_and_not_inferred():
    back = [("2026-04-02", "Lead"), ("2026-04-03", "Offer"), ("2026-04-04", "Lead"), ("2026-04-05", "Lost")]
    deals = [deal(1, "2026-04-02", *back), deal(2, "2026-04-02", ("2026-04-02", "Lead"))]
    book = book_of("2026-06-30", opportunities=deals, opportunity_history=history_of(deals))
    funnel = analysis.conversions(book, "2026Q2").set_index("stage")
    assert funnel.loc["Lead", ["entered", "advanced", "lost", "open"]].tolist() == [2, 1, 1, 1]
    assert funnel.loc["Offer", ["entered", "open"]].tolist() == [1, 0]
    assert funnel["censored"].tolist() == [True, False, False]


def test_a_column_of_the_deals_goes_before_that_of_the_reps_whatever_else_is_asked():
    deals = [won(1, "a", "2026-05-01") | {"team": "Own"}]
    book = book_of("2026-06-30", opportunities=deals, reps=[{**REPS[0], "segment": "Large"}])
    assert set(measure(book, "revenue_won", "2026Q2", by=["team"]).query("value > 0")["team"]) == {"Own"}
    assert set(measure(book, "revenue_won", "2026Q2", by=["team", "segment"]).query("value > 0")["team"]) == {"Own"}


def test_pipeline_created_is_what_it_was_at_creation():
    deals = [deal(1, "2026-04-02", ("2026-04-02", "Lead", 1000), ("2026-05-02", "Lost", 0))]
    book = book_of("2026-06-30", opportunities=deals, opportunity_history=history_of(deals))
    assert measure(book, "pipeline_created", "2026Q2")["value"].iloc[0] == 1000
    assert analysis.pipeline_ledger(book, "2026Q2").set_index("line").loc["created", "total"] == 1000


def test_an_expected_date_that_stands_in_closed_at_is_kept():
    book = book_of("2026-06-30", opportunities=[deal(1, "2026-04-02", ("2026-04-02", "Lead", 70))])
    assert book.table("opportunities").close_date.to_pandas().isna().all()
    dated = deal(1, "2026-04-02", ("2026-04-02", "Lead", 70)) | {"closed_at": datetime(2026, 8, 15)}
    book = book_of("2026-06-30", opportunities=[dated])
    assert measure(book, "pipeline_due", "2026Q3")["value"].iloc[0] == 70


def test_a_target_without_a_card_of_its_own_gets_one():
    book = book_of("2026-06-30", company={"targets": {"deals_won": 2}}, opportunities=[won(1, "a", "2026-05-01")])
    row = analysis.scorecard(book, "2026Q2", ["revenue_won"]).set_index("metric").loc["deals_won"]
    assert (row["value"], row["target"]) == (1, 2)


def test_an_impossible_probability_is_quarantined():
    deals = [
        deal(n, "2026-04-02", ("2026-04-02", "Lead", 100)) | {"probability": p} for n, p in enumerate((250.0, 10.0))
    ]
    book = book_of("2026-06-30", opportunities=deals)
    assert book.audit.quarantine["reason"].tolist() == ["the probability is not between 0 and 100 %"]
