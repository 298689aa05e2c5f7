"""Who runs the reports of a batch: one after the other, whatever becomes of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from salesops_lib.report.params import Request
from salesops_lib.report.run import Begin, make


@dataclass(frozen=True)
class Outcome:
    """What became of a report: its page, or why there is none."""

    request: Request
    page: Path | None = None
    error: Exception | None = None


class Crew:
    """Those who run reports, for as long as they are needed.

    Parameters
    ----------
    jobs : int, optional
        How many reports at once.
    engine : str
        What runs a notebook.
    memory : int, optional
        How many bytes a report may take.
    timeout : float, optional
        How many seconds a report may take.
    """

    def __init__(
        self,
        *,
        jobs: int | None = None,
        engine: str = "salesops",
        memory: int | None = None,
        timeout: float | None = None,
    ) -> None:
        self.jobs, self.engine, self.memory, self.timeout = jobs, engine, memory, timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        return None

    def run(self, requests: Sequence[Request], out: Path, *, begin: Begin) -> Iterator[Outcome]:
        """Run reports and publish them below `out`; each outcome comes as soon as it is there."""
        for request in requests:
            try:
                outcome = Outcome(request, page=make(request, out, begin=begin))
            except Exception as error:
                outcome = Outcome(request, error=error)
            yield outcome
