"""Day numbers, clock changes, credit notes, amounts in doubt, later versions of a row, other spellings of an id."""

import datetime as dt
import io

import openpyxl
import pytest

from salesops_lib.data.book import open_book
from salesops_lib.metrics import measure

ONE_OR_LATEST = "Keep one row for each, or name the column that tells the latest under `latest_by`."

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


class TestDayNumbers:
    def test_30_day_numbers_are_dates_if_declared(self, desk):
        # 46023 is 1 January 2026 in every spreadsheet, 46081.75 is 28 February 2026, 18:00.
        desk.write(deals_csv=HEADER + "A1,Won,100.00,46023,46081.75\n")
        source = desk.read({"date_format": "excel"})
        assert column(source, "created_at") == [dt.datetime(2026, 1, 1)]
        assert column(source, "closed_at") == [dt.datetime(2026, 2, 28, 18)]

    def test_30_for_one_column_and_beside_real_dates_of_a_workbook(self, desk):
        desk.write(deals_xlsx=saved(workbook(["A1", "Won", 100, dt.date(2026, 1, 5), 46081])))
        source = desk.read({"from": "deals.xlsx", "date_format": {"closed_at": "excel"}})
        assert column(source, "created_at") == [dt.datetime(2026, 1, 5)]
        assert column(source, "closed_at") == [dt.datetime(2026, 2, 28)]

    def test_30_undeclared_they_are_refused_with_the_way_out(self, desk):
        desk.write(deals_csv=HEADER + "A1,Won,100.00,2026-01-05,46023\nA2,Won,100.00,2026-01-05,46024\n")
        assert desk.refused() == [
            "deals.csv: none of its 2 rows can be used. Mend what follows.",
            "deals.csv, column 'closed_at', rows 2, 3: 46023 is not a date (2 rows). "
            "Set `date_format: excel` if these are the day numbers of a spreadsheet.",
        ]

    @pytest.mark.parametrize("text", ["0", "99999999", "-1", "4e4", "2026"])
    def test_30_what_is_no_day_number_or_no_sane_day(self, desk, text):
        rows = "".join(f"B{i},Won,100.00,46023,46081\n" for i in range(20))
        desk.write(deals_csv=HEADER + rows + f"A1,Won,100.00,,{text}\n")
        found = desk.read({"date_format": "excel"})
        assert list(found.audit.quarantine["reason"]) == (
            [f"closed_at: {text} is not a date"] if text != "2026" else []
        )


class TestClockChanges:
    @pytest.mark.parametrize(
        ("text", "local"),
        [
            # Amsterdam: 29 March 2026 has no 2:30, 25 October 2026 has it twice.
            ("2026-03-29T00:59:00Z", dt.datetime(2026, 3, 29, 1, 59)),
            ("2026-03-29T01:00:00Z", dt.datetime(2026, 3, 29, 3, 0)),
            ("2025-10-26T00:30:00Z", dt.datetime(2025, 10, 26, 2, 30)),
            ("2025-10-26T01:30:00Z", dt.datetime(2025, 10, 26, 2, 30)),
            ("2026-03-29T02:30:00", dt.datetime(2026, 3, 29, 2, 30)),
            ("2025-10-26 02:30", dt.datetime(2025, 10, 26, 2, 30)),
        ],
    )
    def test_38_the_hours_of_a_clock_change_stay_on_their_day(self, desk, text, local):
        desk.write(deals_csv=HEADER + f"A1,Won,100.00,2025-01-05,{text}\n")
        source = desk.read()
        assert column(source, "closed_at") == [local]
        assert counts(source) == (1, 1, 0, 0)

    @pytest.mark.parametrize("moment", ["2026-03-28T23:30:00Z", "2026-03-29T21:59:00Z"])
    def test_38_the_short_day_has_23_hours(self, desk, moment):
        desk.write(deals_csv=HEADER + f"A1,Won,100.00,2025-01-05,{moment}\n")
        assert column(desk.read(), "closed_at")[0].date() == dt.date(2026, 3, 29)


class TestCreditNotes:
    ROWS = ROW + "A2,Won,-30.00,2026-01-06,2026-02-06\nA3,Qualify,-5.00,2026-01-06,\n"

    def test_48_declared_credit_notes_lower_the_revenue(self, desk):
        desk.write(deals_csv=HEADER + self.ROWS)
        path = desk.company({"credit_notes": True})
        book = open_book(path)
        assert measure(book, "revenue_won", "2026Q1")["value"].tolist() == [70]
        assert notes(book.source) == ("1 won opportunity is a credit note: its negative amount lowers the revenue won",)
        # What is still open is no credit note.
        assert list(book.audit.quarantine["reason"]) == ["the amount is negative"]

    def test_48_undeclared_they_are_quarantined(self, desk):
        desk.write(deals_csv=HEADER + self.ROWS)
        source = desk.read()
        assert list(source.audit.quarantine["reason"]) == ["the amount is negative"] * 2
        assert notes(source) == ()


class TestOutliers:
    def rows(self, *amounts):
        return HEADER + "".join(f"A{i:02},Won,{each},2026-01-05,2026-02-05\n" for i, each in enumerate(amounts))

    def test_51_over_100_times_the_median_is_noted(self, desk):
        desk.write(deals_csv=self.rows(*["10.00"] * 10, "1000.00"))
        assert notes(desk.read()) == ()
        desk.write(deals_csv=self.rows(*["10.00"] * 10, "1000.01", "5000.00"))
        source = desk.read()
        assert notes(source) == (
            "2 opportunities have an amount of 1,000,000,000 or more, or over 100 times the median ('A11', 'A10')",
        )
        assert counts(source) == (12, 12, 0, 0)

    def test_51_a_thousand_million_is_noted_however_few_there_are(self, desk):
        desk.write(deals_csv=self.rows("999999999.99", "1000000000.00"))
        assert notes(desk.read()) == (
            "1 opportunity has an amount of 1,000,000,000 or more, or over 100 times the median ('A01')",
        )

    def test_51_among_nine_nobody_knows_what_is_usual(self, desk):
        desk.write(deals_csv=self.rows(*["10.00"] * 8, "5000.00"))
        assert notes(desk.read()) == ()


class TestRates:
    def test_53_without_rates_a_second_currency_is_refused_and_no_date_is_guessed(self, desk):
        header = HEADER.replace("\n", ",currency\n")
        desk.write(deals_csv=header + ROW.replace("\n", ",USD\n") + "A2,Won,5.00,2026-01-05,2026-02-07,EUR\n")
        assert desk.refused() == [
            "deals.csv, column 'currency', row 3: amounts are in EUR and the company's currency is USD. "
            "Convert them before the export, or leave out the column if they are converted already."
        ]

    def test_names_of_currencies_are_no_codes(self, desk):
        desk.write(deals_csv=HEADER.replace("\n", ",currency\n") + ROW.replace("\n", ",US Dollar\n"))
        assert desk.refused() == [
            "deals.csv, column 'currency', row 2: amounts are in US Dollar and the company's currency is USD. "
            "Map each name to its code, such as EUR, under values: currency."
        ]
        assert counts(desk.read({"values": {"currency": {"US Dollar": "USD"}}})) == (1, 1, 0, 0)

    def test_of_dynamics_they_are_known_and_two_are_never_added_up(self, desk):
        header = "opportunityid,statecode,stepname,estimatedvalue,actualclosedate,createdon,Currency\n"
        rows = [f"D{i},1,Close,100,2026-02-05,2026-01-05,{name}\n" for i, name in enumerate(("US Dollar", "Euro"))]
        desk.write(deals_csv=header + rows[0])
        assert column(desk.read({"preset": "dynamics"}), "amount") == [100]
        desk.write(deals_csv=header + "".join(rows))
        assert "amounts are in EUR and the company's currency is USD." in desk.refused({"preset": "dynamics"})[0]


class TestLatest:
    HEADER = HEADER.replace("\n", ",modified\n")
    OLD, NEW = ROW.replace("\n", ",2026-03-01 09:00\n"), ROW.replace("100", "120").replace("\n", ",2026-03-01 10:00\n")
    OTHER = "A2,Lost,5.00,2026-01-05,2026-02-07,2026-03-01\n"

    @pytest.mark.parametrize("rows", [OLD + NEW + OTHER, OTHER + NEW + OLD])
    def test_58_the_latest_row_stands_if_configured(self, desk, rows):
        desk.write(deals_csv=self.HEADER + rows)
        source = desk.read({"latest_by": "modified"})
        assert column(source, "amount") == [120, 5]
        assert counts(source) == (3, 2, 0, 1)
        assert notes(source) == ("1 older version of a row was dropped",)

    def test_58_of_copies_and_versions_each_is_counted(self, desk):
        desk.write(
            deals_csv=self.HEADER + self.OLD * 2 + self.NEW * 2 + self.OLD.replace("100", "90").replace("09:", "08:")
        )
        source = desk.read({"latest_by": "modified"})
        assert (column(source, "amount"), counts(source)) == ([120], (5, 1, 0, 4))
        assert notes(source) == ("2 exact copies were dropped", "2 older versions of rows were dropped")

    def test_58_two_rows_of_one_moment_stay_a_conflict(self, desk):
        desk.write(deals_csv=self.HEADER + self.OLD + self.NEW.replace("10:00", "09:00"))
        assert desk.refused({"latest_by": "modified"}) == [
            "deals.csv, column 'opportunity_id', rows 2, 3: the same opportunity_id has different values: A1. "
            "Keep one row for each."
        ]

    def test_58_without_it_they_are_refused_with_the_way_out(self, desk):
        desk.write(deals_csv=self.HEADER + self.OLD + self.NEW)
        assert desk.refused()[0].endswith(f"different values: A1. {ONE_OR_LATEST}")

    def test_58_a_row_without_a_moment_is_quarantined(self, desk):
        desk.write(
            deals_csv=self.HEADER
            + self.OLD
            + self.NEW.replace("2026-03-01 10:00", "soon")
            + self.OTHER.replace("2026-03-01", "")
        )
        found = desk.read({"latest_by": "modified"}).audit.quarantine
        assert list(found["reason"]) == ["modified: soon is not a date", "modified is empty"]

    def test_58_a_column_that_is_not_there(self, desk):
        desk.write(deals_csv=self.HEADER + self.OLD)
        assert desk.refused({"latest_by": "modifed"}) == [
            "deals.csv, column 'modifed': is missing (`latest_by`). Did you mean modified?"
        ]

    def test_58_in_a_format_of_its_own(self, desk):
        desk.write(deals_csv=self.HEADER + (self.OLD + self.NEW).replace("2026-03-01", "1.3.2026"))
        source = desk.read({"latest_by": "modified", "date_format": {"latest_by": "%d.%m.%Y %H:%M"}})
        assert column(source, "amount") == [120]


class TestSpellings:
    PRODUCTS = "product_id,name\nGTX Pro,Pro\nGTX Basic,Basic\nMG-17,Seventeen\n"

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("GTXPro", "'GTXPro' (did you mean 'GTX Pro'?)"),
            ("gtx-pro", "'gtx-pro' (did you mean 'GTX Pro'?)"),
            ("GTX Basik", "'GTX Basik' (did you mean 'GTX Basic'?)"),
            ("MG-18", "'MG-18'"),
            ("Other", "'Other'"),
        ],
    )
    def test_74_another_spelling_is_noted_with_the_nearest(self, desk, written, said):
        header = HEADER.replace("\n", ",product_id\n")
        desk.write(deals_csv=header + ROW.replace("\n", f",{written}\n"), products_csv=self.PRODUCTS)
        source = desk.read(tables={"products": "products.csv"})
        assert notes(source) == (f"1 row has a product_id that products does not have ({said})",)
        assert counts(source) == (1, 1, 0, 0)

    def test_74_a_mapping_makes_them_one(self, desk):
        header = HEADER.replace("\n", ",product_id\n")
        desk.write(deals_csv=header + ROW.replace("\n", ",GTXPro\n"), products_csv=self.PRODUCTS)
        mapped = {"values": {"product_id": {"GTXPro": "GTX Pro"}}}
        assert notes(desk.read(mapped, tables={"products": "products.csv"})) == ()


class TestNumbersOfAWorkbook:
    """A cell that is a number says how much it is, and nothing about the text cells beside it."""

    @staticmethod
    def write(desk, *amounts):
        days = dt.date(2026, 1, 5), dt.date(2026, 2, 1)
        rows = ([f"A{number}", "Won", amount, *days] for number, amount in enumerate(amounts))
        desk.write(deals_xlsx=saved(workbook(*rows)))

    @pytest.mark.parametrize(
        ("amounts", "told"),
        [
            ((1234.5, "1.234"), "row 3: 1.234 is 1234 or 1,234: nothing in the column decides."),
            ((1.125, "1.234,50"), "rows 3, 2: 1.234,50 has a decimal comma and 1.125 a decimal point."),
        ],
    )
    def test_a_text_beside_numbers_is_asked_about(self, desk, amounts, told):
        self.write(desk, *amounts)
        (said,) = desk.refused({"from": "deals.xlsx"})
        assert told in said

    @pytest.mark.parametrize(
        ("amounts", "declared", "read"),
        [((1.125, "1.234,50"), {"decimal": ",", "thousands": "."}, [1.125, 1234.5]), ((1.234,), {}, [1.234])],
        ids=["declared", "three decimals"],
    )
    def test_both_are_read(self, desk, amounts, declared, read):
        self.write(desk, *amounts)
        source = desk.read({"from": "deals.xlsx", **declared})
        assert [float(amount) for amount in column(source, "amount")] == read
