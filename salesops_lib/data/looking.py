"""A first look at files that nobody has described: each sheet of a workbook, with the settings its header asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesops_lib.company import Company, TableSource
from salesops_lib.data.readers import read_raw
from salesops_lib.data.recognition import Reading, readings
from salesops_lib.data.workbook import sheet_names
from salesops_lib.errors import SourceError
from salesops_lib.language import gettext as _

ENCODINGS = ("cp1252", "latin-1")
_TITLES = re.compile(r"Set `skip_rows: (\d+)`")


@dataclass(frozen=True)
class Look:
    """A file, or a sheet of one: the settings it is read with, its columns, or the problem why there are none.

    `readings` are the tables that it may be, the best first; `stem` is the name that hints at them.
    """

    file: str
    stem: str
    settings: dict[str, Any]
    columns: tuple[str, ...]
    problem: str
    readings: list[Reading]

    @property
    def label(self) -> str:
        """What messages call it."""
        return label_of(self.file, self.settings)


def label_of(file: str, settings: dict[str, Any]) -> str:
    """What messages call a file, or a sheet of one."""
    return _("{file}, sheet {sheet}", file=file, sheet=settings["sheet"]) if "sheet" in settings else file


def looked_at(connection: Any, files: Sequence[Path], company: Company) -> Iterator[Look]:
    """Each file, and of a workbook with several sheets each sheet, as far as it can be read."""
    for i, path in enumerate(files):
        shown = Path(os.path.relpath(path, company.folder)).as_posix()
        sheets = sheet_names(path)
        for n, sheet in enumerate(sheets if len(sheets) > 1 else [None]):
            settings = {} if sheet is None else {"sheet": sheet}
            settings, columns, problem = _header(connection, f"file{i}_{n}", shown, settings, company)
            stem = path.stem if sheet is None else sheet
            yield Look(shown, stem, settings, columns, problem, readings(columns, stem) if columns else [])


def _header(
    connection: Any, name: str, shown: str, settings: dict[str, Any], company: Company
) -> tuple[dict[str, Any], tuple[str, ...], str]:
    """The settings that are to be declared, the columns, and why there are none."""
    problems: list[str] = []
    tried: list[dict[str, Any]] = [settings]
    for each in tried:
        try:
            source = TableSource.model_validate({"from": shown, **each})
            return each, read_raw(connection, name, source, company).columns, ""
        except SourceError as error:
            said = str(error.faults[0])
            for start in (f"{shown}: ", f"{shown}, ", f"{Path(shown).name}: ", f"{Path(shown).name}, "):
                said = said.removeprefix(start)
            problems = [*problems, said] if said not in problems else problems
            titles = _TITLES.search(str(error))
            if titles and "skip_rows" not in each:
                tried.append({**each, "skip_rows": int(titles[1])})
            elif "encoding" in str(error) and "encoding" not in each:
                tried += [{**each, "encoding": encoding} for encoding in ENCODINGS]
    return settings, (), " ".join(dict.fromkeys(problems[:1] + problems[-1:]))
