"""Sentences about the quota: attainment, the coverage of the quarter to come, recognition."""

from __future__ import annotations

from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import mid_sentence, ngettext
from salesops_lib.names import plain
from salesops_lib.show.numbers import interval, is_null, number, period_name
from salesops_lib.show.sentences import listed, money
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.words import dimension_of


def say_attainment(frame: pd.DataFrame) -> Shown:
    """Say how many teams, or whatever the groups are, reached their quota, and what of the lowest is certain."""
    known = frame.dropna(subset=["attainment"])
    if known.empty:
        return nothing(_("No group carries a quota, so there is no attainment."))
    reached, by = int((known["attainment"] >= 1).sum()), mid_sentence(dimension_of(frame))
    if not known["complete"].all():
        return sentences(
            ngettext(
                "The quarter is not over; by {dimension}, so far {reached} of {n} has reached its quota.",
                "The quarter is not over; by {dimension}, so far {reached} of {n} have reached their quota.",
                len(known),
                dimension=by,
                reached=reached,
            )
        )
    first = ngettext(
        "By {dimension}, {reached} of {n} reached its quota.",
        "By {dimension}, {reached} of {n} reached their quota.",
        len(known),
        dimension=by,
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


def say_coverage(frame: pd.DataFrame) -> Shown:
    """Say whether the open pipeline covers what is left of the quota, and which teams fall short."""
    whole = frame[frame["group"].fillna("") == ""]
    groups = frame[frame["group"].fillna("") != ""].dropna(subset=["coverage", "required"])
    if whole.empty:
        return nothing(_("There is no open pipeline and no quota."))
    short = groups[groups["coverage"] < groups["required"]]
    second = ""
    if len(short):
        second = ngettext(
            "{short} of {n} team has less than its own win rate asks for: {names}.",
            "{short} of {n} teams have less than their own win rate asks for: {names}.",
            len(groups),
            short=len(short),
            names=listed([plain(group) for group in short["group"]]),
        )
    row = whole.iloc[0]
    return sentences(coverage_sentence(row), alone_sentence(row), usual_sentence(row), second)


def usual_sentence(row: pd.Series[Any]) -> str:
    """Return with what coverage such quarters usually begin: with short cycles less than the required one is enough.

    The last of them is named beside the median, which hides how the quarter just over ended.
    """
    if is_null(row["usual"]) or is_null(row["usual_attainment"]) or not row["usual"]:
        return ""
    said = ngettext(
        "The quarter before that is known began with {usual} and reached {attained} of its quota",
        "The {n} quarters before began with a median of {usual} and reached a median of {attained} of their quotas",
        int(row["usual_quarters"]),
        usual=number(row["usual"], "ratio"),
        attained=number(row["usual_attainment"], "share"),
    )
    if row["usual_quarters"] > 1 and not is_null(row["usual_last"]) and not is_null(row["usual_last_attainment"]):
        said = _(
            "{said}; the last, {period}, began with {last} and reached {attained}",
            said=said,
            period=period_name(row["usual_last_period"]),
            last=number(row["usual_last"], "ratio"),
            attained=number(row["usual_last_attainment"], "share"),
        )
    return f"{said}."


def alone_sentence(row: pd.Series[Any]) -> str:
    """Return what the win rate of the quarter just over asks for, if that is more than the four quarters' does."""
    if any(is_null(row[name]) for name in ("coverage", "required", "required_alone")):
        return ""
    alone, required = (number(row[name], "ratio") for name in ("required_alone", "required"))
    if row["required_alone"] <= row["required"] or alone == required:
        return ""
    return _(
        "At the {rate} of {period} alone it would be {required}.",
        rate=number(row["rate_alone"], "share"),
        period=period_name(row["rate_period"]),
        required=alone,
    )


def rate_words(row: pd.Series[Any]) -> str:
    """Return the win rate that the required coverage rests on, with its span."""
    rate = number(row["rate"], "share")
    if row["by_value"]:
        return _("the win rate by value of the last four quarters ({rate})", rate=rate)
    return _("the win rate of the last four quarters ({rate})", rate=rate)


def coverage_sentence(row: pd.Series[Any]) -> str:
    """Return what is said of one row of coverage."""
    known = {
        "period": period_name(row["period"]),
        "open": money(row["open_pipeline"]),
        "needed": money(row["needed"]),
        "coverage": number(row["coverage"], "ratio"),
        "required": number(row["required"], "ratio"),
        "rate": rate_words(row),
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
            "that {rate} asks for.",
            **known,
        )
    return _(
        "{open} of pipeline is due in {period}: {coverage} the {needed} still needed, where {rate} asks for "
        "{required}.",
        **known,
    )


def say_recognition(frame: pd.DataFrame, rule: str) -> Shown:
    """Say who comes first by the declared rule."""
    stated = _("The rule: {rule}", rule=plain(rule))
    if frame.empty:
        return sentences(_("Nobody is named: the quarter is not over, or too few reps qualify."), stated)
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
