"""Bad input: each kind has a stated behaviour, is told of by name, and never ends in a traceback or in no number."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesops_lib import forecasting
from salesops_lib.errors import ParameterError
from salesops_lib.forecasting.outlook import Options, look_ahead
from salesops_lib.forecasting.panel import FREQUENCIES, Panel, damped, outlier, read_panel


def sales(length, seed=0, noise=0.05):
    """Ends in December 2024 with a level of about 100."""
    rng = np.random.default_rng(seed)
    ago = np.arange(length - 1, -1, -1)
    return 100 * (1 + 0.2 * np.sin(2 * np.pi * ago / 12)) * np.exp(noise * rng.normal(size=length))


def months(y, name="a", end="2024-12"):
    ds = pd.period_range(end=end, periods=len(y), freq="M").to_timestamp()
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": y})


def ahead(*frames, horizon=3, **more):
    return forecasting.forecast(pd.concat(frames), horizon, fast=True, workers=1, **more)


def means(found, name="a"):
    return found.loc[found["unique_id"] == name, "mean"].to_numpy()


class TestOneHugeOutlier:
    @pytest.mark.parametrize("ago", [1, 12, 20, 40])
    def test_it_is_named_and_does_not_lead(self, ago):
        plain, hit = sales(60), sales(60)
        hit[-ago] *= 20
        found = ahead(months(hit))
        period = pd.Period("2024-12", freq="M") - (ago - 1)
        note = f"a: {period} lies far outside all others; it stays, but does not lead the forecast."
        assert found.attrs["notes"] == [note]
        # A month of twenty times as much moved the forecast up to eightfold where nothing held it.
        np.testing.assert_allclose(means(found), means(ahead(months(plain))), rtol=0.2)

    def test_it_stays_among_the_errors_of_the_past_and_rare_in_the_intervals(self):
        hit = sales(60)
        hit[-5] = 5000.0
        panel = read_panel(months(hit), "M")
        assert panel.values[0].max() == 5000.0
        outlook = look_ahead(panel, 3, Options(fast=True, workers=1))
        assert outlook.past.error.max() > 4700
        plain = look_ahead(read_panel(months(sales(60)), "M"), 3, Options(fast=True, workers=1))
        # One month of the thirty that are looked back on is no one in five.
        assert outlook.widths[80].max() < 2 * plain.widths[80].max()

    def test_two_such_months_are_what_the_series_is_like(self):
        hit = sales(60)
        hit[[10, 30]] = 5000.0
        assert ahead(months(hit)).attrs["notes"] == []

    def test_what_is_far_by_hand(self):
        y = np.array([9.0, 10.0, 11.0] * 5 + [15.0])
        # The median is 10; the others are 1 away, so up to 5 away is not far.
        assert outlier(y) is None
        y[4] = 15.5
        assert outlier(y) is None
        y[-1] = 10.0
        assert outlier(y) == 4
        assert outlier(-y) == 4
        assert outlier(np.full(12, 3.0)) is None
        assert outlier(np.array([3.0] * 11 + [4.0])) == 11
        assert outlier(np.array([3.0] * 10 + [400.0])) is None
        assert outlier(np.array([0.0, 0.0, 1.0] * 5 + [90.0])) is None

    def test_the_methods_see_it_at_the_next_value(self):
        y = np.array([9.0, 10.0, 11.0] * 5 + [-99.0])
        panel = damped(Panel(FREQUENCIES["M"], ("a", "b"), (y, y[:-1]), np.array([600, 599])))
        assert panel.values[0].tolist() == [9.0, 10.0, 11.0] * 5 + [9.0]
        assert panel.values[1].tolist() == y[:-1].tolist()


class TestCreditNotes:
    def test_below_zero_once_is_below_zero_again_if_the_errors_say_so(self):
        y = 10 + 15 * np.random.default_rng(0).normal(size=48)
        assert (y < 0).any()
        found = ahead(months(y))
        assert (found["lo-95"] < 0).all()
        assert found.attrs["notes"] == []
        never = ahead(months(np.maximum(y, 0.1)))
        assert (never["lo-95"] == 0).all()

    def test_a_series_that_falls_below_zero_goes_on_there(self):
        y = np.linspace(100, -100, 48) + np.random.default_rng(0).normal(size=48)
        assert (means(ahead(months(y))) < -60).all()


class TestBreaks:
    def test_a_shift_that_is_a_year_old_is_the_new_level(self):
        y = sales(72)
        y[-18:] *= 0.6
        np.testing.assert_allclose(means(ahead(months(y))), 0.6 * means(ahead(months(sales(72)))), rtol=0.12)

    def test_a_year_like_2020_does_not_come_back(self):
        y = sales(72)
        y[24:30] *= 0.3
        np.testing.assert_allclose(means(ahead(months(y))), means(ahead(months(sales(72)))), rtol=0.2)


class TestStartsAndEnds:
    def test_a_new_territory_takes_the_rule_of_its_own_length(self):
        found = ahead(*(months(sales(48, seed), f"s{seed}") for seed in range(4)), months(sales(8, 9), "new"))
        assert found.groupby("unique_id")["method"].first().to_dict() == {
            **{f"s{n}": "long" for n in range(4)},
            "new": "new",
        }
        # January to March rise from the year's middle as the others do.
        assert np.abs(means(found, "new") / means(found, "s0") - 1).max() < 0.25
        assert not found[["lo-80", "hi-80", "lo-95", "hi-95"]].isna().any().any()

    def test_one_that_ended_lately_goes_on_from_its_own_end(self):
        found = ahead(months(sales(48)), months(sales(48, 1), "ended", end="2024-09"))
        ended = found[found["unique_id"] == "ended"]
        assert ended["ds"].dt.strftime("%Y-%m").tolist() == ["2024-10", "2024-11", "2024-12"]

    def test_one_that_ended_a_year_ago_has_no_line(self):
        found = ahead(months(sales(48)), months(sales(48, 1), "ended", end="2023-12"))
        assert set(found["unique_id"]) == {"a"}
        assert found.attrs["notes"] == ["ended: ended a year or more before the others; no forecast."]

    def test_a_year_of_zeros_at_the_end_is_hardly_anything_ahead(self):
        y = sales(48)
        y[-12:] = 0
        assert means(ahead(months(y))).max() < 0.15 * sales(48)[:-12].mean()


class TestAllAtOnce:
    FRAMES = (
        months(sales(60), "plain"),
        months(np.zeros(40), "zeros"),
        months(np.full(40, 7.0), "constant"),
        months(np.tile([0.0, 0.0, 9.0], 14), "rare"),
        months(np.append(np.zeros(30), sales(6)), "begins"),
        months(sales(40) - 90, "credit"),
        months(sales(8), "new"),
        months(sales(20), "short"),
        months(np.append(sales(40), 9e9), "huge"),
        months(sales(40).cumprod() / 1e60, "wild"),
        months(sales(45), "gap").drop(index=[20, 21, 40]),
    )

    @pytest.mark.parametrize("horizon", [1, 6])
    def test_every_line_has_its_numbers(self, horizon):
        found = ahead(*self.FRAMES, horizon=horizon)
        assert found.groupby("unique_id").size().to_dict() == {
            frame["unique_id"].iloc[0]: horizon for frame in self.FRAMES
        }
        assert np.isfinite(found["mean"]).all()
        bounds = found[["lo-95", "lo-80", "mean", "hi-80", "hi-95"]]
        assert np.isfinite(bounds.to_numpy()).all()
        assert (np.diff(bounds.to_numpy(), axis=1) >= 0).all()
        assert (found.loc[found["unique_id"] == "zeros", ["mean", "hi-95"]] == 0).all().all()
        assert found.attrs["notes"] == [
            "gap: 3 lacking periods bridged.",
            "huge: 2024-12 lies far outside all others; it stays, but does not lead the forecast.",
            *(note for note in found.attrs["notes"] if note.startswith("wild")),
        ]

    @pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame["unique_id"].iloc[0])
    def test_each_alone(self, frame):
        found = ahead(frame, horizon=2)
        assert np.isfinite(found["mean"]).all()
        if len(frame) > 12:
            assert np.isfinite(found[["lo-80", "hi-80"]].to_numpy()).all()


def test_the_current_period_is_left_out_and_said():
    found = ahead(months(np.append(sales(40), 3.0), end="2025-01"), until=date(2025, 1, 10))
    assert found["ds"].min() == pd.Timestamp("2025-01-01")
    assert found.attrs["notes"] == ["Left out: 2025-01 and later, which are not complete by 2025-01-10."]
    pd.testing.assert_frame_equal(found, ahead(months(sales(40))))


def test_a_long_gap_leaves_only_what_comes_after_it():
    found = ahead(months(sales(60)).drop(index=range(40, 48)))
    assert set(found["method"]) == {"short"}
    assert found.attrs["notes"] == [
        "a: only from 2024-01 on; a long gap lies before it.",
        "No 95% range, as too few past forecasts of 3 periods ahead can be checked: a.",
    ]


def test_no_history_is_an_error_that_says_so():
    with pytest.raises(ParameterError, match="there is no history to forecast from"):
        ahead(months([]))
    with pytest.raises(ParameterError, match="no series has the six periods"):
        ahead(months(sales(5)))
