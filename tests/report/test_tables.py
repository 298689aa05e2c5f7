import csv
import io
import json
import zipfile

import nbformat
from openpyxl import load_workbook

from salesops_lib.report.run import run
from salesops_lib.report.tables import files_of, tables_of
from tests.report.test_run import SHOWN

FIGURES = "application/vnd.salesops.figures+json"
ROWS = [
    {"rep": "=1+1", "value": -1.5, "n": 3, "when": "2026-09-30"},
    {"rep": "-Ann", "value": None, "n": 0, "when": None},
]
GRID = "<div><table><caption>Reps &amp; <b>peers</b></caption></table></div>"


def notebook(*outputs):
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_markdown_cell("## Key figures")]
    for html, told in outputs:
        data = {"text/html": html, **({FIGURES: told} if told else {})}
        book.cells.append(nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data)]))
    return book


def test_every_table_once_under_a_name_of_its_own():
    told = {"name": "attainment", "rows": ROWS}
    other = {"name": "Attainment", "rows": ROWS[:1]}
    image = "<figure><figcaption>By team</figcaption></figure>"
    found = list(tables_of(notebook((image, told), (GRID, told), (GRID, other), ("<p>no figures</p>", None))))
    assert [(table.name, table.title, table.section, len(table.frame)) for table in found] == [
        ("attainment", "By team", "Key figures", 2),
        ("Attainment_2", "Reps & peers", "Key figures", 1),
    ]


def test_what_has_no_caption_is_called_as_its_section():
    [table] = tables_of(notebook(("<ul></ul>", {"name": "a/b:c*" + "x" * 40, "rows": ROWS})))
    assert (table.title, table.name) == ("Key figures", "a_b_c_" + "x" * 22)


def test_the_workbook_holds_raw_values_and_no_formula():
    files = dict(files_of(notebook((GRID, {"name": "reps", "rows": ROWS}))))
    assert set(files) == {"tables.xlsx", "tables.zip"}
    book = load_workbook(io.BytesIO(files["tables.xlsx"]))
    assert book.sheetnames == ["Contents", "reps"]
    assert [[cell.value for cell in row] for row in book["Contents"]][1] == ["reps", "Reps & peers", "Key figures", 2]
    sheet = book["reps"]
    assert [cell.value for cell in sheet[2]][:3] == ["=1+1", -1.5, 3]
    assert [sheet["A2"].data_type, sheet["B2"].data_type, sheet["A3"].data_type] == ["s", "n", "s"]
    assert sheet["A2"].quotePrefix
    assert sheet["D2"].is_date


def test_the_csv_keeps_numbers_and_makes_no_formula():
    archive = zipfile.ZipFile(
        io.BytesIO(dict(files_of(notebook((GRID, {"name": "reps", "rows": ROWS}))))["tables.zip"])
    )
    assert archive.namelist() == ["contents.csv", "reps.csv"]
    assert archive.read("reps.csv").decode() == "rep,value,n,when\n'=1+1,-1.5,3,2026-09-30\n'-Ann,,0,\n"
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_start_of_a_formula_is_text_in_both():
    starts = ["=", "+", "-", "@", "\t", "\r", "=cmd|' /C calc'!A0", "@SUM(1)", "-2+3"]
    files = dict(
        files_of(
            notebook(
                (GRID, {"name": "t", "rows": [{start: start} for start in starts[:1]] + [{"=": s} for s in starts]})
            )
        )
    )
    sheet = load_workbook(io.BytesIO(files["tables.xlsx"]))["t"]
    assert {cell.data_type for row in sheet for cell in row} == {"s"}
    text = zipfile.ZipFile(io.BytesIO(files["tables.zip"])).read("t.csv").decode()
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert len(cells) == len(starts) + 2
    assert all(cell.startswith("'") for cell in cells)


def test_lists_in_a_cell_are_one_text():
    [table] = tables_of(notebook((GRID, {"name": "t", "rows": [{"rules": ["a", 1]}]})))
    assert table.frame["rules"].tolist() == ["a; 1"]


def test_tables_are_published_beside_the_report_the_same_bytes_each_time(project):
    project.notebook(SHOWN)
    run(project.params, {}, project.out)
    first = {name: (project.report / name).read_bytes() for name in ("tables.xlsx", "tables.zip")}
    run(project.params, {}, project.out)
    assert first == {name: (project.report / name).read_bytes() for name in first}
    assert set(first) <= set(json.loads((project.report / "manifest.json").read_text())["files"])
