"""Conformal widths: worked out by hand, and their coverage on simulated errors."""

import numpy as np
import pytest

from salesops_lib.forecasting import calibrate
from salesops_lib.forecasting.calibrate import Alike, Errors, Measures, measured_against, naive_scale, quantile
from salesops_lib.forecasting.panel import FREQUENCIES, Panel


def half_widths(error, against=None, *, now=None, rules=None, bases=None, scale=None, level=80, of="half_widths"):
    """The widths of series whose errors are measured against 1 and that are forecast against 1, unless told."""
    error = np.asarray(error, dtype=float)
    against = np.ones_like(error) if against is None else np.broadcast_to(against, error.shape)
    past = Errors(error, Measures(against, against if scale is None else np.broadcast_to(scale, error.shape)))
    now = np.ones(error.shape[1:]) if now is None else now
    rules = rules or ["a"] * error.shape[1]
    alike = Alike(rules, bases or ["scale"] * len(rules))
    return getattr(calibrate, of)(past, Measures(now, now), alike, level)


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


def test_a_rule_has_widths_of_its_own_and_the_sign_of_an_error_does_not_matter():
    error = np.ones((10, 2, 1)) * np.array([1.0, -5.0])[None, :, None]
    assert half_widths(error, rules=["a", "b"]).ravel().tolist() == [1.0, 5.0]


def test_a_step_with_a_hundred_errors_has_widths_of_its_own():
    error = np.ones((100, 1, 2)) * np.array([1.0, 3.0])
    error[0, 0, :] = 50
    assert half_widths(error).ravel().tolist() == [1.0, 3.0]
    assert half_widths(error[:99]).ravel().tolist() == [3.0, 3.0]


def test_without_errors_there_is_no_width():
    nothing = np.full((1, 2, 3), np.nan)
    assert np.isnan(half_widths(nothing)).all()
    assert np.isnan(half_widths(nothing, of="total_half_widths")).all()


class TestFewErrors:
    """Ten errors of size 1 to 10 of each of the rules; the 95 % quantile needs nineteen."""

    error = np.arange(1.0, 11.0)[:, None, None] * np.array([1.0, 10.0, 100.0])[None, :, None]
    rules = ("short", "intermittent", "long")

    def test_enough_for_80_percent_stay_alone(self):
        # The ninth of ten.
        found = half_widths(self.error, rules=self.rules, bases=["scale", "scale", "native"])
        assert found.ravel().tolist() == [9.0, 90.0, 900.0]

    def test_too_few_are_pooled_on_the_same_basis_and_then_with_all_against_the_naive_scale(self):
        scale = np.array([1.0, 1.0, 50.0])[None, :, None]
        found = half_widths(self.error, scale=scale, rules=self.rules, bases=["scale", "scale", "native"], level=95)
        # The two on one basis have 1 to 10 and 10 to 100: the twentieth of twenty. The third has ten; against the
        # naive scale of 50 they are 2 to 20, beside 1 to 10 and 10 to 100: the thirtieth of thirty.
        assert found.ravel().tolist() == [100.0, 100.0, 100.0]
        found = half_widths(self.error, scale=scale, rules=self.rules, bases=["scale", "scale", "native"], level=90)
        # Of ten: the tenth.
        assert found.ravel().tolist() == [10.0, 100.0, 1000.0]

    def test_what_is_measured_against_nothing_says_nothing_of_others(self):
        error = np.array([1.0, 2.0, 3.0, 4.0, 500.0])[:, None, None]
        against = np.array([1.0, 1.0, 1.0, 1.0, 0.0])[:, None, None]
        assert half_widths(error, against).item() == 4.0
        assert half_widths(error, against, now=np.zeros((1, 1))).item() == 0.0


class TestTotals:
    def test_the_width_of_a_sum_is_that_of_past_sums(self):
        # Errors that cancel within each origin: the sums are 1 to 9, the single steps 10 or more.
        error = np.array([[[10.0 + k, -10.0]] for k in range(1, 10)])
        assert half_widths(error, of="total_half_widths").tolist() == [8.0]
        # Measured against the sum of what the steps are measured against: 8 / 4 of 6 is 12.
        found = half_widths(error, 2.0, now=np.array([[1.0, 5.0]]), of="total_half_widths")
        assert found.tolist() == [8 / 4 * 6]

    def test_too_few_sums_for_95_percent_take_the_tail_of_the_steps(self):
        error = np.arange(1.0, 21.0).reshape(10, 1, 2)
        # Steps: 1 to 20, the 17th of 20 for 80 % and the 20th for 95 %. Sums: 3, 7, ... 39, the ninth of ten is 35.
        assert half_widths(error, of="total_half_widths").tolist() == [35.0]
        assert half_widths(error, level=95, of="total_half_widths").tolist() == [pytest.approx(35 * 20 / 17)]

    def test_an_origin_whose_steps_are_not_all_known_has_no_sum(self):
        error = np.array([[[1.0, 1.0]]] * 4 + [[[9.0, np.nan]]])
        assert half_widths(error, of="total_half_widths").tolist() == [2.0]


def test_a_native_width_is_at_least_one_per_cent_of_the_level():
    panel = Panel(FREQUENCIES["Q"], ("a", "b"), (np.full(8, 100.0), np.arange(8.0)), np.array([8, 8]))
    half = np.array([[0.0, 3.0], [9.0, 9.0]])
    found = measured_against(panel, half, np.array([True, False]))
    assert found.own.tolist() == [[1.0, 3.0], [4.0, 4.0]]
    # Nothing changes in the first: 1 % of its level.
    assert found.scale.tolist() == [[1.0, 1.0], [4.0, 4.0]]


@pytest.mark.parametrize("level", [80, 95])
def test_the_coverage_on_simulated_errors_is_what_is_said(level):
    """Heavy-tailed errors whose size differs tenfold between series: the pooled widths cover new ones."""
    rng = np.random.default_rng(1)
    sizes = rng.uniform(1, 10, size=(60, 1))
    inside, of_totals = [], []
    for _ in range(400):
        past = rng.standard_t(4, size=(4, 60, 3)) * sizes
        against = np.broadcast_to(sizes, (60, 3))
        new = rng.standard_t(4, size=(60, 3)) * sizes
        inside.append(np.abs(new) <= half_widths(past, against, now=against, level=level))
        totals = half_widths(past, against, now=against, level=level, of="total_half_widths")
        of_totals.append(np.abs(new.sum(axis=1)) <= totals)
    assert abs(np.mean(inside) - level / 100) < 0.01
    assert abs(np.mean(of_totals) - level / 100) < 0.01
