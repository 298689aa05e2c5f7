"""Who promises more than they bring, and who less, beyond chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.forecasting.words import percent, span, way_name
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.reps.dots import Dot, dots, room
from salesops_lib.show.reps.looks import DIFFERENT, EVEN, FEW, NEITHER, Look, called, several, to_draw, with_names
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import canvas, house_style

MOST_TOLD = 4
MOST_DRAWN = 15


def _none() -> str:
    return _("Nobody submitted a forecast of a period that is over.")


def say_commitments(frame: pd.DataFrame) -> Shown:
    """Say who over-commits and who under-commits beyond chance, and of how many that were tested."""
    if frame.empty:
        return nothing(_none())
    judged = frame[frame["verdict"].isin((*DIFFERENT, "not distinguishable"))]
    few = int((frame["verdict"] == "too few").sum())
    rest = ngettext(
        "{n} rep has submitted for too few periods to tell.",
        "{n} reps have submitted for too few periods to tell.",
        few,
    )
    if judged.empty:
        return sentences(_("There are too few periods to tell who promises more than comes."))
    who = called(frame)
    said = []
    for verdict, words in (
        ("above", _("Promising more than comes, beyond chance: {listed}.")),
        ("below", _("Promising less than comes, beyond chance: {listed}.")),
    ):
        rows = judged[judged["verdict"] == verdict].sort_values("bias", key=abs, ascending=False, kind="stable")
        if len(rows):
            told = [_told(row, who[str(row["rep"])]) for row in rows.to_dict("records")]
            said.append(words.format(listed=several(told, MOST_TOLD)))
    if not said:
        said.append(
            ngettext(
                "{n} rep was tested and promises neither more nor less than comes, beyond chance.",
                "{n} reps were tested; none promises more or less than comes, beyond chance.",
                len(judged),
            )
        )
    else:
        said.insert(0, ngettext("{n} rep was tested.", "{n} reps were tested.", len(judged)))
    return sentences(*said, _among_many(judged), rest if few else "")


def _among_many(judged: pd.DataFrame) -> str:
    """Return why an interval that clears 0 may bear no verdict; "" where none does.

    An interval is of one rep alone: of forty who promise what comes two would clear it.
    """
    clear = ((judged["low"] > 0) | (judged["high"] < 0)) & (judged["verdict"] == "not distinguishable")
    if not clear.any():
        return ""
    return _("The verdict allows for how many reps are compared: among so many, some intervals miss 0 by chance.")


def _told(row: Mapping[Any, Any], rep: str) -> str:
    return _(
        "{rep} {bias} (95% interval {bounds}; {periods} periods)",
        rep=rep,
        bias=percent(row["bias"], signed=True),
        bounds=span(row["low"], row["high"]),
        periods=int(row["periods"]),
    )


def _look(verdict: str) -> Look:
    """Return how a verdict looks: to promise too much or too little is neither better."""
    return FEW if verdict in ("too few", "none") else NEITHER.get(verdict, EVEN)


@house_style()
def plot_commitments(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw by how much each rep promised more or less than came, with its interval; of many those that differ most.

    Parameters
    ----------
    frame : DataFrame
        A row per rep, the largest bias first.
    ax : Axes, optional
        Where to draw.
    """
    title = _("Promised against brought, with 95% intervals; to the right of the line: promised more")
    known = with_names(frame).dropna(subset=["bias"])
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, _none())
    judged = known.dropna(subset=["low", "high"]) if known["low"].notna().any() else known
    shown = judged.loc[to_draw(judged["verdict"].isin(DIFFERENT), judged["bias"].astype(float), MOST_DRAWN)]
    if left := len(known) - len(shown):
        title += ". " + ngettext("{n} more rep is in the table.", "{n} more reps are in the table.", left)
    items = [
        Dot(
            label=row["rep_name"],
            value=float(row["bias"]),
            low=row["low"],
            high=row["high"],
            look=_look(row["verdict"]),
            text=f"{percent(row['bias'], signed=True)} {_look(row['verdict']).mark}".strip(),
        )
        for row in shown.to_dict("records")
    ]
    ax = dots(room(ax, len(items)), items, "share", 0.0, _("as promised"))
    return drawn(ax, title, _in_words(known), table_commitments(frame))


def _in_words(known: pd.DataFrame) -> str:
    counts = known["verdict"].value_counts()
    said = ngettext(
        "Promised against brought of {n} rep: {above} more and {below} less than came, beyond chance, {even} not "
        "distinguishable.",
        "Promised against brought of {n} reps: {above} more and {below} less than came, beyond chance, {even} not "
        "distinguishable.",
        len(known),
        above=int(counts.get("above", 0)),
        below=int(counts.get("below", 0)),
        even=int(counts.get("not distinguishable", 0)),
    )
    certain = known[known["verdict"].isin(DIFFERENT)].to_dict("records")
    return f"{said} {several([_told(row, row['rep_name']) for row in certain], 12)}." if certain else said


def verdict_words(verdict: Any) -> str:
    """Return a verdict on what somebody promises in words.

    >>> verdict_words("above"), verdict_words("not distinguishable")
    ('△ promises more than comes', 'not distinguishable')
    """
    known = {
        "above": _("△ promises more than comes"),
        "below": _("▽ promises less than comes"),
        "not distinguishable": _("not distinguishable"),
        "too few": _("too few periods"),
        "none": _("nothing was won"),
    }
    return known.get(str(verdict), "–")


def table_commitments(frame: pd.DataFrame) -> Shown:
    """Return what each rep promised and brought, with the verdict."""
    return at_length(with_names(frame), _table)


def _table(frame: pd.DataFrame) -> Shown:
    rows = frame.to_dict("records")
    columns = [
        names(frame, "rep_name", _("Rep")),
        figures(frame, "periods", _("Periods"), "count"),
        figures(frame, "forecast", _("Promised"), "money"),
        figures(frame, "actual", _("Brought"), "money"),
        Column(_("Promised more or less"), [percent(row["bias"], signed=True) for row in rows]),
        Column(_("95% interval"), [span(row["low"], row["high"]) for row in rows]),
        names(frame, "verdict", _("Verdict"), verdict_words),
    ]
    caption = _("Promised and brought, by rep")
    if len(frame):
        caption = _("Promised and brought, by rep: {category}", category=way_name(frame["category"].iloc[0]))
    return grid(frame, "commitments", caption, columns, none=_none())
