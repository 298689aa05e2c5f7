"""PostgreSQL as an engine: Ibis' own backend, where it differs from DuckDB made to mean the same to the last cent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import psycopg
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.postgres import Backend
from ibis.backends.sql.compilers.postgres import PostgresCompiler

from salesops_lib.data.strptime import as_iso
from salesops_lib.errors import Fault, SourceError

P = ParamSpec("P")
T = TypeVar("T")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
# Beyond these a number does not fit; NaN lies beyond all of them.
LARGEST = {"decimal": 10**14 - 1, "int64": 2**63 - 1025, "float64": 10**307}
# Sessions differ: what is written as text (hashes of rows, messages) must not.
SESSION = """
SET datestyle = 'ISO, MDY'; SET extra_float_digits = 1; SET intervalstyle = 'postgres';
SET standard_conforming_strings = on; SET client_min_messages = error;
"""
# PostgreSQL 16 can ask first whether a text fits; earlier ones have to try.
TRY = """
CREATE OR REPLACE FUNCTION pg_temp.try_{name}(text) RETURNS {kind} LANGUAGE plpgsql STABLE STRICT AS
$$ BEGIN RETURN $1::{kind}; EXCEPTION WHEN data_exception THEN RETURN NULL; END $$
"""
TRIED = {"decimal": "numeric(18,4)", "float64": "float8", "int64": "int8", "moment": "timestamptz", "wall": "timestamp"}
REASONS = (
    ("password", "the user or the password was refused"),
    ("does not exist", "the database or the user does not exist"),
    ("authentication", "the user was refused"),
    ("no pg_hba.conf", "the server lets nobody in from here"),
    ("certificate", "the certificate was refused"),
    ("ssl", "the encryption was refused"),
)


class Dialect(PostgresCompiler):  # type: ignore[misc]
    """Ibis' SQL of PostgreSQL, with the meaning that DuckDB gives to the same expressions."""

    __slots__ = ()

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """As Ibis has it; true and false become 1 and 0 of any kind of number, and not of one alone."""
        if op.arg.dtype.is_boolean() and to.is_numeric():
            return self.cast(self.cast(arg, dt.int32), to)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """A conversion that gives null where it fails; plain PostgreSQL would end the query."""
        from_ = op.arg.dtype
        if from_ == to or from_.is_null():
            return self.cast(arg, to)
        if from_.is_string():
            return self.cast(self.f[f"pg_temp.try_{_tried(to)}"](arg), to)
        if from_.is_numeric() and to.is_boolean():
            return arg.neq(0)
        if from_.is_boolean() and to.is_numeric():
            return self.cast(self.cast(arg, dt.int32), to)
        if from_.is_numeric() and _tried(to) in LARGEST:
            # Compared first: the conversion itself would end the query. By its text, a float keeps all of its digits.
            number = arg if from_.is_floating() else self.cast(arg, dt.decimal)
            exact = self.cast(self.cast(arg, dt.string), dt.decimal) if from_.is_floating() else number
            fits = self.f.abs(number) <= LARGEST[_tried(to)]
            return self.if_(fits, self.cast(exact, to), self.cast(sge.Null(), to))
        return self.cast(sge.Null(), to)

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:
        """The operator: the function of the same meaning came with PostgreSQL 15."""
        return sge.RegexpLike(this=arg, expression=pattern)

    def visit_ScalarUDF(self, op: Any, **arguments: Any) -> Any:
        """The functions of DuckDB that PostgreSQL has under another name, or not at all."""
        name = op.__func_name__
        if name == "nfc_normalize":
            return self.f["normalize"](*arguments.values())
        if name != "try_strptime":
            return super().visit_ScalarUDF(op, **arguments)
        text, form = arguments["text"], op.args[1].value
        kind = "moment" if "%z" in form.lower() else "wall"
        fits = [
            self.if_(
                sge.RegexpLike(this=text, expression=sge.convert(pattern)), self._tried_as(text, pattern, to, kind)
            )
            for pattern, to in as_iso(form)
        ]
        return sge.Case(ifs=fits)

    def _tried_as(self, text: Any, pattern: str, to: str, kind: str) -> Any:
        written = self.f["regexp_replace"](text, sge.convert(pattern), sge.convert(to))
        return self.f[f"pg_temp.try_{kind}"](written)

    def visit_TimestampDelta(self, op: Any, *, part: Any, left: Any, right: Any) -> Any:
        """The boundaries of the unit that lie between two moments."""
        unit = op.part.value
        first, last = (self.f.date_trunc(unit, self.cast(each, dt.timestamp)) for each in (right, left))
        seconds = self.f.extract("epoch", sge.paren(last - first))
        return self.cast(seconds / SECONDS[unit], dt.int64)

    visit_DateDelta = visit_TimestampDelta

    def visit_First(self, op: Any, *, arg: Any, where: Any, order_by: Any, include_null: bool) -> Any:
        """The first value that is there: PostgreSQL has no such aggregate."""
        return self._first(arg, where, order_by)

    def visit_ArgMin(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        """The value beside the smallest key, of the rows that have both."""
        return self._first(arg, _both(key, where), [sge.Ordered(this=key)])

    def visit_ArgMax(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        """The value beside the largest key, of the rows that have both."""
        return self._first(arg, _both(key, where), [sge.Ordered(this=key, desc=True)])

    def _first(self, arg: Any, where: Any, order_by: Any) -> Any:
        return sge.paren(self.agg.array_agg(arg, where=_both(arg, where), order_by=order_by), copy=False)[0]

    def visit_Log(self, op: Any, *, arg: Any, base: Any) -> Any:
        """The natural logarithm of a float; other bases as Ibis has them."""
        return self.f.ln(self.cast(arg, dt.float64)) if base is None else super().visit_Log(op, arg=arg, base=base)


def _both(value: Any, where: Any) -> Any:
    there = value.is_(sg.not_(sge.Null()))
    return there if where is None else sge.And(this=there, expression=sge.paren(where))


def _tried(to: Any) -> str:
    if to.is_timestamp():
        return "moment" if to.timezone else "wall"
    return "decimal" if to.is_decimal() else str(to).lower()


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
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Fault("the user of the database may not do this.", key="source.connect", fix=RIGHTS)
    if error.sqlstate is None:
        return Fault("the connection to the database was lost.", key="source.connect", fix="Try again.")
    return Fault(f"the database ended a query ({type(error).__name__}, {error.sqlstate}).", key="source.connect")


RIGHTS = "It must be allowed to read the tables (SELECT), and to write temporary ones (TEMPORARY on the database)."


def reason_of(error: Exception) -> str:
    """Why a connection could not be made, in words that hold nothing of the address."""
    if not isinstance(error, psycopg.Error):
        return type(error).__name__
    said = str(error).lower()
    return next((reason for word, reason in REASONS if word in said), "the server does not answer")
