"""Presets: the exports of six CRMs read by naming the CRM alone, to hand-made figures; and what is said otherwise."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import ibis
import pytest
import yaml
from ibis import _

from salesops_lib.company import TableSource
from salesops_lib.data.book import open_book
from salesops_lib.data.presets import FOLDER, fold, preset, preset_names, with_preset
from salesops_lib.data.readers import Raw
from salesops_lib.data.schema import TABLES
from salesops_lib.data.source import read_source
from salesops_lib.errors import CompanyError, SourceError
from tests.data.crm import SALESFORCE, SAMPLES, company, rows, salesforce


def refused(tables, stages=SALESFORCE, error=SourceError):
    with pytest.raises(error) as caught:
        read_source(company(tables, stages, SAMPLES / "salesforce"))
    return str(caught.value).splitlines()


EVERY_DEAL = {
    "hubspot/en": ({"Contract Sent": 0.9}, "Closed Won", "Closed Lost"),
    "hubspot/de": ({"Vertrag gesendet": 0.9}, "Abgeschlossen und gewonnen", "Abgeschlossen und verloren"),
    "hubspot/nl": ({"Contract verstuurd": 0.9}, "Gesloten en gewonnen", "Gesloten en verloren"),
    "hubspot/fr": ({"Contrat envoyé": 0.9}, "Fermée gagnée", "Fermée perdue"),
    "hubspot/es": ({"Contrato enviado": 0.9}, "Cierre ganado", "Cierre perdido"),
    "hubspot/internal": ({"contractsent": 0.9}, "closedwon", "closedlost"),
    "pipedrive/deals": ({"Proposal Made": 0.4}, "Won", "Lost"),
    "zoho/deals": ({"Negotiation/Review": 0.9}, "Closed Won", "Closed Lost"),
    "dynamics/opportunities": ({"3-Propose": 0.5}, "Won", "Lost"),
    "odoo/crm_lead": ({"Proposition": 0.4}, "Won", "Lost"),
}


@pytest.mark.parametrize("path", EVERY_DEAL)
def test_the_same_three_deals_come_out_of_every_crm(path):
    still, won, lost = EVERY_DEAL[path]
    stages = {"open": still, "won": [won], "lost": [lost]}
    table = {"from": f"{path}.csv", "preset": path.split("/")[0]}
    deals = open_book(company({"opportunities": table}, stages)).table("opportunities")
    found = deals.order_by("created_at").to_pyarrow().to_pylist()
    assert [(row["name"][:4], row["amount"], row["is_won"], row["is_lost"]) for row in found] == [
        ("Alph", Decimal(12000), True, False),
        ("Beta", Decimal(4000), False, True),
        ("Gamm", Decimal("7500.50"), False, False),
    ]
    assert [row["closed_at"] and row["closed_at"].date() for row in found] == [
        dt.date(2026, 2, 20),
        dt.date(2026, 2, 25),
        None,
    ]
    assert [row["created_at"].date().isoformat() for row in found] == ["2026-01-05", "2026-01-15", "2026-02-01"]
    assert found[2]["close_date"] == dt.date(2026, 5, 1)
    assert len({row["rep_id"] for row in found}) == 2
    assert not {row["probability"] for row in found} - {None, 0, 0.2, 0.4, 0.5, 0.9, 1}


def test_pipedrive_activities_are_those_that_were_done():
    stages = {"open": {"Proposal Made": 0.4}, "won": ["Won"], "lost": ["Lost"]}
    tables = {
        "opportunities": {"from": "pipedrive/deals.csv", "preset": "pipedrive"},
        "activities": {"from": "pipedrive/activities.csv", "preset": "pipedrive"},
    }
    source = read_source(company(tables, stages))
    assert rows(source, "activities", "type", "opportunity_id") == [("call", "1")]
    assert source.audit.tables[0].dropped == 1, "the deleted deal"


@pytest.mark.parametrize(
    ("crm", "deals", "accounts"), [("hubspot", "internal", "companies"), ("zoho", "deals", "accounts")]
)
def test_accounts_of_other_crms(crm, deals, accounts):
    still, won, lost = EVERY_DEAL[f"{crm}/{deals}"]
    files = {"opportunities": deals, "accounts": accounts}
    tables = {name: {"from": f"{crm}/{file}.csv", "preset": crm} for name, file in files.items()}
    source = read_source(company(tables, {"open": still, "won": [won], "lost": [lost]}))
    assert rows(source, "accounts", "name", "country") == [("Alpha Ltd", "Germany"), ("Beta Ltd", "France")]


def test_zoho_leads():
    still, won, lost = EVERY_DEAL["zoho/deals"]
    tables = {
        name: {"from": f"zoho/{file}.csv", "preset": "zoho"}
        for name, file in {"opportunities": "deals", "leads": "leads"}.items()
    }
    source = read_source(company(tables, {"open": still, "won": [won], "lost": [lost]}))
    assert source.tables["leads"].filter(_.converted_at.notnull()).count().to_pyarrow().as_py() == 1


class TestRefusals:
    def test_a_preset_that_there_is_not(self):
        tables = {"opportunities": {"from": "Opportunity.csv", "preset": "salesfroce"}}
        assert refused(tables, error=CompanyError) == [
            "company.yml, key 'source.tables.opportunities.preset': 'salesfroce' is no preset. Did you mean salesforce?"
        ]

    def test_a_table_that_the_preset_has_not(self):
        tables = {
            "opportunities": {"from": "Opportunity.csv", "preset": "salesforce"},
            "quotas": {"from": "Quota.csv", "preset": "salesforce"},
        }
        assert refused(tables, error=CompanyError) == [
            "company.yml, key 'source.tables.quotas.preset': the preset salesforce has no quotas. "
            "Known: accounts, activities, forecasts, leads, opportunities, opportunity_history, reps."
        ]

    def test_a_file_without_the_columns_of_the_preset(self):
        tables = {"opportunities": {"from": "Account.csv", "preset": "salesforce"}}
        told = refused(tables)
        assert told[0].startswith(
            "Account.csv: it has no column that the preset salesforce (Opportunity) takes for stage: StageName / Stage"
        )
        assert told[0].endswith("Name it under columns: stage.")
        assert len(told) == 2

    def test_a_column_of_the_company_file_that_is_not_there(self):
        tables = {"opportunities": {"from": "Opportunity.csv", "preset": "salesforce", "columns": {"amount": "Amont"}}}
        assert refused(tables) == ["Opportunity.csv, column 'Amont': is missing. Did you mean Amount?"]

    def test_a_probability_above_100(self, tmp_path):
        text = (SAMPLES / "salesforce" / "Opportunity.csv").read_text().replace(",100,", ",130,")
        (tmp_path / "deals.csv").write_text(text)
        quarantine = salesforce(opportunities=str(tmp_path / "deals.csv")).audit.quarantine
        assert list(quarantine["reason"]) == ["Probability: 130 is not a share"]

    def test_a_preset_that_is_made_with_duckdb_on_another_engine(self):
        table = ibis.memtable({"Deal - ID": ["1"], "Deal - Stage": ["New"], "Deal - Status": ["Open"]})
        source = TableSource.model_validate({"from": "deals", "preset": "pipedrive"})
        engine, firm = SimpleNamespace(name="postgres"), company({"opportunities": source}, SALESFORCE)
        with pytest.raises(SourceError) as caught:
            with_preset(engine, "opportunities", Raw(table, "deals", ""), source, firm)
        assert str(caught.value) == (
            "deals: the preset pipedrive (Deals) is made with DuckDB. "
            "Name a `query` of postgres that gives the canonical columns instead."
        )

    def test_files_of_unlike_columns_where_the_preset_knows_of_none(self):
        tables = {"opportunities": {"from": ["Opportunity.csv", "Account.csv"], "preset": "salesforce"}}
        (said,) = refused(tables)
        assert said.startswith("Account.csv: its columns are not those of Opportunity.csv: 'ParentId', 'BillingCity', ")

    def test_two_files_of_one_name_are_not_taken_for_one(self, tmp_path):
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "deals.csv").write_text("Id,StageName,CloseDate\n1,Proposal,2026-01-01\n")
        tables = {"opportunities": {"from": [str(tmp_path / each / "deals.csv") for each in "ab"]}}
        assert refused(tables) == [
            "deals.csv, deals.csv: two of its files are called alike. Name them relative to the company file."
        ]


class TestEveryPreset:
    @pytest.mark.parametrize("name", preset_names())
    def test_it_names_what_the_kit_knows_and_where_it_is_from(self, name):
        for label, export in preset(name).exports.items():
            assert export.table in TABLES, label
            assert export.query or not set(export.columns) - set(TABLES[export.table].names), label
            assert not set(export.needed) - set(export.columns), label
            assert not set(export.values) - set(TABLES[export.table].names), label
        assert "https://" in (FOLDER / f"{name}.yml").read_text(encoding="utf-8").split("\nname:")[0]

    @pytest.mark.parametrize("name", preset_names())
    def test_no_name_stands_twice_in_a_line(self, name):
        for export in preset(name).exports.values():
            for options in export.columns.values():
                assert len(set(options)) == len(options)

    def test_every_kind_of_export_has_a_file_written_for_it(self):
        tried = {path.parent.name for path in SAMPLES.glob("*/*.csv")}
        assert tried == set(preset_names())

    def test_they_travel_with_the_package(self):
        import tomllib

        project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
        assert project["tool"]["setuptools"]["package-data"]["salesops_lib.data"] == ["presets/*.yml"]
        assert yaml.safe_load((FOLDER / "odoo.yml").read_text(encoding="utf-8"))["name"] == "Odoo"


@pytest.mark.parametrize(("left", "right"), [("Deal Name", "deal  name "), ("Subject*", "subject")])
def test_names_are_compared_without_capitals_blanks_and_stars(left, right):
    assert fold(left) == fold(right)
