"""Sentences about single reps: months and trends with what was to be expected, points of coaching, untested reps."""

from __future__ import annotations

import pandas as pd
import rep_samples as R
from bs4 import BeautifulSoup

from salesops_lib import show

NAN = R.NAN


def test_months_that_are_more_than_chance_are_named_and_others_are_not() -> None:
    assert show.say_steadiness(R.steadiness(), R.months()).text == (
        "Of 72 months tested 2 are good or bad ones beyond chance: ▲ Ann Bell in July 2026: 190.0%, expected 90.0% "
        "(95% range 30.0%–160.0%); ▼ Bo Chen in March 2026: 5.0%, expected 90.0% (95% range 30.0%–160.0%). No other "
        "good or bad month can be told from the usual up and down. Relative to the peers, the months have a trend "
        "beyond chance, falling: Fay Gray from 1.2x to 0.7x of their median, first to last half of the months "
        "(Kendall's tau −0.62, 95% interval −0.80 to −0.40)."
    )
    money = show.say_steadiness(R.steadiness(), R.months(unit="money")).text
    assert "▲ Ann Bell in July 2026: $76K, expected $36K (95% range $12K–$64K);" in money
    no_range = show.say_steadiness(R.steadiness(), R.months().assign(expected=NAN)).text
    assert "▲ Ann Bell in July 2026: 190.0%; ▼" in no_range
    assert show.say_steadiness(R.steadiness(), R.months().iloc[:0]).text == "There are no months to judge."


def test_only_months_that_were_tested_are_counted() -> None:
    calm, months = R.steadiness().assign(verdict="no trend"), R.months().assign(signal=False)
    few = months.assign(p_value=months["p_value"].mask(months["rep"] == "R-003"))
    # Five of the six reps' twelve months.
    assert show.say_steadiness(calm, few).text == (
        "Of 60 months tested none is a good or bad one beyond chance. Relative to the peers, the months of 6 reps were "
        "tested for a trend; none has one beyond chance."
    )
    none = months.assign(p_value=NAN)
    assert show.say_steadiness(calm.assign(verdict="too few", p_value=NAN), few).text.endswith(
        "beyond chance. There are too few months to tell a trend."
    )
    assert show.say_steadiness(calm.iloc[:1], none).text == (
        "There are too few months or deals to tell a good or bad month from chance. Relative to the peers, the months "
        "of 1 rep were tested for a trend; it has none beyond chance."
    )
    untold = show.say_steadiness(calm.assign(p_value=NAN), none).text
    assert untold == "There are too few months or deals to tell."


def test_coaching_begins_with_recognition_and_names_steady_reps_together() -> None:
    shown = show.say_coaching(R.coaching())
    month = "- Well done: Attainment of 190.0% in July 2026, more than chance: expected 90.0% (95% range 30.0%–160.0%)."
    assert shown.text.splitlines() == [
        "Ann Bell",
        "- Well done: Win rate in 2026 Q3: 63.0% (95% interval 54.0%–72.0%; peers 41.0%).",
        month,
        "- To talk about: Sales cycle (median) in 2026 Q3: 62 days (95% interval 55–70 days; peers 48 days).",
        "Bo Chen",
        "- To talk about: Conversion in Proposal 31.0% (95% interval 23.0%–39.0%; peers 45.0%); about $128K lost.",
        "- To talk about: Relative to the peers over 2025 Q4 – 2026 Q3: from 1.2x to 0.7x of their median, first to "
        "last half of the months (Kendall's tau, 95% interval −0.80 to −0.40).",
        "- For whoever hands out leads: 0.12 a working day (95% interval 0.04–0.24), fewer than the even share of "
        "0.31.",
        "Nothing stands out",
        "For 3 reps nothing beyond chance was found to recognise or to talk about: Di Evans, Ed Fox, and Fay Gray.",
        "Too few cases to tell",
        "For 1 rep there are too few cases to tell: Cy Diaz.",
    ]
    page = BeautifulSoup(shown.html, "html.parser")
    assert [heading.get_text() for heading in page.find_all("h3")] == [
        "Ann Bell", "Bo Chen", "Nothing stands out", "Too few cases to tell",
    ]  # fmt: skip
    assert all(len(listing.find_all("li")) == 3 for listing in page.find_all("ul"))
    assert len(shown.records) == 10


def test_coaching_of_one_rep_needs_no_heading() -> None:
    shown = show.say_coaching(R.coaching().query("rep == 'R-002'"))
    assert "<h3>" not in shown.html
    assert "Bo Chen" not in shown.text
    few = show.say_coaching(R.coaching().query("rep == 'R-003'"))
    assert few.text == "There are too few cases to tell."
    steady = R.coaching().query("rep == 'R-004'")
    assert show.say_coaching(steady).text == (
        "Nothing beyond chance was found to recognise or to talk about; Win rate 39.0% (peers 41.0%)."
    )
    assert show.say_coaching(steady.assign(value=NAN, label=None)).text == (
        "Nothing beyond chance was found to recognise or to talk about."
    )
    assert show.say_coaching(steady.assign(peers=NAN, p_value=NAN)).text == "There is nobody to compare with."
    unnamed = R.coaching().query("topic in ('month', 'trend')").assign(label=None)
    assert "Well done: Attainment of 190.0%" in show.say_coaching(unnamed).text
    assert "None" not in show.say_coaching(unnamed).text
    assert "190.0% in July 2026, more than chance.\n" in show.say_coaching(unnamed.assign(peers=NAN)).text
    assert "Relative to the peers: from" in show.say_coaching(unnamed.assign(period="")).text
    assert show.say_coaching(R.coaching().iloc[:0]).text == "There is nothing to say of single reps."


def test_reps_with_nobody_to_compare_with_are_no_steady_ones() -> None:
    shown = show.say_coaching(R.coaching().query("kind == 'steady'").assign(peers=NAN, p_value=NAN))
    assert shown.text.splitlines() == [
        "Nobody to compare with",
        "For 4 reps there is nobody to compare with: Cy Diaz, Di Evans, Ed Fox, and Fay Gray.",
    ]


def test_coaching_of_reps_of_one_name_keeps_them_apart_and_harmless() -> None:
    page = BeautifulSoup(show.say_coaching(R.coaching(R.HOSTILE_NAMES)).html, "html.parser")
    assert not page.find("script")
    assert page.h3.get_text() == R.HOSTILE
    assert "Same Name (R-005), and Same Name (R-006)." in page.get_text()


def test_a_figure_that_differs_and_is_no_point_is_not_passed_over() -> None:
    frame = R.coaching()
    ed = frame["rep"] == "R-005"
    aside = {"kind": "aside", "topic": "revenue_won", "label": "Revenue won", "unit": "money", "value": 41248.0}
    aside |= {"low": 1000.0, "high": 96800.0, "peers": 259755.0, "p_value": 0.001, "tenure_months": 3.48}
    frame = pd.concat([frame[~ed], frame[ed].assign(**aside)])
    lines = show.say_coaching(frame).text.splitlines()
    assert lines[lines.index("Ed Fox") + 1] == (
        "- Revenue won in 2026 Q3 differs beyond chance, but is no point by itself, since it follows from where a rep "
        "was put and for how long: $41.2K (95% interval $1.0K–$96.8K; peers $259.8K). The rep is new: only 3.5 "
        "months in the job. Nothing else beyond chance was found to recognise or to talk about."
    )
    assert "For 2 reps nothing beyond chance was found to recognise or to talk about: Di Evans and Fay Gray." in lines
    size = frame[frame["rep"] == "R-005"].assign(topic="average_deal_size", tenure_months=34.4)
    assert "it follows from the kind of customer: $41.2K" in show.say_coaching(size).text
    assert "in the job" not in show.say_coaching(size).text


def test_what_was_made_like_with_like_says_so() -> None:
    rate = R.coaching().query("topic == 'win_rate' and kind == 'recognition'").assign(period="2025Q4..2026Q3")
    assert show.say_coaching(rate).text.startswith("- Well done: Win rate like with like in 2025 Q4 – 2026 Q3: 63.0%")


def test_leads_of_better_quality_are_told_with_their_number() -> None:
    lead = R.coaching().query("topic == 'leads'").assign(quality=59.8, quality_peers=50.9, quality_verdict="above")
    assert show.say_coaching(lead).text.endswith(
        "fewer than the even share of 0.31, of better quality beyond chance (59.8; peers 50.9)."
    )
    worse = lead.assign(quality=0.25, quality_peers=0.4, quality_unit="share", quality_verdict="below")
    assert show.say_coaching(worse).text.endswith("of worse quality beyond chance (25.0%; peers 40.0%).")


def test_few_leads_are_no_fault_of_the_rep() -> None:
    lead = R.coaching().query("topic == 'leads'")
    assert "To talk about" not in show.say_coaching(lead).text
    more = show.say_coaching(lead.assign(value=0.5, kind="recognition")).text
    assert more == "- For whoever hands out leads: 0.50 a working day (95% interval 0.04–0.24), against the even " + (
        "share of 0.31."
    )
