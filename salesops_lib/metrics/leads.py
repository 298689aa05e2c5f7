"""The catalogue's topic "leads": how fast they are answered, what becomes of them, what a win costs."""

from __future__ import annotations

from ibis import _

from salesops_lib.language import N_
from salesops_lib.metrics.spec import Median, Metric, Quantile, Ratio

YOUNG = N_("leads can still be won after {day}")

METRICS: dict[str, Metric] = {
    "lead_response_hours": Median(
        label=N_("Lead response time"),
        definition=N_(
            "Clock hours from a lead's creation to its first response by a human: the median. Leads without one are "
            "left out, and those whose first response was automatic."
        ),
        unit="hours",
        better="lower",
        counted_by="create date of the lead",
        of="lead_outcomes",
        on="created_at",
        value=_.response_hours,
    ),
    "lead_response_hours_p90": Quantile(
        label=N_("Lead response time, slowest tenth"),
        definition=N_(
            "Clock hours from a lead's creation to its first response by a human: nine of ten are answered faster. "
            "Leads without one are left out, and those whose first response was automatic."
        ),
        unit="hours",
        better="lower",
        counted_by="create date of the lead",
        of="lead_outcomes",
        on="created_at",
        value=_.response_hours,
        q=0.9,
    ),
    "lead_response_in_time": Ratio(
        label=N_("Leads answered in time"),
        definition=N_(
            "Leads answered by a human within the company's target (lead_response_hours) ÷ leads answered by a human "
            "or not answered for longer than that. Leads whose first response was automatic are left out."
        ),
        unit="share",
        counted_by="create date of the lead",
        of="lead_outcomes",
        on="created_at",
        numerator=_.in_time,
        denominator=_.due,
        lacks=~_.aimed,
        among=_.due,
        lacking=N_("n/a without a target for lead_response_hours in the company file"),
    ),
    "lead_conversion": Ratio(
        label=N_("Lead conversion"),
        definition=N_("Of the leads created in the period, the share whose opportunity is won so far."),
        unit="share",
        counted_by="create date of the lead",
        of="lead_outcomes",
        on="created_at",
        numerator=_.won,
        denominator=_.lead_id.notnull(),
        note=YOUNG,
    ),
    "cost_per_win": Ratio(
        label=N_("Cost per win"),
        definition=N_(
            "Cost of the leads created in the period ÷ opportunities won from them so far. An opportunity with "
            "several leads counts for the first of them; a lead without a recorded cost counts as free."
        ),
        unit="money",
        better="lower",
        counted_by="create date of the lead",
        of="lead_outcomes",
        on="created_at",
        numerator=_.cost.fill_null(0),
        denominator=_.is_win.cast("int64"),
        lacks=_.cost.isnull(),
        among=_.lead_id.notnull(),
        lacking=N_("n/a where half of the leads or more have no cost"),
        note=YOUNG,
        least=0.0,
    ),
}
