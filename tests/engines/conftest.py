"""A PostgreSQL server of the tests' own, with the demo company in it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from salesops_lib.data.schema import TABLES
from tests.engines.server import DEMO, KINDS, PLACE, started


@pytest.fixture(scope="session")
def server():
    # Sockets have short names, and pytest's own folders long ones.
    folder = Path(tempfile.mkdtemp(prefix=f"{PLACE}-"))
    try:
        running = started(folder)
        yield running
        running.process.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def planted(server, monkeypatch):
    """The server, its secrets in the environment."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture(scope="session")
def demo_in_postgres(server):
    """The demo company in the schema crm, and in the schema shuffled with its rows in another order."""
    server.run("CREATE SCHEMA crm", "CREATE SCHEMA shuffled")
    with server.connect() as connection:
        connection.execute("SET timezone = 'America/New_York'")
        for name, table in TABLES.items():
            path = DEMO / f"{name}.csv"
            if not path.exists():
                continue
            header = path.read_text(encoding="utf-8").partition("\n")[0].split(",")
            columns = ", ".join(f"{column} {KINDS[table.column(column).kind]}" for column in header)
            connection.execute(f"CREATE TABLE crm.{name} ({columns})")
            with connection.cursor().copy(f"COPY crm.{name} FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write(path.read_bytes())
            connection.execute(f"CREATE TABLE shuffled.{name} AS SELECT * FROM crm.{name} AS t ORDER BY md5(t::text)")
    return server
