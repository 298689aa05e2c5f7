"""One rep's scorecard in words: who it is, what is certain, cards against the peers, the next steps."""

from __future__ import annotations

import rep_samples as R

from salesops_lib import show

NAN = R.NAN


def test_the_scorecard_begins_with_who_it_is_and_what_is_certain() -> None:
    expected = (
        "; deals closed in the quarter: 21; hired on 2026-08-03. Better than the peers beyond chance: Win rate 63.0% "
        "(95% interval 54.0%–72.0%; peers 41.0%). Worse than the peers beyond chance: Sales cycle (median) 62 days "
        "(95% interval 55–70 days; peers 48 days). Not distinguishable from the peers: Quota attainment. Too few cases "
        "to tell: Lead response (median)."
    )
    text = show.say_rep(R.reps().iloc[0], R.figures()).text
    assert text.startswith("Ann Bell: team Central; territory T-01; segment SMB; in the job for 2.9 years;")
    assert text.endswith(expected)
    assert show.say_rep(R.reps().iloc[:1], R.figures()).text == text
    nobody = show.say_rep(R.reps().iloc[0], R.peerless(R.figures())).text
    assert nobody.endswith("2026-08-03. There is nobody to compare with, or too few to show.")
    bare = R.reps().assign(team="", territory=None, segment="", tenure_months=NAN, note="").iloc[0]
    assert show.say_rep(bare, R.figures().iloc[:0]).text == "Ann Bell: deals closed in the quarter: 21."
    assert show.say_rep(R.reps().iloc[:0], R.figures()).text == "This rep was not there in the quarter."


def test_cards_are_held_against_the_peers() -> None:
    cards = show.rep_cards(R.figures())
    win_rate, cycle, size, response = cards.text.split("\n\n")[1:]
    assert win_rate.splitlines() == [
        "Win rate: 63.0%",
        "95% interval 54.0%–72.0%",
        "better than the peers",
        "Peers: 41.0%",
        "Middle 80% of peers: 32.8%–51.2%",
    ]
    assert '<p class="verdict good"><span class="mark" aria-hidden="true">▲</span> better than the peers' in cards.html
    assert '<p class="verdict bad"><span class="mark" aria-hidden="true">▼</span> worse than the peers' in cards.html
    assert "worse than the peers" in cycle
    assert size.splitlines() == [
        "Average deal size: n/a", "Peers: $20K", "Middle 80% of peers: $16K–$25K", "No deal was won.",
    ]  # fmt: skip
    assert "too few cases to tell" in response
    assert "Only 4 cases: read the interval." in response
    assert cards.name == "rep_cards"
    assert show.rep_cards(R.figures().iloc[:0]).text == "There are no figures of this rep."


def test_withheld_peers_are_not_on_a_card() -> None:
    cards = show.rep_cards(R.figures().assign(peers_low=NAN, peers_high=NAN, peers=NAN, verdict="none"))
    assert "eers" not in cards.text


def test_next_steps_are_a_line_each_with_the_largest_deals() -> None:
    assert show.say_next_steps(R.pipeline(8)).text.splitlines() == [
        "- Set a new close date: 1 deal worth $50K. Deal 0 ($50K; close date has passed, pushed repeatedly).",
        "- Get in touch: 1 deal worth $49K. Deal 1 ($49K; no activity yet).",
        "- Carry on: 6 deals worth $273K.",
    ]
    calls = R.pipeline(8).assign(next_step="contact", flags=[()] * 8)
    assert show.say_next_steps(calls).text == (
        "- Get in touch: 8 deals worth $372K. Deal 0 ($50K); Deal 1 ($49K); Deal 2 ($48K); O-003 ($47K); and 4 more."
    )
    assert show.say_next_steps(R.pipeline().iloc[:0]).text == "The rep has no open deals."
