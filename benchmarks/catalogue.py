"""The whole catalogue by rep and quarter against the same sums in hand-written DuckDB SQL, within 4 GiB of memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd

from benchmarks import DATA, catalogue_sql, machine, peak_memory, ratios, table, take_turns, unkept
from salesops_lib import Book, catalogue, measure, open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.metrics.registry import metric_of
from salesops_lib.metrics.spec import Quantile, Survival

PERIOD = "2023Q4..2026Q3"
OPPORTUNITIES, ACTIVITIES, REPS = 5_000_000, 50_000_000, 400
ROUNDS = 3
# These belong to no rep.
NOT_BY_REP = ("territory_penetration", "tool_adoption", "cost_per_active_user")
VIEWS = {
    "deals": "opportunities",
    "spans": "states",
    "entries": "stage_entries",
    "leads": "lead_outcomes",
    **{each: each for each in ("pushes", "ramps", "quota_spans", "forecast_results", "activities", "quotes", "orders")},
}
CLOSE = 1e-6


def main(
    opportunities: int = OPPORTUNITIES,
    activities: int = ACTIVITIES,
    reps: int = REPS,
    rounds: int = ROUNDS,
    data: Path = DATA,
) -> None:
    folder = data / f"catalogue-{opportunities}-{activities}"
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        write_demo(unfinished, reps=reps, opportunities=opportunities, activities=activities, format="parquet")
        unfinished.rename(folder)
    begin = time.perf_counter()
    book = open_book(unkept(folder / "demo.yml"))
    opened, opening = time.perf_counter() - begin, peak_memory()
    names = [name for name in catalogue()["metric"] if name not in NOT_BY_REP]
    begin = time.perf_counter()
    measure(book, names, PERIOD, by="rep", grain="quarter")
    first, measuring = time.perf_counter() - begin, peak_memory()
    print(
        f"Opening the book: {opened:.0f} s, at most {opening:.1f} GiB. The first measure(), with all that the book "
        f"derives for it: {first:.0f} s, at most {measuring:.1f} GiB.\n",
        flush=True,
    )
    rivals = _rivals(book, names)
    _check_equal(rivals)
    seconds = take_turns(rivals, rounds)
    rows = {each: int(book.table(each).count().to_pandas()) for each in ("opportunities", "activities")}
    title = f"measure() of {len(names)} metrics by rep and quarter, " + ", ".join(
        f"{n:,} {of}" for of, n in rows.items()
    )
    print(table(f"{title}, divided by", {"SQL with the sums for the intervals": ratios(*seconds.values())}))
    print(f"\n{machine()}")


def _rivals(book: Book, names: list[str]) -> dict[str, Callable[[], Any]]:
    connection: Any = book.source.connection.con
    for name, of in VIEWS.items():
        rows = book.table(of)
        # Of tables that were made in memory, the connection learns as it runs them.
        book.source.connection.execute(rows.limit(0))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {ibis.to_sql(rows)}")
    periods = book.calendar.split(book.calendar.period(PERIOD), "quarter")
    quarters = ", ".join(f"('{p.name}', TIMESTAMP '{p.start}', TIMESTAMP '{p.after}')" for p in periods)
    days = {"start": periods[0].start, "after": periods[-1].after, "cutoff": book.cutoff.date()}
    connection.execute(catalogue_sql.QUARTERS.format(rows=quarters, **days))
    chances = ", ".join(f"('{stage}', {chance})" for stage, chance in book.company.stages.open.items())
    connection.execute(catalogue_sql.STAGES.format(rows=chances))
    queries = {name: query.format(**days) for name, query in catalogue_sql.QUERIES.items()}
    return {
        "measure": lambda: measure(book, names, PERIOD, by="rep", grain="quarter"),
        "SQL": lambda: {name: connection.execute(query).df() for name, query in queries.items()},
    }


def _check_equal(rivals: dict[str, Callable[[], Any]]) -> None:
    """Whatever a query calls by a metric's name is that metric's value or numerator, group by group."""
    tidy, compared = rivals["measure"](), set()
    for frame in rivals["SQL"]().values():
        if "quarter" not in frame:
            continue
        theirs = frame.assign(period=pd.PeriodIndex(frame["quarter"], freq="Q").astype(str)).set_index(
            ["period", "rep"]
        )
        for metric in theirs.columns.intersection(tidy["metric"].unique()):
            ours = tidy[tidy["metric"] == metric].set_index(["period", "rep"])
            # Quantiles have a value alone; what holds nothing is zero in one and null in the other.
            column = "value" if isinstance(metric_of(metric), Quantile | Survival) else "numerator"
            both = theirs[metric].astype("float64").align(ours[column].astype("float64"), join="outer")
            np.testing.assert_allclose(*(each.fillna(0) for each in both), rtol=CLOSE, atol=CLOSE, err_msg=metric)
            compared.add(metric)
    print(f"{len(compared)} metrics were compared, and are the same.\n", flush=True)


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:3]))
