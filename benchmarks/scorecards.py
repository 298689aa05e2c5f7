"""A scorecard of every rep of a company of 300 reps: how long it takes, and what all its processes hold meanwhile."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import yaml

from benchmarks import ROOT, machine, unkept

REPS = 300
LOOK = 0.5
MIB = 2**20


def main(reps: int = REPS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _salesops("demo", "--out", str(work / "demo"), "--reps", str(reps)).wait()
        params = work / "params" / "close.yml"
        params.parent.mkdir()
        batch = {"report": "rep_scorecard", "peers": "segment", "for_each": "rep"}
        given = {"company": str(unkept(work / "demo" / "demo.yml")), "quarter": "last"}
        params.write_text(yaml.safe_dump({"defaults": given, "reports": [batch]}))
        begin = time.perf_counter()
        running = _salesops("run", str(params), "--out", str(work / "reports"))
        held = []
        while running.poll() is None:
            held.append(_held(running.pid))
            time.sleep(LOOK)
        took, made = time.perf_counter() - begin, len(list(work.glob("reports/*/*/*/rep_scorecard.html")))
    assert running.returncode == 0
    # Of the first fourth of the time, the source was still being read.
    fourth = len(held) // 4
    early, late = (max(largest for _all, largest in part) for part in (held[fourth : 2 * fourth], held[-fourth:]))
    print(f"{made} scorecards of a company of {reps} reps: {took:.0f} s, start-up and reading included; all processes")
    print(f"held at most {max(total for total, _largest in held):.0f} MiB together (shared pages counted once); the")
    print(f"largest of them {early:.0f} MiB in the second fourth of the time and {late:.0f} MiB in the last.")
    print(f"\n{machine()}")


def _salesops(*arguments: str) -> subprocess.Popen[bytes]:
    command = [Path(sys.executable).parent / "salesops", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _held(pid: int) -> tuple[float, float]:
    """MiB of a process and all below it together, and of the largest of them alone."""
    total = largest = 0
    with suppress(psutil.Error):
        for each in (process := psutil.Process(pid), *process.children(recursive=True)):
            with suppress(psutil.Error):
                memory = each.memory_full_info()
                total, largest = total + memory.pss, max(largest, memory.rss)
    return total / MIB, largest / MIB


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
