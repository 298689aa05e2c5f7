"""Faults of every kind in one batch: each is told as what it is, and all other reports are published."""

import json
import re
import subprocess
import sys

import pytest

from salesops_lib.report.batch import plan_batch
from salesops_lib.report.crew import Crew

COMMAND = [sys.executable, "-c", "from salesops_lib.cli import main; main()"]
# What a cell does, and how that is told.
KINDS = {
    "exception": ("1 / 0", r"cell 4 \(The part that counts\): ZeroDivisionError: division by zero"),
    "exit": ("import sys; sys.exit(0)", r"cell 4 \(The part that counts\): it ended the run\."),
    "dead": ("import os; os._exit(0)", r"cell 4 \(The part that counts\): .*ended the process of the report"),
    "killed": ("import os; os.kill(os.getpid(), 9)", r"cell 4 \(The part that counts\): .*died \(SIGKILL\)"),
    "full": ("raise OSError(28, 'No space left on device')", r"cell 4 .*: OSError: \[Errno 28\] No space left"),
    "interrupt": ("raise KeyboardInterrupt", r"cell 4 \(The part that counts\): KeyboardInterrupt"),
    "memory": ("full = bytearray(3 * 10**9)\nfull[:] = b'x' * len(full)", r"cell 4 .*memory"),
    "slow": ("import time; time.sleep(3600)", r".*took longer than \d+ s\."),
}


def close(project, count, planted):
    """A batch of so many scorecards of which some fail, by the rep's number."""
    project.people()
    names = [f"R-{n:03},Rep {n},Central,Boss,2021-03-24," for n in range(count)]
    (project.params.parent / "reps.csv").write_text(
        "rep_id,name,team,manager_id,hired_on,left_on\n" + "\n".join(names) + "\n"
    )
    (project.params.parent / "deals.csv").write_text(
        "opportunity_id,rep_id,created_at,closed_at,stage,amount\nD-1,R-000,2025-09-01,2025-10-20,Won,100\n"
    )
    fails = {f"R-{n:03}": KINDS[kind][0] for n, kind in planted.items()}
    project.notebook(
        f"exec({fails!r}.get(rep, ''))",
        "from IPython.display import HTML, display\ndisplay(HTML(f'<p>{rep}</p>'))",
        stem="rep_scorecard",
    )
    defaults = {"company": "params/tiny.yml", "quarter": "2026Q3"}
    return project.write("close", defaults=defaults, reports=[{"report": "rep_scorecard", "for_each": "rep"}])


def check(project, told, count, planted):
    pages = {path.parent.name for path in project.out.glob("2026Q3/rep_scorecard/*/rep_scorecard.html")}
    assert pages == {f"R-{n:03}" for n in range(count) if n not in planted}
    index = (project.out / "index.html").read_text()
    assert all(f"/{name}/" in index for name in pages)
    for n, kind in planted.items():
        name = f"2026Q3-rep_scorecard-R-{n:03}"
        (line,) = [line for line in told if f"Rep {n} failed:" in line]
        assert re.search(f"rep_scorecard 2026Q3 Rep {n} failed: {KINDS[kind][1]}.*{name}.log", line), line
        record = json.loads((project.out / "failed" / f"{name}.json").read_text())
        assert (record["report"], record["period"], record["member"]["rep"]) == ("rep_scorecard", "2026Q3", f"R-{n:03}")
        assert record["cause"] in line
        assert (project.out / record["log"]).is_file()
    assert len(list((project.out / "failed").iterdir())) == 2 * len(planted)
    assert [path for path in project.out.rglob(".*")] == []


def test_each_fault_is_told_and_the_others_are_published(project, ran):
    planted = dict(enumerate(["exception", "exit", "dead", "killed", "full", "interrupt", "memory"]))
    requests = plan_batch(close(project, 9, planted), {}, project.out)
    told = ran(requests, workers=Crew(jobs=2, memory=2 * 10**9))
    assert told.said == ["2 published, 0 unchanged, 7 failed."]
    check(project, told.failed, 9, planted)
    # What has failed is made again, and nothing else.
    project.notebook("rep", stem="rep_scorecard")
    assert len(ran(requests, workers=Crew(jobs=2)).made) == 9
    assert not (project.out / "failed").exists()


@pytest.mark.soak
def test_three_hundred_reports_of_which_ten_fail(project, record_property):
    kinds = [*KINDS, "exception", "killed"]
    planted = {n * 29 + 3: kind for n, kind in enumerate(kinds)}
    params = close(project, 300, planted)
    command = [*COMMAND, "run", str(params), "--jobs", "2", "--memory", "2G", "--timeout", "2m"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    *lines, counts, last = done.stderr.splitlines()
    assert (counts, last) == ("290 published, 0 unchanged, 10 failed.", "10 of 300 reports failed.")
    assert len(lines) == 300
    check(project, lines, 300, planted)
    record_property("figure", f"300 reports, 10 planted failures of {len(KINDS)} kinds: {counts}")
