"""Reports that two workers of a Dask cluster make are the same bytes as those that are made here."""

import json
import re
import sys

import pytest
from distributed import LocalCluster

from salesops_lib.errors import ParameterError
from salesops_lib.report import cluster as module
from salesops_lib.report.batch import plan_batch
from salesops_lib.report.cluster import Cluster
from salesops_lib.report.crew import KERNEL, Crew

MAKE = (
    "from IPython.display import HTML, display",
    "1 / 0 if rep == 'r-001' else display(HTML(f'<p>{rep} {quarter}</p>'))",
)


@pytest.fixture
def address():
    two = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with LocalCluster(**two, host="127.0.0.1", protocol="tcp", dashboard_address="127.0.0.1:0") as running:
        yield running.scheduler_address.replace("tcp://", "dask://")


@pytest.fixture
def requests(project):
    project.people()
    project.notebook(*MAKE, stem="rep_scorecard")
    defaults = {"company": "params/tiny.yml", "quarter": "2026Q3"}
    reports = [{"report": "quarterly_review"}, {"report": "rep_scorecard", "for_each": "rep"}]
    return plan_batch(project.write("close", defaults=defaults, reports=reports), {}, project.out)


def content(out):
    found = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for name in [name for name in found if name.endswith(".json")]:
        record = json.loads(found[name])
        found[name] = {**record, "made_at": "", "at": ""}
    for name in [name for name in found if name.endswith("index.html")]:
        found[name] = re.sub(rb"\d{1,2}:\d{2}(?=[^<]* UTC)", b"", found[name])  # it lists when each was made
    # The traceback is not the same in two processes.
    return {name: found[name] for name in found if not name.endswith(".log")}


def test_the_same_bytes_come_out(project, requests, ran, address):
    here = ran(requests, workers=Crew(jobs=1, engine=KERNEL))
    ours = content(project.out)
    there = ran(requests, workers=Cluster(address), fresh=True)
    assert there.failed == here.failed
    assert sorted(there.made) == sorted(here.made)
    assert len(there.made) == 3
    assert content(project.out) == ours
    assert [path for path in project.out.rglob(".*")] == []


def test_another_library_on_the_workers_is_refused(requests, monkeypatch):
    monkeypatch.setattr(module, "library_digest", lambda: "of the worker")
    _number, made, error = module._made_there(0, requests[0], requests[0].folder, "of the client")
    assert made is None
    assert isinstance(error, ParameterError)
    assert str(error) == "a worker has another version of the library. Install the same environment there."


def test_no_cluster_is_told_before_anything_runs(project, requests, ran, monkeypatch):
    with pytest.raises(ParameterError, match=r"no worker answers at dask://127.0.0.1:1\. Start `dask scheduler`"):
        ran(requests, workers=Cluster("dask://127.0.0.1:1"))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match="Dask is not installed"):
        ran(requests, workers=Cluster("dask://127.0.0.1:1"))
    assert not list(project.out.glob("2026Q3"))
