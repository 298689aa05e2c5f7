"""Rivals run in turn in one go, and their ratios as a table; only what holds whatever is measured."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT / "demo" / "bench"
HEADER = ("| {title} | median | min to max | pairs |", "|---|---:|---:|---:|")


def take_turns(rivals: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Run every rival once a round, A B A B, and give the seconds of each run by name.

    What slows the machine for a while so slows them all; ratios are taken within a round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for _round in range(rounds):
        for name, rival in rivals.items():
            begin = time.perf_counter()
            rival()
            seconds[name].append(time.perf_counter() - begin)
    return seconds


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Our share of what a rival took, round by round.

    Examples
    --------
    >>> ratios([3.0, 2.0], [2.0, 4.0])
    [1.5, 0.5]
    """
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def table(title: str, rows: Mapping[str, Sequence[float]]) -> str:
    """Ratios as a Markdown table, one row per rival.

    Examples
    --------
    >>> print(table("Ours ÷ theirs", {"SQL": [1.5, 1.25, 2.0]}))
    | Ours ÷ theirs | median | min to max | pairs |
    |---|---:|---:|---:|
    | SQL | 1.50 | 1.25 to 2.00 | 3 |
    """
    lines = [
        f"| {name} | {statistics.median(each):.2f} | {min(each):.2f} to {max(each):.2f} | {len(each)} |"
        for name, each in rows.items()
    ]
    return "\n".join([line.format(title=title) for line in HEADER] + lines)


def machine() -> str:
    """What it ran on: cores and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"Run on {os.cpu_count()} cores and {memory:.0f} GiB of memory."


def unkept(company: Path) -> Path:
    """A demo's company file, whose source is from now on read anew each time."""
    lines = company.read_text().splitlines(keepends=True)
    company.write_text("".join(line for line in lines if not line.startswith("  kept_in:")))
    return company


def peak_memory() -> float:
    """The most memory this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
