"""What is planted in the demo company is found by the review's analyses, and nothing is where it is switched off."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from salesops_lib.analysis import (
    Review,
    conversions,
    pipeline_ledger,
    place,
    revenue_change,
    revenue_change_by,
    weekly_signals,
)
from salesops_lib.data.book import Book, open_book
from salesops_lib.data.demo import TRUTHS, planted, write_demo
from salesops_lib.metrics import measure

QUARTER = "2026Q3"


class Demo(NamedTuple):
    seed: int
    on: Book
    off: Book


@pytest.fixture(scope="module", params=[7, 8, 9])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    def company(name: str, without: tuple[str, ...]) -> Book:
        out: Path = tmp_path_factory.mktemp(name)
        file = write_demo(out, reps=40, years=3, seed=request.param, activities=100, format="parquet", without=without)
        return open_book(file, "2026-09-30")

    return Demo(request.param, company("on", ()), company("off", tuple(TRUTHS)))


def test_the_leaking_stage_is_found_and_no_other(demo: Demo) -> None:
    frame = conversions(demo.on, QUARTER)
    assert frame.loc[frame["leak"], "stage"].to_list() == [planted(seed=demo.seed)["leaking_stage"]["stage"]]
    assert not conversions(demo.off, QUARTER)["leak"].any()


def test_no_stage_leaked_before_it_was_planted(demo: Demo) -> None:
    assert not conversions(demo.on, "2026Q2")["leak"].any()


def test_the_bad_week_is_found_and_no_other(demo: Demo) -> None:
    assert place(demo.on) == "region"
    frame = weekly_signals(demo.on, QUARTER, "region")
    fact = planted(seed=demo.seed)["bad_week"]
    signal = frame[frame["signal"]]
    assert signal[["group", "week"]].to_numpy().tolist() == [[fact["region"], fact["week"]]]
    assert (signal["value"] < signal["lower"]).all()
    assert not weekly_signals(demo.off, QUARTER, "region")["signal"].any()


def test_the_ledger_reconciles_and_agrees_with_what_is_measured(demo: Demo) -> None:
    frame = pipeline_ledger(demo.on, QUARTER).set_index("line")
    lines = frame.drop(index="closing")
    for column in ("due", "later", "total"):
        assert round(lines[column].sum(), 2) == frame.loc["closing", column]
    open_then, open_now = measure(demo.on, "pipeline_value", "2026Q2..2026Q3", grain="quarter")["value"]
    assert frame.loc[["opening", "closing"], "total"].to_list() == pytest.approx([open_then, open_now], abs=0.005)
    won = measure(demo.on, "revenue_won", QUARTER)["value"].item()
    assert frame.loc["won", "total"] == pytest.approx(-won, abs=0.005)
    assert (frame["n"] > 0).all()


def test_the_change_of_revenue_is_explained_to_the_cent(demo: Demo) -> None:
    before, after = measure(demo.on, "revenue_won", "2026Q2..2026Q3", grain="quarter")["value"]
    change = round(after - before, 2)
    assert round(revenue_change(demo.on, QUARTER)["part"].sum(), 2) == change
    for by in ("region", "rep"):
        frame = revenue_change_by(demo.on, QUARTER, by)
        assert round(frame["change"].sum(), 2) == change
        drivers = frame[["volume", "win_rate", "deal_size"]].sum(axis=1)
        assert (drivers - frame["change"]).abs().max() < 0.001


def test_a_book_of_an_earlier_day_gives_the_same_past(demo: Demo) -> None:
    """What is measured of a quarter that was over does not depend on what was learnt since, but for re-openings."""
    names = ["revenue_won", "win_rate", "pipeline_value", "pipeline_created", "quota_attainment", "sales_cycle_days"]
    then = measure(demo.on.at(pd.Timestamp("2026-06-30").date()), names, "2026Q2").set_index("metric")["value"]
    now = measure(demo.on, names, "2026Q2").set_index("metric")["value"]
    for name in ("pipeline_value", "quota_attainment", "revenue_won", "win_rate"):
        assert then[name] == pytest.approx(now[name], rel=0.01), name


def test_every_section_of_the_review_is_there(demo: Demo) -> None:
    review = Review(demo.on, QUARTER)
    highlights = review.highlights
    assert all(frame is not None and len(frame) for frame in highlights.values())
    for section in (review.losses, review.trends, review.recognition, review.attainment_by_team, review.audit):
        assert len(section)
    assert len(review.recognition) == 3
    shown = set(review.scorecard["metric"]) | set(review.trends["metric"])
    assert shown <= set(review.definitions["metric"])
