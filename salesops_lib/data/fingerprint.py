"""What figures are made from, hashed: a company's files by their content, the key of its pseudonyms, the library."""

from __future__ import annotations

import glob
import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from salesops_lib.company import Company

# As in salesops_lib.data.readers, which costs seconds to import.
FILES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet", ".pq")


def digest_of(*texts: str) -> str:
    """One hash of several texts."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """The hash of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_digest(company: Company, file_digest: Callable[[Path], str] = file_digest) -> str | None:
    """The hash of the files that a company's tables are read from; None if a table is no file.

    Raises
    ------
    OSError
        If one of them cannot be read.
    """
    files: list[object] = []
    for name, table in sorted(company.source.tables.items()):
        patterns = (table.from_,) if isinstance(table.from_, str) else table.from_ or ()
        if not patterns or any(Path(pattern).suffix.lower() not in FILES for pattern in patterns):
            return None
        paths = [path for pattern in patterns for path in _found(pattern, company.folder)]
        files.append([name, [(path, file_digest(company.folder / path)) for path in paths]])
    return digest_of(json.dumps(files), today_of(company))


def today_of(company: Company) -> str:
    """The day it is, where it decides what the data say: without the day of the export, or with a limit to its age."""
    source = company.source
    limits = source.freshness.warn_days or source.freshness.reject_days
    if source.data_until and not limits:
        return ""
    from salesops_lib.data.freshness import today

    return today(company).isoformat()


def company_digest(company: Company) -> str:
    """The hash of a company file as it is read, and of what decides its pseudonyms; it tells nobody the key."""
    key = ""
    if company.privacy.pseudonyms:
        from salesops_lib.data.pseudonyms import open_key

        key = open_key(company).secret
    return digest_of(company.model_dump_json(), key)


@cache
def library_digest() -> str:
    """The hash of the code that makes reports: the library's files, and the version of every package beside it."""
    root = Path(__file__).parents[1]
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    code = [f"{path.relative_to(root)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    packages = sorted({f"{each.name} {each.version}" for each in metadata.distributions()})
    return digest_of(platform.python_version(), *code, *packages)


def _found(pattern: str, folder: Path) -> Iterator[str]:
    paths = sorted(glob.glob(pattern, root_dir=folder, recursive=True))
    yield from paths or ([pattern] if (folder / pattern).is_file() else [])
