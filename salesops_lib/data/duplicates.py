"""Rows that are no records of their own: exact copies, the total row of a spreadsheet, one key with two meanings."""

from __future__ import annotations

import re
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _

from salesops_lib.data.cells import FILE_ROWS, ROW
from salesops_lib.data.mapping import FAULT, VERSION
from salesops_lib.data.readers import Raw
from salesops_lib.data.schema import Table
from salesops_lib.errors import MOST_ROWS, SourceError

TOTALS = tuple(
    "total, totals, grand total, grand totals, sum, summe, gesamt, gesamtsumme, gesamtsummen, totaal, eindtotaal, "
    "total général, total general".split(", ")
)
# What may stand behind the word: "Grand Totals (400 records)".
_COUNT = r"[\s:]*(\([\d., ]+[^\d()]*\))?[\s:]*$"


def all_differ(connection: Any, table: ir.Table, schema: Table) -> bool:
    """Whether no two usable rows are the same (by the key, if there is one); False: the exact way has to look."""
    names = list(schema.key) or _content(table)
    if connection.name != "duckdb":
        same = table.filter(_[FAULT].isnull()).group_by(names).agg(n=_.count()).filter(_.n > 1)
        return not same.count().to_pyarrow().as_py()
    # Hashes in one array, sorted: a fraction of the memory and time of grouping by tens of millions of ids. Where two
    # rows share one by chance, the exact way finds no copy.
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    query = f"SELECT hash({quoted}) AS h FROM ({connection.compile(table)}) WHERE {FAULT} IS NULL"
    hashes = connection.con.execute(query).fetchnumpy()["h"]
    hashes.sort()
    return not bool((hashes[1:] == hashes[:-1]).any())


def may_end_with_total(raw: Raw) -> bool:
    """Whether the last row of a file is called a total; `without_totals` looks closer."""
    if raw.text is None or not len(raw.text):
        return False
    files = raw.text[ROW].to_numpy() // FILE_ROWS
    lasts = raw.text.take(np.flatnonzero(np.append(files[1:] != files[:-1], True)))
    cells = (str(cell) for row in lasts.drop_columns([ROW]).to_pylist() for cell in row.values())
    return any(re.sub(_COUNT, "", cell.lower()) in TOTALS for cell in cells)


def without_totals(table: ir.Table, schema: Table) -> tuple[ir.Table, int]:
    """The table without the rows that stand last in a file, are called a total and have no key; and how many."""
    if not schema.key:
        return table, 0
    named = [_[c.name].lower().re_replace(_COUNT, "").isin(TOTALS) for c in schema.columns if c.kind in ("id", "text")]
    keyless = ibis.and_(*(_[name].isnull() for name in schema.key))
    # "Total" often stands in the first column, and that is often the key.
    key = _[schema.key[0]].cast("string").lower().re_replace(_COUNT, "")
    lasts = table.group_by(file=_[ROW] // FILE_ROWS).agg(last=_[ROW].max())["last"].to_pyarrow().to_pylist()
    total = (ibis.or_(*named) & (keyless | key.isin(TOTALS))).fill_null(False) & _[ROW].isin(lasts)
    found = int(table.filter(total).count().to_pyarrow().as_py())
    return (table.filter(~total) if found else table), found


def without_copies(table: ir.Table) -> tuple[ir.Table, int]:
    """The table with each row once (the first), and how many exact copies there were."""
    copy = ibis.row_number().over(group_by=_content(table), order_by=ROW)
    marked = table.mutate(_copy=copy)
    copies = int(marked.filter(_._copy > 0).count().to_pyarrow().as_py())
    return (marked.filter(_._copy == 0).drop("_copy").cache() if copies else table), copies


def without_older(table: ir.Table, schema: Table) -> tuple[ir.Table, int]:
    """The table with the latest row of each key, and how many older ones there were; rows of one moment all stay."""
    if not schema.key or VERSION not in table.columns:
        return table, 0
    usable = _[FAULT].isnull()
    groups = [table[FAULT].isnull(), *(table[name] for name in schema.key)]
    marked = table.mutate(_newer=ibis.rank().over(group_by=groups, order_by=ibis.desc(table[VERSION])))
    older = usable & (_["_newer"] > 0)
    found = int(marked.filter(older).count().to_pyarrow().as_py())
    return (marked.filter(~older).drop("_newer").cache() if found else table), found


def reject_conflicts(table: ir.Table, schema: Table, raw: Raw, private: bool = False) -> None:
    """Reject one key with different values (`private`: without the ids of reps).

    Raises
    ------
    SourceError
        With the first five keys, the file and the rows.
    """
    if not schema.key:
        return
    usable = table.filter(_[FAULT].isnull())
    marked = usable.mutate(_n=ibis._.count().over(group_by=list(schema.key))).filter(_._n > 1)
    # The rows of one key stand beside each other, in whichever files they are.
    marked = marked.mutate(_first=_[ROW].min().over(group_by=list(schema.key)))
    order = ("_first", *schema.key, ROW)
    rows = marked.order_by(*order).select(*schema.key, ROW).limit(200).to_pyarrow().to_pylist()
    if not rows:
        return
    shown = [name for name in schema.key if not private or name != "rep_id"]
    named = ", ".join(list(dict.fromkeys(" ".join(str(row[name]) for name in shown) for row in rows))[:MOST_ROWS])
    what = f"the same {' and '.join(schema.key)} has different values{f': {named}' if shown else ''}."
    latest = "" if VERSION in table.columns else ", or name the column that tells the latest under `latest_by`"
    fix = f"Keep one row for each{latest}."
    raise SourceError(*raw.faults(what, [row[ROW] for row in rows], schema.key[0], fix))


def _content(table: ir.Table) -> list[str]:
    return [name for name in table.columns if name not in (ROW, FAULT, VERSION)]
