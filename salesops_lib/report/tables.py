"""The figures of a report for spreadsheets: one workbook with a sheet per table, and the same as CSV in a ZIP."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbformat import NotebookNode

from salesops_lib.language import gettext as _
from salesops_lib.report.archive import packed
from salesops_lib.report.export import to_csv
from salesops_lib.report.lists import to_xlsx
from salesops_lib.report.manifest import FIGURES

if TYPE_CHECKING:
    import pandas as pd

WORKBOOK = "tables.xlsx"
ARCHIVE = "tables.zip"
# A workbook allows 31 characters; "_12" behind it must fit.
LONGEST_NAME = 28
# What a reader sees over a table: the title of a figure, the caption of a table, what opens a folded one.
_TITLE = re.compile(r"<(figcaption|caption|summary)\b[^>]*>(.*?)</\1>", re.DOTALL)


@dataclass(frozen=True)
class Table:
    """A table or the data of a figure: its name, what stands over it on the page, its section, its raw values."""

    name: str
    title: str
    section: str
    frame: pd.DataFrame


def files_of(executed: NotebookNode) -> Iterator[tuple[str, bytes]]:
    """The files of a report's tables, by name; none if it shows no figures.

    Parameters
    ----------
    executed : NotebookNode
        The notebook with its outputs, in the locale in force.

    Examples
    --------
    >>> dict(files_of(NotebookNode(cells=[])))
    {}
    """
    tables = list(tables_of(executed))
    if not tables:
        return
    contents = _contents(tables)
    yield WORKBOOK, to_xlsx(contents, ((table.name, table.frame) for table in tables))
    texts = [("contents.csv", contents), *((f"{table.name}.csv", table.frame) for table in tables)]
    yield ARCHIVE, packed((name, to_csv(frame).encode()) for name, frame in texts)


def tables_of(executed: NotebookNode) -> Iterator[Table]:
    """Each table and each figure's data once, as the page shows them: raw values under the names of the frames."""
    import pandas as pd

    section = ""
    told: list[Mapping[str, Any]] = []
    taken = {_("Contents").casefold(), "contents"}
    for cell in executed.cells:
        if cell.cell_type == "markdown":
            section = _heading(cell.source) or section
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            # A figure and the table beside it tell the same.
            if FIGURES not in data or data[FIGURES] in told:
                continue
            told.append(data[FIGURES])
            name = _free(str(data[FIGURES]["name"]), taken)
            frame = pd.DataFrame([{k: _flat(v) for k, v in row.items()} for row in data[FIGURES]["rows"]], dtype=object)
            yield Table(name, _title("".join(data.get("text/html", ""))) or section, section, frame)


def _contents(tables: list[Table]) -> pd.DataFrame:
    import pandas as pd

    rows = [(table.name, table.title, table.section, len(table.frame)) for table in tables]
    return pd.DataFrame(rows, columns=[_("Sheet"), _("Title"), _("Section"), _("Rows")])


def _heading(source: str) -> str:
    """The last heading of a markdown cell."""
    headings: list[str] = re.findall(r"^#{1,6}\s+(.+?)\s*$", source, re.MULTILINE)
    return headings[-1] if headings else ""


def _title(page: str) -> str:
    found = _TITLE.search(page)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", found[2])).split()) if found else ""


def _free(name: str, taken: set[str]) -> str:
    """A name for a sheet and a file that no other one has, also where case does not count."""
    stem = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:LONGEST_NAME] or "table"
    free, number = stem, 1
    while free.casefold() in taken:
        number += 1
        free = f"{stem}_{number}"
    taken.add(free.casefold())
    return free


def _flat(value: Any) -> Any:
    """A value as one cell holds it."""
    return "; ".join(map(str, value)) if isinstance(value, list) else value
