"""Every check of the CRM with its weight in the score: the one place where it is said what matters how much."""

from __future__ import annotations

from salesops_lib.analysis.health import completeness, dates, freshness, identity, imports, process
from salesops_lib.analysis.health.spec import Check

# 3: figures that a company is steered by are wrong without it. 2: one of its reports is. 1: worth knowing.
WEIGHTS: dict[str, int] = {
    "missing_owner": 3,
    "missing_account": 1,
    "missing_amount": 3,
    "missing_close_date": 3,
    "missing_created": 2,
    "missing_loss_reason": 2,
    "missing_lost_amount": 1,
    "missing_list_amount": 1,
    "missing_lead_source": 2,
    "missing_lead_cost": 1,
    "missing_outcome": 1,
    "missing_minutes": 1,
    "missing_territory": 1,
    "missing_hired_on": 1,
    "stale": 3,
    "untouched": 2,
    "overdue": 3,
    "pushed": 2,
    "quarter_end": 1,
    "placeholder": 2,
    "outlier": 2,
    "skipped_stage": 2,
    "idle_week": 1,
    "logged_at_once": 1,
    "double_account": 3,
    "unknown_owner": 2,
    "owner_left": 2,
    "unknown_account": 1,
    "unusable_row": 3,
    "closed_before_created": 2,
    "copy": 1,
    "answered_before": 1,
}


def all_checks() -> list[Check]:
    """Every check, in the order in which the report has them."""
    topics = (completeness, freshness, dates, process, identity, imports)
    return [check for topic in topics for check in topic.checks()]
