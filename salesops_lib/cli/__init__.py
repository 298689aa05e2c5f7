"""The `salesops` command: calls into the library, and the exit codes; nothing heavy is imported before it is needed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from salesops_lib.cli.data import check, demo, draft
from salesops_lib.cli.forecasting import backtest, forecast
from salesops_lib.cli.metrics import catalogue, measure
from salesops_lib.cli.report import lab, run
from salesops_lib.cli.share import send, zip_
from salesops_lib.errors import Fault, SalesOpsError
from salesops_lib.language import gettext as _

INTERRUPTED = 130
FAILED = 1
REFUSED = 2

app = typer.Typer(
    name="salesops",
    help=_("Honest figures of a sales organisation, and reports that can be made again."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"salesops {version('salesops')}")
        raise typer.Exit


@app.callback()
def take_options(
    version: Annotated[
        bool, typer.Option("--version", help=_("Print the version and end."), is_eager=True, callback=_say_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help=_("Show tracebacks (may stand anywhere)."))] = False,
) -> None:
    """Take the options that stand before a command."""
    # `debug` is taken out by main(), so that it also works behind a command; here it is for the help.


app.command(help=_("Write the demo company: every table and a company file."))(demo)
app.command(help=_("Audit a source: rows read = used + quarantined + dropped, table by table."))(check)
app.command("map", help=_("Look at exports and draft the company file that reads them, naming what is unsure."))(draft)
app.command(help=_("List the metrics with their definitions."))(catalogue)
app.command(help=_("Measure metrics for a period and print the tidy frame."))(measure)
app.command(help=_("Forecast the revenue of a company, or plain series, and print the tidy frame."))(forecast)
app.command(
    help=_(
        "Measure every method, and the kit's own rule, on the past of a company or of plain series; print the scores."
    )
)(backtest)
app.command(help=_("Run the report of a parameters file, or a batch of reports, and publish it."))(run)
app.command("zip", help=_("Pack the reports of a quarter and the page that lists them into one ZIP."))(zip_)
app.command(help=_("Send reports by mail: the page attached, the headline as the text."))(send)
app.command(help=_("Open JupyterLab on the notebooks."))(lab)


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
    except OSError as error:
        _end(error, _told(error), REFUSED if error.filename else FAILED, debug)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        _end(error, _("{what} (salesops --debug shows where.)", what=text), FAILED, debug)


def _told(error: OSError) -> str:
    """What the system refused; a folder's name in place of that of a file that is only being made."""
    from salesops_lib.report.publish import PREFIX

    if not error.filename:
        return _("{what} (salesops --debug shows where.)", what=" ".join(f"{type(error).__name__}: {error}".split()))
    path = Path(os.fsdecode(error.filename))
    place = path.parent if path.name.startswith(PREFIX) else path
    what = _("cannot be read or written ({reason}).", reason=error.strerror)
    return str(Fault(what, file=str(place), fix=_("Check the path, your rights and the space on the disk.")))


def _end(error: Exception, text: str, code: int, debug: bool) -> None:
    from salesops_lib.report.terminal import note

    if debug:
        import traceback

        note("".join(traceback.format_exception(error)))
    note(text)
    sys.exit(code)
