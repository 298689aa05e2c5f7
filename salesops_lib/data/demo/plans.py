"""What the demo company plans and pays: reps, territories, products, quotas, submitted forecasts, tool licences."""

from __future__ import annotations

import numpy as np

from salesops_lib.data.demo import catalog
from salesops_lib.data.demo.accounts import Accounts
from salesops_lib.data.demo.arrow import pick
from salesops_lib.data.demo.people import Staff, territories
from salesops_lib.data.demo.worktime import DAY, Array, WorkTime, quarter_bounds, stream

STRETCH = 1.02
MEAN_CYCLE_DAYS = 34
OVER_COMMITS, SANDBAGS = 0.28, -0.22
MEAN_DISCOUNT = 0.6 * 2 / 16
DEAL_SPREAD = 0.6


def rep_columns(staff: Staff) -> dict[str, object]:
    """The table reps; a manager is a name, not a row: managers carry no quota here."""
    clock = staff.clock
    left = [None if day == Staff.NEVER else clock.days[day] for day in staff.left]
    hired = np.where(
        staff.hired < 0, np.busday_offset(clock.days[0], np.minimum(staff.hired, 0)), clock.dates(staff.hired)
    )
    return {
        "rep_id": pick(staff.rep_id, np.arange(len(staff))),
        "manager_id": [catalog.MANAGERS[team] for team in staff.team],
        "territory_id": [territories()[t].territory_id for t in staff.territory],
        "name": staff.name,
        "team": staff.team,
        "segment": pick(list(catalog.SEGMENTS), staff.segment),
        "hired_on": hired.astype("datetime64[D]"),
        "left_on": np.array([np.datetime64("NaT") if day is None else day for day in left], "datetime64[D]"),
    }


def territory_columns(accounts: Accounts) -> dict[str, object]:
    """The table territories: the addressable accounts are more than those on file."""
    places = territories()
    on_file = accounts.size.reshape(len(places), -1).sum(1)
    addressable = np.rint(on_file * np.array([place.addressable for place in places]) / 10).astype(np.int64) * 10
    return {
        "territory_id": [place.territory_id for place in places],
        "name": [place.name for place in places],
        "region": [place.region for place in places],
        "addressable_accounts": addressable,
        "addressable_addresses": addressable * 3 // 2,
    }


def product_columns() -> dict[str, object]:
    """The table products."""
    name, family, price = (np.array(part) for part in list(zip(*catalog.PRODUCTS, strict=True))[:3])
    return {
        "product_id": [f"P-{n:02d}" for n in range(1, len(name) + 1)],
        "name": name,
        "family": family,
        "list_price": price,
    }


def tool_columns(staff: Staff, seed: int) -> dict[str, object]:
    """The table tools: a row per tool and month; one becomes popular, one is paid for and hardly used."""
    clock = staff.clock
    months = np.arange(clock.months[clock.first_day], clock.months[clock.end_day - 1] + 1)
    middle = np.searchsorted(clock.months, months) + 8
    heads = staff.present[middle].sum(1)
    rng = stream(seed, "tools")
    rows: dict[str, list[object]] = {
        key: [] for key in ("tool_id", "month", "name", "licensed_users", "active_users", "monthly_cost")
    }
    for n, (name, price, per_rep, first, last) in enumerate(catalog.TOOLS, 1):
        # licences are bought for the most heads there ever were: nobody gives one back
        licensed = np.ceil(np.maximum.accumulate(heads) * per_rep).astype(int)
        active = rng.binomial(heads, np.linspace(first, last, len(months)))
        rows["tool_id"] += [f"TL-{n}"] * len(months)
        rows["month"] += list(months.astype("datetime64[D]"))
        rows["name"] += [name] * len(months)
        rows["licensed_users"] += list(licensed)
        rows["active_users"] += list(np.minimum(active, licensed))
        rows["monthly_cost"] += list(licensed * price)
    return {key: np.array(values) for key, values in rows.items()}


def planned_quarters(clock: WorkTime) -> list[int]:
    """The quarters that have quotas: those the export touches, and the next."""
    first, last = int(clock.quarters[clock.first_day]), int(clock.quarters[clock.end_day - 1])
    return list(range(first, last + 2))


def quotas(staff: Staff, deals: float) -> Array:
    """(quarter, rep): the quota for the whole quarter, 0 where the rep is not there.

    What a rep is expected to win given territory, segment, season and ramp, as if there the whole quarter.

    Parameters
    ----------
    deals
        Deals expected per unit of `Staff.finds`.
    """
    clock = staff.clock
    price = np.array([row[3] * row[4] for row in catalog.PRODUCTS]).sum() / sum(row[3] for row in catalog.PRODUCTS)
    middle = np.array([row[2] for row in catalog.SEGMENTS.values()])[staff.segment]
    deal = middle * price * np.exp(DEAL_SPREAD**2 / 2) * (1 - MEAN_DISCOUNT)
    wins = np.roll(staff.finds / staff.skill, MEAN_CYCLE_DAYS, axis=0) * deals * np.prod(catalog.PASSES)
    usual = np.median(wins[clock.first_day : clock.end_day], axis=0).clip(wins.max(0) * 0.5)
    rows = []
    for quarter in planned_quarters(clock):
        begin, stop = clock.span(quarter)
        there = staff.present[begin:stop]
        mean = (wins[begin:stop] * there).sum(0) / there.sum(0).clip(1)
        quota = np.maximum(mean, 0.25 * usual) * (stop - begin) * deal * STRETCH
        rows.append(np.where(there.any(0), np.maximum(np.rint(quota / 1000), 1) * 1000, 0))
    return np.array(rows).astype(np.int64)


def quota_columns(staff: Staff, plan: Array) -> dict[str, object]:
    """The table quotas."""
    quarters = planned_quarters(staff.clock)
    bounds = np.array([quarter_bounds(quarter) for quarter in quarters], "datetime64[D]")
    row, rep = np.nonzero(plan)
    return {
        "rep_id": pick(staff.rep_id, rep),
        "period_start": bounds[row, 0],
        "period_end": bounds[row, 1],
        "quota": plan[row, rep],
    }


def forecast_columns(staff: Staff, seed: int, plan: Array, revenue: Array) -> dict[str, object]:
    """The table forecasts: Commit and Best case of every rep, on five days of each quarter.

    Parameters
    ----------
    revenue
        (quarter, rep): what was won in the end; the nearer the quarter's end, the better a rep knows it.
    """
    clock = staff.clock
    rng = stream(seed, "forecasts")
    bias = rng.normal(0, 0.05, len(staff))
    tenured = staff.tenured
    if len(tenured) > 1:
        bias[tenured[-1]], bias[tenured[-2]] = OVER_COMMITS, SANDBAGS
    parts: list[tuple[Array, ...]] = []
    for row, quarter in enumerate(planned_quarters(clock)):
        begin, stop = clock.span(quarter)
        months = np.unique(clock.month_last[begin:stop])
        for day in (begin, int(months[0]) + 1, int(months[1]) + 1, stop - 10, stop - 5):
            to_go = (stop - day) / (stop - begin)
            noise = rng.normal(0, 0.05 + 0.22 * to_go, len(staff))
            upside = rng.uniform(1.05, 1.15 + 0.35 * to_go, len(staff))
            second = rng.integers(0, DAY // 4, len(staff))
            # a quarter that is not over yet is known by its plan alone
            known = (1 - 0.6 * to_go) if stop <= clock.end_day else 0.0
            view = known * revenue[row] + (1 - known) * plan[row]
            commit = view * (1 + bias * (0.4 + 0.6 * to_go)) * np.exp(noise)
            there = np.flatnonzero(staff.present[day] & (day < clock.end_day))
            for name, amounts in (("Commit", commit), ("Best case", commit * upside)):
                rounded = np.rint(amounts[there] / 100).astype(np.int64) * 100
                same = (np.full(len(there), value) for value in (quarter, name))
                parts.append((there, day * DAY + second[there], *same, rounded))
    rep, moment, quarters, category, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    bounds = {quarter: quarter_bounds(quarter) for quarter in planned_quarters(clock)}
    return {
        "rep_id": pick(staff.rep_id, rep),
        "submitted_at": clock.timestamps(moment),
        "period_start": np.array([bounds[q][0] for q in quarters.tolist()], "datetime64[D]"),
        "period_end": np.array([bounds[q][1] for q in quarters.tolist()], "datetime64[D]"),
        "category": category,
        "amount": amount,
    }
