"""Accounts kept twice: which names are alike, which only seem so, and that the work grows with their number."""

from __future__ import annotations

import random
import time

import pytest

from salesops_lib.analysis.health.doubles import candidates, core, likely_doubles
from salesops_lib.analysis.health.identity import duplicates
from tests.small import book_of

OTHERS = ["Zeta Mills", "Northmere Packaging", "Harbour Lights", "Quill & Ink", "Ostrava Steel", "Iguana Bay"]


def pairs(*names):
    found = likely_doubles([*OTHERS, *names])
    return [(int(a) - len(OTHERS), int(b) - len(OTHERS)) for a, b in zip(found["first"], found["second"], strict=True)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Inc.", "ACME"),
        ("Acme GmbH", "Acme B.V."),
        ("Acme, L.L.C.", "acme ltd"),
        ("Müller GmbH & Co. KG", "muller, GmbH"),
        ("The Blue Door", "Blue Door Limited"),
        ("Smith and Sons", "Smith & Sons"),
        ("Consolidated Freightways", "Consolidated Freihgtways"),
        ("Freight Consolidated Lines", "Consolidated Lines Freight"),
        ("Société Générale S.A.", "Societe Generale"),
        ("株式会社山田製作所", "株式会社山田製作所"),
    ],
)
def test_one_company_under_two_names(one, other):
    assert pairs(one, other) == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Store 12", "Store 13"),
        ("Alpha Plant 2024", "Alpha Plant 2025"),
        ("IBM", "IBC"),
        ("AB Foods", "Foods"),
        ("Northwind Ceramics", "Northwind Chemicals"),
        ("United Oil & Gas, UK", "United Oil & Gas, Singapore"),
        ("Inc.", "GmbH"),
        ("!!!", "???"),
    ],
)
def test_two_companies_with_names_that_seem_alike(one, other):
    assert pairs(one, other) == []


def test_legal_forms_go_from_the_end_alone():
    assert core("AG Barr p.l.c.") == "ag barr"
    assert core("S.A. Trading Co., Ltd.") == "sa trading"


def test_a_slip_at_either_end_is_found_among_many():
    """A slip in the last word leaves two names neighbours from the left, one in the first from the right."""
    rng = random.Random(7)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _i in range(400)]
    names = [f"{first} {second}" for first in words[:50] for second in words[50:90]]
    names += ["quartzline bearings", "qwartzline bearings", "morningstar havens", "morningstar havnes"]
    found = likely_doubles(names)
    assert set(zip(found["first"], found["second"], strict=True)) == {(2000, 2001), (2002, 2003)}


def test_the_work_grows_with_the_number_of_names():
    """100,000 accounts are a matter of seconds: at most so many pairs a name are looked at."""
    rng = random.Random(3)
    parts = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(4, 9))) for _i in range(3000)]
    names = [f"{rng.choice(parts)} {rng.choice(parts)} {rng.choice(('Inc', 'Ltd', 'GmbH'))}" for _i in range(10_000)]
    plain = [core(name) for name in names]
    assert candidates(plain, [tuple(sorted(text.split())) for text in plain]).shape[1] < 90 * len(names)
    same = ["Acme"] * 5000
    begin = time.perf_counter()
    assert len(likely_doubles(same)) < 9 * len(same)
    assert time.perf_counter() - begin < 20


def test_pairs_of_a_book_are_named_by_id_and_never_merged():
    accounts = [("a2", "Acme Inc"), ("a1", "ACME"), ("a3", "Beta"), ("a4", None), ("a5", None)]
    book = book_of("2026-06-30", opportunities=[NEW], accounts=[{"account_id": i, "name": n} for i, n in accounts])
    (pair,) = duplicates(book).to_dict("records")
    assert pair == {
        "account_id": "a1",
        "name": "ACME",
        "other_id": "a2",
        "other_name": "Acme Inc",
        "similarity": 100.0,
    }
    assert book.table("accounts").count().to_pyarrow().as_py() == 5


NEW = {"opportunity_id": "1", "stage": "Lead", "amount": 5}
