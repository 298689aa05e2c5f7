"""Every opportunity's days: in which stage it stood at the end of each, what it was worth, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from ibis import _

from salesops_lib.data.book import Book
from salesops_lib.data.states import LONG_AGO
from salesops_lib.metrics import dimensions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# Days are whole numbers since 1970; this one lies after all others.
NEVER = 2**40
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Standing:
    """The opportunities that were open at the end of a day: their row in `Deals.facts`, stage, age and amount.

    `stage` is the place in the sales process (the number of open stages: unknown), `in_stage` and `age` are days since
    it came to the stage and since it was created, `amount` is null where nobody knew it.
    """

    deal: Ints
    stage: Ints
    in_stage: Ints
    age: Ints
    amount: Floats
    due: Ints


@dataclass(frozen=True)
class Deals:
    """The opportunities of a book by the day, cut at any earlier day without knowing what came after it.

    Attributes
    ----------
    facts : DataFrame
        One row per opportunity: opportunity_id, created (day), and the groups it belongs to (columns of `by`).
    spans : DataFrame
        One row per opportunity and state at the end of a day: deal (row of facts), start, stop (days; `NEVER`: it still
        holds), code (stage), amount, due. What changed twice in a day counts as it was at the day's end.
    visits : DataFrame
        One row per opportunity and uninterrupted stay in a stage: deal, start, stop, code, goes_to (code; -1: still
        there).
    closings : DataFrame
        One row per opportunity and amount at which it counted as won: deal, known_from and known_to (on which days it
        did), day (of the close), amount.
    stages : int
        The number of open stages; the codes after them are: unknown, won, lost.
    """

    facts: pd.DataFrame
    spans: pd.DataFrame
    visits: pd.DataFrame
    closings: pd.DataFrame
    stages: int
    by: tuple[str, ...]

    @property
    def unknown(self) -> int:
        """The code of an open stage that nobody knows."""
        return self.stages

    @property
    def won(self) -> int:
        """The code of the won ones."""
        return self.stages + 1

    @property
    def lost(self) -> int:
        """The code of the lost ones."""
        return self.stages + 2

    @cached_property
    def first_close(self) -> int:
        """The first day on which one was won or lost; `NEVER` if none was."""
        closed = self.visits.loc[self.visits["code"] > self.unknown, "start"]
        return int(closed.min()) if len(closed) else NEVER

    def standing(self, day: int) -> Standing:
        """What was open at the end of a day."""
        spans = self.spans
        there = (spans["start"] <= day) & (spans["stop"] > day) & (spans["code"] <= self.unknown)
        now = spans[there]
        visits = self.visits[(self.visits["start"] <= day) & (self.visits["stop"] > day)]
        since = np.zeros(len(self.facts), dtype=np.int64)
        since[visits["deal"].to_numpy()] = visits["start"].to_numpy()
        deal = now["deal"].to_numpy()
        return Standing(
            deal=deal,
            stage=now["code"].to_numpy(),
            in_stage=day - since[deal],
            age=day - self.facts["created"].to_numpy()[deal],
            amount=now["amount"].to_numpy(),
            due=now["due"].to_numpy(),
        )

    def won_between(self, first: int, last: int, known: int) -> pd.DataFrame:
        """What was won from a day to another (both count), as it was known at the end of a third: deal, day, amount."""
        c = self.closings
        inside = (c["day"] >= first) & (c["day"] <= last) & (c["known_from"] <= known) & (c["known_to"] > known)
        return c.loc[inside, ["deal", "day", "amount"]]


def number(day: date) -> int:
    """A date as the days since 1970.

    >>> number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - EPOCH


def read_deals(book: Book, by: Sequence[str] = ()) -> Deals:
    """The opportunities of a book by the day.

    Parameters
    ----------
    by : sequence of names
        Dimensions of opportunities that the figures will be split by, as the book's day has them.
    """
    facts, own = _facts(book, by)
    stages = book.company.stages
    codes = {stage: i for i, stage in enumerate(stages.open)}
    spans = book.table("states").select(
        "opportunity_id",
        "stage",
        "n",
        amount=_.amount.cast("float64"),
        start=_.valid_from.cast("date"),
        due=_.close_date,
        is_open=_.is_open,
        is_won=_.is_won,
    )
    raw = spans.to_pandas()
    place = pd.Series(np.arange(len(facts)), index=facts["opportunity_id"])
    code = raw["stage"].map(codes).fillna(len(codes)).to_numpy(dtype=np.int64)
    code = np.where(raw["is_open"], code, np.where(raw["is_won"], len(codes) + 1, len(codes) + 2))
    frame = pd.DataFrame(
        {
            "deal": raw["opportunity_id"].map(place).to_numpy(dtype=np.int64),
            "n": raw["n"].to_numpy(dtype=np.int64),
            "start": _days(raw["start"]),
            "code": code,
            "amount": raw["amount"].to_numpy(dtype=np.float64),
            "due": _days(raw["due"], empty=NEVER),
        }
    )
    frame = frame.sort_values(["deal", "n"], ignore_index=True)
    # Of several states in a day, the last one is what it was at the day's end.
    frame = frame[_next(frame, "start", NEVER) != frame["start"].to_numpy()].reset_index(drop=True)
    frame["stop"] = _next(frame, "start", NEVER)
    visits = _visits(frame)
    created = facts["created"].to_numpy()
    seen = frame.groupby("deal")["start"].min().reindex(range(len(facts))).to_numpy()
    facts["created"] = np.where(created == NEVER, seen, created).astype(np.int64)
    closings = _closings(frame, own, len(codes) + 1)
    return Deals(facts, frame.drop(columns="n"), visits, closings, len(codes), tuple(by))


def _facts(book: Book, by: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who is who, and what each opportunity's own record says of its close."""
    table = dimensions.split(book, book.table("opportunities").mutate(_id=_.opportunity_id), by)
    raw = table.select(
        *by,
        _id=_["_id"],
        _created=_.created_at.cast("date"),
        _closed=_.closed_at.cast("date"),
        _won=_.is_won,
    )
    found = raw.to_pandas().sort_values("_id", ignore_index=True)
    facts = found[list(by)].assign(opportunity_id=found["_id"], created=_days(found["_created"], empty=NEVER))
    own = pd.DataFrame(
        {
            "closed": _days(found["_closed"], empty=NEVER),
            "is_won": found["_won"].to_numpy(dtype=bool),
        }
    )
    return facts, own


def _visits(spans: pd.DataFrame) -> pd.DataFrame:
    deal, code = spans["deal"].to_numpy(), spans["code"].to_numpy()
    first = np.ones(len(spans), dtype=bool)
    first[1:] = (deal[1:] != deal[:-1]) | (code[1:] != code[:-1])
    runs = spans.loc[first, ["deal", "start", "code"]].reset_index(drop=True)
    runs["stop"] = _next(runs, "start", NEVER)
    runs["goes_to"] = _next(runs, "code", -1)
    return runs


def _closings(spans: pd.DataFrame, own: pd.DataFrame, won: int) -> pd.DataFrame:
    """The spans in which opportunities counted as won, with the amount of then, by the day that their record names.

    What was won and undone is dated by its history.
    """
    deal, is_won = spans["deal"].to_numpy(), spans["code"].to_numpy() == won
    first = np.ones(len(spans), dtype=bool)
    first[1:] = (deal[1:] != deal[:-1]) | (is_won[1:] != is_won[:-1])
    run = np.cumsum(first) - 1
    start = spans["start"].to_numpy()[first][run]
    stop = spans["stop"].groupby(run).max().to_numpy()[run]
    lasting = (stop == NEVER) & own["is_won"].to_numpy()[deal]
    day = np.where(lasting, own["closed"].to_numpy()[deal], start)
    names = {"start": "known_from", "stop": "known_to"}
    frame = spans[["deal", "start", "stop", "amount"]].rename(columns=names).assign(day=day)
    closings: pd.DataFrame = frame[is_won].fillna({"amount": 0.0}).reset_index(drop=True)
    return closings


def _next(frame: pd.DataFrame, column: str, empty: int) -> Ints:
    """The value of the row after it of the same deal."""
    deal, values = frame["deal"].to_numpy(), frame[column].to_numpy()
    found = np.full(len(frame), empty, dtype=np.int64)
    found[:-1] = np.where(deal[1:] == deal[:-1], values[1:], empty)
    return found


def _days(dates: pd.Series[date], empty: int = number(LONG_AGO.date())) -> Ints:
    moments = pd.to_datetime(dates).to_numpy(dtype="datetime64[D]")
    missing = np.isnat(moments)
    return np.where(missing, empty, moments.astype(np.int64))
