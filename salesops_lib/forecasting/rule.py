"""Which methods speak for a series: by the length of its history and its gaps in sales, by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from salesops_lib.forecasting.models import FEWEST
from salesops_lib.forecasting.panel import Array, is_intermittent

LONG_YEARS = 2.5
REFERENCES = ("SeasonalNaive", "Prophet")


@dataclass(frozen=True)
class Rule:
    """Methods whose median or mean is the forecast; those in one tuple count as one, their mean.

    `basis`: what the error of a forecast is measured against when its interval is calibrated.
    """

    name: str
    members: tuple[tuple[str, ...], ...]
    how: Literal["median", "mean"]
    basis: Literal["native", "scale"]

    def chosen(self, fast: bool) -> tuple[tuple[str, ...], ...]:
        """The members; without Prophet in the fast mode."""
        return tuple(each for each in self.members if not (fast and each[0].startswith("Prophet")))


SHARED = (("SeasonalNaive",), ("ShrinkSeas",))
LONG = Rule(
    "long",
    (("AutoETS",), ("DynamicOptimizedTheta",), ("AutoCES",), *SHARED, ("Prophet", "ProphetLog")),
    "median",
    "native",
)
WEEKLY = Rule(
    "weekly",
    (("ETS-STL",), ("CES-STL",), ("DynamicOptimizedTheta",), *SHARED, ("Prophet", "ProphetLog")),
    "median",
    "native",
)
SHORT = Rule("short", (("AutoCES",), ("MSTL",), *SHARED, ("ProphetLogYearly",)), "median", "scale")
NEW = Rule("new", (("SES",), ("Theta",), ("ShrinkSeas",)), "median", "scale")
INTERMITTENT = Rule("intermittent", (("SES",), ("TSB",), ("ETS",), ("ShrinkSeas",)), "mean", "scale")
NONE = Rule("none", (), "median", "scale")
RULES = (LONG, WEEKLY, SHORT, NEW, INTERMITTENT, NONE)


def rule_of(y: Array, season: int) -> Rule:
    """The rule of a series with `season` periods a year.

    Intermittent: a sale in fewer than 1 of 1.32 periods. Long: 30 months or more. New: under a year, where only what
    the panel shares can give a season. None: under six periods, of which nothing can be said.
    """
    if len(y) < FEWEST:
        return NONE
    if is_intermittent(y):
        return INTERMITTENT
    if len(y) >= LONG_YEARS * season:
        return WEEKLY if season > 12 else LONG
    return SHORT if len(y) >= season else NEW
