"""Intervals equal what they claim to be: Wilson's, the bootstrap's closed form, the binomial ranks of a median."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats
from small import day, deal, told

from salesops_lib.metrics import intervals, measure

Array = npt.NDArray[np.float64]


def one(*values: float) -> list[Array]:
    return [np.array([float(value)]) for value in values]


def moments(x: Array) -> list[Array]:
    return one(len(x), x.sum(), (x**2).sum(), (x**3).sum())


def amounts(n: int, seed: int = 3) -> Array:
    return np.random.default_rng(seed).lognormal(8, 1, n)


@pytest.mark.parametrize(("won", "n"), [(0, 1), (1, 1), (0, 8), (3, 9), (50, 100), (4238, 6711)])
def test_a_share_has_wilsons_interval(won: int, n: int) -> None:
    low, high = intervals.wilson(*one(won, n))
    exact = stats.binomtest(won, n).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((exact.low, exact.high))
    assert 0 <= low[0] <= high[0] <= 1


def test_no_trials_have_no_interval() -> None:
    low, high = intervals.wilson(np.array([0.0, 2.0]), np.array([0.0, 4.0]))
    assert np.isnan([low[0], high[0]]).all()
    assert not np.isnan([low[1], high[1]]).any()


@pytest.mark.parametrize(("n", "near"), [(30, 0.05), (300, 0.03)])
def test_a_mean_has_the_percentile_bootstraps_interval(n: int, near: float) -> None:
    x = amounts(n)
    low, high = intervals.of_mean(*moments(x))
    drawn = stats.bootstrap(
        (x,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1), batch=2_000
    ).confidence_interval
    width = drawn.high - drawn.low
    # Drawing 20,000 times leaves about 1 % of the width to chance; the rest is what few and skewed amounts take.
    assert (low[0], high[0]) == pytest.approx((drawn.low, drawn.high), abs=near * width)


@pytest.mark.parametrize("n", [30, 300])
def test_a_sum_has_the_poisson_bootstraps_interval(n: int) -> None:
    x = amounts(n)
    low, high = intervals.of_sum(*moments(x))
    rng = np.random.default_rng(1)
    drawn = np.quantile(rng.poisson(1.0, (20_000, n)) @ x, [0.025, 0.975])
    width = drawn[1] - drawn[0]
    assert (low[0], high[0]) == pytest.approx(tuple(drawn), abs=0.03 * width)


def test_a_count_has_the_interval_of_a_poisson_number() -> None:
    low, high = intervals.of_sum(*moments(np.ones(100)))
    assert (low[0], high[0]) == pytest.approx(tuple(stats.poisson(100).ppf([0.025, 0.975])), abs=1)


def test_a_ratio_has_the_bootstraps_interval() -> None:
    rng = np.random.default_rng(4)
    x = rng.lognormal(8, 1, 400)
    y = x * rng.uniform(0.0, 0.2, 400)
    low, high = intervals.of_ratio(*one(400, y.sum(), x.sum(), (y**2).sum(), (x**2).sum(), (x * y).sum()))
    rows = rng.integers(0, 400, (10_000, 400))
    drawn = np.quantile(y[rows].sum(axis=1) / x[rows].sum(axis=1), [0.025, 0.975])
    assert (low[0], high[0]) == pytest.approx(tuple(drawn), abs=0.06 * (drawn[1] - drawn[0]))


def test_one_row_has_no_interval() -> None:
    for found in (intervals.of_sum(*moments(np.array([5.0]))), intervals.of_mean(*moments(np.array([5.0])))):
        assert np.isnan(found).all()


def test_equal_amounts_have_a_mean_without_spread() -> None:
    low, high = intervals.of_mean(*moments(np.full(50, 1234.56)))
    assert (low[0], high[0]) == pytest.approx((1234.56, 1234.56), rel=1e-5)


def test_a_median_has_binomial_ranks() -> None:
    """Never narrower than the exact interval, and equal to it but for a few n, where it is one rank wider."""
    wider = 0
    for n in range(1, 3000):
        exact = int(stats.binom.ppf(0.025, n, 0.5)) if n >= 6 else 0
        rank = intervals.quantile_rank(n)
        assert exact - 1 <= rank <= exact, n
        wider += rank < exact
    assert wider < 3000 * 0.02


@pytest.mark.parametrize("q", [0.1, 0.25, 0.75, 0.9, 0.95])
def test_a_quantile_has_binomial_ranks_on_both_sides(q: float) -> None:
    """As those of the median: never narrower than the exact interval, and seldom wider."""
    wider = 0
    for n in range(1, 3000):
        below, above = stats.binom.ppf([0.025, 0.975], n, q)
        low, high = intervals.quantile_rank(n, q), n + 1 - intervals.quantile_rank(n, 1 - q)
        assert below - 1 <= low <= below, n
        assert above + 1 <= high <= above + 2, n
        wider += (low < below) + (high > above + 1)
    assert wider < 2 * 3000 * 0.04


def test_a_ninetieth_percentile_has_the_bootstraps_interval() -> None:
    x = np.sort(amounts(400))
    low = x[int(intervals.quantile_rank(400, 0.9)) - 1]
    high = x[400 - int(intervals.quantile_rank(400, 0.1))]
    rng = np.random.default_rng(2)
    drawn = np.quantile(np.quantile(rng.choice(x, (10_000, 400)), 0.9, axis=1), [0.025, 0.975])
    # A bootstrap of one quantile jumps from value to value, and so do its ends.
    assert (low, high) == pytest.approx(tuple(drawn), rel=0.05)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """95 % within what 2,000 samples of 200 amounts leave to chance and skewness takes (see the docstrings)."""
    rng = np.random.default_rng(5)
    samples = rng.lognormal(0, 0.8, (2_000, 200))
    truth, median = np.exp(0.32), 1.0
    n, first = np.full(2_000, 200.0), samples.sum(axis=1)
    low, high = intervals.of_mean(n, first, (samples**2).sum(axis=1), (samples**3).sum(axis=1))
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.945, abs=0.015)
    ranked = np.sort(samples, axis=1)
    rank = int(intervals.quantile_rank(200))
    inside = (ranked[:, rank - 1] <= median) & (median <= ranked[:, 200 - rank])
    assert np.mean(inside) == pytest.approx(0.955, abs=0.015)
    low_rank, high_rank = int(intervals.quantile_rank(200, 0.9)), 201 - int(intervals.quantile_rank(200, 0.1))
    tenth = np.exp(0.8 * stats.norm.ppf(0.9))
    inside = (ranked[:, low_rank - 1] <= tenth) & (tenth <= ranked[:, high_rank - 1])
    exact = stats.binom.cdf(high_rank - 1, 200, 0.9) - stats.binom.cdf(low_rank - 1, 200, 0.9)
    assert 0.95 < exact < 0.98
    assert np.mean(inside) == pytest.approx(exact, abs=0.01)


def test_the_sum_of_a_random_number_of_deals_is_covered() -> None:
    rng = np.random.default_rng(6)
    covered = []
    for _ in range(2_000):
        x = rng.lognormal(0, 0.8, rng.poisson(200))
        low, high = intervals.of_sum(*moments(x))
        covered.append(low[0] <= 200 * np.exp(0.32) <= high[0])
    assert np.mean(covered) == pytest.approx(0.945, abs=0.015)


def test_measure_gives_the_median_its_order_statistics() -> None:
    worth = [float(each) for each in range(100, 2100, 100)]
    deals = [deal(i, "2026-01-05", ("2026-01-06", "Won", each)) for i, each in enumerate(worth)]
    row = measure(told("2026-03-31", deals), "median_deal_size", "2026Q1").iloc[0]
    assert (row["value"], row["low"], row["high"]) == (1050, 600, 1500)  # the 6th and the 15th of 20
    few = measure(told("2026-03-31", deals[:5]), "median_deal_size", "2026Q1").iloc[0]
    assert few["value"] == 300
    assert few[["low", "high"]].isna().all()


def test_measure_gives_a_quantile_its_order_statistics() -> None:
    waits = [{"lead_id": f"L{i}", "created_at": day("2026-01-05", 0)} for i in range(100)]
    rows = [row | {"first_response_at": day("2026-01-05", 0) + timedelta(hours=i)} for i, row in enumerate(waits)]
    some = [deal(1, "2026-01-05", ("2026-01-06", "Won"))]
    row = measure(told("2026-03-31", some, leads=rows), "lead_response_hours_p90", "2026Q1").iloc[0]
    # The 84th and the 97th of 0 to 99 hours; the binomial ranks of 100 at 0.9 are 84 and 96, the upper one rounded up.
    assert (row["value"], row["low"], row["high"]) == (pytest.approx(89.1), 83, 96)
    few = measure(told("2026-03-31", some, leads=rows[:20]), "lead_response_hours_p90", "2026Q1").iloc[0]
    assert few["value"] == pytest.approx(17.1)
    assert few[["low", "high"]].isna().all()  # nothing bounds it from above


def test_an_interval_stays_within_what_is_possible() -> None:
    deals = [deal(i, "2026-01-05", ("2026-01-06", "Won", each)) for i, each in enumerate([0.0, 0.0, 900.0])]
    names = ["revenue_won", "average_deal_size", "sales_cycle_days_mean"]
    frame = measure(told("2026-03-31", deals), names, "2026Q1").set_index("metric")
    assert frame.loc["revenue_won", "low"] == 0
    assert frame.loc["average_deal_size", "low"] == 0
    assert frame.loc["revenue_won", "high"] > 900


def test_a_bias_beyond_one_lies_within_its_interval() -> None:
    quarter = {"period_start": "2026-01-01", "period_end": "2026-03-31", "submitted_at": "2026-01-10"}
    deals = [deal(i, "2026-01-05", ("2026-01-06", "Won", 10.0), rep_id=f"r{i}") for i in range(3)]
    forecasts = [{"rep_id": f"r{i}", "amount": 50.0 + i, **quarter} for i in range(3)]
    names = ["forecast_bias", "forecast_accuracy"]
    frame = measure(told("2026-03-31", deals, forecasts=forecasts), names, "2026Q1").set_index("metric")
    assert frame.loc["forecast_bias", "value"] == pytest.approx(4.1)
    assert frame.loc["forecast_bias", "low"] < 4.1 < frame.loc["forecast_bias", "high"]
    assert frame.loc["forecast_accuracy", "value"] == pytest.approx(1 - 4.1)
