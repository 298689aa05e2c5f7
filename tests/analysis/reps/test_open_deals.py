"""Open deals by hand: age, time in the stage, pushes, silence, and the next step that follows."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from salesops_lib.analysis.reps.open_deals import ageing, open_deals, usual_days
from salesops_lib.analysis.reps.peers import Peers
from tests.small import LOST, OPEN, WON, book_of, deal, told

QUARTER = "2026Q2"
REPS = [{"rep_id": by, "name": by.title()} for by in ("ann", "bo")]
SMALL = {"privacy": {"minimum_group": 1}}


def path(number: str, *states: Any, by: str = "ann", **more: Any) -> dict[str, Any]:
    return deal(number, states[0][0], *states, rep_id=by, **more)


def moved_on(days: int, number: int) -> dict[str, Any]:
    """A deal of Bo's that left Lead after some days."""
    return path(f"p{number}", ("2026-01-01", "Lead"), (f"2026-01-{1 + days:02d}", "Offer"), by="bo")


def touch(deal: str, when: str, by: str = "ann") -> dict[str, Any]:
    return {"activity_id": f"{deal}-{when}", "rep_id": by, "opportunity_id": deal, "type": "call", "happened_at": when}


def shown(*deals: dict[str, Any], **more: Any) -> Any:
    """Ann's open deals beside ten of Bo's that left Lead after 1 to 10 days: four of five within 8.2 days."""
    peers = [moved_on(days, days) for days in range(1, 11)]
    book = told("2026-06-30", [*peers, *deals], reps=REPS, company=SMALL, **more)
    return open_deals(Peers(book, QUARTER), "ann").set_index("opportunity_id")


def test_every_column_by_hand() -> None:
    frame = shown(
        path("x", ("2026-06-01", "Lead", 500, "2026-07-15"), ("2026-06-25", "Offer"), name="Mill", account_id="A1"),
        path("y", ("2026-06-28", "Lead", None, None), account_id="A2"),
        path("w", ("2026-06-01", "Lead"), ("2026-06-05", WON)),
        path("l", ("2026-06-01", "Lead"), ("2026-06-05", LOST)),
        path("z", ("2026-06-01", "Lead"), by="bo"),
        path("late", ("2026-07-01", "Lead")),
        accounts=[{"account_id": "A1", "name": "Smith"}, {"account_id": "A2"}],
        activities=[touch("x", "2026-06-10"), touch("x", "2026-06-20", by="bo"), touch("x", "2026-07-02")],
    )
    assert frame.index.to_list() == ["x", "y"]  # the largest first, unknown last
    assert frame["name"].to_list() == ["Mill", "y"]
    assert frame["account"].to_list() == ["Smith", "A2"]
    assert frame["stage"].to_list() == ["Offer", "Lead"]
    assert frame["amount"].to_list() == pytest.approx([500, np.nan], nan_ok=True)
    assert frame["age_days"].to_list() == [29, 2]
    assert frame["stage_days"].to_list() == [5, 2]
    # Twelve left Lead: Bo's after 1 to 10 days, Ann's after 4 and 24.
    assert frame["usual_days"].to_list() == pytest.approx([np.nan, 8.8], nan_ok=True)
    assert frame["pushes"].to_list() == [0, 0]
    assert frame["last_activity_days"].to_list() == pytest.approx([10, np.nan], nan_ok=True)
    assert frame["close_date"].dt.date.to_list()[0] == date(2026, 7, 15)
    assert frame["next_step"].to_list() == ["keep", "keep"]


def test_a_stage_that_was_entered_again_counts_from_the_last_time() -> None:
    frame = shown(
        path(
            "x",
            ("2026-06-01", "Lead"),
            ("2026-06-10", "Offer"),
            ("2026-06-20", "Lead", 200),
            ("2026-06-25", "Lead", 300),
        )
    )
    assert frame.loc["x", ["age_days", "stage_days"]].to_list() == [29, 10]


def dues(*days: str) -> list[tuple[Any, ...]]:
    """A deal that is due on one day after the other."""
    return [(f"2026-06-{25 + i}", "Lead", 1, day) for i, day in enumerate(days)]


def test_each_flag_and_the_next_step_that_follows() -> None:
    due = "2026-09-15"
    frame = shown(
        path("fine", ("2026-06-25", "Lead", 1, due)),
        path("overdue", ("2026-06-25", "Lead", 1, "2026-06-29")),
        path("today", ("2026-06-25", "Lead", 1, "2026-06-30")),
        path("stalled", ("2026-06-21", "Lead", 1, due)),  # 9 days, and 8.2 are usual
        path("silent", ("2026-05-30", "Offer", 1, due)),  # nothing since it was created, 31 days ago
        path("quiet", ("2026-04-01", "Offer", 1, due)),  # the last activity was 31 days ago
        path("heard", ("2026-04-01", "Offer", 1, due)),  # 30 days ago
        path("lately", ("2026-04-01", "Offer", 1, due)),  # 14 days ago
        path("pushed", *dues("2026-06-30", "2026-07-01", due)),
        path("once", *dues("2026-07-01", "2026-07-31", due)),
        path("stuck", ("2026-05-01", "Lead", 1, "2026-05-15")),
        path("unheard", ("2026-05-01", "Lead", 1, "2026-05-15")),
        path("late", ("2026-05-01", "Offer", 1, "2026-06-29")),
        path("near", ("2026-06-25", "Talks", 1, "2026-07-30")),
        path("far", ("2026-06-25", "Talks", 1, "2026-07-31")),
        activities=[
            touch("quiet", "2026-05-30"), touch("heard", "2026-05-31"), touch("stuck", "2026-05-02"),
            touch("late", "2026-06-15"), touch("lately", "2026-06-16"),
        ],
    )  # fmt: skip
    said = {each.Index: (each.flags, each.next_step) for each in frame.itertuples()}
    assert said == {
        "fine": ((), "keep"),
        "overdue": (("overdue",), "redate"),
        "today": ((), "keep"),
        "stalled": (("stalled",), "advance"),
        "silent": (("unstarted",), "contact"),
        "quiet": (("untouched",), "contact"),
        "heard": (("quiet",), "contact"),
        "lately": ((), "keep"),
        "pushed": (("pushed",), "advance"),
        "once": ((), "keep"),
        "stuck": (("overdue", "stalled", "untouched"), "qualify_out"),
        "unheard": (("overdue", "stalled", "unstarted"), "contact"),
        "late": (("overdue", "quiet"), "redate"),
        "near": ((), "close"),
        "far": ((), "keep"),
    }
    assert frame.loc[["pushed", "once"], "pushes"].to_list() == [2, 1]


def test_what_no_table_tells_is_null_and_raises_no_flag() -> None:
    rows = [path("x", ("2026-01-01", "Lead", 1, "2026-01-05"), account_id="A1")]
    book = book_of("2026-06-30", opportunities=rows, reps=REPS, company=SMALL)
    row = open_deals(Peers(book, QUARTER), "ann").iloc[0]
    assert row[["stage_days", "usual_days", "pushes", "last_activity_days"]].isna().all()
    assert (row["flags"], row["account"], row["age_days"]) == (("overdue",), "A1", 180)


def test_activities_that_name_no_deal_say_nothing_about_silence() -> None:
    row = shown(
        path("x", ("2026-04-01", "Offer", 1, "2026-09-15")),
        activities=[{**touch("x", "2026-06-01"), "opportunity_id": None}],
    )
    assert row.loc["x", "flags"] == ()


def test_a_rep_without_open_deals_has_empty_frames() -> None:
    frame = shown(path("w", ("2026-06-01", "Lead"), ("2026-06-05", WON))).reset_index()
    assert frame.empty
    assert list(frame.columns)[:3] == ["opportunity_id", "name", "account"]
    assert ageing(frame, list(OPEN))["n"].to_list() == [0] * 12


def test_usual_days_are_those_of_the_own_peers_and_of_who_moved_on() -> None:
    staff = [{**rep, "team": team} for rep, team in zip(REPS, ("N", "S"), strict=True)]
    rows = [moved_on(days, days) for days in range(1, 11)]
    rows += [
        path("slow", ("2026-01-01", "Lead"), ("2026-05-30", LOST), by="bo"),
        path("skips", ("2026-01-01", "Talks"), by="bo"),
    ]
    rows += [path("old", ("2025-06-30", "Lead"), ("2025-12-30", "Offer"), by="bo")]
    book = told("2026-06-30", rows, reps=staff, company=SMALL)
    assert usual_days(Peers(book, QUARTER), "ann").to_dict() == pytest.approx({"Lead": 8.2})
    assert usual_days(Peers(book, QUARTER, peers="team"), "ann").empty


def test_ageing_by_hand() -> None:
    created = {0: "2026-06-30", 30: "2026-05-31", 31: "2026-05-30", 90: "2026-04-01", 91: "2026-03-31"}
    aged = [path(f"d{days}", (day, "Lead", days)) for days, day in created.items()]
    frame = shown(*aged, path("o", ("2026-06-30", "Offer", None, None))).reset_index()
    found = ageing(frame, list(OPEN))
    assert found["stage"].to_list() == [stage for stage in OPEN for _ in range(4)]
    assert found["band"].to_list() == ["0-30", "31-60", "61-90", "over 90"] * 3
    assert found["n"].to_list() == [2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    assert found["amount"].to_list() == [30, 31, 90, 91, 0, 0, 0, 0, 0, 0, 0, 0]
