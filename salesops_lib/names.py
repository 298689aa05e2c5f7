"""Names as they are shown: text from data made harmless, as text, as HTML and in figures; the names of dimensions."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from salesops_lib.language import N_, current_locale
from salesops_lib.language import gettext as _

# What is said in place of a name that is not there.
UNASSIGNED = N_("Unassigned")
UNKNOWN = N_("Unknown")

FIRST_STRONG, POP_ISOLATE, POP_EMBEDDING = "\u2068", "\u2069", "\u202c"
EMBEDDINGS, ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
RIGHT_TO_LEFT = {"R", "AL", "AN"}
SOFT = "\u00ad"
# A word of so many letters may be wider than a card on a phone.
LONG_WORD = 14
# The kit's own words that the patterns would break in a wrong place.
BREAKS = {
    "Monatsumsatzes": "Mo-nats-um-sat-zes",
    "Pipelinedekking": "Pipe-line-dek-king",
    "Prognoseafwijking": "Prog-no-se-af-wij-king",
    "Vertriebstempo": "Ver-triebs-tem-po",
}


def plain(text: object) -> str:
    r"""Return a name as one line of text that cannot turn the direction of what stands around it.

    What the library itself says in place of a name that is not there is said in the reader's language.

    >>> plain("Acme\x00 \n Ltd")
    'Acme Ltd'
    >>> ascii(plain("ab\u202ecd"))
    "'\\u2068ab\\u202ecd\\u202c\\u2069'"
    """
    if text in (UNKNOWN, UNASSIGNED):
        return _(str(text))
    visible = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in str(text))
    balanced = _balanced(" ".join(visible.split()))
    turns = any(c in EMBEDDINGS + ISOLATES or unicodedata.bidirectional(c) in RIGHT_TO_LEFT for c in balanced)
    return f"{FIRST_STRONG}{balanced}{POP_ISOLATE}" if turns else balanced


def _balanced(text: str) -> str:
    """Drop the closers that close nothing here, and close what is left open: a name must not reach its neighbours."""
    kept, closers = [], []
    for c in text:
        if c in EMBEDDINGS + ISOLATES:
            closers.append(POP_EMBEDDING if c in EMBEDDINGS else POP_ISOLATE)
        elif c in (POP_EMBEDDING, POP_ISOLATE):
            if not closers or closers[-1] != c:
                continue
            closers.pop()
        kept.append(c)
    return "".join(kept) + "".join(reversed(closers))


def html(text: object) -> Markup:
    """Return a name as HTML text.

    >>> html("<b>")
    Markup('&lt;b&gt;')
    """
    return escape(plain(text))


def hyphenated(text: object) -> Markup:
    r"""Return a name as HTML text whose long words say where they may be broken, in the reader's language.

    >>> str(hyphenated("Win rate, internationalisation")).replace(SOFT, "|")
    'Win rate, in|ter|na|tion|al|i|sa|tion'
    """
    told = re.split("([ -])", plain(text))
    return escape("".join(_with_breaks(word) if len(word) >= LONG_WORD else word for word in told))


def _with_breaks(word: str) -> str:
    broken: str = BREAKS.get(word, "").replace("-", SOFT) or _hyphens(current_locale()).inserted(word, SOFT)
    return broken


@cache
def _hyphens(locale: str) -> Any:
    import pyphen  # its patterns take a while to load, and few texts need them

    return pyphen.Pyphen(lang=locale)


def _lines_of(word: str, width: int) -> str:
    """The parts of a word that is longer than a line, or the word."""
    parts = _hyphens(current_locale()).wrap(word, width) if len(word) > width else None
    return " ".join(parts) if parts else word


def drawable(text: object, width: int = 18, lines: int = 2) -> str:
    r"""Return a name as it is drawn: without what is invisible or no XML, wrapped, cut after some lines.

    Figures turn mathtext off (see `style.canvas`), so a dollar sign stays a dollar sign.

    >>> drawable("A very long account name indeed, and more of it", width=16)
    'A very long\naccount name …'
    >>> drawable("$x^$")
    '$x^$'
    >>> drawable("Internationalisation", width=14)
    'International-\nisation'
    """
    shown = "".join(c for c in plain(text) if unicodedata.category(c) != "Cf" and c not in "\ufffe\uffff")
    if lines == 1:
        return shown if len(shown) <= width else f"{shown[: width - 1].rstrip()}…"
    words = " ".join(_lines_of(word, width) for word in shown.split(" "))
    return "\n".join(textwrap.wrap(words, width, max_lines=lines, placeholder=" …")) or "–"


def join(tag: str, parts: Iterable[Markup | str], css: str = "") -> Markup:
    """Return an element around parts that are already HTML or are escaped here.

    >>> join("p", ["a < b"], css="note")
    Markup('<p class="note">a &lt; b</p>')
    """
    opening = Markup('<{} class="{}">').format(Markup(tag), css) if css else Markup("<{}>").format(Markup(tag))
    return opening + Markup().join(escape(part) for part in parts) + Markup("</{}>").format(Markup(tag))


def dimension_name(by: str) -> str:
    """Return what the members of a dimension are called, one of them.

    >>> dimension_name("team")
    'Team'
    """
    known = {
        "region": _("Region"),
        "territory": _("Territory"),
        "team": _("Team"),
        "manager": _("Manager"),
        "rep": _("Rep"),
        "segment": _("Segment"),
    }
    return known.get(by, plain(by))
