"""How likely an open opportunity is to be won: by its stage's history if there is enough, else as the CRM says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.data.book import Book
from salesops_lib.language import N_

WINDOW = timedelta(days=365)
ENOUGH = 30
SOURCES = {"history": N_("the year's history"), "crm": N_("the CRM"), "default": N_("the company file")}


def with_probability(book: Book, table: ir.Table, moments: Sequence[tuple[str, date]]) -> ir.Table:
    """Open opportunities of each period with their `probability` of being won, and `_chance_from`: from where.

    From history: of the opportunities that were in the stage and were closed in the year before the moment, the share
    won, if at least 30 were ("history"). Else the opportunity's own probability in the CRM, if the moment is the book's
    own day ("crm"). Else the default of the company file ("default"). Null where the stage is not known.
    """
    stages = book.company.stages.open
    grid = pd.DataFrame(
        [(name, stage, default, day >= book.as_of) for name, day in moments for stage, default in stages.items()],
        columns=["period", "stage", "_default", "_current"],
    ).assign(past=float("nan"))
    if stages and book.has("opportunity_history"):
        history = stage_history(book, moments)
        grid = grid.drop(columns="past").merge(history[history["n"] >= ENOUGH], on=["period", "stage"], how="left")
    kinds = {"_moment": "string", "_stage": "string", "_default": "float64", "_current": "boolean", "_past": "float64"}
    grid = grid.rename(columns={"period": "_moment", "stage": "_stage", "past": "_past"})[[*kinds]]
    chances = ibis.memtable(grid, schema=kinds).mutate(_past=_["_past"].nullif(float("nan")))
    table = table.left_join(chances, [table.period == chances["_moment"], table.stage == chances["_stage"]])
    past, own = _["_past"], _["_current"].ifelse(_.probability, ibis.null("float64"))
    return table.mutate(
        probability=ibis.coalesce(past, own, _["_default"]),
        _chance_from=ibis.cases((past.notnull(), "history"), (own.notnull(), "crm"), else_="default"),
    ).drop(*kinds)


def stage_history(book: Book, moments: Sequence[tuple[str, date]]) -> pd.DataFrame:
    """Of the opportunities that were in a stage and were closed in the year up to each day: n, and the share won.

    Returns
    -------
    DataFrame
        One row per moment and stage: period, stage, n, past (the share won, 0-1).
    """
    days = ibis.memtable(
        pd.DataFrame(
            [(name, day - WINDOW + timedelta(days=1), day + timedelta(days=1)) for name, day in moments],
            columns=["period", "_from", "_to"],
        ),
        schema={"period": "string", "_from": "date", "_to": "date"},
    )
    entries = book.table("stage_entries").filter(~_.skipped & _.closed_at.notnull()).cross_join(days)
    closed = entries.filter((_.closed_at >= _["_from"].cast("timestamp")) & (_.closed_at < _["_to"].cast("timestamp")))
    rates = closed.group_by(["period", "stage"]).agg(n=_.count(), past=_.won.cast("float64").mean())
    found: pd.DataFrame = rates.to_pandas()
    return found
