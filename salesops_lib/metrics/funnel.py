"""The catalogue's topic "funnel": what becomes of the opportunities that enter a stage."""

from __future__ import annotations

from ibis import _

from salesops_lib.language import N_
from salesops_lib.metrics.spec import Metric, Ratio

METRICS: dict[str, Metric] = {
    "stage_conversion": Ratio(
        label=N_("Stage conversion"),
        definition=N_(
            "Of the opportunities that entered a stage in the period, the share that reached a later one so far."
        ),
        unit="share",
        counted_by="date of entry",
        of="stage_entries",
        on="entered_at",
        numerator=_.advanced,
        denominator=_.opportunity_id.notnull(),
    ),
    "stage_conversion_in_period": Ratio(
        label=N_("Stage conversion in the period"),
        definition=N_(
            "Of the opportunities that entered a stage in the period, the share that reached a later one in it."
        ),
        unit="share",
        counted_by="date of entry",
        of="stage_entries",
        on="entered_at",
        numerator=_.advanced & (_.advanced_at < _.period_after.cast("timestamp")),
        denominator=_.opportunity_id.notnull(),
    ),
    "still_open_rate_by_stage": Ratio(
        label=N_("Still open in the stage"),
        definition=N_(
            "Of the opportunities that entered a stage in the period, the share that neither reached a later one nor "
            "was closed so far."
        ),
        unit="share",
        better="neither",
        counted_by="date of entry",
        of="stage_entries",
        on="entered_at",
        numerator=~_.advanced & _.closed_at.isnull(),
        denominator=_.opportunity_id.notnull(),
    ),
    "loss_rate_by_stage": Ratio(
        label=N_("Loss rate of the stage"),
        definition=N_("Of the opportunities that entered a stage in the period, the share lost from it so far."),
        unit="share",
        better="lower",
        counted_by="date of entry",
        of="stage_entries",
        on="entered_at",
        numerator=_.lost,
        denominator=_.opportunity_id.notnull(),
    ),
}
