"""Evidence: what the values of a column say of it: how they are written, which stages there are and how they end."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from salesops_lib.company import TableSource
from salesops_lib.data.conventions import decimal_of
from salesops_lib.data.dates import fitting_formats, swapped_cells
from salesops_lib.data.parse import FALSE, FULL_ISO, TRUE
from salesops_lib.data.readers import Raw
from salesops_lib.data.shares import doubtful_shares
from salesops_lib.language import gettext as _

NUMBERS, DATES = ("money", "number", "integer", "share"), ("date", "timestamp")
_NUMBER = re.compile(r"[^\w.,]*([A-Z]{3})?[^\w.,]*[.,]?\d[\d.,'’\s]*([eE]\+?\d+)?[^\w.,]*([A-Z]{3})?")
_ISO = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T][\d:.]+(Z| ?UTC|[+-][\d:]+)?)?")
_WON = re.compile(r"\bwon\b|closedwon|gewonnen|gagn|ganad|\bwin\b|vint[oa]\b", re.IGNORECASE)
_NOT_YET = re.compile(r"\b(not|nicht|niet|pending|almost|fast|bijna|un(likely|sure))\b", re.IGNORECASE)
_LOST = re.compile(r"\blost\b|closedlost|verlor|perdu|perdid|pers[oa]\b|cancel|abandon", re.IGNORECASE)


@dataclass(frozen=True)
class Values:
    """What a column holds: how many of its cells are filled, what does not fit its kind (at most five), its formats.

    `formats` are the date formats that fit every value (empty: they are ISO, or none fits); `comma` says that numbers
    have a decimal comma; `doubt` says what cannot be told, if anything, and `asks` the setting that decides it.
    """

    filled: int
    rows: int
    strange: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    comma: bool = False
    doubt: str | None = None
    asks: str = ""


def values_of(
    connection: Any, raw: Raw, theirs: str, kind: str, source: TableSource, mapped: Collection[str] = ()
) -> Values:
    """Look at the values of a column that is thought to be of a kind; those that are `mapped` to others fit."""
    cells = raw.table.select(theirs).to_pandas()[theirs]
    filled, rows = int(cells.notna().sum()), len(cells)
    doubtful = doubtful_shares(raw, theirs, source) if kind == "share" else []
    if doubtful:
        return Values(filled, rows, doubt=doubtful[0].what, asks="percent")
    if raw.text is None and not pd.api.types.is_object_dtype(cells):
        return Values(filled, rows)
    texts = [str(text) for text in cells.dropna().unique() if text not in mapped]
    if kind in DATES:
        odd = swapped_cells(connection, raw, theirs, None)
        return Values(filled, rows, doubt=odd[0].what) if odd else _dates(connection, texts, filled, rows)
    if kind == "boolean":
        strange = [text for text in texts if text.lower() not in (*TRUE, *FALSE)]
    elif kind in NUMBERS:
        strange = [text for text in texts if not _NUMBER.fullmatch(text.strip("()-%+ "))]
        if kind in ("money", "number") and not strange and raw.text is not None:
            mark, faults = decimal_of(raw, theirs, TableSource.model_validate({"from": "x"}))
            return Values(filled, rows, comma=mark == ",", doubt=faults[0].what if faults else None, asks="decimal")
    else:
        strange = []
    return Values(filled, rows, tuple(strange[:5]))


def _dates(connection: Any, texts: list[str], filled: int, rows: int) -> Values:
    odd = [text for text in texts if not _ISO.fullmatch(text)]
    if not odd:
        return Values(filled, rows)
    formats = fitting_formats(connection, [text for text in texts if not re.match(FULL_ISO, text)])
    if not formats:
        return Values(filled, rows, tuple(odd[:5]))
    doubt = _("{formats} fit every value, and only you know which is meant", formats=" / ".join(formats))
    return Values(filled, rows, formats=tuple(formats), doubt=doubt if len(formats) > 1 else None)


@dataclass(frozen=True)
class StageFound:
    """A stage that opportunities are in: how many, how it ends, its probability (0-1 or None).

    `end` is "open", "won", "lost" or "unsure";
    `known` says that flags of won and closed tell how it ends, and not its name alone; `mixed` that they contradict.
    """

    name: str
    count: int
    end: str
    known: bool
    mixed: bool = False
    probability: float | None = None


def stages_of(frame: pd.DataFrame, percent: bool) -> list[StageFound]:
    """The stages of opportunities (columns stage, and as far as known is_won, is_closed, probability as texts).

    Open ones come first, in the order of their probabilities, as far as these are known.
    """
    shares = _numbers(frame["probability"]) if "probability" in frame else pd.Series(dtype="float64")
    scale = 100 if percent or (shares > 1).any() else 1
    found = [_stage(str(name), group, scale) for name, group in frame.dropna(subset=["stage"]).groupby("stage")]
    unknown = 2.0
    return sorted(
        found,
        key=lambda each: (
            ("open", "won", "lost", "unsure").index(each.end),
            unknown if each.probability is None else each.probability,
            -each.count,
            each.name,
        ),
    )


def _stage(name: str, group: pd.DataFrame, scale: int) -> StageFound:
    flags: Mapping[str, set[bool]] = {
        flag: {str(cell).lower() in TRUE for cell in group[flag].dropna()}
        for flag in ("is_won", "is_closed")
        if flag in group
    }
    won, closed = flags.get("is_won", set()), flags.get("is_closed", set())
    told = won == {True} or (bool(won) and bool(closed))
    if not told and _is_unsure(name, won, closed):
        end = "unsure"
    elif won == {True} or (won != {False} and _WON.search(name)):
        end = "won"
    elif (closed == {True} and won == {False}) or (closed != {False} and _LOST.search(name)):
        end = "lost"
    else:
        end = "open"
    mixed = len(won) > 1 or len(closed) > 1
    share = _probability(group, scale) if end == "open" else None
    return StageFound(name, len(group), end, told, mixed, share)


def _is_unsure(name: str, won: set[bool], closed: set[bool]) -> bool:
    """Whether a name says of both ends that it is one, or that it is not (yet): "Lost (was won)", "Not won"."""
    ends = (won != {False} and bool(_WON.search(name)), closed != {False} and bool(_LOST.search(name)))
    return all(ends) or (any(ends) and bool(_NOT_YET.search(name)))


def _probability(group: pd.DataFrame, scale: int) -> float | None:
    """The probability that most deals of a stage have; None if nothing is there."""
    numbers = _numbers(group["probability"]) if "probability" in group else pd.Series(dtype="float64")
    share = float(numbers.mode().iloc[0]) / scale if len(numbers) else None
    return None if share is None or not 0 <= share <= 1 else round(share, 4)


def _numbers(cells: pd.Series[Any]) -> pd.Series[float]:
    texts = cells.dropna().astype(str).str.rstrip("% ").str.replace(",", ".", regex=False)
    return pd.to_numeric(texts, errors="coerce").dropna()
