"""A report that could not be made: one line that says why, a log, and the record that the index lists it by."""

from __future__ import annotations

import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from salesops_lib.errors import SalesOpsError
from salesops_lib.language import gettext as _
from salesops_lib.report.failure import ReportFailed
from salesops_lib.report.leaks import Leaks
from salesops_lib.report.manifest import to_text
from salesops_lib.report.params import Request
from salesops_lib.report.publish import locked, write_whole

FAILED = "failed"


def record_failure(request: Request, error: Exception, out: Path) -> str:
    """Write the log and the record of a report that failed, and say in one line what failed and where the log is.

    Neither has a secret, a folder of this machine or its user in it. On a full disk the line says that there is no log.

    Parameters
    ----------
    request : Request
        What was asked for.
    error : Exception
        Why it was not made.
    out : Path
        The folder of the reports; both files go to `failed` in it.
    """
    leaks = Leaks(request.company, request.folder)
    cell = error.cell if isinstance(error, ReportFailed) else ""
    cause = _one_line(leaks.without_any(_cause(error)))
    told = f"{cell}: {cause}" if cell else cause
    line = _("{report} failed: {cause}", report=request.name, cause=told)
    log = Path(FAILED, f"{stem_of(request)}.log")
    record = {
        **request.record(),
        "cell": cell,
        "cause": cause,
        "log": log.as_posix(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        with locked(out):
            write_whole(out / log, f"{line}\n\n{leaks.without_any(_log(error))}\n")
            write_whole((out / log).with_suffix(".json"), to_text(record))
    except OSError as full:
        return f"{line} {_('Its log could not be written ({why}).', why=full.strerror or type(full).__name__)}"
    return f"{line} {_('The log is {path}.', path=out / log)}"


def forget_failure(request: Request, out: Path) -> None:
    """Take away what an earlier failure of a report left: it has succeeded."""
    record = out / FAILED / f"{stem_of(request)}.json"
    if not record.parent.exists():
        return
    with locked(out):  # nobody writes there the moment the folder goes
        for path in (record, record.with_suffix(".log")):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            record.parent.rmdir()


def stem_of(request: Request) -> str:
    """The name of the files about a failure: the report's place, in one word."""
    return "-".join(request.place.parts)


def _cause(error: Exception) -> str:
    if isinstance(error, ReportFailed):
        return error.cause
    return str(error) if isinstance(error, SalesOpsError) else f"{type(error).__name__}: {error}"


def _log(error: Exception) -> str:
    if isinstance(error, ReportFailed) and error.log:
        return error.log
    return "".join(traceback.format_exception(error))


def _one_line(text: str) -> str:
    return " ".join(text.split())
