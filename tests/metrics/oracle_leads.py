"""The metrics of leads and activities as slow, obvious loops over plain rows, written from the definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from known import Company, midnight
from plain import Numbers, quantile, ratio, total, unless
from small import WON, Row

from salesops_lib.periods import Period


def _leads(company: Company, period: Period) -> list[Row]:
    return [lead for lead in company.leads if lead["created_at"].date() in period and _known(company, lead)]


def _known(company: Company, lead: Row) -> bool:
    return bool(lead["created_at"] < midnight(company.as_of))


def _response(company: Company, lead: Row) -> datetime | None:
    at = lead["first_response_at"]
    return at if at is not None and at < midnight(company.as_of) else None


def _hours(company: Company, lead: Row) -> float | None:
    """Hours until a human answered; None if none did, or nobody knows when."""
    at = _response(company, lead)
    if at is None or lead["response_automatic"] or at < lead["created_at"]:
        return None
    return float((at - lead["created_at"]).total_seconds() / 3600)


def _answered(company: Company, period: Period) -> list[float]:
    hours = [_hours(company, lead) for lead in _leads(company, period)]
    return [each for each in hours if each is not None]


def lead_response_in_time(company: Company, period: Period) -> Numbers:
    in_time = counted = 0
    for lead in _leads(company, period):
        hours = _hours(company, lead)
        if hours is not None:
            counted += 1
            in_time += company.target is not None and hours <= company.target
        elif _response(company, lead) is None and company.target is not None:
            waited = (midnight(company.as_of) - lead["created_at"]).total_seconds() / 3600
            counted += waited > company.target
    found = ratio(in_time, counted, counted)
    return found if company.target is not None else found._replace(value=None)


def _won(company: Company) -> list[Row]:
    """The leads whose opportunity is won, as far as it is known to have come from them."""
    won = {state.deal["opportunity_id"] for state in company.everyone.states if state.stage == WON}
    found = [lead for lead in company.everyone.leads if _known(company, lead) and lead["opportunity_id"] in won]
    return [lead for lead in found if not lead["converted_at"] or lead["converted_at"] < midnight(company.as_of)]


def lead_conversion(company: Company, period: Period) -> Numbers:
    leads, won = _leads(company, period), _won(company)
    return ratio(sum(lead in won for lead in leads), len(leads), len(leads))


def cost_per_win(company: Company, period: Period) -> Numbers:
    leads, firsts = _leads(company, period), {}
    # Of several leads of one opportunity the first one is the win.
    for lead in sorted(_won(company), key=lambda each: (each["created_at"], each["lead_id"])):
        firsts.setdefault(lead["opportunity_id"], lead)
    wins = [lead for lead in leads if lead in firsts.values()]
    n = sum(1 for lead in leads if lead["cost"] or lead in wins)
    found = ratio(sum(lead["cost"] or 0.0 for lead in leads), len(wins), n)
    return unless([lead["cost"] is None for lead in leads], found)


def _activities(company: Company, period: Period) -> list[Row]:
    return [each for each in company.activities if _happened(company, each) and each["happened_at"].date() in period]


def _happened(company: Company, activity: Row) -> bool:
    return bool(activity["happened_at"] < midnight(company.as_of))


def activities_logged(company: Company, period: Period) -> Numbers:
    return total([1.0 for _ in _activities(company, period)])


def selling_time_share(company: Company, period: Period) -> Numbers:
    timed = [each for each in _activities(company, period) if each["minutes"] is not None]
    facing = sum(each["minutes"] for each in timed if each["customer_facing"])
    found = ratio(facing, sum(each["minutes"] for each in timed), sum(1 for each in timed if each["minutes"]))
    return unless([each["customer_facing"] is None for each in timed], found)


def _contacts(company: Company, period: Period) -> list[Row]:
    return [each for each in _activities(company, period) if each["type"].lower() in ("call", "email", "visit")]


def prospecting_contacts(company: Company, period: Period) -> Numbers:
    return total([1.0 for _ in _contacts(company, period)])


def meetings_per_activity(company: Company, period: Period) -> Numbers:
    contacts = _contacts(company, period)
    booked = [each for each in contacts if (each["outcome"] or "").lower() == "meeting booked"]
    return unless([each["outcome"] is None for each in contacts], ratio(len(booked), len(contacts), len(contacts)))


def contacts_per_win(company: Company, period: Period) -> Numbers:
    won = len(company.won_in(period))
    return ratio(len(_contacts(company, period)), won, won)


def quote_response_hours(company: Company, period: Period) -> Numbers:
    hours = []
    for sent in _activities(company, period):
        if sent["type"].lower() != "quote" or sent["outcome"] != "sent" or sent["opportunity_id"] is None:
            continue
        answers = [
            each["happened_at"]
            for each in company.everyone.activities
            if _happened(company, each)
            and each["type"].lower() == "quote"
            and each["opportunity_id"] == sent["opportunity_id"]
            and each["outcome"] in ("accepted", "revised")
            and each["happened_at"] >= sent["happened_at"]
        ]
        if answers:
            hours.append((min(answers) - sent["happened_at"]).total_seconds() / 3600)
    return quantile(hours, 0.5)


METRICS: Mapping[str, Callable[[Company, Period], Numbers]] = {
    "lead_response_hours": lambda company, period: quantile(_answered(company, period), 0.5),
    "lead_response_hours_p90": lambda company, period: quantile(_answered(company, period), 0.9),
    "lead_response_in_time": lead_response_in_time,
    "lead_conversion": lead_conversion,
    "cost_per_win": cost_per_win,
    "activities_logged": activities_logged,
    "selling_time_share": selling_time_share,
    "prospecting_contacts": prospecting_contacts,
    "meetings_per_activity": meetings_per_activity,
    "contacts_per_win": contacts_per_win,
    "quote_response_hours": quote_response_hours,
}
