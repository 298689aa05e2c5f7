import copy
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from salesops_lib.report.render import render, tidy, to_json


@pytest.fixture
def executed():
    code = new_code_cell("secret_code = 1", execution_count=1)
    code.outputs = [
        new_output("stream", name="stderr", text="a warning"),
        new_output("stream", name="stdout", text="a print"),
        new_output("display_data", {"text/html": "<p>shown</p>", "text/plain": "plain twin"}),
        new_output("execute_result", {"text/plain": "only plain"}, execution_count=1),
    ]
    code.metadata.papermill = {"duration": 1.0}
    code.metadata.execution = {"iopub.execute_input": "2026-01-01"}
    book = new_notebook(cells=[new_markdown_cell("# Heading"), code, new_raw_cell("raw text")])
    book.metadata.papermill = {"input_path": "/somewhere", "start_time": "2026-01-01"}
    return book


def test_the_page_holds_text_and_html_alone(executed, templates):
    page = render(executed, title="A & B <i>", locale="de_DE", templates=templates)
    assert "Heading" in page
    assert "<p>shown</p>" in page
    for left_out in ("secret_code", "a warning", "a print", "plain twin", "only plain", "raw text", "<code>"):
        assert left_out not in page


def test_title_and_language_reach_the_template(executed, templates):
    page = render(executed, title="A & B <i>", locale="en_US", templates=templates)
    assert '<html lang="en-US">' in page
    assert "<title>A &amp; B &lt;i&gt;</title>" in page


def test_rendering_changes_nothing(executed, templates):
    before = copy.deepcopy(executed)
    render(executed, title="t", locale="en_US", templates=templates)
    tidy(executed, {})
    assert executed == before


def test_the_kit_has_a_template_without_code_scripts_and_requests(executed):
    page = render(executed, title="A & B <i>", locale="nl_NL")
    assert "<p>shown</p>" in page
    assert '<html lang="nl-NL"' in page
    assert "<title>A &amp; B &lt;i&gt;</title>" in page
    assert "Content-Security-Policy" in page
    for forbidden in ("<script", "secret_code", "a warning", "http://", "https://", "@import"):
        assert forbidden not in page


def test_code_is_on_the_page_only_if_it_is_asked_for(executed):
    executed.cells[1].source = "secret_code = '<b>' # </code></pre>"
    executed.cells.append(nbformat.v4.new_code_cell("rep = 'R-001'", metadata={"tags": ["parameters"]}))
    page = render(executed, title="t", locale="en_US", code=True)
    shown = BeautifulSoup(page, "html.parser").find_all("details", class_="code")
    assert [each.code.get_text() for each in shown] == ["secret_code = '<b>' # </code></pre>"]
    assert "<b>" not in page
    assert "secret_code" not in render(executed, title="t", locale="en_US")


def _told(executed):
    told = {"company": "Acme", "as_of": "2026-09-30", "data_hash": "ab12" * 16}
    executed.cells[1].outputs[2].data["application/vnd.salesops.book+json"] = told
    executed.metadata.papermill = {"parameters": {"quarter": "2026Q3", "rep": "R-001", "company": "/home/x/acme.yml"}}
    return executed


def test_the_page_says_what_it_was_made_from_and_no_person_no_path_no_time(executed):
    page = render(_told(executed), title="t", locale="en_US")
    foot = BeautifulSoup(page, "html.parser").footer.get_text(" ", strip=True)
    assert "data as of September 30, 2026." in foot
    assert "Parameters: quarter 2026Q3." in foot
    assert "manifest.json" in foot
    assert "R-001" not in foot
    assert "/home" not in foot
    assert page == render(_told(executed), title="t", locale="en_US")


def test_the_contents_lead_to_every_section(executed):
    executed.cells.append(nbformat.v4.new_markdown_cell("## Why & where"))
    executed.cells.append(nbformat.v4.new_markdown_cell("## Trends"))
    page = BeautifulSoup(render(executed, title="t", locale="en_US"), "html.parser")
    links = page.nav.find_all("a")
    assert [link.get_text() for link in links] == ["Why & where", "Trends"]
    assert [page.find(id=link["href"][1:]).get_text() for link in links] == ["Why & where", "Trends"]


@pytest.mark.parametrize("name", ['"}*{display:none}', "</style><script>", "a\\b", "line\nbreak", "x" * 10_000])
def test_the_head_of_a_printed_page_is_text_whatever_a_name_holds(executed, name):
    page = BeautifulSoup(render(executed, title=name, locale="en_US"), "html.parser")
    assert not page.find("script")
    (head,) = [each.get_text() for each in page.find_all("style") if "@top-left" in each.get_text()]
    content = re.fullmatch(r'@page\{@top-left\{content:"([^"]*)";font:8pt system-ui,sans-serif;color:#333\}\}', head)
    assert re.fullmatch(r"(?:[A-Za-z0-9]|\\[0-9a-f]{6})*", content[1])
    assert len(page.title.get_text()) <= 201


def test_a_tidy_notebook_has_nothing_of_the_run(executed):
    text = to_json(tidy(executed, {"quarter": "2026Q3"}))
    for left_out in ("/somewhere", "duration", "start_time", "iopub", "a warning"):
        assert left_out not in text
    assert nbformat.reads(text, as_version=4).metadata.papermill.parameters.quarter == "2026Q3"
    assert [cell.id for cell in nbformat.reads(text, as_version=4).cells] == ["cell-1", "cell-2", "cell-3"]
