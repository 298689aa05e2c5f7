"""Texts of a database's columns, cleaned on its engine as the cells of a file are when they are read."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from salesops_lib.data.parse import replace
from salesops_lib.language import Message, nlater

# What cannot be seen (Unicode's Cc and Cf), but for the ends of lines and tabs, which are blanks.
INVISIBLE = (
    "[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
NARROW = "[\u00a0\u2007\u202f]"
BLANKS = "[ \u1680\u2000-\u200a\u2028\u2029\u205f\u3000]+"
# Nearly every cell is plain: one look is enough for it.
ODD = "^ | $|[^ -~]"


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]
def nfc_normalize(text: Any) -> Any:
    """Accents as part of their letters."""


def cleaned(text: Any) -> Any:
    """Text as `cells.clean` has it: composed, trimmed, without what cannot be seen; empty is null."""
    composed = nfc_normalize(replace(replace(text, "\r\n", "\n"), NARROW, " "))
    visible = replace(replace(composed, "[\n\r\t]", " "), INVISIBLE, "")
    trimmed = replace(visible, f"^{BLANKS}|{BLANKS}$", "")
    return text.re_search(ODD).ifelse(trimmed, text).nullif("")


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.int64))  # type: ignore[untyped-decorator]
def strlen(text: Any) -> Any:
    """How many bytes a text has."""


def is_wide(text: Any) -> Any:
    """Whether a text holds anything but ASCII (DuckDB alone has this)."""
    return strlen(text) != text.length()


def count_mended(table: ir.Table, columns: list[str], *, ascii_is_plain: bool = False) -> int:
    """How many cells of these columns hold what cannot be seen; with `ascii_is_plain` only others are looked at."""
    hidden = {}
    for i, column in enumerate(columns):
        found = table[column].re_search(INVISIBLE)
        hidden[f"n{i}"] = (is_wide(table[column]).ifelse(found, False) if ascii_is_plain else found).sum()
    found = table.aggregate(**hidden).to_pyarrow().to_pylist()[0] if hidden else {}
    return sum(int(n or 0) for n in found.values())


def invisible(cells: int) -> Message:
    """The note on cells that invisible characters were taken out of."""
    return nlater(
        "invisible characters were taken out of {n} cell", "invisible characters were taken out of {n} cells", cells
    )
