"""Completeness: which fields the figures need, at which stage each is due, and where it is empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis
from ibis import _ as row

from salesops_lib.analysis.health.scope import Found, Scope, of_deals, of_rows
from salesops_lib.analysis.health.spec import COMPLETENESS, Check
from salesops_lib.language import gettext as _
from salesops_lib.metrics.activity import is_prospecting


@dataclass(frozen=True)
class Field:
    """A field of opportunities that some figure needs: of which opportunities it is due, and when it is lacking."""

    column: str
    due: Callable[[Scope], Any]
    lacking: Callable[[Any], Any] = lambda value: value.isnull()


def _blank(value: Any) -> Any:
    return value.isnull() | (value.strip() == "")


# Of opportunities, by check. What a figure does not need is not asked for: an empty field may be right.
FIELDS: dict[str, Field] = {
    "missing_owner": Field("rep_id", lambda scope: ibis.literal(True), _blank),
    "missing_account": Field("account_id", lambda scope: ibis.literal(True), _blank),
    "missing_amount": Field("amount", lambda scope: scope.late_stage),
    "missing_close_date": Field("close_date", lambda scope: ~row.is_closed),
    "missing_created": Field("created_at", lambda scope: ibis.literal(True)),
    "missing_loss_reason": Field("loss_reason", lambda scope: row.is_lost, _blank),
    "missing_lost_amount": Field("amount", lambda scope: row.is_lost, lambda value: value.fill_null(0) == 0),
    "missing_list_amount": Field("list_amount", lambda scope: row.is_won),
}


def field_check(name: str, scope: Scope) -> Found:
    """Opportunities of which a field is due, and those that lack it."""
    field = FIELDS[name]
    return of_deals(scope, scope.deals.filter(field.due(scope)), field.lacking(row[field.column]))


def any_lacking(scope: Scope) -> Any:
    """Whether an opportunity lacks any field that is due of it, of those that the source has."""
    told = scope.book.source.present["opportunities"]
    lacks = [each.due(scope) & each.lacking(row[each.column]) for each in FIELDS.values() if each.column in told]
    return ibis.or_(*lacks).fill_null(False) if lacks else ibis.literal(False)


def _leads(column: str, scope: Scope) -> Found:
    leads = scope.book.table("leads").filter(scope.within(row.created_at))
    columns = ["lead_id", "rep_id", "lead_source", "created_at"]
    return of_rows(scope, leads, row[column].isnull(), "lead_id", columns)


def _activities(column: str, scope: Scope) -> Found:
    activities = scope.book.table("activities").filter(scope.within(row.happened_at))
    activities = activities.filter(is_prospecting) if column == "outcome" else activities
    columns = ["activity_id", "rep_id", "type", "happened_at"]
    return of_rows(scope, activities, row[column].isnull(), "activity_id", columns)


def _territory(scope: Scope) -> Found:
    accounts = scope.book.table("accounts")
    return of_rows(scope, accounts, row.territory_id.isnull(), "account_id", ["account_id", "name"])


def _hired(scope: Scope) -> Found:
    reps = scope.book.table("reps").filter(row.left_on.isnull())
    return of_rows(scope, reps, row.hired_on.isnull(), "rep_id", ["rep_id"])


def checks() -> list[Check]:
    """The checks of completeness."""
    return [*_of_deals(), *_of_others()]


def _of_deals() -> list[Check]:
    def check(key: str, past: tuple[str, ...] | None, label: str, due: str, effect: str, metrics: str) -> Check:
        column = FIELDS[key].column
        return Check(
            key=key,
            topic=COMPLETENESS,
            label=label,
            definition=due,
            effect=effect,
            metrics=tuple(metrics.split()),
            fix=_("Fill in the field; make it a required one where it is due."),
            look=partial(field_check, key),
            needs=(f"opportunities.{column}",),
            past=past,
        )

    every = _("Open opportunities, and those closed in the quarter.")
    return [
        check(
            "missing_owner",
            None,
            _("No owner"),
            every,
            _("what has no owner counts for no rep and no team"),
            "quota_attainment reps_at_quota",
        ),
        check(
            "missing_account",
            None,
            _("No account"),
            every,
            _("the win counts for no customer and no territory"),
            "territory_penetration",
        ),
        check(
            "missing_amount",
            ("amount",),
            _("No amount, late stage"),
            _("Open opportunities in the second half of the open stages."),
            _("the pipeline is too small, or guessed at list price"),
            "pipeline_value weighted_pipeline pipeline_coverage",
        ),
        check(
            "missing_close_date",
            ("close_date",),
            _("No close date"),
            _("Open opportunities."),
            _("the opportunity is due in no quarter, so coverage and forecast leave it out"),
            "pipeline_due pipeline_coverage slip_rate push_count",
        ),
        check(
            "missing_created",
            None,
            _("No creation date"),
            every,
            _("its sales cycle is unknown, and it was never created in any quarter"),
            "sales_cycle_days sales_velocity pipeline_created",
        ),
        check(
            "missing_loss_reason",
            None,
            _("Lost without a reason"),
            _("Opportunities lost in the quarter."),
            _("nobody can say why deals are lost, or where"),
            "loss_rate_by_stage",
        ),
        check(
            "missing_lost_amount",
            ("amount",),
            _("Lost without amount"),
            _("Opportunities lost in the quarter; an amount of zero counts as none."),
            _("the win rate by value is too high or n/a"),
            "win_rate_value amount_lost",
        ),
        check(
            "missing_list_amount",
            None,
            _("Won without list price"),
            _("Opportunities won in the quarter."),
            _("discounts are unknown"),
            "discount_rate",
        ),
    ]


def _of_others() -> list[Check]:
    def check(key: str, label: str, records: str, effect: str, metrics: str, need: str, look: Any) -> Check:
        return Check(
            key=key,
            topic=COMPLETENESS,
            label=label,
            definition=records,
            effect=effect,
            metrics=tuple(metrics.split()),
            fix=_("Fill in the field."),
            look=look,
            needs=tuple(need.split()),
        )

    leads, activities = _("Leads created in the quarter."), _("Activities of the quarter.")
    return [
        check(
            "missing_lead_source",
            _("Lead without source"),
            leads,
            _("nobody can say which source pays"),
            "lead_conversion cost_per_win",
            "leads.lead_source",
            partial(_leads, "lead_source"),
        ),
        check(
            "missing_lead_cost",
            _("Lead without cost"),
            leads,
            _("a win seems to cost less than it does"),
            "cost_per_win",
            "leads.cost",
            partial(_leads, "cost"),
        ),
        check(
            "missing_outcome",
            _("Activity, no outcome"),
            _("Calls, e-mails and visits of the quarter."),
            _("the yield of prospecting is unknown"),
            "meetings_per_activity",
            "activities.outcome",
            partial(_activities, "outcome"),
        ),
        check(
            "missing_minutes",
            _("Activity, no minutes"),
            activities,
            _("the time spent with customers is unknown"),
            "selling_time_share",
            "activities.minutes",
            partial(_activities, "minutes"),
        ),
        check(
            "missing_territory",
            _("Account, no territory"),
            _("All accounts."),
            _("its customers count in the owner's territory, or in none"),
            "territory_penetration",
            "accounts.territory_id territories",
            _territory,
        ),
        check(
            "missing_hired_on",
            _("Rep, no hire date"),
            _("Reps who have not left."),
            _("quotas are not prorated, and the time to ramp up is unknown"),
            "ramp_months quota_attainment",
            "reps.hired_on",
            _hired,
        ),
    ]
