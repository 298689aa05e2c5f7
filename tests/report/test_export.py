import csv
import io
import json
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from salesops_lib.report.export import plain, to_csv, to_json


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("a","b")'])
def test_text_that_a_spreadsheet_would_run_is_text_in_csv(text):
    frame = pd.DataFrame({"rep": [text], text: [1.0]})
    rows = list(csv.reader(io.StringIO(to_csv(frame), newline="")))
    assert rows == [["rep", f"'{text}"], [f"'{text}", "1.0"]]


def test_numbers_are_not_text():
    frame = pd.DataFrame({"value": [-1.5, np.nan], "money": [Decimal("-2.50"), None], "n": [-3, 4]})
    assert to_csv(frame) == "value,money,n\n-1.5,-2.5,-3\n,,4\n"


def test_missing_values_are_null_in_json():
    frame = pd.DataFrame(
        {
            "value": [np.nan, 0.25],
            "n": pd.array([None, 3], dtype="Int64"),
            "day": [pd.NaT, pd.Timestamp("2026-09-30")],
            "rep": ["=1", None],
        }
    )
    assert json.loads(to_json(frame)) == [
        {"value": None, "n": None, "day": None, "rep": "=1"},
        {"value": 0.25, "n": 3, "day": "2026-09-30T00:00:00", "rep": None},
    ]


def test_an_empty_frame():
    frame = pd.DataFrame({"metric": [], "value": []})
    assert to_csv(frame) == "metric,value\n"
    assert json.loads(to_json(frame)) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float64("inf"), None),
        (np.bool_(True), True),
        (Decimal("NaN"), None),
        (Decimal("10005534.00"), 10005534),
        (pd.NA, None),
        (date(2026, 9, 30), "2026-09-30"),
        (pd.Period("2026Q3"), "2026Q3"),
        ({"rows": [{"a": np.nan}]}, {"rows": [{"a": None}]}),
    ],
)
def test_values_become_those_of_json(value, expected):
    result = plain(value)
    assert result == expected
    assert type(result) is type(expected)
