"""How near submitted forecasts came to what was won, by how early they were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.names import plain
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.forecasting.words import days_before, off, percent, way_name
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import is_null
from salesops_lib.show.shown import Shown, nothing, sentences

MOST_NAMED = 4


def _none() -> str:
    return _("No forecast of a period that is over was submitted.")


def say_submissions(frame: pd.DataFrame) -> Shown:
    """Say of each category how far off the earliest and the last submissions were, and in which direction."""
    known = frame.dropna(subset=["wape"])
    if known.empty:
        return nothing(_none())
    told = []
    for category in list(dict.fromkeys(known["category"]))[:MOST_NAMED]:
        part = known[known["category"] == category].to_dict("records")
        told.append(_category_told(part))
    note = _("Submissions of single reps: their misses do not cancel out here as they do in the sum of all.")
    return sentences(*told, note)


def _category_told(rows: list[dict[Any, Any]]) -> str:
    """Return what is said of a category; its rows run from the earliest submissions to the last."""
    first, last = rows[0], rows[-1]
    name = way_name(first["category"])
    if len(rows) == 1:
        return _("{category}: {told}.", category=name, told=_told(first))
    return _("{category}: {first}; {last}.", category=name, first=_told(first), last=_told(last))


def _told(row: Mapping[Any, Any]) -> str:
    said = _("{lead} the end off by {wape}", lead=days_before(row["lead"]), wape=percent(row["wape"]))
    return said if is_null(row["bias"]) else _("{said}, in sum {off}", said=said, off=off(row["bias"]))


def _band(lead: str) -> str:
    days = plain(lead.removeprefix("over ")).replace("-", "–")
    return _("over {days}", days=days) if lead.startswith("over ") else days


def table_submissions(frame: pd.DataFrame) -> Shown:
    """Return the accuracy of what was submitted, by category and lead time."""
    return at_length(frame, _table)


def _table(frame: pd.DataFrame) -> Shown:
    columns = [
        names(frame, "category", _("Category"), way_name),
        Column(_("Days before the end"), [_band(lead) for lead in frame["lead"]]),
        figures(frame, "n", _("Submissions"), "count"),
        figures(frame, "periods", _("Periods"), "count"),
        figures(frame, "forecast", _("Submitted in all"), "money"),
        figures(frame, "actual", _("Came"), "money"),
        figures(frame, "wape", _("Off by (WAPE)"), "share"),
        Column(_("In sum"), [off(bias) for bias in frame["bias"]]),
    ]
    caption = _("Submitted forecasts and what came, by how early they were made")
    return grid(frame, "submissions", caption, columns, none=_none())
