"""The headline: a few sentences that say what the quarter was, why, and what it means for the next."""

from __future__ import annotations

from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import mid_sentence
from salesops_lib.names import dimension_name, plain
from salesops_lib.show.numbers import is_null, number, period_name
from salesops_lib.show.quota import alone_sentence, coverage_sentence, usual_sentence
from salesops_lib.show.sentences import (
    CENT,
    leak_sentence,
    money,
    signal_sentence,
)
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.words import driver_in_sentence, verdict_words

# Below it, a share is shown as 0.0%.
LEAST_SHOWN = 0.0005


def say_headline(
    scorecard: pd.DataFrame,
    change: pd.DataFrame | None = None,
    change_by: pd.DataFrame | None = None,
    funnel: pd.DataFrame | None = None,
    coverage: pd.DataFrame | None = None,
    signals: pd.DataFrame | None = None,
) -> Shown:
    """Say what the quarter was: revenue, the quota, why it moved, the leak if there is one, the coverage ahead.

    Sums are facts and may be called more or less; a rate is judged only where its interval carries the judgement.
    """
    rows = {str(row["metric"]): row for row in scorecard.to_dict("records")}
    said = [_revenue(rows.get("revenue_won")), _quota(rows), _why(change, change_by), _alarm(funnel, signals)]
    if coverage is not None:
        for _index, row in coverage[coverage["group"].fillna("") == ""].iterrows():
            said += [coverage_sentence(row), alone_sentence(row), usual_sentence(row)]
    said = [sentence for sentence in said if sentence]
    if not said:
        return nothing(_("There were no deals in the quarter."))
    return sentences(*said, css="say headline")


def _revenue(row: dict[Any, Any] | None) -> str:
    if row is None:
        return ""
    period = period_name(row["period"])
    if is_null(row["value"]):
        return _("Revenue won in {period} is n/a.", period=period)
    won = money(row["value"])
    if not row["complete"]:
        return _(
            "Revenue won in {period} is {won} so far; the quarter is not over, so it is not held against earlier ones.",
            period=period,
            won=won,
        )
    first = _("Revenue won in {period} was {won}", period=period, won=won)
    past = [
        _against(row[moved], period_name(row[earlier]))
        for moved, earlier in (("change", "previous_period"), ("change_year", "year_ago_period"))
        if not is_null(row[moved])
    ]
    if not past:
        return _("{first}; there is no earlier quarter to compare with.", first=first)
    if len(past) == 2:
        return _("{first}: {previous} and {year_ago}.", first=first, previous=past[0], year_ago=past[1])
    return f"{first}: {past[0]}."


def _against(moved: Any, earlier: str) -> str:
    if abs(moved) < LEAST_SHOWN:
        return _("the same as in {earlier}", earlier=earlier)
    share = number(abs(moved), "share")
    if moved > 0:
        return _("{share} more than in {earlier}", share=share, earlier=earlier)
    return _("{share} less than in {earlier}", share=share, earlier=earlier)


def _quota(rows: dict[str, dict[Any, Any]]) -> str:
    row = rows.get("quota_attainment")
    if row is None or is_null(row["value"]):
        row = rows.get("revenue_won")
        if row is None or is_null(row["value"]) or is_null(row["target"]) or row["verdict"] == "none":
            return ""
        return _("It {verdict}.", verdict=_as_said(row))
    value = number(row["value"], "share")
    so_far = not row["complete"]
    said = (
        _("Quota attainment is {value} so far", value=value)
        if so_far
        else _("Quota attainment was {value}", value=value)
    )
    if not is_null(row["target"]) and row["verdict"] != "none":
        said = _("{said}: it {verdict}", said=said, verdict=_as_said(row))
    reps = rows.get("reps_at_quota")
    if reps is not None and not is_null(reps["value"]):
        said = _("{said}; {share} of the reps reached theirs", said=said, share=number(reps["value"], "share"))
    return f"{said}."


def _as_said(row: dict[Any, Any]) -> str:
    words = verdict_words(row["verdict"], row["better"], row["target"], row["unit"])
    return words if row["verdict"] in ("reached", "missed") else _("is {words}", words=words)


def _why(change: pd.DataFrame | None, change_by: pd.DataFrame | None) -> str:
    if change is None or change.empty or change["part"].isna().all() or not change["complete"].all():
        return ""
    if abs(float(change["part"].astype(float).sum())) < CENT and change["part"].abs().max() < CENT:
        return ""
    top = change.loc[change["part"].astype(float).abs().idxmax()]
    driver = driver_in_sentence(str(top["driver"]))
    said = _("Revenue was moved most by {driver} ({part})", driver=driver, part=money(top["part"], True))
    if change_by is not None and change_by["change"].notna().sum() > 1:
        group = change_by.loc[change_by["change"].astype(float).abs().idxmax()]
        said = _(
            "{said}; by {dimension}, in {group} ({change})",
            said=said,
            dimension=mid_sentence(dimension_name(str(group["by"]))),
            group=plain(group["group"]),
            change=money(group["change"], True),
        )
    return f"{said}."


def _alarm(funnel: pd.DataFrame | None, signals: pd.DataFrame | None) -> str:
    """Return the gravest alarm: the leak least likely to be chance, else the weeks that stand out."""
    if funnel is not None and funnel["leak"].astype(bool).any():
        return leak_sentence(funnel[funnel["leak"].astype(bool)].sort_values("p_value", kind="stable").iloc[0])
    if signals is not None and signals["signal"].astype(bool).any():
        return signal_sentence(signals[signals["signal"].astype(bool)])
    return ""
