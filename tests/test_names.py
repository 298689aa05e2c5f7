"""Text from data is made harmless, and stays readable."""

from __future__ import annotations

import pytest

from salesops_lib.language import locale_of
from salesops_lib.names import SOFT, drawable, html, hyphenated, plain

OPEN, CLOSE = "\u2066\u2067\u2068\u202a\u202b\u202d\u202e", "\u2069\u202c"


@pytest.mark.parametrize(
    "name",
    ["\u202eevil", "a\u2069b", "\u2067x", "\u202d\u2066y\u202c", "شركة", "a\u202c\u2069\u2069", "\u2066\u202ez\u2069"],
)
def test_a_direction_ends_with_the_name(name: str) -> None:
    depth: list[str] = []
    for c in plain(name):
        if c in OPEN:
            depth.append("\u202c" if c in "\u202a\u202b\u202d\u202e" else "\u2069")
        elif c in CLOSE:
            assert depth.pop() == c
    assert depth == []
    if any(c in OPEN for c in name) or "ش" in name:
        assert plain(name).startswith("\u2068")


@pytest.mark.parametrize("control", ["\x00", "\x1b", "\n", "\t", "\x85", "\u2028", "\ud800"])
def test_control_characters_become_a_space(control: str) -> None:
    assert plain(f"a{control}b") == "a b"


def test_html_is_escaped() -> None:
    assert html("<b a=\"1\" b='2'>&amp;") == "&lt;b a=&#34;1&#34; b=&#39;2&#39;&gt;&amp;amp;"


def test_what_is_drawn_is_wrapped_cut_and_visible() -> None:
    assert drawable("\u202eabc\u200b") == "abc"
    assert drawable("x" * 200, width=10, lines=1) == "x" * 9 + "…"
    assert all(len(line) <= 18 for line in drawable("word " * 100).splitlines())
    assert drawable("") == "–"


@pytest.mark.parametrize(
    ("locale", "label", "broken"),
    [
        ("de_DE", "Vertriebstempo", "Ver|triebs|tem|po"),
        ("de_DE", "Vertriebszyklus, Mittelwert", "Ver|triebs|zy|klus, Mittelwert"),
        ("de_DE", "Pipeline-Abdeckung", "Pipeline-Abdeckung"),  # may be broken at its hyphen, and nowhere beside it
        ("nl_NL", "Prognoseafwijking", "Prog|no|se|af|wij|king"),
        ("nl_NL", "Verkoopsnelheid", "Ver|koop|snel|heid"),
    ],
)
def test_a_long_word_may_be_broken_between_its_syllables(locale: str, label: str, broken: str) -> None:
    with locale_of(locale):
        assert str(hyphenated(label)).replace(SOFT, "|") == broken
