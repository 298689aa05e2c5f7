"""The index of the published reports: an overview and a page per quarter, plain files whose links work offline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from markupsafe import Markup

from salesops_lib.language import current_locale, locale_of, ngettext
from salesops_lib.language import gettext as _
from salesops_lib.names import join, plain
from salesops_lib.periods import period_name
from salesops_lib.report import pieces
from salesops_lib.report.archive import is_of
from salesops_lib.report.order import FEW, Editions, by_name, editions, grouped, name_of, of_members, rank, whole_of
from salesops_lib.report.overview import overview
from salesops_lib.report.pieces import INDEX, about, kind_name, link, section
from salesops_lib.report.publish import write_whole
from salesops_lib.report.records import FAILED, Shelf, fingerprint, read_shelf


def write_index(out: Path) -> Path:
    """Write the index of every report below `out`, from their records alone; a page that is the same stays.

    Returns
    -------
    Path
        The overview; the page of a quarter is in the quarter's folder.
    """
    shelf = read_shelf(out)
    with locale_of(language_of_index(shelf)):
        archives = _archives(out, shelf)
        for period in {report.period for report in shelf.reports}:
            _write(out / period / INDEX, period_page(shelf, period, archives))
        _write(out / INDEX, overview(shelf, archives))
    return out / INDEX


def period_page(shelf: Shelf, period: str, archives: Mapping[str, int], *, alone: bool = False) -> str:
    """The page of a quarter: each kind of report with its headline, and those of members below it.

    Parameters
    ----------
    shelf : Shelf
        What stands in the folder of reports.
    period : str
        The quarter.
    archives : mapping of int
        The sizes of the quarters' ZIPs, in bytes.
    alone : bool
        Whether the page goes where only this quarter is: it then links to nothing else.
    """
    base = PurePosixPath(period)
    reports = [report for report in shelf.reports if report.period == period]
    failures = [] if alone else [failure for failure in shelf.failures if failure.period == period]
    title = _("Reports of {period}", period=period_name(plain(period)))
    above = [] if alone else [link(PurePosixPath(INDEX), _("All reports"), base)]
    above += [pieces.to_failed(len(failures))] if failures else []
    above += [pieces.archive_link(period, archives, base)] if period in archives else []
    several = len({report.company for report in reports}) > 1
    kinds = grouped(editions(reports), lambda each: each[0].report, rank)
    body = [
        join("h1", [title]),
        join("p", [pieces.companies(reports)], "lead"),
        join("ul", [join("li", [each]) for each in above], "jump") if above else Markup(""),
        *(section(_kind_title(told, base), kind, _kind(told, base, several)) for kind, told in kinds),
        section(pieces.failed_title(len(failures)), FAILED, [pieces.failed(failures, reports, base)], "list failed"),
    ]
    return pieces.page(title, body)


def _kind_title(told: Sequence[Editions], base: PurePosixPath) -> Markup | str:
    """The name of a kind, with the way to its report about all if there is one."""
    name = kind_name(told[0][0].report, told[0][0].label)
    whole = whole_of(told)
    return link(whole[0].place / whole[0].page, name, base) if whole else name


def _kind(told: Sequence[Editions], base: PurePosixPath, several: bool) -> Iterator[Markup]:
    """A kind in its quarter: the report about all, then those of teams, reps and whoever else has one."""
    whole = whole_of(told)
    if whole:
        yield join("ul", [pieces.entry(whole, base, whose_data=several, titled=False)], "reports")
    for kind, mine in of_members(told):
        mine = sorted(mine, key=lambda each: by_name(name_of(each)))
        usual = about(mine[0][0], several, made=False)
        yield join("h3", [pieces.by_title(kind)], "kind")
        yield join("p", [usual], "meta")
        own = ((each, about(each[0], several, made=False)) for each in mine)
        listed = [pieces.member(each, base, "" if said == usual else said) for each, said in own]
        count = ngettext("{n} report", "{n} reports", len(mine))
        yield pieces.folded(join("ul", listed, "members"), count, len(mine) <= FEW)


def language_of_index(shelf: Shelf) -> str:
    """The language of the index: that of most reports in their company's own language."""
    told = Counter(report.locale for report in shelf.reports if report.locale and report.is_own)
    return min(told, key=lambda locale: (-told[locale], locale)) if told else current_locale()


def _archives(out: Path, shelf: Shelf) -> dict[str, int]:
    """The sizes of the quarters' ZIPs, if they hold these very reports."""
    found = {}
    for period in {report.period for report in shelf.reports}:
        path = out / f"{period}.zip"
        if is_of(path, fingerprint(report for report in shelf.reports if report.period == period)):
            found[period] = path.stat().st_size
    return found


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_bytes() != text.encode():
        write_whole(path, text)
