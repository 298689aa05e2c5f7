"""The checks as they were made: one row each, and the records that fail."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from salesops_lib.analysis.health.registry import WEIGHTS
from salesops_lib.analysis.health.scope import Found, Scope
from salesops_lib.analysis.health.score import points, with_shares
from salesops_lib.analysis.health.spec import Check
from salesops_lib.errors import MissingTable
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE

COLUMNS = (
    "check topic label definition effect metrics fix weight n failing share low high points amount at_stake why".split()
)


def make(scope: Scope, checks: Iterable[Check]) -> tuple[dict[str, Found], dict[str, str]]:
    """Make checks: what each found, and why those that could not be made could not."""
    found: dict[str, Found] = {}
    lacking: dict[str, str] = {}
    for check in checks:
        try:
            check.require(scope.book)
            found[check.key] = check.look(scope)
        except MissingTable as missing:
            lacking[check.key] = str(missing)
    return found, lacking


def table(checks: Iterable[Check], found: dict[str, Found], lacking: dict[str, str]) -> pd.DataFrame:
    """The checks and what they found.

    Returns
    -------
    DataFrame
        One row per check: check (its key), topic, label, definition, effect (on the figures), metrics (labels of those
        that it spoils), fix, weight, n (records checked), failing, share, low, high (null where nothing was checked),
        points (what it takes from the score), amount (money in the opportunities that fail, see `Found`; null: none is
        known), at_stake (how many of those that fail these are), why (it could not be made; "" where it was).
    """
    rows = []
    for check in checks:
        one = found.get(check.key)
        numbers = (one.n, one.failing, one.amount, one.at_stake) if one else (0, 0, np.nan, 0)
        names = ", ".join(_(CATALOGUE[name].label) for name in check.metrics)
        said = (check.key, check.topic, check.label, check.definition, check.effect, names, check.fix)
        rows.append((*said, WEIGHTS[check.key], *numbers, lacking.get(check.key, "")))
    told = "check topic label definition effect metrics fix weight n failing amount at_stake why".split()
    frame = with_shares(pd.DataFrame(rows, columns=told).astype({"amount": "float64"}))
    return frame.assign(points=points(frame))[COLUMNS]
