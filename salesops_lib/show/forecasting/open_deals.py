"""What each open deal adds to the pipeline's view of the quarter, the largest first."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import join, plain
from salesops_lib.show.forecasting.long import IN_SIGHT, at_length
from salesops_lib.show.forecasting.words import chance, percent, whole
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import day_short, is_null, number
from salesops_lib.show.sentences import money
from salesops_lib.show.shown import Shown

MOST_ROWS = 100


def table_open_deals(deals: pd.DataFrame, outlook: pd.DataFrame | None = None) -> Shown:
    """Return the open deals by what they add: amount times the chance to be won in the quarter; of many the largest.

    Parameters
    ----------
    deals : DataFrame
        One row per open opportunity, the one that adds most first.
    outlook : DataFrame, optional
        Has the weight of the pipeline's view, to which they add, in the forecast.
    """
    row = whole(outlook) if outlook is not None else None
    weight = row["weight"] if row is not None else None
    shown = at_length(deals.head(MOST_ROWS), partial(_table, weight=weight), IN_SIGHT)
    rest = deals.iloc[MOST_ROWS:]
    if rest.empty:
        return shown
    said = ngettext(
        "{count} more open deal adds {amount} in all.",
        "{count} more open deals add {amount} in all.",
        len(rest),
        count=number(len(rest), "count"),
        amount=money(rest["expected"].astype(float).sum()),
    )
    return Shown(f"{shown.html}{join('p', [said], 'note')}", f"{shown.text}\n{said}", shown.records, shown.name)


def _table(deals: pd.DataFrame, weight: Any) -> Shown:
    rows = deals.to_dict("records")
    columns = [
        Column(_("Deal"), [_deal(row) for row in rows], right=False),
        names(deals, "account", _("Account")),
        names(deals, "rep", _("Rep")),
        names(deals, "stage", _("Stage")),
        Column(_("Amount"), [_amount(row) for row in rows]),
        Column(_("Chance"), [f"{chance(row['chance'])}{_mark(row)}" for row in rows]),
        figures(deals, "expected", _("Adds"), "money"),
        Column(_("Close date"), [day_short(row["close_date"]) for row in rows]),
        figures(deals, "age_days", _("Age in days"), "count"),
    ]
    caption = _("What the open deals add to the quarter, the largest first")
    return grid(deals, "open_deals", caption, columns, _note(deals, weight), _("There are no open deals."))


def _deal(row: dict[Any, Any]) -> str:
    named = isinstance(row["name"], str) and row["name"].strip()
    return plain(row["name"] if named else row["opportunity_id"])


def _amount(row: dict[Any, Any]) -> str:
    if row["amount_from"] == "average":
        return _("unknown *")
    return number(row["amount"], "money")


def _mark(row: dict[Any, Any]) -> str:
    """Return the mark of a chance that the company's own past does not tell."""
    return " °" if row["source"] == "company file" and not is_null(row["chance"]) else ""


def _note(deals: pd.DataFrame, weight: Any) -> str:
    notes = [_("Chance: to be won within the quarter.")]
    if not is_null(weight) and weight < 1:
        notes.append(
            _(
                "Adds: amount × chance, to the pipeline's view, which weighs {share} in the forecast.",
                share=percent(weight),
            )
        )
    if (deals["source"] == "company file").any():
        notes.append(_("° from the company file: too few deals of the past tell it."))
    if (deals["amount_from"] == "average").any():
        notes.append(_("* the average won deal of the year stands for an unknown amount."))
    return " ".join(notes)
