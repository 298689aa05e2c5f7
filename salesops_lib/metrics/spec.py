"""What a metric can be: each kind is a declaration that measure() knows how to compile."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

Unit = Literal["money", "share", "count", "days", "months", "hours", "ratio", "money_per_day"]
Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What every metric says of itself: label, definition, unit, which way is better, by which date it counts.

    `note` is what must be known beside its number; `{day}` in it is the last day that the book knows,
    `{company.…}` a setting of the company file.
    """

    label: str
    definition: str
    unit: Unit
    better: Better = "higher"
    counted_by: str = "close date"
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Flow(Metric):
    """A metric over the rows of one table whose date `on` lies in the period (and that meet `where`).

    A `cumulative` one counts from the beginning up to the period's end.
    """

    of: str
    on: str
    where: Any = None
    cumulative: bool = False


@dataclass(frozen=True, kw_only=True)
class Sum(Flow):
    """The sum of `value`; of a true/false value, the number of rows in which it is true.

    A `fact` (a census, no sample of anything) has no interval.
    """

    value: Any
    fact: bool = False


@dataclass(frozen=True, kw_only=True)
class Mean(Flow):
    """The mean of `value`."""

    value: Any


@dataclass(frozen=True, kw_only=True)
class Quantile(Flow):
    """The number below which the share `q` of the values lies."""

    value: Any
    q: float


@dataclass(frozen=True, kw_only=True)
class Median(Quantile):
    """The median of `value`."""

    q: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Ratio(Flow):
    """`numerator` ÷ `denominator`: of rows if both are true or false, else of sums.

    A true/false numerator over an amount is the share of the amounts in the rows where it is true.

    It is n/a where half of the rows `among` or more meet `lacks` (what it needs was not recorded); `lacking` says so.
    No interval goes below `least` or above `most`, which a ratio of sums can never pass. A `fact` (a census, no sample
    of anything) has no interval.
    """

    numerator: Any
    denominator: Any
    lacks: Any = None
    among: Any = None
    lacking: str = ""
    least: float = -math.inf
    most: float = math.inf
    fact: bool = False


@dataclass(frozen=True, kw_only=True)
class Survival(Flow):
    """The median time until something happens to a row (Kaplan-Meier), which of some rows has not happened yet.

    `duration` is the time until it happened or, where it has not (`event` is false), how long it has been awaited:
    `known_until` is the book's day.
    """

    duration: Any
    event: Any


@dataclass(frozen=True, kw_only=True)
class Stock(Metric):
    """The sum of `value` over the opportunities open at one moment; n/a where it is unknown of half of them or more.

    The moment is the end of the period or of the book, whichever is first. For a `due` stock only those that are due in
    the period count, and the moment of a period that is over is the day before it began.
    """

    value: Any
    due: bool = False
    weighted: bool = False
    counted_by: str = "as of a date"


@dataclass(frozen=True, kw_only=True)
class TimeAverage(Metric):
    """The sum of `value` over the opportunities open at a day's end, as a mean over the period's days.

    The days are those up to the book's; it is n/a where the value is unknown on half of the days that opportunities
    were open, or more.
    """

    value: Any
    counted_by: str = "mean over the days"


@dataclass(frozen=True, kw_only=True)
class Slip(Metric):
    """Of the opportunities open before a period and due in it, the share still open at its end.

    It is n/a until the period is over.
    """

    counted_by: str = "expected close date"


@dataclass(frozen=True, kw_only=True)
class Spread(Metric):
    """The sum of `value`, spread evenly over the days of its span, as far as they lie in the period."""

    of: str
    value: Any
    counted_by: str = "quota period"


@dataclass(frozen=True, kw_only=True)
class Derived(Metric):
    """A formula over other metrics, given their tidy frames by name and `running` (the period has begun and not ended).

    The formula returns a frame with value and, as far as there are any, numerator, denominator, n, low and high.
    """

    parts: tuple[str, ...]
    formula: Callable[[Mapping[str, pd.DataFrame], pd.Series[bool]], pd.DataFrame]


@dataclass(frozen=True, kw_only=True)
class ShareOf(Metric):
    """The share of members (such as reps) whose own value of another metric is at least `at_least`."""

    metric: str
    each: str
    at_least: float = field(default=1.0)


@dataclass(frozen=True, kw_only=True)
class Variation(Metric):
    """How much another metric varies from month to month: its standard deviation ÷ its mean over whole months.

    They are the last `window` months that are over by the end of the period (and of the book), from the first closed
    opportunity on and, by rep, those in which the rep was employed from the first day to the last; n/a with fewer than
    `fewest`.
    """

    metric: str
    window: int = 12
    fewest: int = 6
