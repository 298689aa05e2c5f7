"""A scorecard by hand: what a figure is compared with, and what may be said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small import LOST, WON, book_of, deal, told

from salesops_lib.analysis import audit, definitions, scorecard
from salesops_lib.analysis.compare import REVIEW, change, verdict
from salesops_lib.errors import CompanyError
from salesops_lib.metrics import CATALOGUE

N = math.nan


@pytest.mark.parametrize(
    ("value", "low", "high", "target", "better", "said"),
    [
        (0.5, 0.45, 0.55, 0.40, "higher", "above"),
        (0.5, 0.45, 0.55, 0.60, "higher", "below"),
        (0.5, 0.45, 0.55, 0.52, "higher", "not distinguishable"),
        (0.5, 0.45, 0.55, 0.45, "higher", "not distinguishable"),
        (50, 45, 55, 40, "lower", "above"),
        (50, N, N, 50, "higher", "reached"),
        (50, N, N, 51, "higher", "missed"),
        (50, N, N, 51, "lower", "reached"),
        (50, N, N, 49, "lower", "missed"),
        (N, N, N, 50, "higher", "none"),
        (50, 45, 55, N, "higher", "none"),
    ],
)
def test_a_verdict_goes_as_far_as_its_interval(
    value: float, low: float, high: float, target: float, better: str, said: str
) -> None:
    assert verdict(value, low, high, target, better) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "before", "unit", "expected"),
    [
        (0.5, 0.4, "share", 0.1),
        (110, 100, "money", 0.1),
        (0, 100, "money", -1.0),
        (5, 0, "money", N),
        (5, N, "money", N),
        (N, 0.4, "share", N),
        (30, 60, "days", -0.5),
    ],
)
def test_a_change_is_in_points_for_shares_and_relative_for_all_else(
    value: float, before: float, unit: str, expected: float
) -> None:
    assert change(value, before, unit) == pytest.approx(expected, nan_ok=True)


def closed(number: int, day: str, stage: str, amount: float = 100.0) -> dict[str, object]:
    return deal(number, day, (day, "Lead", amount), (day, stage))


# 2025Q2: 1 of 1 won for 50. 2026Q1: 1 of 2 for 100. 2026Q2: 3 of 4 for 400.
DEALS = [
    closed(1, "2025-05-05", WON, 50),
    closed(2, "2026-01-05", WON),
    closed(3, "2026-01-06", LOST),
    closed(4, "2026-04-05", WON),
    closed(5, "2026-04-06", WON),
    closed(6, "2026-05-06", WON, 200),
    closed(7, "2026-06-30", LOST),
]
QUOTA = {"rep_id": "a", "period_start": "2026-04-01", "period_end": "2026-06-30", "quota": 500}


def test_a_scorecard_by_hand() -> None:
    book = told("2026-06-30", DEALS, quotas=[QUOTA], company={"targets": {"win_rate": 0.1, "revenue_won": 1e9}})
    frame = scorecard(book, "2026Q2", ["win_rate", "revenue_won", "quota_attainment", "forecast_bias"])
    rows = frame.set_index("metric")
    rate = rows.loc["win_rate"]
    assert rate[["value", "previous", "year_ago", "n"]].to_list() == [0.75, 0.5, 1.0, 4]
    assert rate[["period", "previous_period", "year_ago_period"]].to_list() == ["2026Q2", "2026Q1", "2025Q2"]
    assert rate[["change", "change_year"]].to_list() == [0.25, -0.25]
    assert rate[["target", "verdict", "better", "unit"]].to_list() == [0.1, "above", "higher", "share"]
    assert rate[["label", "definition"]].to_list() == [CATALOGUE["win_rate"].label, CATALOGUE["win_rate"].definition]
    won = rows.loc["revenue_won"]
    assert won[["value", "change", "change_year", "verdict"]].to_list() == [400, 3, 7, "below"]
    assert rows.loc["quota_attainment", ["value", "verdict", "note"]].to_list() == [0.8, "none", ""]
    assert rows.loc["forecast_bias", "note"] == "needs the table forecasts"
    assert math.isnan(rows.loc["forecast_bias", "value"])
    assert frame["complete"].all()


def test_quarters_before_the_first_close_are_not_zero_but_unknown() -> None:
    frame = scorecard(told("2026-06-30", DEALS), "2025Q2", ["revenue_won", "deals_lost"])
    assert frame["value"].to_list() == [50, 0]
    assert frame[["previous", "change", "year_ago"]].isna().all().all()


def test_a_total_is_not_short_of_its_target_before_the_quarter_is_over() -> None:
    targets = {"revenue_won": 1e9, "win_rate": 0.999, "quota_attainment": 1.0, "reps_at_quota": 1.0, "deals_won": -1}
    book = told("2026-05-20", DEALS, quotas=[QUOTA], company={"targets": targets})
    frame = scorecard(book, "2026Q2", list(targets)).set_index("metric")
    assert not frame["complete"].any()
    assert frame.loc["revenue_won", "verdict"] == frame.loc["quota_attainment", "verdict"] == "none"
    assert frame.loc["deals_won", "verdict"] == "above"
    assert frame.loc["win_rate", "verdict"] == "not distinguishable"
    assert frame.loc["revenue_won", "note"] == "2026 Q2 incomplete: known until May 20, 2026"


def test_a_target_of_no_metric_is_rejected_with_the_near_names() -> None:
    book = told("2026-06-30", DEALS, company={"targets": {"win_rat": 0.4, "zzz": 1}})
    with pytest.raises(CompanyError) as error:
        scorecard(book, "2026Q2")
    first, second = str(error.value).splitlines()
    assert first.startswith("key 'targets.win_rat': 'win_rat' is no metric. Did you mean win_rate")
    assert second.startswith("key 'targets.zzz': 'zzz' is no metric. Known: activities_logged, amount_lost,")


def test_the_review_has_a_row_per_metric_whatever_is_missing() -> None:
    frame = scorecard(book_of("2026-06-30", opportunities=DEALS), "2026Q2")
    assert frame["metric"].to_list() == list(REVIEW)
    assert frame.set_index("metric").loc["reps_at_quota", "note"] == "needs the table quotas"
    assert not np.isinf(frame.select_dtypes("number")).any().any()


def test_definitions_are_those_of_the_catalogue_once_each() -> None:
    frame = definitions(["win_rate", "revenue_won", "win_rate"])
    assert frame["metric"].to_list() == ["win_rate", "revenue_won"]
    assert frame["definition"].to_list() == [CATALOGUE[name].definition for name in frame["metric"]]


def test_the_audit_adds_up() -> None:
    frame = audit(told("2026-06-30", DEALS))
    assert frame["table"].to_list() == ["opportunities", "opportunity_history"]
    assert frame["read"].to_list() == [7, 14]
    assert (frame["read"] == frame["used"] + frame["quarantined"] + frame["dropped"]).all()
