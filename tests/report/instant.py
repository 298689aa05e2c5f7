"""A batch without kernels: notebooks are run by this very process, so that a test may make hundreds in a second."""

from __future__ import annotations

import contextlib
import copy
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import nbformat

from salesops_lib.report import making
from salesops_lib.report.crew import BUILD, FORK
from salesops_lib.report.failure import CellError, ReportFailed, cell_of, told
from salesops_lib.report.outcome import Outcome, put_in_place
from salesops_lib.report.publish import workspace
from salesops_lib.report.work import SomeFailed, run_batch


def execute(notebook, values, *, folder, scratch, say=lambda what: None):
    """What an engine does, without what IPython brings: only what is displayed as HTML is an output."""
    executed = copy.deepcopy(notebook)
    given = nbformat.v4.new_code_cell("\n".join(f"{name} = {value!r}" for name, value in values.items()))
    at = next(i for i, cell in enumerate(executed.cells) if "parameters" in cell.metadata.get("tags", []))
    executed.cells.insert(at + 1, given)
    known: dict[str, object] = {}
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code":
            with mock.patch("IPython.display.display", lambda *items, cell=cell, **_more: _show(cell, items)):
                try:
                    exec(cell.source, known)
                except SystemExit as error:
                    raise ReportFailed("it ended the run.", cell=cell_of(notebook, cell.source, index)) from error
                except BaseException as error:
                    if isinstance(error, KeyboardInterrupt) and known.get("is_the_users"):
                        raise
                    lines = traceback.format_exception(error)
                    raise told(
                        CellError(type(error).__name__, str(error), lines, cell.source, index), notebook
                    ) from error
    return executed


def _show(cell, items):
    for item in items:
        data = item if isinstance(item, dict) else {"text/html": item._repr_html_()}
        cell.outputs.append(nbformat.v4.new_output("display_data", data=data))


class Instant:
    """Workers that are this very process; `ran` is what they were given."""

    def __init__(self):
        self.ran = []

    def __enter__(self):
        return self

    def __exit__(self, *_why):
        return None

    def run(self, requests, out, *, begin) -> Iterator[Outcome]:
        for request in requests:
            self.ran.append(request)
            begin(request)
            try:
                with workspace(out) as scratch, mock.patch.object(making, "execute", execute):
                    record = making.make(lambda said: None, request, scratch, FORK, Path.cwd(), None)
                    outcome = put_in_place(request, out, scratch / BUILD, record)
            except Exception as error:
                outcome = Outcome(request, error=error)
            yield outcome


@dataclass
class Told:
    """What a batch said of itself."""

    begun: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def begin(self, request):
        self.begun.append(request.place.as_posix())
        return lambda done, total: None

    def published(self, request):
        self.made.append(request.place.as_posix())

    def failed_(self, request, line):
        self.failed.append(line)

    def unchanged(self, requests):
        self.kept += [request.place.as_posix() for request in requests]

    def say(self, text):
        self.said.append(text)


class Screen:
    """`Told` as a batch sees it."""

    def __init__(self, told):
        self.begin, self.published, self.failed = told.begin, told.published, told.failed_
        self.unchanged, self.say = told.unchanged, told.say


def batch(requests, out: Path, *, workers=None, fresh=False) -> Told:
    """Run a batch with notebooks run here; gives what it said."""
    told = Told()
    with contextlib.suppress(SomeFailed):
        run_batch(requests, out, workers=workers or Instant(), show=Screen(told), fresh=fresh)
    return told
