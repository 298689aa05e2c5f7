"""Submitted forecasts and the scoreboard of methods, worked out by hand, and the planted reps of the demo company."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small import LOST, WON, deal, told

from salesops_lib.data.book import Book, open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.errors import MissingTable, ParameterError, Withheld
from salesops_lib.forecasting.accuracy import commitments, submission_accuracy, submissions
from salesops_lib.forecasting.scoreboard import predictions, scoreboard
from salesops_lib.metrics import measure

TODAY = "2026-06-30"
OPEN_TO_ALL = {"privacy": {"minimum_group": 1}}


def said(rep: str, on: str, quarter: str, amount: float, category: str | None = "Commit") -> dict[str, Any]:
    starts = {"2025Q3": "2025-07-01", "2025Q4": "2025-10-01", "2026Q1": "2026-01-01", "2026Q2": "2026-04-01"}
    ends = {"2025Q3": "2025-09-30", "2025Q4": "2025-12-31", "2026Q1": "2026-03-31", "2026Q2": "2026-06-30"}
    at = datetime.fromisoformat(f"{on}T09:00:00")
    bounds = {"period_start": starts[quarter], "period_end": ends[quarter]}
    return {"rep_id": rep, "submitted_at": at, **bounds, "category": category, "amount": amount}


def won(number: int, on: str, amount: float, rep: str) -> dict[str, Any]:
    return deal(number, on, (on, "Lead", amount), (on, WON, amount), rep_id=rep)


def test_submissions_beside_what_was_won() -> None:
    forecasts = [
        said("r1", "2026-03-01", "2026Q1", 120),
        said("r1", "2026-03-30", "2026Q1", 90, "Best case"),
        said("r1", "2026-04-01", "2026Q1", 77, "BestCase"),  # the quarter is over
        said("r1", "2026-06-01", "2026Q2", 50, None),
    ]
    deals = [won(1, "2026-03-31", 100, "r1"), won(2, "2026-04-01", 30, "r1"), won(3, "2026-02-01", 8, "r2")]
    frame = submissions(told("2026-06-30", deals, forecasts=forecasts))
    columns = ["category", "lead_days", "lead", "forecast", "actual", "error"]
    assert frame[columns].to_numpy().tolist() == [
        ["best_case", 1, "0-7", 90.0, 100.0, -10.0],
        ["commit", 30, "15-30", 120.0, 100.0, 20.0],
        ["forecast", 29, "15-30", 50.0, 30.0, 20.0],
    ]
    early = submissions(told("2026-06-29", deals, forecasts=forecasts))
    assert early["category"].tolist() == ["best_case", "commit"]
    with pytest.raises(MissingTable, match="forecasts"):
        submissions(told(TODAY, deals))


def test_accuracy_by_lead_time() -> None:
    forecasts = [
        said("r1", "2026-01-05", "2026Q1", 500),
        said("r1", "2026-03-20", "2026Q1", 80),
        said("r1", "2026-03-22", "2026Q1", 130),  # the later one of the same band
        said("r2", "2026-03-21", "2026Q1", 40),
    ]
    deals = [won(1, "2026-03-31", 100, "r1"), won(2, "2026-03-31", 60, "r2")]
    reps = [{"rep_id": "r1", "name": "One", "team": "N"}, {"rep_id": "r2", "name": "Two", "team": "S"}]
    book = told(TODAY, deals, forecasts=forecasts, reps=reps)
    frame = submission_accuracy(book)
    assert frame[["lead", "n", "forecast", "actual"]].to_numpy().tolist() == [
        ["over 60", 1, 500.0, 100.0],
        ["8-14", 2, 170.0, 160.0],
    ]
    assert frame["wape"].tolist() == pytest.approx([4.0, 50 / 160])
    assert frame["bias"].tolist() == pytest.approx([4.0, 10 / 160])
    by_team = submission_accuracy(book, "team")
    assert by_team.loc[by_team["lead"] == "8-14", ["team", "bias"]].to_numpy().tolist() == [
        ["N", pytest.approx(0.3)],
        ["S", pytest.approx(-1 / 3)],
    ]
    assert set(submission_accuracy(book, "rep")["rep_name"]) == {"One", "Two"}


def four_quarters() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """r1 wins 100 a quarter and says 140, 120, 140, 120; r2 says 90, 110, 90, 110; r3 says what it wins; r4 is new."""
    days = {"2025Q3": "2025-09-15", "2025Q4": "2025-12-15", "2026Q1": "2026-03-15", "2026Q2": "2026-06-15"}
    forecasts, deals = [], []
    for i, (quarter, day) in enumerate(days.items()):
        for rep, amount in {"r1": (140, 120)[i % 2], "r2": (90, 110)[i % 2], "r3": 100, "r4": 900}.items():
            if rep == "r4" and i < 2:
                continue
            forecasts.append(said(rep, day, quarter, amount))
            deals.append(won(len(deals), day, 100, rep))
    return deals, forecasts


def test_who_over_commits_by_hand() -> None:
    deals, forecasts = four_quarters()
    frame = commitments(told(TODAY, deals, forecasts=forecasts, company=OPEN_TO_ALL)).set_index("rep")
    assert frame["bias"].to_dict() == pytest.approx({"r4": 8.0, "r1": 0.3, "r2": 0.0, "r3": 0.0})
    assert frame["verdict"].to_dict() == {
        "r4": "too few",
        "r1": "above",
        "r2": "not distinguishable",
        "r3": "not distinguishable",
    }
    # Residuals of 10 four times: standard error √(4/3 · 400) ÷ 400 = 0.05774; t(0.975, 3) = 3.1824.
    assert frame.loc["r1", ["low", "high"]].tolist() == pytest.approx([0.3 - 0.18374, 0.3 + 0.18374], abs=1e-4)
    # t = 5.196: p = 0.0138, the smallest of the three tested.
    assert frame.loc["r1", "p_value"] == pytest.approx(3 * 0.01384, abs=1e-3)
    assert frame.loc["r4", ["low", "high", "p_value"]].isna().all()


def test_commitments_say_what_they_cannot() -> None:
    deals, forecasts = four_quarters()
    with pytest.raises(Withheld, match="a group of 4 people"):
        commitments(told(TODAY, deals, forecasts=forecasts))
    book = told(TODAY, deals, forecasts=forecasts, company=OPEN_TO_ALL)
    with pytest.raises(ParameterError, match=r"no forecast was submitted as 'comit'\. Did you mean commit"):
        commitments(book, category="comit")
    assert commitments(book, min_lead=30).empty
    unnamed = [{**row, "category": None} for row in forecasts]
    assert set(commitments(told(TODAY, deals, forecasts=unnamed, company=OPEN_TO_ALL))["category"]) == {"forecast"}
    nothing = commitments(
        told(TODAY, deals[:1], forecasts=[said("r9", "2026-06-01", "2026Q2", 5)], company=OPEN_TO_ALL)
    )
    assert nothing["verdict"].tolist() == ["none"]


def test_predictions_by_hand() -> None:
    deals = [
        won(1, "2025-04-01", 10, "r1"),
        won(2, "2025-06-15", 190, "r1"),
        won(3, "2026-03-20", 90, "r1"),
        won(4, "2026-04-20", 300, "r1"),
        deal(5, "2026-05-01", ("2026-05-01", "Offer", 50, "2026-06-30"), ("2026-06-20", WON, 50), rep_id="r1"),
        deal(6, "2026-05-01", ("2026-05-01", "Offer", 1000, "2026-07-01"), ("2026-06-20", LOST, 1000), rep_id="r1"),
    ]
    forecasts = [
        said("r1", "2026-05-30", "2026Q2", 400),
        said("r1", "2026-06-01", "2026Q2", 999),
        said("r2", "2026-05-31", "2026Q2", 20),
        said("r1", "2026-05-31", "2026Q2", 500, "Best case"),
    ]
    frame = predictions(told(TODAY, deals, forecasts=forecasts), [30], periods=1)
    assert set(frame["day"]) == {pd.Timestamp("2026-05-31")}
    assert set(frame["actual"]) == {350.0}
    assert frame.set_index("method")["forecast"].to_dict() == pytest.approx(
        {
            "commit": 420,
            "best_case": 500,
            "weighted_pipeline": 300 + 0.4 * 50,  # what is due later does not count
            # In Q4, Q1 (moment 2026-03-01: 90 to come), Q3 and Q2 of 2025 (190 to come) and now 300 + 20.
            "pipeline_forecast": 300 + 20 + (90 + 0 + 0 + 190) / 4,
            "run_rate": 300 + (90 + 300) / 90 * 30,
            "seasonal_naive": 200,
        }
    )


def test_what_happens_later_moves_no_prediction() -> None:
    base = [won(1, "2025-04-01", 10, "r1"), won(2, "2026-03-20", 90, "r1")]
    then = deal(5, "2026-05-01", ("2026-05-01", "Offer", 50, "2026-06-30"), rep_id="r1")
    now = deal(5, "2026-05-01", ("2026-05-01", "Offer", 50, "2026-06-30"), ("2026-06-02", WON, 7777), rep_id="r1")
    frames = [predictions(told(TODAY, [*base, row]), [30], periods=1) for row in (then, now)]
    pd.testing.assert_frame_equal(*(frame.drop(columns="actual") for frame in frames))
    assert frames[0]["actual"].iloc[0] == 0
    assert frames[1]["actual"].iloc[0] == 7777


def score_of(**forecasts: list[float]) -> pd.DataFrame:
    actual = [100.0] * len(forecasts["seasonal_naive"])
    rows = [
        {"period": i, "lead_days": 30, "method": method, "forecast": forecast, "actual": actual[i]}
        for method, values in forecasts.items()
        for i, forecast in enumerate(values)
    ]
    return scoreboard(pd.DataFrame(rows)).set_index("method")


def test_the_scoreboard_by_hand() -> None:
    frame = score_of(
        near=[101, 99, 101, 99, 101, 99],
        far=[200] * 6,
        mixed=[100, 100, 100, 140, 140, 100],
        short=[100, 100, 100],
        seasonal_naive=[110, 90, 110, 90, 110, 90],
    )
    assert frame["wape"].to_dict() == pytest.approx(
        {"near": 0.01, "far": 1.0, "mixed": 80 / 600, "short": 0, "seasonal_naive": 0.1}
    )
    assert frame["bias"].to_dict() == pytest.approx(
        {"near": 0, "far": 1.0, "mixed": 80 / 600, "short": 0, "seasonal_naive": 0}
    )
    assert frame["gain"].drop("seasonal_naive").to_dict() == pytest.approx(
        {"near": 0.09, "far": -0.9, "mixed": -20 / 600, "short": 0.1}
    )
    # Every draw gives the same: 0.09 nearer.
    assert frame.loc["near", ["low", "high"]].tolist() == pytest.approx([0.09, 0.09])
    assert frame["verdict"].to_dict() == {
        "near": "better",
        "far": "worse",
        "mixed": "not proven",
        "short": "not proven",
        "seasonal_naive": "",
    }
    assert np.isnan(frame.loc["short", "low"])


def test_without_a_naive_forecast_nothing_is_proven() -> None:
    frame = scoreboard(
        pd.DataFrame({"period": list("abcde"), "lead_days": 7, "method": "commit", "forecast": 1.0, "actual": 1.0})
    )
    assert frame["verdict"].tolist() == ["not proven"]
    assert frame[["naive_wape", "gain"]].isna().all(axis=None)
    assert scoreboard(predictions(told(TODAY, [deal(1, "2026-05-01", ("2026-05-01", "Lead", 5))]))).empty


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder: Path = tmp_path_factory.mktemp("demo")
    write_demo(folder, reps=12, years=3, seed=7)
    return open_book(folder / "demo.yml")


def test_the_demo_company(demo: Book) -> None:
    frame = predictions(demo, (60, 14))
    actual = measure(demo, "revenue_won", "2024Q4..2026Q3", grain="quarter").set_index("period")["value"]
    assert frame.groupby("period")["actual"].first().to_dict() == actual.to_dict()
    scores = scoreboard(frame)
    assert scores["lead_days"].tolist() == [60] * 6 + [14] * 6
    assert (scores["periods"] == 8).all()
    wape = scores.set_index(["lead_days", "method"])["wape"]
    assert wape[14, "pipeline_forecast"] < wape[60, "pipeline_forecast"]
    assert wape[14, "pipeline_forecast"] < wape[14, "seasonal_naive"]
    regions = predictions(demo, (14,), by="region")
    for method in ("commit", "weighted_pipeline", "pipeline_forecast", "run_rate"):
        whole = frame[(frame["lead_days"] == 14) & (frame["method"] == method)].set_index("period")["forecast"]
        parts = regions[regions["method"] == method].groupby("period")["forecast"].sum()
        assert parts.to_dict() == pytest.approx(whole.to_dict())
    assert set(predictions(demo, (14,), by="lead_source", periods=1)["method"]) == {
        "weighted_pipeline",
        "pipeline_forecast",
        "run_rate",
        "seasonal_naive",
    }
    # What the metric says on that day, but for what was overdue.
    measured = measure(demo.at(date(2026, 9, 16)), ["revenue_won", "weighted_pipeline_due"], "2026Q3")["value"].sum()
    last = frame[(frame["period"] == "2026Q3") & (frame["lead_days"] == 14)].set_index("method")["forecast"]
    assert last["weighted_pipeline"] == pytest.approx(measured, rel=0.03)
    # An earlier book says the same of the periods that it knows.
    earlier = predictions(demo.at(date(2026, 6, 30)), (14,), periods=3)
    same = frame[(frame["lead_days"] == 14) & frame["period"].isin(earlier["period"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(earlier, same)


def test_the_planted_reps_are_found(demo: Book) -> None:
    frame = commitments(demo)
    # Planted: one over-commits by 28 %, one says 22 % less; both less so near the quarter's end.
    assert frame[frame["verdict"] == "above"]["bias"].max() > 0.12
    assert frame[frame["verdict"] == "below"]["bias"].min() < -0.09
    assert (frame["verdict"] == "not distinguishable").sum() >= len(frame) / 2
