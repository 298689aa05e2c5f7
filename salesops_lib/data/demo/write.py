"""Writes the demo company: all tables block by block, so that any size fits in memory, and the company file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np

from salesops_lib.data.demo import catalog, plans
from salesops_lib.data.demo.accounts import Accounts, open_accounts
from salesops_lib.data.demo.activities import activity_columns
from salesops_lib.data.demo.arrow import Files, Format
from salesops_lib.data.demo.company import END, company_text
from salesops_lib.data.demo.deals import Deals, schedule, walk
from salesops_lib.data.demo.leads import Idle, gather, idle_leads, lead_columns, sources
from salesops_lib.data.demo.opportunities import (
    Terms,
    changes,
    expected_dates,
    history_columns,
    opportunity_columns,
    state,
    terms,
)
from salesops_lib.data.demo.people import Staff, hire
from salesops_lib.data.demo.truths import Planted, describe, plant
from salesops_lib.data.demo.worktime import DAY, Array, WorkTime, stream
from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _

BLOCK = 50_000
WARM_UP_DAYS = 66
WARM_UP_STAYS = 0.40
COOL_DOWN_DAYS = 25
ACTIVITIES_PER_DEAL = 6
FORMATS = ("csv", "parquet")


def write_demo(
    out: Path,
    *,
    reps: int = 40,
    years: int = 3,
    seed: int = 7,
    end: date = END,
    opportunities: int | None = None,
    activities: int | None = None,
    format: Format = "csv",
    without: Collection[str] = (),
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write a company that sells: every canonical table, and its company file. The same call writes the same bytes.

    The export covers `years` up to `end`: deals that were open in that time (so that its first quarter is as full as
    the others), and what was known of them when it ended. What is planted is told in TRUTHS; nothing else is there to
    be found: no other rep, region, week or stage differs but by chance.

    Parameters
    ----------
    out
        Folder to write to; made if it is not there.
    reps, years
        Size of the company: rows of reps, and years of history.
    seed
        Another seed, another company.
    end
        Last day the export knows.
    opportunities, activities
        How many rows, about; by default what the reps can handle, and six activities per opportunity.
    format
        csv or parquet.
    without
        Truths to leave out, names of TRUTHS. All else stays as it is.
    progress
        Is told in words how far the work is.

    Returns
    -------
    Path
        The company file, `out/demo.yml`.

    Raises
    ------
    ParameterError
        An unknown truth or format, or a size below one.
    """
    _check({"reps": reps, "years": years, "opportunities": opportunities, "activities": activities}, format)
    clock, staff, facts = _found(reps, years, seed, end, without)
    weights = staff.finds[clock.first_day - WARM_UP_DAYS : clock.end_day + COOL_DOWN_DAYS]
    kept = weights[WARM_UP_DAYS:-COOL_DOWN_DAYS].sum() + WARM_UP_STAYS * weights[:WARM_UP_DAYS].sum()
    wanted = round(kept) if opportunities is None else opportunities
    scale = wanted / kept
    day, rep = schedule(stream(seed, "deals"), weights, max(round(weights.sum() * scale), 1))
    company = Company(
        seed=seed,
        staff=staff,
        planted=facts,
        accounts=open_accounts(staff, wanted, seed),
        day=day + clock.first_day - WARM_UP_DAYS,
        rep=rep,
        idle=idle_leads(seed, staff, facts, scale),
        activities_per_deal=ACTIVITIES_PER_DEAL if activities is None else activities / wanted,
    )
    plan = plans.quotas(staff, scale)
    out.mkdir(parents=True, exist_ok=True)
    with Files(out, format) as files:
        revenue = _write_blocks(company, files, progress or (lambda _text: None))
        for name, columns in (
            ("accounts", company.accounts.columns()),
            ("reps", plans.rep_columns(staff)),
            ("territories", plans.territory_columns(company.accounts)),
            ("quotas", plans.quota_columns(staff, plan)),
            ("forecasts", plans.forecast_columns(staff, seed, plan, revenue)),
            ("products", plans.product_columns()),
            ("tools", plans.tool_columns(staff, seed)),
        ):
            files.write(name, columns)
    path = out / "demo.yml"
    path.write_bytes(company_text(format=format, end=end).encode())
    return path


def planted(
    *, reps: int = 40, years: int = 3, seed: int = 7, end: date = END, without: Collection[str] = ()
) -> dict[str, dict[str, str]]:
    """Who or what each planted truth is about, without writing anything; the arguments are those of write_demo.

    Examples
    --------
    >>> planted(without=["better_rep", "unfair_leads"])["bad_week"]
    {'region': 'West', 'week': '2026-W34'}
    """
    _, staff, facts = _found(reps, years, seed, end, without)
    return describe(staff, facts)


@dataclass(frozen=True)
class Company:
    """All that is decided before the first deal runs."""

    seed: int
    staff: Staff
    planted: Planted
    accounts: Accounts
    day: Array  # per deal, in order: the working day it begins
    rep: Array  # per deal: who finds it
    idle: Idle
    activities_per_deal: float


def _check(sizes: dict[str, int | None], format: str) -> None:
    faults = [
        Fault(_("{name} must be 1 or more, not {value}.", name=name, value=value))
        for name, value in sizes.items()
        if value is not None and value < 1
    ]
    if format not in FORMATS:
        faults.append(Fault(_("{format!r} is not a format of the demo.", format=format), fix=nearest(format, FORMATS)))
    if faults:
        raise ParameterError(*faults)


def _found(reps: int, years: int, seed: int, end: date, without: Collection[str]) -> tuple[WorkTime, Staff, Planted]:
    day_after = end + timedelta(days=1)
    # 28 February stands in where the year has no 29th
    day = 28 if (day_after.month, day_after.day) == (2, 29) else day_after.day
    clock = WorkTime(date(day_after.year - years, day_after.month, day), end)
    staff = hire(clock, reps, seed)
    return clock, staff, plant(staff, without)


def _write_blocks(company: Company, files: Files, progress: Callable[[str], None]) -> Array:
    """Run the deals block by block and write what comes of them; gives the revenue won per (quarter, rep)."""
    seed, staff = company.seed, company.staff
    clock = staff.clock
    quarters = plans.planned_quarters(clock)
    revenue = np.zeros((len(quarters), len(staff)))
    drawn = len(company.day)
    n_leads = n_activities = 0
    for block, begin in enumerate(range(0, drawn, BLOCK)):
        stop = min(begin + BLOCK, drawn)
        cell = (company.day[begin:stop], company.rep[begin:stop])
        every = walk(seed, block, staff, company.planted, company.accounts, np.arange(begin, stop), cell)
        source = sources(seed, block, len(every))
        leads = gather(seed, block, staff, every, source, _idle_of(company, begin, stop), n_leads)
        files.write("leads", lead_columns(seed, block, staff, company.planted, every, leads))
        n_leads += len(leads.number)

        # the export shows what was open in its time
        seen = (every.closed >= clock.first_moment) & (every.created < clock.end_moment)
        money = _only(terms(seed, block, staff, every), seen)
        days, since = expected_dates(seed, block, clock, every)
        deals = _only(every, seen)
        log = changes(clock, deals, money, (days[seen], since[seen]))
        now = state(staff, deals, log)
        columns = opportunity_columns(seed, block, staff, company.accounts, deals, money, now, source[seen])
        files.write("opportunities", columns)
        files.write("opportunity_history", history_columns(clock, deals, log))
        n = round(company.activities_per_deal * len(deals))
        files.write("activities", activity_columns(seed, block, staff, deals, now, leads, n_activities, n))
        n_activities += n

        won = now.stage == catalog.WON_CODE
        row = clock.quarters[now.until[won] // DAY] - quarters[0]
        np.add.at(revenue, (row, now.owner[won]), now.amount[won])
        progress(_("{done} of {total} deals", done=stop, total=drawn))
    return revenue


def _idle_of(company: Company, begin: int, stop: int) -> Idle:
    """The idle leads of the days of a block of deals."""
    last = stop == len(company.day)
    low = np.searchsorted(company.idle.day, company.day[begin])
    high = len(company.idle.day) if last else np.searchsorted(company.idle.day, company.day[stop])
    return _only(company.idle, slice(low, high))


Rows = TypeVar("Rows", Deals, Terms, Idle)


def _only(rows: Rows, keep: Array | slice) -> Rows:
    """Some rows of a block."""
    return replace(rows, **{field.name: getattr(rows, field.name)[keep] for field in fields(rows)})
