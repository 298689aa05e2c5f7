"""Small companies in memory: rows in, a Book out, so that a test shows every row it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from salesops_lib.company import Company
from salesops_lib.data.book import Book, open_book
from salesops_lib.data.mapping import IBIS_TYPES
from salesops_lib.data.schema import TABLES

Row = Mapping[str, Any]
OPEN = {"Lead": 0.1, "Offer": 0.4, "Talks": 0.7}
WON, LOST = "Won", "Lost"
LAST_DAY = "2026-06-30"


def day(text: str, hour: int = 12) -> datetime:
    """Noon (or another hour) of a day written as 2026-01-31."""
    return datetime.combine(date.fromisoformat(text), time(hour))


def book_of(as_of: str, *, company: Mapping[str, Any] | None = None, **tables: Sequence[Row]) -> Book:
    """A book of rows by table; columns that a row does not name are null, closed flags follow the stage."""
    settings = {"name": "Small", "stages": {"open": OPEN, "won": [WON], "lost": [LOST]}, **(company or {})}
    # The book reads its files when it is asked, so they stay until the process ends.
    folder = mkdtemp(dir=_folder().name)
    sources: dict[str, dict[str, Any]] = {}
    for name, rows in tables.items():
        pq.write_table(_table(name, rows), f"{folder}/{name}.parquet")
        extra = {key: key for row in rows for key in row if key not in TABLES[name].names and key[0] != "_"}
        sources[name] = {"from": f"{name}.parquet", "optional": not rows} | ({"columns": extra} if extra else {})
    source = {"tables": sources, "data_until": max(as_of, LAST_DAY), "loss_budget": 0}
    return open_book(Company.model_validate({**settings, "source": source, "folder": folder}), as_of)


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


def deal(number: int | str, created: str | None, *states: tuple[Any, ...], **more: Any) -> dict[str, Any]:
    """An opportunity by its changes: (day, stage, amount, close date); `_path` keeps them for the history."""
    path = []
    for hour, (when, stage, *rest) in enumerate(states):
        amount, due = [*rest, *(path[-1][2:] if path else (100, None))[len(rest) :]]
        at = when if isinstance(when, datetime) else day(when, hour + 1)
        path.append((at, stage, amount, due))
    last = path[-1]
    closed = last[1] in (WON, LOST)
    turned = None
    for before, now in zip([None, *path], path, strict=False):
        if now[1] in (WON, LOST) and (before is None or before[1] not in (WON, LOST)):
            turned = now[0]
    return {
        "opportunity_id": str(number),
        "created_at": None if created is None else min(day(created, 0), path[0][0]),
        "stage": last[1],
        "amount": last[2],
        "closed_at": turned if closed else None,
        "close_date": turned.date() if closed and turned else (last[3] and date.fromisoformat(str(last[3]))),
        "_path": path,
        **more,
    }


def history_of(deals: Sequence[Row]) -> list[dict[str, Any]]:
    """The history that the paths of deals tell: one row per change."""
    return [
        {
            "opportunity_id": each["opportunity_id"],
            "changed_at": at,
            "stage": stage,
            "amount": amount,
            "close_date": due and date.fromisoformat(str(due)),
        }
        for each in deals
        for at, stage, amount, due in each["_path"]
    ]


def told(as_of: str, deals: Sequence[Row], **more: Any) -> Book:
    """A book of deals with their whole history."""
    return book_of(as_of, opportunities=deals, opportunity_history=history_of(deals), **more)


def _table(name: str, rows: Sequence[Row]) -> pa.Table:
    kinds = {column.name: IBIS_TYPES[column.kind] for column in TABLES[name].columns}
    kinds |= {key: "string" for row in rows for key in row if key not in kinds and key[0] != "_"}
    if name == "opportunities":
        kinds = {key: kind for key, kind in kinds.items() if key not in ("is_closed", "is_won")}
    schema = ibis.schema(kinds)
    cells = {column: [_cell(row.get(column), kind) for row in rows] for column, kind in schema.items()}
    return pa.table(cells, schema=schema.to_pyarrow())


def _cell(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if kind.is_decimal():
        return Decimal(str(value))
    if kind.is_date() and isinstance(value, str):
        return date.fromisoformat(value)
    if kind.is_timestamp() and isinstance(value, str):
        return day(value)
    return value
