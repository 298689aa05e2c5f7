"""The commands around reports: make and publish them, open the notebooks."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _


def run(
    params: Annotated[Path, typer.Argument(metavar="PARAMS.yml")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help=_("Goes before the file (repeatable)."), metavar="NAME=VALUE")
    ] = None,
    out: Annotated[Path, typer.Option(help=_("The folder of the reports."))] = Path("reports"),
    pdf: Annotated[bool, typer.Option("--pdf", help=_("Print each report as PDF, too, by Chromium."))] = False,
    with_code: Annotated[bool, typer.Option("--with-code", help=_("Show the code on the page, for analysts."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("List what would be run, and run nothing."))] = False,
) -> None:
    """Run a report or a batch."""
    from salesops_lib.report.batch import is_batch, listing, plan_batch, run_batch
    from salesops_lib.report.params import read_settings
    from salesops_lib.report.pdf import find_chromium
    from salesops_lib.report.run import plan
    from salesops_lib.report.run import run as publish
    from salesops_lib.report.terminal import print_table, progress, progress_of_batch, say, waiting

    values = read_settings(settings or [])
    chromium = find_chromium() if pdf else None
    batch = is_batch(params)
    if not (batch or dry_run):
        with progress() as begin:
            result = publish(params, values, out, begin=begin, chromium=chromium, with_code=with_code)
        say(result.page)
        return
    with waiting(_("Reading for whom reports are made")):
        requests = plan_batch(params, values, out) if batch else [plan(params, values, out)]
    if dry_run:
        print_table(listing(requests, out))
        return
    requests = [replace(request, chromium=chromium, with_code=with_code) for request in requests]
    with progress_of_batch(len(requests)) as (begin, fail):
        index = run_batch(requests, out, begin=begin, fail=fail)
    say(index)


def lab() -> None:
    """Open JupyterLab."""
    import subprocess

    folder = Path("notebooks")
    if not folder.is_dir():
        raise ParameterError(Fault(_("there is no folder notebooks/ here."), fix=_("Go to the project's folder.")))
    raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyterlab", str(folder)], check=False).returncode)
