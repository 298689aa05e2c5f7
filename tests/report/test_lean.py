"""What waits for nobody: the command that has reports made loads nothing that only their making needs."""

import os
import subprocess
import sys

from salesops_lib.report.nursery import SETTLED

HEAVY = ("pandas", "ibis", "matplotlib", "scipy", "nbformat", "papermill")
LOADED = """
import sys
import salesops_lib.report.batch, salesops_lib.report.index, salesops_lib.report.run, salesops_lib.report.terminal
print(*(name for name in {heavy!r} if name in sys.modules))
"""


def test_the_command_loads_only_what_it_needs_itself():
    code = LOADED.format(heavy=HEAVY)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_reports_are_forked_from_a_process_without_threads():
    code = """
import os
from salesops_lib.report.nursery import KIT, _load
_load(KIT)
print(len(os.listdir("/proc/self/task")))
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **SETTLED}
    )
    assert found.stdout.strip() == "1"
