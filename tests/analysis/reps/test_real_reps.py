"""The rep comparison of maven-crm: the figures of its FACTS.md, and what may be said of them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from salesops_lib.analysis.reps.comparison import RepComparison
from salesops_lib.data.book import Book, open_book

COMPANY = Path(__file__).parents[2] / "data" / "companies" / "maven.yml"
FACTS = Path(__file__).parents[4] / "shared" / "data" / "maven-crm" / "FACTS.md"
IDLE = {"Carl Lin", "Carol Thompson", "Elizabeth Anderson", "Mei-Mei Johns", "Natalya Ivanova"}


def facts(heading: str) -> pd.DataFrame:
    """A table of FACTS.md by its first column: closed, won, win_rate, won_value."""
    lines = FACTS.read_text(encoding="utf-8").split(f"### {heading}")[1].split("\n###")[0].splitlines()[1:]
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines if line.strip()]
    found = {row[0]: [float(cell) for cell in row[1:]] for row in rows if len(row) == 5}
    return pd.DataFrame.from_dict(found, orient="index", columns=["closed", "won", "win_rate", "won_value"])


@pytest.fixture(scope="module")
def book() -> Book:
    if not FACTS.exists():
        pytest.skip("needs ../shared/data/maven-crm, which is not here")
    return open_book(COMPANY)


@pytest.fixture(scope="module")
def year(book: Book) -> pd.DataFrame:
    """Win rate, deals and revenue of the year by rep: the four quarters up to the last."""
    frame = RepComparison(book, "2017Q4").adjusted.pivot(index="rep_name", columns="metric", values=["value", "n"])
    return pd.DataFrame(
        {
            "closed": frame["n"]["win_rate"],
            "win_rate": frame["value"]["win_rate"],
            "won_value": frame["value"]["revenue_won"],
        }
    )


@pytest.mark.parametrize(
    "heading", ["Top 5 agents by won revenue", "Bottom 3 agents by won revenue", "Top/bottom win rate"]
)
def test_every_rep_of_the_facts_has_their_figures(year: pd.DataFrame, heading: str) -> None:
    known = facts(heading)
    assert len(known) in (3, 5, 6)
    for name, fact in known.iterrows():
        row = year.loc[str(name)]
        assert row["closed"] == fact["closed"]
        assert row["won_value"] == fact["won_value"]
        assert row["win_rate"] == pytest.approx(fact["win_rate"], abs=5e-5)


def test_the_same_reps_are_at_the_top_and_at_the_bottom(year: pd.DataFrame) -> None:
    selling = year[year["closed"] > 0]
    assert selling["won_value"].nlargest(5).index.to_list() == list(facts("Top 5 agents by won revenue").index)
    assert selling["won_value"].nsmallest(3).index.to_list() == list(facts("Bottom 3 agents by won revenue").index)
    ends = list(facts("Top/bottom win rate").index)
    assert selling["win_rate"].nlargest(3).index.to_list() == ends[:3]
    assert selling["win_rate"].nsmallest(3).index.to_list()[::-1] == ends[3:]


@pytest.mark.parametrize(("heading", "dimension"), [("By manager", "manager"), ("By regional office", "team")])
def test_groups_of_reps_add_up_to_the_facts(book: Book, heading: str, dimension: str) -> None:
    known = facts(heading)
    assert len(known) in (3, 6)
    for group, fact in known.iterrows():
        shown = RepComparison(book, "2017Q4", group=f"{dimension}={group}").adjusted
        closed = shown[shown["metric"] == "win_rate"]
        won = (closed["value"] * closed["n"]).sum()
        assert closed["n"].sum() == fact["closed"]
        assert won == pytest.approx(fact["won"])
        assert shown.loc[shown["metric"] == "revenue_won", "value"].sum() == fact["won_value"]


def test_reps_without_a_deal_are_shown_and_not_judged(book: Book, year: pd.DataFrame) -> None:
    assert set(year.index[year["closed"].fillna(0) == 0]) == IDLE
    comparison = RepComparison(book, "2017Q4")
    assert set(comparison.reps.loc[comparison.reps["deals"] == 0, "rep_name"]) >= IDLE
    judged = comparison.leaderboard[comparison.leaderboard["rep_name"].isin(IDLE)]
    assert set(judged["verdict"]) <= {"none", "too few"}


def test_no_win_rate_of_the_quarter_differs_beyond_chance(book: Book) -> None:
    # Between 52 % and 75 % of the closed deals of a quarter, and yet none that chance does not explain.
    rates = RepComparison(book, "2017Q4").leaderboard
    rates = rates[(rates["metric"] == "win_rate") & (rates["n"] > 0)]
    assert rates["value"].max() - rates["value"].min() > 0.2
    assert set(rates["verdict"]) == {"not distinguishable"}
    assert rates["shrunk"].max() - rates["shrunk"].min() < 0.1
