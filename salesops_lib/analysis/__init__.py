"""Analyses: from a book or frames to frames that compare and explain."""

from salesops_lib.analysis.account import audit, definitions
from salesops_lib.analysis.change import change_totals, revenue_change, revenue_change_by
from salesops_lib.analysis.compare import scorecard
from salesops_lib.analysis.funnel import conversions, loss_reasons
from salesops_lib.analysis.health import CrmHealth
from salesops_lib.analysis.names import place
from salesops_lib.analysis.pipeline import pipeline_ledger
from salesops_lib.analysis.quota import attainment, next_coverage, recognition, recognition_rule
from salesops_lib.analysis.reps import RepComparison, RepScorecard
from salesops_lib.analysis.restatement import restated_records, restatement
from salesops_lib.analysis.review import Review
from salesops_lib.analysis.signals import trends, weekly_signals

__all__ = [
    "CrmHealth",
    "RepComparison",
    "RepScorecard",
    "Review",
    "attainment",
    "audit",
    "change_totals",
    "conversions",
    "definitions",
    "loss_reasons",
    "next_coverage",
    "pipeline_ledger",
    "place",
    "recognition",
    "recognition_rule",
    "restated_records",
    "restatement",
    "revenue_change",
    "revenue_change_by",
    "scorecard",
    "trends",
    "weekly_signals",
]
