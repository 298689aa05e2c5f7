"""The published quarterly review says what measure says, moves with its input, and finds what is planted."""

import math
import shutil

import pandas as pd
import pytest

from salesops_lib import measure, open_book
from salesops_lib.data.demo import planted, write_demo
from salesops_lib.language import locale_of
from salesops_lib.show.numbers import number, use_currency

QUARTER = "2026Q3"
REPS, YEARS = 40, 3


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("with_truths")
    write_demo(folder / "company", reps=REPS, years=YEARS)
    return folder


@pytest.fixture(scope="module")
def review(publish, demo):
    return publish(demo, "company/demo.yml")


@pytest.fixture(scope="module")
def book(demo):
    return open_book(demo / "company" / "demo.yml", period=QUARTER)


def same(shown, measured):
    return (shown is None and (measured is None or math.isnan(measured))) or math.isclose(
        shown, measured, rel_tol=1e-12
    )


def test_every_card_equals_measure(review, book):
    cards = review.rows("cards")
    assert len(cards) >= 14
    with locale_of("en_US"):
        use_currency("USD")
        for card in cards:
            for period, value in (
                ("period", "value"),
                ("previous_period", "previous"),
                ("year_ago_period", "year_ago"),
            ):
                measured = measure(book, card["metric"], card[period]).iloc[0]
                assert same(card[value], measured["value"]), (card["metric"], card[period])
            now = measure(book, card["metric"], QUARTER).iloc[0]
            assert same(card["low"], now["low"])
            assert same(card["high"], now["high"])
            assert number(now["value"], card["unit"], compact=True) in review.text, card["metric"]


def test_every_trend_equals_measure(review, book):
    shown = review.rows("trends")
    assert len({row["period"] for row in shown}) == 8
    for row in shown:
        assert same(row["value"], measure(book, row["metric"], row["period"])["value"].iloc[0]), row


def test_attainment_by_team_and_territory_equals_measure(review, book):
    shown = review.frames("attainment")
    assert len(shown) == 2
    for part, by in zip(shown, ("team", "territory"), strict=True):
        measured = measure(book, ["quota_attainment", "revenue_won", "quota", "reps_at_quota"], QUARTER, by=by)
        wide = measured.pivot(index=by, columns="metric", values="value")
        assert len(part) == len(wide)
        assert sorted(row["attainment"] for row in part) == pytest.approx(sorted(wide["quota_attainment"]))
        assert sum(row["revenue_won"] for row in part) == pytest.approx(
            measure(book, "revenue_won", QUARTER)["value"].iloc[0]
        )
        assert sum(row["quota"] for row in part) == pytest.approx(wide["quota"].sum())


def test_the_decomposition_adds_up_to_the_cent(review, book):
    won = measure(book, "revenue_won", "2026Q2..2026Q3", grain="quarter")["value"]
    change = round((won.iloc[1] - won.iloc[0]) * 100)
    parts = review.rows("change")
    assert sum(round(row["part"] * 100) for row in parts) == change
    (lines,) = review.frames("change_by")
    regions = review.rows("change_by", line="")
    assert sum(round(row["change"] * 100) for row in regions) == change
    total = {row["line"]: row for row in lines if row["line"]}
    for part in parts:
        summed = sum(round(row[part["driver"]] * 100) for row in regions)
        assert summed == round(total["sum"][part["driver"]] * 100)
        assert summed + round(total["mix"][part["driver"]] * 100) == round(part["part"] * 100)


def test_the_ledger_reconciles_and_equals_measure(review, book):
    ledger = pd.DataFrame(review.rows("ledger")).set_index("line")
    for column in ("due", "later", "total"):
        assert ledger[column].drop("closing").sum() == pytest.approx(ledger.loc["closing", column], abs=0.005)
    stock = measure(book, "pipeline_value", "2026Q2..2026Q3", grain="quarter")["value"]
    assert ledger.loc["opening", "total"] == pytest.approx(stock.iloc[0], abs=0.005)
    assert ledger.loc["closing", "total"] == pytest.approx(stock.iloc[1], abs=0.005)
    assert -ledger.loc["won", "total"] == pytest.approx(
        measure(book, "revenue_won", QUARTER)["value"].iloc[0], abs=0.005
    )


def test_coverage_and_funnel_equal_measure(review, book):
    for row in review.rows("coverage", group=""):
        assert same(row["coverage"], measure(book, "pipeline_coverage", "2026Q4")["value"].iloc[0])
        assert same(row["open_pipeline"], measure(book, "pipeline_due", "2026Q4")["value"].iloc[0])
    stages = measure(book, "stage_conversion", QUARTER, by="stage").set_index("stage")
    shown = review.rows("funnel")
    assert len(shown) == len(stages)
    for row in shown:
        assert same(row["conversion"], stages.loc[row["stage"], "value"])
        assert row["entered"] == stages.loc[row["stage"], "n"]


def test_losses_add_up_to_the_deals_lost(review, book):
    assert sum(row["lost"] for row in review.rows("losses")) == measure(book, "deals_lost", QUARTER)["value"].iloc[0]


def test_every_row_read_is_accounted_for(review, demo):
    tables = review.manifest["tables"]
    for table in tables:
        assert table["read"] == table["used"] + table["quarantined"] + table["dropped"]
    total = sum(table["read"] for table in tables)
    lines = sum(len(pd.read_csv(path, dtype=str)) for path in (demo / "company").glob("*.csv"))
    assert total == lines
    assert f"{total:,} rows read = {total:,} used + 0 quarantined + 0 dropped" in review.text


def test_the_planted_truths_are_found(review):
    where = planted(reps=REPS, years=YEARS)
    leaks = [row["stage"] for row in review.rows("funnel") if row["leak"]]
    assert leaks == ["Proposal"]
    assert "The leak is in Proposal" in review.text
    found = {(row["group"], row["week"]) for row in review.rows("signals", signal=True)}
    assert (where["bad_week"]["region"], where["bad_week"]["week"]) in found


def test_what_is_not_planted_is_not_found(publish, tmp_path):
    write_demo(tmp_path / "company", reps=REPS, years=YEARS, without=["leaking_stage", "bad_week"])
    calm = publish(tmp_path, "company/demo.yml")
    assert not any(row["leak"] for row in calm.rows("funnel"))
    assert not calm.rows("signals", signal=True)
    assert "The leak is in" not in calm.text


def test_one_changed_row_moves_the_figures(review, publish, demo, tmp_path):
    shutil.copytree(demo / "company", tmp_path / "company")
    path = tmp_path / "company" / "opportunities.csv"
    deals = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = deals.index[(deals["is_won"] == "true") & (deals["closed_at"].str[:7] == "2026-08")][0]
    deals.loc[row, "amount"] = f"{float(deals.loc[row, 'amount']) + 1_000_000:.2f}"
    deals.to_csv(path, index=False)
    after = publish(tmp_path, "company/demo.yml")
    assert after.card("revenue_won")["value"] == pytest.approx(review.card("revenue_won")["value"] + 1_000_000)
    assert -after.rows("ledger", line="won")[0]["total"] == pytest.approx(after.card("revenue_won")["value"])
    for name in ("change", "change_by", "attainment", "ledger", "trends", "recognition"):
        assert after.rows(name) != review.rows(name), name
    assert after.manifest["data_hash"] != review.manifest["data_hash"]


def test_the_same_inputs_give_the_same_bytes(review, publish, demo):
    assert publish(demo, "company/demo.yml").manifest["files"] == review.manifest["files"]


@pytest.mark.parametrize("table", ["quotas", "opportunity_history"])
def test_a_section_says_what_it_needs(table, publish, demo, tmp_path):
    shutil.copytree(demo / "company", tmp_path / "company")
    path = tmp_path / "company" / "demo.yml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"    {table}:")]
    path.write_text("\n".join(lines))
    text = publish(tmp_path, "company/demo.yml").text
    assert f"This needs the table '{table}'" in text
    assert "Revenue won in 2026 Q3 was" in text


def test_every_row_by_team_stage_week_and_rep_equals_measure(review, book):
    names = {
        "pipeline_due": "open_pipeline",
        "weighted_pipeline_due": "weighted",
        "quota": "quota",
        "pipeline_coverage": "coverage",
    }
    teams = measure(book, list(names), "2026Q4", by="team").set_index(["metric", "team"])["value"]
    for row in review.rows("coverage"):
        for metric, column in names.items():
            assert not row["group"] or same(row[column], teams[metric, row["group"]]), (metric, row["group"])
    within = measure(book, "stage_conversion_in_period", QUARTER, by="stage").set_index("stage")["value"]
    assert all(same(row["in_period"], within[row["stage"]]) for row in review.rows("funnel"))
    weeks = measure(book, "win_rate", QUARTER, by="region", grain="week").set_index(["region", "period"])["value"]
    assert all(same(row["value"], weeks[row["group"], row["week"]]) for row in review.rows("signals"))
    names = {
        "quota_attainment": "attainment",
        "revenue_won": "revenue_won",
        "win_rate": "win_rate",
        "deals_won": "deals",
    }
    reps = measure(book, list(names), QUARTER, by="rep").set_index(["metric", "rep"])["value"]
    named = review.rows("recognition")
    assert len(named) == 3
    for row in named:
        assert all(same(row[column], reps[metric, row["rep"]]) for metric, column in names.items())
    places = ["last_open_stage", "loss_reason"]
    lost = measure(book, ["deals_lost", "amount_lost"], QUARTER, by=places).set_index(["metric", *places])["value"]
    for row in review.rows("losses"):
        assert row["lost"] == lost["deals_lost", row["stage"], row["loss_reason"]]
        assert same(row["amount"], lost["amount_lost", row["stage"], row["loss_reason"]])
