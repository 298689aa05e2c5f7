"""Monthly Parquet files: nothing is cut to the type of the first one, and every row knows its file."""

from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SAME = "Export them with the same columns, or join them in a `query`."
DAYS = {"created_at": pd.Timestamp("2026-01-05"), "closed_at": pd.Timestamp("2026-02-05")}


def write(desk, **files):
    for name, rows in files.items():
        frame = pd.DataFrame([{"stage": "Won", **DAYS, **row} for row in rows])
        frame.to_parquet(desk.folder / f"{name}.parquet", index=False)


def read(desk, **settings):
    return desk.read({"from": "*.parquet", **settings})


def column(source, name):
    return source.tables["opportunities"].order_by("opportunity_id")[name].to_pyarrow().to_pylist()


def test_amounts_keep_their_cents_after_a_month_of_whole_ones(desk):
    write(desk, a=[{"opportunity_id": "A1", "amount": 100}], b=[{"opportunity_id": "A2", "amount": 0.75}])
    assert column(read(desk), "amount") == [100, Decimal("0.75")]


def test_ids_that_are_numbers_in_one_file_and_text_in_another_are_refused(desk):
    write(desk, a=[{"opportunity_id": 24, "amount": 1}], b=[{"opportunity_id": "0025", "amount": 1}])
    assert desk.refused({"from": "*.parquet"}) == [
        "b.parquet, column 'opportunity_id': it holds text, and in a.parquet numbers. Write both files with one type."
    ]


def test_moments_of_a_zone_and_dates_without_one_are_refused(desk):
    zoned = pd.Timestamp("2026-02-05", tz="UTC")
    row = {"opportunity_id": "A1", "amount": 1}
    write(desk, a=[row], b=[{**row, "opportunity_id": "A2", "closed_at": zoned}])
    assert desk.refused({"from": "*.parquet"}) == [
        "b.parquet, column 'closed_at': it holds moments of a time zone, and in a.parquet dates. "
        "Write both files with one type."
    ]


def test_a_column_that_is_empty_in_one_month_has_any_type(desk):
    row = {"opportunity_id": "A1", "amount": 1, "lead_source": None}
    write(desk, a=[row], b=[{**row, "opportunity_id": "A2", "lead_source": "Web"}])
    assert column(read(desk), "lead_source") == [None, "Web"]


def test_a_column_more_or_fewer_is_refused_as_of_csv(desk):
    row = {"opportunity_id": "A1", "amount": 1}
    write(desk, a=[row], b=[{**row, "opportunity_id": "A2", "probability": 0.5}])
    assert desk.refused({"from": "*.parquet"}) == [
        f"b.parquet: its columns are not those of a.parquet: 'probability' only here. {SAME}"
    ]
    write(desk, b=[{"opportunity_id": "A2"}])
    assert desk.refused({"from": "*.parquet"}) == [
        f"b.parquet: its columns are not those of a.parquet: 'amount' only there. {SAME}"
    ]


def test_a_quarantined_row_is_named_by_its_file_and_place(desk):
    write(
        desk,
        a=[{"opportunity_id": "A1", "amount": 1}, {"opportunity_id": "A2", "amount": 1}],
        b=[{"opportunity_id": "A2", "amount": 1}, {"opportunity_id": "A3", "amount": -1}],
    )
    source = read(desk)
    audit = source.audit.tables[0]
    assert (audit.read, audit.used, audit.quarantined, audit.dropped) == (4, 2, 1, 1)
    assert source.audit.quarantine[["source", "row"]].values.tolist() == [["b.parquet", 2]]


def test_an_id_of_more_digits_than_any_integer(desk):
    ids = pa.array([Decimal(10**25), Decimal(10**25 + 1)], pa.decimal128(38, 0))
    frame = pa.table(
        {"opportunity_id": ids, "stage": ["Won"] * 2, "amount": [1, 2], **{k: [v] * 2 for k, v in DAYS.items()}}
    )
    pq.write_table(frame, desk.folder / "a.parquet")
    assert column(read(desk), "opportunity_id") == ["1" + "0" * 25, "1" + "0" * 24 + "1"]
    tenths = frame.set_column(0, "opportunity_id", pa.array([Decimal("7.00"), Decimal("7.50")], pa.decimal128(9, 2)))
    pq.write_table(tenths, desk.folder / "a.parquet")
    assert column(read(desk), "opportunity_id") == ["7", "7.50"]


def test_64_what_cannot_be_seen_in_an_id_is_taken_out(desk):
    reps = ["R1", "R1\u00a0", "R1\u200b", "Jose\u0301"]
    write(desk, a=[{"opportunity_id": f"A{i}", "amount": 1, "rep_id": rep} for i, rep in enumerate(reps)])
    source = read(desk)
    assert column(source, "rep_id") == ["R1", "R1", "R1", "José"]
    assert "invisible characters were taken out of 1 cell" in source.audit.tables[0].notes


def test_44_amounts_that_are_text_decide_on_their_mark_or_are_refused(desk):
    rows = [{"opportunity_id": f"A{i}", "amount": amount} for i, amount in enumerate(("1.234", "5.678"))]
    write(desk, a=rows)
    assert desk.refused({"from": "*.parquet"}) == [
        "*.parquet, column 'amount': 1.234 is 1234 or 1,234: nothing in the column decides. "
        'Set `decimal` ("." or ",") and `thousands` of the table.'
    ]
    write(desk, a=[*rows, {"opportunity_id": "A2", "amount": "9,50"}])
    assert [float(amount) for amount in column(read(desk), "amount")] == [1234, 5678, 9.5]
