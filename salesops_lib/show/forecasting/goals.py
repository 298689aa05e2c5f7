"""Goals proposed from the distribution: what is reached with 80 %, with 50 % and with 20 %, beside the quota."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.forecasting.words import COMPANY, chance, group_name, level_name, whole
from salesops_lib.show.grid import Column, figures, grid
from salesops_lib.show.numbers import is_null, period_name
from salesops_lib.show.sentences import listed, money
from salesops_lib.show.shown import Shown, nothing, sentences


def _none() -> str:
    return _("Goals are n/a: too few earlier quarters tell how far what comes may lie from what is expected.")


def say_goals(goals: pd.DataFrame) -> Shown:
    """Say which goals the distribution proposes, where the quota lies among them, and whose quota lies beyond them."""
    row = whole(goals)
    if row is None or is_null(row["even"]):
        return nothing(_none())
    known = {name: money(row[name]) for name in ("floor", "even", "stretch")}
    known["period"] = period_name(row["period"])
    first = _("For {period}, {even} is reached with a probability of 50%.", **known)
    if not is_null(row["floor"]) and not is_null(row["stretch"]):
        first = _(
            "For {period}, {floor} is reached with a probability of 80%, {even} with 50%, and {stretch} with 20%.",
            **known,
        )
    groups = goals[goals["level"] != COMPANY]
    levels = [_beyond(part, str(level)) for level, part in groups.groupby("level", sort=False)]
    return sentences(first, _quota(row), *levels)


def _quota(row: Mapping[Any, Any]) -> str:
    if is_null(row["quota"]) or not row["quota"]:
        return ""
    where = ""
    if not is_null(row["floor"]) and row["quota"] <= row["floor"]:
        where = _("no higher than the floor")
    elif not is_null(row["stretch"]) and row["quota"] > row["stretch"]:
        where = _("beyond the stretch goal")
    elif row["quota"] <= row["even"]:
        where = _("between the floor and the even goal")
    else:
        where = _("between the even and the stretch goal")
    known = {"quota": money(row["quota"]), "where": where, "chance": chance(row["chance_of_quota"])}
    return _("The quota of {quota} lies {where}: it is reached with a probability of {chance}.", **known)


def _beyond(part: pd.DataFrame, level: str) -> str:
    """Return of which groups of a level the quota lies beyond the stretch goal, the furthest first: it motivates none.

    Level by level, for a region may bear the name of a team.
    """
    known = part.dropna(subset=["quota", "stretch"])
    beyond = known[known["quota"] > known["stretch"]].sort_values("chance_of_quota", kind="stable").to_dict("records")
    if not beyond:
        return ""
    return ngettext(
        "{level}: {n} of {all} has a quota beyond the stretch goal: {listed}.",
        "{level}: {n} of {all} have quotas beyond their stretch goals: {listed}.",
        len(beyond),
        level=level_name(level),
        all=len(known),
        listed=listed([group_name(level, row["group"]) for row in beyond]),
    )


def table_goals(goals: pd.DataFrame) -> Shown:
    """Return the goals of the company and of each group."""
    return at_length(goals, _table)


def _table(goals: pd.DataFrame) -> Shown:
    rows = goals.to_dict("records")
    columns = [
        Column(_("Group"), [group_name(row["level"], row["group"]) for row in rows], right=False),
        Column(_("Level"), [level_name(row["level"]) for row in rows], right=False),
        figures(goals, "floor", _("Floor (80%)"), "money"),
        figures(goals, "even", _("Even (50%)"), "money"),
        figures(goals, "stretch", _("Stretch (20%)"), "money"),
        figures(goals, "quota", _("Quota"), "money"),
        Column(_("Probability of the quota"), [chance(row["chance_of_quota"]) for row in rows]),
        figures(goals, "last_year", _("A year ago"), "money"),
    ]
    period = period_name(goals["period"].iloc[0]) if len(goals) else ""
    note = _(
        "In brackets: the probability with which a goal is reached. Goals of groups do not add up to the company's."
    )
    return grid(goals, "goals", _("Goals proposed for {period}", period=period), columns, note, _none())
