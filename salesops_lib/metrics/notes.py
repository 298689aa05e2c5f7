"""What must be known of a metric beside its number: what is incomplete, approximated, assumed or missing."""

from __future__ import annotations

import pandas as pd

from salesops_lib.metrics.probability import SOURCES
from salesops_lib.metrics.registry import metric_of, resting_on
from salesops_lib.metrics.sheet import Sheet
from salesops_lib.metrics.spec import Metric, Ratio, Slip, Spread, Stock, TimeAverage


def notes_of(sheet: Sheet, tidy: pd.DataFrame) -> dict[str, str]:
    """The notes of each metric of a tidy frame, by its name; a metric without any is left out."""
    names = [str(name) for name in tidy["metric"].unique()]
    notes = {name: _of_metric(sheet, name, sheet.metric(name)) for name in names}
    return {name: "; ".join(dict.fromkeys(each)) for name, each in notes.items() if each}


def _of_metric(sheet: Sheet, name: str, rows: pd.DataFrame) -> list[str]:
    metric, day = metric_of(name), sheet.book.as_of
    notes = []
    missing = [period.name for period in sheet.periods if not sheet.book.is_complete(period)]
    if missing and isinstance(metric, Slip):
        notes.append(f"n/a for {', '.join(missing)}: not over by {day}")
    elif missing and not isinstance(metric, Stock):
        notes.append(f"{', '.join(missing)} incomplete: known until {day}")
    parts: dict[str, Metric] = {each: metric_of(each) for each in resting_on([name])}
    notes += [part.note.format(day=day, company=sheet.book.company) for part in parts.values() if part.note]
    if bool(rows.loc[rows["n"] > 0, "value"].isna().any()):
        notes += [part.lacking for part in parts.values() if isinstance(part, Ratio) and part.lacking]
    spreads = [each for each, part in parts.items() if isinstance(part, Spread)]
    if any(sheet.aggregates(each)["cut"].sum() for each in spreads):
        notes.append("quotas of reps who joined or left are prorated")
    stocks = {each: part for each, part in parts.items() if isinstance(part, Stock)}
    dated = any(isinstance(part, Stock | TimeAverage) for part in parts.values())
    if dated and not sheet.book.has("opportunity_history"):
        notes.append("no opportunity_history: current amounts and close dates were used")
    for each, stock in stocks.items():
        notes += _of_stock(sheet, each, stock)
    averages = [each for each, part in parts.items() if isinstance(part, TimeAverage)]
    for found in map(sheet.aggregates, averages):
        unknown, n = int(found["unknown"].sum()), int(found["n"].sum())
        if unknown:
            notes.append(f"{unknown} of {n} open opportunities count only while their amount is known")
    return notes


def _of_stock(sheet: Sheet, name: str, stock: Stock) -> list[str]:
    found = sheet.aggregates(name)
    notes = []
    unknown, n = int(found["unknown"].sum()), int(found["n"].sum())
    if unknown:
        lacking = "amount or stage" if stock.weighted else "amount"
        notes.append(f"{unknown} of {n} open opportunities are left out: their {lacking} is not known")
    if stock.weighted:
        used = [words for source, words in SOURCES.items() if found[source].sum()]
        if used:
            notes.append("probabilities from " + " and ".join(used))
    return notes
