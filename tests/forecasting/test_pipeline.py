"""The pipeline forecast: worked out by hand, as of its day only, and right about companies whose rates are known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated import MEAN_AMOUNT, company
from small import LOST, WON, book_of, deal, told

from salesops_lib.data.book import Book, open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.errors import ParameterError
from salesops_lib.forecasting import chances as learning
from salesops_lib.forecasting.chances import Stays, rates, won_by
from salesops_lib.forecasting.deals import NEVER, number, read_deals
from salesops_lib.forecasting.pace import pace, rhythm
from salesops_lib.forecasting.pipeline import contributions, pipeline_forecast
from salesops_lib.forecasting.snapshots import Snapshots, spread
from salesops_lib.forecasting.spans import Span
from salesops_lib.metrics import measure
from salesops_lib.periods import Calendar

TODAY = "2026-05-10"
BOUNDS = ["lo-80", "hi-80", "lo-95", "hi-95"]


def pair(number: int, created: str, amount: float, **more: Any) -> list[dict[str, Any]]:
    """One deal that is won after ten days and one that is lost then."""
    closed = (date.fromisoformat(created) + timedelta(days=10)).isoformat()
    return [
        deal(f"{number}w", created, (created, "Lead", amount), (closed, WON, amount), rep_id="r1", **more),
        deal(f"{number}l", created, (created, "Lead", amount), (closed, LOST, amount), rep_id="r1", **more),
    ]


def tens(*last: dict[str, Any]) -> list[dict[str, Any]]:
    """17 pairs: everything is closed on its tenth day, half of it won."""
    return [
        *(row for i in range(13) for row in pair(i, "2025-10-01", 100, lead_source="Web")),
        *pair(20, "2025-12-01", 500, lead_source="Web"),  # not there yet on 2025-11-10, 51 days before the end
        *pair(21, "2026-02-01", 700, lead_source="Event"),  # open on 2026-02-08
        *pair(22, "2026-03-01", 900, lead_source="Event"),  # not there yet on 2026-02-08
        *pair(23, "2026-04-10", 1000, lead_source="Web"),  # closed so far
        *last,
    ]


def open_deals() -> list[dict[str, Any]]:
    return [
        deal("A", "2026-05-01", ("2026-05-01", "Lead", 200, "2026-08-01"), rep_id="r1", lead_source="Web"),
        deal("B", "2026-05-05", ("2026-05-05", "Lead", 60), rep_id="r2", lead_source="Event", name="Sixty"),
    ]


def test_the_three_parts_by_hand() -> None:
    frame = pipeline_forecast(told(TODAY, tens(*open_deals())), "2026Q2")
    found = frame.iloc[0]
    # Both open ones will be ten days old in the quarter: half of 260. Arrivals: the mean of 900 (Q1) and 500 (Q4).
    assert found[["closed", "open", "arrivals", "mean"]].tolist() == pytest.approx([1000, 130, 700, 1830])
    assert (found["n_open"], found["history_snapshots"]) == (2, 0)
    assert found[BOUNDS].isna().all()
    assert frame.attrs["notes"] == {
        "interval": "no interval: 0 earlier periods tell how far such forecasts were off, and it takes 4"
    }


def test_parts_by_group_add_up_and_members_without_deals_are_there() -> None:
    reps = [{"rep_id": rep, "name": rep} for rep in ("r1", "r2", "r3")]
    book = told(TODAY, tens(*open_deals()), reps=reps)
    frame = pipeline_forecast(book, "2026Q2", "rep").set_index("rep")
    assert frame["closed"].to_dict() == {"r1": 1000, "r2": 0, "r3": 0}
    assert frame["open"].to_dict() == pytest.approx({"r1": 100, "r2": 30, "r3": 0})
    assert frame["arrivals"].to_dict() == {"r1": 700, "r2": 0, "r3": 0}
    assert frame["n_open"].to_dict() == {"r1": 1, "r2": 1, "r3": 0}
    two = pipeline_forecast(book, "2026Q2", ["lead_source", "rep"])
    assert two["mean"].sum() == pytest.approx(1830)
    assert two.loc[two["lead_source"] == "Event", "arrivals"].sum() == 450


def test_contributions_by_hand() -> None:
    book = told(TODAY, tens(*open_deals()), accounts=[])
    frame = contributions(book, "2026Q2")
    assert frame["opportunity_id"].tolist() == ["A", "B"]
    first, second = frame.iloc[0], frame.iloc[1]
    assert (first["chance"], first["expected"], first["age_days"], first["amount"]) == pytest.approx((0.5, 100, 9, 200))
    assert (first["name"], first["rep"], first["stage"], first["source"]) == ("A", "r1", "Lead", "stage")
    assert first["close_date"] == pd.Timestamp("2026-08-01")
    assert (second["name"], second["account"], second["amount_from"]) == ("Sixty", "", "record")
    assert frame["expected"].sum() == pytest.approx(pipeline_forecast(book, "2026Q2")["open"].sum())


def test_a_period_that_has_not_begun_counts_what_is_won_in_it_alone() -> None:
    # On 2026-03-27, A is four days old: it closes on the tenth, 2026-04-02. B is nine days old and closes on 03-28.
    rows = [
        deal("A", "2026-03-23", ("2026-03-23", "Lead", 200)),
        deal("B", "2026-03-18", ("2026-03-18", "Lead", 60)),
    ]
    book = told("2026-03-27", [*tens()[:32], *rows])
    chance = {p: contributions(book, p).set_index("opportunity_id")["chance"] for p in ("2026Q1", "2026Q2")}
    assert chance["2026Q1"].to_dict() == pytest.approx({"A": 0.0, "B": 0.5})
    assert chance["2026Q2"].to_dict() == pytest.approx({"A": 0.5, "B": 0.0})


def test_without_enough_history_the_stage_default_counts_for_what_is_due() -> None:
    rows = [
        deal(1, "2026-04-02", ("2026-04-02", "Offer", 100, "2026-06-30")),
        deal(2, "2026-04-02", ("2026-04-02", "Offer", 1000, "2026-07-01")),
        deal(3, "2026-04-02", ("2026-04-02", "Talks", 10)),
        deal(4, "2026-04-02", ("2026-04-02", "Lead", 300), ("2026-04-20", WON, 300)),
        deal(6, "2026-04-02", ("2026-04-02", "Lead", None, "2026-05-01")),
    ]
    book = told(TODAY, rows)
    frame = contributions(book, "2026Q2").set_index("opportunity_id")
    # The sixth has no amount: it counts as the one won, 300.
    assert frame["expected"].to_dict() == pytest.approx({"1": 40, "2": 0, "3": 7, "6": 30})
    assert set(frame["source"]) == {"company file"}
    assert frame.loc["6", "amount_from"] == "average"
    assert np.isnan(frame.loc["6", "amount"])
    total = pipeline_forecast(book, "2026Q2")
    assert total.iloc[0][["closed", "open", "arrivals", "mean"]].tolist() == pytest.approx([300, 77, 0, 377])
    assert set(total.attrs["notes"]) == {"interval", "arrivals", "chance", "amount"}
    assert total.attrs["notes"]["amount"].startswith("1 open opportunity has no amount")


def test_without_a_history_of_stages_age_tells() -> None:
    book = book_of(TODAY, opportunities=tens(*open_deals()))
    frame = contributions(book, "2026Q2").set_index("opportunity_id")
    assert frame["source"].tolist() == ["age", "age"]
    assert frame["chance"].to_dict() == pytest.approx({"A": 0.5, "B": 0.5})
    assert pipeline_forecast(book, "2026Q2")["mean"].iloc[0] == pytest.approx(1830)


def test_a_period_that_is_over_is_a_fact() -> None:
    frame = pipeline_forecast(told(TODAY, tens(*open_deals())), "2026Q1")
    assert frame.iloc[0][["closed", "open", "arrivals", "mean"]].tolist() == [1600, 0, 0, 1600]
    assert frame[BOUNDS].isna().all(axis=None)
    assert frame.attrs["notes"] == {"interval": "the period is over: its revenue is a fact"}


def test_a_list_of_orders_is_all_arrivals() -> None:
    days = pd.date_range("2023-01-10", "2026-05-10", freq="5D").strftime("%Y-%m-%d")
    book = told(TODAY, [deal(i, day, (day, WON, 10)) for i, day in enumerate(days)])
    found = pipeline_forecast(book, "2026Q2").iloc[0]
    # Every fifth day 10: 8 of them in April and May so far, and 10 or 11 in the 51 days left.
    assert (found["closed"], found["open"], found["n_open"]) == (80, 0, 0)
    assert 100 <= found["arrivals"] <= 110
    assert found["history_snapshots"] == 8
    assert found["hi-95"] - found["lo-95"] < 50


def test_no_deals_at_all() -> None:
    for rows in ([], [deal(1, "2026-05-01", ("2026-05-01", "Offer", 100))]):
        frame = pipeline_forecast(told(TODAY, rows), "2026Q2")
        assert frame["mean"].tolist() == [40.0 * len(rows)]
        assert len(contributions(told(TODAY, rows), "2026Q2")) == len(rows)
    with pytest.raises(ParameterError, match="'nowhere' is no dimension"):
        pipeline_forecast(told(TODAY, tens()), "2026Q2", "nowhere")


def test_what_happens_later_does_not_move_an_earlier_forecast() -> None:
    then = told(TODAY, tens(*open_deals()))
    later = [
        deal("A", "2026-05-01", ("2026-05-01", "Lead", 200, "2026-08-01"), ("2026-05-11", WON, 9999), rep_id="r1"),
        deal("B", "2026-05-05", ("2026-05-05", "Lead", 60), ("2026-06-05", LOST, 0), rep_id="r2", name="Sixty"),
        deal("C", "2026-05-12", ("2026-05-12", "Lead", 5000), ("2026-05-20", WON, 5000), rep_id="r1"),
    ]
    rows = tens(*later)
    # The won one of April is undone in June.
    rows[-5] = deal(
        "23w", "2026-04-10", ("2026-04-10", "Lead", 1000), ("2026-04-20", WON, 1000), ("2026-06-02", LOST), rep_id="r1"
    )
    assert rows[-5]["opportunity_id"] == tens(*later)[-5]["opportunity_id"]
    now = told("2026-06-30", rows)
    assert pipeline_forecast(now, "2026Q2")["closed"].iloc[0] == 14_999
    pd.testing.assert_frame_equal(pipeline_forecast(now.at(then.as_of), "2026Q2"), pipeline_forecast(then, "2026Q2"))
    columns = ["opportunity_id", "chance", "expected", "age_days", "amount", "source"]
    frames = [contributions(book, "2026Q2")[columns] for book in (now.at(then.as_of), then)]
    pd.testing.assert_frame_equal(*frames)


def test_days_of_a_deal_that_moves_twice_in_a_day_and_is_re_opened() -> None:
    row = deal(
        1,
        "2026-01-05",
        ("2026-01-05", "Lead", 10),
        ("2026-01-08", "Offer", 20),
        ("2026-01-08", "Talks", 30),
        ("2026-01-10", WON, 40),
        ("2026-01-20", "Talks", 50),
        ("2026-01-25", WON, 60),
    )
    deals = read_deals(told("2026-02-01", [row]))
    day = {text: number(date(2026, 1, int(text))) for text in ("05", "08", "10", "20", "25")}
    runs = deals.visits[["start", "stop", "code", "goes_to"]].to_numpy().tolist()
    won = deals.won
    assert runs == [
        [day["05"], day["08"], 0, 2],
        [day["08"], day["10"], 2, won],
        [day["10"], day["20"], won, 2],
        [day["20"], day["25"], 2, won],
        [day["25"], NEVER, won, -1],
    ]
    known = {text: deals.won_between(0, NEVER - 1, at)["amount"].tolist() for text, at in day.items()}
    assert known == {"05": [], "08": [], "10": [40.0], "20": [], "25": [60.0]}
    standing = deals.standing(day["20"])
    assert (standing.stage.tolist(), standing.age.tolist(), standing.amount.tolist()) == ([2], [15], [50.0])


def test_two_stages_by_hand() -> None:
    # From the first stage: 0.5 to the second a day. From there: 0.4 won, 0.1 lost a day.
    hazards = np.zeros((2, 3, 4))
    hazards[0, :, 1], hazards[1, :, 2], hazards[1, :, 3] = 0.5, 0.4, 0.1
    one, two, three = (won_by(hazards, np.arange(2), np.ones(n), np.ones(n))[:, 0] for n in (1, 2, 3))
    assert one.tolist() == pytest.approx([0.0, 0.4])
    assert two.tolist() == pytest.approx([0.5 * 0.4, 0.4 + 0.5 * 0.4])
    assert three.tolist() == pytest.approx([0.5 * 0.6 + 0.5 * 0.2, 0.4 + 0.5 * 0.6])
    # On a day on which three times as many are won, what leaves is all there is: 1.2 of 1.3.
    assert won_by(hazards, np.arange(2), np.array([3.0]), np.ones(1))[1, 0] == pytest.approx(1.2 / 1.3)


@pytest.mark.filterwarnings("ignore:Tied event times")
def test_the_chance_is_the_aalen_johansen_estimator() -> None:
    from lifelines import AalenJohansenFitter

    rng = np.random.default_rng(5)
    n = 3000
    length = np.ceil(rng.gamma(3, 12, n)).astype(np.int64)
    seen = rng.integers(5, 90, n)
    goes_to = np.where(length <= seen, rng.integers(0, 2, n), -1)
    end = np.minimum(length, seen)
    stays = Stays(np.zeros(n, np.int64), np.zeros(n, np.int64), end, goes_to)
    ahead = [5, 20, 40, 60]
    found = [won_by(rates(stays, 2)[None], np.empty(0, np.int64), np.ones(h), np.ones(h))[0, 0] for h in ahead]
    fitted = AalenJohansenFitter(calculate_variance=False, seed=1).fit(end, goes_to + 1, event_of_interest=1)
    curve = fitted.cumulative_density_.iloc[:, 0]
    assert found == pytest.approx([float(curve[curve.index <= h + 0.5].iloc[-1]) for h in ahead], abs=0.012)


def test_the_pace_of_month_ends_and_weekdays() -> None:
    days = np.arange(number(date(2026, 1, 1)), number(date(2026, 3, 31)) + 1)
    places = rhythm(Calendar(), int(days[0]), int(days[-1]))
    assert places.band(days)[[0, 30, 31, 89]].tolist() == [3, 0, 7, 8]
    assert places.weekday(np.array([number(date(2026, 1, 5))])).tolist() == [0]
    last = places.band(days) == 8
    # In the quarter's last three days four times as many as expected are closed; their weekdays take a part of it.
    seen = np.where(last, 400.0, 100.0)
    found = pace(places, days, seen, np.full(len(days), 100.0))
    assert found.on(places, days[-3:]) == pytest.approx([4.0] * 3, rel=0.12)
    assert found.on(places, days[:60]).mean() == pytest.approx(1.0, abs=0.05)
    # Twenty expected ones more temper few: (3 × 4 + 20) ÷ (3 × 1 + 20) of the last days, without regard to weekdays.
    few = pace(places, days, np.where(last, 4.0, 1.0), np.ones(len(days)))
    assert few.band[8] == pytest.approx(32 / 23, rel=0.05)
    nothing = pace(places, days, np.zeros(len(days)), np.zeros(len(days)))
    assert (nothing.band == 1).all()
    assert (nothing.weekday == 1).all()


def test_spread_takes_four_errors_and_knows_of_bias() -> None:
    assert np.isnan(spread(np.array([0.1, 0.1, 0.1, np.nan]), 80))
    # t(0.9, 4 degrees of freedom) = 1.5332; the errors are not centred.
    assert spread(np.full(4, 0.2), 80) == pytest.approx(0.2 * 1.5332, abs=1e-4)


@pytest.fixture(scope="module")
def steady() -> Book:
    return company("2026-06-30", per_day=2.0, winning=0.02, losing=0.02, seed=11, sources=tuple("abcdef"))


def test_known_rates_are_found(steady: Book) -> None:
    deals = read_deals(steady)
    day = number(steady.as_of)
    standing = deals.standing(day)
    places = rhythm(steady.calendar, deals.first_close, day + 40)
    chance, source = learning.learn(deals, day, places).of(standing, places, day, day + 40)
    assert set(source) == {"stage"}
    # Won within 40 days, whatever the age: half of those that leave.
    assert float(chance.mean()) == pytest.approx(0.5 * (1 - 0.96**40), abs=0.03)
    assert chance.std() < 0.06


def test_forecasts_of_the_simulated_company_are_unbiased_and_covered(steady: Book) -> None:
    rows = []
    for back in range(1, 11):
        period = steady.calendar.shift(steady.calendar.period("2026-06"), -back)
        day = period.end - timedelta(days=15)
        forecast = pipeline_forecast(steady.at(day), period, "lead_source")
        actual = measure(steady, "revenue_won", period, by="lead_source").set_index("lead_source")["value"]
        rows.append(forecast.assign(actual=forecast["lead_source"].map(actual)))
    frame = pd.concat(rows)
    assert frame["mean"].sum() / frame["actual"].sum() == pytest.approx(1, abs=0.05)
    # One win a day are expected in a company that loses as many as it wins.
    assert frame["actual"].sum() == pytest.approx(10 * 30.4 * 1.0 * MEAN_AMOUNT, rel=0.12)
    assert (frame["history_snapshots"] == 8).all()
    inside = frame["actual"].between(frame["lo-80"], frame["hi-80"])
    assert 0.70 <= inside.mean() <= 0.90
    assert 0.88 <= frame["actual"].between(frame["lo-95"], frame["hi-95"]).mean() <= 1.0
    assert (frame["lo-95"] >= frame["closed"] - 1e-9).all()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder: Path = tmp_path_factory.mktemp("demo")
    write_demo(folder, reps=8, years=3, seed=7)
    return open_book(folder / "demo.yml")


def test_a_cut_at_an_earlier_day_is_the_book_of_that_day(demo: Book) -> None:
    now = Snapshots(demo, demo.calendar.period("2026Q3"), ["rep"])
    for name, day in (("2026Q1", date(2026, 2, 10)), ("2025Q4", date(2025, 12, 28))):
        period = demo.calendar.period(name)
        then = Snapshots(demo.at(day), period, ["rep"])
        span = Span(period, number(day))
        cut = pd.concat([now.groups, now.parts(span)], axis=1).set_index("rep")
        own = pd.concat([then.groups, then.parts(span)], axis=1).set_index("rep")
        there = own.index
        pd.testing.assert_frame_equal(cut.loc[there], own)
        assert not cut.drop(there)[["closed", "open", "n_open"]].any(axis=None)


def test_the_demo_company(demo: Book) -> None:
    book = demo.at(date(2026, 5, 15))
    frame = pipeline_forecast(book, "2026Q2")
    found = frame.iloc[0]
    assert found["closed"] == measure(book, "revenue_won", "2026Q2")["value"].iloc[0]
    assert found["lo-95"] < found["lo-80"] < found["mean"] < found["hi-80"] < found["hi-95"]
    assert found["history_snapshots"] == 8
    rows = contributions(book, "2026Q2")
    assert len(rows) == found["n_open"]
    assert rows["expected"].sum() == pytest.approx(found["open"])
    assert rows["chance"].between(0, 1).all()
    teams = pipeline_forecast(book, "2026Q2", "team")
    assert teams[["closed", "open", "arrivals", "mean"]].sum().tolist() == pytest.approx(
        found[["closed", "open", "arrivals", "mean"]].tolist()
    )
    actual = measure(demo, "revenue_won", "2026Q2")["value"].iloc[0]
    assert found["mean"] == pytest.approx(actual, rel=0.25)
