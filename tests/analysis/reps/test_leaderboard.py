"""The leaderboard: figures equal measure's, verdicts are worked out by hand, and nobody is judged on too little."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from salesops_lib.analysis.reps.leaderboard import TESTS, lacking, leaderboard
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.data.book import Book
from salesops_lib.metrics import measure
from tests.small import book_of, deal

QUARTER = "2026Q2"
NAMES = ["ann", "bo", "cy", "dee", "eve"]


def deals(by: str, won: int, lost: int, amount: float = 100, cycle: int = 30) -> list[dict[str, Any]]:
    ends = [("Won", amount)] * won + [("Lost", amount)] * lost
    return [
        deal(f"{by}-{i}", "2026-04-01", (f"2026-{4 + (cycle > 29):02d}-{1 + cycle % 30:02d}", *end), rep_id=by)
        for i, end in enumerate(ends)
    ]


def company(*rows: list[dict[str, Any]], minimum: int = 1, **tables: Any) -> Book:
    names = tables.pop("names", NAMES)
    reps = [{"rep_id": name, "name": name.title(), "team": "North", "hired_on": date(2020, 1, 1)} for name in names]
    flat = [row for part in rows for row in part]
    return book_of(
        "2026-06-30", company={"privacy": {"minimum_group": minimum}}, opportunities=flat, reps=reps, **tables
    )


def of(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    return frame[frame["metric"] == metric].set_index("rep")


def test_who_is_truly_better_is_above_and_the_others_are_not_distinguishable() -> None:
    book = company(deals("ann", 90, 60), *(deals(name, 60, 90) for name in NAMES[1:]))
    frame = of(leaderboard(Peers(book, QUARTER)), "win_rate")
    assert frame["verdict"].to_list() == ["above", *["not distinguishable"] * 4]
    ann = frame.loc["ann"]
    assert (ann["value"], ann["n"], ann["peers"]) == (0.6, 150, pytest.approx(330 / 750))
    # Drawn towards the peers, but not to the other side of them.
    assert ann["peers"] < ann["shrunk"] < ann["value"]
    assert ann["shrunk_low"] < ann["shrunk"] < ann["shrunk_high"]


def test_the_p_value_of_a_win_rate_is_fishers_after_both_adjustments() -> None:
    book = company(deals("ann", 30, 10), deals("bo", 20, 20), names=["ann", "bo"])
    frame = leaderboard(Peers(book, QUARTER))
    chance = stats.hypergeom(80, 50, 40)
    tail = chance.sf(30) + chance.pmf(30) / 2
    # Two reps have one p-value; no family survives among those tested, so that it is multiplied by their number.
    tested = frame.groupby("metric")["p_value"].count()
    families = int((tested > 0).sum())
    assert of(frame, "win_rate")["p_value"].to_list() == pytest.approx([min(1, 2 * tail * families)] * 2)


def test_figures_are_those_of_measure() -> None:
    book = company(deals("ann", 12, 3, 500), deals("bo", 11, 9, 200, 40), deals("cy", 1, 2))
    frame = leaderboard(Peers(book, QUARTER))
    names = [name for name in TESTS if name in set(frame["metric"])]
    direct = measure(book, names, QUARTER, by="rep").set_index(["metric", "rep"])
    for row in frame.to_dict("records"):
        same = direct.loc[(row["metric"], row["rep"])]
        for column in ("value", "low", "high", "n"):
            assert row[column] == pytest.approx(same[column], nan_ok=True), (row["metric"], row["rep"], column)
    assert list(dict.fromkeys(frame["metric"])) == names


def test_a_rep_without_deals_is_shown_without_a_figure_and_without_a_verdict() -> None:
    frame = leaderboard(Peers(company(deals("ann", 20, 20), deals("bo", 20, 20)), QUARTER))
    eve = of(frame, "win_rate").loc["eve"]
    assert np.isnan(eve["value"])
    assert np.isnan(eve["shrunk"])
    assert eve["verdict"] == "none"
    assert of(frame, "revenue_won").loc["eve", ["value", "verdict"]].to_list() == [0.0, "too few"]


def test_few_deals_have_an_interval_and_no_verdict() -> None:
    book = company(deals("ann", 9, 0), *(deals(name, 20, 80) for name in NAMES[1:]))
    ann = of(leaderboard(Peers(book, QUARTER)), "win_rate").loc["ann"]
    assert ann["verdict"] == "too few"
    assert ann["low"] > 0.2


def test_one_rep_alone_is_compared_with_nobody() -> None:
    frame = leaderboard(Peers(company(deals("ann", 30, 10), names=["ann"]), QUARTER))
    assert set(frame["verdict"]) <= {"none", "too few"}
    assert frame["p_value"].isna().all()


def test_without_quotas_attainment_is_missing_and_said_so() -> None:
    peers = Peers(company(deals("ann", 30, 10), deals("bo", 10, 30)), QUARTER)
    assert "quota_attainment" not in set(leaderboard(peers)["metric"])
    assert lacking(peers).set_index("metric").loc["quota_attainment", ["label", "why"]].to_list() == [
        "Quota attainment",
        "quotas",
    ]


def test_attainment_is_judged_by_quota_and_revenue_by_days() -> None:
    quota = {"period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30)}
    # Ann has ten times the revenue because she has ten times the quota.
    rows = [deals("ann", 200, 20), *(deals(name, 20, 2) for name in NAMES[1:])]
    quotas = [{"rep_id": name, "quota": 20_000 if name == "ann" else 2000, **quota} for name in NAMES]
    frame = leaderboard(Peers(company(*rows, quotas=quotas), QUARTER))
    assert set(of(frame, "quota_attainment")["verdict"]) == {"not distinguishable"}
    assert of(frame, "quota_attainment")["peers"].unique().tolist() == [1.0]
    assert of(frame, "revenue_won").loc["ann", "verdict"] == "above"
    assert of(frame, "revenue_won").loc["ann", "peers"] == (20_000 + 4 * 2000) / 5


def test_a_rep_without_a_quota_is_not_judged_by_it() -> None:
    quota = {"period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30)}
    rows = [deals(name, 20, 20) for name in NAMES]
    quotas = [{"rep_id": name, "quota": 2000, **quota} for name in NAMES[1:]]
    frame = of(leaderboard(Peers(company(*rows, quotas=quotas), QUARTER)), "quota_attainment")
    assert frame.loc["ann", "verdict"] == "none"
    assert frame.loc["bo", "value"] == 1.0


def test_cycles_are_compared_by_their_ranks() -> None:
    rows = [deals(name, 20, 0, cycle=10 if name == "ann" else 40) for name in NAMES]
    frame = of(leaderboard(Peers(company(*rows), QUARTER)), "sales_cycle_days")
    assert frame["value"].to_list() == [10, 40, 40, 40, 40]
    assert frame.loc["ann", "verdict"] == "below"
    assert frame["peers"].unique().tolist() == [40]


def test_a_rep_is_compared_within_the_own_peer_group_only() -> None:
    reps = [{"rep_id": n, "name": n, "segment": "Large" if n in "ab" else "Small"} for n in "abcd"]
    rows = [*deals("a", 70, 30), *deals("b", 70, 30), *deals("c", 30, 70), *deals("d", 30, 70)]
    book = book_of("2026-06-30", company={"privacy": {"minimum_group": 1}}, opportunities=rows, reps=reps)
    together = of(leaderboard(Peers(book, QUARTER)), "win_rate")
    assert together["verdict"].to_list() == ["above", "above", "below", "below"]
    apart = of(leaderboard(Peers(book, QUARTER, peers="segment")), "win_rate")
    assert set(apart["verdict"]) == {"not distinguishable"}
    assert apart["peers"].to_list() == [0.7, 0.7, 0.3, 0.3]
