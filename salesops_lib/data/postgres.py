"""PostgreSQL as an engine: a session that reads a database, keeps its work in temporary tables, and tells no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import ibis.expr.operations as ops
import ibis.expr.types as ir
import psycopg
from ibis.backends.postgres import Backend

from salesops_lib.data.dialect import TRIED, TRY, Dialect
from salesops_lib.errors import Fault, SourceError

P = ParamSpec("P")
T = TypeVar("T")
# Sessions differ: what is written as text (hashes of rows, messages) must not.
SESSION = """
SET datestyle = 'ISO, MDY'; SET extra_float_digits = 1; SET intervalstyle = 'postgres';
SET standard_conforming_strings = on; SET client_min_messages = error;
"""
REASONS = (
    ("password", "the user or the password was refused"),
    ("does not exist", "the database or the user does not exist"),
    ("authentication", "the user was refused"),
    ("no pg_hba.conf", "the server lets nobody in from here"),
    ("certificate", "the certificate was refused"),
    ("ssl", "the encryption was refused"),
)


class _Connection(psycopg.Connection[Any]):
    """A connection that says nothing of its address, and that is closed when nobody needs it."""

    def __repr__(self) -> str:
        return "<a connection to PostgreSQL>"

    def __del__(self, *_: Any) -> None:
        # Psycopg would warn here, and name the host.
        with suppress(Exception):
            self.close()


def _told(method: Callable[P, T]) -> Callable[P, T]:
    """The method, with the driver's errors said without address, password or cells."""

    @wraps(method)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except psycopg.Error as error:
            fault = fault_of(error)
        # Raised out here, so that it does not carry the one with the address.
        raise SourceError(fault)

    return told


class Postgres(Backend):  # type: ignore[misc]
    """A session on a PostgreSQL server: it reads the tables, and writes temporary ones that end with it."""

    compiler = Dialect()

    def do_connect(self, *, schema: str | None = None, database: str | None = None, **kwargs: Any) -> None:
        """Open the session."""
        # Libpq splits these by itself; a numeric port from an address arrives as text.
        self.con = _Connection.connect(dbname=database, autocommit=True, **kwargs)
        self._post_connect()
        with self.con.cursor() as cursor:
            cursor.execute(cast("Any", SESSION))
            for name, kind in TRIED.items():
                cursor.execute(cast("Any", TRY.format(name=name, kind=kind)))

    @_told
    def execute(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """The rows of an expression, as pandas."""
        return super().execute(expr, **kwargs)

    @_told
    def to_pyarrow(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """The rows of an expression, as Arrow."""
        return super().to_pyarrow(expr, **kwargs)

    @_told
    def table(self, name: str, /, **kwargs: Any) -> ir.Table:
        """A table by its name."""
        return super().table(name, **kwargs)

    def found(self, name: str, database: str | None = None) -> ir.Table:
        """A table of the source: of types that mean nothing here (JSON, lists, ...), the text."""
        table = self.table(name, database=database)
        return table.mutate(
            **{column: table[column].cast("string") for column, kind in table.schema().items() if _odd(kind)}
        )

    @_told
    def create_table(self, name: str, /, obj: Any = None, *, temp: bool = False, **kwargs: Any) -> ir.Table:
        """Ibis keeps what is worked out once: as a temporary table."""
        if obj is None or not temp:
            raise NotImplementedError("nothing but temporary tables is written")
        return self.keep(name, obj)

    def keep(self, name: str, rows: ir.Table, order_by: Iterable[str] = ()) -> ir.Table:
        """Write rows to a temporary table.

        Texts are compared and sorted by their bytes, as DuckDB does and whatever the database's collation is.
        """
        self._run_pre_execute_hooks(rows)
        quote = _quoted
        columns = ", ".join(f"{self._as(each, kind)} AS {quote(each)}" for each, kind in rows.schema().items())
        order = ", ".join(quote(each) for each in order_by)
        query = f"SELECT {columns} FROM ({self.compile(rows)}) AS t {'ORDER BY ' if order else ''}{order}"
        self.run(f"DROP TABLE IF EXISTS pg_temp.{quote(name)}")
        self.run(f"CREATE TEMPORARY TABLE {quote(name)} AS {query}")
        self.run(f"ANALYZE pg_temp.{quote(name)}")
        return self._kept(name, rows)

    def _as(self, column: str, kind: Any) -> str:
        # A declared length would cut a text short.
        to = "TEXT" if kind.is_string() else self.compiler.type_mapper.to_string(kind)
        return f"CAST({_quoted(column)} AS {to})" + (' COLLATE "C"' if kind.is_string() else "")

    def view(self, name: str, rows: ir.Table) -> ir.Table:
        """Give rows a name; every column of them is worked out once, in however many places it is used."""
        self._run_pre_execute_hooks(rows)
        self.run(f"DROP VIEW IF EXISTS pg_temp.{_quoted(name)} CASCADE")
        # The planner does not look through an OFFSET, and so puts no column's expression into every place.
        self.run(f"CREATE TEMPORARY VIEW {_quoted(name)} AS SELECT * FROM ({self.compile(rows)}) AS t OFFSET 0")
        return self._kept(name, rows)

    def _kept(self, name: str, rows: ir.Table) -> ir.Table:
        return cast("ir.Table", ops.DatabaseTable(name, schema=rows.schema(), source=self).to_expr())

    def names(self, schema: str = "") -> list[str]:
        """The tables and views of a schema (or of the first one of the search path)."""
        where = "n.nspname = %s" if schema else "n.nspname = current_schema() AND %s = ''"
        query = f"SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE {where} "
        return [
            str(name) for (name,) in self.rows(query + "AND relkind IN ('r', 'v', 'm', 'f', 'p') ORDER BY 1", schema)
        ]

    def keep_query(self, name: str, query: str) -> ir.Table:
        """Write the rows of a query to a temporary table.

        Raises
        ------
        psycopg.Error
            As the server says it: the query was written by who reads the message.
        """
        self.run(f"DROP TABLE IF EXISTS pg_temp.{_quoted(name)}")
        with self.con.cursor() as cursor:
            # Prepared, a text is one statement: a query cannot end and another one begin.
            kept = f"CREATE TEMPORARY TABLE {_quoted(name)} AS SELECT * FROM ({query}\n) AS t"
            cursor.execute(cast("Any", kept), prepare=True)
        return self.found(name)

    def hashed(self, rows: ir.Table) -> str:
        """How many rows there are and what they hold, in whatever order."""
        query = "SELECT count(*), sum(hashtextextended(t::text, 0)), bit_xor(hashtextextended(t::text, 1)) FROM "
        return repr(self.rows(f"{query}({self.compile(rows)}) AS t"))

    @_told
    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.con.cursor() as cursor:
            return list(cursor.execute(cast("Any", query), values or None).fetchall())

    @_told
    def run(self, statement: str) -> None:
        """Run a statement that gives no rows."""
        with self.con.cursor() as cursor:
            cursor.execute(cast("Any", statement))

    def drop_table(self, name: str, /, **_: Any) -> None:
        """Drop a temporary table; where the server is gone, it is gone as well."""
        with suppress(psycopg.Error, SourceError):
            self.run(f"DROP TABLE IF EXISTS pg_temp.{_quoted(name)}")


def _odd(kind: Any) -> bool:
    known = (kind.is_string, kind.is_numeric, kind.is_boolean, kind.is_date, kind.is_timestamp)
    return not any(is_one() for is_one in known)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def connect(address: str) -> Postgres:
    """A session at an address such as postgres://user:password@host:port/database/schema."""
    from urllib.parse import parse_qsl, urlparse

    parts = urlparse(address)
    return cast("Postgres", Postgres()._from_url(parts, **dict(parse_qsl(parts.query))))


def said_of(error: Exception) -> str:
    """What a server says of a query; of anything else, that the connection was lost."""
    if isinstance(error, SourceError):
        return error.faults[0].what
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return said or "the connection to the database was lost"


def fault_of(error: psycopg.Error) -> Fault:
    """What went wrong on the server, without what a driver's message may hold: its address, a cell of the data."""
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return Fault("sessions of this user, or the server, are read-only.", key="source.connect", fix=RIGHTS)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Fault("the user of the database may not do this.", key="source.connect", fix=RIGHTS)
    if error.sqlstate is None:
        return Fault("the connection to the database was lost.", key="source.connect", fix="Try again.")
    return Fault(f"the database ended a query ({type(error).__name__}, {error.sqlstate}).", key="source.connect")


RIGHTS = "It must be allowed to read the tables (SELECT), and to write temporary ones (TEMPORARY on the database)."


def fault_of_start(error: Exception, fix: str) -> Fault:
    """Why a session could not begin, in words that hold nothing of the address; `fix` is the way out of a wrong one."""
    if isinstance(error, psycopg.errors.InsufficientPrivilege | psycopg.errors.ReadOnlySqlTransaction):
        return fault_of(error)
    reason = type(error).__name__
    if isinstance(error, psycopg.Error):
        said = str(error).lower()
        reason = next((reason for word, reason in REASONS if word in said), "the server does not answer")
    return Fault(f"the connection failed ({reason}).", key="source.connect", fix=fix)
