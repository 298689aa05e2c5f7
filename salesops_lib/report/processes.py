"""The processes of a report: what they hold, how they are ended, and what is said of one that died."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from multiprocessing.connection import wait

import psutil

from salesops_lib.language import gettext as _
from salesops_lib.report.nursery import Child

# Seconds that a process has to say where it is before it is ended.
LAST_WORDS = 0.5


def died(code: int) -> str:
    """What is said of a process that ended without a result."""
    if not code:
        return _("it ended the process of the report.")
    if code > 0:
        return _("it ended the process of the report with exit code {code}.", code=code)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return _("the process of the report died ({signal}).", signal=name)


def _tree(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def resident(pid: int) -> int:
    """The memory that a process and all that it started hold, in bytes; what they share is counted for each."""
    held = 0
    for process in _tree(pid):
        with suppress(psutil.Error):
            held += process.memory_info().rss
    return held


def end(child: Child) -> None:
    """End a child and all that it started, once it has written into its log where it was."""
    with suppress(OSError):
        os.kill(child.pid, signal.SIGUSR1)
    wait([child.ends], LAST_WORDS)
    kill(child.pid)


def kill(pid: int) -> None:
    """End a process and all that it started."""
    for process in reversed(_tree(pid)):
        with suppress(psutil.Error):
            process.kill()
