"""The prose of a notebook: what Babel finds in it is what is translated in it, and nothing else changes."""

import io

import nbformat
import pytest

from salesops_lib.language import locale_of
from salesops_lib.report.translate import messages, translated


def notebook(*cells):
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_markdown_cell(cell) for cell in cells]
    return book


def found(book):
    stream = io.BytesIO(nbformat.writes(book, version=4).encode())
    return [message for _line, _function, message, _comments in messages(stream, {}, (), {})]


def test_headings_are_said_in_the_language_in_force():
    book = notebook("# Forecast", "## Risks\n", "  ##   What history says")
    with locale_of("de_DE"):
        cells = [cell.source for cell in translated(book).cells]
    assert cells == ["# Prognose", "## Risiken\n", "  ##   Was die Vergangenheit sagt"]
    assert [cell.source for cell in book.cells] == ["# Forecast", "## Risks\n", "  ##   What history says"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# Forecast", ["Forecast"]),
        ("One\ntwo.\n\nThree.", ["One\ntwo.", "Three."]),
        ("- one\n- two", ["one", "two"]),
        ("1. one\n2. two", ["one", "two"]),
        ("> quoted", ["quoted"]),
        ("## Head\nbody", ["Head", "body"]),
        ("```\ncode = 1\n```\ntext", ["text"]),
        ("", []),
        ("\n\n", []),
    ],
)
def test_a_message_is_a_heading_an_item_or_a_paragraph(source, expected):
    book = notebook(source)
    assert found(book) == expected
    assert translated(book).cells[0].source == source  # English is as it was written


def test_code_is_no_prose():
    book = notebook("# Forecast")
    book.cells.append(nbformat.v4.new_code_cell('"# Risks"'))
    assert found(book) == ["Forecast"]
    with locale_of("nl_NL"):
        assert translated(book).cells[1].source == '"# Risks"'
