"""The ledger, each of its lines from a history made by hand; it reconciles, and agrees with what is measured."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from small import LOST, WON, book_of, deal, told

from salesops_lib.analysis import pipeline_ledger
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable
from salesops_lib.metrics import measure

BEFORE, QUARTER, SOON, LATE = "2026-01-15", "2026-05-05", "2026-06-15", "2026-08-15"


def ledger(*deals: dict[str, object], as_of: str = "2026-06-30") -> pd.DataFrame:
    book = told(as_of, deals)
    frame = pipeline_ledger(book, "2026Q2").set_index("line")
    reconciles(book, frame)
    return frame


def reconciles(book: Book, frame: pd.DataFrame) -> None:
    lines = frame.drop(index="closing")
    for column in ("due", "later", "total"):
        assert round(lines[column].sum(), 2) == frame.loc["closing", column], column
    assert (frame["total"] == (frame["due"] + frame["later"]).round(2)).all()
    assert frame.loc[["pulled_in", "pushed_out"], "total"].to_list() == [0, 0]
    at = measure(book, "pipeline_value", "2026Q1..2026Q2", grain="quarter")["value"]
    assert frame.loc["opening", "total"] == pytest.approx(at[0], abs=0.005)
    assert frame.loc["closing", "total"] == pytest.approx(at[1], abs=0.005)
    assert frame.loc["won", "total"] == pytest.approx(-measure(book, "revenue_won", "2026Q2")["value"].item())


def held(frame: pd.DataFrame) -> dict[str, tuple[float, float, int]]:
    """The lines that are not empty: due, later, n."""
    some = frame[frame[["due", "later", "n"]].any(axis=1)]
    return {str(line): (row["due"], row["later"], row["n"]) for line, row in some.iterrows()}


def test_created_and_won_within_the_quarter() -> None:
    frame = ledger(deal(1, QUARTER, (QUARTER, "Lead", 50, SOON), ("2026-06-01", WON)))
    assert held(frame) == {"created": (50, 0, 1), "won": (-50, 0, 1)}


def test_pulled_in() -> None:
    frame = ledger(deal(1, BEFORE, (BEFORE, "Lead", 50, LATE), (QUARTER, "Lead", 50, SOON)))
    assert held(frame) == {"opening": (0, 50, 1), "pulled_in": (50, -50, 1), "closing": (50, 0, 1)}


def test_pushed_out() -> None:
    frame = ledger(deal(1, BEFORE, (BEFORE, "Lead", 50, SOON), (QUARTER, "Lead", 50, LATE)))
    assert held(frame) == {"opening": (50, 0, 1), "pushed_out": (-50, 50, 1), "closing": (0, 50, 1)}


def test_pushed_out_and_back_in_went_nowhere() -> None:
    frame = ledger(deal(1, BEFORE, (BEFORE, "Lead", 50, SOON), (QUARTER, "Lead", 50, LATE), (SOON, "Lead", 50, SOON)))
    assert held(frame) == {"opening": (50, 0, 1), "closing": (50, 0, 1)}


def test_re_opened() -> None:
    frame = ledger(deal(1, BEFORE, (BEFORE, "Lead", 50, SOON), ("2026-02-01", LOST), (QUARTER, "Lead", 60, SOON)))
    assert held(frame) == {"re_opened": (60, 0, 1), "closing": (60, 0, 1)}


def test_re_opened_and_won() -> None:
    path = ((BEFORE, "Lead", 50, SOON), ("2026-02-01", LOST), (QUARTER, "Lead", 60, LATE), ("2026-06-01", WON, 70))
    frame = ledger(deal(1, BEFORE, *path))
    assert held(frame) == {"re_opened": (0, 60, 1), "amount_changes": (0, 10, 1), "won": (0, -70, 1)}


def test_amount_changes() -> None:
    frame = ledger(deal(1, BEFORE, (BEFORE, "Lead", 50, SOON), (QUARTER, "Lead", 80.25, SOON)))
    assert held(frame) == {"opening": (50, 0, 1), "amount_changes": (30.25, 0, 1), "closing": (80.25, 0, 1)}


def test_pushed_out_with_another_amount() -> None:
    frame = ledger(deal(1, BEFORE, (BEFORE, "Lead", 50, SOON), (QUARTER, "Lead", 80, LATE)))
    assert held(frame) == {
        "opening": (50, 0, 1),
        "pushed_out": (-50, 50, 1),
        "amount_changes": (0, 30, 1),
        "closing": (0, 80, 1),
    }


def test_lost_leaves_with_what_it_was_worth_though_the_crm_sets_zero() -> None:
    frame = ledger(deal(1, BEFORE, (BEFORE, "Lead", 50, SOON), (QUARTER, LOST, 0)))
    assert held(frame) == {"opening": (50, 0, 1), "lost": (-50, 0, 1)}


def test_created_as_already_won() -> None:
    frame = ledger(deal(1, QUARTER, (QUARTER, WON, 50)))
    assert held(frame) == {"created": (50, 0, 1), "won": (-50, 0, 1)}


def test_closed_before_is_no_part_of_it() -> None:
    frame = ledger(
        deal(1, BEFORE, (BEFORE, "Lead", 50, SOON), ("2026-02-01", LOST), (QUARTER, LOST, 70)),
        deal(2, BEFORE, (BEFORE, "Lead", 50, SOON), ("2026-02-01", WON)),
        deal(3, BEFORE, (BEFORE, "Lead", 10, SOON)),
    )
    assert held(frame) == {"opening": (10, 0, 1), "closing": (10, 0, 1)}


def test_the_first_and_the_last_day_belong_to_the_quarter() -> None:
    frame = ledger(
        deal(1, "2026-04-01", ("2026-04-01", "Lead", 1, SOON), ("2026-06-30", WON)),
        deal(2, "2026-03-31", ("2026-03-31", "Lead", 2, "2026-06-30"), ("2026-07-01", WON)),
        as_of="2026-07-01",
    )
    assert held(frame) == {"opening": (2, 0, 1), "created": (1, 0, 1), "won": (-1, 0, 1), "closing": (2, 0, 1)}


def test_what_has_no_date_is_due_later() -> None:
    frame = ledger(deal(1, BEFORE, (BEFORE, "Lead", 50, None)))
    assert held(frame) == {"opening": (0, 50, 1), "closing": (0, 50, 1)}


def test_a_quarter_that_is_not_over_closes_on_the_books_day() -> None:
    book = told("2026-05-10", [deal(1, BEFORE, (BEFORE, "Lead", 50, SOON), ("2026-06-01", WON))])
    assert held(pipeline_ledger(book, "2026Q2").set_index("line")) == {"opening": (50, 0, 1), "closing": (50, 0, 1)}


def test_any_ledger_reconciles() -> None:
    """Three hundred deals that move at random, fractions of a cent and all."""
    rng = np.random.default_rng(2)
    stages = ["Lead", "Offer", "Talks", "Lead", WON, LOST]
    deals = []
    for number in range(300):
        days = sorted(date(2026, 1, 1).toordinal() + int(day) for day in rng.integers(0, 181, rng.integers(1, 6)))
        path = [
            (date.fromordinal(day).isoformat(), str(rng.choice(stages)), round(float(rng.lognormal(6, 1)), 4), due)
            for day in days
            for due in [str(rng.choice([SOON, LATE, "2026-03-01"]))]
        ]
        deals.append(deal(number, path[0][0], *path))
    frame = pipeline_ledger(told("2026-06-30", deals), "2026Q2").set_index("line")
    lines = frame.drop(index="closing")
    for column in ("due", "later", "total"):
        assert round(lines[column].sum(), 2) == frame.loc["closing", column], column
    assert (frame["n"] > 0).all()


def test_without_history_there_is_no_ledger() -> None:
    book = book_of("2026-06-30", opportunities=[deal(1, BEFORE, (BEFORE, "Lead", 50, SOON))])
    with pytest.raises(MissingTable, match="opportunity_history"):
        pipeline_ledger(book, "2026Q2")
