"""A rep's quarter against the rep's own quarter before, by hand: what is chance and what is not."""

from __future__ import annotations

from datetime import date, timedelta
from math import comb
from typing import Any

import numpy as np
import pytest

from salesops_lib.analysis.reps.one_rep import RepScorecard
from salesops_lib.analysis.reps.own_change import own_change
from salesops_lib.data.book import Book
from tests.small import LOST, WON, deal, told

QUARTER = "2026Q2"
EARLIER, NOW = "2026-02-01", "2026-05-01"


def closed(by: str, day: str, won: int, lost: int, days: int = 10, amount: float = 100) -> list[dict[str, Any]]:
    begun = (date.fromisoformat(day) - timedelta(days=days)).isoformat()
    ends = [WON] * won + [LOST] * lost
    return [
        deal(f"{by}-{day}-{i}", begun, (begun, "Lead", amount), (day, end), rep_id=by) for i, end in enumerate(ends)
    ]


def company(*deals: list[dict[str, Any]], as_of: str = "2026-06-30", **more: Any) -> Book:
    """Ann as told, and five others who win half of what they close in both quarters."""
    others = [row for by in "bcdef" for day in (EARLIER, NOW) for row in closed(by, day, 10, 10)]
    reps = [{"rep_id": each, "name": f"Name {each}", "hired_on": date(2025, 1, 1)} for each in "abcdef"]
    return told(as_of, [*others, *(row for part in deals for row in part)], reps=reps, **more)


def test_a_win_rate_is_held_against_the_own_of_the_quarter_before() -> None:
    """15 of 20 won, then 4 of 20: of 19 wins among 40 deals any 20 are the later ones."""
    card = RepScorecard(company(closed("a", EARLIER, 15, 5), closed("a", NOW, 4, 16)), QUARTER, "a")
    rates = card.trend[card.trend["metric"] == "win_rate"]
    row = own_change(card._peers, "a", rates).iloc[0]
    chance = [comb(19, k) * comb(21, 20 - k) / comb(40, 20) for k in range(5)]
    assert row["p_value"] == pytest.approx(2 * (sum(chance[:4]) + chance[4] / 2))
    assert row[["before", "value", "verdict", "earlier", "period"]].to_list() == [0.75, 0.2, "below", "2026Q1", QUARTER]
    # The company's: 50 of 100 and Ann's.
    assert row[["peers_before", "peers"]].to_list() == pytest.approx([65 / 120, 54 / 120])


def test_all_figures_of_the_trend_are_told_and_p_values_are_adjusted_over_them() -> None:
    card = RepScorecard(company(closed("a", EARLIER, 18, 2), closed("a", NOW, 4, 16, days=30)), QUARTER, "a")
    frame = card.own_change.set_index("metric")
    assert frame.index.to_list() == ["revenue_won", "win_rate", "sales_cycle_days"]
    alone = own_change(card._peers, "a", card.trend[card.trend["metric"] == "win_rate"]).iloc[0]
    # Four wins are too few for a median to be judged, so two are tested and the win rate is the surer one.
    assert frame["verdict"].to_list() == ["below", "below", "too few"]
    assert frame.loc["win_rate", "p_value"] == pytest.approx(2 * alone["p_value"])
    assert frame.loc["revenue_won", ["before", "value"]].to_list() == [1800, 400]


def test_a_cycle_is_judged_by_ranks_and_an_even_quarter_is_not_judged() -> None:
    slower = company(closed("a", EARLIER, 12, 8, days=10), closed("a", NOW, 12, 8, days=30))
    frame = RepScorecard(slower, QUARTER, "a").own_change.set_index("metric")
    assert frame["verdict"].to_dict() == {
        "revenue_won": "not distinguishable", "win_rate": "not distinguishable", "sales_cycle_days": "above",
    }  # fmt: skip
    assert frame.loc["sales_cycle_days", ["before", "value", "better"]].to_list() == [10, 30, "lower"]
    assert frame.loc["win_rate", "p_value"] == pytest.approx(1)


def test_attainment_is_held_against_the_share_of_the_quota() -> None:
    """20 wins of 100 in both quarters; twice the quota in the later one, of which two thirds of the wins are due."""
    quotas = [
        {"rep_id": "a", "period_start": start, "period_end": end, "quota": quota}
        for start, end, quota in (("2026-01-01", "2026-03-31", 1000), ("2026-04-01", "2026-06-30", 2000))
    ]
    deals = [closed("a", EARLIER, 20, 5), closed("a", NOW, 20, 5)]
    row = RepScorecard(company(*deals, quotas=quotas), QUARTER, "a").own_change.set_index("metric").iloc[0]
    assert row[["before", "value"]].to_list() == [2, 1]
    # 40 wins, of which 26.7 ± 3.0 were due: 20 are 2.2 standard deviations short; of three tests two say nothing.
    assert row["p_value"] == pytest.approx(3 * 0.0254, abs=0.02)
    same = [{**quota, "quota": 1000} for quota in quotas]
    assert RepScorecard(company(*deals, quotas=same), QUARTER, "a").own_change["p_value"].iloc[0] == 1


def test_sums_of_a_quarter_that_is_not_over_are_not_tested() -> None:
    book = company(closed("a", EARLIER, 15, 5), closed("a", NOW, 4, 16), as_of="2026-05-31")
    frame = RepScorecard(book, QUARTER, "a").own_change.set_index("metric")
    assert np.isnan(frame.loc["revenue_won", "p_value"])
    assert frame["verdict"].to_dict() == {"revenue_won": "too few", "win_rate": "below", "sales_cycle_days": "too few"}


def test_who_has_no_quarter_before_is_compared_with_none() -> None:
    frame = RepScorecard(company(closed("a", NOW, 10, 10)), QUARTER, "a").own_change.set_index("metric")
    assert frame.loc["win_rate", ["value", "verdict"]].to_list() == [0.5, "none"]
    assert frame[["p_value"]].isna().all(axis=None)
