"""Text from data made harmless: control characters out, directions closed, markup escaped, mathtext off."""

from __future__ import annotations

import textwrap
import unicodedata

from markupsafe import Markup, escape

from salesops_lib.language import gettext as _
from salesops_lib.metrics.dimensions import UNASSIGNED, UNKNOWN

FIRST_STRONG, POP_ISOLATE, POP_EMBEDDING = "\u2068", "\u2069", "\u202c"
EMBEDDINGS, ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
RIGHT_TO_LEFT = {"R", "AL", "AN"}


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


def drawable(text: object, width: int = 18, lines: int = 2) -> str:
    r"""Return a name as it is drawn: without what is invisible or no XML, wrapped, cut after some lines.

    Figures turn mathtext off (see `style.canvas`), so a dollar sign stays a dollar sign.

    >>> drawable("A very long account name indeed, and more of it", width=16)
    'A very long\naccount name …'
    >>> drawable("$x^$")
    '$x^$'
    """
    shown = "".join(c for c in plain(text) if unicodedata.category(c) != "Cf" and c not in "\ufffe\uffff")
    if lines == 1:
        return shown if len(shown) <= width else f"{shown[: width - 1].rstrip()}…"
    return "\n".join(textwrap.wrap(shown, width, max_lines=lines, placeholder=" …")) or "–"
