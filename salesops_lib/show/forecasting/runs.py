"""Earlier published runs of this forecast: what they said, what came, and what has changed since the last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.forecasting.words import COMPANY, days_before, group_name, level_name, off, percent
from salesops_lib.show.grid import Column, figures, grid, periods
from salesops_lib.show.numbers import day, day_short, interval, is_null
from salesops_lib.show.sentences import CENT, money
from salesops_lib.show.shown import Shown, nothing, records, sentences

# Under this name a later run finds the forecasts of earlier ones again, also of those whose report is replaced.
RECORDED = "earlier_runs"
# Of fewer, a share of them that lay within their range says nothing.
FEWEST = 5


def _none() -> str:
    return _("No earlier run of this forecast was published for a quarter that is over by now.")


def say_runs(accuracy: pd.DataFrame, previous: pd.DataFrame | None = None) -> Shown:
    """Say what has changed since the last published run of this quarter, and how far off published runs were.

    Parameters
    ----------
    accuracy : DataFrame
        A row per level and lead time: how far published forecasts of quarters that are over were off.
    previous : DataFrame, optional
        The last earlier run's forecast of this same quarter.
    """
    changed = _changed(previous.iloc[-1].to_dict()) if previous is not None and len(previous) else ""
    known = accuracy[accuracy["level"] == COMPANY].dropna(subset=["wape"])
    if known.empty:
        return sentences(changed, _none()) if changed else nothing(_none())
    told = [_lead_told(row) for row in known.to_dict("records")]
    return sentences(changed, _("Published forecasts of quarters that are over: {listed}.", listed="; ".join(told)))


def _changed(row: Mapping[Any, Any]) -> str:
    known = {
        "day": day(pd.Timestamp(row["made_as_of"]).date()),
        "then": money(row["forecast"]),
        "now": money(row["now"]),
        "change": "" if is_null(row["change"]) else money(row["change"], signed=True),
    }
    if is_null(row["change"]) or abs(row["change"]) < CENT:
        return _("The run as of {day} expected the same of this quarter, {then}.", **known)
    return _("The run as of {day} expected {then} of this quarter; now it is {now} ({change}).", **known)


def _lead_told(row: Mapping[Any, Any]) -> str:
    n = int(row["n"])
    said = ngettext(
        "{lead} the end off by {wape} ({n} forecast)",
        "{lead} the end off by {wape} ({n} forecasts)",
        n,
        lead=days_before(row["lead_days"]),
        wape=percent(row["wape"]),
    )
    if is_null(row["coverage_80"]) or n < FEWEST:
        return said
    return _("{said}, {held} of what came within the 80% range", said=said, held=percent(row["coverage_80"]))


def table_runs(runs: pd.DataFrame) -> Shown:
    """Return the earlier runs' forecasts and what came, the company's first and the latest first; nothing for none."""
    if runs.empty:
        return Shown("", "")
    order = runs.assign(_first=runs["level"] != COMPANY).sort_values(
        ["_first", "made_as_of"], ascending=[True, False], kind="stable"
    )
    return replace(at_length(order.drop(columns="_first"), _table), records=records(runs))


def _table(runs: pd.DataFrame) -> Shown:
    rows = runs.to_dict("records")
    columns = [
        periods(runs, "period", _("Quarter")),
        Column(_("Group"), [group_name(row["level"], row["group"]) for row in rows], right=False),
        Column(_("As of"), [day_short(row["made_as_of"]) for row in rows]),
        Column(_("Before the end"), [days_before(row["lead_days"]) for row in rows]),
        figures(runs, "forecast", _("Forecast"), "money"),
        Column(_("80% range"), [interval(row["lo-80"], row["hi-80"], "money", compact=False) for row in rows]),
        figures(runs, "actual", _("Came"), "money"),
        Column(_("Forecast was"), [off(row["off"]) for row in rows]),
        Column(_("Within the range"), [_inside(row["inside"]) for row in rows], right=False),
    ]
    return grid(runs, RECORDED, _("Published forecasts and what came"), columns)


def _inside(value: Any) -> str:
    return _("n/a") if is_null(value) else _("yes") if value else _("no")


def table_runs_accuracy(accuracy: pd.DataFrame) -> Shown:
    """Return how far off published forecasts were, by level and lead time; nothing for none."""
    if accuracy.empty:
        return Shown("", "")
    return at_length(accuracy, _accuracy)


def _accuracy(accuracy: pd.DataFrame) -> Shown:
    rows = accuracy.to_dict("records")
    columns = [
        Column(_("Made"), [days_before(row["lead_days"]) for row in rows], right=False),
        Column(_("Level"), [level_name(row["level"]) for row in rows], right=False),
        figures(accuracy, "n", _("Forecasts"), "count"),
        figures(accuracy, "wape", _("Off by (WAPE)"), "share"),
        Column(_("In sum"), [off(row["bias"]) for row in rows]),
        Column(_("80% ranges held"), [percent(row["coverage_80"]) for row in rows]),
        Column(_("95% ranges held"), [percent(row["coverage_95"]) for row in rows]),
    ]
    caption = _("Accuracy of published forecasts, by time to the quarter's end")
    return grid(accuracy, "runs_accuracy", caption, columns)
