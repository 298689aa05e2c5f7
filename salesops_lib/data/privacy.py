"""Privacy: people are called by pseudonyms in every table, note and error that leaves the data layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis import _

from salesops_lib.company import Company
from salesops_lib.data.cells import ROW, clean
from salesops_lib.data.checks import TableAudit
from salesops_lib.data.connection import HOSTS, store
from salesops_lib.data.pseudonyms import MANAGER, REP, Key, register
from salesops_lib.data.readers import read_raw
from salesops_lib.data.schema import TABLES
from salesops_lib.data.veil import Veil
from salesops_lib.errors import Fault, SalesOpsError
from salesops_lib.language import Message

ROLES = {"rep_id": REP, "manager_id": MANAGER}
# Words that the kit itself understands, and on which figures rest: these are no names, ...
VOCABULARY = ("stage", "forecast_category", "currency", "category")
# ... and in these a common word is none: a rep whose id is "call" changes no figure.
WORDS = {"activities": ("type", "outcome")}
# What is called after people most often, and what reports and their folders are called after.
PLACES = {"reps": ("team",), "assignments": ("team",), "territories": ("name", "region")}
PLACE = "territory_id"
# Two that are called after one person, each in another spelling, stay two.
GROUPS = ("team", PLACE, "region", "segment")


def veiled(connection: Any, tables: Mapping[str, ir.Table], company: Company) -> tuple[dict[str, ir.Table], Key]:
    """The tables with pseudonyms for people, and the key that knows who is who.

    Raises
    ------
    CompanyError
        If the key file cannot be read or written.
    """
    key = register(company, _people(tables))
    veil = Veil(key)
    found = _kept_apart({name: _texts(table, name, veil) for name, table in tables.items()})
    shown = {}
    for name, table in tables.items():
        texts = found[name]
        lookups = [(column, column, key.shown(role)) for column, role in ROLES.items() if column in table.columns]
        if name == "reps":
            lookups.append(("name", "rep_id", key.shown(REP)))
        lookups += [(column, column, found) for column, found in texts.items()]
        shown[name] = _replaced(connection, name, table, lookups) if lookups else table
    return shown, key


def _people(tables: Mapping[str, ir.Table]) -> set[tuple[str, str, str | None]]:
    """Everyone whom a table names: role, id, name (reps have one; managers who are reps, too)."""
    parts = [
        table.select(role=ibis.literal(role), id=table[column]).filter(_.id.notnull()).distinct()
        for table in tables.values()
        for column, role in ROLES.items()
        if column in table.columns
    ]
    rows = ibis.union(*parts, distinct=True).to_pyarrow().to_pylist() if len(parts) > 1 else _rows(parts)
    names = {}
    if "reps" in tables:
        known = tables["reps"].select("rep_id", "name").to_pyarrow().to_pylist()
        names = {each["rep_id"]: each["name"] for each in known if each["name"] != each["rep_id"]}
    return {(row["role"], row["id"], names.get(row["id"])) for row in rows}


def _rows(parts: list[ir.Table]) -> list[dict[str, Any]]:
    return [row for part in parts for row in part.to_pyarrow().to_pylist()]


def _texts(table: ir.Table, name: str, veil: Veil) -> dict[str, dict[str, str]]:
    """What is to be replaced in columns of free text: column, text, what is shown."""
    kinds = {column.name: column.kind for column in TABLES[name].columns}
    left = (*ROLES, *VOCABULARY, *(("name",) if name == "reps" else ()))
    columns = [
        column
        for column, kind in table.schema().items()
        if kind.is_string()
        and (kinds.get(column, "text") == "text" or column == "territory_id")
        and column not in left
        and column[0] != "_"
    ]
    if not columns or not veil.key.people:
        return {}
    # Of places there are few: every one is looked at. Of other texts, those that may name somebody.
    places = [column for column in columns if _is_place(name, column)]
    others = [column for column in columns if column not in places]
    meets = {column: table[column].re_search(veil.pattern) for column in others}
    seen = table.aggregate(**{column: each.any() for column, each in meets.items()}).to_pyarrow() if meets else None
    met = [column for column in others if seen is not None and seen[column][0].as_py()]
    named = {column: table.filter(meets[column]) for column in met}
    found = {}
    for column, rows in {**named, **dict.fromkeys(places, table)}.items():
        words = rows.select(column).drop_null().distinct().to_pyarrow()[column].to_pylist()
        texts = {text: hide_cell(veil, text, name, column) for text in words}
        found[column] = {text: shown for text, shown in texts.items() if shown != text}
    return {column: texts for column, texts in found.items() if texts}


def _kept_apart(found: dict[str, dict[str, dict[str, str]]]) -> dict[str, dict[str, dict[str, str]]]:
    """The same with numbers behind groups that would be called the same, in every table alike."""
    for column in GROUPS:
        shown = {text: new for texts in found.values() for text, new in texts.get(column, {}).items()}
        taken: Counter[str] = Counter()
        for text in sorted(shown):
            taken[shown[text]] += 1
            if taken[shown[text]] > 1:
                shown[text] = f"{shown[text]} ({taken[shown[text]]})"
        for texts in found.values():
            if column in texts:
                texts[column] = {text: shown[text] for text in texts[column]}
    return found


def hide_cell(veil: Veil, text: str, table: str, column: str) -> str:
    """A cell of a column of text without names: segment 2 is not rep 2, and an owner 2 may be."""
    place = _is_place(table, column)
    anybody = (column == "name" and not place) or column not in TABLES[table].names
    alone = (anybody or sum(c.isalpha() for c in text) > 1) and column not in WORDS.get(table, ())
    return veil.hide(text, alone=alone, place=place)


def _is_place(table: str, column: str) -> bool:
    return column == PLACE or column in PLACES.get(table, ())


def _replaced(
    connection: Any, name: str, table: ir.Table, lookups: list[tuple[str, str, Mapping[str, str]]]
) -> ir.Table:
    """A table with the values of some columns looked up (column, the column they are looked up by, the lookup)."""
    columns, joined, made = list(table.columns), table, {}
    for i, (column, by, found) in enumerate(lookups):
        real, shown = f"_real_{i}", f"_shown_{i}"
        cells = pa.table({real: pa.array(list(found), pa.string()), shown: pa.array(list(found.values()), pa.string())})
        joined = joined.left_join(_lookup(connection, f"veil_{name}_{i}", cells), [(by, real)])
        # An id has a pseudonym always; a text only if it names somebody.
        made[column] = _[shown] if by in ROLES else _[shown].coalesce(_[column])
    result = joined.mutate(**made).select(columns)
    # In the order of the source, so that sums come out as they do without pseudonyms.
    if connection.name in HOSTS:
        return store(connection, f"veiled_{name}", result, TABLES[name].key or result.columns)
    if connection.name != "duckdb":
        return result
    result = store(connection, f"veiled_{name}", result, [ROW])
    for i in range(len(lookups)):
        connection.con.unregister(f"veil_{name}_{i}")
    connection.raw_sql(f'DROP TABLE IF EXISTS temp."{name}"')
    return result


def _lookup(connection: Any, name: str, cells: pa.Table) -> ir.Table:
    if connection.name != "duckdb":
        return ibis.memtable(cells)
    connection.con.register(name, cells)
    return connection.table(name)


def hide_audit(audit: TableAudit, veil: Veil) -> TableAudit:
    """What became of a table's rows, without names in its notes."""
    return replace(audit, source=veil.hide(audit.source), notes=tuple(_without(note, veil) for note in audit.notes))


def _without(note: str, veil: Veil) -> str:
    """A note without names; one that is still to be said in the reader's language stays such a one."""
    if not isinstance(note, Message):
        return veil.hide(note)
    texts = {name: veil.hide(text, alone=False) for name, text in note.values.items() if isinstance(text, str)}
    return Message(note.one, note.many, {**note.values, **texts})


def hide_quarantine(quarantine: pd.DataFrame, veil: Veil) -> pd.DataFrame:
    """The rows that cannot be used, without names in their sources and reasons."""
    return quarantine.assign(**{name: quarantine[name].map(veil.hide) for name in ("source", "reason")})


def without_names(faults: Sequence[Fault], connection: Any, company: Company, key: Key) -> list[Fault]:
    """What is wrong with a source, said without names of those whom the source or the key names."""
    veil = Veil(key.with_people(_anyone(connection, company)))
    return [_hidden(fault, veil) for fault in faults]


def _hidden(fault: Fault, veil: Veil) -> Fault:
    file, column, fix = (text and veil.hide(text, quoted=True) for text in (fault.file, fault.column, fault.fix))
    return replace(fault, what=veil.hide(fault.what, quoted=True), file=file, column=column, fix=fix)


def _anyone(connection: Any, company: Company) -> set[tuple[str, str, str | None]]:
    """Everyone whom the source names, as far as it can be read."""
    found: set[tuple[str, str, str | None]] = set()
    for name, settings in company.source.tables.items():
        if name not in TABLES:
            continue
        try:
            raw = read_raw(connection, f"{name}_names", settings, company)
        except SalesOpsError:
            continue
        wanted = {column: settings.columns.get(column, column) for column in (*ROLES, "name")}
        there = {column: raw.table[theirs].cast("string") for column, theirs in wanted.items() if theirs in raw.columns}
        rows = raw.table.select(**there).distinct().to_pyarrow().to_pylist() if there else []
        for row in rows:
            cells = {column: _cell(cell, settings.values.get(column, {})) for column, cell in row.items()}
            for column in (column for column in ROLES if cells.get(column)):
                who = cells.get("name") if (name, column) == ("reps", "rep_id") else None
                found.add((ROLES[column], str(cells[column]), who))
    return found


def _cell(cell: str | None, mapped: Mapping[str, str]) -> str | None:
    text = clean(cell or "")
    return mapped.get(text, text) or None
