"""One row per rep: a dot by verdict, its 95 % interval, its figure at the right, the peers as a line or as ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from salesops_lib.language import gettext as _
from salesops_lib.names import drawable
from salesops_lib.show.numbers import is_null, number
from salesops_lib.show.reps.looks import Look
from salesops_lib.show.rows import BEHIND, rows
from salesops_lib.show.style import GREY, INK, SPAN, TOTAL, canvas

FEW_ROWS = 12
# How far an interval may reach beyond the values, as a part of their span: one wide interval must not flatten all,
# but the usual ones are shown whole.
REACH = 0.6
ALIKE = 0.4
# Where the words for the marks begin, as a part of the figure's width.
EDGE = 0.04


@dataclass(frozen=True)
class Dot:
    """One row of such a figure."""

    label: str
    value: float
    low: Any
    high: Any
    look: Look
    text: str
    peers: Any = None
    hollow: Any = None
    diamond: Any = None


def height(count: int) -> float:
    """Return the inches that so many rows take: closer together where there are many.

    >>> height(2) < height(30) < 10
    True
    """
    return 1.15 + (0.42 if count <= FEW_ROWS else 0.29) * count


def room(ax: Axes | None, count: int) -> Axes:
    """Return the Axes for so many rows."""
    return canvas(ax, height(count))


def dots(
    ax: Axes,
    items: Sequence[Dot],
    unit: str,
    line: float | None,
    name: str,
    key: str = "",
    bounds: tuple[float, float] | None = None,
) -> Axes:
    """Draw rows of dots.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    items : sequence of Dot
        The rows, the first on top.
    unit : str
        What the values measure, for the scale below.
    line : float or None
        What all rows are held against; with None each row has its own tick.
    name : str
        What the line or the ticks are.
    key : str
        What an open mark means, if a row has one.
    bounds : tuple of float, optional
        The ends of the scale; else they are taken from the values.
    """
    lines = 2 if len(items) <= FEW_ROWS else 1
    rows(ax, [drawable(item.label, 19, lines) for item in items])
    low, high = bounds or _scale(items, line)
    ax.set_xlim(low, high)
    _bars(ax, items, low, high)
    _marks(ax, items)
    for y, item in enumerate(items):
        _beside(ax, y, item)
    # Where rows stand close together, a line of text above them takes more than a row.
    text = 0.8 if len(items) <= FEW_ROWS else 1.05
    ax.set_ylim(len(items) - 0.4, -0.35 - text * (2 if key else 1))
    _held_against(ax, line, name, len(items), -text)
    if key:
        _named_mark(ax, "D" if any(not is_null(item.diamond) for item in items) else "o", -1.9 * text, key)
    inside = [float(at) for at in MaxNLocator(3).tick_values(low, high) if low <= at <= high]
    # Two have room whatever their unit.
    inside = [inside[0], inside[-1]] if len(inside) > 2 else inside
    ax.set_xticks(inside, [number(at, unit, compact=True) for at in inside])
    ax.tick_params(axis="x", labelsize=11, colors=GREY)
    return ax


def _bars(ax: Axes, items: Sequence[Dot], low: float, high: float) -> None:
    """Draw the intervals; one that reaches beyond the scale is cut and ends in a tip."""
    known = [(y, item) for y, item in enumerate(items) if not is_null(item.low) and not is_null(item.high)]
    at = [y for y, _item in known]
    ends = [(max(item.low, low), min(item.high, high)) for _y, item in known]
    colours = [item.look.colour for _y, item in known]
    ax.hlines(at, [a for a, _b in ends], [b for _a, b in ends], colors=colours, linewidth=2.6, alpha=SPAN)
    for tip, end, cut in (
        ("<", low, [(y, item) for y, item in known if item.low < low]),
        (">", high, [(y, item) for y, item in known if item.high > high]),
    ):
        colours = [item.look.colour for _y, item in cut]
        ax.scatter([end] * len(cut), [y for y, _item in cut], marker=tip, s=25, color=colours, clip_on=False)
    between = [(y, item) for y, item in enumerate(items) if not is_null(item.hollow)]
    if between:
        tails, heads = [item.hollow for _y, item in between], [item.value for _y, item in between]
        ax.hlines([y for y, _item in between], tails, heads, color=INK, linewidth=0.9)


def _marks(ax: Axes, items: Sequence[Dot]) -> None:
    """Draw the marks, all of one look at once, which keeps the file small."""
    _points(ax, [item.peers for item in items], Look(INK, "|"), 120, 2.2)
    _points(ax, [item.hollow for item in items], Look(INK, "o", filled=False), 42, 2.3)
    for look in dict.fromkeys(item.look for item in items):
        _points(ax, [item.value if item.look == look else None for item in items], look, 64, 2.5)
    _points(ax, [item.diamond for item in items], Look(INK, "D", filled=False), 15, 3)


def _points(ax: Axes, values: Sequence[Any], look: Look, size: float, above: float) -> None:
    at = [y for y, value in enumerate(values) if not is_null(value)]
    known = [values[y] for y in at]
    paint: Any = {"color": look.colour} if look.filled else {"facecolor": "white", "edgecolor": look.colour}
    ax.scatter(known, at, marker=look.marker, s=size, zorder=above, **paint)


def _beside(ax: Axes, y: int, item: Dot) -> None:
    judged = item.look.mark in ("▲", "▼", "△", "▽")
    ax.annotate(
        item.text,
        (1.045, y),
        xycoords=("axes fraction", "data"),
        ha="left",
        va="center",
        annotation_clip=False,
        fontweight="bold" if judged else "normal",
        color=item.look.colour if judged else INK,
    )


def peers_name(line: float | None, ticks: bool, unit: str) -> str:
    """Return what the peers' line is called, or the peers' ticks; "" where there is neither.

    >>> peers_name(0.41, False, "share"), peers_name(None, True, "share"), peers_name(None, False, "share")
    ('peers 41.0%', 'peers', '')
    """
    if line is None:
        return _("peers") if ticks else ""
    return _("peers {value}", value=number(line, unit, compact=True))


def _held_against(ax: Axes, line: float | None, name: str, count: int, y: float) -> None:
    if line is not None:
        ax.plot([line, line], [-0.5, count - 0.4], color=INK, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
        low, high = ax.get_xlim()
        side = "left" if line < low + (high - low) / 4 else "right" if line > high - (high - low) / 4 else "center"
        ax.annotate(name, (line, y), ha=side, va="center", annotation_clip=False, bbox=BEHIND)
    elif name:
        _named_mark(ax, "|", y, name)


def _named_mark(ax: Axes, marker: str, y: float, name: str) -> None:
    """Say above the rows what a mark in them is; from the figure's edge, since some languages need all of its width."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    across = blended_transform_factory(figure.transFigure, ax.transData)
    look: Any = {"markerfacecolor": "white", "markersize": 6, "clip_on": False}
    ax.plot(EDGE, y, marker=marker, color=INK, transform=across, **look)
    place: Any = {"xycoords": ("figure fraction", "data"), "textcoords": "offset points", "va": "center"}
    ax.annotate(name, (EDGE, y), xytext=(8, 0), color=TOTAL, annotation_clip=False, **place)


def _scale(items: Sequence[Dot], line: float | None) -> tuple[float, float]:
    points: list[Any] = [line, *(item.value for item in items)]
    points += [value for item in items for value in (item.peers, item.hollow, item.diamond)]
    known = [float(value) for value in points if not is_null(value)]
    lows = [float(item.low) for item in items if not is_null(item.low)]
    highs = [float(item.high) for item in items if not is_null(item.high)]
    least, most = min(known), max(known)
    span = most - least
    if span <= 1e-9 * max(abs(most), 1e-9):
        span = max([*highs, most]) - min([*lows, least]) or abs(most) * ALIKE or 1.0
    widths = [(float(i.high) - float(i.low)) / 2 for i in items if not is_null(i.low) and not is_null(i.high)]
    reach = max(REACH * span, 1.2 * median(widths) if widths else 0.0)
    low, high = max(min([*lows, least]), least - reach), min(max([*highs, most]), most + reach)
    edge = 0.04 * (high - low) if math.isfinite(high - low) and high > low else 0.5 * span
    return low - edge, high + edge
