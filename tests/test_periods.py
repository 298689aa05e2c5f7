"""Fiscal periods: names, first and last days, neighbours, the year before, and what is no period."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesops_lib.errors import ParameterError
from salesops_lib.periods import Calendar

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
CALENDARS = st.builds(
    Calendar, st.integers(1, 12), st.sampled_from(["months", "4-4-5"]), st.sampled_from(["monday", "sunday"])
)
GRAINS = st.sampled_from(["year", "quarter", "month", "week"])
FORMS = "Write it as 2026 (year), 2026Q3 (quarter), 2026-02 (month), 2026-W07 (week) or 2025Q1..2026Q2 (range)."


@pytest.mark.parametrize(
    ("calendar", "name", "start", "end"),
    [
        (Calendar(), "2026", "2026-01-01", "2026-12-31"),
        (Calendar(), "2026Q3", "2026-07-01", "2026-09-30"),
        (Calendar(), "2024-02", "2024-02-01", "2024-02-29"),
        (Calendar(), "2026-W01", "2025-12-29", "2026-01-04"),
        (Calendar(), "2025Q4..2026Q2", "2025-10-01", "2026-06-30"),
        (Calendar(4), "2026Q1", "2025-04-01", "2025-06-30"),
        (Calendar(4), "2026", "2025-04-01", "2026-03-31"),
        (Calendar(4), "2026-02", "2026-02-01", "2026-02-28"),
        (Calendar(2), "2026Q4", "2025-11-01", "2026-01-31"),
        (Calendar(12), "2026Q1", "2025-12-01", "2026-02-28"),
        (Calendar(kind="4-4-5"), "2026Q1", "2025-12-29", "2026-03-29"),
        (Calendar(kind="4-4-5"), "2026-02", "2026-01-26", "2026-02-22"),
        (Calendar(kind="4-4-5"), "2026-03", "2026-02-23", "2026-03-29"),
        (Calendar(kind="4-4-5", week_start="sunday"), "2026Q1", "2026-01-04", "2026-04-04"),
    ],
)
def test_40_and_41_a_period_by_its_name(calendar, name, start, end):
    period = calendar.period(name)
    assert (str(period.start), str(period.end), str(period)) == (start, end, name)


def test_41_a_53rd_week_belongs_to_the_last_month():
    calendar = Calendar(kind="4-4-5")
    years = {year: calendar.period(str(year)).days // 7 for year in range(2018, 2032)}
    assert {year for year, weeks in years.items() if weeks == 53} == {2020, 2026}
    assert calendar.period("2026-12").days == 6 * 7
    assert calendar.period("2025-12").days == 5 * 7


def test_42_the_year_before_has_the_same_name_and_29_february_falls_away():
    calendar = Calendar()
    ago = {
        name: calendar.year_ago(calendar.period(name)).name
        for name in ("2024-02", "2026Q3", "2026", "2025Q1..2026Q2", "2026-W53", "2021")
    }
    assert ago == {
        "2024-02": "2023-02",
        "2026Q3": "2025Q3",
        "2026": "2025",
        "2025Q1..2026Q2": "2024Q1..2025Q2",
        "2026-W53": "2025-W52",
        "2021": "2020",
    }
    assert calendar.year_ago(calendar.period("2024-02")).days == 28


@pytest.mark.parametrize(
    "name",
    ["2026Q5", "2026Q0", "2026-13", "2026-00", "26Q1", "q1 2026", "2026Q1-2026Q2", "", "2026-2", "last", "2026Q3 x"],
)
def test_what_is_no_period_is_told_the_forms(name):
    with pytest.raises(ParameterError) as caught:
        Calendar().period(name)
    assert str(caught.value) == f"{name!r} is not a period. {FORMS}"


def test_other_wrong_periods():
    calendar = Calendar()
    for name, message in (
        ("2025-W53", "'2025-W53': the year 2025 has no ISO week 53."),
        ("2026Q2..2026Q1", "the period '2026Q2..2026Q1' ends before it starts. Swap its two ends."),
        ("2026Q2..", f"'2026Q2..' is not a period. {FORMS}"),
    ):
        with pytest.raises(ParameterError) as caught:
            calendar.period(name)
        assert str(caught.value) == message
    both = calendar.period("2026Q1..2026Q2")
    with pytest.raises(ParameterError, match=r"the range 2026Q1\.\.2026Q2 has no neighbour: name a single period\."):
        calendar.shift(both, 1)
    with pytest.raises(ParameterError, match=r"'quater' is not a grain\. Did you mean quarter\?"):
        calendar.split(both, "quater")  # type: ignore[arg-type]


@given(CALENDARS, DAYS, GRAINS)
def test_a_day_belongs_to_one_period_and_its_name_finds_it_again(calendar, day, grain):
    period = calendar.containing(day, grain)
    assert day in period
    assert calendar.period(period.name) == period
    after = calendar.shift(period, 1)
    assert after.start == period.after == period.end + timedelta(days=1)
    assert calendar.shift(after, -1) == period


@given(CALENDARS, DAYS, st.sampled_from([("year", "quarter"), ("year", "month"), ("quarter", "month")]))
def test_parts_make_up_the_whole(calendar, day, grains):
    whole = calendar.containing(day, grains[0])
    parts = calendar.split(whole, grains[1])
    assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)
    assert sum(part.days for part in parts) == whole.days


@given(st.integers(1, 12), DAYS)
def test_names_are_those_of_pandas(start, day):
    ends = ("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC").split()[(start - 2) % 12]
    period = Calendar(start).containing(day, "quarter")
    assert period.name == str(pd.Period(day, freq=f"Q-{ends}"))


def test_the_last_complete_period():
    calendar = Calendar()
    names = {str(day): calendar.last_complete("quarter", day).name for day in (date(2026, 9, 30), date(2026, 9, 29))}
    assert names == {"2026-09-30": "2026Q3", "2026-09-29": "2026Q2"}
    assert [part.name for part in calendar.split(calendar.period("2026-01"), "week")] == [
        "2026-W02",
        "2026-W03",
        "2026-W04",
        "2026-W05",
    ]
    assert calendar.split(calendar.period("2026-01"), None) == [calendar.period("2026-01")]
