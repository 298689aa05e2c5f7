"""Freshness: how old an export may be before a report says so, and before none is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from salesops_lib.company import Company
from salesops_lib.data.source import Source, with_notes
from salesops_lib.errors import Fault, SourceError
from salesops_lib.language import nlater


def check_freshness(source: Source) -> Source:
    """The same source, with a note if its data end longer ago than the company file likes.

    Only who asks for the latest figures needs this: those of a period that the data cover are as good as ever.

    Raises
    ------
    SourceError
        If they end longer ago than `reject_days`.
    """
    limits, last = source.company.source.freshness, source.last_day
    age = (today(source.company) - last).days
    first, *others = source.audit.tables
    if limits.reject_days and age > limits.reject_days:
        what = f"the data end on {last}, more than {_days(limits.reject_days)} ago."
        fix = "Export it again, name an earlier period or day, or raise source: freshness: reject_days."
        raise SourceError(Fault(what, file=first.source, fix=fix))
    if limits.warn_days and age > limits.warn_days:
        old = nlater(
            "the data end on {last}, more than {n} day ago",
            "the data end on {last}, more than {n} days ago",
            limits.warn_days,
            last=last,
        )
        first = with_notes(first, [old])
        return replace(source, audit=replace(source.audit, tables=(first, *others)))
    return source


def today(company: Company) -> date:
    """The day it is where the company is."""
    return datetime.now(company.zone).date()


def _days(n: int) -> str:
    return "1 day" if n == 1 else f"{n} days"
