"""A frame of series is made regular or rejected, and says what was done."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesops_lib.errors import ParameterError
from salesops_lib.forecasting.panel import is_intermittent, read_panel


def frame(*rows):
    return pd.DataFrame(rows, columns=["unique_id", "ds", "y"])


def months(values, name="a", start="2024-01"):
    return pd.DataFrame(
        {"unique_id": name, "ds": pd.period_range(start, periods=len(values), freq="M").to_timestamp(), "y": values}
    )


def faults(rows, freq="M", **more):
    with pytest.raises(ParameterError) as caught:
        read_panel(rows, freq, **more)
    return [str(fault) for fault in caught.value.faults]


def test_order_and_day_of_the_period_do_not_matter():
    panel = read_panel(frame(("b", "2024-02-29", 5), ("a", "2024-01-31", 1), ("b", "2024-01-01", 4)), "M")
    assert panel.ids == ("a", "b")
    assert [each.tolist() for each in panel.values] == [[1.0], [4.0, 5.0]]
    assert panel.frequency.starts(panel.last).strftime("%Y-%m-%d").tolist() == ["2024-01-01", "2024-02-01"]


@pytest.mark.parametrize(
    ("freq", "times", "places"),
    [
        ("M", ["2024-01-15", "2024-02-01", "2024-03-31"], [0, 1, 2]),
        ("Q", ["2024-10-01", "2025-02-01", "2025-04-30"], [3, 0, 1]),
        # Monday 30 December 2024 begins the first ISO week of 2025.
        ("W", ["2024-12-23", "2024-12-30", "2025-01-12"], [51, 0, 1]),
    ],
)
def test_the_place_of_a_period_in_its_year(freq, times, places):
    panel = read_panel(frame(*(("a", time, 1) for time in times)), freq)
    assert panel.matrix()[1].tolist() == [places]


def test_a_53rd_week_has_the_place_of_the_52nd():
    panel = read_panel(frame(("a", "2020-12-21", 1), ("a", "2020-12-28", 1), ("a", "2021-01-04", 1)), "W")
    assert panel.matrix()[1].tolist() == [[51, 51, 0]]


def test_a_period_twice_is_rejected_with_its_rows():
    rows = frame(("a", "2024-01-01", 1), ("a", "2024-02-01", 1), ("a", "2024-01-31", 2))
    assert faults(rows) == [
        "rows 2, 4: a period comes twice, such as 2024-01 of 'a'. Give one row per series and period of frequency M."
    ]


def test_every_fault_of_the_values_at_once():
    rows = frame((None, "2024-01-01", 1), ("a", "soon", 1), ("a", "2024-02-01", "much"), ("a", "2024-03-01", np.inf))
    assert faults(rows) == [
        "column 'unique_id', row 2: the series of the row has no name. Write one, the same in all of its rows.",
        "column 'ds', row 3: 'soon' is not a day. Write days as 2026-09-30.",
        "column 'y', rows 4, 5: 'much' is not a number. "
        "Write it with a point for decimals and nothing between thousands, such as 1234.5.",
    ]


@pytest.mark.parametrize("name", ["", " "])
def test_a_blank_name_is_none(name):
    assert faults(frame(("a", "2024-01-01", 1), (name, "2024-02-01", 1)))[0].startswith("column 'unique_id', row 3")


@pytest.mark.parametrize("value", ["", "1_000", "0x10", "True", True, "1,5", "1.017.280", "nan", "inf", "-", "1e999"])
def test_what_is_no_number(value):
    assert faults(frame(("a", "2024-01-01", 1), ("a", "2024-02-01", value)))[0].startswith("column 'y', row 3: ")


def test_an_empty_cell_is_told_from_what_is_no_number():
    assert faults(frame(("a", "2024-01-01", "1"), ("a", "2024-02-01", None))) == [
        "column 'y', row 3: there is no value. Write 0 where nothing was sold, or take the row out."
    ]


def test_text_that_is_a_number_is_read_as_one():
    written = ["12", " -3.5", "+.5", "4.", "1e3", "1.5E-1"]
    assert read_panel(months(written), "M").values[0].tolist() == [12, -3.5, 0.5, 4, 1000, 0.15]


def test_a_column_named_twice_is_rejected():
    rows = pd.DataFrame([["a", "2024-01-01", 1, 2]], columns=["unique_id", "ds", "y", "y"])
    assert faults(rows) == ["the series have the column 'y' more than once. Keep one of them."]


class TestPointsThatAreDecimalsOrThousands:
    def test_nothing_decides(self):
        assert faults(months(["1.030", "878", "-1.145"])) == [
            "column 'y', rows 2, 4: 1.030 is 1030 or has decimals: nothing in the column decides. "
            "Write 1030 or 1.0300, without points between thousands."
        ]

    @pytest.mark.parametrize("other", ["0.878", "1234.567", "1.03", "1.0300", "1.030e3", ".878"])
    def test_one_value_that_can_only_have_decimals_decides(self, other):
        assert read_panel(months(["1.030", other, "7"]), "M").values[0].tolist() == [1.03, float(other), 7]

    def test_numbers_that_are_numbers_are_what_they_are(self):
        assert read_panel(months([1.030, 1.145]), "M").values[0].tolist() == [1.03, 1.145]


def test_a_lacking_column_is_named_with_the_near_ones():
    assert faults(pd.DataFrame({"unique_ids": ["a"], "ds": ["2024-01-01"], "y": [1]})) == [
        "the series have no column 'unique_id'. Did you mean unique_ids?"
    ]


def test_no_rows_and_an_unknown_frequency_are_rejected():
    assert faults(frame()) == ["the series have no rows: there is no history to forecast from."]
    assert faults(frame(("a", "2024-01-01", 1)), "D") == ["freq: 'D' is not a frequency. Known: M, Q, W."]


def test_a_short_gap_is_bridged_and_what_lies_before_a_long_one_is_left_out():
    short = read_panel(frame(("a", "2024-01-01", 1), ("a", "2024-04-01", 7)), "M")
    assert short.values[0].tolist() == [1, 3, 5, 7]
    assert short.notes == ("a: 2 lacking periods bridged.",)
    long = read_panel(frame(("a", "2024-01-01", 1), ("a", "2024-05-01", 7), ("a", "2024-06-01", 8)), "M")
    assert long.values[0].tolist() == [7, 8]
    assert long.notes == ("a: only from 2024-05 on; a long gap lies before it.",)


def test_one_gap_of_two_is_bridged_in_the_shortest_series_and_a_quarter_of_a_long_one():
    assert len(read_panel(months(range(9)).drop(index=[3, 4]), "M").values[0]) == 9
    # Of 25 months five lack, a quarter of the twenty that are given; six are more than a quarter of nineteen.
    assert len(read_panel(months(range(25)).drop(index=[3, 7, 11, 15, 19]), "M").values[0]) == 25
    thin = read_panel(months(range(25)).drop(index=[3, 7, 11, 15, 18, 21]), "M")
    assert thin.values[0].tolist() == [22, 23, 24]
    assert thin.notes == ("a: only from 2025-11 on; of the 22 periods before 6 are lacking, too many to bridge.",)


def test_what_lies_before_a_long_gap_does_not_count_as_lacking():
    rows = months(range(40)).drop(index=[*range(1, 20, 2), 20, 21])
    assert read_panel(rows, "M").values[0].tolist() == list(range(22, 40))


def test_what_is_too_short_to_be_forecast_may_lack_what_it_likes():
    assert len(read_panel(months(range(5)).drop(index=[1, 3]), "M").values[0]) == 5


@pytest.mark.parametrize(
    ("freq", "slow", "told"),
    [("M", "Q", "2019-04 after 2019-01"), ("W", "Q", "2019-04-01/2019-04-07 after"), ("W", "M", "2019-02-04/")],
)
def test_rows_of_longer_periods_are_rejected_with_their_frequency(freq, slow, told):
    ds = pd.period_range("2019-01-07", periods=24, freq=slow).to_timestamp() + pd.Timedelta(days=6 * (slow == "M"))
    rows = pd.DataFrame({"unique_id": "A", "ds": ds, "y": 900.0})
    (fault,) = faults(rows, freq)
    assert "no period of 'A' follows the one before, such as " in fault
    assert told in fault
    assert fault.endswith(f"The days are those of frequency {slow}: choose it (--freq {slow}).")
    assert len(read_panel(rows, slow).values[0]) == 24


def test_every_second_month_is_rejected():
    assert faults(months(range(48)).iloc[::2]) == [
        "rows 2, 3, 4, 5, 6: no period of 'a' follows the one before, such as 2024-03 after 2024-01. "
        "Give a row for each month, quarter or week (--freq), with 0 only where nothing was sold."
    ]


def test_of_many_series_with_gaps_five_are_named():
    rows = pd.concat(months(range(48), name).iloc[::2] for name in "abcdefg")
    found = faults(rows)
    assert [fault.split("'")[1] for fault in found[:5]] == list("abcde")
    assert found[5:] == ["2 more series lack periods, too."]


class TestTheMachineSDay:
    def test_what_is_not_over_today_is_left_out_and_said(self):
        panel = read_panel(months([1, 2, 3]), "M", today=date(2024, 3, 31))
        assert panel.values[0].tolist() == [1, 2]
        assert panel.notes == (
            "Left out: 2024-03 and later, which are not over today, 2024-03-31 (unless --as-of names a later day).",
        )
        assert read_panel(months([1, 2, 3]), "M", today=date(2024, 4, 1)).values[0].tolist() == [1, 2, 3]

    def test_another_day_counts_instead(self):
        panel = read_panel(months([1, 2, 3]), "M", until=date(2024, 3, 31), today=date(2024, 3, 5))
        assert (panel.values[0].tolist(), panel.notes) == ([1, 2, 3], ())

    def test_nothing_is_over(self):
        (fault,) = faults(months([1]), today=date(2024, 1, 31))
        assert fault.startswith("no period of the series is over today, 2024-01-31. Name the day until which")

    def test_series_that_go_on_after_the_day_are_none_of_this_clock(self):
        panel = read_panel(months([1, 2, 3]), "M", today=date(2024, 1, 31))
        assert panel.values[0].tolist() == [1, 2, 3]
        assert panel.notes == ("Some periods lie after today, 2024-01-31: all are taken as complete.",)

    def test_a_series_that_has_just_begun_is_named(self):
        rows = pd.concat([months([1, 2, 3]), months([4], "new", "2024-03")])
        panel = read_panel(rows, "M", today=date(2024, 3, 31))
        assert panel.ids == ("a",)
        assert panel.notes[1:] == ("new: no period is complete yet; no forecast.",)


class TestTimeZones:
    starts = pd.date_range("2022-01-01", periods=12, freq="MS", tz="Europe/Berlin")

    def of(self, ds):
        panel = read_panel(pd.DataFrame({"unique_id": "a", "ds": ds, "y": range(12)}), "M")
        return panel.frequency.starts(panel.last)[0].strftime("%Y-%m"), len(panel.values[0])

    def test_the_day_of_a_zone_is_its_own(self):
        assert self.of(self.starts) == ("2022-12", 12)

    def test_the_day_of_an_offset_is_its_own_also_when_the_clock_is_moved(self):
        texts = [day.isoformat() for day in self.starts]
        assert {text[-6:] for text in texts} == {"+01:00", "+02:00"}
        assert self.of(texts) == ("2022-12", 12)

    @pytest.mark.parametrize("form", ["moments", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M+00:00", "%Y-%m-%d %H:%M:%S"])
    def test_midnights_of_a_zone_ahead_stored_as_utc_are_rejected(self, form):
        utc = self.starts.tz_convert("UTC")
        ds = utc if form == "moments" else utc.strftime(form)
        (fault,) = faults(pd.DataFrame({"unique_id": "a", "ds": ds, "y": range(12)}))
        assert "column 'ds', rows 2, 3, 4, 5, 6: 2021-12-31" in fault
        assert fault.endswith(
            " is of 2021-12 in UTC and of 2022-01 in zones ahead of it. "
            "Write days without a time and a zone, such as 2026-09-30."
        )

    def test_other_moments_of_utc_are_of_the_day_they_name(self):
        month_ends = pd.period_range("2022-01", periods=12, freq="M").to_timestamp(how="end").tz_localize("UTC")
        noon, closing = (month_ends.normalize() + pd.Timedelta(hours=hour) for hour in (12, 18))
        for ds in (month_ends, month_ends.floor("s"), noon, closing.tz_localize(None)):
            assert self.of(ds) == ("2022-12", 12)
        assert self.of(pd.date_range("2022-01-01", periods=12, freq="MS", tz="US/Eastern").tz_convert("UTC")) == (
            "2022-12",
            12,
        )


def test_a_partial_period_is_left_out_and_said():
    rows = months([1, 2, 3])
    panel = read_panel(rows, "M", until=date(2024, 3, 30))
    assert panel.values[0].tolist() == [1, 2]
    assert panel.notes == ("Left out: 2024-03 and later, which are not complete by 2024-03-30.",)
    assert read_panel(rows, "M", until=date(2024, 3, 31)).values[0].tolist() == [1, 2, 3]
    assert faults(rows, until=date(2024, 1, 30)) == ["no period of the series is complete by 2024-01-30."]


def test_the_frame_stays_as_it_was():
    rows = months([1, 2, 3])
    before = rows.copy()
    read_panel(rows, "M")
    pd.testing.assert_frame_equal(rows, before)


def test_a_window_ends_before_what_is_held_back():
    panel = read_panel(months([1, 2, 3, 4, 5]), "M").window(history=2, back=1)
    assert panel.values[0].tolist() == [3, 4]
    assert panel.frequency.starts(panel.ahead(2)).strftime("%Y-%m").tolist() == ["2024-05", "2024-06"]


def test_intermittent_is_a_sale_in_fewer_than_one_of_1_32_periods():
    assert is_intermittent(np.array([1.0, 0, 0, 1]))
    assert not is_intermittent(np.array([1.0, 1, 0, 1, 1]))
    assert not is_intermittent(np.zeros(4))
