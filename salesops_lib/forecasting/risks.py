"""What could take a period's forecast away: large deals, slipping, thin coverage, deals that are overdue."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesops_lib.analysis.quota import next_coverage
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable
from salesops_lib.forecasting.expected import chance_of
from salesops_lib.metrics import measure
from salesops_lib.periods import Period

LARGE = 3
TOP = 10
YEAR = 4
ABOUT_DAYS = 7
COLUMNS = ["risk", "subject", "account", "value", "unit", "usual", "effect", "chance", "chance_then"]


def risks(book: Book, period: Period, company: pd.DataFrame, deals: pd.DataFrame) -> pd.DataFrame:
    """What the forecast of a quarter hangs on.

    Parameters
    ----------
    company : DataFrame
        The company's row of the outlook: closed, mean, hi-80, freedom, quota, weight.
    deals : DataFrame
        What each open opportunity adds, as `contributions` gives it.

    Returns
    -------
    DataFrame
        One row per risk: risk, subject and account (of a large deal, else ""), value, unit, usual (of the four quarters
        before; null), effect (what the expected revenue loses, money; null), chance (of the quota, as it stands) and
        chance_then (without it). "large_deal": value is its amount; "concentration": the share of what open
        opportunities bring that comes from the ten largest contributions; "overdue": what is open and was due before
        the book's day; "slipping": the share of what was due that slipped past its quarter's end, over four quarters;
        "coverage": open pipeline due in the quarter ÷ what its quota still needs, when it is about to begin.
    """
    weight = float(company["weight"].iloc[0])
    rows = [*_large(company, deals), *_concentration(deals), *_overdue(book, deals, weight), *_slipping(book)]
    rows += _coverage(book, period)
    return pd.DataFrame(rows, columns=COLUMNS)


def _large(company: pd.DataFrame, deals: pd.DataFrame) -> list[dict[str, object]]:
    chance = float(chance_of(company, company["quota"]).iloc[0])
    rows: list[dict[str, object]] = []
    # Of the pipeline view, the forecast takes its weight only.
    weight = float(company["weight"].iloc[0])
    if not weight:
        return rows
    for deal in deals[deals["expected"] > 0].head(LARGE).to_dict("records"):
        lost = float(deal["expected"]) * weight
        without = company.assign(**{name: company[name] - lost for name in ("mean", "hi-80")})
        then = float(chance_of(without, company["quota"]).iloc[0])
        rows.append(
            _row("large_deal", deal["amount"], "money", subject=deal["name"], account=deal["account"])
            | {"effect": -lost, "chance": chance, "chance_then": then}
        )
    return rows


def _concentration(deals: pd.DataFrame) -> list[dict[str, object]]:
    whole = deals["expected"].sum()
    if len(deals) <= TOP or not whole > 0:
        return []
    return [_row("concentration", deals["expected"].head(TOP).sum() / whole, "share")]


def _overdue(book: Book, deals: pd.DataFrame, weight: float) -> list[dict[str, object]]:
    late = deals[(deals["close_date"] < pd.Timestamp(book.as_of)) & deals["amount"].notna()]
    if late.empty:
        return []
    effect = -late["expected"].sum() * weight if weight else np.nan
    return [_row("overdue", late["amount"].sum(), "money") | {"effect": effect}]


def _slipping(book: Book) -> list[dict[str, object]]:
    last = book.calendar.last_complete("quarter", book.as_of)
    first = book.calendar.shift(last, 1 - YEAR)
    try:
        # As one range, only what was open a year ago could slip: each quarter has its own deals that were due.
        found = measure(book, ["slip_rate"], f"{first.name}..{last.name}", grain="quarter")
    except MissingTable:
        return []
    slipped, due = (float(found[name].sum()) for name in ("numerator", "denominator"))
    return [_row("slipping", slipped / due, "share")] if due else []


def _coverage(book: Book, period: Period) -> list[dict[str, object]]:
    """The coverage of a quarter that is about to begin; on other days there is none of earlier quarters beside it."""
    if abs((period.start - book.as_of).days - 1) > ABOUT_DAYS:
        return []
    try:
        row = next_coverage(book, book.calendar.shift(period, -1).name).iloc[0]
    except MissingTable:
        return []
    # Who keeps no pipeline, such as a list of orders, cannot be short of it.
    if np.isnan(row["coverage"]) or not (row["coverage"] or row["usual"] > 0):
        return []
    return [_row("coverage", row["coverage"], "ratio") | {"usual": row["usual"]}]


def _row(risk: str, value: object, unit: str, subject: str = "", account: str = "") -> dict[str, object]:
    nothing = dict.fromkeys(("usual", "effect", "chance", "chance_then"), np.nan)
    return {"risk": risk, "subject": subject, "account": account, "value": value, "unit": unit, **nothing}
