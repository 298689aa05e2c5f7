"""The forecast of a quarter: its frames fit together, on the demo company and on companies that lack something."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from simulated import company
from small import WON, book_of, deal, told

from salesops_lib.data.book import Book, open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.errors import MissingTable, NoHistory, ParameterError, Withheld
from salesops_lib.forecasting.quarter import QuarterForecast

MONEY = ["closed", "mean"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return open_book(write_demo(tmp_path_factory.mktemp("demo"), reps=12, years=3))


@pytest.fixture(scope="module")
def forecast(demo: Book) -> QuarterForecast:
    return QuarterForecast(demo.at(date(2026, 8, 20)), "2026Q3", fast=True)


def test_the_levels_add_up(forecast: QuarterForecast) -> None:
    outlook = forecast.outlook
    assert outlook["level"].unique().tolist() == ["company", "region", "team"]
    whole = outlook.loc[outlook["level"] == "company", MONEY].iloc[0]
    for level in ("region", "team"):
        sums = outlook.loc[outlook["level"] == level, MONEY].sum()
        assert sums.tolist() == pytest.approx(whole.tolist(), abs=0.01)
    assert (outlook["lo-95"] <= outlook["lo-80"]).all()
    assert (outlook["lo-80"] >= outlook["closed"]).all()
    assert outlook["chance"].between(0, 1).all()
    assert forecast.goals[["level", "group"]].equals(outlook[["level", "group"]])


def test_the_sections_fit_together(forecast: QuarterForecast) -> None:
    row = forecast.outlook.iloc[0]
    views = forecast.views.set_index("view")
    assert views.loc["blend", "forecast"] == row["mean"]
    assert views.loc["pipeline", "forecast"] == pytest.approx(row["pipeline"])
    assert views.loc["pipeline", "forecast"] == pytest.approx(forecast.parts["now"].sum())
    assert {"commit", "best_case", "run_rate", "weighted_pipeline", "seasonal_naive"} <= set(views.index)
    opened = forecast.parts.set_index("part").loc["open", "now"]
    assert forecast.open_deals["expected"].sum() == pytest.approx(opened)
    record = forecast.track_record
    assert len(record) == 8
    assert record["commit"].notna().all()
    mine = forecast.scoreboard.query("method == 'blend'").iloc[0]
    assert mine["wape"] == pytest.approx(record["error"].abs().sum() / record["actual"].sum())


def test_the_fan_joins_history_and_forecast(forecast: QuarterForecast) -> None:
    fan = forecast.fan[forecast.fan["level"] == "company"]
    past, ahead = fan[fan["y"].notna()], fan[fan["mean"].notna()]
    assert past["ds"].max() == pd.Timestamp("2026-07-01")
    assert ahead["ds"].tolist() == list(pd.date_range("2026-08-01", periods=6, freq="MS"))
    regions = forecast.fan[(forecast.fan["level"] == "region") & forecast.fan["mean"].notna()]
    assert regions.groupby("ds")["mean"].sum().to_numpy() == pytest.approx(ahead["mean"].to_numpy(), abs=0.01)


def test_risks_and_needs(forecast: QuarterForecast) -> None:
    risks = forecast.risks
    large = risks[risks["risk"] == "large_deal"]
    assert len(large) == 3
    assert (large["effect"] < 0).all()
    assert (large["chance_then"] < large["chance"]).all()
    assert risks["risk"].unique().tolist() == ["large_deal", "concentration", "slipping"]
    needs = forecast.needs
    if needs.attrs["met"] is False:
        assert (needs["needed"] > needs["now"]).all()


def test_the_kit_s_method_is_held_against_the_naive_one(forecast: QuarterForecast) -> None:
    methods = forecast.methods.set_index("method")
    assert set(methods["verdict"].drop("kit")) == {""}
    # Four regions are too few to draw series again: nothing is proven of them.
    assert np.isnan(methods.loc["kit", "gain_low"])
    assert methods.loc["kit", "verdict"] == "not proven"
    assert methods.loc["kit", "n"] == 4 * 3


def test_an_earlier_run_stands_beside_this_one(demo: Book, tmp_path: Path) -> None:
    early = QuarterForecast(demo.at(date(2026, 7, 10)), "2026Q3", fast=True)
    rows = early.outlook.to_dict("records")
    place = tmp_path / "2026Q3" / "forecasting"
    place.mkdir(parents=True)
    manifest = {"company": demo.company.name, "as_of": "2026-07-10", "period": "2026Q3"}
    told = manifest | {"figures": [{"name": "outlook", "rows": rows}]}
    (place / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    later = QuarterForecast(demo.at(date(2026, 8, 20)), "2026Q3", fast=True, published=str(tmp_path))
    found = later.previous.iloc[0]
    assert found["forecast"] == pytest.approx(early.outlook["mean"].iloc[0])
    assert found["change"] == pytest.approx(later.outlook["mean"].iloc[0] - found["forecast"])
    after = QuarterForecast(demo, "2026Q4", fast=True, published=str(tmp_path))
    regions = after.runs[after.runs["level"] == "region"]
    assert regions["actual"].notna().all()
    whole = after.runs.loc[after.runs["level"] == "company", "actual"].iloc[0]
    assert regions["actual"].sum() == pytest.approx(whole)
    assert after.runs_accuracy["n"].sum() == len(after.runs)


def test_a_quarter_that_is_over_is_refused(demo: Book) -> None:
    with pytest.raises(ParameterError) as caught:
        QuarterForecast(demo, "2026Q3")
    assert str(caught.value) == (
        "2026Q3 was over on 2026-09-30: there is nothing to forecast. Name a later quarter, or an earlier as_of to see "
        "what would have been forecast then."
    )


def test_a_company_without_groups_quotas_or_submissions() -> None:
    book = company("2026-05-15", per_day=1.0, winning=0.02, losing=0.02, seed=3)
    forecast = QuarterForecast(book, "2026Q2", fast=True)
    outlook = forecast.outlook
    assert outlook["group"].tolist() == [""]
    assert outlook[["quota", "chance", "gap"]].isna().all(axis=None)
    assert forecast.needs.attrs["met"] is None
    assert forecast.track_record["commit"].isna().all()
    for name in ("submissions", "commitments"):
        with pytest.raises(MissingTable, match="'forecasts'"):
            getattr(forecast, name)
    assert forecast.highlights["outlook"] is not None


def test_hardly_any_history_says_so_and_draws_nothing() -> None:
    book = told(
        "2026-05-15",
        [deal("a", "2026-05-01", ("2026-05-02", "Lead", 50)), deal("b", "2026-05-01", ("2026-05-03", WON, 40))],
    )
    forecast = QuarterForecast(book, "2026Q2", fast=True)
    row = forecast.outlook.iloc[0]
    assert row["closed"] == 40
    assert row[["lo-80", "chance", "growth"]].isna().all()
    assert forecast.track_record.empty
    for name in ("fan", "alarm", "methods"):
        with pytest.raises(NoHistory):
            getattr(forecast, name)


def test_few_who_submitted_are_withheld() -> None:
    rows = [deal(i, "2026-01-05", ("2026-02-01", WON, 80), rep_id="r1") for i in range(3)]
    told_by = [
        {
            "rep_id": "r1",
            "period_start": "2026-01-01",
            "period_end": "2026-03-31",
            "submitted_at": "2026-02-15",
            "amount": 90,
        }
    ]
    book = book_of("2026-05-15", opportunities=rows, forecasts=told_by, reps=[{"rep_id": "r1", "name": "Ann"}])
    with pytest.raises(Withheld):
        _ = QuarterForecast(book, "2026Q2", fast=True).commitments


def test_nothing_won_yet_is_no_history_of_nothing() -> None:
    rows = [deal(i, "2026-04-05", ("2026-04-05", "Talks", 100)) for i in range(20)]
    forecast = QuarterForecast(told("2026-05-15", rows), "2026Q3", fast=True)
    row = forecast.outlook.iloc[0]
    assert np.isnan(row["history"])
    assert row["mean"] == row["pipeline"]
    assert any("how much business is still to come" in note for note in forecast.notes)


def test_an_ended_group_is_expected_to_bring_nothing() -> None:
    rows = []
    for number in range(40):
        day = pd.Timestamp("2023-01-10") + pd.DateOffset(months=number)
        rows.append(deal(f"n{number}", f"{day:%Y-%m-%d}", (f"{day:%Y-%m-%d}", WON, 100), region="North"))
        if day < pd.Timestamp("2025-01-01"):
            rows.append(deal(f"g{number}", f"{day:%Y-%m-%d}", (f"{day:%Y-%m-%d}", WON, 50), region="Gone"))
    forecast = QuarterForecast(told("2026-04-30", rows), "2026Q2", fast=True)
    outlook = forecast.outlook.set_index("group")
    assert outlook.loc["Gone", "mean"] == pytest.approx(0, abs=0.01)
    assert outlook.loc["North", "mean"] == pytest.approx(outlook.loc["", "mean"], abs=0.01)
    assert "No sale for a year, so history expects none: region=Gone." in forecast.notes


def test_no_opportunity_at_all_is_said() -> None:
    book = told("2026-05-15", [], reps=[{"rep_id": "r1", "name": "Ann", "team": "A"}])
    with pytest.raises(NoHistory, match="no opportunity is known by 2026-05-15"):
        _ = QuarterForecast(book, "2026Q2", fast=True).outlook


def test_other_categories_than_commit_are_no_commitments() -> None:
    rows = [deal(i, "2026-01-05", ("2026-02-01", WON, 80), rep_id=f"r{i}") for i in range(6)]
    told_by = [
        {
            "rep_id": f"r{i}",
            "period_start": "2026-01-01",
            "period_end": "2026-03-31",
            "submitted_at": "2026-02-15",
            "category": "Upside",
            "amount": 90,
        }
        for i in range(6)
    ]
    book = book_of("2026-05-15", opportunities=rows, forecasts=told_by)
    with pytest.raises(NoHistory, match="no forecast was submitted as 'commit'"):
        _ = QuarterForecast(book, "2026Q2", fast=True).commitments
