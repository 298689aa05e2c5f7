"""The company file: what it may say, and what is said of one that says something else."""

import pytest
import yaml

from salesops_lib.company import Company, read_company, resolve_secrets
from salesops_lib.errors import CompanyError

GOOD = {
    "name": "Testers",
    "source": {"tables": {"opportunities": "deals.csv"}},
    "stages": {"open": {"Qualify": 0.1}, "won": ["Won"], "lost": ["Lost"]},
}
TABLE = "key 'source.tables.opportunities'"


def refused(tmp_path, content):
    path = tmp_path / "company.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(CompanyError) as caught:
        read_company(path)
    assert caught.value.exit_code == 2
    return [line.removeprefix(f"{path}, ").removeprefix(f"{path}: ") for line in str(caught.value).splitlines()]


def with_table(**settings):
    return {**GOOD, "source": {"tables": {"opportunities": {"from": "deals.csv", **settings}}}}


def test_a_table_may_be_the_name_of_its_file(tmp_path):
    path = tmp_path / "company.yml"
    path.write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    company = read_company(path)
    assert company.source.tables["opportunities"].from_ == "deals.csv"
    assert (company.currency, company.folder, company.stages.all) == ("USD", tmp_path, ("Qualify", "Won", "Lost"))


CASES = {
    "a typo": ({**GOOD, "curency": "EUR"}, "key 'curency': unknown key. Did you mean currency?"),
    "a typo of a table": (
        with_table(colums={}),
        "key 'source.tables.opportunities.colums': unknown key. Did you mean columns?",
    ),
    "folder is not a key": ({**GOOD, "folder": "/"}, "key 'folder': unknown key. Known: brand, calendar, "),
    "file is not a key": ({**GOOD, "file": "x"}, "key 'file': unknown key. Known: brand, calendar, "),
    "a typo of privacy": (
        {**GOOD, "privacy": {"pseudonym": True}},
        "key 'privacy.pseudonym': unknown key. Did you mean pseudonyms?",
    ),
    "an empty place of the key": (
        {**GOOD, "privacy": {"key": ""}},
        "key 'privacy.key': String should have at least 1 character (got '').",
    ),
    "a missing part": ({k: v for k, v in GOOD.items() if k != "stages"}, "key 'stages': is missing. Add it."),
    "a table from a number": (
        with_table(**{"from": 5}),
        "key 'source.tables.opportunities.from': name a file, a glob or a table, or a list of files",
    ),
    "a table from no files": (
        with_table(**{"from": []}),
        "key 'source.tables.opportunities.from': name a file, a glob or a table, or a list of files",
    ),
    "a currency": (
        {**GOOD, "currency": "EURO"},
        "key 'currency': 'EURO' is not known. Did you mean EUR",
    ),
    "a locale": (
        {**GOOD, "locale": "fr_FR"},
        "key 'locale': 'fr_FR' is not known. Known: de_DE, en_US, nl_NL (got 'fr_FR').",
    ),
    "a zone": (
        {**GOOD, "timezone": "Europe/Amsterdm"},
        "key 'timezone': 'Europe/Amsterdm' is not known. Did you mean Europe/Amsterdam",
    ),
    "a month": (
        {**GOOD, "fiscal_year_start": 13},
        "key 'fiscal_year_start': Input should be less than or equal to 12 (got 13).",
    ),
    "a share": (
        {**GOOD, "stages": {"open": {"A": 2}, "won": ["Won"]}},
        "key 'stages.open.A': Input should be less than or equal to 1 (got 2).",
    ),
    "a stage in two places": (
        {**GOOD, "stages": {"won": ["Won"], "lost": ["Won"]}},
        "key 'stages': a stage is open, won or lost, not two of them: Won.",
    ),
    "no origin": (
        {**GOOD, "source": {"tables": {"opportunities": {"encoding": "cp1252"}}}},
        f"{TABLE}: name either `from` (a file, a glob or a table) or `query` (SQL), and not both.",
    ),
    "two origins": (
        with_table(query="SELECT 1"),
        f"{TABLE}: name either `from` (a file, a glob or a table) or `query` (SQL), and not both.",
    ),
    "44 one mark for two things": (
        with_table(decimal=",", thousands=","),
        "key 'source.tables.opportunities': `thousands` and `decimal` are the same character.",
    ),
    "a date format of another kind": (
        with_table(date_format="dd/mm/yyyy"),
        "key 'source.tables.opportunities.date_format': 'dd/mm/yyyy' is no date format; "
        'write it as "%d/%m/%Y", "%Y-%m-%d %H:%M" or excel',
    ),
    "a date format with an unknown part": (
        with_table(date_format={"closed_at": "%d/%q"}),
        "key 'source.tables.opportunities.date_format': '%d/%q' is no date format; ",
    ),
    "no yaml": ("name: [", "line 1: "),
    "a key twice": (
        "name: A\ntargets: {win_rate: 0.4}\nprivacy: {}\ntargets: {win_rate: 0.5}",
        "line 4: 'targets' comes twice: first in line 2. Mend the YAML",
    ),
    "a key twice within": (
        "name: A\nprivacy:\n  minimum_group: 3\n  minimum_group: 5",
        "line 4: 'minimum_group' comes",
    ),
    "a day that there is not": (
        "name: A\nsource: {data_until: 2026-09-31}",
        "line 2: '2026-09-31' is no day of the calendar. Mend the YAML",
    ),
    "no keys": ("just text", "holds no keys. A company file starts with `name:`."),
    "an empty file": ("", "holds no keys. A company file starts with `name:`."),
}


@pytest.mark.parametrize(("content", "message"), CASES.values(), ids=CASES)
def test_a_company_file_that_cannot_be_used(tmp_path, content, message):
    said = refused(tmp_path, content)
    assert len(said) == 1
    assert said[0].startswith(message)


def test_names_are_shown_unless_pseudonyms_are_asked_for(tmp_path):
    path = tmp_path / "nord.yml"
    path.write_text(yaml.safe_dump({**GOOD, "privacy": {"pseudonyms": True}}), encoding="utf-8")
    assert (read_company(path).privacy.pseudonyms, read_company(path).file) == (True, "nord.yml")
    assert Company.model_validate(GOOD).privacy.pseudonyms is False


def test_every_fault_is_named_at_once(tmp_path):
    said = refused(tmp_path, {**GOOD, "curency": "EUR", "fiscal_year_start": 0})
    assert [line.split(":")[0] for line in said] == ["key 'fiscal_year_start'", "key 'curency'"]


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(CompanyError, match=r"cannot be read \(No such file or directory\)\. Check the path"):
        read_company(tmp_path / "nowhere.yml")
    path = tmp_path / "company.yml"
    path.write_bytes("name: Ärzte".encode("cp1252"))
    with pytest.raises(CompanyError, match=r"company\.yml: is not UTF-8 text\. Save it as UTF-8\."):
        read_company(path)


def test_nothing_changes_afterwards():
    company = Company.model_validate(GOOD)
    with pytest.raises(ValueError, match="frozen"):
        company.name = "Others"  # type: ignore[misc]


def test_a_format_for_all_columns_or_for_one():
    table = Company.model_validate(with_table(date_format="%d/%m/%Y")).source.tables["opportunities"]
    assert (table.format_of("closed_at"), table.formats) == ("%d/%m/%Y", {})
    table = Company.model_validate(with_table(date_format={"closed_at": "%d/%m/%Y"})).source.tables["opportunities"]
    assert (table.format_of("closed_at"), table.format_of("created_at")) == ("%d/%m/%Y", None)


def test_secrets_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("SALES_PASSWORD", "hunter2")
    assert resolve_secrets("postgres://a:${SALES_PASSWORD}@h") == "postgres://a:hunter2@h"
    monkeypatch.delenv("SALES_PASSWORD")
    with pytest.raises(CompanyError, match="the environment has no OTHER, SALES_PASSWORD") as caught:
        resolve_secrets("${SALES_PASSWORD}${OTHER}")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("p@s/s:w#r%d?&=+ é", "p%40s%2Fs%3Aw%23r%25d%3F%26%3D%2B%20%C3%A9"),
        ("p%40ss", "p%40ss"),
        ("plain-1.2_3", "plain-1.2_3"),
    ],
)
def test_a_password_may_hold_any_sign(monkeypatch, value, written):
    monkeypatch.setenv("PASSWORD", value)
    monkeypatch.setenv("PLACE", "db.example/sales")
    address = "postgres://ann:${PASSWORD}@${PLACE}?sslpassword=${PASSWORD}"
    assert resolve_secrets(address) == f"postgres://ann:{written}@db.example/sales?sslpassword={written}"
    # What is no address of a user, or one as a whole, stays as it is.
    assert resolve_secrets("duckdb://${PASSWORD}.duckdb") == f"duckdb://{value}.duckdb"
    assert resolve_secrets("${PASSWORD}") == value
