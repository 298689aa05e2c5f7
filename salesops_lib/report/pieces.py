"""What the pages of the index are put together from: the page itself, a report's entry, a failure, lists of links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from salesops_lib.language import SUPPORTED, current_locale, ngettext, spoken
from salesops_lib.language import gettext as _
from salesops_lib.names import dimension_name, join, plain
from salesops_lib.periods import period_name
from salesops_lib.report.order import editions
from salesops_lib.report.params.models import MODELS
from salesops_lib.report.records import FAILED, Failure, Published

TEMPLATE = Path(__file__).parent / "template"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
INDEX = "index.html"
TEASER = 2
MOST_NAMED = 5
LONGEST_CAUSE = 400
SHORT = {".pdf": "PDF", ".xlsx": "Excel", ".zip": "CSV", ".csv": "CSV"}
PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{parts}
</main>
</body>
</html>
"""


def page(title: str, parts: Iterable[Markup]) -> str:
    """A whole page in the house style; nothing in it is asked for from elsewhere."""
    style = "".join((TEMPLATE / name).read_text(encoding="utf-8") for name in ("style.css", "site.css"))
    filled = Markup(PAGE).format(
        lang=spoken(current_locale()),
        policy=POLICY,
        title=title,
        style=Markup(style),
        parts=Markup("\n").join(part for part in parts if part),
    )
    return str(filled)


def section(title: Markup | str, anchor: str, parts: Iterable[Markup], css: str = "list") -> Markup:
    """A section with its heading; nothing if there is nothing in it."""
    inside = [part for part in parts if part]
    opening = Markup('<section class="{0}" aria-labelledby="{1}">\n<h2 id="{1}">{2}</h2>').format(css, anchor, title)
    return Markup("\n").join([opening, *inside, Markup("</section>")]) if inside else Markup("")


def link(to: PurePosixPath, text: Markup | str, base: PurePosixPath, anchor: str = "") -> Markup:
    """A link to what stands at a place, from a page in the folder `base`."""
    inside = to.parts[: len(base.parts)] == base.parts
    steps = to.parts[len(base.parts) :] if inside else (*[".."] * len(base.parts), *to.parts)
    address = quote("/".join(steps)) + (f"#{quote(anchor)}" if anchor else "")
    return Markup('<a href="{}">{}</a>').format(address, text)


def kind_name(report: str, label: str = "") -> str:
    """What a kind of report is called, in the reader's language."""
    return _(MODELS[report].label) if report in MODELS else plain(label or report)


def entry(told: Sequence[Published], base: PurePosixPath, *, whose_data: bool, titled: bool = True) -> Markup:
    """A report about all: its name, its headline's beginning, what it is made from, its other languages and files.

    Parameters
    ----------
    told : sequence of Published
        The report in its languages.
    base : PurePosixPath
        The folder of the page.
    whose_data : bool
        Whether its company is named.
    titled : bool
        Whether its name and quarter stand above it, for a page of several quarters.
    """
    first = told[0]
    name = _("{report}, {period}", report=kind_name(first.report, first.label), period=period_name(plain(first.period)))
    parts = [teaser(first, TEASER), join("p", [about(first, whose_data)], "meta"), beside(told, base)]
    heading = [join("h3", [link(first.place / first.page, name, base)])] if titled else []
    return join("li", [*heading, *parts])


def member(told: Sequence[Published], base: PurePosixPath, more: Markup | str = "") -> Markup:
    """A member's report in a list of its kind, with what is particular to it."""
    first = told[0]
    name = link(first.place / first.page, join("bdi", [plain(first.whose.name if first.whose else "")]), base)
    meta = join("p", [more], "meta") if more else ""
    return join("li", [name, teaser(first, 1), meta, beside(told, base, short=True)])


def teaser(report: Published, most: int) -> Markup:
    """The first sentences of a report's headline, in its language."""
    said = plain(" ".join(report.headline[:most]))
    lang = spoken(report.locale or current_locale())
    return Markup('<p class="teaser" lang="{}">{}</p>').format(lang, said) if said else Markup("")


def about(report: Published, whose_data: bool, *, made: bool = True) -> Markup:
    """What `said_of` says and, where there are several companies, whose data they are."""
    told = escape(said_of(report, made=made))
    if not whose_data:
        return told
    return Markup(" · ").join(part for part in (Markup("<bdi>{}</bdi>").format(plain(report.company)), told) if part)


def said_of(report: Published, *, made: bool = True) -> str:
    """As of when a report's data are, and when it was made."""
    day = format_date(report.as_of, format="long", locale=current_locale()) if report.as_of else ""
    when = moment(report.made_at) if made and report.made_at else ""
    if day and when:
        return _("Data as of {day}, made on {moment}", day=day, moment=when)
    return _("Data as of {day}", day=day) if day else _("Made on {moment}", moment=when) if when else ""


def moment(made: datetime) -> str:
    """A moment in UTC, as the reader writes it."""
    day = format_date(made, format="medium", locale=current_locale())
    # Babel writes a narrow space before AM and PM, which few fonts have.
    time = format_time(made, format="short", tzinfo=UTC, locale=current_locale()).replace("\u202f", "\u00a0")
    return f"{day}, {time} UTC"


def beside(told: Sequence[Published], base: PurePosixPath, *, short: bool = False) -> Markup:
    """What else there is of a report: its other languages, and its files with their sizes; short: by their type."""
    first = told[0]
    links = [_language(each, base) for each in told[1:]]
    for name, size in first.files.items():
        if text := _file_name(name, first):
            said = SHORT[PurePosixPath(name).suffix] if short else f"{text}, {size_name(size)}"
            links.append(link(first.place / name, said, base))
    return join("ul", [join("li", [each]) for each in links], "beside") if links else Markup("")


def _file_name(name: str, report: Published) -> str:
    """What a file is called; nothing for one of many that another one holds, too."""
    known = {
        f"{report.report}.pdf": _("PDF"),
        "records_to_fix.xlsx": _("Records to fix (Excel)"),
        "tables.xlsx": _("Tables (Excel)"),
        "tables.zip": _("Tables (CSV)"),
        "quarantine.csv": _("Rows not used (CSV)"),
    }
    return known.get(name, "")


def _language(report: Published, base: PurePosixPath) -> Markup:
    """A link to an edition, by its language's own name."""
    locale = report.locale if report.locale in SUPPORTED else current_locale()
    name = Locale.parse(locale).get_language_name(locale) or locale
    text = Markup('<span lang="{0}">{1}</span>').format(locale.replace("_", "-"), name[:1].upper() + name[1:])
    return link(report.place / report.page, text, base)


def size_name(size: int) -> str:
    """A size as people say it.

    >>> size_name(300), size_name(437_566), size_name(12_345_678)
    ('1 KB', '438 KB', '12.3 MB')
    """
    large = size >= 1_000_000
    number = size / 1e6 if large else max(1, round(size / 1e3))
    said = format_decimal(number, format="#,##0.0" if large else "#,##0", locale=current_locale())
    return f"{said} {'MB' if large else 'KB'}"


def failed(failures: Iterable[Failure], standing: Iterable[Published], base: PurePosixPath) -> Markup:
    """The reports that could not be made, each with its cause, its log, and the former report that still stands."""
    former = {(each.period, each.report, each.whose.label if each.whose else ""): each for each in standing}
    shown = []
    for failure in failures:
        name = _("{report}, {period}", report=kind_name(failure.report), period=period_name(plain(failure.period)))
        whose = Markup(", <bdi>{}</bdi>").format(plain(failure.whose)) if failure.whose else ""
        cause = plain(": ".join(part for part in (failure.cell, failure.cause) if part)[:LONGEST_CAUSE])
        links = [link(PurePosixPath(FAILED, failure.log), _("The log"), base)] if failure.log else []
        if stands := former.get((failure.period, failure.report, failure.whose)):
            links.append(link(stands.place / stands.page, _("The report made before still stands"), base))
        more = join("ul", [join("li", [each]) for each in links], "beside") if links else ""
        shown.append(join("li", [join("h3", [name, whose]), join("p", [cause]), more]))
    return join("ul", shown, "reports") if shown else Markup("")


def links(items: Iterable[Markup]) -> Markup:
    """Links side by side."""
    return join("ul", [join("li", [item]) for item in items], "inline")


def companies(reports: Iterable[Published]) -> Markup:
    """The companies, most reports first, and how many reports there are."""
    told = editions(reports)
    names = Counter(each[0].company for each in told)
    first = sorted(names, key=lambda name: (-names[name], name))[:MOST_NAMED]
    listed = Markup(", ").join(Markup("<bdi>{}</bdi>").format(plain(name)) for name in first)
    count = ngettext("{n} report", "{n} reports", len(told))
    return Markup("{} · {}").format(listed, count) if names else Markup("")


def failed_title(n: int) -> str:
    """What stands over the reports that could not be made."""
    return ngettext("{n} report could not be made", "{n} reports could not be made", n)


def to_failed(n: int) -> Markup:
    """The way to what failed: a mark and words, not colour alone."""
    mark = Markup('<span class="mark" aria-hidden="true">▼</span> ')
    return Markup('<a class="bad" href="#{}">{}{}</a>').format(FAILED, mark, failed_title(n))


def archive_link(period: str, archives: Mapping[str, int], base: PurePosixPath) -> Markup:
    """The way to the ZIP of a quarter, with its size."""
    size = size_name(archives[period])
    return link(PurePosixPath(f"{period}.zip"), _("All of it as a ZIP, {size}", size=size), base)


def folded(inside: Markup, title: str, is_open: bool) -> Markup:
    """A list as it is or, if it is long, behind its title."""
    if is_open:
        return inside
    return Markup("<details>\n<summary>{}</summary>\n{}\n</details>").format(title, inside)


def by_title(kind: str) -> str:
    """What stands over the reports of teams, of reps, ..."""
    return _("By {dimension}", dimension=dimension_name(kind).lower())
