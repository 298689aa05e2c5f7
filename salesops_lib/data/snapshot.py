"""The snapshot: a company's source read once and kept for the reports of a batch, which open it in place of the files."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from salesops_lib.company import Company
from salesops_lib.data.connection import keep_order, settle
from salesops_lib.data.pseudonyms import open_key

if TYPE_CHECKING:
    from salesops_lib.data.source import Source

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


def _name_of(company: Company) -> str:
    """One name for each company file and each way to read it, for as long as the batch lasts."""
    told = f"{company.folder}\n{company.file}\n{company.model_dump_json()}"
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _save(source: Source, place: Path) -> None:
    connection = source.connection
    rows = place / "rows.duckdb"
    rows.unlink(missing_ok=True)  # of a process that died over it
    connection.raw_sql(f"ATTACH '{str(rows).replace(chr(39), chr(39) * 2)}' AS shelf")
    for name, table in source.tables.items():
        connection.raw_sql(f'CREATE TABLE shelf."{name}" AS {connection.compile(table)}')
    connection.raw_sql("DETACH shelf")
    connection.disconnect()
    kept: dict[str, Any] = {name: getattr(source, name) for name in _KEPT}
    unfinished = place / "source.part"
    unfinished.write_bytes(pickle.dumps((list(source.tables), kept)))
    unfinished.rename(place / "source.pickle")


def _open(company: Company, place: Path) -> Source:
    from salesops_lib.data.source import Source

    names, kept = pickle.loads((place / "source.pickle").read_bytes())
    connection: Any = ibis.duckdb.connect(place / "rows.duckdb", read_only=True)
    settle(connection, company)
    keep_order(connection, sum(each.read for each in kept["audit"].tables))
    key = open_key(company) if company.privacy.pseudonyms else None
    return Source(company, connection, {name: connection.table(name) for name in names}, key=key, **kept)
