"""Data of an odd shape, from the book to the page: empty quarters, nothing to divide by, one rep, no quota, no past."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesops_lib import measure, show
from salesops_lib.analysis import Review
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable, ParameterError
from salesops_lib.forecasting import Forecast
from salesops_lib.language import locale_of
from salesops_lib.show.numbers import use_currency

sys.path.insert(0, str(Path(__file__).parent))

from small import LOST, WON, deal, told

NAMES = ("cards", "change", "ledger", "funnel", "losses", "trends")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    use_currency("USD")
    with locale_of("en_US"):
        yield


def sold(number: int, day: str, *, won: bool = True) -> dict[str, object]:
    return deal(number, day, (day, "Offer", 100), (day, WON if won else LOST), rep_id="R1")


def company(day: str, *quotas: float) -> Book:
    rows = [
        {"rep_id": "R1", "period_start": "2026-01-01", "period_end": "2026-03-31", "quota": quota} for quota in quotas
    ]
    more = {"quotas": rows} if rows else {}
    return told(day, [sold(1, "2026-01-10"), sold(2, "2026-01-11", won=False)], reps=[{"rep_id": "R1"}], **more)


def shown(review: Review, name: str) -> show.Shown:
    frames = {"cards": review.scorecard, "change": review.change, "ledger": review.ledger}
    frames |= {"funnel": review.funnel, "losses": review.losses, "trends": review.trends}
    return (show.cards if name == "cards" else getattr(show, f"table_{name}"))(frames[name])


def card(review: Review, label: str) -> str:
    return next(part for part in show.cards(review.scorecard).text.split("\n\n") if part.startswith(f"{label}:"))


@pytest.mark.parametrize("name", NAMES)
def test_75_an_empty_quarter_has_no_nan(name: str) -> None:
    said = shown(Review(company("2026-06-30"), "2026Q2"), name)
    assert said.text
    assert "nan" not in f"{said.text} {said.html}".lower().replace("finance", "")


def test_75_an_empty_quarter_says_so() -> None:
    review = Review(company("2026-06-30"), "2026Q2")
    assert show.say_funnel(review.funnel).text == "No opportunity entered a stage in the quarter."
    assert show.say_losses(review.losses).text == "No deals were lost."
    assert card(review, "Revenue won").startswith("Revenue won: $0\n2026 Q1: $100 (−100.0%)")


def test_76_nothing_to_divide_by_is_said() -> None:
    book = company("2026-06-30")
    assert measure(book, ["win_rate", "average_deal_size"], "2026Q2")["value"].isna().all()
    review = Review(book, "2026Q2")
    assert card(review, "Win rate").splitlines()[0] == "Win rate: n/a"
    assert card(review, "Average deal size").splitlines()[0] == "Average deal size: n/a"


def test_77_few_cases_have_an_interval_and_a_note() -> None:
    said = card(Review(company("2026-06-30"), "2026Q1"), "Win rate")
    # Wilson's interval of one in two
    assert "Win rate: 50.0%\n95% interval 9.5%–90.5%" in said
    assert said.endswith("Only 2 cases: read the interval.")


def test_79_without_quotas_attainment_is_hidden_and_it_is_said_why() -> None:
    review = Review(company("2026-06-30"), "2026Q1")
    assert card(review, "Quota attainment") == "Quota attainment: n/a\nneeds the table quotas"
    with pytest.raises(MissingTable) as caught:
        _ = review.coverage
    assert str(caught.value) == (
        "this needs the table 'quotas', which the company file does not name. Add it under source: tables: quotas."
    )


def test_80_a_quota_of_zero_has_no_attainment() -> None:
    book = company("2026-03-31", 0)
    (row,) = measure(book, "quota_attainment", "2026Q1").to_dict("records")
    assert (row["numerator"], row["denominator"]) == (100, 0)
    assert card(Review(book, "2026Q1"), "Quota attainment") == "Quota attainment: n/a"


def test_81_without_a_past_there_is_no_forecast_and_it_is_said_why() -> None:
    with pytest.raises(ParameterError) as caught:
        Forecast(company("2026-03-31"), 3, "M", fast=True, workers=1)
    assert str(caught.value).startswith("the company has 3 complete periods of sales. A forecast needs six")
