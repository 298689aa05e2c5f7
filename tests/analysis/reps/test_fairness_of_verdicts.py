"""No verdict against its own evidence: exposure, missing data, peer groups, medians, trends and ranges."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesops_lib.analysis.reps import RepComparison, RepScorecard
from salesops_lib.data.book import Book
from salesops_lib.errors import Withheld
from tests.small import book_of, deal

QUARTER = "2026Q2"
MONTHS = [(2025, m) for m in range(7, 13)] + [(2026, m) for m in range(1, 7)]


def closed(rep: str, won: int, lost: int = 0, day: str = "2026-06-22", amount: float = 1000) -> list[dict[str, Any]]:
    ends = [("Won", amount)] * won + [("Lost", amount)] * lost
    return [deal(f"{rep}-{day}-{i}", "2025-05-01", (day, *end), rep_id=rep) for i, end in enumerate(ends)]


def monthly(rep: str, counts: list[int]) -> list[dict[str, Any]]:
    return [
        row
        for (year, month), n in zip(MONTHS, counts, strict=True)
        for row in closed(rep, n, day=f"{year}-{month:02d}-10")
    ]


def company(deals: list[dict[str, Any]], names: str, minimum: int = 1, **tables: Any) -> Book:
    teams = tables.pop("teams", {})
    hired = tables.pop("hired", {})
    reps = [{"rep_id": n, "name": n, "team": teams.get(n), "hired_on": hired.get(n, date(2020, 1, 1))} for n in names]
    privacy = {"privacy": {"minimum_group": minimum}}
    return book_of("2026-06-30", company=privacy, opportunities=deals, reps=reps, **tables)


def of(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    return frame[frame["metric"] == metric].set_index("rep")


def test_revenue_of_a_rep_hired_late_is_held_against_what_the_peers_make_in_those_days() -> None:
    deals = [row for rep in "abcde" for row in closed(rep, 30)] + closed("n", 20)
    book = company(deals, "abcden", hired={"n": date(2026, 6, 16)})
    found = of(RepComparison(book, QUARTER).leaderboard, "revenue_won").loc["n"]
    # 170,000 in 5 x 65 + 11 working days, of which eleven are the new one's.
    assert found["peers"] == pytest.approx(170_000 / 336 * 11)
    assert (found["value"], found["verdict"]) == (20_000, "above")


def test_reps_whose_figure_is_not_known_are_no_peers_with_zero() -> None:
    start = date(2026, 4, 1)
    activities = [
        {
            "activity_id": f"{rep}{i}",
            "rep_id": rep,
            "type": "call",
            "outcome": None if rep in "def" else "meeting booked" if i % 4 == 0 else "no answer",
            "happened_at": (start + timedelta(days=i % 60)).isoformat(),
        }
        for rep in "abcdef"
        for i in range(200)
    ]
    book = company(closed("a", 1), "abcdef", activities=activities)
    found = of(RepComparison(book, QUARTER).leaderboard, "meetings_per_activity")
    assert found.loc[["a", "b", "c"], "value"].to_list() == [0.25] * 3
    assert found.loc[["a", "b", "c"], "peers"].to_list() == [0.25] * 3
    assert found["verdict"].to_list() == ["not distinguishable"] * 3 + ["none"] * 3


def test_who_wins_none_of_many_is_judged() -> None:
    deals = [row for rep in "abcd" for row in closed(rep, 40)] + closed("z", 0, 40)
    found = of(RepComparison(company(deals, "abcdz"), QUARTER).leaderboard, "revenue_won").loc["z"]
    assert (found["value"], found["verdict"]) == (0, "below")


def test_a_median_on_one_side_and_ranks_on_the_other_are_no_verdict() -> None:
    def cycles(rep: str, *days: tuple[int, int]) -> list[dict[str, Any]]:
        end = date(2026, 6, 20)
        return [
            deal(f"{rep}{length}-{i}", (end - timedelta(days=length)).isoformat(), (str(end), "Won", 100), rep_id=rep)
            for n, length in days
            for i in range(n)
        ]

    deals = cycles("x", (16, 39), (14, 200)) + [row for rep in "abcde" for row in cycles(rep, (14, 5), (16, 40))]
    found = of(RepComparison(company(deals, "abcdex"), QUARTER).leaderboard, "sales_cycle_days").loc["x"]
    assert found["value"] == 39
    assert found["peers"] == 40
    assert found["verdict"] == "not distinguishable"


def test_like_with_like_and_months_are_among_the_peers_that_were_asked_for() -> None:
    teams = {**dict.fromkeys("abcd", "North"), **dict.fromkeys("efgh", "South")}
    deals = [row for rep in "abcd" for row in closed(rep, 140, 60)] + [
        row for rep in "efgh" for row in closed(rep, 60, 140)
    ]
    book = company(deals, "abcdefgh", teams=teams)
    together = of(RepComparison(book, QUARTER).adjusted, "win_rate")
    assert set(together["verdict"]) == {"above", "below"}
    apart = RepComparison(book, QUARTER, peers="team")
    found = of(apart.adjusted, "win_rate")
    assert set(found["verdict"]) == {"not distinguishable"}
    assert found["peers"].to_list() == [0.7] * 4 + [0.3] * 4
    assert set(apart.coaching["kind"]) == {"steady"}


def test_one_who_grows_does_not_make_the_others_fall() -> None:
    deals = [row for rep in "bcdef" for row in monthly(rep, [10] * 12)] + monthly("a", list(range(4, 28, 2)))
    found = RepComparison(company(deals, "abcdef"), QUARTER).steadiness.set_index("rep")
    assert found.loc["a", "verdict"] == "rising"
    assert found.loc["a", "late"] > found.loc["a", "early"]
    assert not set(found["verdict"].drop("a")) & {"rising", "falling"}


def test_a_signal_lies_outside_the_range_that_is_told_of_it() -> None:
    deals = [row for rep in "bcdef" for row in monthly(rep, [20] * 12)] + monthly("a", [3, 45] * 6)
    months = RepComparison(company(deals, "abcdef"), QUARTER).months
    signals = months[months["signal"]]
    assert len(signals) >= 6
    inside = signals["value"].between(signals["expected_low"], signals["expected_high"])
    assert not inside.any()
    assert months["expected"].between(months["expected_low"], months["expected_high"]).all()


def test_without_a_quota_nothing_is_said_to_be_at_quota() -> None:
    sparse = [3 if i in (2, 5, 8) else 0 for i in range(12)]
    deals = [row for rep in "bcdef" for row in monthly(rep, [10] * 12)] + monthly("a", sparse)
    found = RepComparison(company(deals, "abcdef"), QUARTER).steadiness
    assert found[["reached", "streak", "longest"]].isna().all().all()


def test_quotas_of_the_last_quarter_alone_leave_twelve_months_to_look_at() -> None:
    deals = [row for rep in "abcdef" for row in monthly(rep, [10] * 12)]
    quotas = [
        {"rep_id": n, "period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30), "quota": 30_000}
        for n in "abcdef"
    ]
    found = RepComparison(company(deals, "abcdef", quotas=quotas), QUARTER)
    assert set(found.months["unit"]) == {"money"}
    assert found.steadiness["months"].to_list() == [12] * 6
    # Of the quarter's 30,000 a month of 30 days has 9,890 and May 10,220.
    assert found.steadiness["reached"].to_list() == [2] * 6


def test_a_scorecard_in_a_small_peer_group_shows_its_own_figures() -> None:
    teams = {**dict.fromkeys("abcde", "North"), **dict.fromkeys("yz", "South")}
    book = company([row for rep in "abcdeyz" for row in closed(rep, 20, 20)], "abcdeyz", minimum=3, teams=teams)
    comparison = RepComparison(book, QUARTER, peers="team")
    assert comparison.reps["rep"].to_list() == list("abcde")
    assert comparison.withheld == 2
    card = RepScorecard(book, QUARTER, "z", peers="team")
    rate = card.figures.set_index("metric").loc["win_rate"]
    assert (rate["value"], rate["verdict"]) == (0.5, "none")
    assert np.isnan(rate["peers"])
    for section in ("funnel", "coaching"):
        with pytest.raises(Withheld):
            getattr(card, section)


def test_reps_of_no_team_are_a_group_with_a_name() -> None:
    teams = dict.fromkeys("abc", "North")
    book = company([row for rep in "abcde" for row in closed(rep, 20, 20)], "abcde", teams=teams)
    assert RepComparison(book, QUARTER, peers="team").reps["peers"].to_list() == ["North"] * 3 + ["Unknown"] * 2
    assert len(RepScorecard(book, QUARTER, "e", peers="team").trend)


def test_a_rep_alone_has_no_peers_figure() -> None:
    found = RepComparison(company(closed("a", 20, 20), "a"), QUARTER)
    assert found.leaderboard["peers"].isna().all()
    assert found.adjusted["peers"].isna().all()


def test_a_source_that_never_wins_is_no_factor_of_its_own() -> None:
    def of_source(rep: str, source: str, won: int, lost: int) -> list[dict[str, Any]]:
        rows = closed(rep, won, lost)
        return [{**row, "opportunity_id": row["opportunity_id"] + source, "lead_source": source} for row in rows]

    deals = [row for rep in "abcd" for row in of_source(rep, "Web", 15, 15) + of_source(rep, "Fair", 20, 10)]
    deals += [row for rep in "abcd" for row in of_source(rep, "Cold", 0, 20)]
    factors = RepComparison(company(deals, "abcd"), QUARTER).factors
    found = factors[(factors["metric"] == "win_rate") & (factors["factor"] == "lead_source")].iloc[0]
    assert found["used"]
    assert 0.1 < found["smallest"] < found["largest"] < 10


def test_three_territories_of_many_reps_are_told_apart_and_addresses_serve_without_accounts() -> None:
    names = "abcdefghi"
    deals = [row for i, rep in enumerate(names) for row in closed(rep, 20 * (1 + i // 3), 20)]
    book = book_of(
        "2026-06-30",
        company={"privacy": {"minimum_group": 1}},
        opportunities=deals,
        reps=[{"rep_id": n, "name": n, "territory_id": f"t{i // 3}"} for i, n in enumerate(names)],
        territories=[{"territory_id": f"t{i}", "addressable_addresses": 100 * (1 + i)} for i in range(3)],
    )
    comparison = RepComparison(book, QUARTER)
    used = comparison.factors.set_index(["metric", "factor"])["used"]
    assert used[("revenue_won", "territory_potential")]
    assert set(of(comparison.adjusted, "revenue_won")["verdict"]) == {"not distinguishable"}
