"""The audit in a few sentences: how healthy the records are, how sure that is, and what to mend first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import mid_sentence, ngettext
from salesops_lib.names import plain
from salesops_lib.show.health.words import FLAWLESS, SCORE, topic_name
from salesops_lib.show.numbers import day, decimal, interval, is_null, number, period_name
from salesops_lib.show.shown import Shown, sentences
from salesops_lib.show.words import rule_words

# A table that ends so many days before the export's day was likely not exported to its end.
LATE = 7
# One such record spoils the sums of a quarter, however few they are.
URGENT = ("outlier",)


def say_health(highlights: Mapping[str, pd.DataFrame | None], as_of: date) -> Shown:
    """Say how healthy the records are, how sure that is, how it moved, and what to mend first.

    Parameters
    ----------
    highlights : mapping of DataFrame
        As CrmHealth gives them: scores, failing, trends, reach, by_rep; None for what is not known.
    as_of : date
        The last day that is known.
    """
    scores, failing = _told(highlights, "scores"), _told(highlights, "failing")
    first, *then = _first(failing)
    short = sentences(_score(scores, as_of), first, css="say headline")
    trends, reach = _told(highlights, "trends"), _told(highlights, "reach")
    more = sentences(*then, _worst(scores), _moved(trends), _late(reach))
    return Shown(short.html + more.html, f"{short.text}\n{more.text}", more=short.more)


def _told(highlights: Mapping[str, pd.DataFrame | None], name: str) -> pd.DataFrame:
    frame = highlights.get(name)
    return pd.DataFrame() if frame is None else frame


def _score(scores: pd.DataFrame, as_of: date) -> str:
    if scores.empty:
        return ""
    whole = scores[scores["topic"] == ""].iloc[0]
    every = whole["n"] == whole["of"]
    made = {"made": number(whole["n"], "count"), "checks": number(whole["of"], "count"), "day": day(as_of)}
    if is_null(whole["value"]):
        return _("There is no health score as of {day}: only {made} of {checks} checks could be made.", **made)
    told = {"score": decimal(whole["value"], 1), "interval": _bounds(whole["low"], whole["high"]), **made}
    if every:
        return _(
            "The CRM scores {score} of 100 as of {day} (95% interval {interval}), over all {checks} checks.", **told
        )
    return _(
        "The CRM scores {score} of 100 as of {day} (95% interval {interval}), over the {made} of {checks} checks that "
        "the export allows.",
        **told,
    )


def _worst(scores: pd.DataFrame) -> str:
    """Return the topics that score least, if any lacks something."""
    if scores.empty:
        return ""
    known = scores[(scores["topic"] != "") & (scores["value"] < FLAWLESS)].sort_values("value", kind="stable")
    if known.empty:
        return ""
    listed = _(" and ").join(
        f"{mid_sentence(topic_name(topic))} ({decimal(value, 1)})"
        for topic, value in known[["topic", "value"]].head(2).itertuples(index=False)
    )
    return _("Weakest: {topics}.", topics=listed)


def _moved(trends: pd.DataFrame) -> str:
    line = trends[trends["metric"] == SCORE] if len(trends) else trends
    if len(line) < 2:
        return _("How it was in earlier quarters is not known.")
    first, last = line.iloc[0], line.iloc[-1]
    said = _(
        "Over the checks whose past is known, the score went from {first} in {start} to {last} in {end}",
        first=decimal(first["value"], 1),
        start=period_name(first["period"]),
        last=decimal(last["value"], 1),
        end=period_name(last["period"]),
    )
    if is_null(last["center"]):
        return _("{said}; that is too few quarters to tell whether it is usual.", said=said)
    if last["rule"]:
        return _("{said}, which is unusual ({rule}).", said=said, rule=rule_words(last.to_dict()))
    return _("{said}, within its usual range.", said=said)


def _first(failing: pd.DataFrame) -> list[str]:
    """Return what to mend first, and what comes after it."""
    if failing.empty:
        return [_("No check found a fault.")]
    urgent = failing["check"].isin(URGENT)
    rows = pd.concat([failing[urgent], failing[~urgent]]).to_dict("records")
    said = [_("Mend first: {what}: {effect}. {fix}", what=found(rows[0]), effect=rows[0]["effect"], fix=rows[0]["fix"])]
    if len(rows) > 1:
        said.append(_("Then: {listed}.", listed="; ".join(found(each) for each in rows[1:3])))
    return said


def found(row: Mapping[Any, Any]) -> str:
    """Return what a check found: how many of how many records, how sure the share is, and the money in them."""
    told = {
        "label": plain(row["label"]),
        "failing": number(row["failing"], "count"),
        "n": number(row["n"], "count"),
        "share": number(row["share"], "share"),
        "interval": interval(row["low"], row["high"], "share"),
    }
    if is_null(row["amount"]) or row["amount"] <= 0:
        return _("{label} ({failing} of {n} records, {share}, 95% interval {interval})", **told)
    told["money"] = number(row["amount"], "money", compact=True)
    if row["at_stake"] < row["failing"]:
        return _(
            "{label} ({failing} of {n} records, {share}, 95% interval {interval}; {money} in those still open)", **told
        )
    return _("{label} ({failing} of {n} records, {share}, 95% interval {interval}; {money} in them)", **told)


def _late(reach: pd.DataFrame) -> str:
    late = reach[reach["days"] > LATE] if len(reach) else reach
    if not len(late):
        return ""
    row = late.sort_values("days", ascending=False, kind="stable").iloc[0]
    return ngettext(
        "The last record of {table} ({field}) is {n} day older than the export: was it exported to its end?",
        "The last record of {table} ({field}) is {n} days older than the export: was it exported to its end?",
        int(row["days"]),
        table=plain(row["table"]),
        field=plain(row["field"]),
    )


def _bounds(low: float, high: float) -> str:
    return f"{decimal(low, 1)}–{decimal(high, 1)}"
