"""Long tables and several things shown as one: the first rows are in sight, the rest is behind its title."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from salesops_lib.language import ngettext
from salesops_lib.show.drawings import folded
from salesops_lib.show.shown import Row, Shown, records

IN_SIGHT = 12
# One or two rows behind a title are more bother than they take room.
SLACK = 2


def at_length(frame: pd.DataFrame, make: Callable[[pd.DataFrame], Shown], most: int = IN_SIGHT) -> Shown:
    """Return a table of which the first rows are in sight and the others behind their number.

    Parameters
    ----------
    frame : DataFrame
        All rows; they become the records.
    make : callable
        Makes the table of some of the rows.
    most : int
        Rows in sight.
    """
    if len(frame) <= most + SLACK:
        return make(frame)
    first, rest = make(frame.iloc[:most]), make(frame.iloc[most:])
    more = len(frame) - most
    return together([first, folded(ngettext("{n} more row", "{n} more rows", more), rest)], records(frame))


def together(parts: Sequence[Shown], rows: Sequence[Row]) -> Shown:
    """Return several things as one, under the name of the first and with these rows as their records."""
    told = [part for part in parts if part.html]
    return Shown("".join(part.html for part in told), "\n\n".join(part.text for part in told), rows, told[0].name)
