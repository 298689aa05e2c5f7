"""What the audit shows: tables that can be read aloud, figures in words, lists with their files, harmless names."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import health_samples as H
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from salesops_lib import show
from salesops_lib.show.drawings import published
from salesops_lib.show.shown import LIST

AS_OF = date(2026, 6, 30)
TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "checks": H.failing,
    "effects": H.failing,
    "passed": H.passed,
    "not_made": H.not_made,
    "how_checked": H.checks,
    "completeness": H.completeness,
    "complete_by_rep": H.by_rep,
    "duplicates": H.duplicates,
    "reach": H.reach,
}


def _table(name: str, frame: pd.DataFrame | None = None) -> show.Shown:
    make: Callable[[pd.DataFrame], show.Shown] = getattr(show, f"table_{name}")
    return make(TABLES[name]() if frame is None else frame)


def _cells(shown: show.Shown) -> list[list[str]]:
    rows = BeautifulSoup(shown.html, "html.parser").find("tbody").find_all("tr")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_can_be_read_aloud_and_is_the_same_twice(name: str) -> None:
    frame = TABLES[name]()
    before = frame.copy()
    one = _table(name, frame)
    page = BeautifulSoup(one.html, "html.parser")
    assert page.find("caption").get_text()
    assert all(header.get("scope") in ("col", "row") for header in page.find_all("th"))
    assert one == _table(name, frame)
    assert json.loads(json.dumps(list(one.records), allow_nan=False)) == list(one.records)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_frame_is_one_line(name: str) -> None:
    shown = _table(name, TABLES[name]().iloc[:0])
    assert BeautifulSoup(shown.html, "html.parser").find("p").get_text()
    assert not BeautifulSoup(shown.html, "html.parser").find("tbody")


def test_the_checks_say_how_many_fail_and_what_that_takes() -> None:
    first, *others = _cells(show.table_checks(H.failing()))
    assert first == ["No amount, late stage", "200", "50", "25.0%", "19.5%–31.4%", "3", "0.70", "–"]
    assert [row[0] for row in others] == ["Close date in the past", "Amount far too large"]
    assert others[0][-1] == "$1.1M"
    assert "Score = 100 × Σ weight" in show.table_checks(H.failing()).text


def test_what_was_not_checked_says_why() -> None:
    by_name = {row[0]: row[2] for row in _cells(show.table_not_made(H.not_made()))}
    assert by_name == {
        "Stale": "This needs the table 'x'. Add it.",
        "Copy of a row": "There was nothing to check.",
    }


def test_cards_say_how_many_checks_a_score_rests_on() -> None:
    cards = show.health_cards(H.scores()).text.split("\n\n")
    assert cards[0] == "Health score: 91.3\n95% interval 89.1–92.8\n4 of 6 checks made"
    assert cards[2] == "Amounts: 100\n1 of 2 checks made", "100 to 100 says no more than 100"
    assert cards[3] == "Process: n/a\n0 of 3 checks made"


def test_the_headline_says_what_how_sure_and_what_first() -> None:
    first, more = show.say_health(H.highlights(), AS_OF).text.splitlines()
    assert first == (
        "The CRM scores 91.3 of 100 as of June 30, 2026 (95% interval 89.1–92.8), over the 4 of 6 checks that the "
        "export allows. Mend first: Amount far too large (3 of 1,710 records, 0.2%, 95% interval 0.1%–0.5%; $30M in "
        "them): they are due in no coming quarter. Set the date that the customer named, or close it as lost."
    )
    assert more.startswith(
        "Then: No amount, late stage (50 of 200 records, 25.0%, 95% interval 19.5%–31.4%); Close date"
    )
    assert "Weakest: dates (56.2)." in more
    assert "from 99.0 in 2025 Q3 to 95.9 in 2026 Q2, which is unusual (below the usual range)." in more
    assert "older than the export" not in more


def test_money_that_is_in_the_open_ones_alone_is_called_so() -> None:
    """193 skipped a stage, of which 21 are open: the list adds up to more than the money."""
    skipped = H.failing().iloc[:1].assign(label="Skipped a stage", failing=193, n=3230, amount=264_500.0)
    some, every = (
        show.say_health(H.highlights(failing=skipped.assign(at_stake=open_ones)), AS_OF).text for open_ones in (21, 193)
    )
    assert "Skipped a stage (193 of 3,230 records" in some
    assert "; $264.5K in those still open): " in some
    assert "; $264.5K in them): " in every


def test_the_headline_of_little() -> None:
    none = H.highlights(scores=H.scores(H.NAN), failing=H.failing().iloc[:0], trends=H.trends().iloc[:0], reach=None)
    text = show.say_health(none, AS_OF).text
    assert (
        "There is no health score as of June 30, 2026: only 4 of 6 checks could be made. No check found a fault."
        in text
    )
    assert "How it was in earlier quarters is not known." in text
    late = H.reach().assign(days=[40.0, H.NAN])
    assert (
        "The last record of opportunities (created_at) is 40 days older than the export"
        in show.say_health(H.highlights(reach=late), AS_OF).text
    )
    calm = H.trends().assign(rule="")
    assert "within its usual range." in show.say_health(H.highlights(trends=calm), AS_OF).text
    short = H.trends().assign(center=H.NAN)
    assert "too few quarters to tell" in show.say_health(H.highlights(trends=short), AS_OF).text


def test_figures_speak_for_themselves() -> None:
    fields = published(show.plot_completeness(H.completeness()))
    assert fields.text == (
        "Fields filled in, of the records where they are due. Amount (late stages): 75.0%. "
        "1 more field is filled everywhere."
    )
    reps = published(show.plot_complete_by_rep(H.by_rep()))
    assert "0 above and 1 below all of them beyond chance. Bo Chen 68.0%" in reps.text
    trends = published(show.plot_health_trends(H.trends()))
    assert "Close date in the past: 6.0% in 2026 Q2" in trends.text
    assert "No close date" not in trends.text, "nothing ever failed it"


def test_figures_of_nothing_say_so() -> None:
    whole = H.completeness().assign(failing=0, filled=1.0)
    assert published(show.plot_completeness(whole)).text == "All 2 fields are filled in where they are due."
    perfect = H.by_rep().assign(value=1.0, peers=1.0, verdict="not distinguishable")
    assert published(show.plot_complete_by_rep(perfect)).text == "Every opportunity of every rep is complete."
    now = H.trends().query("period == '2026Q2'")
    assert "does not tell how it was earlier" in published(show.plot_health_trends(now)).text
    assert "does not tell" in published(show.plot_health_trends(now.iloc[:0])).text
    assert published(show.plot_completeness(H.completeness().iloc[:0])).text == "No field could be checked."


def test_the_trends_say_which_checks_they_are_of() -> None:
    assert show.say_health_trends(H.trends()).text == (
        "Each quarter is shown as it was known at its end, for the 2 checks whose past the export tells. The score "
        "here is over them alone, so it is not the one above."
    )
    assert not show.say_health_trends(H.trends().query("period == '2026Q2'")).html


def test_limits_close_together_share_a_label() -> None:
    """Where one point lies far off, the two limits are drawn as one line: their labels must not stand on each other."""
    frame = H.trends().iloc[:4].assign(lower=98.8, upper=99.1)
    axes = show.plot_health_trends(frame)
    labels = [label.get_text() for panel in axes.child_axes for label in panel.get_yticklabels()]
    assert labels == ["98.8–99.1"]


def test_a_list_shows_its_first_rows_and_hands_out_all() -> None:
    (shown,) = show.tables_to_fix(H.failing().assign(failing=12, at_stake=12), {"overdue": H.overdue(12)})
    rows = _cells(shown)
    assert len(rows) == 10
    assert rows[0] == ["OP-0", "Mill - Sensor", "$12,000", "May 1, 2026", "60"], "empty columns are left out"
    page = BeautifulSoup(shown.html, "html.parser")
    assert page.find("summary").get_text() == "Close date in the past: 12"
    assert [link["href"] for link in page.find_all("a")] == ["fix_overdue.csv", "records_to_fix.xlsx"]
    assert "The files have all 12 rows:" in shown.text
    told = shown.more[LIST]
    assert (told["name"], told["failing"], len(told["rows"])) == ("overdue", 12, 12)
    assert told["columns"] == ["opportunity_id", "name", "account", "rep", "amount", "close_date", "days"]
    assert told["rows"][0] == ["OP-0", "Mill - Sensor", None, "", 12000.0, "2026-05-01T00:00:00", 60]
    json.dumps(told, allow_nan=False)
    assert not shown.records, "the manifest holds figures, not records"


def test_a_list_that_is_cut_says_so() -> None:
    (shown,) = show.tables_to_fix(H.failing().assign(failing=25_000), {"overdue": H.overdue(30)})
    assert "The files have 30 rows, for 25,000 records that fail:" in shown.text


@pytest.mark.parametrize(
    ("at_stake", "title"),
    [
        (12, "Close date in the past: 12"),
        (5, "Close date in the past: 12, 5 of them open"),
        (0, "Close date in the past: 12"),
    ],
)
def test_a_list_says_how_many_are_open_if_some_are(at_stake: int, title: str) -> None:
    (shown,) = show.tables_to_fix(H.failing().assign(failing=12, at_stake=at_stake), {"overdue": H.overdue(12)})
    assert BeautifulSoup(shown.html, "html.parser").find("summary").get_text() == title


def test_hostile_names_are_text() -> None:
    (shown,) = show.tables_to_fix(H.failing(), {"overdue": H.overdue(2, H.HOSTILE)})
    shown_all = [
        shown,
        show.table_duplicates(H.duplicates(H.HOSTILE)),
        show.table_complete_by_rep(H.by_rep((H.HOSTILE, "B", "B"))),
        published(show.plot_complete_by_rep(H.by_rep((H.HOSTILE, "B", "B")))),
    ]
    for each in shown_all:
        page = BeautifulSoup(each.html, "html.parser")
        assert not page.find("script")
        assert H.HOSTILE in page.get_text()
    assert "B (R-1)" in shown_all[2].text


def test_stale_days_are_said() -> None:
    frame = pd.DataFrame({"n": [984], "median": [1.0], "p90": [7.0], "stale_days": [30]})
    assert show.say_touched(frame).text == (
        "Half of the 984 open opportunities were changed or worked on within 1 day, nine in ten within 7 days; stale "
        "is what was not for more than 30 days."
    )
    assert "no open opportunity" in show.say_touched(frame.iloc[:0]).text
