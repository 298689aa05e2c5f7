"""Each method on small panels: what it gives, what it leaves out, and that it is quiet and seeded."""

import logging

import numpy as np
import pandas as pd
import pytest

from salesops_lib.errors import ParameterError
from salesops_lib.forecasting import fit, prophets
from salesops_lib.forecasting.models import METHODS, fit_panel
from salesops_lib.forecasting.panel import FREQUENCIES, Panel

PROPHETS = ("Prophet", "ProphetLog", "ProphetLogYearly")
LIBRARY = [name for name in METHODS if name not in PROPHETS]


def panel_of(*values, freq="M", last=600):
    return Panel(
        FREQUENCIES[freq],
        tuple("abcdefgh"[: len(values)]),
        tuple(np.asarray(each, dtype=float) for each in values),
        np.full(len(values), last),
    )


def sales(length, seed=0):
    rng = np.random.default_rng(seed)
    time = np.arange(length)
    return (100 + time) * (1 + 0.2 * np.sin(2 * np.pi * time / 12)) * np.exp(0.05 * rng.normal(size=length))


@pytest.mark.parametrize("name", LIBRARY)
def test_a_method_gives_a_tidy_frame_near_the_series(name):
    found = fit(name, panel_of(sales(48), sales(48, seed=1)), 3)
    assert found.columns.tolist() == ["unique_id", "ds", "mean", "half"]
    assert found["unique_id"].tolist() == ["a"] * 3 + ["b"] * 3
    # Period 600 is January 2020.
    assert found["ds"].dt.strftime("%Y-%m-%d").tolist() == ["2020-02-01", "2020-03-01", "2020-04-01"] * 2
    assert found["mean"].between(80, 250).all()
    assert not (found["half"] < 0).any()


@pytest.mark.parametrize("name", LIBRARY)
def test_a_constant_history_goes_on_and_a_short_one_says_nothing(name):
    found = fit(name, panel_of(np.full(30, 7.0), np.zeros(30), [1, 2, 3]), 2)
    np.testing.assert_allclose(found["mean"].tolist(), [7, 7, 0, 0, np.nan, np.nan])


@pytest.mark.parametrize("name", LIBRARY)
def test_no_method_falls_below_zero_unless_the_history_did(name):
    falling = np.maximum(np.linspace(100, 0.5, 36), 0.5)
    assert (fit(name, panel_of(falling), 12)["mean"] >= 0).all()


def test_credit_notes_may_be_forecast():
    falling = np.linspace(100, -100, 36)
    assert fit("AutoETS", panel_of(falling), 3)["mean"].max() < -90


def test_seasonal_naive_is_last_year_and_its_width_that_of_the_differences():
    y = sales(36)
    found = fit("SeasonalNaive", panel_of(y), 3)
    assert found["mean"].tolist() == y[-12:-9].tolist()
    spread = np.sqrt(((y[12:] - y[:-12]) ** 2).sum() / 24)
    np.testing.assert_allclose(found["half"], 1.2816 * spread, rtol=0.05)


def test_a_method_that_breaks_on_one_series_goes_on_with_the_next(monkeypatch):
    from statsforecast import models

    plain = models.AutoETS.forecast

    def breaking(self, y, **more):
        if y[0] < 0:
            raise RuntimeError("no model able to be fitted")
        return plain(self, y, **more)

    monkeypatch.setattr(models.AutoETS, "forecast", breaking)
    fits = fit_panel(METHODS["AutoETS"], panel_of(-sales(30), sales(30)), 2, 0)
    assert np.isnan(fits.mean).tolist() == [[True, True], [False, False]]


def test_an_unknown_method_is_named_with_the_near_ones():
    with pytest.raises(ParameterError, match="'Profet' is not a method"):
        fit("Profet", panel_of(sales(30)), 2)


@pytest.fixture(scope="module")
def fits():
    return {name: fit_panel(METHODS[name], panel_of(TestProphet.Y), 3, 3) for name in PROPHETS}


class TestProphet:
    Y = sales(26)

    def test_each_variant_is_near_the_series(self, fits):
        for each in fits.values():
            assert 80 < each.mean.min() <= each.mean.max() < 250
            assert (each.half > 0).all()

    def test_the_same_seed_gives_the_same_figures_and_leaves_numpy_alone(self, fits):
        np.random.seed(1)
        again = fit_panel(METHODS["Prophet"], panel_of(self.Y), 3, 3)
        drawn = np.random.random()
        np.random.seed(1)
        assert drawn == np.random.random()
        assert again.mean.tolist() == fits["Prophet"].mean.tolist()
        assert again.half.tolist() == fits["Prophet"].half.tolist()

    def test_logs_say_nothing_of_zeros(self):
        assert np.isnan(fit_panel(METHODS["ProphetLog"], panel_of([0, *self.Y]), 2, 0).mean).all()

    def test_it_is_quiet(self, caplog, capfd):
        with caplog.at_level(logging.DEBUG):
            fit("ProphetLog", panel_of(self.Y), 1)
        assert not caplog.records
        assert capfd.readouterr() == ("", "")

    def test_it_is_told_of_holidays_and_the_quarter_s_end(self):
        # The United States in 2024: 27 May, 19 June and 4 July are working days less.
        effects = prophets.Effects(country="US", quarter_end=True)
        ordinals = np.arange(650, 655)
        told = prophets._told(FREQUENCIES["M"], ordinals, effects)
        assert told["ds"].dt.strftime("%Y-%m").tolist() == ["2024-03", "2024-04", "2024-05", "2024-06", "2024-07"]
        assert told["public_holidays"].tolist() == [0, 0, 1, 1, 1]
        assert told["quarter_end"].tolist() == [1, 0, 0, 1, 0]
        fiscal = prophets._told(FREQUENCIES["M"], ordinals, prophets.Effects(quarter_end=True, fiscal_start=2))
        assert fiscal["quarter_end"].tolist() == [0, 1, 0, 0, 1]

    def test_the_last_week_of_a_quarter(self):
        weeks = pd.period_range("2024-06-17", periods=3, freq="W-SUN")
        told = prophets._told(FREQUENCIES["W"], weeks.astype("int64").to_numpy(), prophets.Effects(quarter_end=True))
        assert told["quarter_end"].tolist() == [0, 1, 0]

    def test_what_it_is_told_moves_the_forecast(self, fits):
        for effects in (prophets.Effects(quarter_end=True), prophets.Effects(country="NL")):
            told = fit_panel(METHODS["Prophet"], panel_of(self.Y), 3, 3, effects)
            assert np.isfinite(told.mean).all()
            assert told.mean.tolist() != fits["Prophet"].mean.tolist()

    def test_an_unknown_country_is_rejected(self):
        with pytest.raises(ParameterError, match="'XX' is not a country whose holidays are known"):
            prophets._told(FREQUENCIES["M"], np.arange(3), prophets.Effects(country="XX"))
