"""measure() of ten metrics by rep and quarter against SQL on the same tables, Polars and pandas, written by hand."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import polars as pl

from benchmarks import DATA, machine, peak_memory, queries, ratios, table, take_turns, unkept
from salesops_lib import Book, catalogue, measure, open_book
from salesops_lib.data.demo import write_demo

METRICS = (
    "revenue_won",
    "revenue_net",
    "win_rate",
    "win_rate_value",
    "average_deal_size",
    "deals_won",
    "deals_lost",
    "pipeline_created",
    "discount_rate",
    "sales_cycle_days_mean",
)
MEDIAN = "median_deal_size"
SUMS = ("revenue_won", "revenue_net", "deals_won", "deals_lost", "pipeline_created")
PERIOD = "2023Q4..2026Q3"
OPPORTUNITIES = 5_000_000
REPS = 400
ROUNDS = 7
CENT = 0.005


def main(opportunities: int = OPPORTUNITIES, reps: int = REPS, rounds: int = ROUNDS, data: Path = DATA) -> None:
    company = _written(data / f"opportunities-{opportunities}", opportunities, reps)
    begin = time.perf_counter()
    book = open_book(unkept(company))
    rows = int(book.table("opportunities").count().to_pandas())
    opened = time.perf_counter() - begin
    deals = _to_pandas(book)
    found: dict[str, list[float]] = {}
    for metrics, label in ((METRICS, "ten metrics"), ((*METRICS, MEDIAN), "and the median deal size")):
        rivals = _rivals(book, deals, metrics)
        _check_equal(rivals)
        seconds = take_turns(rivals, rounds)
        found |= {f"{label}: {name}": ratios(seconds["measure"], seconds[name]) for name in rivals if name != "measure"}
    print(table(f"time of measure() by rep and quarter, {rows:,} opportunities, divided by that of", found))
    print(f"\n{machine()} Opening the book took {opened:.0f} s; the most memory held was {peak_memory():.1f} GiB.")


def _written(folder: Path, opportunities: int, reps: int) -> Path:
    """The company file of a demo of that size; written whole or not at all, and kept for the next time."""
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        write_demo(unfinished, reps=reps, opportunities=opportunities, activities=1_000, format="parquet")
        unfinished.rename(folder)
    return folder / "demo.yml"


def _to_pandas(book: Book) -> pd.DataFrame:
    """The book's own table as an analyst would hold it in pandas; also the view `deals` that the SQL reads."""
    connection: Any = book.source.connection.con
    connection.execute(f"CREATE OR REPLACE TEMP VIEW deals AS {ibis.to_sql(book.table('opportunities'))}")
    deals: pd.DataFrame = connection.execute(queries.READ).df()
    return deals.astype({"rep": "category"})


def _rivals(book: Book, deals: pd.DataFrame, metrics: tuple[str, ...]) -> dict[str, Callable[[], pd.DataFrame]]:
    connection: Any = book.source.connection.con
    span = book.calendar.period(PERIOD)
    days = {"start": span.start.isoformat(), "after": span.after.isoformat()}
    median = MEDIAN in metrics
    lazy = pl.from_pandas(deals).lazy()
    values, intervals = (queries.sql(**days, intervals=each, median=median) for each in (False, True))
    return {
        "measure": partial(measure, book, metrics, PERIOD, by="rep", grain="quarter"),
        "SQL, values alone": lambda: connection.execute(values).df(),
        "SQL, with the sums for the intervals": lambda: connection.execute(intervals).df(),
        "Polars, lazy, values alone": partial(queries.in_polars, lazy, **days, median=median),
        "pandas, values alone": partial(queries.in_pandas, deals, **days, median=median),
    }


def _check_equal(rivals: dict[str, Callable[[], pd.DataFrame]]) -> None:
    """Money agrees to the cent and all else to 1e-9, or there is nothing to compare."""
    tidy = rivals["measure"]()
    ours = tidy.pivot(index=["period", "rep"], columns="metric", values="value").sort_index()
    units = catalogue().set_index("metric")["unit"]
    for name in [name for name in rivals if name.endswith("values alone")]:
        theirs = rivals[name]()
        quarters = pd.PeriodIndex(theirs["quarter"], freq="Q").astype(str)
        theirs = theirs.assign(period=quarters, rep=theirs["rep"].astype(str)).set_index(["period", "rep"])
        assert theirs.index.isin(ours.index).all(), f"{name} has groups that measure() has not"
        theirs = theirs.reindex(ours.index)
        for metric in tidy["metric"].unique():
            mine, other = (frame[metric].astype("float64") for frame in (ours, theirs))
            if metric in SUMS:
                mine, other = mine.fillna(0), other.fillna(0)
            np.testing.assert_allclose(
                mine, other, rtol=0, atol=CENT if units[metric] == "money" else 1e-9, err_msg=f"{metric}: {name}"
            )
    many = rivals["SQL, with the sums for the intervals"]().assign(rep=lambda each: each["rep"].astype(str))
    won = tidy.loc[(tidy["metric"] == "revenue_won"), "value"].sum()
    np.testing.assert_allclose(won, float(many["won_1"].astype("float64").sum()), rtol=0, atol=CENT)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else OPPORTUNITIES)
