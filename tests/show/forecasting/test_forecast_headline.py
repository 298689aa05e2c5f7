"""The first screen of a forecast: what comes, how sure that is, what to do; nothing beyond what the frames carry."""

from __future__ import annotations

from datetime import date

import forecast_samples as F
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from salesops_lib import show

NAN = F.NAN


def test_the_first_screen_says_what_comes_how_sure_that_is_and_what_to_do() -> None:
    assert show.say_outlook(F.highlights(), date(2026, 9, 30)).text.splitlines() == [
        "As of September 30, 2026, 2026 Q4 is expected to bring $4.2M, with a probability of 80% between $3.8M and "
        "$4.6M; $120K of it is won already. The quota of $4.5M is reached with a probability of 31%: the expectation "
        "falls $300K short of it.",
        "The expectation is 11% more than the $3.8M of a year ago (80% range 0% to +21%). The pipeline drives it "
        "(weight 62%) and alone says $4.3M; history alone says $4M. At the same moment of the last 8 quarters such "
        "forecasts were off by 7% on average, and 6 of 8 results lay within the 80% range of the whole quarter.",
        "What to do:",
        "- To expect the quota, one of these is enough: win 27% of the open value instead of 24% (reached in 3 of 8 "
        "earlier quarters); $2M of new business from deals not open yet instead of $1.7M (reached in 1 of 8 earlier "
        "quarters).",
        "- Start where most is missing: West, $63K short of its quota (probability 25%).",
        "- Set new close dates or close out what is overdue: $640K.",
        "- Secure Plant in Ohio (Acme), $410K: without it, the forecast falls by $98K and the probability of the quota "
        "is 22%.",
    ]


def _first(**values: object) -> str:
    return show.say_outlook({"outlook": F.company(**values)}).text.splitlines()[0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"chance": 0.9999, "gap": -1e6}, "with a probability of over 99%: the expectation lies $1M above it."),
        ({"chance": 0.0, "gap": 3e6}, "with a probability of under 1%: the expectation falls $3M short of it."),
        ({"chance": NAN}, "How probable the quota of $4.5M is, is n/a; the expectation falls $300K short of it."),
        ({"quota": NAN, "chance": NAN, "gap": NAN}, "There is no quota to hold it against."),
        ({"closed": 4.5e6, "chance": 1.0}, "The quota of $4.5M is reached already."),
    ],
)
def test_the_quota_is_probable_and_never_certain(values: dict[str, object], expected: str) -> None:
    assert _first(**values).endswith(expected)


def test_a_forecast_without_a_range_says_why() -> None:
    bare = dict.fromkeys(("lo-80", "hi-80", "lo-95", "hi-95", "growth_low", "growth_high"), NAN)
    said = _first(**bare)
    assert "$4.2M; how sure that is, is n/a (too few earlier quarters tell how far such forecasts are off)" in said
    assert "probability of 80%" not in said
    card = show.outlook_cards(F.company(**bare)).text
    assert "No range: too few earlier quarters." in card
    assert "80% range" not in card


def test_without_a_last_year_growth_is_not_spoken_of() -> None:
    unknown = F.company(last_year=NAN, growth=NAN, growth_low=NAN, growth_high=NAN)
    assert "year ago" not in show.say_outlook({"outlook": unknown}).text
    assert "Against a year ago: n/a" in show.outlook_cards(unknown).text
    less = F.company(growth=-0.041, growth_low=-0.19, growth_high=0.1)
    assert "4% less than the $3.8M of a year ago (80% range −19% to +10%)." in show.say_outlook({"outlook": less}).text
    assert "The range holds both growth and decline." in show.outlook_cards(less).text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"weight": 0.3}, "History drives it (weight 70%) and alone says $4M; the pipeline alone says $4.3M."),
        ({"weight": 0.5}, "History ($4M alone) and pipeline ($4.3M alone) weigh the same in it."),
        ({"weight": 0.0}, "It rests on history alone; the pipeline says $4.3M."),
        ({"weight": 0.0, "pipeline": NAN}, "It rests on history alone; there is no view of the pipeline."),
        ({"weight": 1.0, "history": NAN}, "It rests on the pipeline alone; there is no forecast of history."),
    ],
)
def test_the_view_that_drives_it_is_named(values: dict[str, object], expected: str) -> None:
    assert expected in show.say_outlook({"outlook": F.company(**values)}).text


def test_the_largest_gap_is_named_on_the_first_level_that_has_quotas() -> None:
    teams = F.outlook()
    teams.loc[teams["level"] == "region", ["quota", "gap", "chance"]] = NAN
    teams.loc[teams["level"] == "team", "gap"] = [100_000.0, 250_000.0, -50_000.0]
    said = show.say_outlook({"outlook": teams}).text
    assert "Start where most is missing: Coast, $250K short of its quota." in said
    met = F.outlook().assign(gap=-1.0)
    assert "Start where" not in show.say_outlook({"outlook": met}).text


def test_nothing_is_said_of_a_quarter_that_cannot_be_forecast() -> None:
    none = "There is no forecast: too little is known of earlier months."
    assert show.say_outlook({}).text == none
    assert show.say_outlook({"outlook": F.company(mean=NAN)}).text == none
    assert show.outlook_cards(F.outlook().iloc[:0]).text == none


def test_an_alarm_is_on_the_first_screen_only_if_raised() -> None:
    calm = show.say_outlook(F.highlights()).text
    assert "Alarm" not in calm
    raised = show.say_outlook(F.highlights(alarm=F.alarm(raised=True)))
    warning = BeautifulSoup(raised.html, "html.parser").find("p", class_="bad").get_text()
    assert warning == (
        "▼ Alarm: only 46% of the last 24 results by month and group lay within the 80% ranges that history alone gave "
        "them, which chance hardly explains (p < 0.001). Something has changed: ranges from history are too narrow at "
        "present."
    )
    assert show.say_alarm(F.alarm(raised=True)).text in raised.text
    for one in (True, False):
        said = show.say_alarm(F.alarm(raised=one))
        assert (said.name, said.records[0]["raised"]) == ("alarm", one)
    assert show.say_alarm(F.alarm()).text == (
        "No alarm: of the last 24 results by month and group 79% lay within the 80% ranges that history alone gave "
        "them."
    )
    assert show.say_alarm(F.alarm().assign(realised=NAN, n=0)).text.endswith("n/a: too few earlier forecasts.")


def test_a_deal_that_hardly_moves_the_forecast_is_no_step_of_the_first_screen() -> None:
    small = F.risks().assign(effect=[-30_000.0, -20_000.0, NAN, -120_000.0, NAN, NAN])
    assert "Secure" not in show.say_outlook(F.highlights(risks=small)).text


def test_the_first_screen_says_if_the_latest_quarter_left_its_range() -> None:
    record = F.track_record()
    assert "The latest" not in show.say_outlook(F.highlights(track_record=record)).text
    # 4.1M were forecast of 2026 Q3: 3.0M is 1.1 ÷ 3.0 = 37 % less than that, 5.0M is 18 % more.
    last = record["period"] == "2026Q3"
    for came, told in (
        (3.0e6, "37% too high: $3M came, below its 80% range. If what changed then lasts, this forecast is too high"),
        (5.0e6, "18% too low: $5M came, above its 80% range. If what changed then lasts, this forecast is too low"),
    ):
        missed = record.assign(
            actual=record["actual"].mask(last, came),
            off=record["off"].mask(last, (4.1e6 - came) / came),
            inside=record["inside"].mask(last, False),
        )
        said = show.say_outlook(F.highlights(track_record=missed)).text
        assert f"The latest, of 2026 Q3, was {told} as well." in said


def test_few_slips_are_no_step_of_the_first_screen() -> None:
    few, many = (F.risks().query("risk == 'slipping'").assign(value=value) for value in (0.007, 0.06))
    assert "Hold the close dates" not in show.say_outlook(F.highlights(risks=few)).text
    step = "- Hold the close dates: 6% of the deals due in the last year moved past their quarter."
    assert step in show.say_outlook(F.highlights(risks=many)).text


def test_a_frame_is_not_changed_by_being_spoken_of() -> None:
    frames = [frame for frame in F.highlights().values() if frame is not None]
    before = [frame.copy() for frame in frames]
    show.say_outlook(F.highlights())
    highlights = dict(zip(F.highlights(), frames, strict=True))
    show.say_outlook(highlights)
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
