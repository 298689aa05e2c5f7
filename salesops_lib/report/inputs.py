"""What a report is made from, hashed: if all of it is as it was, the published report is the one that would be made."""

from __future__ import annotations

import glob
import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import salesops_lib
from salesops_lib.company import Company
from salesops_lib.errors import SalesOpsError
from salesops_lib.report.manifest import MANIFEST
from salesops_lib.report.publish import published

if TYPE_CHECKING:
    from salesops_lib.report.params import Request

INPUTS, EARLIER = "inputs", "earlier"
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
        asked = [dict(request.values), request.member and request.member.record(), request.period.name, request.title]
        try:
            data = self._data_of(request)
            known = {
                "company": _hash(company.model_dump_json(), _key(company)),
                "library": library(),
                "notebook": self._file(request.notebook),
                "parameters": _hash(json.dumps(asked, sort_keys=True)),
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
        return now is not None and inputs == {**now, EARLIER: read_earlier(request)(record.get("as_of"))}

    def _data_of(self, request: Request) -> str | None:
        key = request.folder, request.values["company"]
        if key not in self._data:
            self._data[key] = self._data_hash(request.company)
        return self._data[key]

    def _data_hash(self, company: Company) -> str | None:
        source = company.source
        files: list[object] = []
        for name, table in sorted(source.tables.items()):
            patterns = (table.from_,) if isinstance(table.from_, str) else table.from_ or ()
            if not patterns or any(Path(pattern).suffix.lower() not in FILES for pattern in patterns):
                return _book_hash(company)
            paths = [path for pattern in patterns for path in _found(pattern, company.folder)]
            files.append([name, [(path, self._file(company.folder / path)) for path in paths]])
        return _hash(json.dumps(files), _today(company))

    def _file(self, path: Path) -> str:
        path = path.absolute()
        if path not in self._files:
            with path.open("rb") as stream:
                self._files[path] = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._files[path]


def read_earlier(request: Request) -> Callable[[str | None], str]:
    """What earlier published reports tell a report, read now; gives the function that hashes it as of a report's day.

    A review holds the figures of the review before against today's, and a forecast those that were published before
    its own day, whichever report carries them.
    """
    folder = request.values.get("published")
    if not folder:
        return lambda as_of: ""
    path = request.folder / str(folder)
    if request.report == "forecasting":
        from salesops_lib.forecasting.runs import told_runs

        runs, spoilt = told_runs(path, request.company)
        return lambda as_of: _hash(
            *sorted({run.model_dump_json() for run in runs if not as_of or str(run.made_as_of.date()) < as_of}), *spoilt
        )
    before = request.company.calendar.shift(request.period, -1).name
    told = _told(path / before / request.report)
    return lambda as_of: told


@cache
def library() -> str:
    """The hash of the code that makes reports: the library's files, and the version of every package beside it."""
    root = Path(salesops_lib.__file__).parent
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    code = [f"{path.relative_to(root)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    packages = sorted({f"{each.name} {each.version}" for each in metadata.distributions()})
    return _hash(platform.python_version(), *code, *packages)


def _told(folder: Path) -> str:
    """What the review of a quarter says of it; when it was made makes no difference."""
    try:
        record: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        said = [record.get(name) for name in ("company", "period", "as_of", "figures")]
    except OSError:
        return ""
    except (ValueError, AttributeError):
        return "unreadable"
    rows = folder / "quarantine.csv"
    return _hash(json.dumps(said, sort_keys=True), rows.read_text(encoding="utf-8") if rows.is_file() else "")


def _found(pattern: str, folder: Path) -> Iterator[str]:
    paths = sorted(glob.glob(pattern, root_dir=folder, recursive=True))
    yield from paths or ([pattern] if (folder / pattern).is_file() else [])


def _book_hash(company: Company) -> str | None:
    """The hash of what a database or a query answers; None of an engine that cannot say it."""
    from salesops_lib.data.source import read_source

    source = read_source(company)
    known = source.connection.name in ("duckdb", "postgres")
    return _hash(source.data_hash, _today(company)) if known else None


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


def _hash(*texts: str) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()
