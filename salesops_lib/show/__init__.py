"""What a notebook shows: cards, tables, figures and sentences, each made from a frame; nothing is computed here."""

from salesops_lib.show.cards import cards
from salesops_lib.show.figures import (
    plot_attainment,
    plot_change,
    plot_change_by,
    plot_funnel,
    plot_ledger,
    plot_losses,
)
from salesops_lib.show.headline import say_headline
from salesops_lib.show.page import display, section, title, use
from salesops_lib.show.quota import say_attainment, say_coverage, say_recognition
from salesops_lib.show.sentences import (
    say_change,
    say_funnel,
    say_ledger,
    say_losses,
    say_signals,
    say_trends,
)
from salesops_lib.show.shown import Shown
from salesops_lib.show.tables import (
    table_attainment,
    table_audit,
    table_change,
    table_change_by,
    table_coverage,
    table_definitions,
    table_funnel,
    table_ledger,
    table_losses,
    table_recognition,
    table_signals,
    table_trends,
)
from salesops_lib.show.trends import plot_signals, plot_trends

__all__ = [
    "Shown",
    "cards",
    "display",
    "plot_attainment",
    "plot_change",
    "plot_change_by",
    "plot_funnel",
    "plot_ledger",
    "plot_losses",
    "plot_signals",
    "plot_trends",
    "say_attainment",
    "say_change",
    "say_coverage",
    "say_funnel",
    "say_headline",
    "say_ledger",
    "say_losses",
    "say_recognition",
    "say_signals",
    "say_trends",
    "section",
    "table_attainment",
    "table_audit",
    "table_change",
    "table_change_by",
    "table_coverage",
    "table_definitions",
    "table_funnel",
    "table_ledger",
    "table_losses",
    "table_recognition",
    "table_signals",
    "table_trends",
    "title",
    "use",
]
