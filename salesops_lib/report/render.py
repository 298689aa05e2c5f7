"""An executed notebook as what is published: one HTML file without code, and a notebook of the same bytes each time."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from salesops_lib.language import spoken

HERE = Path(__file__).parent
HTML = "text/html"


def render(
    notebook: NotebookNode, *, title: str, locale: str, templates: Path = HERE, template: str = "template"
) -> str:
    """The page of an executed notebook: its text and what it displays as HTML; no code, no streams, no other outputs.

    Parameters
    ----------
    notebook : NotebookNode
        Executed; it is not changed.
    title : str
        Plain text for the page's title.
    locale : str
        The reader's locale, such as en_US; becomes the language of the page.
    templates, template
        The folder of nbconvert templates and the name of one.
    """
    exporter = HTMLExporter(
        template_name=template,
        extra_template_basedirs=[str(templates)],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    language = spoken(locale)
    resources = {"metadata": {"name": title}, "salesops": {"title": title, "lang": language}}
    body, _resources = exporter.from_notebook_node(_page(notebook), resources)
    return str(body)


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


def _page(notebook: NotebookNode) -> NotebookNode:
    page = copy.deepcopy(notebook)
    page.cells = [cell for cell in page.cells if cell.cell_type != "raw"]
    for cell in page.cells:
        if cell.cell_type == "code":
            cell.source = ""
            cell.outputs = [_only_html(output) for output in cell.outputs if HTML in output.get("data", {})]
    return page


def _only_html(output: NotebookNode) -> NotebookNode:
    return NotebookNode(output_type="display_data", metadata={}, data={HTML: output.data[HTML]})
