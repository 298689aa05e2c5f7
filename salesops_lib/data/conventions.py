"""Conventions of a column of numbers: its decimal mark, asked for where nothing decides, and digits that are lost."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from salesops_lib.company import TableSource
from salesops_lib.data.cells import FILE_ROWS, ROW
from salesops_lib.data.readers import Raw
from salesops_lib.errors import Fault
from salesops_lib.language import nlater

# Money with three decimals is not to be told from thousands; every other number of digits decides.
_EITHER = r"^\D*[1-9]\d{0,2}[.]\d{3}\D*$"
_EITHER_COMMA = r"^\D*[1-9]\d{0,2},\d{3}\D*$"
_COMMA = r"[.]\d{3},\d|,\d{1,2}\D*$|,\d{4,}\D*$|[.]\d{3}[.]\d{3}"
_POINT = r"[.]\d{1,2}\D*$|[.]\d{4,}\D*$|,\d{3}[.]\d|,\d{3},\d{3}|^\D*0*[.]\d|^\D*0[.]|\d{4}[.]\d{3}\D*$"

# What a spreadsheet makes of a number with more digits than a cell shows.
_SHORTENED = r"^[+-]?\d([.,]\d+)?E[+]\d{2}$"


def decimal_of(raw: Raw, column: str, source: TableSource) -> tuple[str, list[Fault]]:
    """The decimal mark of a column of amounts, and what is wrong if nothing in it decides.

    A declared `decimal` or `thousands` decides. Else "1.234,56" says a comma, "1,234.56" a point; "1.234" says neither.
    The cells of a workbook that are numbers say nothing of those that are text, and one file says nothing of another.
    """
    declared = source.model_fields_set & {"decimal", "thousands"}
    if declared or raw.is_database or not raw.table[column].type().is_string():
        return source.decimal, []
    cells = _written(raw, column) if raw.text is not None else _marked(raw, column)
    commas = _matching(cells, _COMMA) if pc.any(pc.match_substring(cells, ",")).as_py() or _dotted(cells) else None
    either = _matching(cells, _EITHER)
    if not commas and not either:
        return source.decimal, []
    points = _matching(cells, _POINT)
    fix = 'Set `decimal` ("." or ",") and `thousands` of the table.'
    marked = points or _numbers(raw, column)
    if commas and marked:
        point = raw.text[column][marked[0]] if raw.text is not None else cells[marked[0]]
        what = f"{_first(cells, _COMMA)} has a decimal comma and {point} a decimal point."
        return ",", raw.faults(what, _rows(raw, commas[:1] + marked[:1]), column, fix)
    if either and not commas and not points:
        value = _first(cells, _EITHER)
        what = f"{value} is {value.replace('.', '')} or {value.replace('.', ',')}: nothing in the column decides."
        return ".", raw.faults(what, _rows(raw, either), column, fix)
    mark = "," if commas else "."
    return mark, _undecided_file(raw, column, cells, mark) if len(raw.files) > 1 and raw.text is not None else []


def _undecided_file(raw: Raw, column: str, cells: pa.ChunkedArray, mark: str) -> list[Fault]:
    """What is wrong if one of several files holds amounts that could be read in two ways, and only others decide."""
    assert raw.text is not None
    files = pc.divide(raw.text[ROW], FILE_ROWS)
    for number in range(len(raw.files)):
        own = pc.if_else(pc.equal(files, number), cells, pa.scalar(None, pa.string()))
        # A comma before three digits is one of thousands, unless other files have a decimal comma.
        either = _matching(own, _EITHER) or (_matching(own, _EITHER_COMMA) if mark == "," else [])
        if either and not _matching(own, _COMMA) and not _matching(own, _POINT):
            value = own[either[0]].as_py()
            other = value.translate(str.maketrans(".,", ",."))
            what = f"{value} is {re.sub('[.,]', '', value)} or {other}: nothing in its file decides."
            fix = 'Export all files in one way, and set `decimal` ("." or ",") and `thousands` of the table.'
            return raw.faults(what, _rows(raw, either), column, fix)
    return []


def shortened(raw: Raw, columns: list[str]) -> tuple[str, ...]:
    """A note on each of these columns with numbers that a spreadsheet has shortened: which digits they had is lost."""
    notes = []
    for column in columns:
        cells = raw.text[column] if raw.text is not None else None
        if cells is None or not pc.any(pc.match_substring(cells, "E+")).as_py():
            continue
        count = int(pc.sum(pc.match_substring_regex(cells, _SHORTENED)).as_py() or 0)
        if count:
            said = nlater(
                "{column}: {n} cell looks shortened by a spreadsheet ({cell}): digits may be lost",
                "{column}: {n} cells look shortened by a spreadsheet ({cell}): digits may be lost",
                count,
                column=column,
                cell=_first(cells, _SHORTENED),
            )
            notes.append(said)
    return tuple(notes)


def _dotted(cells: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.match_substring_regex(cells, r"[.]\d{3}[.]")).as_py())


def _matching(cells: pa.ChunkedArray, pattern: str) -> list[int]:
    found = pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(cells, pattern), False))
    return [int(i) for i in found[:5].to_pylist()]


def _first(cells: pa.ChunkedArray, pattern: str) -> str:
    return str(cells[_matching(cells, pattern)[0]].as_py())


def _marked(raw: Raw, column: str) -> pa.ChunkedArray:
    """The different texts of a Parquet column that have a point or a comma."""
    texts = raw.table.select(text=raw.table[column])
    return texts.filter(texts.text.re_search("[.,]")).distinct().order_by("text").to_pyarrow()["text"]


def _written(raw: Raw, column: str) -> pa.ChunkedArray:
    """The texts of a column, null where a workbook has a number."""
    assert raw.text is not None
    numbers = raw.fractions.get(column)
    if not numbers:
        return raw.text[column]
    return pc.if_else(_is_number(raw, numbers), pa.scalar(None, pa.string()), raw.text[column])


def _numbers(raw: Raw, column: str) -> list[int]:
    numbers = raw.fractions.get(column)
    return pc.indices_nonzero(_is_number(raw, numbers))[:1].to_pylist() if numbers else []


def _is_number(raw: Raw, numbers: frozenset[int]) -> pa.ChunkedArray:
    assert raw.text is not None
    return pc.is_in(raw.text[ROW], value_set=pa.array(sorted(numbers), pa.int64()))


def _rows(raw: Raw, places: list[int]) -> list[int]:
    # Of the texts of a Parquet file, only what they are is known, and not where they stand.
    return [] if raw.text is None else [int(raw.text[ROW][i].as_py()) for i in places]
