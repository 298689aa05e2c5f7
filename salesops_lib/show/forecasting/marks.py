"""Rows of forecasts: a dot with its 80 % and 95 % interval, a tick it is held against, lines through all, the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

from salesops_lib.names import drawable
from salesops_lib.show.numbers import is_null
from salesops_lib.show.rows import BEHIND, rows
from salesops_lib.show.style import BLUE, INK, SPAN, TOTAL, canvas

PITCH = 0.46
SIDE = 0.28
# Points that a character takes on average.
CHARACTER = 7.0
GAP = 22.0


@dataclass(frozen=True)
class Mark:
    """One row: where the forecast lies, how sure it is, what it is held against, and what stands beside it."""

    label: str
    value: Any
    low: Any = None
    high: Any = None
    lowest: Any = None
    highest: Any = None
    tick: Any = None
    diamond: Any = None
    text: str = ""
    colour: str = BLUE
    filled: bool = True
    loud: bool = False


@dataclass(frozen=True)
class Key:
    """What a mark means, said above the rows."""

    marker: str
    words: str
    colour: str = INK
    filled: bool = True


def room(ax: Axes | None, count: int, heads: int) -> Axes:
    """Return the Axes for so many rows below so many lines of text."""
    return canvas(ax, 0.35 + PITCH * count + 0.4 * heads)


def marks(ax: Axes, items: Sequence[Mark], lines: Mapping[str, float], keys: Sequence[Key] = ()) -> Axes:
    """Draw the rows, the first on top.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    items : sequence of Mark
        The rows; one without a value has only its words.
    lines : mapping of str to float
        What all rows are held against, by what is written above it.
    keys : sequence of Key
        What the marks mean, in one line above the rows.
    """
    rows(ax, [drawable(item.label, 19, 2) for item in items])
    low, high = _scale(items, lines)
    ax.set_xlim(low, high)
    for y, item in enumerate(items):
        _row(ax, y, item)
    above = -0.75
    for number, (name, at) in enumerate(lines.items()):
        style: Any = (0, (4, 3)) if number == 0 else (0, (1, 2))
        ax.plot([at, at], [above + 0.2, len(items) - 0.4], color=INK, linewidth=1.2, linestyle=style, zorder=0)
        side = "left" if at < low + SIDE * (high - low) else "right" if at > high - SIDE * (high - low) else "center"
        ax.annotate(name, (at, above), ha=side, va="center", annotation_clip=False, bbox=BEHIND, zorder=4)
        above -= 0.72
    if keys:
        _keys(ax, keys, above, CHARACTER * max(len(item.text) for item in items))
        above -= 0.72
    ax.set_ylim(len(items) - 0.4, above + 0.2)
    return ax


def _row(ax: Axes, y: int, item: Mark) -> None:
    beside: Any = {"xycoords": ("axes fraction", "data"), "ha": "left", "va": "center", "annotation_clip": False}
    ax.annotate(
        item.text,
        (1.03, y),
        fontweight="bold" if item.loud else "normal",
        color=item.colour if item.loud else INK,
        **beside,
    )
    if not is_null(item.lowest) and not is_null(item.highest):
        ax.plot([item.lowest, item.highest], [y, y], color=item.colour, linewidth=1.3, solid_capstyle="butt")
    if not is_null(item.low) and not is_null(item.high):
        ax.plot([item.low, item.high], [y, y], color=item.colour, linewidth=5, alpha=SPAN, solid_capstyle="butt")
    if not is_null(item.tick):
        ax.plot(item.tick, y, "|", color=INK, markersize=17, markeredgewidth=2)
    if not is_null(item.value):
        fill = item.colour if item.filled else "white"
        ax.plot(item.value, y, "o", color=item.colour, markerfacecolor=fill, markersize=8, zorder=3)
    if not is_null(item.diamond):
        ax.plot(item.diamond, y, "D", color=INK, markersize=7, markeredgecolor="white", zorder=4)


def _keys(ax: Axes, keys: Sequence[Key], y: float, beside: float) -> None:
    """Say in one line what the marks are, ending where the words beside the rows do: that is the widest line."""
    place: Any = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
    points = beside - sum(GAP + CHARACTER * len(key.words) for key in keys)
    for key in keys:
        fill = key.colour if key.filled else "white"
        looks: Any = {"color": key.colour, "markerfacecolor": fill, "markersize": 8, "clip_on": False}
        at = offset_copy(ax.get_yaxis_transform(), ax.get_figure(root=True), x=points, units="points")
        ax.plot(1, y, key.marker, transform=at, markeredgewidth=1.6, **looks)
        ax.annotate(key.words, (1, y), xytext=(points + 8, 0), color=TOTAL, annotation_clip=False, **place)
        points += GAP + CHARACTER * len(key.words)


def _scale(items: Sequence[Mark], lines: Mapping[str, float]) -> tuple[float, float]:
    points: list[Any] = [*lines.values()]
    for item in items:
        points += [item.value, item.low, item.high, item.lowest, item.highest, item.tick, item.diamond]
    known = [float(value) for value in points if not is_null(value)] or [0.0]
    least, most = min(known), max(known)
    edge = 0.06 * (most - least) or 0.1 * abs(most) or 1.0
    return least - edge, most + edge
