"""Tables and cards of a forecast: read aloud, short in sight, hostile names escaped, and found again in a manifest."""

from __future__ import annotations

import json
from collections.abc import Callable

import forecast_samples as F
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from salesops_lib import show

TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "outlook": F.outlook,
    "fan": F.fan,
    "views": F.views,
    "parts": F.parts,
    "scoreboard": F.scoreboard,
    "methods": F.methods,
    "track_record": F.track_record,
    "needs": F.needs,
    "risks": F.risks,
    "open_deals": F.open_deals,
    "submissions": F.submissions,
    "commitments": F.commitments,
    "runs": F.runs,
    "runs_accuracy": F.runs_accuracy,
    "goals": F.goals,
}
NAMED: dict[str, Callable[[], pd.DataFrame]] = {
    "outlook": lambda: F.outlook(F.HOSTILE_NAMES),
    "fan": lambda: F.fan(F.HOSTILE_NAMES),
    "views": lambda: F.views(F.HOSTILE).assign(view=[*F.views(F.HOSTILE)["view"][:7], "L" * 200]),
    "scoreboard": lambda: F.scoreboard(F.HOSTILE).replace({"method": {"best_case": "L" * 200}}),
    "risks": lambda: F.risks(F.HOSTILE, "L" * 200),
    "open_deals": lambda: F.open_deals(names=F.HOSTILE_NAMES).assign(stage=F.HOSTILE, account=F.HOSTILE),
    "submissions": lambda: F.submissions(F.HOSTILE).replace({"category": {"best_case": "L" * 200}}),
    "commitments": lambda: F.commitments(F.HOSTILE_NAMES),
    "goals": lambda: F.goals(F.HOSTILE_NAMES),
}


def _table(name: str, frame: pd.DataFrame | None = None) -> show.Shown:
    make: Callable[[pd.DataFrame], show.Shown] = getattr(show, f"table_{name}")
    return make(TABLES[name]() if frame is None else frame)


def _cells(shown: show.Shown) -> list[list[str]]:
    rows = BeautifulSoup(shown.html, "html.parser").find("tbody").find_all("tr")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_can_be_read_aloud(name: str) -> None:
    page = BeautifulSoup(_table(name).html, "html.parser")
    for table in page.find_all("table"):
        assert table.caption.get_text()
        assert all(row.find("th", scope="row") for row in table.find("tbody").find_all("tr"))
    assert all(header.get("scope") in ("col", "row") for header in page.find_all("th"))
    assert not page.find(["style", "script"])


@pytest.mark.parametrize("name", TABLES)
def test_the_same_frame_is_the_same_bytes_and_plain_records_of_all_its_rows(name: str) -> None:
    frame = TABLES[name]()
    before = frame.copy()
    one, two = _table(name, frame), _table(name, frame)
    assert one == two
    assert len(one.records) == len(frame)
    assert json.loads(json.dumps(list(one.records), allow_nan=False)) == list(one.records)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", ["runs", "runs_accuracy"])
def test_what_a_sentence_says_is_lacking_is_no_second_line(name: str) -> None:
    assert _table(name, TABLES[name]().iloc[:0]).html == ""


@pytest.mark.parametrize("name", [each for each in TABLES if not each.startswith("runs")])
def test_an_empty_frame_is_one_line(name: str) -> None:
    shown = _table(name, TABLES[name]().iloc[:0])
    assert shown.html.startswith('<p class="none">')
    assert not shown.records


@pytest.mark.parametrize("name", NAMED)
def test_a_hostile_name_is_text(name: str) -> None:
    page = BeautifulSoup(_table(name, NAMED[name]()).html, "html.parser")
    assert not page.find("script")
    text = page.get_text()
    assert "<script>alert(1)</script> $x^$" in text
    assert "L" * 200 in text


@pytest.mark.parametrize("count", [12, 14, 15, 40])
def test_twelve_rows_are_in_sight_and_the_others_behind_their_number(count: int) -> None:
    shown = show.table_open_deals(F.open_deals(count))
    page = BeautifulSoup(shown.html, "html.parser")
    sizes = [len(table.find("tbody").find_all("tr")) for table in page.find_all("table")]
    assert sizes == ([count] if count <= 14 else [12, count - 12])
    summary = page.find("summary")
    assert (summary.get_text() if summary else "") == ("" if count <= 14 else f"{count - 12} more rows")
    assert len(shown.records) == count


def test_of_very_many_deals_the_smallest_are_a_sum() -> None:
    shown = show.table_open_deals(F.open_deals(130))
    assert len(shown.records) == 100
    assert shown.text.endswith("30 more open deals add $25.7K in all.")
    assert "\n1,150 more open deals add " in show.table_open_deals(F.open_deals(1250)).text


def test_an_unknown_amount_and_a_default_chance_are_marked_and_explained() -> None:
    cells = _cells(show.table_open_deals(F.open_deals(7)))
    assert cells[0][:3] == ["Plant in Ohio", "Acme", "Ann Bell"]
    assert cells[6][4] == "unknown *"
    assert [row[5] for row in cells] == ["24%", "24%", "24%", "24%", "24% °", "24%", "24%"]
    text = show.table_open_deals(F.open_deals(7)).text
    assert "° from the company file" in text
    assert "stands for an unknown amount" in text
    assert "°" not in show.table_open_deals(F.open_deals(4)).text


def test_cards_and_table_carry_the_same_outlook_for_the_manifest() -> None:
    cards, table = show.outlook_cards(F.outlook()), show.table_outlook(F.outlook())
    assert cards.name == table.name == "outlook"
    assert list(cards.records) == list(table.records)
    company = cards.records[0]
    assert {"level", "group", "period", "mean", "lo-80", "hi-80", "lo-95", "hi-95", "closed", "chance"} <= set(company)
    assert (company["level"], company["group"], company["period"]) == ("company", "", "2026Q4")
    assert (company["mean"], company["lo-80"], company["hi-80"]) == (4.2e6, 3.8e6, 4.6e6)
    assert len(cards.records) == 8


def test_a_part_of_the_outlook_is_not_recorded_as_an_outlook() -> None:
    from salesops_lib.show.drawings import published

    shown = [published(ax) for ax in show.plot_outlooks(F.outlook())]
    assert [one.name for one in shown] == ["outlook_by", "outlook_by"]


def test_goals_and_earlier_runs_are_recorded_under_their_names() -> None:
    assert show.table_goals(F.goals()).name == "goals"
    runs = show.table_runs(F.runs())
    assert runs.name == "earlier_runs"
    assert {"made_as_of", "period", "level", "group", "forecast", "lo-80", "hi-95"} <= set(runs.records[0])
    assert [row["forecast"] for row in runs.records] == F.runs()["forecast"].tolist()
    assert [row[0] for row in _cells(runs)] == ["2026 Q4", "2026 Q3", "2026 Q2", "2026 Q3"]


def test_the_cards_say_the_quarter() -> None:
    assert show.outlook_cards(F.outlook()).text.split("\n\n") == [
        "Expected revenue, 2026 Q4: $4.2M\n80% range $3.8M–$4.6M\n95% range: $3.5M–$4.9M\nWon so far: $120K",
        "Probability of the quota: 31%\nQuota: $4.5M\nExpected short of it: $300K",
        "Against a year ago: +11%\n80% range 0% to +21%\nA year ago: $3.8M",
        "Weight of the pipeline: 62%\n120 open deals\nPipeline alone says: $4.3M\nHistory alone says: $4M",
    ]
    none = show.outlook_cards(F.company(quota=F.NAN, chance=F.NAN, gap=F.NAN)).text
    assert "Probability of the quota: n/a\nThere is no quota of this quarter." in none


def test_the_outlook_s_table_holds_range_chance_and_growth() -> None:
    cells = _cells(show.table_outlook(F.outlook()))
    assert cells[0] == [
        "Company", "Company", "$4,200,000", "$3,800,000–$4,600,000", "$120,000", "$4,500,000", "31%",
        "+11% (0% to +21%)",
    ]  # fmt: skip
    assert cells[1][0:2] == ["North", "Region"]
    assert cells[1][6] == "over 99%"
    assert cells[5][5:7] == ["n/a", "n/a"]
    begun = show.table_outlook(F.outlook().assign(closed=0.0)).text
    assert "Won so far" not in begun


def test_the_scoreboard_marks_only_what_is_proven() -> None:
    cells = {row[0]: row[1:] for row in _cells(show.table_scoreboard(F.scoreboard()))}
    assert cells["This forecast"] == ["8.1% ▲", "–", "–"]
    assert cells["Pipeline"] == ["9.0%", "9.0%", "9.0%"]
    assert cells["Best case"] == ["31.0% ▼"] * 3
    assert next(iter(cells)) == "This forecast"
    assert "no mark: not proven." in show.table_scoreboard(F.scoreboard()).text


def test_a_negative_bound_is_not_hidden_by_a_dash() -> None:
    assert "−16.0 pp to +24.0 pp" in show.table_scoreboard(F.scoreboard().assign(low=-0.16, high=0.24)).text
    assert "+7% (−10% to +20%)" in show.table_methods(F.methods()).text


def test_risks_and_runs_without_a_figure_have_a_dash_or_na() -> None:
    cells = {row[0].partition(":")[0]: row for row in _cells(show.table_risks(F.risks()))}
    assert cells["Slipping"][1:] == ["–", "38.0%", "–", "–", "–"]
    assert cells["Coverage"][2:4] == ["1.10x", "1.36x"]
    assert cells["Overdue"][4] == "−$120,000"
    this = _cells(show.table_runs(F.runs()))[0]
    assert (this[0], this[6], this[8]) == ("2026 Q4", "n/a", "n/a")


def test_needs_say_in_how_many_quarters_each_was_reached() -> None:
    cells = _cells(show.table_needs(F.needs()))
    assert [row[-1] for row in cells] == ["3 of 8", "1 of 8", "0 of 8"]
    assert cells[0][1:3] == ["24.1%", "27.0%"]
    assert cells[2][1:3] == ["$19,800", "$21,256"]


def test_notes_say_why_figures_of_one_name_differ() -> None:
    needs = F.needs()
    usual = "Usual: the median of what came in earlier quarters"
    assert "pipeline alone" not in show.table_needs(needs).text
    for more, told in ((-0.03, "3% less than"), (0.12, "12% more than"), (0.004, "")):
        needs.attrs["more_than_pipeline"] = more
        text = show.table_needs(needs).text
        assert usual in text
        assert ("Expected now: " in text) == bool(told)
        assert f"{told} the pipeline alone expects, as history counts too." in text or not told
    deals, weight = F.open_deals(4), "which weighs 62% in the forecast."
    assert weight in show.table_open_deals(deals, F.company()).text
    assert "weighs" not in show.table_open_deals(deals, F.company(weight=1.0)).text
    assert "weighs" not in show.table_open_deals(deals).text
    assert "× the weight of that view" in show.table_risks(F.risks()).text
    assert "× the weight" not in show.table_risks(F.risks().query("risk == 'coverage'")).text
