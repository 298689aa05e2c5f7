"""Ten thousand damaged exports: each gives the right total, a count that explains what is missing, or a rejection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from salesops_lib.company import Company
from salesops_lib.data.source import Source, read_source
from salesops_lib.errors import SalesOpsError
from tests.data import exports

DAY = "2026-09-30"
NUMBER = st.integers(0, 9999)
STEP = st.tuples(st.sampled_from(sorted(exports.STEPS)), NUMBER, NUMBER, NUMBER)
DAMAGED = st.tuples(st.lists(STEP, min_size=1, max_size=3), st.sampled_from("ccx"), NUMBER, NUMBER, st.integers(0, 9))
CUT = "its last line has no line end"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def read(folder: Path, data: bytes) -> Source:
    (folder / "deals.csv").write_bytes(data)
    content = {
        "name": "Testers",
        "stages": {"open": {"Qualify": 0.1}, "won": ["Won"], "lost": ["Lost"]},
        "source": {"data_until": DAY, "tables": {"opportunities": "deals.csv"}},
        "folder": folder,
    }
    return read_source(Company.model_validate(content))


def check(folder: Path, damaged: tuple) -> str:
    """Read a damaged export; what became of it."""
    steps, kind, a, b, cut = damaged
    export = exports.start()
    for name, *numbers in steps:
        exports.STEPS[name](export, *numbers)
    data = exports.as_xlsx(export, a) if kind == "x" else exports.as_csv(export, a, b)
    is_cut = cut == 0
    if is_cut:
        data = data[: (a * 9973 + b) % max(len(data), 1)]
    try:
        source = read(folder, data)
    except SalesOpsError as error:
        said = str(error)
    else:
        return judged(source, export, ragged=kind == "x", is_cut=is_cut)
    assert said.startswith("deals.csv"), said
    return "rejected"


def judged(source: Source, export: exports.Export, *, ragged: bool, is_cut: bool) -> str:
    """Whether what was read of an export is right, counted, or cut off and said to be."""
    audit = source.audit.tables[0]
    assert audit.read == audit.used + audit.quarantined + audit.dropped
    assert len(source.audit.quarantine) == audit.quarantined
    rows = source.tables["opportunities"].select("opportunity_id", "is_won", "amount").to_pyarrow().to_pylist()
    used = Counter((row["opportunity_id"], row["is_won"], row["amount"]) for row in rows)
    may = export.readable(ragged=ragged)
    strange = used - may
    if is_cut:
        # The row that was cut may be read with what is left of it, and that is said.
        assert strange.total() <= 1, strange
        assert not strange or any(note.startswith(CUT) for note in audit.notes), strange
        return "cut"
    assert not strange, (strange, audit.notes)
    assert audit.read == len(export.data_rows()), audit
    total = sum(amount or 0 for _id, won, amount in may.elements() if won)
    found = sum(row["amount"] or 0 for row in rows if row["is_won"])
    if audit.used == audit.read:
        assert found == total
        return "right"
    assert (may - used).total() <= audit.quarantined + audit.dropped
    return "counted"


@given(DAMAGED)
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_damaged_export_is_read_right_counted_or_rejected(folder, damaged):
    check(folder, damaged)


@pytest.mark.soak
def test_ten_thousand_damaged_exports(folder, record_property):
    seen: Counter[str] = Counter()

    @given(DAMAGED)
    @settings(
        max_examples=10_000,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        database=None,
    )
    def run(damaged):
        seen[check(folder, damaged)] += 1

    run()
    assert min(seen[each] for each in ("right", "counted", "rejected")) > 500, seen
    assert seen["cut"] > 20, seen
    record_property("figure", f"damaged exports: {dict(seen)}, {seen.total()} in all, no traceback, no silent change")


def test_the_undamaged_export_is_read_whole(folder):
    data = exports.as_csv(exports.start(), 0, 0)
    source = read(folder, data)
    assert (source.audit.tables[0].used, source.audit.tables[0].notes) == (exports.LENGTH, ())
    total = sum(row["amount"] for row in source.tables["opportunities"].to_pyarrow().to_pylist() if row["is_won"])
    # 16 won: 1000 + 137 i and 10 + 3 i cents for i of 0, 1, 3, 4 ... 21, 22
    places = [i for i in range(24) if i % 3 != 2]
    assert total * 100 == sum(100_000 + 13_700 * i + 10 + 3 * i for i in places)
