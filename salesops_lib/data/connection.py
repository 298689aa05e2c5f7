"""The one connection of a company file: how it is opened, how much memory it takes, what is never said of it."""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, cast

import ibis
import ibis.expr.types as ir

from salesops_lib.company import Company, resolve_secrets
from salesops_lib.errors import CompanyError, Fault, SourceError, nearest

# A book of millions of deals stays within the memory of a small machine: beyond this, DuckDB works on disk.
MEMORY = "2GB"
FEW_ROWS = 1_000_000
_DUCKDB = "duckdb://"
_POSTGRES = ("postgres://", "postgresql://")
_SPARK = "pyspark://"
_SPARKS_OWN = ("spark://", "sc://")
# Engines that belong to others: what is worked out there is kept in temporary tables or views of the session.
HOSTS = ("postgres", "pyspark")
# What is kept on a database's engine has names that no table of a company has.
_OURS = "salesops_"
_REMOTE = ("md:", "motherduck:")
# Of a server nothing is shown: what stands before its name may be a password with any sign in it.
_SERVER = re.compile(r"(?<!duckdb://)(?<=://)\S+|(?<=\w)\?\S*")


def connect(company: Company) -> Any:
    """The one Ibis connection of a company file; paths in its address and its queries are relative to the file.

    A DuckDB file is opened for reading alone, so nothing is ever written into it.

    Raises
    ------
    SourceError
        If it cannot be opened; the address is shown without its server, user and password.
    """
    address = resolve_secrets(company.source.connect)
    if address.startswith(_SPARKS_OWN):
        fix = "Write it as pyspark://?spark.master=spark://host:7077."
        raise SourceError(Fault("a session of Spark has another address.", key="source.connect", fix=fix))
    try:
        return _opened(address, company)
    except Exception as error:
        # The address may hold a secret, and a driver's message may hold the address: neither is shown.
        fix = f"Check the address {without_password(company.source.connect)!r} and that its engine is installed."
        fault = Fault(f"the connection failed ({type(error).__name__}).", key="source.connect", fix=fix)
        if address.startswith(_POSTGRES):
            from salesops_lib.data import postgres

            fault = postgres.fault_of_start(error, fix)
        if address.startswith(_SPARK):
            reason = "pyspark is not installed" if isinstance(error, ImportError) else type(error).__name__
            fix = 'Spark needs Java 17 and the extra of the kit: pip install -e ".[spark]".'
            fault = Fault(f"the connection failed ({reason}).", key="source.connect", fix=fix)
    # Raised out here, so that it does not carry the one with the address.
    raise SourceError(fault)


def _opened(address: str, company: Company) -> Any:
    if address.startswith(_DUCKDB):
        return _duckdb(address, company)
    if address.startswith(_POSTGRES):
        # Loaded for those alone who have one.
        from salesops_lib.data import postgres

        return postgres.connect(address)
    if address.startswith(_SPARK):
        from salesops_lib.data import spark

        return spark.connect(address)
    return ibis.connect(address)


def without_password(address: str) -> str:
    """An address that can be shown.

    >>> without_password("postgres://ann:secret@host/sales")
    'postgres://***'
    >>> without_password("postgres://ann:p@ss/word@host/sales?sslpassword=secret")
    'postgres://***'
    >>> without_password("duckdb://sales.duckdb")
    'duckdb://sales.duckdb'
    """
    return _SERVER.sub(_hidden, address)


def _hidden(match: re.Match[str]) -> str:
    return "?***" if match[0].startswith("?") else "***"


def keep_order(connection: Any, rows: int) -> None:
    """Let sums of floats come out the same to the last digit, run after run: one thread adds them in one order.

    A source of more rows than that is worth the speed of all threads.
    """
    if connection.name == "duckdb" and rows <= FEW_ROWS:
        connection.raw_sql("SET threads = 1")


def said_by(error: Exception, company: Company) -> str:
    """The first line of a driver's message, without secrets and without the machine's folders."""
    address = resolve_secrets(company.source.connect)
    if address.startswith(_POSTGRES):
        from salesops_lib.data.postgres import said_of

        return said_of(error)
    if address.startswith(_SPARK):
        from salesops_lib.data import spark

        return spark.said_of(error)
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if address != _DUCKDB:
        line = line.replace(address, without_password(company.source.connect))
    return _SERVER.sub(_hidden, line).replace(f"{company.folder}/", "")


def list_tables(connection: Any, database: Sequence[str]) -> list[str]:
    """The tables and views of a database (or of the one that is open)."""
    if connection.name in HOSTS:
        return list(connection.names(".".join(database)))
    if connection.name != "duckdb":
        return list(connection.list_tables(database=".".join(database) or None))
    # Ibis asks DuckDB in a way that DuckDB has deprecated.
    where = "table_schema = current_schema()" if not database else "concat_ws('.', table_catalog, table_schema) LIKE $1"
    query = f"SELECT table_name FROM information_schema.tables WHERE {where} ORDER BY 1"
    found = connection.con.execute(query, [f"%{'.'.join(database)}"] if database else [])
    return [str(name) for (name,) in found.fetchall()]


def store(connection: Any, name: str, rows: ir.Table, order_by: Sequence[str] = ()) -> ir.Table:
    """Keep rows for as long as the connection lives."""
    if connection.name in HOSTS:
        return cast("ir.Table", connection.keep(_OURS + name, rows, order_by))
    ordered = rows.order_by(*order_by) if order_by else rows
    return store_query(connection, name, connection.compile(ordered))


def store_query(connection: Any, name: str, query: str) -> ir.Table:
    """Keep the rows of a query (SQL of the engine) for as long as the connection lives."""
    if connection.name in HOSTS:
        return cast("ir.Table", connection.keep_query(_OURS + name, query))
    connection.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {query}')
    return cast("ir.Table", connection.table(name))


def view(connection: Any, name: str, table: ir.Table) -> ir.Table:
    """The same rows under a name, so that what is built on them refers to columns and not to how they came about.

    Ibis puts nested expressions into one another, and a column that is used in ten places is then worked out ten times.
    """
    if connection.name in HOSTS:
        return cast("ir.Table", connection.view(_OURS + name, table))
    if connection.name != "duckdb":
        return table
    connection.raw_sql(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {connection.compile(table)}')
    return cast("ir.Table", connection.table(name))


def check_connection_names(company: Company, tables: Collection[str]) -> None:
    """Reject a company file that names a table the kit does not know.

    Raises
    ------
    CompanyError
        Naming each unknown table and the near ones.
    """
    unknown = [name for name in company.source.tables if name not in tables]
    faults = [
        Fault(f"{name!r} is no table of the kit.", key=f"source.tables.{name}", fix=nearest(name, tables))
        for name in unknown
    ]
    if "opportunities" not in company.source.tables:
        fix = "It is the one table that is required."
        faults.append(Fault("is missing.", key="source.tables.opportunities", fix=fix))
    if faults:
        raise CompanyError(*faults)


def _duckdb(address: str, company: Company) -> Any:
    path = address.removeprefix(_DUCKDB).partition("?")[0]
    if path.startswith(_REMOTE):
        return ibis.connect(address)
    if path in ("", ":memory:"):
        connection = ibis.duckdb.connect()
    else:
        # Opened for writing, a path that does not exist would become an empty database.
        connection = ibis.duckdb.connect(company.folder / path, read_only=True)
    settle(connection, company)
    return connection


def settle(connection: Any, company: Company) -> None:
    """Let a connection to DuckDB find the files beside the company file, and keep its memory within bounds."""
    folder = str(company.folder).replace("'", "''")
    spill = Path(tempfile.gettempdir()) / f"salesops-{uuid.uuid4().hex}"
    connection.raw_sql(f"SET file_search_path = '{folder}'")
    connection.raw_sql(f"SET memory_limit = '{MEMORY}'")
    # DuckDB makes the folder when it needs it and takes it away when it is closed.
    connection.raw_sql(f"SET temp_directory = '{spill}'")
