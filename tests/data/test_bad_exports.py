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
