"""Sentences about reps say what the frames say, name who it is, and judge only what the verdict judges."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
import rep_samples as R

from salesops_lib import show
from salesops_lib.show.numbers import number

NAN = R.NAN
CALM = "not distinguishable"
CLEAR = "An interval beyond the peers' figure is no proof by itself: of so many comparisons, some get there by chance."


def _calm(names: tuple[str, ...] = R.NAMES) -> dict[str, pd.DataFrame | None]:
    return {
        "leaderboard": R.leaderboard(names).assign(verdict=CALM),
        "adjusted": R.adjusted(names).assign(verdict=CALM),
        "months": R.months(names).assign(signal=False),
        "leaks": R.leaks(names).assign(leak=False),
        "lead_fairness": R.lead_fairness().assign(uneven=False),
        "lead_shares": R.lead_shares(names).assign(verdict=CALM),
    }


def test_the_headline_says_who_stands_out_and_whether_chances_were_alike() -> None:
    said = show.say_comparison(R.highlights())
    assert said.text == (
        "3 of 5 reps tested differ from the peers in a figure of the quarter, beyond chance. "
        "Win rate: Ann Bell better, 63.0% (95% interval "
        "54.0%–72.0%; peers 41.0%); Fay Gray worse, 22.0% (95% interval 13.0%–31.0%; peers 41.0%). Sales cycle "
        "(median): Bo Chen worse, 62 days (95% interval 56–68 days; peers 48 days). "
        "Over four quarters and like with like, Ann Bell is better in Win rate: 54.2% (95% interval 46.2%–62.2%; peers "
        "41.0%). 1 raw difference is gone once territory, segment, tenure and leads are equal. "
        "Of 72 months tested 2 are good or bad ones beyond chance: ▲ Ann Bell in July 2026: 190.0%, expected 90.0% "
        "(95% range 30.0%–160.0%); ▼ Bo Chen in March 2026: 5.0%, expected 90.0% (95% range 30.0%–160.0%). "
        "Bo Chen leaks in Proposal: 31.0% moved on, of the peers' 45.0%; a loss of $128K. "
        "Leads are handed out unevenly, beyond chance. Fewer than the even share, beyond chance: Fay Gray 0.12 a "
        "working day (95% interval 0.04–0.24; even share 0.31)."
    )
    assert 'class="say headline"' in said.html


def test_the_headline_of_equals_names_nobody() -> None:
    text = show.say_comparison(_calm()).text
    assert text == (
        "5 reps were tested; in the quarter no figure of a rep differs from the peers' beyond chance. "
        "Over four quarters and like with like, no rep tested differs from the peers beyond chance. "
        "Of 72 months tested none is a good or bad one beyond chance. "
        "Over all reps, the numbers of leads are within what equal shares give by chance."
    )
    assert not any(name in text for name in R.NAMES)


def test_the_headline_says_only_what_there_is() -> None:
    board = R.leaderboard()
    alone = show.say_comparison({"leaderboard": board}).text
    assert alone.endswith("62 days (95% interval 56–68 days; peers 48 days).")
    nones = dict.fromkeys(("adjusted", "months", "leaks", "lead_fairness", "lead_shares"))
    assert show.say_comparison({"leaderboard": board, **nones}).text == alone
    empty = {name: frame.iloc[:0] for name, frame in R.highlights().items() if frame is not None}
    assert show.say_comparison({**empty, "leaderboard": board}).text == alone
    assert show.say_comparison({"leaderboard": None}).text == "There are no reps to compare."


def test_the_headline_says_nothing_of_what_was_not_tested() -> None:
    frames = {
        name: frame.assign(p_value=NAN, **({"verdict": "too few"} if "verdict" in frame else {}))
        for name, frame in R.highlights().items()
        if frame is not None and name in ("leaderboard", "adjusted", "months", "leaks")
    }
    assert show.say_comparison({**frames, "leaks": frames["leaks"].assign(leak=False)}).text == (
        "In the quarter there are too few cases to tell reps from their peers. "
        "Over four quarters and like with like, there are too few deals to tell."
    )
    peerless = {"leaderboard": R.peerless(R.leaderboard(R.NAMES[:1]))}
    assert show.say_comparison({**R.highlights(R.NAMES[:1]), **peerless}).text == "There is nobody to compare with."


def test_the_leaderboard_is_told_by_figure_and_interval() -> None:
    assert show.say_leaderboard(R.leaderboard()).text == (
        "3 of 5 reps tested differ from the peers in a figure of the quarter, beyond chance. "
        "Better than the peers: Ann Bell, Win rate 63.0% "
        "(95% interval 54.0%–72.0%; peers 41.0%). Worse: Bo Chen, Sales cycle (median) 62 days (95% interval 56–68 "
        "days; peers 48 days); Fay Gray, Win rate 22.0% (95% interval 13.0%–31.0%; peers 41.0%). 5 figures rest on "
        "fewer than 10 cases and are not judged."
    )


def test_few_wins_where_many_were_due_are_a_verdict_and_it_says_why() -> None:
    frame = R.one_metric().assign(metric="revenue_won", label="Revenue won")
    few = frame.assign(n=frame["n"].mask(frame["rep"] == "R-006", 4))
    due = "Of revenue the deals to be expected count, not those won: who won few where ten or more were due is judged."
    assert due in show.say_leaderboard(few).text
    assert due not in show.say_leaderboard(frame).text


def test_who_is_new_in_the_job_is_told_beside_the_difference() -> None:
    reps = R.reps().assign(tenure_months=[34.4] * 5 + [3.48])
    said = show.say_leaderboard(R.leaderboard(), reps).text
    assert "; Fay Gray (only 3.5 months in the job), Win rate 22.0%" in said
    assert "Better than the peers: Ann Bell, Win rate" in said


def test_the_headline_tells_both_halves_of_uneven_leads() -> None:
    shares = R.lead_shares()
    better = shares.assign(quality_verdict=shares["quality_verdict"].mask(shares["rep"] == "R-006", "above"))
    said = show.say_comparison({**R.highlights(), "lead_shares": better}).text
    assert said.endswith("even share 0.31), of better quality beyond chance (50; peers 50.2).")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (
            R.leaderboard().assign(verdict=CALM),
            f"5 reps were tested; in the quarter no figure of a rep differs from the peers' beyond chance. {CLEAR}",
        ),
        (R.leaderboard().assign(verdict="too few"), "There are too few cases to tell."),
        (R.leaderboard().assign(p_value=NAN), "There are too few cases to tell."),
        (R.leaderboard().assign(verdict="none", value=NAN), "There are too few cases to tell."),
        (R.peerless(R.leaderboard()), "There is nobody to compare with."),
        (R.peerless(R.leaderboard(R.NAMES[:1])), "There is nobody to compare with."),
        (
            R.leaderboard(R.NAMES[:1]).assign(verdict=CALM, low=0.0),
            "1 rep was tested; no figure of the quarter differs from the peers' beyond chance.",
        ),
        (R.leaderboard().iloc[:0], "There are no reps to compare."),
    ],
)
def test_a_leaderboard_without_differences_says_so(frame: pd.DataFrame, expected: str) -> None:
    assert show.say_leaderboard(frame).text == expected


def test_who_has_nobody_to_compare_with_is_counted_apart() -> None:
    frame = R.leaderboard().assign(verdict=CALM, low=NAN)
    last = frame["rep"] == "R-006"
    frame = frame.assign(peers=frame["peers"].mask(last), p_value=frame["p_value"].mask(last))
    assert show.say_leaderboard(frame).text == (
        "4 reps were tested; in the quarter no figure of a rep differs from the peers' beyond chance. 1 rep has nobody "
        "to be compared with."
    )


def test_what_is_not_shown_is_said_with_what_it_needs() -> None:
    figures = "Not shown: Quota attainment (needs the table quotas); Lead response (needs the table leads)."
    reps = "2 reps are not shown, because their group of peers is smaller than the company shows."
    assert show.say_lacking(R.lacking()).text == figures
    assert show.say_lacking(R.lacking(), 2).text == f"{figures} {reps}"
    one = "1 rep is not shown, because the group of peers is smaller than the company shows."
    assert show.say_lacking(R.lacking().iloc[:0], 1).text == one
    assert show.say_lacking(R.lacking().iloc[:0]).html == ""


def test_what_is_neither_good_nor_bad_is_not_judged() -> None:
    said = show.say_leaderboard(R.leaderboard().assign(better="neither")).text
    assert "Different, neither better nor worse: Ann Bell" in said
    assert "Better" not in said
    assert "Worse" not in said


def test_many_differences_are_counted_after_the_first_few() -> None:
    frame = R.one_metric("win_rate", R.crowd(20)).assign(verdict="above", p_value=[i / 100 for i in range(20)])
    said = show.say_leaderboard(frame).text
    assert "Rep Number 004" in said
    assert "Rep Number 005" not in said
    assert "; and 15 more." in said


SAYINGS: dict[str, Callable[[], show.Shown]] = {
    "comparison": lambda: show.say_comparison(_calm()),
    "leaderboard": lambda: show.say_leaderboard(R.leaderboard().assign(verdict=CALM)),
    "adjusted": lambda: show.say_adjusted(R.adjusted().assign(verdict=CALM)),
    "leaks": lambda: show.say_leaks(R.leaks().assign(leak=False)),
    "rep": lambda: show.say_rep(R.reps().iloc[0], R.figures().assign(verdict=CALM)),
}


@pytest.mark.parametrize("name", SAYINGS)
@pytest.mark.parametrize("word", ["better", "worse", "above", "below", "best", "worst", "Well done"])
def test_what_is_not_distinguishable_is_not_judged(name: str, word: str) -> None:
    assert word not in SAYINGS[name]().text


def test_the_headline_counts_where_many_differ() -> None:
    frame = R.one_metric("win_rate", R.crowd(20)).assign(verdict=["above"] * 12 + ["below"] * 8, p_value=0.01)
    said = show.say_comparison({"leaderboard": frame}).text
    first = "20 of 20 reps tested differ from the peers in a figure of the quarter, beyond chance."
    assert said == f"{first} Win rate: 12 better, 8 worse."


def test_like_with_like_tells_who_differs_and_what_was_adjusted_for() -> None:
    assert show.say_adjusted(R.adjusted(), R.factors()).text == (
        "Win rate like with like: Ann Bell 63.0%, like with like 54.2% (95% interval 46.2%–62.2%), better than the "
        "peers. "
        "Win rate is adjusted for the segment and the source of the lead. It is not adjusted for the time in the job "
        "(the source has no hiring dates). "
        "Revenue won like with like: 6 reps were tested and none differs from the peers beyond chance. "
        f"Revenue won is adjusted for the potential of the territory. {CLEAR}"
    )
    assert show.say_adjusted(R.adjusted().assign(adjusted=NAN)).text == "There is nothing to adjust."


def test_like_with_like_says_so_where_nothing_was_tested() -> None:
    frame = R.adjusted().assign(verdict="too few", p_value=NAN)
    assert show.say_adjusted(frame).text == (
        "Win rate like with like: there are too few deals to tell. Revenue won like with like: there are too few deals "
        "to tell."
    )
    alone = R.adjusted(R.NAMES[:1]).query("metric == 'win_rate'").assign(verdict="none", p_value=NAN)
    assert show.say_adjusted(alone).text == "Win rate like with like: there is nobody to compare with."


def test_differences_that_are_gone_like_with_like_are_told_where_the_raw_verdicts_are_known() -> None:
    said = show.say_adjusted(R.raw(R.adjusted())).text
    gone = "1 raw difference is gone: Fay Gray 22.0%, like with like 29.6% (95% interval 21.6%–37.6%). Revenue won"
    assert gone in said
    few = R.adjusted().assign(raw_verdict="too few")
    assert "is gone" not in show.say_adjusted(few).text


def test_only_a_leak_is_called_one() -> None:
    assert show.say_leaks(R.leaks()).text == (
        "Of 24 stages of 6 reps tested (2025 Q4 – 2026 Q3) 1 leaks, converting less than the peers' beyond chance: Bo "
        "Chen in Proposal: 31.0% of 80 moved on, of the peers' 45.0%; a loss of 6.4 (95% interval 4.3–8.5) wins or "
        "$128K."
    )
    none = (
        "Of 24 stages of 6 reps tested (2025 Q4 – 2026 Q3), in no stage does a rep convert less than the peers beyond "
        "chance."
    )
    assert show.say_leaks(R.leaks().assign(leak=False)).text == f"{none} {CLEAR}"
    assert show.say_leaks(R.leaks().assign(leak=False, high=0.9)).text == none
    few = R.leaks().assign(leak=False, p_value=lambda each: each["p_value"].where(each["entered"] > 100))
    assert show.say_leaks(few).text == none.replace("24 stages", "6 stages")
    untold = R.leaks().assign(leak=False, p_value=NAN)
    assert show.say_leaks(untold).text == "There are too few entries to tell where a rep leaks."
    assert show.say_leaks(R.peerless(untold)).text == "There is nobody to compare with."
    assert show.say_leaks(untold.assign(entered=0, conversion=NAN)).text == "No opportunity entered a stage."
    assert show.say_leaks(R.leaks().iloc[:0]).text == "No opportunity entered a stage."


def test_practices_end_with_the_warning() -> None:
    warning = "This is association: it does not show that copying it makes a rep win more."
    said = show.say_practices(R.practices(), R.best_reps()).text
    assert said == (
        "The leading group here are the 2 of 6 reps with the highest win rates like with like in 2025 Q4 – 2026 Q3: "
        "Ann Bell and Bo Chen. Only Ann Bell is above the peers beyond chance: chance may have put the others there. "
        "Beyond chance, the leading group differs in: Contacts per won deal, 3.1 against 1.9 (higher in the group in "
        f"86.0%, 95% interval 70.0%–95.0%); Lead response (median), {number(2.2, 'hours')} against "
        f"{number(6.5, 'hours')} (higher in the group in 20.0%, 95% interval 8.0%–36.0%). {warning}"
    )
    calm = show.say_practices(R.practices().assign(verdict=CALM)).text
    none = "3 practices were tested; none differs between the leading group and the rest beyond chance."
    assert calm == f"{none} {warning}"
    few = show.say_practices(R.practices().assign(verdict="too few")).text
    assert few == "There are too few reps to tell what the leading group does differently."


def test_who_leads_by_chance_is_not_called_better() -> None:
    chance = show.say_practices(R.practices(), R.best_reps().assign(verdict=CALM)).text
    assert "Bo Chen. None of them is above the peers beyond chance: chance may have put any of them there." in chance
    certain = show.say_practices(R.practices(), R.best_reps().assign(verdict="above")).text
    assert "Bo Chen. All of them are above the peers beyond chance. Beyond" in certain


def test_leads_are_even_or_not_with_what_chance_gives() -> None:
    assert show.say_lead_fairness(R.lead_fairness(), R.lead_shares()).text == (
        "Leads are handed out unevenly, beyond chance; the inequality of the shares is 0.12, on a scale from 0 (all "
        "have the same) to 1 (one has all), where equal shares give 0.05–0.09 by chance. Fewer than the even share, "
        "beyond chance: Fay Gray 0.12 a working day (95% interval 0.04–0.24; even share 0.31). Over all reps, the "
        "quality of the leads does not differ beyond chance. Better leads, beyond chance: Ann Bell 58 (95% interval "
        "54–62; peers 50.2).\n"
        "Test of the numbers: chi-square 61.2 with 39 degrees of freedom, p < 0.001; the inequality is the Gini "
        "coefficient. Test of the quality: Kruskal-Wallis 41.9 with 39 degrees of freedom, p = 0.346."
    )
    clear = R.lead_shares().assign(verdict=CALM)
    assert f"{CLEAR}\nTest" in show.say_lead_fairness(R.lead_fairness(), clear).text
    unknown = R.lead_fairness().iloc[1:].assign(p_value=NAN)
    assert show.say_lead_fairness(unknown).text == "The quality of the leads cannot be compared."
    assert show.say_lead_fairness(R.lead_fairness().iloc[:0]).text == "There are no leads."
    one = R.lead_shares(R.NAMES[:1])
    assert show.say_lead_fairness(R.lead_fairness(), one).text == "There is nobody to share the leads with."


def test_names_of_three_hundred_reps_do_not_flood_a_sentence() -> None:
    names = R.crowd(300)
    said = show.say_comparison(R.highlights(names)).text
    assert said.startswith("3 of 299 reps tested differ")
    assert len(said) < 1100
    many = R.steadiness(names).assign(verdict="rising")
    assert "; and 297 more." in show.say_steadiness(many, R.months(names)).text
    assert len(show.say_steadiness(many, R.months(names)).text) < 950


def test_of_raw_revenue_nobody_is_named_and_the_count_is_that_of_the_leaderboard() -> None:
    calm = _calm()["leaderboard"]
    assert calm is not None
    revenue = calm["metric"] == "quota_attainment"
    board = calm.assign(
        metric=calm["metric"].mask(revenue, "revenue_won"), label=calm["label"].mask(revenue, "Revenue won")
    )
    worst = revenue & (board["rep"] == board["rep"].iloc[0])
    board = board.assign(verdict=board["verdict"].mask(worst, "below"))
    headline = show.say_comparison({"leaderboard": board}).text
    assert headline.startswith("1 of 5 reps tested differs from the peers in a figure of the quarter, beyond chance.")
    assert "Revenue won: 1 worse, before like is compared with like." in headline
    assert not any(name in headline for name in R.NAMES)
    assert R.NAMES[0] in show.say_leaderboard(board).text
