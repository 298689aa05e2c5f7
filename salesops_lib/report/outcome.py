"""What becomes of a report that was asked for: it is in its place, or its failure is told and kept in a log."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesops_lib.language import gettext as _
from salesops_lib.report.failure import ReportFailed
from salesops_lib.report.publish import publish, write_whole

if TYPE_CHECKING:
    from salesops_lib.report.params import Request


@dataclass(frozen=True)
class Outcome:
    """A report that was asked for, and its page or the error that it ended with."""

    request: Request
    page: Path | None = None
    error: Exception | None = None


def put_in_place(request: Request, out: Path, build: Path, record: Mapping[str, Any]) -> Outcome:
    """Publish the files that were made in a folder, and forget a failure of before."""
    publish(build, out, request.place, record)
    log = log_of(request, out)
    log.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        log.parent.rmdir()
    return Outcome(request, out / request.page)


def told_of(request: Request, out: Path, error: Exception) -> Outcome:
    """The outcome of a report that could not be made; what the reader can mend needs no log."""
    if not isinstance(error, ReportFailed):
        return Outcome(request, error=error)
    log = log_of(request, out)
    write_whole(log, f"{error}\n\n{error.log}\n")
    cause = _("{report} failed: {cause}", report=name_of(request), cause=error)
    failure = ReportFailed(f"{cause}\n{_('The log is {path}.', path=log)}", log=error.log)
    failure.__cause__ = error
    return Outcome(request, error=failure)


def log_of(request: Request, out: Path) -> Path:
    """Where the log of a failure is kept."""
    name = "-".join([request.period.name, request.report, *([request.member.folder] if request.member else [])])
    return out / "failed" / f"{name}.log"


def name_of(request: Request) -> str:
    """The report in one line, as it is asked for: its stem, its period, and whose it is."""
    return " ".join([request.report, request.period.name, *([request.member.label] if request.member else [])])
