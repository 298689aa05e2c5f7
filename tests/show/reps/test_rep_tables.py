"""Tables about reps: they can be read aloud, hold every rep, mark what is beyond chance and escape every name."""

from __future__ import annotations

import json
from collections.abc import Callable

import pandas as pd
import pytest
import rep_samples as R
from bs4 import BeautifulSoup

from salesops_lib import show

TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "reps": R.reps,
    "leaderboard": R.leaderboard,
    "forest": R.one_metric,
    "adjusted": R.adjusted,
    "factors": R.factors,
    "months": R.months,
    "steadiness": R.steadiness,
    "leaks": R.leaks,
    "practices": R.practices,
    "lead_shares": R.lead_shares,
    "personal": R.personal,
    "band": R.figures,
    "rep_trend": R.trend,
    "pipeline": R.pipeline,
    "ageing": R.ageing,
}
NAMED: dict[str, Callable[..., pd.DataFrame]] = {
    "reps": R.reps,
    "leaderboard": R.leaderboard,
    "adjusted": R.adjusted,
    "months": R.months,
    "steadiness": R.steadiness,
    "leaks": R.leaks,
    "lead_shares": R.lead_shares,
}


def _table(name: str, frame: pd.DataFrame | None = None) -> show.Shown:
    make: Callable[[pd.DataFrame], show.Shown] = getattr(show, f"table_{name}")
    return make(TABLES[name]() if frame is None else frame)


def _cells(shown: show.Shown) -> list[list[str]]:
    rows = BeautifulSoup(shown.html, "html.parser").find("tbody").find_all("tr")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_can_be_read_aloud(name: str) -> None:
    page = BeautifulSoup(_table(name).html, "html.parser")
    assert page.find("caption").get_text()
    assert all(header.get("scope") in ("col", "row") for header in page.find_all("th"))
    assert all(row.find("th", scope="row") for row in page.find("tbody").find_all("tr"))
    assert not page.find(["style", "script"])


@pytest.mark.parametrize("name", TABLES)
def test_the_same_frame_is_the_same_bytes_and_plain_records(name: str) -> None:
    frame = TABLES[name]()
    before = frame.copy()
    one, two = _table(name, frame), _table(name, frame)
    assert one == two
    assert json.loads(json.dumps(list(one.records), allow_nan=False)) == list(one.records)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_frame_is_one_line(name: str) -> None:
    shown = _table(name, TABLES[name]().iloc[:0])
    assert shown.html.startswith('<p class="none">')


@pytest.mark.parametrize("name", NAMED)
def test_a_hostile_name_is_text_and_two_of_one_name_are_told_apart(name: str) -> None:
    page = BeautifulSoup(_table(name, NAMED[name](R.HOSTILE_NAMES)).html, "html.parser")
    assert not page.find("script")
    text = page.get_text()
    assert R.HOSTILE in text
    assert "L" * 200 in text
    assert "Same Name (R-005)" in text
    assert "Same Name (R-006)" in text


@pytest.mark.parametrize("name", NAMED)
def test_names_that_differ_have_no_id_beside_them(name: str) -> None:
    assert "R-00" not in _table(name).text


def test_the_leaderboard_marks_what_is_beyond_chance_and_nothing_else() -> None:
    cells = _cells(show.table_leaderboard(R.leaderboard()))
    assert [row[0] for row in cells] == [*R.NAMES, "Peers"]
    by_name = {row[0]: row for row in cells}
    assert by_name["Ann Bell"][2] == "63.0% ▲"
    assert by_name["Bo Chen"][3] == "62 days ▼"
    assert by_name["Fay Gray"][2] == "22.0% ▼"
    assert all(cell.endswith(" °") for cell in by_name["Cy Diaz"][1:])
    assert by_name["Peers"][1:4] == ["96.0%", "41.0%", "48 days"]
    marked = [cell for row in cells for cell in row if cell[-1] in "▲▼△▽"]
    assert len(marked) == 3
    note = show.table_leaderboard(R.leaderboard()).text.splitlines()[-1]
    assert note == (
        "▲ better than the peers, ▼ worse than the peers, beyond chance. ° fewer than 10 cases. By name: the order is "
        "no ranking."
    )


def test_a_legend_names_only_the_marks_there_are() -> None:
    calm = R.leaderboard().assign(verdict="not distinguishable")
    assert show.table_leaderboard(calm).text.splitlines()[-1] == "By name: the order is no ranking."
    neutral = R.leaderboard().assign(better="neither")
    assert "△ above the peers, ▽ below the peers, beyond chance." in show.table_leaderboard(neutral).text
    assert "▲" not in show.table_leaderboard(neutral).text


def test_every_peer_group_has_its_own_last_row() -> None:
    reps = R.reps().assign(peers=["East", "East", "East", "West", "West", "West"])
    frame = R.leaderboard()
    frame["peers"] = frame["peers"].where(frame["rep"] < "R-004", frame["peers"] * 2)
    cells = _cells(show.table_leaderboard(frame, reps))
    assert [row[0] for row in cells[-2:]] == ["Peers: East", "Peers: West"]
    assert (cells[-2][2], cells[-1][2]) == ("41.0%", "82.0%")
    assert _cells(show.table_leaderboard(frame))[-1][2] == "41.0%–82.0%"


def test_a_rep_without_a_metric_has_a_dash_and_null_is_said() -> None:
    frame = R.leaderboard()
    frame = frame[~((frame["rep"] == "R-002") & (frame["metric"] == "win_rate"))]
    frame = frame.assign(value=frame["value"].where(frame["rep"] != "R-003"))
    by_name = {row[0]: row for row in _cells(show.table_leaderboard(frame))}
    assert by_name["Bo Chen"][2] == "–"
    assert by_name["Cy Diaz"][1] == "n/a °"


def test_three_hundred_reps_stay_small() -> None:
    names = R.crowd(300)
    assert len(show.table_leaderboard(R.leaderboard(names)).html) < 70_000
    leaks = show.table_leaks(R.leaks(names))
    assert len(_cells(leaks)) == 300
    assert "of each rep the stage with the largest loss or, without one, the least gain." in leaks.text


def test_one_reps_table_of_leaks_needs_no_name() -> None:
    shown = show.table_leaks(R.leaks().query("rep == 'R-002'"))
    cells = _cells(shown)
    assert [row[0] for row in cells] == list(R.STAGES)
    assert cells[2][-1] == "leak, largest loss"
    assert "Bo Chen" not in shown.text


def test_only_leaks_are_called_leaks() -> None:
    remarks = [row[-1] for row in _cells(show.table_leaks(R.leaks().assign(leak=False)))]
    assert set(remarks) <= {"–", "largest loss"}
    gained = R.leaks().assign(leak=False, lost_wins=-1.0)
    assert {row[-1] for row in _cells(show.table_leaks(gained))} == {"–"}
    many = R.leaks(R.crowd(41)).assign(leak=False, lost_wins=-1.0)
    assert {row[-1] for row in _cells(show.table_leaks(many))} == {"–"}


def test_streaks_and_trends_are_words() -> None:
    by_name = {row[0]: row for row in _cells(show.table_steadiness(R.steadiness()))}
    assert by_name["Ann Bell"][3] == "3 months at quota"
    assert by_name["Bo Chen"][3] == "2 months below"
    assert by_name["Fay Gray"][7:10] == ["falling", "1.2x → 0.7x", "−0.62 (−0.80 to −0.40)"]
    assert "quota" not in show.table_steadiness(R.steadiness()).text.splitlines()[-1]


def test_a_rep_without_quotas_has_no_months_at_quota() -> None:
    frame = R.steadiness().assign(reached=R.NAN, streak=R.NAN, longest=R.NAN)
    assert {tuple(row[2:5]) for row in _cells(show.table_steadiness(frame))} == {("n/a", "n/a", "n/a")}
    untested = frame.assign(trend=R.NAN, trend_low=R.NAN, trend_high=R.NAN, early=R.NAN, late=R.NAN, verdict="too few")
    assert {tuple(row[7:10]) for row in _cells(show.table_steadiness(untested))} == {("too few months", "n/a", "n/a")}
    short = frame.assign(trend_low=R.NAN)
    assert _cells(show.table_steadiness(short))[5][9] == "−0.62"


def test_without_peers_no_table_has_a_row_or_a_column_of_them() -> None:
    board = R.peerless(R.leaderboard(R.NAMES[:1]))
    shown = show.table_leaderboard(board, R.reps(R.NAMES[:1]))
    assert [row[0] for row in _cells(shown)] == ["Ann Bell"]
    assert shown.text.splitlines()[0] == "Figures by rep"
    assert shown.text.splitlines()[-1] == "There is nobody to compare with."
    for frame, table in (
        (board.query("metric == 'win_rate'"), show.table_forest),
        (R.peerless(R.leaks(R.NAMES[:1])), show.table_leaks),
        (R.adjusted(R.NAMES[:1]).assign(verdict="none", p_value=R.NAN), show.table_adjusted),
    ):
        header = BeautifulSoup(table(frame).html, "html.parser").thead.get_text(" ")
        assert "eers" not in header
        assert "lost" not in header


def test_a_peer_group_of_one_has_no_row_of_its_own() -> None:
    reps = R.reps().assign(peers=["East", "East", "East", "East", "East", "West"])
    frame = R.leaderboard()
    frame["peers"] = frame["peers"].where(frame["rep"] != "R-006")
    assert [row[0] for row in _cells(show.table_leaderboard(frame, reps))][5:] == ["Fay Gray", "Peers: East"]
    one = _cells(show.table_forest(frame.query("metric == 'win_rate'")))
    assert [row[-1] for row in one if row[0] == "Fay Gray"] == ["nobody to compare with"]


def test_peers_that_differ_by_rep_are_a_range() -> None:
    frame = R.leaderboard().assign(peers=lambda each: each["peers"] * (1 + each["rep"].eq("R-006") * 0.5))
    assert _cells(show.table_leaderboard(frame, R.reps()))[-1][1:4] == ["96.0%–144.0%", "41.0%–61.5%", "48–72 days"]


def test_what_was_not_adjusted_for_says_why() -> None:
    text = show.table_factors(R.factors()).text
    assert "the time in the job\tWin rate\t0\tn/a\tn/a\tno: the source has no hiring dates" in text
    assert "the source of the lead\tWin rate\t4\t0.55x\t1.80x\tyes" in text


def test_leads_are_marked_for_what_the_rep_was_given() -> None:
    shown = show.table_lead_shares(R.lead_shares())
    by_name = {row[0]: row for row in _cells(shown)}
    assert by_name["Fay Gray"][3:6] == ["0.12 ▼", "0.04–0.24", "0.31"]
    assert by_name["Ann Bell"][6:] == ["58 ▲", "54–62", "50.2"]
    assert "▼ fewer or worse leads than the peers, beyond chance." in shown.text
    assert "worse than the peers" not in shown.text
    shares = show.table_lead_shares(R.lead_shares().assign(quality=0.25, quality_unit="share"))
    assert "25.0%" in shares.text


def test_the_pipeline_names_the_largest_deals_and_counts_the_rest() -> None:
    shown = show.table_pipeline(R.pipeline(28).sample(frac=1, random_state=1))
    cells = _cells(shown)
    assert len(cells) == 25
    assert cells[0] == [
        "Deal 0", "Set a new close date", "close date has passed, pushed repeatedly", "Acme", "$50,000", "Aug 3, 2026",
        "Proposal", "31 (usual 24)", "4", "80", "3",
    ]  # fmt: skip
    assert cells[1][1:3] == ["Get in touch", "no activity yet"]
    assert cells[1][8] == "none"
    assert cells[3][0] == "O-003"
    # 25,000 + 24,000 + 23,000
    assert shown.text.endswith("3 more deals worth $72K.")
    assert "more deal" not in show.table_pipeline(R.pipeline(25)).text


def test_an_account_that_every_deal_is_named_after_is_no_column() -> None:
    deals = R.pipeline(2).assign(name=["Acme - Pump", "Bolt - Valve"], account=["Acme", "Bolt"])
    assert "Account" not in show.table_pipeline(deals).text
    assert "Account" not in show.table_pipeline(deals.assign(account=None)).text
    assert "Account" in show.table_pipeline(deals.assign(account="Acme")).text


def test_without_activities_by_deal_silence_is_unknown() -> None:
    assert _cells(show.table_pipeline(R.pipeline().assign(last_activity_days=R.NAN)))[0][8] == "n/a"


def test_a_hostile_deal_is_text() -> None:
    frame = R.pipeline().assign(name=R.HOSTILE, account=None, close_date=pd.NaT, amount=R.NAN)
    page = BeautifulSoup(show.table_pipeline(frame).html, "html.parser")
    assert not page.find("script")
    assert R.HOSTILE in page.get_text()
    steps = BeautifulSoup(show.say_next_steps(frame).html, "html.parser")
    assert not steps.find("script")
    assert R.HOSTILE in steps.get_text()


def test_ageing_is_a_row_per_stage() -> None:
    cells = _cells(show.table_ageing(R.ageing()))
    assert cells[0] == ["Prospecting", "–", "–", "–", "–"]
    assert cells[3] == ["Negotiation", "–", "3 ($36K)", "6 ($72K)", "9 ($108K)"]


def test_personal_data_says_how_it_is_shown() -> None:
    text = show.table_personal(R.personal()).text
    assert "reps.name\tNames the rows\tby name" in text
    assert "activities.rep_id\tActivities per working day\tby pseudonym" in text


def test_peer_groups_are_a_column_only_if_there_are_some() -> None:
    assert "Compared within" not in show.table_reps(R.reps()).text
    assert "Compared within" in show.table_reps(R.reps(peers="Central")).text
