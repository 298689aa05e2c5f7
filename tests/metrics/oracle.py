"""Every metric as a slow, obvious loop over plain rows, written from the definitions and not from the code."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import oracle_leads
import oracle_orders
import oracle_time
from known import STAGES, Company, State
from plain import Numbers
from plain import ratio as _ratio
from plain import total as _total
from small import LOST, OPEN

from salesops_lib.periods import Period


def _amounts(states: Sequence[State]) -> list[float]:
    return [state.amount or 0.0 for state in states]


def revenue_won(company: Company, period: Period) -> Numbers:
    return _total(_amounts(company.won_in(period)))


def revenue_net(company: Company, period: Period) -> Numbers:
    kept = []
    for state in company.won_in(period):
        cancelled = state.deal.get("cancelled_at")
        if cancelled is None or cancelled.date() > company.as_of:
            kept.append(state)
    return _total(_amounts(kept))


def quota(company: Company, period: Period) -> Numbers:
    parts = []
    reps = {rep["rep_id"]: rep for rep in company.reps}
    for row in company.quotas:
        rep = reps.get(row["rep_id"], {})
        hired, left = rep.get("hired_on") or date.min, rep.get("left_on") or date.max
        if left > company.as_of:
            left = date.max
        days = worked = 0
        day = row["period_start"]
        while day <= row["period_end"]:
            days += 1
            worked += day in period and hired <= day <= left
            day += timedelta(days=1)
        if worked:
            parts.append(row["quota"] * worked / days)
    return _total(parts)


def quota_attainment(company: Company, period: Period) -> Numbers:
    won, target = revenue_won(company, period), quota(company, period)
    return _ratio(won.value or 0.0, target.value or 0.0, won.n)


def reps_at_quota(company: Company, period: Period) -> Numbers:
    carry = reach = 0
    for rep in sorted({row["rep_id"] for row in company.quotas}):
        share = quota_attainment(company.group(str, rep), period).value
        carry += share is not None
        reach += share is not None and share >= 1
    return _ratio(reach, carry, carry)


def win_rate(company: Company, period: Period) -> Numbers:
    closed = len(company.closed_in(period))
    return _ratio(len(company.won_in(period)), closed, closed)


def win_rate_value(company: Company, period: Period) -> Numbers:
    lost = company.lost_in(period)
    won, all_closed = sum(_amounts(company.won_in(period))), sum(_amounts(company.closed_in(period)))
    found = _ratio(won, all_closed, sum(1 for state in company.closed_in(period) if state.amount))
    blank = sum(1 for state in lost if not state.amount)
    return found._replace(value=None) if lost and 2 * blank >= len(lost) else found


def average_deal_size(company: Company, period: Period) -> Numbers:
    won = company.won_in(period)
    return _ratio(sum(_amounts(won)), len(won), len(won))


def median_deal_size(company: Company, period: Period) -> Numbers:
    amounts = _amounts(company.won_in(period))
    return Numbers(statistics.median(amounts) if amounts else None, None, None, len(amounts))


def _count(states: Sequence[State]) -> Numbers:
    return Numbers(float(len(states)), float(len(states)), None, len(states))


def _stock(states: Sequence[State], value: Callable[[State], float | None]) -> Numbers:
    values = [value(state) for state in states]
    known = [each for each in values if each is not None]
    unknown = len(values) - len(known)
    found = Numbers(float(sum(known)), float(sum(known)), None, len(values))
    return found._replace(value=None) if values and 2 * unknown >= len(values) else found


def _moment(company: Company, period: Period) -> date:
    return min(period.end, company.as_of)


def _due(company: Company, period: Period) -> tuple[list[State], date]:
    day = period.start - timedelta(days=1) if period.end <= company.as_of else company.as_of
    return [state for state in company.open_at(day) if state.due and state.due in period], day


def _expected(company: Company, day: date) -> Callable[[State], float | None]:
    """Amount times probability; small companies have no stage with 30 closed deals a year, so history never counts."""

    def value(state: State) -> float | None:
        chance = OPEN[state.stage]
        unchanged = len(state.deal["_path"]) == len(state.events)
        if day >= company.as_of and unchanged and state.deal.get("probability") is not None:
            chance = state.deal["probability"]
        return None if state.amount is None else state.amount * chance

    return value


def pipeline_value(company: Company, period: Period) -> Numbers:
    return _stock(company.open_at(_moment(company, period)), lambda state: state.amount)


def weighted_pipeline(company: Company, period: Period) -> Numbers:
    day = _moment(company, period)
    return _stock(company.open_at(day), _expected(company, day))


def pipeline_due(company: Company, period: Period) -> Numbers:
    return _stock(_due(company, period)[0], lambda state: state.amount)


def weighted_pipeline_due(company: Company, period: Period) -> Numbers:
    states, day = _due(company, period)
    return _stock(states, _expected(company, day))


def pipeline_coverage(company: Company, period: Period) -> Numbers:
    due, target = pipeline_due(company, period), quota(company, period).value or 0.0
    running = period.start <= company.as_of < period.end
    needed = target - ((revenue_won(company, period).value or 0.0) if running else 0.0)
    value = due.value / needed if needed > 0 and due.value is not None else None
    return Numbers(value, due.value, needed, due.n)


def pipeline_created(company: Company, period: Period) -> Numbers:
    made = [state for state in company.states if state.deal["created_at"].date() in period]
    first = [next((amount for _, _, amount, *_ in state.events if amount is not None), state.amount) for state in made]
    return _total([float(amount or 0.0) for amount in first])


def _cycles(company: Company, period: Period) -> list[int]:
    found = []
    for state in company.won_in(period):
        assert state.closed
        found.append((state.closed.date() - state.deal["created_at"].date()).days)
    return found


def sales_cycle_days(company: Company, period: Period) -> Numbers:
    days = _cycles(company, period)
    return Numbers(statistics.median(days) if days else None, None, None, len(days))


def sales_cycle_days_mean(company: Company, period: Period) -> Numbers:
    days = _cycles(company, period)
    return _ratio(sum(days), len(days), len(days))


def sales_velocity(company: Company, period: Period) -> Numbers:
    stock = len(company.open_at(_moment(company, period)))
    size, rate, cycle = (m(company, period) for m in (average_deal_size, win_rate, sales_cycle_days_mean))
    if size.value is None or rate.value is None:
        return Numbers(None, None, cycle.value, size.n)
    top = stock * size.value * rate.value
    return Numbers(top / cycle.value if cycle.value else None, top, cycle.value, size.n)


def _forecasts(company: Company, period: Period) -> list[tuple[float, float]]:
    """Forecast and actual of each rep and forecast period that ended in the period."""
    found = []
    keys = sorted({(row["rep_id"], row["period_start"], row["period_end"]) for row in company.forecasts})
    for rep, start, end in keys:
        if end not in period or end > company.as_of:
            continue
        mine = [
            row
            for row in company.forecasts
            if (row["rep_id"], row["period_start"], row["period_end"]) == (rep, start, end)
            and row.get("category") in (None, "commit", "Commit")
            and (end - row["submitted_at"].date()).days >= 30
        ]
        if mine:
            last = max(mine, key=lambda row: row["submitted_at"])
            won = revenue_won(company.group(str, rep), Period("own", "range", start, end)).value or 0.0
            found.append((last["amount"], won))
    return found


def forecast_accuracy(company: Company, period: Period) -> Numbers:
    rows = _forecasts(company, period)
    actual, error = sum(a for _, a in rows), sum(abs(f - a) for f, a in rows)
    return _ratio(actual - error, actual, sum(1 for f, a in rows if a or a - abs(f - a)))


def forecast_bias(company: Company, period: Period) -> Numbers:
    rows = _forecasts(company, period)
    return _ratio(sum(f - a for f, a in rows), sum(a for _, a in rows), sum(1 for f, a in rows if a or f - a))


def discount_rate(company: Company, period: Period) -> Numbers:
    listed = [state for state in company.won_in(period) if state.deal.get("list_amount") is not None]
    prices = [state.deal["list_amount"] for state in listed]
    given = [price - (state.amount or 0.0) for state, price in zip(listed, prices, strict=True)]
    n = sum(1 for price, less in zip(prices, given, strict=True) if price or less)
    return _ratio(sum(given), sum(prices), n)


def _entries(company: Company, period: Period) -> list[tuple[State, int]]:
    found = []
    for state in company.states:
        for place in range(len(OPEN)):
            entered = state.reached(place)
            if entered and entered.date() in period:
                found.append((state, place))
    return found


def stage_conversion(company: Company, period: Period) -> Numbers:
    entries = _entries(company, period)
    return _ratio(sum(state.reached(place + 1) is not None for state, place in entries), len(entries), len(entries))


def stage_conversion_in_period(company: Company, period: Period) -> Numbers:
    entries = _entries(company, period)
    further = [state.reached(place + 1) for state, place in entries]
    return _ratio(sum(1 for at in further if at and at.date() <= period.end), len(entries), len(entries))


def still_open_rate_by_stage(company: Company, period: Period) -> Numbers:
    entries = _entries(company, period)
    still = sum(1 for state, place in entries if not state.reached(place + 1) and state.stage in OPEN)
    return _ratio(still, len(entries), len(entries))


def loss_rate_by_stage(company: Company, period: Period) -> Numbers:
    entries = _entries(company, period)
    lost = 0
    for state, place in entries:
        opened = [stage for _, stage, *_ in state.events if stage in OPEN]
        lost += state.stage == LOST and opened[-1:] == [STAGES[place]]
    return _ratio(lost, len(entries), len(entries))


METRICS: Mapping[str, Callable[[Company, Period], Numbers]] = {
    "revenue_won": revenue_won,
    "revenue_net": revenue_net,
    "quota": quota,
    "quota_attainment": quota_attainment,
    "reps_at_quota": reps_at_quota,
    "win_rate": win_rate,
    "win_rate_value": win_rate_value,
    "average_deal_size": average_deal_size,
    "median_deal_size": median_deal_size,
    "deals_won": lambda company, period: _count(company.won_in(period)),
    "deals_closed": lambda company, period: _count(company.closed_in(period)),
    "deals_lost": lambda company, period: _count(company.lost_in(period)),
    "amount_lost": lambda company, period: _total(_amounts(company.lost_in(period))),
    "pipeline_value": pipeline_value,
    "weighted_pipeline": weighted_pipeline,
    "open_opportunities": lambda company, period: _count(company.open_at(_moment(company, period))),
    "pipeline_due": pipeline_due,
    "weighted_pipeline_due": weighted_pipeline_due,
    "pipeline_coverage": pipeline_coverage,
    "pipeline_created": pipeline_created,
    "sales_cycle_days": sales_cycle_days,
    "sales_cycle_days_mean": sales_cycle_days_mean,
    "sales_velocity": sales_velocity,
    "forecast_accuracy": forecast_accuracy,
    "forecast_bias": forecast_bias,
    "discount_rate": discount_rate,
    "stage_conversion": stage_conversion,
    "stage_conversion_in_period": stage_conversion_in_period,
    "still_open_rate_by_stage": still_open_rate_by_stage,
    "loss_rate_by_stage": loss_rate_by_stage,
    **oracle_time.METRICS,
    **oracle_leads.METRICS,
    **oracle_orders.METRICS,
}
