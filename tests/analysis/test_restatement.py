"""Figures published a quarter ago against what is known now, and the records between, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import LOST, WON, day, deal, told

from salesops_lib.analysis import audit, restated_records, restatement
from salesops_lib.data.book import Book
from salesops_lib.errors import NoHistory, ParameterError

# As of 31 March, A, B, E and G were won (100 + 200 + 40 + 10), D was lost and C was open.
DEALS = (
    deal("A", "2026-01-05", ("2026-01-05", "Offer", 100), ("2026-02-10", WON), ("2026-04-10", "Offer"), name="Acme"),
    deal("B", "2026-01-05", ("2026-01-05", "Offer", 200), ("2026-02-20", WON), ("2026-04-15", WON, 250), name="Beta"),
    deal("C", "2026-01-10", ("2026-01-10", "Offer", 300), ("2026-04-05", WON), closed_at=day("2026-03-30")),
    deal("D", "2026-01-10", ("2026-01-10", "Offer", 70), ("2026-03-01", LOST), ("2026-05-02", WON)),
    deal("E", "2026-01-10", ("2026-01-10", "Offer", 40), ("2026-03-15", WON)),
    deal("F", "2026-01-10", ("2026-01-10", "Offer", 999), ("2026-05-15", WON)),
    deal("G", "2026-01-10", ("2026-01-10", "Offer", 10), ("2026-01-20", WON), cancelled_at=day("2026-04-20")),
)
WAS, IS = 350, 250 + 300 + 70 + 40 + 10


def publish(folder: Path, *, period: str = "2026Q1", as_of: str = "2026-03-31", **changes: Any) -> Path:
    """A review's manifest as `report.manifest` writes it; `cards` are its figures by metric."""
    cards = changes.pop("cards", {"revenue_won": WAS, "win_rate": 0.8})
    rows = [{"metric": name, "period": period, "value": value} for name, value in cards.items()]
    manifest = {
        "report": "quarterly_review",
        "label": "Quarterly review",
        "period": period,
        "company": "Small",
        "as_of": as_of,
        "made_at": "2026-04-02T08:00:00+00:00",
        "data_hash": "another",
        "tables": [{"table": "opportunities", "read": 7}, {"table": "opportunity_history", "read": 20}],
        "figures": [{"name": "cards", "rows": rows}],
        **changes,
    }
    path = folder / period / "quarterly_review" / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def book() -> Book:
    return told("2026-06-30", DEALS)


def test_what_was_published_what_is_known_and_the_two_parts_of_the_change(book: Book, tmp_path: Path) -> None:
    # 345 were published: five less than the data say now of the day of the report.
    publish(tmp_path, cards={"revenue_won": 345.0, "win_rate": 0.8, "quota_attainment": None, "no_such_metric": 1})
    frame = restatement(book, "2026Q2", str(tmp_path)).set_index("metric")
    won = frame.loc["revenue_won"]
    assert (won["published"], won["now"], won["change"]) == (345, IS, IS - 345)
    assert (won["by_history"], won["by_source"]) == (IS - WAS, 5)
    assert (won["period"], str(won["published_as_of"]), won["changed"]) == ("2026Q1", "2026-03-31", True)
    # Four of five closed deals were won then; A is open again and C is won: all five are won now.
    assert frame.loc["win_rate", ["published", "now"]].tolist() == [0.8, 1.0]
    # What the company has no table for, and what is no metric any more, is held against nothing.
    assert list(frame.index) == ["revenue_won", "win_rate"]


def test_the_records_between_and_their_effects(book: Book, tmp_path: Path) -> None:
    publish(tmp_path)
    records = restated_records(book, "2026Q2", str(tmp_path))
    assert records[["opportunity_id", "name", "what", "before", "after", "effect"]].values.tolist() == [
        ["C", "", "closed", "Offer", WON, 300],
        ["A", "Acme", "reopened", WON, "Offer", -100],
        ["D", "", "outcome", LOST, WON, 70],
        ["B", "Beta", "amount", 200, 250, 50],
        ["G", "", "cancelled", None, "2026-04-20", 0],
    ]
    (won,) = restatement(book, "2026Q2", str(tmp_path)).query("metric == 'revenue_won'")["by_history"]
    assert records["effect"].sum() == won == IS - WAS


def test_what_stands_has_not_changed(tmp_path: Path) -> None:
    publish(tmp_path, cards={"revenue_won": 40.0, "win_rate": 1.0, "sales_cycle_days": None})
    calm = told("2026-06-30", [DEALS[4]])
    frame = restatement(calm, "2026Q2", str(tmp_path))
    assert frame["changed"].tolist() == [False, False, True]
    assert restated_records(calm, "2026Q2", str(tmp_path)).empty
    # A figure that was n/a and is one now has changed, by nobody knows how much.
    assert np.isnan(frame["change"].iloc[2])


def test_rows_that_were_quarantined_since(tmp_path: Path) -> None:
    spoilt = [deal("X", "2026-01-10", ("2026-02-10", WON, None)), deal("Y", "2026-01-10", ("2026-02-11", WON, None))]
    book = told("2026-06-30", [*DEALS[4:5], *spoilt])
    path = publish(tmp_path, cards={"revenue_won": 40.0})
    records = restated_records(book, "2026Q2", str(tmp_path))
    assert records[["name", "what", "after"]].values.tolist() == [
        ["opportunities.parquet 2", "quarantined", "won without an amount"],
        ["opportunities.parquet 3", "quarantined", "won without an amount"],
    ]
    assert records["effect"].isna().all()
    known = "table,source,row,reason\nopportunities,opportunities.parquet,2,won without an amount\n"
    (path.parent / "quarantine.csv").write_text(known, encoding="utf-8")
    assert restated_records(book, "2026Q2", str(tmp_path))["name"].tolist() == ["opportunities.parquet 3"]
    # As many as then, and all elsewhere: they moved. As many as then, one for another reason: that one is new.
    (path.parent / "quarantine.csv").write_text(known + known.splitlines()[1].replace(",2,", ",9,"), encoding="utf-8")
    assert restated_records(book, "2026Q2", str(tmp_path)).empty
    other = known.splitlines()[1].replace("won without an amount", "the amount is negative")
    (path.parent / "quarantine.csv").write_text(known + other, encoding="utf-8")
    assert restated_records(book, "2026Q2", str(tmp_path))["name"].tolist() == ["opportunities.parquet 3"]


@pytest.mark.parametrize(
    ("published", "said"),
    [
        (None, "no review of 2026 Q1 was published that its figures could be held against."),
        ({"company": "Other"}, "no review of 2026 Q1 was published that its figures could be held against."),
        (
            {"as_of": "2026-03-20"},
            "the review of 2026 Q1 was made before the quarter was over (Mar 20, 2026): its figures are not held "
            "against today's.",
        ),
        (
            {"as_of": "2026-07-20"},
            "the review of 2026 Q1 was made as of a later day than this one (Jul 20, 2026): its figures are not held "
            "against today's.",
        ),
    ],
)
def test_without_an_earlier_review_one_line_says_so(
    book: Book, tmp_path: Path, published: dict[str, Any] | None, said: str
) -> None:
    if published is not None:
        publish(tmp_path, **published)
    for each in (restatement, restated_records):
        with pytest.raises(NoHistory) as caught:
            each(book, "2026Q2", str(tmp_path))
        assert str(caught.value) == said
    with pytest.raises(NoHistory):
        restatement(book, "2026Q2", None)


@pytest.mark.parametrize("text", ["", "[]", '{"company": "Small"}', '{"figures": 3}'])
def test_a_spoilt_manifest_is_named_with_the_way_out(book: Book, tmp_path: Path, text: str) -> None:
    path = publish(tmp_path)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        restatement(book, "2026Q2", str(tmp_path))
    assert str(caught.value) == f"{path}: is not the manifest of a report. Delete its folder, or make the report again."
    # It is no last run either, and no reason to stop.
    assert audit(book, str(tmp_path)).equals(audit(book))


class TestRowCounts:
    def noted(self, book: Book, folder: Path) -> dict[str, str]:
        frame = audit(book, str(folder))
        return dict(zip(frame["table"], frame["note"], strict=True))

    # Seven opportunities and twenty changes are read now.
    @pytest.mark.parametrize(
        ("before", "said"),
        [
            (10, "the last run (Quarterly review 2026 Q1) read 10 rows and this one 7: -30%"),
            (5, "the last run (Quarterly review 2026 Q1) read 5 rows and this one 7: +40%"),
            (9, ""),
            (6, ""),
        ],
    )
    def test_27_a_row_count_30_percent_off_the_last_run_is_noted(
        self, book: Book, tmp_path: Path, before: int, said: str
    ) -> None:
        publish(tmp_path, tables=[{"table": "opportunities", "read": before}, {"table": "gone", "read": 5}])
        assert self.noted(book, tmp_path)["opportunities"] == said

    def test_27_the_last_run_on_other_data_counts(self, book: Book, tmp_path: Path) -> None:
        ten = [{"table": "opportunities", "read": 10}]
        publish(tmp_path, period="2025Q3", tables=[{"table": "opportunities", "read": 1000}])
        publish(tmp_path, period="2025Q4", tables=ten, made_at="2026-05-01T08:00:00+00:00")
        publish(tmp_path, period="2026Q1", tables=[{"table": "opportunities", "read": 99}], company="Other")
        publish(
            tmp_path,
            period="2026Q2",
            data_hash=book.data_hash,
            made_at="2026-06-01T08:00:00+00:00",
        )
        said = "the last run (Quarterly review 2025 Q4) read 10 rows and this one 7: -30%"
        assert self.noted(book, tmp_path)["opportunities"] == said

    def test_27_notes_of_the_data_stay(self, tmp_path: Path) -> None:
        publish(tmp_path, tables=[{"table": "opportunities", "read": 2}])
        book = told("2026-06-30", [deal("A", "2026-01-05", ("2026-02-10", WON, 0))])
        assert self.noted(book, tmp_path)["opportunities"] == (
            "1 won opportunity has an amount of zero; "
            "the last run (Quarterly review 2026 Q1) read 2 rows and this one 1: -50%"
        )
