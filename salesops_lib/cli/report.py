"""The commands around reports: make and publish them, open the notebooks."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _

if TYPE_CHECKING:
    from salesops_lib.report.params import Request
    from salesops_lib.report.work import Workers

BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Engine(StrEnum):
    """What runs a notebook: a process that is there already, or a kernel of its own."""

    salesops = "salesops"
    kernel = "kernel"


@dataclass(frozen=True)
class How:
    """How reports are run."""

    engine: Engine
    jobs: int | None
    memory: int | None
    timeout: int | None
    cluster: str | None
    fresh: bool
    chromium: Path | None
    with_code: bool

    def workers(self) -> Workers:
        """Who runs them."""
        if self.cluster:
            from salesops_lib.report.cluster import Cluster

            return Cluster(self.cluster)
        from salesops_lib.report.crew import FORK, KERNEL, Crew

        engine = KERNEL if self.engine is Engine.kernel else FORK
        jobs = self.jobs or os.cpu_count() or 1
        return Crew(jobs=jobs, engine=engine, memory=self.memory, timeout=self.timeout)


def run(
    params: Annotated[Path, typer.Argument(metavar="PARAMS.yml")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help=_("Goes before the file (repeatable)."), metavar="NAME=VALUE")
    ] = None,
    out: Annotated[Path, typer.Option(help=_("The folder of the reports."))] = Path("reports"),
    pdf: Annotated[bool, typer.Option("--pdf", help=_("Print each report as PDF, too, by Chromium."))] = False,
    with_code: Annotated[bool, typer.Option("--with-code", help=_("Show the code on the page, for analysts."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("List what would be run, and run nothing."))] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help=_("Of a batch, the reports of this name (repeatable): rep_scorecard, R-0*."), metavar="GLOB"),
    ] = None,
    limit: Annotated[int | None, typer.Option(help=_("Of a batch, the first so many reports."), min=1)] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help=_("Run also what is unchanged."))] = False,
    jobs: Annotated[
        int | None, typer.Option(help=_("How many reports at once (as many as there are processors)."), min=1)
    ] = None,
    engine: Annotated[Engine, typer.Option(help=_("What runs the notebooks."))] = Engine.salesops,
    memory: Annotated[str | None, typer.Option(help=_("The most a report may take."), metavar="2G")] = None,
    timeout: Annotated[str | None, typer.Option(help=_("The longest a report may take."), metavar="10m")] = None,
    workers: Annotated[
        str | None,
        typer.Option(help=_("The Dask cluster that runs the notebooks of a batch."), metavar="dask://HOST:PORT"),
    ] = None,
) -> None:
    """Run a report or a batch."""
    from salesops_lib.report.lock import alone_in
    from salesops_lib.report.params import is_batch, read_settings
    from salesops_lib.report.pdf import find_chromium

    values = read_settings(settings or [])
    chromium = find_chromium() if pdf else None
    batch = is_batch(params)
    if not batch:
        _refuse(
            _("is for a batch, and {file} is one report.", file=params.name), only=only, limit=limit, workers=workers
        )
    if workers:
        what = _("is of this machine, and --workers sends the work to a cluster.")
        _refuse(what, jobs=jobs, memory=memory, timeout=timeout)
    sizes = _number("--memory", memory, BYTES), _number("--timeout", timeout, SECONDS)
    how = How(engine, jobs if batch else 1, *sizes, workers, fresh, chromium, with_code)
    if dry_run:
        _list(params, values, out, batch, only or (), limit)
        return
    # Before anything heavy is imported: who finds the folder taken is told so at once. And whoever does the work gets
    # ready for it while what asks for it is loaded.
    with alone_in(out) if batch else nullcontext(), how.workers() as crew:
        if batch:
            _run_batch(params, values, out, how, crew, only or (), limit)
        else:
            _run_one(params, values, out, how, crew)


def _list(params: Path, values: dict[str, str], out: Path, batch: bool, only: Sequence[str], limit: int | None) -> None:
    from salesops_lib.report.batch import listing
    from salesops_lib.report.run import plan
    from salesops_lib.report.terminal import print_table

    requests = _planned(params, values, out, only, limit) if batch else [plan(params, values, out)]
    print_table(listing(requests, out))


def _planned(params: Path, values: dict[str, str], out: Path, only: Sequence[str], limit: int | None) -> list[Request]:
    from salesops_lib.report.batch import chosen, plan_batch
    from salesops_lib.report.terminal import waiting

    with waiting(_("Reading for whom reports are made")):
        return chosen(plan_batch(params, values, out), only, limit)


def _run_one(params: Path, values: dict[str, str], out: Path, how: How, workers: Workers) -> None:
    from salesops_lib.report.run import run as publish
    from salesops_lib.report.terminal import note, progress, say

    with progress() as begin:
        result = publish(
            params,
            values,
            out,
            begin=begin,
            workers=workers,
            fresh=how.fresh,
            chromium=how.chromium,
            with_code=how.with_code,
        )
    if not result.made:
        note(_("{report} is unchanged.", report=result.request.name))
    say(result.page)


def _run_batch(
    params: Path, values: dict[str, str], out: Path, how: How, workers: Workers, only: Sequence[str], limit: int | None
) -> None:
    from salesops_lib.report.terminal import board, say
    from salesops_lib.report.work import run_batch

    planned = _planned(params, values, out, only, limit)
    requests = [replace(request, chromium=how.chromium, with_code=how.with_code) for request in planned]
    with board(len(requests)) as show:
        index = run_batch(requests, out, workers=workers, show=show, fresh=how.fresh)
    say(index)


def _refuse(what: str, **given: object) -> None:
    """Refuse options that make no sense together with others."""
    names = [f"--{name}" for name, value in given.items() if value]
    if names:
        raise ParameterError(*(Fault(f"{name} {what}", fix=_("Leave it out.")) for name in names))


def _number(option: str, text: str | None, units: dict[str, int]) -> int | None:
    """What an option such as 2G or 10m says in bytes or seconds."""
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d*)\s*([a-z]?)", text.strip().lower().removesuffix("b"))
    if not found or found[2] not in units:
        example = f"{option} 2{[*units][-1]}"
        raise ParameterError(
            Fault(
                _("{option}: {text!r} is none.", option=option, text=text), fix=_("Write it as {this}.", this=example)
            )
        )
    return int(found[1]) * units[found[2]]


def lab() -> None:
    """Open JupyterLab."""
    import subprocess

    folder = Path("notebooks")
    if not folder.is_dir():
        raise ParameterError(Fault(_("there is no folder notebooks/ here."), fix=_("Go to the project's folder.")))
    raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyterlab", str(folder)], check=False).returncode)
