"""Lists of records beside a report: one CSV each, and a workbook of all in which every text stays a text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from salesops_lib.language import gettext as _
from salesops_lib.report.archive import packed
from salesops_lib.report.export import to_csv

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

WORKBOOK = "records_to_fix.xlsx"
LONGEST = 32_767
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T00:00:00)?")
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def files_of(lists: Sequence[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """The files of lists, by name: a CSV for each, and a workbook with a sheet for each.

    Parameters
    ----------
    lists : sequence of dict
        As the notebook told them: name, label, fix, failing, columns, rows.
    """
    if not lists:
        return
    import pandas as pd

    frames = [pd.DataFrame(each["rows"], columns=each["columns"], dtype=object) for each in lists]
    for each, frame in zip(lists, frames, strict=True):
        yield f"fix_{each['name']}.csv", to_csv(frame).encode()
    yield WORKBOOK, to_xlsx(_contents(lists), zip((str(each["name"]) for each in lists), frames, strict=True))


def to_xlsx(contents: pd.DataFrame, sheets: Iterator[tuple[str, pd.DataFrame]]) -> bytes:
    r"""A workbook of frames, the same bytes for the same frames; every text in it is text, whatever it begins with.

    Parameters
    ----------
    contents : DataFrame
        The first sheet: what the others are.
    sheets : iterator of (name, DataFrame)
        A name is at most 31 characters long and has none of []:*?/\ in it.
    """
    from openpyxl import Workbook

    book = Workbook()
    first = book.active
    assert first is not None
    first.title = _("Contents")
    _fill(first, contents)
    for name, frame in sheets:
        _fill(book.create_sheet(name), frame)
    written = io.BytesIO()
    book.save(written)
    return _timeless(written.getvalue())


def _contents(lists: Sequence[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    rows = [(each["name"], each["label"], each["failing"], len(each["rows"]), each["fix"]) for each in lists]
    return pd.DataFrame(rows, columns=[_("Sheet"), _("Check"), _("Failing"), _("Rows listed"), _("What to do")])


def _fill(sheet: Worksheet, frame: pd.DataFrame) -> None:
    from openpyxl.styles import Font

    for at, row in enumerate([list(frame.columns), *frame.itertuples(index=False, name=None)], start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(at, column)
            cell.value = _as_cell(value)
            if isinstance(cell.value, str):
                # openpyxl takes "=1+1" for a formula, and whoever edits the cell would make it one.
                cell.data_type = "s"
                cell.quotePrefix = True
            if at == 1:
                cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column, name in enumerate(frame.columns, start=1):
        longest = max([len(str(name)), *(len(str(value)) for value in frame.iloc[:, column - 1].head(200))])
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = min(max(longest + 2, 8), 60)


def _as_cell(value: Any) -> Any:
    """A value as a cell holds it: days as days, text without the characters that no workbook may have."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if value is None or value != value:
        return None
    if not isinstance(value, str):
        return value
    if _ISO_DAY.fullmatch(value):
        return _day(value)
    return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)[:LONGEST]


def _day(text: str) -> date | str:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return text


def _timeless(workbook: bytes) -> bytes:
    """The same workbook without the moment at which it was written."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as written:
        contents = {name: written.read(name) for name in written.namelist()}
    core = "docProps/core.xml"
    contents[core] = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", contents[core])
    return packed(contents.items())
