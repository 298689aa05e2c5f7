"""Coaching: what to recognise in each rep and what to talk about, each with its figure and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.grid import Column, grid, names
from salesops_lib.show.numbers import interval, is_null, number, period_name
from salesops_lib.show.plain import plain
from salesops_lib.show.reps.looks import MOST_DRAWN, called, single, with_names
from salesops_lib.show.reps.words import against, rate, rates, shown_as_words
from salesops_lib.show.sentences import listed, money
from salesops_lib.show.shown import Shown, join, nothing, records

KINDS = ("recognition", "coaching", "steady")


def say_coaching(frame: pd.DataFrame) -> Shown:
    """Say of each rep what to recognise and what to talk about, recognition first; steady reps are named together."""
    if frame.empty:
        return nothing(_("There is nothing to say of single reps."))
    frame, lone = _ordered(frame), single(frame)
    html, text = [], []
    loud = frame[frame["kind"] != "steady"]
    for rep, name in called(loud).items():
        said = [coaching_sentence(row) for row in loud[loud["rep"] == rep].to_dict("records")]
        html += [Markup() if lone else join("h3", [name]), join("ul", [join("li", [sentence]) for sentence in said])]
        text += [*([] if lone else [name]), *(f"- {sentence}" for sentence in said)]
    everyone = called(frame)
    steady = [everyone[rep] for rep in everyone if rep not in set(loud["rep"])]
    if steady:
        said_of_all = (
            _nothing_apart(frame.iloc[0].to_dict())
            if lone
            else ngettext(
                "For {n} rep no figure differs from the peers' beyond chance, in either direction: {names}.",
                "For {n} reps no figure differs from the peers' beyond chance, in either direction: {names}.",
                len(steady),
                names=listed(steady, MOST_DRAWN),
            )
        )
        title = _("Nothing stands out")
        html += [Markup() if lone else join("h3", [title]), join("p", [said_of_all])]
        text += [*([] if lone else [title]), said_of_all]
    return Shown(str(Markup().join(html)), "\n".join(text), records(frame), "coaching")


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
    said = _topic(row)
    if row["topic"] == "leads":
        return said
    return _("Well done: {said}", said=said) if row["kind"] == "recognition" else _("To talk about: {said}", said=said)


def _nothing_apart(row: Mapping[Any, Any]) -> str:
    """Return what is said of a rep whom nothing sets apart: the win rate stands for all, if it is known."""
    if is_null(row["value"]) or not isinstance(row["label"], str):
        return _("No figure differs from the peers' beyond chance, in either direction.")
    return _(
        "No figure differs from the peers' beyond chance, in either direction: {label} {figure}, for one.",
        label=plain(row["label"]),
        figure=against(row),
    )


def _topic(row: Mapping[Any, Any]) -> str:
    topic, label = row["topic"], plain(row["label"]) if isinstance(row["label"], str) else ""
    if topic == "leak":
        said = _("{label} in {stage} {figure}", label=label, stage=plain(row["stage"]), figure=against(row))
        return said + (_("; about {money} lost.", money=money(row["money"])) if not is_null(row["money"]) else ".")
    if topic == "month":
        measured = _("Attainment") if row["unit"] == "share" else _("Revenue won")
        known = {
            "label": label or measured,
            "month": period_name(row["period"]),
            "value": number(row["value"], str(row["unit"]), compact=True),
        }
        if is_null(row["low"]) or is_null(row["high"]):
            return _("{label} of {value} in {month}, more than chance.", **known)
        usual = interval(row["low"], row["high"], str(row["unit"]))
        return _("{label} of {value} in {month}, outside the usual {usual}.", **known, usual=usual)
    if topic == "trend":
        rising = row["kind"] == "recognition" if is_null(row["value"]) else row["value"] > 0
        return (
            _("The figures of the months have been rising, beyond chance.")
            if rising
            else _("The figures of the months have been falling, beyond chance.")
        )
    if topic == "leads":
        return _leads(row)
    if isinstance(row["period"], str) and row["period"]:
        return _("{label} in {period}: {figure}.", label=label, period=period_name(row["period"]), figure=against(row))
    return f"{label} {against(row)}."


def _leads(row: Mapping[Any, Any]) -> str:
    """Return what is said of a rep's leads: it is about how they are handed out, not about the rep."""
    known = {"rate": rate(row["value"]), "interval": rates(row["low"], row["high"]), "peers": rate(row["peers"])}
    if not is_null(row["value"]) and not is_null(row["peers"]) and row["value"] < row["peers"]:
        return _(
            "For whoever hands out leads: {rate} a working day (95% interval {interval}), fewer than the even share of "
            "{peers}.",
            **known,
        )
    return _(
        "For whoever hands out leads: {rate} a working day (95% interval {interval}), against the even share of "
        "{peers}.",
        **known,
    )


def table_coaching(frame: pd.DataFrame) -> Shown:
    """Return what is said of each rep as a table, recognition first."""
    ordered = with_names(_ordered(frame)) if len(frame) else frame
    rows = ordered.to_dict("records")
    columns = [
        names(ordered, "rep_name", _("Rep")),
        Column(_("Kind"), [_kind(str(row["kind"])) for row in rows], right=False),
        Column(_("What"), list(_what(rows)), right=False),
    ]
    return grid(ordered, "coaching", _("Recognition and coaching"), columns, none=_("There is nothing to say."))


def _kind(kind: str) -> str:
    return {"recognition": _("Recognition"), "coaching": _("Coaching"), "steady": _("Steady")}.get(kind, plain(kind))


def _what(rows: list[dict[Any, Any]]) -> Iterator[str]:
    for row in rows:
        yield coaching_sentence(row) if row["kind"] == "steady" else _topic(row)


def table_personal(frame: pd.DataFrame) -> Shown:
    """Return which personal fields the report uses, for what, and how they are shown."""
    named = frame.assign(field=frame["table"] + "." + frame["field"])
    columns = [
        names(named, "field", _("Field")),
        names(frame, "use", _("Used for")),
        names(frame, "shown_as", _("Shown"), shown_as_words),
    ]
    return grid(frame, "personal", _("Personal data in this report"), columns, none=_("No personal field is used."))
