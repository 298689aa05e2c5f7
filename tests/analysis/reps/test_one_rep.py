"""One rep's scorecard by hand: the own figures, the peers' band only where there are enough, the trend, the faults."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from salesops_lib.analysis.reps.leaderboard import COLUMNS
from salesops_lib.analysis.reps.one_rep import RepScorecard
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable, ParameterError, Withheld
from tests.small import LOST, WON, book_of, deal, told

QUARTER = "2026Q2"


def closed(by: str, won: int, lost: int, amount: float = 100, day: str = "2026-05-01") -> list[dict[str, Any]]:
    begun = (date.fromisoformat(day) - timedelta(days=10)).isoformat()
    ends = [WON] * won + [LOST] * lost
    return [
        deal(f"{by}-{day}-{i}", begun, (begun, "Lead", amount), (day, end), rep_id=by) for i, end in enumerate(ends)
    ]


def staff(*reps: str) -> list[dict[str, Any]]:
    return [{"rep_id": each, "name": f"Name {each}", "team": "North", "hired_on": date(2025, 1, 1)} for each in reps]


def quotas(*reps: str) -> list[dict[str, Any]]:
    return [{"rep_id": each, "period_start": "2026-04-01", "period_end": "2026-06-30", "quota": 2000} for each in reps]


@pytest.fixture(scope="module")
def six() -> Book:
    """Six reps who closed 20 deals each: 2, 4, 6, 8, 10, 12 of them won."""
    deals = [row for i, by in enumerate("abcdef", 1) for row in closed(by, 2 * i, 20 - 2 * i)]
    return told("2026-06-30", deals, reps=staff(*"abcdef"), quotas=quotas(*"abcdef"))


def test_the_band_is_where_most_of_the_others_are(six: Book) -> None:
    card = RepScorecard(six, QUARTER, "a")
    row = card.figures.set_index("metric").loc["win_rate"]
    assert (row["value"], row["n"]) == (0.1, 20)
    assert row["peers"] == pytest.approx(42 / 120)
    others = [0.2, 0.3, 0.4, 0.5, 0.6]
    assert row[["peers_low", "peers_high"]].to_list() == pytest.approx(np.quantile(others, [0.1, 0.9]).tolist())
    assert set(card.figures["rep"]) == {"a"}


def test_the_figures_are_those_of_the_leaderboard(six: Book) -> None:
    card = RepScorecard(six, QUARTER, "c")
    assert list(card.figures.columns) == [*COLUMNS, "peers_low", "peers_high"]
    assert {"quota_attainment", "revenue_won", "win_rate"} <= set(card.figures["metric"])
    assert card.figures.set_index("metric").loc["quota_attainment", "value"] == pytest.approx(600 / 2000)


def test_a_rep_is_found_by_id_and_by_name(six: Book) -> None:
    for text in ("b", "Name b"):
        row = RepScorecard(six, QUARTER, text).rep_row.iloc[0]
        assert row[["rep", "rep_name", "team", "deals", "note"]].to_list() == ["b", "Name b", "North", 20, ""]


def test_who_is_not_there_is_named_with_the_near_ones(six: Book) -> None:
    with pytest.raises(ParameterError) as caught:
        _ = RepScorecard(six, QUARTER, "Name g").figures
    assert str(caught.value).startswith("key 'rep': there is no rep 'Name g' in 2026Q2. Did you mean Name ")


def test_funnel_and_coaching_are_the_own_rows(six: Book) -> None:
    card = RepScorecard(six, QUARTER, "a")
    assert card.funnel["stage"].to_list() == ["Lead", "Offer", "Talks"]
    assert card.funnel["conversion"].to_list()[0] == pytest.approx(0.1)
    assert set(card.funnel["rep"]) == set(card.coaching["rep"]) == {"a"}
    assert 1 <= len(card.coaching) <= 3


def test_of_too_few_reps_only_the_own_figures_are_shown() -> None:
    deals = [*closed("a", 8, 12), *closed("b", 2, 3)]
    book = told("2026-06-30", deals, reps=staff("a", "b"))
    figures = RepScorecard(book, QUARTER, "a").figures.set_index("metric")
    assert figures.loc["win_rate", ["value", "n", "verdict"]].to_list() == [0.4, 20, "none"]
    assert figures.loc["average_deal_size", ["value", "verdict"]].to_list() == [100, "too few"]
    others = ["peers", "peers_low", "peers_high", "p_value", "shrunk"]
    assert figures[others].isna().all(axis=None)
    assert list(figures.reset_index().columns) == [*COLUMNS, "peers_low", "peers_high"]
    assert RepScorecard(book, QUARTER, "a").trend["peers"].isna().all()
    with pytest.raises(Withheld):
        _ = RepScorecard(book, QUARTER, "a").funnel


def test_five_reps_may_be_compared_but_four_others_show_no_band() -> None:
    deals = [row for by in "abcde" for row in closed(by, 5, 5)]
    figures = RepScorecard(told("2026-06-30", deals, reps=staff(*"abcde")), QUARTER, "a").figures.set_index("metric")
    assert figures.loc["win_rate", "peers"] == 0.5
    assert figures[["peers_low", "peers_high"]].isna().all(axis=None)


def test_the_trend_by_hand() -> None:
    """Five others: in 2026Q1 they won 100 each, Ann 300; in 2025Q4 nobody but Ann closed anything, as the first."""
    deals = [row for by in "bcdef" for row in [*closed(by, 1, 1, day="2026-02-01"), *closed(by, 1, 0)]]
    deals += [*closed("a", 3, 0, day="2026-02-01"), *closed("a", 1, 0, day="2025-11-20")]
    trend = RepScorecard(told("2026-06-30", deals, reps=staff(*"abcdef")), QUARTER, "a").trend
    frame = trend.set_index(["metric", "period"])
    quarters = ["2025Q4", "2026Q1", "2026Q2"]
    assert frame.index.to_list() == [
        (name, quarter) for name in ("revenue_won", "win_rate", "sales_cycle_days") for quarter in quarters
    ]
    assert frame.loc["revenue_won", "value"].to_list() == [100, 300, 0]
    assert frame.loc["revenue_won", "peers"].to_list() == pytest.approx([100 / 6, 800 / 6, 500 / 6])
    assert frame.loc["win_rate", "value"].to_list() == pytest.approx([1, 1, np.nan], nan_ok=True)
    # In 2025Q4 the company's win rate would be Ann's own.
    assert frame.loc["win_rate", "peers"].to_list() == pytest.approx([np.nan, 8 / 13, 1], nan_ok=True)
    assert frame.loc["sales_cycle_days", "value"].to_list() == pytest.approx([10, 10, np.nan], nan_ok=True)
    assert set(frame.loc["win_rate", "unit"]) == {"share"}


def test_with_quotas_the_trend_is_of_attainment(six: Book) -> None:
    trend = RepScorecard(six, QUARTER, "b").trend
    row = trend[trend["metric"] == "quota_attainment"].set_index("period").loc["2026Q2"]
    assert row[["value", "peers"]].to_list() == pytest.approx([400 / 2000, 4200 / 12000])


def test_a_rep_who_has_done_nothing_yet_has_a_scorecard_all_the_same() -> None:
    deals = [row for by in "abcde" for row in closed(by, 5, 5)]
    reps = [*staff(*"abcde"), {"rep_id": "new", "name": "New", "hired_on": date(2026, 6, 15)}]
    card = RepScorecard(told("2026-06-30", deals, reps=reps), QUARTER, "new")
    assert card.rep_row.iloc[0][["days", "deals", "note"]].to_list() == [12, 0, "hired on 2026-06-15"]
    figures = card.figures.set_index("metric")
    assert figures.loc["win_rate", "verdict"] == "none"
    assert np.isnan(figures.loc["win_rate", "value"])
    assert card.pipeline.empty
    assert card.ageing["n"].sum() == 0
    assert card.funnel["entered"].to_list() == [0, 0, 0]
    assert card.trend["value"].fillna(0).eq(0).all()


def test_without_history_the_funnel_is_missing_and_the_rest_is_there() -> None:
    deals = [row for by in "abcdef" for row in closed(by, 5, 5)]
    card = RepScorecard(book_of("2026-06-30", opportunities=deals, reps=staff(*"abcdef")), QUARTER, "a")
    with pytest.raises(MissingTable, match="opportunity_history"):
        _ = card.funnel
    assert card.figures.set_index("metric").loc["win_rate", "value"] == 0.5
    assert len(card.trend)


def test_without_creation_dates_there_is_no_ageing() -> None:
    deals = [deal(1, None, ("2026-05-01", "Lead", 100), rep_id="a"), *closed("a", 1, 1)]
    card = RepScorecard(book_of("2026-06-30", opportunities=deals, reps=staff("a")), QUARTER, "a")
    assert len(card.pipeline) == 1
    with pytest.raises(MissingTable, match="created_at"):
        _ = card.ageing
