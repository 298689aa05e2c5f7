"""The commands around forecasts: what is to come, and how good the methods were; of a company or of plain series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesops_lib.cli.options import AsOf, By, Format, FrameFormat, OutFile, day_or_none, print_frame
from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _

if TYPE_CHECKING:
    import pandas as pd

    from salesops_lib.data.book import Book
    from salesops_lib.forecasting.alarm import Alarm

Company = Annotated[Path | None, typer.Option("--company", "-c", help=_("The company file."), metavar="COMPANY.yml")]
Series = Annotated[
    Path | None, typer.Option(help=_("Instead of a company: CSV or Parquet with unique_id, ds, y."), metavar="FILE")
]
Horizon = Annotated[int, typer.Option(help=_("How many periods ahead."))]
Freq = Annotated[str, typer.Option(help=_("Months, quarters or weeks."), metavar="M|Q|W")]
Fast = Annotated[bool, typer.Option("--fast", help=_("Without Prophet."))]
Jobs = Annotated[int | None, typer.Option(help=_("How many processes (as many as it is worth unless told)."))]
Workers = Annotated[
    str | None,
    typer.Option(help=_("The Dask cluster that does the work instead of this machine."), metavar="dask://HOST:PORT"),
]
Seed = Annotated[int, typer.Option(help=_("The same seed gives the same figures."))]
Country = Annotated[str | None, typer.Option(help=_("Tell Prophet the public holidays of this country."), metavar="NL")]


def forecast(
    company: Company = None,
    series: Series = None,
    by: By = None,
    horizon: Horizon = 3,
    freq: Freq = "M",
    as_of: AsOf = None,
    country: Country = None,
    fast: Fast = False,
    jobs: Jobs = None,
    workers: Workers = None,
    seed: Seed = 0,
    format_: FrameFormat = Format.table,
    out: OutFile = None,
) -> None:
    """Forecast a company or plain series."""
    from salesops_lib.forecasting import Effects, Forecast
    from salesops_lib.report.terminal import note, waiting

    with waiting(_("Forecasting")):
        until = day_or_none("--as-of", as_of)
        found = Forecast(
            _data(company, series, as_of),
            horizon,
            freq,
            by=by or [],
            until=until if series else None,
            fast=fast,
            seed=seed,
            workers=_where(jobs, workers),
            effects=Effects(country=country),
        )
        periods = found.periods
    for text in found.notes:
        note(text)
    if found.alarm.raised:
        note(_alarm_told(found.alarm))
    print_frame(periods.assign(ds=periods["ds"].dt.date), format_, out)


def backtest(
    company: Company = None,
    series: Series = None,
    by: By = None,
    horizon: Horizon = 3,
    freq: Freq = "M",
    history: Annotated[
        int | None, typer.Option(help=_("How many periods the methods see (all of them unless told)."))
    ] = None,
    origins: Annotated[int, typer.Option(help=_("From how many moments of the past."))] = 3,
    as_of: AsOf = None,
    country: Country = None,
    fast: Fast = False,
    jobs: Jobs = None,
    workers: Workers = None,
    seed: Seed = 0,
    format_: FrameFormat = Format.table,
    out: OutFile = None,
) -> None:
    """Measure the methods on the past."""
    from salesops_lib import forecasting
    from salesops_lib.report.terminal import note, waiting

    with waiting(_("Forecasting the past")):
        until = day_or_none("--as-of", as_of)
        found = forecasting.backtest(
            _data(company, series, as_of),
            horizon,
            freq,
            by=by or [],
            history=history,
            origins=origins,
            until=until if series else None,
            fast=fast,
            seed=seed,
            workers=_where(jobs, workers),
            effects=forecasting.Effects(country=country),
        )
    scores = forecasting.score_by_level(found)
    for text in (*found.attrs["notes"], *forecasting.judged_on_fewer(scores)):
        note(text)
    print_frame(scores, format_, out)


def _alarm_told(alarm: Alarm) -> str:
    from salesops_lib.show.forecasting.words import percent
    from salesops_lib.show.numbers import p_value

    return _(
        "Alarm: only {realised} of the last {n} values lay within the {level}% ranges that history gave them, which "
        "chance hardly explains ({p}). Something has changed: the ranges are too narrow at present.",
        realised=percent(alarm.realised),
        n=alarm.n,
        level=alarm.level,
        p=p_value(alarm.p_value),
    )


def _data(company: Path | None, series: Path | None, as_of: str | None) -> Book | pd.DataFrame:
    """The book or the frame that the options name: one of them."""
    if (company is None) == (series is None):
        what = _("a forecast is of a company or of plain series.")
        raise ParameterError(Fault(what, fix=_("Give either --company or --series.")))
    if series:
        from salesops_lib.forecasting.series import read_series

        return read_series(series)
    assert company is not None
    from salesops_lib.data.book import open_book

    return open_book(company, as_of=day_or_none("--as-of", as_of))


def _where(jobs: int | None, workers: str | None) -> int | str | None:
    if jobs is not None and workers is not None:
        what = _("--jobs is of this machine, and --workers sends the work to a cluster.")
        raise ParameterError(Fault(what, fix=_("Give one of them.")))
    return jobs if workers is None else workers
