"""Whose report it is: a rep or a group of reps, and the folder of its name, safe and unique on every disk."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

REP: Final = "rep"
GROUP: Final = "group"
LONGEST = 60
READABLE = 40
DIGITS = 10
# Windows keeps these names for devices, in any case and whatever follows.
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}


@dataclass(frozen=True)
class Member:
    """The one whose report it is.

    Parameters
    ----------
    kind : str
        "rep" or "group": the parameter of the notebook that names it.
    value : str
        The rep's id as the book knows it, or the group as "team=Central".
    label : str
        What is shown for it.
    """

    kind: Literal["rep", "group"]
    value: str
    label: str

    @property
    def folder(self) -> str:
        """The name of the member's folder."""
        if self.kind == REP:
            return safe_name(self.value)
        grouping, _equals, value = self.value.partition("=")
        return f"{grouping}-{safe_name(value)}"

    def record(self) -> dict[str, str]:
        """The member as the manifest tells it."""
        return {self.kind: self.value, "label": self.label}


def safe_name(text: str) -> str:
    """A name for a folder: the same for a text each time, and never that of another, also where a disk ignores case.

    A text of ASCII words keeps its look, with an underscore for a blank, if its words are capitalised (all capitals
    with a digit or without a vowel). Of every other text stays what is readable, and a digest tells it from the rest.

    Examples
    --------
    >>> safe_name("R-001"), safe_name("West Commercial"), safe_name("../../x"), safe_name("CON")
    ('R-001', 'West_Commercial', 'x~9cdf6a5010', 'CON~a3dbc4b644')
    """
    if _is_plain(text):
        return text.replace(" ", "_")
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    readable = re.sub(r"[^A-Za-z0-9-]+", "_", ascii_)[:READABLE].strip("_-")
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    return f"{readable}~{digest}"


def _is_plain(text: str) -> bool:
    if len(text) > LONGEST or not re.fullmatch(r"[A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*", text):
        return False
    # Of all texts that differ only in case, one is plain.
    return text.upper() not in RESERVED and all(word == _usual(word) for word in re.split("[ -]", text))


def _usual(word: str) -> str:
    return word.upper() if re.search(r"\d", word) or not re.search("[aeiouy]", word, re.I) else word.capitalize()
