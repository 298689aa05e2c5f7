"""Rows of marks: what figures share that draw one line per group, rep or stage, each labelled itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.show.numbers import is_null, number
from salesops_lib.show.style import FAINT, GREY, SPAN, TOTAL

ROW = 0.47
MARGIN = 0.55
# A label that crosses a line stays readable on it.
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}


def rows(ax: Axes, labels: Sequence[str]) -> Axes:
    """Prepare one row per label, the first on top, without a scale: every mark is labelled itself."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xticks([])
    for side in ("top", "right", "bottom", "left"):
        ax.spines[side].set_visible(False)
    ax.hlines(range(len(labels)), 0, 1, transform=ax.get_yaxis_transform(), color=FAINT, linewidth=0.6, zorder=0)
    return ax


def intervals(ax: Axes, frame: pd.DataFrame, value: str, colours: Sequence[str]) -> None:
    """Draw a share per row: a dot, its interval and its figure above it."""
    for y, (row, colour) in enumerate(zip(frame.to_dict("records"), colours, strict=True)):
        if not is_null(row["low"]) and not is_null(row["high"]):
            ax.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=3, alpha=SPAN, solid_capstyle="butt")
        ax.plot(row[value], y, "o", color=colour, markersize=8)
        ax.annotate(
            number(row[value], "share"),
            (row[value], y),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            va="bottom",
            bbox=BEHIND,
        )


def held_against(ax: Axes, values: Iterable[float], name: str) -> None:
    """Draw in each row the share it is held against as a grey tick, and name the tick above the first row."""
    values = list(values)
    ax.scatter(values, np.arange(len(values)), marker="|", s=260, linewidth=2, color=GREY, zorder=2)
    ax.plot(0.02, -0.75, marker="|", markersize=16, markeredgewidth=2, color=GREY, clip_on=False)
    ax.annotate(name, (0.05, -0.75), va="center", color=TOTAL, annotation_clip=False)
    ax.set_ylim(len(values) - 0.4, -1.0)
    ax.set_xlim(0, 1.12)


def beside(ax: Axes, y: int, text: str, colour: str) -> None:
    """Write a word at the right end of a row."""
    ax.annotate(
        text,
        (1.0, y),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="center",
        color=colour,
        fontweight="bold",
        bbox=BEHIND,
    )


def lowest(frame: pd.DataFrame, values: Iterable[float]) -> float:
    """Return the lowest of the values and of their intervals' lower bounds."""
    return float(np.nanmin([*values, *frame["low"].astype(float)]))


def highest(frame: pd.DataFrame, values: Iterable[float]) -> float:
    """Return the highest of the values and of their intervals' upper bounds."""
    return float(np.nanmax([*values, *frame["high"].astype(float)]))
