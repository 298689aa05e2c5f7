"""Cells as text: what cannot be seen is taken out, what is empty becomes null; nothing else is changed."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROW = "_row"
# Row numbers of several files are kept in one column: each file has a range of its own.
FILE_ROWS = 10**10
_SPACES = re.compile("[\u00a0\u2007\u202f]")
# What lies between blank and tilde needs no second look, unless a blank stands at an end.
_ODD = r"[^ -~]"
_PRINTABLE = bytes(range(ord(" "), ord("~") + 1)) + b"\r\n"
_LOOSE = r"^ | $"


def is_plain(data: bytes, delimiter: str) -> bool:
    r"""Whether a whole file holds nothing but printable ASCII, with no blank at an end of a cell and no quotes.

    >>> is_plain(b"a,b\n1, 2\n", ","), is_plain(b"a,b\n1,2 3\n", ",")
    (False, True)
    """
    if data.translate(None, _PRINTABLE) or b'"' in data:
        return False
    cells = np.frombuffer(b"\n" + data + b"\n", dtype=np.uint8)
    blanks = np.flatnonzero(cells == ord(" "))
    edges = [ord(delimiter), *b"\r\n"]
    return not (np.isin(cells[blanks - 1], edges).any() or np.isin(cells[blanks + 1], edges).any())


def clean_columns(table: pa.Table) -> tuple[pa.Table, int]:
    """A table of text with every cell cleaned and blank rows left out, and how many cells held what cannot be seen."""
    mended = 0
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name != ROW:
            column, n = _clean_column(column)
            mended += n
        columns.append(column)
    return without_blank_rows(pa.table(columns, names=table.column_names)), mended


def clean(cell: str) -> str:
    r"""Text as it is read: composed, trimmed, without control and zero-width characters.

    >>> clean(" Jos\u00e9\u200b\u00a0Saraiva\x00 ")
    'José Saraiva'
    >>> clean("two\nlines")
    'two lines'
    """
    composed = unicodedata.normalize("NFC", _SPACES.sub(" ", cell).replace("\r\n", "\n"))
    visible = (c if unicodedata.category(c) not in ("Cc", "Cf") else " " if c in "\n\r\t" else "" for c in composed)
    return "".join(visible).strip()


def without_blank_rows(table: pa.Table) -> pa.Table:
    """A table without the rows that hold nothing at all."""
    blank = None
    for name in table.column_names:
        if name != ROW:
            blank = pc.is_null(table[name]) if blank is None else pc.and_(blank, pc.is_null(table[name]))
            if not pc.any(blank).as_py():
                return table
    return table if blank is None else table.filter(pc.invert(blank))


def _clean_column(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    mended = 0
    if pc.any(pc.match_substring_regex(column, _ODD)).as_py():
        # Odd cells are few or repeat themselves: each distinct one is looked at once.
        coded = pc.dictionary_encode(column.combine_chunks())
        before = coded.dictionary.to_pylist()
        after = [cell if cell.isascii() and cell.isprintable() else clean(cell) for cell in before]
        hidden = [int(_has_hidden(old, new)) for old, new in zip(before, after, strict=True)]
        mended = int(pc.sum(pc.take(pa.array(hidden, pa.int64()), coded.indices)).as_py() or 0)
        column = pa.chunked_array([pc.take(pa.array(after, pa.string()), coded.indices)])
    if pc.any(pc.match_substring_regex(column, _LOOSE)).as_py():
        column = pc.utf8_trim_whitespace(column)
    empty = pc.equal(column, "")
    if pc.any(empty).as_py():
        column = pc.if_else(empty, pa.scalar(None, pa.string()), column)
    return column, mended


def _has_hidden(before: str, after: str) -> bool:
    return _SPACES.sub(" ", before).strip().replace("\r\n", " ").replace("\n", " ") != after
