"""Activities, worked out by hand: time with customers, meetings booked, contacts per win, answered quotes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small import WON, deal, told

from salesops_lib.data.book import Book
from salesops_lib.metrics import measure

ONE = (deal("D1", "2026-01-02", ("2026-01-02", "Lead"), ("2026-02-02", WON)),)


def activity(number: int, at: str, kind: str, outcome: str | None = None, **more: Any) -> dict[str, Any]:
    row = {"activity_id": f"A{number}", "rep_id": "r", "happened_at": datetime.fromisoformat(at)}
    return row | {"type": kind, "outcome": outcome, **more}


def book_with(*activities: dict[str, Any], as_of: str = "2026-06-30", deals: tuple[Any, ...] = ONE) -> Book:
    return told(as_of, deals, activities=activities)


DAY = (
    activity(1, "2026-01-05 09:00", "call", "meeting booked", minutes=10, customer_facing=True),
    activity(2, "2026-01-05 10:00", "Email", "Meeting booked", minutes=5, customer_facing=False),
    activity(3, "2026-01-05 11:00", "visit", "held", minutes=60, customer_facing=True),
    activity(4, "2026-01-05 13:00", "call", "no answer", minutes=5, customer_facing=True),
    activity(5, "2026-01-05 14:00", "meeting", "meeting booked", minutes=40, customer_facing=True),
    activity(6, "2026-01-05 15:00", "admin", None, minutes=30, customer_facing=False),
    activity(7, "2026-01-05 16:00", "admin", None),
)
NAMES = ["activities_logged", "selling_time_share", "prospecting_contacts", "meetings_per_activity", "contacts_per_win"]


def test_time_contacts_and_meetings() -> None:
    frame = measure(book_with(*DAY), NAMES, "2026Q1").set_index("metric")
    # Of 150 minutes 115 were with the customer; of 4 prospecting activities 2 booked a meeting (the meeting is none).
    assert frame["value"].to_list() == pytest.approx([7, 115 / 150, 4, 0.5, 4])
    assert frame["n"].to_list() == [7, 6, 4, 4, 1]
    assert frame.loc["meetings_per_activity", ["numerator", "denominator"]].to_list() == [2, 4]


def test_activities_of_later_are_not_known() -> None:
    later = activity(8, "2026-03-02 09:00", "call", "meeting booked", minutes=100, customer_facing=True)
    then = measure(book_with(*DAY, later, as_of="2026-03-01"), NAMES, "2026Q1")["value"].to_list()
    assert then == pytest.approx([7, 115 / 150, 4, 0.5, 4])
    now = measure(book_with(*DAY, later, as_of="2026-03-02"), NAMES, "2026Q1")["value"].to_list()
    assert now == pytest.approx([8, 215 / 250, 5, 3 / 5, 5])


def test_what_is_not_recorded_is_not_zero() -> None:
    plain = [activity(i, "2026-01-05 09:00", "call", minutes=10) for i in range(3)]
    told_so = activity(9, "2026-01-05 09:00", "call", "meeting booked", minutes=10, customer_facing=True)
    names = ["selling_time_share", "meetings_per_activity"]
    frame = measure(book_with(*plain, told_so), names, "2026Q1").set_index("metric")
    assert frame["value"].isna().all()
    assert frame.attrs["notes"] == {
        "selling_time_share": "n/a where half of the activities or more do not say whether they were with the customer",
        "meetings_per_activity": "n/a where half of the calls, e-mails and visits or more have no outcome",
    }
    most = measure(book_with(plain[0], told_so, told_so | {"activity_id": "x"}), names, "2026Q1")
    assert most["value"].to_list() == pytest.approx([2 / 3, 2 / 3])


def test_contacts_per_win_have_the_interval_of_two_poisson_numbers() -> None:
    wins = tuple(deal(i, "2026-01-02", ("2026-01-02", WON)) for i in range(20))
    calls = [activity(i, "2026-01-05 09:00", "call", "x") for i in range(200)]
    row = measure(book_with(*calls, deals=wins), "contacts_per_win", "2026Q1").iloc[0]
    assert row["value"] == 10
    rng = np.random.default_rng(1)
    drawn = np.quantile(rng.poisson(200, 100_000) / np.maximum(rng.poisson(20, 100_000), 1), [0.025, 0.975])
    # The interval of a ratio and the spread of the ratio differ by more than chance with 20 wins.
    assert (row["low"], row["high"]) == pytest.approx(tuple(drawn), rel=0.1)
    share = stats.binomtest(20, 220).proportion_ci(method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((1 / share.high - 1, 1 / share.low - 1))


def test_no_win_has_no_contacts_per_win() -> None:
    opened = (deal("D1", "2026-01-02", ("2026-01-02", "Lead")),)
    row = measure(book_with(*DAY, deals=opened), "contacts_per_win", "2026Q1").iloc[0]
    assert row[["value", "low", "high"]].isna().all()
    assert row[["numerator", "denominator"]].to_list() == [4, 0]


QUOTES = (
    activity(1, "2026-01-05 09:00", "quote", "sent", opportunity_id="D1"),
    activity(2, "2026-01-05 21:00", "quote", "sent", opportunity_id="D2"),
    activity(3, "2026-01-06 09:00", "call", "accepted", opportunity_id="D1"),  # no quote
    activity(4, "2026-01-06 10:30", "quote", "revised", opportunity_id="D1"),  # 25.5 hours
    activity(5, "2026-01-06 11:00", "quote", "sent", opportunity_id="D1"),
    activity(6, "2026-01-06 11:00", "quote", "accepted", opportunity_id="D1"),  # at once
    activity(7, "2026-04-05 21:00", "Quote", "Accepted", opportunity_id="D2"),  # 90 days
    activity(8, "2026-04-07 09:00", "quote", "sent", opportunity_id="D1"),  # no answer
    activity(9, "2026-01-06 11:00", "quote", "sent"),  # of no opportunity
)


def test_hours_until_a_quote_is_answered() -> None:
    frame = measure(book_with(*QUOTES), "quote_response_hours", "2026Q1..2026Q2", grain="quarter")
    assert frame["value"].to_list() == pytest.approx([25.5, np.nan], nan_ok=True)  # of 0, 25.5 and 2160 hours
    assert frame["n"].to_list() == [3, 0]
    then = measure(book_with(*QUOTES, as_of="2026-03-31"), "quote_response_hours", "2026Q1").iloc[0]
    assert (then["value"], then["n"]) == (12.75, 2)
