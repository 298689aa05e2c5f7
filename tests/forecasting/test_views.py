"""Both views of a period: an earlier moment is seen as it was then, and history counts what is over as a fact."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from simulated import company

from salesops_lib.data.book import Book
from salesops_lib.forecasting.expected import expected
from salesops_lib.forecasting.levels import COMPANY
from salesops_lib.forecasting.outlook import Options
from salesops_lib.forecasting.track import compared, track_record, ways
from salesops_lib.forecasting.views import Views
from salesops_lib.metrics import measure

FAST = Options(fast=True, workers=1)
SOURCES = ("Web", "Event", "Partner")
SEEN = ["level", "group", "closed", "open", "arrivals", "n_open", "pipeline", "last_year", "history"]


@pytest.fixture(scope="module")
def book() -> Book:
    return company("2026-06-30", per_day=1.0, winning=0.02, losing=0.02, seed=5, sources=SOURCES)


@pytest.fixture(scope="module")
def views(book: Book) -> Views:
    today = book.at(date(2026, 5, 15))
    return Views(today, today.calendar.period("2026Q2"), ("lead_source",), FAST)


def test_an_earlier_moment_is_seen_as_it_was_then(book: Book, views: Views) -> None:
    for name in ("2026Q1", "2025Q2"):
        seen = views.past[views.past["period"] == name].reset_index(drop=True)
        then = book.at(seen["day"].iloc[0].date())
        own = Views(then, then.calendar.period(name), ("lead_source",), FAST).now
        pd.testing.assert_frame_equal(seen[SEEN], own[SEEN], check_dtype=False)


def test_what_came_of_it(book: Book, views: Views) -> None:
    won = measure(book, ["revenue_won"], "2026Q1", by=["lead_source"]).set_index("lead_source")["value"]
    seen = views.past[views.past["period"] == "2026Q1"].set_index("group")["actual"]
    assert {name: seen[name] for name in SOURCES} == pytest.approx({name: won[name] for name in SOURCES})
    assert seen[""] == pytest.approx(won.sum())


def test_months_that_are_over_are_facts(book: Book) -> None:
    # On the last day of May, only June is left to forecast.
    late = book.at(date(2026, 5, 31))
    views = Views(late, late.calendar.period("2026Q2"), (), FAST)
    known = measure(late, ["revenue_won"], "2026-04..2026-05")["value"].iloc[0]
    may = measure(late, ["revenue_won"], "2026-05")["value"].iloc[0]
    assert known < views.now["history"].iloc[0] < known + 3 * may
    assert views.months.left(views.snapshots.span(views.period)) == (1, 1)


def test_history_is_never_below_what_is_closed(book: Book) -> None:
    views = Views(book.at(date(2026, 6, 29)), book.calendar.period("2026Q2"), (), FAST)
    assert (views.now["history"] >= views.now["closed"]).all()


def test_the_months_are_the_revenue(book: Book, views: Views) -> None:
    frame = views.months.frame()
    company_months = frame[frame["level"] == COMPANY]
    assert company_months["ds"].iloc[-1] == pd.Timestamp("2026-04-01")
    for month, y in company_months[["ds", "y"]].tail(3).itertuples(index=False):
        won = measure(views.book, ["revenue_won"], f"{month:%Y-%m}")["value"].iloc[0]
        assert y == pytest.approx(won)
    whole = frame[frame["level"] != COMPANY].groupby("ds")["y"].sum()
    assert whole.to_numpy() == pytest.approx(company_months["y"].to_numpy())


def test_the_track_record_knew_only_what_was_known(views: Views) -> None:
    record = track_record(views)
    assert record["period"].tolist() == "2024Q2 2024Q3 2024Q4 2025Q1 2025Q2 2025Q3 2025Q4 2026Q1".split()
    row = record[record["period"] == "2025Q3"].iloc[0]
    seen = views.past[views.past["period"] == "2025Q3"]
    over = views.past[views.past["period"] <= "2025Q2"]
    again = expected(seen, over, views.levels).iloc[0]
    assert row[["forecast", "lo-80", "hi-95"]].tolist() == pytest.approx(again[["mean", "lo-80", "hi-95"]].tolist())
    assert row["error"] == pytest.approx(row["forecast"] - row["actual"])
    assert row["inside"] == (row["lo-80"] <= row["actual"] <= row["hi-80"])


def test_every_way_beside_its_past_errors(views: Views) -> None:
    record = track_record(views)
    board, told = compared(views.book, record, views.snapshots.span(views.period))
    mine = board[(board["method"] == "blend") & (board["lead_days"] == 46)].iloc[0]
    assert mine["wape"] == pytest.approx(record["error"].abs().sum() / record["actual"].sum())
    assert set(board["lead_days"]) == {46, 30, 7}
    before = told[told["method"] == "previous_forecast"]
    assert set(before["lead_days"]) == {46}
    assert before["day"].iloc[0] == pd.Timestamp("2024-06-30") - pd.Timedelta(days=76) + pd.Timedelta(days=0)
    whole = expected(views.now, views.past, views.levels)
    frame = ways(views, whole.head(1), record, board[board["lead_days"] == 46]).set_index("view")
    assert frame.index.tolist()[:3] == ["blend", "history", "pipeline"]
    assert frame.loc["history", "weight"] + frame.loc["pipeline", "weight"] == pytest.approx(1)
    assert frame.loc["pipeline", "forecast"] == pytest.approx(views.now["pipeline"].iloc[0])
    assert frame.loc["seasonal_naive", "forecast"] == pytest.approx(views.now["last_year"].iloc[0])
    assert frame.loc[["blend", "history", "pipeline"], "lo-80"].notna().all()


def test_too_little_history_says_nothing() -> None:
    young = company("2021-04-20", per_day=1.0, winning=0.02, losing=0.02, seed=5)
    views = Views(young, young.calendar.period("2021Q2"), (), FAST)
    assert np.isnan(views.now["history"].iloc[0])
    assert views.past.empty
    frame = expected(views.now, views.past, views.levels)
    assert frame["mean"].iloc[0] == views.now["pipeline"].iloc[0]
    assert track_record(views).empty
