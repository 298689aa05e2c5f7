"""The run as it is typed: in a process of its own, with its exit codes and what it says."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

COMMAND = [sys.executable, "-c", "from salesops_lib.cli import main; main()"]


def salesops(*arguments):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


def test_a_run_says_where_the_page_is_and_nothing_else(project):
    done = salesops("run", "params/quarterly_review.yml", "--set", "quarter=2025Q4")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "reports/2025Q4/quarterly_review/quarterly_review.html\n"
    assert (project.folder / done.stdout.strip()).is_file()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("quarter=2026Q5", "the quarter '2026Q5' is not a quarter. Write it as 2026Q3, or `last`.\n"),
        ("quater=2026Q3", "--set: unknown parameter 'quater'. Did you mean quarter?\n"),
    ],
)
def test_a_wrong_parameter_ends_with_2(project, settings, message):
    done = salesops("run", "params/quarterly_review.yml", "--set", settings)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert not project.out.exists()


def test_a_rejected_source_ends_with_3_and_debug_shows_the_traceback(project):
    project.notebook("from salesops_lib.errors import SourceError\nraise SourceError('a.csv: no column amount.')")
    done = salesops("run", "params/quarterly_review.yml")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "a.csv: no column amount.\n")
    assert not project.out.exists()
    debugged = salesops("run", "params/quarterly_review.yml", "--debug")
    assert debugged.returncode == 3
    assert "raise SourceError(" in debugged.stderr
    assert "Traceback (most recent call last)" in debugged.stderr


def test_a_failed_report_ends_with_1(project):
    project.notebook("{}['gone']")
    done = salesops("run", "params/quarterly_review.yml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "quarterly_review 2026Q3 failed: cell 4 (The part that counts): KeyError: 'gone' "
        "The log is reports/failed/2026Q3-quarterly_review.log.\n"
    )


def test_a_terminal_gets_a_bar(project):
    ours, theirs = pty.openpty()
    command = [*COMMAND, "run", "params/quarterly_review.yml"]
    wide = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE, env=wide) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal
            while part := os.read(ours, 4096):
                shown += part
    os.close(ours)
    assert process.returncode == 0
    assert "Quarterly review 2026 Q3" in shown.decode()
    assert "5/5" in shown.decode()  # with the cell that holds the given parameters


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_publishes_nothing_and_leaves_nothing(project, sent):
    started = project.folder / "started"
    project.notebook(
        f"import os, pathlib, time\npathlib.Path({str(started)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    )
    process = subprocess.Popen(
        [*COMMAND, "run", "params/quarterly_review.yml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not (started.exists() and started.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(sent)
    out, err = process.communicate(timeout=240)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert not project.out.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


@pytest.fixture
def batch(project):
    project.people()
    scorecard = {"report": "rep_scorecard", "rep": "Maeve Park"}
    defaults = {"company": "params/tiny.yml", "quarter": "2026Q3"}
    return project.write("close", defaults=defaults, reports=[{"report": "quarterly_review"}, scorecard])


def test_a_batch_says_where_the_index_is(project, batch):
    done = salesops("run", "params/close.yml")
    assert (done.returncode, done.stdout) == (0, "reports/index.html\n")
    assert done.stderr.splitlines()[-1] == "2 published, 0 unchanged, 0 failed."
    assert len(list(project.out.glob("2026Q3/*/**/*.html"))) == 2


def test_a_batch_of_which_one_fails_ends_with_1(project, batch):
    project.notebook("1 / 0 if rep == 'R-001' else None", stem="rep_scorecard")
    done = salesops("run", "params/close.yml")
    assert (done.returncode, done.stdout) == (1, "")
    lines = [re.sub(r"^\[\d/2\] ", "", line) for line in done.stderr.splitlines()]
    assert sorted(lines[:2]) == [
        "quarterly_review 2026Q3 is published.",
        "rep_scorecard 2026Q3 Maeve Park failed: cell 4 (The part that counts): ZeroDivisionError: division by zero "
        "The log is reports/failed/2026Q3-rep_scorecard-R-001.log.",
    ]
    assert lines[2:] == ["1 published, 0 unchanged, 1 failed.", "1 of 2 reports failed."]
    assert len(list(project.out.glob("2026Q3/*/**/*.html"))) == 1


def test_a_wrong_batch_ends_with_2(project, batch):
    done = salesops("run", "params/close.yml", "--set", "quater=2026Q3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--set: unknown parameter 'quater'. Did you mean quarter?\n" in done.stderr
    assert not project.out.exists()


@pytest.mark.parametrize(("name", "count"), [("close", 2), ("quarterly_review", 1)])
def test_a_dry_run_lists_and_writes_nothing(project, batch, name, count):
    done = salesops("run", f"params/{name}.yml", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["report", "period", "member", "page"]
    assert len(rows) == count
    assert rows[0].split() == ["quarterly_review", "2026Q3", "reports/2026Q3/quarterly_review/quarterly_review.html"]
    assert not project.out.exists()


def test_a_rep_that_does_not_exist_ends_with_2(project, batch):
    project.write("rep_scorecard", company="params/tiny.yml", quarter="2026Q3", rep="Maev Park")
    done = salesops("run", "params/rep_scorecard.yml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no rep 'Maev Park'. Did you mean Maeve Park" in done.stderr
    done = salesops("run", "params/rep_scorecard.yml", "--set", "rep=maeve park")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "reports/2026Q3/rep_scorecard/R-001/rep_scorecard.html\n"


def test_an_interrupted_batch_ends_with_130_and_lists_what_is_published(project, batch):
    started = project.folder / "started"
    wait = f"import pathlib, time\npathlib.Path({str(started)!r}).write_text('yes')\ntime.sleep(60)"
    project.notebook(wait, stem="rep_scorecard")
    command = [*COMMAND, "run", "params/close.yml", "--jobs", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not started.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        out, _err = process.communicate(timeout=240)
    assert (process.returncode, out) == (130, "")
    assert "quarterly_review.html" in (project.out / "index.html").read_text()
    assert sorted(path.name for path in project.out.iterdir()) == ["2026Q3", "index.html"]
    assert sorted(path.name for path in (project.out / "2026Q3").iterdir()) == ["index.html", "quarterly_review"]
