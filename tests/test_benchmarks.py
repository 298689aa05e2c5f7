"""The benchmarks run, compare equal figures and print their table; how fast they are is no test."""

import re

import pandas as pd
import pytest

from benchmarks import measure, reps


def test_measure_is_compared_on_equal_figures(tmp_path, capsys):
    measure.main(opportunities=20_000, reps=10, rounds=1, data=tmp_path)
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if re.fullmatch(r"\| .+ \| \d+\.\d\d \| \d+\.\d\d to \d+\.\d\d \| 1 \|", line)]
    assert len(rows) == 6
    assert "opportunities" in lines[0]
    assert "GiB" in lines[-1]


def test_different_figures_are_not_compared():
    frame = pd.DataFrame({"metric": ["deals_won"], "period": ["2026Q3"], "rep": ["R1"], "value": [3.0]})
    theirs = pd.DataFrame({"rep": ["R1"], "quarter": pd.to_datetime(["2026-07-01"]), "deals_won": [4]})
    rivals = {"measure": lambda: frame, "SQL, values alone": lambda: theirs}
    with pytest.raises(AssertionError, match="deals_won: SQL, values alone"):
        measure._check_equal(rivals)


def test_the_rep_comparison_is_timed_at_two_sizes(capsys):
    reps.main(sizes=(12, 8), rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert "12 reps divided by 8" in lines[0]
    assert re.fullmatch(r"\| time \| \d+\.\d\d \| \d+\.\d\d to \d+\.\d\d \| 1 \|", lines[2])
