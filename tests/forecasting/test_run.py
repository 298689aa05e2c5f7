"""One run of the forecast: what it says of a company adds up, is of the right periods, and tells what is left out."""

import numpy as np
import pandas as pd
import pytest
from sales import company, sales, won

from salesops_lib import forecasting
from salesops_lib.errors import ParameterError
from salesops_lib.forecasting import Effects, Forecast, outlook
from salesops_lib.forecasting.outlook import Options, look_ahead
from salesops_lib.forecasting.panel import read_panel
from salesops_lib.forecasting.past import APART

BY = ["region", "team", "rep"]
CENT = 0.01


@pytest.fixture(scope="module", autouse=True)
def _few_past_origins():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlook, "ERRORS_WANTED", 1)
        yield


def run(book, horizon=3, freq="M", **more):
    return Forecast(book, horizon, freq, **{"by": BY, "fast": True, "workers": 1, **more})


@pytest.fixture(scope="module")
def book():
    """Four reps; r2 has left, r3 sold nothing for a year, r5 has no row in the table of reps and is new."""
    deals = [*sales("2023-01", "2026-03", ["r1", "r2", "r4"]), *sales("2023-01", "2025-02", ["r3"], seed=1)]
    deals += [won("2026-02-10", 300, "r5"), won("2026-03-10", 100, "r5"), won("2024-05-05", 80, None)]
    return company("2026-04-20", [*deals, won("2026-04-02", 9999, "r1")], left={"r2": "2026-04-01"})


@pytest.fixture(scope="module")
def found(book):
    return run(book)


def by_level(frame, value="mean"):
    return frame.groupby(["level", "ds"])[value].sum().unstack("level")


class TestOfACompany:
    def test_the_frame_is_tidy_and_the_company_comes_first(self, found):
        names = [
            "unique_id",
            "level",
            "group",
            "ds",
            "mean",
            "lo-80",
            "hi-80",
            "lo-95",
            "hi-95",
            "method",
            "track_record",
        ]
        assert found.periods.columns.tolist() == names
        assert found.periods["unique_id"].iloc[0] == "company"
        assert list(dict.fromkeys(found.periods["level"])) == ["company", *BY]
        assert set(found.periods["ds"].dt.strftime("%Y-%m-%d")) == {"2026-04-01", "2026-05-01", "2026-06-01"}
        assert not found.periods.duplicated(["unique_id", "ds"]).any()

    def test_every_level_adds_up_period_by_period_and_in_total(self, found):
        sums = by_level(found.periods)
        assert (sums["company"] > 0).all()
        totals = found.total.groupby("level")["mean"].sum()
        for name in BY:
            assert (sums[name] - sums["company"]).abs().max() < CENT
            assert abs(totals[name] - totals["company"]) < CENT
        periods = found.periods.groupby("unique_id")["mean"].sum()
        np.testing.assert_allclose(found.total["mean"], periods[found.total["unique_id"]])

    def test_who_ended_counts_as_nothing_and_is_said(self, found):
        ids = set(found.periods["unique_id"])
        assert {"rep=r1", "rep=r4", "rep=r5", "team=A", "team=C"} <= ids
        assert not {"rep=r2", "rep=r3", "team=B", "rep=Unassigned"} & ids
        assert "Left out: 2026-04, which is not over by 2026-04-20." in found.notes
        gone = next(text for text in found.notes if text.startswith("Ended"))
        assert gone.endswith("0: region=Unassigned, team=B, team=Unassigned, rep=Unassigned, rep=r2 and 1 more.")

    def test_who_is_new_counts_with_the_average_and_without_an_interval(self, found):
        new = found.periods[found.periods["unique_id"] == "rep=r5"]
        assert set(new["method"]) == {"average"}
        assert new[["lo-80", "hi-80", "track_record"]].isna().all().all()
        # 300 and 100: 200 a month, which the levels above may move.
        assert 100 < new["mean"].mean() < 300
        assert any(text.startswith("Under six periods") and "rep=r5" in text for text in found.notes)

    def test_the_totals_are_of_the_horizon(self, found):
        total = found.total.set_index("unique_id")
        assert set(total["first"]) == {pd.Timestamp("2026-04-01")}
        assert set(total["last"]) == {pd.Timestamp("2026-06-01")}
        line = total.loc["company"]
        assert line["lo-80"] < line["mean"] < line["hi-80"]

    def test_nothing_is_below_zero(self, found):
        assert (found.periods[["mean", "lo-80"]].fillna(0) >= 0).all().all()
        assert (found.total["lo-80"].fillna(0) >= 0).all()

    def test_the_figures_do_not_depend_on_the_processes(self, book, found):
        pd.testing.assert_frame_equal(run(book, workers=2).periods, found.periods)

    def test_the_alarm_is_that_of_the_run(self, found):
        assert found.alarm.level == 80
        assert isinstance(found.alarm.raised, bool)

    def test_dimensions_that_cross_add_up_too(self):
        deals = [
            row | {"lead_source": source}
            for source, seed in (("Web", 1), ("Fair", 2))
            for row in (
                {**each, "opportunity_id": f"{source}{each['opportunity_id']}"}
                for each in sales("2024-01", "2025-12", seed=seed)
            )
        ]
        found = run(company("2025-12-31", deals), by=["region", "lead_source"])
        assert set(found.periods["level"]) == {"company", "region", "lead_source"}
        sums = by_level(found.periods)
        assert sums.sub(sums["company"], axis=0).abs().max().max() < CENT

    def test_quarters_of_a_fiscal_year(self):
        found = run(company("2026-01-31", sales("2020-02", "2026-01"), fiscal_year_start=2), 2, "Q", by=["region"])
        assert set(found.periods["ds"].dt.strftime("%Y-%m-%d")) == {"2026-02-01", "2026-05-01"}
        assert found.total["last"].iloc[0] == pd.Timestamp("2026-05-01")

    def test_a_december_of_twice_the_sales_is_foreseen(self):
        found = run(company("2025-10-31", sales("2021-01", "2025-10")), by=[])
        mean = found.periods.set_index("ds")["mean"]
        assert mean[pd.Timestamp("2025-12-01")] > 1.5 * mean[pd.Timestamp("2025-11-01")]
        assert set(found.periods["unique_id"]) == {"company"}


class TestTooLittle:
    def test_under_a_year_no_season_can_be_told(self):
        found = run(company("2026-03-31", sales("2025-08", "2026-03")), by=["region"])
        assert "Under a year of history: no season can be told from it." in found.notes
        assert set(found.periods["method"]) == {"new"}

    def test_under_six_periods_is_an_error(self):
        with pytest.raises(ParameterError, match=r"the company has 5 complete periods of sales\. A forecast needs six"):
            run(company("2026-03-31", sales("2025-11", "2026-03")))
        with pytest.raises(ParameterError, match="the company has 1 complete period of sales"):
            run(company("2026-03-31", sales("2026-03", "2026-03")))

    def test_a_company_that_ended_is_an_error(self):
        with pytest.raises(ParameterError, match="all that was sold ended a year ago or longer"):
            run(company("2026-03-31", sales("2024-01", "2025-03")))

    def test_one_group_is_the_company(self):
        found = run(company("2026-03-31", sales("2024-01", "2026-03", ["r1"])))
        means = found.periods.pivot(index="ds", columns="unique_id", values="mean")
        assert means.shape == (3, 4)
        assert means.sub(means["company"], axis=0).abs().max().max() < CENT


class TestOfAFrame:
    def test_totals_and_notes(self):
        ds = pd.period_range("2022-01", periods=40, freq="M").to_timestamp()
        y = 100 + 10 * np.random.default_rng(0).normal(size=40)
        found = Forecast(
            pd.DataFrame({"unique_id": "a", "ds": ds, "y": y}), 2, fast=True, workers=1, until=ds[-1].date()
        )
        assert found.notes == [
            "Left out: 2025-04 and later, which are not complete by 2025-04-01.",
            "No 95% range, as too few past forecasts of 2 periods ahead can be checked: a.",
        ]
        assert found.periods["ds"].dt.strftime("%Y-%m").tolist() == ["2025-04", "2025-05"]
        assert found.total.columns.tolist() == [
            "unique_id",
            "first",
            "last",
            "mean",
            "lo-80",
            "hi-80",
            "lo-95",
            "hi-95",
        ]
        line = found.total.iloc[0]
        assert line["mean"] == pytest.approx(found.periods["mean"].sum())
        # The width of a total is that of past totals, and no sum of the periods' widths.
        panel = read_panel(pd.DataFrame({"unique_id": "a", "ds": ds[:-1], "y": y[:-1]}), "M")
        width = look_ahead(panel, 2, Options(fast=True, workers=1)).total_widths[80][0]
        assert line["hi-80"] - line["mean"] == pytest.approx(width)
        assert (found.periods["hi-80"] - found.periods["mean"]).sum() != pytest.approx(width)

    @pytest.mark.parametrize(("length", "horizon"), [(6, 3), (7, 3), (48, 200)])
    def test_why_there_are_no_ranges(self, length, horizon):
        ds = pd.period_range("2021-01", periods=length, freq="M").to_timestamp()
        y = 100 + 10 * np.random.default_rng(0).normal(size=length)
        found = Forecast(pd.DataFrame({"unique_id": "a", "ds": ds, "y": y}), horizon, fast=True, workers=1)
        assert found.periods[["lo-80", "hi-80", "lo-95", "hi-95"]].isna().all().all()
        why = f"No 80, 95% range, as too few past forecasts of {horizon} periods ahead can be checked: a."
        young = ["Under a year of history: no season can be told from it."] if length < 12 else []
        assert found.notes == [why, *young]

    def test_a_gap_is_told_where_nothing_is_left_to_forecast(self):
        ds = pd.period_range("2021-01", periods=30, freq="M").to_timestamp()
        frame = pd.DataFrame({"unique_id": "a", "ds": ds, "y": 1.0}).drop(index=range(24, 28))
        with pytest.raises(ParameterError, match=r"at least\. a: only from 2023-05 on; a long gap lies before it\."):
            Forecast(frame, 1, fast=True, workers=1)


class TestWrongCalls:
    @pytest.mark.parametrize(
        ("more", "told"),
        [
            ({"horizon": 3.0}, "horizon: 3.0 is not a whole number."),
            ({"horizon": "3"}, "horizon: '3' is not a whole number."),
            ({"horizon": True}, "horizon: True is not a whole number."),
            ({"horizon": 1, "history": 12.5}, "history: 12.5 is not a whole number."),
            ({"horizon": 1, "origins": "3"}, "origins: '3' is not a whole number."),
        ],
    )
    def test_numbers_that_are_not_whole(self, more, told):
        frame = pd.DataFrame({"unique_id": ["a"], "ds": ["2026-01-01"], "y": [1.0]})
        for call in [forecasting.backtest, *([forecasting.forecast] if len(more) == 1 else [])]:
            with pytest.raises(ParameterError) as caught:
                call(frame, **more)
            assert str(caught.value) == told

    def test_what_only_the_other_kind_has(self, book):
        frame = pd.DataFrame({"unique_id": ["a"], "ds": ["2026-01-01"], "y": [1.0]})
        with pytest.raises(ParameterError, match="by: plain series have no dimensions"):
            Forecast(frame, 1, by=["region"])
        with pytest.raises(ParameterError, match="until: a book knows its own day"):
            Forecast(book, 1, until=book.as_of)
        with pytest.raises(ParameterError, match="by: plain series have no dimensions"):
            forecasting.backtest(frame, 1, by=["region"])

    def test_an_unknown_country(self, book):
        for call in (Forecast, forecasting.backtest):
            with pytest.raises(ParameterError, match="country: 'XX' is not a country whose holidays are known"):
                call(book, 1, effects=Effects(country="XX"))


@pytest.fixture(scope="module")
def past(book):
    return forecasting.backtest(book, 2, by=["team", "rep"], fast=True, workers=1, origins=2)


class TestBacktest:
    def test_levels_and_methods(self, past):
        assert list(dict.fromkeys(past["level"])) == ["company", "team", "rep"]
        assert {"kit", APART, "SeasonalNaive"} <= set(past["method"])
        # The last complete month is March, so the two origins are January and December.
        assert sorted(set(past["cutoff"].dt.strftime("%Y-%m-%d"))) == ["2025-12-01", "2026-01-01"]
        assert set(past["ds"].dt.strftime("%Y-%m-%d")) == {"2026-01-01", "2026-02-01", "2026-03-01"}

    def test_the_kit_adds_up_and_what_came_is_what_was_sold(self, past, book):
        kit = past[past["method"] == "kit"]
        sums = kit.groupby(["cutoff", "ds", "level"])["mean"].sum().unstack("level")
        assert sums.sub(sums["company"], axis=0).abs().max().max() < CENT
        sold = forecasting.revenue_history(book, "M", ["team", "rep"]).set_index(["unique_id", "ds"])["y"]
        keys = list(zip(kit["unique_id"], kit["ds"], strict=True))
        np.testing.assert_allclose(kit["y"], sold.loc[keys])

    def test_the_intervals_go_with_the_mean(self, past):
        both = past[past["method"].isin(["kit", APART])].set_index(["unique_id", "cutoff", "ds", "method"])
        high = (both["hi-80"] - both["mean"]).unstack("method")
        np.testing.assert_allclose(high["kit"], high[APART])
        assert (both["mean"].unstack("method")["kit"] != both["mean"].unstack("method")[APART]).any()
        assert (both["lo-80"] >= 0).all()

    def test_who_had_ended_by_then_is_left_out(self, past):
        """The deals of nobody ended in 2024; r3 sold until February 2025, and r2 was still there in January 2026."""
        assert {"rep=r2", "rep=r3", "team=B"} <= set(past["unique_id"])
        assert not {"rep=Unassigned", "team=Unassigned"} & set(past["unique_id"])

    def test_scores_by_level(self, past):
        scores = forecasting.score_by_level(past)
        assert scores.columns[:3].tolist() == ["level", "method", "n"]
        kit = scores[scores["method"] == "kit"].set_index("level")
        assert kit["n"].to_dict()["company"] == 2
        part = past[past["level"] == "team"]
        assert kit.loc["team", "wape"] == pytest.approx(forecasting.score(part).set_index("method").loc["kit", "wape"])

    def test_a_company_alone_has_nothing_to_add_up(self, book):
        past = forecasting.backtest(book, 1, fast=True, workers=1, origins=1)
        assert APART not in set(past["method"])
        assert set(past["level"]) == {"company"}
