"""What a check of the CRM is: a declaration of what it looks at, what it needs, which figures its faults spoil."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from salesops_lib.analysis.health.scope import Found, Scope
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable

COMPLETENESS, FRESHNESS, DATES, AMOUNTS = "completeness", "freshness", "dates", "amounts"
PROCESS, IDENTITY, IMPORT = "process", "identity", "import"
TOPICS = (COMPLETENESS, FRESHNESS, DATES, AMOUNTS, PROCESS, IDENTITY, IMPORT)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check.

    Parameters
    ----------
    key : str
        Its name, which is also that of its list of records.
    topic : str
        One of TOPICS.
    label : str
        The fault in a few words, as a share of records has it.
    definition : str
        Which records are looked at, and when one fails.
    effect : str
        What the fault does to the figures.
    metrics : tuple of str
        The figures of the catalogue that it spoils.
    fix : str
        What to do with the records.
    look : callable
        Makes the check.
    needs : tuple of str
        Tables, or columns as "table.column", that the source must have.
    past : tuple of str or None
        What the history must tell so that the check can be made as of an earlier day: "stage", "amount", "close_date".
        None: what the records looked like earlier is not known. That is so of activities, too: they bear the day on
        which they happened, and may have been logged long after it.
    with_activities : bool
        Whether the check looks at activities where there are any.
    """

    key: str
    topic: str
    label: str
    definition: str
    effect: str
    metrics: tuple[str, ...]
    fix: str
    look: Callable[[Scope], Found]
    needs: tuple[str, ...]
    past: tuple[str, ...] | None = None
    with_activities: bool = False

    def require(self, book: Book) -> None:
        """Raise MissingTable if the source lacks what the check needs."""
        for need in self.needs:
            table, _dot, column = need.partition(".")
            if not book.has(table):
                raise MissingTable(table)
            if column and column not in book.source.present[table]:
                raise MissingTable(table, column=column)

    def knows_past(self, book: Book) -> bool:
        """Whether the check can be made as of an earlier day."""
        if self.past is None or (self.with_activities and book.has("activities")):
            return False
        return book.has("opportunity_history") and not set(self.past) & set(book.source.untold)
