"""kill -9 of a batch and all its processes at random instants: nothing half, nothing lost, and the rest is resumed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

NOTHING = {"half": 0, "lost": 0, "left": 0, "wrongly made": 0, "not resumed": 0, "mixed": 0}


def killed(project, rounds, seed):
    (project.params.parent / "deals.csv").write_text("opportunity_id\n")
    script = Path(__file__).with_name("killed.py")
    done = subprocess.run(
        [sys.executable, str(script), str(project.folder), str(rounds), str(seed)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_batch_that_is_killed(project, record_property):
    counts = killed(project, 8, 7)
    record_property("figure", f"batches killed at random instants: {counts}")
    assert counts.pop("killed") >= 3
    assert counts == NOTHING


@pytest.mark.soak
def test_a_batch_that_is_killed_at_two_hundred_instants(project, record_property):
    counts = {}
    for seed in range(10):
        for name, n in killed(project, 24, seed).items():
            counts[name] = counts.get(name, 0) + n
    record_property("figure", f"batches killed at random instants: {counts}")
    assert counts.pop("killed") >= 200
    assert counts == NOTHING
