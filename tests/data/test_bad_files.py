"""Files that cannot be read as they are: rejected, mended or quarantined, with what is said of it."""

import io

import openpyxl
import pytest

ONE_OR_LATEST = "Keep one row for each, or name the column that tells the latest under `latest_by`."

HEADER = "opportunity_id,stage,amount,created_at,closed_at\n"
ROW = "A1,Won,100.00,2026-01-05,2026-02-05\n"


def ids(source):
    return source.tables["opportunities"].order_by("opportunity_id").opportunity_id.to_pyarrow().to_pylist()


def notes(source, table="opportunities"):
    return next(each.notes for each in source.audit.tables if each.table == table)


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


SHEET = ("Deals", [HEADER.strip().split(","), ["A1", "Won", 100, "2026-01-05", "2026-02-05"]])
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 deals"

REJECTED = {
    "1 empty": (b"", "deals.csv: is empty. Export it again."),
    "1 blank": (b" \r\n \r\n", "deals.csv: is empty. Export it again."),
    "2 header only": (
        HEADER,
        "deals.csv: has a header and no rows. Set `optional: true` for opportunities if it may be empty.",
    ),
    "3 login page": (
        "\n<!DOCTYPE html><html><body>Sign in</body></html>",
        "deals.csv: is a web page, such as a login page, and not data. Sign in and export it again.",
    ),
    "4 cp1252": (
        (HEADER + ROW).replace("A1", "Ärzte").encode("cp1252"),
        "deals.csv: is not utf-8 text. Set `encoding`, such as cp1252.",
    ),
    "12 unclosed quote": (
        HEADER + ROW + 'A2,"Won,100.00,2026-01-05,2026-02-05\n' + ROW,
        "deals.csv: line 3: a quote is opened and never closed. Mend that line or export it again.",
    ),
    "12 text after a quote": (
        HEADER + ROW + 'A2,"Won"x,100.00,2026-01-05,2026-02-05\n' + ROW,
        "deals.csv: line 3: ',' expected after '\"'. Mend that line or export it again.",
    ),
    "15 duplicate header": (
        HEADER.replace("amount", "stage") + ROW,
        "deals.csv: the header has 'stage' more than once. Name each column once.",
    ),
    "an old workbook": (OLD_WORKBOOK, "deals.csv: is a workbook of the old kind (.xls). Save it as .xlsx or CSV."),
    "a damaged workbook": (b"PK\x03\x04 and no more", "deals.csv: is damaged or not a workbook. Export it again."),
    "24 several sheets": (
        workbook(SHEET, ("Notes", [["x"]])),
        "deals.csv: has several sheets (Deals, Notes). Name one under `sheet`.",
    ),
}


@pytest.mark.parametrize(("data", "message"), REJECTED.values(), ids=REJECTED)
def test_a_file_that_cannot_be_read_is_rejected(desk, data, message):
    desk.write(deals_csv=data)
    assert desk.refused() == [message]


def test_a_missing_file_is_named_as_the_company_file_names_it(desk):
    assert desk.refused() == [
        "deals.csv: does not exist. Check `from` of the table opportunities; it is relative to the company file."
    ]


def test_an_absolute_path_is_shown_by_its_name(desk):
    absolute = str(desk.folder / "deals.csv")
    assert desk.refused({"from": absolute})[0].startswith("deals.csv: does not exist.")


def test_a_file_of_another_kind_is_named(desk):
    desk.write(deals_json="[]")
    assert desk.refused({"from": "deals.json"}) == [
        "deals.json: is no kind of file that can be read (.json). "
        "Files that can be read end in .csv, .tsv, .txt, .xlsx, .xlsm, .parquet, .pq."
    ]


def test_what_is_called_parquet_and_is_not_is_rejected(desk):
    desk.write(deals_parquet=HEADER)
    assert desk.refused({"from": "deals.parquet"}) == ["deals.parquet: is not a parquet file. Export it again."]
    desk.write(deals_parquet=b"PAR1 and no more")
    assert desk.refused({"from": "deals.parquet"}) == ["deals.parquet: cannot be read as Parquet. Export it again."]


def test_2_an_optional_table_may_be_empty(desk):
    desk.write(deals_csv=HEADER + ROW, quotas_csv="rep_id,period_start,period_end,quota\n")
    source = desk.read(tables={"quotas": {"from": "quotas.csv", "optional": True}})
    assert source.tables["quotas"].count().to_pyarrow().as_py() == 0
    assert [(each.table, each.read, each.used) for each in source.audit.tables] == [
        ("opportunities", 1, 1),
        ("quotas", 0, 0),
    ]


MENDED = {
    "4 cp1252": ((HEADER + ROW).replace("A1", "Ärzte").encode("cp1252"), {"encoding": "cp1252"}, ["Ärzte"], ()),
    "5 utf-16": ((HEADER + ROW).encode("utf-16"), {}, ["A1"], ("the file is UTF-16",)),
    "6 bom": ((HEADER + ROW).encode("utf-8-sig"), {}, ["A1"], ()),
    "7 semicolons": ((HEADER + ROW).replace(",", ";"), {}, ["A1"], ("columns are separated by ';'",)),
    "7 declared": ((HEADER + ROW).replace(",", ";"), {"delimiter": ";"}, ["A1"], ()),
    "14 nul": (
        (HEADER + ROW).replace("A1", "A\x001"),
        {},
        ["A1"],
        ("NUL characters were taken out",),
    ),
    "14 control": (
        (HEADER + ROW).replace("A1", "A\x07\u200b1"),
        {},
        ["A1"],
        ("invisible characters were taken out of 1 cell",),
    ),
    "19 title rows": ("Report of deals\n\n" + HEADER + ROW, {"skip_rows": 2}, ["A1"], ()),
    "blank rows": (HEADER + ROW + "\n ,,,,\n", {}, ["A1"], ()),
    "carriage returns": ((HEADER + ROW).replace("\n", "\r\n"), {}, ["A1"], ()),
    "no last line end": (
        (HEADER + ROW).rstrip("\n"),
        {},
        ["A1"],
        ("its last line has no line end: if the file was cut off there, something is missing",),
    ),
    "quotes doubled": (HEADER + ROW.replace("A1", '"A ""1"""'), {}, ['A "1"'], ()),
    "25 a workbook called .csv": (workbook(SHEET), {}, ["A1"], ("deals.csv is a workbook and was read as one",)),
    "24 a named sheet": (
        workbook(SHEET, ("Notes", [["x"]])),
        {"sheet": "Deals"},
        ["A1"],
        ("deals.csv is a workbook and was read as one",),
    ),
}


@pytest.mark.parametrize(("data", "settings", "expected", "said"), MENDED.values(), ids=MENDED)
def test_what_can_be_mended_is_read_and_noted(desk, data, settings, expected, said):
    desk.write(deals_csv=data)
    source = desk.read(settings)
    assert ids(source) == expected
    assert notes(source) == said
    assert (source.audit.tables[0].read, source.audit.tables[0].used) == (1, 1)


def test_24_a_sheet_that_is_not_there(desk):
    desk.write(deals_csv=workbook(SHEET, ("Notes", [["x"]])))
    assert desk.refused({"sheet": "Deal"}) == ["deals.csv: has no sheet 'Deal'. Did you mean Deals?"]


def test_8_and_9_a_comma_more_in_every_row_is_a_rejection(desk):
    desk.write(deals_csv=HEADER + ROW.replace("\n", ",\n") * 8)
    assert desk.refused() == [
        "deals.csv: none of its 8 rows can be used. Mend what follows.",
        "deals.csv, rows 2, 3, 4, 5, 6: the row has 6 cells and the header 5 (8 rows).",
    ]


def test_8_10_and_11_rows_of_the_wrong_width_are_quarantined(desk, good):
    desk.write(deals_csv=HEADER + "A1,Won,1,250.00,2026-01-05,2026-02-05\nA2,Won\n" + good())
    source = desk.read()
    assert source.audit.quarantine.to_dict("records") == [
        {"table": "opportunities", "source": "deals.csv", "row": 2, "reason": "the row has 6 cells and the header 5"},
        {"table": "opportunities", "source": "deals.csv", "row": 3, "reason": "the row has 2 cells and the header 5"},
    ]
    audit = source.audit.tables[0]
    assert (audit.read, audit.used, audit.quarantined, audit.dropped) == (22, 20, 2, 0)


def test_13_a_line_break_within_quotes_is_one_cell_and_rows_keep_their_numbers(desk, good):
    desk.write(deals_csv=HEADER + '"A\n1",Won,100.00,2026-01-05,2026-02-05\nA2,Won,,2026-01-05,2026-02-05\n' + good())
    source = desk.read()
    assert "A 1" in ids(source)
    assert list(source.audit.quarantine["row"]) == [3]
    assert notes(source) == ()


def test_16_a_missing_column_is_named_with_the_nearest(desk):
    desk.write(deals_csv=(HEADER + ROW).replace("opportunity_id", "opportunity"))
    assert desk.refused({"columns": {"amount": "amont"}}) == [
        "deals.csv, column 'amont': is missing. Did you mean amount?",
        "deals.csv, column 'opportunity_id': is missing. Did you mean opportunity? "
        "Name it under source: tables: opportunities: columns: opportunity_id.",
    ]


def test_16_a_misspelt_canonical_column_is_no_extra_one(desk):
    desk.write(deals_csv=HEADER + ROW)
    assert desk.refused({"columns": {"amounts": "amount"}}) == [
        "deals.csv: opportunities has no column 'amounts'. Did you mean amount or list_amount?"
    ]


def test_17_a_column_more_is_ignored_and_listed(desk):
    desk.write(deals_csv=HEADER.replace("\n", ",Colour,\n") + ROW.replace("\n", ",red,\n"))
    assert notes(desk.read()) == ("columns not used: Colour, column 7",)


@pytest.mark.parametrize("last", ["Total,,100.00,,", ",Total:,100.00,,", "TOTAL,,,,"])
def test_18_a_total_row_at_the_end_is_dropped(desk, good, last):
    desk.write(deals_csv=HEADER + good() + last + "\n")
    source = desk.read()
    assert notes(source) == ("the total row at its end was dropped",)
    audit = source.audit.tables[0]
    assert (audit.read, audit.used, audit.quarantined, audit.dropped) == (21, 20, 0, 1)


def test_18_a_row_that_is_called_total_and_is_not_last_is_no_total(desk, good):
    desk.write(deals_csv=HEADER + "Total,Won,1.00,2026-01-05,2026-02-05\n" + good())
    assert desk.read().audit.tables[0].used == 21


class TestGlob:
    def test_months_are_one_table_and_each_row_is_named_in_its_file(self, desk, good):
        desk.write(deals1_csv=HEADER + good(), deals2_csv=HEADER + "A2,Won,,2026-01-05,2026-02-05\nTotal,,,,\n")
        source = desk.read({"from": "deals*.csv"})
        audit = source.audit.tables[0]
        assert (audit.source, audit.read, audit.used, audit.dropped) == ("deals*.csv", 22, 20, 1)
        assert source.audit.quarantine[["source", "row"]].values.tolist() == [["deals2.csv", 2]]

    def test_a_fault_names_the_file_it_is_in(self, desk):
        desk.write(deals1_csv=HEADER + ROW, deals2_csv=HEADER + ROW.replace("100", "99"))
        assert desk.refused({"from": "deals*.csv"}) == [
            "deals1.csv, column 'opportunity_id', row 2: the same opportunity_id has different values: A1. "
            f"{ONE_OR_LATEST}",
            "deals2.csv, column 'opportunity_id', row 2: the same opportunity_id has different values: A1. "
            f"{ONE_OR_LATEST}",
        ]

    def test_columns_may_stand_in_another_order_but_not_differ(self, desk):
        turned = "stage,opportunity_id,amount,created_at,closed_at\nWon,A2,100.00,2026-01-05,2026-02-05\n"
        desk.write(deals1_csv=HEADER + ROW, deals2_csv=turned)
        assert ids(desk.read({"from": "deals*.csv"})) == ["A1", "A2"]
        desk.write(deals3_csv="opportunity_id\nA3\n")
        assert desk.refused({"from": "deals*.csv"}) == [
            "deals3.csv: its columns are not those of deals1.csv: "
            "'stage', 'amount', 'created_at', 'closed_at' only there. "
            "Export them with the same columns, or join them in a `query`."
        ]

    def test_a_glob_that_finds_nothing(self, desk):
        assert desk.refused({"from": "deals*.csv"})[0].startswith("deals*.csv: does not exist.")
