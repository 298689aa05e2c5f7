"""Exports with titles above them, formulas without values, hidden rows, no mark of their encoding, or of long ago."""

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest

from salesops_lib.data import freshness
from salesops_lib.data.book import open_book
from salesops_lib.errors import CompanyError, SourceError

HEADER = "opportunity_id,stage,amount,created_at,closed_at\n"
ROW = "A1,Won,100.00,2026-01-05,2026-02-05\n"


def column(source, name):
    table = source.tables["opportunities"].order_by("opportunity_id")
    return table[name].to_pyarrow().to_pylist()


def notes(source, table="opportunities"):
    return next(each.notes for each in source.audit.tables if each.table == table)


def counts(source):
    audit = source.audit.tables[0]
    return audit.read, audit.used, audit.quarantined, audit.dropped


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in (HEADER.strip().split(","), *rows):
        book.active.append(row)
    return book


class TestTitles:
    @pytest.mark.parametrize(
        ("above", "first", "row"),
        [
            ("Report of deals\n", "Report of deals", 2),
            ("Report of deals\n\nAs of 2026-09-30\n", "Report of deals", 4),
            ("Report of deals,,,,\n", "Report of deals", 2),
            ('"Deals, all"\n', "Deals, all", 2),
            ("Deals; all; of us\n", "Deals; all; of us", 2),
        ],
    )
    def test_19_a_title_above_the_header_asks_for_skip_rows(self, desk, above, first, row):
        desk.write(deals_csv=above + HEADER + ROW + ROW.replace("A1", "A2"))
        assert desk.refused() == [
            f"deals.csv: its first row is {first!r}, which looks like a title; row {row} looks like the header. "
            f"Set `skip_rows: {row - 1}` if it is."
        ]
        assert counts(desk.read({"skip_rows": row - 1})) == (2, 2, 0, 0)

    @pytest.mark.parametrize("mark", [";", "\t", "|"])
    def test_19_commas_in_the_cells_of_another_separator_make_no_title_of_the_header(self, desk, mark):
        rows = ["opportunity_id,name,stage,amount,created_at,closed_at"]
        rows += [f"A{i},Big; deal; of us,Won,1.234#56 €,2026-01-05,2026-02-05" for i in range(9)]
        lines = [row.replace("; ", "# ").replace(",", mark).replace("#", ",") for row in rows]
        desk.write(deals_csv="\n".join(lines) + "\n")
        source = desk.read(currency="EUR")
        assert counts(source) == (9, 9, 0, 0)
        assert float(source.tables["opportunities"].amount.sum().to_pyarrow().as_py()) == 11111.04  # 9 x 1,234.56

    def test_19_in_a_workbook_too(self, desk):
        book = workbook(["A1", "Won", 100, "2026-01-05", "2026-02-05"])
        book.active.insert_rows(1, 2)
        book.active["A1"] = "Report of deals"
        desk.write(deals_xlsx=saved(book))
        assert desk.refused({"from": "deals.xlsx"}) == [
            "deals.xlsx: its first row is 'Report of deals', which looks like a title; row 3 looks like the header. "
            "Set `skip_rows: 2` if it is."
        ]
        assert counts(desk.read({"from": "deals.xlsx", "skip_rows": 2})) == (1, 1, 0, 0)

    def test_19_one_row_that_is_too_wide_makes_no_title_of_the_header(self, desk):
        narrow = "opportunity_id,stage,x\n" + "".join(f"A{i},Qualify,\n" for i in range(9))
        desk.write(deals_csv=narrow + "A9,Qualify,1,2,3,4,5\n")
        assert counts(desk.read()) == (10, 9, 1, 0)


class TestWorkbooks:
    def test_20_a_workbook_cut_off_anywhere_is_rejected(self, desk):
        whole = saved(workbook(["A1", "Won", 100, "2026-01-05", "2026-02-05"]))
        for length in (5, 100, len(whole) // 2, len(whole) - 30, len(whole) - 1):
            desk.write(deals_xlsx=whole[:length])
            assert desk.refused({"from": "deals.xlsx"}) == [
                "deals.xlsx: is damaged or not a workbook. Export it again."
            ], length

    @pytest.mark.parametrize(
        ("cells", "said"),
        [
            (["C2"], "cell C2: a formula without a value."),
            (["C2", "E3"], "cells C2, E3: formulas without a value."),
        ],
    )
    def test_21_a_formula_that_was_never_worked_out_is_rejected(self, desk, cells, said):
        book = workbook(
            *(["A1", "Won", 100, "2026-01-05", "2026-02-05"], ["A2", "Lost", 5, "2026-01-05", "2026-02-05"])
        )
        for cell in cells:
            book.active[cell] = "=50+50"
        desk.write(deals_xlsx=saved(book))
        assert desk.refused({"from": "deals.xlsx"}) == [
            f"deals.xlsx: {said} Open it in a spreadsheet, save it, and use that file."
        ]

    def test_21_a_formula_with_its_value_is_read(self, desk):
        book = workbook(["A1", "Won", "=50+50", "2026-01-05", "2026-02-05"])
        data = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(saved(book))) as old, zipfile.ZipFile(data, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name.endswith("sheet1.xml"):
                    content, found = re.subn(
                        rb"<f>50\+50</f><v ?/>|<f>50\+50</f>(<v></v>)?", b"<f>50+50</f><v>100</v>", content
                    )
                    assert found == 1
                new.writestr(name, content)
        desk.write(deals_xlsx=data.getvalue())
        assert column(desk.read({"from": "deals.xlsx"}), "amount") == [100]

    def test_23_hidden_rows_are_read_and_said(self, desk):
        rows = [[f"A{i}", "Won", 100, "2026-01-05", "2026-02-05"] for i in range(8)]
        book = workbook(*rows)
        book.active.row_dimensions[3].hidden = True
        desk.write(deals_xlsx=saved(book))
        source = desk.read({"from": "deals.xlsx"})
        assert notes(source) == ("1 row is hidden in the workbook and read all the same (row 3)",)
        assert counts(source) == (8, 8, 0, 0)
        for number in (2, 4, 5, 6, 7):
            book.active.row_dimensions[number].hidden = True
        desk.write(deals_xlsx=saved(book))
        said = ("6 rows are hidden in the workbook and read all the same (rows 2, 3, 4, 5, 6)",)
        assert notes(desk.read({"from": "deals.xlsx"})) == said


class TestFreshness:
    @pytest.fixture(autouse=True)
    def october(self, monkeypatch):
        monkeypatch.setattr(freshness, "today", lambda company: dt.date(2026, 10, 10))

    def opened(self, desk, limits, **asked):
        desk.write(deals_csv=HEADER + ROW)
        return open_book(desk.company(source={"freshness": limits}), **asked)

    def test_26_an_export_older_than_the_limit_is_noted(self, desk):
        # The data end on 30 September: ten days ago.
        assert self.opened(desk, {"warn_days": 10}).audit.tables[0].notes == ()
        said = ("the data end on 2026-09-30, more than 9 days ago",)
        assert self.opened(desk, {"warn_days": 9}).audit.tables[0].notes == said

    def test_26_and_beyond_the_second_limit_refused(self, desk):
        assert self.opened(desk, {"warn_days": 1, "reject_days": 10}).audit.tables[0].notes != ()
        with pytest.raises(SourceError) as caught:
            self.opened(desk, {"warn_days": 1, "reject_days": 9})
        assert str(caught.value) == (
            "deals.csv: the data end on 2026-09-30, more than 9 days ago. "
            "Export it again, name an earlier period or day, or raise source: freshness: reject_days."
        )

    @pytest.mark.parametrize("asked", [{"as_of": "2026-06-30"}, {"period": "2026Q2"}, {"period": "2026Q3"}])
    def test_26_what_the_data_cover_is_as_good_as_ever(self, desk, asked):
        said = self.opened(desk, {"warn_days": 1, "reject_days": 2}, **asked).audit.tables[0].notes
        assert not any("ago" in note for note in said)

    def test_26_a_misspelt_limit_is_named(self, desk):
        with pytest.raises(CompanyError) as caught:
            self.opened(desk, {"warn_day": 1})
        assert str(caught.value).endswith("key 'source.freshness.warn_day': unknown key. Did you mean warn_days?")


def test_5_utf_16_without_its_mark_is_refused_with_the_way_out(desk):
    for encoding in ("utf-16-le", "utf-16-be"):
        desk.write(deals_csv=(HEADER + ROW.replace("A1", "Łódź")).encode(encoding))
        assert desk.refused() == [
            f"deals.csv: seems to be UTF-16, and its first bytes do not say so. Set `encoding: {encoding}` if it is."
        ]
        assert column(desk.read({"encoding": encoding}), "opportunity_id") == ["Łódź"]


class TestNumbersOfWorkbooks:
    """A number of a sheet is a number, however the company writes its own."""

    DAYS = ("2026-01-05", "2026-02-05")

    def amounts(self, desk, *values, **settings):
        rows = [[f"A{i}", "Won", value, *self.DAYS] for i, value in enumerate(values)]
        desk.write(deals_xlsx=saved(workbook(*rows)))
        return [float(amount) for amount in column(desk.read({"from": "deals.xlsx", **settings}), "amount")]

    def test_they_have_no_thousands_mark(self, desk):
        assert self.amounts(desk, 123.456, 1234.5, 7, decimal=",", thousands=".") == [123.456, 1234.5, 7]

    def test_beside_texts_with_a_decimal_comma(self, desk):
        assert self.amounts(desk, 1234.5, "1.234,56", decimal=",") == [1234.5, 1234.56]

    def test_a_percentage_is_what_the_sheet_shows(self, desk):
        book = openpyxl.Workbook()
        book.active.append([*HEADER.strip().split(","), "probability"])
        for i, share in enumerate((0.1, 0.075, 1)):
            book.active.append([f"A{i}", "Qualify", 100, "2026-01-05", None, share])
            book.active.cell(i + 2, 6).number_format = "0.0%"
        desk.write(deals_xlsx=saved(book))
        for percent in (False, True):
            found = column(desk.read({"from": "deals.xlsx", "percent": percent}), "probability")
            assert [round(share, 6) for share in found] == [0.1, 0.075, 1]

    def test_an_id_with_more_digits_than_a_sheet_keeps_is_noted(self, desk):
        rows = [[number, "Won", 100, *self.DAYS] for number in (7, 12345678901234567000)]
        desk.write(deals_xlsx=saved(workbook(*rows)))
        source = desk.read({"from": "deals.xlsx"})
        assert column(source, "opportunity_id") == ["1.23456789012346E+19", "7"]
        assert notes(source) == (
            "opportunity_id: 1 cell looks shortened by a spreadsheet (1.23456789012346E+19): digits may be lost",
        )


def test_what_a_spreadsheet_has_shortened_is_noted(desk):
    desk.write(
        deals_csv=HEADER + ROW.replace("100.00", "1.23E+05") + ROW.replace("A1", "1.23E+17") + ROW.replace("A1", "1E5")
    )
    source = desk.read()
    assert [float(amount) for amount in column(source, "amount")] == [100, 100, 123000]
    assert notes(source) == (
        "opportunity_id: 1 cell looks shortened by a spreadsheet (1.23E+17): digits may be lost",
        "amount: 1 cell looks shortened by a spreadsheet (1.23E+05): digits may be lost",
    )


class TestRemarks:
    REMARKS = ("My report", "Copyright (c) 2000-2026", "Confidential", "Generated By: Ann", "Testers", "Seven")

    def test_below_a_csv_they_are_left_out_and_counted(self, desk):
        desk.write(deals_csv=HEADER + ROW + "\n\n" + "".join(f'"{text}"\n' for text in self.REMARKS))
        source = desk.read()
        assert counts(source) == (7, 1, 0, 6)
        assert notes(source) == ("rows 5 to 10, in one cell each below the table, are remarks and left out",)

    def test_below_a_sheet(self, desk):
        desk.write(deals_xlsx=saved(workbook(["A1", "Won", 100, "2026-01-05", "2026-02-05"], [], ["My report"])))
        source = desk.read({"from": "deals.xlsx"})
        assert counts(source) == (2, 1, 0, 1)
        assert notes(source) == ("row 4, one cell below the table, is a remark and left out",)

    def test_a_last_row_that_was_cut_off_is_none(self, desk):
        desk.write(deals_csv=HEADER + ROW + "A2\n")
        assert counts(desk.read()) == (2, 1, 1, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x1f\x8b\x08\x00", "is packed (gzip). Unpack it."),
        (b"%PDF-1.7\n", "is a PDF. Export it as CSV or XLSX."),
        (b'[{"Id": 1}]', "is JSON. Export it as CSV or XLSX."),
        (
            b"<meta http-equiv='x'><table>",
            "is a web page, such as a login page, and not data. Sign in and export it again.",
        ),
    ],
)
def test_a_file_of_another_kind_is_called_so(desk, content, said):
    desk.write(deals_csv=content)
    assert desk.refused() == [f"deals.csv: {said}"]


def test_an_archive_is_no_workbook(desk):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("deals.csv", HEADER)
    desk.write(deals_csv=stream.getvalue())
    assert desk.refused() == ["deals.csv: is a ZIP archive and no workbook. Unpack it."]


def test_a_moment_that_says_utc_is_one(desk):
    desk.write(deals_csv=HEADER + "A1,Won,100,2026-01-05 23:30:00 UTC,2026-03-31 22:30:00 UTC\n")
    source = desk.read()  # Amsterdam: an hour more in January, two from the end of March
    assert column(source, "created_at") == [dt.datetime(2026, 1, 6, 0, 30)]
    assert column(source, "closed_at") == [dt.datetime(2026, 4, 1, 0, 30)]


class TestWorth:
    """The loss budget is one of rows and of amounts."""

    def write(self, desk, lost, n=200):
        rows = "".join(ROW.replace("A1", f"G{i}") for i in range(n))
        desk.write(deals_csv=HEADER + rows + f"B1,Won,{lost},2026-01-05,2025-02-05\n")

    def test_one_row_with_more_than_the_budget_of_all_amounts_is_a_rejection(self, desk):
        self.write(desk, 1060)  # of 20,000 + 1,060: 5.03 %
        assert desk.refused() == [
            "deals.csv: 1 row of 201 cannot be used, with 5% of all amounts, and the loss budget is 5%. "
            "Mend what follows, or raise source: loss_budget.",
            "deals.csv, row 202: closed before it was created (1 row).",
        ]

    def test_below_it_the_row_is_quarantined(self, desk):
        self.write(desk, 1050)  # 4.99 %
        assert counts(desk.read()) == (201, 200, 1, 0)

    def test_of_a_small_table_five_rows_may_be_lost_whatever_they_are_worth(self, desk):
        self.write(desk, 1060, n=50)
        assert counts(desk.read()) == (51, 50, 1, 0)


class TestWaysOut:
    def said(self, desk, row, **changes):
        desk.write(deals_csv=HEADER + row)
        return desk.refused(**changes)[-1]

    def test_an_amount_in_another_currency(self, desk):
        said = self.said(desk, ROW.replace("100.00", "€ 100"))
        assert said.endswith(
            "Set `currency` of the company file if that is its currency, or convert them before the export."
        )

    def test_a_word_for_nothing(self, desk):
        row = "A1,Qualify,NULL,2026-01-05,\n"
        assert self.said(desk, row).endswith("Map such a cell to '' under `values` if it means that nothing is there.")
        assert counts(desk.read({"values": {"amount": {"NULL": ""}}})) == (1, 1, 0, 0)
