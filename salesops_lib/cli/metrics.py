"""The commands around metrics: list them, measure them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from salesops_lib.cli.options import AsOf, By, CompanyFile, Format, FrameFormat, OutFile, day_or_none, print_frame
from salesops_lib.language import gettext as _

if TYPE_CHECKING:
    from salesops_lib.periods import Grain


def catalogue(format_: FrameFormat = Format.table) -> None:
    """List the metrics."""
    from salesops_lib import metrics

    print_frame(metrics.catalogue(), format_)


def measure(
    metrics: Annotated[list[str], typer.Argument(metavar="METRIC...")],
    company: CompanyFile,
    period: Annotated[
        str,
        typer.Option("--period", "-p", help=_("2026Q3, 2026-07, 2026-W07, 2026 or 2025Q1..2026Q2."), metavar="PERIOD"),
    ],
    by: By = None,
    grain: Annotated[
        str | None, typer.Option(help=_("Split the period: week, month, quarter or year."), metavar="GRAIN")
    ] = None,
    as_of: AsOf = None,
    format_: FrameFormat = Format.table,
    out: OutFile = None,
) -> None:
    """Measure metrics."""
    from salesops_lib.data.book import open_book
    from salesops_lib.metrics import measure as measured
    from salesops_lib.report.terminal import note

    book = open_book(company, as_of=day_or_none("--as-of", as_of))
    frame = measured(book, metrics, period=period, by=by or [], grain=cast("Grain | None", grain))
    print_frame(frame, format_, out)
    for name, text in frame.attrs.get("notes", {}).items():
        note(f"{name}: {text}")
