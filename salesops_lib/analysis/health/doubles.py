"""Names that likely mean the same company: alike but for legal forms, case, accents, word order and a slip or two."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

LEGAL_FORMS = frozenset(
    """
    inc incorporated corp corporation co company llc llp lp ltd limited plc pllc pc
    gmbh ag kg kgaa mbh ug ohg gbr ev eg bv nv vof cv ab as asa aps oy oyj sa sas sarl sasu se srl spa sl slu sau
    lda ltda sro spzoo doo kft zrt bt pty pte pvt kk
    """.split()
)
LINKS = frozenset(["and", "und", "et", "en", "y", "the"])
ALIKE = 93.0
# How many neighbours in the order of names each name is held against, from the left and from the right.
NEIGHBOURS = 8
# A word that more names than this have says nothing about any of them.
COMMON_WORD = 20
SHORT = 4


def likely_doubles(names: Sequence[str], alike: float = ALIKE) -> pd.DataFrame:
    """Pairs of names that are alike.

    Not every name is held against every other: only those that are neighbours in alphabetical order, read from the
    left or from the right, and those that share a word which few names have. The work grows with the number of names.

    Parameters
    ----------
    names : sequence of str
        In the order in which pairs name them.
    alike : float
        From which similarity on (0-100) two names are a pair: the share of letters that need no edit, of both names
        with their words in order. Names that differ in a number, and short ones that differ at all, are no pair.

    Returns
    -------
    DataFrame
        One row per pair: first, second (places in `names`, first < second), similarity.

    Examples
    --------
    >>> likely_doubles(["Acme Inc.", "Beta B.V.", "ACME GmbH", "Beta 2"]).to_dict("records")
    [{'first': 0, 'second': 2, 'similarity': 100.0}]
    """
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cpdist

    words = [tuple(sorted(core(name).split())) for name in names]
    texts = [" ".join(each) for each in words]
    pairs = np.array(sorted(_candidates(names, words)), dtype="int64").reshape(-1, 2)
    pairs = pairs[[_comparable(texts[a], texts[b]) for a, b in pairs]] if len(pairs) else pairs
    left, right = [texts[a] for a in pairs[:, 0]], [texts[b] for b in pairs[:, 1]]
    scores = cpdist(left, right, scorer=Indel.normalized_similarity, workers=1) if len(pairs) else np.array([])
    found = pd.DataFrame({"first": pairs[:, 0], "second": pairs[:, 1], "similarity": np.round(100.0 * scores, 1)})
    return found[found["similarity"] >= alike].reset_index(drop=True)


def core(name: str) -> str:
    """A name without what does not tell companies apart: case, accents, marks, legal forms.

    Examples
    --------
    >>> core("Müller & Söhne GmbH & Co. KG"), core("The Müller Söhne"), core("AB Foods B.V.")
    ('muller sohne', 'muller sohne', 'ab foods')
    """
    flat = unicodedata.normalize("NFKD", name.casefold())
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    # The dots of B.V. and S.A. go, those between words part them.
    flat = re.sub(r"(?<=\b\w)\.(?=\w\b)|(?<=\b\w)\.(?=\W|$)", "", flat)
    every = re.sub(r"[\W_]+", " ", flat).split()
    words = [word for word in every if word not in LINKS]
    # At the end alone: AB Foods is not Foods.
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words or every)


def _comparable(one: str, other: str) -> bool:
    """Whether two names may be one with a slip: not where a number differs, nor where they are short and differ."""
    if not one or not other:
        return False
    return one == other or (min(len(one), len(other)) > SHORT and _numbers(one) == _numbers(other))


def _numbers(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", text))


def _candidates(names: Sequence[str], words: Sequence[tuple[str, ...]]) -> set[tuple[int, int]]:
    """The pairs that are worth a look."""
    plain = [core(name) for name in names]
    found: set[tuple[int, int]] = set()
    for keys in (plain, [text[::-1] for text in plain]):
        order = sorted(range(len(keys)), key=keys.__getitem__)
        for step in range(1, NEIGHBOURS + 1):
            found.update(map(_ordered, order, order[step:]))
    found.update(_same(words))
    return found


def _same(words: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Pairs of the same words (each with the first of them), and pairs that share a word which few names have."""
    by_words: dict[tuple[str, ...], int] = {}
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(words):
        first = by_words.setdefault(each, at)
        if first != at:
            yield first, at
        for word in set(each):
            by_word[word].append(at)
    for places in by_word.values():
        if len(places) <= COMMON_WORD:
            yield from combinations(places, 2)


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
