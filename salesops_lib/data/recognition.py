"""Recognition: which table of sales a file is, which CRM it comes from, and which of its columns is which."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from salesops_lib.data.presets import fold, preset, preset_names
from salesops_lib.data.schema import TABLES

SURE, LIKELY, ALIKE = "sure", "likely", "alike"
_WORTH = {SURE: 1.0, LIKELY: 0.8, ALIKE: 0.3}
# What the name of a file adds, what is needed at least, and how far the best reading must be ahead of the next one.
_NAMED, _HINTED, _LEAST, _AHEAD = 3.0, 1.0, 1.5, 0.5


@dataclass(frozen=True)
class Reading:
    """What a file may be: a canonical table, as an export of a CRM (`preset`, `export`) or of its own.

    `columns` gives canonical name -> (theirs, how sure that is); `lacks` are the names that the table needs and that
    no column bears. The higher the `score`, the more of it fits; `telling` of its columns bear names that only this CRM
    gives to such a table.
    """

    table: str
    columns: dict[str, tuple[str, str]]
    lacks: tuple[str, ...]
    score: float
    preset: str | None = None
    export: str | None = None
    telling: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether the columns tell the CRM, or need none to be told."""
        return self.preset is None or self.telling > 1

    @property
    def of_several(self) -> bool:
        """Whether such an export is made of files with different columns."""
        return self.preset is not None and preset(self.preset).exports[str(self.export)].several


def readings(columns: Sequence[str], stem: str) -> list[Reading]:
    """What a file with these columns and this name may be, the best first; nothing if it looks like no table.

    >>> best = readings(["Id", "StageName", "CloseDate", "IsWon", "Amount"], "export")[0]
    >>> best.table, best.preset, best.export
    ('opportunities', 'salesforce', 'Opportunity')
    >>> readings(["colour", "size"], "shirts")
    []
    """
    found = [*_of_presets(columns, stem), *(_of_its_own(table, columns, stem) for table in TABLES)]
    known = [reading for reading in found if reading.score >= _LEAST and _is_likely(reading, stem)]
    return sorted(known, key=lambda reading: -reading.score)


def rivals(found: Sequence[Reading]) -> list[Reading]:
    """The readings that fit nearly as well as the best one and say something else."""
    best = found[0]
    other = [each for each in found[1:] if (each.table, each.preset) != (best.table, best.preset)]
    return [each for each in other if best.score - each.score < _AHEAD]


def squash(name: str) -> str:
    """A name without capitals, blanks and marks.

    >>> squash("Deal_Stage"), squash("deal stage")
    ('dealstage', 'dealstage')
    """
    return re.sub(r"[\W_]+", "", name.casefold())


def _of_presets(columns: Sequence[str], stem: str) -> Iterable[Reading]:
    present = {fold(column) for column in columns}
    for name in preset_names():
        for label, export in preset(name).exports.items():
            found = {own: (theirs, SURE) for own, theirs in export.found(columns).items()}
            if present & {fold(column) for column in export.unless}:
                continue
            lacks = tuple(own for own in export.needed if own not in found)
            score = len(found) + 0.1 - len(lacks) + _hint(stem, (label, export.table))
            telling = {fold(theirs) for theirs, _level in found.values()} - _common(export.table, name)
            yield Reading(export.table, found, lacks, score, name, label, len(telling))


@cache
def _common(table: str, own: str) -> frozenset[str]:
    """The names that other CRMs than this one, or the kit, have for the columns of a table."""
    names = set(TABLES[table].names)
    for other in preset_names():
        for export in preset(other).of(table).values() if other != own else ():
            names.update(fold(option) for options in export.columns.values() for option in options)
    return frozenset(names)


def _of_its_own(table: str, columns: Sequence[str], stem: str) -> Reading:
    """A table by canonical names, by the words that any CRM has for them, and by names that look alike."""
    schema = TABLES[table]
    found: dict[str, tuple[str, str]] = {name: (name, SURE) for name in schema.names if name in columns}
    words = _words(table)
    for level in (LIKELY, ALIKE):
        for name in schema.names:
            free = [column for column in columns if column not in {theirs for theirs, _ in found.values()}]
            if name not in found:
                theirs = _likely(name, free, words) if level == LIKELY else _alike(name, free)
                if theirs:
                    found[name] = (theirs, level)
    sure = {name for name, (_theirs, level) in found.items() if level != ALIKE}
    lacks = tuple(name for name in schema.required if name not in sure)
    score = sum(_WORTH[level] for _theirs, level in found.values()) - len(lacks) + _hint(stem, (table,))
    return Reading(table, found, lacks, score)


def _likely(name: str, columns: Sequence[str], words: dict[str, frozenset[str]]) -> str | None:
    return next((column for column in columns if squash(column) in words.get(name, ())), None)


def _alike(name: str, columns: Sequence[str]) -> str | None:
    squashed = {squash(column): column for column in columns}
    near = difflib.get_close_matches(squash(name), squashed, n=1, cutoff=0.75)
    return squashed[near[0]] if near else None


@cache
def _words(table: str) -> dict[str, frozenset[str]]:
    """Canonical name -> every word that a preset has for it, and the name itself."""
    words: dict[str, set[str]] = {name: {squash(name)} for name in TABLES[table].names}
    for each in preset_names():
        for export in preset(each).of(table).values():
            for name, options in export.columns.items():
                # What only says "id" or "name" says so of any table.
                words.setdefault(name, set()).update(squash(option) for option in options if squash(option) != "id")
    return {name: frozenset(said) for name, said in words.items()}


def _hint(stem: str, names: Sequence[str]) -> float:
    """What a file's name says for a table: much if it is the table's, a little if it holds it."""
    said = squash(stem)
    told = [squash(part) for name in names for part in (name, *name.split(" and "))]
    told += [each.removesuffix("s") for each in told]
    if said in told:
        return _NAMED
    return _HINTED if any(len(each) > 3 and each in said for each in told) else 0.0


def _is_likely(reading: Reading, stem: str) -> bool:
    """Whether enough of a table is there: two columns and half of what it needs, or one and the name of the file."""
    named = [name for name, (_theirs, level) in reading.columns.items() if level != ALIKE]
    if reading.preset is None and reading.columns and _hint(stem, (reading.table,)) == _NAMED:
        return True
    return len(named) > 1 and len(reading.lacks) <= max(len(TABLES[reading.table].required), 2) / 2
