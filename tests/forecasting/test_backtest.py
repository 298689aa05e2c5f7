"""The backtest: only what was known is seen, the figures are those worked out by hand, and the command prints them."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from salesops_lib import cli, forecasting
from salesops_lib.errors import ParameterError
from salesops_lib.forecasting import outlook


def frame_of(series=4, length=44, seed=0, start="2020-01"):
    rng = np.random.default_rng(seed)
    time = np.arange(length)
    parts = []
    for number in range(series):
        y = (
            (50 + 10 * number + time)
            * (1 + 0.2 * np.sin(2 * np.pi * time / 12))
            * np.exp(0.1 * rng.normal(size=length))
        )
        ds = pd.period_range(start, periods=length, freq="M").to_timestamp()
        parts.append(pd.DataFrame({"unique_id": f"s{number}", "ds": ds, "y": y}))
    return pd.concat(parts, ignore_index=True)


def run(frame, horizon=2, **more):
    return forecasting.backtest(frame, horizon, **{"history": 36, "origins": 3, "fast": True, "workers": 1, **more})


@pytest.fixture(scope="module", autouse=True)
def _few_past_origins():
    """Six past origins are enough for what is tested here, and quicker than the twenty that a small panel takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlook, "ERRORS_WANTED", 1)
        yield


@pytest.fixture(scope="module")
def frame():
    return frame_of()


@pytest.fixture(scope="module")
def found(frame):
    return run(frame)


def without_seconds(found):
    return found.drop(columns="seconds")


def test_the_frame_is_tidy(found):
    assert set(found["method"]) == {
        "AutoETS",
        "DynamicOptimizedTheta",
        "AutoCES",
        "SeasonalNaive",
        "ShrinkSeas",
        "kit",
    }
    assert len(found) == 6 * 4 * 3 * 2
    assert not found.duplicated(["unique_id", "cutoff", "step", "method"]).any()
    assert not found[["y", "mean", "scale"]].isna().any().any()


def test_every_forecast_lies_after_what_was_known(found, frame):
    assert (found["cutoff"] < found["ds"]).all()
    months = found["ds"].dt.to_period("M").astype("int64") - found["cutoff"].dt.to_period("M").astype("int64")
    assert (months == found["step"]).all()
    # 44 months from January 2020: the last two are August 2023 and before; origins one month apart.
    assert sorted(set(found["cutoff"].dt.strftime("%Y-%m"))) == ["2023-04", "2023-05", "2023-06"]
    known = frame.set_index(["unique_id", "ds"])["y"]
    assert (known.loc[list(zip(found["unique_id"], found["ds"], strict=True))].to_numpy() == found["y"]).all()


def test_nothing_outside_the_window_is_seen(frame, found):
    """Values before the window and after the origin are changed: only what came differs."""
    last = found["cutoff"].max()
    plain = without_seconds(found[found["cutoff"] == last]).drop(columns="y").reset_index(drop=True)
    # The window of the last origin: 36 months up to June 2023.
    outside = (frame["ds"] < "2020-07-01") | (frame["ds"] > last)
    assert outside.sum() == 4 * 8
    moved = run(frame.assign(y=frame["y"].where(~outside, 7 * frame["y"])), origins=1)
    pd.testing.assert_frame_equal(without_seconds(moved).drop(columns="y"), plain)
    edge = frame["ds"] == "2020-07-01"
    moved = run(frame.assign(y=frame["y"].where(~edge, 7 * frame["y"])), origins=1)
    assert (moved["scale"] != plain["scale"]).all()


def test_the_order_of_the_rows_and_the_processes_do_not_matter(frame, found):
    last = without_seconds(found[found["cutoff"] == found["cutoff"].max()]).reset_index(drop=True)
    shuffled = run(frame.sample(frac=1, random_state=1), workers=2, origins=1)
    pd.testing.assert_frame_equal(without_seconds(shuffled), last)


def test_the_kit_s_intervals_hold_its_mean_and_the_wider_the_narrower(found):
    kit = found[found["method"] == "kit"]
    assert not kit.isna().any().any()
    assert (kit["lo-95"] <= kit["lo-80"]).all()
    assert (kit["lo-80"] < kit["mean"]).all()
    assert (kit["mean"] < kit["hi-80"]).all()
    assert (kit["hi-80"] <= kit["hi-95"]).all()


def test_mase_and_the_other_scores_by_hand():
    rows = pd.DataFrame(
        {
            "unique_id": ["a", "a", "b", "b"] * 2,
            "cutoff": "2024-01-01",
            "method": ["SeasonalNaive"] * 4 + ["kit"] * 4,
            "y": [10.0, 20.0, 0.0, 4.0] * 2,
            "mean": [12.0, 16.0, 2.0, 2.0, 11.0, 18.0, 1.0, 3.0],
            "lo-80": [np.nan] * 4 + [9.0, 16.0, 0.0, 5.0],
            "hi-80": [np.nan] * 4 + [13.0, 19.0, 2.0, 7.0],
            "lo-95": [np.nan] * 4 + [0.0] * 4,
            "hi-95": [np.nan] * 4 + [30.0] * 4,
            "scale": [2.0, 2.0, 1.0, 1.0] * 2,
            "seconds": [0.5, 0.5, 1.5, 1.5] * 2,
        }
    )
    scores = forecasting.score(rows).set_index("method")
    kit, naive = scores.loc["kit"], scores.loc["SeasonalNaive"]
    assert scores.index.tolist() == ["kit", "SeasonalNaive"]
    # kit: |1|, |-2| over 2; |1|, |-1| over 1: means 0.75 and 1.
    assert kit["mase"] == pytest.approx(0.875)
    # naive: 2, 4 over 2; 2, 2 over 1: means 1.5 and 2.
    assert naive["mase"] == pytest.approx(1.75)
    assert kit["gain"] == pytest.approx(0.5)
    # Two series say nothing of others; of six that gain exactly half, whatever is drawn gains half.
    assert np.isnan([kit["gain_low"], kit["gain_high"]]).all()
    thrice = pd.concat([rows.assign(unique_id=rows["unique_id"] + str(i)) for i in range(3)])
    many = forecasting.score(thrice).set_index("method").loc["kit"]
    assert (many["gain_low"], many["gain_high"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert kit["wape"] == pytest.approx(5 / 34)
    assert kit["bias"] == pytest.approx(-1 / 34)
    assert kit["smape"] == pytest.approx((2 / 21 + 4 / 38 + 2 / 1 + 2 / 7) / 4)
    # 10 and 0 lie inside, 20 above by 1, 4 below by 1.
    assert (kit["coverage_80"], kit["coverage_95"]) == (0.5, 1.0)
    # Widths 4, 3, 2, 2 and ten for each of the two misses: (4 + 13) / 2 / 2 and (2 + 12) / 2.
    assert kit["interval_score"] == pytest.approx((4.25 + 7) / 2)
    assert kit["seconds_per_fit"] == 1.0
    assert (kit["n"], np.isnan(naive["coverage_80"])) == (2, True)


def test_methods_judged_on_fewer_forecasts_come_after_and_are_named():
    def judged(method, n, error):
        rows = pd.DataFrame({"unique_id": "a", "cutoff": range(n), "method": method, "y": 10.0, "mean": 10.0 + error})
        return rows.assign(**dict.fromkeys(["lo-80", "hi-80", "lo-95", "hi-95"], np.nan), scale=1.0, seconds=0.1)

    rows = pd.concat([judged("few", 2, 0.1), judged("kit", 5, 1.0), judged("less", 3, 0.2), judged("better", 5, 0.5)])
    scores = forecasting.score(rows)
    assert scores["method"].tolist() == ["better", "kit", "less", "few"]
    told = "Judged on fewer than 5 forecasts, listed last and not to be compared with the others: less (3), few (2)."
    assert forecasting.judged_on_fewer(scores) == [told]
    levels = pd.concat([scores.assign(level="company"), scores.iloc[:2].assign(level="region")])
    assert forecasting.judged_on_fewer(levels) == [f"company: {told}"]
    assert forecasting.judged_on_fewer(scores.iloc[:2]) == []


def test_a_history_of_zeros_has_no_scale_and_leaves_the_other_scores(frame):
    nothing = frame_of(series=1).assign(unique_id="zero", y=0.0)
    found = run(pd.concat([frame, nothing]), origins=1)
    zero = found[found["unique_id"] == "zero"]
    assert (zero[["y", "mean", "scale"]] == 0).all().all()
    kit = forecasting.score(found).set_index("method").loc["kit"]
    assert kit["n"] == 5
    assert np.isfinite(kit["mase"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"horizon": 0}, "horizon: 0 is too few. At least 1."),
        ({"origins": 0, "history": 3}, "origins: 0 is too few. At least 1.\nhistory: 3 is too few. At least 6."),
        ({"history": 43}, "no series is long enough: the longest has 44 periods. This backtest needs at least 45."),
        ({"workers": 0}, "workers: 0 is not a number of processes."),
    ],
)
def test_a_wrong_call_says_what_is_wrong(frame, more, message):
    with pytest.raises(ParameterError) as caught:
        run(frame, **more)
    assert str(caught.value) == message


class TestForecast:
    def test_a_tidy_frame_with_a_track_record(self, frame):
        found = forecasting.forecast(frame, 2, fast=True, workers=1)
        names = ["unique_id", "ds", "mean", "lo-80", "hi-80", "lo-95", "hi-95", "method", "track_record"]
        assert found.columns.tolist() == names
        assert found["ds"].dt.strftime("%Y-%m").tolist() == ["2023-09", "2023-10"] * 4
        assert set(found["method"]) == {"long"}
        assert found["track_record"].between(0, 2).all()

    def test_what_cannot_be_forecast_is_said(self, frame):
        new = frame_of(1, 5, start="2023-04").assign(unique_id="new")
        gone = frame_of(1, 30).assign(unique_id="gone")
        found = forecasting.forecast(pd.concat([frame, new, gone]), 1, fast=True, workers=1)
        assert set(found["unique_id"]) == {"s0", "s1", "s2", "s3"}
        assert found.attrs["notes"] == [
            "gone: ended a year or more before the others; no forecast.",
            "new: under six periods of history; no forecast.",
        ]

    def test_under_a_year_takes_the_season_of_the_panel(self, frame):
        young = frame_of(1, 8, start="2023-01").assign(unique_id="young")
        found = forecasting.forecast(pd.concat([frame, young]), 1, fast=True, workers=1).set_index("unique_id")
        assert found.loc["young", "method"] == "new"
        assert np.isfinite(found.loc["young", "mean"])

    def test_nothing_to_go_by_is_an_error(self):
        with pytest.raises(ParameterError, match="no series has the six periods"):
            forecasting.forecast(frame_of(2, 5), 1, workers=1)

    def test_one_short_series_has_no_interval_that_it_cannot_have(self):
        found = forecasting.forecast(frame_of(1, 7), 1, fast=True, workers=1)
        assert found[["lo-95", "hi-95"]].isna().all().all()
        assert (found["mean"] > 0).all()

    def test_zeros_stay_zero_and_nothing_falls_below(self):
        frame = frame_of(3).assign(y=lambda rows: rows["y"].where(rows["unique_id"] != "s1", 0.0))
        frame.loc[frame["unique_id"] == "s2", "y"] = np.tile([0.0, 0.0, 0.0, 9.0], 11)
        found = forecasting.forecast(frame, 3, fast=True, workers=1)
        assert (found.loc[found["unique_id"] == "s1", ["mean", "lo-95", "hi-95"]] == 0).all().all()
        assert (found[["mean", "lo-80"]] >= 0).all().all()
        # The 95 % bound of the other two is null: of each there are twelve past errors, and it needs nineteen.
        assert not (found["lo-95"] < 0).any()
        assert set(found.loc[found["unique_id"] == "s2", "method"]) == {"intermittent"}

    @pytest.mark.parametrize(("freq", "length", "rule"), [("Q", 16, "long"), ("W", 140, "weekly")])
    def test_quarters_and_weeks(self, freq, length, rule):
        season = {"Q": 4, "W": 52}[freq]
        time = np.arange(length)
        y = 100 + 20 * np.sin(2 * np.pi * time / season) + np.random.default_rng(0).normal(size=length)
        ds = pd.period_range("2020-01-06", periods=length, freq=freq).to_timestamp()
        found = forecasting.forecast(pd.DataFrame({"unique_id": "a", "ds": ds, "y": y}), 2, freq, fast=True, workers=1)
        truth = 100 + 20 * np.sin(2 * np.pi * np.arange(length, length + 2) / season)
        assert np.abs(found["mean"] - truth).max() < 6
        assert set(found["method"]) == {rule}

    def test_a_wrong_level_or_horizon(self, frame):
        with pytest.raises(ParameterError, match="level: 100 is not a level between 0 and 100"):
            forecasting.forecast(frame, 1, level=[80, 100])
        with pytest.raises(ParameterError, match="horizon: 0 is too few"):
            forecasting.forecast(frame, 0)


class TestCommand:
    @pytest.fixture
    def call(self, monkeypatch, capfd):
        def run(*arguments):
            monkeypatch.setattr(sys, "argv", ["salesops", "backtest", *map(str, arguments)])
            with pytest.raises(SystemExit) as end:
                cli.main()
            out, err = capfd.readouterr()
            return end.value.code or 0, out, err

        return run

    @pytest.mark.parametrize("kind", ["csv", "parquet"])
    def test_the_scores_of_a_file(self, call, tmp_path, kind):
        path = tmp_path / f"series.{kind}"
        frame = frame_of(2, 40)
        frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
        options = "--freq M --horizon 2 --history 36 --origins 1 --fast --jobs 1 --format json".split()
        code, out, err = call("--series", path, *options)
        rows = {row["method"]: row for row in json.loads(out)}
        assert (code, err) == (0, "")
        assert {"kit", "SeasonalNaive", "ShrinkSeas"} <= set(rows)
        assert rows["kit"]["n"] == 2
        expected = forecasting.score(run(frame, origins=1)).set_index("method").loc["kit", "mase"]
        assert rows["kit"]["mase"] == pytest.approx(expected)

    def test_csv_and_prophet(self, call, tmp_path):
        path = tmp_path / "series.csv"
        frame_of(1, 26).to_csv(path, index=False)
        options = "--horizon 1 --history 24 --origins 1 --jobs 1 --format csv".split()
        code, out, err = call("--series", path, *options)
        lines = out.splitlines()
        assert (code, err) == (0, "")
        assert lines[0].startswith(
            "method,n,mase,smape,wape,bias,coverage_80,coverage_95,interval_score,seconds_per_fit"
        )
        methods = {line.split(",")[0] for line in lines[1:]}
        assert methods == {"kit", "AutoCES", "MSTL", "SeasonalNaive", "ShrinkSeas", "Prophet", "ProphetLogYearly"}

    def test_wrong_files_and_options_end_with_their_code(self, call, tmp_path):
        assert call("--series", tmp_path / "gone.csv")[::2] == (2, f"{tmp_path}/gone.csv: there is no such file.\n")
        other = tmp_path / "x.txt"
        other.touch()
        assert call("--series", other)[0] == 2
        broken = tmp_path / "x.parquet"
        broken.write_text("no parquet")
        assert call("--series", broken)[0] == 3
        twice = tmp_path / "twice.csv"
        twice.write_text("unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,2\n")
        code, out, err = call("--series", twice, "--freq", "M")
        assert (code, out) == (2, "")
        assert err.startswith(f"{twice}, rows 2, 3: a period comes twice")
