"""Every report, whatever its notebook, accounts for every row that was read: on a company with dirty files."""

import csv

import pytest

from salesops_lib.data.demo import write_demo
from salesops_lib.report.params import MODELS

COPIES, SPOILT, TOTAL = 3, 2, 1


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    """A demo company whose opportunities hold copies, won ones without an amount, and a total; its rows by table."""
    folder = tmp_path_factory.mktemp("dirty")
    write_demo(folder / "company", reps=12, years=2)
    path = folder / "company" / "opportunities.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    place = {name: i for i, name in enumerate(header)}
    won = [row for row in rows if row[place["is_won"]] == "true"]
    spoilt = [[*row] for row in won[:SPOILT]]
    for n, row in enumerate(spoilt):
        row[place["opportunity_id"]], row[place["amount"]] = f"SPOILT{n}", ""
    total = [""] * len(header)
    total[0], total[place["amount"]] = "Total", "1.00"
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([*rows[:COPIES], *spoilt, total])
    counted = {}
    for file in (folder / "company").glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            counted[file.stem] = sum(1 for _ in csv.reader(stream)) - 1
    return folder, counted, won[0][place["rep_id"]]


@pytest.mark.parametrize("report", sorted(MODELS))
def test_rows_read_are_used_quarantined_or_dropped(report, publish, dirty):
    folder, counted, rep = dirty
    more = {"rep": rep} if "rep" in MODELS[report].model_fields else {}
    quarter = "2026Q4" if MODELS[report].looks_ahead else "2026Q3"
    published = publish(folder, "company/demo.yml", quarter, report=report, **more)
    tables = {table["table"]: table for table in published.manifest["tables"]}
    assert {name: table["read"] for name, table in tables.items()} == counted
    for table in tables.values():
        assert table["read"] == table["used"] + table["quarantined"] + table["dropped"], table["table"]
    deals = tables["opportunities"]
    assert (deals["quarantined"], deals["dropped"]) == (SPOILT, COPIES + TOTAL)
    read, aside = sum(counted.values()), SPOILT
    line = (
        f"{read:,} rows read = {read - aside - COPIES - TOTAL:,} used + {aside} quarantined + {COPIES + TOTAL} dropped"
    )
    assert line in published.text
    with (published.folder / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["reason"] for row in csv.DictReader(stream)] == ["won without an amount"] * SPOILT
