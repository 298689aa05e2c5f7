"""One table as HTML: caption, a scope on every header, numbers to the right, every cell escaped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from salesops_lib.language import gettext as _
from salesops_lib.names import join, plain
from salesops_lib.show.numbers import interval, is_null, number, period_name
from salesops_lib.show.shown import LONG, Shown, long_text, nothing, records


@dataclass(frozen=True)
class Column:
    """A column as it is read: its heading and its cells, already in words.

    `drawn` stands on the page in place of the words, such as a small line of what they say.
    """

    label: str
    cells: Sequence[str]
    right: bool = True
    drawn: Sequence[Markup] = ()


def names(frame: pd.DataFrame, column: str, label: str, words: Callable[[Any], str] = plain) -> Column:
    """Return a column of text from data: made harmless, or turned to words."""
    return Column(label, ["–" if _blank(value) else words(value) for value in frame[column]], right=False)


def periods(frame: pd.DataFrame, column: str, label: str) -> Column:
    """Return a column of period names in words."""
    return names(frame, column, label, period_name)


def figures(frame: pd.DataFrame, column: str, label: str, unit: str = "", signed: bool = False) -> Column:
    """Return a column of numbers; without a unit, each row's own column `unit` says it."""
    units = [unit] * len(frame) if unit else list(frame["unit"])
    return Column(label, [number(v, u, signed=signed) for v, u in zip(frame[column], units, strict=True)])


def intervals(frame: pd.DataFrame, unit: str = "", low: str = "low", high: str = "high") -> Column:
    """Return the column of 95 % intervals; money in full, as the value beside it."""
    units = [unit] * len(frame) if unit else list(frame["unit"])
    bounds = zip(frame[low], frame[high], units, strict=True)
    # Its hyphens do not break: "95-%-" alone says nothing.
    label = _("95% interval").replace("-", "\u2011")
    return Column(label, [interval(a, b, u, compact=False) for a, b, u in bounds])


def _blank(value: Any) -> bool:
    return value == "" or (not isinstance(value, str) and is_null(value))


def grid(
    frame: pd.DataFrame,
    name: str,
    caption: str,
    columns: Sequence[Column],
    note: str = "",
    none: str = "",
    totals: bool = False,
) -> Shown:
    """Return a frame as a table whose first column names its rows.

    Parameters
    ----------
    frame : DataFrame
        What the columns were made from; its rows become the records.
    name : str
        What the figures are called in the manifest, and the table's class on the page.
    caption : str
        What the table shows, in one line.
    columns : sequence of Column
        The columns in order.
    note : str
        What a reader must know to read it right.
    none : str
        What is said in place of a table without rows.
    totals : bool
        Whether the last row is the total of those above, and stands out on the page.
    """
    if not len(frame):
        return nothing(none or _("There is nothing to show here."))
    inner = Markup(_structure(columns))
    css = f"{name} totals" if totals else name
    head = Markup('<table class="grid {}"><caption><div>{}</div></caption>').format(css, long_text(caption))
    box = Markup('<div class="scroll" tabindex="0" role="group" aria-label="{}">{}{}</div>')
    html = box.format(caption[:LONG], head, inner)
    if note:
        html += join("p", [note], "note")
    lines = [caption, "\t".join(column.label for column in columns)]
    lines += ["\t".join(row) for row in zip(*(column.cells for column in columns), strict=True)]
    return Shown(str(html), "\n".join([*lines, note] if note else lines), records(frame), name)


def _entities(text: str) -> str:
    return str(escape(text)).replace("{", "&#123;").replace("}", "&#125;")


def _structure(columns: Sequence[Column]) -> str:
    """Return great_tables' head and body of a table, without its style, ids and defaults: the page's style rules all.

    The ids go because two tables of one shape on one page would share them, and `scope` says the same.
    """
    import great_tables as gt  # slow to import, and only tables need it

    keys = [f"c{i}" for i in range(len(columns))]
    cells, markup = _apart(dict(zip(keys, columns, strict=True)))
    # great_tables reads {{...}} in a label as a unit of measurement; a brace written as an entity is a brace.
    labels = {key: gt.html(_entities(column.label[:LONG])) for key, column in zip(keys, columns, strict=True)}
    table = gt.GT(cells, rowname_col=keys[0], id="grid").tab_stubhead(label=labels[keys[0]])
    table = table.cols_label({key: labels[key] for key in keys[1:]})
    right = [key for key, column in zip(keys[1:], columns[1:], strict=True) if column.right]
    table = (
        table.cols_align("left", keys[1:]).cols_align("right", right) if right else table.cols_align("left", keys[1:])
    )
    raw = table.as_raw_html()
    raw = raw[raw.index("<thead>") : raw.index("</table>") + len("</table>")]
    raw = re.sub(r' class="[^"]*\bgt_right\b[^"]*"', ' data-number=""', raw)
    raw = re.sub(r' (?:(?:id|headers|class|style)="[^"]*"|(?:row|col)span="1")', "", raw)
    raw = re.sub(r">\s+<", "><", raw.replace(' data-number=""', ' class="number"'))
    return re.sub("|".join(markup), lambda found: str(markup[found[0]]), raw) if markup else raw


def _apart(columns: dict[str, Column]) -> tuple[pd.DataFrame, dict[str, Markup]]:
    """Return the cells as great_tables gets them, and what stands on the page in the place of some.

    These places are held by words that no name can foresee: they are made from all the cells.
    """
    own = hashlib.sha256("\0".join(cell for column in columns.values() for cell in column.cells).encode()).hexdigest()
    markup: dict[str, Markup] = {}
    cells: dict[str, list[str]] = {}
    for key, column in columns.items():
        cells[key] = list(column.cells)
        for row, cell in enumerate(column.cells):
            if column.drawn or len(cell) > LONG:
                place = f"{own}-{key}-{row}-"
                markup[place] = column.drawn[row] if column.drawn else long_text(cell)
                cells[key][row] = place
    return pd.DataFrame(cells, dtype=object), markup
