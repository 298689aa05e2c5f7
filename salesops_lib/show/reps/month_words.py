"""Good and bad months and trends in words: what is more than chance, of what was tested."""

from __future__ import annotations

from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.numbers import number, period_name
from salesops_lib.show.reps.looks import called, several, tested
from salesops_lib.show.reps.words import expected_words, trend_told
from salesops_lib.show.shown import Shown, nothing, sentences

MARKS = {"good": "▲", "bad": "▼"}
MOST_TOLD = 5
MOST_TRENDS = 3


def say_steadiness(frame: pd.DataFrame, months: pd.DataFrame) -> Shown:
    """Say how many of the months tested are more than chance and which, and who has a trend against the peers.

    Parameters
    ----------
    frame : DataFrame
        The steadiness of each rep.
    months : DataFrame
        Its months.
    """
    if frame.empty or months.empty:
        return nothing(_("There are no months to judge."))
    if tested(months).empty and tested(frame).empty:
        return nothing(_("There are too few months or deals to tell."))
    return sentences(_signals(months), _trends(frame))


def _signals(months: pd.DataFrame) -> str:
    """Return how many months are more than chance, of those that were tested, and which."""
    first = signals_told(months, MOST_TOLD)
    if not first:
        return _("There are too few months or deals to tell a good or bad month from chance.")
    if not tested(months)["signal"].astype(bool).any():
        return first
    return first + " " + _("No other good or bad month can be told from the usual up and down.")


def signals_told(months: pd.DataFrame, most: int) -> str:
    """Return how many months are more than chance, of those that were tested, and which; "" where none was tested."""
    told = tested(months)
    if told.empty:
        return ""
    who = called(months)
    hits = told[told["signal"].astype(bool)].sort_values("p_value", kind="stable")
    if hits.empty:
        return _("Of {tested} none is a good or bad one beyond chance.", tested=tested_counted(len(told)))
    said = ngettext(
        "Of {tested} {n} is a good or bad one beyond chance: {listed}.",
        "Of {tested} {n} are good or bad ones beyond chance: {listed}.",
        len(hits),
        tested=tested_counted(len(told)),
        listed=several([month_told(row, who[row["rep"]]) for row in hits.to_dict("records")], most),
    )
    return said


def _trends(frame: pd.DataFrame) -> str:
    """Return who has a trend against the peers, of the reps whose months were tested for one."""
    told = tested(frame)
    if told.empty:
        return _("There are too few months to tell a trend.")
    who, parts = called(frame), []
    for verdict, words in (("rising", _("rising: {listed}")), ("falling", _("falling: {listed}"))):
        reps = told[told["verdict"] == verdict].sort_values("p_value", kind="stable").to_dict("records")
        if reps:
            parts.append(words.format(listed=several([_trend(row, who[row["rep"]]) for row in reps], MOST_TRENDS)))
    if not parts:
        return ngettext(
            "Relative to the peers, the months of {n} rep were tested for a trend; it has none beyond chance.",
            "Relative to the peers, the months of {n} reps were tested for a trend; none has one beyond chance.",
            len(told),
        )
    return _("Relative to the peers, the months have a trend beyond chance, {parts}.", parts="; ".join(parts))


def _trend(row: dict[Any, Any], rep: str) -> str:
    said = trend_told(row["early"], row["late"], row["trend_low"], row["trend_high"], row["trend"])
    return _("{rep} {said}", rep=rep, said=said)


def months_counted(n: int) -> str:
    """Return so many months in words."""
    return ngettext("{count} month", "{count} months", n, count=number(n, "count"))


def tested_counted(n: int) -> str:
    """Return so many months that were tested in words."""
    return ngettext("{count} month tested", "{count} months tested", n, count=number(n, "count"))


def hits_counted(n: int) -> str:
    """Return how many of the months tested are more than chance."""
    return ngettext("{n} is", "{n} are", n) if n else _("none is")


def month_told(row: dict[Any, Any], rep: str) -> str:
    """Return one month that is more than chance, with what the rep's deals of the year make of it as usual."""
    unit = str(row["unit"])
    known = {
        "mark": MARKS.get(row["direction"], "◆"),
        "rep": rep,
        "month": period_name(row["month"]),
        "value": number(row["value"], unit, compact=True),
    }
    expected = expected_words(row["expected"], row["expected_low"], row["expected_high"], unit)
    if not expected:
        return _("{mark} {rep} in {month}: {value}", **known)
    return _("{mark} {rep} in {month}: {value}, {expected}", **known, expected=expected)
