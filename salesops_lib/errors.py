"""The errors a user can cause and mend: every fault at once, each with its way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext

MOST_ROWS = 5


@dataclass(frozen=True)
class Fault:
    """One fault of a file, a parameter or a call, and how to mend it."""

    what: str
    file: str | None = None
    key: str | None = None
    column: str | None = None
    rows: Sequence[int] = ()
    fix: str | None = None

    def __str__(self) -> str:
        where = [self.file] if self.file else []
        if self.key:
            where.append(f"key {self.key!r}")
        if self.column:
            where.append(f"column {self.column!r}")
        if self.rows:
            shown = ", ".join(str(row) for row in self.rows[:MOST_ROWS])
            where.append(f"{'row' if len(self.rows) == 1 else 'rows'} {shown}")
        text = f"{', '.join(where)}: {self.what}" if where else self.what
        return f"{text} {self.fix}" if self.fix else text


class SalesOpsError(Exception):
    """What the user can mend. `exit_code` is what the command ends with."""

    exit_code = 2

    def __init__(self, *faults: Fault | str) -> None:
        self.faults = tuple(Fault(f) if isinstance(f, str) else f for f in faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ParameterError(SalesOpsError):
    """A wrong call or a wrong parameter."""


class NoHistory(ParameterError):
    """Too little of the past is known for what was asked."""


class CompanyError(SalesOpsError):
    """A company file that cannot be used."""


class SourceError(SalesOpsError):
    """Data that was rejected: nothing of it is used."""

    exit_code = 3


class MissingTable(SalesOpsError):
    """A metric or an analysis needs a table, or a column of one, that the source does not have.

    `why` is a message marked by N_: what it is needed for.
    """

    exit_code = 3

    def __init__(self, table: str, why: str = "", *, column: str | None = None) -> None:
        self.table = table
        place = f"source: tables: {table}{f': columns: {column}' if column else ''}"
        what = _what_is_missing(why, column).format(table=table, column=column, why=_(why))
        super().__init__(Fault(what, fix=_("Add it under {place}.", place=place)))


class Withheld(SalesOpsError):
    """Individual figures of a group that is too small to show them (`privacy: minimum_group` of the company file)."""

    def __init__(self, members: int, minimum: int) -> None:
        what = ngettext(
            "individual figures of a group of {n} person are withheld: the company file shows them from {minimum} on "
            "(privacy: minimum_group).",
            "individual figures of a group of {n} people are withheld: the company file shows them from {minimum} on "
            "(privacy: minimum_group).",
            members,
            minimum=minimum,
        )
        super().__init__(Fault(what))


def nearest(name: str, options: Iterable[str]) -> str:
    """The way out for a name that is not one of the options: the near ones first.

    >>> nearest("win_rat", ["win_rate", "revenue_won"])
    'Did you mean win_rate?'
    >>> nearest("zzz", ["b", "a"])
    'Known: a, b.'
    """
    known = sorted({str(option) for option in options})
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    shown = ", ".join(known[:30])
    return f"Known: {shown}{' ...' if len(known) > 30 else ''}." if known else "There are none."


def _what_is_missing(why: str, column: str | None) -> str:
    if column and why:
        return _("this needs the column {column!r} of {table} ({why}), which the company file does not name.")
    if column:
        return _("this needs the column {column!r} of {table}, which the company file does not name.")
    if why:
        return _("this needs the table {table!r} ({why}), which the company file does not name.")
    return _("this needs the table {table!r}, which the company file does not name.")
