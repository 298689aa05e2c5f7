"""The first page of the index: what is new, what failed, and every report by quarter, by kind, by team, by rep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from markupsafe import Markup, escape

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import dimension_name, join, plain
from salesops_lib.periods import period_name
from salesops_lib.report import pieces
from salesops_lib.report.order import (
    FEW,
    LONG_AGO,
    Editions,
    by_name,
    editions,
    grouped,
    last_made,
    name_of,
    of_members,
    rank,
    whole_of,
)
from salesops_lib.report.pieces import (
    INDEX,
    MOST_NAMED,
    about,
    archive_link,
    by_title,
    companies,
    failed_title,
    folded,
    kind_name,
    link,
    section,
    to_failed,
)
from salesops_lib.report.records import FAILED, REP, Shelf

NEWEST = 6
TOP = PurePosixPath()


def overview(shelf: Shelf, archives: Mapping[str, int]) -> str:
    """The first page: what is new, what failed, and every report by quarter, by kind, by team, by rep."""
    if not (shelf.reports or shelf.failures):
        nothing = join("p", [_("No report has been published yet.")])
        return pieces.page(_("Reports"), [join("h1", [_("Reports")]), nothing, _unreadable(shelf)])
    told = editions(shelf.reports)
    several = len({report.company for report in shelf.reports}) > 1
    sections = [
        (_("New"), "new", _new(told, several)),
        (failed_title(len(shelf.failures)), FAILED, pieces.failed(shelf.failures, shelf.reports, TOP)),
        (_("By quarter"), "quarters", _by_quarter(told, archives)),
        (_("By kind"), "kinds", _by_kind(told)),
        *((by_title(kind), f"by-{kind}", _by_member(mine)) for kind, mine in of_members(told)),
    ]
    shown = [(title, anchor, part) for title, anchor, part in sections if part]
    jumps = [
        to_failed(len(shelf.failures)) if anchor == FAILED else Markup('<a href="#{}">{}</a>').format(anchor, title)
        for title, anchor, _part in shown
    ]
    listed = join("ul", [join("li", [jump]) for jump in jumps], "jump")
    body = [
        join("h1", [_("Reports")]),
        join("p", [companies(shelf.reports)], "lead"),
        Markup('<nav aria-label="{}">{}</nav>').format(_("On this page"), listed),
        *(section(title, at, [part], "list failed" if at == FAILED else "list") for title, at, part in shown),
        _unreadable(shelf),
    ]
    return pieces.page(_("Reports"), body)


def _new(told: Sequence[Editions], several: bool) -> Markup:
    """What was made last: a report about all with its headline, those of members as their number.

    Reports of one day stand in the order of their kinds: which one a batch finished last says nothing.
    """
    groups = grouped(told, lambda each: (each[0].period, each[0].report, each[0].whose.kind if each[0].whose else ""))
    newest = sorted(groups, key=lambda group: (last_made(group[1]), group[0]), reverse=True)[:NEWEST]
    newest.sort(key=lambda group: group[0][0], reverse=True)
    newest.sort(key=lambda group: (rank(group[0][1]), group[0][2]))
    newest.sort(key=lambda group: last_made(group[1]).date(), reverse=True)
    items = []
    for (period, report, members), mine in newest:
        if not members:
            items.append(pieces.entry(mine[0], TOP, whose_data=several))
            continue
        name = _members_name(report, mine, members)
        name = _("{report}, {period}", report=name, period=period_name(plain(period)))
        last = max((each[0] for each in mine), key=lambda one: one.made_at or LONG_AGO)
        to = link(PurePosixPath(period, INDEX), name, TOP, anchor=report)
        items.append(join("li", [join("h3", [to]), join("p", [about(last, several)], "meta")]))
    return join("ul", items, "reports") if items else Markup("")


def _by_quarter(told: Sequence[Editions], archives: Mapping[str, int]) -> Markup:
    rows = []
    for period, mine in sorted(grouped(told, lambda each: each[0].period), reverse=True):
        kinds = grouped(mine, lambda each: each[0].report, rank)
        links = [each for kind, these in kinds for each in _links_of(period, kind, these)]
        links += [archive_link(period, archives, TOP)] if period in archives else []
        to = link(PurePosixPath(period, INDEX), period_name(plain(period)), TOP)
        rows.append((to, pieces.links(links)))
    return _rows(rows)


def _links_of(period: str, kind: str, told: Sequence[Editions]) -> Iterator[Markup]:
    whole = whole_of(told)
    if whole:
        yield link(whole[0].place / whole[0].page, kind_name(kind, whole[0].label), TOP)
    for members, mine in of_members(told):
        yield link(PurePosixPath(period, INDEX), _members_name(kind, mine, members), TOP, anchor=kind)


def _members_name(report: str, mine: Sequence[Editions], members: str) -> str:
    """What the reports about members are called, with their number."""
    kind = kind_name(report, mine[0][0].label)
    if members == REP:
        return _("{report} ({n})", report=kind, n=len(mine))
    dimension = dimension_name(members).lower()
    return _("{report} by {dimension} ({n})", report=kind, dimension=dimension, n=len(mine))


def _by_kind(told: Sequence[Editions]) -> Markup:
    """Every kind with its quarters, once there are several."""
    if len({each[0].period for each in told}) < 2:
        return Markup("")
    rows = []
    for kind, mine in grouped(told, lambda each: each[0].report, rank):
        periods = []
        for period, these in sorted(grouped(mine, lambda each: each[0].period), reverse=True):
            whole, name = whole_of(these), period_name(plain(period))
            listed = link(PurePosixPath(period, INDEX), name, TOP, anchor=kind)
            periods.append(link(whole[0].place / whole[0].page, name, TOP) if whole else listed)
        rows.append((escape(kind_name(kind, mine[0][0].label)), pieces.links(periods)))
    return _rows(rows)


def _by_member(told: Sequence[Editions]) -> Markup:
    """The members by name, each with all reports about it, the latest first."""
    items = []
    members = grouped(told, lambda each: each[0].subject[2])
    for _who, mine in sorted(members, key=lambda pair: by_name(name_of(pair[1][0]))):
        latest = sorted(mine, key=lambda each: each[0].period, reverse=True)
        name = join("span", [join("bdi", [plain(name_of(latest[0]))])], "name")
        kinds = grouped(latest, lambda each: each[0].report, rank)
        items.append(join("li", [name, *(_quarters_of(these) for _kind, these in kinds)]))
    return folded(join("ul", items, "members"), ngettext("{n} name", "{n} names", len(items)), len(items) <= FEW)


def _quarters_of(told: Sequence[Editions]) -> Markup:
    """A kind of report about one member: the quarters that there are."""
    first = told[0][0]
    kind = join("span", [kind_name(first.report, first.label)], "kind")
    quarters = [link(each[0].place / each[0].page, period_name(plain(each[0].period)), TOP) for each in told]
    return pieces.links([kind, *quarters])


def _unreadable(shelf: Shelf) -> Markup:
    """The note that names records that tell nothing."""
    if not shelf.unreadable:
        return Markup("")
    more = ", …" if len(shelf.unreadable) > MOST_NAMED else ""
    named = ", ".join(map(plain, shelf.unreadable[:MOST_NAMED])) + more
    return join("p", [_("Not listed, because the record cannot be read: {names}", names=named)], "note")


def _rows(rows: Sequence[tuple[Markup, Markup]]) -> Markup:
    return join("dl", [join("dt", [name]) + join("dd", [said]) for name, said in rows], "table") if rows else Markup("")
