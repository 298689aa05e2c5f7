"""The figures that tests record are told at the end of a run, once each, whatever came of the test."""

import subprocess
import sys
from pathlib import Path

TEST = """
import pytest

def test_one(record_property):
    record_property("figure", "mean squared error: 0.0123")

def test_two(record_property):
    record_property("figure", "calibration: 14 of 200")
    record_property("other", "not told")
    assert False

@pytest.mark.soak
def test_long(record_property):
    record_property("figure", "the long one")
"""


def test_figures_are_listed(tmp_path):
    (tmp_path / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = soak\naddopts = -m 'not soak'")
    (tmp_path / "test_it.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "1", str(tmp_path)]
    lines = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout.splitlines()
    start = next(n for n, line in enumerate(lines) if line.strip("= ") == "figures")
    assert lines[start + 1 : start + 3] == ["calibration: 14 of 200", "mean squared error: 0.0123"]
    assert sum("0.0123" in line for line in lines) == 1
    assert not any("the long one" in line for line in lines)
