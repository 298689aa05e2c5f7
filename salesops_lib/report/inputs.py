"""What a report is made from, hashed: if all of it is as it was, the published report is the one that would be made."""

from __future__ import annotations

import glob
import hashlib
import json
import platform
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import salesops_lib
from salesops_lib.company import Company
from salesops_lib.errors import SalesOpsError
from salesops_lib.report.earlier import EARLIER, INPUTS, digest_of, read_earlier
from salesops_lib.report.publish import published

if TYPE_CHECKING:
    from salesops_lib.report.params import Request

# As in salesops_lib.data.readers, which costs seconds to import.
FILES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet", ".pq")


class Inputs:
    """The hashes of what reports are made from; each file, and each book whose tables are no files, is read once.

    Not counted is the note on row counts that differ by 30 % from the last run: it is about the arrival of data, and
    a report that was published with it is not made again to lose it.
    """

    def __init__(self) -> None:
        self._files: dict[Path, str] = {}
        self._data: dict[tuple[Path, str], str | None] = {}

    def of(self, request: Request) -> dict[str, str] | None:
        """The hashes of a report's inputs by name; None where the data can only be known by running it."""
        company = request.company
        shown = [request.period.name, request.title, bool(request.chromium), request.with_code]
        asked = [dict(request.values), request.member and request.member.record(), *shown]
        try:
            data = self._data_of(request)
            known = {
                "company": digest_of(company.model_dump_json(), _key(company)),
                "library": library(),
                "logo": self._file(company.folder / company.brand.logo) if company.brand.logo else "",
                "notebook": self._file(request.notebook),
                "parameters": digest_of(json.dumps(asked, sort_keys=True)),
            }
        except (OSError, SalesOpsError):
            return None  # the run itself says what is wrong
        return known | {"data": data} if data else None

    def unchanged(self, request: Request, out: Path) -> bool:
        """Whether the report is published, whole, and was made from what it would be made from now."""
        record = published(out / request.place)
        inputs = record.get(INPUTS) if record else None
        if not record or not isinstance(inputs, dict) or not inputs:
            return False
        now = self.of(request)
        return now is not None and inputs == {**now, EARLIER: read_earlier(request).digest(record.get("as_of"))}

    def _data_of(self, request: Request) -> str | None:
        key = request.folder, request.values["company"]
        if key not in self._data:
            self._data[key] = self._datadigest_of(request.company)
        return self._data[key]

    def _datadigest_of(self, company: Company) -> str | None:
        source = company.source
        files: list[object] = []
        for name, table in sorted(source.tables.items()):
            patterns = (table.from_,) if isinstance(table.from_, str) else table.from_ or ()
            if not patterns or any(Path(pattern).suffix.lower() not in FILES for pattern in patterns):
                return _bookdigest_of(company)
            paths = [path for pattern in patterns for path in _found(pattern, company.folder)]
            files.append([name, [(path, self._file(company.folder / path)) for path in paths]])
        return digest_of(json.dumps(files), _today(company))

    def _file(self, path: Path) -> str:
        path = path.absolute()
        if path not in self._files:
            with path.open("rb") as stream:
                self._files[path] = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._files[path]


@cache
def library() -> str:
    """The hash of the code that makes reports: the library's files, and the version of every package beside it."""
    root = Path(salesops_lib.__file__).parent
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    code = [f"{path.relative_to(root)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    packages = sorted({f"{each.name} {each.version}" for each in metadata.distributions()})
    return digest_of(platform.python_version(), *code, *packages)


def _found(pattern: str, folder: Path) -> Iterator[str]:
    paths = sorted(glob.glob(pattern, root_dir=folder, recursive=True))
    yield from paths or ([pattern] if (folder / pattern).is_file() else [])


def _bookdigest_of(company: Company) -> str | None:
    """The hash of what a database or a query answers; None of an engine that cannot say it."""
    from salesops_lib.data.source import read_source

    source = read_source(company)
    known = source.connection.name in ("duckdb", "postgres")
    return digest_of(source.data_hash, _today(company)) if known else None


def _today(company: Company) -> str:
    """The day it is, where it decides what the data say: without the day of the export, or with a limit to its age."""
    source = company.source
    limits = source.freshness.warn_days or source.freshness.reject_days
    if source.data_until and not limits:
        return ""
    from salesops_lib.data.freshness import today

    return today(company).isoformat()


def _key(company: Company) -> str:
    """What decides the pseudonyms; the hash of it tells nobody the key."""
    if not company.privacy.pseudonyms:
        return ""
    from salesops_lib.data.pseudonyms import open_key

    return open_key(company).secret
