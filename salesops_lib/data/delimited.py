"""Delimited text: encoding, separator, header and rows of a CSV file; by a fast way, and by an exact one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from salesops_lib.company import TableSource
from salesops_lib.data.cells import ROW, clean, is_plain
from salesops_lib.data.headers import FEWEST, check_titles, without_remarks
from salesops_lib.errors import Fault, SourceError
from salesops_lib.language import later, nlater

DELIMITERS = (",", ";", "\t", "|")
# A row that is longer than a block takes the exact way; small blocks are read by several threads.
BLOCK = 1 << 20
AGAIN = "Export it again."
CUT = later("its last line has no line end: if the file was cut off there, something is missing")
_SEP = re.compile(rb"\"?sep=([,;|\t])\"?\r?\n", re.IGNORECASE)
# What is looked at to tell a title from a header.
HEAD_ROWS = 40


@dataclass(frozen=True)
class Rows:
    """The rows of one file as text, with `_row` as a spreadsheet would number them; `rejects` could not be read.

    `is_clean` says that no cell needs a look at what cannot be seen in it; `left_out` is how many rows at the end are
    remarks below the table; `fractions` are the rows, by column, in which a number was a number and no text.
    """

    table: pa.Table
    rejects: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()
    is_clean: bool = False
    left_out: int = 0
    fractions: Mapping[str, frozenset[int]] = field(default_factory=dict)


def read_delimited(data: bytes, shown: str, source: TableSource) -> Rows:
    """Read a CSV file; `shown` is what messages call it.

    Raises
    ------
    SourceError
        If the encoding, the header or the quotes make it unreadable.
    """
    data, notes = _as_utf8(data, shown, source)
    told = _SEP.match(data)
    if told and not source.skip_rows:
        # A first line for spreadsheets: it names the separator, and is none of the table.
        source = source.model_copy(update={"skip_rows": 1, "delimiter": source.delimiter or told[1].decode()})
    head = data[: 1 << 20].decode(errors="ignore")
    delimiter = source.delimiter or _delimiter(head, source.skip_rows)
    if delimiter != "," and source.delimiter is None and shown.lower().endswith(".csv"):
        notes = (*notes, later("columns are separated by {delimiter!r}", delimiter=delimiter))
    _check_titles(head, delimiter, shown, source)
    if not data.endswith((b"\n", b"\r")) and data.count(b"\n") + data.count(b"\r") > source.skip_rows:
        notes = (*notes, CUT)
    table = _fast(data, delimiter, shown, source.skip_rows)
    if table is not None:
        return Rows(table, (), notes, is_plain(data, delimiter))
    rows = _exact(data.decode(), delimiter, shown, source.skip_rows)
    return replace(rows, notes=(*notes, *rows.notes))


def header_names(row: list[str], shown: str) -> list[str]:
    """The column names of a header; one without a name is called by its place.

    Raises
    ------
    SourceError
        If a name is there twice.
    """
    names = [clean(name) or f"column {i}" for i, name in enumerate(row, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        named = ", ".join(repr(name) for name in twice)
        raise SourceError(Fault(f"the header has {named} more than once.", file=shown, fix="Name each column once."))
    return names


def _as_utf8(data: bytes, shown: str, source: TableSource) -> tuple[bytes, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding, notes = "utf-16", (later("the file is UTF-16"),)
    else:
        encoding = source.encoding or "utf-8"
        if not source.encoding and data.count(b"\x00") * 4 > len(data):
            wide = "utf-16-le" if data[1::2].count(b"\x00") > data[::2].count(b"\x00") else "utf-16-be"
            fix = f"Set `encoding: {wide}` if it is."
            raise SourceError(Fault("seems to be UTF-16, and its first bytes do not say so.", file=shown, fix=fix))
    try:
        if encoding.lower() not in ("utf-8", "utf8", "utf-8-sig"):
            data = data.decode(encoding).encode()
        elif not data.isascii():
            data.decode()
    except (UnicodeError, LookupError):
        fix = "Set `encoding`, such as cp1252."
        raise SourceError(Fault(f"is not {encoding} text.", file=shown, fix=fix)) from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in data:
        data, notes = data.replace(b"\x00", b""), (*notes, later("NUL characters were taken out"))
    return data, notes


def _delimiter(head: str, skip_rows: int) -> str:
    lines = io.StringIO(head, newline="").readlines()[skip_rows : skip_rows + 1]
    counts = {mark: len(next(csv.reader(lines, delimiter=mark), [])) for mark in DELIMITERS}
    return max(counts, key=lambda mark: counts[mark])


def _check_titles(head: str, delimiter: str, shown: str, source: TableSource) -> None:
    """Refuse a title above the header; the separator may be that of the title, then each other is tried."""
    first = source.skip_rows
    rows = _head_rows(head, delimiter, first)
    check_titles(rows, shown)
    if source.delimiter or _is_regular([len(row) for _, row in rows if row]):
        return
    for mark in DELIMITERS:
        if mark != delimiter:
            check_titles(_head_rows(head, mark, first), shown)


def _head_rows(head: str, delimiter: str, skip_rows: int) -> list[tuple[int, list[str]]]:
    """The first rows below those to skip, numbered; none if the quotes are wrong: that is said where rows are read."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        rows = [(number, row) for number, row in zip(range(1, skip_rows + HEAD_ROWS), reader, strict=False)]
    except csv.Error:
        return []
    return rows[skip_rows:]


def _is_regular(widths: list[int]) -> bool:
    """Whether most rows are as wide as the first, and wide: the separator is theirs, whatever else their texts hold.

    >>> _is_regular([7, 7, 7, 1]), _is_regular([3, 1, 1, 1]), _is_regular([])
    (True, False, False)
    """
    return bool(widths) and widths[0] >= FEWEST and widths.count(widths[0]) * 2 > len(widths)


def _fast(data: bytes, delimiter: str, shown: str, skip_rows: int) -> pa.Table | None:
    """The rows of a regular file; None if anything about it needs the exact way."""
    if len(delimiter) != 1 or not delimiter.isascii() or not _one_row_a_line(data, delimiter):
        return None
    start = 0
    for _ in range(skip_rows):
        start = data.find(b"\n", start) + 1
    end = data.find(b"\n", start)
    line = data[start : end if end >= 0 else len(data)]
    if line.count(b'"') % 2 or data[:start].count(b'"') or (skip_rows and not start):
        return None
    header = header_names(next(csv.reader([line.decode().rstrip("\r")], delimiter=delimiter), []), shown)
    if end < 0 or end + 1 == len(data):
        table = pa.table({name: pa.array([], pa.string()) for name in header})
    else:
        try:
            table = pa_csv.read_csv(
                pa.BufferReader(pa.py_buffer(data).slice(end + 1)),
                pa_csv.ReadOptions(column_names=header, block_size=BLOCK),
                pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in data, ignore_empty_lines=False),
                pa_csv.ConvertOptions(
                    column_types={name: pa.string() for name in header},
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:
            return None
    first = skip_rows + 2
    return table.append_column(ROW, pa.array(np.arange(first, first + len(table))))


def _one_row_a_line(data: bytes, delimiter: str) -> bool:
    """Whether no line is blank, and every quote opens a cell, closes one, or is doubled within one."""
    if data.startswith((b"\n", b"\r")) or b"\n\n" in data or b"\n\r" in data:
        return False
    if data.count(b"\r") != data.count(b"\r\n"):
        return False
    if b'"' not in data:
        return True
    cells = np.frombuffer(b"\n" + data.replace(b'""', b"") + b"\n", dtype=np.uint8)
    quotes = np.flatnonzero(cells == ord('"'))
    before, after = cells[quotes[::2] - 1], cells[quotes[1::2] + 1]
    edges = [ord(delimiter), *b"\r\n"]
    return len(quotes) % 2 == 0 and bool(np.isin(before, edges).all() and np.isin(after, edges).all())


def _exact(text: str, delimiter: str, shown: str, skip_rows: int) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    content: list[tuple[int, list[str]]] = []
    line = 0
    try:
        for number, row in enumerate(reader, start=1):
            line = reader.line_num
            if number > skip_rows and any(cell.strip() for cell in row):
                content.append((number, row))
    except csv.Error as error:
        said = str(error)
        opened = "a quote is opened and never closed" if "unexpected end" in said or "limit" in said else said
        fix = "Mend that line or export it again."
        raise SourceError(Fault(f"line {line + 1}: {opened}.", file=shown, fix=fix)) from None
    if not content:
        raise SourceError(Fault("is empty.", file=shown, fix=AGAIN))
    header = header_names(content[0][1], shown)
    own = without_remarks(content)
    rows = [(number, row) for number, row in content[1:own] if len(row) == len(header)]
    rejects = [(n, wrong_width(len(row), len(header))) for n, row in content[1:own] if len(row) != len(header)]
    columns = {name: pa.array([row[i] for _, row in rows], pa.string()) for i, name in enumerate(header)}
    table = pa.table({**columns, ROW: pa.array([number for number, _ in rows], pa.int64())})
    return Rows(table, tuple(rejects), remarks(content[own:]), left_out=len(content) - own)


def remarks(rows: list[tuple[int, list[str]]]) -> tuple[str, ...]:
    """A note on the rows below the table that are none of it."""
    if not rows:
        return ()
    said = nlater(
        "row {first}, one cell below the table, is a remark and left out",
        "rows {first} to {last}, in one cell each below the table, are remarks and left out",
        len(rows),
        first=rows[0][0],
        last=rows[-1][0],
    )
    return (said,)


def wrong_width(cells: int, header: int) -> str:
    """What is said of a row that is shorter or longer than the header.

    >>> wrong_width(3, 5)
    'the row has 3 cells and the header 5'
    """
    return f"the row has {cells} cells and the header {header}"
