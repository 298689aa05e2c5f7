"""What is written before its reader is known is said in the reader's language, and is English until then."""

import pickle
from datetime import date

import pytest

from salesops_lib.language import gettext, later, locale_of, ngettext, nlater, said, spoken

NOTE = nlater("{n} exact copy was dropped", "{n} exact copies were dropped", 2)


def test_a_message_is_english_text_until_it_is_said():
    with locale_of("de_DE"):
        assert NOTE == "2 exact copies were dropped"
        assert said(NOTE) == "2 exakte Kopien wurden weggelassen"
    with locale_of("nl_NL"):
        assert said(NOTE) == "2 exacte kopieën zijn weggelaten"
    assert said(NOTE) == NOTE


def test_a_message_survives_being_stored():
    with locale_of("de_DE"):
        assert said(pickle.loads(pickle.dumps(NOTE))) == said(NOTE)


def test_what_is_no_message_stays():
    with locale_of("de_DE"):
        assert said("2 exact copies were dropped") == "2 exact copies were dropped"


def test_braces_in_a_value_are_no_fields():
    assert said(later("columns not used: {columns}", columns="{x}")) == "columns not used: {x}"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en_US", "hired on 2026-09-30"),
        ("de_DE", "Eintritt am 30.09.2026"),
        ("nl_NL", "in dienst sinds 30 sep 2026"),
    ],
)
def test_a_day_is_written_as_its_reader_writes_it(locale, expected):
    with locale_of(locale):
        assert gettext("hired on {day}", day=date(2026, 9, 30)) == expected


@pytest.mark.parametrize(("n", "expected"), [(0, "0 Berichte"), (1, "1 Bericht"), (2, "2 Berichte")])
def test_plural_forms(n, expected):
    with locale_of("de_DE"):
        assert ngettext("{n} report", "{n} reports", n) == expected


def test_the_empty_message_is_empty():
    with locale_of("de_DE"):
        assert gettext("") == ""


def test_a_page_is_in_the_language_that_is_spoken():
    assert [spoken(locale) for locale in ("en_US", "de_DE", "nl_NL", "fr_FR")] == ["en-US", "de-DE", "nl-NL", "en"]
