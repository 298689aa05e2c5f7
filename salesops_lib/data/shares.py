"""Shares: whether a column of probabilities is written 0-1 or 0-100; asked for where what is there contradicts it."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd
from ibis import _

from salesops_lib.company import TableSource
from salesops_lib.data import parse
from salesops_lib.data.cells import ROW
from salesops_lib.data.readers import Raw
from salesops_lib.errors import MOST_ROWS, Fault

PERCENT = "Set `percent: true` if 0.5 means half a percent, else export it in one way."
FRACTION = "Set `percent: false` if 1 means 100 %, or `percent: true` if it means 1 %."


def doubtful_shares(raw: Raw, column: str, source: TableSource) -> list[Fault]:
    """What is wrong with a column of shares whose scale the company file does not declare (`percent`).

    A percent sign beside some numbers says nothing of those without one. Where a preset writes shares 0-100, a column
    in which nothing exceeds 1 is written 0-1 after all, and one with whole percentages beside parts of 1 is of both
    kinds; where most percentages have decimals, as a CRM that computes them has, a few below 1 are plausible.
    """
    if source.percent is not None:
        return []
    shares = _numbers(raw, column, source)
    bare = _.value.notnull() & ~_.signed
    asked = shares.aggregate(
        signed=_.signed.sum(),
        parts=(bare & (_.value > 0) & (_.value < 1)).sum(),
        ones=(bare & (_.value == 1)).sum(),
        above=(bare & (_.value > 1)).sum(),
        between=(bare & (_.value > 1) & (_.value < 100)).sum(),
        fine=(bare & (_.value > 1) & (_.value != _.value.floor())).sum(),
    )
    n = {name: int(count or 0) for name, count in asked.to_pyarrow().to_pylist()[0].items()}
    if n["signed"] and n["above"] and not raw.percent:
        return _said(
            raw, column, shares.filter(bare & (_.value > 1)), "{first} has no percent sign and others have one."
        )
    if not raw.percent:
        return []
    if n["signed"] and (n["parts"] or (n["ones"] and not n["above"])):
        parts = shares.filter(bare & (_.value > 0) & (_.value <= 1))
        return _said(raw, column, parts, "{first} has no percent sign and others have one.", PERCENT)
    if not n["above"] and not n["signed"] and (n["parts"] or n["ones"]):
        some = shares.filter(bare & (_.value > 0))
        what = "the preset takes them for percentages, and nothing exceeds 1: they seem to be written 0-1."
        return _said(raw, column, some, what, FRACTION)
    if n["parts"] and n["above"] and not (n["fine"] * 2 > n["between"] and n["parts"] < n["between"]):
        parts = shares.filter(bare & (_.value > 0) & (_.value < 1))
        return _said(raw, column, parts, "some are given as 0-1 and others as 0-100.", PERCENT)
    return []


def _numbers(raw: Raw, column: str, source: TableSource) -> Any:
    """Of each row the number of its share as it is written, and whether it has a percent sign."""
    cell = raw.table[column]
    row = raw.table[ROW].cast("int64") if ROW in raw.table.columns else ibis.null("int64")
    if not cell.type().is_string():
        return raw.table.select(**{ROW: row}, shown=cell.cast("string"), value=cell.cast("float64"), signed=False)
    bare = parse.replace(cell, "\\s*%$", "")
    value = parse.number(bare, parse.Numbers(source.decimal, source.thousands)).cast("float64")
    signed = cell.strip().endswith("%").fill_null(False)
    return raw.table.select(**{ROW: row}, shown=cell, value=value, signed=signed)


def _said(raw: Raw, column: str, rows: Any, what: str, fix: str = "Export it in one way.") -> list[Fault]:
    found: pd.DataFrame = rows.order_by(ROW).limit(MOST_ROWS).select(ROW, "shown").to_pandas()
    return raw.faults(what.format(first=found["shown"].iloc[0]), list(found[ROW]), column, fix)
