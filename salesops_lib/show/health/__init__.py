"""What the audit of a CRM shows, each made from a frame; nothing is computed here."""

from salesops_lib.show.health.figures import (
    plot_complete_by_rep,
    plot_completeness,
    plot_health_trends,
    say_health_trends,
    table_complete_by_rep,
    table_completeness,
)
from salesops_lib.show.health.headline import say_health
from salesops_lib.show.health.lists import tables_to_fix
from salesops_lib.show.health.tables import (
    health_cards,
    say_touched,
    table_checks,
    table_duplicates,
    table_effects,
    table_how_checked,
    table_not_made,
    table_passed,
    table_reach,
)

__all__ = [
    "health_cards",
    "plot_complete_by_rep",
    "plot_completeness",
    "plot_health_trends",
    "say_health",
    "say_health_trends",
    "say_touched",
    "table_checks",
    "table_complete_by_rep",
    "table_completeness",
    "table_duplicates",
    "table_effects",
    "table_how_checked",
    "table_not_made",
    "table_passed",
    "table_reach",
    "tables_to_fix",
]
