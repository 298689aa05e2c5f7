"""A crew that makes reports side by side: each in a process of its own, whose death is no more than a failed report."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesops_lib.errors import SalesOpsError
from salesops_lib.language import gettext as _
from salesops_lib.report import nursery
from salesops_lib.report.failure import ReportFailed, Tell, one_line
from salesops_lib.report.nursery import KIT, LOG, PAGE, RESULT, SETTLED, SHELL, Child, Nursery, result
from salesops_lib.report.outcome import Outcome, put_in_place
from salesops_lib.report.processes import LAST_WORDS, died, end, kill, resident
from salesops_lib.report.publish import workspace

if TYPE_CHECKING:
    from salesops_lib.report.params import Request

FORK, KERNEL = "fork", "kernel"
BUILD = "build"
AT, DONE = "at", "done"
MAKING = "salesops_lib.report.making"
# Seconds between two looks at what the children take.
LOOK = 0.2

Begin = Callable[["Request"], Tell]


class Crew:
    """Makes reports; a context manager, so that nobody of it is left behind.

    Parameters
    ----------
    jobs : int
        How many reports are made at once.
    engine : str
        `fork`: each report in a child of a process in which everything is loaded; `kernel`: each in a Jupyter kernel.
        Where there is no safe fork (anywhere but on Linux) it is kernels, one after the other.
    memory : int, optional
        Bytes that the processes of a report may take together; beyond it they are ended.
    timeout, cell_timeout : float, optional
        Seconds that a report, and a cell of it, may take.
    """

    def __init__(
        self,
        jobs: int = 1,
        engine: str = FORK,
        memory: int | None = None,
        timeout: float | None = None,
        *,
        cell_timeout: float | None = None,
    ) -> None:
        self.jobs, self.engine = max(1, jobs), engine
        self.memory, self.timeout, self.cell_timeout = memory, timeout, cell_timeout
        self._nursery: Nursery | None = None

    def __enter__(self) -> Crew:
        if nursery.FORKS:
            self._ready()
            if self.jobs > 1:
                self.think_ahead(*KIT)  # a batch is near
        return self

    def __exit__(self, *_error: object) -> None:
        if self._nursery:
            self._nursery.close()
            self._nursery = None

    def run(self, requests: Sequence[Request], out: Path, *, begin: Begin | None = None) -> Iterator[Outcome]:
        """Make reports and publish each as soon as it is there.

        Parameters
        ----------
        requests : sequence of Request
            In the order in which they are begun.
        out : Path
            The folder of the reports.
        begin : callable, optional
            Called when a report begins; gives the function that is told of each finished cell.

        Yields
        ------
        Outcome
            Of each request, in the order in which they end.
        """
        begin = begin or _say_nothing
        if not nursery.FORKS:
            yield from _one_by_one(requests, out, begin)
            return
        several = len(requests) > 1
        if several:
            self._ready().load(KIT)
        waiting, running = deque(requests), list[_Report]()
        with ExitStack() as stack:
            stack.callback(_abandon, running)
            shelf = stack.enter_context(workspace(out)) if several else None
            while waiting or running:
                while waiting and len(running) < self.jobs:
                    request = waiting.popleft()
                    running.append(_Report(self, request, out, shelf, begin(request)))
                    running[-1].begin()
                wait([pipe for each in running for pipe in each.pipes], LOOK)
                ended = [each for each in running if each.has_ended()]
                outcomes = [each.outcome() for each in ended]
                running[:] = [each for each in running if each not in ended]
                yield from outcomes

    def start(self, scratch: Path, work: str, *args: Any) -> Child:
        """Have a child do some work, as `Nursery.fork` does; a nursery that was killed is replaced."""
        return self._ready().fork(scratch, work, *args)

    def think_ahead(self, *names: str) -> None:
        """Have modules loaded while nothing else is asked for."""
        self._ready().load(names, later=True)

    def _ready(self) -> Nursery:
        if self._nursery is None or not self._nursery.lives:
            self._nursery = Nursery(SETTLED)
            self._nursery.load(SHELL)
        return self._nursery


class _Report:
    """One report on its way: the child at work on it, and what is known of how far it has come."""

    def __init__(self, crew: Crew, request: Request, out: Path, shelf: Path | None, tell: Tell) -> None:
        self.crew, self.request, self.out, self.shelf, self.tell = crew, request, out, shelf, tell
        self.cell, self.cause = "", ""
        self._value: Any = None
        self._error: Exception | None = None
        self._child: Child | None = None
        self._steps: Iterator[tuple[str, tuple[Any, ...]]] = iter(())
        self._stack = ExitStack()
        self.scratch = self._stack.enter_context(workspace(out))
        self.begun = self.at = time.monotonic()

    def begin(self) -> None:
        """Start the first child."""
        here = Path.cwd()
        request, scratch, engine = self.request, self.scratch, self.crew.engine
        whole = "make", (request, scratch, engine, here, self.shelf)
        halves = [("make_first_half", (request, scratch, engine)), ("make_second_half", (request, scratch, here))]
        # Of one report alone, the cells are run while the other core loads what makes a page of them.
        self._steps = iter([whole] if self.shelf else halves)
        self._step()
        if not self.shelf:
            self.crew.think_ahead(*PAGE)

    @property
    def pipes(self) -> list[Any]:
        """What becomes readable when there is something to look at."""
        return [self._child.says, self._child.ends] if self._child else []

    def has_ended(self) -> bool:
        """Take in what the child says; whether there is nothing more to wait for."""
        child = self._child
        if child is None:
            return True
        ended = child.ends.poll()
        with suppress(EOFError, OSError):
            while child.says.poll():
                self._hear(*child.says.recv())
        if ended:
            self._take(child)
            self._step()
        else:
            self._look_after(child)
        return self._child is None

    def outcome(self) -> Outcome:
        """What became of it: the report is published, or its failure is kept."""
        with self._stack:
            if self._error is None:
                try:
                    return put_in_place(self.request, self.out, self.scratch / BUILD, self._value)
                except (OSError, SalesOpsError) as error:
                    self._error = ReportFailed(one_line(f"{type(error).__name__}: {error}"))
            return Outcome(self.request, error=self._error)

    def abandon(self) -> None:
        """End the child and take away what it made."""
        if self._child:
            kill(self._child.pid)
            wait([self._child.ends], LAST_WORDS)  # it is gone, and not only told to go
        self._stack.close()

    def _step(self) -> None:
        """Start what comes next, if there is anything and nothing went wrong."""
        step = None if self._error else next(self._steps, None)
        try:
            self._child = self.crew.start(self.scratch, f"{MAKING}:{step[0]}", *step[1]) if step else None
        except (EOFError, OSError) as error:
            self._child = None
            self._error = ReportFailed(_("no process could be started for it ({error}).", error=type(error).__name__))

    def _hear(self, what: str, *more: Any) -> None:
        if what == AT:
            self.cell, self.at = more[0], time.monotonic()
        else:
            self.cell = ""
            self.tell(*more)

    def _take(self, child: Child) -> None:
        """What a child that has ended left behind, or what it died of."""
        try:
            code = child.ends.recv()
        except EOFError:
            code = -signal.SIGKILL
        child.says.close()
        child.ends.close()
        if self.cause or code or not (self.scratch / RESULT).exists():
            self._error = ReportFailed(self.cause or died(code), log=self._log(), cell=self.cell)
            return
        try:
            self._value = result(self.scratch)
        except SalesOpsError as error:
            self._error = error

    def _look_after(self, child: Child) -> None:
        """End a child that takes too long or too much."""
        now, crew = time.monotonic(), self.crew
        if self.cause:
            return  # it is dying
        if crew.timeout and now - self.begun > crew.timeout:
            self.cause = _("the report took longer than {seconds:g} s.", seconds=crew.timeout)
        elif crew.cell_timeout and self.cell and now - self.at > crew.cell_timeout:
            self.cause = _("it took longer than {seconds:g} s.", seconds=crew.cell_timeout)
        elif crew.memory and resident(child.pid) > crew.memory:
            most = f"{crew.memory / 2**20:,.0f} MiB"
            self.cause = _("it took more memory than the {most} that a report may take.", most=most)
        if self.cause:
            end(child)

    def _log(self) -> str:
        log = self.scratch / LOG
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def _abandon(reports: Sequence[_Report]) -> None:
    for each in reports:
        each.abandon()


def _one_by_one(requests: Sequence[Request], out: Path, begin: Begin) -> Iterator[Outcome]:
    """Reports in kernels, where there is no fork; what they cost is not looked after."""
    from salesops_lib.report.making import make

    for request in requests:
        tell = begin(request)

        def say(said: tuple[Any, ...], tell: Tell = tell) -> None:
            if said[0] == DONE:
                tell(*said[1:])

        with workspace(out) as scratch:
            try:
                record = make(say, request, scratch, KERNEL, Path.cwd(), None)
                yield put_in_place(request, out, scratch / BUILD, record)
            except SalesOpsError as error:
                yield Outcome(request, error=error)


def _say_nothing(_request: Request) -> Tell:
    return lambda done, total: None
