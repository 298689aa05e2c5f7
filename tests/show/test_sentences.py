"""Sentences say what the frame says, exactly, and no more than the interval carries."""

from __future__ import annotations

import pandas as pd
import pytest
import samples as S

from salesops_lib import show
from salesops_lib.analysis.signals import RULES

NAN = S.NAN


def test_the_headline_tells_the_quarter() -> None:
    said = show.say_headline(S.scorecard(), S.change(), S.change_by(), S.funnel(), S.coverage(), S.signals())
    assert said.text == (
        "Revenue won in 2026 Q3 was $4.2M: 8.6% more than in 2026 Q2 and 3.8% less than in 2025 Q3. "
        "Quota attainment was 96.2%: it is not distinguishable from the target of 100%; 45.0% of the reps reached "
        "theirs. "
        "Revenue was moved most by the size of the deals won (+$384K); by region, in North (+$250K). "
        "The leak is in Proposal: 31.4% of the 420 that entered it advanced within the quarter, against 45.0% in the "
        "quarters before, which is more than chance explains. "
        "$6M of pipeline is due in 2026 Q4: 1.40x the $4.3M still needed, less than the 2.1x that the win rate by "
        "value of the last four quarters (47.6%) asks for. At the 40.0% of 2026 Q3 alone it would be 2.5x. The 4 "
        "quarters before began with a median of 1.20x and reached a median of 97.0% of their quotas; the last, 2026 "
        "Q3, began with 1.25x and reached 75.0%."
    )


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [
        ({"change": NAN, "change_year": NAN}, "was $4.2M; there is no earlier quarter to compare with."),
        ({"change_year": NAN}, "was $4.2M: 8.6% more than in 2026 Q2."),
        ({"change": 0.0, "change_year": -0.2}, "was $4.2M: the same as in 2026 Q2 and 20.0% less than in 2025 Q3."),
        ({"complete": False}, "is $4.2M so far; the quarter is not over, so it is not held against earlier ones."),
        ({"value": NAN}, "is n/a."),
    ],
)
def test_the_headline_compares_only_what_can_be_compared(revenue: dict[str, object], expected: str) -> None:
    card = S.scorecard(revenue_won=revenue)
    assert show.say_headline(card[card["metric"] == "revenue_won"]).text.startswith(
        f"Revenue won in 2026 Q3 {expected}"
    )


def test_without_a_quota_the_revenue_target_is_spoken_of() -> None:
    said = show.say_headline(S.scorecard(quota_attainment={"value": NAN})).text
    assert said.endswith("It reached the target of $4M.")


def test_the_headline_names_a_week_only_if_it_stands_out_and_nothing_leaks() -> None:
    tight = S.funnel().assign(leak=False)
    calm = S.signals().assign(signal=False)
    assert (
        "1 week stands out: West in week 32 of 2026"
        in show.say_headline(S.scorecard(), None, None, tight, None, S.signals()).text
    )
    assert "stands out" not in show.say_headline(S.scorecard(), None, None, tight, None, calm).text


@pytest.mark.parametrize("word", ["better", "worse", "above", "below"])
def test_what_is_not_distinguishable_is_not_judged(word: str) -> None:
    rows = S.scorecard()
    rows = rows[rows["verdict"] == "not distinguishable"]
    assert len(rows) == 2
    assert word not in show.cards(rows).text
    assert word not in show.say_headline(rows).text


def test_revenue_rose_fell_or_stayed() -> None:
    up = S.change()
    assert show.say_change(up).text == (
        "Revenue won rose by $300K, from $3.9M in 2026 Q2 to $4.2M. By driver, the largest first: the size of the "
        "deals won +$384K, the win rate −$318K, and the number of deals closed +$234K."
    )
    down = up.assign(part=[-400000.0, 0.0, 100000.0])
    assert show.say_change(down).text.startswith("Revenue won fell by $300K, from $3.9M in 2026 Q2 to $3.6M.")
    flat = up.assign(part=[100.0, -100.0, 0.0])
    assert show.say_change(flat).text.startswith("Revenue won stayed at $3.9M, as in 2026 Q2.")
    none = "There is no earlier quarter to explain a change from."
    assert show.say_change(up.assign(part=NAN)).text == none
    assert show.say_change(up.iloc[:0]).text == none


def test_a_change_from_nothing_starts_at_zero() -> None:
    first = S.change().assign(before=[0.0, NAN, NAN])
    assert show.say_change(first).text.startswith("Revenue won rose by $300K, from $0 in 2026 Q2 to $300K.")


def test_the_lowest_attainment_is_below_only_by_its_interval() -> None:
    frame = S.attainment()
    first = "By team, 1 of 3 reached their quota. The lowest figure is South with 71.4%, 2 of 11 reps at quota"
    assert show.say_attainment(frame).text == f"{first}; its 95% interval, 60.0%–82.0%, lies below 100%."
    wide = frame.assign(high=1.2)
    assert show.say_attainment(wide).text == f"{first}; its 95% interval, 60.0%–120.0%, does not rule out 100%."
    assert show.say_attainment(frame.assign(low=NAN, high=NAN)).text == f"{first}."
    assert (
        show.say_attainment(frame.assign(attainment=NAN)).text == "No group carries a quota, so there is no attainment."
    )


def test_the_ledger_is_told_from_opening_to_closing() -> None:
    assert show.say_ledger(S.ledger()).text == (
        "The pipeline due by the quarter's end opened at $6.1M and closed at $1.8M. "
        "The largest movements: Won −$4.2M, Created +$3.2M, and Lost −$2.9M."
    )
    still = S.ledger().assign(due=[5.0, 0, 0, 0, 0, 0, 0, 0, 5.0])
    assert show.say_ledger(still).text.endswith("Nothing moved in it.")


DUE = "$6M of pipeline is due in 2026 Q4"
BY_VALUE = "the win rate by value of the last four quarters (47.6%)"


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ({}, f"{DUE}: 1.40x the $4.3M still needed, less than the 2.1x that {BY_VALUE} asks for."),
        ({"coverage": 2.5}, f"{DUE}: 2.5x the $4.3M still needed, where {BY_VALUE} asks for 2.1x."),
        (
            {"by_value": False},
            f"{DUE}: 1.40x the $4.3M still needed, less than the 2.1x that the win rate of the last four quarters "
            "(47.6%) asks for.",
        ),
        ({"required": NAN}, f"{DUE}: 1.40x the $4.3M still needed."),
        ({"coverage": NAN, "needed": -1.0}, "The quota of 2026 Q4 is reached already; $6M of pipeline is due in it."),
        ({"quota": NAN}, f"{DUE}; there is no quota to hold it against."),
        ({"quota": 0.0, "needed": 0.0}, f"{DUE}; there is no quota to hold it against."),
    ],
)
def test_coverage_is_held_against_what_is_required(company: dict[str, float], expected: str) -> None:
    frame = S.coverage().iloc[:1].assign(usual=NAN, required_alone=NAN, **company)
    assert show.say_coverage(frame).text == expected


def test_coverage_is_held_against_what_is_usual() -> None:
    assert show.say_coverage(S.coverage().iloc[:1]).text.endswith(
        " The 4 quarters before began with a median of 1.20x and reached a median of 97.0% of their quotas; the last, "
        "2026 Q3, began with 1.25x and reached 75.0%."
    )
    lone = S.coverage().iloc[:1].assign(usual_quarters=1)
    assert show.say_coverage(lone).text.endswith(
        " The quarter before that is known began with 1.20x and reached 97.0% of its quota."
    )


@pytest.mark.parametrize(("alone", "said"), [(2.5, True), (2.1, False), (2.12, False), (1.9, False)])
def test_the_quarter_alone_is_spoken_of_where_it_asks_for_more(alone: float, said: bool) -> None:
    frame = S.coverage().iloc[:1].assign(required_alone=alone)
    assert ("At the 40.0% of 2026 Q3 alone it would be" in show.say_coverage(frame).text) is said


def test_a_quarter_that_is_not_over_is_said_to_be_a_part() -> None:
    frame = S.change().assign(complete=False)
    assert show.say_change(frame).text.startswith(
        "The quarter is not over: a part of it is held against a whole one. Revenue won rose"
    )
    assert "moved most" not in show.say_headline(S.scorecard(), frame, S.change_by()).text


def test_attainment_claims_nothing_before_the_quarter_is_over() -> None:
    said = show.say_attainment(S.attainment().assign(complete=False)).text
    assert said == "The quarter is not over; by team, so far 1 of 3 have reached their quota."


def test_groups_that_fall_short_are_named() -> None:
    assert show.say_coverage(S.coverage()).text.endswith(
        "1 of 2 teams have less than their own win rate asks for: South."
    )


def test_a_leak_is_named_only_where_there_is_one() -> None:
    assert show.say_funnel(S.funnel()).text.startswith("The leak is in Proposal: 31.4% of the 420")
    tight = S.funnel().assign(leak=False, censored=False)
    assert show.say_funnel(tight).text == "No stage converts distinguishably worse than its baseline."


def test_losses_trends_and_weeks() -> None:
    assert show.say_losses(S.losses()).text.startswith(
        "453 deals worth $2.7M were lost. The largest counts: 140 from Proposal"
    )
    assert show.say_losses(S.losses().iloc[:0]).text == "No deals were lost."
    assert show.say_trends(S.trends()).text == (
        "1 of 5 metrics shows a signal: Win rate in 2026 Q2 (27.0%, below the usual range)."
    )
    calm = S.trends().assign(rule="")
    assert "none shows a signal" in show.say_trends(calm).text
    assert show.say_signals(S.signals().assign(signal=False)).text == (
        "No week's win rate stands out from its group's usual range."
    )
    assert show.say_signals(S.signals()).text == (
        "The win rate of 1 week stands out: West in week 32 of 2026 (12.0%, usual 20.0% to 40.0%)."
    )


@pytest.mark.parametrize(
    ("number", "value", "words"),
    [
        (1, 0.5, "above the usual range"),
        (2, 0.3, "two of the last three well below the usual level"),
        (3, 0.5, "four of the last five above the usual level"),
        (4, 0.3, "eight in a row below the usual level"),
    ],
)
def test_a_rule_is_told_in_words_and_named_in_the_table(number: int, value: float, words: str) -> None:
    hit = S.trends().query("metric == 'win_rate'").tail(1).assign(value=value, center=0.4, rule=RULES[number])
    assert f"({value:.1%}, {words})" in show.say_trends(hit).text
    assert "sigma" not in show.say_trends(hit).text
    assert RULES[number] in show.table_trends(hit).text


def test_the_mvp_is_named_with_the_rule() -> None:
    frame = S.recognition()
    assert show.say_recognition(frame, "Highest attainment.").text == (
        "The quarter's MVP is Ann Bell, with an attainment of 162.0% and $210K won. The rule: Highest attainment."
    )
    assert "is Ann Bell, with $210K won." in show.say_recognition(frame.assign(attainment=NAN), "").text
    assert show.say_recognition(frame.iloc[:0], "Rule.").text.startswith("Nobody is named: ")


def test_a_frame_is_not_changed_by_being_spoken_of() -> None:
    frame = S.trends()
    before = frame.copy()
    show.say_trends(frame)
    show.plot_trends(frame)
    show.table_trends(frame)
    pd.testing.assert_frame_equal(frame, before)
