"""Opening the demo company and measuring ten metrics against the import of what it needs, each as its own process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial

from benchmarks import ROOT, machine, ratios, table, take_turns
from benchmarks.measure import METRICS

QUARTER = "2026Q3"
ROUNDS = 5
# What an analyst's own script would import: the engine, its expressions, frames and the intervals' distributions.
IMPORTS = "import duckdb, ibis, numpy, pandas, pyarrow, pydantic, yaml, openpyxl, scipy.stats; ibis.duckdb.connect()"
OURS = (
    "from salesops_lib import measure, open_book; "
    f"measure(open_book('demo/demo.yml'), {METRICS!r}, '{QUARTER}', by='rep')"
)


def main(rounds: int = ROUNDS) -> None:
    if not (ROOT / "demo" / "demo.yml").exists():
        _run("from salesops_lib.data.demo import write_demo; from pathlib import Path; write_demo(Path('demo'))")
    rivals = {
        "imports": partial(_run, IMPORTS),
        "for the first time": partial(_run, OURS, forget=True),
        "again": partial(_run, OURS),
    }
    rivals["imports"]()  # what is read from the disk for the first time is not what is compared
    seconds = take_turns(rivals, rounds)
    title = "opening the demo company and measuring ten metrics by rep, divided by importing what it needs"
    print(table(title, {name: ratios(seconds[name], seconds["imports"]) for name in list(rivals)[1:]}))
    print(f"\n{machine()}")


def _run(code: str, forget: bool = False) -> None:
    if forget:
        shutil.rmtree(ROOT / "demo" / ".kept", ignore_errors=True)
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


if __name__ == "__main__":
    main()
