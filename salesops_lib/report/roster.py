"""For whom reports are made: the rep who is asked for, or everyone of a quarter, as the book knows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.report.members import GROUP, REP, Member
from salesops_lib.report.params.models import ALL, MODELS, groupings

if TYPE_CHECKING:
    import pandas as pd

    from salesops_lib.data.book import Book
    from salesops_lib.report.params import Request


class Roster:
    """The reps of the books that reports are about; each book is opened once, and only if it is needed."""

    def __init__(self) -> None:
        self._books: dict[tuple[object, ...], Book] = {}
        self._reps: dict[tuple[object, ...], pd.DataFrame] = {}

    def named(self, request: Request) -> Request:
        """The request with the member that its parameters name, as the book shows it.

        Raises
        ------
        ParameterError
            If there is no such rep or, with pseudonyms, no such group.
        """
        rep, group = request.values.get(REP), request.values.get(GROUP, ALL)
        if rep is not None:
            from salesops_lib.metrics.dimensions import name_reps, rep_names

            book = self._book(request)
            known = book.rep(rep)
            label = name_reps(book, [known])[0] if known in rep_names(book) else known
            return _with(request, Member(REP, known, label))
        if group == ALL:
            return request
        if request.company.privacy.pseudonyms:
            group = self._book(request).group(group)
        return _with(request, _group(*group.split("=", 1)))

    def each(self, request: Request, grouping: str) -> list[Request]:
        """The request for each rep who was there in the quarter, or each of their teams, territories, ...; by name.

        Raises
        ------
        ParameterError
            If nobody was there, or reps have no such grouping.
        """
        reps = self._everyone(request)
        if grouping == REP:
            members = [Member(REP, rep, name) for rep, name in zip(reps["rep"], reps["rep_name"], strict=True)]
        else:
            members = [_group(grouping, value) for value in sorted(set(reps[grouping]) - {""})]
        if members:
            return [_with(request, member) for member in members]
        known = [REP, *(name for name in groupings() if (reps[name] != "").any())] if len(reps) else []
        fault = _("there is no {grouping} in {period}.", grouping=grouping, period=request.period.name)
        raise ParameterError(Fault(fault, fix=nearest(grouping, known)))

    def _everyone(self, request: Request) -> pd.DataFrame:
        from salesops_lib.analysis.reps.peers import Peers

        key = _data_of(request)
        if key not in self._reps:
            self._reps[key] = Peers(self._book(request), request.period.name).everyone
        return self._reps[key]

    def _book(self, request: Request) -> Book:
        from salesops_lib.data.book import open_book

        key = _data_of(request)
        if key not in self._books:
            period = request.period.name
            self._books[key] = open_book(request.company, as_of=request.values["as_of"], period=period)
        return self._books[key]


def each_of(report: str) -> tuple[str, ...]:
    """For whom a report can be made one by one: for each rep, or for each of a grouping."""
    fields = MODELS[report].model_fields
    return (*((REP,) if REP in fields else ()), *(groupings() if GROUP in fields else ()))


def _with(request: Request, member: Member) -> Request:
    return replace(request, values={**request.values, member.kind: member.value}, member=member)


def _group(grouping: str, value: str) -> Member:
    return Member(GROUP, f"{grouping}={value}", f"{value} ({_(grouping)})")


def _data_of(request: Request) -> tuple[object, ...]:
    """What decides what a book holds."""
    values = request.values
    return request.folder, values["company"], values["as_of"], request.period.name, request.company.privacy.pseudonyms
