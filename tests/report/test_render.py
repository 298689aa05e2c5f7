import copy

import nbformat
import pytest
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


def test_a_tidy_notebook_has_nothing_of_the_run(executed):
    text = to_json(tidy(executed, {"quarter": "2026Q3"}))
    for left_out in ("/somewhere", "duration", "start_time", "iopub", "a warning"):
        assert left_out not in text
    assert nbformat.reads(text, as_version=4).metadata.papermill.parameters.quarter == "2026Q3"
    assert [cell.id for cell in nbformat.reads(text, as_version=4).cells] == ["cell-1", "cell-2", "cell-3"]
