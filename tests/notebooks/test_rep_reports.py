"""The published rep comparison and scorecard: figures equal measure's, truths are found, names can be hidden."""

import math
import shutil
import zipfile

import pandas as pd
import pytest
import yaml

from salesops_lib import measure, open_book
from salesops_lib.data.demo import planted, write_demo

QUARTER = "2026Q3"
TRUTHS = ["better_rep", "unfair_leads"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reps")
    write_demo(folder / "company")
    return folder


@pytest.fixture(scope="module")
def book(demo):
    return open_book(demo / "company" / "demo.yml", period=QUARTER)


@pytest.fixture(scope="module")
def comparison(publish, demo):
    return publish(demo, "company/demo.yml", report="rep_comparison", peers="segment")


@pytest.fixture(scope="module")
def scorecard(publish, demo):
    return publish(demo, "company/demo.yml", report="rep_scorecard", rep="Maeve Park", peers="segment")


def same(shown, measured):
    return (shown is None and math.isnan(measured)) or math.isclose(shown, measured, rel_tol=1e-12)


def test_every_figure_of_the_leaderboard_equals_measure(comparison, book):
    shown = comparison.rows("leaderboard")
    metrics = list(dict.fromkeys(row["metric"] for row in shown))
    assert len(metrics) == 9
    direct = measure(book, metrics, QUARTER, by="rep").set_index(["metric", "rep"])
    assert len({row["rep"] for row in shown}) == 35
    for row in shown:
        measured = direct.loc[(row["metric"], row["rep"])]
        for column in ("value", "low", "high", "n"):
            assert same(row[column], measured[column]), (row["metric"], row["rep"], column)


def test_raw_figures_of_four_quarters_equal_measure(comparison, book):
    direct = measure(book, ["win_rate", "revenue_won"], "2025Q4..2026Q3", by="rep").set_index(["metric", "rep"])
    shown = comparison.rows("adjusted")
    assert len(shown) == 70
    for row in shown:
        assert same(row["value"], direct.loc[(row["metric"], row["rep"]), "value"])


def test_both_planted_reps_are_found_and_nobody_else(comparison):
    where = planted()
    better = [
        row["rep"] for row in comparison.rows("adjusted") if row["verdict"] != "not distinguishable" and row["n"] >= 10
    ]
    assert better == [where["better_rep"]["rep"]]
    unfair = [row["rep"] for row in comparison.rows("lead_shares") if row["verdict"] in ("above", "below")]
    assert unfair == [where["unfair_leads"]["rep"]]
    (row,) = comparison.rows("adjusted", metric="win_rate", rep=where["better_rep"]["rep"])
    said = (
        f"Over four quarters and like with like, Maeve Park is better in Win rate: {row['adjusted']:.1%} (95% interval"
    )
    assert said in comparison.text
    assert "Fewer than the even share, beyond chance: Björn Björk" in comparison.text
    assert "This is association: it does not show that copying it makes a rep win more." in comparison.text


def test_what_is_not_planted_is_not_found(publish, tmp_path):
    write_demo(tmp_path / "company", without=TRUTHS)
    calm = publish(tmp_path, "company/demo.yml", report="rep_comparison", peers="segment")
    assert not [row for row in calm.rows("adjusted") if row["verdict"] in ("above", "below")]
    assert not [row for row in calm.rows("lead_shares") if row["verdict"] in ("above", "below")]
    assert "no rep tested differs from the peers beyond chance" in calm.text
    assert "Leads are handed out unevenly" not in calm.text


def test_one_changed_row_moves_the_figures_of_its_rep_alone(comparison, publish, demo, tmp_path):
    shutil.copytree(demo / "company", tmp_path / "company")
    path = tmp_path / "company" / "opportunities.csv"
    deals = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = deals.index[(deals["is_won"] == "true") & (deals["closed_at"].str[:7] == "2026-08")][0]
    deals.loc[row, "amount"] = f"{float(deals.loc[row, 'amount']) + 1000:.2f}"
    deals.to_csv(path, index=False)
    moved = publish(tmp_path, "company/demo.yml", report="rep_comparison", peers="segment")
    for then, now in zip(comparison.rows("leaderboard"), moved.rows("leaderboard"), strict=True):
        change = 1000 if then["metric"] == "revenue_won" and then["rep"] == deals.loc[row, "rep_id"] else 0
        if then["metric"] == "revenue_won":
            assert now["value"] == pytest.approx(then["value"] + change)


def test_a_scorecard_is_of_one_rep_and_equals_the_comparison(scorecard, comparison):
    assert scorecard.folder.name == "R-001"
    assert scorecard.manifest["member"] == {"rep": "R-001", "label": "Maeve Park"}
    shown = {row["metric"]: row for row in scorecard.rows("rep_cards")}
    for row in comparison.rows("leaderboard", rep="R-001"):
        for column in ("value", "low", "high", "peers", "verdict"):
            assert shown[row["metric"]][column] == row[column], (row["metric"], column)
    (row,) = comparison.rows("adjusted", metric="win_rate", rep="R-001")
    assert f"Well done: Win rate like with like in 2025 Q4 – 2026 Q3: {row['adjusted']:.1%}" in scorecard.text
    rates = {row["period"]: row["value"] for row in scorecard.rows("rep_trend", metric="win_rate")}
    fell = f"Win rate {rates['2026Q3']:.1%} after {rates['2026Q2']:.1%}"
    assert f"Worse than in the rep's own 2026 Q2 beyond chance: {fell}" in scorecard.text
    others = set(pd.read_csv(scorecard.folder.parents[3] / "company" / "reps.csv")["name"]) - {"Maeve Park"}
    assert not [name for name in others if name in scorecard.html]


def test_open_deals_of_the_scorecard_are_those_of_the_book(scorecard, book):
    shown = scorecard.rows("ageing")
    measured = measure(book, ["open_opportunities", "pipeline_value"], QUARTER, by="rep")
    mine = measured[measured["rep"] == "R-001"].set_index("metric")["value"]
    assert sum(row["n"] for row in shown) == mine["open_opportunities"]
    assert sum(row["amount"] for row in shown) == pytest.approx(mine["pipeline_value"])


def text_of(path):
    """What a file says; of an archive or a workbook, what the files in it say."""
    if not zipfile.is_zipfile(path):
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist())


def test_with_pseudonyms_no_name_and_no_id_is_anywhere(publish, demo, comparison):
    names = pd.read_csv(demo / "company" / "reps.csv")
    out = demo / "hidden"
    out.mkdir()
    shutil.copytree(demo / "company", out / "company")
    hidden = publish(out, "company/demo.yml", report="rep_comparison", peers="segment", pseudonyms=True)
    publish(out, "company/demo.yml", report="rep_scorecard", rep="Björn Björk", pseudonyms=True)
    people = {*names["name"], *names["rep_id"], *names["manager_id"]}
    written = [path for path in (out / "reports").rglob("*") if path.is_file()]
    assert {path.suffix for path in written} == {".html", ".ipynb", ".json", ".xlsx", ".zip"}
    for path in written:
        text = text_of(path)
        assert not [name for name in people if name in text or name in str(path.relative_to(out))], path
    # The figures are the same, under other names, and the key is beside the company file.
    key = (out / "company" / "demo.pseudonyms.json").read_text(encoding="utf-8")
    assert "R-001" in key
    for metric in ("win_rate", "revenue_won"):
        then, now = (
            sorted(row["value"] for row in report.rows("leaderboard", metric=metric)) for report in (comparison, hidden)
        )
        assert then == now
    assert {row["shown_as"] for row in hidden.rows("personal")} == {"pseudonym", "figure", "name"}


def company(folder, minimum, reps, deals, quotas=""):
    """A small company of CSV files; each deal is a line of rep, won or lost, amount, day of close."""
    lines = ["opportunity_id,rep_id,created_at,closed_at,close_date,stage,amount"]
    lines += [
        f"D{i},{rep},2026-05-01,{day},{day},{stage},{amount}" for i, (rep, stage, amount, day) in enumerate(deals)
    ]
    tables = {"opportunities": {"from": "opportunities.csv"}, "reps": {"from": "reps.csv"}}
    (folder / "opportunities.csv").write_text("\n".join(lines) + "\n")
    (folder / "reps.csv").write_text("rep_id,name,team,territory_id,hired_on,left_on\n" + reps)
    if quotas:
        (folder / "quotas.csv").write_text("rep_id,period_start,period_end,quota\n" + quotas)
        (folder / "assignments.csv").write_text("rep_id,valid_from,territory_id\nA,2026-01-01,T-1\nA,2026-08-03,T-2\n")
        tables |= {"quotas": {"from": "quotas.csv"}, "assignments": {"from": "assignments.csv"}}
    text = {
        "name": "Small",
        "source": {"tables": tables, "data_until": "2026-09-30"},
        "stages": {"open": {"Talk": 0.4}, "won": ["Won"], "lost": ["Lost"]},
        "privacy": {"minimum_group": minimum},
    }
    (folder / "small.yml").write_text(yaml.safe_dump(text))
    return folder


def closed(rep, won, lost):
    return [(rep, "Won", 1000, "2026-08-20")] * won + [(rep, "Lost", 1000, "2026-08-20")] * lost


ODD = """A,Ann,North,T-2,2020-01-01,
B,Kim,North,T-1,2020-01-01,
C,Kim,North,T-1,2026-08-17,
D,Dee,North,T-1,2020-01-01,2026-08-14
E,Eve,North,T-1,2020-01-01,
"""


@pytest.fixture(scope="module")
def odd(publish, tmp_path_factory):
    """Without deals, without quota, hired and left within the quarter, moved within it, two of one name."""
    quotas = "".join(f"{rep},2026-07-01,2026-09-30,9200\n" for rep in "ABCD")
    deals = [*closed("A", 8, 8), *closed("B", 6, 10), *closed("C", 2, 2), *closed("D", 5, 6)]
    folder = company(tmp_path_factory.mktemp("odd"), 5, ODD, deals, quotas)
    return publish(folder, "small.yml", report="rep_comparison")


def test_odd_reps_are_all_there_and_noted(odd):
    notes = {row["rep"]: row["note"] for row in odd.rows("reps")}
    assert notes == {
        "A": "moved from territory T-1 to T-2 on 2026-08-03",
        "B": "",
        "C": "hired on 2026-08-17",
        "D": "left on 2026-08-14",
        "E": "",
    }
    for text in ("hired on 2026-08-17", "left on 2026-08-14", "Kim (B)", "Kim (C)", "moved from territory T-1 to T-2"):
        assert text in odd.text


def test_a_rep_without_deals_or_without_a_quota_has_no_verdict(odd):
    figures = {(row["metric"], row["rep"]): row for row in odd.rows("leaderboard")}
    assert figures[("win_rate", "E")]["value"] is None
    assert figures[("win_rate", "E")]["verdict"] == "none"
    assert figures[("quota_attainment", "E")]["value"] is None
    # Hired on the 17th of August: 45 of the quarter's 92 days of quota.
    assert figures[("quota_attainment", "C")]["value"] == pytest.approx(2000 / (9200 * 45 / 92))
    assert "quotas of reps who joined or left are prorated" in figures[("quota_attainment", "C")]["note"]


def test_one_rep_alone_is_not_ranked(publish, tmp_path):
    folder = company(tmp_path, 1, "A,Ann,North,T-1,2020-01-01,\n", closed("A", 20, 20))
    alone = publish(folder, "small.yml", report="rep_comparison")
    assert "There is nobody to compare with." in alone.text
    assert {row["verdict"] for row in alone.rows("leaderboard")} <= {"none", "too few"}


def test_a_group_below_the_minimum_shows_no_individual_figures(publish, tmp_path):
    reps = "".join(f"{rep},Rep {rep},North,T-1,2020-01-01,\n" for rep in "ABC")
    small = company(tmp_path, 5, reps, [row for rep in "ABC" for row in closed(rep, 10, 10)])
    withheld = publish(small, "small.yml", report="rep_comparison")
    assert "ndividual figures of a group of 3 people are withheld" in withheld.text
    assert not withheld.rows("leaderboard")
    assert not any(f"Rep {rep}" in withheld.html for rep in "ABC")
    card = publish(small, "small.yml", report="rep_scorecard", rep="A")
    assert card.rows("rep_cards")
    assert not any(f"Rep {rep}" in card.html for rep in "BC")
