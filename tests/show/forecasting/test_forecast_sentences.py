"""A forecast's sections say what the frames say, no more than the range carries, and "n/a" with its reason."""

from __future__ import annotations

import forecast_samples as F
import pandas as pd
import pytest

from salesops_lib import show
from salesops_lib.show.forecasting.words import chance

NAN = F.NAN


def test_probabilities_are_figures() -> None:
    assert [chance(p) for p in (0.7, 0.99, 0.991, 0.01, 0.009)] == ["70%", "99%", "over 99%", "1%", "under 1%"]
    texts = [
        show.say_outlook(F.highlights()).text,
        show.say_outlook_by(F.outlook()).text,
        show.say_goals(F.goals()).text,
        show.say_views(F.views(), F.parts()).text,
        show.say_scoreboard(F.scoreboard()).text,
    ]
    for word in ("likely", "certain", "best forecast", "surely", "will reach"):
        assert not [text for text in texts if word in text]


def test_the_views_are_told_with_what_is_unusual() -> None:
    assert show.say_views(F.views(), F.parts()).text == (
        "The pipeline drives it (weight 62%) and alone says $4.3M; history alone says $4M. Submitted: Commit $3.9M (at "
        "this moment usually 11% too low) and Best case $5.1M (at this moment usually 28% too high). In the "
        "pipeline's view, against the same moment of 8 earlier quarters (mean): from open deals $2.5M, more than in "
        "any of them (mean $1.9M), new business still to come $1.7M against $1.8M, and won so far $120K against $130K. "
        "Open deals: 120, usually 98."
    )
    unknown = F.parts().assign(usual=NAN)
    assert "is n/a: no earlier quarter is known as it was then." in show.say_views(F.views(), unknown).text
    assert show.say_views(F.views().iloc[:0]).text == "There are no views to compare."
    none = F.parts().assign(n_open=0, usual_open_deals=0.0)
    assert "Open deals" not in show.say_views(F.views(), none).text
    assert "Open deals:" not in show.table_parts(none).text


def test_what_is_not_proven_is_called_that() -> None:
    proven = show.say_scoreboard(F.scoreboard()).text
    assert proven == (
        "Against taking the same quarter a year ago, over 8 quarters, this forecast is proven better 92 days before "
        "the end (off by 8% against 16%). Proven worse: best case (92, 60, and 30 days before the end). 92 days before "
        "the end this forecast was off by 8%, the pipeline's view of a month earlier by 13%."
    )
    tight = F.scoreboard().assign(verdict="not proven")
    said = show.say_scoreboard(tight).text
    assert "this forecast is not proven to be better 92 days before the end" in said
    assert "Of no way is it proven that it is better or worse" in said
    assert "▲" not in show.table_scoreboard(tight).text
    assert show.say_scoreboard(F.scoreboard().assign(verdict="")).text.endswith("too few quarters.")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("better", "proven more exact than taking the same month a year ago: its error is 21% lower (95% interval +6%"),
        ("not proven", "not proven more exact than taking the same month a year ago (gain: 95% interval +6% to +34%)"),
    ],
)
def test_the_method_is_judged_by_its_verdict(verdict: str, expected: str) -> None:
    said = show.say_methods(F.methods(verdict)).text
    assert expected in said
    assert said.endswith("Its 80% ranges of single months held 79% of what came, its 95% ranges 95%.")
    assert show.say_methods(F.methods().iloc[1:]).text.endswith("is n/a: too few months.")


def test_groups_below_even_odds_are_named_and_growth_only_beyond_the_range() -> None:
    assert show.say_outlook_by(F.outlook()).text == (
        "Region: 1 of 4 reaches its quota with a probability below 50%: West 25%. Growth or decline against a year ago "
        "lies within the 80% range of each. Team: the probability of the quota is n/a. Growth or decline against a "
        "year ago lies within the 80% range of each."
    )
    grown = F.outlook().assign(growth_low=[-0.1, 0.02, *[-0.1] * 6])
    assert "More than a year ago, also at the low end of the 80% range: North +11%." in show.say_outlook_by(grown).text
    sure = F.outlook().assign(chance=0.8)
    assert "Region: all 4 reach their quota with a probability of at least 50%; the lowest is North with 80%." in (
        show.say_outlook_by(sure).text
    )
    assert show.say_outlook_by(F.company()).text.startswith("The forecast is not split")


def test_levers_are_told_with_what_was_ever_reached() -> None:
    said = show.say_needs(F.needs()).text
    assert said.endswith(
        "Average size of the deals won: $21.3K instead of $19.8K (in none of 8 earlier quarters; the best was $20.9K)."
    )
    never = F.needs(reached=(0, 0, 0)).assign(best=[0.25, 1.9e6, 20_900.0])
    assert show.say_needs(never).text.endswith("it takes several together, or another goal.")
    steps = show.say_outlook(F.highlights(needs=never)).text
    assert "The nearest: the average size of the deals won, at best $20.9K where it takes $21.3K." in steps
    assert show.say_needs(F.needs(met=True)).text.startswith("The expected revenue is at or above the quota")
    assert show.say_needs(F.needs(met=None)).text.endswith("is n/a: there is no quota of this quarter.")


def test_risks_are_told_the_gravest_first_and_what_is_nothing_is_not() -> None:
    lines = show.say_risks(F.risks()).text.splitlines()
    assert lines[0] == (
        "- Overdue: open deals whose close date has passed: $640K; without it the forecast would be $120K lower."
    )
    assert lines[1].endswith("$98K lower and the probability of the quota would be 22% instead of 31%.")
    assert lines[-1] == "- Coverage: open pipeline against what is still needed: 1.10x, usually 1.36x."
    calm = F.risks().assign(value=[410_000.0, 260_000.0, 0.24, 640_000.0, 0.0, 1.1])
    assert "Slipping" not in show.say_risks(calm).text
    assert show.say_risks(F.risks().iloc[:0]).text == "No risk stands out."


def test_misses_of_the_track_record_are_named() -> None:
    assert show.say_track_record(F.track_record()).text == (
        "At the same moment of the last 8 quarters such forecasts were off by 7% on average, and 6 of 8 results lay "
        "within the 80% range of the whole quarter. Over all of them together they were 1% too low. Outside the range: "
        "2025 Q2 ($4.6M came, above the range, forecast $3.8M) and 2026 Q1 ($3.4M came, below the range, forecast "
        "$3.9M)."
    )
    first = F.track_record().assign(inside=[None, None, False, *[True] * 5])
    told = "and of the 6 that had an 80% range of the whole quarter 5 results lay within it."
    assert told in show.say_track_record(first).text
    none = F.track_record().assign(inside=None)
    assert "range" not in show.say_track_record(none).text
    assert show.say_track_record(F.track_record().head(2)).text.endswith("So few quarters tell little.")
    assert show.say_track_record(F.track_record().iloc[:0]).text.startswith("How good such forecasts are is n/a")


def test_the_average_miss_is_the_sum_of_misses_over_what_came() -> None:
    two = F.track_record().head(2).assign(forecast=[90.0, 130.0], actual=[100.0, 100.0], error=[-10.0, 30.0])
    assert "off by 20% on average" in show.say_track_record(two).text
    assert "Over all of them together they were 10% too high." in show.say_track_record(two).text


def test_submitted_forecasts_are_told_from_the_earliest_to_the_last() -> None:
    assert show.say_submissions(F.submissions()).text.startswith(
        "Commit: over 60 days before the end off by 41%, in sum 11% too low; 0–7 days before the end off by 12%, in "
        "sum 3% too low. Best case:"
    )
    assert show.say_submissions(F.submissions().iloc[:0]).text == (
        "No forecast of a period that is over was submitted."
    )


def test_only_who_differs_beyond_chance_over_or_under_commits() -> None:
    assert show.say_commitments(F.commitments()).text == (
        "3 reps were tested. Promising more than comes, beyond chance: Ann Bell +30% (95% interval +12% to +48%; 8 "
        "periods). Promising less than comes, beyond chance: Bo Chen −30% (95% interval −42% to −18%; 8 periods). 1 "
        "rep has submitted for too few periods to tell."
    )
    calm = show.say_commitments(F.commitments().assign(verdict="not distinguishable", low=-0.5, high=0.5)).text
    assert calm == "4 reps were tested; none promises more or less than comes, beyond chance."
    new = show.say_commitments(F.commitments().assign(verdict="too few")).text
    assert new == "There are too few periods to tell who promises more than comes."


def test_published_runs_and_what_has_changed() -> None:
    assert show.say_runs(F.runs_accuracy(), F.previous()).text == (
        "The run as of August 31, 2026 expected $4M of this quarter; now it is $4.2M (+$150K). Published forecasts of "
        "quarters that are over: 92 days before the end off by 9% (2 forecasts)."
    )
    none = "No earlier run of this forecast was published for a quarter that is over by now."
    assert show.say_runs(F.runs_accuracy().iloc[:0], F.previous().iloc[:0]).text == none
    same = F.previous().assign(change=0.0)
    assert "expected the same of this quarter" in show.say_runs(F.runs_accuracy(), same).text


@pytest.mark.parametrize(
    ("quota", "where"),
    [
        (3.9e6, "no higher than the floor"),
        (4.1e6, "between the floor and the even goal"),
        (4.4e6, "between the even and the stretch goal"),
        (5e6, "beyond the stretch goal"),
    ],
)
def test_the_quota_is_placed_among_the_goals(quota: float, where: str) -> None:
    goals = F.goals()
    goals.loc[0, "quota"] = quota
    said = show.say_goals(goals).text
    assert said.startswith(
        "For 2026 Q4, $3.9M is reached with a probability of 80%, $4.2M with 50%, and $4.5M with 20%."
    )
    assert f"lies {where}: it is reached with a probability of 21%." in said
    assert said.endswith("Region: 1 of 4 has a quota beyond the stretch goal: West.")


def test_quotas_beyond_the_stretch_goals_are_counted_level_by_level() -> None:
    goals = pd.DataFrame(
        {
            "level": ["company", "region", "region", "region", "team", "team"],
            "group": ["", "South", "West", "East", "South", "East Two"],
            "period": "2026Q4",
            "floor": 80.0,
            "even": 100.0,
            "stretch": 120.0,
            "quota": [100.0, 130.0, 150.0, 110.0, 130.0, NAN],
            "chance_of_quota": [0.5, 0.1, 0.05, 0.4, 0.1, NAN],
        }
    )
    # South is a region and a team of the same people; of one level, whose quota is least probable comes first.
    assert show.say_goals(goals).text.endswith(
        "Region: 2 of 3 have quotas beyond their stretch goals: West and South. Team: 1 of 1 has a quota beyond the "
        "stretch goal: South."
    )


def test_goals_are_na_without_a_range() -> None:
    said = show.say_goals(F.goals().assign(floor=NAN, even=NAN, stretch=NAN)).text
    assert said.startswith("Goals are n/a: too few earlier quarters")


def test_notes_are_shown_and_their_absence_is_not() -> None:
    assert show.say_notes(["the month is not over", ""]).text == "- The month is not over"
    assert show.say_notes([]).text == "Nothing was left out, filled or done differently for want of data."


def test_an_interval_that_clears_0_without_a_verdict_is_explained() -> None:
    told = "The verdict allows for how many reps are compared"
    frame = F.commitments()
    assert told not in show.say_commitments(frame).text
    assert told in show.say_commitments(frame.assign(low=[0.12, -0.42, 0.01, NAN])).text
    # Who has too few periods has no verdict that could be explained.
    assert told not in show.say_commitments(frame.assign(low=[0.12, -0.42, -0.1, 0.01])).text
