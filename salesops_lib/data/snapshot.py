"""The snapshot: a company's source read once for the reports of a batch, and what is the same for all of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import ibis
import ibis.expr.types as ir

from salesops_lib.company import Company
from salesops_lib.data.connection import keep_order, settle
from salesops_lib.data.pseudonyms import open_key
from salesops_lib.language import current_locale

if TYPE_CHECKING:
    from salesops_lib.data.source import Source

T = TypeVar("T")

# The folder of a batch in which its reports keep what they share.
SHELF = "SALESOPS_SHELF"
_FILES = "duckdb://"
# What a source is beside its rows. Who is who is never written here: the key file has it.
_KEPT = ("present", "audit", "data_hash", "last_day")


def read_once(company: Company, read: Callable[[], Source]) -> Source:
    """A company's source: from the shelf of a batch if there is one, where the first to ask puts it.

    Parameters
    ----------
    company : Company
        Only files read by DuckDB are kept; a database stays where it is.
    read : callable
        Reads the source.
    """
    shelf = os.environ.get(SHELF)
    if not shelf or company.source.connect != _FILES:
        return read()
    place = Path(shelf) / _name_of(company)
    place.mkdir(mode=0o700, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes while it is read waits for it
        if not (place / "source.pickle").exists():
            _save(read(), place)
    return _open(company, place)


def remember(source: Source, asked: tuple[object, ...], work: Callable[[], T]) -> T:
    """What a question to a source comes to: the first report of a batch that asks works it out for the others.

    Parameters
    ----------
    source : Source
        What is asked; without a shelf it is worked out each time.
    asked : tuple
        The whole question, of values that are written alike in every process.
    work : callable
        The answer, which pickle can keep. An error is raised and not kept.
    """
    if source.shelf is None:
        return work()
    name = hashlib.sha256(repr((*asked, current_locale())).encode()).hexdigest()[:32]
    kept = source.shelf / f"{name}.answer"
    if kept.exists():
        answer: T = pickle.loads(kept.read_bytes())
        return answer
    found = work()
    handle, unfinished = tempfile.mkstemp(dir=source.shelf)
    with os.fdopen(handle, "wb") as file:
        pickle.dump(found, file)
    os.replace(unfinished, kept)
    return found


def keep(source: Source, asked: tuple[object, ...], build: Callable[[], ir.Table]) -> ir.Table:
    """A table derived from a source, worked out once: for this process, or for all reports of a batch.

    Parameters
    ----------
    source : Source
        What it is derived from.
    asked : tuple
        What tells it from every other derived table.
    build : callable
        The expression of it.
    """
    if source.shelf is None:
        return build().cache()
    connection: Any = source.connection
    name = f"kept_{hashlib.sha256(repr(asked).encode()).hexdigest()[:32]}"
    place = source.shelf / f"{name}.duckdb"
    if not place.exists():
        table = build()
        unfinished = place.with_suffix(f".{os.getpid()}")
        connection.raw_sql(f"ATTACH {_quoted(unfinished)} AS {name} (READ_WRITE)")
        connection.create_table("kept", table, database=(name, "main"))
        connection.raw_sql(f"DETACH {name}")
        os.replace(unfinished, place)  # two at once have made the same
    connection.raw_sql(f"ATTACH IF NOT EXISTS {_quoted(place)} AS {name} (READ_ONLY)")
    kept: ir.Table = connection.table("kept", database=(name, "main"))
    return kept


class shared_property(cached_property[T]):
    """A cached property of a frozen dataclass that asks its `book`: the reports of a batch work it out once for all.

    It may depend on nothing but the fields of the dataclass.
    """

    def __init__(self, work: Callable[[Any], T]) -> None:
        def shared(each: Any) -> T:
            given = [(field.name, getattr(each, field.name)) for field in fields(each) if field.name != "book"]
            asked = (type(each).__name__, work.__name__, each.book.as_of.isoformat(), *given)
            return remember(each.book.source, asked, lambda: work(each))

        super().__init__(shared)
        self.__doc__ = work.__doc__


def _name_of(company: Company) -> str:
    """One name for each company file and each way to read it, for as long as the batch lasts."""
    told = f"{company.folder}\n{company.file}\n{company.model_dump_json()}"
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _save(source: Source, place: Path) -> None:
    connection = source.connection
    rows = place / "rows.duckdb"
    rows.unlink(missing_ok=True)  # of a process that died over it
    connection.raw_sql(f"ATTACH {_quoted(rows)} AS shelf")
    for name, table in source.tables.items():
        connection.raw_sql(f'CREATE TABLE shelf."{name}" AS {connection.compile(table)}')
    connection.raw_sql("DETACH shelf")
    connection.disconnect()
    kept: dict[str, Any] = {name: getattr(source, name) for name in _KEPT}
    unfinished = place / "source.part"
    unfinished.write_bytes(pickle.dumps((list(source.tables), kept)))
    unfinished.rename(place / "source.pickle")


def _quoted(path: Path) -> str:
    return f"'{str(path).replace(chr(39), chr(39) * 2)}'"


def _open(company: Company, place: Path) -> Source:
    from salesops_lib.data.source import Source

    names, kept = pickle.loads((place / "source.pickle").read_bytes())
    connection: Any = ibis.duckdb.connect(place / "rows.duckdb", read_only=True)
    settle(connection, company)
    keep_order(connection, sum(each.read for each in kept["audit"].tables))
    key = open_key(company) if company.privacy.pseudonyms else None
    return Source(company, connection, {name: connection.table(name) for name in names}, key=key, shelf=place, **kept)
