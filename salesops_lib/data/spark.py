"""Spark as an engine: a session that reads its tables, keeps its work in temporary views, and tells no secret."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import parse_qsl, urlparse

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.pyspark import Backend
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.types import TimestampType

from salesops_lib.data.spark_dialect import SparkDialect
from salesops_lib.errors import Fault, SourceError

P = ParamSpec("P")
T = TypeVar("T")
# Moments are kept and compared as they are on the company's wall clock; a conversion that fails must not be silent.
SESSION = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
HASHED = "SELECT count(*), sum(CAST(h AS DECIMAL(38, 0))), bit_xor(h) FROM (SELECT xxhash64(*) AS h FROM ({query}))"


def _told(method: Callable[P, T]) -> Callable[P, T]:
    """The method, with Spark's errors said without addresses, folders or cells."""

    @wraps(method)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except (PySparkException, Py4JError) as error:
            fault = fault_of(error)
        # Raised out here, so that it does not carry the one with the plan.
        raise SourceError(fault)

    return told


class Spark(Backend):  # type: ignore[misc]
    """A session of Spark: it reads tables, and writes nothing but temporary views that end with it."""

    compiler = SparkDialect()

    def do_connect(self, session: Any = None, mode: Any = "batch", **kwargs: Any) -> None:
        """Open the session."""
        super().do_connect(session, mode, **kwargs)
        for key, value in SESSION.items():
            self._session.conf.set(key, value)

    @_told
    def execute(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """The rows of an expression, as pandas."""
        return super().execute(expr, **kwargs)

    @_told
    def to_pyarrow(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """The rows of an expression, as Arrow."""
        return super().to_pyarrow(expr, **kwargs)

    def found(self, name: str, database: str | None = None) -> ir.Table:
        """A table of the source: moments as such, and of types that mean nothing here (lists, maps, ...) the text."""
        full = ".".join(f"`{part}`" for part in (*(database or "").split("."), name) if part)
        moments = {f.name for f in self._session.table(full).schema.fields if isinstance(f.dataType, TimestampType)}
        table = self.table(name, database=database)
        known = {each: dt.Timestamp("UTC") if each in moments else kind for each, kind in table.schema().items()}
        op = table.op()
        table = ops.DatabaseTable(op.name, schema=known, source=self, namespace=op.namespace).to_expr()
        return table.mutate(**{each: table[each].cast("string") for each, kind in known.items() if _odd(kind)})

    @_told
    def keep(self, name: str, rows: ir.Table, order_by: Iterable[str] = ()) -> ir.Table:
        """Work out rows once and give them a name; Spark has no order of rows to keep."""
        self._run_pre_execute_hooks(rows)
        # What is built on them begins here: a plan that holds all plans before it takes longer to read than to run.
        self._session.sql(self.compile(rows)).localCheckpoint().createOrReplaceTempView(name)
        return self._kept(name, rows)

    @_told
    def view(self, name: str, rows: ir.Table) -> ir.Table:
        """Give rows a name."""
        self._run_pre_execute_hooks(rows)
        self._session.sql(self.compile(rows)).createOrReplaceTempView(name)
        return self._kept(name, rows)

    def _kept(self, name: str, rows: ir.Table) -> ir.Table:
        return cast("ir.Table", ops.DatabaseTable(name, schema=rows.schema(), source=self).to_expr())

    def keep_query(self, name: str, query: str) -> ir.Table:
        """Keep the rows of a query.

        Raises
        ------
        PySparkException
            As Spark says it: the query was written by who reads the message.
        """
        self._session.sql(f"SELECT * FROM ({query}\n)").localCheckpoint().createOrReplaceTempView(name)
        return self.found(name)

    def names(self, schema: str = "") -> list[str]:
        """The tables and views of a database (or of the current one)."""
        return sorted(str(name) for name in self.list_tables(database=schema or None))

    @_told
    def hashed(self, rows: ir.Table) -> str:
        """How many rows there are and what they hold, in whatever order."""
        return repr([tuple(row) for row in self._session.sql(HASHED.format(query=self.compile(rows))).collect()])

    def _create_cached_table(self, name: str, expr: ir.Table) -> ir.Table:
        return self.keep(name, expr)

    def _drop_cached_table(self, name: str) -> None:
        # Where Spark was stopped, it is gone as well.
        with suppress(Exception):
            self._session.catalog.dropTempView(name)


def _odd(kind: Any) -> bool:
    known = (kind.is_string, kind.is_numeric, kind.is_boolean, kind.is_date, kind.is_timestamp)
    return not any(is_one() for is_one in known)


def connect(address: str) -> Spark:
    """A session at an address such as pyspark://?spark.master=local[2]; one that is open already is taken."""
    parts = urlparse(address)
    builder = SparkSession.builder.appName("salesops")
    for key, value in parse_qsl(parts.query):
        builder = builder.config(key, value)
    # It would log every query that fails, with the cells over which it failed.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    backend = Spark()
    backend.register_options()
    backend.do_connect(builder.getOrCreate())
    return backend


def said_of(error: Exception) -> str:
    """What Spark says of a query, without the place in it; of anything else, that Spark does not answer."""
    if isinstance(error, SourceError):
        return error.faults[0].what
    if not isinstance(error, PySparkException):
        return "Spark does not answer"
    return str(error).strip().splitlines()[0].partition(" SQLSTATE:")[0]


def fault_of(error: Exception) -> Fault:
    """What went wrong in Spark, without what its message may hold: addresses, folders, a cell of the data."""
    kind = error.getCondition() if isinstance(error, PySparkException) else None
    if kind is None:
        return Fault("Spark does not answer, or ended a query.", key="source.connect", fix="Try again.")
    return Fault(f"Spark ended a query ({kind}).", key="source.connect")
