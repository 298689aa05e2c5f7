"""Rows read = used + quarantined + dropped, table by table, whatever the cells of the files hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesops_lib.company import Company
from salesops_lib.data.source import read_source
from salesops_lib.errors import SourceError

DAY = "2026-09-30"
IDS = st.sampled_from(["A1", "007", "1E5", "NA", "", " ", "#REF!"])
DATES = st.sampled_from(["2026-01-05", "2026-02-30", "", "soon", "2026-09-30T23:59:59Z", "9999-12-31", "03/04/2026"])
MONEY = st.sampled_from(["100.00", "-5", "", "1,234.50", "#N/A", "(7)", "0", "1e9", "free"])
STAGES = st.sampled_from(["Won", "Lost", "Qualify", "", " Won "])
TABLES = {
    "opportunities": {"opportunity_id": IDS, "stage": STAGES, "amount": MONEY, "created_at": DATES, "closed_at": DATES},
    "opportunity_history": {"opportunity_id": IDS, "changed_at": DATES, "stage": STAGES, "amount": MONEY},
    "reps": {"rep_id": IDS, "name": IDS, "hired_on": DATES},
    "quotas": {"rep_id": IDS, "period_start": DATES, "period_end": DATES, "quota": MONEY},
    "activities": {"activity_id": IDS, "rep_id": IDS, "happened_at": DATES, "type": STAGES},
}

GOOD = {
    "opportunities": ("G1", "Won", "100.00", "2026-01-05", "2026-02-05"),
    "opportunity_history": ("G1", "2026-01-05", "Qualify", "100.00"),
    "reps": ("G1", "Ann", "2026-01-05"),
    "quotas": ("G1", "2026-01-01", "2026-03-31", "100.00"),
    "activities": ("G1", "G1", "2026-01-05", "Call"),
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@st.composite
def dirty(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    """Rows of each table, a good one and others; some are there twice, some are a cell too short or too long."""
    files = {}
    for name, columns in TABLES.items():
        rows = [list(row) for row in draw(st.lists(st.tuples(*columns.values()), min_size=1, max_size=8))]
        for number, row in enumerate(rows):
            # One id with two meanings is refused, so nearly all are their own.
            row[0] = draw(st.sampled_from([f"K{number}"] * 6 + ["", "#REF!"]))
        rows.append([*GOOD[name]])
        rows += [[*row] for row in rows[: draw(st.integers(0, 2))]]
        for row in rows[: draw(st.integers(0, 1))]:
            row[len(row) - 1 :] = draw(st.sampled_from([[], ["x", "y"]]))
        files[name] = rows
    return files


def test_every_row_of_every_table_is_accounted_for(folder: Path) -> None:
    read = []

    @given(dirty())
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def run(files: dict[str, list[list[str]]]) -> None:
        read.append(check(folder, files))

    run()
    assert sum(read) > 30  # the others are refused


def check(folder: Path, files: dict[str, list[list[str]]]) -> bool:
    """Whether the files are read; if so, whether every row is accounted for."""
    for name, rows in files.items():
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows([list(TABLES[name]), *rows])
        (folder / f"{name}.csv").write_text(stream.getvalue(), encoding="utf-8")
    source = {
        "data_until": DAY,
        "loss_budget": 1,
        "tables": {name: {"from": f"{name}.csv", "optional": True} for name in TABLES},
    }
    content = {"name": "Testers", "stages": {"open": {"Qualify": 0.1}, "won": ["Won"], "lost": ["Lost"]}}
    try:
        found = read_source(Company.model_validate({**content, "source": source, "folder": folder}))
    except SourceError:
        return False
    for audit in found.audit.tables:
        blank = sum(not any(cell.strip() for cell in row) for row in files[audit.table])
        assert audit.read == len(files[audit.table]) - blank, audit
        assert audit.read == audit.used + audit.quarantined + audit.dropped, audit
        assert found.tables[audit.table].count().to_pyarrow().as_py() == audit.used
        aside = found.audit.quarantine
        assert (aside["table"] == audit.table).sum() == audit.quarantined
    return True
