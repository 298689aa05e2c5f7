"""The history of a company as series: complete periods of its own calendar, groups that start and end, sums."""

import numpy as np
import pandas as pd
import pytest
from sales import company, sales, won
from small import deal

from salesops_lib.errors import ParameterError
from salesops_lib.forecasting.history import GRAINS, place_of, read_history, revenue_history
from salesops_lib.forecasting.panel import FREQUENCIES
from salesops_lib.metrics import measure
from salesops_lib.periods import Calendar


def as_series(frame, name):
    rows = frame[frame["unique_id"] == name]
    return dict(zip(rows["ds"].dt.strftime("%Y-%m-%d"), rows["y"], strict=True))


def test_months_of_the_company_and_its_groups_by_hand():
    deals = [
        won("2026-01-10", 5, "r1"),
        won("2026-01-20", 7, "r4"),
        won("2026-03-02", 4, "r4"),
        won("2026-04-03", 9, "r1"),
    ]
    found = revenue_history(company("2026-04-20", deals), "M", ["region"])
    assert found.columns.tolist() == ["unique_id", "ds", "y", "level", "group"]
    assert as_series(found, "company") == {"2026-01-01": 12, "2026-02-01": 0, "2026-03-01": 4}
    assert as_series(found, "region=North") == {"2026-01-01": 5, "2026-02-01": 0, "2026-03-01": 0}
    assert as_series(found, "region=South") == {"2026-01-01": 7, "2026-02-01": 0, "2026-03-01": 4}
    assert found.drop_duplicates("unique_id")[["level", "group"]].to_numpy().tolist() == [
        ["company", ""],
        ["region", "North"],
        ["region", "South"],
    ]
    assert found.attrs["notes"] == ["Left out: 2026-04, which is not over by 2026-04-20."]


def test_the_last_day_of_a_period_completes_it():
    found = revenue_history(company("2026-04-30", [won("2026-04-03", 9, "r1")]))
    assert as_series(found, "company") == {"2026-04-01": 9}
    assert found.attrs["notes"] == []


def test_a_group_begins_with_its_first_sale():
    deals = [won("2026-01-10", 5, "r1"), won("2026-03-20", 7, "r4")]
    found = revenue_history(company("2026-04-30", deals), "M", ["region", "team", "rep"])
    for name in ("region=South", "team=C", "rep=r4"):
        assert as_series(found, name) == {"2026-03-01": 7, "2026-04-01": 0}
    assert len(as_series(found, "company")) == 4
    assert set(found["unique_id"]) == {
        "company",
        "region=North",
        "region=South",
        "team=A",
        "team=C",
        "rep=r1",
        "rep=r4",
    }
    assert found.attrs["notes"] == ["Without sales in these periods, counted as 0: rep=r2, rep=r3."]


def test_every_level_sums_to_the_company_also_with_deals_of_nobody():
    deals = [*sales("2025-01", "2026-03"), won("2025-05-01", 50, None), won("2025-06-01", 20, "gone")]
    book = company("2026-03-31", deals)
    found = revenue_history(book, "M", ["region", "team", "rep"])
    assert {"rep=Unassigned", "team=Unassigned", "rep=gone", "team=Unknown"} <= set(found["unique_id"])
    sums = found.groupby(["level", "ds"])["y"].sum().unstack("level")
    for name in ("region", "team", "rep"):
        np.testing.assert_allclose(sums[name], sums["company"], atol=1e-9)
    truth = measure(book, "revenue_won", "2025-01..2026-03", grain="month")["value"]
    np.testing.assert_allclose(sums["company"], truth, atol=1e-9)


def test_dimensions_that_cross_have_their_combinations_below():
    deals = [
        won("2026-01-10", 5, "r1", lead_source="Web"),
        won("2026-01-11", 3, "r1", lead_source="A & B"),
        won("2026-02-10", 4, "r4", lead_source="Web"),
    ]
    found = revenue_history(company("2026-02-28", deals), "M", ["region", "lead_source"])
    below = found[found["level"] == "region & lead_source"]
    assert list(dict.fromkeys(below["group"])) == ["North & A && B", "North & Web", "South & Web"]
    assert below.groupby("ds")["y"].sum().tolist() == [8, 4]


class TestCalendars:
    def test_quarters_of_a_fiscal_year_that_begins_in_february(self):
        deals = [won("2025-02-01", 1, "r1"), won("2025-07-31", 2, "r1"), won("2025-08-01", 4, "r1")]
        book = company("2025-10-31", deals, fiscal_year_start=2)
        assert as_series(revenue_history(book, "Q"), "company") == {"2025-02-01": 1, "2025-05-01": 2, "2025-08-01": 4}
        assert [str(period) for period in read_history(book, "Q").periods] == ["2026Q1", "2026Q2", "2026Q3"]

    def test_months_of_4_4_5_weeks(self):
        # The year 2026 begins on Monday, December 29; its months have 4, 4 and 5 weeks.
        deals = [won("2025-12-29", 1, "r1"), won("2026-01-26", 2, "r1"), won("2026-03-29", 4, "r1")]
        history = read_history(company("2026-03-29", deals, calendar="4-4-5"), "M")
        days = ["2025-12-29", "2026-01-26", "2026-02-23"]
        assert [str(period.start) for period in history.periods] == days
        assert history.values.tolist() == [[1, 2, 4]]
        assert history.ahead(2).strftime("%Y-%m-%d").tolist() == ["2026-03-30", "2026-04-27"]
        panel = history.panel()
        assert panel.frequency.starts(panel.last).strftime("%Y-%m").tolist() == ["2026-03"]
        times = pd.Series(pd.to_datetime(["2026-01-01", "2026-03-01", "2026-05-01"]))
        assert history.starts(times).dt.strftime("%Y-%m-%d").tolist() == [days[0], days[2], "2026-04-27"]

    @pytest.mark.parametrize("kind", ["months", "4-4-5"])
    @pytest.mark.parametrize("start", range(1, 13))
    @pytest.mark.parametrize("freq", ["M", "Q"])
    def test_the_periods_of_a_company_follow_each_other_without_a_gap(self, kind, start, freq):
        for week_start in ("monday", "sunday"):
            calendar = Calendar(start, kind, week_start)
            periods = calendar.split(calendar.period("2015..2028"), GRAINS[freq])
            places = [place_of(period, FREQUENCIES[freq]) for period in periods]
            assert set(np.diff(places)) == {1}

    def test_weeks(self):
        found = revenue_history(company("2026-01-13", [won("2025-12-31", 3, "r1"), won("2026-01-10", 2, "r1")]), "W")
        assert as_series(found, "company") == {"2025-12-29": 3, "2026-01-05": 2}
        assert found.attrs["notes"] == ["Left out: 2026-W03, which is not over by 2026-01-13."]


class TestEnds:
    def test_a_group_without_a_sale_for_a_year_has_ended(self):
        deals = [*sales("2024-01", "2026-03", ["r1"]), won("2025-03-31", 5, "r3"), won("2025-04-01", 5, "r4")]
        history = read_history(company("2026-03-31", deals), "M", ["rep"])
        assert dict(zip(history.groups["group"], history.ended(), strict=True)) == {
            "r1": False,
            "r3": True,
            "r4": False,
        }
        # A year earlier the one had just sold, and the other had not begun.
        assert not history.ended(15).any()

    def test_a_rep_who_left_has_ended(self):
        deals = sales("2025-01", "2026-03")
        history = read_history(
            company("2026-04-10", deals, left={"r2": "2026-02-10", "r3": "2026-05-01"}), "M", ["rep"]
        )
        assert dict(zip(history.groups["group"], history.ended(), strict=True)) == {
            "r1": False,
            "r2": True,
            "r3": False,
            "r4": False,
        }
        # By the end of January nobody had left.
        assert not history.ended(13).any()

    def test_what_lies_before_an_idle_year_is_left_out(self):
        deals = [won("1999-05-01", 3, "r1"), *sales("2025-01", "2025-12")]
        found = revenue_history(company("2025-12-31", deals))
        assert found["ds"].min() == pd.Timestamp("2025-01-01")
        assert found.attrs["notes"] == ["Only from 2025-01 on: more than a year without sales lies before it."]


class TestNothingToGoBy:
    @pytest.mark.parametrize(
        ("deals", "message"),
        [
            ([deal(1, "2026-01-01", ("2026-01-01", "Lead", 5))], "nothing was sold by 2026-03-31"),
            ([won("2026-03-31", 5, "r1")], None),
            ([won("2026-01-31", 0, "r1"), won("2026-02-20", None, "r2")], "nothing but zeros was sold"),
        ],
    )
    def test_without_sales(self, deals, message):
        book = company("2026-03-31", deals)
        if message is None:
            assert len(revenue_history(book)) == 1
            book, message = book.at(pd.Timestamp("2026-03-30").date()), "nothing was sold by 2026-03-30"
        with pytest.raises(ParameterError, match=message):
            revenue_history(book)

    def test_only_a_period_that_is_not_over(self):
        with pytest.raises(ParameterError, match="no period with sales is over by 2026-03-30"):
            revenue_history(company("2026-03-30", [won("2026-03-02", 5, "r1")]))

    def test_a_wrong_call(self):
        book = company("2026-03-31", [won("2026-01-31", 1, "r1")])
        with pytest.raises(ParameterError, match="'reggion' is no dimension of this metric"):
            revenue_history(book, "M", ["reggion"])
        with pytest.raises(ParameterError, match="freq: 'D' is not a frequency"):
            revenue_history(book, "D")
        with pytest.raises(ParameterError, match="win_rate cannot be forecast by groups"):
            revenue_history(book, metric="win_rate")
