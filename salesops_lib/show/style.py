"""The house style of figures: palette, sizes, the canvas they are drawn on, and SVG that is the same every time."""

from __future__ import annotations

import io
import warnings
from contextlib import _GeneratorContextManager
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

# Okabe and Ito's palette: told apart by readers who do not see red and green, and in grey print by its lightness.
BLUE, ORANGE, GREY = "#0072B2", "#C44E00", "#6B7280"
INK, FAINT, PALE = "#1F2937", "#D1D5DB", "#F3F4F6"
GOOD, BAD, TOTAL = BLUE, ORANGE, "#4B5563"
WIDTH = 4.8
# How much of a colour a tint has at most.
MOST = 0.62
# An interval is drawn in so much of its colour: three to one against the paper, and a tick on it stands out.
SPAN = 0.8

HOUSE: Any = {
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "white",
    "savefig.bbox": None,
    "axes.facecolor": "white",
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.grid": False,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 12.5,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, "#00795A", "#AA4499", GREY]),
    "grid.color": PALE,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 12.5,
    "ytick.labelsize": 12.5,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 12.5,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "salesops",
}


def use_house_style() -> None:
    """Draw in the house style from here on, also what an analyst draws without this package's functions."""
    mpl.rcParams.update(HOUSE)


def house_style() -> _GeneratorContextManager[None]:
    """Draw in the house style inside the block or, as a decorator, inside the function."""
    return mpl.rc_context(HOUSE)


def canvas(ax: Axes | None, height: float) -> Axes:
    """Return the Axes to draw on: the caller's, or one of a new figure that is legible on a phone.

    Parameters
    ----------
    ax : Axes or None
        The caller's Axes.
    height : float
        Inches, of a new figure.
    """
    if ax is not None:
        return ax
    figure, fresh = plt.subplots(figsize=(WIDTH, height))
    figure.set_label("")
    return fresh


def settle(ax: Axes) -> Axes:
    """Turn mathtext off in every text that is drawn: names come from data and `$x^$` is a name."""
    for text in ax.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
    return ax


def tints(high: str, low: str = "") -> Colormap:
    """Return a colour map from nothing to a colour or, with two, from the one through nothing to the other.

    What is nothing lets the paper through, so that a map is legible on light paper and on dark; a dark word can be
    read on the strongest tint.
    """
    none, low = (*to_rgba(high)[:3], 0.0), low or high
    ends = [(*to_rgba(low)[:3], MOST), (*to_rgba(low)[:3], 0.0), none, (*to_rgba(high)[:3], MOST)]
    at = [0.0, 0.5, 0.5, 1.0]
    return LinearSegmentedColormap.from_list("tints", list(zip(at, ends, strict=True)) if low != high else ends[2:])


def svg(figure: Figure) -> bytes:
    """Return a figure as SVG whose texts are texts, the same bytes for the same figure.

    Room is made by the house font's widths, which few fonts exceed. Of a character it lacks no more is said: the
    reader's own fonts have it.
    """
    buffer = io.BytesIO()
    with house_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")
        warnings.filterwarnings("ignore", message=r"constrained_layout not applied")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches=None)
    return buffer.getvalue()
