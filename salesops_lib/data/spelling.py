"""Spelling: a name is the same in capitals, with a curved apostrophe, a long hyphen, two blanks or as "Park, Maeve"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_APOSTROPHES = "'’‘‛ʼʹ′`´＇"
_HYPHENS = "-‐‑‒–—―−﹣－"
_BLANKS = " \t\n\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ONE = {ord(c): "'" for c in _APOSTROPHES} | {ord(c): "-" for c in _HYPHENS}
# Scripts that put no blank between words, or a particle right behind a name: each character stands by itself.
_APART = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_APART}]|[^\W_{_APART}]+")
# A run of blanks, the parts of a Korean syllable, or a character with its accents.
_CLUSTER = re.compile(
    rf"[{_BLANKS}]+|[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|.[\u0300-\u036f\u3099\u309a]*", re.DOTALL
)
_ODD = re.compile(r"[^ -_a-~]|  ")
# In what is written in one way alone: no accent, no mark, no ss that may be ß.
_SURE = re.compile("[a-z0-9]+")
_LONG = 4


@dataclass(frozen=True)
class Spelled:
    """A text in the one spelling that names are compared in, and where each of its characters comes from."""

    text: str
    spans: Sequence[tuple[int, int]] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original text that a part of this one comes from."""
        return (start, end) if self.spans is None else (self.spans[start][0], self.spans[end - 1][1])

    def tokens(self) -> Iterator[tuple[int, int]]:
        """Where its words begin and end; an underscore parts two words."""
        return (match.span() for match in _TOKEN.finditer(self.text))


def spelled(text: str) -> Spelled:
    """A text in the one spelling that names are compared in.

    >>> spelled("Zed  O’HARA–Groß").text
    "zed o'hara-gross"
    """
    if not _ODD.search(text):
        return Spelled(text.lower())
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    for match in _CLUSTER.finditer(text):
        for character in _folded(match[0]):
            characters.append(character)
            spans.append(match.span())
    return Spelled("".join(characters), spans)


def _folded(cluster: str) -> str:
    if cluster.isspace():
        return " "
    if unicodedata.category(cluster[0]) == "Cf":  # soft hyphens and what has no width
        return ""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", cluster).casefold()).translate(_ONE)


def orders(name: str) -> set[str]:
    """A name with the given name first and last.

    >>> sorted(orders("Maeve Park")), sorted(orders("Park, Maeve"))
    (['Maeve Park', 'Park, Maeve', 'Park,Maeve'], ['Maeve Park', 'Park, Maeve', 'Park,Maeve'])
    """
    found = {name}
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma and last and first:
        return found | {f"{first} {last}", f"{last}, {first}", f"{last},{first}"}
    parts = name.split()
    for i in range(1, len(parts)):
        first, last = " ".join(parts[:i]), " ".join(parts[i:])
        found |= {f"{last}, {first}", f"{last},{first}"}
    return found


def whole(text: str) -> str:
    """A pattern for all spellings of a text that is nothing but this one (given in the one spelling)."""
    return f"^[{_BLANKS}]*{_form(text)}[{_BLANKS}]*$"


def owning(text: str) -> str:
    """A pattern for all spellings of a text with an s behind it, as in "Mark's"."""
    return f"{_form(text)}[{_APOSTROPHES}]s"


def hint(text: str) -> str:
    """A short pattern that is found wherever a spelling of the text is, and sometimes elsewhere."""
    runs = [run for part in text.split("ss") for run in _SURE.findall(part)]
    longest = max(runs, key=len, default="")
    return longest if len(longest) >= _LONG else _form(text)


def _form(text: str) -> str:
    return "".join(_any_form(part) for part in re.findall("ss|.", text, re.DOTALL))


def _any_form(part: str) -> str:
    if part == "ss":
        return "(?:ss|ß|ẞ)"
    for one, several in ((" ", f"[{_BLANKS}]+"), ("'", f"[{_APOSTROPHES}]"), ("-", f"[{_HYPHENS[1:]}-]")):
        if part == one:
            return several
    apart = unicodedata.normalize("NFD", part)
    return re.escape(part) if apart == part else f"(?:{re.escape(part)}|{re.escape(apart)})"
