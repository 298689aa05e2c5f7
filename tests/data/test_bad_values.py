"""Dates, amounts and flags as exports write them: read as they are meant, quarantined, or rejected with the way out."""

import datetime as dt
from decimal import Decimal

import pytest

HEADER = "opportunity_id,stage,amount,created_at,closed_at\n"


def column(source, name):
    table = source.tables["opportunities"].order_by("opportunity_id")
    return table[name].to_pyarrow().to_pylist()


def quarantined(source):
    return list(source.audit.quarantine["reason"])


def notes(source):
    return source.audit.tables[0].notes


def with_closed(*texts, sign=","):
    rows = [sign.join((f"A{i}", "Won", "100", "", text)) for i, text in enumerate(texts)]
    return "\n".join([HEADER.strip().replace(",", sign), *rows, ""])


def with_amounts(*texts, stage="Won"):
    rows = [f'A{i},{stage},"{text}",2026-01-05,2026-02-05' for i, text in enumerate(texts)]
    return "\n".join([HEADER.strip(), *rows, ""])


class TestDates:
    def test_28_and_29_dates_that_are_not_iso_ask_for_their_format(self, desk):
        desk.write(deals_csv=with_closed("03/04/2026", "05/06/2026"))
        assert desk.refused() == [
            "deals.csv: none of its 2 rows can be used. Mend what follows.",
            "deals.csv, column 'closed_at', rows 2, 3: 03/04/2026 is not a date (2 rows). "
            'Set `date_format`: "%d/%m/%Y" or "%m/%d/%Y" fit every value, and only you know which is meant.',
        ]

    def test_29_one_format_that_fits_all_is_named_and_not_guessed(self, desk):
        desk.write(deals_csv=with_closed("25.12.2025", "01.02.2026"))
        assert desk.refused()[1] == (
            "deals.csv, column 'closed_at', rows 2, 3: 25.12.2025 is not a date (2 rows). "
            'Set `date_format`: "%d.%m.%Y" fits every value.'
        )

    def test_28_two_formats_in_one_column(self, desk):
        desk.write(deals_csv=with_closed("25/12/2025", "12/25/2025"))
        assert desk.refused()[1] == (
            "deals.csv, column 'closed_at', rows 2, 3: 25/12/2025 is not a date (2 rows). "
            "No one date format is known that fits them all: export the dates in one way, such as 2026-09-30."
        )

    def test_28_a_date_that_fits_only_the_other_way_round_puts_all_in_doubt(self, desk):
        desk.write(deals_csv=with_closed(*["01/02/2026"] * 30, "25.12.2025"))
        assert desk.refused({"date_format": "%m/%d/%Y"}) == [
            "deals.csv, column 'closed_at', row 32: 25.12.2025 has day and month the other way round than %m/%d/%Y: "
            "no other date is certain. Export the dates in one way."
        ]

    def test_29_a_declared_format_decides(self, desk):
        desk.write(deals_csv=with_closed("03/04/2026", "25/12/2025"))
        source = desk.read({"date_format": "%d/%m/%Y"})
        assert column(source, "closed_at") == [dt.datetime(2026, 4, 3), dt.datetime(2025, 12, 25)]

    def test_a_format_may_be_declared_for_one_column(self, desk):
        desk.write(deals_csv=HEADER + "A1,Won,100,2026-01-05,03/04/2026 4:30 PM\n")
        source = desk.read({"date_format": {"closed_at": "%d/%m/%Y %I:%M %p"}})
        assert column(source, "closed_at") == [dt.datetime(2026, 4, 3, 16, 30)]
        assert column(source, "created_at") == [dt.datetime(2026, 1, 5)]

    def test_30_excel_serials_are_not_read_as_dates(self, desk):
        desk.write(deals_csv=with_closed("45000", "45001"))
        assert desk.refused()[1].startswith("deals.csv, column 'closed_at', rows 2, 3: 45000 is not a date (2 rows).")

    @pytest.mark.parametrize(
        "text", ["soon", "2026-02-30", "0000-00-00", "9999-12-31", "1026-01-01", "2026-01-05 (BC)"]
    )
    def test_31_32_and_33_a_cell_that_is_no_date_is_quarantined(self, desk, text):
        desk.write(deals_csv=with_closed("2026-02-01", text))
        assert quarantined(desk.read()) == [f"closed_at: {text} is not a date"]

    def test_34_and_35_closed_before_created_or_in_the_future(self, desk, good):
        rows = "A1,Lost,1,2026-03-02,2026-03-01\nA2,Won,1,2026-03-02,2026-10-01\nA3,Won,1,2026-03-02,2026-09-30\n"
        desk.write(deals_csv=HEADER + rows + good())
        assert quarantined(desk.read()) == ["closed before it was created", "closed in the future"]

    def test_36_open_with_a_close_date_in_the_past_is_noted(self, desk):
        rows = "A1,Qualify,1,2026-03-02,2026-09-29\nA2,Qualify,1,2026-03-02,2026-09-30\nA3,Qualify,1,2026-03-02,\n"
        desk.write(deals_csv=HEADER.replace("closed_at", "close_date") + rows)
        assert notes(desk.read()) == ("1 open opportunity has a close date in the past",)

    @pytest.mark.parametrize(
        ("text", "local"),
        [
            ("2026-06-30T22:30:00Z", dt.datetime(2026, 7, 1, 0, 30)),
            ("2026-06-30T22:30:00.000+0000", dt.datetime(2026, 7, 1, 0, 30)),
            ("2026-06-30 22:30:00+02:00", dt.datetime(2026, 6, 30, 22, 30)),
            ("2026-06-30T15:30:00-07", dt.datetime(2026, 7, 1, 0, 30)),
            ("2026-06-30T22:30:00", dt.datetime(2026, 6, 30, 22, 30)),
            ("2026-06-30 22:30", dt.datetime(2026, 6, 30, 22, 30)),
            ("2026-06-30", dt.datetime(2026, 6, 30)),
        ],
    )
    def test_37_and_39_an_offset_is_moved_to_the_zone_of_the_company(self, desk, text, local):
        desk.write(deals_csv=with_closed(text))
        assert column(desk.read(), "closed_at") == [local]

    def test_37_an_offset_in_a_declared_format(self, desk):
        desk.write(deals_csv=with_closed("30.06.2026 22:30 +0000"))
        assert column(desk.read({"date_format": "%d.%m.%Y %H:%M %z"}), "closed_at") == [dt.datetime(2026, 7, 1, 0, 30)]


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1234.5", "1234.5"),
            ("1,234.50", "1234.5"),
            ("$1,200", "1200"),
            ("USD 1,200.50", "1200.5"),
            ("-$1,200", None),
            ("1'234'567.80", "1234567.8"),
            ("1\u00a0234.50", "1234.5"),
            ("1\u202f234", "1234"),
            ("1e5", "100000"),
            (".5", "0.5"),
        ],
    )
    def test_45_and_47_an_amount_as_people_write_it(self, desk, text, value):
        desk.write(deals_csv=with_amounts(text, "7.25"))
        source = desk.read()
        if value is None:
            assert quarantined(source) == ["the amount is negative"]
        else:
            assert column(source, "amount") == [Decimal(value), Decimal("7.25")]

    @pytest.mark.parametrize("text", ["(100)", "\u2212100", "-100", "100-", "$-100", "($100.00)"])
    def test_46_and_48_a_negative_amount_in_any_writing_is_quarantined(self, desk, text):
        desk.write(deals_csv=with_amounts("5.50", text))
        assert quarantined(desk.read()) == ["the amount is negative"]

    @pytest.mark.parametrize(
        "text", ["€100", "EUR 100", "31%", "1,23,4.5", "1-2", "1_000", "0x10", "n/a", "1e-5", "nan"]
    )
    def test_what_is_no_amount_of_the_currency_is_quarantined(self, desk, text):
        desk.write(deals_csv=with_amounts("5.50", text))
        assert quarantined(desk.read()) == [f"amount: {text} is not an amount"]

    def test_44_nothing_decides(self, desk):
        desk.write(deals_csv=with_amounts("1.234", "500", "2.500"))
        assert desk.refused() == [
            "deals.csv, column 'amount', rows 2, 4: 1.234 is 1234 or 1,234: nothing in the column decides. "
            'Set `decimal` ("." or ",") and `thousands` of the table.'
        ]

    @pytest.mark.parametrize(
        ("settings", "value"),
        [({"decimal": ","}, "1234"), ({"thousands": "."} | {"decimal": ","}, "1234"), ({"decimal": "."}, "1.234")],
    )
    def test_44_a_declaration_decides(self, desk, settings, value):
        desk.write(deals_csv=with_amounts("1.234"))
        assert column(desk.read(settings), "amount") == [Decimal(value)]

    @pytest.mark.parametrize("decisive", ["1.50", "0.125", "1,234.5", "12345.678"])
    def test_44_a_point_elsewhere_in_the_column_decides(self, desk, decisive):
        desk.write(deals_csv=with_amounts("1.234", decisive))
        assert column(desk.read(), "amount")[0] == Decimal("1.234")

    @pytest.mark.parametrize("decisive", ["1.234,56", "12,5", "1.234.567"])
    def test_45_a_comma_elsewhere_in_the_column_decides_and_is_noted(self, desk, decisive):
        desk.write(deals_csv=with_amounts("1.234", decisive))
        source = desk.read()
        assert column(source, "amount")[0] == Decimal("1234")
        assert notes(source) == ("amount has a decimal comma",)

    def test_45_a_comma_and_a_point_in_one_column(self, desk):
        desk.write(deals_csv=with_amounts("1.234,56", "1,234.56"))
        assert desk.refused() == [
            "deals.csv, column 'amount', rows 2, 3: 1.234,56 has a decimal comma and 1,234.56 a decimal point. "
            'Set `decimal` ("." or ",") and `thousands` of the table.'
        ]

    def test_49_and_50_won_for_nothing_is_noted_and_won_without_an_amount_is_quarantined(self, desk):
        desk.write(deals_csv=with_amounts("0", ""))
        source = desk.read()
        assert notes(source) == ("1 won opportunity has an amount of zero",)
        assert quarantined(source) == ["won without an amount"]

    def test_54_amounts_are_summed_as_decimals(self, desk):
        desk.write(deals_csv=with_amounts(*["0.10"] * 1000, "99999999999.01"))
        assert desk.read().tables["opportunities"].amount.sum().to_pyarrow().as_py() == Decimal("100000000099.01")

    def test_22_a_spreadsheet_error_is_quarantined_in_any_column(self, desk, good):
        rows = (
            "#REF!,Won,1,,2026-01-01\nA2,Won,#N/A,,2026-01-01\nA3,#NAME?,1,,2026-01-01\nA4,Won,1,#VALUE!,2026-01-01\n"
        )
        desk.write(deals_csv=HEADER + rows + good())
        assert quarantined(desk.read()) == [
            "opportunity_id: #REF! is not an id",
            "amount: #N/A is not an amount",
            "stage: #NAME? is not text",
            "created_at: #VALUE! is not a date",
        ]


class TestFlagsAndShares:
    def test_55_flags_in_many_words(self, desk):
        words = ["TRUE", "1", "yes", "Ja", "waar", "t"]
        rows = [f"A{i},{word},{word},1,2026-02-01" for i, word in enumerate(words)]
        rows += [f"B{i},{word},{word},1,2026-02-01" for i, word in enumerate(["FALSE", "0", "no", "nein"])]
        desk.write(
            deals_csv="\n".join(["opportunity_id,is_closed,is_won,amount,close_date", *rows, "C,maybe,1,1,", ""])
        )
        source = desk.read()
        assert column(source, "stage") == ["Won"] * 6 + ["Qualify"] * 4
        assert quarantined(source) == ["is_closed: maybe is not yes or no"]

    def test_55_an_empty_flag_is_not_taken_for_no(self, desk, good):
        rows = "A1,true,,1,2026-02-01\nA2,,true,1,2026-02-01\nA3,false,true,1,2026-02-01\nA4,yes,no,1,2026-02-01\n"
        desk.write(deals_csv="opportunity_id,is_closed,is_won,amount,close_date\n" + rows)
        source = desk.read()
        assert quarantined(source) == ["is_closed or is_won is empty"] * 2 + ["won and not closed"]
        assert column(source, "stage") == ["Lost"]

    def test_neither_stage_nor_flags(self, desk):
        desk.write(deals_csv="opportunity_id,is_won\nA1,true\n")
        assert desk.refused() == [
            "deals.csv, column 'stage': is missing. Map it under columns: stage, or map both is_closed and is_won."
        ]

    @pytest.mark.parametrize("texts", [("25%", "100%"), ("0.25", "1"), ("25", "100")])
    def test_45_probabilities_in_any_one_writing(self, desk, texts):
        rows = "".join(f"A{i},Qualify,{text}\n" for i, text in enumerate(texts))
        desk.write(deals_csv="opportunity_id,stage,probability\n" + rows)
        assert column(desk.read(), "probability") == [0.25, 1.0]

    def test_56_probabilities_in_two_writings(self, desk):
        desk.write(deals_csv="opportunity_id,stage,probability\nA1,Qualify,0.25\nA2,Qualify,30\nA3,Qualify,40\n")
        assert desk.refused() == [
            "deals.csv, column 'probability', rows 3, 4: some are given as 0-1 and others as 0-100. "
            "Set `percent: true` if 0.5 means half a percent, else export it in one way."
        ]
        source = desk.read({"percent": True})
        assert column(source, "probability") == [0.0025, 0.3, 0.4]

    @pytest.mark.parametrize("plain", ["25", "2", "1.5"])
    def test_56_a_percent_sign_beside_numbers_that_lack_it(self, desk, plain):
        desk.write(
            deals_csv=f"opportunity_id,stage,probability\nA1,Qualify,100 %\nA2,Qualify,0.25\nA3,Qualify,{plain}\n"
        )
        assert desk.refused() == [
            f"deals.csv, column 'probability', row 4: {plain} has no percent sign and others have one. "
            "Export it in one way."
        ]

    def test_52_several_currencies(self, desk):
        desk.write(
            deals_csv="opportunity_id,stage,currency\nA1,Qualify,USD\nA2,Qualify,EUR\nA3,Qualify,CHF\nA4,Qualify,\n"
        )
        assert desk.refused() == [
            "deals.csv, column 'currency', rows 3, 4: amounts are in CHF, EUR and the company's currency is USD. "
            "Convert them before the export, or leave out the column if they are converted already."
        ]
