"""Ids, names, stages and rules: what is one thing, what is two, and what contradicts itself."""

import re

import pytest

from salesops_lib.data.book import open_book
from salesops_lib.errors import CompanyError, SourceError
from salesops_lib.metrics import measure

ONE_OR_LATEST = "Keep one row for each, or name the column that tells the latest under `latest_by`."

HEADER = "opportunity_id,rep_id,stage,amount,created_at,closed_at\n"
ROW = "A1,R1,Won,100.00,2026-01-05,2026-02-05\n"


def column(source, name, table="opportunities"):
    return source.tables[table].order_by("_row")[name].to_pyarrow().to_pylist()


def audit(source, table="opportunities"):
    return next(each for each in source.audit.tables if each.table == table)


def test_57_exact_copies_are_dropped_and_counted(desk):
    desk.write(deals_csv=HEADER + ROW * 3 + ROW.replace("A1", "A2") * 2)
    found = audit(desk.read())
    assert (found.read, found.used, found.quarantined, found.dropped) == (5, 2, 0, 3)
    assert found.notes == ("3 exact copies were dropped",)


def test_57_a_row_that_differs_in_an_unused_column_is_a_copy_too(desk):
    desk.write(deals_csv=HEADER.replace("\n", ",line\n") + ROW.replace("\n", ",1\n") + ROW.replace("\n", ",2\n"))
    assert audit(desk.read()).notes == ("1 exact copy was dropped", "columns not used: line")


def test_58_one_id_with_different_values_is_rejected(desk):
    desk.write(deals_csv=HEADER + ROW + ROW.replace("A1", "A2") + ROW.replace("100", "101") + ROW)
    assert desk.refused() == [
        "deals.csv, column 'opportunity_id', rows 2, 4: the same opportunity_id has different values: A1. "
        f"{ONE_OR_LATEST}"
    ]


def test_58_a_quarantined_row_is_no_conflict(desk, good):
    desk.write(deals_csv=HEADER + ROW + ROW.replace("100.00", ""))
    found = audit(desk.read())
    assert (found.read, found.used, found.quarantined, found.dropped) == (2, 1, 1, 0)


IDS = ["007", "1E5", "12345678901234567", "NA", "None", "null", "nan", "-", "TRUE", "2026-01-05"]


@pytest.mark.parametrize("id_", IDS)
def test_59_to_62_an_id_is_text_whatever_it_looks_like(desk, id_):
    desk.write(deals_csv=HEADER + ROW.replace("A1", id_).replace("R1", id_) + "A2,,Won,1,,2026-02-05\n")
    source = desk.read()
    assert (column(source, "opportunity_id"), column(source, "rep_id")) == ([id_, "A2"], [id_, None])


def test_63_an_empty_rep_stays_a_row(desk):
    desk.write(deals_csv=HEADER + ROW.replace("R1", " "))
    source = desk.read()
    assert (column(source, "rep_id"), audit(source).notes) == ([None], ())


def test_63_an_empty_key_is_quarantined(desk):
    desk.write(deals_csv=HEADER + ROW + ROW.replace("A1", ""))
    assert desk.read().audit.quarantine[["row", "reason"]].values.tolist() == [[3, "opportunity_id is empty"]]


@pytest.mark.parametrize("name", ["Jose\u0301", "José ", " José", "Jos\u200bé", "José\ufeff"])
def test_64_one_name_in_many_writings_is_one(desk, name):
    desk.write(deals_csv=HEADER + ROW + ROW.replace("A1,R1", f"A2,{name}"))
    assert column(desk.read(), "rep_id") == ["R1", "José"]


def test_66_two_reps_of_one_name_stay_two(desk):
    desk.write(deals_csv=HEADER + ROW, reps_csv="rep_id,name\nR1,Ann\nR2,Ann\n")
    assert column(desk.read(tables={"reps": "reps.csv"}), "name", "reps") == ["Ann", "Ann"]


def test_65_a_rep_renamed_mid_year_is_one_rep_by_id_with_the_latest_name(desk):
    rows = ROW + ROW.replace("A1", "A2").replace("2026-02-05", "2026-08-05")
    desk.write(deals_csv=HEADER + rows, reps_csv="rep_id,name\nR1,Ann Married\n")
    book = open_book(desk.company(tables={"reps": "reps.csv"}))
    found = measure(book, "revenue_won", "2026", by="rep", grain="quarter")
    assert found.loc[found["value"] > 0, ["period", "rep", "rep_name", "value"]].values.tolist() == [
        ["2026Q1", "R1", "Ann Married", 100],
        ["2026Q3", "R1", "Ann Married", 100],
    ]


def test_65_both_names_in_the_table_of_reps_are_rejected(desk):
    desk.write(deals_csv=HEADER + ROW, reps_csv="rep_id,name\nR1,Ann\nR1,Ann Married\n")
    assert desk.refused(tables={"reps": "reps.csv"})[0].startswith(
        "reps.csv, column 'rep_id', rows 2, 3: the same rep_id has different values: R1."
    )


def test_66_two_reps_of_one_name_are_shown_with_their_ids(desk):
    desk.write(deals_csv=HEADER + ROW + ROW.replace("A1,R1", "A2,R2"), reps_csv="rep_id,name\nR1,Ann\nR2,Ann\nR3,Bo\n")
    book = open_book(desk.company(tables={"reps": "reps.csv"}))
    found = measure(book, "revenue_won", "2026Q1", by="rep")
    assert found[["rep_name", "value"]].values.tolist() == [["Ann (R1)", 100], ["Ann (R2)", 100], ["Bo", 0]]


def test_67_the_quota_of_a_rep_who_joined_and_left_mid_quarter_is_cut_and_noted(desk):
    desk.write(
        deals_csv=HEADER + ROW,
        reps_csv="rep_id,name,hired_on,left_on\nR1,Ann,2026-01-31,\nR2,Bo,,2026-01-31\nR3,Cy,,\n",
        quotas_csv="rep_id,period_start,period_end,quota\n"
        + "".join(f"{rep},2026-01-01,2026-03-31,900\n" for rep in ("R1", "R2", "R3")),
    )
    book = open_book(desk.company(tables={"reps": "reps.csv", "quotas": "quotas.csv"}))
    found = measure(book, "quota", "2026Q1", by="rep")
    # 60, 31 and 90 of the quarter's 90 days
    assert found["value"].tolist() == [600, 310, 900]
    assert "prorated" in found.attrs["notes"]["quota"]


def test_63_and_70_an_empty_rep_and_an_unknown_one_are_never_dropped(desk):
    rows = ROW + ROW.replace("A1,R1", "A2,") + ROW.replace("A1,R1", "A3,R9")
    desk.write(deals_csv=HEADER + rows, reps_csv="rep_id,name,team\nR1,Ann,East\n")
    book = open_book(desk.company(tables={"reps": "reps.csv"}))
    found = measure(book, "revenue_won", "2026Q1", by="rep")
    assert sorted(found[["rep", "rep_name", "value"]].values.tolist()) == [
        ["R1", "Ann", 100],
        ["R9", "Unknown", 100],
        ["Unassigned", "Unassigned", 100],
    ]
    by_team = measure(book, "revenue_won", "2026Q1", by="team")
    assert dict(zip(by_team["team"], by_team["value"], strict=True)) == {"East": 100, "Unassigned": 100, "Unknown": 100}


def test_69_a_lookup_with_two_rows_for_one_id_is_rejected(desk):
    desk.write(deals_csv=HEADER + ROW, reps_csv="rep_id,name,team\nR1,Ann,East\nR1,Ann,West\n")
    assert desk.refused(tables={"reps": "reps.csv"}) == [
        f"reps.csv, column 'rep_id', rows 2, 3: the same rep_id has different values: R1. {ONE_OR_LATEST}"
    ]


def test_69_a_key_of_several_columns_with_an_empty_part(desk):
    header = "rep_id,period_start,period_end,category,submitted_at,amount\n"
    row = "R1,2026-01-01,2026-03-31,,2026-01-05,100\n"
    desk.write(deals_csv=HEADER + ROW, forecasts_csv=header + row + row.replace(",100\n", ",200\n"))
    assert desk.refused(tables={"forecasts": "forecasts.csv"}) == [
        "forecasts.csv, column 'rep_id', rows 2, 3: the same rep_id and period_start and category and submitted_at "
        f"has different values: R1 2026-01-01 None 2026-01-05 00:00:00. {ONE_OR_LATEST}"
    ]


def test_70_an_orphan_stays_and_is_noted(desk):
    rows = ROW + ROW.replace("A1,R1", "A2,R9") + ROW.replace("A1,R1", "A3,R9") + ROW.replace("A1,R1", "A4,R8")
    desk.write(deals_csv=HEADER + rows, reps_csv="rep_id,name\nR1,Ann\n")
    source = desk.read(tables={"reps": "reps.csv"})
    assert audit(source).notes == ("3 rows have a rep_id that reps does not have ('R9', 'R8')",)
    assert audit(source).used == 4


def test_70_history_of_no_opportunity_and_the_other_way_round(desk):
    history = "opportunity_id,changed_at,stage\nA1,2026-01-05,Qualify\nA9,2026-01-05,Qualify\n"
    desk.write(deals_csv=HEADER + ROW + ROW.replace("A1", "A2"), history_csv=history)
    source = desk.read(tables={"opportunity_history": "history.csv"})
    assert audit(source).notes == ("1 opportunity has no history: its past is made up of its dates",)
    assert audit(source, "opportunity_history").notes == (
        "it does not tell amount, close date, forecast category: those of the past are today's",
        "1 row has an opportunity_id that opportunities does not have ('A9')",
    )


def test_71_unknown_stages_are_rejected_with_the_nearest(desk):
    desk.write(
        deals_csv=HEADER
        + ROW
        + ROW.replace("A1", "A2").replace("Won", "Wonn")
        + ROW.replace("A1", "A3").replace("Won", "xyz")
    )
    assert desk.refused() == [
        "deals.csv, column 'stage', row 3: the stage 'Wonn' (1 row) is not in the company file. Did you mean Won? "
        "Add it under stages, or map it under values: stage.",
        "deals.csv, column 'stage', row 4: the stage 'xyz' (1 row) is not in the company file. "
        "Known: Lost, Propose, Qualify, Won. Add it under stages, or map it under values: stage.",
    ]


def test_71_in_the_history_too(desk):
    desk.write(deals_csv=HEADER + ROW, history_csv="opportunity_id,changed_at,stage\nA1,2026-01-05,Qualified\n")
    assert desk.refused(tables={"opportunity_history": "history.csv"})[0].startswith(
        "history.csv, column 'stage', row 2: the stage 'Qualified' (1 row) is not in the company file."
    )


def test_72_a_renamed_stage_and_74_a_spelling_are_mapped(desk):
    desk.write(deals_csv=HEADER + ROW + ROW.replace("A1", "A2").replace("Won", "Closed won"))
    assert column(desk.read({"values": {"stage": {"Closed won": "Won"}}}), "stage") == ["Won", "Won"]


def test_72_a_mapping_of_a_column_that_is_not_there(desk):
    desk.write(deals_csv=HEADER + ROW)
    assert desk.refused({"values": {"stag": {"a": "b"}}}) == [
        "deals.csv: `values` names 'stag', which is not mapped. Did you mean stage?"
    ]


@pytest.mark.parametrize(
    ("stage", "closed", "won"), [("Won", "true", "false"), ("Lost", "", "true"), ("Propose", "true", "")]
)
def test_73_a_stage_that_contradicts_its_flags_is_quarantined(desk, good, stage, closed, won):
    header = HEADER.replace("\n", ",is_closed,is_won\n")
    desk.write(
        deals_csv=header + ROW.replace("\n", ",true,true\n") + f"A2,R1,{stage},1,2026-01-05,2026-02-05,{closed},{won}\n"
    )
    source = desk.read()
    assert list(source.audit.quarantine["reason"]) == [f"the stage {stage} contradicts is_won or is_closed"]


def test_an_empty_stage_and_a_close_without_a_date_are_quarantined(desk):
    desk.write(deals_csv=HEADER + ROW + "A2,R1,,1,,\nA3,R1,Lost,1,,\n")
    assert list(desk.read().audit.quarantine["reason"]) == ["the stage is empty", "closed without a date"]


class TestLossBudget:
    def bad(self, n):
        return "".join(f"B{i},R1,Won,,2026-01-05,2026-02-05\n" for i in range(n))

    def many(self, n):
        return "".join(ROW.replace("A1", f"A{i}") for i in range(n))

    @pytest.mark.parametrize(("bad", "fine"), [(5, 1), (6, 114), (10, 190)])
    def test_within_it_rows_are_quarantined(self, desk, bad, fine):
        desk.write(deals_csv=HEADER + self.bad(bad) + self.many(fine))
        found = audit(desk.read())
        assert (found.read, found.used, found.quarantined) == (bad + fine, fine, bad)

    def test_beyond_it_the_source_is_rejected(self, desk):
        desk.write(deals_csv=HEADER + self.bad(6) + self.many(113))
        assert desk.refused() == [
            "deals.csv: 6 of 119 rows cannot be used, more than the loss budget of 5%. "
            "Mend what follows, or raise source: loss_budget.",
            "deals.csv, rows 2, 3, 4, 5, 6: won without an amount (6 rows).",
        ]

    def test_it_can_be_raised(self, desk):
        desk.write(deals_csv=HEADER + self.bad(6) + self.many(6))
        assert audit(desk.read(source={"loss_budget": 0.5})).quarantined == 6

    def test_no_usable_row_is_a_rejection_however_few_there_are(self, desk):
        desk.write(deals_csv=HEADER + self.bad(1))
        assert desk.refused() == [
            "deals.csv: none of its 1 rows can be used. Mend what follows.",
            "deals.csv, row 2: won without an amount (1 row).",
        ]

    def test_only_a_total_row_is_no_row(self, desk):
        desk.write(deals_csv=HEADER + "Total,,,100,,\n")
        assert desk.refused()[0].startswith("deals.csv: has a header and no rows.")


class TestConnection:
    def test_a_password_is_never_shown(self, desk, monkeypatch):
        monkeypatch.setenv("SALES_PASSWORD", "hunter2")
        for address in (
            "postgres://ann:${SALES_PASSWORD}@nowhere.invalid/x",
            "postgres://ann:hunter2@nowhere.invalid/x",
        ):
            path = desk.company(source={"connect": address})
            with pytest.raises(SourceError) as caught:
                open_book(path)
            assert "hunter2" not in str(caught.value)
            assert re.fullmatch(
                r"key 'source.connect': the connection failed \(the server does not answer\)\. "
                r"Check the address 'postgres://\*\*\*' and that its engine is installed\.",
                str(caught.value),
            )

    def test_a_variable_that_is_not_set_is_named(self, desk):
        with pytest.raises(
            CompanyError, match=r"key 'source.connect': the environment has no NOT_SET_AT_ALL\. Set the"
        ):
            open_book(desk.company(source={"connect": "postgres://ann:${NOT_SET_AT_ALL}@nowhere.invalid/x"}))

    def test_a_query_that_fails_names_its_table_and_no_folder(self, desk):
        said = desk.refused({"query": "SELECT * FROM 'nowhere.csv'"})
        assert said[0].startswith("query of opportunities: it failed: IO Error: ")
        assert str(desk.folder) not in said[0]

    def test_an_unknown_table_of_the_kit(self, desk):
        desk.write(deals_csv=HEADER + ROW)
        with pytest.raises(CompanyError) as caught:
            open_book(desk.company(tables={"rep": "reps.csv"}))
        assert str(caught.value) == "key 'source.tables.rep': 'rep' is no table of the kit. Did you mean reps?"
