"""The snapshot: a company's source read once for many reports and openings, and what is the same for all of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import ibis
import ibis.expr.types as ir

from salesops_lib.company import Company
from salesops_lib.data.connection import keep_order, settle
from salesops_lib.data.fingerprint import company_digest, digest_of, files_digest, library_digest
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
_USED = "used"
DIGITS = 16
# The places that this process reads from, and the open files that say so.
_in_use: dict[Path, int] = {}


def read_once(company: Company, read: Callable[[], Source]) -> Source:
    """A company's source: from the shelf of a batch if there is one, where the first to ask puts it.

    Parameters
    ----------
    company : Company
        Only files read by DuckDB are kept; a database stays where it is.
    read : callable
        Reads the source.
    """
    place = _place(company)
    if place is None or not _held(place):
        return read()
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes while it is read waits for it
        if not (place / "source.pickle").exists():
            source = read()
            if company.source.kept_in and place != _kept_in(company):
                return source  # a file changed while it was read: nobody knows which of the two it was
            try:
                _save(source, place)
            except (OSError, duckdb.Error):
                return source  # of a full disk: what is kept saves time, and nothing else
            _clear(place)
    return _open(company, place)


def _place(company: Company) -> Path | None:
    """Where a source is kept: where the company file says, or on the shelf of a batch; None: nowhere.

    The shelf of a batch is empty when it begins: there the way to read the company is enough to find a place, or the
    link to it.
    """
    shelf = os.environ.get(SHELF)
    if company.source.connect != _FILES or not (shelf or company.source.kept_in):
        return None
    if not shelf:
        return _kept_in(company)
    here = Path(shelf) / _told(company)[:DIGITS]
    if not company.source.kept_in:
        return here
    if not here.is_symlink() and (there := _kept_in(company)):
        with suppress(FileExistsError):
            here.symlink_to(there)
    return here.readlink() if here.is_symlink() else None


def _told(company: Company) -> str:
    """The hash of the way in which a company is read."""
    return digest_of(str(company.folder), company.file, company.model_dump_json())


def _kept_in(company: Company) -> Path | None:
    """The place in the folder that the company file names; another one when anything is not the same, to the byte."""
    try:
        files = files_digest(company)
    except OSError:
        return None  # the reading itself says what is wrong
    if not files or not company.source.kept_in:
        return None
    edition = digest_of(str(company.folder), company.file, company.locale, str(company.privacy.pseudonyms))
    whole = digest_of(_told(company), files, company_digest(company), library_digest())
    return (company.folder / company.source.kept_in).absolute() / f"{edition[:DIGITS]}-{whole[:DIGITS]}"


def _held(place: Path) -> bool:
    """Hold a place until this process ends, so that nobody takes it away; it must be ours alone.

    False where that cannot be, as in a folder that may not be written to: then nothing is kept.
    """
    while place not in _in_use:
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            told = place.stat()
            if told.st_uid != os.getuid() or told.st_mode & 0o077:
                return False
            used = os.open(place / _USED, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(used, fcntl.LOCK_SH)
        except OSError:
            return False
        with suppress(FileNotFoundError):  # it was taken away between the two steps
            if os.path.samestat(os.fstat(used), os.stat(place / _USED)):
                _in_use[place] = used
                return True
        os.close(used)
    return True


def _clear(place: Path) -> None:
    """Take away what the same company file made of earlier data, unless somebody is using it."""
    for other in place.parent.glob(f"{place.name.split('-')[0]}-*"):
        with suppress(OSError), (other / _USED).open("r+") as used:
            fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(other)


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
