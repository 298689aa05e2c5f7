"""Batches that are killed at random instants, with all their processes: run as a program by the tests beside it.

Each round changes the notebook, so that every report must be made anew; a batch is begun in a process group of its own
and killed; then what stands there is looked at, and the same batch is run to its end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest import mock

import instant

from salesops_lib.report.earlier import INPUTS
from salesops_lib.report.lock import alone_in
from salesops_lib.report.members import Member
from salesops_lib.report.publish import published
from salesops_lib.report.run import plan

REPORTS = 6


def main(folder: Path, rounds: int, seed: int) -> dict[str, int]:
    """Kill so many batches; gives what was counted."""
    os.chdir(folder)
    out, chance = folder / "reports", random.Random(seed)
    whole = plan(folder / "params/quarterly_review.yml", {}, out)
    members = [replace(whole, member=Member("group", f"team=T{n}", f"T{n}")) for n in range(REPORTS - 1)]
    requests = [members[0], whole, *members[1:]]
    counts = dict.fromkeys(("killed", "half", "lost", "left", "wrongly made", "not resumed", "mixed"), 0)
    page = "salesops_lib.report.render.render"
    with mock.patch(page, lambda notebook, **more: f"<p>{notebook.cells[-1].source}</p>" * 5000):
        _write(whole.notebook, "0")
        took = _batch(requests, out, None)
        for number in range(1, rounds + 1):
            _write(whole.notebook, str(number))
            ended = _batch(requests, out, chance.uniform(0, 1.1 * took))
            counts["killed"] += ended is None
            old = _look(requests, out, number, counts)
            made = folder / "made.json"
            took = max(0.7 * took, _batch(requests, out, None, made) or 0)
            again = json.loads(made.read_text())
            counts["wrongly made"] += sorted(again) != sorted(old)
            counts["not resumed"] += sum(_version(request, out) != number for request in requests)
            counts["left"] += len([path for path in out.rglob(".*")]) + (out / "failed").exists()
    return counts


def _look(requests, out, number, counts):
    """Every report is whole, and the former one or the new one; gives the places of the former ones."""
    old = []
    for request in requests:
        if published(out / request.place) is None:
            counts["lost" if not (out / request.page).exists() else "half"] += 1
        version = _version(request, out)
        counts["mixed"] += version not in (number - 1, number)
        old += [request.place.as_posix()] if version != number else []
    pages = [path for path in out.rglob("*.html") if not any(part[0] == "." for part in path.relative_to(out).parts)]
    counts["half"] += sum(not path.read_text().endswith(("</p>", "</html>\n", "</html>")) for path in pages)
    return old


def _version(request, out):
    """The round that a report was made in, as its page and its record say."""
    page, record = (out / request.page).read_text(), published(out / request.place)
    source = (out / request.place / f"{request.report}.ipynb").read_text()
    told = int(page.split("'")[1])
    return told if record and record[INPUTS] and f"'{told}'" in source else -1


def _write(notebook, text):
    content = json.loads(notebook.read_text())
    content["cells"][-1]["source"] = f"'{text}'"
    notebook.write_text(json.dumps(content))


def _batch(requests, out, after, made=None):
    """Run a batch in a process group of its own and kill it after so many seconds; gives how long it took, or None."""
    began = time.monotonic()
    pid = os.fork()
    with suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)  # both of them ask for it: neither waits for the other
    if not pid:
        try:
            if os.fork() == 0:  # one more process of the group, as a report at work is
                time.sleep(60)
                os._exit(0)
            with alone_in(out):
                told = instant.batch(requests, out)
            if made:
                made.write_text(json.dumps(told.made))
            os.killpg(0, signal.SIGKILL)
        finally:
            os._exit(3)
    if after is not None:
        time.sleep(after)
        if os.waitpid(pid, os.WNOHANG) == (0, 0):
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return None
    else:
        _pid, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), f"the batch ended with {status}"
    return time.monotonic() - began


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
