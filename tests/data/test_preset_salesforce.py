"""Salesforce's exports read by their preset: percentages, deleted rows, both kinds of history, tasks and events."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from tests.data.crm import rows, salesforce


class TestSalesforce:
    def test_percentages_are_shares(self):
        source = salesforce()
        assert rows(source, "opportunities", "opportunity_id", "probability") == [
            ("006000000000001AAA", 1.0),
            ("006000000000002AAA", 0.0),
            ("006000000000003AAA", 0.5),
            ("006000000000004AAA", 0.05),
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
