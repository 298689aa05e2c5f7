"""Steadiness: a map of reps and months, the months that are more than chance, streaks and trends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.drawings import at_hand, drawn, undrawn
from salesops_lib.show.grid import Column, figures, grid, intervals, names
from salesops_lib.show.numbers import goal, interval, is_null, number, period_name, period_short
from salesops_lib.show.panels import name_ends
from salesops_lib.show.plain import drawable
from salesops_lib.show.reps.looks import MOST_CERTAIN, MOST_DRAWN, called, several, with_names
from salesops_lib.show.reps.words import streak_words, trend_words
from salesops_lib.show.sentences import money
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import BAD, BLUE, GOOD, INK, canvas, house_style

TRENDS = ("rising", "falling")
MARKS = {"good": "▲", "bad": "▼"}
SHAPES = {"good": "^", "bad": "v"}
MOST_TOLD = 5
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
        return undrawn(canvas(ax, 1.2), title, _("No rep has a month that is more than chance, or a trend."))
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
    colours = LinearSegmentedColormap.from_list("quota", [BAD, "white", GOOD] if share else ["white", BLUE])
    top = 2.0 if share else float(cells.max()) * 1.15 or 1.0
    ax.pcolormesh(cells, cmap=colours, vmin=0, vmax=top, edgecolors="white", linewidth=1.5, alpha=0.75)
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
    _scale(ax, colours, top, share, max(len(reps), FEWEST_ROWS))


def _scale(ax: Axes, colours: LinearSegmentedColormap, top: float, share: bool, rows: int) -> None:
    """Name the colours below the map."""
    steps = (0.0, 0.5, 1.0, 1.5, 2.0) if share else (0.0, top / 2.3, top / 1.15)
    strip = ax.inset_axes((0, -0.78 * PITCH / (PITCH * rows), 1, 0.3 / rows))
    strip.set_axis_off()
    strip.imshow([[step / top for step in steps]], cmap=colours, vmin=0, vmax=1, aspect="auto", alpha=0.75)
    for x, step in enumerate(steps):
        text = goal(step, "share") if share else money(step)
        strip.annotate(text, (x, 0.75), ha="center", va="top", fontsize=11, annotation_clip=False)


def _in_words(frame: pd.DataFrame) -> str:
    known = frame.dropna(subset=["value"])
    hits = known[known["signal"].astype(bool)]
    said = _(
        "Map of {months} months of {reps} reps, {measured}: {hits} are more than chance.",
        months=len(known),
        reps=known["rep"].nunique(),
        measured=_measured(frame),
        hits=len(hits),
    )
    told = [_month(row, str(row["rep_name"])) for row in hits.to_dict("records")]
    return f"{said} {several(told, 12)}." if told else said


def _month(row: dict[Any, Any], rep: str) -> str:
    """Return one month that is more than chance, with what is usual for the rep."""
    unit = str(row["unit"])
    known = {
        "mark": MARKS.get(row["direction"], "◆"),
        "rep": rep,
        "month": period_name(row["month"]),
        "value": number(row["value"], unit, compact=True),
    }
    if is_null(row["lower"]) or is_null(row["upper"]):
        return _("{mark} {rep} in {month} ({value})", **known)
    usual = interval(row["lower"], row["upper"], unit)
    return _("{mark} {rep} in {month} ({value}, usual {usual})", **known, usual=usual)


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


def table_steadiness(frame: pd.DataFrame) -> Shown:
    """Return how steady each rep's months are: variation, months at quota, streaks, trend, signals."""
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
        figures(ordered, "signals", _("Signals"), "count"),
    ]
    note = _(
        "Variation: the standard deviation of the months as a share of their mean. Without quotas a month counts as "
        "reached from the rep's own median on. Signals: months that are more than chance."
    )
    caption = _("Months of each rep")
    return at_hand(grid(ordered, "steadiness", caption, columns, note, _("There are no months to show.")), caption)


def say_steadiness(frame: pd.DataFrame, months: pd.DataFrame | None = None) -> Shown:
    """Say how many months are more than chance and which, and who has a trend; all else is the usual up and down.

    Parameters
    ----------
    frame : DataFrame
        The steadiness of each rep.
    months : DataFrame, optional
        Its months: names those that are signals.
    """
    counted = int(frame["months"].fillna(0).sum()) if len(frame) else 0
    if not counted:
        return nothing(_("There are no months to judge."))
    return sentences(signals_told(frame, months, MOST_TOLD), _trends(frame))


def signals_told(frame: pd.DataFrame, months: pd.DataFrame | None, most: int) -> str:
    """Return how many months of how many reps are more than chance, and which."""
    counted, hits = (int(frame[name].fillna(0).sum()) for name in ("months", "signals"))
    if not hits:
        return ngettext(
            "Of {months} months of {n} rep none is more than chance: a good or bad month is the usual up and down.",
            "Of {months} months of {n} reps none is more than chance: a good or bad month is the usual up and down.",
            len(frame),
            months=number(counted, "count"),
        )
    said = ngettext(
        "Of {months} months {n} is more than chance",
        "Of {months} months {n} are more than chance",
        hits,
        months=number(counted, "count"),
    )
    told = []
    if months is not None and len(months):
        who = called(months)
        signals = months[months["signal"].astype(bool)].sort_values("p_value", kind="stable")
        told = [_month(row, who[row["rep"]]) for row in signals.to_dict("records")]
    first = f"{said}: {several(told, most)}." if told else f"{said}."
    return first + " " + _("Every other good or bad month is the usual up and down.")


def _trends(frame: pd.DataFrame) -> str:
    who = called(frame)
    parts = []
    for verdict, words in (("rising", _("rising: {listed}")), ("falling", _("falling: {listed}"))):
        reps = [who[rep] for rep in frame.loc[frame["verdict"] == verdict, "rep"]]
        if reps:
            parts.append(words.format(listed=", ".join([*reps[:MOST_TOLD], "…"] if len(reps) > MOST_TOLD else reps)))
    if not parts:
        return _("No rep's months rise or fall steadily beyond chance.")
    return _("Beyond chance, the months are {parts}.", parts="; ".join(parts))
