"""The metrics of orders, accounts and tools as slow, obvious loops over plain rows, written from the definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from known import Company
from plain import Numbers, ratio
from small import WON

from salesops_lib.periods import Period


def _day(company: Company, moment: object) -> date | None:
    """The day of a moment, if it is known by the company's day."""
    day: date | None = moment.date() if moment is not None else None  # type: ignore[attr-defined]
    return day if day is not None and day <= company.as_of else None


def first_time_right(company: Company, period: Period) -> Numbers:
    won = company.won_in(period)
    right = [state for state in won if _day(company, state.deal.get("corrected_at")) is None]
    return ratio(len(right), len(won), len(won))


def cancellation_rate(company: Company, period: Period) -> Numbers:
    ripe = cancelled = 0
    for state in company.won_in(period):
        assert state.closed
        closed = state.closed.date()
        if (company.as_of - closed).days >= company.cancellation_days:
            ripe += 1
            day = _day(company, state.deal.get("cancelled_at"))
            cancelled += day is not None and (day - closed).days <= company.cancellation_days
    return ratio(cancelled, ripe, ripe)


def territory_penetration(company: Company, period: Period) -> Numbers:
    size: dict[str, int] = {}
    for place in company.territories:
        addressable = place["addressable_accounts"]
        addressable = place["addressable_addresses"] if addressable is None else addressable
        if addressable is not None:
            size[place["territory_id"]] = addressable
    # A rep who is hired later is not known yet.
    reps = {
        rep["rep_id"]: rep.get("territory_id") for rep in company.reps if (rep["hired_on"] or date.min) <= company.as_of
    }
    customers = set()
    for account in {deal["account_id"] for deal in company.deals if deal["account_id"]}:
        won = [s for s in company.states if s.stage == WON and s.deal["account_id"] == account and s.closed]
        if not won:
            continue
        first = min(won, key=lambda state: (state.closed, state.deal["opportunity_id"]))
        assert first.closed
        home = next((each["territory_id"] for each in company.accounts if each["account_id"] == account), None)
        home = home or reps.get(first.deal["rep_id"])
        if home in size and first.closed.date() <= period.end:
            customers.add(account)
    return ratio(len(customers), sum(size.values()), len(customers) + sum(1 for each in size.values() if each))


def tool_adoption(company: Company, period: Period) -> Numbers:
    rows = [row for row in company.tools if row["month"] in period and row["month"] <= company.as_of]
    rows = [row for row in rows if row["active_users"] is not None and row["licensed_users"] is not None]
    n = sum(1 for row in rows if row["active_users"] or row["licensed_users"])
    return ratio(sum(row["active_users"] for row in rows), sum(row["licensed_users"] for row in rows), n)


def cost_per_active_user(company: Company, period: Period) -> Numbers:
    rows = [row for row in company.tools if row["month"] in period and row["month"] <= company.as_of]
    rows = [row for row in rows if row["active_users"] is not None and row["monthly_cost"] is not None]
    n = sum(1 for row in rows if row["active_users"] or row["monthly_cost"])
    return ratio(sum(row["monthly_cost"] for row in rows), sum(row["active_users"] for row in rows), n)


METRICS: Mapping[str, Callable[[Company, Period], Numbers]] = {
    "first_time_right": first_time_right,
    "cancellation_rate": cancellation_rate,
    "territory_penetration": territory_penetration,
    "tool_adoption": tool_adoption,
    "cost_per_active_user": cost_per_active_user,
}
