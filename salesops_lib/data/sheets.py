"""Sheets as they are stored: formulas whose value was never saved, and rows that a workbook hides."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from salesops_lib.errors import MOST_ROWS, Fault, SourceError

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def reject_formulas(data: bytes, title: str, shown: str) -> None:
    """Refuse a sheet with formulas that have no value: a program wrote them, and no spreadsheet worked them out.

    Raises
    ------
    SourceError
        Naming the first cells.
    """
    cells = []
    for element in _elements(data, title, (b"<f", b":f"), "c"):
        parts = {_local(part.tag): part.text for part in element}
        # A formula may well say nothing: then its value is a text without a character.
        if "f" in parts and not parts.get("v") and element.get("t") != "str":
            cells.append(str(element.get("r")))
    if cells:
        one = len(cells) == 1
        listed = ", ".join(cells[:MOST_ROWS]) + (" ..." if len(cells) > MOST_ROWS else "")
        what = f"{'cell' if one else 'cells'} {listed}: {'a formula' if one else 'formulas'} without a value."
        raise SourceError(Fault(what, file=shown, fix="Open it in a spreadsheet, save it, and use that file."))


def hidden_rows(data: bytes, title: str) -> set[int]:
    """The numbers of the rows that a sheet hides, by hand or by a filter."""
    rows = _elements(data, title, (b"hidden=",), "row")
    return {int(row.get("r", 0)) for row in rows if row.get("hidden") in ("1", "true")}


def _elements(data: bytes, title: str, signs: tuple[bytes, ...], name: str) -> Iterator[ElementTree.Element]:
    """The elements of one name of a sheet; none, and nothing parsed, unless its text has one of the signs."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        path = _path(archive, title)
        content = archive.read(path) if path else b""
    if any(sign in content for sign in signs):
        for _, element in ElementTree.iterparse(io.BytesIO(content)):
            if _local(element.tag) == name:
                yield element
                element.clear()


def _path(archive: zipfile.ZipFile, title: str) -> str | None:
    """Where a workbook keeps the sheet of a name."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    wanted = [each.get(_RELATION) for each in book.iter() if _local(each.tag) == "sheet" and each.get("name") == title]
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    for each in relations:
        if wanted and each.get("Id") == wanted[0]:
            path = posixpath.normpath(posixpath.join("/xl", str(each.get("Target")))).lstrip("/")
            return path if path in names else None
    return None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
