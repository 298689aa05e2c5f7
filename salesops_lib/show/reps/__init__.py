"""What the rep comparison and the scorecard of one rep show, each made from a frame; nothing is computed here."""

from salesops_lib.show.reps.adjusted import plot_adjusted, say_adjusted, table_adjusted, table_factors
from salesops_lib.show.reps.coaching import say_coaching, table_personal
from salesops_lib.show.reps.forest import plot_forest, plot_forests, table_forest
from salesops_lib.show.reps.headline import say_comparison
from salesops_lib.show.reps.leaderboard import say_lacking, say_leaderboard, table_leaderboard
from salesops_lib.show.reps.leads import plot_lead_shares, say_lead_fairness, table_lead_shares
from salesops_lib.show.reps.leaks import plot_leaks, plot_rep_funnel, say_leaks, say_rep_funnel, table_leaks
from salesops_lib.show.reps.month_words import say_steadiness
from salesops_lib.show.reps.months import plot_months, table_months, table_steadiness
from salesops_lib.show.reps.one_rep import plot_band, plot_rep_trend, rep_cards, say_rep, table_band, table_rep_trend
from salesops_lib.show.reps.own_quarters import say_own_change, say_rep_trend
from salesops_lib.show.reps.pipeline import say_next_steps, table_ageing, table_pipeline
from salesops_lib.show.reps.practices import plot_practices, say_practices, table_practices
from salesops_lib.show.reps.who import say_reps, table_reps

__all__ = [
    "plot_adjusted",
    "plot_band",
    "plot_forest",
    "plot_forests",
    "plot_lead_shares",
    "plot_leaks",
    "plot_months",
    "plot_practices",
    "plot_rep_funnel",
    "plot_rep_trend",
    "rep_cards",
    "say_adjusted",
    "say_coaching",
    "say_comparison",
    "say_lacking",
    "say_lead_fairness",
    "say_leaderboard",
    "say_leaks",
    "say_next_steps",
    "say_own_change",
    "say_practices",
    "say_rep",
    "say_rep_funnel",
    "say_rep_trend",
    "say_reps",
    "say_steadiness",
    "table_adjusted",
    "table_ageing",
    "table_band",
    "table_factors",
    "table_forest",
    "table_lead_shares",
    "table_leaderboard",
    "table_leaks",
    "table_months",
    "table_personal",
    "table_pipeline",
    "table_practices",
    "table_rep_trend",
    "table_reps",
    "table_steadiness",
]
