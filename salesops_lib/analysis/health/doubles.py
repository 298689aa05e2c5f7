"""Names that likely mean the same company: alike but for legal forms, case, accents, word order and a slip or two."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.int64]

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

    plain = [core(name) for name in names]
    words = [tuple(sorted(text.split())) for text in plain]
    texts = np.array([" ".join(each) for each in words], dtype=object)
    one, other = _worth_a_look(candidates(plain, words), texts, alike)
    scores = np.zeros(0)
    if len(one):
        scores = cpdist(texts[one], texts[other], scorer=Indel.normalized_similarity, workers=1)
    found = pd.DataFrame({"first": one, "second": other, "similarity": np.round(100.0 * scores, 1)})
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


def _worth_a_look(pairs: Array, texts: npt.NDArray[np.object_], alike: float) -> tuple[Array, Array]:
    """The pairs whose names may be alike: not where a number differs, nor where they are short and differ."""
    one, other = pairs
    same_text, same_numbers = (
        codes[one] == codes[other] for codes in (_codes(texts), _codes(np.array([_numbers(text) for text in texts])))
    )
    long = np.array([len(text) for text in texts], dtype="int64")
    least, most = np.minimum(long[one], long[other]), np.maximum(long[one], long[other])
    # However the letters match, the longer name has some that the shorter one lacks.
    may_reach = 200.0 * least >= alike * (least + most)
    kept = (least > 0) & (same_text | ((least > SHORT) & same_numbers & may_reach))
    return one[kept], other[kept]


def _codes(texts: npt.NDArray[Any]) -> Array:
    return pd.factorize(texts)[0].astype("int64")


def _numbers(text: str) -> str:
    return " ".join(sorted(re.findall(r"\d+", text)))


def candidates(plain: Sequence[str], words: Sequence[tuple[str, ...]]) -> Array:
    """The pairs that are looked at, in two rows: the places of the first names and of the second.

    Parameters
    ----------
    plain, words : sequence
        The names without what does not tell companies apart, as text and as their words in order.
    """
    parts = [np.array(list(_same(words)), dtype="int64").reshape(-1, 2)]
    for keys in (plain, [text[::-1] for text in plain]):
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype="int64")
        parts += [np.column_stack([order[:-step], order[step:]]) for step in range(1, min(NEIGHBOURS + 1, len(keys)))]
    pairs = np.concatenate(parts)
    # As one number each, pairs are told apart fast.
    told = np.unique(pairs.min(axis=1) * max(len(plain), 1) + pairs.max(axis=1))
    return np.vstack([told // max(len(plain), 1), told % max(len(plain), 1)])


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
