"""A quarter as one ZIP: all its reports and the page that lists them, the same bytes for the same reports."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.language import locale_of
from salesops_lib.report.archive import pack
from salesops_lib.report.index import INDEX, language_of_index, period_page, write_index
from salesops_lib.report.manifest import MANIFEST
from salesops_lib.report.publish import PREFIX
from salesops_lib.report.records import Published, Shelf, fingerprint, read_shelf


def zip_quarter(period: str, out: Path) -> Path:
    """Write <period>.zip into the folder of reports, whole or not at all, and list it in the index.

    Parameters
    ----------
    period : str
        The quarter, as its folder is called.
    out : Path
        The folder of the reports.

    Raises
    ------
    ParameterError
        If no report of the quarter is published there, or one is not as it was published.
    """
    shelf = read_shelf(out)
    mine = [report for report in shelf.reports if report.period == period]
    if not mine:
        what = _("there is no report of {period} in {out}.", period=period, out=out)
        raise ParameterError(Fault(what, fix=nearest(period, {report.period for report in shelf.reports})))
    target = out / f"{period}.zip"
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=out)
    try:
        with os.fdopen(handle, "wb") as file:
            pack(file, _files(period, mine, out), fingerprint(mine))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    write_index(out)
    return target


def _files(period: str, reports: list[Published], out: Path) -> Iterator[tuple[str, bytes]]:
    """The page of the quarter, and each report's files as its record names them."""
    alone = Shelf(tuple(reports))
    with locale_of(language_of_index(alone)):
        page = period_page(alone, period, {}, alone=True)
    yield f"{period}/{INDEX}", page.encode()
    for report in sorted(reports, key=lambda each: each.place):
        folder = out / report.place
        record = (folder / MANIFEST).read_bytes()
        for name, digest in sorted(json.loads(record)["files"].items()):
            yield f"{report.place}/{name}", _unchanged(folder / name, digest)
        yield f"{report.place}/{MANIFEST}", record


def _unchanged(path: Path, digest: str) -> bytes:
    """The content of a published file, which must be what was published."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        what = _("is not as it was published.")
        raise ParameterError(Fault(what, file=str(path), fix=_("Make the report again, then zip the quarter.")))
    return content
