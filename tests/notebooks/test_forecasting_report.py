"""The published forecast: its figures fit together and are kept; a planted break raises the alarm; real data render."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from salesops_lib import open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.forecasting.quarter import QuarterForecast

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parents[1] / "shared" / "data"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forecast")
    write_demo(folder / "company")
    return folder


@pytest.fixture(scope="module")
def published(publish, demo):
    return publish(demo, "company/demo.yml", "2026Q4", report="forecasting")


def only(published, name):
    """The rows shown under a name, once."""
    (rows,) = published.frames(name)
    return rows


def test_what_is_shown_is_what_is_computed(published, demo):
    forecast = QuarterForecast(open_book(demo / "company" / "demo.yml"), "2026Q4", fast=True)
    outlook = forecast.outlook
    shown = pd.DataFrame(only(published, "outlook"))
    assert shown["group"].tolist() == outlook["group"].tolist()
    for column in ("mean", "lo-80", "hi-95", "chance", "closed"):
        assert shown[column].tolist() == pytest.approx(outlook[column].tolist())


def test_published_levels_add_up(published):
    shown = pd.DataFrame(only(published, "outlook"))
    sums = shown.groupby("level")["mean"].sum()
    assert sums["region"] == pytest.approx(sums["company"], abs=0.01)
    assert sums["team"] == pytest.approx(sums["company"], abs=0.01)


def test_no_alarm_where_nothing_broke(published):
    (row,) = only(published, "alarm")
    assert row["raised"] is False


def test_a_planted_break_raises_the_alarm(publish, demo, tmp_path):
    shutil.copytree(demo / "company", tmp_path / "company")
    deals = pd.read_csv(tmp_path / "company" / "opportunities.csv", dtype=str)
    late = deals.loc[deals["closed_at"] >= "2026-04-01", "opportunity_id"]
    for name in ("opportunities", "opportunity_history"):
        path = tmp_path / "company" / f"{name}.csv"
        rows = pd.read_csv(path, dtype=str)
        amounts = pd.to_numeric(rows["amount"])
        rows["amount"] = amounts.where(~rows["opportunity_id"].isin(late), amounts * 0.4).round(2)
        rows.to_csv(path, index=False)
    broken = publish(tmp_path, "company/demo.yml", "2026Q4", report="forecasting")
    (row,) = only(broken, "alarm")
    assert row["raised"] is True
    assert row["realised"] < 0.6


@pytest.mark.soak
def test_a_run_keeps_what_earlier_runs_of_the_quarter_said(publish, demo, tmp_path):
    shutil.copytree(demo / "company", tmp_path / "company")
    reports = str(tmp_path / "reports")
    days = ("2026-07-10", "2026-08-20", "2026-09-10")
    runs = [
        publish(tmp_path, "company/demo.yml", "2026Q3", report="forecasting", as_of=day, published=reports)
        for day in days
    ]
    told = [row for row in only(runs[-1], "earlier_runs") if row["level"] == "company"]
    assert [row["made_as_of"][:10] for row in told] == list(days[:2])
    for row, run in zip(told, runs, strict=False):
        first = next(each for each in only(run, "outlook") if each["level"] == "company")
        assert row["forecast"] == pytest.approx(first["mean"])
    over = publish(tmp_path, "company/demo.yml", "2026Q4", report="forecasting", published=reports)
    known = [row for row in only(over, "earlier_runs") if row["level"] == "company"]
    assert [row["made_as_of"][:10] for row in known] == list(days)
    book = open_book(tmp_path / "company" / "demo.yml")
    won = QuarterForecast(book.at(date(2026, 9, 29)), "2026Q3", fast=True).outlook["closed"].iloc[0]
    assert all(row["actual"] >= won for row in known)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data sets are not here (../shared/data)")
def test_a_list_of_orders_is_forecast_from_its_history(publish, tmp_path):
    page = publish(tmp_path, TESTS / "data" / "companies" / "adventureworks.yml", "2020Q2", report="forecasting")
    (row,) = [each for each in only(page, "outlook") if each["level"] == "company"]
    assert row["closed"] < row["lo-80"] < row["mean"]
    assert row["chance"] < 0.01
    assert "This needs the table 'forecasts'" in page.text
