"""Small companies written to a temporary folder, opened, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from salesops_lib.company import read_company
from salesops_lib.data.source import Source, read_source
from salesops_lib.errors import SalesOpsError

DAY = "2026-09-30"


class Desk:
    """A folder in which a company's files are written and read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files: str | bytes) -> None:
        """Write files; `deals_csv` is deals.csv."""
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (self.folder / name.replace("_", ".")).write_bytes(data)

    def company(self, deals: dict[str, Any] | None = None, **changes: Any) -> Path:
        """Write the company file; `deals` are settings of the opportunities, `tables` are other tables."""
        tables = {"opportunities": {"from": "deals.csv", **(deals or {})}, **changes.pop("tables", {})}
        if "query" in tables["opportunities"]:
            del tables["opportunities"]["from"]
        source = {"data_until": DAY, "tables": tables, **changes.pop("source", {})}
        content = {
            "name": "Testers",
            "timezone": "Europe/Amsterdam",
            "stages": {"open": {"Qualify": 0.1, "Propose": 0.5}, "won": ["Won"], "lost": ["Lost"]},
            **changes,
            "source": source,
        }
        path = self.folder / "company.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return path

    def read(self, deals: dict[str, Any] | None = None, **changes: Any) -> Source:
        """Read the source of a company file made of these settings."""
        return read_source(read_company(self.company(deals, **changes)))

    def refused(self, deals: dict[str, Any] | None = None, **changes: Any) -> list[str]:
        """The messages with which it is rejected, as a source (exit code 3)."""
        with pytest.raises(SalesOpsError) as caught:
            self.read(deals, **changes)
        assert caught.value.exit_code == 3
        return str(caught.value).splitlines()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def good() -> Callable[..., str]:
    """Rows of good opportunities, so that a few bad ones stay within the loss budget."""

    def rows(n: int = 20, columns: str = "id,Won,100.00,2026-01-05,2026-02-05") -> str:
        return "".join(columns.replace("id", f"G{i}", 1) + "\n" for i in range(n))

    return rows
