"""What takes how long and what is put off, worked out by hand: days counted, what is not over, what is unknown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import crowd
import numpy as np
import pandas as pd
import pytest
from oracle_time import kaplan_meier
from scipy import stats
from small import LOST, WON, book_of, deal, told
from statsmodels.duration.survfunc import SurvfuncRight

from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable
from salesops_lib.metrics import measure, missing_table

NUMBERS = ["value", "numerator", "denominator", "n"]


def only(book: Book, metric: str, period: str, **more: Any) -> pd.Series[Any]:
    return measure(book, metric, period, **more).iloc[0]


def won(number: Any, day: str, amount: float, **more: Any) -> dict[str, Any]:
    return deal(number, day, (day, "Lead", amount), (day, WON, amount), **more)


# Average pipeline and its efficiency


def pipeline() -> list[dict[str, Any]]:
    return [
        # Open at the ends of 10 days of January: of the 11th, and no longer of the 21st.
        deal("a", "2026-01-11", ("2026-01-11", "Lead", 100.0), ("2026-01-21", WON, 120.0), rep_id="r1"),
        # Worth 50 at the ends of 20 days and 80 of the last 11.
        deal("b", "2025-12-01", ("2025-12-01", "Lead", 50.0), ("2026-01-21", "Offer", 80.0), rep_id="r2"),
        # Came and went on one day: at its end there was nothing.
        deal("c", "2026-01-15", ("2026-01-15", "Lead", 9999.0), ("2026-01-15", LOST, 9999.0), rep_id="r2"),
    ]


def test_the_average_pipeline_counts_every_days_end() -> None:
    row = only(told("2026-03-31", pipeline()), "average_pipeline", "2026-01")
    assert row["value"] == row["numerator"] == pytest.approx((10 * 100 + 20 * 50 + 11 * 80) / 31)
    assert row["n"] == 2
    assert row[["denominator", "low", "high"]].isna().all()


def test_the_average_of_a_running_period_ends_with_the_books_day() -> None:
    book = told("2026-01-15", pipeline())
    assert only(book, "average_pipeline", "2026-01")["value"] == pytest.approx((5 * 100 + 15 * 50) / 15)
    assert only(book, "average_pipeline", "2026-02")["value"] == 0
    frame = measure(book, "average_pipeline", "2026-01")
    assert frame.attrs["notes"]["average_pipeline"] == "January 2026 incomplete: known until Jan 15, 2026"


def test_half_of_the_days_without_an_amount_leave_no_average() -> None:
    known = deal("a", "2026-01-01", ("2026-01-01", "Lead", 100.0), ("2026-01-21", WON))
    # Open on 31 days as against 20, and without an amount on the first 10 or on all of them.
    some = deal("b", "2026-01-01", ("2026-01-01", "Lead", None), ("2026-01-11", "Offer", 10.0))
    none = deal("b", "2026-01-01", ("2026-01-01", "Lead", None))
    frame = measure(told("2026-01-31", [known, some]), "average_pipeline", "2026-01")
    assert frame["value"].item() == pytest.approx((20 * 100 + 21 * 10) / 31)
    said = "1 of 2 open opportunities count only while their amount is known"
    assert frame.attrs["notes"]["average_pipeline"] == said
    assert np.isnan(only(told("2026-01-31", [known, none]), "average_pipeline", "2026-01")["value"])


def test_pipeline_efficiency_scales_revenue_and_its_interval() -> None:
    names = ["revenue_won", "average_pipeline", "pipeline_efficiency"]
    book = book_of("2026-06-30", **crowd.tables())
    revenue, average, ratio = (
        part for _, part in measure(book, names, "2026Q2", by="rep").groupby("metric", sort=False)
    )
    per = average["value"].where(average["value"] > 0).to_numpy()
    for column in ("value", "low", "high"):
        assert ratio[column].to_numpy() == pytest.approx(revenue[column].to_numpy() / per, nan_ok=True)
    assert ratio["value"].notna().sum() >= 8
    assert ratio["n"].to_list() == revenue["n"].to_list()


def test_without_pipeline_there_is_no_efficiency() -> None:
    row = only(told("2026-03-31", [won(1, "2026-01-05", 100.0)]), "pipeline_efficiency", "2026Q1")
    assert row[["numerator", "denominator", "n"]].to_list() == [100, 0, 1]
    assert np.isnan(row["value"])


# Time in the stage


def test_days_in_a_stage_by_hand() -> None:
    deals = [
        deal(1, "2026-01-01", ("2026-01-01", "Lead"), ("2026-01-05", "Offer"), ("2026-01-25", WON)),  # 4 in Lead
        deal(2, "2026-01-01", ("2026-01-01", "Lead"), ("2026-01-09", "Talks")),  # 8; Offer was skipped
        deal(3, "2026-01-01", ("2026-01-01", "Lead"), ("2026-01-13", LOST)),  # 12: lost from it
        deal(4, "2026-01-01", ("2026-01-01", "Lead")),  # still in it after 89 days
        # Entered again: its first time counts, to its first later stage.
        deal(5, "2026-01-01", ("2026-01-01", "Lead"), ("2026-01-03", "Offer"), ("2026-01-04", "Lead")),  # 2
    ]
    found = measure(told("2026-03-31", deals), "time_in_stage", "2026Q1", by="stage").set_index("stage")
    # The curve of Lead falls to 4/5, 3/5 and, after 8 days, 2/5.
    assert found.loc["Lead", ["value", "numerator", "n"]].to_list() == [8, 4, 5]
    # Of Offer only deals 1 and 5: 20 days, and from the 3rd of January until the book's day.
    assert found.loc["Offer", ["value", "numerator", "n"]].to_list() == [20, 1, 2]
    # Nobody left Talks.
    assert np.isnan(found.loc["Talks", "value"])
    assert found.loc["Talks", ["numerator", "n"]].to_list() == [0, 1]
    assert found["denominator"].isna().all()


def test_what_leaves_the_stage_after_the_books_day_is_still_in_it() -> None:
    deals = [deal(i, "2026-01-01", ("2026-01-01", "Lead"), (f"2026-01-{i + 10}", "Offer")) for i in range(4)]
    early, late = (
        only(told(day, deals), "time_in_stage", "2026-01", by="stage") for day in ("2026-01-10", "2026-01-31")
    )
    assert early[["numerator", "n"]].to_list() == [1, 4]
    assert np.isnan(early["value"])
    # Left after 9, 10, 11 and 12 days: as with any median, the middle of the two in the middle.
    assert late[["value", "numerator", "n"]].to_list() == [10.5, 4, 4]


def draw(seed: int, n: int) -> list[tuple[int, bool]]:
    """Times with ties, about a third of them not over."""
    rng = np.random.default_rng(seed)
    return [(int(t), bool(left)) for t, left in zip(rng.geometric(0.05, n), rng.random(n) < 0.67, strict=True)]


def as_deals(times: list[tuple[int, bool]]) -> list[dict[str, Any]]:
    """Deals in the first stage: left after so many days, or entered so many days before the last day."""
    last = datetime(2026, 6, 30)
    deals = []
    for i, (days, left) in enumerate(times):
        start = last - timedelta(days=days)
        path = [(start + timedelta(hours=1), "Lead", 1.0, None)]
        path += [(last + timedelta(hours=2), "Offer", 1.0, None)] if left else []
        deals.append(deal(i, start.date().isoformat(), *path))
    return deals


@pytest.mark.parametrize("n", [20, 60])
def test_the_median_and_its_interval_are_those_of_kaplan_meier(n: int) -> None:
    """Held against statsmodels' curve, one sample per rep; its median is the upper end of a level stretch."""
    samples = {f"r{seed}": draw(seed, n) for seed in range(40)}
    deals = [
        row | {"opportunity_id": f"{rep}-{i}", "rep_id": rep}
        for rep, times in samples.items()
        for i, row in enumerate(as_deals(times))
    ]
    frame = measure(told("2026-06-30", deals), "time_in_stage", "2020..2026", by=["stage", "rep"])
    found = frame[frame["stage"] == "Lead"].set_index("rep")
    bounded = 0
    for rep, times in samples.items():
        row = found.loc[rep]
        durations, ended = np.array([t for t, _ in times]), np.array([left for _, left in times])
        curve = SurvfuncRight(durations, ended)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = curve.quantile_ci(0.5, method="cloglog")
        assert row["value"] == (kaplan_meier(times) or pytest.approx(np.nan, nan_ok=True))
        # statsmodels ends an interval where the curve reaches zero, of which nothing is known any more.
        if np.isfinite(high) and high < durations.max():
            assert (row["low"], row["high"]) == (low, high)
            assert row["low"] <= row["value"] <= row["high"]
            bounded += 1
    assert bounded >= 20


def test_a_median_that_the_times_do_not_bound_has_no_interval() -> None:
    few = [(1, True), (2, True), (9, False)]
    row = measure(told("2026-06-30", as_deals(few)), "time_in_stage", "2026", by="stage").set_index("stage").loc["Lead"]
    assert row["value"] == 2
    assert row[["low", "high"]].isna().all()


def test_the_interval_of_the_median_covers_it_as_often_as_it_says() -> None:
    """Each rep is a sample of 60 times of median 60; 300 of them leave 2.5 points to chance, whole days a few more."""
    rng = np.random.default_rng(8)
    deals = []
    for rep in range(300):
        times, known = rng.exponential(60 / np.log(2), 60).astype(int), rng.integers(30, 181, 60)
        seen = [(int(min(t, k)), bool(t <= k)) for t, k in zip(times, known, strict=True)]
        deals += [row | {"opportunity_id": f"{rep}-{i}", "rep_id": f"r{rep}"} for i, row in enumerate(as_deals(seen))]
    frame = measure(told("2026-06-30", deals), "time_in_stage", "2020..2026", by=["stage", "rep"])
    frame = frame[frame["stage"] == "Lead"]
    covered = (frame["low"] <= 60) & (frame["high"] >= 59)
    assert covered.mean() == pytest.approx(0.955, abs=0.03)


# Slipped and pushed


def due(number: Any, day: str, *states: tuple[Any, ...]) -> dict[str, Any]:
    return deal(number, "2025-11-01", ("2025-11-01", "Lead", 10.0, day), *states)


def test_what_was_due_and_is_still_open_has_slipped() -> None:
    deals = [
        due("won", "2026-01-31", ("2026-03-31", WON)),
        due("lost", "2026-03-31", ("2026-02-01", LOST)),
        due("pushed", "2026-03-01", ("2026-02-20", "Offer", 10.0, "2026-05-01")),
        due("late", "2026-01-01", ("2026-04-01", WON)),
        due("not due", "2026-04-01"),
        due("moved before", "2026-03-01", ("2025-12-31", "Offer", 10.0, "2026-06-01")),
        deal("new", "2026-01-01", ("2026-01-01", "Lead", 10.0, "2026-02-01")),
    ]
    row = only(told("2026-06-30", deals), "slip_rate", "2026Q1")
    assert row[NUMBERS].to_list() == [0.5, 2, 4, 4]
    exact = stats.binomtest(2, 4).proportion_ci(method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((exact.low, exact.high))
    assert only(told("2026-03-31", deals), "slip_rate", "2026Q1")["value"] == 0.5


def test_nothing_has_slipped_before_the_period_is_over() -> None:
    book = told("2026-03-30", [due("late", "2026-01-01")])
    frame = measure(book, "slip_rate", "2025Q4..2026Q1", grain="quarter")
    assert frame["value"].isna().all()
    assert frame["n"].to_list() == [0, 0]
    assert frame.attrs["notes"]["slip_rate"] == "n/a for 2026 Q1: not over by Mar 30, 2026"


def test_pushes_are_moves_of_an_open_deal_to_a_later_month() -> None:
    deals = [
        due(
            1,
            "2026-01-10",
            ("2026-01-05", "Lead", 10.0, "2026-01-31"),  # the same month
            ("2026-01-06", "Offer", 20.0, "2026-02-01"),  # pushed
            ("2026-01-06", "Offer", 20.0, "2026-04-01"),  # pushed again on that day
            ("2026-02-06", "Offer", 20.0, "2026-03-01"),  # pulled in
            ("2026-03-06", "Offer", 20.0, "2027-01-01"),  # pushed to a later year's earlier month
            ("2026-03-09", WON, 20.0, "2027-03-01"),  # closed
        ),
        due(2, "2026-01-10", ("2026-01-07", "Lead", 10.0, None), ("2026-01-08", "Lead", 10.0, "2026-05-01")),
        due(3, "2026-01-10", ("2026-01-07", LOST), ("2026-01-08", "Lead", 10.0, "2026-05-01")),  # opened again
    ]
    book = told("2026-06-30", deals)
    months = measure(book, "push_count", "2026Q1", grain="month")
    assert months["value"].to_list() == [2, 0, 1]
    assert only(told("2026-03-05", deals), "push_count", "2026Q1")["value"] == 2
    rows = book.table("pushes").order_by("pushed_at").to_pandas()
    assert [f"{a:%Y-%m-%d}" for a in pd.to_datetime(rows["from_date"])] == ["2026-01-31", "2026-02-01", "2026-03-01"]
    assert [f"{a:%Y-%m-%d}" for a in pd.to_datetime(rows["to_date"])] == ["2026-02-01", "2026-04-01", "2027-01-01"]
    assert rows["amount"].astype(float).to_list() == [20, 20, 20]


def test_without_a_history_of_due_dates_there_are_no_slips_and_pushes() -> None:
    book = book_of("2026-03-31", opportunities=[due(1, "2026-01-10")])
    for name in ("slip_rate", "push_count"):
        assert missing_table(book, name) == "opportunity_history"
        with pytest.raises(MissingTable, match="needs the table 'opportunity_history'"):
            measure(book, name, "2026Q1")
    assert missing_table(book, "average_pipeline") is None
    note = measure(book, "average_pipeline", "2026Q1").attrs["notes"]["average_pipeline"]
    assert note == "no opportunity_history: current amounts and close dates were used"
