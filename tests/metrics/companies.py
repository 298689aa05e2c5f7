"""Small random companies for hypothesis, with all that makes counting hard."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st
from known import Company
from small import LOST, OPEN, WON, deal, told

from salesops_lib.data.book import Book

FIRST, LAST = date(2025, 11, 15), date(2026, 6, 30)
QUARTERS = [(date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30))]
PLACE = {"r1": "t1", "r2": "t2", "r3": None, "r4": "t3"}
TEAM = {"r1": "North", "r2": "North", "r3": "South", "r4": None}
# Zero, cents, ties, and one that outweighs all others.
AMOUNTS = st.sampled_from([0.0, 10.0, 10.0, 99.99, 250.5, 1000.0, 12345.67])
DUE = st.sampled_from([None, "2026-01-20", "2026-03-31", "2026-04-01", "2026-06-15", "2026-09-30"])


@st.composite
def deals(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A deal that moves, is pushed, is edited, is closed and re-opened."""
    created = FIRST + timedelta(days=draw(st.integers(0, 200)))
    moves = draw(
        st.lists(
            st.tuples(
                st.integers(0, 45),
                st.sampled_from([*OPEN, *OPEN, WON, WON, LOST]),
                st.one_of(AMOUNTS, AMOUNTS, AMOUNTS, st.none()),
                DUE,
            ),
            min_size=1,
            max_size=4,
        )
    )
    path: list[tuple[datetime, str, float | None, Any]] = []
    day = created
    for hour, (wait, stage, amount, due) in enumerate(moves):
        day += timedelta(days=wait if path else 0)
        if day > LAST:
            break
        amount = amount if amount is not None or stage != WON else 77.7
        path.append((datetime.combine(day, time(hour + 1)), stage, amount, due))
    made = deal(number, created.isoformat(), *path)
    cancelled = draw(st.one_of(st.none(), st.none(), st.integers(0, 60)))
    return made | {
        "rep_id": draw(st.sampled_from([None, "r1", "r1", "r2", "r3", "r4", "ghost"])),
        "lead_source": draw(st.sampled_from([None, "Web", "Event"])),
        # An open deal without an amount would be valued at its list price.
        "list_amount": draw(st.sampled_from([None, 0.0, 100.0, 20000.0])) if None not in [s[2] for s in path] else None,
        "probability": None if made["closed_at"] else draw(st.sampled_from([None, 0.2, 0.9])),
        "cancelled_at": made["closed_at"] + timedelta(days=cancelled)
        if made["stage"] == WON and cancelled is not None
        else None,
        "corrected_at": made["closed_at"] + timedelta(days=draw(st.integers(0, 40)))
        if made["stage"] == WON and draw(st.booleans())
        else None,
        "account_id": draw(st.sampled_from([None, "a1", "a1", "a2", "a3", "a4"])),
    }


# Within a second of the targets of 4 and 24 hours, and before the lead was there.
WAITS = st.sampled_from([None, None, -60, 0, 90, 14399, 14400, 14401, 86400, 86401, 500_000, 9_000_000])
MOMENTS = st.tuples(st.integers(0, 227), st.integers(0, 86399))


def _moment(drawn: tuple[int, int]) -> datetime:
    return datetime.combine(FIRST, time()) + timedelta(days=drawn[0], seconds=drawn[1])


@st.composite
def leads(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A lead that is answered late, by a machine or never, and became a deal or the same deal as another one."""
    created, wait, converted = _moment(draw(MOMENTS)), draw(WAITS), draw(st.sampled_from([None, 1, 40]))
    return {
        "lead_id": f"L{number}",
        "rep_id": draw(st.sampled_from([None, "r1", "r1", "r2", "r3", "ghost"])),
        "opportunity_id": draw(st.sampled_from([None, "0", "0", "1", "2", "3", "gone"])),
        "lead_source": draw(st.sampled_from([None, "Web", "Event"])),
        "created_at": created,
        "first_response_at": None if wait is None else created + timedelta(seconds=wait),
        "response_automatic": None if wait is None else draw(st.sampled_from([None, False, False, True])),
        "converted_at": None if converted is None else created + timedelta(days=converted),
        "cost": draw(st.sampled_from([None, 0.0, 10.0, 99.99])),
    }


@st.composite
def activities(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """An activity; several quotes and answers may be logged of one deal, some in the same second."""
    kinds = ["call", "Email", "visit", "meeting", "admin", "quote", "quote", "quote"]
    outcomes = {
        "quote": ["sent", "sent", "accepted", "revised", None],
        "": ["meeting booked", "Meeting booked", "done"],
    }
    kind = draw(st.sampled_from(kinds))
    return {
        "activity_id": f"A{number}",
        "rep_id": draw(st.sampled_from(["r1", "r1", "r2", "r3", "ghost"])),
        "opportunity_id": draw(st.sampled_from([None, "0", "0", "1"])),
        "type": kind,
        "outcome": draw(st.sampled_from([*outcomes.get(kind, outcomes[""]), None])),
        "happened_at": _moment((draw(st.integers(0, 227)), draw(st.sampled_from([0, 36_000, 36_001])))),
        "minutes": draw(st.sampled_from([None, 0.0, 5.0, 30.0])),
        "customer_facing": draw(st.sampled_from([None, False, True, True])),
    }


@st.composite
def places(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Accounts (one that no deal has, one that only deals have), territories, and the months of two tools."""
    home, size = st.sampled_from([None, "t1", "t2", "gone"]), st.sampled_from([None, 0, 7, 20])
    some = st.one_of(st.none(), st.integers(0, 9))
    return {
        "accounts": [{"account_id": each, "territory_id": draw(home)} for each in ("a1", "a2", "a3", "a9")],
        "territories": [
            {"territory_id": each, "addressable_accounts": draw(size), "addressable_addresses": draw(size)}
            for each in ("t1", "t2", "t3")
        ],
        "tools": [
            {
                "tool_id": tool,
                "month": date(2026, month, 1),
                "licensed_users": draw(some),
                "active_users": draw(some),
                "monthly_cost": draw(st.sampled_from([None, 0.0, 99.5])),
            }
            for tool in ("crm", "mail")
            for month in (1, 2, 5, 6)
        ],
    }


class Made:
    """A company as a book and as plain rows; told briefly where a test fails."""

    def __init__(self, book: Book, company: Company) -> None:
        self.book, self.company = book, company

    def __repr__(self) -> str:
        paths = [[*map(str, (row["rep_id"], *row["_path"]))] for row in self.company.deals]
        return f"as of {self.company.as_of}: {paths}"[:2000]


@st.composite
def companies(draw: st.DrawFn) -> Made:
    """A random company."""
    reps = [
        {
            "rep_id": rep,
            "name": f"Rep {rep}",
            "team": team,
            "territory_id": PLACE[rep],
            "hired_on": draw(st.sampled_from([None, date(2025, 3, 1), date(2026, 2, 10)])),
            "left_on": draw(st.sampled_from([None, None, date(2026, 2, 27), date(2026, 5, 12)])),
        }
        for rep, team in TEAM.items()
    ]
    quotas = [
        {"rep_id": rep, "period_start": start, "period_end": end, "quota": amount}
        for rep in [*TEAM, "ghost"]
        for start, end in QUARTERS
        if (amount := draw(st.sampled_from([None, 0.0, 100.0, 2500.5]))) is not None
    ]
    forecasts = [
        {
            "rep_id": draw(st.sampled_from(["r1", "r2", "ghost"])),
            "submitted_at": datetime.combine(end - timedelta(days=early), time(9)) + timedelta(minutes=number),
            "period_start": start,
            "period_end": end,
            "category": draw(st.sampled_from([None, "commit", "Commit", "best_case"])),
            "amount": draw(AMOUNTS),
        }
        for number in range(draw(st.integers(0, 5)))
        for start, end in [draw(st.sampled_from(QUARTERS))]
        for early in [draw(st.sampled_from([10, 29, 30, 31, 60]))]
    ]
    rows = [draw(deals(number)) for number in range(draw(st.sampled_from([1, 5, 20])))]
    as_of = draw(st.sampled_from(["2026-06-30", "2026-06-30", "2026-05-20", "2026-03-31"]))
    more = {
        "leads": [draw(leads(number)) for number in range(draw(st.sampled_from([0, 3, 25])))],
        "activities": [draw(activities(number)) for number in range(draw(st.sampled_from([0, 4, 40])))],
        **draw(places()),
    }
    target = draw(st.sampled_from([None, 4, 24, 24]))
    days = draw(st.sampled_from([7, 30]))
    settings = {"targets": {} if target is None else {"lead_response_hours": target}, "cancellation_days": days}
    book = told(as_of, rows, company=settings, reps=reps, quotas=quotas, forecasts=forecasts, **more)
    known = [row for row in forecasts if row["submitted_at"].date() <= date.fromisoformat(as_of)]
    company = Company(
        date.fromisoformat(as_of), rows, quotas, known, reps, **more, target=target, cancellation_days=days
    )
    return Made(book, company)
