"""The words for what frames of forecasts call by a code: ways to forecast, levels, levers, risks, verdicts, chances."""

from __future__ import annotations

from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import dimension_name, plain
from salesops_lib.show.numbers import MINUS, bounds, decimal, goal, is_null, number

COMPANY = "company"
SURE, SLIGHT = 0.99, 0.01
MARKS = {"better": "▲", "worse": "▼"}


def percent(value: Any, signed: bool = False) -> str:
    """Return a share in whole percents, which is all that a forecast can carry.

    >>> percent(0.0861), percent(-0.043, signed=True), percent(0.001, signed=True), percent(None)
    ('9%', '\u22124%', '0%', 'n/a')
    """
    if is_null(value):
        return _("n/a")
    rounded = round(float(value), 2)
    size = goal(abs(rounded), "share")
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{size}"


def chance(value: Any) -> str:
    """Return a probability: near its ends only on which side it lies, as no forecast is certain.

    >>> chance(0.7), chance(0.9949), chance(1.0), chance(0.0), chance(None)
    ('70%', 'over 99%', 'over 99%', 'under 1%', 'n/a')
    """
    if is_null(value):
        return _("n/a")
    if value > SURE:
        return _("over {share}", share=percent(SURE))
    if value < SLIGHT:
        return _("under {share}", share=percent(SLIGHT))
    return percent(value)


def span(low: Any, high: Any) -> str:
    """Return the bounds of a change in words, since a dash would hide a minus.

    >>> span(-0.01, 0.214)
    '\u22121% to +21%'
    """
    if is_null(low) or is_null(high):
        return _("n/a")
    return _("{low} to {high}", low=percent(low, signed=True), high=percent(high, signed=True))


def between(row: Any, level: int = 80) -> str:
    """Return between what and what a forecast lies, in money; "" where that is unknown.

    >>> between({"lo-80": 3800000.0, "hi-80": 4600000.0})
    'between $3.8M and $4.6M'
    """
    low, high = row[f"lo-{level}"], row[f"hi-{level}"]
    if is_null(low) or is_null(high):
        return ""
    first, last = bounds(low, high, "money")
    return _("between {low} and {high}", low=first, high=last)


def group_name(level: Any, group: Any) -> str:
    """Return what a group is called; the company has no name of its own here.

    >>> group_name("company", ""), group_name("region", "West")
    ('Company', 'West')
    """
    if level == COMPANY:
        return _("Company")
    return _("n/a") if not isinstance(group, str) and is_null(group) else plain(group)


def level_name(level: Any) -> str:
    """Return what the groups of a level are, one of them.

    >>> level_name("company"), level_name("team")
    ('Company', 'Team')
    """
    return _("Company") if level == COMPANY else dimension_name(str(level))


def whole(frame: pd.DataFrame) -> dict[Any, Any] | None:
    """Return the company's row of a frame by level and group; None if it has none."""
    rows = frame[frame["level"] == COMPANY]
    return rows.iloc[0].to_dict() if len(rows) else None


def way_name(way: Any) -> str:
    """Return a way to forecast in words.

    >>> way_name("seasonal_naive"), way_name("best_case"), way_name("Upside_2")
    ('Same quarter a year ago', 'Best case', 'Upside 2')
    """
    known = {
        "blend": _("This forecast"),
        "kit": _("This method"),
        "kit unreconciled": _("This method, groups not adding up"),
        "history": _("History"),
        "pipeline": _("Pipeline"),
        "pipeline_forecast": _("Pipeline"),
        "commit": _("Commit"),
        "best_case": _("Best case"),
        "submitted": _("As submitted"),
        "forecast": _("As submitted"),
        "weighted_pipeline": _("Weighted pipeline"),
        "run_rate": _("Run rate of 90 days"),
        "seasonal_naive": _("Same quarter a year ago"),
        "SeasonalNaive": _("Same month a year ago"),
        "previous_forecast": _("Pipeline of a month earlier"),
    }
    return known.get(str(way), plain(way).replace("_", " ").strip() or _("n/a"))


def verdict_told(verdict: Any) -> str:
    """Return a verdict against the naive way; what is not proven is called that.

    >>> verdict_told("better"), verdict_told("not proven"), verdict_told("")
    ('▲ better', 'not proven', '–')
    """
    known = {"better": _("better"), "worse": _("worse"), "not proven": _("not proven")}
    words = known.get(str(verdict), "–")
    return f"{MARKS.get(str(verdict), '')} {words}".strip()


def off(value: Any) -> str:
    """Return how far a forecast lay from what came, by its sign.

    >>> off(0.08), off(-0.081), off(0.001), off(None)
    ('8% too high', '8% too low', 'right on it', 'n/a')
    """
    if is_null(value):
        return _("n/a")
    if abs(round(float(value), 2)) < SLIGHT:
        return _("right on it")
    share = percent(abs(value))
    return _("{share} too high", share=share) if value > 0 else _("{share} too low", share=share)


def days_before(lead: Any) -> str:
    """Return a lead time in words.

    >>> days_before(60), days_before("31-60"), days_before("over 60"), days_before(1)
    ('60 days before', '31–60 days before', 'over 60 days before', '1 day before')
    """
    if isinstance(lead, str):
        days = plain(lead.removeprefix("over ")).replace("-", "–")
        over = lead.startswith("over ")
        return _("over {days} days before", days=days) if over else _("{days} days before", days=days)
    if is_null(lead):
        return _("n/a")
    n = round(float(lead))
    return ngettext("{days} day before", "{days} days before", n, days=number(n, "count"))


def measured(value: Any, unit: Any) -> str:
    """Return a figure as a sentence speaks of it: shares in whole percents.

    >>> measured(0.312, "share"), measured(2.4e6, "money"), measured(1.36, "ratio")
    ('31%', '$2.4M', '1.36x')
    """
    return percent(value) if unit == "share" else number(value, str(unit), compact=True)


def lever_name(lever: Any) -> str:
    """Return a lever on the quarter's revenue in words.

    >>> lever_name("deal_size")
    'Average size of the deals won'
    """
    known = {
        "win_chance": _("Share of the open value won in the quarter"),
        "deal_size": _("Average size of the deals won"),
        "new_business": _("New business: from deals not open yet"),
        "pull_in": _("Pulled in from later quarters"),
    }
    return known.get(str(lever), plain(lever).replace("_", " "))


def lever_in_sentence(lever: Any) -> str:
    """Return a lever as a sentence speaks of it.

    >>> lever_in_sentence("win_chance")
    'the share of the open value won'
    """
    known = {
        "win_chance": _("the share of the open value won"),
        "deal_size": _("the average size of the deals won"),
        "new_business": _("new business from deals not open yet"),
        "pull_in": _("what is pulled in from later quarters"),
    }
    return known.get(str(lever), plain(lever).replace("_", " "))


def lever_moved(lever: Any, needed: str, now: str) -> str:
    """Return what it takes of a lever instead of what is expected.

    >>> lever_moved("win_chance", "27%", "24%")
    'win 27% of the open value instead of 24%'
    """
    known = {
        "win_chance": _("win {needed} of the open value instead of {now}"),
        "deal_size": _("an average won deal of {needed} instead of {now}"),
        "new_business": _("{needed} of new business from deals not open yet instead of {now}"),
        "pull_in": _("{needed} pulled in from later quarters instead of {now}"),
    }
    other = _("{lever}: {needed} instead of {now}")
    return known.get(str(lever), other).format(lever=lever_in_sentence(lever), needed=needed, now=now)


def risk_name(risk: Any) -> str:
    """Return a risk in words.

    >>> risk_name("slipping")
    'Slipping: share of the deals due in the last year that moved past their quarter'
    """
    known = {
        "large_deal": _("Large deal"),
        "slipping": _("Slipping: share of the deals due in the last year that moved past their quarter"),
        "coverage": _("Coverage: open pipeline against what is still needed"),
        "overdue": _("Overdue: open deals whose close date has passed"),
        "concentration": _("Concentration: the ten largest deals' share of what open deals add"),
    }
    return known.get(str(risk), plain(risk).replace("_", " "))


def scaled_error(value: Any) -> str:
    """Return a mean absolute scaled error, whose second decimal counts.

    >>> scaled_error(0.814)
    '0.81'
    """
    return decimal(value, 2)
