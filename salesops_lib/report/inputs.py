"""What a report is made from, hashed: if all of it is as it was, the published report is the one that would be made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from salesops_lib.company import Company
from salesops_lib.data.fingerprint import (
    company_digest,
    digest_of,
    file_digest,
    files_digest,
    library_digest,
    today_of,
)
from salesops_lib.errors import SalesOpsError
from salesops_lib.report.earlier import EARLIER, INPUTS, read_earlier
from salesops_lib.report.publish import published

if TYPE_CHECKING:
    from salesops_lib.report.params import Request


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
                "company": company_digest(company),
                "library": library_digest(),
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
            self._data[key] = files_digest(request.company, self._file) or _bookdigest_of(request.company)
        return self._data[key]

    def _file(self, path: Path) -> str:
        path = path.absolute()
        if path not in self._files:
            self._files[path] = file_digest(path)
        return self._files[path]


def _bookdigest_of(company: Company) -> str | None:
    """The hash of what a database or a query answers; None of an engine that cannot say it."""
    from salesops_lib.data.source import read_source

    source = read_source(company)
    known = source.connection.name in ("duckdb", "postgres")
    return digest_of(source.data_hash, today_of(company)) if known else None
