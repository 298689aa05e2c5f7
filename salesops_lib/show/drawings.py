"""A figure as it is published: an image that speaks for itself in words, with its data beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from salesops_lib.errors import SalesOpsError
from salesops_lib.language import gettext as _
from salesops_lib.names import join
from salesops_lib.show import style
from salesops_lib.show.shown import Shown, brief, long_text, nothing
from salesops_lib.show.vector import inline


@dataclass(frozen=True)
class Drawing:
    """What a picture cannot say itself: its title, its alternative text and its data as a table."""

    title: str
    alternative: str
    data: Shown
    empty: bool = False


SCREEN = 15
# A longer alternative text nobody listens to; the table beside the figure has the rest.
LONGEST = 1500

_drawings: WeakKeyDictionary[Axes, Drawing] = WeakKeyDictionary()


def drawn(ax: Axes, title: str, alternative: str, data: Shown) -> Axes:
    """Finish a drawing: no mathtext in it, and what it shows kept in words beside it."""
    _remember(ax, Drawing(title, alternative, data))
    return style.settle(ax)


def undrawn(ax: Axes, title: str, why: str) -> Axes:
    """Finish a drawing that has nothing to draw: it says so in words."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, why, ha="center", va="center", transform=ax.transAxes, wrap=True)
    _remember(ax, Drawing(title, why, nothing(why), empty=True))
    return style.settle(ax)


def _remember(ax: Axes, drawing: Drawing) -> None:
    _drawings[ax] = drawing
    figure = _figure(ax)
    figure.set_label(" ".join(one.alternative for one in _of(figure)))


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _of(figure: Figure) -> list[Drawing]:
    return [_drawings[ax] for ax in figure.axes if ax in _drawings]


def published(ax: Axes, beside: Sequence[Shown] = ()) -> Shown:
    """Return the whole figure that an Axes belongs to: image, alternative text, data; the figure is closed.

    Data that a table beside it holds are left to that table.

    Raises
    ------
    SalesOpsError
        If none of its Axes was drawn by a `plot_` function and it has no label: it could not be read aloud.
    """
    figure = _figure(ax)
    drawings = _of(figure)
    alternative = str(figure.get_label())
    if not alternative:
        raise SalesOpsError(
            "this figure has no alternative text. Draw it with a plot_ function, or set it: ax.figure.set_label(...)."
        )
    if drawings and all(one.empty for one in drawings):
        plt.close(figure)
        return drawings[0].data
    width, height = (round(inches * 96) for inches in figure.get_size_inches())
    drawing = inline(style.svg(figure), _within(alternative), width, height)
    plt.close(figure)
    data = [one.data for one in drawings if not any(_holds(table, one.data) for table in beside)]
    title = " · ".join(dict.fromkeys(one.title for one in drawings))
    html = [
        join("figcaption", [long_text(title)]) if title else "",
        drawing,
        *(_details(one) for one in data if one.html),
    ]
    rows = [row for one in data for row in one.records]
    names = [one.name for one in data if one.name]
    return Shown(str(join("figure", html)), alternative, rows, names[0] if names else "")


def _holds(table: Shown, data: Shown) -> bool:
    return table.name == data.name and all(
        any(row.items() <= held.items() for held in table.records) for row in data.records
    )


def _within(alternative: str) -> str:
    if len(alternative) <= LONGEST:
        return alternative
    return alternative[:LONGEST].rsplit(" ", 1)[0] + " … " + _("The rest is in the table.")


def folded(title: str, *items: Axes | Shown) -> Shown:
    """Return figures and tables behind their title: a reader who wants them opens it."""
    inside = [published(item) if isinstance(item, Axes) else item for item in items]
    html = join("details", [join("summary", [brief(title)]), *(Markup(item.html) for item in inside)], "folded")
    rows = [row for item in inside for row in item.records]
    names = [item.name for item in inside if item.name]
    return Shown(str(html), "\n\n".join([title, *(item.text for item in inside)]), rows, names[0] if names else "")


def at_hand(table: Shown, title: str) -> Shown:
    """Return a table as it is or, if it is longer than a screen, behind its title."""
    return folded(title, table) if len(table.records) > SCREEN else table


def _details(data: Shown) -> Markup:
    return join("details", [join("summary", [_("The figures as a table")]), Markup(data.html)])
