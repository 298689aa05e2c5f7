"""What the forecast of a quarter shows, each made from a frame; nothing is computed here."""

from salesops_lib.show.forecasting.cautions import say_alarm, say_notes
from salesops_lib.show.forecasting.commitments import plot_commitments, say_commitments, table_commitments
from salesops_lib.show.forecasting.fan import plot_fan, plot_fans, table_fan
from salesops_lib.show.forecasting.goals import say_goals, table_goals
from salesops_lib.show.forecasting.headline import outlook_cards, say_outlook
from salesops_lib.show.forecasting.needs import say_needs, table_needs
from salesops_lib.show.forecasting.open_deals import table_open_deals
from salesops_lib.show.forecasting.outlook import plot_outlook_by, plot_outlooks, say_outlook_by, table_outlook
from salesops_lib.show.forecasting.risks import say_risks, table_risks
from salesops_lib.show.forecasting.runs import say_runs, table_runs, table_runs_accuracy
from salesops_lib.show.forecasting.scoreboard import say_methods, say_scoreboard, table_methods, table_scoreboard
from salesops_lib.show.forecasting.submissions import say_submissions, table_submissions
from salesops_lib.show.forecasting.track_record import plot_track_record, say_track_record, table_track_record
from salesops_lib.show.forecasting.views import plot_views, say_views, table_parts, table_views

__all__ = [
    "outlook_cards",
    "plot_commitments",
    "plot_fan",
    "plot_fans",
    "plot_outlook_by",
    "plot_outlooks",
    "plot_track_record",
    "plot_views",
    "say_alarm",
    "say_commitments",
    "say_goals",
    "say_methods",
    "say_needs",
    "say_notes",
    "say_outlook",
    "say_outlook_by",
    "say_risks",
    "say_runs",
    "say_scoreboard",
    "say_submissions",
    "say_track_record",
    "say_views",
    "table_commitments",
    "table_fan",
    "table_goals",
    "table_methods",
    "table_needs",
    "table_open_deals",
    "table_outlook",
    "table_parts",
    "table_risks",
    "table_runs",
    "table_runs_accuracy",
    "table_scoreboard",
    "table_submissions",
    "table_track_record",
    "table_views",
]
