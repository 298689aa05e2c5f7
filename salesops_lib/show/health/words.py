"""The words of the CRM's audit: topics, the columns of its lists, the names of the files beside the report."""

from __future__ import annotations

from salesops_lib.language import gettext as _
from salesops_lib.names import plain

SCORE = "score"
WORKBOOK = "records_to_fix.xlsx"
# Scores and shares beyond it are shown as 100.
FLAWLESS = 99.95


def topic_name(topic: str) -> str:
    """Return a topic of checks in words.

    >>> topic_name("freshness")
    'Freshness'
    """
    known = {
        "": _("Health score"),
        "completeness": _("Completeness"),
        "freshness": _("Freshness"),
        "dates": _("Dates"),
        "amounts": _("Amounts"),
        "process": _("Process"),
        "identity": _("Identity"),
        "import": _("Import"),
    }
    return known.get(topic, plain(topic))


def field_name(check: str) -> str:
    """Return the field that a check of completeness is about.

    >>> field_name("missing_amount")
    'Amount (late stages)'
    """
    known = {
        "missing_owner": _("Owner"),
        "missing_account": _("Account"),
        "missing_amount": _("Amount (late stages)"),
        "missing_close_date": _("Close date (open)"),
        "missing_created": _("Creation date"),
        "missing_loss_reason": _("Loss reason"),
        "missing_lost_amount": _("Amount (lost)"),
        "missing_list_amount": _("List price (won)"),
        "missing_lead_source": _("Source (leads)"),
        "missing_lead_cost": _("Cost (leads)"),
        "missing_outcome": _("Outcome (activities)"),
        "missing_minutes": _("Minutes (activities)"),
        "missing_territory": _("Territory (accounts)"),
        "missing_hired_on": _("Hire date (reps)"),
    }
    return known.get(check, plain(check))


def column_name(column: str) -> str:
    """Return what a column of a list is called; a column that is not known is its own name.

    >>> column_name("close_date"), column_name("region")
    ('Close date', 'region')
    """
    known = {
        "opportunity_id": _("Opportunity"),
        "name": _("Name"),
        "account": _("Account"),
        "account_id": _("Account"),
        "unknown_id": _("Unknown account"),
        "other_id": _("Other account"),
        "other_name": _("Other name"),
        "similarity": _("Similarity"),
        "rep": _("Rep"),
        "rep_id": _("Rep id"),
        "stage": _("Stage"),
        "amount": _("Amount"),
        "close_date": _("Close date"),
        "days": _("Days"),
        "pushes": _("Put off"),
        "times": _("Times the median"),
        "left_on": _("Owner left on"),
        "lead_id": _("Lead"),
        "lead_source": _("Source of the lead"),
        "created_at": _("Created"),
        "first_response_at": _("Answered"),
        "activity_id": _("Activity"),
        "type": _("Kind"),
        "happened_at": _("Happened"),
        "week_from": _("Week from"),
        "table": _("Table"),
        "source": _("Source"),
        "row": _("Row"),
        "reason": _("Reason"),
        "dropped": _("Dropped"),
    }
    return known.get(column, plain(column))


def file_of(check: str) -> str:
    """Return the name of a list's file beside the report.

    >>> file_of("overdue")
    'fix_overdue.csv'
    """
    return f"fix_{check}.csv"
