"""The reader's language: the locale in force, and gettext for every visible string."""

from __future__ import annotations

import gettext as _gettext
import io
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parent / "locales"
SUPPORTED = ("en_US", "de_DE", "nl_NL")
# What the strings in the code are written in; it needs no catalogue.
SOURCE = "en"

_locale: ContextVar[str] = ContextVar("locale", default="en_US")


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    """The translations into a language, from its .po file: no compiled file can be missing or out of date."""
    path = LOCALES / language / "LC_MESSAGES" / "salesops.po"
    if language == SOURCE or not path.is_file():
        return _gettext.NullTranslations()
    from babel.messages import mofile, pofile  # an English reader needs neither

    compiled = io.BytesIO()
    with path.open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file))
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)


def current_locale() -> str:
    """The locale in force, such as en_US."""
    return _locale.get()


def language_of(locale: str) -> str:
    """The language of a locale.

    >>> language_of("de_DE")
    'de'
    """
    return locale.split("_")[0]


def in_languages(report: str) -> list[str]:
    """The folders that a report may be in: that of the company's own language first.

    >>> in_languages("quarterly_review")
    ['quarterly_review', 'quarterly_review-en', 'quarterly_review-de', 'quarterly_review-nl']
    """
    return [report, *(f"{report}-{language_of(locale)}" for locale in SUPPORTED)]


def mid_sentence(name: str) -> str:
    """A name as it stands within a sentence: without its capital, except in German, where nouns keep theirs.

    >>> mid_sentence("Win rate")
    'win rate'
    """
    return name if language_of(_locale.get()) == "de" else name[:1].lower() + name[1:]


def spoken(locale: str) -> str:
    """The language in which a locale is spoken to, as HTML names it: English where there is no catalogue.

    >>> spoken("en_US"), spoken("de_DE"), spoken("fr_FR")
    ('en-US', 'de-DE', 'en')
    """
    language = language_of(locale)
    known = language == SOURCE or (LOCALES / language).is_dir()
    return locale.replace("_", "-") if known else SOURCE


def use_locale(locale: str) -> None:
    """Speak this locale from here on."""
    _locale.set(locale)


@contextmanager
def locale_of(locale: str) -> Iterator[None]:
    """Speak this locale inside the block."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def gettext(message: str, **values: object) -> str:
    """The message in the reader's language, with `{name}` fields filled in.

    >>> gettext("{n} deals", n=3)
    '3 deals'
    """
    # gettext answers the empty message with the catalogue's own description.
    text = _catalogue(language_of(_locale.get())).gettext(message) if message else ""
    return text.format(**_said_values(values)) if values else text


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """The form of the message that n asks for; `{n}` is filled in.

    >>> ngettext("{n} deal", "{n} deals", 1)
    '1 deal'
    """
    text = _catalogue(language_of(_locale.get())).ngettext(one, many, n)
    return text.format(**_said_values({"n": n, **values}))


def pgettext(context: str, message: str, **values: object) -> str:
    """As gettext, for a word that other languages say differently from context to context.

    >>> pgettext("of opportunities", "Lost")
    'Lost'
    """
    text = _catalogue(language_of(_locale.get())).pgettext(context, message)
    return text.format(**_said_values(values)) if values else text


def N_(message: str) -> str:
    """The message as it is, marked for the catalogues: what is written before a reader is known, such as a label.

    >>> N_("Win rate")
    'Win rate'
    """
    return message


class Message(str):
    """A message that is written before its reader is known and said in the reader's language by `said`.

    As a text it is English, the language of the code.
    """

    one: str
    many: str
    values: dict[str, Any]

    def __new__(cls, one: str, many: str = "", values: dict[str, Any] | None = None) -> Message:
        """Fill in the values; `n` among them chooses between the two forms."""
        values = values or {}
        form = many if many and values["n"] != 1 else one
        made = super().__new__(cls, form.format(**values))
        made.one, made.many, made.values = one, many, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.one, self.many, self.values)


def later(message: str, **values: object) -> Message:
    """A message for `said`, with `{name}` fields filled in.

    >>> later("known until {day}", day="today")
    'known until today'
    """
    return Message(message, values=values)


def nlater(one: str, many: str, n: int, **values: object) -> Message:
    """The form of a message that n asks for, for `said`.

    >>> nlater("{n} row was dropped", "{n} rows were dropped", 2)
    '2 rows were dropped'
    """
    return Message(one, many, {"n": n, **values})


def said(text: str) -> str:
    """A text in the reader's language if it is a message; any other as it is.

    >>> said(later("known until {day}", day="today")), said("as it is")
    ('known until today', 'as it is')
    """
    if not isinstance(text, Message):
        return text
    return ngettext(text.one, text.many, **text.values) if text.many else gettext(text.one, **text.values)


def _said_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _said_value(value) for name, value in values.items()}


def _said_value(value: Any) -> Any:
    """A day as the reader writes it (in English as the command line takes it), a message in the reader's language."""
    if isinstance(value, Message):
        return said(value)
    if isinstance(value, date) and language_of(_locale.get()) != SOURCE:
        from babel.dates import format_date

        return format_date(value, "medium", locale=_locale.get())
    return value


def fields_of(message: str) -> set[str]:
    """The names of the fields of a message.

    >>> sorted(fields_of("{n} of {all!r}"))
    ['all', 'n']
    """
    return {name for _text, name, _form, _as in string.Formatter().parse(message) if name is not None}
