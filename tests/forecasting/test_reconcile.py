"""Forecasts that add up: to a hundredth of a currency unit, no further from the base forecasts than they must be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from salesops_lib import forecasting
from salesops_lib.data.book import open_book
from salesops_lib.forecasting import outlook
from salesops_lib.forecasting.models import METHODS, fit_panel
from salesops_lib.forecasting.outlook import Options, actuals, look_ahead
from salesops_lib.forecasting.panel import read_panel
from salesops_lib.forecasting.past import APART
from salesops_lib.forecasting.prophets import NO_EFFECTS
from salesops_lib.forecasting.reconcile import method_for, reconcile, summing

ROOT = Path(__file__).parents[2]
RETAIL = ROOT.parent / "shared" / "data" / "series" / "aus_retail_monthly_2011_2018.parquet"
CENT = 0.01


def groups(regions, teams):
    """Smallest groups by their region and team, named by a number."""
    names = {"unique_id": [f"rep={n}" for n in range(len(regions))], "region": regions, "team": teams}
    return pd.DataFrame(names).assign(rep=[str(n) for n in range(len(regions))])


def random_groups(seed, size):
    rng = np.random.default_rng(seed)
    return groups(*(rng.integers(0, 3, size).astype(str) for _ in range(2))), rng


def is_coherent(sums, found):
    return np.abs(found - sums @ found[-sums.shape[1] :]).max() < CENT


class TestSumming:
    def test_rows_and_columns(self):
        ids, sums = summing(groups(["N", "N", "S"], ["a", "b", "b"]), ["region", "team", "rep"])
        assert ids == ["company", "region=N", "region=S", "team=a", "team=b", "rep=0", "rep=1", "rep=2"]
        rows = [[1, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
        assert sums.tolist() == rows

    def test_the_company_alone(self):
        ids, sums = summing(pd.DataFrame({"unique_id": ["company"]}), [])
        assert (ids, sums.tolist()) == (["company"], [[1.0]])
        assert reconcile(sums, np.array([[3.0, 4.0]])).tolist() == [[3.0, 4.0]]


class TestReconcile:
    @settings(max_examples=60, deadline=None)
    @given(seed=st.integers(0, 10_000), size=st.integers(1, 12), method=st.sampled_from(["wls_struct", "mint_shrink"]))
    def test_it_adds_up_and_is_not_below_zero(self, seed, size, method):
        frame, rng = random_groups(seed, size)
        _ids, sums = summing(frame, ["region", "team", "rep"])
        base = np.exp(rng.normal(8, 4, (len(sums), 2))) * (rng.random((len(sums), 2)) < 0.8)
        found = reconcile(sums, base, rng.normal(size=(len(sums), 20)) * (1 + base[:, :1]), method)
        assert is_coherent(sums, found)
        assert (found >= 0).all()

    @settings(max_examples=30, deadline=None)
    @given(seed=st.integers(0, 10_000), method=st.sampled_from(["wls_struct", "mint_shrink"]))
    def test_what_adds_up_already_stays(self, seed, method):
        frame, rng = random_groups(seed, 6)
        _ids, sums = summing(frame, ["region", "team"])
        base = sums @ np.exp(rng.normal(8, 3, (6, 3)))
        found = reconcile(sums, base, rng.normal(size=(len(sums), 15)), method)
        np.testing.assert_allclose(found, base, rtol=1e-9)

    def test_by_structure_it_is_the_weighted_least_squares(self):
        frame, rng = random_groups(3, 7)
        _ids, sums = summing(frame, ["region", "team"])
        base = sums @ np.full((7, 1), 100.0) + rng.normal(0, 5, (len(sums), 1))
        weight = 1 / np.sqrt(sums.sum(axis=1))
        peer = lsq_linear(sums * weight[:, None], base[:, 0] * weight).x
        np.testing.assert_allclose(reconcile(sums, base)[-7:, 0], peer, rtol=1e-6)

    def test_not_below_zero_it_is_the_nearest_that_is_not(self):
        _ids, sums = summing(groups(["N", "N", "S"], ["a", "b", "b"]), ["region", "team"])
        base = np.array([[10.0], [2.0], [30.0], [1.0], [25.0], [0.0], [9.0], [1.0]])
        weight = 1 / np.sqrt(sums.sum(axis=1))
        design = sums * weight[:, None]
        assert (np.linalg.lstsq(design, base[:, 0] * weight, rcond=None)[0] < 0).any()
        peer = lsq_linear(design, base[:, 0] * weight, bounds=(0, np.inf)).x
        np.testing.assert_allclose(reconcile(sums, base)[-3:, 0], peer, atol=1e-4)

    def test_below_zero_stays_below_zero(self):
        sums = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
        found = reconcile(sums, np.array([[-5.0], [3.0], [-9.0]]))
        assert is_coherent(sums, found)
        # The company's surplus over the two is 1, of which each of them takes a quarter.
        np.testing.assert_allclose(found[:, 0], [-5.5, 3.25, -8.75])

    def test_the_surer_series_moves_less(self):
        sums = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
        residuals = np.random.default_rng(0).normal(size=(3, 200)) * np.array([[1.0], [10.0], [10.0]])
        base = np.array([[100.0], [40.0], [40.0]])
        company = reconcile(sums, base, residuals, "mint_shrink")[0, 0]
        assert 99 < company < 100
        assert reconcile(sums, base, residuals)[0, 0] == pytest.approx(90)

    def test_past_errors_that_say_nothing_are_not_used(self):
        sums = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
        base = np.array([[100.0], [40.0], [40.0]])
        for residuals in (np.zeros((3, 20)), np.full((3, 20), np.nan), np.ones((3, 2))):
            assert reconcile(sums, base, residuals, "mint_shrink")[0, 0] == pytest.approx(90)

    def test_a_group_without_a_forecast_counts_as_nothing(self):
        _ids, sums = summing(groups(["N", "N", "S"], ["a", "b", "b"]), ["region"])
        base = np.array([[50.0], [30.0], [10.0], [10.0], [20.0], [np.nan]])
        found = reconcile(sums, base)
        assert found[-1] == 0
        assert found[2] == 0
        assert is_coherent(sums, found)

    def test_a_level_without_a_forecast_takes_the_sum_of_its_groups(self):
        _ids, sums = summing(groups(["N", "N", "S"], ["a", "b", "b"]), ["region"])
        base = np.array([[60.0], [np.nan], [np.nan], [10.0], [20.0], [30.0]])
        np.testing.assert_allclose(reconcile(sums, base)[:, 0], [60, 30, 30, 10, 20, 30])


def test_the_method_is_chosen_by_how_much_past_errors_can_say():
    rng = np.random.default_rng(0)
    _ids, sums = summing(groups(["N", "N", "S"], ["a", "b", "b"]), ["region"])
    sold = sums @ np.full((3, 24), 100.0)
    small = rng.normal(size=(len(sums), 12))
    assert method_for(sums, sold, small) == "mint_shrink"
    assert method_for(sums, sold, small[:, :11]) == "wls_struct"
    assert method_for(sums, sold, 50 * small) == "wls_struct"
    assert method_for(sums, sold, np.where(np.arange(len(sums))[:, None] == 1, np.nan, small)) == "wls_struct"


def retail():
    """Australian retail: the country, its states, and the industries of each; the panel in the order of the sums."""
    frame = pd.read_parquet(RETAIL)
    table = frame.pivot(index="unique_id", columns="ds", values="y").dropna()
    bottom = pd.DataFrame({"unique_id": table.index, "state": table.index.str.split(" | ", regex=False).str[0]})
    ids, sums = summing(bottom, ["state"])
    values = pd.DataFrame(sums @ table.to_numpy(), index=ids, columns=table.columns)
    panel = read_panel(values.stack().rename("y").rename_axis(["unique_id", "ds"]).reset_index(), "M")
    return sums, panel.take([panel.ids.index(name) for name in ids])


@pytest.mark.skipif(not RETAIL.is_file(), reason="the real series (../shared/data/series) are not here")
def test_adding_up_does_not_worsen_real_forecasts(record_property):
    """The absolute errors of all levels together, with the one method that takes milliseconds."""
    sums, panel = retail()
    before = after = 0.0
    for back in range(3, 21, 3):
        base = fit_panel(METHODS["ShrinkSeas"], panel.window(48, back), 3, 0, NO_EFFECTS).mean
        truth, found = actuals(panel, back, 3), reconcile(sums, base)
        assert is_coherent(sums, found)
        before, after = before + np.abs(truth - base).sum(), after + np.abs(truth - found).sum()
    record_property("figure", f"retail, ShrinkSeas alone: {after / before:.3f} x the WAPE before it adds up")
    assert after / before <= 1.01


@pytest.mark.soak
@pytest.mark.skipif(not RETAIL.is_file(), reason="the real series (../shared/data/series) are not here")
def test_adding_up_does_not_worsen_the_kit_s_real_forecasts(record_property):
    sums, panel = retail()
    missed = {"apart": 0.0, "wls_struct": 0.0, "mint_shrink": 0.0}
    for back in (3, 6, 12):
        said = look_ahead(panel.window(48, back), 3, Options(fast=True))
        truth, base = actuals(panel, back, 3), said.kit.mean
        past = said.past.error.transpose(1, 0, 2).reshape(len(sums), -1)
        for name in missed:
            found = base if name == "apart" else reconcile(sums, base, past, name)
            missed[name] += np.abs(truth - found).sum()
    for name in ("wls_struct", "mint_shrink"):
        ratio = missed[name] / missed["apart"]
        record_property("figure", f"retail, the kit, {name}: {ratio:.3f} x the WAPE before it adds up")
        assert ratio <= 1.01


@pytest.mark.soak
@pytest.mark.skipif(not (ROOT / "demo" / "opportunities.csv").is_file(), reason="the demo company is not there")
def test_adding_up_does_not_worsen_the_demo_company(monkeypatch, record_property):
    # The means do not depend on the past origins, which take most of the time.
    monkeypatch.setattr(outlook, "inner_origins", lambda panel, horizon: [])
    book = open_book(ROOT / "params" / "demo.yml")
    found = forecasting.backtest(book, 3, by=["team", "rep"], fast=True, origins=9)
    kit = found[found["method"] == "kit"]
    sums = kit.groupby(["cutoff", "ds", "level"])["mean"].sum().unstack("level")
    assert np.abs(sums["team"] - sums["company"]).max() < CENT
    missed = (found["mean"] - found["y"]).abs().groupby(found["method"]).sum()
    ratio = missed["kit"] / missed[APART]
    record_property("figure", f"the demo company by team and rep: {ratio:.3f} x the WAPE before it adds up")
    assert ratio <= 1.01
