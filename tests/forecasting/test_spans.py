"""The same moment of another period: a first day stays the first, a last one the last, a month-end a month-end."""

from __future__ import annotations

from datetime import date

import pytest
from small import LOST, WON, deal, told

from salesops_lib.forecasting.deals import EPOCH, number
from salesops_lib.forecasting.outlook import Options
from salesops_lib.forecasting.pipeline import contributions, pipeline_forecast
from salesops_lib.forecasting.risks import risks
from salesops_lib.forecasting.snapshots import Snapshots
from salesops_lib.forecasting.spans import Span, alike
from salesops_lib.forecasting.track import compared, track_record
from salesops_lib.forecasting.views import Views
from salesops_lib.periods import Calendar


def there(calendar: Calendar, period: str, day: str, other: str) -> str:
    span = Span(calendar.period(period), number(date.fromisoformat(day)))
    return str(date.fromordinal(alike(calendar, span, calendar.period(other)).day + EPOCH))


@pytest.mark.parametrize(
    ("period", "day", "other", "expected"),
    [
        # The eve, the first and the last day, of quarters of 92 and 90 days.
        ("2026Q4", "2026-09-30", "2026Q1", "2025-12-31"),
        ("2026Q4", "2026-10-01", "2026Q1", "2026-01-01"),
        ("2026Q4", "2026-12-31", "2026Q1", "2026-03-31"),
        ("2026Q1", "2025-12-31", "2025Q4", "2025-09-30"),
        # The end of a month within the quarter, and one to five days before it.
        ("2026Q4", "2026-11-30", "2026Q1", "2026-02-28"),
        ("2026Q4", "2026-10-31", "2026Q2", "2026-04-30"),
        ("2026Q4", "2026-10-29", "2026Q2", "2026-04-28"),
        ("2026Q1", "2026-02-23", "2025Q4", "2025-11-25"),
        # Two quarters ahead: the end of June stays the end of a quarter.
        ("2027Q1", "2026-06-30", "2025Q4", "2025-03-31"),
        # A month after a longer one, a leap year, and weeks, which are all alike.
        ("2026-03", "2026-03-16", "2026-02", "2026-02-14"),
        ("2025", "2025-02-28", "2024", "2024-02-29"),
        ("2026-W20", "2026-05-13", "2026-W07", "2026-02-11"),
    ],
)
def test_the_same_moment_of_another_period(period: str, day: str, other: str, expected: str) -> None:
    assert there(Calendar(), period, day, other) == expected


def test_every_day_of_a_quarter_has_its_place_in_order() -> None:
    calendar = Calendar(fiscal_year_start=2)
    for name, other in (("2026Q4", "2026Q1"), ("2026Q1", "2025Q4"), ("2026Q3", "2026Q2")):
        period, target = calendar.period(name), calendar.period(other)
        days = [
            alike(calendar, Span(period, day), target).day
            for day in range(number(period.start), number(period.end) + 1)
        ]
        assert days == sorted(days)
        assert (days[0], days[-1]) == (number(target.start), number(target.end))


def test_a_year_of_53_weeks_has_a_last_month_of_six() -> None:
    # The year 2026 of weeks that begin on the Monday nearest to January 1 ends on January 3, 2027.
    weeks = Calendar(kind="4-4-5")
    assert str(weeks.period("2026-12").end) == "2027-01-03"
    assert there(weeks, "2026Q4", "2027-01-03", "2026Q3") == str(weeks.period("2026Q3").end)
    assert there(weeks, "2026Q4", "2026-09-27", "2026Q3") == str(weeks.period("2026Q2").end)


def test_on_the_eve_of_a_quarter_all_is_seen_from_eves() -> None:
    """On the last day of each quarter ten deals are opened: whoever looks a day earlier sees none."""
    rows = []
    for month in range(12 * 2021, 12 * 2026 + 6):
        first = date(month // 12, month % 12 + 1, 1)
        if first.month not in (1, 4, 7, 10):
            continue
        eve = date.fromordinal(first.toordinal() - 1)
        won = date.fromordinal(first.toordinal() + 40)
        rows += [
            deal(
                f"{first}-{i}",
                eve.isoformat(),
                (eve.isoformat(), "Lead", 100),
                (won.isoformat(), [WON, LOST][i % 2], 100),
            )
            for i in range(10)
            if won < date(2026, 6, 30)
        ]
    eve = "2026-06-30"
    rows += [deal(f"now-{i}", eve, (eve, "Lead", 100), rep_id="r1") for i in range(10)]
    book = told(eve, rows)
    views = Views(book, book.calendar.period("2026Q3"), (), Options(fast=True, workers=1))
    span = views.snapshots.span(views.period)
    assert [each.day for each in Snapshots(book, views.period).earlier(span, 3)] == [
        number(date(2026, 3, 31)), number(date(2025, 12, 31)), number(date(2025, 9, 30)),
    ]  # fmt: skip
    assert views.past["n_open"].unique().tolist() == [10]
    then = pipeline_forecast(book.at(date(2026, 3, 31)), "2026Q2")["mean"].iloc[0]
    assert views.past.loc[views.past["period"] == "2026Q2", "pipeline"].iloc[0] == pytest.approx(then)
    record = track_record(views)
    assert record["made_on"].dt.is_quarter_end.all()
    board, told_then = compared(book, record, span)
    today = told_then[told_then["lead_days"] == 92]
    assert today.loc[today["method"] != "previous_forecast", "day"].dt.is_quarter_end.all()
    # A month before the eves, which are the ends of quarters.
    assert set(told_then.loc[told_then["method"] == "previous_forecast", "day"].dt.month) == {2, 5, 8, 11}
    ours, pipeline = (board[(board["lead_days"] == 92) & (board["method"] == name)] for name in ("blend", "pipeline"))
    assert ours["periods"].tolist() == pipeline["periods"].tolist() == [8]


def test_what_slipped_is_summed_over_the_quarters() -> None:
    """Of 2025Q3 to 2026Q2, three of ten that were due slipped, each in its own quarter: as one range, none of them."""
    rows = []
    for quarter, (due, late) in enumerate((("2025-09-10", 1), ("2025-12-10", 0), ("2026-03-10", 2), ("2026-06-10", 0))):
        n, made = (3, 2, 3, 2)[quarter], ("2025-06-20", "2025-09-20", "2025-12-20", "2026-03-20")[quarter]
        for i in range(n):
            closed = date.fromordinal(date.fromisoformat(due).toordinal() + (30 if i < late else 0)).isoformat()
            rows.append(deal(f"{quarter}-{i}", made, (made, "Lead", 100, due), (closed, WON, 100, due)))
    book = told("2026-06-30", rows)
    period = book.calendar.period("2026Q3")
    views = Views(book, period, (), Options(fast=True, workers=1))
    company = views.now.head(1).assign(mean=0.0, weight=0.0, quota=float("nan"), freedom=8.0)
    company["hi-80"] = 0.0
    found = risks(book, period, company, contributions(book, period)).set_index("risk")
    assert found.loc["slipping", "value"] == pytest.approx(3 / 10)
