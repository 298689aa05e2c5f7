"""The prose of a notebook in the reader's language: the same messages for the catalogues and for the page."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

import nbformat
from nbformat import NotebookNode

from salesops_lib.language import gettext as _

# What a line of prose begins with that is not part of its message: a heading's marks, a list's, a quotation's.
_MARKS = re.compile(r"\s*(?:(#{1,6})|[-*+>]|\d+[.)])\s+")
_FENCE = "```"


def messages(
    stream: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, None, str, list[str]]]:
    """What Babel finds in a notebook: the headings and paragraphs of its markdown cells.

    Parameters
    ----------
    stream : file
        The notebook.
    keywords, comment_tags, options
        As Babel gives them to each of its extraction methods; a notebook's prose needs none of them.

    Yields
    ------
    tuple
        The number of the cell, no function, the message, no comments.
    """
    notebook = nbformat.reads(stream.read().decode(), as_version=4)
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            for mark, message in _parts(cell.source):
                if message:
                    yield number, None, message, [mark.strip()] if mark.strip() else []


def translated(notebook: NotebookNode) -> NotebookNode:
    """The notebook with its prose in the language in force; the one that was given is not changed."""
    spoken = copy.deepcopy(notebook)
    for cell in spoken.cells:
        if cell.cell_type == "markdown":
            cell.source = "".join(f"{mark}{_(message)}" for mark, message in _parts(cell.source))
    return spoken


def _parts(source: str) -> Iterator[tuple[str, str]]:
    r"""The prose of a cell in order: what stands before each message, and the message.

    >>> list(_parts("## Risks\n\nWhat may\ngo wrong.\n"))
    [('## ', 'Risks'), ('\n\n', 'What may\ngo wrong.'), ('\n', '')]
    """
    before = message = ""
    fenced = False
    for line in source.splitlines(keepends=True):
        text, mark = line.rstrip("\n"), _MARKS.match(line)
        fence = text.lstrip().startswith(_FENCE)
        if message and (fence or mark or not text.strip()):
            yield before, message.rstrip("\n")
            before, message = message[len(message.rstrip("\n")) :], ""
        if fence or fenced or not text.strip():
            fenced ^= fence
            before += line
        elif mark and mark[1]:
            yield before + mark[0], text[mark.end() :]
            before = line[len(text) :]
        elif mark:
            before, message = before + mark[0], line[mark.end() :]
        else:
            message += line
    if message:
        yield before, message.rstrip("\n")
        before = message[len(message.rstrip("\n")) :]
    if before:
        yield before, ""
