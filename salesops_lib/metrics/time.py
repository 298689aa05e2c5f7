"""The catalogue's topic "time": what takes how long, what is put off, and how steady it is."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from ibis import _

from salesops_lib.language import N_
from salesops_lib.metrics.spec import Derived, Metric, Slip, Sum, Survival, TimeAverage, Variation

# A later stage or, without one, the close; what is still in the stage waits until the book's day.
_LEFT = _.advanced_at.coalesce(_.closed_at)
_DAYS = (
    _LEFT.cast("date")
    .coalesce(_.known_until)
    .cast("timestamp")
    .delta(_.entered_at.cast("date").cast("timestamp"), unit="day")
)


def _efficiency(parts: Mapping[str, pd.DataFrame], running: pd.Series[bool]) -> pd.DataFrame:
    won, pipeline = parts["revenue_won"], parts["average_pipeline"]["value"]
    divisor = pipeline.where(pipeline > 0)
    ratios = {name: won[name] / divisor for name in ("value", "low", "high")}
    return pd.DataFrame({**ratios, "numerator": won["value"], "denominator": pipeline, "n": won["n"]})


METRICS: dict[str, Metric] = {
    "average_pipeline": TimeAverage(
        label=N_("Average open pipeline"),
        definition=N_("Sum of the amounts of the opportunities open at a day's end: the mean over the period's days."),
        unit="money",
        value=_.amount,
    ),
    "pipeline_efficiency": Derived(
        label=N_("Pipeline efficiency"),
        definition=N_("Revenue won in the period ÷ average open pipeline over its days."),
        unit="ratio",
        counted_by="close date, mean over the days",
        parts=("revenue_won", "average_pipeline"),
        formula=_efficiency,
    ),
    "time_in_stage": Survival(
        label=N_("Time in the stage"),
        definition=N_(
            "Days from entering a stage (for the first time) to leaving it for a later one or by being closed: the "
            "median (Kaplan-Meier), in which those still in the stage count as not yet known. Skipped stages are "
            "left out. Measure it by stage."
        ),
        unit="days",
        better="lower",
        counted_by="date of entry",
        note=N_("those still in the stage are known until {day}"),
        of="stage_entries",
        on="entered_at",
        where=~_.skipped,
        duration=_DAYS.fill_null(0).clip(lower=0),
        event=_LEFT.notnull(),
    ),
    "slip_rate": Slip(
        label=N_("Slip rate"),
        definition=N_(
            "Of the opportunities open before the period's first day and expected to close in the period, the share "
            "still open at its end."
        ),
        unit="share",
        better="lower",
    ),
    "push_count": Sum(
        label=N_("Pushes"),
        definition=N_(
            "Number of times that the expected close date of an open opportunity was moved to a later calendar month."
        ),
        unit="count",
        better="lower",
        counted_by="day of the move",
        of="pushes",
        on="pushed_at",
        value=_.opportunity_id.notnull(),
    ),
    "consistency": Variation(
        label=N_("Variation of monthly revenue"),
        definition=N_(
            "Standard deviation ÷ mean of the revenue won by month, over the last 12 whole months up to the period's "
            "end (by rep: those in which the rep was employed throughout). The lower, the steadier; n/a below 6 "
            "months."
        ),
        unit="share",
        better="lower",
        counted_by="close date, 12 months",
        metric="revenue_won",
    ),
    "ramp_months": Survival(
        label=N_("Ramp-up time"),
        definition=N_(
            "Months from the hire of a rep to the first month with a revenue won of at least the median of the reps "
            "hired 12 months or more before that month: the median over reps (Kaplan-Meier), in which those not yet "
            "there count as not yet known."
        ),
        unit="months",
        better="lower",
        counted_by="hire date",
        note=N_("reps not yet there are known until {day}"),
        of="ramps",
        on="hired_on",
        duration=_.months,
        event=_.reached,
    ),
}
