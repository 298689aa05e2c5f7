"""Tables: a caption, a scope on every header, numbers to the right, every cell escaped, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest
import samples as S
from bs4 import BeautifulSoup

from salesops_lib import show
from salesops_lib.show.grid import Column, grid
from salesops_lib.show.shown import records

TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "change": S.change,
    "change_by": S.change_by,
    "attainment": S.attainment,
    "ledger": S.ledger,
    "coverage": S.coverage,
    "funnel": S.funnel,
    "losses": S.losses,
    "trends": S.trends,
    "signals": S.signals,
    "recognition": S.recognition,
    "audit": S.audit,
    "definitions": S.definitions,
}


def _table(name: str, frame: pd.DataFrame | None = None) -> show.Shown:
    make: Callable[[pd.DataFrame], show.Shown] = getattr(show, f"table_{name}")
    return make(TABLES[name]() if frame is None else frame)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_can_be_read_aloud(name: str) -> None:
    page = BeautifulSoup(_table(name).html, "html.parser")
    assert page.find("caption").get_text()
    assert all(header.get("scope") in ("col", "row") for header in page.find_all("th"))
    body = page.find("tbody").find_all("tr")
    assert all(row.find("th", scope="row") for row in body)
    assert not page.find(["style", "script"])
    assert not page.find(id=True)
    assert page.find("div", class_="scroll")["tabindex"] == "0"


@pytest.mark.parametrize("name", TABLES)
def test_the_same_frame_is_the_same_bytes_and_plain_records(name: str) -> None:
    one, two = _table(name), _table(name)
    assert one == two
    assert json.loads(json.dumps(list(one.records), allow_nan=False)) == list(one.records)
    assert bool(one.records) == (name != "definitions")


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_frame_is_one_line(name: str) -> None:
    shown = _table(name, TABLES[name]().iloc[:0])
    assert shown.html.startswith('<p class="none">')
    assert "nan" not in shown.html.lower()


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("change_by", "group"),
        ("funnel", "stage"),
        ("losses", "loss_reason"),
        ("recognition", "rep_name"),
        ("audit", "note"),
    ],
)
def test_a_hostile_name_is_text(name: str, column: str) -> None:
    frame = TABLES[name]()
    frame[column] = S.HOSTILE
    page = BeautifulSoup(_table(name, frame).html, "html.parser")
    assert not page.find("script")
    assert S.HOSTILE in page.get_text()


def test_numbers_stand_to_the_right_and_null_is_said() -> None:
    page = BeautifulSoup(_table("attainment").html, "html.parser")
    last = page.find("tbody").find_all("tr")[-1]
    assert [cell.get_text() for cell in last.find_all("td")] == ["$12,000", "n/a", "n/a", "n/a", "n/a of 0"]
    assert all("number" in cell["class"] for cell in last.find_all("td"))


def test_the_groups_lead_through_the_mix_to_the_company() -> None:
    totals = S.change_totals()
    totals.loc[1:, ["volume", "win_rate"]] += [10000.0, -10000.0]
    table = show.table_change_by(S.change_by(), totals)
    assert "\nMix between them\t$0\t$0\t$0\t+$10,000\t−$10,000\t$0\nCompany\t$3,900,000" in table.text
    assert "do not add up to the company's" in table.text
    assert BeautifulSoup(table.html, "html.parser").table["class"] == ["grid", "change_by", "totals"]
    assert "company's" not in _table("change_by").text


def test_the_coverage_names_the_win_rate_and_its_span() -> None:
    assert "Required: 1 ÷ win rate by value, 2025 Q4 – 2026 Q3." in _table("coverage").text
    mixed = S.coverage().assign(by_value=[True, True, False])
    assert "or by count where no lost amounts are known" in _table("coverage", mixed).text
    assert "or by count" not in _table("coverage", mixed.assign(rate=[0.4, 0.4, S.NAN])).text


def test_the_ledger_speaks_in_words() -> None:
    text = _table("ledger").text
    assert "Pushed out\t−$900,000\t$900,000\t$0\t85" in text
    assert "before rounding they add up to the cent" in text


def test_the_audit_adds_up_in_words() -> None:
    assert "In all: 12,386 rows read = 12,380 used + 3 quarantined + 3 dropped." in _table("audit").text


def test_records_of_every_kind() -> None:
    frame = pd.DataFrame(
        {
            "a": [pd.NA],
            "b": [pd.Timestamp(2026, 9, 30)],
            "c": [date(2026, 9, 30)],
            "d": [pd.NaT],
            "e": [True],
            "f": [float("inf")],
        }
    )
    assert records(frame) == [
        {"a": None, "b": "2026-09-30T00:00:00", "c": "2026-09-30", "d": None, "e": True, "f": None}
    ]


def test_a_heading_from_data_is_text_too() -> None:
    frame = pd.DataFrame({"a": ["x"]})
    shown = grid(frame, "t", "<i>", [Column(S.HOSTILE, ["x"]), Column("{{m^2}} <b>", ["<u>"])])
    page = BeautifulSoup(shown.html, "html.parser")
    assert [header.get_text() for header in page.thead.find_all("th")] == [S.HOSTILE, "{{m^2}} <b>"]
    assert page.caption.get_text() == "<i>"
    assert page.td.get_text() == "<u>"
    assert not page.find(["script", "b", "i", "u"])
