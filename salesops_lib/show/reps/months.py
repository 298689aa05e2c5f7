"""Steadiness: a map of reps and months, and a row per rep of streaks, variation and trends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import drawable
from salesops_lib.show.drawings import at_hand, drawn, undrawn
from salesops_lib.show.grid import Column, figures, grid, intervals, names
from salesops_lib.show.numbers import decimal, goal, is_null, number, period_short
from salesops_lib.show.panels import name_ends
from salesops_lib.show.reps.looks import MOST_CERTAIN, MOST_DRAWN, called, several, tested, with_names
from salesops_lib.show.reps.month_lines import month_lines
from salesops_lib.show.reps.month_words import MARKS, hits_counted, month_told, months_counted, tested_counted
from salesops_lib.show.reps.words import multiple, streak_words, tau_bounds, trend_words
from salesops_lib.show.sentences import money
from salesops_lib.show.shown import Shown, nothing
from salesops_lib.show.style import BAD, BLUE, GOOD, GREY, INK, canvas, house_style, tints

TRENDS = ("rising", "falling")
SHAPES = {"good": "^", "bad": "v"}
NO_FIGURE = "_"
PITCH = 0.27
# Fewer rows than these leave no room for the scale below them.
FEWEST_ROWS = 6


@house_style()
def plot_months(frame: pd.DataFrame, steadiness: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    """Draw a map of reps and months: the darker, the further from the quota; signals are marked.

    Parameters
    ----------
    frame : DataFrame
        A row per rep and month.
    steadiness : DataFrame, optional
        With more than forty reps only those with a signal or, by this frame, with a trend are drawn.
    ax : Axes, optional
        Where to draw.
    """
    frame = with_names(frame)
    if frame["value"].isna().all():
        return undrawn(canvas(ax, 1.2), _("Months by rep"), _("There are no months to draw."))
    title = _("{value} by rep and month; ▲ ▼ mark what is more than chance", value=_measured(frame))
    kept = _kept(frame, steadiness)
    shown = frame[frame["rep"].isin(kept)]
    left = frame["rep"].nunique() - len(kept)
    if shown.empty:
        said = _("There are too few months or deals to tell.")
        if len(tested(frame)):
            said = _("No rep has a month that is more than chance, or a trend.")
        return undrawn(canvas(ax, 1.2), title, said)
    if left:
        title = ngettext(
            "{title}. {n} more rep, without signal or trend, is not drawn.",
            "{title}. {n} more reps, without signal or trend, are not drawn.",
            left,
            title=title,
        )
    ax = canvas(ax, 1.0 + PITCH * max(len(kept), FEWEST_ROWS))
    _map(ax, shown, kept)
    return drawn(ax, title, _in_words(frame), table_months(shown))


def _measured(frame: pd.DataFrame) -> str:
    return _("Attainment") if frame["unit"].iloc[0] == "share" else _("Revenue won")


def _kept(frame: pd.DataFrame, steadiness: pd.DataFrame | None) -> list[str]:
    """Return the reps to draw, by name."""
    reps = frame.sort_values(["rep_name", "rep"], kind="stable")["rep"].drop_duplicates()
    if len(reps) > MOST_DRAWN:
        told = set(frame.loc[frame["signal"].astype(bool), "rep"])
        if steadiness is not None:
            told |= set(steadiness.loc[steadiness["verdict"].isin(TRENDS), "rep"])
        reps = reps[reps.isin(told)].head(MOST_CERTAIN)
    return list(reps)


def _map(ax: Axes, shown: pd.DataFrame, reps: list[str]) -> None:
    months = sorted(shown["month"].unique())
    values = shown.pivot_table(index="rep", columns="month", values="value", aggfunc="first")
    cells = np.ma.masked_invalid(values.reindex(index=reps, columns=months).to_numpy(dtype=float))
    share = shown["unit"].iloc[0] == "share"
    colours = tints(GOOD, BAD) if share else tints(BLUE)
    top = 2.0 if share else float(cells.max()) * 1.15 or 1.0
    ax.pcolormesh(cells, cmap=colours, vmin=0, vmax=top, edgecolors="white", linewidth=1.5)
    # A month without a figure must not look like one at quota, which is as white.
    missing = np.argwhere(np.ma.getmaskarray(cells))
    ax.plot(missing[:, 1] + 0.5, missing[:, 0] + 0.5, NO_FIGURE, color=GREY, markersize=7)
    row, column = ({name: i for i, name in enumerate(keys)} for keys in (reps, months))
    for hit in shown[shown["signal"].astype(bool)].to_dict("records"):
        at = (column[hit["month"]] + 0.5, row[hit["rep"]] + 0.5)
        ax.plot(*at, SHAPES.get(hit["direction"], "D"), color=INK, markeredgecolor="white", markersize=9)
    name = dict(zip(shown["rep"], shown["rep_name"], strict=True))
    ax.set_yticks(np.arange(len(reps)) + 0.5, [drawable(name[rep], 19, 1) for rep in reps])
    ax.xaxis.tick_top()
    ends = [0.0, float(len(months))] if len(months) > 1 else [0.5]
    name_ends(ax, ends, [period_short(month) for month in dict.fromkeys([months[0], months[-1]])])
    ax.set_ylim(len(reps), 0)
    for side in ("top", "right", "bottom", "left"):
        ax.spines[side].set_visible(False)
    _scale(ax, colours, top, share, max(len(reps), FEWEST_ROWS), len(missing) > 0)


def _scale(ax: Axes, colours: Colormap, top: float, share: bool, rows: int, gaps: bool) -> None:
    """Name the colours below the map, and the mark of a month without a figure where there is one."""
    steps = (0.0, 0.5, 1.0, 1.5, 2.0) if share else (0.0, top / 2.3, top / 1.15)
    strip = ax.inset_axes((0, -0.78 * PITCH / (PITCH * rows), 1, 0.3 / rows))
    strip.set_axis_off()
    at = np.arange(len(steps) + 1) - 0.5
    strip.pcolormesh(at, [0.5, -0.5], [[step / top for step in steps]], cmap=colours, vmin=0, vmax=1)
    strip.set_ylim(0.5, -0.5)
    if gaps:
        strip.plot(len(steps), 0, NO_FIGURE, color=GREY, markersize=7)
        strip.set_xlim(-0.5, len(steps) + 0.5)
        strip.annotate(_("none"), (len(steps), 0.75), ha="center", va="top", fontsize=11, annotation_clip=False)
    for x, step in enumerate(steps):
        if gaps and share and x % 2:
            continue
        text = goal(step, "share") if share else money(step)
        strip.annotate(text, (x, 0.75), ha="center", va="top", fontsize=11, annotation_clip=False)


def _in_words(frame: pd.DataFrame) -> str:
    known = frame.dropna(subset=["value"])
    told = tested(known)
    hits = told[told["signal"].astype(bool)]
    said = _(
        "Map of {months} of {reps}, {measured}: {tested}.",
        months=months_counted(len(known)),
        reps=ngettext("{n} rep", "{n} reps", known["rep"].nunique()),
        measured=_measured(frame),
        tested=_("of {tested} {hits} more than chance", tested=tested_counted(len(told)), hits=hits_counted(len(hits)))
        if len(told)
        else _("too few months or deals to tell what is more than chance"),
    )
    parts = [month_told(row, str(row["rep_name"])) for row in hits.to_dict("records")]
    if parts:
        return f"{said} {several(parts, 12)}."
    if told.empty:
        return said
    low, high = (number(end, str(frame["unit"].iloc[0])) for end in (known["value"].min(), known["value"].max()))
    return said + " " + _("They lie between {low} and {high}.", low=low, high=high)


def table_months(frame: pd.DataFrame) -> Shown:
    """Return a row per rep and a column per month; signals are marked."""
    if frame.empty:
        return nothing(_("There are no months to show."))
    who = sorted(called(frame).items(), key=lambda item: (item[1].casefold(), item[0]))
    cells = {
        (row["rep"], row["month"]): f"{number(row['value'], row['unit'], compact=True)} "
        f"{MARKS.get(row['direction'], '') if row['signal'] else ''}".strip()
        for row in frame.to_dict("records")
    }
    columns = [Column(_("Rep"), [name for _rep, name in who], right=False)]
    for month in sorted(frame["month"].unique()):
        columns.append(Column(period_short(month), [cells.get((rep, month), "–") for rep, _name in who]))
    note = _("▲ a good month, ▼ a bad month, more than chance.") if frame["signal"].astype(bool).any() else ""
    return grid(frame, "months", _("{value} by month", value=_measured(frame)), columns, note)


def table_steadiness(frame: pd.DataFrame, months: pd.DataFrame | None = None) -> Shown:
    """Return how steady each rep's months are: variation, months at quota, streaks, trend, signals.

    Parameters
    ----------
    frame : DataFrame
        A row per rep.
    months : DataFrame, optional
        A row per rep and month; draws each rep's months as a small line.
    """
    ordered = with_names(frame).sort_values(["rep_name", "rep"], kind="stable")
    columns = [
        names(ordered, "rep_name", _("Rep")),
        figures(ordered, "months", _("Months"), "count"),
        figures(ordered, "reached", _("At quota"), "count"),
        Column(_("Streak now"), [streak_words(streak) for streak in ordered["streak"]]),
        figures(ordered, "longest", _("Longest at quota"), "count"),
        figures(ordered, "cv", _("Variation"), "share"),
        intervals(ordered, "share"),
        Column(_("Trend"), [trend_words(verdict) for verdict in ordered["verdict"]]),
        Column(_("First and last half"), [_halves(row) for row in ordered.to_dict("records")]),
        Column(_("Kendall's tau"), [_tau(row) for row in ordered.to_dict("records")]),
        figures(ordered, "signals", _("Signals"), "count"),
    ]
    if months is not None and len(months):
        columns.insert(1, month_lines(ordered["rep"], months, _measured(months)))
    note = _(
        "Variation: the standard deviation of the months as a share of their mean. Trend: of the months as a multiple "
        "of the other reps' median, in the first and in the last half of them, with the 95% interval of Kendall's tau. "
        "Signals: months that are more than chance."
    )
    caption = _("Months of each rep")
    return at_hand(grid(ordered, "steadiness", caption, columns, note, _("There are no months to show.")), caption)


def _halves(row: dict[Any, Any]) -> str:
    if is_null(row["early"]) or is_null(row["late"]):
        return _("n/a")
    return f"{multiple(row['early'])} → {multiple(row['late'])}"


def _tau(row: dict[Any, Any]) -> str:
    if is_null(row["trend"]):
        return _("n/a")
    if is_null(row["trend_low"]) or is_null(row["trend_high"]):
        return decimal(row["trend"])
    return f"{decimal(row['trend'])} ({tau_bounds(row['trend_low'], row['trend_high'])})"
