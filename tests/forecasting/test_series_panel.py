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
        "column 'unique_id', row 2: the series of the row has no name.",
        "column 'ds', row 3: not a day. Write days as 2026-09-30.",
        "column 'y', rows 4, 5: not a number.",
    ]


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
