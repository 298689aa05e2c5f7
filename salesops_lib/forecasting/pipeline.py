"""The pipeline forecast of a period: closed so far, what open opportunities will bring, and business still to come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from ibis import _ as row

from salesops_lib.data.book import Book
from salesops_lib.forecasting.chances import FROM_AGE, FROM_COMPANY, FROM_NOTHING, FROM_STAGE
from salesops_lib.forecasting.snapshots import FEWEST_SNAPSHOTS, LEVELS, Snapshots, spread
from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.metrics import dimensions
from salesops_lib.names import UNASSIGNED
from salesops_lib.periods import Period

# Nobody's deal is a century old: its creation is not known.
AGELESS_DAYS = 36_500
Floats = npt.NDArray[np.float64]
FIGURES = "closed open arrivals mean lo-80 hi-80 lo-95 hi-95 n_open history_snapshots".split()
CONTRIBUTION = (
    "opportunity_id name account rep stage age_days amount close_date chance expected source amount_from"
).split()


def pipeline_forecast(book: Book, period: str | Period, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """What a period will bring, from the pipeline as it stands on the book's day.

    The sum of what is closed so far, of amount × chance to be won in the period over the open opportunities, and of
    what those that were not open yet brought after the same moment of the last four periods on average. The interval
    comes from how far the same forecast was off at the same moment of up to eight earlier periods, each made with what
    was known then, as a share of what was still to come.

    Parameters
    ----------
    period : str or Period
        Also one that has not begun. One that is over has no interval: it is a fact.
    by : name or sequence of names
        Dimensions of opportunities.

    Returns
    -------
    DataFrame
        One row per group (without `by`: one row): <by...>, closed, open (expected), arrivals, mean, lo-80, hi-80,
        lo-95, hi-95 (null: see the notes), n_open (open opportunities), history_snapshots (earlier periods that the
        interval rests on). Groups are not independent: their bounds do not add up to the whole's.
        `frame.attrs["notes"]` says what must be known (by topic: interval, arrivals, chance, amount).
    """
    snapshots, period, _groups = _open(book, period, by)
    span = snapshots.span(period)
    parts = snapshots.parts(span)
    frame = pd.concat([snapshots.groups, parts], axis=1)
    past = snapshots.past() if span.ahead else snapshots.past(0)
    notes = _notes(snapshots, parts, past)
    frame["arrivals"] = frame["arrivals"].fillna(0.0)
    to_come = frame["open"] + frame["arrivals"]
    frame["mean"] = frame["closed"] + to_come
    errors = relative_errors(past, len(frame))
    frame["history_snapshots"] = (~np.isnan(errors)).sum(axis=1)
    floor = np.minimum(frame["closed"], frame["mean"])
    for level in LEVELS:
        half = np.array([spread(each, level) for each in errors]) * to_come
        # What is closed stays closed.
        frame[f"lo-{level}"] = np.where(np.isnan(half), np.nan, np.maximum(frame["mean"] - half, floor))
        frame[f"hi-{level}"] = frame["mean"] + half
    frame = _with_members(book, frame, snapshots.by, period)[[*snapshots.by, *FIGURES]]
    frame.attrs["notes"] = notes
    return frame


def contributions(book: Book, period: str | Period) -> pd.DataFrame:
    """What each open opportunity adds to the pipeline forecast of a period, the largest first.

    Returns
    -------
    DataFrame
        One row per open opportunity: opportunity_id, name (the id where it has none), account (its name, else its id),
        rep, stage, age_days (since its creation; null: unknown), amount (null: unknown), close_date, chance (to be won
        in the period; null where nothing tells), expected (amount × chance; they add up to `open` of
        `pipeline_forecast`), source (of the chance: "stage", by time in the stage; "age", by days since creation, all
        stages together; "company file", the stage's default, for what is due by the period's end; "" for none),
        amount_from ("record", or "average": the amount is unknown, and that of the average won deal of the year stands
        for it).
    """
    snapshots, period, _groups = _open(book, period, ())
    span = snapshots.span(period)
    standing = snapshots.deals.standing(span.day)
    chance, source = snapshots.chances(span, standing)
    amount = snapshots.amounts(span, standing)
    ids = snapshots.deals.facts["opportunity_id"].to_numpy()[standing.deal]
    frame = pd.DataFrame(
        {
            "opportunity_id": ids,
            "stage": np.array([*book.company.stages.open, None], dtype=object)[standing.stage],
            "age_days": np.where(standing.age > AGELESS_DAYS, np.nan, standing.age),
            "amount": standing.amount,
            "chance": chance,
            "expected": amount * chance,
            "source": source,
            "amount_from": np.where(np.isnan(standing.amount), "average", "record"),
        }
    )
    frame = frame.merge(_details(book), on="opportunity_id", how="left")
    order = frame.sort_values(["expected", "opportunity_id"], ascending=[False, True], ignore_index=True)
    return order[CONTRIBUTION]


def relative_errors(past: pd.DataFrame, groups: int) -> Floats:
    """(actual − forecast) ÷ what was still to come, by group and earlier period; null where nothing was to come."""
    found = np.full((groups, past["period"].nunique()), np.nan)
    to_come = (past["open"] + past["arrivals"]).to_numpy(dtype=np.float64)
    error = (past["actual"] - past["mean"]).to_numpy(dtype=np.float64)
    column = pd.factorize(past["period"])[0]
    some = to_come > 0
    found[past["group"].to_numpy(dtype=np.int64)[some], column[some]] = error[some] / to_come[some]
    return found


def _open(book: Book, period: str | Period, by: str | Sequence[str]) -> tuple[Snapshots, Period, list[str]]:
    groups = list(dict.fromkeys([by] if isinstance(by, str) else by))
    named = period if isinstance(period, Period) else book.calendar.period(period)
    return Snapshots(book, named, groups), named, groups


def _details(book: Book) -> pd.DataFrame:
    deals = book.table("opportunities").filter(~row.is_closed)
    rep = deals.rep_id.coalesce(UNASSIGNED)
    frame = deals.select(
        "opportunity_id", "account_id", "close_date", name=row.name.coalesce(row.opportunity_id), rep=rep
    )
    found: pd.DataFrame = frame.to_pandas()
    found["close_date"] = pd.to_datetime(found["close_date"])
    names: dict[str, str] = {}
    if book.has("accounts"):
        accounts = book.table("accounts").filter(row.name.notnull()).select("account_id", "name").to_pandas()
        names = dict(zip(accounts["account_id"], accounts["name"], strict=True))
    found["account"] = found["account_id"].map(names).fillna(found["account_id"]).fillna("")
    return found


def _with_members(book: Book, frame: pd.DataFrame, by: Sequence[str], period: Period) -> pd.DataFrame:
    """The groups that have an opportunity, and those that are there without one, with zeros; in order."""
    if not by:
        return frame
    there = dimensions.members(book, by, [period])
    if there is not None:
        known = pd.MultiIndex.from_frame(frame[list(by)])
        missing = there[list(by)].drop_duplicates()
        missing = missing[~pd.MultiIndex.from_frame(missing).isin(known)]
        zeros = dict.fromkeys(["closed", "open", "arrivals", "mean"], 0.0)
        counts = dict.fromkeys(["n_open", "history_snapshots"], 0)
        nothing = dict.fromkeys([f"{side}-{level}" for side in ("lo", "hi") for level in LEVELS], np.nan)
        if len(missing):
            frame = pd.concat([frame, missing.assign(**zeros, **counts, **nothing)], ignore_index=True)
    return frame.sort_values(list(by), ignore_index=True)


def _notes(snapshots: Snapshots, parts: pd.DataFrame, past: pd.DataFrame) -> dict[str, str]:
    notes: dict[str, str] = {}
    span = snapshots.span(snapshots.period)
    if not span.ahead:
        return {"interval": _("the period is over: its revenue is a fact")}
    found = past["period"].nunique()
    if found < FEWEST_SNAPSHOTS:
        notes["interval"] = ngettext(
            "no interval: {n} earlier period tells how far such forecasts were off, and it takes {fewest}",
            "no interval: {n} earlier periods tell how far such forecasts were off, and it takes {fewest}",
            found,
            fewest=FEWEST_SNAPSHOTS,
        )
    if parts["arrivals"].isna().all():
        notes["arrivals"] = _("no earlier period tells how much business is still to come: none is counted")
    standing = snapshots.deals.standing(span.day)
    sources = pd.Series(snapshots.chances(span, standing)[1], dtype=object)
    says = {
        FROM_AGE: _("by their age, all stages together: too few left their stage in two years"),
        FROM_COMPANY: _("the company file's default of their stage, if they are due: too little history"),
        FROM_NOTHING: _("nothing tells their chance: they are counted as 0"),
    }
    told = [f"{count} × {text}" for source, text in says.items() if (count := int((sources == source).sum()))]
    if told:
        rest = int((sources == FROM_STAGE).sum())
        notes["chance"] = "; ".join([*([_("{n} × by time in their stage", n=rest)] if rest else []), *told])
    unknown = int(np.isnan(standing.amount).sum())
    if unknown:
        notes["amount"] = ngettext(
            "{n} open opportunity has no amount: it counts as the average won one of the year",
            "{n} open opportunities have no amount: each counts as the average won one of the year",
            unknown,
        )
    return notes
