"""The headline of the comparison: how many reps, who stands out and in what, and whether they had the same chances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.numbers import number
from salesops_lib.show.reps.adjusted import BETTER, levelled
from salesops_lib.show.reps.leaderboard import differences
from salesops_lib.show.reps.leads import apart, aspect_told
from salesops_lib.show.reps.looks import alone, called, differing, several, tested
from salesops_lib.show.reps.month_words import signals_told
from salesops_lib.show.reps.words import against
from salesops_lib.show.sentences import money
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.words import judgement

MOST_TOLD = 2
OF_THE_PLACE = "revenue_won"


def say_comparison(highlights: Mapping[str, pd.DataFrame | None]) -> Shown:
    """Say what stands out among the reps, in few sentences; what is not distinguishable is not judged.

    Parameters
    ----------
    highlights : mapping
        Frames of the comparison by name: leaderboard, adjusted, months, leaks, lead_fairness, lead_shares; None or
        absent where a table is missing.
    """
    frames = {name: frame for name, frame in highlights.items() if frame is not None and len(frame)}
    board = frames.get("leaderboard")
    if board is None:
        return nothing(_("There are no reps to compare."))
    if alone(board):
        return nothing(_("There is nobody to compare with."))
    said = [_different(board), _alike(frames.get("adjusted"))]
    if (months := frames.get("months")) is not None:
        said.append(signals_told(months, MOST_TOLD))
    if (leaks := frames.get("leaks")) is not None:
        said.append(_leak(leaks))
    said.append(_leads(frames.get("lead_fairness"), frames.get("lead_shares")))
    return sentences(*said, css="say headline")


def _different(board: pd.DataFrame) -> str:
    """Return how many reps differ from the peers, and by metric who they are or, of many, how many.

    Of raw revenue nobody is named: it is where a rep was put, and like with like says what the rep made of it.
    """
    first, *_rest = differences(board, MOST_TOLD)
    parts = differing(tested(board)).groupby("metric", sort=False)
    return " ".join([first, *(_by_metric(str(metric), part, called(board)) for metric, part in parts)])


def _by_metric(metric: str, part: pd.DataFrame, who: Mapping[str, str]) -> str:
    rows = part.to_dict("records")
    label = plain(part["label"].iloc[0])
    if len(part) > MOST_TOLD or metric == OF_THE_PLACE:
        counts = Counter(_way(row["verdict"], row["better"]) for row in rows)
        told = ", ".join(_("{n} {way}", n=n, way=way) for way, n in counts.items())
        if metric == OF_THE_PLACE:
            return _("{metric}: {listed}, before like is compared with like.", metric=label, listed=told)
        return _("{metric}: {listed}.", metric=label, listed=told)
    return _("{metric}: {listed}.", metric=label, listed="; ".join(_one(row, who[row["rep"]]) for row in rows))


def _one(row: Mapping[Any, Any], rep: str) -> str:
    return _("{rep} {way}, {figure}", rep=rep, way=_way(row["verdict"], row["better"]), figure=against(row))


def _way(verdict: str, better: str) -> str:
    good = judgement(verdict, better)
    if not good:
        return _("above the peers") if verdict == "above" else _("below the peers")
    return _("better") if good > 0 else _("worse")


def _alike(adjusted: pd.DataFrame | None) -> str:
    """Return who differs like with like and, if the raw verdicts are known, how many raw differences are gone."""
    if adjusted is None:
        return ""
    who = called(adjusted)
    judged = tested(adjusted.dropna(subset=["adjusted"]))
    if judged.empty:
        return _("Over four quarters and like with like, there are too few deals to tell.")
    certain = differing(judged)
    evened = certain.assign(value=certain["adjusted"], low=certain["adjusted_low"], high=certain["adjusted_high"])
    told = [
        _(
            "{rep} is {way} in {metric}: {figure}",
            rep=who[row["rep"]],
            way=_way(row["verdict"], BETTER),
            metric=plain(row["label"]),
            figure=against(row),
        )
        for row in evened.to_dict("records")
    ]
    said = (
        _("Over four quarters and like with like, {listed}.", listed=several(told, MOST_TOLD))
        if told
        else _("Over four quarters and like with like, no rep tested differs from the peers beyond chance.")
    )
    gone = len(levelled(adjusted))
    rest = ngettext(
        "{n} raw difference is gone once territory, segment, tenure and leads are equal.",
        "{n} raw differences are gone once territory, segment, tenure and leads are equal.",
        gone,
    )
    return f"{said} {rest}" if gone else said


def _leak(leaks: pd.DataFrame) -> str:
    """Return the most expensive leak, and how many more there are; without one, nothing is said."""
    rows = leaks[leaks["leak"].astype(bool)].sort_values("lost_money", ascending=False, kind="stable")
    if rows.empty:
        return ""
    row: dict[Any, Any] = rows.iloc[0].to_dict()
    said = _(
        "{rep} leaks in {stage}: {share} moved on, of the peers' {peers}; a loss of {money}",
        rep=called(leaks)[row["rep"]],
        stage=plain(row["stage"]),
        share=number(row["conversion"], "share"),
        peers=number(row["peers"], "share"),
        money=money(row["lost_money"]),
    )
    more = len(rows) - 1
    more_said = ngettext("; {n} more stage leaks", "; {n} more stages leak", more) if more else ""
    return f"{said}{more_said}."


def _leads(fairness: pd.DataFrame | None, shares: pd.DataFrame | None) -> str:
    """Return whether leads are handed out evenly and, if they are not, who gets fewer."""
    if fairness is None:
        return ""
    rows = fairness[fairness["aspect"] == "number"].to_dict("records")
    if not rows:
        return ""
    who = apart(shares, "number", 1, whole=True) if shares is not None else ""
    # Where a single rep is given too little, the evenness of all others is no comfort.
    return who if who and not rows[0]["uneven"] else f"{aspect_told(rows[0])}. {who}".strip()
