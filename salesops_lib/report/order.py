"""How published reports are put together and in order: by language, kind, member, name and time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from salesops_lib.report.records import REP, Published

K = TypeVar("K")
FEW = 12
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
KINDS = ("quarterly_review", "forecasting", "rep_comparison", "crm_health", "rep_scorecard")

# One report in its languages: the company's own first.
Editions = list[Published]


def editions(reports: Iterable[Published]) -> list[Editions]:
    """Reports in several languages together: the company's own first, then by language."""
    about: dict[Any, list[Published]] = {}
    for report in reports:
        about.setdefault(report.subject, []).append(report)
    return [sorted(each, key=lambda report: (not report.is_own, report.place.as_posix())) for each in about.values()]


def grouped(
    told: Iterable[Editions], key: Callable[[Editions], K], order: Callable[[K], Any] | None = None
) -> list[tuple[K, list[Editions]]]:
    """Reports by what they share, in the order of what that is, else as they came."""
    groups: dict[K, list[Editions]] = {}
    for each in told:
        groups.setdefault(key(each), []).append(each)
    return sorted(groups.items(), key=lambda pair: order(pair[0])) if order else list(groups.items())


def of_members(told: Sequence[Editions]) -> list[tuple[str, list[Editions]]]:
    """The reports about members, by what they are: groups first, reps last."""
    mine = [each for each in told if each[0].whose is not None]
    return grouped(mine, lambda each: each[0].subject[2][0], lambda kind: (kind == REP, kind))


def whole_of(told: Iterable[Editions]) -> Editions:
    """The report about all among those of a kind, in its languages."""
    return next((each for each in told if each[0].whose is None), [])


def name_of(told: Editions) -> str:
    """The name of the one whom a report is about; "" for a report about all."""
    return told[0].whose.name if told[0].whose else ""


def last_made(told: Iterable[Editions]) -> datetime:
    """When the newest of them was made."""
    return max(each[0].made_at or LONG_AGO for each in told)


def by_name(label: str) -> str:
    """Names by the alphabet, and numbers in them by their size: R-9 before R-10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), label.casefold())


def rank(report: str) -> tuple[int, str]:
    """Where a kind stands among the others: what is about the whole company first."""
    return KINDS.index(report) if report in KINDS else len(KINDS), report
