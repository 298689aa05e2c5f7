"""Lists of records as files: text that no spreadsheet runs, the same bytes each time, whole and beside the report."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import nbformat
import pandas as pd
from openpyxl import load_workbook

from salesops_lib.report.lists import WORKBOOK, files_of, to_xlsx
from salesops_lib.report.run import run

FORMULAS = ['=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1"]
TOLD = {
    "name": "overdue",
    "label": "Close date in the past",
    "fix": "Set the date.",
    "failing": 12,
    "columns": ["opportunity_id", "name", "amount", "close_date"],
    "rows": [[f"O-{i}", name, -5.5, "2026-05-01T00:00:00"] for i, name in enumerate(FORMULAS)],
}
SHOWN = """
from IPython.display import display
told = {told!r}
display({{"text/html": "<p>A list</p>", "application/vnd.salesops.list+json": told}}, raw=True)
"""


def workbook(content):
    return load_workbook(io.BytesIO(content))


def test_no_text_is_a_formula():
    files = dict(files_of([TOLD]))
    assert list(files) == ["fix_overdue.csv", WORKBOOK]
    for row in list(csv.reader(io.StringIO(files["fix_overdue.csv"].decode())))[1:]:
        assert row[1].startswith("'")
        assert row[2] == "-5.5", "a number is a number"
    sheet = workbook(files[WORKBOOK])["overdue"]
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(FORMULAS)
    assert all(cell.quotePrefix for cell in cells)
    assert [cell.value for cell in cells] == FORMULAS
    assert sheet["C2"].value == -5.5
    assert sheet["D2"].value == datetime(2026, 5, 1)


def test_the_first_sheet_says_what_the_others_are():
    book = workbook(dict(files_of([TOLD, {**TOLD, "name": "stale"}]))[WORKBOOK])
    assert book.sheetnames == ["Contents", "overdue", "stale"]
    rows = list(book["Contents"].iter_rows(values_only=True))
    assert rows[0] == ("Sheet", "Check", "Failing", "Rows listed", "What to do")
    assert rows[1] == ("overdue", "Close date in the past", 12, 5, "Set the date.")


def test_what_a_workbook_cannot_hold_is_replaced():
    frame = pd.DataFrame({"name": ["a\x00b\x0bc", "L" * 40_000, None, float("nan"), "2026-99-99"]}, dtype=object)
    sheet = workbook(to_xlsx(pd.DataFrame({"Sheet": ["x"]}), iter([("x", frame)])))["x"]
    values = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert values[0] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    assert len(values[1]) == 32_767
    assert values[2:] == [None, None, "2026-99-99"]


def test_the_same_lists_are_the_same_bytes():
    assert dict(files_of([TOLD])) == dict(files_of([TOLD]))
    assert dict(files_of([])) == {}


def test_lists_are_published_beside_the_report_and_not_in_it(project):
    project.notebook(SHOWN.format(told=TOLD))
    run(project.params, {}, project.out)
    assert {path.name for path in project.report.iterdir()} == {
        "fix_overdue.csv",
        "manifest.json",
        "quarterly_review.html",
        "quarterly_review.ipynb",
        WORKBOOK,
    }
    record = json.loads((project.report / "manifest.json").read_text())
    assert {"fix_overdue.csv", WORKBOOK} <= set(record["files"])
    assert "HYPERLINK" not in json.dumps(record)
    book = nbformat.read(project.report / "quarterly_review.ipynb", as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert outputs
    assert not any("application/vnd.salesops.list+json" in output.get("data", {}) for output in outputs)
