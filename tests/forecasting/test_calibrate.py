"""Conformal widths: worked out by hand, and their coverage on simulated errors."""

import numpy as np
import pytest

from salesops_lib.forecasting.calibrate import Errors, half_widths, measured_against, naive_scale, quantile
from salesops_lib.forecasting.panel import FREQUENCIES, Panel


def test_the_naive_scale_by_hand():
    # |13 - 10|, |25 - 20|: their mean is 4.
    assert naive_scale(np.array([10.0, 20.0, 13.0, 25.0]), 2) == 4.0
    # Nothing changes: 1 % of the level. Shorter than a year: from period to period.
    assert naive_scale(np.full(6, 50.0), 2) == 0.5
    assert naive_scale(np.array([1.0, 4.0]), 12) == 3.0
    assert naive_scale(np.zeros(30), 12) == 0.0


@pytest.mark.parametrize(
    ("n", "level", "rank"), [(4, 80, 4), (3, 80, None), (9, 80, 8), (19, 95, 19), (18, 95, None), (99, 95, 95)]
)
def test_the_quantile_is_the_order_statistic_that_covers(n, level, rank):
    ratios = np.random.default_rng(0).permutation(np.arange(1.0, n + 1))
    found = quantile(np.append(ratios, np.nan), level)
    assert np.isnan(found) if rank is None else found == rank, found


def test_a_group_of_series_has_widths_of_its_own():
    error = np.ones((10, 2, 1)) * np.array([1.0, 5.0])[None, :, None]
    found = half_widths(Errors(error, np.ones_like(error)), np.ones((2, 1)), ["a", "b"], 80)
    assert found.ravel().tolist() == [1.0, 5.0]


def test_a_step_with_a_hundred_errors_has_widths_of_its_own():
    error = np.ones((100, 1, 2)) * np.array([1.0, 3.0])
    error[0, 0, :] = 50
    assert half_widths(Errors(error, np.ones_like(error)), np.ones((1, 2)), ["a"], 80).ravel().tolist() == [1.0, 3.0]
    few = Errors(error[:99], np.ones_like(error[:99]))
    assert half_widths(few, np.ones((1, 2)), ["a"], 80).ravel().tolist() == [3.0, 3.0]


def test_without_errors_there_is_no_width():
    nothing = np.full((1, 2, 3), np.nan)
    assert np.isnan(half_widths(Errors(nothing, nothing), np.ones((2, 3)), ["a", "a"], 80)).all()


def test_a_native_width_is_at_least_one_per_cent_of_the_level():
    panel = Panel(FREQUENCIES["Q"], ("a", "b"), (np.full(8, 100.0), np.arange(8.0)), np.array([8, 8]))
    half = np.array([[0.0, 3.0], [9.0, 9.0]])
    found = measured_against(panel, half, np.array([True, False]))
    assert found.tolist() == [[1.0, 3.0], [4.0, 4.0]]


@pytest.mark.parametrize("level", [80, 95])
def test_the_coverage_on_simulated_errors_is_what_is_said(level):
    """Heavy-tailed errors whose size differs tenfold between series: the pooled widths cover new ones."""
    rng = np.random.default_rng(1)
    sizes = rng.uniform(1, 10, size=(60, 1))
    inside = []
    for _ in range(400):
        past = np.abs(rng.standard_t(4, size=(4, 60, 3))) * sizes
        against = np.broadcast_to(sizes, (60, 3))
        widths = half_widths(Errors(past, np.broadcast_to(against, past.shape)), against, ["a"] * 60, level)
        inside.append(np.abs(rng.standard_t(4, size=(60, 3))) * sizes <= widths)
    assert abs(np.mean(inside) - level / 100) < 0.01
