"""Exports that can be read in two ways: shares, decimals of several files, swapped days and months, merged cells."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest

from tests.data.test_bad_values import column, notes, quarantined, with_amounts, with_closed

HEADER = ["opportunity_id", "stage", "amount", "closed_at"]


def workbook(desk, *rows, header=HEADER, merged=()):
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    desk.write(deals_xlsx=stream.getvalue())


class TestShares:
    @pytest.mark.parametrize(
        ("texts", "said", "shares"),
        [
            # What a preset takes for percentages, and is written 0-1; a won deal says 1.
            (("0.1", "0.4", "1"), "rows 2, 3, 4: the preset takes them for percentages, and nothing exceeds 1", None),
            (("1", "0", "1"), "rows 2, 4: the preset takes them for percentages, and nothing exceeds 1", None),
            (("0.5", "50", "0"), "row 2: some are given as 0-1 and others as 0-100", None),
            (("0.5", "12.5", "37.5"), None, [0.005, 0.125, 0.375]),
            (("0.335", "33.5", "0.5"), "rows 2, 4: some are given as 0-1 and others as 0-100", None),
            (("0.5", "50 %", "20 %"), "row 2: 0.5 has no percent sign and others have one", None),
            (("1", "50 %", "20 %"), "row 2: 1 has no percent sign and others have one", None),
            (("50 %", "20", "0"), None, [0.5, 0.2, 0]),
            (("1 %", "1 %", "0"), None, [0.01, 0.01, 0]),
            (("1", "50", "100"), None, [0.01, 0.5, 1]),
            (("0", "0", ""), None, [0, 0, None]),
        ],
    )
    def test_56_the_scale_of_a_preset_is_asked_for_where_the_column_says_another(self, desk, texts, said, shares):
        rows = "".join(f"A{i},Qualify,2026-10-01,{text}\n" for i, text in enumerate(texts))
        desk.write(deals_csv="Opportunity ID,Stage,Close Date,Probability (%)\n" + rows)
        if said is None:
            assert column(desk.read({"preset": "salesforce"}), "probability") == shares
            return
        refused = desk.refused({"preset": "salesforce"})
        assert len(refused) == 1
        assert refused[0].startswith(f"deals.csv, column 'Probability (%)', {said}")

    def test_56_the_way_out_of_a_scale_decides(self, desk):
        rows = "A0,Qualify,2026-10-01,0.1\nA1,Qualify,2026-10-01,0.4\nA2,Won,2026-01-01,1\n"
        desk.write(
            deals_csv="Opportunity ID,Stage,Amount,Close Date,Probability (%)\n" + rows.replace(",2026", ",5,2026")
        )
        assert desk.refused({"preset": "salesforce"})[0].endswith(
            "they seem to be written 0-1. Set `percent: false` if 1 means 100 %, or `percent: true` if it means 1 %."
        )
        for percent, shares in ((False, [0.1, 0.4, 1]), (True, [0.001, 0.004, 0.01])):
            assert column(desk.read({"preset": "salesforce", "percent": percent}), "probability") == shares

    def test_56_what_is_outside_of_the_declared_scale_is_quarantined(self, desk):
        desk.write(deals_csv="opportunity_id,stage,probability\nA1,Qualify,0.25\nA2,Qualify,30\nA3,Qualify,40%\n")
        source = desk.read({"percent": False})
        assert quarantined(source) == ["probability: 30 is not a share"]
        assert column(source, "probability") == [0.25, 0.4]


class TestDecimals:
    @pytest.mark.parametrize(
        ("first", "second", "said"),
        [
            ("12,484.55", "12.485", "12.485 is 12485 or 12,485"),
            ("12.50", "1.234", "1.234 is 1234 or 1,234"),
            ("12,5", "1.234", "1.234 is 1234 or 1,234"),
            ("12,5", "1,234", "1,234 is 1234 or 1.234"),
        ],
    )
    def test_44_one_file_says_nothing_of_the_amounts_of_another(self, desk, first, second, said):
        desk.write(m1_csv=with_amounts("500", first), m2_csv=with_amounts("700", second).replace("A", "B"))
        assert desk.refused({"from": "m*.csv"}) == [
            f"m2.csv, column 'amount', row 3: {said}: nothing in its file decides. "
            'Export all files in one way, and set `decimal` ("." or ",") and `thousands` of the table.'
        ]

    @pytest.mark.parametrize(
        ("first", "second", "values"),
        [
            ("12.50", "1,234", [1234, "12.5"]),
            ("12.50", "1234", [1234, "12.5"]),
            ("1.234,50", "7.500,00", [7500, "1234.5"]),
        ],
    )
    def test_44_files_that_each_decide_are_read(self, desk, first, second, values):
        desk.write(m1_csv=with_amounts(first), m2_csv=with_amounts(second).replace("A", "0"))
        assert column(desk.read({"from": "m*.csv"}), "amount") == [Decimal(value) for value in values]


class TestDates:
    @pytest.mark.parametrize(
        ("texts", "fix"),
        [
            (("24. April 2026", "1. May 2026"), 'Set `date_format`: "%d. %B %Y" fits every value.'),
            (("24-Apr-26", "1-May-26"), 'Set `date_format`: "%d-%b-%y" fits every value.'),
            (
                ("24. März 2026", "1. April 2026"),
                "No one date format is known that fits them all: export the dates in one way, such as 2026-09-30. "
                "Names of months are read in English only.",
            ),
        ],
    )
    def test_29_months_in_words(self, desk, texts, fix):
        desk.write(deals_csv=with_closed(*texts))
        assert desk.refused()[1] == (
            f"deals.csv, column 'closed_at', rows 2, 3: {texts[0]} is not a date (2 rows). {fix}"
        )
        if fix.startswith("Set"):
            found = column(desk.read({"date_format": fix.split('"')[1]}), "closed_at")
            assert found == [dt.datetime(2026, 4, 24), dt.datetime(2026, 5, 1)]

    def with_dates(self, desk, *dates):
        workbook(desk, *([f"A{i}", "Won", 10, each] for i, each in enumerate(dates)))

    @pytest.mark.parametrize("form", ["%d/%m/%Y", None])
    def test_28_a_spreadsheet_has_swapped_day_and_month(self, desk, form):
        # 5, 6 and 7 April of dd/mm, opened where mm/dd is expected.
        swapped = [dt.datetime(2026, 5, 4), dt.datetime(2026, 6, 4), dt.datetime(2026, 7, 4)]
        self.with_dates(desk, *swapped, "24/04/2026", "25/04/2026", "13/04/2026")
        assert desk.refused({"from": "deals.xlsx", "date_format": form}) == [
            "deals.xlsx, column 'closed_at', rows 2, 3, 4: every cell that is a date has a day of 1 to 12 and every "
            "one that is text a day of 13 to 31: a spreadsheet has swapped day and month of the former. Export it "
            "again, as CSV or with its dates as text; set `date_cells_are_right: true` if they are right."
        ]
        settings = {"from": "deals.xlsx", "date_format": "%d/%m/%Y", "date_cells_are_right": True}
        assert column(desk.read(settings), "closed_at")[:4] == [*swapped, dt.datetime(2026, 4, 24)]

    @pytest.mark.parametrize(
        "dates",
        [
            (dt.datetime(2026, 5, 13), "24/04/2026"),
            (dt.datetime(2026, 5, 12), "24/04/2026", "12/04/2026"),
            (dt.datetime(2026, 5, 12),),
        ],
    )
    def test_28_dates_as_cells_and_as_texts_that_no_spreadsheet_has_swapped(self, desk, dates):
        self.with_dates(desk, *[each for date in dates for each in [date] * 5])
        source = desk.read({"from": "deals.xlsx", "date_format": "%d/%m/%Y"})
        assert source.audit.tables[0].used == 5 * len(dates)

    def test_28_the_format_of_the_texts_is_named_whatever_cells_are_dates(self, desk):
        self.with_dates(desk, dt.datetime(2026, 5, 13), *["24/04/2026"] * 6)
        assert desk.refused({"from": "deals.xlsx"})[1].endswith('Set `date_format`: "%d/%m/%Y" fits every value.')


class TestMergedCells:
    ROWS = tuple([f"A{i}", "Won" if i in (0, 3) else None, 10, dt.datetime(2026, 5, 13)] for i in range(6))

    def test_cells_merged_over_rows_are_refused_with_the_way_out(self, desk):
        workbook(desk, *self.ROWS, merged=("B2:B4", "B5:B7"))
        assert desk.refused({"from": "deals.xlsx"}) == [
            "deals.xlsx, column 'stage', rows 2, 5: cells are merged over several rows (B2:B4, B5:B7), and only the "
            "first of them holds what they show. Unmerge them and write it into each row."
        ]

    @pytest.mark.parametrize("merged", ["A8:C8", "F2:F4", "E2:E3"])
    def test_others_are_read(self, desk, merged):
        # A total over several columns, cells beside the table, cells in which nothing is.
        rows = [[f"A{i}", "Won", 10, dt.datetime(2026, 5, 13)] for i in range(6)]
        workbook(desk, *rows, ["Total", None, None, None], merged=(merged,))
        assert desk.read({"from": "deals.xlsx"}).audit.tables[0].used == 6


class TestIds:
    def test_59_an_id_is_read_as_wide_as_its_sheet_shows_it(self, desk):
        book = openpyxl.Workbook()
        book.active.append(HEADER)
        for i, form in enumerate(("00000", "0", "General", "0.00")):
            book.active.append([i, "Won", 7, dt.datetime(2026, 5, 13)])
            book.active.cell(i + 2, 1).number_format = form
            book.active.cell(i + 2, 3).number_format = "0000"
        stream = io.BytesIO()
        book.save(stream)
        desk.write(deals_xlsx=stream.getvalue())
        source = desk.read({"from": "deals.xlsx"})
        assert column(source, "opportunity_id") == ["00000", "1", "2", "3"]
        assert column(source, "amount") == [7] * 4

    @pytest.mark.parametrize(
        "total",
        ["Grand Totals (400 records)", "Grand Total (1,234 records):", "Gesamtsumme (12 Datensätze)", "TOTAL :"],
    )
    def test_18_a_total_that_counts_its_records_is_dropped(self, desk, total):
        desk.write(deals_csv=with_amounts("10", "20") + f'"{total}",,30,,\n')
        source = desk.read()
        assert (source.audit.tables[0].used, source.audit.tables[0].dropped) == (2, 1)
        assert notes(source) == ("the total row at its end was dropped",)

    def test_74_reps_in_two_spellings_are_noted_without_a_table_of_them(self, desk):
        rows = [
            f"A{i},{rep},Qualify" for i, rep in enumerate(("LI WEI", "Li Wei", "Li  Wei", "Bo Berg", "Bo Borg", ""))
        ]
        desk.write(deals_csv="\n".join(["opportunity_id,rep_id,stage", *rows, ""]))
        said = "1 rep seems to be written in several ways and is counted as several ('LI WEI' / 'Li  Wei' / 'Li Wei')"
        assert said in notes(desk.read())
        desk.write(reps_csv="rep_id\nLi Wei\n")
        assert said not in notes(desk.read(tables={"reps": "reps.csv"}))
