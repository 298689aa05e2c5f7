"""The review on real exports meets the figures that are known of them."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parents[1] / "shared" / "data"
COMPANIES = TESTS / "data" / "companies"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real data sets are not here (../shared/data)")


@pytest.fixture(scope="module")
def maven(publish, tmp_path_factory):
    return publish(tmp_path_factory.mktemp("maven"), COMPANIES / "maven.yml", "2017Q4")


@pytest.fixture(scope="module")
def adventureworks(publish, tmp_path_factory):
    return publish(tmp_path_factory.mktemp("adventureworks"), COMPANIES / "adventureworks.yml", "2020Q2")


def test_maven_by_quarter(maven):
    trend = {(row["metric"], row["period"]): row["value"] for row in maven.rows("trends")}
    won = {"2017Q1": 1134672, "2017Q2": 3086111, "2017Q3": 2982255, "2017Q4": 2802496}
    rates = {"2017Q1": 531 / 647, "2017Q2": 1254 / 2032, "2017Q3": 1257 / 2047, "2017Q4": 1196 / 1985}
    for quarter in won:
        assert trend["revenue_won", quarter] == won[quarter]
        assert trend["win_rate", quarter] == pytest.approx(rates[quarter])
    assert sum(won.values()) == 10_005_534


def test_maven_pipeline_is_valued_at_list_price_and_says_so(maven):
    assert maven.card("pipeline_value")["value"] == 4_966_215
    assert "2089 of them are valued at list price" in maven.text


def test_maven_says_what_it_cannot_know(maven):
    assert maven.card("win_rate_value")["value"] is None
    assert "n/a where lost opportunities carry no amount" in maven.text
    assert maven.card("revenue_won")["year_ago"] is None
    for table in ("quotas", "opportunity_history"):
        assert f"This needs the table '{table}'" in maven.text
    assert "8,927 rows read = 8,927 used + 0 quarantined + 0 dropped" in maven.text


def test_adventureworks_attainment_by_quarter(adventureworks):
    shown = {row["period"]: row["value"] for row in adventureworks.rows("trends", metric="quota_attainment")}
    known = {"2018Q3": 0.8467, "2018Q4": 0.8143, "2019Q1": 0.8911, "2019Q2": 0.8386, "2019Q3": 0.8148}
    known |= {"2019Q4": 0.8381, "2020Q1": 0.8828, "2020Q2": 0.5351}
    assert {period: round(value, 4) for period, value in shown.items()} == known


def test_adventureworks_last_quarter_is_marked_incomplete(adventureworks):
    assert "incomplete: 61 of 91 days" in adventureworks.text
    assert "so far; the quarter is not over, so it is not held against earlier ones" in adventureworks.text
    assert "2020 Q2 incomplete: known until May 31, 2020" in adventureworks.card("quota_attainment")["note"]
    assert not adventureworks.card("quota_attainment")["complete"]


def test_adventureworks_regions_add_up(adventureworks):
    regions = adventureworks.rows("change_by", line="")
    assert len(regions) == 10
    assert round(sum(row["after"] for row in regions), 2) == 5_542_698.29
    assert round(sum(row["before"] for row in regions), 2) == 7_107_324.50
