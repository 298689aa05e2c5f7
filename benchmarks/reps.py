"""The rep comparison's analyses of 300 reps against those of 40: how their time grows with the company."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import machine, ratios, table, take_turns, unkept
from salesops_lib import Book, open_book
from salesops_lib.analysis import RepComparison
from salesops_lib.data.demo import write_demo

QUARTER = "2026Q3"
SIZES = (300, 40)
SECTIONS = (
    "leaderboard",
    "adjusted",
    "months",
    "steadiness",
    "leaks",
    "practices",
    "lead_shares",
    "lead_fairness",
    "coaching",
)
ROUNDS = 5


def main(sizes: tuple[int, int] = SIZES, rounds: int = ROUNDS) -> None:
    many, few = sizes
    with tempfile.TemporaryDirectory() as folder:
        books = {size: _open(Path(folder) / str(size), size) for size in sizes}
        rivals: dict[str, Callable[[], object]] = {str(size): partial(_analyse, book) for size, book in books.items()}
        for analyse in rivals.values():
            analyse()  # what is loaded and derived once for a book is not what is compared
        seconds = take_turns(rivals, rounds)
    title = f"all analyses of the rep comparison, {many} reps divided by {few}"
    print(table(title, {"time": ratios(seconds[str(many)], seconds[str(few)])}))
    print(f"\n{machine()}")


def _open(folder: Path, reps: int) -> Book:
    return open_book(unkept(write_demo(folder, reps=reps, format="parquet")), period=QUARTER)


def _analyse(book: Book) -> None:
    comparison = RepComparison(book, QUARTER)
    for section in SECTIONS:
        getattr(comparison, section)


if __name__ == "__main__":
    main()
