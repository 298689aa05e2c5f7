"""Leads and quotes beside what became of them: who was answered when, which leads were won."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from salesops_lib.language import Message, nlater

QUOTE = "quote"
SENT, ANSWERS = "sent", ("accepted", "revised")


def notes(counted: Mapping[str, int]) -> list[Message]:
    """What is worth knowing of usable leads, for the audit."""
    early = nlater(
        "{n} lead was answered before it was created: that response is left out",
        "{n} leads were answered before they were created: that response is left out",
        counted["answered_before"],
    )
    return [early] if counted["answered_before"] else []


def counts() -> dict[str, Any]:
    """What is to be counted of the usable leads."""
    return {"answered_before": _.first_response_at < _.created_at}


def outcomes(leads: ir.Table, opportunities: ir.Table, cutoff: datetime, target: float | None) -> ir.Table:
    """What became of each lead before a moment.

    One row per lead, with the columns of the lead and: response_hours (from its creation to the first response of a
    human; null: none that is known), in_time (that took the `target` hours at the most), due (it was answered by a
    human or has waited for longer than that), aimed (there is a target), won (its opportunity is won), is_win (so that
    each won opportunity is one win: true of the first of its leads).

    A first response that is automatic, or older than its lead, does not tell when a human answered.
    """
    moment = ibis.literal(cutoff, type="timestamp")
    human = ~_.response_automatic.fill_null(False) & (_.first_response_at >= _.created_at)
    won = opportunities.filter(_.is_won).select(won_id="opportunity_id")
    table = leads.left_join(won, leads.opportunity_id == won.won_id)
    table = table.mutate(
        response_hours=human.ifelse(_hours(_.created_at, _.first_response_at), ibis.null("float64")),
        won=_.won_id.notnull(),
        _place=ibis.row_number().over(group_by="won_id", order_by=[_.created_at, _.lead_id]),
    )
    limit: Any = ibis.null("float64") if target is None else ibis.literal(float(target))
    waits = table.first_response_at.isnull() & (_hours(table.created_at, moment) > limit)
    table = table.mutate(
        in_time=(_.response_hours <= limit).fill_null(False),
        due=_.response_hours.notnull() | waits.fill_null(False),
        aimed=ibis.literal(target is not None),
        is_win=_.won & (_["_place"] == 0),
    )
    return table.drop("won_id", "_place")


def quotes(activities: ir.Table) -> ir.Table:
    """Quotes that were sent: the columns of the activity, and response_hours to the next answer (null: none yet).

    An answer is the next quote activity of the same opportunity that says accepted or revised.
    """
    said = _.outcome.lower()
    told = activities.filter((_.type.lower() == QUOTE) & _.opportunity_id.notnull())
    told = told.mutate(_answer=said.isin(ANSWERS).fill_null(False))
    later = ibis.window(
        group_by="opportunity_id", order_by=[_.happened_at, _["_answer"], _.activity_id], preceding=0, following=None
    )
    answered_at = _["_answer"].ifelse(_.happened_at, ibis.null("timestamp")).min().over(later)
    told = told.mutate(response_hours=_hours(_.happened_at, answered_at))
    return told.filter((said == SENT).fill_null(False)).drop("_answer")


def _hours(first: Any, last: Any) -> Any:
    # Not DuckDB's hours alone: those are the boundaries crossed, and 59 minutes may be none or one.
    return last.delta(first, unit="second").cast("float64") / 3600
