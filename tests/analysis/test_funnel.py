"""The funnel by hand: who got past each stage, which stage leaks, where and why deals were lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from small import LOST, WON, book_of, deal, told

from salesops_lib.analysis import conversions, loss_reasons
from salesops_lib.errors import MissingTable


def test_conversions_by_hand() -> None:
    day = "2026-04-01"
    deals = [
        deal(1, day, (day, "Lead"), ("2026-04-05", "Offer"), ("2026-04-09", "Talks"), ("2026-05-01", WON)),
        deal(2, "2026-04-01", ("2026-04-01", "Lead"), ("2026-04-05", "Talks"), ("2026-05-01", LOST)),  # skips a stage
        deal(3, "2026-04-01", ("2026-04-01", "Lead"), ("2026-04-05", LOST)),
        deal(4, "2026-04-01", ("2026-04-01", "Lead")),  # still there
        deal(5, "2026-04-01", ("2026-04-01", "Lead"), ("2026-07-02", "Offer")),  # got further after the quarter
        deal(6, "2026-03-31", ("2026-03-31", "Lead"), ("2026-04-01", "Offer"), ("2026-04-02", LOST)),
        deal(7, "2026-04-01", ("2026-04-01", WON)),  # came in as won: it passed them all
        # back to an earlier stage and in again: entered once
        deal(8, day, (day, "Lead"), ("2026-04-02", "Offer"), ("2026-04-03", "Lead"), ("2026-04-04", "Offer")),
    ]  # fmt: skip
    frame = conversions(told("2026-07-05", deals), "2026Q2").set_index("stage")
    assert list(frame.index) == ["Lead", "Offer", "Talks"]
    assert frame["entered"].to_list() == [7, 5, 3]
    assert frame["advanced"].to_list() == [5, 3, 2]
    assert frame["lost"].to_list() == [1, 1, 1]
    assert frame["open"].to_list() == [1, 1, 0]
    assert frame["conversion"].to_list() == pytest.approx([5 / 7, 3 / 5, 2 / 3])
    assert frame["in_period"].to_list() == pytest.approx([4 / 7, 3 / 5, 2 / 3])
    assert frame["censored"].to_list() == [True, True, False]
    exact = stats.binomtest(5, 7).proportion_ci(method="wilson")
    assert frame.loc["Lead", ["low", "high"]].to_list() == pytest.approx([exact.low, exact.high])
    # the quarters before have one entry only
    assert frame["baseline_n"].to_list() == [1, 0, 0]
    assert frame["baseline"].to_list() == pytest.approx([0, np.nan, np.nan], nan_ok=True)
    assert not frame["leak"].any()


def cohort(quarter: int, day: str, entered: int, advanced: int, lost: int) -> list[dict[str, Any]]:
    """Deals that enter Lead on a day; some get further the day after, some are lost the day after."""
    after = f"{day[:-1]}{int(day[-1]) + 1}"
    ends: list[Any] = ["Offer"] * advanced + [LOST] * lost + [None] * (entered - advanced - lost)
    return [deal(f"{quarter}-{i}", day, (day, "Lead"), *([(after, end)] if end else [])) for i, end in enumerate(ends)]


def book_with_last_quarter(advanced: int, as_of: str = "2026-06-30"):  # type: ignore[no-untyped-def]
    days = ["2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01"]
    before = [row for number, day in enumerate(days) for row in cohort(number, day, 50, 40, 5)]
    return told(as_of, [*before, *cohort(9, "2026-04-01", 50, advanced, 5)])


def test_a_stage_leaks_when_it_converts_worse_than_chance_explains() -> None:
    frame = conversions(book_with_last_quarter(20), "2026Q2").set_index("stage")
    lead = frame.loc["Lead"]
    assert lead[["in_period", "baseline", "baseline_n"]].to_list() == [0.4, 0.8, 200]
    exact = stats.fisher_exact([[20, 30], [160, 40]]).pvalue
    assert exact < lead["p_value"] == pytest.approx(2 * exact)  # the smallest of two stages tested
    assert frame["leak"].to_list() == [True, False, False]


@pytest.mark.parametrize("advanced", [36, 40, 50])
def test_a_stage_that_converts_as_before_or_better_does_not_leak(advanced: int) -> None:
    frame = conversions(book_with_last_quarter(advanced), "2026Q2")
    assert not frame["leak"].any()


def test_a_quarter_that_is_not_over_has_no_leaks_yet() -> None:
    frame = conversions(book_with_last_quarter(20, as_of="2026-04-01"), "2026Q2")
    assert frame["entered"].to_list()[0] == 50
    assert frame["p_value"].isna().all()
    assert not frame["leak"].any()


def test_without_history_there_is_no_funnel() -> None:
    with pytest.raises(MissingTable, match="opportunity_history"):
        conversions(book_of("2026-06-30", opportunities=cohort(1, "2026-04-01", 2, 0, 0)), "2026Q2")


def test_leaks_of_steady_stages_are_as_rare_as_the_method_says() -> None:
    """Homogeneous cohorts: any leak in at most 5 % of quarters (Benjamini-Hochberg at 5 %, one side of two)."""
    rng = np.random.default_rng(11)
    false = 0
    for _ in range(1000):
        p_values, worse = [], []
        for chance in (0.6, 0.65, 0.7, 0.75):
            now, before = rng.binomial(250, chance), rng.binomial(1000, chance)
            p_values.append(stats.fisher_exact([[now, 250 - now], [before, 1000 - before]]).pvalue)
            worse.append(now / 250 < before / 1000)
        false += any((stats.false_discovery_control(p_values) < 0.05) & np.array(worse))
    assert false / 1000 <= 0.05


def test_loss_reasons_by_hand() -> None:
    def lost(number: int, stage: str, reason: str | None, amount: float, day: str = "2026-05-01") -> dict[str, Any]:
        row = deal(number, "2026-04-01", ("2026-04-01", "Lead", amount), ("2026-04-02", stage), (day, LOST))
        return row | {"loss_reason": reason}

    deals = [
        lost(1, "Talks", "Price", 10),
        lost(2, "Talks", "Price", 20.5),
        lost(3, "Talks", None, 5),
        lost(4, "Lead", "Timing", 0),
        lost(5, "Talks", "Competitor", 1),
        lost(6, "Lead", "Timing", 7, day="2026-07-01"),
        deal(7, "2026-04-01", ("2026-04-01", LOST, 9)),  # never seen open
        deal(8, "2026-04-01", ("2026-04-01", "Lead", 9), ("2026-04-02", WON)),
    ]
    frame = loss_reasons(told("2026-07-05", deals), "2026Q2")
    said = frame[["stage", "loss_reason", "lost", "amount"]].to_numpy().tolist()
    assert said == [
        ["Lead", "Timing", 1, 0.0],
        ["Talks", "Price", 2, 30.5],
        ["Talks", "Competitor", 1, 1.0],
        ["Talks", "Unknown", 1, 5.0],
        ["Unknown", "Unknown", 1, 9.0],
    ]
    assert frame["share"].to_list() == pytest.approx([1 / 6, 2 / 6, 1 / 6, 1 / 6, 1 / 6])
    exact = stats.binomtest(2, 6).proportion_ci(method="wilson")
    assert frame.loc[1, ["low", "high"]].to_list() == pytest.approx([exact.low, exact.high])


def test_a_quarter_without_losses_has_no_reasons() -> None:
    frame = loss_reasons(told("2026-07-05", cohort(1, "2026-04-01", 2, 0, 0)), "2026Q2")
    assert frame.empty
    assert list(frame.columns) == ["stage", "loss_reason", "lost", "amount", "share", "low", "high"]
