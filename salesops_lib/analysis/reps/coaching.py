"""The coaching list: per rep at most three points with their evidence, and nothing that chance explains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from salesops_lib.analysis.reps.evidence import is_good
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE

MOST = 3
COLUMNS = (
    "rep rep_name order kind topic label unit value low high peers better stage money period p_value tenure_months "
    "quality quality_peers quality_unit quality_verdict"
).split()
# What follows from where a rep was put is no point: raw revenue; among peers of all kinds the size of deals, too.
OF_THE_PLACE = ("revenue_won",)
OF_THE_KIND = ("revenue_won", "average_deal_size", "sales_cycle_days")


def coaching(
    reps: pd.DataFrame,
    leaderboard: pd.DataFrame,
    adjusted: pd.DataFrame,
    steadiness: pd.DataFrame | None,
    months: pd.DataFrame | None,
    leaks: pd.DataFrame | None,
    lead_shares: pd.DataFrame | None,
    quarter: str,
    year: str,
    peers: str = "all",
) -> pd.DataFrame:
    """At most three points per rep: one of recognition if there is any, then what to work on, strongest first.

    Points come from the other analyses (the frames of RepComparison; None for what is missing); whatever they found not
    distinguishable from chance is no point. Raw revenue is where a rep was put and no point; among "all" peers neither
    are the size of deals and the sales cycle, which follow the kind of customer. A rep without points who differs in
    one of these has it as a row of the kind "aside", so that nobody reads that nothing differs; any other rep without
    points has one row of the kind "steady": the win rate and its interval.

    Returns
    -------
    DataFrame
        One row per rep and point: rep, rep_name, order (from 1), kind ("recognition", "coaching", "aside", "steady"),
        topic (a metric's name, "leak", "month", "trend", "leads"), label, unit, value, low, high, peers, better, stage,
        money, period (what the point is about), p_value, tenure_months (null if unknown), quality, quality_peers,
        quality_unit, quality_verdict (of leads, else null).
    """
    left_out = OF_THE_KIND if peers == "all" else OF_THE_PLACE
    points = [
        *_figures(leaderboard[~leaderboard["metric"].isin(left_out)], quarter),
        *_adjusted(adjusted, year),
        *(_leaks(leaks, year) if leaks is not None else ()),
        *(_trends(steadiness, year) if steadiness is not None else ()),
        *(_months(months) if months is not None else ()),
        *(_leads(lead_shares, quarter) if lead_shares is not None else ()),
    ]
    found = pd.DataFrame(points, columns=[*COLUMNS]).sort_values("p_value", kind="stable")
    # Of the quarter as it came and the year like with like, what has the stronger evidence.
    found = found.drop_duplicates(["rep", "topic", "kind", "stage"])
    rates = leaderboard[leaderboard["metric"] == "win_rate"].set_index("rep")
    # Whether anything of the rep was tested is what a rep without points has to show.
    rates["p_value"] = leaderboard.groupby("rep")["p_value"].min().reindex(rates.index)
    aside = list(_asides(leaderboard[leaderboard["metric"].isin(left_out)], quarter))
    chosen = []
    for rep, name in reps[["rep", "rep_name"]].itertuples(index=False):
        mine = found[found["rep"] == rep]
        praise, work = (mine[mine["kind"] == kind] for kind in ("recognition", "coaching"))
        picked = pd.concat([praise.head(1), work.head(MOST - 1 if len(praise) else MOST), praise.iloc[1:]]).head(MOST)
        rows = picked.to_dict("records") or [row for row in aside if row["rep"] == rep]
        rows = rows or [_steady(rep, rates, quarter)]
        chosen += [{**row, "rep_name": name, "order": place} for place, row in enumerate(rows, start=1)]
    result: pd.DataFrame = pd.DataFrame(chosen).reindex(columns=COLUMNS)
    if "tenure_months" in reps:
        result["tenure_months"] = result["rep"].map(reps.set_index("rep")["tenure_months"])
    return result


def _figures(leaderboard: pd.DataFrame, period: str) -> Iterator[dict[str, Any]]:
    for row in leaderboard.to_dict("records"):
        good = is_good(row["verdict"], row["better"])
        if good is not None:
            yield _point(row, "recognition" if good else "coaching", row["metric"], period)


def _asides(leaderboard: pd.DataFrame, period: str) -> Iterator[dict[str, Any]]:
    for row in leaderboard[leaderboard["verdict"].isin(["above", "below"])].to_dict("records"):
        yield _point(row, "aside", row["metric"], period)


def _adjusted(adjusted: pd.DataFrame, period: str) -> Iterator[dict[str, Any]]:
    for row in adjusted.to_dict("records"):
        good = is_good(row["verdict"], "higher")
        if good is not None:
            evened = {"value": row["adjusted"], "low": row["adjusted_low"], "high": row["adjusted_high"]}
            yield _point(
                {**row, **evened, "better": "higher"}, "recognition" if good else "coaching", row["metric"], period
            )


def _leaks(leaks: pd.DataFrame, period: str) -> Iterator[dict[str, Any]]:
    for row in leaks[leaks["leak"]].to_dict("records"):
        conversion = CATALOGUE["stage_conversion"]
        about: dict[Any, Any] = {"label": _(conversion.label), "unit": "share", "better": "higher"}
        evidence = {**row, **about, "value": row["conversion"], "money": row["lost_money"]}
        yield _point(evidence, "coaching", "leak", period)


def _trends(steadiness: pd.DataFrame, period: str) -> Iterator[dict[str, Any]]:
    for row in steadiness[steadiness["verdict"].isin(["rising", "falling"])].to_dict("records"):
        kind = "recognition" if row["verdict"] == "rising" else "coaching"
        tau: dict[Any, Any] = {"low": row["trend_low"], "high": row["trend_high"]}
        evidence = {**row, **tau, "value": row["late"], "peers": row["early"], "unit": "ratio", "better": "higher"}
        yield _point(evidence, kind, "trend", period)


def _months(months: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in months[months["signal"]].to_dict("records"):
        kind = "recognition" if row["direction"] == "good" else "coaching"
        usual: dict[Any, Any] = {"low": row["expected_low"], "high": row["expected_high"], "peers": row["expected"]}
        evidence = {**row, **usual, "better": "higher"}
        yield _point(evidence, kind, "month", row["month"])


def _leads(shares: pd.DataFrame, period: str) -> Iterator[dict[str, Any]]:
    """What to ask the manager, not the rep: who was given fewer leads."""
    for row in shares[shares["verdict"] == "below"].to_dict("records"):
        yield _point(
            {**row, "value": row["per_day"], "unit": "ratio", "better": "neither"}, "coaching", "leads", period
        )


def _steady(rep: str, rates: pd.DataFrame, period: str) -> dict[str, Any]:
    row = rates.loc[rep].to_dict() if rep in rates.index else {}
    return _point({**row, "rep": rep, "metric": "win_rate"}, "steady", "win_rate", period)


def _point(row: dict[Any, Any], kind: str, topic: str, period: str) -> dict[str, Any]:
    known = {name: row.get(name) for name in COLUMNS}
    return {**known, "kind": kind, "topic": topic, "period": period, "stage": row.get("stage") or ""}
