"""Bad inputs in columns that a database has typed: on both engines one message, one count, one figure."""

import duckdb
import pytest
import yaml

from salesops_lib import open_book
from salesops_lib.errors import SalesOpsError

COLUMNS = {
    "opportunity_id": "text",
    "rep_id": "text",
    "name": "text",
    "currency": "text",
    "stage": "text",
    "amount": "numeric(18,2)",
    "probability": "double precision",
    "close_date": "date",
    "created_at": "timestamp",
    "closed_at": "timestamptz",
}
GOOD = {
    "rep_id": "R1",
    "name": "Deal",
    "currency": "USD",
    "stage": "Won",
    "amount": "100.00",
    "probability": "0.5",
    "close_date": "2026-02-05",
    "created_at": "2026-01-05 10:00:00",
    "closed_at": "2026-02-05 10:00:00+00",
}
ENGINES = ["duckdb", "postgres"]


@pytest.fixture(params=ENGINES)
def opened(request, tmp_path):
    """Opens a book of twenty good deals and these, each a change of a good one; `types` are other column types."""

    def fill(deals, types, good):
        columns = {**COLUMNS, **types}
        rows = [{**GOOD, **good, "opportunity_id": f"G{i}"} for i in range(20)]
        rows += [{**GOOD, "opportunity_id": f"B{i}", **deal} for i, deal in enumerate(deals)]
        create = "CREATE TABLE sales.deals (" + ", ".join(f"{name} {kind}" for name, kind in columns.items()) + ")"
        return create, columns, [tuple(row.get(name) for name in columns) for row in rows]

    def opened(*deals, types=None, settings=None, query=None, good=None):
        create, columns, rows = fill(deals, types or {}, good or {})
        address = "duckdb://deals.duckdb"
        if request.param == "duckdb":
            connection = duckdb.connect(str(tmp_path / "deals.duckdb"))
            connection.execute("CREATE SCHEMA sales")
            connection.execute(create)
            slots = ", ".join(f"${i + 1}::{kind}" for i, kind in enumerate(columns.values()))
            connection.execute("SET timezone = 'UTC'")
            connection.executemany(f"INSERT INTO sales.deals VALUES ({slots})", rows)
            connection.close()
        else:
            server = request.getfixturevalue("planted")
            address = server.address
            with server.connect() as connection:
                connection.execute("SET timezone = 'UTC'")
                connection.execute("DROP SCHEMA IF EXISTS sales CASCADE")
                connection.execute("CREATE SCHEMA sales")
                connection.execute(create)
                slots = ", ".join(f"%s::text::{kind}" for kind in columns.values())
                connection.cursor().executemany(f"INSERT INTO sales.deals VALUES ({slots})", rows)
        table = {"query": query} if query else {"from": "sales.deals"}
        content = {
            "name": "Testers",
            "timezone": "America/New_York",
            "stages": {"open": {"Open": 0.5}, "won": ["Won"], "lost": ["Lost"]},
            "source": {
                "connect": address,
                "data_until": "2026-09-30",
                "loss_budget": 0.5,
                "tables": {"opportunities": {**table, **(settings or {})}},
            },
        }
        path = tmp_path / "company.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return open_book(path)

    return opened


def reasons(book):
    return list(book.audit.quarantine["reason"])


def deal(book, identifier, column):
    rows = book.source.tables["opportunities"]
    return rows.filter(rows.opportunity_id == identifier)[column].to_pyarrow().to_pylist()[0]


@pytest.mark.parametrize(
    ("change", "types", "reason"),
    [
        ({"amount": None}, {}, "won without an amount"),
        ({"amount": "-1"}, {}, "the amount is negative"),
        ({"amount": "NaN"}, {"amount": "double precision"}, "won without an amount"),
        ({"amount": "1e16"}, {"amount": "double precision"}, "amount: 1e+16 is not an amount"),
        ({"close_date": "9999-12-31", "closed_at": None}, {}, "close_date: 9999-12-31 is not a date"),
        ({"close_date": "0001-01-01", "closed_at": None}, {}, "close_date: 0001-01-01 is not a date"),
        ({"closed_at": "2026-01-04 10:00:00+00"}, {}, "closed before it was created"),
        ({"closed_at": "2026-10-01 10:00:00+00"}, {}, "closed in the future"),
        ({"closed_at": None, "close_date": None}, {}, "closed without a date"),
        ({"stage": None}, {}, "the stage is empty"),
        ({"stage": "   "}, {}, "the stage is empty"),
        ({"opportunity_id": " \u200b"}, {}, "opportunity_id is empty"),
        ({"name": "#N/A"}, {}, "name: #N/A is not text"),
        ({"probability": "101"}, {}, "the probability is not between 0 and 100 %"),
        ({"amount": "1,2,3"}, {"amount": "text"}, "amount: 1,2,3 is not an amount"),
        ({"closed_at": "2026-02-30"}, {"closed_at": "text"}, "closed_at: 2026-02-30 is not a date"),
        ({"closed_at": "yesterday"}, {"closed_at": "text"}, "closed_at: yesterday is not a date"),
    ],
)
def test_what_cannot_be_used_is_quarantined_with_its_reason(opened, change, types, reason):
    book = opened(change, types=types)
    assert reasons(book) == [reason]
    (audit,) = book.audit.tables
    assert (audit.read, audit.used, audit.quarantined, audit.dropped) == (21, 20, 1, 0)


@pytest.mark.parametrize("opened", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("change", "types", "reason"),
    [
        ({"amount": "Infinity"}, {"amount": "double precision"}, "amount: Infinity is not an amount"),
        ({"amount": "NaN"}, {"amount": "numeric"}, "amount: NaN is not an amount"),
        ({"amount": "1e200"}, {"amount": "numeric"}, f"amount: 1{'0' * 39} is not an amount"),
        ({"close_date": "infinity", "closed_at": None}, {}, "close_date: infinity is not a date"),
        ({"close_date": "0044-03-15 BC", "closed_at": None}, {}, "close_date: 0044-03-15 BC is not a date"),
    ],
)
def test_what_postgres_writes_in_words_of_its_own(opened, change, types, reason):
    assert reasons(opened(change, types=types)) == [reason]


@pytest.mark.parametrize(
    ("column", "kind", "written", "read"),
    [
        ("amount", "text", "1.234,56", 1234.56),
        ("amount", "text", "USD 1.234.567,8", 1234567.8),
        ("amount", "double precision", "0.1", 0.1),
        ("amount", "bigint", "250", 250),
        ("amount", "numeric(18,6)", "0.00005", 0.0001),
        ("name", "text", "Jose\u0301\u200b\u00a0Sa\u0007raiva \t", "José Saraiva"),
        ("name", "text", "two\r\nlines", "two lines"),
        ("name", "text", "", None),
        ("rep_id", "text", "007", "007"),
        ("rep_id", "double precision", "7", "7"),
        ("rep_id", "text", "NA", "NA"),
        ("probability", "text", "31%", 0.31),
    ],
)
def test_a_cell_is_read_as_that_of_a_file(opened, column, kind, written, read):
    settings = {"decimal": ","} if "," in written else {}
    query = "SELECT * FROM sales.deals WHERE opportunity_id = 'B0'"
    change = {"amount": "100", "stage": "Open", column: written}
    book = opened(
        change, types={"amount": "text", column: kind}, settings=settings, query=query, good={column: written}
    )
    found = deal(book, "B0", column)
    assert (float(found) if column in ("amount", "probability") else found) == read


def test_invisible_characters_are_counted(opened):
    book = opened({"name": "A\u200bB"}, {"name": "A\u0007B"}, {"name": "two\nlines"})
    assert "invisible characters were taken out of 2 cells" in book.audit.tables[0].notes


def test_a_moment_with_a_zone_is_the_company_s_day_and_one_without_is_its_wall_clock(opened):
    book = opened({"closed_at": "2026-07-01 03:59:59+00", "close_date": None, "created_at": "2026-06-30 23:00:00"})
    assert deal(book, "B0", "closed_at").isoformat() == "2026-06-30T23:59:59"
    assert deal(book, "B0", "created_at").isoformat() == "2026-06-30T23:00:00"
    assert deal(book, "B0", "close_date").isoformat() == "2026-06-30"


@pytest.mark.parametrize(
    ("form", "written", "read"),
    [
        ("%d/%m/%Y", "25/12/2025", "2025-12-25T00:00:00"),
        ("%m/%d/%y", "12/25/25", "2025-12-25T00:00:00"),
        ("%d %b %Y", "25 Dec 2025", "2025-12-25T00:00:00"),
        ("%B %d, %Y", "December 25, 2025", "2025-12-25T00:00:00"),
        ("%d.%m.%Y %H:%M:%S", "25.12.2025 23:59:58", "2025-12-25T23:59:58"),
        ("%m/%d/%Y %I:%M %p", "12/25/2025 11:30 PM", "2025-12-25T23:30:00"),
        ("%Y-%m-%d %H:%M%z", "2025-12-25 03:30+0100", "2025-12-24T21:30:00"),
        ("%Y%m%d", "20251225", "2025-12-25T00:00:00"),
    ],
)
def test_a_declared_date_format_is_read_from_text(opened, form, written, read):
    settings = {"date_format": {"created_at": form}}
    query = f"SELECT *, '{written}' AS born FROM sales.deals"
    book = opened(query=query, settings={**settings, "columns": {"created_at": "born"}})
    assert deal(book, "G0", "created_at").isoformat() == read


def test_a_date_that_does_not_fit_its_format_is_quarantined(opened):
    types, settings = {"created_at": "text"}, {"date_format": {"created_at": "%d/%m/%Y"}}
    good = {**GOOD, "created_at": "05/01/2026"}
    book = opened(
        *({**good, "opportunity_id": f"N{i}"} for i in range(30)),
        {**good, "created_at": "30/02/2026"},
        {**good, "created_at": "1 May"},
        types=types,
        settings=settings,
        query="SELECT * FROM sales.deals WHERE opportunity_id NOT LIKE 'G%'",
    )
    assert sorted(reasons(book)) == ["created_at: 1 May is not a date", "created_at: 30/02/2026 is not a date"]


@pytest.mark.parametrize(
    ("deals", "types", "message"),
    [
        (({"stage": "Wonn"},), {}, "the stage 'Wonn' (1 row) is not in the company file."),
        (({"currency": "EUR"},), {}, "amounts are in EUR and the company's currency is USD."),
        (({"probability": "50"},), {}, "some are given as 0-1 and others as 0-100."),
        (
            ({"opportunity_id": "G0", "amount": "7"},),
            {},
            "the same opportunity_id has different values: G0.",
        ),
    ],
)
def test_what_puts_the_whole_table_in_doubt_is_a_rejection(opened, deals, types, message):
    with pytest.raises(SalesOpsError) as caught:
        opened(*deals, types=types)
    assert message in str(caught.value)
    assert caught.value.exit_code == 3


def test_exact_copies_are_dropped_and_counted(opened):
    book = opened({"opportunity_id": "G0"}, {"opportunity_id": " G1 "})
    (audit,) = book.audit.tables
    assert (audit.read, audit.used, audit.dropped) == (22, 20, 2)


@pytest.mark.parametrize("table", ["deals", "sales.nowhere", "nowhere.deals"])
def test_a_table_that_is_not_there_is_named(opened, table):
    with pytest.raises(SalesOpsError) as caught:
        opened(settings={"from": table})
    assert str(caught.value).startswith(f"the source has no table '{table}'.")


def test_a_query_that_fails_says_why(opened):
    with pytest.raises(SalesOpsError) as caught:
        opened(query="SELECT nothing FROM sales.deals")
    assert str(caught.value).startswith("query of opportunities: it failed: ")
    assert "nothing" in str(caught.value)


def test_a_column_of_a_type_that_means_nothing_here_is_its_text(opened):
    query = "SELECT opportunity_id, rep_id, stage, amount, closed_at, ARRAY['a', 'b'] AS labels FROM sales.deals"
    book = opened(types={"rep_id": "varchar(2)"}, query=query, settings={"columns": {"tags": "labels"}})
    assert book.extras("opportunities") == ("tags",)
    assert set(deal(book, "G0", "tags")) >= {"a", "b"}
