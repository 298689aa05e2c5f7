"""The commands forecast and backtest of a company and of plain series: what they print, and how they end."""

import csv
import io
import json
import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml
from sales import REPS, TERRITORIES, sales
from small import LOST, OPEN, WON

from salesops_lib import cli
from salesops_lib.forecasting import Forecast, outlook, run
from salesops_lib.forecasting.alarm import Alarm

QUICK = ["--fast", "--jobs", "1"]


@pytest.fixture(scope="module", autouse=True)
def _few_past_origins():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlook, "ERRORS_WANTED", 1)
        yield


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A company file of four reps in two regions, who sold from 2023 to March 2026."""
    folder = tmp_path_factory.mktemp("company")
    deals = pd.DataFrame(sales("2023-01", "2026-03")).drop(columns="_path")
    deals.to_csv(folder / "deals.csv", index=False)
    reps = pd.DataFrame(REPS, columns=["rep_id", "team", "territory_id"])
    reps.assign(name=reps["rep_id"], hired_on="2015-01-01").to_csv(folder / "reps.csv", index=False)
    pd.DataFrame(TERRITORIES).to_csv(folder / "territories.csv", index=False)
    tables = {"opportunities": "deals.csv", "reps": "reps.csv", "territories": "territories.csv"}
    text = {
        "name": "Small",
        "source": {"tables": tables, "data_until": "2026-04-10"},
        "stages": {"open": OPEN, "won": [WON], "lost": [LOST]},
    }
    (folder / "small.yml").write_text(yaml.safe_dump(text))
    return folder / "small.yml"


@pytest.fixture
def series(tmp_path):
    ds = pd.period_range("2022-01", periods=40, freq="M").to_timestamp()
    y = 100 + 10 * np.random.default_rng(0).normal(size=40)
    pd.DataFrame({"unique_id": "a", "ds": ds, "y": y}).to_csv(tmp_path / "series.csv", index=False)
    return tmp_path / "series.csv"


@pytest.fixture
def call(monkeypatch, capfd):
    def called(*arguments):
        monkeypatch.setattr(sys, "argv", ["salesops", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capfd.readouterr()
        return end.value.code or 0, out, err

    return called


def test_a_company_by_region_as_csv(call, company):
    code, out, err = call(
        "forecast", "--company", company, *"--by region --horizon 3 --freq M --format csv".split(), *QUICK
    )
    assert (code, err) == (0, "Left out: 2026-04, which is not over by 2026-04-10.\n")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0])[:6] == ["unique_id", "level", "group", "ds", "mean", "lo-80"]
    assert len(rows) == 9
    for day in ("2026-04-01", "2026-05-01", "2026-06-01"):
        means = {row["unique_id"]: float(row["mean"]) for row in rows if row["ds"] == day}
        assert means["company"] == pytest.approx(means["region=North"] + means["region=South"], abs=0.01)


def test_as_of_another_day(call, company):
    code, out, err = call(
        "forecast", "-c", company, "--as-of", "2025-12-31", "--horizon", 1, "--format", "json", *QUICK
    )
    assert (code, err) == (0, "")
    assert [(row["unique_id"], row["ds"]) for row in json.loads(out)] == [("company", "2026-01-01")]


def test_a_company_s_backtest_by_level(call, company, tmp_path):
    path = tmp_path / "scores.csv"
    arguments = ["--by", "region", "--horizon", 2, "--origins", 1, "--out", path, "--format", "csv"]
    code, out, _err = call("backtest", "--company", company, *arguments, *QUICK)
    assert (code, out) == (0, f"{path}\n")
    scores = pd.read_csv(path)
    assert scores.columns[:3].tolist() == ["level", "method", "n"]
    assert set(scores.loc[scores["method"] == "kit", "level"]) == {"company", "region"}


def test_plain_series_until_a_day(call, series):
    code, out, err = call(
        "forecast", "--series", series, "--horizon", 2, "--as-of", "2025-04-15", "--format", "json", *QUICK
    )
    assert code == 0
    assert [row["ds"] for row in json.loads(out)] == ["2025-04-01", "2025-05-01"]
    assert err == (
        "Left out: 2025-04 and later, which are not complete by 2025-04-15.\n"
        "No 95% range, as too few past forecasts of 2 periods ahead can be checked: a.\n"
    )


@pytest.mark.parametrize("command", ["forecast", "backtest"])
def test_what_is_not_over_today_is_left_out_unless_another_day_is_named(call, series, command, monkeypatch):
    monkeypatch.setattr(run, "machine_day", lambda: date(2025, 4, 10))
    options = ["--series", series, "--horizon", 1, "--format", "csv", *QUICK]
    said = "Left out: 2025-04 and later, which are not over today, 2025-04-10 (unless --as-of names a later day).\n"
    assert said in call(command, *options)[2]
    assert "Left out" not in call(command, *options, "--as-of", "2025-04-30")[2]


class TestAlarm:
    """Three years as they were, then half a year at four times the level."""

    @pytest.fixture
    def broken(self, series):
        frame = pd.read_csv(series)
        frame.loc[34:, "y"] *= 4
        frame.to_csv(series, index=False)
        return series

    @pytest.mark.parametrize("form", ["table", "csv", "json"])
    def test_a_break_is_told_once_beside_the_figures(self, call, broken, form):
        code, out, err = call("forecast", "--series", broken, "--format", form, *QUICK)
        told = Forecast(pd.read_csv(broken), 3, fast=True, workers=1).alarm
        assert told.raised
        assert code == 0
        share = f"Alarm: only {told.realised:.0%} of the last {told.n} values lay within the 80% ranges that history "
        assert err.count(share) == err.count("Alarm") == 1
        assert "Alarm" not in out

    def test_a_company_s_too(self, call, company, monkeypatch):
        told = Alarm(80, 0.8, 0.25, 6, 0.001, True)
        monkeypatch.setattr(run, "alarm", lambda outlook: told)
        err = call("forecast", "--company", company, "--horizon", 1, "--format", "csv", *QUICK)[2]
        assert err.count("Alarm: only 25% of the last 6 values") == 1

    def test_nothing_is_said_while_nothing_changes(self, call, series):
        assert "larm" not in call("forecast", "--series", series, *QUICK)[2]


@pytest.mark.parametrize("command", ["forecast", "backtest"])
class TestWrongCalls:
    def test_one_of_company_and_series(self, call, command):
        what = "a forecast is of a company or of plain series. Give either --company or --series.\n"
        assert call(command) == (2, "", what)
        assert call(command, "--company", "c.yml", "--series", "s.csv") == (2, "", what)

    def test_options_that_exclude_each_other(self, call, command, series):
        ended = call(command, "--series", series, "--jobs", 2, "--workers", "dask://host:8786")
        assert ended == (
            2,
            "",
            "--jobs is of this machine, and --workers sends the work to a cluster. Give one of them.\n",
        )
        assert call(command, "--series", series, "--by", "team")[::2] == (
            2,
            "by: plain series have no dimensions. Give a company instead.\n",
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--workers", "host:8786"], "workers: 'host:8786' is not the address of a cluster."),
            (["--country", "XX"], "country: 'XX' is not a country whose holidays are known."),
            (["--as-of", "soon"], "--as-of: 'soon' is not a day. Write it as 2026-09-30."),
            (["--freq", "D"], "freq: 'D' is not a frequency."),
            (["--horizon", "0"], "horizon: 0 is too few. At least 1."),
        ],
    )
    def test_a_wrong_option(self, call, command, series, arguments, message):
        code, out, err = call(command, "--series", series, "--fast", *arguments)
        assert (code, out) == (2, "")
        assert err.startswith(message)

    def test_a_wrong_dimension_or_company(self, call, command, company, tmp_path):
        code, out, err = call(command, "--company", company, "--by", "reggion", *QUICK)
        assert (code, out) == (2, "")
        assert "Did you mean region" in err
        assert call(command, "--company", tmp_path / "gone.yml")[0] == 2
