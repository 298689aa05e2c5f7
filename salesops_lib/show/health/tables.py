"""The tables of the CRM's audit: checks, how they are made, why some were not, pairs of accounts, how far tables go."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.cards import card, deck
from salesops_lib.show.drawings import folded
from salesops_lib.show.grid import Column, figures, grid, intervals, names
from salesops_lib.show.health.words import FLAWLESS, topic_name
from salesops_lib.show.numbers import day_short, decimal, is_null, number
from salesops_lib.show.shown import Shown, nothing, records, sentences

MOST_PAIRS = 20


def health_cards(scores: pd.DataFrame) -> Shown:
    """Return the score and that of each topic as cards; what could not be checked says so."""
    if scores.empty:
        return nothing(_("No check could be made."))
    return deck([_score_card(row) for row in scores.to_dict("records")], scores, "health_scores")


def _score_card(row: dict[Any, Any]) -> tuple[Markup, str]:
    made, of = int(str(row["n"])), int(str(row["of"]))
    note = _("{made} of {checks} checks made", made=number(made, "count"), checks=number(of, "count"))
    shown = {
        **row,
        "label": topic_name(str(row["topic"])),
        "unit": "count",
        "better": "higher",
        "verdict": "none",
        "n": None,
        "note": note,
        **{name: _rounded(row[name]) for name in ("value", "low", "high")},
    }
    # What rounds to 100 at both ends says no more than the value.
    certain = not is_null(shown["low"]) and float(str(shown["low"])) >= FLAWLESS
    return card(shown | (dict.fromkeys(("low", "high")) if certain else {}), "", [])


def _rounded(value: object) -> float | None:
    return None if is_null(value) else round(float(str(value)), 1)


def table_checks(frame: pd.DataFrame) -> Shown:
    """Return checks: how many records they looked at and how many fail, and what that takes from the score."""
    columns = [
        names(frame, "label", _("Check")),
        figures(frame, "n", _("Checked"), "count"),
        figures(frame, "failing", _("Failing"), "count"),
        figures(frame, "share", _("Share"), "share"),
        intervals(frame, "share"),
        figures(frame, "weight", _("Weight"), "count"),
        Column(_("Points lost"), [decimal(value, 2) for value in frame["points"]]),
        Column(_("Money in open ones"), [_money(value) for value in frame["amount"]]),
    ]
    note = _(
        "Score = 100 × Σ weight × (1 − share failing) ÷ Σ weight over the checks made; points lost add up to what it "
        "lacks to 100. The interval comes from those of the shares (Zou and Donner, 2008). Money is that of open "
        "opportunities; of amounts far too large, that of won ones, too."
    )
    return grid(
        frame,
        "health_checks",
        _("Checks that found a fault, the heaviest first"),
        columns,
        note,
        _("No check found a fault."),
    )


def table_effects(frame: pd.DataFrame) -> Shown:
    """Return what each fault does, which figures it spoils, and what to do about it."""
    columns = [
        names(frame, "label", _("Check")),
        names(frame, "effect", _("What the fault does"), _sentence),
        names(frame, "metrics", _("Figures that it spoils")),
        names(frame, "fix", _("What to do")),
    ]
    table = grid(frame, "health_effects", _("What the faults do"), columns, none=_("No check found a fault."))
    return Shown(table.html, table.text)


def _money(value: object) -> str:
    return "–" if is_null(value) else number(value, "money", compact=True)


def table_passed(frame: pd.DataFrame) -> Shown:
    """Return the checks that nothing failed, behind their title."""
    if frame.empty:
        return nothing(_("Every check that could be made found a fault."))
    columns = [
        names(frame, "label", _("Check")),
        names(frame, "topic", _("Topic"), topic_name),
        figures(frame, "n", _("Checked"), "count"),
        intervals(frame, "share"),
        figures(frame, "weight", _("Weight"), "count"),
    ]
    table = grid(frame, "health_passed", _("Checks that found nothing"), columns)
    return folded(ngettext("{n} check found nothing", "{n} checks found nothing", len(frame)), table)


def table_not_made(frame: pd.DataFrame) -> Shown:
    """Return the checks that could not be made and what they need, behind their title."""
    if frame.empty:
        return sentences(_("Every check could be made."))
    why = [_sentence(text) if text else _("There was nothing to check.") for text in frame["why"]]
    columns = [
        names(frame, "label", _("Check")),
        names(frame, "topic", _("Topic"), topic_name),
        Column(_("Why not"), why, right=False),
        names(frame, "metrics", _("Figures that it would guard")),
    ]
    table = grid(frame, "health_not_made", _("Checks that could not be made"), columns)
    return folded(ngettext("{n} check could not be made", "{n} checks could not be made", len(frame)), table)


def _sentence(text: str) -> str:
    return plain(text[:1].upper() + text[1:])


def table_how_checked(frame: pd.DataFrame) -> Shown:
    """Return what each check looks at, and its weight, behind their title."""
    columns = [
        names(frame, "label", _("Check")),
        names(frame, "definition", _("What is looked at, and when it fails")),
        figures(frame, "weight", _("Weight"), "count"),
        names(frame, "fix", _("What to do")),
    ]
    table = grid(frame, "how_checked", _("How the checks are made"), columns)
    return folded(_("How the checks are made"), Shown(table.html, table.text))


def table_duplicates(frame: pd.DataFrame) -> Shown:
    """Return pairs of accounts that likely are one company, the most alike first."""
    head = frame.head(MOST_PAIRS)
    columns = [
        names(head, "name", _("Account")),
        names(head, "other_name", _("And")),
        Column(_("Similarity"), [decimal(value, 1) for value in head["similarity"]]),
        names(head, "account_id", _("Id")),
        names(head, "other_id", _("Other id")),
    ]
    note = _("Proposals: nothing is merged. Legal forms, case and accents are set aside; 100 is the same name.")
    if len(frame) > len(head):
        shown = {"shown": number(len(head), "count"), "pairs": number(len(frame), "count")}
        note = _("{note} {shown} of {pairs} pairs are shown; the others are in the list below.", note=note, **shown)
    none = _("No two accounts have nearly the same name.")
    return grid(head, "duplicates", _("Accounts that are likely kept twice"), columns, note, none)


def table_reach(frame: pd.DataFrame) -> Shown:
    """Return how far each table of the export reaches."""
    columns = [
        names(frame, "table", _("Table")),
        names(frame, "field", _("Field")),
        Column(_("Last record"), [day_short(None if pd.isna(each) else each) for each in frame["last"]]),
        figures(frame, "days", _("Days before the export"), "count"),
    ]
    return grid(frame, "reach", _("How far each table reaches"), columns)


def say_touched(frame: pd.DataFrame) -> Shown:
    """Say how long ago the open opportunities were last changed or worked on."""
    if frame.empty:
        return nothing(_("There is no open opportunity."))
    row = frame.iloc[0]
    said = _(
        "Half of the {n} open opportunities were changed or worked on within {median}, nine in ten within {p90}; stale "
        "is what was not for more than {limit}.",
        n=number(row["n"], "count"),
        median=number(row["median"], "days"),
        p90=number(row["p90"], "days"),
        limit=number(row["stale_days"], "days"),
    )
    shown = sentences(said)
    return Shown(shown.html, shown.text, records(frame), "touched")
