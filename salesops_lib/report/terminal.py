"""What the command says in a terminal: tables, notes and progress; text from the data is never taken for markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from salesops_lib.language import current_locale, ngettext
from salesops_lib.language import gettext as _
from salesops_lib.report.export import plain

if TYPE_CHECKING:
    import pandas as pd

    from salesops_lib.report.failure import Tell
    from salesops_lib.report.params import Request
    from salesops_lib.report.run import Begin

WIDEST = 10_000


def say(path: Path) -> None:
    """Print the path of what was written, alone on its line, so that scripts can take it."""
    print(path)


def note(text: str) -> None:
    """Print a line for the reader where it does not mix with the result."""
    _console(stderr=True).print(Text("\n".join(map(_harmless, text.splitlines()))), soft_wrap=True)


def tell(text: str) -> None:
    """Print lines for the reader where the result goes."""
    _console().print(Text("\n".join(map(_harmless, text.splitlines()))), soft_wrap=True)


def print_table(frame: pd.DataFrame) -> None:
    """Print a frame as a table: numbers as the reader writes them, n/a for what is missing."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    columns = [str(name) for name in frame.columns]
    numeric = [frame[name].dtype.kind in "iuf" for name in frame.columns]
    for name, number in zip(columns, numeric, strict=True):
        table.add_column(Text(_harmless(name)), justify="right" if number else "left", overflow="fold")
    for row in frame.itertuples(index=False, name=None):
        table.add_row(*(Text(_shown(value)) for value in row))
    console = _console()
    if not console.is_terminal:
        # Into a file or a pipe a row is a line, however long.
        console.width = max(console.width, console.measure(table, options=console.options.update(width=WIDEST)).maximum)
    console.print(table)


@contextmanager
def waiting(text: str) -> Iterator[Callable[[str], None]]:
    """Show that something is at work; gives the function that changes what is said of it."""
    with _console(stderr=True).status(Text(text)) as status:
        yield lambda more: status.update(Text(f"{text}: {more}"))


@contextmanager
def progress() -> Iterator[Begin]:
    """A bar over the cells of a report; gives the function that a run calls when it begins."""
    with _bars() as bars:
        yield lambda request: _bar_of(bars, request)


class Board:
    """What is told of a batch: one bar over its reports, and one for each report at work; lines without a terminal."""

    def __init__(self, bars: Progress, total: int) -> None:
        self._bars = bars
        self._whole = bars.add_task(_("Reports"), total=total)
        self._at_work: dict[Path, TaskID] = {}

    def begin(self, request: Request) -> Tell:
        """Show a report at work."""
        self._end(request)
        tell = _bar_of(self._bars, request)
        self._at_work[request.place] = self._bars.task_ids[-1]
        return tell

    def published(self, request: Request) -> None:
        """Count a report."""
        self._line(_("{report} is published.", report=request.name), request)

    def failed(self, request: Request, line: str) -> None:
        """Count a report, and leave standing why it failed."""
        self._line(line, request)
        if self._bars.console.is_terminal:
            self.say(line)

    def unchanged(self, requests: Sequence[Request]) -> None:
        """Count what need not be made."""
        self._bars.advance(self._whole, len(requests))
        self.say(ngettext("{n} report is unchanged.", "{n} reports are unchanged.", len(requests)))

    def say(self, text: str) -> None:
        """Leave a line standing above the bars."""
        # Past the bars: a line that is printed beside them would tear them.
        self._bars.console.print(Text(_harmless(text)), soft_wrap=True)

    def _line(self, text: str, request: Request) -> None:
        self._end(request)
        self._bars.advance(self._whole)
        if not self._bars.console.is_terminal:
            whole = next(task for task in self._bars.tasks if task.id == self._whole)
            self.say(f"[{whole.completed:.0f}/{whole.total:.0f}] {text}")

    def _end(self, request: Request) -> None:
        if request.place in self._at_work:
            self._bars.remove_task(self._at_work.pop(request.place))


@contextmanager
def board(total: int) -> Iterator[Board]:
    """Show how far a batch of so many reports is."""
    with _bars() as bars:
        yield Board(bars, total)


def _bars() -> Progress:
    console = _console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _bar_of(bars: Progress, request: Request) -> Tell:
    task = bars.add_task(_harmless(request.title), total=None)
    return lambda done, total: bars.update(task, completed=done, total=total)


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def _shown(value: Any) -> str:
    value = plain(value)
    if value is None:
        return _("n/a")
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits = "#,##0.####" if abs(value) < 1000 else "#,##0.##"
        return str(format_decimal(value, format=digits, locale=current_locale()))
    return _harmless(str(value))


def _harmless(text: str) -> str:
    """The text without what moves the cursor, colours the terminal or turns the direction of reading."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)
