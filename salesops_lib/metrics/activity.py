"""The catalogue's topic "activity": how the time is spent, what comes of contacts, how quotes are answered."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from ibis import _

from salesops_lib.language import N_
from salesops_lib.metrics.intervals import wilson
from salesops_lib.metrics.spec import Derived, Median, Metric, Ratio, Sum

PROSPECTING = ("call", "email", "visit")
BOOKED = "meeting booked"
is_prospecting = _.type.lower().isin(PROSPECTING)


def _contacts_per_win(parts: Mapping[str, pd.DataFrame], running: pd.Series[bool]) -> pd.DataFrame:
    """Contacts ÷ wins; of two counts that vary like a Poisson number each, the wins' share of both is binomial."""
    contacts, wins = parts["prospecting_contacts"]["value"], parts["deals_won"]["value"]
    some = wins.where(wins > 0)
    low, high = wilson(some.to_numpy(dtype="float64"), (contacts + some).to_numpy(dtype="float64"))
    return pd.DataFrame(
        {
            "value": contacts / some,
            "numerator": contacts,
            "denominator": wins,
            "n": parts["deals_won"]["n"],
            "low": np.maximum(1 / high - 1, 0.0),
            "high": 1 / low - 1,
        }
    )


METRICS: dict[str, Metric] = {
    "activities_logged": Sum(
        label=N_("Activities logged"),
        definition=N_("Number of logged activities of every kind."),
        unit="count",
        better="neither",
        counted_by="date of the activity",
        of="activities",
        on="happened_at",
        value=_.activity_id.notnull(),
    ),
    "selling_time_share": Ratio(
        label=N_("Selling time"),
        definition=N_("Minutes of activities with the customer ÷ minutes of all activities; only of what is logged."),
        unit="share",
        counted_by="date of the activity",
        of="activities",
        on="happened_at",
        numerator=_.customer_facing.fill_null(False),
        denominator=_.minutes.fill_null(0),
        lacks=_.customer_facing.isnull(),
        among=_.minutes.notnull(),
        lacking=N_("n/a where half of the activities or more do not say whether they were with the customer"),
        least=0.0,
        most=1.0,
    ),
    "prospecting_contacts": Sum(
        label=N_("Prospecting contacts"),
        definition=N_("Number of calls, e-mails and visits logged."),
        unit="count",
        better="neither",
        counted_by="date of the activity",
        of="activities",
        on="happened_at",
        value=is_prospecting,
        where=is_prospecting,
    ),
    "meetings_per_activity": Ratio(
        label=N_("Meetings booked per activity"),
        definition=N_("Calls, e-mails and visits whose outcome is a booked meeting ÷ calls, e-mails and visits."),
        unit="share",
        counted_by="date of the activity",
        of="activities",
        on="happened_at",
        numerator=is_prospecting & (_.outcome.lower() == BOOKED),
        denominator=is_prospecting,
        lacks=_.outcome.isnull(),
        among=is_prospecting,
        lacking=N_("n/a where half of the calls, e-mails and visits or more have no outcome"),
    ),
    "contacts_per_win": Derived(
        label=N_("Contacts per win"),
        definition=N_("Prospecting contacts (calls, e-mails, visits) ÷ won opportunities, both of the period."),
        unit="ratio",
        better="lower",
        counted_by="date of the activity, close date",
        parts=("prospecting_contacts", "deals_won"),
        formula=_contacts_per_win,
    ),
    "quote_response_hours": Median(
        label=N_("Quote response time"),
        definition=N_(
            "Clock hours from sending a quote to the next answer (accepted or revised) logged for the same "
            "opportunity: the median. Quotes without an answer so far are left out."
        ),
        unit="hours",
        better="lower",
        counted_by="date the quote was sent",
        of="quotes",
        on="happened_at",
        value=_.response_hours,
    ),
}
