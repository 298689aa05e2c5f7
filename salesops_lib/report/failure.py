"""How a report fails: what is said of it, which cell it was, and what the user can mend."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesops_lib.errors import CompanyError, ParameterError, SalesOpsError, SourceError
from salesops_lib.language import gettext as _

if TYPE_CHECKING:
    from nbformat import NotebookNode

# What the user can mend is told in the words of the error, not as a failed cell.
MENDABLE: dict[str, type[SalesOpsError]] = {
    "ParameterError": ParameterError,
    "CompanyError": CompanyError,
    "SourceError": SourceError,
    "MissingTable": SourceError,
}
LONGEST_CAUSE = 300
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

Tell = Callable[[int, int], None]


class ReportFailed(SalesOpsError):
    """A report that could not be made: not the reader's fault, and nothing of it is published.

    `cell` says which cell it was, as the reader counts them ("" if it was none), `cause` in one line what happened, and
    `log` holds the traceback.
    """

    exit_code = 1

    def __init__(self, cause: str, log: str = "", cell: str = "") -> None:
        super().__init__(f"{cell}: {cause}" if cell else cause)
        self.cause, self.log, self.cell = cause, log, cell

    def __reduce__(self) -> tuple[type[ReportFailed], tuple[str, str, str]]:
        return type(self), (self.cause, self.log, self.cell)


@dataclass
class CellError(Exception):
    """An error that a cell ended with, as a kernel tells it; `index` counts the cells that were run, from 0."""

    ename: str
    evalue: str
    traceback: Sequence[str]
    source: str
    index: int

    def __str__(self) -> str:
        return without_colours("\n".join(self.traceback))


def told(error: CellError, notebook: NotebookNode) -> SalesOpsError:
    """What is said of a cell's error: the fault that the user can mend, or the failed report."""
    mendable = MENDABLE.get(error.ename)
    if mendable:
        fault = mendable(*error.evalue.splitlines())
        fault.add_note(str(error))  # for a log, and for whoever asks with --debug
        return fault
    where = cell_of(notebook, error.source, error.index)
    return ReportFailed(one_line(f"{error.ename}: {error.evalue}"), log=str(error), cell=where)


def cell_of(notebook: NotebookNode, source: str, index: int) -> str:
    """The cell as the reader counts it: Papermill has put its cell of parameters before it."""
    near = [n for n in (index - 1, index) if 0 <= n < len(notebook.cells) and notebook.cells[n].source == source]
    position = near[0] if near else index
    heading = _heading(notebook, position)
    return _("cell {n} ({heading})", n=position + 1, heading=heading) if heading else _("cell {n}", n=position + 1)


def _heading(notebook: NotebookNode, position: int) -> str:
    for cell in reversed(notebook.cells[: position + 1]):
        if cell.cell_type == "markdown":
            for line in reversed(cell.source.splitlines()):
                if line.startswith("#"):
                    return str(line.lstrip("# ").strip())
    return ""


def one_line(text: str) -> str:
    """A cause as one line that is not too long to be read."""
    line = " ".join(without_colours(text).split())
    return line if len(line) <= LONGEST_CAUSE else f"{line[:LONGEST_CAUSE]} ..."


def without_colours(text: str) -> str:
    """Text without the signs that colour a terminal."""
    return _COLOURS.sub("", text)
