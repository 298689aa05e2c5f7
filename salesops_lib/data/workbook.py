"""Workbooks: one sheet of an XLSX file as rows of text."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from salesops_lib.company import TableSource
from salesops_lib.data.cells import ROW
from salesops_lib.data.delimited import AGAIN, HEAD_ROWS, Rows, header_names, remarks, wrong_width
from salesops_lib.data.headers import check_titles, without_remarks
from salesops_lib.data.sheets import hidden_rows, reject_formulas
from salesops_lib.errors import MOST_ROWS, Fault, SourceError, nearest
from salesops_lib.language import nlater

# Whole numbers below it are exact in a spreadsheet.
EXACT = 10**15
# What is raised where a file is damaged, or no workbook.
DAMAGED = (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError)


def read_workbook(data: bytes, shown: str, source: TableSource) -> Rows:
    """Read the only sheet of a workbook, or the one that `sheet` names.

    Raises
    ------
    SourceError
        If it is damaged, has several sheets and none is named, or is empty.
    """
    sheet = _sheet(data, shown, source)
    content = [
        (number, [_text(cell, source.decimal) for cell in row])
        for number, row in enumerate(sheet.iter_rows(), start=1)
        if number > source.skip_rows and any(cell.value is not None for cell in row)
    ]
    if not content:
        raise SourceError(Fault("is empty.", file=shown, fix=AGAIN))
    reject_formulas(data, sheet.title, shown)
    check_titles(content[:HEAD_ROWS], shown)
    own = without_remarks(content)
    below, content = content[own:], content[:own]
    first = content[0][1]
    width = max((i + 1 for i, cell in enumerate(first) if cell), default=0)
    names = header_names(first[:width], shown)
    if len(content) > 1:
        _reject_merged(sheet, names, range(content[1][0], content[-1][0] + 1), shown)
    wide = [
        (number, max(i + 1 for i, cell in enumerate(row) if cell)) for number, row in content[1:] if any(row[width:])
    ]
    lost = dict(wide)
    rows = [(number, row) for number, row in content[1:] if number not in lost]
    columns = {name: pa.array([row[i] for _, row in rows], pa.string()) for i, name in enumerate(names)}
    table = pa.table({**columns, ROW: pa.array([number for number, _ in rows], pa.int64())})
    hidden = hidden_rows(data, sheet.title) & {number for number, _ in content[1:]}
    rejects = tuple((number, wrong_width(cells, width)) for number, cells in wide)
    notes = (*_said_of(hidden), *remarks(below))
    return Rows(table, rejects, notes, left_out=len(below), fractions=_fractions(sheet, names))


def _reject_merged(sheet: Any, names: Sequence[str], rows: range, shown: str) -> None:
    """Refuse cells of the table that are merged over several rows: an amount filled down would be counted again."""
    found: dict[str, list[Any]] = {}
    for cells in sorted(sheet.merged_cells.ranges, key=lambda cells: (cells.min_row, cells.min_col)):
        inside = cells.min_row in rows and cells.min_col <= len(names)
        if inside and cells.max_row > cells.min_row and sheet.cell(cells.min_row, cells.min_col).value is not None:
            found.setdefault(names[cells.min_col - 1], []).append(cells)
    faults = []
    for name, each in found.items():
        listed = ", ".join(cells.coord for cells in each[:MOST_ROWS]) + (" ..." if len(each) > MOST_ROWS else "")
        what = f"cells are merged over several rows ({listed}), and only the first of them holds what they show."
        places = [cells.min_row for cells in each[:MOST_ROWS]]
        faults.append(Fault(what, shown, column=name, rows=places, fix="Unmerge them and write it into each row."))
    if faults:
        raise SourceError(*faults)


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook; nothing if the file is none, or a damaged one."""
    with path.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            return []
        try:
            return [sheet.title for sheet in _opened(stream, read_only=True).worksheets]
        except DAMAGED:
            return []


def _opened(stream: Any, **how: bool) -> Any:
    import openpyxl

    with warnings.catch_warnings():
        # openpyxl warns of styles and validations that it leaves out; the cells are read all the same.
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(stream, **how)


def _fractions(sheet: Any, names: Sequence[str]) -> dict[str, frozenset[int]]:
    """Where a column holds numbers with decimals: their mark is the reader's, and says nothing of its texts."""
    columns = zip(names, sheet.iter_cols(max_col=len(names)), strict=True)
    return {
        name: frozenset(c.row for c in cells if isinstance(c.value, float) and c.value % 1) for name, cells in columns
    }


def _said_of(hidden: set[int]) -> tuple[str, ...]:
    if not hidden:
        return ()
    said = nlater(
        "{n} row is hidden in the workbook and read all the same (row {listed})",
        "{n} rows are hidden in the workbook and read all the same (rows {listed})",
        len(hidden),
        listed=", ".join(str(number) for number in sorted(hidden)[:MOST_ROWS]),
    )
    return (said,)


def _sheet(data: bytes, shown: str, source: TableSource) -> Any:
    try:
        book = _opened(io.BytesIO(data), data_only=True)
    except DAMAGED:
        packed = zipfile.is_zipfile(io.BytesIO(data)) and "[Content_Types].xml" not in _names(data)
        fault = (
            ("is a ZIP archive and no workbook.", "Unpack it.") if packed else ("is damaged or not a workbook.", AGAIN)
        )
        raise SourceError(Fault(fault[0], file=shown, fix=fault[1])) from None
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if source.sheet is None and len(sheets) > 1:
        fix = "Name one under `sheet`."
        raise SourceError(Fault(f"has several sheets ({', '.join(sheets)}).", file=shown, fix=fix))
    name = source.sheet or next(iter(sheets), "")
    if name not in sheets:
        raise SourceError(Fault(f"has no sheet {name!r}.", file=shown, fix=nearest(name, sheets)))
    return sheets[name]


def _names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()


def _text(cell: Any, decimal: str) -> str:
    """A cell as it is read; a number has the table's decimal mark, and a percent sign where the sheet shows one."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, date | datetime | time):
        # A cell that is a date says so in full, whatever format is declared for dates written as text.
        return value.isoformat() if isinstance(value, datetime | time) else f"{value.isoformat()}T00:00:00"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if "%" in cell.number_format:
        text = f"{Decimal(str(value)) * 100:f}%"
    elif abs(value) >= EXACT:
        # A spreadsheet keeps fifteen digits: written as it shows them, no zeros pretend to be digits.
        text = f"{value:.15G}"
    elif value == int(value):
        # An id that a sheet shows as 00001 is that one: its format says how wide it is.
        width = len(cell.number_format) if set(cell.number_format) == {"0"} else 0
        text = str(int(value)).zfill(width)
    else:
        text = f"{Decimal(str(value)):f}"
    return text.replace(".", decimal)
