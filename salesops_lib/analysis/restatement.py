"""Restatement: what the last review said of its quarter, what is known of it now, and which records changed it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.published import MANIFEST, Published, read_published
from salesops_lib.data.book import Book
from salesops_lib.errors import NoHistory
from salesops_lib.language import gettext as _
from salesops_lib.language import in_languages
from salesops_lib.metrics import CATALOGUE, measure, missing_table
from salesops_lib.periods import Period, day_name, period_name

REPORT, CARDS = "quarterly_review", "cards"
FIGURES = "metric label unit period published now change by_history by_source changed published_as_of".split()
RECORDS = "opportunity_id name what before after effect".split()
EXACT = 1e-9


def restatement(book: Book, quarter: str, folder: str | None) -> pd.DataFrame:
    """The figures of the quarter before as its published review showed them, and as they are now.

    Parameters
    ----------
    book : Book
        What is known now.
    quarter : str
        The quarter that is reviewed now.
    folder : str, optional
        The folder of the published reports.

    Returns
    -------
    DataFrame
        One row per metric that the earlier review showed: metric, label, unit, period, published, now, change, and its
        two parts: by_history (what happened after the day of the report, or was entered after it, and is in the
        history) and by_source (the export says something else of that day now); changed, published_as_of. Null is n/a.

    Raises
    ------
    NoHistory
        If there is no earlier review, or it was made before its quarter was over.
    ParameterError
        If its manifest cannot be read.
    """
    earlier, period = _earlier(book, quarter, folder)
    shown = {
        str(card["metric"]): np.nan if card.get("value") is None else float(card["value"])
        for card in earlier.figures.get(CARDS, ())
        if card.get("period") == period.name and card.get("metric") in CATALOGUE
    }
    names = [name for name in shown if not missing_table(book, name)]
    now, then = (_values(each, names, period) for each in (book, book.at(earlier.as_of)))
    rows = []
    for name in names:
        published = shown[name]
        changed = not np.isclose(published, now[name], rtol=EXACT, atol=EXACT, equal_nan=True)
        rows.append(
            {
                "metric": name,
                "label": _(CATALOGUE[name].label),
                "unit": CATALOGUE[name].unit,
                "period": period.name,
                "published": published,
                "now": now[name],
                "change": now[name] - published,
                "by_history": now[name] - then[name],
                "by_source": then[name] - published,
                "changed": bool(changed),
                "published_as_of": earlier.as_of,
            }
        )
    return pd.DataFrame(rows, columns=FIGURES)


def restated_records(book: Book, quarter: str, folder: str | None) -> pd.DataFrame:
    """The opportunities whose close in the quarter before is told otherwise now than as of the day of its review.

    Returns
    -------
    DataFrame
        One row per opportunity: opportunity_id, name, what (entered, closed, reopened, outcome, close date, amount,
        cancelled), before and after (of what changed: stages, days or amounts), effect (on the revenue won of that
        quarter; the largest first). Then one per row that was quarantined since, with its place as the name, the
        reason as `after` and no effect: what it was worth is not known.

    Raises
    ------
    NoHistory, ParameterError
        As `restatement` does.
    """
    earlier, period = _earlier(book, quarter, folder)
    moved = _moved(book, book.at(earlier.as_of), period)
    rows = [{**_told(each), "effect": _effect(each)} for each in moved]
    rows.sort(key=lambda each: (-abs(each["effect"]), each["opportunity_id"]))
    return pd.DataFrame([*rows, *_quarantined(book, earlier)], columns=RECORDS).astype({"effect": "float64"})


def _earlier(book: Book, quarter: str, folder: str | None) -> tuple[Published, Period]:
    period = book.calendar.shift(book.calendar.period(quarter), -1)
    paths = [Path(folder, period.name, name, MANIFEST) for name in in_languages(REPORT)] if folder else []
    # In whichever language it was published, its figures are the same.
    earlier = next((read_published(path) for path in paths if path.is_file()), None)
    if earlier is None or earlier.company != book.company.name:
        raise NoHistory(
            _(
                "no review of {period} was published that its figures could be held against.",
                period=period_name(period.name),
            )
        )
    if earlier.as_of < period.end or earlier.as_of > book.as_of:
        why = _("before the quarter was over") if earlier.as_of < period.end else _("as of a later day than this one")
        raise NoHistory(
            _("the review of {period} was made {why} ({day}): its figures are not held against today's.",
              period=period_name(period.name), why=why, day=day_name(earlier.as_of))
        )  # fmt: skip
    return earlier, period


def _values(book: Book, names: list[str], period: Period) -> dict[str, float]:
    if not names:
        return {}
    frame = measure(book, names, period)
    return {str(name): float(value) for name, value in zip(frame["metric"], frame["value"], strict=True)}


def _moved(book: Book, earlier: Book, period: Period) -> list[dict[str, Any]]:
    """The opportunities that were closed in a period, then or now, and not alike; both states of each."""
    columns = ("name", "stage", "is_won", "amount", "closed_at", "cancelled_at")

    def state(when: Book, prefix: str) -> Any:
        table = when.table("opportunities").mutate(closed_at=row.is_closed.ifelse(row.closed_at.date(), None))
        within = row.closed_at.between(ibis.literal(period.start), ibis.literal(period.end)).fill_null(False)
        named = {f"{prefix}{name}": row[name] for name in columns}
        return table.select(**{f"{prefix}id": row.opportunity_id, **named, f"{prefix}within": within})

    now, then = state(book, "now_"), state(earlier, "then_")
    both = now.left_join(then, now.now_id == then.then_id)
    both = both.mutate(then_within=row.then_within.fill_null(False), known=row.then_id.notnull())
    parts = [row[f"now_{name}"].identical_to(row[f"then_{name}"]) for name in columns if name not in ("name", "stage")]
    same = ibis.and_(*parts) & (row.now_within == row.then_within)
    found: list[dict[str, Any]] = both.filter((row.now_within | row.then_within) & ~same).to_pyarrow().to_pylist()
    return found


def _told(both: dict[str, Any]) -> dict[str, Any]:
    """What changed of an opportunity, the gravest first, and what it was before and after."""
    stages, days = ("then_stage", "now_stage"), ("then_closed_at", "now_closed_at")
    was_closed, is_closed = both["then_closed_at"] is not None, both["now_closed_at"] is not None
    if not both["known"]:
        what, parts = "entered", stages
    elif was_closed != is_closed:
        what, parts = ("closed" if is_closed else "reopened"), stages
    elif both["then_is_won"] != both["now_is_won"]:
        what, parts = "outcome", stages
    elif both["then_closed_at"] != both["now_closed_at"]:
        what, parts = "close date", days
    elif both["then_amount"] != both["now_amount"]:
        what, parts = "amount", ("then_amount", "now_amount")
    else:
        what, parts = "cancelled", ("then_cancelled_at", "now_cancelled_at")
    before, after = (_plain(both[part]) for part in parts)
    return {
        "opportunity_id": both["now_id"],
        "name": both["now_name"] or "",
        "what": what,
        "before": before,
        "after": after,
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat()[:10] if isinstance(value, date) else float(value)


def _effect(both: dict[str, Any]) -> float:
    won = [
        (both[f"{when}_amount"] or 0) if both[f"{when}_within"] and both[f"{when}_is_won"] else 0
        for when in ("now", "then")
    ]
    return float(won[0] - won[1])


def _quarantined(book: Book, earlier: Published) -> list[dict[str, Any]]:
    """The rows that were put aside and were not when the earlier review was made."""
    aside = book.audit.quarantine
    aside = aside[aside["table"] == "opportunities"]
    before = set(earlier.quarantine)
    places = [
        (str(source), "" if pd.isna(number) else str(number), str(reason))
        for source, number, reason in zip(aside["source"], aside["row"], aside["reason"], strict=True)
    ]
    # Rows move from one export to the next: only a reason that has more of them than before tells of new ones.
    known = Counter(reason for _source, _number, reason in before)
    grown = {
        reason for reason, n in Counter(reason for _source, _number, reason in places).items() if n > known[reason]
    }
    return [
        {
            "opportunity_id": "",
            "name": f"{source} {number}".strip(),
            "what": "quarantined",
            "before": None,
            "after": reason,
            "effect": np.nan,
        }
        for source, number, reason in places
        if reason in grown and (source, number, reason) not in before
    ]
