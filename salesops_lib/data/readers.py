"""Reading: a file, a glob, a query or a database's table becomes one raw Ibis table; nothing is interpreted yet."""

from __future__ import annotations

import glob
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from salesops_lib.company import Company, TableSource
from salesops_lib.data.cells import FILE_ROWS, ROW, clean_columns, without_blank_rows
from salesops_lib.data.connection import HOSTS, list_tables, said_by, store_query
from salesops_lib.data.delimited import AGAIN, Rows, read_delimited
from salesops_lib.data.parquet import other_columns, read_parquet
from salesops_lib.data.presets import may_differ
from salesops_lib.data.texts import invisible
from salesops_lib.data.workbook import read_workbook
from salesops_lib.errors import MOST_ROWS, Fault, SourceError, nearest
from salesops_lib.language import later

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
XLSX_SUFFIXES = (".xlsx", ".xlsm")
PARQUET_SUFFIXES = (".parquet", ".pq")
FILE_SUFFIXES = CSV_SUFFIXES + XLSX_SUFFIXES + PARQUET_SUFFIXES
WEB_PAGE = (b"<!doctype", b"<html", b"<head", b"<meta", b"<style", b"<body", b"<table", b"<!--", b"<?xml")
# How files begin that hold a table, if any, in a way that is not read.
OTHERS = {
    b"\x1f\x8b": ("is packed (gzip).", "Unpack it."),
    b"%PDF": ("is a PDF.", "Export it as CSV or XLSX."),
    b"[{": ("is JSON.", "Export it as CSV or XLSX."),
    b'{"': ("is JSON.", "Export it as CSV or XLSX."),
    b"\xd0\xcf\x11\xe0": ("is a workbook of the old kind (.xls).", "Save it as .xlsx or CSV."),
}


@dataclass(frozen=True)
class Raw:
    """A table as it was found.

    `text` holds the cells of CSV and XLSX files, where every column is text; else it is None and the types are the
    source's. The column `_row` (files only) is the row number a spreadsheet would show. `rejects` are the rows that
    could not be read (row, reason); `left_out` is how many rows are remarks or were left out by a preset; `notes` are
    what was mended; `fractions` are the rows, by column, whose cell is a number with decimals and no text; `percent`
    says that its preset knows shares to be written 0-100.
    """

    table: ir.Table
    origin: str
    digest: str
    files: tuple[str, ...] = ()
    text: pa.Table | None = None
    rejects: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()
    left_out: int = 0
    fractions: Mapping[str, frozenset[int]] = field(default_factory=dict)
    percent: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the source, in order."""
        return tuple(name for name in self.table.columns if name != ROW)

    @property
    def is_database(self) -> bool:
        """Whether it is a table or a query of a database, and no file."""
        return not self.files

    def place(self, row: int) -> tuple[str, int]:
        """The file a row comes from, and its number there."""
        file, number = divmod(int(row), FILE_ROWS)
        return (self.files[file] if len(self.files) > 1 else self.origin), number

    def faults(self, what: str, rows: Sequence[Any], column: str | None = None, fix: str | None = None) -> list[Fault]:
        """One fault for each file that the rows (of `_row`, five at most are named) come from."""
        places: dict[str, list[int]] = {}
        for row in [row for row in rows if not pd.isna(row)][:MOST_ROWS]:
            file, number = self.place(row)
            places.setdefault(file, []).append(number)
        found = places or {self.origin: []}
        return [Fault(what, file=file, column=column, rows=numbers, fix=fix) for file, numbers in found.items()]


def read_raw(connection: Any, name: str, source: TableSource, company: Company) -> Raw:
    """Read one table's source.

    Raises
    ------
    SourceError
        Naming the file and what is wrong with it.
    """
    if source.query is not None:
        return _read_query(connection, name, source.query, company)
    patterns = (source.from_,) if isinstance(source.from_, str) else source.from_ or ()
    where = ", ".join(patterns)
    suffix = next((end for end in map(_ending, patterns) if end not in FILE_SUFFIXES), None)
    if suffix is not None:
        if "/" in where or (company.folder / where).is_file():
            fix = f"Files that can be read end in {', '.join(FILE_SUFFIXES)}."
            raise SourceError(Fault(f"is no kind of file that can be read ({suffix or 'no ending'}).", where, fix=fix))
        return _read_table(connection, where, company)
    if connection.name != "duckdb":
        fix = f"Load it into {connection.name}, or leave out `connect`."
        raise SourceError(Fault(f"a file cannot be read through {connection.name}.", file=where, fix=fix))
    found = [path for pattern in patterns for path in _paths(pattern, name, company)]
    paths = {_shown(path): company.folder / path for path in dict.fromkeys(found)}
    where = ", ".join(map(_shown, patterns))
    if len(paths) < len(set(found)):
        fix = "Name them relative to the company file."
        raise SourceError(Fault("two of its files are called alike.", file=where, fix=fix))
    kinds = {shown: _kind(path, shown) for shown, path in paths.items()}
    if len(set(kinds.values())) > 1 and "parquet" in kinds.values():
        raise SourceError(Fault("holds Parquet files and others.", file=where, fix="Name files of one kind."))
    unlike = may_differ(name, source)
    if "parquet" in kinds.values():
        return _read_parquet(connection, where, paths, unlike)
    return _read_text(connection, name, where, paths, kinds, source, unlike)


def _ending(pattern: str) -> str:
    return Path(pattern).suffix.lower()


def _paths(where: str, name: str, company: Company) -> list[str]:
    paths = sorted(glob.glob(where, root_dir=company.folder, recursive=True))
    if not paths and (company.folder / where).is_file():
        return [where]  # a name with brackets is a name, too
    if not paths:
        fix = f"Check `from` of the table {name}; it is relative to the company file."
        raise SourceError(Fault("does not exist.", file=_shown(where), fix=fix))
    return paths


def _shown(path: str) -> str:
    """What messages call a file: as the company file does, but never by a machine's folders."""
    return Path(path).name if Path(path).is_absolute() else Path(path).as_posix()


def _kind(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise SourceError(Fault(f"cannot be read ({error.strerror}).", file=shown)) from None
    if not head.strip():
        raise SourceError(Fault("is empty.", file=shown, fix=AGAIN))
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"PAR1"):
        return "parquet"
    for begin, (what, fix) in OTHERS.items():
        if head.startswith(begin):
            raise SourceError(Fault(what, file=shown, fix=fix))
    if path.suffix.lower() in PARQUET_SUFFIXES + XLSX_SUFFIXES:
        raise SourceError(Fault(f"is not a {path.suffix[1:]} file.", file=shown, fix=AGAIN))
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(WEB_PAGE):
        what = "is a web page, such as a login page, and not data."
        raise SourceError(Fault(what, file=shown, fix="Sign in and export it again."))
    return "csv"


def _read_text(
    connection: Any,
    name: str,
    where: str,
    paths: dict[str, Path],
    kinds: dict[str, str],
    source: TableSource,
    unlike: bool,
) -> Raw:
    digest = hashlib.sha256()
    parts: list[pa.Table] = []
    rejects: list[tuple[int, str]] = []
    notes: list[str] = []
    fractions: dict[str, frozenset[int]] = defaultdict(frozenset)
    mended = left_out = 0
    for i, (shown, path) in enumerate(paths.items()):
        data = path.read_bytes()
        digest.update(hashlib.sha256(data).digest())
        found = _rows(data, shown, kinds[shown], source)
        table, n = (without_blank_rows(found.table), 0) if found.is_clean else clean_columns(found.table)
        same = parts and set(table.column_names) == set(parts[0].column_names)
        if parts and not same and not unlike:
            columns = ([name for name in each.column_names if name != ROW] for each in (table, parts[0]))
            raise SourceError(*other_columns(shown, next(columns), next(iter(paths)), next(columns)))
        parts.append(_numbered(table, i).select(parts[0].column_names if same else table.column_names))
        rejects += [(row + i * FILE_ROWS, reason) for row, reason in found.rejects]
        notes += found.notes
        for column, numbers in found.fractions.items():
            fractions[column] |= {row + i * FILE_ROWS for row in numbers}
        mended += n
        left_out += found.left_out
    if mended:
        notes.append(invisible(mended))
    text = pa.concat_tables(parts, promote_options="default" if unlike else "none")
    connection.con.register(f"raw_{name}", text)
    table = connection.table(f"raw_{name}")
    once = tuple(dict.fromkeys(notes))
    return Raw(table, where, digest.hexdigest(), tuple(paths), text, tuple(rejects), once, left_out, fractions)


def _rows(data: bytes, shown: str, kind: str, source: TableSource) -> Rows:
    if kind == "csv":
        return read_delimited(data, shown, source)
    rows = read_workbook(data, shown, source)
    if shown.lower().endswith(XLSX_SUFFIXES):
        return rows
    return replace(rows, notes=(later("{file} is a workbook and was read as one", file=shown), *rows.notes))


def _numbered(table: pa.Table, file: int) -> pa.Table:
    if not file:
        return table
    at = table.column_names.index(ROW)
    numbers = pa.compute.add(table[ROW], pa.scalar(file * FILE_ROWS, pa.int64()))
    return table.set_column(at, ROW, numbers)


def _read_parquet(connection: Any, where: str, paths: dict[str, Path], unlike: bool) -> Raw:
    digest = hashlib.sha256()
    for path in paths.values():
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    table = read_parquet(connection, paths, unlike)
    return Raw(table, where, digest.hexdigest(), tuple(paths))


def _read_query(connection: Any, name: str, query: str, company: Company) -> Raw:
    origin = f"query of {name}"
    try:
        if connection.name == "duckdb":
            # Kept, so that a query is run once and not by every figure.
            rows = f"SELECT row_number() OVER () AS {ROW}, * FROM ({query.strip().rstrip(';')})"
            table = store_query(connection, f"raw_{name}", rows)
        elif connection.name in HOSTS:
            table = store_query(connection, f"raw_{name}", query.strip().rstrip(";"))
        else:
            table = connection.sql(query)
    except Exception as error:
        said = said_by(error, company)
        raise SourceError(Fault(f"it failed: {said.rstrip('.')}.", file=origin, fix="Mend `query`.")) from None
    return Raw(table, origin, _digest(connection, table, query))


def _read_table(connection: Any, where: str, company: Company) -> Raw:
    *database, table = where.split(".")
    try:
        known = list_tables(connection, database)
    except Exception as error:
        what = f"the tables of {'.'.join(database)!r} cannot be listed: {said_by(error, company).rstrip('.')}."
        raise SourceError(Fault(what, file=where)) from None
    if table not in known:
        empty = f"There is nothing in {'.'.join(database)!r} that may be read; capitals count."
        fix = empty if database and not known else nearest(table, known)
        raise SourceError(Fault(f"the source has no table {where!r}.", fix=fix))
    find = connection.found if connection.name in HOSTS else connection.table
    found = find(table, database=".".join(database) or None)
    return Raw(found, where, _digest(connection, found, where))


def _digest(connection: Any, table: ir.Table, said: str) -> str:
    """What was asked and, where the engine can say it in one scan, what was answered, in whatever order."""
    content = ""
    if connection.name == "duckdb":
        rows = connection.compile(table)
        counted = connection.raw_sql(f"SELECT count(*), bit_xor(hash(t)), sum(hash(t)) FROM ({rows}) t").fetchall()
        content = repr(counted)
    elif connection.name in HOSTS:
        content = connection.hashed(table)
    return hashlib.sha256(f"{said}{content}".encode()).hexdigest()
