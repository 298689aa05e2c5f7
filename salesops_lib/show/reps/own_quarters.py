"""A rep's quarter beside the rep's own quarters before, in words: what changed beyond chance, and the peers' change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.names import plain
from salesops_lib.show.numbers import is_null, number, period_name
from salesops_lib.show.reps.looks import DIFFERENT, even
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.words import judgement


def say_own_change(frame: pd.DataFrame) -> Shown:
    """Say in what the quarter differs from the rep's own quarter before beyond chance, and in what it does not.

    Parameters
    ----------
    frame : DataFrame
        The rep's figures of both quarters: see `RepScorecard.own_change`.
    """
    if frame.empty or frame["before"].isna().all():
        return nothing(_("There is no quarter of the rep's own before to compare with."))
    earlier = period_name(frame["earlier"].iloc[0])
    certain = frame[frame["verdict"].isin(DIFFERENT)].sort_values("p_value", kind="stable")
    ways = [judgement(verdict, better) for verdict, better in zip(certain["verdict"], certain["better"], strict=True)]
    said = []
    for rows, words in (
        (certain[[way < 0 for way in ways]], _("Worse than in the rep's own {earlier} beyond chance: {listed}.")),
        (certain[[way > 0 for way in ways]], _("Better than in the rep's own {earlier} beyond chance: {listed}.")),
        (certain[[way == 0 for way in ways]], _("Unlike in the rep's own {earlier} beyond chance: {listed}.")),
        (even(frame), _("Not distinguishable from the rep's own {earlier}: {listed}.")),
    ):
        if len(rows):
            told = "; ".join(_after(row) for row in rows.to_dict("records"))
            said.append(words.format(earlier=earlier, listed=told))
    if not said:
        return nothing(_("There are too few cases to tell the quarter from the rep's own {earlier}.", earlier=earlier))
    return sentences(*said)


def _after(row: Mapping[Any, Any]) -> str:
    unit = str(row["unit"])
    names = ("value", "before", "peers", "peers_before")
    known = {name: number(row[name], unit, compact=True) for name in names}
    label = plain(row["label"])
    if is_null(row["peers"]) or is_null(row["peers_before"]):
        return _("{label} {value} after {before}", label=label, **known)
    return _("{label} {value} after {before} (peers {peers} after {peers_before})", label=label, **known)


def say_rep_trend(frame: pd.DataFrame) -> Shown:
    """Say where each figure of a rep stands among the rep's own quarters, and in how many it was above the peers'."""
    said = [_trend(part) for _name, part in frame.groupby("metric", sort=False) if part["value"].notna().sum() > 1]
    return sentences(*said)


def _trend(part: pd.DataFrame) -> str:
    known = part.dropna(subset=["value"])
    ordered, now = known.sort_values("value", kind="stable"), part.iloc[-1]
    low, high = ordered.iloc[0], ordered.iloc[-1]
    told: dict[str, Any] = {"label": plain(now["label"]), "n": len(known)}
    told |= {"now": _in_quarter(now), "low": _in_quarter(low), "high": _in_quarter(high)}
    if now["value"] == low["value"]:
        said = _("{label}: {now}, the lowest of {n} quarters; the highest was {high}", **told)
    elif now["value"] == high["value"]:
        said = _("{label}: {now}, the highest of {n} quarters; the lowest was {low}", **told)
    else:
        said = _("{label}: {now}; of {n} quarters the lowest was {low}, the highest {high}", **told)
    beside = known.dropna(subset=["peers"])
    if beside.empty:
        return f"{said}."
    above = int((beside["value"].astype(float) > beside["peers"].astype(float)).sum())
    peers = _("above the peers' figure in {above} of {n}", above=above, n=len(beside))
    return f"{said}; {peers}."


def _in_quarter(row: pd.Series[Any]) -> str:
    value = number(row["value"], str(row["unit"]), compact=True)
    return _("{value} in {period}", value=value, period=period_name(row["period"]))
