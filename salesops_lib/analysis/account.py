"""The report's account of itself: what was read, and what its figures mean."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from salesops_lib.analysis.published import row_count_notes
from salesops_lib.data.book import Book
from salesops_lib.metrics import catalogue


def audit(book: Book, published: str | None = None) -> pd.DataFrame:
    """What became of every row: table, source, read, used, quarantined, dropped, note (read = the three together).

    With the folder of the published reports, a table whose rows are 30 % and more off the last run says so, too.
    """
    frame = book.audit.frame()
    more = frame["table"].map(row_count_notes(book, published)).fillna("")
    parts = zip(frame["note"], more, strict=True)
    return frame.assign(note=["; ".join(part for part in pair if part) for pair in parts])


def definitions(metrics: Sequence[str]) -> pd.DataFrame:
    """The definitions of metrics, in the order given: metric, label, unit, definition."""
    known = catalogue().set_index("metric")
    return known.loc[list(dict.fromkeys(metrics)), ["label", "unit", "definition"]].reset_index()
