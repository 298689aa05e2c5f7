"""What is shown: HTML, the same as text, and the measured figures in it as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from salesops_lib.names import join
from salesops_lib.show.numbers import is_null

FIGURES = "application/vnd.salesops.figures+json"
BOOK = "application/vnd.salesops.book+json"
LIST = "application/vnd.salesops.list+json"
HEADLINE = "application/vnd.salesops.headline+json"

Row = dict[str, Any]
# A text longer than a paragraph is folded: all of it stays on the page, and the page stays a page.
LONG, LONG_STORY, SHORT = 500, 2500, 120


@dataclass(frozen=True)
class Shown:
    """One thing that is shown.

    Parameters
    ----------
    html, text : str
        The same content for a page and for a terminal or a mail.
    records : sequence of dict
        The measured figures in it, for the manifest: plain JSON, null for n/a.
    name : str
        What the figures are called in the manifest.
    more : mapping
        Further representations by mimetype.
    """

    html: str
    text: str
    records: Sequence[Row] = ()
    name: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/html": self.html, "text/plain": self.text, **self.more}
        if self.records:
            bundle[FIGURES] = {"name": self.name, "rows": list(self.records)}
        return bundle


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame as plain JSON.

    >>> records(pd.DataFrame({"metric": ["win_rate"], "value": [float("nan")], "n": [0]}))
    [{'metric': 'win_rate', 'value': None, 'n': 0}]
    """
    columns = [str(column) for column in frame.columns]
    return [dict(zip(columns, map(_json, row), strict=True)) for row in frame.itertuples(index=False, name=None)]


def _json(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NaT:
        return None
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable):
        return [_json(part) for part in value]
    return None if is_null(value) else float(value)


def sentences(*parts: str, css: str = "say") -> Shown:
    """Return sentences as one paragraph; the empty ones are left out. A headline is also told to the manifest.

    >>> sentences("Revenue rose.", "", "R&D fell.").html
    '<p class="say">Revenue rose. R&amp;D fell.</p>'
    """
    said = [part for part in parts if part]
    text = " ".join(said)
    more = {HEADLINE: said} if said and "headline" in css.split() else {}
    if len(text) > LONG_STORY:
        return Shown(str(join("div", [long_text(text, LONG_STORY)], css)), text, more=more)
    return Shown(str(join("p", [text], css)) if text else "", text, more=more)


def bullets(said: Iterable[str], css: str = "") -> Markup:
    """Return sentences as a list."""
    return join("ul", [join("li", [long_text(one, LONG_STORY)]) for one in said], css)


def brief(text: str) -> str:
    """Return a text that stands in one line, such as a heading: cut if it is longer than any heading.

    >>> brief("x" * 600) == "x" * 120 + "…"
    True
    """
    return text if len(text) <= LONG else f"{text[:SHORT]}…"


def long_text(text: str, most: int = LONG) -> Markup:
    """Return a text as it is or, if it is longer than it should be, folded behind its beginning.

    >>> long_text("short")
    Markup('short')
    >>> print(long_text("abcdef" * 40, most=100)[:60])
    <details class="long"><summary>abcdefabcdefabcdefabcdefabcde
    """
    if len(text) <= most:
        return escape(text)
    return join("details", [join("summary", [f"{text[: min(most, SHORT)]}…"]), text], "long")


def nothing(text: str) -> Shown:
    """Return the line that stands where there is nothing to show.

    >>> nothing("No deals.").html
    '<p class="none">No deals.</p>'
    """
    return sentences(text, css="none")
