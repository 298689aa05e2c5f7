"""An executed notebook as what is published: one HTML file, and a notebook; the same bytes each time."""

from __future__ import annotations

import copy
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

import nbformat
from babel.dates import format_date
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from salesops_lib.brand import Brand
from salesops_lib.language import current_locale, locale_of, spoken
from salesops_lib.language import gettext as _
from salesops_lib.report.manifest import MANIFEST, book_of

HERE = Path(__file__).parent
HTML = "text/html"
LONGEST_TITLE, LONGEST_HEAD = 200, 90
# Paths are of the machine, and a rep's name stands in the title or is a pseudonym there.
UNSAID = ("company", "published", "rep")


def render(
    notebook: NotebookNode,
    *,
    title: str,
    locale: str,
    brand: Brand | None = None,
    folder: Path = Path(),
    code: bool = False,
    templates: Path = HERE,
    template: str = "template",
) -> str:
    """The page of an executed notebook: its text and what it displays as HTML; no streams, no other outputs.

    The page says what it was made from. When it was made stands in the record beside it, so that the same inputs give
    the same bytes.

    Parameters
    ----------
    notebook : NotebookNode
        Executed; it is not changed.
    title : str
        Plain text for the page's title and the head of each printed page.
    locale : str
        The reader's locale, such as en_US; becomes the language of the page.
    brand, folder
        How the company looks, and the folder in which its company file lies.
    code : bool
        Whether the cells' code is in the page, folded away; else it is not in the file.
    templates, template
        The folder of nbconvert templates and the name of one.
    """
    brand = brand or Brand()
    told = book_of(notebook)
    exporter = _exporter(templates, template, code)
    with locale_of(locale):
        words = {"contents": _("Contents"), "code": _("Code") if code else "", "provenance": _provenance(notebook)}
    page = {
        "title": title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…",
        "lang": spoken(locale),
        "company": told.get("company", ""),
        "logo": brand.logo_data(folder),
        "style": brand.style() + _head_of_print(title),
        **words,
    }
    resources = {"metadata": {"name": title}, "salesops": page}
    body, _resources = exporter.from_notebook_node(_page(notebook, code), resources)
    return str(body)


@cache  # once is enough, whoever asks
def rehearse() -> None:
    """Make a small page, so that what compiles itself at first use is ready for the pages that follow."""
    shown = nbformat.v4.new_output("display_data", {HTML: "<p>…</p>"})
    cells = [nbformat.v4.new_markdown_cell("# …"), nbformat.v4.new_code_cell(outputs=[shown])]
    notebook = nbformat.v4.new_notebook(cells=cells)
    render(notebook, title="…", locale=current_locale())
    to_json(notebook)


@cache
def _exporter(templates: Path, template: str, code: bool) -> HTMLExporter:
    return HTMLExporter(
        template_name=template,
        extra_template_basedirs=[str(templates)],
        exclude_input=not code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )


def _head_of_print(title: str) -> str:
    """The style that repeats the title above every printed page; whatever a name holds, it is a string of CSS."""
    shown = title if len(title) <= LONGEST_HEAD else f"{title[:LONGEST_HEAD]}…"
    text = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in shown)
    return f'@page{{@top-left{{content:"{text}";font:8pt system-ui,sans-serif;color:#333}}}}'


def _provenance(notebook: NotebookNode) -> list[str]:
    """What the page was made from, line by line; nothing of it names a person or a path."""
    told = book_of(notebook)
    if not told:
        return []
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    shown = [
        f"{name} {value}" for name, value in given.items() if name not in UNSAID and value not in (None, "", False)
    ]
    return [
        _(
            "Made by salesops {version} from data as of {day}.",
            version=version("salesops"),
            day=format_date(date.fromisoformat(told["as_of"]), "long", locale=current_locale()),
        ),
        *([_("Parameters: {parameters}.", parameters=", ".join(shown))] if shown else []),
        _(
            "When it was made, from which data and versions, and every figure on it: see {file} beside this page.",
            file=MANIFEST,
        ),
    ]


def tidy(notebook: NotebookNode, parameters: dict[str, object]) -> NotebookNode:
    """The executed notebook without what differs between two runs: times, paths, random cell names, warnings."""
    tidied = copy.deepcopy(notebook)
    tidied.metadata.papermill = {"parameters": parameters}
    for number, cell in enumerate(tidied.cells):
        cell.id = f"cell-{number + 1}"
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return tidied


def to_json(notebook: NotebookNode) -> str:
    """The text of the notebook's file."""
    return f"{nbformat.writes(notebook, version=4)}\n"


def _page(notebook: NotebookNode, code: bool) -> NotebookNode:
    page = copy.deepcopy(notebook)
    page.cells = [cell for cell in page.cells if cell.cell_type != "raw"]
    for cell in page.cells:
        if cell.cell_type == "code":
            cell.source = cell.source if code and "parameters" not in cell.metadata.get("tags", []) else ""
            cell.outputs = [_only_html(output) for output in cell.outputs if HTML in output.get("data", {})]
    return page


def _only_html(output: NotebookNode) -> NotebookNode:
    return NotebookNode(output_type="display_data", metadata={}, data={HTML: output.data[HTML]})
