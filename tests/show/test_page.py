"""The title block, what display shows, sections that lack a table, and the page that nbconvert makes of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pandas as pd
import pytest
import samples as S
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

import salesops_lib.report
from salesops_lib import show
from salesops_lib.errors import MissingTable, SourceError
from salesops_lib.language import current_locale
from salesops_lib.periods import Calendar
from salesops_lib.show import page as module
from salesops_lib.show.drawings import published
from salesops_lib.show.numbers import current_currency
from salesops_lib.show.shown import BOOK


def _book(as_of: date = date(2026, 9, 30), **company: Any) -> Any:
    frame = S.audit()
    return SimpleNamespace(
        company=SimpleNamespace(
            **{
                "name": "Acme",
                "currency": "EUR",
                "locale": "nl_NL",
                "source": SimpleNamespace(data_until=None),
                **company,
            }
        ),
        calendar=Calendar(),
        as_of=as_of,
        data_hash="ab12",
        audit=SimpleNamespace(frame=lambda: frame, quarantine=pd.DataFrame({"table": ["opportunities"], "row": [7]})),
        is_complete=lambda period: period.end <= as_of,
    )


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[show.Shown]:
    seen: list[show.Shown] = []
    monkeypatch.setattr(module, "_display", seen.append)
    return seen


def test_use_speaks_the_companys_language_and_currency() -> None:
    show.use(_book())
    assert (current_locale(), current_currency()) == ("nl_NL", "EUR")


def test_the_title_says_whose_figures_of_when() -> None:
    book = _book(locale="en_US", source=SimpleNamespace(data_until=date(2026, 10, 2)), name="A <b>&</b> $x^$")
    shown = show.title(book, "2026Q3")
    assert shown.text.replace("\u2009", " ").splitlines() == [
        "Company: A <b>&</b> $x^$",
        "Period: 2026 Q3 (Jul 1 – Sep 30, 2026)",
        "As of: September 30, 2026",
        "Source: exported on October 2, 2026",
        "Data quality: 12,386 rows read = 12,380 used + 3 quarantined + 3 dropped",
    ]
    assert "A &lt;b&gt;&amp;&lt;/b&gt; $x^$" in shown.html
    facts = json.loads(json.dumps(shown._repr_mimebundle_()[BOOK]))
    assert facts["as_of"] == "2026-09-30"
    assert facts["period"] == "2026Q3"
    assert facts["data_hash"] == "ab12"
    assert facts["tables"][0]["read"] == 12345
    assert facts["quarantine"] == [{"table": "opportunities", "row": 7}]


def test_a_quarter_that_has_not_begun_says_so() -> None:
    assert "2026), not begun" in show.title(_book(date(2026, 6, 30), locale="en_US"), "2026Q3").text


@pytest.mark.parametrize(("as_of", "passed"), [(date(2026, 7, 1), 1), (date(2026, 8, 15), 46)])
def test_a_quarter_that_is_not_over_says_so(as_of: date, passed: int) -> None:
    assert f", incomplete: {passed} of 92 days" in show.title(_book(as_of, locale="en_US"), "2026Q3").text


def test_display_shows_what_there_is(displayed: list[show.Shown]) -> None:
    show.display(None, show.say_change(S.change()), show.plot_change(S.change()), show.Shown("", ""))
    assert len(displayed) == 2
    assert displayed[1].html.startswith("<figure>")


def test_a_section_says_what_it_needs_and_swallows_nothing_else(displayed: list[show.Shown]) -> None:
    with show.section():
        raise MissingTable("quotas", "a <b> quota")
    assert [shown.html for shown in displayed] == [
        '<p class="none">This needs the table &#39;quotas&#39; (a &lt;b&gt; quota), which the company file '
        "does not name. Add it under source: tables: quotas.</p>"
    ]
    with pytest.raises(SourceError), show.section():
        raise SourceError("bad")
    with pytest.raises(ZeroDivisionError), show.section():
        _ = 1 / 0
    assert len(displayed) == 1


def _page(*cells: Any, title: str = "Acme 2026 Q3", lang: str = "en-US") -> str:
    exporter = HTMLExporter(
        template_name="template", extra_template_basedirs=[str(Path(salesops_lib.report.__file__).parent)]
    )
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    body, _resources = exporter.from_notebook_node(notebook, {"title": title, "lang": lang})
    return str(body)


def _outputs(*items: Any) -> Any:
    bundles = [item._repr_mimebundle_() for item in items]
    outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in bundles]
    noise = [
        nbformat.v4.new_output("stream", text="NOISE"),
        nbformat.v4.new_output("error", ename="NOISE", evalue="NOISE", traceback=["NOISE"]),
        nbformat.v4.new_output("display_data", data={"image/png": "Tk9JU0U=", "application/javascript": "NOISE"}),
    ]
    return nbformat.v4.new_code_cell("SECRET = 1", outputs=[*noise, *outputs])


def test_the_page_holds_text_and_html_and_nothing_that_runs() -> None:
    html = _page(
        nbformat.v4.new_markdown_cell("# The review"),
        _outputs(show.cards(S.scorecard())),
        nbformat.v4.new_markdown_cell("## Why revenue moved\n\nSome prose."),
        _outputs(published(show.plot_change(S.change()))),
        title="</title><script>alert(1)</script>",
        lang="de-DE",
    )
    page = BeautifulSoup(html, "html.parser")
    assert html.startswith("<!DOCTYPE html>")
    assert page.html["lang"] == "de-DE"
    assert page.title.get_text() == "</title><script>alert(1)</script>"
    assert [h.get_text() for h in page.find_all(["h1", "h2"])] == ["The review", "Why revenue moved"]
    assert page.section.h2.get_text() == "Why revenue moved"
    assert page.section.figure
    assert not page.find(["script", "link", "iframe", "object"])
    for absent in ("SECRET", "NOISE", "¶", "http://", "https://", "javascript"):
        assert absent not in html
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )


def test_the_empty_page_is_small() -> None:
    assert len(_page(nbformat.v4.new_markdown_cell("# Nothing")).encode()) < 15_000
