"""The real sets through measure and the analyses: every figure of their FACTS.md, and what the review says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from salesops_lib.analysis import Review, attainment, scorecard, trends
from salesops_lib.data.book import Book, open_book
from salesops_lib.errors import MissingTable
from salesops_lib.metrics import measure

COMPANIES = Path(__file__).parent / "data" / "companies"
SHARED = Path(__file__).parents[2] / "shared" / "data"
IDLE = ["Carl Lin", "Carol Thompson", "Elizabeth Anderson", "Mei-Mei Johns", "Natalya Ivanova"]
RATES = ["deals_closed", "deals_won", "win_rate", "revenue_won"]


def facts(folder: str, heading: str) -> pd.DataFrame:
    """A table of FACTS.md: its first column as the index."""
    text = (SHARED / folder / "FACTS.md").read_text(encoding="utf-8")
    lines = text.split(f"### {heading}")[1].split("\n###")[0].splitlines()[1:]
    split = [re.split(r"\s{2,}", line.strip()) for line in lines if line.strip()]
    header = [name for name in split[0] if name != "q"]
    rows = {row[0]: [float(cell) for cell in row[1:]] for row in split[1:] if len(row) == len(header) + 1}
    return pd.DataFrame.from_dict(rows, orient="index", columns=header)


def book(folder: str, company: str) -> Book:
    if not (SHARED / folder).exists():
        pytest.skip(f"needs ../shared/data/{folder}, which is not here")
    return open_book(COMPANIES / company)


@pytest.fixture(scope="module")
def maven() -> Book:
    return book("maven-crm", "maven.yml")


@pytest.fixture(scope="module")
def wholesaler() -> Book:
    return book("adventureworks", "adventureworks.yml")


def wide(frame: pd.DataFrame, index: str) -> pd.DataFrame:
    return frame.pivot(index=index, columns="metric", values="value")


def test_the_whole_of_maven(maven: Book) -> None:
    names = [*RATES, "win_rate_value", "average_deal_size", "median_deal_size", "sales_cycle_days"]
    frame = measure(maven, [*names, "sales_cycle_days_mean", "pipeline_value", "open_opportunities"], "2017")
    rows = frame.set_index("metric")
    rate = rows.loc["win_rate"]
    assert (rate["numerator"], rate["denominator"], rate["n"]) == (4238, 6711, 6711)
    assert rate["value"] == pytest.approx(4238 / 6711)
    assert rows.loc["revenue_won", "value"] == 10_005_534
    assert rows.loc["average_deal_size", "value"] == pytest.approx(2360.9094, abs=5e-5)
    assert rows.loc["median_deal_size", "value"] == 1117
    assert rows.loc["sales_cycle_days", "value"] == 57
    assert rows.loc["sales_cycle_days_mean", "value"] == pytest.approx(51.7820, abs=5e-5)
    assert rows.loc["pipeline_value", "value"] == 4_966_215
    assert rows.loc["open_opportunities", "value"] == 1589 + 500
    # Lost deals carry an amount of zero: no win rate by value, and the reason.
    assert pd.isna(rows.loc["win_rate_value", "value"])
    assert frame.attrs["notes"]["win_rate_value"] == "n/a where lost opportunities carry no amount"
    assert "no opportunity_history" in frame.attrs["notes"]["pipeline_value"]


def test_mavens_quarters(maven: Book) -> None:
    found = wide(measure(maven, RATES, "2017", grain="quarter"), "period")
    known = facts("maven-crm", "By close quarter")
    assert list(known.index) == list(found.index) == ["2017Q1", "2017Q2", "2017Q3", "2017Q4"]
    agree(found, known)


@pytest.mark.parametrize(
    ("heading", "by", "groups"),
    [
        ("Top 5 agents by won revenue", "rep", 5),
        ("Bottom 3 agents by won revenue", "rep", 3),
        ("Top/bottom win rate", "rep", 6),
        ("By regional office (via sales_teams)", "team", 3),
        ("By manager", "manager", 6),
    ],
)
def test_mavens_groups(maven: Book, heading: str, by: str, groups: int) -> None:
    known = facts("maven-crm", heading)
    assert len(known) == groups
    found = wide(measure(maven, RATES, "2017", by=by), by)
    agree(found.loc[known.index], known)
    assert found["revenue_won"].sum() == 10_005_534


def agree(found: pd.DataFrame, known: pd.DataFrame) -> None:
    for theirs, ours in (("closed", "deals_closed"), ("won", "deals_won"), ("won_value", "revenue_won")):
        assert found[ours].to_list() == known[theirs].to_list()
    assert found["win_rate"].to_list() == pytest.approx(known["win_rate"].to_list(), abs=5e-5)


def test_mavens_reps_without_deals_are_zero_rows(maven: Book) -> None:
    frame = measure(maven, ["revenue_won", "win_rate"], "2017", by="rep")
    assert frame["rep"].nunique() == 35
    idle = frame[frame["rep"].isin(IDLE)].set_index(["rep", "metric"])
    assert len(idle) == 10
    assert set(idle.xs("revenue_won", level="metric")["value"]) == {0.0}
    assert idle.xs("win_rate", level="metric")["value"].isna().all()


def test_mavens_review_says_what_each_missing_section_needs(maven: Book) -> None:
    review = Review(maven, "2017Q4")
    frame = review.scorecard.set_index("metric")
    assert frame.loc["win_rate", ["value", "n", "verdict"]].to_list() == [1196 / 1985, 1985, "not distinguishable"]
    assert frame.loc["revenue_won", ["previous", "previous_period"]].to_list() == [2_982_255, "2017Q3"]
    assert frame.loc["quota_attainment", "note"] == "needs the table quotas"
    assert round(review.change["part"].sum(), 2) == 2_802_496 - 2_982_255
    assert round(review.change_by_place["change"].sum(), 2) == 2_802_496 - 2_982_255
    needs = {"ledger": "opportunity_history", "funnel": "opportunity_history", "coverage": "quotas"}
    for section, what in {**needs, "losses": "loss_reason"}.items():
        with pytest.raises(MissingTable, match=what):
            getattr(review, section)
    assert review.recognition["rep"].to_list()[0] == "Darcel Schlecht"
    assert set(review.trends["period"]) == {"2017Q1", "2017Q2", "2017Q3", "2017Q4"}


def test_the_wholesalers_orders(wholesaler: Book) -> None:
    names = ["revenue_won", "deals_won", "average_deal_size", "median_deal_size"]
    values = measure(wholesaler, names, "2017Q3..2020Q2").set_index("metric")["value"]
    assert values.to_list() == pytest.approx([77_548_570.20, 3616, 21445.9541, 8733.56], abs=5e-3)


def test_the_wholesalers_attainment_by_quarter(wholesaler: Book) -> None:
    frame = measure(wholesaler, "quota_attainment", "2017Q3..2020Q2", grain="quarter").set_index("period")
    known = facts("adventureworks", "Quota attainment (sales / SalesPersonQuotaHistory quota) by quarter")
    assert list(known.index) == list(frame.index)
    assert len(known) == 12
    assert frame["denominator"].to_list() == known["quota"].to_list()
    assert frame["numerator"].to_list() == pytest.approx(known["sales"].to_list(), abs=0.005)
    assert frame["value"].to_list() == pytest.approx(known["att"].to_list(), abs=5e-5)


def test_the_wholesalers_attainment_by_person(wholesaler: Book) -> None:
    frame = measure(wholesaler, "quota_attainment", "2017Q3..2020Q2", by="rep").set_index("rep_name")
    known = facts("adventureworks", "Quota attainment by person, whole period")
    assert len(known) == 17
    found = frame.loc[known.index]
    assert found["denominator"].to_list() == known["quota"].to_list()
    assert found["numerator"].to_list() == pytest.approx(known["sales"].to_list(), abs=0.005)
    assert found["value"].to_list() == pytest.approx(known["att"].to_list(), abs=0.005)


def test_the_wholesalers_attainment_by_person_and_quarter(wholesaler: Book) -> None:
    frame = measure(wholesaler, "quota_attainment", "2017Q3..2020Q2", by="rep", grain="quarter")
    found = frame.pivot(index="rep_name", columns="period", values="value")
    known = facts("adventureworks", "Quota attainment by person by quarter")
    assert known.shape == (17, 12)
    pd.testing.assert_frame_equal(
        found.loc[known.index, known.columns], known, check_names=False, atol=5.1e-4, rtol=0, check_column_type=False
    )


def test_the_wholesalers_last_quarter_is_incomplete_and_no_miss(wholesaler: Book) -> None:
    frame = measure(wholesaler, "quota_attainment", "2020Q1..2020Q2", grain="quarter")
    assert frame.attrs["notes"]["quota_attainment"] == "2020 Q2 incomplete: known until May 31, 2020"
    card = scorecard(wholesaler, "2020Q2").set_index("metric").loc["quota_attainment"]
    assert card["value"] == pytest.approx(0.5351, abs=5e-5)
    assert not card["complete"]
    assert card["verdict"] == "none"
    assert scorecard(wholesaler, "2020Q1").set_index("metric").loc["quota_attainment", "verdict"] != "none"
    assert set(trends(wholesaler, "2020Q2").query("period == '2020Q2'")["rule"]) == {""}


def test_the_wholesalers_attainment_by_title_has_all_quotas(wholesaler: Book) -> None:
    frame = attainment(wholesaler, "2019Q4", "team")
    assert frame["quota"].sum() == 11_097_000
    assert frame["revenue_won"].sum() == pytest.approx(9_300_609.76)
    assert frame["reps"].sum() == 17
