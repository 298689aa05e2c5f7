"""A card says its verdict in words; what is n/a says why; the records are plain JSON."""

from __future__ import annotations

import json

import pytest
import samples as S

from salesops_lib import show
from salesops_lib.show.shown import FIGURES


def _card(metric: str, **values: object) -> show.Shown:
    rows = S.scorecard(**{metric: values})
    return show.cards(rows[rows["metric"] == metric])


@pytest.mark.parametrize(
    ("metric", "values", "words", "shape"),
    [
        ("revenue_won", {}, "reached the target of $4M", "▲"),
        ("revenue_won", {"verdict": "missed"}, "missed the target of $4M", "▼"),
        ("win_rate", {}, "below the target of 40%", "▼"),
        ("win_rate", {"verdict": "above"}, "above the target of 40%", "▲"),
        ("sales_cycle_days", {}, "worse than the target of 45 days", "▼"),
        ("sales_cycle_days", {"verdict": "below"}, "better than the target of 45 days", "▲"),
        ("quota_attainment", {}, "not distinguishable from the target of 100%", "◆"),
        ("win_rate", {"better": "neither"}, "below the target of 40%", "◆"),
    ],
)
def test_the_verdict_is_words_and_a_shape(metric: str, values: dict[str, object], words: str, shape: str) -> None:
    card = _card(metric, **values)
    assert f'<span class="mark" aria-hidden="true">{shape}</span> {words}</p>' in card.html
    assert words in card.text


def test_without_a_target_there_is_no_verdict() -> None:
    card = _card("reps_at_quota")
    assert "target" not in card.text
    assert "mark" not in card.html


def test_what_is_not_available_says_why_and_claims_nothing() -> None:
    card = _card("discount_rate")
    assert card.text == "Discount: n/a\nNo list amounts in the source."
    assert "target" not in card.html


def test_few_cases_are_said() -> None:
    assert "Only 8 cases: read the interval." in _card("slip_rate").text
    assert "Only 1 case: read the interval." in _card("slip_rate", n=1).text
    assert "Only" not in _card("slip_rate", n=10).text


def test_earlier_quarters_stand_beside() -> None:
    text = _card("win_rate").text
    assert "2026 Q2: 33.0% (−1.4 pp)" in text
    assert "2025 Q3: 35.0% (−3.4 pp)" in text
    assert "2025 Q3: n/a" in _card("sales_cycle_days").text


def test_the_records_are_plain_json() -> None:
    bundle = show.cards(S.scorecard())._repr_mimebundle_()
    assert bundle[FIGURES]["name"] == "cards"
    rows = json.loads(json.dumps(bundle[FIGURES]["rows"], allow_nan=False))
    assert rows == bundle[FIGURES]["rows"]
    by_metric = {row["metric"]: row for row in rows}
    assert by_metric["revenue_won"]["value"] == 4234567.0
    assert by_metric["discount_rate"]["value"] is None
    assert by_metric["win_rate"]["n"] == 671
    assert by_metric["win_rate"]["complete"] is True
    assert "application/json" not in bundle


def test_no_metric_is_one_line() -> None:
    assert show.cards(S.scorecard().iloc[:0]).html == '<p class="none">No metric was asked for.</p>'
