"""What has changed since a report, in words and tables; names are data, whatever they hold."""

from __future__ import annotations

from datetime import date

import pandas as pd
import samples as S
from bs4 import BeautifulSoup

from salesops_lib import show

NAN = float("nan")


def restatement(**changes: object) -> pd.DataFrame:
    columns = "metric label unit published now change by_history by_source changed".split()
    rows = [
        ("revenue_won", "Revenue won", "money", 350.0, 650.0, 300.0, 320.0, -20.0, True),
        ("win_rate", "Win rate", "share", 0.8, 0.75, -0.05, -0.05, 0.0, True),
        ("sales_cycle_days", "Sales cycle", "days", NAN, 31.0, NAN, NAN, NAN, True),
        ("quota_attainment", "Quota attainment", "share", 0.9, 0.9, 0.0, 0.0, 0.0, False),
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(period="2026Q1", published_as_of=date(2026, 3, 31)).assign(**changes)


def records(name: str = "Acme") -> pd.DataFrame:
    columns = "opportunity_id name what before after effect".split()
    rows = [
        ("C", name, "closed", "Offer", "Won", 300.0),
        ("B", "", "amount", 230.0, 250.0, 20.0),
        ("G", "G", "cancelled", None, "2026-04-20", 0.0),
        ("", "deals.csv 7", "quarantined", None, "won without an amount", NAN),
    ]
    return pd.DataFrame(rows, columns=columns)


def test_the_sentence_says_how_many_changed_by_how_much_and_through_what() -> None:
    assert show.say_restatement(restatement(), records()).text == (
        "3 of 4 figures of 2026 Q1 have changed since they were published as of March 31, 2026: "
        "Revenue won by +$300 to $650, Win rate by −5.0 pp to 75.0%, and Sales cycle is 31 days and was n/a. "
        "The history tells of 3 opportunities whose close in that quarter is known otherwise now: "
        "+$320 of revenue won. 1 row of the opportunities is quarantined that was not then. "
        "−$20 of revenue won is not in the history: the data themselves say something else of that day now."
    )


def test_where_nothing_changed_it_says_so_and_shows_no_table() -> None:
    calm = restatement(changed=False)
    said = "All 4 figures of 2026 Q1 stand as they were published as of March 31, 2026."
    assert show.say_restatement(calm, records().iloc[:0]).text == said
    assert not show.table_restatement(calm).html
    assert not show.table_restated(records().iloc[:0]).html


def test_no_figure_is_one_line() -> None:
    none = show.say_restatement(restatement().iloc[:0], records().iloc[:0])
    assert none.text == "The review of the quarter before showed no figure that is known now."


def cells(shown: show.Shown) -> list[list[str]]:
    page = BeautifulSoup(shown.html, "html.parser")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find("tbody").find_all("tr")]


def test_the_tables_show_what_changed() -> None:
    assert cells(show.table_restatement(restatement())) == [
        ["Revenue won", "$350", "$650", "+$300", "+$320", "−$20"],
        ["Win rate", "80.0%", "75.0%", "−5.0 pp", "−5.0 pp", "0.0 pp"],
        ["Sales cycle", "n/a", "31 days", "n/a", "n/a", "n/a"],
    ]
    assert cells(show.table_restated(records())) == [
        ["Acme (C)", "Closed later", "Offer", "Won", "+$300"],
        ["B", "Other amount", "$230", "$250", "+$20"],
        ["G", "Cancelled", "–", "Apr 20, 2026", "$0"],
        ["deals.csv 7", "Quarantined since", "–", "won without an amount", "n/a"],
    ]


def test_names_are_text() -> None:
    shown = show.table_restated(records(S.HOSTILE))
    assert "<script>" not in shown.html
    assert cells(shown)[0][0] == f"{' '.join(S.HOSTILE.split())} (C)"


def test_of_many_records_the_first_hundred_are_shown() -> None:
    many = pd.concat([records()] * 50, ignore_index=True)
    shown = show.table_restated(many)
    assert len(shown.records) == 100
    assert len(BeautifulSoup(shown.html, "html.parser").select("tbody tr")) == 100
