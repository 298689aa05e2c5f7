"""The published report against the same notebook by papermill and nbconvert, each as commands from the shell."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import ROOT, machine, ratios, table, take_turns

COMMANDS = Path(sys.executable).parent
NOTEBOOK = "notebooks/quarterly_review.ipynb"
PARAMS = "params/quarterly_review.yml"
QUARTER = "2026Q3"
ROUNDS = 3


def main(rounds: int = ROUNDS) -> None:
    if not (ROOT / "demo" / "opportunities.csv").exists():
        _call("salesops", "demo", "--out", "demo")
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours", Path(folder) / "theirs"
        theirs.mkdir()
        _ours(ours)  # the company is read and kept: it is the way of reporting that is compared
        seconds = take_turns({"salesops": lambda: _ours(ours), "plain": lambda: _theirs(theirs)}, rounds)
        (published,), (converted,) = ours.rglob("quarterly_review.html"), theirs.rglob("out.html")
        found = {
            "wall time": ratios(seconds["salesops"], seconds["plain"]),
            "size of the HTML": [published.stat().st_size / converted.stat().st_size],
        }
    print(table("salesops run, divided by papermill and jupyter nbconvert", found))
    print(f"\n{machine()}")


def _ours(out: Path) -> None:
    _call("salesops", "run", "--fresh", PARAMS, "--set", f"quarter={QUARTER}", "--out", str(out))


def _theirs(out: Path) -> None:
    executed = str(out / "out.ipynb")
    _call("papermill", NOTEBOOK, executed, "-f", PARAMS)
    _call("jupyter", "nbconvert", "--to", "html", executed)


def _call(command: str, *arguments: str) -> None:
    subprocess.run([COMMANDS / command, *arguments], cwd=ROOT, check=True, capture_output=True)


if __name__ == "__main__":
    main()
