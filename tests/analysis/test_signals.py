"""Control charts by hand, and false alarms counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small import LOST, WON, deal, told

from salesops_lib.analysis import signals, trends, weekly_signals
from salesops_lib.analysis.signals import RULES, western_electric


@pytest.mark.parametrize(
    ("z", "rules"),
    [
        ([0, 2.9, -2.9], [0, 0, 0]),
        ([0, 3.1, -3.1], [0, 1, 1]),
        ([2.1, 0, 2.1], [0, 0, 2]),
        ([2.1, 2.1], [0, 2]),
        ([2.1, 0, 0, 2.1], [0, 0, 0, 0]),
        ([2.1, -2.1, 0], [0, 0, 0]),
        ([2.1, 0.5, 0], [0, 0, 0]),
        ([-2.1, 0, -2.2], [0, 0, 2]),
        ([1.1, 1.1, 0, 1.1, 1.1], [0, 0, 0, 0, 3]),
        ([1.1, 1.1, 1.1, 1.1], [0, 0, 0, 3]),
        ([1.1, 1.1, 0, 0, 1.1], [0] * 5),
        ([1.1, 1.1, 1.1, -1.1, 1.1], [0, 0, 0, 0, 3]),
        ([0.5] * 8, [0] * 7 + [4]),
        ([-0.5] * 9, [0] * 7 + [4, 4]),
        ([0.5] * 7 + [-0.5], [0] * 8),
        ([0.5] * 4 + [0.0] + [0.5] * 4, [0] * 9),
        ([0.5, np.nan, 3.5], [0, 0, 1]),
    ],
)
def test_western_electric_rules_by_hand(z: list[float], rules: list[int]) -> None:
    values = np.array(z, dtype="float64") * 2 + 10
    assert western_electric(values, np.full(len(z), 10.0), np.full(len(z), 2.0)) == rules


def test_a_chart_without_spread_has_no_signals() -> None:
    assert western_electric(np.array([1.0, 1.0, 9.0]), np.ones(3), np.zeros(3)) == [0, 0, 0]


def closed(number: Any, day: str, stage: str, amount: float = 100.0) -> dict[str, Any]:
    return deal(number, day, (day, "Lead", amount), (day, stage))


QUARTERS = ["2025-01-05", "2025-04-05", "2025-07-05", "2025-10-05", "2026-01-05", "2026-04-05"]


def test_trends_of_money_are_an_xmr_chart_of_the_quarters_before() -> None:
    revenue = [100, 120, 110, 130, 120, 400]
    deals = [closed(i, day, WON, amount) for i, (day, amount) in enumerate(zip(QUARTERS, revenue, strict=True))]
    frame = trends(told("2026-06-30", deals), "2026Q2", ["revenue_won"])
    assert frame["period"].to_list() == ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2"]  # not before any
    assert frame["value"].to_list() == revenue
    # mean 116, mean moving range (20 + 10 + 20 + 10) / 4 = 15
    assert frame["center"].to_list() == [116] * 6
    assert frame["upper"].to_list() == pytest.approx([116 + 2.66 * 15] * 6)
    assert frame["lower"].to_list() == pytest.approx([116 - 2.66 * 15] * 6)
    assert frame["rule"].to_list() == ["", "", "", "", "", RULES[1]]


def test_trends_of_counted_shares_are_a_p_chart() -> None:
    rows = [
        closed(f"{quarter}-{i}", day, WON if i < won else LOST)
        for quarter, (day, won) in enumerate(zip(QUARTERS, [10, 12, 8, 10, 10, 1], strict=True))
        for i in range(20)
    ]
    frame = trends(told("2026-06-30", rows), "2026Q2", ["win_rate"])
    assert frame["center"].to_list() == pytest.approx([0.5] * 6)
    assert frame["upper"].to_list() == pytest.approx([0.5 + 3 * np.sqrt(0.25 / 20)] * 6)
    assert frame["rule"].to_list() == ["", "", "", "", "", RULES[1]]


def test_a_quarter_that_is_not_over_is_no_signal() -> None:
    deals = [closed(i, day, WON, 100 + i % 2) for i, day in enumerate(QUARTERS[:5])]
    deals += [closed("new", "2026-04-05", WON, 1)]
    frame = trends(told("2026-04-10", deals), "2026Q2", ["revenue_won"])
    assert frame["value"].to_list()[-1] == 1
    assert frame["lower"].to_list()[-1] > 1
    assert set(frame["rule"]) == {""}


def test_metrics_without_their_table_are_left_out_of_trends() -> None:
    book = told("2026-06-30", [closed(1, "2026-04-05", WON)])
    assert set(trends(book, "2026Q2")["metric"]) == set(signals.TRENDS) - {"quota_attainment"}
    assert trends(book, "2026Q2", ["quota_attainment"]).empty


def weeks_of(won: list[list[int]], n: int = 20) -> list[dict[str, Any]]:
    """Deals closed on the Mondays of 2026Q2 by team: `won` of n in each week."""
    first = date(2026, 4, 6)
    return [
        closed(f"{team}-{week}-{i}", (first + timedelta(weeks=week)).isoformat(), WON if i < wins else LOST)
        | {"rep_id": f"r{team}"}
        for team, row in enumerate(won)
        for week, wins in enumerate(row)
        for i in range(n)
    ]


TEAMS = [{"rep_id": "r0", "team": "N"}, {"rep_id": "r1", "team": "S"}]


def test_a_bad_week_is_a_signal_and_only_that_week() -> None:
    book = told("2026-06-30", weeks_of([[10, 11, 9, 10, 0, 10], [10, 9, 11, 10, 10, 10]]), reps=TEAMS)
    frame = weekly_signals(book, "2026Q2", "team")
    bad = frame[frame["signal"]]
    assert bad[["group", "week", "n", "value", "rule"]].to_numpy().tolist() == [["N", "2026-W19", 20, 0.0, RULES[1]]]
    assert bad["center"].item() == pytest.approx(0.5)  # of the other weeks
    assert bad["lower"].item() == pytest.approx(0.5 - 3 * np.sqrt(0.25 / 20))
    assert (frame.loc[~frame["signal"], "rule"] == "").all()
    assert len(frame) == 12


def test_what_fell_in_every_week_is_no_signal_of_a_week() -> None:
    book = told("2026-06-30", weeks_of([[2] * 6, [18] * 6]), reps=TEAMS)
    assert not weekly_signals(book, "2026Q2", "team")["signal"].any()


def test_a_single_week_has_nothing_to_compare_with() -> None:
    frame = weekly_signals(told("2026-06-30", weeks_of([[2]]), reps=TEAMS[:1]), "2026Q2", "team")
    assert frame["center"].isna().all()
    assert not frame["signal"].any()
    assert weekly_signals(told("2026-06-30", weeks_of([[2]]), reps=TEAMS[:1]), "2025Q1", "team").empty


@pytest.mark.parametrize("chance", [0.2, 0.4])
def test_false_alarms_are_as_rare_as_the_method_says(monkeypatch: pytest.MonkeyPatch, chance: float) -> None:
    """Of quarters of 4 regions and 13 weeks without any signal at most 1 % may have one (false discovery rate).

    Of 1,800 simulated once, 0.7 % had one; at 1 % two hundred have six or fewer in 99.5 of 100 seeds.
    """
    rng = np.random.default_rng(12)
    frames = iter(_homogeneous(rng, chance) for _ in range(200))
    monkeypatch.setattr(signals, "measure", lambda *a, **k: next(frames))
    false = sum(bool(weekly_signals(None, "2026Q2", "region")["signal"].any()) for _ in range(200))  # type: ignore[arg-type]
    assert false <= 6


def test_a_real_collapse_is_found_nearly_always(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(13)
    frames = iter(_homogeneous(rng, 0.4, fallen=0.03) for _ in range(100))
    monkeypatch.setattr(signals, "measure", lambda *a, **k: next(frames))
    found = [weekly_signals(None, "2026Q2", "region") for _ in range(100)]  # type: ignore[arg-type]
    assert sum(bool(frame["signal"].iloc[0]) for frame in found) >= 80


def _homogeneous(rng: np.random.Generator, chance: float, fallen: float | None = None) -> pd.DataFrame:
    n = rng.poisson(25, 52)
    n[0] = 35
    rate = np.full(52, chance)
    rate[0] = fallen if fallen is not None else chance
    won = rng.binomial(n, rate)
    return pd.DataFrame(
        {
            "region": np.repeat(list("NESW"), 13),
            "period": [f"2026-W{14 + week}" for week in range(13)] * 4,
            "value": won / n,
            "numerator": won.astype(float),
            "n": n.astype(float),
        }
    )


def test_the_p_values_are_fishers_after_benjamini_hochberg() -> None:
    won = [[4, 10, 12], [9, 10, 11]]
    frame = weekly_signals(told("2026-06-30", weeks_of(won), reps=TEAMS), "2026Q2", "team")
    exact = [stats.fisher_exact([[w, 20 - w], [sum(row) - w, 40 - sum(row) + w]]).pvalue for row in won for w in row]
    assert frame.sort_values(["group", "week"])["p_value"].to_list() == pytest.approx(
        stats.false_discovery_control(exact).tolist()
    )
