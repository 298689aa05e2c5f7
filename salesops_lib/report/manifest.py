"""The record of a published report: what it was made from, with what, and every figure that it shows."""

from __future__ import annotations

import copy
import json
import platform
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesops_lib.report.export import plain

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from salesops_lib.report.params import Request

MANIFEST = "manifest.json"
FIGURES = "application/vnd.salesops.figures+json"
BOOK = "application/vnd.salesops.book+json"
LIST = "application/vnd.salesops.list+json"
HEADLINE = "application/vnd.salesops.headline+json"


def describe(request: Request, executed: NotebookNode) -> dict[str, Any]:
    """The record of a report that was run; the hashes of its files are added when they are written.

    Parameters
    ----------
    request : Request
        What was asked for.
    executed : NotebookNode
        The notebook with its outputs, where the book and the figures are told.
    """
    book = book_of(executed)
    return {
        **request.record(),
        "parameters": dict(request.values),
        "headline": headline_of(executed),
        "inputs": dict(request.inputs or {}),
        "as_of": book.get("as_of"),
        "data_hash": book.get("data_hash"),
        "tables": book.get("tables", []),
        "figures": _outputs(executed, FIGURES),
        "versions": _versions(),
        "git_revision": _git_revision(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def book_of(executed: NotebookNode) -> dict[str, Any]:
    """What the notebook told of the data it read; empty if it told nothing."""
    told = _outputs(executed, BOOK)
    return dict(told[0]) if told else {}


def headline_of(executed: NotebookNode) -> list[str]:
    """The sentences of the headline, in the report's language; none if the notebook told none."""
    told = _outputs(executed, HEADLINE)
    return [str(sentence) for sentence in told[0]] if told else []


def lists_of(executed: NotebookNode) -> list[dict[str, Any]]:
    """The lists of records that the notebook told, for the files beside the page."""
    return [dict(each) for each in _outputs(executed, LIST)]


def without_lists(executed: NotebookNode) -> NotebookNode:
    """The same notebook without its lists: they are files of their own, and long."""
    lean = copy.deepcopy(executed)
    for cell in lean.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(LIST, None)
    return lean


def to_text(record: Mapping[str, Any]) -> str:
    """The record as JSON with its keys in alphabetical order."""
    return json.dumps(plain(record), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _outputs(executed: NotebookNode, mimetype: str) -> list[Any]:
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    data = [output.get("data", {}) for cell in cells for output in cell.outputs]
    told = [item[mimetype] for item in data if mimetype in item]
    # A figure and the table beside it tell the same: it is recorded once.
    return [item for i, item in enumerate(told) if item not in told[:i]]


def _versions() -> dict[str, str]:
    needed = [re.split(r"[^\w.-]", line)[0] for line in metadata.requires("salesops") or [] if "extra ==" not in line]
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in ("salesops", *needed)}}


def _git_revision() -> str | None:
    """The revision of the repository that the run stands in, `-dirty` if it was changed since; none without one."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        answer = subprocess.run(command, cwd=Path.cwd(), capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None
