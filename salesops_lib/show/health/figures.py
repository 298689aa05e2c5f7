"""The figures of the CRM's audit: completeness by field and by rep, and the checks by quarter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import drawable
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.grid import Column, figures, grid, intervals, names
from salesops_lib.show.health.words import SCORE, field_name
from salesops_lib.show.numbers import number
from salesops_lib.show.reps.dots import Dot, dots, room
from salesops_lib.show.reps.looks import DIFFERENT, called, largest_on_top, legend, look, marked, several
from salesops_lib.show.reps.looks import with_names as named
from salesops_lib.show.rows import BEHIND, MARGIN, rows
from salesops_lib.show.shown import Shown, sentences
from salesops_lib.show.style import BLUE, PALE, canvas, house_style
from salesops_lib.show.trends import plot_trends

BETTER = "higher"
CLOSE = 0.36


@house_style()
def plot_completeness(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how far each field that the figures need is filled, the emptiest on top; full ones are counted."""
    title = _("Fields filled in, of the records where they are due")
    if frame.empty:
        return undrawn(canvas(ax, 1.2), title, _("No field could be checked."))
    ordered = frame[frame["failing"] > 0].sort_values("filled", kind="stable", ignore_index=True)
    full = len(frame) - len(ordered)
    if ordered.empty:
        why = ngettext(
            "{n} field is due, and it is filled in.", "All {n} fields are filled in where they are due.", full
        )
        return undrawn(canvas(ax, 1.2), title, why)
    fields = [field_name(str(check)) for check in ordered["check"]]
    ax = rows(canvas(ax, MARGIN + CLOSE * len(ordered)), [drawable(each, 24, 1) for each in fields])
    values = ordered["filled"].astype(float).to_numpy()
    at = np.arange(len(values))
    ax.barh(at, np.ones(len(values)), height=0.62, color=PALE)
    ax.barh(at, values, height=0.62, color=BLUE)
    texts = [number(value, "share") for value in values]
    for y, text in zip(at, texts, strict=True):
        ax.annotate(text, (1.02, y), va="center", annotation_clip=False, bbox=BEHIND)
    ax.set_xlim(0, 1.16)
    listed = [f"{field}: {text}" for field, text in zip(fields, texts, strict=True)]
    said = _("Fields filled in, of the records where they are due. {listed}.", listed="; ".join(listed))
    rest = (
        ngettext("{n} more field is filled everywhere.", "{n} more fields are filled everywhere.", full) if full else ""
    )
    return drawn(ax, f"{title}. {rest}".rstrip(". "), f"{said} {rest}".strip(), table_completeness(frame))


def table_completeness(frame: pd.DataFrame) -> Shown:
    """Return the fields that figures need: of how many records each is due, and in how many it is filled."""
    columns = [
        names(frame, "check", _("Field"), field_name),
        figures(frame, "n", _("Records where it is due"), "count"),
        figures(frame, "failing", _("Empty"), "count"),
        figures(frame, "filled", _("Filled"), "share"),
        names(frame, "metrics", _("Figures that need it")),
    ]
    none = _("No field could be checked.")
    return grid(frame, "completeness", _("Fields that the figures need"), columns, none=none)


@house_style()
def plot_complete_by_rep(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of each rep's opportunities that are complete with its interval, and that of all as a line."""
    title = _("Complete opportunities by rep, with 95% intervals")
    if frame.empty:
        return undrawn(canvas(ax, 1.2), title, _("No rep has an opportunity."))
    if not (frame["value"] < 1).any():
        return undrawn(canvas(ax, 1.2), title, _("Every opportunity of every rep is complete."))
    known, shown, left = largest_on_top(named(frame), "value")
    items = [
        Dot(
            label=row["rep_name"],
            value=float(row["value"]),
            low=row["low"],
            high=row["high"],
            look=look(row["verdict"], BETTER),
            text=marked(number(row["value"], "share"), look(row["verdict"], BETTER)),
        )
        for row in shown.to_dict("records")
    ]
    peers = float(frame["peers"].iloc[0])
    name = _("all {share}", share=number(peers, "share"))
    ax = dots(room(ax, len(items)), items, "share", peers, name)
    counts = frame["verdict"].value_counts()
    said = ngettext(
        "Share of complete opportunities of {n} rep: {above} above and {below} below all of them beyond chance.",
        "Share of complete opportunities of {n} reps: {above} above and {below} below all of them beyond chance.",
        len(frame),
        above=int(counts.get("above", 0)),
        below=int(counts.get("below", 0)),
    )
    told = [
        f"{row['rep_name']} {number(row['value'], 'share')}"
        for row in known[known["verdict"].isin(DIFFERENT)].to_dict("records")
    ]
    alternative = f"{said} {several(told, 12)}." if told else said
    return drawn(ax, f"{title}. {left}" if left else title, alternative, table_complete_by_rep(frame))


def table_complete_by_rep(frame: pd.DataFrame) -> Shown:
    """Return the share of each rep's opportunities in which every field that is due is filled."""
    looks = [look(verdict, BETTER) for verdict in frame["verdict"]]
    who = called(frame) if len(frame) else {}
    shares = [marked(number(v, "share"), each) for v, each in zip(frame["value"], looks, strict=True)]
    columns = [
        Column(_("Rep"), [who[rep] for rep in frame["rep"]], right=False),
        Column(_("Complete"), shares),
        intervals(frame, "share"),
        figures(frame, "n", _("Opportunities"), "count"),
    ]
    note = (legend([each.mark for each in looks]) + " " + _("By name: the order is no ranking.")).strip()
    none = _("No rep has an opportunity.")
    return grid(frame, "complete_by_rep", _("Complete opportunities by rep"), columns, note, none)


def say_health_trends(frame: pd.DataFrame) -> Shown:
    """Say which checks the trends are of, and why their score is not the report's; nothing where there is no past."""
    if frame.empty or frame["period"].nunique() < 2:
        return sentences()
    said = ngettext(
        "Each quarter is shown as it was known at its end, for the {n} check whose past the export tells.",
        "Each quarter is shown as it was known at its end, for the {n} checks whose past the export tells.",
        frame.loc[frame["metric"] != SCORE, "metric"].nunique(),
    )
    return sentences(said, _("The score here is over them alone, so it is not the one above."))


def plot_health_trends(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the score and every check with a fault in any of the last quarters, one panel each."""
    faulty = frame.groupby("metric")["value"].transform("max") > 0 if len(frame) else frame.index
    shown = frame[faulty] if len(frame) else frame
    if shown["period"].nunique() < 2:
        return undrawn(canvas(ax, 1.2), _("Trends by quarter"), _("The export does not tell how it was earlier."))
    return plot_trends(shown, ax)
