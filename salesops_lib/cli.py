"""The `salesops` command: calls into the library, and the exit codes; nothing heavy is imported before it is needed."""

from __future__ import annotations

import signal
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from salesops_lib.errors import Fault, ParameterError, SalesOpsError
from salesops_lib.language import gettext as _

if TYPE_CHECKING:
    import pandas as pd

    from salesops_lib.periods import Grain

INTERRUPTED = 130
FAILED = 1


class Format(StrEnum):
    """How a frame is printed."""

    table = "table"
    csv = "csv"
    json = "json"


class Files(StrEnum):
    """What the demo company is written as."""

    csv = "csv"
    parquet = "parquet"


app = typer.Typer(
    name="salesops",
    help=_("Honest figures of a sales organisation, and reports that can be made again."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CompanyFile = Annotated[Path, typer.Option("--company", "-c", help=_("The company file."), metavar="COMPANY.yml")]
AsOf = Annotated[str | None, typer.Option(help=_("Read the data as they stood on this day."), metavar="YYYY-MM-DD")]


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"salesops {version('salesops')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help=_("Print the version and end."), is_eager=True, callback=_say_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help=_("Show tracebacks (may stand anywhere)."))] = False,
) -> None:
    """Take the options that stand before a command."""
    # `debug` is taken out by main(), so that it also works behind a command; here it is for the help.


@app.command(help=_("Write the demo company: every table and a company file."))
def demo(
    out: Annotated[Path, typer.Option(help=_("The folder to write to."))],
    reps: Annotated[int, typer.Option(min=1)] = 40,
    years: Annotated[int, typer.Option(min=1)] = 3,
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same bytes."))] = 7,
    end: Annotated[str, typer.Option(help=_("The last day of the data."), metavar="YYYY-MM-DD")] = "2026-09-30",
    opportunities: Annotated[int | None, typer.Option(min=1, help=_("About how many."))] = None,
    activities: Annotated[int | None, typer.Option(min=1, help=_("About how many."))] = None,
    files: Annotated[Files, typer.Option("--format")] = Files.csv,
    without: Annotated[
        list[str] | None, typer.Option(help=_("A planted truth to leave out (repeatable)."), metavar="NAME")
    ] = None,
) -> None:
    """Write the demo company."""
    from salesops_lib.data.demo import write_demo
    from salesops_lib.report.terminal import say, waiting

    last = _day("--end", end)
    with waiting(_("Writing the demo company")) as tell:
        written = write_demo(
            out,
            reps=reps,
            years=years,
            seed=seed,
            end=last,
            opportunities=opportunities,
            activities=activities,
            format=files.value,
            without=tuple(without or ()),
            progress=tell,
        )
    say(written)


@app.command(help=_("Audit a source: rows read = used + quarantined + dropped, table by table."))
def check(
    company: Annotated[Path, typer.Argument(metavar="COMPANY.yml")],
    as_of: AsOf = None,
    out: Annotated[Path | None, typer.Option(help=_("Write the quarantined rows to quarantine.csv in it."))] = None,
) -> None:
    """Audit a source."""
    from salesops_lib.data.book import open_book
    from salesops_lib.report.export import to_csv
    from salesops_lib.report.publish import write_whole
    from salesops_lib.report.terminal import print_table, say

    book = open_book(company, as_of=_day("--as-of", as_of) if as_of else None)
    print_table(book.audit.frame())
    if out:
        path = out / "quarantine.csv"
        write_whole(path, to_csv(book.audit.quarantine))
        say(path)


@app.command(help=_("List the metrics with their definitions."))
def catalogue(
    format_: Annotated[Format, typer.Option("--format")] = Format.table,
) -> None:
    """List the metrics."""
    from salesops_lib import metrics

    _print(metrics.catalogue(), format_)


@app.command(help=_("Measure metrics for a period and print the tidy frame."))
def measure(
    metrics: Annotated[list[str], typer.Argument(metavar="METRIC...")],
    company: CompanyFile,
    period: Annotated[
        str,
        typer.Option("--period", "-p", help=_("2026Q3, 2026-07, 2026-W07, 2026 or 2025Q1..2026Q2."), metavar="PERIOD"),
    ],
    by: Annotated[
        list[str] | None, typer.Option(help=_("A dimension, such as team (repeatable)."), metavar="DIMENSION")
    ] = None,
    grain: Annotated[
        str | None, typer.Option(help=_("Split the period: week, month, quarter or year."), metavar="GRAIN")
    ] = None,
    as_of: AsOf = None,
    format_: Annotated[Format, typer.Option("--format")] = Format.table,
    out: Annotated[Path | None, typer.Option(help=_("Write to this file instead."), metavar="FILE")] = None,
) -> None:
    """Measure metrics."""
    from salesops_lib.data.book import open_book
    from salesops_lib.metrics import measure as measured
    from salesops_lib.report.terminal import note

    book = open_book(company, as_of=_day("--as-of", as_of) if as_of else None)
    frame = measured(book, metrics, period=period, by=by or [], grain=cast("Grain | None", grain))
    _print(frame, format_, out)
    for name, text in frame.attrs.get("notes", {}).items():
        note(f"{name}: {text}")


@app.command(help=_("Measure every method, and the kit's own rule, on the past of plain series, and print the scores."))
def backtest(
    series: Annotated[
        Path, typer.Option(help=_("CSV or Parquet with unique_id, ds, y."), metavar="FILE", show_default=False)
    ],
    horizon: Annotated[int, typer.Option(help=_("How many periods ahead."))] = 3,
    freq: Annotated[str, typer.Option(help=_("Months, quarters or weeks."), metavar="M|Q|W")] = "M",
    history: Annotated[
        int | None, typer.Option(help=_("How many periods the methods see (all of them unless told)."))
    ] = None,
    origins: Annotated[int, typer.Option(help=_("From how many moments of the past."))] = 3,
    fast: Annotated[bool, typer.Option("--fast", help=_("Without Prophet."))] = False,
    jobs: Annotated[
        int | None, typer.Option(help=_("How many processes (as many as it is worth unless told)."))
    ] = None,
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same figures."))] = 0,
    format_: Annotated[Format, typer.Option("--format")] = Format.table,
    out: Annotated[Path | None, typer.Option(help=_("Write to this file instead."), metavar="FILE")] = None,
) -> None:
    """Measure the methods on the past."""
    from salesops_lib import forecasting
    from salesops_lib.forecasting.series import read_series
    from salesops_lib.report.terminal import note, waiting

    frame = read_series(series)
    with waiting(_("Forecasting the past")):
        found = forecasting.backtest(
            frame, horizon, freq, history=history, origins=origins, fast=fast, seed=seed, workers=jobs
        )
    for text in found.attrs["notes"]:
        note(text)
    _print(forecasting.score(found), format_, out)


@app.command(help=_("Run the report of a parameters file, or a batch of reports, and publish it."))
def run(
    params: Annotated[Path, typer.Argument(metavar="PARAMS.yml")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help=_("Goes before the file (repeatable)."), metavar="NAME=VALUE")
    ] = None,
    out: Annotated[Path, typer.Option(help=_("The folder of the reports."))] = Path("reports"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("List what would be run, and run nothing."))] = False,
) -> None:
    """Run a report or a batch."""
    from salesops_lib.report.batch import is_batch, listing, plan_batch, run_batch
    from salesops_lib.report.params import read_settings
    from salesops_lib.report.run import plan
    from salesops_lib.report.run import run as publish
    from salesops_lib.report.terminal import print_table, progress, progress_of_batch, say, waiting

    values = read_settings(settings or [])
    batch = is_batch(params)
    if not (batch or dry_run):
        with progress() as begin:
            result = publish(params, values, out, begin=begin)
        say(result.page)
        return
    with waiting(_("Reading for whom reports are made")):
        requests = plan_batch(params, values, out) if batch else [plan(params, values, out)]
    if dry_run:
        print_table(listing(requests, out))
        return
    with progress_of_batch(len(requests)) as (begin, fail):
        index = run_batch(requests, out, begin=begin, fail=fail)
    say(index)


@app.command(help=_("Open JupyterLab on the notebooks."))
def lab() -> None:
    """Open JupyterLab."""
    import subprocess

    folder = Path("notebooks")
    if not folder.is_dir():
        raise ParameterError(Fault(_("there is no folder notebooks/ here."), fix=_("Go to the project's folder.")))
    raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyterlab", str(folder)], check=False).returncode)


def main() -> None:
    """Run the command; every way it can end has its exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    # A scheduler that ends a run is an interruption like Ctrl-C: kernels and half-made files are cleared away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(arguments)
    except SalesOpsError as error:
        _end(error, "\n".join(str(fault) for fault in error.faults), error.exit_code, debug)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        _end(error, _("{what} (salesops --debug shows where.)", what=text), FAILED, debug)


def _end(error: Exception, text: str, code: int, debug: bool) -> None:
    from salesops_lib.report.terminal import note

    if debug:
        import traceback

        note("".join(traceback.format_exception(error)))
    note(text)
    sys.exit(code)


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(
            Fault(_("{option}: {text!r} is not a day.", option=option, text=text), fix=_("Write it as 2026-09-30."))
        ) from None


def _print(frame: pd.DataFrame, format_: Format, out: Path | None = None) -> None:
    from salesops_lib.report.export import to_csv, to_json
    from salesops_lib.report.publish import write_whole
    from salesops_lib.report.terminal import print_table, say

    if format_ is Format.table and out is None:
        print_table(frame)
        return
    text = to_json(frame) if format_ is Format.json else to_csv(frame)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_whole(out, text)
        say(out)
