"""The veil: a text with pseudonyms in place of the names and ids of people, wherever in it they stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from salesops_lib.data.pseudonyms import REP, Key
from salesops_lib.data.spelling import Spelled, hint, orders, owning, spelled, whole

# Ids and single names that say nothing in the middle of a text: names that are words, and the words of sales.
COMMON = frozenset(
    """
    amber april august bill chase crystal dawn dean faith frank grace grant hope hunter june jack lane mark mason
    miles penny rich rose ruby summer will
    accepted account accounts admin agent booked budget call calls central channel closed company customer data deal
    deals default demo direct east email enterprise field general global group house inbound info inside lead leads
    lost manager market marketing meeting national nobody none north null office online open other outbound owner
    partner pipeline price product proposal quarter quota quote referral region renewal revised sales segment sent
    service south stage support system team territory test timing unassigned unknown user visit west
    """.split()
) | {*(f"q{n}" for n in range(1, 5)), "h1", "h2"}
_LETTERS = 4
_DIGITS = 5
_MARKS = "@.-_"
_QUOTES = "'\""


@dataclass(frozen=True)
class _Word:
    """A name or an id in the one spelling: what is shown for it by how it is written, and where it may stand."""

    text: str
    start: int
    shown: dict[str, list[str]]
    telling: bool

    def pseudonym(self, written: str) -> str:
        # Ids may differ in case alone: who is written just so is meant.
        meant = self.shown.get(written) or [each for shown in self.shown.values() for each in shown]
        reps = [pseudonym for pseudonym in meant if pseudonym.startswith(REP)]
        # A rep who is a manager, too, is called a rep. Two of one name: nobody can say which of them a text means.
        return " / ".join(sorted(set(reps or meant)))


@dataclass(frozen=True)
class Veil:
    """What is shown in place of every id and name of a key's people."""

    key: Key

    def hide(self, text: str, *, alone: bool = True, quoted: bool = False, place: bool = False) -> str:
        """A text without names.

        Parameters
        ----------
        text : str
            A cell, a note, an error.
        alone : bool
            Whether a text that is nothing but an id means the person, however short the id is.
        quoted : bool
            Whether an id in quotes does.
        place : bool
            Whether every id within the text does: in the name of a team, for instance.
        """
        found = spelled(text)
        word = self._words.get(found.text.strip()) if alone else None
        if word is not None:
            return word.pseudonym(text)
        parts, at = [], 0
        for start, end, word in self._within(found, quoted, place):
            first, last = found.span(start, end)
            parts += [text[at:first], word.pseudonym(text[first:last])]
            at = last
        return "".join([*parts, text[at:]])

    @cached_property
    def pattern(self) -> str:
        """What every text that has to be hidden meets, and others, too; in places and quotes there may be more."""
        found = set()
        for word in self._words.values():
            found |= {hint(word.text)} if word.telling else {whole(word.text), owning(word.text)}
        return f"(?i){'|'.join(sorted(found))}"

    def _within(self, found: Spelled, quoted: bool, place: bool) -> Iterator[tuple[int, int, _Word]]:
        """The words that mean somebody, from left to right: start, end, word."""
        text, tokens, done = found.text, list(found.tokens()), 0
        ends = {end for _, end in tokens}
        for first, last in tokens:
            for word in self._by_token.get(text[first:last], ()):
                start = first - word.start
                end = start + len(word.text)
                if start < done or not text.startswith(word.text, start):
                    continue
                whole_words = end in ends or not text[end - 1].isalnum()
                if whole_words and (word.telling or _is_meant(word, text[:start], text[end:], quoted, place)):
                    yield start, end, word
                    done = end
                    break

    @cached_property
    def _words(self) -> dict[str, _Word]:
        shown: dict[str, dict[str, list[str]]] = {}
        for person in self.key.people:
            for name in {person.id, person.name} - {None, ""}:
                for written in orders(str(name)):
                    found = shown.setdefault(spelled(written).text.strip(), {})
                    found.setdefault(written, []).append(person.pseudonym)
        words = {}
        for text, found in shown.items():
            start = next((start for start, _ in Spelled(text).tokens()), 0)
            words[text] = _Word(text, start, found, is_telling(text))
        return words

    @cached_property
    def _by_token(self) -> dict[str, list[_Word]]:
        """The words by their first token, the longest first."""
        found: dict[str, list[_Word]] = {}
        for text, word in sorted(self._words.items(), key=lambda item: (-len(item[0]), item[0])):
            for start, end in Spelled(text).tokens():
                found.setdefault(text[start:end], []).append(word)
                break
        return found


def _is_meant(word: _Word, before: str, after: str, quoted: bool, place: bool) -> bool:
    if quoted and before[-1:] in {*_QUOTES} and after[:1] in {*_QUOTES}:
        return True
    named = sum(c.isalnum() for c in word.text) > 1 and any(c.isalpha() for c in word.text)
    # "Team 2" is not the team of the rep 2, and "2's team" is.
    return (place and named) or ((place or named) and after[:2] == "'s" and not after[2:3].isalnum())


def is_telling(word: str) -> bool:
    """Whether a word (in the one spelling) is known for a name or an id in the middle of any text.

    >>> [word for word in ("maeve park", "osilva", "r-1", "李小龙", "4711", "2", "mark", "bo") if is_telling(word)]
    ['maeve park', 'osilva', 'r-1', '李小龙']
    """
    letters = [c for c in word if c.isalpha()]
    digits = sum(c.isdigit() for c in word)
    if not letters:
        return digits >= _DIGITS
    if sum(any(c.isalpha() for c in part) for part in word.split()) > 1:
        return True
    if word in COMMON:
        return False
    if digits or any(mark in word for mark in _MARKS):
        return len(letters) + digits > 1 or len(word) >= _LETTERS
    foreign = any(not unicodedata.name(c, "").startswith("LATIN") for c in letters)
    return len(letters) >= (2 if foreign else _LETTERS)
