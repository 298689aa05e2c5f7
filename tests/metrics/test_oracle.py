"""Every metric equals the slow, obvious calculation: in all, by rep, by team, by month and by quarter."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from companies import TEAM, Made, companies
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from oracle import METRICS, Numbers

from salesops_lib.metrics import CATALOGUE, measure
from salesops_lib.periods import Grain

OF_NO_REP = ("territory_penetration", "tool_adoption", "cost_per_active_user")

# An example takes a second: shrinking would take minutes.
modest = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def of_all(rep: str | None) -> str:
    return ""


def of_rep(rep: str | None) -> str:
    return rep or "Unassigned"


def of_team(rep: str | None) -> str:
    return (TEAM.get(rep) or "Unknown") if rep else "Unassigned"


def test_every_metric_has_its_oracle() -> None:
    assert list(METRICS) == list(CATALOGUE)


WAYS: list[tuple[tuple[str, ...], Callable[[str | None], str], Grain | None]] = [
    ((), of_all, None),
    ((), of_all, "quarter"),
    ((), of_all, "month"),
    (("rep",), of_rep, None),
    (("rep",), of_rep, "quarter"),
    (("team",), of_team, None),
    (("team",), of_team, "month"),
]


@modest
@given(companies(), st.permutations(WAYS))
def test_metrics_equal_the_obvious_calculation(made: Made, ways: list[Any]) -> None:
    book, company = made.book, made.company
    for by, key, grain in ways[:2]:
        oracles = {name: oracle for name, oracle in METRICS.items() if not by or name not in OF_NO_REP}
        frame = measure(book, list(oracles), "2026Q1..2026Q2", by=by, grain=grain)
        parts = {name: company.group(key, name) for name in sorted({key(rep) for rep in [*TEAM, "ghost", None]})}
        found = frame.set_index(["metric", "period", *by]).sort_index()
        assert not found.index.duplicated().any()
        for period in book.calendar.split(book.calendar.period("2026Q1..2026Q2"), grain):
            for group, part in parts.items():
                for name, oracle in oracles.items():
                    where = (name, period.name, *([group] if by else []))
                    _compare(where, found, oracle(part, period))


def _compare(where: tuple[str, ...], found: pd.DataFrame, expected: Numbers) -> None:
    if where not in found.index:
        assert expected.n == 0, f"{where} is missing"
        assert not expected.value, f"{where} is missing"
        return
    row = found.loc[where]
    assert row["n"] == expected.n, where
    for column in ("value", "numerator", "denominator"):
        wanted = getattr(expected, column)
        got = float(row[column])
        if wanted is None:
            assert math.isnan(got), (where, column, got)
        else:
            assert got == pytest.approx(wanted, rel=1e-9, abs=1e-9), (where, column)
