"""Levels add up: by hand, and against the projection that they are defined by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesops_lib.forecasting.levels import Levels

GROUPS = pd.DataFrame({"region": ["N", "N", "S", "S"], "team": ["a", "b", "b", "c"]})


def test_rows_and_sums() -> None:
    levels = Levels.of(GROUPS, ["region", "team"])
    assert levels.frame["level"].tolist() == ["company", "region", "region", "team", "team", "team"]
    assert levels.up(np.array([1.0, 2.0, 4.0, 8.0])).tolist() == [15, 3, 12, 1, 6, 8]
    assert np.isnan(levels.up(np.array([1.0, np.nan, 4.0, 8.0]))).tolist() == [True, True, False, False, True, False]


def test_without_groups_the_company_is_all() -> None:
    levels = Levels.of(pd.DataFrame(index=range(1)), [])
    assert levels.frame["group"].tolist() == [""]
    assert levels.coherent(np.array([5.0])).tolist() == [5.0]


def test_what_adds_up_stays_as_it_is() -> None:
    levels = Levels.of(GROUPS, ["region", "team"])
    values = levels.up(np.array([1.0, 2.0, 4.0, 8.0]))
    assert levels.coherent(values) == pytest.approx(values)


@pytest.mark.parametrize("seed", range(20))
def test_the_nearest_coherent_figures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    levels = Levels.of(GROUPS, ["region", "team"])
    values = levels.up(rng.uniform(1, 9, 4)) + rng.normal(0, 0.3, 6)
    found = levels.coherent(values)
    company, north, south, *teams = found
    assert north + south == pytest.approx(company, abs=0.01)
    assert sum(teams) == pytest.approx(company, abs=0.01)
    # Weighted least squares onto the sums, by its normal equations.
    weight = np.diag(1 / values)
    parts = np.linalg.pinv(levels.sums.T @ weight @ levels.sums) @ levels.sums.T @ weight @ values
    assert found == pytest.approx(levels.sums @ parts, abs=1e-6)


def test_what_is_nothing_stays_nothing() -> None:
    levels = Levels.of(pd.DataFrame({"region": ["N", "S"]}), ["region"])
    assert levels.coherent(np.array([9.0, 6.0, 0.0])).tolist() == pytest.approx([7.2, 7.2, 0.0], abs=1e-6)
    assert levels.coherent(np.zeros(3)).tolist() == [0, 0, 0]


def test_nothing_below_zero_and_null_takes_what_the_others_say() -> None:
    levels = Levels.of(pd.DataFrame({"region": ["N", "S"]}), ["region"])
    assert (levels.coherent(np.array([1.0, 5.0, -4.0])) >= 0).all()
    assert levels.coherent(np.array([9.0, 4.0, np.nan])).tolist() == pytest.approx([9, 4, 5])
    assert np.isnan(levels.coherent(np.full(3, np.nan))).all()
