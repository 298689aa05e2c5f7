"""The one connection of a company file: how it is opened, how much memory it takes, what is never said of it."""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from salesops_lib.company import Company, resolve_secrets
from salesops_lib.errors import CompanyError, Fault, SourceError, nearest

# A book of millions of deals stays within the memory of a small machine: beyond this, DuckDB works on disk.
MEMORY = "2GB"
FEW_ROWS = 1_000_000
_DUCKDB = "duckdb://"
_REMOTE = ("md:", "motherduck:")
# Up to the last @, for a password may hold one; and a query may hold another.
_PASSWORD = re.compile(r"(?<=://)\S*@|(?<=\w)\?\S*")


def connect(company: Company) -> Any:
    """The one Ibis connection of a company file; paths in its address and its queries are relative to the file.

    A DuckDB file is opened for reading alone, so nothing is ever written into it.

    Raises
    ------
    SourceError
        If it cannot be opened; the address is shown as the company file has it, without a password.
    """
    address = resolve_secrets(company.source.connect)
    try:
        connection = _duckdb(address, company) if address.startswith(_DUCKDB) else ibis.connect(address)
    except Exception as error:
        # The address may hold a secret, and a driver's message may hold the address: neither is shown.
        raise SourceError(
            Fault(
                f"the connection failed ({type(error).__name__}).",
                key="source.connect",
                fix=f"Check the address {without_password(company.source.connect)!r} and that its engine is installed.",
            )
        ) from None
    return connection


def without_password(address: str) -> str:
    """An address that can be shown.

    >>> without_password("postgres://ann:secret@host/sales")
    'postgres://***@host/sales'
    >>> without_password("postgres://ann:p@ss/word@host/sales?sslpassword=secret")
    'postgres://***@host/sales?***'
    >>> without_password("duckdb://sales.duckdb")
    'duckdb://sales.duckdb'
    """
    return _PASSWORD.sub(_hidden, address)


def _hidden(match: re.Match[str]) -> str:
    return "***@" if match[0].endswith("@") else "?***"


def keep_order(connection: Any, rows: int) -> None:
    """Let sums of floats come out the same to the last digit, run after run: one thread adds them in one order.

    A source of more rows than that is worth the speed of all threads.
    """
    if connection.name == "duckdb" and rows <= FEW_ROWS:
        connection.raw_sql("SET threads = 1")


def said_by(error: Exception, company: Company) -> str:
    """The first line of a driver's message, without secrets and without the machine's folders."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    address = resolve_secrets(company.source.connect)
    if address != _DUCKDB:
        line = line.replace(address, without_password(company.source.connect))
    return _PASSWORD.sub(_hidden, line).replace(f"{company.folder}/", "")


def list_tables(connection: Any, database: Sequence[str]) -> list[str]:
    """The tables and views of a database (or of the one that is open)."""
    if connection.name != "duckdb":
        return list(connection.list_tables(database=".".join(database) or None))
    # Ibis asks DuckDB in a way that DuckDB has deprecated.
    where = "table_schema = current_schema()" if not database else "concat_ws('.', table_catalog, table_schema) LIKE $1"
    query = f"SELECT table_name FROM information_schema.tables WHERE {where} ORDER BY 1"
    found = connection.con.execute(query, [f"%{'.'.join(database)}"] if database else [])
    return [str(name) for (name,) in found.fetchall()]


def store(connection: Any, name: str, query: str) -> ir.Table:
    """Keep the rows of a query (SQL of DuckDB) for as long as the connection lives."""
    connection.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {query}')
    return connection.table(name)


def view(connection: Any, name: str, table: ir.Table) -> ir.Table:
    """The same rows under a name, so that what is built on them refers to columns and not to how they came about.

    Ibis puts nested expressions into one another, and a column that is used in ten places is then worked out ten times.
    """
    if connection.name != "duckdb":
        return table
    connection.raw_sql(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {connection.compile(table)}')
    return connection.table(name)


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
    folder = str(company.folder).replace("'", "''")
    spill = Path(tempfile.gettempdir()) / f"salesops-{uuid.uuid4().hex}"
    connection.raw_sql(f"SET file_search_path = '{folder}'")
    connection.raw_sql(f"SET memory_limit = '{MEMORY}'")
    # DuckDB makes the folder when it needs it and takes it away when it is closed.
    connection.raw_sql(f"SET temp_directory = '{spill}'")
    return connection
