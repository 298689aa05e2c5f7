"""The page as a whole: the company's way of showing, the title block, what is displayed, sections that lack a table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd
from IPython.display import display as _display
from markupsafe import Markup
from matplotlib.axes import Axes

from salesops_lib.errors import MissingTable, NoHistory, Withheld
from salesops_lib.language import current_locale, mid_sentence, ngettext, spoken, use_locale
from salesops_lib.language import gettext as _
from salesops_lib.names import dimension_name, join, plain
from salesops_lib.periods import Period
from salesops_lib.show.drawings import published
from salesops_lib.show.numbers import day, number, period_in_words, use_currency
from salesops_lib.show.shown import BOOK, Shown, long_text, nothing, records
from salesops_lib.show.style import use_house_style

if TYPE_CHECKING:
    from salesops_lib.data.book import Book


def use(book: Book) -> None:
    """Show everything from here on as the book's company reads it: its language, its currency, the house style."""
    use_locale(book.company.locale)
    use_currency(book.company.currency)
    use_house_style()


def display(*items: Shown | Axes | None) -> None:
    """Show each item in a notebook: sentences, cards and tables as they are, an Axes as a figure with its data.

    What is None or says nothing is passed over, so that a figure of signals may be asked for where there is none. A
    figure whose rows all stand in a table that is shown with it does not fold them away a second time.
    """
    beside = [item for item in items if isinstance(item, Shown) and item.records]
    for item in items:
        if item is None:
            continue
        shown = published(item, beside) if isinstance(item, Axes) else item
        if shown.html:
            _display(shown)  # type: ignore[no-untyped-call]


@contextmanager
def section() -> Iterator[None]:
    """Show one line in place of what lacks a table or a past or is withheld; other errors stop the run."""
    try:
        yield
    except (MissingTable, NoHistory, Withheld) as lacking:
        why = str(lacking)
        display(nothing(why[:1].upper() + why[1:]))


def title(book: Book, quarter: str, *, rep: str = "", group: str = "all", peers: str = "") -> Shown:
    """Return the title block: whose figures, of which period, known as of when, and what became of the rows read.

    Parameters
    ----------
    book : Book
        What is known.
    quarter : str
        The period of the page.
    rep : str
        The rep whom the page is about, as shown.
    group, peers : str
        Of a comparison: who is shown ("all" or "team=Central") and with whom they are compared ("all" or "team").
    """
    use(book)
    period = book.calendar.period(quarter)
    audit = book.audit.frame()
    lines = [
        (_("Company"), plain(book.company.name)),
        (_("Period"), _period(book, period)),
        *([(_("Rep"), plain(rep))] if rep else []),
        *([(_("Reps shown"), _group(group))] if peers and not rep else []),
        *([(_("Compared with"), _peers(peers))] if peers else []),
        (_("As of"), day(book.as_of)),
        (_("Source"), _freshness(book)),
        (_("Data quality"), quality(audit)),
    ]
    listed = [join("div", [join("dt", [term]), join("dd", [long_text(said)])]) for term, said in lines]
    facts = {
        "as_of": book.as_of.isoformat(),
        "data_hash": book.data_hash,
        "company": book.company.name,
        "period": period.name,
        "tables": records(audit),
        "quarantine": records(book.audit.quarantine),
    }
    html = Markup('<header class="title" lang="{}">{}</header>').format(spoken(current_locale()), join("dl", listed))
    return Shown(str(html), "\n".join(f"{term}: {said}" for term, said in lines), more={BOOK: facts})


def _group(group: str) -> str:
    name, equals, value = group.partition("=")
    return f"{dimension_name(name)} {plain(value)}" if equals else _("all")


def _peers(peers: str) -> str:
    if peers == "all":
        return _("all reps")
    known = {
        "team": _("reps of the same team"),
        "territory": _("reps of the same territory"),
        "segment": _("reps of the same segment"),
        "manager": _("reps of the same manager"),
    }
    return known.get(peers) or _("reps of the same {dimension}", dimension=mid_sentence(dimension_name(peers)))


def _period(book: Book, period: Period) -> str:
    words = period_in_words(period)
    if book.is_complete(period):
        return words
    if book.as_of < period.start:
        return _("{period}, not begun", period=words)
    passed = max(0, (min(book.as_of, period.end) - period.start + timedelta(days=1)).days)
    return _(
        "{period}, incomplete: {passed} of {days} days",
        period=words,
        passed=number(passed, "count"),
        days=number(period.days, "count"),
    )


def _freshness(book: Book) -> str:
    until: date | None = book.company.source.data_until
    return _("exported on {day}", day=day(until)) if until else _("export date not stated")


def quality(audit: pd.DataFrame) -> str:
    """Return the data-quality line: rows read = used + quarantined + dropped, over all tables of the audit.

    >>> quality(pd.DataFrame({"read": [10, 5], "used": [9, 5], "quarantined": [1, 0], "dropped": [0, 0]}))
    '15 rows read = 14 used + 1 quarantined + 0 dropped'
    """
    total = {name: int(audit[name].sum()) for name in ("read", "used", "quarantined", "dropped")}
    shown = {name: number(count, "count") for name, count in total.items()}
    return ngettext(
        "{read} row read = {used} used + {quarantined} quarantined + {dropped} dropped",
        "{read} rows read = {used} used + {quarantined} quarantined + {dropped} dropped",
        total["read"],
        **shown,
    )
