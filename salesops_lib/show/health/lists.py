"""The records to fix: their first rows on the page, all of them as lists that are published as files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import join, plain
from salesops_lib.show.drawings import folded
from salesops_lib.show.grid import Column, grid
from salesops_lib.show.health.words import WORKBOOK, column_name, file_of
from salesops_lib.show.numbers import day_short, decimal, is_null, number
from salesops_lib.show.shown import LIST, Shown, records

MOST_SHOWN = 10


def tables_to_fix(failing: pd.DataFrame, lists: Mapping[str, pd.DataFrame]) -> list[Shown]:
    """Return the records that fail by check, folded, each with the whole list for the files beside the report.

    Parameters
    ----------
    failing : DataFrame
        The checks that found a fault.
    lists : mapping of DataFrame
        By check: the records, the first ones first.
    """
    rows = {row["check"]: row for row in failing.to_dict("records")}
    return [_to_fix(rows[check], frame) for check, frame in lists.items()]


def _to_fix(row: Mapping[Any, Any], frame: pd.DataFrame) -> Shown:
    check, failing = str(row["check"]), int(row["failing"])
    title = _("{label}: {n}", label=plain(row["label"]), n=number(failing, "count"))
    if 0 < row["at_stake"] < failing:
        title = _("{title}, {open} of them open", title=title, open=number(row["at_stake"], "count"))
    shown = frame.head(MOST_SHOWN).dropna(axis=1, how="all")
    shown = shown[[name for name in shown if not (shown[name].astype(str) == "").all()]]
    table = grid(shown, "to_fix", _as_sentence(row["fix"]), [_column(shown, str(name)) for name in shown])
    files = Markup('<a href="{0}">{0}</a>, <a href="{1}">{1}</a>').format(file_of(check), WORKBOOK)
    held = _told(len(frame), failing)
    inside = Shown(table.html + str(join("p", [held, " ", files], "note")), f"{table.text}\n{held} {file_of(check)}")
    told = {
        "name": check,
        "label": str(row["label"]),
        "fix": str(row["fix"]),
        "failing": failing,
        "columns": [str(name) for name in frame],
        "rows": [list(each.values()) for each in records(frame)],
    }
    shown_as = folded(title, inside)
    return Shown(shown_as.html, shown_as.text, more={LIST: told})


def _told(listed: int, failing: int) -> str:
    """Return how many records the files hold: pairs and tables are not as many as the records that fail."""
    if listed < failing:
        n, all_of = number(listed, "count"), number(failing, "count")
        return _("The files have {n} rows, for {all} records that fail:", n=n, all=all_of)
    return ngettext("The files have {n} row:", "The files have all {n} rows:", listed)


def _as_sentence(text: str) -> str:
    return plain(text)


def _column(frame: pd.DataFrame, name: str) -> Column:
    return Column(column_name(name), [_cell(name, value) for value in frame[name]], right=name in _NUMBERS)


_NUMBERS = ("amount", "days", "pushes", "times", "similarity", "row", "dropped")


def _cell(name: str, value: Any) -> str:
    if isinstance(value, str):
        return plain(value) or "–"
    if isinstance(value, date):
        return day_short(None if pd.isna(value) else value)
    if value is None or is_null(value):
        return "–"
    if name in ("similarity", "times"):
        return decimal(value, 1)
    return number(value, "money" if name == "amount" else "count")
