"""Text to typed values, as Ibis expressions: one parser per kind, each null where the text is none of its kind."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.datatypes as dt
from babel.numbers import get_currency_symbol

from salesops_lib.company import EXCEL

MONEY = dt.Decimal(18, 4)
TRUE = ("true", "t", "1", "yes", "y", "ja", "wahr", "waar")
FALSE = ("false", "f", "0", "no", "n", "nein", "nee", "falsch", "onwaar")
SPREADSHEET_ERROR = "^#(N/A|NV|REF!|BEZUG!|VALUE!|WERT!|DIV/0!|NAME\\?|NUM!|ZAHL!|NULL!)$"
FULL_ISO = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?$"
PLAIN_ISO = "^\\d{4}-\\d\\d-\\d\\d([ T]\\d\\d:\\d\\d:\\d\\d)?$"
# A spreadsheet counts days from here on, and says hours as parts of a day.
DAY_ZERO = datetime(1899, 12, 30)
DAY_NUMBER = "^\\d{1,7}(\\.\\d+)?$"
OFFSET = "[ T]\\d{1,2}:\\d{2}.*(Z| ?UTC|[+-]\\d{2}(:?\\d{2})?)$"


@dataclass(frozen=True)
class Numbers:
    """How numbers are written: the decimal mark, the declared thousands mark, the currency they may name.

    `percent` says whether a share without a percent sign is written 0-100 or 0-1; None: the whole column tells.
    """

    decimal: str = "."
    thousands: str = ""
    currency: str = "USD"
    percent: bool | None = None

    @property
    def signs(self) -> str:
        """A pattern of what may stand beside an amount: the currency's code and its signs."""
        signs = {c for c in get_currency_symbol(self.currency, "en") if unicodedata.category(c) == "Sc"}
        return "|".join([*(re.escape(sign) for sign in sorted(signs)), f"^{self.currency}", f"{self.currency}$"])


@ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.timestamp))  # type: ignore[untyped-decorator]
def try_strptime(text: Any, form: Any) -> Any:
    """DuckDB's reading of a date by its format; null where it does not fit."""


@ibis.udf.scalar.builtin(name="try_strptime", signature=((dt.string, dt.string), dt.Timestamp("UTC")))  # type: ignore[untyped-decorator]
def try_strptime_zoned(text: Any, form: Any) -> Any:
    """The same for a format with an offset: a moment."""


@ibis.udf.scalar.builtin(signature=((dt.string,) * 4, dt.string))  # type: ignore[untyped-decorator]
def regexp_replace(text: Any, pattern: Any, by: Any, options: Any) -> Any:
    """DuckDB's replacement by a regular expression."""


@ibis.udf.scalar.builtin(signature=((dt.string, dt.Timestamp("UTC")), dt.timestamp))  # type: ignore[untyped-decorator]
def timezone(zone: Any, moment: Any) -> Any:
    """The wall clock of a zone at a moment."""


def replace(text: Any, pattern: str, by: str) -> Any:
    """Every match of a pattern replaced."""
    return regexp_replace(text, pattern, by, "g")


def number(text: Any, numbers: Numbers) -> Any:
    """A decimal number: the currency's sign, thousands marks, accounting brackets and U+2212 are understood."""
    if numbers.decimal == "." and numbers.thousands != ".":
        plain = text.re_search("^-?\\d+(\\.\\d+)?$").ifelse(text, ibis.null("string")).try_cast(MONEY)
        return ibis.coalesce(plain, _written_number(text, numbers))
    return _written_number(text, numbers)


def _written_number(text: Any, numbers: Numbers) -> Any:
    bare = replace(text, "[\\s\u00a0\u202f]", "")
    negative = bare.re_search("^\\(.*\\)$|^[\u2212-]|-$")
    # One sign, one pair of brackets: what has more of them ("1-2") is no number.
    unsigned = replace(bare, "^\\((.*)\\)$|^[\u2212-](.*)$|^([^-].*)-$", "\\1\\2\\3")
    digits = replace(unsigned, numbers.signs, "")
    # A minus may stand behind the sign of the currency: $-1,200.
    negative = negative | (digits.re_search("^[\u2212-]") & ~negative)
    digits = replace(digits, "^[\u2212-]", "")
    # Whatever groups digits in threes is a thousands mark, whether it was declared or not.
    mark = {".": ",", ",": "."}[numbers.decimal]
    grouped = digits.re_search(f"^\\d{{1,3}}([{mark}'\u2019]\\d{{3}})+(\\{numbers.decimal}\\d*)?$")
    digits = grouped.ifelse(replace(digits, f"[{mark}'\u2019]", ""), digits)
    if numbers.decimal == ",":
        digits = digits.re_search("\\.").ifelse(ibis.null("string"), digits.replace(",", "."))
    exact = digits.re_search("^(\\d+\\.?\\d*|\\.\\d+)([eE]\\+?\\d{1,2})?$").ifelse(
        digits.try_cast(MONEY), ibis.null(MONEY)
    )
    return negative.ifelse(-exact, exact)


def share(text: Any, numbers: Numbers) -> Any:
    """A share: 31% and 0.31 alike; a plain 31 is judged over the whole column, unless its scale is known."""
    value = number(replace(text, "\\s*%$", ""), numbers).cast("float64")
    return text.endswith("%").ifelse(
        value / 100 if numbers.percent is None else _of_percent(value), on_scale(value, numbers.percent)
    )


def on_scale(value: Any, percent: bool | None) -> Any:
    """A number as a share of the scale it is written in; null if it is outside of it, as it is if nobody knows it."""
    if percent is None:
        return value
    return _of_percent(value) if percent else value.between(0, 1).ifelse(value, ibis.null("float64"))


def _of_percent(value: Any) -> Any:
    return value.between(0, 100).ifelse(value / 100, ibis.null("float64"))


def is_spreadsheet_error(text: Any) -> Any:
    """Whether a cell holds what a formula that failed shows."""
    return text.startswith("#").ifelse(text.re_search(SPREADSHEET_ERROR), False)


def boolean(text: Any) -> Any:
    """True and false in the words of exports."""
    word = text.lower()
    return ibis.cases((word.isin(TRUE), True), (word.isin(FALSE), False), else_=ibis.null("boolean"))


def moment(text: Any, form: str | None, zone: str) -> Any:
    """A timestamp on the company's wall clock; ISO 8601 unless a format is declared. An offset, if any, decides."""
    if form == EXCEL:
        return text.re_search(FULL_ISO).ifelse(text.try_cast("timestamp"), _counted_days(text))
    if form:
        read = timezone(zone, try_strptime_zoned(text, form)) if "%z" in form.lower() else try_strptime(text, form)
        # A workbook's cell that is a date says so in full: no format is needed for it.
        return text.re_search(FULL_ISO).ifelse(text.try_cast("timestamp"), read)
    offset = (text.length() > len("2026-09-30")) & text.re_search(OFFSET)
    zoned = timezone(zone, text.try_cast(dt.Timestamp("UTC")))
    iso = text.re_search("^\\d{4}[-/]\\d{1,2}[-/]\\d{1,2}([ T][\\d:.]+(Z| ?UTC|[+-][\\d:]+)?)?$")
    local = text.try_cast("timestamp")
    # Nearly every cell is plain: one look is enough for it.
    return ibis.cases((text.re_search(PLAIN_ISO), local), (~iso, ibis.null("timestamp")), (offset, zoned), else_=local)


def _counted_days(text: Any) -> Any:
    days = text.re_search(DAY_NUMBER).ifelse(text, ibis.null("string")).try_cast("float64")
    seconds = (days * 86_400).round().cast("int64")
    return ibis.literal(DAY_ZERO, type="timestamp") + seconds.as_interval("s")
