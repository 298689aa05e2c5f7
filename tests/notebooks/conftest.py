"""Publishing a review in a folder of its own, and reading what was published."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
import yaml

from salesops_lib.report.run import run


class Published:
    """A published report: its manifest, and its page as text."""

    def __init__(self, page: Path):
        self.folder = page.parent
        self.html = page.read_text(encoding="utf-8")
        self.text = " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", self.html, flags=re.S)).split())
        self.manifest = json.loads((page.parent / "manifest.json").read_text(encoding="utf-8"))

    def frames(self, name):
        """The frames shown under a name, each as a list of rows."""
        return [each["rows"] for each in self.manifest["figures"] if each["name"] == name]

    def rows(self, name, **where):
        """The rows shown under a name that have these values."""
        found = [row for frame in self.frames(name) for row in frame]
        return [row for row in found if all(row.get(key) == value for key, value in where.items())]

    def card(self, metric):
        """The card of a metric."""
        (row,) = self.rows("cards", metric=metric)
        return row


@pytest.fixture(scope="session")
def publish():
    """Run a report of a company for a quarter; what was published."""

    def publish(folder, company, quarter="2026Q3", report="quarterly_review", **more):
        params = folder / "params"
        params.mkdir(exist_ok=True)
        path = params / f"{report}.yml"
        path.write_text(yaml.safe_dump({"company": str(company), "quarter": quarter, **more}))
        return Published(run(path, {}, folder / "reports").page)

    return publish
