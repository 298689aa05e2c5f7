"""What must be known of a metric beside its number: what is incomplete, approximated, assumed or missing."""

from __future__ import annotations

import pandas as pd
from babel.lists import format_list

from salesops_lib.language import current_locale, ngettext
from salesops_lib.language import gettext as _
from salesops_lib.metrics.probability import SOURCES
from salesops_lib.metrics.registry import metric_of, resting_on
from salesops_lib.metrics.sheet import Sheet
from salesops_lib.metrics.spec import Metric, Ratio, Slip, Spread, Stock, TimeAverage
from salesops_lib.periods import day_name, period_name


def notes_of(sheet: Sheet, tidy: pd.DataFrame) -> dict[str, str]:
    """The notes of each metric of a tidy frame, by its name; a metric without any is left out."""
    names = [str(name) for name in tidy["metric"].unique()]
    notes = {name: _of_metric(sheet, name, sheet.metric(name)) for name in names}
    return {name: "; ".join(dict.fromkeys(each)) for name, each in notes.items() if each}


def _of_metric(sheet: Sheet, name: str, rows: pd.DataFrame) -> list[str]:
    metric, day = metric_of(name), day_name(sheet.book.as_of)
    notes = []
    missing = [period.name for period in sheet.periods if not sheet.book.is_complete(period)]
    if missing and isinstance(metric, Slip):
        notes.append(_("n/a for {periods}: not over by {day}", periods=", ".join(map(period_name, missing)), day=day))
    elif missing and not isinstance(metric, Stock):
        notes.append(
            _("{periods} incomplete: known until {day}", periods=", ".join(map(period_name, missing)), day=day)
        )
    parts: dict[str, Metric] = {each: metric_of(each) for each in resting_on([name])}
    notes += [_(part.note, day=day, company=sheet.book.company) for part in parts.values() if part.note]
    if bool(rows.loc[rows["n"] > 0, "value"].isna().any()):
        notes += [_(part.lacking) for part in parts.values() if isinstance(part, Ratio) and part.lacking]
    spreads = [each for each, part in parts.items() if isinstance(part, Spread)]
    if any(sheet.aggregates(each)["cut"].sum() for each in spreads):
        notes.append(_("quotas of reps who joined or left are prorated"))
    stocks = {each: part for each, part in parts.items() if isinstance(part, Stock)}
    dated = any(isinstance(part, Stock | TimeAverage) for part in parts.values())
    if dated and not sheet.book.has("opportunity_history"):
        notes.append(_("no opportunity_history: current amounts and close dates were used"))
    for each, stock in stocks.items():
        notes += _of_stock(sheet, each, stock)
    averages = [each for each, part in parts.items() if isinstance(part, TimeAverage)]
    for found in map(sheet.aggregates, averages):
        unknown, n = int(found["unknown"].sum()), int(found["n"].sum())
        if unknown:
            notes.append(
                ngettext(
                    "{unknown} of {n} open opportunity counts only while its amount is known",
                    "{unknown} of {n} open opportunities count only while their amount is known",
                    n,
                    unknown=unknown,
                )
            )
    return notes


def _of_stock(sheet: Sheet, name: str, stock: Stock) -> list[str]:
    found = sheet.aggregates(name)
    notes = []
    unknown, n = int(found["unknown"].sum()), int(found["n"].sum())
    if unknown:
        left_out = (
            _("{unknown} of {n} open opportunities are left out: their amount or stage is not known")
            if stock.weighted
            else _("{unknown} of {n} open opportunities are left out: their amount is not known")
        )
        notes.append(left_out.format(unknown=unknown, n=n))
    if stock.weighted:
        used = [_(words) for source, words in SOURCES.items() if found[source].sum()]
        if used:
            sources = format_list(used, locale=current_locale())
            notes.append(_("probabilities from {sources}", sources=sources))
    return notes
