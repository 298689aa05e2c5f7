"""Leaks, practices and leads of simulated companies: nobody is flagged by chance, what is planted is found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from salesops_lib.analysis.reps.evidence import ALPHA, adjusted
from salesops_lib.analysis.reps.lead_shares import Given, shares_of
from salesops_lib.analysis.reps.leaks import against_peers
from salesops_lib.analysis.reps.practices import compare

REPS = 40
STAGES = (0.8, 0.8, 0.65, 0.8)
QUARTERS = 4
PRACTICES = 10

Record = Callable[[str, object], None]


def funnel(rng: np.random.Generator, worse: float = 0.0) -> np.ndarray:
    """Which reps and stages leak, of 40 equal reps; with `worse`, the first rep converts so much worse in the third.

    The first rep has 150 entries in that stage, the others about 110; and all convert worse in the last quarter.
    """
    drift = np.array([1.0, 1.0, 1.0, 0.8])
    entered = rng.poisson(45, (REPS, QUARTERS)).astype("float64")
    flags, p_values = [], []
    for stage, chance in enumerate(STAGES):
        if worse and stage == 2:
            entered[0] = [38, 38, 37, 37]
        rates = np.tile(chance * drift, (REPS, 1))
        rates[0] -= worse * (stage == 2)
        advanced = rng.binomial(entered.astype("int64"), rates).astype("float64")
        peers = (np.broadcast_to(each.sum(axis=0), each.shape) for each in (advanced, entered))
        usual, p_value = against_peers(advanced, entered, *peers)
        flags.append(advanced.sum(axis=1) / entered.sum(axis=1) < usual)
        p_values.append(p_value)
        entered = advanced
    sure = adjusted(np.concatenate(p_values)) < ALPHA
    return (sure & np.concatenate(flags)).reshape(len(STAGES), REPS)


def shares(rng: np.random.Generator, given: float = 1.0) -> pd.DataFrame:
    """40 reps who can expect 150 leads each, a quarter of them there for a third of the time; the first gets a part."""
    days = np.where(np.arange(REPS) % 4 == 1, 22, 66)
    weights = days * np.where(np.arange(REPS) == 0, given, 1.0)
    leads = rng.multinomial(150 * 30, weights / weights.sum()).astype("float64")
    ids = [f"R{i:02d}" for i in range(REPS)]
    reps = pd.DataFrame({"rep": ids, "rep_name": ids, "peers": "", "days": days, "leads": leads})
    each = np.repeat(np.array(ids, dtype=object), leads.astype("int64"))
    scores = pd.DataFrame({"rep": each, "peers": "", "value": np.rint(rng.normal(50, 14, len(each)))})
    grades = scores.groupby(["rep", "peers", "value"]).size().rename("n").reset_index()
    return shares_of(Given(reps, grades, "count", 0), ids)


def any_practice(rng: np.random.Generator) -> bool:
    """Whether ten best and thirty others, who do the same in ten ways (of skewed figures), seem to differ in any."""
    values = np.exp(rng.normal(0, 0.5, (PRACTICES, REPS)))
    return bool((adjusted([compare(each[:10], each[10:])[3] for each in values]) < ALPHA).any())


def any_of_eight(rng: np.random.Generator) -> bool:
    """The same of three best and five others."""
    values = rng.normal(0, 1, (PRACTICES, 8))
    return bool((adjusted([compare(each[:3], each[3:])[3] for each in values]) < ALPHA).any())


def unfair(rng: np.random.Generator) -> tuple[bool, bool]:
    frame = shares(rng)
    return tuple(bool(frame[name].isin(["above", "below"]).any()) for name in ("verdict", "quality_verdict"))  # type: ignore[return-value]


NOTHING: dict[str, Callable[[np.random.Generator], bool]] = {
    "a leak": lambda rng: bool(funnel(rng).any()),
    "a practice": any_practice,
    "a practice of three among eight": any_of_eight,
    "an uneven number of leads": lambda rng: unfair(rng)[0],
    "uneven leads": lambda rng: unfair(rng)[1],
}
PLANTED: dict[str, Callable[[np.random.Generator], bool]] = {
    "a stage converting 20 points worse over 150 entries": lambda rng: bool(funnel(rng, worse=0.2)[2, 0]),
    "half the leads of the others (75 of 150)": lambda rng: shares(rng, 0.5)["verdict"].iloc[0] == "below",
}


def share(of: Callable[[np.random.Generator], bool], n: int) -> float:
    rng = np.random.default_rng(2026)
    return sum(of(rng) for _ in range(n)) / n


@pytest.mark.parametrize("what", NOTHING)
def test_among_equal_reps_hardly_anything_is_found(what: str, record_property: Record) -> None:
    found = share(NOTHING[what], 25)
    record_property("figure", f"equal reps: {what} found in {found:.1%} of 25 companies")
    assert found <= 0.08


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_is_found(what: str, record_property: Record) -> None:
    found = share(PLANTED[what], 20)
    record_property("figure", f"{what}: found in {found:.1%} of 20 companies")
    assert found >= 0.8


@pytest.mark.soak
@pytest.mark.parametrize("what", NOTHING)
def test_in_200_companies_of_equal_reps_hardly_anything_is_found(what: str, record_property: Record) -> None:
    found = share(NOTHING[what], 200)
    record_property("figure", f"equal reps: {what} found in {found:.1%} of 200 companies")
    assert found <= 0.08


@pytest.mark.soak
@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_is_found_in_200_companies(what: str, record_property: Record) -> None:
    found = share(PLANTED[what], 200)
    record_property("figure", f"{what}: found in {found:.1%} of 200 companies")
    assert found >= 0.8
