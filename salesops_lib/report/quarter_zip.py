"""A quarter as one ZIP: all its reports and the page that lists them, the same bytes for the same reports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.language import locale_of
from salesops_lib.report.archive import pack
from salesops_lib.report.index import language_of_index, period_page, write_index
from salesops_lib.report.pieces import INDEX
from salesops_lib.report.publish import workspace
from salesops_lib.report.records import Published, Shelf, content_of, fingerprint, read_shelf


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
    with workspace(out) as scratch:
        made = scratch / target.name
        with made.open("wb") as file:
            pack(file, _files(period, mine, out), fingerprint(mine))
            file.flush()
            os.fsync(file.fileno())
        made.replace(target)
    write_index(out)
    return target


def _files(period: str, reports: list[Published], out: Path) -> Iterator[tuple[str, bytes]]:
    """The page of the quarter, and each report's files as its record names them."""
    alone = Shelf(tuple(reports))
    with locale_of(language_of_index(alone)):
        page = period_page(alone, period, {}, alone=True)
    yield f"{period}/{INDEX}", page.encode()
    for report in sorted(reports, key=lambda each: each.place):
        for name, content in content_of(report, out):
            yield f"{report.place}/{name}", content
