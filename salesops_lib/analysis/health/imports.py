"""What reading the export brought to light: rows that could not be used, copies, moments in the wrong order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.health.scope import Found, Scope, of_rows
from salesops_lib.analysis.health.spec import IMPORT, Check
from salesops_lib.data.book import Book
from salesops_lib.language import gettext as _

TURNED = "closed before it was created"
ROWS = ["table", "source", "row", "reason"]


def checks() -> list[Check]:
    """The checks of what was read."""
    return [
        Check(
            key="unusable_row",
            topic=IMPORT,
            label=_("Row not usable"),
            definition=_("All rows read of all tables; those closed before they were created are counted below."),
            effect=_("the row is in no figure"),
            metrics=("revenue_won", "deals_closed", "pipeline_value"),
            fix=_("Mend it in the CRM as the reason says, and export again."),
            look=unusable_row,
            needs=(),
        ),
        Check(
            key="closed_before_created",
            topic=IMPORT,
            label=_("Closed before created"),
            definition=_("All opportunities read; such a row is in quarantine and in no figure."),
            effect=_("revenue and win rate lack the deal, for its sales cycle would be negative"),
            metrics=("revenue_won", "win_rate", "sales_cycle_days"),
            fix=_("Set the true dates of creation and close."),
            look=closed_before_created,
            needs=("opportunities.created_at",),
        ),
        Check(
            key="copy",
            topic=IMPORT,
            label=_("Copy of a row"),
            definition=_("All rows read of all tables; a copy, or a row of totals, is dropped."),
            effect=_("none here; whoever adds up the export counts it twice"),
            metrics=("revenue_won", "pipeline_value"),
            fix=_("Mend the export: a join repeats rows."),
            look=copies,
            needs=(),
        ),
        Check(
            key="answered_before",
            topic=IMPORT,
            label=_("Answered too early"),
            definition=_("Leads created in the quarter that were answered."),
            effect=_("the response is left out of the response time"),
            metrics=("lead_response_hours", "lead_response_in_time"),
            fix=_("Check the time zones of the two systems."),
            look=answered_before,
            needs=("leads.first_response_at",),
        ),
    ]


def unusable_row(scope: Scope) -> Found:
    """Rows read, and those in quarantine for another reason than their dates' order."""
    rows = scope.book.audit.quarantine
    lost = rows[~_turned(rows)]
    read = sum(table.read for table in scope.book.audit.tables)
    # A file of which only the number of lost rows is known lists none.
    counted = sum(table.quarantined for table in scope.book.audit.tables) - int(_turned(rows).sum())
    return Found(read, counted, np.nan, lambda most: lost[ROWS].head(most).reset_index(drop=True))


def closed_before_created(scope: Scope) -> Found:
    """Opportunities read, and those in quarantine because they were closed before they were created."""
    rows = scope.book.audit.quarantine
    lost = rows[_turned(rows)]
    return Found(_read(scope.book), len(lost), np.nan, lambda most: lost[ROWS].head(most).reset_index(drop=True))


def copies(scope: Scope) -> Found:
    """Rows read, and those dropped for another row; which is listed by table, for the rows themselves are gone."""
    tables = scope.book.audit.tables
    dropped = pd.DataFrame(
        [(each.table, each.source, each.dropped - each.left_out) for each in tables if each.dropped > each.left_out],
        columns=["table", "source", "dropped"],
    )
    n, failing = sum(each.read for each in tables), int(dropped["dropped"].sum())
    return Found(n, failing, np.nan, lambda most: dropped.head(most))


def answered_before(scope: Scope) -> Found:
    """Leads of the quarter that were answered, and those answered before they were created."""
    leads = scope.book.table("leads").filter(scope.within(row.created_at) & row.first_response_at.notnull())
    columns = ["lead_id", "rep_id", "lead_source", "created_at", "first_response_at"]
    return of_rows(scope, leads, row.first_response_at < row.created_at, "lead_id", columns)


def _turned(rows: pd.DataFrame) -> pd.Series[bool]:
    return (rows["table"] == "opportunities") & (rows["reason"] == TURNED)


def _read(book: Book) -> int:
    return sum(table.read for table in book.audit.tables if table.table == "opportunities")
