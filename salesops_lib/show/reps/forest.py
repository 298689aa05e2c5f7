"""The forest: every rep's figure of one metric with its interval against the peers; overlap is no ranking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.drawings import drawn, folded, undrawn
from salesops_lib.show.grid import Column, figures, grid, intervals, names
from salesops_lib.show.numbers import interval, is_null, number
from salesops_lib.show.reps.dots import Dot, dots, peers_name, room
from salesops_lib.show.reps.looks import (
    DIFFERENT,
    alone,
    common,
    differing,
    largest_on_top,
    look,
    marked,
    several,
    single,
    tested,
    with_names,
)
from salesops_lib.show.shown import Shown
from salesops_lib.show.style import canvas, house_style
from salesops_lib.show.words import standing

MOST_TOLD = 12
# The figures that every reader looks for.
ALWAYS = ("quota_attainment", "win_rate")


@house_style()
def plot_forest(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw one metric of the leaderboard: a row per rep, the largest value on top, the peers' value as a line.

    Colour and shape say whether a rep is better or worse than the peers beyond chance; a win rate has the value drawn
    towards the peers beside it. With more than forty reps those that differ are drawn and the most extreme others.

    Parameters
    ----------
    frame : DataFrame
        The leaderboard's rows of one metric.
    ax : Axes, optional
        Where to draw.
    """
    known = _against_others(with_names(frame)).dropna(subset=["value"])
    if known.empty:
        return undrawn(canvas(ax, 1.2), _("Reps against their peers"), _("No rep has this figure."))
    (label,) = dict.fromkeys(plain(name) for name in known["label"])
    known, shown, left = largest_on_top(known, "value")
    unit, line = str(known["unit"].iloc[0]), common(known["peers"])
    ticks = line is None and bool(shown["peers"].notna().any())
    items = [
        Dot(
            label=row["rep_name"],
            value=float(row["value"]),
            low=row["low"],
            high=row["high"],
            look=look(row["verdict"], row["better"]),
            text=marked(number(row["value"], unit, compact=True), look(row["verdict"], row["better"])),
            peers=row["peers"] if ticks else None,
            diamond=row["shrunk"],
        )
        for row in shown.to_dict("records")
    ]
    key = _("drawn towards the peers") if shown["shrunk"].notna().any() else ""
    ax = dots(room(ax, len(items)), items, unit, line, peers_name(line, ticks, unit), key)
    order = "" if single(known) else _("Where they overlap, the order is no ranking.")
    title = " ".join(part for part in (_("{metric} by rep, with 95% intervals.", metric=label), order, left) if part)
    return drawn(ax, title, _in_words(known, label, unit), table_forest(frame))


def _against_others(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without what is the rep's own for want of others: there is nothing to be drawn towards."""
    if len(frame) and alone(frame):
        frame = frame.assign(peers=float("nan"))
    return frame.assign(shrunk=frame["shrunk"].where(frame["peers"].notna()))


def plot_forests(frame: pd.DataFrame) -> list[Axes | Shown]:
    """Draw the leaderboard metric by metric, as `plot_forest` does; those in which nobody differs are folded away."""
    parts = {str(name): part for name, part in frame.groupby("metric", sort=False)}
    apart = [name for name, part in parts.items() if name in ALWAYS or len(differing(part))]
    rest = [plot_forest(part) for name, part in parts.items() if name not in apart]
    drawn_ones: list[Axes | Shown] = [plot_forest(parts[name]) for name in apart]
    return [*drawn_ones, folded(_("Figures in which nobody differs beyond chance"), *rest)] if rest else drawn_ones


def table_forest(frame: pd.DataFrame) -> Shown:
    """Return one metric of every rep, by name, with its interval and how it stands against the peers."""
    ordered = _against_others(with_names(frame)).sort_values(["rep_name", "rep"], kind="stable")
    columns = [names(ordered, "rep_name", _("Rep")), figures(ordered, "value", _("Value")), intervals(ordered)]
    if len(ordered) and ordered["shrunk"].notna().any():
        columns.append(figures(ordered, "shrunk", _("Drawn towards the peers")))
    line, unit = common(ordered["peers"]), str(frame["unit"].iloc[0]) if len(frame) else ""
    note = "" if line is None else _("The peers: {value}.", value=number(line, unit))
    if line is None and ordered["peers"].notna().any():
        columns.append(figures(ordered, "peers", _("Peers")))
    if len(ordered) and alone(ordered):
        note = _("There is nobody to compare with.")
    else:
        remarks = [_remark(row) for row in ordered.to_dict("records")]
        columns.append(Column(_("Against the peers"), remarks, right=False))
    caption = _("{metric} by rep", metric=plain(frame["label"].iloc[0])) if len(frame) else ""
    return grid(ordered, "forest", caption, columns, note, _("No rep has this figure."))


def _remark(row: Mapping[Any, Any]) -> str:
    """Return a verdict as a cell: what is not distinguishable is most of a table and needs no words."""
    if is_null(row["peers"]) and not is_null(row["value"]):
        return _("nobody to compare with")
    if row["verdict"] not in (*DIFFERENT, "too few"):
        return "–"
    better = str(row["better"])
    return f"{look(row['verdict'], better).mark} {standing(str(row['verdict']), better)}".strip()


def _in_words(known: pd.DataFrame, label: str, unit: str) -> str:
    """Return the figure in words: how many stand where, and who differs."""
    if alone(known):
        rows = known.to_dict("records")
        told = [f"{row['rep_name']} {number(row['value'], unit, compact=True)}" for row in rows]
        return _("{metric}: {listed}. There is nobody to compare with.", metric=label, listed=several(told, MOST_TOLD))
    counts = known["verdict"].value_counts()
    line = common(known["peers"])
    if tested(known).empty:
        return ngettext(
            "{metric} of {n} rep: there are too few cases to tell.",
            "{metric} of {n} reps: there are too few cases to tell.",
            len(known),
            metric=label,
        )
    said = ngettext(
        "{metric} of {n} rep against the peers: {above} above and {below} below them beyond chance, {even} not "
        "distinguishable",
        "{metric} of {n} reps against the peers: {above} above and {below} below them beyond chance, {even} not "
        "distinguishable",
        len(known),
        metric=label,
        above=int(counts.get("above", 0)),
        below=int(counts.get("below", 0)),
        even=int(counts.get("not distinguishable", 0)),
    )
    few = int(counts.get("too few", 0))
    parts = [said + (_(", {few} with too few cases", few=few) if few else "") + "."]
    if line is not None:
        parts.append(_("The peers: {value}.", value=number(line, unit, compact=True)))
    certain = differing(known)
    for verdict, words in (("above", _("Above: {listed}.")), ("below", _("Below: {listed}."))):
        told = [
            f"{row['rep_name']} {number(row['value'], unit, compact=True)} ({interval(row['low'], row['high'], unit)})"
            for row in certain[certain["verdict"] == verdict].to_dict("records")
        ]
        if told:
            parts.append(words.format(listed=several(told, MOST_TOLD)))
    return " ".join(parts)
