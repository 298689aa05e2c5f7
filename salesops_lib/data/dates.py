"""Dates as exports write them: the formats that fit, and cells in which a spreadsheet has swapped day and month."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from ibis import _

from salesops_lib.company import EXCEL
from salesops_lib.data import parse
from salesops_lib.data.cells import FILE_ROWS, ROW
from salesops_lib.data.readers import Raw
from salesops_lib.errors import MOST_ROWS, Fault

DATE_FORMATS = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %B %Y",
    "%d. %b %Y",
    "%d. %B %Y",
    "%d %b, %Y",
    "%d %B, %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%d %b %y",
    "%d-%b-%y",
    "%d-%B-%Y",
    "%a, %d %b %Y",
    "%Y%m%d",
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %I:%M %p")
# Day and month can only be exchanged where the day is one of twelve; fewer cells than these may all be so by chance.
_MONTHS, _FEWEST = 12, 3


def fitting_formats(connection: Any, texts: list[str]) -> list[str]:
    """The known date formats that every one of the texts fits, as a day since 1900: 26 is no year of four digits.

    >>> import ibis
    >>> fitting_formats(ibis.duckdb.connect(), ["25/12/2026", "03/04/2026"])
    ['%d/%m/%Y']
    >>> fitting_formats(ibis.duckdb.connect(), ["12/25/26"])
    ['%m/%d/%y']
    """
    forms = [form + time for form in DATE_FORMATS for time in TIMES]
    tests = ", ".join(
        f"bool_and(coalesce(try_strptime(t, '{form}') >= TIMESTAMP '1900-01-01', false))" for form in forms
    )
    connection.con.register("date_texts", pa.table({"t": pa.array(texts, pa.string())}))
    fits = connection.raw_sql(f"SELECT {tests} FROM date_texts").fetchone()
    connection.con.unregister("date_texts")
    return [form for form, fit in zip(forms, fits, strict=True) if fit]


def swapped(form: str) -> str | None:
    """A format with day and month the other way round; None if it has not both as numbers.

    >>> swapped("%d/%m/%Y")
    '%m/%d/%Y'
    """
    if not {"%d", "%m"} <= set(re.findall("%[a-zA-Z]", form)):
        return None
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def swapped_cells(connection: Any, raw: Raw, column: str, form: str | None) -> list[Fault]:
    """What is wrong with a column of a workbook if a spreadsheet has swapped the day and the month of its dates.

    A spreadsheet that expects the other order makes dates, with day and month exchanged, of the texts whose day may be
    a month, and leaves the others as texts: then each cell that is a date has a day of 1-12 and no text has one.
    """
    if raw.text is None or form == EXCEL or not pc.any(pc.match_substring(raw.text[column], "T")).as_py():
        return []
    cells = raw.table.select(**{ROW: _[ROW], "text": _[column]}).filter(_.text.notnull())
    cells = cells.mutate(file=_[ROW] // FILE_ROWS, is_cell=_.text.re_search(parse.FULL_ISO))
    form = form or _likely(connection, cells.filter(~_.is_cell))
    if form is None or swapped(form) is None:
        return []
    cells = cells.mutate(day=parse.moment(_.text, form, "UTC").day())
    seen = cells.group_by("file").agg(
        cells=_.is_cell.sum(),
        texts=(~_.is_cell & _.day.notnull()).sum(),
        last=_.day.max(where=_.is_cell),
        first=_.day.min(where=~_.is_cell),
    )
    few = (_.cells >= _FEWEST) & (_.texts >= _FEWEST)
    found = seen.filter(few & (_["last"] <= _MONTHS) & (_["first"] > _MONTHS)).select("file")
    rows = cells.filter(_.is_cell).semi_join(found, "file").order_by(ROW).limit(MOST_ROWS)[ROW].to_pyarrow().to_pylist()
    what = (
        "every cell that is a date has a day of 1 to 12 and every one that is text a day of 13 to 31: "
        "a spreadsheet has swapped day and month of the former."
    )
    fix = "Export it again, as CSV or with its dates as text; set `date_cells_are_right: true` if they are right."
    return raw.faults(what, rows, column, fix) if rows else []


def _likely(connection: Any, texts: Any) -> str | None:
    """The first format that every text fits, if no format is declared."""
    found = [str(text) for text in texts.select("text").distinct().to_pyarrow()["text"].to_pylist()]
    return next(iter(fitting_formats(connection, found)), None) if found else None
