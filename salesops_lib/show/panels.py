"""Small panels in one figure, and their axis of time: insets, so that it works in the caller's Axes too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes

from salesops_lib.show.numbers import period_short
from salesops_lib.show.style import WIDTH

SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
PANEL = 1.75
# Inches that a second line of a title takes.
LINE = 0.22
# Inches that a character of a limit's label takes.
CHARACTER = 0.092


def panels(ax: Axes, count: int, columns: int, labels: Sequence[str], above: float = 0.0) -> list[Axes]:
    """Divide an Axes into panels, with room at the right of each for the longest of the labels.

    `above` is room above each title, in inches of a panel that is so much higher.
    """
    ax.set_axis_off()
    rows = -(-count // columns)
    high, wide = 1 / rows, 1 / columns
    whole = PANEL + above
    top, bottom = (0.30 * PANEL + above) / whole * high, 0.17 * PANEL / whole * high
    longest = max((len(text) for text in labels), default=0)
    right = min(0.5 * wide, (longest + 1) * CHARACTER / WIDTH)
    return [
        ax.inset_axes((column * wide, 1 - (row + 1) * high + bottom, wide - right, high - top - bottom))
        for row, column in (divmod(i, columns) for i in range(count))
    ]


def over_time(panel: Axes, periods: Sequence[object], limits: dict[float, str]) -> None:
    """Name the first and the last period below a panel, and its limits at the right."""
    last = len(periods) - 1
    ends = sorted({0, last})
    name_ends(panel, ends, [period_short(periods[end]) for end in ends])
    panel.set_yticks(list(limits), list(limits.values()))
    panel.yaxis.tick_right()
    panel.tick_params(labelsize=11, pad=3)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.set_xlim(-0.4, last + 0.4)
    panel.margins(y=0.12)


def name_ends(ax: Axes, at: Sequence[float], names: Sequence[str]) -> None:
    """Name the first and the last place of an axis, each written inwards; a lone one is written in the middle."""
    ax.set_xticks(at, names)
    if len(at) > 1:
        for tick, side in zip(ax.xaxis.get_major_ticks(), SIDES, strict=True):
            tick.label1.set_horizontalalignment(side)
            tick.label2.set_horizontalalignment(side)


def subtitle(panel: Axes, text: str, colour: str) -> None:
    """Write a line between a panel and its title."""
    panel.text(0, 1.06, text, transform=panel.transAxes, va="bottom", fontsize=11, color=colour)
