"""Presets: the exports of six CRMs read by naming the CRM alone, to hand-made figures; and what is said otherwise."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from ibis import _

from salesops_lib.company import Company, TableSource
from salesops_lib.data.book import open_book
from salesops_lib.data.presets import FOLDER, fold, preset, preset_names, with_preset
from salesops_lib.data.readers import Raw
from salesops_lib.data.schema import TABLES
from salesops_lib.data.source import read_source
from salesops_lib.errors import CompanyError, SourceError

SAMPLES = Path(__file__).parent / "presets"
SALESFORCE = {
    "open": {"Qualification": 0.1, "Proposal": 0.5},
    "won": ["Closed Won"],
    "lost": ["Closed Lost"],
}


def company(tables, stages, folder=SAMPLES):
    content = {"name": "T", "source": {"tables": tables, "data_until": "2026-03-31"}, "stages": stages}
    return Company.model_validate({**content, "folder": folder})


def salesforce(**tables):
    sources = {"opportunities": "Opportunity.csv", **tables}
    named = {
        name: {"preset": "salesforce", **({"from": given} if isinstance(given, str | list) else given)}
        for name, given in sources.items()
    }
    return read_source(company(named, SALESFORCE, SAMPLES / "salesforce"))


def rows(source, table, *columns):
    found = source.tables[table].select(*columns).to_pyarrow().to_pylist()
    return [tuple(row[name] for name in columns) for row in found]


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


class TestSalesforce:
    def test_percentages_are_shares_even_those_below_one_percent(self):
        source = salesforce()
        assert rows(source, "opportunities", "opportunity_id", "probability") == [
            ("006000000000001AAA", 1.0),
            ("006000000000002AAA", 0.0),
            ("006000000000003AAA", 0.5),
            ("006000000000004AAA", 0.005),
        ]

    def test_deleted_rows_are_dropped_and_counted(self):
        audit = salesforce().audit.tables[0]
        assert (audit.read, audit.used, audit.quarantined, audit.dropped) == (5, 4, 0, 1)
        assert "1 row is left out: deleted, or not of this table" in audit.notes
        assert "its columns are those of the preset salesforce (Opportunity)" in audit.notes

    def test_what_the_file_names_goes_before_the_preset(self):
        source = salesforce(
            opportunities={
                "from": "Opportunity.csv",
                "columns": {"rep_id": "Region__c", "region": "Region__c"},
                "values": {"stage": {"Proposal": "Qualification"}},
            }
        )
        assert rows(source, "opportunities", "rep_id", "region", "stage")[2] == ("South", "South", "Qualification")

    def test_opportunity_history(self):
        found = rows(salesforce(opportunity_history="OpportunityHistory.csv"), "opportunity_history", "stage", "amount")
        assert found == [("Qualification", 12000), ("Proposal", Decimal("15000.5")), ("Closed Won", Decimal("15000.5"))]

    def test_field_history_becomes_states(self):
        source = salesforce(opportunity_history="OpportunityFieldHistory.csv")
        found = rows(source, "opportunity_history", "changed_at", "stage", "amount", "close_date")
        assert found == [
            (dt.datetime(2026, 1, 5, 9, 30), "Qualification", 12000, dt.date(2026, 2, 28)),
            (dt.datetime(2026, 2, 10, 11), "Proposal", Decimal("15000.5"), dt.date(2026, 2, 28)),
            (dt.datetime(2026, 3, 1, 8), "Proposal", Decimal("15000.5"), dt.date(2026, 3, 10)),
            (dt.datetime(2026, 3, 10, 16), "Closed Won", Decimal("15000.5"), dt.date(2026, 3, 10)),
        ]
        audit = source.audit.tables[1]
        assert (audit.read, audit.used, audit.quarantined, audit.dropped) == (7, 4, 0, 3)

    def test_field_history_of_a_report_is_put_in_order_by_its_dates(self, tmp_path):
        # As text, 10/2/2026 would come before 2/3/2026.
        told = "\n".join(
            [
                "Opportunity ID,Edit Date,Field / Event,Old Value,New Value",
                "006000000000001AAA,10/2/2026 9:00 AM,Stage,Proposal,Closed Won",
                "006000000000001AAA,2/3/2026 9:00 AM,Stage,Qualification,Proposal",
                "006000000000001AAA,2/1/2026 9:00 AM,Amount,10,20",
            ]
        )
        (tmp_path / "history.csv").write_text(told)
        where = {"from": str(tmp_path / "history.csv"), "date_format": "%m/%d/%Y %I:%M %p"}
        found = rows(salesforce(opportunity_history=where), "opportunity_history", "changed_at", "stage")
        assert sorted(found) == [
            (dt.datetime(2026, 2, 1, 9), "Qualification"),
            (dt.datetime(2026, 2, 3, 9), "Proposal"),
            (dt.datetime(2026, 10, 2, 9), "Closed Won"),
        ]

    def test_a_field_that_had_no_value_and_one_that_lost_it(self, tmp_path):
        told = "\n".join(
            [
                "OpportunityId,CreatedDate,Field,OldValue,NewValue",
                "1,2026-01-01T08:00:00Z,created,,",
                "1,2026-01-02T08:00:00Z,StageName,Qualification,Proposal",
                "1,2026-01-03T08:00:00Z,Amount,,100",
                "1,2026-01-04T08:00:00Z,Amount,100,200",
                "1,2026-01-05T08:00:00Z,Amount,200,",
            ]
        )
        (tmp_path / "history.csv").write_text(told)
        source = salesforce(opportunity_history=str(tmp_path / "history.csv"))
        assert rows(source, "opportunity_history", "stage", "amount") == [
            ("Qualification", None),
            ("Proposal", None),
            ("Proposal", 100),
            ("Proposal", 200),
            ("Proposal", None),
        ]

    def test_tasks_and_events_are_activities(self):
        source = salesforce(activities=["Task.csv", "Event.csv"])
        columns = ("type", "opportunity_id", "lead_id", "contact_id", "happened_at", "minutes", "outcome")
        assert rows(source, "activities", *columns) == [
            ("call", "006000000000001AAA", None, "003000000000001AAA", dt.datetime(2026, 2, 9, 10, 15), 5.5,
             "meeting booked"),
            ("email", None, "00Q000000000002AAA", None, dt.datetime(2026, 2, 12), None, None),
            ("meeting", "006000000000001AAA", None, "003000000000001AAA", dt.datetime(2026, 2, 18, 13), 90, None),
        ]  # fmt: skip
        audit = source.audit.tables[1]
        assert (audit.read, audit.used, audit.dropped) == (4, 3, 1), "the open task is a plan"

    def test_accounts_users_leads_and_forecasts(self):
        source = salesforce(accounts="Account.csv", reps="User.csv", leads="Lead.csv", forecasts="ForecastingItem.csv")
        assert rows(source, "accounts", "account_id", "name", "country")[1] == (
            "001000000000002AAA",
            "Southern Rail",
            "United Kingdom",
        )
        assert rows(source, "reps", "name", "team") == [("Ann Archer", "Field"), ("Bo Berg", "Inside")]
        assert rows(source, "leads", "opportunity_id", "converted_at") == [
            ("006000000000002AAA", dt.datetime(2026, 1, 8)),
            (None, None),
        ]
        assert rows(source, "forecasts", "category", "amount", "period_end") == [
            ("Commit", 30000, dt.date(2026, 3, 31)),
            ("Best Case", 45000, dt.date(2026, 3, 31)),
        ]

    def test_typed_columns_of_parquet_are_read_as_well(self, tmp_path):
        at = dt.datetime(2026, 1, 5, 9, 30)
        table = {
            "Id": ["1", "2"],
            "StageName": ["Closed Won", "Proposal"],
            "CloseDate": [dt.date(2026, 2, 1)] * 2,
            "CreatedDate": [at, at],
            "Amount": [10.5, 20.0],
            "Probability": [100.0, 40.0],
            "IsDeleted": [False, False],
        }
        pq.write_table(pa.table(table), tmp_path / "deals.parquet")
        pq.write_table(
            pa.table(
                {
                    "OpportunityId": ["1"],
                    "CreatedDate": [at],
                    "Field": ["StageName"],
                    "OldValue": ["Proposal"],
                    "NewValue": ["Closed Won"],
                }
            ),
            tmp_path / "history.parquet",
        )
        # Several Parquet files have no row numbers.
        pq.write_table(pq.read_table(tmp_path / "history.parquet").slice(0, 0), tmp_path / "history2.parquet")
        source = salesforce(
            opportunities=str(tmp_path / "deals.parquet"), opportunity_history=str(tmp_path / "history*.parquet")
        )
        assert rows(source, "opportunities", "amount", "probability") == [(Decimal("10.5"), 1.0), (20, 0.4)]
        assert rows(source, "opportunity_history", "changed_at", "stage") == [(at, "Closed Won")]


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
            "Account.csv: it has no column that the preset salesforce (Opportunity) takes for stage: StageName / Stage."
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
        assert refused(tables) == ["Account.csv: its columns are not those of Opportunity.csv. Split the glob."]

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
