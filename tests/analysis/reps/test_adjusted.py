"""Like with like: circumstances explain what they explain, and what is left is the rep's."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesops_lib.analysis.reps.adjusted import like_with_like
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.regression import Fitted, fit, standardised
from salesops_lib.data.book import Book
from tests.small import book_of, deal

QUARTER = "2026Q2"
MONTHS = [
    f"{year}-{month:02d}-15" for year, month in [(2025, m) for m in range(7, 13)] + [(2026, m) for m in range(1, 7)]
]
EASY, HARD = 0.6, 0.3


def rows(rep: str, source: str, per_month: int, chance: float, amount: float = 100) -> list[dict[str, Any]]:
    won = round(per_month * chance)
    return [
        deal(
            f"{rep}-{source}-{day}-{i}",
            "2025-06-01",
            (day, "Won" if i < won else "Lost", amount),
            rep_id=rep,
            lead_source=source,
        )
        for day in MONTHS
        for i in range(per_month)
    ]


def company(deals: list[dict[str, Any]], reps: list[dict[str, Any]], **tables: Any) -> Book:
    settings = {"privacy": {"minimum_group": 1}}
    return book_of("2026-06-30", company=settings, opportunities=deals, reps=reps, **tables)


def staff(names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"rep_id": name, "name": name, "hired_on": date(2020, 1, 1), **more} for name in names]


def of(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    return frame[frame["metric"] == metric].set_index("rep")


@pytest.fixture(scope="module")
def sources() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Six reps of one skill; a and b were given the hard leads, e and f the easy ones, c and d both."""
    easy, hard = ("cdef", "abcd")
    deals = [row for rep in easy for row in rows(rep, "Referral", 10 if rep in "cd" else 20, EASY)]
    deals += [row for rep in hard for row in rows(rep, "Event", 10 if rep in "cd" else 20, HARD)]
    return like_with_like(Peers(company(deals, staff("abcdef")), QUARTER))


def test_raw_rates_differ_by_the_leads_and_adjusted_ones_do_not(sources: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame = of(sources[0], "win_rate")
    assert frame["value"].to_list() == pytest.approx([HARD, HARD, 0.45, 0.45, EASY, EASY])
    assert frame["expected"].to_list() == pytest.approx(frame["value"].to_list(), abs=1e-6)
    # All make of the average deals what the average makes of them.
    assert frame["adjusted"].to_list() == pytest.approx([0.45] * 6, abs=1e-4)
    assert frame["raw_verdict"].to_list() == ["below", "below", *["not distinguishable"] * 2, "above", "above"]
    assert set(frame["verdict"]) == {"not distinguishable"}
    assert (frame["adjusted_low"] < 0.45).all()
    assert (frame["adjusted_high"] > 0.45).all()


def test_the_factors_say_what_was_adjusted_for(sources: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    factors = of(sources[1].rename(columns={"factor": "rep"}), "win_rate")
    assert factors.index.to_list() == ["territory_potential", "segment", "tenure", "lead_source"]
    assert factors["used"].to_list() == [False, False, False, True]
    assert factors["why"].to_list()[:2] == ["not known", "not known"]
    assert factors.loc["tenure", "why"] == "all are alike in it, or too few reps share a level"
    odds = [rate / (1 - rate) for rate in (HARD, EASY)]
    found = factors.loc["lead_source"]
    assert found["largest"] / found["smallest"] == pytest.approx(odds[1] / odds[0], rel=1e-4)
    assert found["levels"] == 2


def test_a_better_rep_stays_better_on_hard_leads() -> None:
    deals = [row for rep in "bcdef" for row in rows(rep, "Event", 10, HARD) + rows(rep, "Referral", 10, EASY)]
    deals += rows("a", "Event", 20, 0.5)
    frame = of(like_with_like(Peers(company(deals, staff("abcdef")), QUARTER))[0], "win_rate")
    a = frame.loc["a"]
    # Raw, a is hardly better than the 45 % of the others; on the same leads a wins half where they win a third.
    assert a["value"] == 0.5
    assert a["expected"] < 0.37
    assert a["adjusted"] > 0.57
    assert a["verdict"] == "above"
    assert set(frame["verdict"].drop("a")) <= {"not distinguishable", "below"}


def test_a_ramping_rep_is_held_against_what_ramping_reps_make() -> None:
    new = [{"rep_id": name, "name": name, "hired_on": date(2025, 6, 1)} for name in "ghi"]
    deals = [row for rep in "abcdef" for row in rows(rep, "Web", 10, 0.5)]
    # In the first six months the new ones win 2 of 10, then half like all others.
    for rep in "ghi":
        deals += [row for row in rows(rep, "Web", 10, 0.2) if row["closed_at"].date() < date(2025, 12, 1)]
        deals += [row for row in rows(rep, "Web", 10, 0.5) if row["closed_at"].date() >= date(2025, 12, 1)]
    adjusted, factors = like_with_like(Peers(company(deals, [*staff("abcdef"), *new]), QUARTER))
    frame = of(adjusted, "win_rate")
    assert frame.loc["g", "value"] < 0.4
    assert frame.loc["g", "adjusted"] == pytest.approx(frame.loc["a", "adjusted"], abs=0.02)
    assert bool(factors.set_index(["metric", "factor"]).loc[("win_rate", "tenure"), "used"])


def test_revenue_is_held_against_what_the_territory_holds() -> None:
    # Half of the reps have a territory of four times the accounts, and of four times the revenue.
    reps = [
        {**row, "territory_id": "big" if row["rep_id"] in "abcd" else f"t{row['rep_id']}"} for row in staff("abcdefgh")
    ]
    sizes = {"big": 1600, "te": 100, "tf": 110, "tg": 95, "th": 105}
    places = [{"territory_id": name, "addressable_accounts": size} for name, size in sizes.items()]
    deals = [row for rep in "abcd" for row in rows(rep, "Web", 20, 0.5, 400)]
    deals += [row for rep in "efgh" for row in rows(rep, "Web", 20, 0.5, 100)]
    adjusted, factors = like_with_like(Peers(company(deals, reps, territories=places), QUARTER))
    frame = of(adjusted, "revenue_won")
    assert frame.loc["a", "value"] == 4 * frame.loc["e", "value"]
    assert frame.loc["a", "adjusted"] == pytest.approx(frame.loc["e", "adjusted"], rel=0.1)
    assert frame["raw_verdict"].to_list() == [*["above"] * 4, *["below"] * 4]
    assert set(frame["verdict"]) == {"not distinguishable"}
    used = factors.set_index(["metric", "factor"])["used"]
    assert bool(used[("revenue_won", "territory_potential")])
    # 400 accounts each against about 100 each.
    effect = factors.set_index(["metric", "factor"]).loc[("revenue_won", "territory_potential")]
    assert effect["largest"] / effect["smallest"] == pytest.approx(4, rel=0.15)


def test_a_rep_without_deals_and_one_alone_have_no_verdict() -> None:
    deals = [row for rep in "ab" for row in rows(rep, "Web", 4, 0.5)]
    frame = of(like_with_like(Peers(company(deals, staff("abc")), QUARTER))[0], "win_rate")
    assert np.isnan(frame.loc["c", "adjusted"])
    assert frame["verdict"].to_list() == ["not distinguishable", "not distinguishable", "none"]
    alone, _factors = like_with_like(Peers(company(deals[:40], staff("a")), QUARTER))
    assert set(alone["verdict"]) == {"none"}


def test_standardising_finds_the_shift_that_explains_the_wins() -> None:
    frame = pd.DataFrame({"rep": ["a", "a", "b"], "n": [10.0, 30.0, 60.0]})
    linear = np.array([-1.0, 0.5, 0.0])
    shift = np.array([0.7, -0.4])
    chance = 1 / (1 + np.exp(-(linear + shift[[0, 0, 1]])))
    wins = np.array([(frame["n"] * chance)[:2].sum(), (frame["n"] * chance)[2]])
    found = standardised(Fitted(frame, linear, pd.DataFrame()), pd.Series(["a", "b"]), wins)
    expected = [np.average(1 / (1 + np.exp(-(linear + s))), weights=frame["n"]) for s in shift]
    assert found.tolist() == pytest.approx(expected, abs=1e-6)


def test_a_company_that_has_sold_nothing_yet_is_adjusted_for_nothing() -> None:
    names = [f"rep {number}" for number in range(12)]
    rows = pd.DataFrame({"rep": names, "top": 0.0, "n": 60.0, "deals": 0, "territory_potential": [1.0, 2.0] * 6})
    found = fit(rows.assign(segment="A", tenure="over 12 months", lead_quality=1.0), "revenue_won")
    assert not found.factors["used"].any()
    assert np.isfinite(found.linear).all()
