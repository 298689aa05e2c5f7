"""All benchmarks, one after the other: `python -m benchmarks`."""

import subprocess
import sys

from benchmarks import ROOT

if __name__ == "__main__":
    # Each in a process of its own: what one leaves in memory must not slow the next.
    for name in ("report", "batch", "scorecards", "opening", "reps", "forecasting", "measure", "catalogue"):
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, check=True)
