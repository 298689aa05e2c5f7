"""The catalogue's topic "orders, accounts and tools": what lasts, who is a customer, and which tools are used."""

from __future__ import annotations

from ibis import _

from salesops_lib.language import N_
from salesops_lib.metrics.spec import Metric, Ratio

METRICS: dict[str, Metric] = {
    "first_time_right": Ratio(
        label=N_("First time right"),
        definition=N_("Won opportunities that were not corrected so far ÷ won opportunities."),
        unit="share",
        of="orders",
        on="closed_at",
        numerator=_.corrections_told & ~_.corrected,
        denominator=_.is_won,
        lacks=~_.corrections_told,
        among=_.is_won,
        lacking=N_("n/a without the column corrected_at of opportunities"),
        note=N_("corrections known until {day}"),
    ),
    "cancellation_rate": Ratio(
        label=N_("Cancellation rate"),
        definition=N_(
            "Won opportunities cancelled within as many days as the company file sets (cancellation_days) ÷ won "
            "opportunities, of those closed at least as many days ago."
        ),
        unit="share",
        better="lower",
        of="orders",
        on="closed_at",
        numerator=_.ripe & _.cancelled_early,
        denominator=_.ripe,
        lacks=~_.cancellations_told,
        among=_.ripe,
        lacking=N_("n/a without the column cancelled_at of opportunities"),
        note=N_(
            "cancelled within {company.cancellation_days} days; wins less than {company.cancellation_days} days "
            "before {day} are left out"
        ),
    ),
    "territory_penetration": Ratio(
        label=N_("Territory penetration"),
        definition=N_(
            "Accounts with a won opportunity up to the period's end ÷ addressable accounts of the territory "
            "(addresses, where no accounts are given). An account without a territory belongs to that of its first "
            "seller; accounts of no territory are left out."
        ),
        unit="share",
        counted_by="date of the first win",
        of="market",
        on="since",
        numerator=_.customers,
        denominator=_.addressable,
        cumulative=True,
        fact=True,
    ),
    "tool_adoption": Ratio(
        label=N_("Tool adoption"),
        definition=N_("Active users ÷ licensed users, over the months in the period."),
        unit="share",
        counted_by="month",
        of="tools",
        on="month",
        numerator=_.active_users,
        denominator=_.licensed_users,
        where=_.active_users.notnull() & _.licensed_users.notnull(),
        fact=True,
    ),
    "cost_per_active_user": Ratio(
        label=N_("Cost per active user"),
        definition=N_("Cost of the tool ÷ active users, per month of the period."),
        unit="money",
        better="lower",
        counted_by="month",
        of="tools",
        on="month",
        numerator=_.monthly_cost,
        denominator=_.active_users,
        where=_.active_users.notnull() & _.monthly_cost.notnull(),
        fact=True,
    ),
}
