"""The same data through every way in gives the same rows and the same figures; nothing is written into a database."""

import datetime as dt
import gc
from decimal import Decimal

import duckdb
import pytest

from salesops_lib.data.book import open_book
from salesops_lib.data.connection import without_password

ROWS = [
    ("007", "R1", "Won", Decimal("100.10"), dt.datetime(2026, 1, 5, 9, 30), dt.datetime(2026, 2, 5), True),
    ("A2", "R2", "Lost", Decimal("0.00"), dt.datetime(2026, 1, 6), dt.datetime(2026, 3, 5), False),
    ("A3", None, "Propose", Decimal("1250.25"), dt.datetime(2026, 1, 7), None, False),
    ("A3", None, "Propose", Decimal("1250.25"), dt.datetime(2026, 1, 7), None, False),
    ("A4", "NA", "Won", None, dt.datetime(2026, 1, 8), dt.datetime(2026, 3, 9), True),
    ("A5", "R1", "Won", Decimal("7.00"), dt.datetime(2026, 1, 9), dt.datetime(2026, 9, 30), True),
    ("A6", "R1", "Won", Decimal("7.00"), dt.datetime(2026, 1, 9), dt.datetime(9999, 12, 31), True),
]
NAMES = ("opportunity_id", "rep_id", "stage", "amount", "created_at", "closed_at", "is_won")
TYPES = (
    "opportunity_id VARCHAR, rep_id VARCHAR, stage VARCHAR, amount DECIMAL(12, 2), "
    "created_at TIMESTAMP, closed_at TIMESTAMP, is_won BOOLEAN"
)
WAYS = ("csv", "quoted", "glob", "xlsx", "parquet", "parquets", "table", "query", "database_query")


def fill(database, rows):
    connection = duckdb.connect(str(database))
    connection.execute(f"CREATE TABLE deals ({TYPES})")
    connection.executemany("INSERT INTO deals VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return connection


def written(folder, way, rows=ROWS):
    """Write the rows in one way; the settings of the company file for it."""
    connection = fill(folder / "sales.duckdb", rows)
    text = "FORMAT csv, HEADER"
    if way in ("csv", "query"):
        connection.execute(f"COPY deals TO '{folder}/deals.csv' ({text})")
    if way == "quoted":
        connection.execute(f"COPY deals TO '{folder}/deals.csv' ({text}, FORCE_QUOTE *)")
    if way in ("glob", "parquets"):
        kind, ending = (text, "csv") if way == "glob" else ("FORMAT parquet", "parquet")
        for i, condition in enumerate(("rowid < 2", "rowid >= 2")):
            connection.execute(f"COPY (FROM deals WHERE {condition}) TO '{folder}/deals{i}.{ending}' ({kind})")
    if way == "parquet":
        connection.execute(f"COPY deals TO '{folder}/deals.parquet' (FORMAT parquet)")
    connection.close()
    if way == "xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append(NAMES)
        for row in rows:
            book.active.append(row)
        book.save(folder / "deals.xlsx")
    source = {"connect": "duckdb://sales.duckdb"} if way in ("table", "database_query") else {}
    deals = {
        "glob": {"from": "deals*.csv"},
        "xlsx": {"from": "deals.xlsx"},
        "parquet": {"from": "deals.parquet"},
        "parquets": {"from": "deals*.parquet"},
        "table": {"from": "deals"},
        "query": {"query": "SELECT * FROM read_csv('deals.csv', all_varchar = true);"},
        "database_query": {"query": "SELECT * FROM deals"},
    }.get(way, {})
    return deals, source


@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_gives_the_same(desk, way):
    deals, source = written(desk.folder, way)
    book = open_book(desk.company(deals, source={"connect": "duckdb://", **source}))
    audit = book.audit.tables[0]
    assert (audit.read, audit.used, audit.quarantined, audit.dropped) == (7, 4, 2, 1)
    reasons = sorted(book.audit.quarantine["reason"])
    assert reasons[1] == "won without an amount"
    assert reasons[0].startswith("closed_at: 9999-12-31")
    assert reasons[0].endswith("is not a date")
    table = book.table("opportunities")
    rows = table.order_by("opportunity_id").select(
        "opportunity_id", "rep_id", "stage", "amount", "created_at", "is_won"
    )
    assert [tuple(row.values()) for row in rows.to_pyarrow().to_pylist()] == [
        (*row[:5], row[6]) for row in sorted({row for row in ROWS if row[0] not in ("A4", "A6")})
    ]
    assert table.filter(table.is_won).amount.sum().to_pyarrow().as_py() == Decimal("107.10")


def hash_of(company):
    """The hash of a book that is closed again, as a second run would find the data."""
    book = open_book(company)
    connection, found = book.source.connection, book.data_hash
    del book
    gc.collect()
    connection.disconnect()
    return found


def test_a_database_is_read_and_never_written(desk):
    deals, source = written(desk.folder, "table")
    before = (desk.folder / "sales.duckdb").read_bytes()
    for _ in range(2):
        book = open_book(desk.company(deals, source=source))
        assert book.table("states").count().to_pyarrow().as_py() == 7
    assert (desk.folder / "sales.duckdb").read_bytes() == before


def test_a_database_that_is_not_there_is_not_made(desk):
    assert desk.refused({"from": "deals"}, source={"connect": "duckdb://nowhere.duckdb"}) == [
        "key 'source.connect': the connection failed (IOException). "
        "Check the address 'duckdb://nowhere.duckdb' and that its engine is installed."
    ]
    assert not (desk.folder / "nowhere.duckdb").exists()


def test_a_table_that_is_not_there_is_named_with_the_nearest(desk):
    _, source = written(desk.folder, "table")
    assert desk.refused({"from": "deal"}, source=source) == ["the source has no table 'deal'. Did you mean deals?"]


@pytest.mark.parametrize("way", ["csv", "parquet", "table", "query"])
def test_the_hash_of_the_data_is_the_same_twice_and_moves_with_a_value(desk, way):
    deals, source = written(desk.folder, way)
    company = desk.company(deals, source={"connect": "duckdb://", **source})
    first = hash_of(company)
    assert hash_of(company) == first
    (desk.folder / "sales.duckdb").unlink()
    written(desk.folder, way, [row if row[0] != "A5" else (*row[:3], Decimal("8.00"), *row[4:]) for row in ROWS])
    assert hash_of(company) != first


def test_types_that_do_not_fit_are_faults_of_their_rows(desk):
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE deals AS SELECT 'A' || i AS opportunity_id, 'Qualify' AS stage, "
        "CASE i WHEN 0 THEN 'inf'::DOUBLE WHEN 1 THEN 'nan'::DOUBLE ELSE 10.5 END AS amount, "
        "CASE i WHEN 2 THEN NULL ELSE 12.0 END AS rep_id, 20260101 AS close_date FROM range(4) t(i)"
    )
    connection.execute(
        f"COPY (SELECT * EXCLUDE close_date FROM deals) TO '{desk.folder}/deals.parquet' (FORMAT parquet)"
    )
    source = desk.read({"from": "deals.parquet"})
    assert source.audit.quarantine[["row", "reason"]].values.tolist() == [[1, "amount: inf is not an amount"]]
    rows = source.tables["opportunities"].order_by("opportunity_id").select("rep_id", "amount").to_pyarrow().to_pylist()
    assert [(row["rep_id"], row["amount"]) for row in rows] == [
        ("12", None),
        (None, Decimal("10.5")),
        ("12", Decimal("10.5")),
    ]
    connection.execute(f"COPY deals TO '{desk.folder}/deals.parquet' (FORMAT parquet)")
    assert desk.refused({"from": "deals.parquet"})[1:] == [
        "deals.parquet, column 'amount', row 1: inf is not an amount (1 row).",
        "deals.parquet, column 'close_date', rows 2, 3, 4: 20260101 is not a date (3 rows). "
        "Make it a date in a `query`.",
    ]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgres://a:b@host/x", "postgres://***"),
        ("mysql://u@h", "mysql://***"),
        ("mysql://host/x?password=b", "mysql://***"),
        ("duckdb://", "duckdb://"),
        ("duckdb://md:sales?motherduck_token=b", "duckdb://md:sales?***"),
        ("postgres://a:p@ss/w@host/x?sslpassword=b", "postgres://***"),
    ],
)
def test_an_address_is_shown_without_its_server_and_password(address, shown):
    assert without_password(address) == shown
