"""The commands around data: write the demo company, audit a source, draft a company file for exports."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from salesops_lib.cli.options import AsOf, OutFile, day, day_or_none, folder_to_fill
from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _


class Files(StrEnum):
    """What the demo company is written as."""

    csv = "csv"
    parquet = "parquet"


def demo(
    out: Annotated[Path, typer.Option(help=_("The folder to write to."), callback=folder_to_fill)],
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

    last = day("--end", end)
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


def check(
    company: Annotated[Path, typer.Argument(metavar="COMPANY.yml")],
    as_of: AsOf = None,
    out: Annotated[
        Path | None,
        typer.Option(help=_("Write the quarantined rows to quarantine.csv in it."), callback=folder_to_fill),
    ] = None,
) -> None:
    """Audit a source."""
    from salesops_lib.analysis.compare import check_targets
    from salesops_lib.data.book import open_book
    from salesops_lib.report.export import to_csv
    from salesops_lib.report.publish import write_whole
    from salesops_lib.report.terminal import print_table, say

    book = open_book(company, as_of=day_or_none("--as-of", as_of))
    check_targets(book)
    print_table(book.audit.frame())
    if out:
        path = out / "quarantine.csv"
        write_whole(path, to_csv(book.audit.quarantine))
        say(path)


def draft(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...")],
    out: OutFile = None,
) -> None:
    """Draft a company file."""
    from salesops_lib.data.drafting import draft as draft_of
    from salesops_lib.report.publish import write_whole
    from salesops_lib.report.terminal import say

    for path in files:
        if not path.is_file():
            raise ParameterError(
                Fault(_("there is no such file."), str(path), fix=_("Name files: CSV, XLSX, Parquet."))
            )
    if out is not None and out.exists():
        raise ParameterError(
            Fault(_("it is there already."), str(out), fix=_("Name another file: nothing is overwritten."))
        )
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
    text = draft_of(files, out.parent if out else Path.cwd())
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_whole(out, text)
        say(out)
