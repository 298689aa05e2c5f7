"""What children do in tests; they know it by its name."""

import os
import sys
import time
from pathlib import Path

WATCHED = ("pandas", "duckdb", "ibis", "matplotlib", "nbconvert", "scipy")


def rest(say):
    """Do nothing for longer than a test takes."""
    time.sleep(600)


def surroundings(say):
    """What the process is like that this one was forked from."""
    parent = os.getppid()
    handles = [os.readlink(path) for path in Path(f"/proc/{parent}/fd").iterdir()]
    return {
        "threads_of_parent": len(os.listdir(f"/proc/{parent}/task")),
        "sockets_of_parent": sum(handle.startswith("socket:") for handle in handles),
        "loaded": {name for name in WATCHED if name in sys.modules},
        "stdin": sys.stdin.read(),
    }
