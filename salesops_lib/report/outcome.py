"""What becomes of a report that was asked for: it is in its place, or there is the error that it ended with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesops_lib.report.publish import publish

if TYPE_CHECKING:
    from salesops_lib.report.params import Request


@dataclass(frozen=True)
class Outcome:
    """A report that was asked for, and its page or the error that it ended with; `fault_log` keeps the error."""

    request: Request
    page: Path | None = None
    error: Exception | None = None


def put_in_place(request: Request, out: Path, build: Path, record: Mapping[str, Any]) -> Outcome:
    """Publish the files that were made in a folder."""
    publish(build, out, request.place, record)
    return Outcome(request, out / request.page)
