"""The crew: reports side by side, each in a process of its own; whatever becomes of one is told as it is."""

import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from salesops_lib.errors import Fault, MissingTable, ParameterError, SourceError
from salesops_lib.report import nursery
from salesops_lib.report.crew import Crew
from salesops_lib.report.failure import ReportFailed
from salesops_lib.report.members import Member
from salesops_lib.report.nursery import KIT, SETTLED, Nursery, result
from salesops_lib.report.run import plan

ROOT = Path(__file__).parents[2]
SHOW = "from IPython.display import HTML, display\ndisplay(HTML(f'<p>{quarter}</p>'))"
FAULTS = {
    "error": "1 / 0",
    "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "crashed": "import faulthandler\nfaulthandler._sigsegv()",
    "ended": "import sys\nsys.exit(0)",
    "left": "import os\nos._exit(0)",
    "left_3": "import os\nos._exit(3)",
    "greedy": "held = [bytearray(2**20) for n in range(2000)]\nimport time\ntime.sleep(600)",
}
CAUSES = {
    "error": "ZeroDivisionError: division by zero",
    "killed": "the process of the report died (SIGKILL).",
    "crashed": "the process of the report died (SIGSEGV).",
    "ended": "it ended the run.",
    "left": "it ended the process of the report.",
    "left_3": "it ended the process of the report with exit code 3.",
    "greedy": "it took more memory than the 900 MiB that a report may take.",
}


def requests_of(project, cells):
    """A request for each cell, each with a notebook and a place of its own."""
    found = []
    for name, cell in cells.items():
        project.notebook(cell)
        request = plan(project.params, {}, project.out)
        notebook = request.notebook.rename(request.notebook.with_name(f"{name}.ipynb"))
        found.append(replace(request, notebook=notebook, member=Member("rep", name, name)))
    return found


def test_each_fault_is_a_failed_report_and_the_others_are_made(project):
    cells = {"good_1": SHOW, **FAULTS, "good_2": SHOW}
    requests = requests_of(project, cells)
    with Crew(jobs=2, memory=900 * 2**20) as crew:
        outcomes = {outcome.request.member.value: outcome for outcome in crew.run(requests, project.out)}
    assert outcomes.keys() == cells.keys()
    for name, cause in CAUSES.items():
        outcome = outcomes[name]
        assert isinstance(outcome.error, ReportFailed), name
        assert outcome.page is None
        assert str(outcome.error) == f"cell 4 (The part that counts): {cause}"
    for name in ("good_1", "good_2"):
        assert outcomes[name].error is None
        assert "<p>2026Q3</p>" in outcomes[name].page.read_text()
    logs = {name: outcomes[name].error.log for name in FAULTS}
    assert "1 / 0" in logs["error"]
    assert "Segmentation fault" in logs["crashed"]
    assert "in <module>" in logs["crashed"]
    assert {path.split("/")[2] for path in project.files()} == {
        outcomes[name].request.place.name for name in ("good_1", "good_2")
    }
    assert [path.name for path in project.out.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("limit", "cause"),
    [({"timeout": 4}, "the report took longer than 4 s."), ({"cell_timeout": 2}, "it took longer than 2 s.")],
)
def test_a_report_and_a_cell_have_their_time(project, limit, cause):
    (request,) = requests_of(project, {"slow": "import time\ntime.sleep(600)"})
    with Crew(**limit) as crew:
        (outcome,) = crew.run([request], project.out)
    assert cause in str(outcome.error)
    if "cell_timeout" in limit:
        assert "cell 4 (The part that counts)" in str(outcome.error)
        assert "in <module>" in outcome.error.log  # where it was when its time was up


def test_a_crew_that_is_left_leaves_nobody_behind(project):
    pid = project.folder / "pid"
    sleeper = "import os, subprocess, time, pathlib\nsubprocess.Popen(['sleep', '600'])\n"
    sleeper += f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    good, slow = requests_of(project, {"good": SHOW, "slow": sleeper})

    def interrupted():
        with Crew(jobs=2) as crew:
            for _outcome in crew.run([good, slow], project.out):
                while not pid.exists() or not pid.read_text():
                    time.sleep(0.05)
                child = psutil.Process(int(pid.read_text()))
                family.extend([child, *child.children()])
                raise KeyboardInterrupt

    family = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(family) == 2
    _gone, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    assert [path.name for path in project.out.iterdir() if path.name.startswith(".")] == []


def test_children_end_with_whoever_asked_for_them(tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom salesops_lib.report.nursery import Nursery\n"
        "forks = Nursery({})\n"
        "child = forks.fork(Path(sys.argv[1]), 'tests.report.works:rest')\n"
        "print(child.pid, forks._process.pid, flush=True)\ntime.sleep(600)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        family = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(family) == 2
        parent.kill()
    _gone, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


def test_nothing_is_open_and_no_thread_runs_where_reports_are_forked(tmp_path):
    with Nursery(SETTLED) as forks:
        forks.load(KIT)
        (tmp_path / "a").mkdir()
        child = forks.fork(tmp_path / "a", "tests.report.works:surroundings")
        child.ends.recv()
        seen = result(tmp_path / "a")
    assert seen["threads_of_parent"] == 1
    assert seen["sockets_of_parent"] == 1  # the line to whoever asks
    assert seen["loaded"] == {"pandas", "duckdb", "ibis", "matplotlib", "nbconvert", "scipy"}
    assert seen["stdin"] == ""


def test_errors_come_back_as_what_they_were(tmp_path):
    faults = [
        ParameterError(Fault("is gone.", file="a.csv", rows=[3], fix="Fetch it.")),
        SourceError("one", "two"),
        MissingTable("leads", "why"),
    ]
    for error in faults:
        back = nursery._portable(error)
        assert (type(back), back.faults, str(back)) == (type(error), error.faults, str(error))
    failed = pickle.loads(pickle.dumps(ReportFailed("cause", "log", "cell 3")))
    assert (str(failed), failed.cause, failed.log, failed.cell) == ("cell 3: cause", "cause", "log", "cell 3")
    back = nursery._portable(ValueError("bad"))
    assert isinstance(back, ReportFailed)
    assert "ValueError" in back.cause


def test_a_dead_nursery_is_replaced(project):
    requests = requests_of(project, {"one": SHOW, "two": SHOW})
    with Crew() as crew:
        outcomes = []
        for outcome in crew.run(requests, project.out):
            outcomes.append(outcome)
            os.kill(crew._nursery._process.pid, signal.SIGKILL)
            crew._nursery._process.wait()
    assert [outcome.error for outcome in outcomes] == [None, None]


def test_random_numbers_differ_from_report_to_report(project):
    draw = "import numpy, random, uuid\nfrom IPython.display import HTML, display\n"
    draw += "display(HTML(f'<p>{numpy.random.random()} {random.random()}</p>'))"
    requests = requests_of(project, {"one": draw, "two": draw})
    with Crew() as crew:
        pages = [outcome.page.read_text() for outcome in crew.run(requests, project.out)]
    assert pages[0] != pages[1]


def test_without_a_fork_reports_are_made_in_kernels(project, monkeypatch):
    monkeypatch.setattr(nursery, "FORKS", False)
    told = []
    requests = requests_of(project, {"good": SHOW, "error": "1 / 0"})
    with Crew(jobs=2) as crew:
        outcomes = list(crew.run(requests, project.out, begin=lambda request: lambda *done: told.append(done)))
        assert crew._nursery is None
    assert "<p>2026Q3</p>" in outcomes[0].page.read_text()
    assert "cell 4 (The part that counts): ZeroDivisionError" in str(outcomes[1].error)
    assert told[:5] == [(n, 5) for n in range(1, 6)]
