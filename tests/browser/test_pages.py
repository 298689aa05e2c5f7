"""Every kind of report in a real browser: accessible, whole without a network, and deaf to what names say."""

from __future__ import annotations

import io
import re
import unicodedata
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import hostile
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from salesops_lib.names import plain

KINDS = ("quarterly_review", "rep_comparison", "rep_scorecard", "crm_health", "forecasting")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
POLICY = re.compile(r"<meta[^>]*Content-Security-Policy[^>]*>")
# To a section, or to a file beside the page.
LINK = re.compile(r"#[^:]+|[\w-]+\.(?:csv|xlsx)")
# What a figure says of itself must be in its data: these are numbers of a text, with their sign and their decimals.
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def _read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="session")
def axe() -> str:
    vendored = files(pytest.importorskip("axe_playwright_python")) / "axe.min.js"
    return vendored.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(pages: dict[str, Path], visit: Any, axe: str, kind: str, scheme: str, width: int) -> None:
    opened = visit(pages[kind], width, scheme)
    if (width, scheme) == (1280, "light"):
        # What is folded away is many times what is not: it is looked at once.
        opened.tab.evaluate(OPEN_ALL)
    # Of text on a gradient axe measures no contrast: tables are looked at without the shade at their edge.
    opened.tab.add_style_tag(content=".scroll { background: none !important; }")
    opened.tab.evaluate(axe)
    found = opened.tab.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
        ".then(told => ({passes: told.passes.length, violations: told.violations}))",
        RULES,
    )
    assert found["passes"] > 20
    told = [(each["id"], each["nodes"][0]["html"][:200], len(each["nodes"])) for each in found["violations"]]
    assert told == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_as_wide_as_the_screen_and_asks_for_nothing(pages: dict[str, Path], visit: Any, kind: str) -> None:
    opened = visit(pages[kind], 390)
    opened.tab.evaluate(OPEN_ALL)
    assert opened.tab.evaluate("document.documentElement.scrollWidth") == 390
    assert opened.requests == [pages[kind].as_uri()]


def _blank_at_the_edge(box: Any) -> float:
    """The share of a box's right edge that has the page's colour."""
    image = Image.open(io.BytesIO(box.screenshot())).convert("RGB")
    edge = [image.getpixel((image.width - 4, y)) for y in range(image.height)]
    return sum(pixel == (255, 255, 255) for pixel in edge) / len(edge)


def test_the_edge_of_a_table_is_shaded_while_columns_are_out_of_sight(pages: dict[str, Path], visit: Any) -> None:
    box = visit(pages["quarterly_review"], 390).tab.locator(".scroll:has(> .ledger)").last
    assert _blank_at_the_edge(box) < 0.1
    box.evaluate("box => { box.scrollLeft = box.scrollWidth }")
    assert _blank_at_the_edge(box) > 0.8
    wide = visit(pages["quarterly_review"]).tab.locator(".scroll:has(> .ledger)").last
    assert _blank_at_the_edge(wide) > 0.8


@pytest.mark.parametrize("policy", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_names_run_nothing_and_lead_nowhere(
    pages: dict[str, Path], visit: Any, tmp_path: Path, kind: str, policy: bool
) -> None:
    path = pages[kind]
    if not policy:
        html, removed = POLICY.subn("", path.read_text(encoding="utf-8"))
        assert removed == 1
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
    opened = visit(path)
    opened.tab.evaluate(OPEN_ALL)
    opened.tab.mouse.move(300, 300)
    opened.tab.wait_for_timeout(300)
    assert opened.tab.evaluate("window.ran || 0") == 0
    assert opened.requests == [path.as_uri()]
    live = (
        "script,iframe,object,embed,base,form,input,button,link,[onload],[onerror],[onfocus],[ontoggle],[onmouseover]"
    )
    assert opened.tab.evaluate(f"document.querySelectorAll('{live}').length") == 0
    links = opened.tab.evaluate("[...document.querySelectorAll('a')].map(each => each.getAttribute('href'))")
    assert links
    assert [link for link in links if not LINK.fullmatch(link)] == []
    assert opened.tab.evaluate("document.querySelectorAll('style').length") == 2


def _as_read(name: str) -> str:
    """What is left of a name when it is read: composed, and without what cannot be seen."""
    seen = (c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in ("Cc", "Cf"))
    return plain("".join(seen))


def test_names_are_shown_verbatim(pages: dict[str, Path]) -> None:
    texts = {kind: _read(path).get_text() for kind, path in pages.items()}
    everywhere = "\n".join(texts.values())
    assert [name for name in hostile.NAMES if _as_read(name) not in everywhere] == []
    for text in texts.values():
        assert sum(_as_read(name) in text for name in hostile.NAMES) >= 20
        assert hostile.NAMES[3] in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_can_be_read_aloud(pages: dict[str, Path], kind: str) -> None:
    page = _read(pages[kind])
    assert page.html["lang"] == "en-US"
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile("^h[1-6]$"))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    tables = page.find_all("table")
    assert tables
    assert all(table.caption.get_text(strip=True) for table in tables)
    assert all(header.get("scope") in ("col", "row", "colgroup", "rowgroup") for header in page.find_all("th"))
    names = [each["id"] for each in page.find_all(id=True)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_names_figures_from_its_data(pages: dict[str, Path], kind: str) -> None:
    figures = _read(pages[kind]).find_all("figure")
    assert figures
    for figure in figures:
        said = figure.svg["aria-label"]
        assert len(said) > 25
        assert not re.match(r"(image|figure|picture|chart|plot|alt|todo|placeholder)\b", said, re.IGNORECASE)
        numbers = set(NUMBER.findall(said))
        # What a table beside the figure holds is not folded away in it a second time.
        data = figure.details or figure.find_next_sibling("div", class_="scroll")
        shown = set(NUMBER.findall(data.get_text(" ")))
        drawn = set(NUMBER.findall(" ".join(text.get_text() for text in figure.svg.find_all("text"))))
        assert numbers & (shown | drawn), said


def test_sizes(pages: dict[str, Path]) -> None:
    html = pages["quarterly_review"].read_text(encoding="utf-8")
    images = sum(len(each.encode()) for each in re.findall(r"<svg.*?</svg>", html, flags=re.S))
    assert len(html.encode()) <= 1_000_000
    assert len(html.encode()) - images <= 300_000
