"""The report's account of itself: what was read, and what its figures mean."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.metrics import catalogue


def audit(book: Book) -> pd.DataFrame:
    """What became of every row: table, source, read, used, quarantined, dropped, note (read = the three together)."""
    return book.audit.frame()


def definitions(metrics: Sequence[str]) -> pd.DataFrame:
    """The definitions of metrics, in the order given: metric, label, unit, definition."""
    known = catalogue().set_index("metric")
    return known.loc[list(dict.fromkeys(metrics)), ["label", "unit", "definition"]].reset_index()
