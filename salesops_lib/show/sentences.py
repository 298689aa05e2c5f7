"""Sentences written from the frames of a section: what happened, and no more than the interval carries."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from babel.lists import format_list

from salesops_lib.language import current_locale, ngettext
from salesops_lib.language import gettext as _
from salesops_lib.show.numbers import interval, is_null, number, period_name
from salesops_lib.show.plain import plain
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.words import driver_in_sentence, line_name, rule_name

MOST_NAMED = 3
CENT = 0.005


def money(value: Any, signed: bool = False) -> str:
    """Return money as a sentence speaks of it.

    >>> money(4234567)
    '$4.2M'
    """
    return number(value, "money", compact=True, signed=signed)


def listed(parts: list[str]) -> str:
    """Return parts as a list in words; after a few, only how many more there are.

    >>> listed(["a", "b", "c", "d", "e"])
    'a, b, c, and 2 more'
    """
    more = len(parts) - MOST_NAMED
    if more > 1:
        parts = [*parts[:MOST_NAMED], ngettext("{n} more", "{n} more", more)]
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


def say_attainment(frame: pd.DataFrame) -> Shown:
    """Say how many groups reached their quota, and what of the lowest is certain."""
    known = frame.dropna(subset=["attainment"])
    if known.empty:
        return nothing(_("No group carries a quota, so there is no attainment."))
    reached = int((known["attainment"] >= 1).sum())
    first = ngettext(
        "{reached} of {n} group reached its quota.",
        "{reached} of {n} groups reached their quota.",
        len(known),
        reached=reached,
    )
    lowest = known.sort_values("attainment", kind="stable").iloc[0]
    if lowest["attainment"] >= 1 or len(known) == 1:
        return sentences(first)
    said = _(
        "The lowest figure is {group} with {attainment}, {reached} of {reps} reps at quota",
        group=plain(lowest["group"]),
        attainment=number(lowest["attainment"], "share"),
        reached=number(lowest["reps_at_quota"], "count"),
        reps=number(lowest["reps"], "count"),
    )
    if not is_null(lowest["high"]):
        bounds = interval(lowest["low"], lowest["high"], "share")
        said += (
            _("; its 95% interval, {interval}, lies below 100%", interval=bounds)
            if lowest["high"] < 1
            else _("; its 95% interval, {interval}, does not rule out 100%", interval=bounds)
        )
    return sentences(first, f"{said}.")


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


def say_coverage(frame: pd.DataFrame) -> Shown:
    """Say whether the open pipeline covers what is left of the quota, and which groups fall short."""
    whole = frame[frame["group"].fillna("") == ""]
    groups = frame[frame["group"].fillna("") != ""].dropna(subset=["coverage", "required"])
    if whole.empty:
        return nothing(_("There is no open pipeline and no quota."))
    short = groups[groups["coverage"] < groups["required"]]
    second = ""
    if len(short):
        second = ngettext(
            "{short} of {n} group has less than its win rate asks for: {names}.",
            "{short} of {n} groups have less than their win rate asks for: {names}.",
            len(groups),
            short=len(short),
            names=listed([plain(group) for group in short["group"]]),
        )
    return sentences(coverage_sentence(whole.iloc[0]), usual_sentence(whole.iloc[0]), second)


def usual_sentence(row: pd.Series[Any]) -> str:
    """Return with what coverage such quarters usually begin: with short cycles less than the required one is enough."""
    if is_null(row["usual"]) or is_null(row["usual_attainment"]) or not row["usual"]:
        return ""
    return _(
        "The four quarters before began with {usual} (median) and reached {attained} of their quota.",
        usual=number(row["usual"], "ratio"),
        attained=number(row["usual_attainment"], "share"),
    )


def coverage_sentence(row: pd.Series[Any]) -> str:
    """Return what is said of one row of coverage."""
    known = {
        "period": period_name(row["period"]),
        "open": money(row["open_pipeline"]),
        "needed": money(row["needed"]),
        "coverage": number(row["coverage"], "ratio"),
        "required": number(row["required"], "ratio"),
    }
    if is_null(row["quota"]) or not row["quota"]:
        return _("{open} of pipeline is due in {period}; there is no quota to hold it against.", **known)
    if not is_null(row["needed"]) and row["needed"] <= 0:
        return _("The quota of {period} is reached already; {open} of pipeline is due in it.", **known)
    if is_null(row["coverage"]):
        return _("{open} of pipeline is due in {period}; its coverage is n/a.", **known)
    if is_null(row["required"]):
        return _("{open} of pipeline is due in {period}: {coverage} the {needed} still needed.", **known)
    if row["coverage"] < row["required"]:
        return _(
            "{open} of pipeline is due in {period}: {coverage} the {needed} still needed, less than the {required} "
            "that the win rate asks for.",
            **known,
        )
    return _(
        "{open} of pipeline is due in {period}: {coverage} the {needed} still needed, where the win rate asks for "
        "{required}.",
        **known,
    )


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
    """Say which metrics show a signal, in which quarter and by which rule."""
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
            "{metric} in {period} ({rule})",
            metric=plain(r["label"]),
            period=period_name(r["period"]),
            rule=rule_name(r["rule"]),
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
    """Say which weeks of which groups stand out."""
    hits = frame[frame["signal"].astype(bool)]
    if hits.empty:
        return sentences(_("No week stands out from its group's usual range."))
    return sentences(signal_sentence(hits))


def signal_sentence(hits: pd.DataFrame) -> str:
    """Return what is said of the weeks that stand out."""
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
    return ngettext("{n} week stands out: {parts}.", "{n} weeks stand out: {parts}.", len(hits), parts=listed(parts))


def say_recognition(frame: pd.DataFrame, rule: str) -> Shown:
    """Say who comes first by the declared rule."""
    stated = _("The rule: {rule}", rule=plain(rule))
    if frame.empty:
        return sentences(_("Nobody is ranked this quarter."), stated)
    first = frame.iloc[0]
    known = {
        "who": plain(first["rep_name"]),
        "attainment": number(first["attainment"], "share"),
        "revenue": money(first["revenue_won"]),
    }
    if is_null(first["attainment"]):
        said = _("The quarter's MVP is {who}, with {revenue} won.", **known)
    else:
        said = _("The quarter's MVP is {who}, with an attainment of {attainment} and {revenue} won.", **known)
    return sentences(said, stated)
