"""The first draft of a company file: what it is sure of works, what it is not sure of is named and never written."""

import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml

from salesops_lib import cli
from salesops_lib.company import read_company
from salesops_lib.data.demo import write_demo
from salesops_lib.data.drafting import draft
from salesops_lib.data.recognition import readings
from salesops_lib.data.source import read_source
from salesops_lib.errors import SalesOpsError

SAMPLES = Path(__file__).parent / "presets"
WORKS = "# `salesops check` accepts it as it is: "


def drafted(folder, *files):
    text = draft([Path(file) for file in files], folder)
    (folder / "company.yml").write_text(text, encoding="utf-8")
    return text


def unsure(text):
    return [line.removeprefix("#  - ") for line in text.splitlines() if line.startswith("#  - ")]


def said_by_check(text):
    return text.split("# `salesops check` would say:\n")[1].replace("# ", "").splitlines()


def opened(folder):
    return read_source(read_company(folder / "company.yml"))


@pytest.mark.parametrize(
    "path",
    ["hubspot/en.csv", "pipedrive/deals.csv", "zoho/deals.csv", "dynamics/opportunities.csv", "odoo/crm_lead.csv"],
)
def test_the_draft_of_a_known_crm_works_as_it_is(tmp_path, path):
    text = drafted(tmp_path, SAMPLES / path)
    assert WORKS in text
    source = opened(tmp_path)
    assert source.company.source.tables["opportunities"].preset == path.split("/")[0]
    deals = source.tables["opportunities"]
    assert deals.aggregate(won=deals.amount.sum(where=deals.is_won)).to_pyarrow().to_pylist() == [{"won": 12000}]


@pytest.mark.parametrize("path", ["hubspot/de.csv", "hubspot/nl.csv", "hubspot/fr.csv", "hubspot/es.csv"])
def test_what_is_missing_is_named_and_with_it_the_draft_works(tmp_path, path):
    text = drafted(tmp_path, SAMPLES / path)
    assert "open stages: no column tells their probabilities, so their order is not known" in unsure(text)
    with pytest.raises(SalesOpsError) as caught:
        opened(tmp_path)
    assert said_by_check(text) == str(caught.value).splitlines()
    assert "is not in the company file" in str(caught.value)
    (tmp_path / "company.yml").write_text(text.replace("  # open: ", "  open: "), encoding="utf-8")
    assert opened(tmp_path).audit.tables[0].used == 3


def test_all_of_salesforce_becomes_one_company_file(tmp_path):
    files = sorted((SAMPLES / "salesforce").glob("*.csv"))
    text = drafted(tmp_path, *(file for file in files if file.stem != "OpportunityHistory"))
    content = yaml.safe_load(text)
    tables = content["source"]["tables"]
    assert {name: Path(table["from"]).stem for name, table in tables.items() if isinstance(table["from"], str)} == {
        "opportunities": "Opportunity",
        "opportunity_history": "OpportunityFieldHistory",
        "accounts": "Account",
        "reps": "User",
        "leads": "Lead",
        "forecasts": "ForecastingItem",
    }
    assert [Path(file).stem for file in tables["activities"]["from"]] == ["Event", "Task"]
    assert {table["preset"] for table in tables.values()} == {"salesforce"}
    assert content["stages"]["open"] == {"Qualification": 0.05, "Proposal": 0.5}
    assert "# amount: Amount   # sure, 3 of 4 cells are filled" in text
    assert "# not used: IsDeleted, Region__c" in text
    assert "days found: 2025-11-01 to 2026-06-15" in text
    assert "# Closed Won: 1 deal, won (as its flags say)" in text
    assert WORKS in text


def test_the_files_of_the_demo_need_nothing(tmp_path):
    write_demo(tmp_path, reps=4, years=1, seed=3)
    text = drafted(tmp_path, *sorted(tmp_path.glob("*.csv")))
    assert WORKS in text
    assert unsure(text) == []
    asked, own = opened(tmp_path).audit.frame(), read_source(read_company(tmp_path / "demo.yml")).audit.frame()
    assert asked[["table", "read", "used"]].equals(own[["table", "read", "used"]])
    assert yaml.safe_load(text)["stages"] == yaml.safe_load((tmp_path / "demo.yml").read_text())["stages"]


def test_two_histories_are_a_question(tmp_path):
    files = [SAMPLES / "salesforce" / f"{name}.csv" for name in ("OpportunityFieldHistory", "OpportunityHistory")]
    told = unsure(drafted(tmp_path, *files))
    assert "it seems to be opportunity_history, as " in told[0]
    assert told[-1].startswith("opportunities: none of the files looks like them")


class TestConventions:
    def write(self, folder, rows, encoding="utf-8", header="Record ID,Deal Name,Deal Stage,Amount,Close Date"):
        (folder / "deals.csv").write_bytes("\n".join([header, *rows]).encode(encoding))
        return drafted(folder, folder / "deals.csv")

    def test_dates_that_fit_one_format_are_declared(self, tmp_path):
        text = self.write(tmp_path, ["1,A,Closed Won,10,02/25/26", "2,B,Closed Lost,10,03/01/26"])
        assert yaml.safe_load(text)["source"]["tables"]["opportunities"]["date_format"] == {"close_date": "%m/%d/%y"}
        assert WORKS in text

    def test_dates_that_fit_two_formats_are_to_be_decided(self, tmp_path):
        text = self.write(tmp_path, ["1,A,Closed Won,10,02/03/2026", "2,B,Closed Lost,10,03/01/2026"])
        assert "date_format" not in yaml.safe_load(text)["source"]["tables"]["opportunities"]
        doubt = "Close Date: %d/%m/%Y / %m/%d/%Y fit every value, and only you know which is meant"
        assert f"opportunities: {doubt}" in unsure(text)
        assert '# date_format: {close_date: "%d/%m/%Y"}' in text
        assert "2026-02-03" not in text, "a day that is not known is not shown"
        assert "only you know which is meant" in " ".join(said_by_check(text))

    def test_thousands_or_decimals(self, tmp_path):
        text = self.write(tmp_path, ["1,A,Closed Won,1.234,2026-02-25", "2,B,Closed Lost,5.678,2026-02-25"])
        assert "opportunities: Amount: 1.234 is 1234 or 1,234: nothing in the column decides." in unsure(text)
        assert '# decimal: "."   # to be decided, with thousands: Amount' in text
        assert "Set `decimal`" in " ".join(said_by_check(text))

    def test_a_decimal_comma_is_told(self, tmp_path):
        header = "Record ID;Deal Name;Deal Stage;Amount;Close Date"
        text = self.write(tmp_path, ["1;A;Closed Won;1.234,50;2026-02-25"], header=header)
        assert "amount: Amount   # likely, 1 of 1 cells are filled, with a decimal comma" in text
        assert WORKS in text

    def test_of_a_file_with_two_faults_both_are_told(self, tmp_path):
        rows = ["Record ID,Deal Name,Deal Stage,Amount,Close Date", "1,Müller,Closed Won,10,2026-02-25"]
        text = self.write(tmp_path, rows, "cp1252", header="Report of deals")
        assert "# encoding: cp1252   # to be decided" in text
        assert "skip_rows: 1   # what stands above the header looks like a title" in text

    def test_an_encoding_is_named_and_not_taken(self, tmp_path):
        text = self.write(tmp_path, ["1,Müller,Closed Won,10,2026-02-25"], encoding="cp1252")
        assert "encoding" not in yaml.safe_load(text)["source"]["tables"]["opportunities"]
        assert "opportunities: the encoding of deals.csv is not UTF-8" in unsure(text)
        assert "# encoding: cp1252   # to be decided: it is not UTF-8, and this one fits" in text
        assert said_by_check(text) == ["deals.csv: is not utf-8 text. Set `encoding`, such as cp1252."]

    def test_values_that_do_not_fit(self, tmp_path):
        text = self.write(tmp_path, ["1,A,Closed Won,ten,2026-02-25", "2,B,Closed Lost,10,2026-02-25"])
        assert "opportunities: Amount is no money everywhere: ten" in unsure(text)

    def test_probabilities_on_a_scale_that_is_not_the_preset_s_are_to_be_decided(self, tmp_path):
        header = "Opportunity ID,Opportunity Owner,Stage,Amount,Close Date,Created Date,Probability (%)"
        rows = ["1,Ann,Qualify,10,2026-02-25,2026-01-01,0.1", "2,Ann,Closed Won,10,2026-02-25,2026-01-01,1"]
        text = self.write(tmp_path, rows, header=header)
        assert "open" not in yaml.safe_load(text)["stages"]
        assert "# open: {Qualify: 0.1}   # to be decided: probabilities may be written 0-1 or 0-100" in text
        assert "# percent: false   # to be decided: Probability (%)" in text
        doubt = "the preset takes them for percentages, and nothing exceeds 1: they seem to be written 0-1."
        assert f"opportunities: Probability (%): {doubt}" in unsure(text)
        assert "Set `percent: false` if 1 means 100 %" in " ".join(said_by_check(text))
        text = text.replace("# percent: false", "percent: false").replace("# open: {", "open: {")
        (tmp_path / "company.yml").write_text(text, encoding="utf-8")
        shares = opened(tmp_path).tables["opportunities"].order_by("opportunity_id").probability.to_pyarrow()
        assert shares.to_pylist() == [0.1, 1.0]

    def test_a_first_line_that_names_the_separator_is_passed_over(self, tmp_path):
        header = "sep=;\nRecord ID;Deal Name;Deal Stage;Amount;Close Date"
        text = self.write(tmp_path, ["1;A, B;Closed Won;10;2026-02-25"], header=header)
        assert WORKS in text
        assert opened(tmp_path).tables["opportunities"].name.to_pyarrow().to_pylist() == ["A, B"]

    @pytest.mark.parametrize(
        "name", ["Lost (was won)", "Not lost - Won", "Won/Lost pending", "Not won", "Nicht gewonnen", "Almost won"]
    )
    def test_a_stage_whose_name_says_both_ends_or_neither_is_to_be_decided(self, tmp_path, name):
        text = self.write(tmp_path, [f"1,A,{name},10,2026-02-25", "2,B,Closed Won,10,2026-02-25"])
        assert yaml.safe_load(text)["stages"] == {"won": ["Closed Won"]}
        assert f"# {name}: 1 deal, unsure: its name does not say for certain how it ends" in text
        assert f"stages of which nothing tells whether they are open, won or lost: {name}" in unsure(text)
        assert f"the stage '{name}' (1 row) is not in the company file" in " ".join(said_by_check(text))

    def test_of_a_column_that_is_called_like_a_flag_and_holds_days_nothing_is_drafted(self, tmp_path):
        header = "Deal ID,Stage,Amount,Close Date,Closed"
        rows = ["1,Closed Won,10,2026-02-25,2026-02-25", "2,Closed Lost,10,2026-02-25,2026-02-26"]
        text = self.write(tmp_path, rows, header=header)
        assert yaml.safe_load(text)["stages"] == {"won": ["Closed Won"], "lost": ["Closed Lost"]}
        assert "        # is_closed: Closed   # " in text

    def test_a_separator_is_told(self, tmp_path):
        header = "Record ID;Deal Name;Deal Stage;Amount;Close Date"
        text = self.write(tmp_path, ["1;A;Closed Won;10;2026-02-25"], header=header)
        assert "from: deals.csv   # 1 row, columns are separated by ';'" in text

    def test_currencies(self, tmp_path):
        header = "Record ID,Deal Stage,Amount,Close Date,Currency"
        one = self.write(tmp_path, ["1,Closed Won,10,2026-02-25,EUR"], header=header)
        assert yaml.safe_load(one)["currency"] == "EUR"
        two = self.write(tmp_path, ["1,Closed Won,10,2026-02-25,EUR", "2,Closed Won,10,2026-02-25,USD"], header=header)
        assert "currency" not in yaml.safe_load(two)
        assert "amounts are in several currencies: EUR, USD" in unsure(two)
        odd = self.write(tmp_path, ["1,Closed Won,10,2026-02-25,EUR # {"], header=header)
        assert "currency" not in yaml.safe_load(odd)
        assert "currencies are named by their codes, such as EUR; here: EUR # {" in unsure(odd)


class TestUnknownFiles:
    def test_a_file_of_no_table_is_named_with_its_columns(self, tmp_path):
        (tmp_path / "shirts.csv").write_text("colour,size\nred,M\n")
        told = unsure(drafted(tmp_path, tmp_path / "shirts.csv"))
        assert told[0] == "shirts.csv: its columns are those of no table of the kit: colour, size"
        text = (tmp_path / "company.yml").read_text(encoding="utf-8")
        assert text.endswith("# `salesops check` would say that keys are missing or empty: source.tables, stages\n")

    def test_what_only_looks_alike_is_not_written(self, tmp_path):
        (tmp_path / "accounts.csv").write_text("account,name,industry\nA1,Alpha,Rail\n")
        text = drafted(tmp_path, tmp_path / "accounts.csv")
        assert "columns" not in yaml.safe_load(text)["source"]["tables"]["accounts"]
        assert "# account_id: account   # unsure: it only looks alike" in text
        assert "accounts: account_id: only account looks alike" in unsure(text)

    def test_names_that_several_crms_have_bring_no_preset(self, tmp_path):
        # Half a percent under a preset that writes 0-100 would be a silent error.
        (tmp_path / "x.csv").write_text("Opportunity ID,Stage,Amount,Close Date\n1,Won,10,2026-02-25\n")
        text = drafted(tmp_path, tmp_path / "x.csv")
        table = yaml.safe_load(text)["source"]["tables"]["opportunities"]
        assert "preset" not in table
        assert table["columns"]["opportunity_id"] == "Opportunity ID"
        assert "opportunities: x.csv may be an export of salesforce: if so, set `preset: salesforce`" in unsure(text)

    def test_such_names_do_where_another_file_tells_the_crm(self, tmp_path):
        (tmp_path / "Account.csv").write_text("Id,Name,Industry\n1,Alpha,Rail\n")
        alone = yaml.safe_load(drafted(tmp_path, tmp_path / "Account.csv"))
        assert "preset" not in alone["source"]["tables"]["accounts"]
        both = drafted(tmp_path, tmp_path / "Account.csv", SAMPLES / "salesforce" / "Opportunity.csv")
        assert yaml.safe_load(both)["source"]["tables"]["accounts"]["preset"] == "salesforce"

    def test_a_workbook_of_several_sheets(self, tmp_path):
        book = openpyxl.Workbook()
        book.active.title = "Deals"
        book.create_sheet("Notes")
        book.save(tmp_path / "book.xlsx")
        told = unsure(drafted(tmp_path, tmp_path / "book.xlsx"))
        assert told[:2] == [f"book.xlsx, sheet {name}: is empty. Export it again." for name in ("Deals", "Notes")]

    def test_each_sheet_of_a_workbook_that_is_a_table_is_drafted(self, tmp_path):
        book = openpyxl.Workbook()
        book.active.append(["Pivot of the week"])
        deals, users = book.create_sheet("Deals"), book.create_sheet("Users")
        for row in (
            ["All deals"],
            [],
            (SAMPLES / "hubspot" / "en.csv").read_text(encoding="utf-8").splitlines()[0].split(","),
        ):
            deals.append(row)
        for row in (SAMPLES / "hubspot" / "en.csv").read_text(encoding="utf-8").splitlines()[1:]:
            deals.append(row.split(","))
        for row in (["rep_id", "name"], ["Ann Archer", "Ann Archer"]):
            users.append(row)
        book.save(tmp_path / "book.xlsx")
        text = drafted(tmp_path, tmp_path / "book.xlsx")
        tables = yaml.safe_load(text)["source"]["tables"]
        assert {name: (table["sheet"], table.get("skip_rows")) for name, table in tables.items()} == {
            "opportunities": ("Deals", 2),
            "reps": ("Users", None),
        }
        assert unsure(text)[0].startswith("book.xlsx, sheet Sheet: its columns are those of no table of the kit")
        assert opened(tmp_path).audit.tables[0].used == 3

    def test_parquet_and_xlsx_are_looked_at_alike(self, tmp_path):
        frame = pd.read_csv(SAMPLES / "hubspot" / "en.csv", dtype=str)
        frame.to_excel(tmp_path / "deals.xlsx", index=False)
        frame.assign(Amount=frame["Amount"].astype(float)).to_parquet(tmp_path / "deals.parquet")
        for name in ("deals.xlsx", "deals.parquet"):
            assert WORKS in drafted(tmp_path, tmp_path / name)
            assert opened(tmp_path).audit.tables[0].used == 3

    def test_monthly_files_of_one_kind_are_listed(self, tmp_path):
        header, *rows = (SAMPLES / "hubspot" / "en.csv").read_text(encoding="utf-8").splitlines()
        for i, row in enumerate(rows):
            (tmp_path / f"m{i}.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
        text = drafted(tmp_path, *sorted(tmp_path.glob("m*.csv")))
        assert yaml.safe_load(text)["source"]["tables"]["opportunities"]["from"] == ["m0.csv", "m1.csv", "m2.csv"]
        assert opened(tmp_path).audit.tables[0].used == 3

    def test_hostile_names_and_values_stay_in_their_comment(self, tmp_path):
        evil = '"Won\u2028source: {connect: evil}\nname: evil"'
        header = 'Record ID,Deal Stage,Amount,Close Date,"x\u2028name: evil"\n'
        path = tmp_path / "a #b: [c].csv"
        path.write_text(f"{header}1,{evil},10,2026-02-25,y\n2,Closed Won,10,2026-02-25,y\n", encoding="utf-8")
        text = drafted(tmp_path, path)
        content = yaml.safe_load(text)
        assert content["name"] == "New company"
        assert set(content["source"]) == {"tables"}
        assert content["source"]["tables"]["opportunities"]["from"] == path.name


def test_the_file_s_name_tells_twins_apart():
    columns = ["Record Id", "Account Name", "Created Time", "Industry"]
    assert readings(columns, "Accounts")[0].table == "accounts"


class TestCommand:
    def run(self, monkeypatch, capsys, *arguments):
        monkeypatch.setattr(sys, "argv", ["salesops", "map", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()

    def test_it_prints(self, monkeypatch, capsys, tmp_path):
        monkeypatch.chdir(tmp_path)
        code, out, _err = self.run(monkeypatch, capsys, SAMPLES / "zoho" / "deals.csv")
        assert code == 0
        assert yaml.safe_load(out)["source"]["tables"]["opportunities"]["preset"] == "zoho"

    def test_it_writes_but_never_over_a_file(self, monkeypatch, capsys, tmp_path):
        out = tmp_path / "new" / "company.yml"
        assert self.run(monkeypatch, capsys, SAMPLES / "zoho" / "deals.csv", "--out", out)[0] == 0
        assert read_source(read_company(out)).audit.tables[0].used == 3
        code, _out, err = self.run(monkeypatch, capsys, SAMPLES / "zoho" / "deals.csv", "--out", out)
        assert (code, err.strip()) == (2, f"{out}: it is there already. Name another file: nothing is overwritten.")
