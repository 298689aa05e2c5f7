"""Every kind of report of a company with hostile names, and a Chromium to open them in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# pytest's importlib mode puts no folder on the path.
sys.path.insert(0, str(Path(__file__).parent))

import hostile

ROOT = Path(__file__).parents[2]
REPORTS = {
    "quarterly_review": "2026Q3",
    "rep_comparison": "2026Q3",
    "rep_scorecard": "2026Q3",
    "crm_health": "2026Q3",
    "forecasting": "2026Q4",
}
RUN = "from salesops_lib.cli import main; main()"


@dataclass(frozen=True)
class Opened:
    """A page in a browser, and what it asked the network for."""

    tab: Any
    requests: list[str]


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each kind of report, by its kind."""
    demo = ROOT / "demo"
    if not (demo / "opportunities.csv").is_file():
        pytest.skip("there is no demo company: run `make report` or `salesops demo --out demo`")
    folder = tmp_path_factory.mktemp("hostile")
    company = hostile.build(demo, folder)
    found = {}
    for report, quarter in REPORTS.items():
        settings = ["--set", f"company={company}", "--set", f"quarter={quarter}", "--out", str(folder / "out")]
        if report == "rep_scorecard":
            settings += ["--set", f"rep={hostile.LONGEST}"]
        command = [sys.executable, "-c", RUN, "run", f"params/{report}.yml", *settings]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        (found[report],) = (folder / "out" / quarter / report).rglob(f"{report}.html")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium of the machine."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """Open a file with the network cut; what it asks for is told by the DevTools protocol."""
    opened = []

    def visit(path: Path, width: int = 1280, scheme: str = "light") -> Opened:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        opened.append(context)
        tab = context.new_page()
        requests: list[str] = []
        devtools = context.new_cdp_session(tab)
        devtools.send("Network.enable")
        devtools.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
        tab.on("dialog", lambda dialog: (requests.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        tab.goto(path.as_uri())
        return Opened(tab, requests)

    yield visit
    for context in opened:
        context.close()
