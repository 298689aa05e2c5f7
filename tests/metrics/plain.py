"""What the slow calculations of the metrics have in common: the numbers of one metric, and how they are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Numbers(NamedTuple):
    """What a metric is: value, numerator, denominator (None: n/a), and the number of records it rests on."""

    value: float | None
    numerator: float | None
    denominator: float | None
    n: int


def total(values: Sequence[float], denominator: float | None = None) -> Numbers:
    return Numbers(float(sum(values)), float(sum(values)), denominator, len(values))


def ratio(top: float, bottom: float, n: int) -> Numbers:
    return Numbers(top / bottom if bottom else None, float(top), float(bottom), n)


def unless(lacking: Sequence[bool], found: Numbers) -> Numbers:
    """The same numbers without a value where half of the rows or more lack what it needs."""
    return found._replace(value=None) if lacking and 2 * sum(lacking) >= len(lacking) else found


def quantile(values: Sequence[float], q: float) -> Numbers:
    """The value at the place q of the way from the smallest to the largest."""
    if not values:
        return Numbers(None, None, None, 0)
    ordered = sorted(values)
    place = (len(ordered) - 1) * q
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return Numbers(below + (above - below) * (place - math.floor(place)), None, None, len(ordered))
