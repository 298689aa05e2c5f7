"""One batch at a time: the second is told who is at work; the lock of a killed one is nobody's."""

import os
import re
import resource
import signal
import subprocess
import sys
import time

import pytest

from salesops_lib.report.lock import LOCK, Busy, alone_in

HOLD = """
import os, sys, time
from pathlib import Path
from salesops_lib.report.lock import alone_in
with alone_in(Path(sys.argv[1])):
    if sys.argv[2:]:
        if not os.fork():  # a report at work, which outlives the batch; it tells of itself once it is on its own
            print(os.getpid(), flush=True)
    else:
        print("held", flush=True)
    time.sleep(600)
"""
COMMAND = [sys.executable, "-c", "from salesops_lib.cli import main; main()"]


def held(out, *more):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(out), *more], stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_second_is_refused_and_after_a_kill_takes_over_at_once(tmp_path):
    process, _held = held(tmp_path / "reports")
    try:
        began = time.monotonic()
        with pytest.raises(Busy) as caught, alone_in(tmp_path / "reports"):
            pass
        assert time.monotonic() - began < 2
        assert re.fullmatch(
            re.escape(str(tmp_path / "reports")) + r": another batch is at work in this folder: process "
            rf"{process.pid}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d\. "
            "Wait for its end, end that process, or give another folder with --out.",
            str(caught.value),
        )
    finally:
        end(process)
    with alone_in(tmp_path / "reports"):
        assert str(os.getpid()) in (tmp_path / "reports" / LOCK).read_text()
    assert not (tmp_path / "reports" / LOCK).exists()


def test_a_report_that_outlives_the_batch_holds_nothing(tmp_path):
    process, child = held(tmp_path, "with a child")
    try:
        end(process)
        os.kill(int(child), 0)  # it is there
        with alone_in(tmp_path):
            pass
    finally:
        os.kill(int(child), signal.SIGKILL)


def test_a_child_that_ends_before_the_batch_takes_nothing_away(tmp_path):
    code = f"""
import os
from pathlib import Path
from salesops_lib.report.lock import LOCK, alone_in
with alone_in(Path({str(tmp_path)!r})):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print((Path({str(tmp_path)!r}) / LOCK).exists())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


def test_a_folder_that_was_made_for_nothing_is_taken_away(tmp_path):
    with pytest.raises(ZeroDivisionError), alone_in(tmp_path / "a" / "reports"):
        raise ZeroDivisionError
    assert not (tmp_path / "a").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "reports").write_text("")
    with pytest.raises(Busy, match=r"is not a folder\. Give a folder with --out\."), alone_in(tmp_path / "reports"):
        pass


def test_the_command_refuses_within_two_seconds_of_work(project):
    project.people()
    path = project.write("close", defaults={"company": "params/tiny.yml"}, reports=[{"report": "quarterly_review"}])
    process, _held = held(project.out)
    try:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([*COMMAND, "run", str(path)], capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Of the processor, not of the clock: other work on the machine is no fault of it.
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
        assert (done.returncode, done.stdout) == (2, "")
        assert f"process {process.pid}, since " in done.stderr
        assert len(done.stderr.splitlines()) == 1
    finally:
        end(process)
