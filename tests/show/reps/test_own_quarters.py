"""A rep's quarter beside the rep's own quarters before, in words: what changed, and what chance explains."""

from __future__ import annotations

import pandas as pd
import rep_samples as R

from salesops_lib import show

NAN = R.NAN


def change() -> pd.DataFrame:
    """The win rate fell, attainment rose, the cycle is longer by no more than chance."""
    rows = [
        ("quota_attainment", "Attainment", "share", "higher", 0.7, 1.55, 0.84, 0.72, 0.03, "above"),
        ("win_rate", "Win rate", "share", "higher", 0.6, 0.33, 0.42, 0.3, 0.001, "below"),
        ("sales_cycle_days", "Sales cycle", "days", "lower", 46.0, 57.0, NAN, 49.0, 0.3, "not distinguishable"),
    ]
    columns = "metric label unit better before value peers_before peers p_value verdict".split()
    return pd.DataFrame(rows, columns=columns).assign(earlier="2026Q2", period="2026Q3")


def test_what_changed_beyond_chance_is_told_with_the_peers_beside_it() -> None:
    assert show.say_own_change(change()).text == (
        "Worse than in the rep's own 2026 Q2 beyond chance: Win rate 33.0% after 60.0% (peers 30.0% after 42.0%). "
        "Better than in the rep's own 2026 Q2 beyond chance: Attainment 155.0% after 70.0% (peers 72.0% after 84.0%). "
        "Not distinguishable from the rep's own 2026 Q2: Sales cycle 57 days after 46 days."
    )
    neither = change().assign(better="neither").iloc[:1]
    assert show.say_own_change(neither).text.startswith("Unlike in the rep's own 2026 Q2 beyond chance: Attainment")


def test_what_could_not_be_tested_is_no_change_and_no_evenness() -> None:
    few = change().assign(verdict="too few", p_value=NAN)
    assert show.say_own_change(few).text == ("There are too few cases to tell the quarter from the rep's own 2026 Q2.")
    none = "There is no quarter of the rep's own before to compare with."
    assert show.say_own_change(change().assign(before=NAN, verdict="none")).text == none
    assert show.say_own_change(change().iloc[:0]).text == none


def test_the_trend_is_told_by_its_ends() -> None:
    rate = R.trend().query("metric == 'win_rate'").assign(value=[0.5, 0.6, NAN, 0.7, 0.4, 0.5, 0.6, 0.3])
    assert show.say_rep_trend(rate).text == (
        "Win rate: 30.0% in 2026 Q3, the lowest of 7 quarters; the highest was 70.0% in 2025 Q3; above the peers' "
        "figure in 5 of 7."
    )
    top = show.say_rep_trend(rate.assign(value=[0.5, 0.6, NAN, 0.7, 0.4, 0.5, 0.6, 0.8])).text
    assert top.startswith("Win rate: 80.0% in 2026 Q3, the highest of 7 quarters; the lowest was 40.0% in 2025 Q4;")
    middle = show.say_rep_trend(rate.assign(value=[0.5, 0.6, NAN, 0.7, 0.4, 0.5, 0.6, 0.5], peers=NAN)).text
    assert middle == (
        "Win rate: 50.0% in 2026 Q3; of 7 quarters the lowest was 40.0% in 2025 Q4, the highest 70.0% in 2025 Q3."
    )
    assert show.say_rep_trend(rate.iloc[-1:]).text == ""


def test_the_funnel_of_one_rep_is_told() -> None:
    frame = R.leaks().query("rep == 'R-002'")
    assert show.say_rep_funnel(frame).text == (
        "Less moves on than the peers' beyond chance (2025 Q4 – 2026 Q3): Proposal 31.0% (95% interval 23.0%–39.0%; "
        "peers 45.0%)."
    )
    ahead = show.say_rep_funnel(frame.assign(ahead=frame["leak"], leak=False)).text
    assert ahead.startswith("More moves on than the peers' beyond chance (2025 Q4 – 2026 Q3): Proposal 31.0%")
    calm = show.say_rep_funnel(frame.assign(leak=False)).text
    assert calm == (
        "Of what entered the 4 stages tested (2025 Q4 – 2026 Q3), in none does more or less move on than the peers' "
        "beyond chance. An interval beyond the peers' figure is no proof by itself: of so many comparisons, some get "
        "there by chance."
    )
    untold = frame.assign(p_value=NAN)
    assert show.say_rep_funnel(untold).text == "There are too few entries to tell where a rep leaks."
    assert show.say_rep_funnel(R.peerless(untold)).text == "There is nobody to compare with."
    assert show.say_rep_funnel(frame.iloc[:0]).text == "No opportunity entered a stage."


def test_who_is_compared_is_told_by_group_and_who_is_new() -> None:
    reps = R.reps(peers="SMB").assign(peers=["SMB"] * 4 + ["Large"] * 2, tenure_months=[NAN, 3.4, 40, 50, 11.98, 12])
    assert show.say_reps(reps).text == (
        "6 reps are compared, each only with those of the same group: Large (2) and SMB (4). In the first year of the "
        "job: Bo Chen (3.4 months); Ed Fox (11.9 months)."
    )
    assert show.say_reps(R.reps()).text == "6 reps are compared."
    assert show.say_reps(R.reps().iloc[:0]).text == "There are no reps to compare."


def test_an_interval_that_clears_the_peers_without_a_verdict_is_explained_below_the_cards() -> None:
    words = "figure is no proof by itself"
    assert words not in show.rep_cards(R.figures()).text
    clear = show.rep_cards(R.figures().assign(verdict="not distinguishable"))
    assert words in clear.text
    assert words in clear.html
    assert clear.records
