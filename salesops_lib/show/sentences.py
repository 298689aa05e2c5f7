"""Sentences written from the frames of a section: what happened, and no more than the interval carries."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from babel.lists import format_list

from salesops_lib.language import current_locale, ngettext
from salesops_lib.language import gettext as _
from salesops_lib.names import plain
from salesops_lib.show.numbers import is_null, number, period_name
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.words import driver_in_sentence, line_name, rule_words

MOST_NAMED = 3
CENT = 0.005


def money(value: Any, signed: bool = False) -> str:
    """Return money as a sentence speaks of it.

    >>> money(4234567)
    '$4.2M'
    """
    return number(value, "money", compact=True, signed=signed)


def listed(parts: list[str], most: int = MOST_NAMED) -> str:
    """Return parts as a list in words; after a few, only how many more there are.

    >>> listed(["a", "b", "c", "d", "e"])
    'a, b, c, and 2 more'
    """
    more = len(parts) - most
    if more > 1:
        parts = [*parts[:most], ngettext("{n} more", "{n} more", more)]
    return format_list(parts, locale=current_locale())


def parts_of(change: pd.DataFrame) -> tuple[float, float, tuple[str, str]]:
    """Return revenue before and after a decomposition, and the names of its two quarters.

    Before is the product of the drivers before, which is how the decomposition is defined; without deals it is zero.
    """
    before = math.prod(change["before"].astype(float))
    before = 0.0 if is_null(before) else before
    periods = (period_name(change["previous_period"].iloc[0]), period_name(change["period"].iloc[0]))
    return before, before + float(change["part"].astype(float).sum()), periods


def say_change(frame: pd.DataFrame) -> Shown:
    """Say how far revenue moved and which driver moved it most."""
    if frame.empty or frame["part"].isna().all():
        return nothing(_("There is no earlier quarter to explain a change from."))
    before, after, (earlier, _now) = parts_of(frame)
    change = after - before
    if abs(change) < CENT:
        first = _("Revenue won stayed at {after}, as in {earlier}.", after=money(after), earlier=earlier)
    else:
        message = (
            _("Revenue won rose by {change}, from {before} in {earlier} to {after}.")
            if change > 0
            else _("Revenue won fell by {change}, from {before} in {earlier} to {after}.")
        )
        first = message.format(change=money(abs(change)), before=money(before), earlier=earlier, after=money(after))
    ordered = frame.dropna(subset=["part"]).sort_values("part", key=abs, ascending=False, kind="stable")
    parts = [
        f"{driver_in_sentence(d)} {money(p, True)}" for d, p in zip(ordered["driver"], ordered["part"], strict=True)
    ]
    part = "" if frame["complete"].all() else _("The quarter is not over: a part of it is held against a whole one.")
    return sentences(part, first, _("By driver, the largest first: {parts}.", parts=listed(parts)))


def say_ledger(frame: pd.DataFrame) -> Shown:
    """Say where the pipeline due by the quarter's end opened and closed, and what moved it most."""
    if frame.empty:
        return nothing(_("There is no pipeline to follow."))
    due = frame.set_index("line")["due"].astype(float)
    first = _(
        "The pipeline due by the quarter's end opened at {opening} and closed at {closing}.",
        opening=money(due["opening"]),
        closing=money(due["closing"]),
    )
    moved = due.drop(["opening", "closing"]).dropna()
    moved = moved[moved.abs() >= CENT].sort_values(key=abs, ascending=False, kind="stable").head(MOST_NAMED)
    if moved.empty:
        return sentences(first, _("Nothing moved in it."))
    parts = [f"{line_name(str(line))} {money(amount, True)}" for line, amount in moved.items()]
    return sentences(first, _("The largest movements: {parts}.", parts=listed(parts)))


def say_funnel(frame: pd.DataFrame) -> Shown:
    """Say which stage leaks, or that none can be told from its baseline; young cohorts are named."""
    known = frame.dropna(subset=["conversion"])
    if known.empty:
        return nothing(_("No opportunity entered a stage in the quarter."))
    leaks = [leak_sentence(row) for _index, row in known[known["leak"].astype(bool)].iterrows()]
    if not leaks:
        leaks = [_("No stage converts distinguishably worse than its baseline.")]
    young = int(known["censored"].astype(bool).sum())
    note = _(
        "In {young} of {stages} stages some are still open and may advance.",
        young=number(young, "count"),
        stages=number(len(known), "count"),
    )
    return sentences(*leaks, note if young else "")


def leak_sentence(row: pd.Series[Any]) -> str:
    """Return what is said of a stage that leaks: this quarter's cohort and the earlier ones at the same age."""
    return _(
        "The leak is in {stage}: {share} of the {entered} that entered it advanced within the quarter, against "
        "{baseline} in the quarters before, which is more than chance explains.",
        stage=plain(row["stage"]),
        share=number(row["in_period"], "share"),
        entered=number(row["entered"], "count"),
        baseline=number(row["baseline"], "share"),
    )


def say_losses(frame: pd.DataFrame) -> Shown:
    """Say how much was lost and where the largest counts are."""
    lost = int(frame["lost"].sum()) if len(frame) else 0
    if not lost:
        return nothing(_("No deals were lost."))
    first = ngettext(
        "{count} deal worth {amount} was lost.",
        "{count} deals worth {amount} were lost.",
        lost,
        count=number(lost, "count"),
        amount=money(frame["amount"].astype(float).sum()),
    )
    top = frame.sort_values("lost", ascending=False, kind="stable").head(MOST_NAMED).to_dict("records")
    parts = [
        _(
            "{lost} from {stage} ({reason})",
            lost=number(r["lost"], "count"),
            stage=plain(r["stage"]),
            reason=plain(r["loss_reason"]),
        )
        for r in top
        if r["lost"]
    ]
    return sentences(first, _("The largest counts: {parts}.", parts=listed(parts)))


def say_trends(frame: pd.DataFrame) -> Shown:
    """Say which metrics show a signal, in which quarter and of which kind."""
    metrics = frame["metric"].nunique() if len(frame) else 0
    if not metrics:
        return nothing(_("There is no history to judge."))
    hits = frame[frame["rule"].fillna("") != ""]
    if hits.empty:
        said = ngettext(
            "{n} metric was followed; it shows no signal.",
            "{n} metrics were followed; none shows a signal: their ups and downs are what is usual.",
            metrics,
        )
        return sentences(said)
    parts = [
        _(
            "{metric} in {period} ({value}, {rule})",
            metric=plain(r["label"]),
            period=period_name(r["period"]),
            value=number(r["value"], r["unit"], compact=True),
            rule=rule_words(r),
        )
        for r in hits.sort_values("period", ascending=False, kind="stable").to_dict("records")
    ]
    count = hits["metric"].nunique()
    said = ngettext(
        "{n} of {metrics} metrics shows a signal: {parts}.",
        "{n} of {metrics} metrics show a signal: {parts}.",
        count,
        metrics=metrics,
        parts=listed(parts),
    )
    return sentences(said)


def say_signals(frame: pd.DataFrame) -> Shown:
    """Say in which weeks the win rate of which groups stands out."""
    hits = frame[frame["signal"].astype(bool)]
    if hits.empty:
        return sentences(_("No week's win rate stands out from its group's usual range."))
    return sentences(signal_sentence(hits))


def signal_sentence(hits: pd.DataFrame) -> str:
    """Return what is said of the weeks whose win rate stands out."""
    parts = [
        _(
            "{group} in {week} ({value}, usual {low} to {high})",
            group=plain(r["group"]),
            week=period_name(r["week"]),
            value=number(r["value"], "share"),
            low=number(r["lower"], "share"),
            high=number(r["upper"], "share"),
        )
        for r in hits.to_dict("records")
    ]
    return ngettext(
        "The win rate of {n} week stands out: {parts}.",
        "The win rate of {n} weeks stands out: {parts}.",
        len(hits),
        parts=listed(parts),
    )
