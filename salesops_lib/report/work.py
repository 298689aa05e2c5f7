"""The work of a batch: what is unchanged is passed over, the rest is made, and each failure is told as what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from salesops_lib.errors import SalesOpsError
from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.report.earlier import INPUTS
from salesops_lib.report.failure import ReportFailed, Tell
from salesops_lib.report.fault_log import forget_failure, record_failure
from salesops_lib.report.inputs import Inputs
from salesops_lib.report.publish import clean, published
from salesops_lib.report.run import Begin, listed

if TYPE_CHECKING:
    from salesops_lib.report.outcome import Outcome
    from salesops_lib.report.params import Request


class SomeFailed(SalesOpsError):
    """A batch of which some reports could not be made; each was told when it failed."""

    exit_code = 1


class Workers(Protocol):
    """Who runs reports: `salesops_lib.report.crew.Crew` here, `salesops_lib.report.cluster.Cluster` elsewhere."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_why: object) -> None: ...

    def run(self, requests: Sequence[Request], out: Path, *, begin: Begin) -> Iterator[Outcome]:
        """Run and publish reports; each outcome comes as soon as it is there."""
        ...


class Show(Protocol):
    """What is told while a batch is at work: `salesops_lib.report.terminal` shows it."""

    def begin(self, request: Request) -> Tell:
        """A report begins; what is given is told of each finished cell."""
        ...

    def published(self, request: Request) -> None:
        """A report is published."""
        ...

    def failed(self, request: Request, line: str) -> None:
        """A report has failed."""
        ...

    def unchanged(self, requests: Sequence[Request]) -> None:
        """These reports are as they would be made again."""
        ...

    def say(self, text: str) -> None:
        """Something about the whole."""
        ...


@dataclass
class _Round:
    """How far a batch has come."""

    out: Path
    show: Show
    failures: list[Exception] = field(default_factory=list)
    done: int = 0

    def take(self, outcome: Outcome) -> None:
        """Record what became of a report; it is a success only if all of it can be read back."""
        request, error = outcome.request, outcome.error
        if error is None and not self._stands(request):
            error = ReportFailed(_("its files are not as they were written."))
        if error is None:
            forget_failure(request, self.out)
            self.done += 1
            self.show.published(request)
        else:
            self.failures.append(error)
            self.show.failed(request, record_failure(request, error, self.out))

    def _stands(self, request: Request) -> bool:
        """Whether the report is in its place, whole, and is the one that was asked for."""
        record = published(self.out / request.place)
        asked = request.inputs or {}
        return record is not None and asked.items() <= record.get(INPUTS, {}).items()


def run_batch(requests: Sequence[Request], out: Path, *, workers: Workers, show: Show, fresh: bool = False) -> Path:
    """Run planned reports, those that are published and unchanged excepted, and write the index.

    Interrupted at any moment, it is resumed by running it again: what was published by then is unchanged.

    Parameters
    ----------
    requests : sequence of Request
        As `plan_batch` gives them.
    out : Path
        The folder of the reports, held by `salesops_lib.report.lock.alone_in`.
    workers : Workers
        Who runs them.
    show : Show
        What is told of it.
    fresh : bool
        Run also what is unchanged.

    Returns
    -------
    Path
        The index.

    Raises
    ------
    SomeFailed
        After the last report, if not all are published; it is raised from a group of their errors.
    """
    clean(out)
    now, inputs = _Round(out, show), Inputs()
    unchanged = [] if fresh else [request for request in requests if inputs.unchanged(request, out)]
    for request in unchanged:
        forget_failure(request, out)
    if unchanged:
        show.unchanged(unchanged)
    passed = {request.place for request in unchanged}
    left = {each.place: replace(each, inputs=inputs.of(each)) for each in requests if each.place not in passed}
    try:
        with workers if left else nullcontext() as crew:
            for outcome in crew.run(list(left.values()), out, begin=show.begin) if crew else ():
                left.pop(outcome.request.place, None)
                now.take(outcome)
    except KeyboardInterrupt:
        show.say(_interrupted(now.done + len(unchanged), len(requests)))
        raise
    finally:
        # Also after an interruption: what was published by then is listed.
        if now.done or now.failures or unchanged:
            listed(out)
    for request in left.values():
        now.failures.append(ReportFailed(_("nothing was heard of it.")))
        show.failed(request, record_failure(request, now.failures[-1], out))
    _told(now, len(requests), len(unchanged))
    return out / "index.html"


def _told(now: _Round, total: int, unchanged: int) -> None:
    parts = [_("{n} published", n=now.done), _("{n} unchanged", n=unchanged), _("{n} failed", n=len(now.failures))]
    now.show.say(_("{counts}.", counts=", ".join(parts)))
    if now.failures:
        text = ngettext(
            "{n} of {total} reports failed.", "{n} of {total} reports failed.", len(now.failures), total=total
        )
        raise SomeFailed(text) from ExceptionGroup(text, now.failures)


def _interrupted(done: int, total: int) -> str:
    return _("Interrupted: {n} of {total} reports are published. The same command makes the rest.", n=done, total=total)
