"""Earlier published reports: what their manifests say was shown, as of which day and from how many rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _
from salesops_lib.periods import period_name

MANIFEST = "manifest.json"
# From here on, a table that has grown or shrunk since the last run is worth a look.
MOVED = 0.30


@dataclass(frozen=True)
class Published:
    """A report as its manifest tells it: rows of each table as they were read, rows of each figure by its name."""

    place: Path
    label: str
    period: str
    company: str
    as_of: date
    made_at: str
    data_hash: str
    tables: Sequence[Mapping[str, Any]] = field(repr=False)
    figures: Mapping[str, Sequence[Mapping[str, Any]]] = field(repr=False)

    @property
    def read(self) -> dict[str, int]:
        """How many rows of each table were read."""
        return {str(table["table"]): int(table["read"]) for table in self.tables}

    @property
    def quarantine(self) -> list[tuple[str, str, str]]:
        """What was put aside: source, row, reason."""
        path = self.place / "quarantine.csv"
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", newline="") as stream:
            # An apostrophe keeps a spreadsheet from running a cell; it is not part of it.
            rows = [{name: cell.removeprefix("'") for name, cell in row.items()} for row in csv.DictReader(stream)]
        return [(row["source"], row["row"], row["reason"]) for row in rows if row["table"] == "opportunities"]


def read_published(path: Path) -> Published:
    """Read a manifest.

    Raises
    ------
    ParameterError
        If it is none.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Published(
            place=path.parent,
            label=str(told["label"]),
            period=str(told["period"]),
            company=str(told["company"]),
            as_of=date.fromisoformat(told["as_of"]),
            made_at=str(told["made_at"]),
            data_hash=str(told["data_hash"]),
            tables=[{**table, "read": int(table["read"])} for table in told["tables"]],
            figures={each["name"]: each["rows"] for each in told["figures"]},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        fix = _("Delete its folder, or make the report again.")
        raise ParameterError(Fault(_("is not the manifest of a report."), file=str(path), fix=fix)) from None


def row_count_notes(book: Book, folder: str | None) -> dict[str, str]:
    """A note by table on row counts that are 30 % and more off the last run on other data; unreadable ones are passed.

    Parameters
    ----------
    book : Book
        What was read now.
    folder : str, optional
        The folder of the published reports; it need not exist.
    """
    runs = []
    for path in sorted(Path(folder).glob(f"[!.]*/[!.]*/{MANIFEST}")) if folder else []:
        try:
            run = read_published(path)
        except ParameterError:
            continue
        if run.company == book.company.name and run.data_hash != book.data_hash:
            runs.append(run)
    if not runs:
        return {}
    last = max(runs, key=lambda run: (run.made_at, run.period, run.label))
    now = {table.table: table.read for table in book.audit.tables}
    known = {name: (before, now[name]) for name, before in last.read.items() if before and name in now}
    return {
        name: _(
            "the last run ({report} {period}) read {before} rows and this one {after}: {change:+.0%}",
            report=_(last.label),
            period=period_name(last.period),
            before=before,
            after=after,
            change=after / before - 1,
        )
        for name, (before, after) in known.items()
        if abs(after - before) >= MOVED * before
    }
