"""ZIP archives of what is published: the same files give the same bytes, whoever packs them and whenever."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

# The days that the format allows begin here; with no day of its own, the same content is the same bytes.
BEGINNING = (1980, 1, 1, 0, 0, 0)
_FILE, _OWNER_WRITES_ALL_READ, _UNIX = 0o100000, 0o644, 3


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP of these files in their order."""
    written = io.BytesIO()
    pack(written, files)
    return written.getvalue()


def pack(target: IO[bytes], files: Iterable[tuple[str, bytes]], comment: str = "") -> None:
    """Write a ZIP of these files in their order; one after the other is held in memory.

    Parameters
    ----------
    target : binary file
        Where it is written.
    files : iterable of (name, content)
        A name has forward slashes between folders.
    comment : str
        What the archive says of itself.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, BEGINNING)
            entry.create_system = _UNIX
            entry.external_attr = (_FILE | _OWNER_WRITES_ALL_READ) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
        archive.comment = comment.encode("ascii")


def is_of(path: Path, comment: str) -> bool:
    """Whether a file is an archive that says this of itself; its content is not read."""
    said = comment.encode("ascii")
    try:
        with path.open("rb") as file:
            file.seek(-len(said) - 2, io.SEEK_END)
            return file.read() == len(said).to_bytes(2, "little") + said
    except OSError:
        return False
