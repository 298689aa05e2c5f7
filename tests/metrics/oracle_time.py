"""The metrics about time and steadiness as slow, obvious loops over plain rows and single days."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from known import Company
from plain import Numbers, ratio
from small import OPEN

from salesops_lib.periods import Period

Month = tuple[int, int]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def average_pipeline(company: Company, period: Period) -> Numbers:
    days = _days(period.start, min(period.end, company.as_of))
    total, known, unknown, seen = 0.0, 0, 0, set()
    for day in days:
        for state in company.open_at(day):
            seen.add(state.deal["opportunity_id"])
            known += state.amount is not None
            unknown += state.amount is None
            total += state.amount or 0.0
    value = total / len(days) if days else 0.0
    found = Numbers(value, value, None, len(seen))
    return found._replace(value=None) if seen and unknown >= known else found


def pipeline_efficiency(company: Company, period: Period) -> Numbers:
    won = [state.amount or 0.0 for state in company.won_in(period)]
    average = average_pipeline(company, period).value
    value = sum(won) / average if average else None
    return Numbers(value, float(sum(won)), average, len(won))


def kaplan_meier(times: Sequence[tuple[int, bool]]) -> float | None:
    """The median of times, each with whether it has ended; in exact fractions."""
    alive, reached = Fraction(1), None
    for time in sorted({time for time, ended in times if ended}):
        at_risk = sum(1 for each, _ in times if each >= time)
        alive *= 1 - Fraction(sum(1 for each, ended in times if ended and each == time), at_risk)
        if reached is not None:
            return (reached + time) / 2
        if alive < Fraction(1, 2):
            return float(time)
        if alive == Fraction(1, 2):
            reached = time
    return reached


def _survival(times: Sequence[tuple[int, bool]]) -> Numbers:
    return Numbers(kaplan_meier(times), float(sum(ended for _, ended in times)), None, len(times))


def time_in_stage(company: Company, period: Period) -> Numbers:
    times = []
    for state in company.states:
        for place, stage in enumerate(OPEN):
            entered = state.reached(place)
            visited = any(event[1] == stage for event in state.events)
            if entered and visited and entered.date() in period:
                left = state.reached(place + 1) or state.closed
                until = left.date() if left else company.as_of
                times.append(((until - entered.date()).days, left is not None))
    return _survival(times)


def slip_rate(company: Company, period: Period) -> Numbers:
    if period.end > company.as_of:
        return ratio(0, 0, 0)
    before = company.open_at(period.start - timedelta(days=1))
    due = [state.deal["opportunity_id"] for state in before if state.due and state.due in period]
    still = {state.deal["opportunity_id"] for state in company.open_at(period.end)}
    return ratio(sum(each in still for each in due), len(due), len(due))


def push_count(company: Company, period: Period) -> Numbers:
    pushes = 0
    for state in company.states:
        for before, after in pairwise(state.events):
            was, now = (date.fromisoformat(str(each[3])) if each[3] else None for each in (before, after))
            if before[1] in OPEN and after[1] in OPEN and was and now and after[0].date() in period:
                pushes += (now.year, now.month) > (was.year, was.month)
    return Numbers(float(pushes), float(pushes), None, pushes)


def _month(day: date) -> Month:
    return day.year, day.month


def _since(month: Month, first: Month) -> int:
    return (month[0] - first[0]) * 12 + month[1] - first[1]


def _last_day(month: Month) -> date:
    return date(month[0] + month[1] // 12, month[1] % 12 + 1, 1) - timedelta(days=1)


def _months(company: Company, until: date) -> list[Month]:
    """The whole months from that of the company's first closed deal to a day."""
    closed = [state.closed.date() for state in company.everyone.states if state.closed]
    days = _days(min(closed), until) if closed else []
    return [month for month in sorted({_month(day) for day in days}) if _last_day(month) <= until]


def _revenue(company: Company, month: Month) -> float:
    span = Period("own", "range", date(*month, 1), _last_day(month))
    return sum(state.amount or 0.0 for state in company.won_in(span))


def consistency(company: Company, period: Period) -> Numbers:
    months = _months(company, min(period.end, company.as_of))[-12:]
    for rep in company.reps:
        if rep["rep_id"] == company.name:
            hired, left = _employment(rep, company.as_of)
            months = [m for m in months if hired <= date(*m, 1) and _last_day(m) <= left and left >= period.start]
    revenue = [_revenue(company, month) for month in months]
    if not sum(revenue):
        return Numbers(None, None, None, 0)
    mean, spread = statistics.mean(revenue), statistics.stdev(revenue) if len(revenue) > 1 else None
    return Numbers(spread / mean if spread is not None and len(revenue) >= 6 else None, spread, mean, len(revenue))


def _employment(rep: Mapping[str, date | None], as_of: date) -> tuple[date, date]:
    left = rep.get("left_on")
    return rep.get("hired_on") or date.min, left if left and left <= as_of else date.max


def ramp_months(company: Company, period: Period) -> Numbers:
    whole = company.everyone
    months = _months(whole, company.as_of)
    times = []
    for rep in whole.reps:
        hired, left = _employment(rep, company.as_of)
        if hired not in period or _month(hired) not in months or company.key(rep["rep_id"]) != company.name:
            continue
        lasted, ended = 0, False
        for month in months:
            if ended or month < _month(hired) or date(*month, 1) > left:
                continue
            lasted = _since(month, _month(hired))
            own = _revenue(whole.group(str, rep["rep_id"]), month)
            ended = 0 < _tenured_median(whole, month) <= own
        times.append((lasted, ended))
    return _survival(times)


def _tenured_median(company: Company, month: Month) -> float:
    sold = []
    for rep in company.reps:
        hired, left = _employment(rep, company.as_of)
        if hired <= date(month[0] - 1, month[1], 1) and left >= _last_day(month):
            sold.append(_revenue(company.group(str, rep["rep_id"]), month))
    return statistics.median(sold) if sold else 0.0


METRICS: Mapping[str, Callable[[Company, Period], Numbers]] = {
    "average_pipeline": average_pipeline,
    "pipeline_efficiency": pipeline_efficiency,
    "time_in_stage": time_in_stage,
    "slip_rate": slip_rate,
    "push_count": push_count,
    "consistency": consistency,
    "ramp_months": ramp_months,
}
