"""P-values against the exact calculation, against scipy's own tests, and against shuffled deals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from salesops_lib.analysis.reps import evidence
from salesops_lib.analysis.reps.shrinkage import shrunk_shares


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype="float64")


@pytest.mark.parametrize(("top", "n"), [(9, 10), (1, 10), (4, 10), (0, 12)])
def test_a_share_has_twice_the_smaller_mid_p_of_fishers_test(top: int, n: int) -> None:
    others_top, others_n = 91, 190
    table = [[top, n - top], [others_top, others_n - others_top]]
    both, whole = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")], 1.0
    observed = sum(both) - whole
    found = evidence.share_p(array(top), array(n), array(top + others_top), array(n + others_n))
    assert found[0] == pytest.approx(min(1, 2 * min(tail - observed / 2 for tail in both)))


def test_a_count_has_twice_the_smaller_tail_of_the_binomial_test() -> None:
    tails = [stats.binomtest(3, 40, 0.2, alternative=side).pvalue for side in ("less", "greater")]
    assert evidence.count_p(array(3), array(0.2), array(40))[0] == pytest.approx(2 * min(tails))


def test_a_rank_sum_has_the_p_value_of_mann_and_whitney() -> None:
    own, others = array(1, 4, 4, 9, 12), array(2, 3, 4, 5, 5, 6, 7, 8, 10, 11, 13, 14)
    both = np.concatenate([own, others])
    ranked = stats.rankdata(both)
    _values, times = np.unique(both, return_counts=True)
    ties = float((times**3 - times).sum())
    found = evidence.rank_p(array(ranked[:5].sum()), array(5), array(17), array(ties))
    assert found[0] == pytest.approx(stats.mannwhitneyu(own, others, method="asymptotic").pvalue)


def test_a_sum_and_a_mean_have_the_p_values_of_shuffled_deals() -> None:
    rng = np.random.default_rng(5)
    amounts = np.exp(rng.normal(9, 0.8, 400))
    moments = [np.array([(amounts**power).sum()]) for power in (1, 2, 3)]
    draws = rng.random((40_000, 400)) < 0.1
    sums = draws @ amounts
    for quantile in (0.005, 0.05, 0.5, 0.95, 0.995):
        total = np.quantile(sums, quantile)
        shuffled = min(1.0, 2 * min((sums <= total).mean(), (sums >= total).mean()))
        assert evidence.sum_p(array(total), array(0.1), *moments)[0] == pytest.approx(shuffled, rel=0.2)
    means = np.array([rng.choice(amounts, 40, replace=False).mean() for _ in range(20_000)])
    for quantile in (0.01, 0.1, 0.9, 0.99):
        mean = np.quantile(means, quantile)
        shuffled = 2 * min((means <= mean).mean(), (means >= mean).mean())
        found = evidence.mean_p(array(mean), array(40), array(400), *moments)[0]
        assert found == pytest.approx(shuffled, rel=0.25)


def test_what_cannot_vary_has_no_p_value() -> None:
    nothing = evidence.sum_p(array(0, 5), array(0.0, 1.0), array(5, 5), array(9, 9), array(9, 9))
    assert np.isnan(nothing).all()
    assert evidence.share_p(array(5), array(10), array(5), array(10))[0] == pytest.approx(1.0)


def test_one_family_without_a_difference_makes_the_others_pay() -> None:
    p = pd.Series([0.001, 0.9, 0.8, 0.7, 0.02, 0.03])
    families = pd.Series(["a", "a", "b", "b", "c", "c"])
    # Within: a 0.002, b 0.8, c 0.03. Over the three families a and c survive, so each value is multiplied by 3 / 2.
    found = evidence.adjusted_in_families(p, families)
    assert found.round(4).tolist() == [0.003, 1.0, 1.0, 1.0, 0.045, 0.045]


def test_verdicts_are_as_strong_as_the_evidence() -> None:
    value, peers = pd.Series([0.6, 0.2, 0.6, np.nan, 0.6]), pd.Series([0.4, 0.4, 0.4, 0.4, np.nan])
    p, n = pd.Series([0.01, 0.01, 0.2, 0.01, 0.01]), pd.Series([50, 50, 50, 50, 50])
    said = ["above", "below", "not distinguishable", "none", "none"]
    assert evidence.verdicts(value, peers, p, n) == said
    assert evidence.verdicts(value[:1], peers[:1], p[:1], pd.Series([9])) == ["too few"]


def test_shares_are_drawn_together_as_far_as_chance_made_them_differ() -> None:
    rng = np.random.default_rng(1)
    n = np.full(40, 60.0)
    equal = shrunk_shares(rng.binomial(60, 0.4, 40).astype("float64"), n)
    different = shrunk_shares(np.where(np.arange(40) < 20, 12.0, 48.0), n)
    assert equal["weight"].mean() < 0.35
    assert equal["value"].std() < 0.02
    assert different["weight"].mean() > 0.9
    assert different["value"].iloc[[0, -1]].round(2).tolist() == [0.21, 0.79]
    alone = shrunk_shares(array(5, 0), array(10, 0))
    assert alone["value"].iloc[0] == pytest.approx(0.5)
    assert alone.iloc[1].isna().all()


def test_the_credible_interval_covers_the_true_shares() -> None:
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(100):
        true = np.clip(0.4 + 0.08 * rng.normal(size=40), 0.05, 0.95)
        n = rng.poisson(60, 40).astype("float64")
        found = shrunk_shares(rng.binomial(n.astype(int), true).astype("float64"), n)
        covered.append(((found["low"] <= true) & (true <= found["high"])).mean())
    assert 0.91 < np.mean(covered) < 0.98
