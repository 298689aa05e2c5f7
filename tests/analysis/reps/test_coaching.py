"""The coaching list: at most three points, recognition first, each with its evidence, none that chance explains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from salesops_lib.analysis.reps.coaching import coaching

REPS = pd.DataFrame({"rep": ["a", "b"], "rep_name": ["Ann", "Bo"], "tenure_months": [3.5, 40.0]})


def figure(rep: str, metric: str, verdict: str, p: float = 0.01, better: str = "higher") -> dict[str, Any]:
    return {
        "metric": metric,
        "label": metric.title(),
        "unit": "share",
        "better": better,
        "rep": rep,
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "peers": 0.3,
        "p_value": p,
        "verdict": verdict,
    }


def adjusted(*rows: dict[str, Any]) -> pd.DataFrame:
    evened = {"adjusted": 0.55, "adjusted_low": 0.45, "adjusted_high": 0.65}
    columns = [*figure("", "", ""), *evened]
    return pd.DataFrame([{**row, **evened} for row in rows], columns=columns)


def listed(figures: list[dict[str, Any]], *evened: dict[str, Any], **frames: pd.DataFrame | None) -> pd.DataFrame:
    others = dict.fromkeys(("steadiness", "months", "leaks", "lead_shares")) | frames
    return coaching(
        REPS, pd.DataFrame(figures), adjusted(*evened), **others, quarter="2026Q2", year="2025Q3..2026Q2", peers="team"
    )


def test_a_rep_whom_nothing_distinguishes_has_one_steady_row_with_the_win_rate() -> None:
    rates = [figure(rep, "win_rate", "not distinguishable", 0.6) for rep in "ab"]
    found = listed(rates)
    assert found["kind"].to_list() == ["steady", "steady"]
    assert found["topic"].to_list() == ["win_rate", "win_rate"]
    assert found[["value", "low", "high", "peers"]].to_numpy().tolist() == [[0.5, 0.4, 0.6, 0.3]] * 2
    assert found["rep_name"].to_list() == ["Ann", "Bo"]


def test_recognition_comes_first_then_what_has_the_strongest_evidence() -> None:
    figures = [
        figure("a", "win_rate", "above", 0.04),
        figure("a", "sales_cycle_days", "above", 0.02, better="lower"),
        figure("a", "lead_response_hours", "above", 0.001, better="lower"),
        figure("a", "cancellation_rate", "above", 0.03, better="lower"),
        figure("b", "win_rate", "not distinguishable", 0.6),
    ]
    found = listed(figures)
    ann = found[found["rep"] == "a"]
    assert ann["order"].to_list() == [1, 2, 3]
    assert ann["kind"].to_list() == ["recognition", "coaching", "coaching"]
    assert ann["topic"].to_list() == ["win_rate", "lead_response_hours", "sales_cycle_days"]


def test_like_with_like_goes_before_the_quarter_as_it_came() -> None:
    figures = [figure("a", "win_rate", "above", 0.04), figure("b", "win_rate", "too few", np.nan)]
    found = listed(figures, figure("a", "win_rate", "above", 0.0001), figure("b", "revenue_won", "below", 0.01))
    ann, bo = found[found["rep"] == "a"].iloc[0], found[found["rep"] == "b"].iloc[0]
    assert (ann["value"], ann["period"]) == (0.55, "2025Q3..2026Q2")
    assert (bo["kind"], bo["topic"]) == ("coaching", "revenue_won")
    assert len(found) == 2


def test_raw_revenue_is_no_point_because_it_is_where_a_rep_was_put() -> None:
    figures = [figure("a", "revenue_won", "below", 0.0001), figure("a", "win_rate", "not distinguishable", 0.5)]
    found = listed(figures)
    row = found.loc[found["rep"] == "a"].squeeze()
    # Yet it is not passed over as if nothing differed.
    assert row[["kind", "topic", "value", "peers", "tenure_months"]].to_list() == [
        "aside",
        "revenue_won",
        0.5,
        0.3,
        3.5,
    ]
    beside_a_point = listed([*figures, figure("a", "lead_response_hours", "above", better="lower")])
    assert beside_a_point.loc[beside_a_point["rep"] == "a", "kind"].to_list() == ["coaching"]


def test_among_peers_of_all_kinds_the_kind_of_customer_is_no_point() -> None:
    figures = [figure("a", "average_deal_size", "below"), figure("b", "sales_cycle_days", "above", better="lower")]
    assert listed(figures)["kind"].to_list() == ["coaching", "coaching"]
    empty = adjusted()
    others = dict.fromkeys(("steadiness", "months", "leaks", "lead_shares"))
    found = coaching(REPS, pd.DataFrame(figures), empty, **others, quarter="2026Q2", year="2025Q3..2026Q2", peers="all")
    assert found[["kind", "topic"]].to_numpy().tolist() == [
        ["aside", "average_deal_size"],
        ["aside", "sales_cycle_days"],
    ]


def test_leaks_months_trends_and_leads_become_points() -> None:
    figures = [figure(rep, "win_rate", "not distinguishable", 0.6) for rep in "ab"]
    leak = {"rep": "a", "stage": "Offer", "conversion": 0.2, "low": 0.1, "high": 0.3, "peers": 0.5, "lost_money": 900.0}
    leaks = pd.DataFrame([{**leak, "p_value": 0.001, "leak": True, "largest": True}])
    trend = {"rep": "b", "trend": -0.7, "trend_low": -0.9, "trend_high": -0.3, "early": 1.2, "late": 0.7}
    trend |= {"p_value": 0.002, "verdict": "falling", "signals": 1}
    month = {"rep": "b", "month": "2026-05", "value": 0.1, "lower": 0.0, "center": 0.8, "upper": 1.9, "unit": "share"}
    month |= {"expected_low": 0.2, "expected": 0.9, "expected_high": 1.6}
    months = pd.DataFrame([{**month, "p_value": 0.001, "signal": True, "direction": "bad"}])
    shares = pd.DataFrame(
        [{"rep": "b", "per_day": 0.3, "low": 0.2, "high": 0.4, "peers": 0.8, "p_value": 1e-6, "verdict": "below"}]
    ).assign(quality=59.8, quality_peers=50.9, quality_unit="count", quality_verdict="above")
    found = listed(figures, leaks=leaks, steadiness=pd.DataFrame([trend]), months=months, lead_shares=shares)
    ann, bo = found[found["rep"] == "a"], found[found["rep"] == "b"]
    assert ann[["topic", "stage", "money", "value", "peers"]].to_numpy().tolist() == [
        ["leak", "Offer", 900.0, 0.2, 0.5]
    ]
    assert bo["topic"].to_list() == ["leads", "month", "trend"]
    assert bo.iloc[0][["quality", "quality_peers", "quality_verdict"]].to_list() == [59.8, 50.9, "above"]
    assert bo["period"].to_list() == ["2026Q2", "2026-05", "2025Q3..2026Q2"]
    assert bo.iloc[1][["value", "low", "high", "peers"]].to_list() == [0.1, 0.2, 1.6, 0.9]
    assert bo.iloc[2][["value", "low", "high", "peers"]].to_list() == [0.7, -0.9, -0.3, 1.2]
