"""The scorecard as cards: value, target, what it was before, how sure it is, and the verdict in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import hyphenated, join, plain
from salesops_lib.show.numbers import change, interval, is_null, number, period_name
from salesops_lib.show.shown import Shown, nothing, records
from salesops_lib.show.words import judgement, verdict_words

FEW = 10
# Shape and word carry the verdict; colour only repeats it.
LOOKS = {1: ("good", "▲"), -1: ("bad", "▼"), 0: ("even", "◆")}


def cards(scorecard: pd.DataFrame) -> Shown:
    """Return one card per metric of a scorecard.

    What is n/a says why; fewer than ten cases say so; a change is a plain figure, only the verdict judges.
    """
    if scorecard.empty:
        return nothing(_("No metric was asked for."))
    return deck([_card(row) for row in scorecard.to_dict("records")], scorecard, "cards")


def _card(row: Mapping[Any, Any]) -> tuple[Markup, str]:
    said = ""
    if not is_null(row["value"]) and not is_null(row["target"]) and row["verdict"] != "none":
        said = verdict_words(row["verdict"], row["better"], row["target"], row["unit"])
    earlier = [(term, was) for term, was in _earlier(row) if not is_null(row["value"]) or was != _("n/a")]
    return card(row, said, earlier)


def card(row: Mapping[Any, Any], said: str, beside: Sequence[tuple[str, str]]) -> tuple[Markup, str]:
    """Return one metric as a card and as text: value, how sure it is, the verdict in words, what stands beside it.

    Parameters
    ----------
    row : mapping
        Of a frame: label, unit, better, value, low, high, n, verdict, note.
    said : str
        The verdict in words; "" for none.
    beside : sequence of (term, value)
        What the value is read against.
    """
    label, value = plain(row["label"]), number(row["value"], row["unit"], compact=True)
    parts = [join("p", [hyphenated(row["label"])], "label"), join("p", [value], "value")]
    lines = [f"{label}: {value}"]
    if not is_null(row["low"]) and not is_null(row["high"]):
        sure = _("95% interval {interval}", interval=interval(row["low"], row["high"], row["unit"]))
        parts.append(join("p", [sure], "interval"))
        lines.append(sure)
    if said:
        parts.append(_verdict(row, said))
        lines.append(said)
    if beside:
        parts.append(join("dl", [join("div", [join("dt", [term]), join("dd", [was])]) for term, was in beside]))
        lines += [f"{term}: {was}" for term, was in beside]
    for note in _notes(row):
        parts.append(join("p", [note], "note"))
        lines.append(note)
    return join("li", parts, "card"), "\n".join(lines)


def deck(shown: Sequence[tuple[Markup, str]], frame: pd.DataFrame, name: str) -> Shown:
    """Return cards side by side, with the frame they were made from as their records."""
    html = join("ul", [one for one, _text in shown], "cards")
    return Shown(str(html), "\n\n".join(text for _one, text in shown), records(frame), name)


def _verdict(row: Mapping[Any, Any], said: str) -> Markup:
    css, shape = LOOKS[judgement(row["verdict"], row["better"])]
    mark = Markup('<span class="mark" aria-hidden="true">{}</span> ').format(shape)
    return join("p", [mark, said], f"verdict {css}")


def _earlier(row: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for value, period, moved_by in (
        ("previous", "previous_period", "change"),
        ("year_ago", "year_ago_period", "change_year"),
    ):
        if not row[period] or (not isinstance(row[period], str) and is_null(row[period])):
            continue
        was = number(row[value], row["unit"], compact=True)
        if not is_null(row[value]) and not is_null(row[moved_by]):
            moved = change(row[moved_by], row["unit"])
            was = _("{value} ({change})", value=was, change=moved)
        yield period_name(row[period]), was


def _notes(row: Mapping[Any, Any]) -> Iterator[str]:
    if row["note"] and isinstance(row["note"], str):
        yield plain(row["note"])
    if not is_null(row["value"]) and not is_null(row["n"]) and 0 < row["n"] < FEW:
        n = int(row["n"])
        yield ngettext("Only {n} case: read the interval.", "Only {n} cases: read the interval.", n)
