"""Leads by hand: who was given how many per working day, how good they are, and when that is uneven."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import numpy as np
import pytest
from scipy import stats

from salesops_lib.analysis.reps.fairness import gini, gini_of, uneven_numbers, uneven_quality
from salesops_lib.analysis.reps.lead_shares import lead_fairness, lead_shares
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.errors import MissingTable
from tests.small import book_of, deal

QUARTER = "2026Q2"
PAIR = {"privacy": {"minimum_group": 2}}
# The quarter has 65 working days; Bo is there on 22 of them.
STAFF = [
    {"rep_id": "ann", "name": "Ann", "team": "North", "hired_on": date(2020, 1, 1)},
    {"rep_id": "bo", "name": "Bo", "team": "North", "hired_on": date(2026, 6, 1)},
]
number = count(1)


def leads(by: str | None, n: int, day: str = "2026-06-10", **more: Any) -> list[dict[str, Any]]:
    return [{"lead_id": f"L{next(number)}", "rep_id": by, "created_at": day, **more} for _ in range(n)]


def company(*parts: list[dict[str, Any]], **more: Any) -> Peers:
    rows = [row for part in parts for row in part]
    deals = [deal(1, "2026-04-01", ("2026-05-01", "Won", 100), rep_id="ann")]
    book = book_of("2026-06-30", **{"opportunities": deals, "leads": rows, "reps": STAFF, "company": PAIR, **more})
    return Peers(book, QUARTER)


def test_each_has_the_share_of_the_own_working_days() -> None:
    peers = company(leads("ann", 85), leads("bo", 2), leads("ann", 50, "2026-03-31"), leads("bo", 50, "2026-07-01"))
    frame = lead_shares(peers).set_index("rep")
    assert frame["leads"].to_list() == [85, 2]
    assert frame["days"].to_list() == [65, 22]
    assert frame["per_day"].to_list() == pytest.approx([85 / 65, 2 / 22])
    assert frame["peers"].to_list() == [1.0, 1.0]
    # 22 of 87 were to be expected: the chance of two or fewer, doubled; Ann's is the same event.
    p_value = 2 * stats.binom.cdf(2, 87, 22 / 87)
    assert frame["p_value"].to_list() == pytest.approx([p_value, p_value])
    assert frame["verdict"].to_list() == ["above", "below"]
    # Garwood's exact interval of two events.
    low, high = stats.chi2.ppf([0.025, 0.975], [4, 6]) / 2 / 22
    assert frame.loc["bo", ["low", "high"]].to_list() == pytest.approx([low, high])


def test_who_was_there_for_a_third_of_the_time_and_has_a_third_of_the_leads_has_no_less() -> None:
    frame = lead_shares(company(leads("ann", 65), leads("bo", 22)))
    assert frame["p_value"].to_list() == [1.0, 1.0]
    assert frame["verdict"].to_list() == ["not distinguishable"] * 2


def test_too_few_is_what_was_to_be_expected_not_what_was_given() -> None:
    """Of 39 leads Bo could expect 9.9, of 40 leads 10.1: then none at all says something."""
    assert lead_shares(company(leads("ann", 39)))["verdict"].to_list() == ["above", "too few"]
    frame = lead_shares(company(leads("ann", 40)))
    assert frame["verdict"].to_list() == ["above", "below"]
    assert frame["p_value"].to_list() == pytest.approx([2 * (65 / 87) ** 40] * 2)
    assert frame.loc[1, ["per_day", "low"]].to_list() == [0, 0]


def test_leads_of_nobody_are_left_out_and_counted() -> None:
    staff = [*STAFF, {"rep_id": "cy", "name": "Cy", "left_on": date(2026, 3, 31)}]
    peers = company(leads("ann", 40), leads("bo", 20), leads(None, 3), leads("cy", 1), reps=staff)
    frame = lead_shares(peers)
    assert frame["leads"].to_list() == [40, 20]
    assert frame.attrs["note"] == "4 leads of the quarter are left out: they have no rep, or one who was not there."
    assert lead_shares(company(leads("ann", 1))).attrs["note"] == ""
    alone = lead_shares(company(leads("ann", 40), leads(None, 1)))
    assert alone.attrs["note"] == "1 lead of the quarter is left out: it has no rep, or one who was not there."


def scored(by: str, *scores: float) -> list[dict[str, Any]]:
    return [row for score in scores for row in leads(by, 1, score=score)]


def test_quality_is_the_mean_score_and_its_test_compares_ranks() -> None:
    high, low = [*range(60, 72), 80, 80], [*range(40, 50), 60, 61]
    frame = lead_shares(company(scored("ann", *high), scored("bo", *low))).set_index("rep")
    assert frame["quality"].to_list() == pytest.approx([np.mean(high), np.mean(low)])
    assert frame["quality_peers"].to_list() == pytest.approx([np.mean([*high, *low])] * 2)
    p_value = stats.mannwhitneyu(high, low, method="asymptotic").pvalue
    assert frame["quality_p"].to_list() == pytest.approx([p_value, p_value])
    assert frame["quality_verdict"].to_list() == ["above", "below"]
    assert set(frame["quality_unit"]) == {"count"}
    assert (frame["quality_low"] < frame["quality"]).all()
    assert (frame["quality_high"] > frame["quality"]).all()


def test_without_scores_quality_is_what_the_source_converts() -> None:
    """Of 20 referrals 10 became a deal (some of them last year, some of nobody), of 30 lists 3."""
    yes = {"opportunity_id": "1"}
    peers = company(
        leads("ann", 8, lead_source="Referral"),
        leads("ann", 2, lead_source="Referral", **yes),
        leads("ann", 2, lead_source="List"),
        leads("bo", 12, lead_source="List"),
        leads("bo", 1, score=99),
        leads("bo", 8, "2025-09-01", lead_source="Referral", **yes),
        leads(None, 2, "2025-09-01", lead_source="Referral"),
        leads("bo", 13, "2025-09-01", lead_source="List"),
        leads("bo", 3, "2025-09-01", lead_source="List", converted_at="2025-09-05"),
        leads("bo", 50, "2025-06-30", lead_source="List", **yes),
    )
    frame = lead_shares(peers).set_index("rep")
    assert frame["quality"].to_list() == pytest.approx([(10 * 0.5 + 2 * 0.1) / 12, 0.1])
    assert frame["quality_peers"].to_list() == pytest.approx([(10 * 0.5 + 14 * 0.1) / 24] * 2)
    assert frame["quality_verdict"].to_list() == ["above", "below"]
    assert set(frame["quality_unit"]) == {"share"}


def test_without_scores_and_sources_nothing_is_said_of_quality() -> None:
    peers = company(leads("ann", 65), leads("bo", 22))
    frame = lead_shares(peers)
    assert frame["quality"].isna().all()
    assert frame["quality_verdict"].to_list() == ["none", "none"]
    fairness = lead_fairness(peers).set_index("aspect")
    assert fairness.loc["quality", ["statistic", "p_value"]].isna().all()
    assert not fairness["uneven"].any()


def test_a_quarter_without_leads_is_empty_of_claims() -> None:
    peers = company(leads("ann", 5, "2026-03-01"))
    frame = lead_shares(peers)
    assert frame["leads"].to_list() == [0, 0]
    assert frame["verdict"].to_list() == ["too few", "too few"]
    fairness = lead_fairness(peers)
    assert fairness["n"].to_list() == [0, 0]
    assert fairness[["p_value", "gini"]].isna().all(axis=None)


def test_fairness_by_hand() -> None:
    peers = company(scored("ann", *[50] * 43, *[60] * 42), scored("bo", 70, 80))
    frame = lead_fairness(peers).set_index("aspect")
    statistic = (85 - 65) ** 2 / 65 + (2 - 22) ** 2 / 22
    assert frame.loc["number", ["statistic", "df", "n"]].to_list() == pytest.approx([statistic, 1, 87])
    ranks = stats.kruskal([50] * 43 + [60] * 42, [70, 80])
    assert frame.loc["quality", ["statistic", "df", "n"]].to_list() == pytest.approx([ranks.statistic, 1, 87])
    adjusted = stats.false_discovery_control([stats.chi2.sf(statistic, 1), ranks.pvalue])
    assert frame["p_value"].to_list() == pytest.approx(list(adjusted))
    assert frame["uneven"].to_list() == [True, bool(adjusted[1] < 0.01)]
    # Leads per day relative to the mean of all: 85/65 and 2/22.
    assert frame.loc["number", "gini"] == pytest.approx((85 / 65 - 2 / 22) / (2 * (85 / 65 + 2 / 22)))
    assert frame.loc["number", "gini"] > frame.loc["number", "gini_high"]


def test_groups_of_peers_are_added_not_mixed() -> None:
    """North has three times the leads of South, and both share theirs out evenly."""
    even = [(np.array([30.0, 30.0]), np.array([60.0, 60.0])), (np.array([10.0, 10.0]), np.array([60.0, 60.0]))]
    assert uneven_numbers(even) == (0.0, 2, 1.0)
    assert gini_of(even)[0] == 0
    apart = [[np.array([1.0] * 9), np.array([2.0] * 9)], [np.array([5.0] * 9), np.array([5.0] * 9)]]
    one = stats.kruskal(*apart[0]).statistic
    assert uneven_quality(apart) == pytest.approx((one, 2, stats.chi2.sf(one, 2)))


def test_gini_by_hand() -> None:
    # All pairs of 1, 2, 6 differ by 1, 4 and 5: the mean difference over twice the mean.
    assert gini(np.array([6.0, 1.0, 2.0])) == pytest.approx((2 * (1 + 4 + 5) / 9) / (2 * 3))


def test_chance_makes_equal_shares_uneven_and_always_the_same() -> None:
    groups = [(np.full(40, 100.0), np.full(40, 65.0))]
    value, low, high = gini_of(groups)
    assert value == 0
    # The Gini of 40 Poisson counts of 100: their spread 0.1 over the square root of pi, within some tenths.
    assert low < 0.1 / np.sqrt(np.pi) < high < 0.08
    assert gini_of(groups) == (value, low, high)


def test_without_leads_that_is_said() -> None:
    deals = [deal(1, "2026-04-01", ("2026-05-01", "Won", 100), rep_id="ann")]
    peers = Peers(book_of("2026-06-30", opportunities=deals, reps=STAFF, company=PAIR), QUARTER)
    for analysis in (lead_shares, lead_fairness):
        with pytest.raises(MissingTable, match="leads"):
            analysis(peers)


def test_a_quarter_that_is_not_over_counts_its_days_so_far() -> None:
    book = company(leads("ann", 40), leads("bo", 20)).book.at(date(2026, 6, 12))
    frame = lead_shares(Peers(book, QUARTER))
    assert frame["days"].to_list() == [53, 10]
