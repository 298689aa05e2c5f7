"""The words for what frames call by a code: drivers, ledger lines, rules, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesops_lib.analysis.signals import RULES
from salesops_lib.language import gettext as _
from salesops_lib.names import dimension_name, plain
from salesops_lib.show.numbers import goal, is_null


def driver_name(driver: str) -> str:
    """Return a driver of revenue in words.

    >>> driver_name("deal_size")
    'Deal size'
    """
    return {"volume": _("Volume"), "win_rate": _("Win rate"), "deal_size": _("Deal size")}.get(driver, plain(driver))


def driver_in_sentence(driver: str) -> str:
    """Return a driver of revenue as a sentence speaks of it.

    >>> driver_in_sentence("volume")
    'the number of deals closed'
    """
    known = {
        "volume": _("the number of deals closed"),
        "win_rate": _("the win rate"),
        "deal_size": _("the size of the deals won"),
    }
    return known.get(driver, plain(driver))


def dimension_of(frame: pd.DataFrame) -> str:
    """Return what the groups of a frame are, by its column `by`.

    >>> dimension_of(pd.DataFrame({"by": ["region"], "group": ["West"]}))
    'Region'
    """
    return dimension_name(str(frame["by"].iloc[0])) if len(frame) else _("Group")


def line_name(line: str) -> str:
    """Return a line of the pipeline's ledger in words.

    >>> line_name("pulled_in")
    'Pulled in'
    """
    known = {
        "opening": _("Opening"),
        "created": _("Created"),
        "re_opened": _("Re-opened"),
        "pulled_in": _("Pulled in"),
        "pushed_out": _("Pushed out"),
        "won": _("Won"),
        "lost": _("Lost"),
        "amount_changes": _("Amount changes"),
        "closing": _("Closing"),
    }
    return known.get(line, plain(line))


def total_name(line: str) -> str:
    """Return a line below groups, which leads from their sum to the company, in words.

    >>> total_name("mix")
    'Mix between them'
    """
    return {"sum": _("Sum"), "mix": _("Mix between them"), "company": _("Company")}.get(line, plain(line))


def unit_name(unit: str) -> str:
    """Return what a metric is measured in, in words.

    >>> unit_name("money_per_day")
    'money per day'
    """
    known = {
        "money": _("money"),
        "money_per_day": _("money per day"),
        "share": _("share"),
        "ratio": _("ratio"),
        "count": _("count"),
        "days": _("days"),
        "months": _("months"),
        "hours": _("hours"),
    }
    return known.get(unit, plain(unit))


def rule_name(rule: str) -> str:
    """Return the name of a signal's rule in words.

    >>> rule_name("")
    '–'
    """
    return plain(_(rule)).replace("_", " ") if rule else "–"


def rule_words(row: Mapping[Any, Any]) -> str:
    """Return what a signal's rule found, as a sentence speaks of it; the tables name the rule.

    >>> rule_words({"rule": "rule 1: a point beyond 3 sigma", "value": 0.3, "center": 0.4})
    'below the usual range'
    """
    above = row["value"] > row["center"]
    known = {
        1: (_("above the usual range"), _("below the usual range")),
        2: (
            _("two of the last three well above the usual level"),
            _("two of the last three well below the usual level"),
        ),
        3: (_("four of the last five above the usual level"), _("four of the last five below the usual level")),
        4: (_("eight in a row above the usual level"), _("eight in a row below the usual level")),
    }
    for number, rule in RULES.items():
        if row["rule"] == rule:
            return known[number][0 if above else 1]
    return rule_name(row["rule"])


def verdict_words(verdict: str, better: str, target: Any, unit: str) -> str:
    """Return what is said of a value against its target; nothing stronger than the interval carries.

    >>> verdict_words("above", "lower", 45, "days")
    'worse than the target of 45 days'
    >>> verdict_words("not distinguishable", "higher", 0.6, "share")
    'not distinguishable from the target of 60%'
    """
    if is_null(target) or verdict == "none":
        return _("no target set")
    aim = goal(target, unit)
    if verdict == "not distinguishable":
        return _("not distinguishable from the target of {target}", target=aim)
    if verdict == "reached":
        return _("reached the target of {target}", target=aim)
    if verdict == "missed":
        return _("missed the target of {target}", target=aim)
    if better != "lower":
        above = verdict == "above"
        return _("above the target of {target}", target=aim) if above else _("below the target of {target}", target=aim)
    if verdict == "above":
        return _("worse than the target of {target}", target=aim)
    return _("better than the target of {target}", target=aim)


def standing(verdict: str, better: str) -> str:
    """Return how a figure stands against the peers; nothing stronger than the interval carries.

    >>> standing("above", "lower"), standing("above", "neither"), standing("not distinguishable", "higher")
    ('worse than the peers', 'above the peers', 'not distinguishable from the peers')
    """
    if verdict == "not distinguishable":
        return _("not distinguishable from the peers")
    if verdict == "too few":
        return _("too few cases to tell")
    if verdict not in ("above", "below"):
        return _("not compared")
    good = judgement(verdict, better)
    if good:
        return _("better than the peers") if good > 0 else _("worse than the peers")
    return _("above the peers") if verdict == "above" else _("below the peers")


def judgement(verdict: str, better: str) -> int:
    """Return 1 where a verdict is good news, -1 where it is bad, 0 where it is neither.

    >>> judgement("above", "higher"), judgement("above", "lower"), judgement("missed", "higher")
    (1, -1, -1)
    """
    if verdict in ("reached", "missed"):
        return 1 if verdict == "reached" else -1
    if verdict not in ("above", "below") or better == "neither":
        return 0
    return 1 if (verdict == "above") == (better == "higher") else -1
