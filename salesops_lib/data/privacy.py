"""Privacy: people are called by pseudonyms in every table, note and error that leaves the data layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis import _

from salesops_lib.company import Company
from salesops_lib.data.cells import ROW, clean
from salesops_lib.data.checks import TableAudit
from salesops_lib.data.connection import store
from salesops_lib.data.pseudonyms import MANAGER, REP, Key, register
from salesops_lib.data.readers import read_raw
from salesops_lib.data.schema import TABLES
from salesops_lib.errors import Fault, SalesOpsError

ROLES = {"rep_id": REP, "manager_id": MANAGER}
# Words that the kit itself understands, and on which figures rest: these are no names, ...
VOCABULARY = ("stage", "forecast_category", "currency", "category")
# ... and in these only full names are: a rep whose id is "call" changes no figure.
WORDS = {"activities": ("type", "outcome")}
_LEAST = 4


@dataclass(frozen=True)
class Veil:
    """What is shown in place of every id and name of a key's people."""

    key: Key

    def hide(self, text: str, *, quoted: bool = False) -> str:
        """A text without names: one that is a name or an id, or holds a full name; `quoted`: an id in quotes, too."""
        whole = self._whole.get(text.casefold())
        if whole is not None:
            return whole
        for pattern in (self._contained, *([self._quoted] if quoted else [])):
            if pattern is not None:
                text = pattern.sub(lambda match: self._whole.get(match[0].casefold(), REP), text)
        return text

    @cached_property
    def pattern(self) -> str:
        """What every text that has to be hidden meets; without regard to where words end, so others meet it, too."""
        whole, telling = ("|".join(map(re.escape, words)) for words in (self._words, self._telling))
        return f"(?i)^(?:{whole})$" + (f"|{telling}" if telling else "")

    @cached_property
    def _telling(self) -> list[str]:
        """What is known for a name or an id in the middle of a text: full names, ids such as R-001."""
        return [word for word in self._words if _is_telling(word)]

    @cached_property
    def _words(self) -> list[str]:
        words = {word for person in self.key.people for word in (person.id, person.name) if word}
        return sorted(words, key=lambda word: (-len(word), word))

    @cached_property
    def _whole(self) -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for person in self.key.people:
            for word in {person.id, person.name} - {None}:
                found.setdefault(str(word).casefold(), []).append(person.pseudonym)
        # Two people of one name: nobody can say which of them a text means.
        return {word: " / ".join(_one_role(shown)) for word, shown in found.items()}

    @cached_property
    def _contained(self) -> re.Pattern[str] | None:
        return _any_of(self._telling, r"(?<!\w)(?:{})(?!\w)")

    @cached_property
    def _quoted(self) -> re.Pattern[str] | None:
        return _any_of(self._words, "(?<=['\"])(?:{})(?=['\"])")


def _one_role(shown: list[str]) -> list[str]:
    """Who is meant: a rep who is a manager, too, is called a rep."""
    reps = [pseudonym for pseudonym in shown if pseudonym.startswith(REP)]
    return sorted(set(reps or shown))


def _is_telling(word: str) -> bool:
    parts = [part for part in word.split() if any(c.isalpha() for c in part)]
    coded = any(c.isalpha() for c in word) and any(c.isdigit() for c in word)
    return len(parts) > 1 or (coded and len(word) >= _LEAST)


def _any_of(words: list[str], form: str) -> re.Pattern[str] | None:
    listed = "|".join(re.escape(word) for word in words)
    return re.compile(form.replace("{}", listed), re.IGNORECASE) if words else None


def veiled(connection: Any, tables: Mapping[str, ir.Table], company: Company) -> tuple[dict[str, ir.Table], Key]:
    """The tables with pseudonyms for people, and the key that knows who is who.

    Raises
    ------
    CompanyError
        If the key file cannot be read or written.
    """
    key = register(company, _people(tables))
    veil = Veil(key)
    shown = {}
    for name, table in tables.items():
        texts = _texts(table, name, veil)
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
    seen = table.aggregate(**{column: table[column].re_search(veil.pattern).any() for column in columns})
    found = {}
    for column in (column for column, named in seen.to_pyarrow().to_pylist()[0].items() if named):
        named = table.filter(table[column].re_search(veil.pattern)).select(column).distinct()
        words = named.to_pyarrow()[column].to_pylist()
        texts = {text: veil.hide(text) for text in words if _may_name(text, name, column)}
        found[column] = {text: shown for text, shown in texts.items() if shown != text}
    return {column: texts for column, texts in found.items() if texts}


def _may_name(text: str, table: str, column: str) -> bool:
    """Whether a text that is somebody's id or name is meant as one: segment 2 is not rep 2, and an owner 2 may be."""
    if column in WORDS.get(table, ()):
        return _is_telling(text)
    return column == "name" or column not in TABLES[table].names or sum(c.isalpha() for c in text) > 1


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
    if connection.name != "duckdb":
        return result
    # In the order of the source, so that sums come out as they do without pseudonyms.
    result = store(connection, f"veiled_{name}", connection.compile(result.order_by(ROW)))
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
    return replace(audit, source=veil.hide(audit.source), notes=tuple(map(veil.hide, audit.notes)))


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
