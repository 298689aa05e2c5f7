"""The reader's language: the locale in force, and gettext for every visible string."""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
SUPPORTED = ("en_US", "de_DE", "nl_NL")

_locale: ContextVar[str] = ContextVar("locale", default="en_US")


@cache
def _catalogue(locale: str) -> _gettext.NullTranslations:
    return _gettext.translation("salesops", LOCALES, [locale, locale.split("_")[0]], fallback=True)


def current_locale() -> str:
    """The locale in force, such as en_US."""
    return _locale.get()


def spoken(locale: str) -> str:
    """The language in which a locale is spoken to, as HTML names it: English where there is no catalogue.

    >>> spoken("en_US")
    'en-US'
    """
    known = _gettext.find("salesops", LOCALES, [locale, locale.split("_")[0]])
    return locale.replace("_", "-") if known or locale.startswith("en") else "en"


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
    text = _catalogue(_locale.get()).gettext(message)
    return text.format(**values) if values else text


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """The form of the message that n asks for; `{n}` is filled in.

    >>> ngettext("{n} deal", "{n} deals", 1)
    '1 deal'
    """
    text = _catalogue(_locale.get()).ngettext(one, many, n)
    return text.format(**{"n": n, **values})
