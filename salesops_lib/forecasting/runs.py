"""Earlier published forecasts of the kit itself: what their manifests say was predicted, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from salesops_lib.company import Company
from salesops_lib.data.book import Book
from salesops_lib.errors import ParameterError
from salesops_lib.forecasting.groups import named
from salesops_lib.forecasting.levels import COMPANY
from salesops_lib.language import gettext as _
from salesops_lib.language import in_languages
from salesops_lib.metrics import dimensions, measure
from salesops_lib.periods import Period, period_said

# The figures of a report that hold its forecast, and those that hold the earlier ones it replaced.
OUTLOOK, EARLIER = "outlook", "earlier_runs"
REPORT = "forecasting"
BOUNDS = ["lo-80", "hi-80", "lo-95", "hi-95"]
COLUMNS = ["made_as_of", "period", "level", "group", "forecast", *BOUNDS]


class Run(BaseModel):
    """What a published run said of one level and group."""

    model_config = ConfigDict(populate_by_name=True)

    made_as_of: datetime
    period: str
    level: str
    group: str
    forecast: float
    low_80: float | None = Field(None, alias="lo-80")
    high_80: float | None = Field(None, alias="hi-80")
    low_95: float | None = Field(None, alias="lo-95")
    high_95: float | None = Field(None, alias="hi-95")


def past_runs(folder: Path | None, book: Book) -> pd.DataFrame:
    """What published forecasts of a company said, as of days before the book's; of one figure and day the last counts.

    Parameters
    ----------
    folder : Path, optional
        The folder of the reports. It need not exist: then nothing was published.
    book : Book
        Whose company and whose day it is.

    Returns
    -------
    DataFrame
        One row per run, level and group, oldest first: made_as_of, period, level, group, forecast, lo-80, hi-80, lo-95,
        hi-95. `attrs["notes"]` names the manifests that could not be read.
    """
    runs, spoilt = told_runs(folder, book.company)
    rows = [run.model_dump(by_alias=True) for run in runs]
    frame = pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(["forecast", *BOUNDS], "float64"))
    frame["made_as_of"] = pd.to_datetime(frame["made_as_of"])
    frame = frame[frame["made_as_of"] < pd.Timestamp(book.as_of)]
    keys = ["made_as_of", "period", "level", "group"]
    found = frame.drop_duplicates(keys, keep="last").sort_values(keys, kind="stable", ignore_index=True)
    unread = _("The manifest of the forecast of {period} cannot be read: its run is not counted.")
    found.attrs["notes"] = [unread.format(period=period_said(name)) for name in spoilt]
    return found


def told_runs(folder: Path | None, company: Company) -> tuple[list[Run], list[str]]:
    """Every run that the published forecasts of a company tell, and the periods whose manifest cannot be read."""
    runs: list[Run] = []
    spoilt = []
    names = in_languages(REPORT)
    for path in sorted(folder.glob(f"*/{REPORT}*/manifest.json")) if folder else []:
        if path.parent.name not in names:
            continue
        try:
            runs += list(_told(path, company))
        except (OSError, ValueError, TypeError, LookupError, AttributeError, ParameterError):
            spoilt.append(path.parent.parent.name)
    return runs, spoilt


def with_actuals(runs: pd.DataFrame, book: Book) -> pd.DataFrame:
    """Runs beside what came of those whose period is over.

    Returns
    -------
    DataFrame
        The columns of `past_runs`, and lead_days (from the run to the period's end), actual (revenue won; null before
        the period is over), off ((forecast − actual) ÷ actual), inside (of the 80 % interval; None where not known).
    """
    periods = {str(name): book.calendar.period(str(name)) for name in runs["period"].unique()}
    ends = pd.to_datetime(runs["period"].map({name: period.end for name, period in periods.items()}))
    won: dict[tuple[str, str, str], float] = {}
    for period, level in runs[["period", "level"]].drop_duplicates().itertuples(index=False):
        if book.is_complete(periods[period]):
            won |= {(period, level, group): amount for group, amount in _won(book, periods[period], level)}
    keys = runs[["period", "level", "group"]].itertuples(index=False, name=None)
    actual = pd.Series([won.get(key, np.nan) for key in keys], index=runs.index, dtype="float64")
    known = actual.notna() & runs["lo-80"].notna()
    held = (actual >= runs["lo-80"]) & (actual <= runs["hi-80"])
    inside = [bool(one) if there else None for one, there in zip(held, known, strict=True)]
    off = (runs["forecast"] - actual) / actual.where(actual != 0)
    lead = (ends - runs["made_as_of"]).dt.days
    return runs.assign(lead_days=lead, actual=actual, off=off, inside=pd.Series(inside, index=runs.index, dtype=object))


def accuracy_of_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """How far published forecasts were off, by how many days before the period's end they were made.

    Parameters
    ----------
    runs : DataFrame
        Runs with lead_days, actual and inside beside the columns of `past_runs`; those of periods that are not over
        have no actual and are left out.

    Returns
    -------
    DataFrame
        One row per level and lead: level, lead_days, n, wape, bias (shares of the revenue), coverage_80, coverage_95.
    """
    over = runs.dropna(subset=["actual"]).assign(_error=lambda each: each["forecast"] - each["actual"])
    rows = []
    for (level, lead), part in over.groupby(["level", "lead_days"], sort=True):
        total = part["actual"].sum()
        rows.append(
            {
                "level": level,
                "lead_days": lead,
                "n": len(part),
                "wape": part["_error"].abs().sum() / total if total > 0 else np.nan,
                "bias": part["_error"].sum() / total if total > 0 else np.nan,
                **{f"coverage_{each}": _covered(part, each) for each in (80, 95)},
            }
        )
    columns = ["level", "lead_days", "n", "wape", "bias", "coverage_80", "coverage_95"]
    return pd.DataFrame(rows, columns=columns)


def _covered(part: pd.DataFrame, level: int) -> float:
    known = part.dropna(subset=[f"lo-{level}", f"hi-{level}"])
    inside = (known["actual"] >= known[f"lo-{level}"]) & (known["actual"] <= known[f"hi-{level}"])
    return float(inside.mean()) if len(known) else np.nan


def _won(book: Book, period: Period, level: str) -> Iterator[tuple[str, float]]:
    """The revenue of each group of a level, by the names that reports show; none of a dimension that is gone."""
    by = [] if level == COMPANY else [level]
    if not set(by) <= set(dimensions.known(book)):
        return
    rows = measure(book, ["revenue_won"], period, by=by)
    frame = pd.DataFrame({"level": level, "group": rows[by[0]] if by else "", "value": rows["value"]})
    yield from named(book, frame)[["group", "value"]].itertuples(index=False, name=None)


def _told(path: Path, company: Company) -> Iterator[Run]:
    """The runs of a manifest, before the end of their quarters: those that it carried on first, then its own."""
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["company"] != company.name:
        return
    figures = {each["name"]: each["rows"] for each in record["figures"]}
    own = {"made_as_of": record["as_of"], "period": record["period"]}
    rows = [*figures.get(EARLIER, ()), *(row | own | {"forecast": row["mean"]} for row in figures.get(OUTLOOK, ()))]
    for row in rows:
        if row["forecast"] is None:
            continue
        run = Run.model_validate(row)
        run.made_as_of = run.made_as_of.replace(tzinfo=None)
        if run.made_as_of.date() < company.calendar.period(run.period).end:
            yield run
