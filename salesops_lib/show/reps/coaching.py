"""Coaching: what to recognise in each rep and what to talk about, each with its figure and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import join, plain
from salesops_lib.show.grid import grid, names
from salesops_lib.show.numbers import is_null, number, period_name
from salesops_lib.show.reps.looks import MOST_DRAWN, called, single
from salesops_lib.show.reps.words import (
    against,
    beginner,
    expected_words,
    quality_told,
    rate,
    rates,
    shown_as_words,
    trend_told,
)
from salesops_lib.show.sentences import listed, money
from salesops_lib.show.shown import Shown, brief, bullets, nothing, records, sentences

KINDS = ("recognition", "coaching", "aside", "steady")


def say_coaching(frame: pd.DataFrame) -> Shown:
    """Say of each rep what to recognise and what to talk about, recognition first; steady reps are named together."""
    if frame.empty:
        return nothing(_("There is nothing to say of single reps."))
    frame, lone = _ordered(frame), single(frame)
    html, text = [], []
    loud = frame[frame["kind"] != "steady"]
    for rep, name in called(loud).items():
        said = [coaching_sentence(row) for row in loud[loud["rep"] == rep].to_dict("records")]
        html += [
            Markup() if lone else join("h3", [brief(name)]),
            bullets(said),
        ]
        text += [*([] if lone else [name]), *(f"- {sentence}" for sentence in said)]
    for title, said_of_all in _quiet(frame[~frame["rep"].isin(loud["rep"])], lone):
        html += [Markup() if lone else join("h3", [title]), Markup(sentences(said_of_all, css="").html)]
        text += [*([] if lone else [title]), said_of_all]
    return Shown(str(Markup().join(html)), "\n".join(text), records(frame), "coaching")


def _quiet(frame: pd.DataFrame, lone: bool) -> Iterator[tuple[str, str]]:
    """Return what is said together of the reps of whom there is no point, those tested apart from those who were not.

    Each has one row: of a figure that is known and has no peers' beside it there is nobody to compare with; without a
    p-value nothing of the rep was tested.
    """
    who = called(frame)
    peerless = frame["value"].notna() & frame["peers"].isna()
    told = frame["p_value"].notna()
    for rows, title, say in (
        (frame[told & ~peerless], _("Nothing stands out"), _even),
        (frame[~told & ~peerless], _("Too few cases to tell"), _few),
        (frame[peerless], _("Nobody to compare with"), _peerless),
    ):
        if len(rows):
            yield title, _nothing_apart(rows.iloc[0].to_dict()) if lone else say([who[rep] for rep in rows["rep"]])


def _even(reps: list[str]) -> str:
    return ngettext(
        "For {n} rep nothing beyond chance was found to recognise or to talk about: {names}.",
        "For {n} reps nothing beyond chance was found to recognise or to talk about: {names}.",
        len(reps),
        names=listed(reps, MOST_DRAWN),
    )


def _few(reps: list[str]) -> str:
    return ngettext(
        "For {n} rep there are too few cases to tell: {names}.",
        "For {n} reps there are too few cases to tell: {names}.",
        len(reps),
        names=listed(reps, MOST_DRAWN),
    )


def _peerless(reps: list[str]) -> str:
    return ngettext(
        "For {n} rep there is nobody to compare with: {names}.",
        "For {n} reps there is nobody to compare with: {names}.",
        len(reps),
        names=listed(reps, MOST_DRAWN),
    )


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by rep in the order they came, recognition first."""
    reps = {rep: i for i, rep in enumerate(dict.fromkeys(frame["rep"]))}
    kinds = {kind: i for i, kind in enumerate(KINDS)}
    keys = frame.assign(_rep=frame["rep"].map(reps), _kind=frame["kind"].map(kinds))
    return keys.sort_values(["_rep", "_kind", "order"], kind="stable").drop(columns=["_rep", "_kind"])


def coaching_sentence(row: Mapping[Any, Any]) -> str:
    """Return one row of coaching as a sentence."""
    if row["kind"] == "steady":
        return _nothing_apart(row)
    if row["kind"] == "aside":
        return _aside(row)
    said = _topic(row)
    if row["topic"] == "leads":
        return said
    return _("Well done: {said}", said=said) if row["kind"] == "recognition" else _("To talk about: {said}", said=said)


def _nothing_apart(row: Mapping[Any, Any]) -> str:
    """Return what is said of a rep whom nothing sets apart: the win rate stands for all, if it is known."""
    if not is_null(row["value"]) and is_null(row["peers"]):
        return _("There is nobody to compare with.")
    if is_null(row["p_value"]):
        return _("There are too few cases to tell.")
    if is_null(row["value"]) or not isinstance(row["label"], str):
        return _("Nothing beyond chance was found to recognise or to talk about.")
    return _(
        "Nothing beyond chance was found to recognise or to talk about; {label} {figure}.",
        label=plain(row["label"]),
        figure=against(row),
    )


def _aside(row: Mapping[Any, Any]) -> str:
    """Return what is said of a figure that differs and that a rep is not praised or coached for."""
    known = {"label": plain(row["label"]), "period": period_name(row["period"]), "figure": against(row)}
    if row["topic"] == "revenue_won":
        said = _(
            "{label} in {period} differs beyond chance, but is no point by itself, since it follows from where a rep "
            "was put and for how long: {figure}.",
            **known,
        )
    else:
        said = _(
            "{label} in {period} differs beyond chance, but is no point by itself, since it follows from the kind of "
            "customer: {figure}.",
            **known,
        )
    new = beginner(row.get("tenure_months"))
    only = _("Nothing else beyond chance was found to recognise or to talk about.")
    return " ".join([said, _("The rep is new: {new}.", new=new), only] if new else [said, only])


def _topic(row: Mapping[Any, Any]) -> str:
    topic, label = row["topic"], plain(row["label"]) if isinstance(row["label"], str) else ""
    if topic == "leak":
        said = _("{label} in {stage} {figure}", label=label, stage=plain(row["stage"]), figure=against(row))
        return said + (_("; about {money} lost.", money=money(row["money"])) if not is_null(row["money"]) else ".")
    if topic == "month":
        return _month(row, label)
    if topic == "trend":
        return _trend(row)
    if topic == "leads":
        return _leads(row)
    if isinstance(row["period"], str) and row["period"]:
        known = {"label": label, "period": period_name(row["period"]), "figure": against(row)}
        # Only what was made like with like is a metric of several quarters.
        if ".." in row["period"]:
            return _("{label} like with like in {period}: {figure}.", **known)
        return _("{label} in {period}: {figure}.", **known)
    return f"{label} {against(row)}."


def _month(row: Mapping[Any, Any], label: str) -> str:
    """Return what is said of a month: beside it what the rep's deals of the year make of it as usual."""
    unit = str(row["unit"])
    known = {
        "label": label or (_("Attainment") if unit == "share" else _("Revenue won")),
        "month": period_name(row["period"]),
        "value": number(row["value"], unit, compact=True),
    }
    expected = expected_words(row["peers"], row["low"], row["high"], unit)
    if not expected:
        return _("{label} of {value} in {month}, more than chance.", **known)
    return _("{label} of {value} in {month}, more than chance: {expected}.", **known, expected=expected)


def _trend(row: Mapping[Any, Any]) -> str:
    """Return what is said of a trend, which is one against the peers and no matter of the rep's figures alone."""
    said = trend_told(row["peers"], row["value"], row["low"], row["high"])
    if isinstance(row["period"], str) and row["period"]:
        return _("Relative to the peers over {period}: {said}.", period=period_name(row["period"]), said=said)
    return _("Relative to the peers: {said}.", said=said)


def _leads(row: Mapping[Any, Any]) -> str:
    """Return what is said of a rep's leads: it is about how they are handed out, not about the rep."""
    known = {"rate": rate(row["value"]), "interval": rates(row["low"], row["high"]), "peers": rate(row["peers"])}
    known["quality"] = quality_told(row)
    if not is_null(row["value"]) and not is_null(row["peers"]) and row["value"] < row["peers"]:
        return _(
            "For whoever hands out leads: {rate} a working day (95% interval {interval}), fewer than the even share of "
            "{peers}{quality}.",
            **known,
        )
    return _(
        "For whoever hands out leads: {rate} a working day (95% interval {interval}), against the even share of "
        "{peers}{quality}.",
        **known,
    )


def table_personal(frame: pd.DataFrame) -> Shown:
    """Return which personal fields the report uses, for what, and how they are shown."""
    named = frame.assign(field=frame["table"] + "." + frame["field"])
    columns = [
        names(named, "field", _("Field")),
        names(frame, "use", _("Used for")),
        names(frame, "shown_as", _("Shown"), shown_as_words),
    ]
    return grid(frame, "personal", _("Personal data in this report"), columns, none=_("No personal field is used."))
