"""What could take the quarter below its forecast: large deals, slipping, coverage, overdue and concentrated deals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.names import plain
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.forecasting.words import chance, measured, risk_name
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import is_null, number
from salesops_lib.show.sentences import CENT, money
from salesops_lib.show.shown import Shown, bullets, nothing

MOST_TOLD = 6
MOST_STEPS = 3
# A deal that moves the forecast by less than this share is not worth a line of the first screen.
WORTH = 0.01
# Some deals always slip: nothing is to be done before one in twenty does.
MANY_SLIP = 0.05


def say_risks(risks: pd.DataFrame) -> Shown:
    """Say each risk in a line: what it is, what is usual, and what it would take from the forecast."""
    there = risks[risks["value"].isna() | (risks["value"] != 0)]
    if there.empty:
        return nothing(_("No risk stands out."))
    told = [f"{_told(row)}." for row in _gravest(there).head(MOST_TOLD).to_dict("records")]
    return Shown(
        str(bullets(told, "steps")),
        "\n".join(f"- {line}" for line in told),
    )


def _gravest(risks: pd.DataFrame) -> pd.DataFrame:
    """Return the risks by what they would take from the forecast, the most first; those without a figure last."""
    order = risks["effect"].astype(float).sort_values(kind="stable", na_position="last").index
    return risks.loc[order]


def subject(row: Mapping[Any, Any]) -> str:
    """Return the deal or the account that a risk is about; "" if it is about none."""
    named, account = (
        plain(row[name]) if isinstance(row[name], str) and row[name].strip() else "" for name in ("subject", "account")
    )
    return _("{deal} ({account})", deal=named, account=account) if named and account else named or account


def _told(row: Mapping[Any, Any]) -> str:
    about = subject(row)
    said = _("{risk}, {subject}", risk=risk_name(row["risk"]), subject=about) if about else risk_name(row["risk"])
    figure = measured(row["value"], row["unit"])
    if not is_null(row["usual"]):
        figure = _("{value}, usually {usual}", value=figure, usual=measured(row["usual"], row["unit"]))
    if is_null(row["value"]):
        figure = _("n/a")
    said = _("{said}: {figure}", said=said, figure=figure)
    if effect := _effect(row):
        said = _("{said}; without it {effect}", said=said, effect=effect)
    return said


def _effect(row: Mapping[Any, Any]) -> str:
    """Return what a risk does to the forecast and to the probability of the quota; "" where neither is known."""
    parts = []
    if not is_null(row["effect"]) and abs(row["effect"]) >= CENT:
        amount = money(abs(row["effect"]))
        less = row["effect"] < 0
        parts.append(
            _("the forecast would be {amount} lower", amount=amount)
            if less
            else _("the forecast would be {amount} higher", amount=amount)
        )
    if not is_null(row["chance"]) and not is_null(row["chance_then"]):
        then, now = chance(row["chance_then"]), chance(row["chance"])
        if then != now:
            parts.append(_("the probability of the quota would be {then} instead of {now}", then=then, now=now))
    return _(" and ").join(parts)


def risk_steps(risks: pd.DataFrame, mean: float) -> list[str]:
    """Return what to do about the risks, one line per kind; a deal that hardly moves the forecast needs none."""
    small = (risks["risk"] == "large_deal") & (risks["effect"].abs() < WORTH * mean)
    rows = _gravest(risks[~small]).drop_duplicates("risk").dropna(subset=["value"]).to_dict("records")
    return [step for row in rows if (step := _step(row))][:MOST_STEPS]


def _step(row: Mapping[Any, Any]) -> str:
    """Return what to do about a risk; "" where it is no worse than usual or there is nothing to be done."""
    effect = _effect(row)
    value = measured(row["value"], row["unit"])
    known = {"value": value, "subject": subject(row), "usual": measured(row["usual"], row["unit"]), "effect": effect}
    worse = is_null(row["usual"]) or row["value"] > row["usual"]
    if row["risk"] == "large_deal" and known["subject"]:
        said = _("Secure {subject}, {value}", **known)
        return _("{said}: without it, {effect}.", said=said, effect=_without(row)) if effect else f"{said}."
    if row["risk"] == "slipping" and worse and row["value"] >= MANY_SLIP:
        return _("Hold the close dates: {value} of the deals due in the last year moved past their quarter.", **known)
    if row["risk"] == "overdue" and worse and row["value"]:
        return _("Set new close dates or close out what is overdue: {value}.", **known)
    if row["risk"] == "coverage" and not is_null(row["usual"]) and row["value"] < row["usual"]:
        return _("Build pipeline: it covers {value} of what is still needed, usually {usual}.", **known)
    return ""


def _without(row: Mapping[Any, Any]) -> str:
    """Return what the loss of a deal does, as the end of a sentence."""
    parts = []
    if not is_null(row["effect"]) and row["effect"] < 0:
        parts.append(_("the forecast falls by {amount}", amount=money(-row["effect"])))
    if not is_null(row["chance_then"]):
        parts.append(_("the probability of the quota is {then}", then=chance(row["chance_then"])))
    return _(" and ").join(parts)


def table_risks(risks: pd.DataFrame) -> Shown:
    """Return the risks, those first that would take most from the forecast."""
    return at_length(_gravest(risks) if len(risks) else risks, _table)


def _table(risks: pd.DataFrame) -> Shown:
    rows = risks.to_dict("records")
    columns = [
        names(risks, "risk", _("Risk"), risk_name),
        Column(_("Deal or account"), [subject(row) or "–" for row in rows], right=False),
        figures(risks, "value", _("Now")),
        Column(_("Usual"), ["–" if is_null(row["usual"]) else number(row["usual"], row["unit"]) for row in rows]),
        Column(_("Effect on the forecast"), [_amount(row["effect"]) for row in rows]),
        Column(_("Probability of the quota then"), [_then(row) for row in rows]),
    ]
    caption = _("What could take the quarter below its forecast")
    some = "large_deal" in set(risks["risk"])
    note = (
        _("Effect: what a deal adds to the pipeline's view × the weight of that view in the forecast.") if some else ""
    )
    return grid(risks, "risks", caption, columns, note, _("No risk stands out."))


def _amount(value: Any) -> str:
    return "–" if is_null(value) else number(value, "money", signed=True)


def _then(row: Mapping[Any, Any]) -> str:
    return "–" if is_null(row["chance_then"]) else chance(row["chance_then"])
