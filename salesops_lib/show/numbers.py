"""Numbers, periods and dates as text, by unit, in the reader's locale; a value that is null is "n/a"."""

from __future__ import annotations

import math
import re
from contextvars import ContextVar
from datetime import date
from typing import Any

from babel import Locale
from babel.dates import format_date, format_interval
from babel.numbers import format_currency, format_decimal

from salesops_lib.language import current_locale, ngettext
from salesops_lib.language import gettext as _
from salesops_lib.periods import Period, period_title
from salesops_lib.periods import period_name as period_name

MINUS = "\u2212"
COMPACT_FROM = 10_000
# The locale data have no short form of thousands in German; this is how its controllers write them.
TAUSEND = "0\xa0Tsd'.'\xa0¤"
STEPS = (10**12, 10**9, 10**6, 10**3)
# Of the step that an interval's bounds are counted in: what is narrower has a second decimal.
CLOSE = 0.2
LEAST_P = 0.001
TWICE = 2

_currency: ContextVar[str] = ContextVar("currency", default="USD")


def use_currency(currency: str) -> None:
    """Show money in this currency from here on."""
    _currency.set(currency)


def current_currency() -> str:
    """Return the currency in force, such as USD."""
    return _currency.get()


def is_null(value: Any) -> bool:
    """Return whether a value is n/a: None, NaN, pandas' NA or infinite."""
    if value is None:
        return True
    try:
        return not math.isfinite(value)
    except (TypeError, ValueError):
        return True


def number(value: Any, unit: str, compact: bool = False, signed: bool = False) -> str:
    """Return a value as text.

    Parameters
    ----------
    value : number or null
        In the unit's own measure: shares are 0-1, money is in the company's currency.
    unit : {"money", "money_per_day", "share", "ratio", "days", "months", "hours", "count"}
        What the value measures.
    compact : bool
        Whether money is shortened ($4.2M), as cards, figures and sentences want it.
    signed : bool
        Whether the value is a change: it gets its sign, and shares become percentage points.

    Examples
    --------
    >>> number(0.6315, "share"), number(3.21, "ratio"), number(None, "money")
    ('63.2%', '3.2x', 'n/a')
    >>> number(4234567, "money"), number(4234567, "money", compact=True)
    ('$4,234,567', '$4.2M')
    >>> number(0.021, "share", signed=True)
    '+2.1 pp'
    """
    if is_null(value):
        return _("n/a")
    amount = float(value)
    if not signed:
        return _in_unit(_minus(_bare(amount, unit, compact)), unit, amount == 1)
    if unit == "share":
        return _("{points} pp", points=_sign(amount, _decimal(-abs(amount) * 100, "#,##0.0")))
    return _in_unit(_sign(amount, _bare(-abs(amount), unit, compact)), unit, abs(amount) == 1)


def goal(value: Any, unit: str) -> str:
    """Return a target as people write it: with no more decimals than it needs.

    >>> goal(0.4, "share"), goal(0.425, "share"), goal(45, "days"), goal(1, "ratio"), goal(1.25, "ratio")
    ('40%', '42.5%', '45 days', '1.0x', '1.25x')
    """
    if unit == "share" and not is_null(value):
        return _percent(float(value), "#,##0.#")
    if unit == "ratio" and not is_null(value):
        return _("{factor}x", factor=_decimal(float(value), "#,##0.0#"))
    return number(value, unit, compact=True)


def change(value: Any, unit: str) -> str:
    """Return a change as text: of a share in percentage points, of all else relative to what it was.

    >>> change(0.021, "share"), change(0.086, "money"), change(None, "days")
    ('+2.1 pp', '+8.6%', 'n/a')
    """
    if unit == "share" or is_null(value):
        return number(value, "share", signed=True)
    return _sign(float(value), _bare(-abs(float(value)), "share", compact=True))


def _bare(value: float, unit: str, compact: bool) -> str:
    if unit in ("money", "money_per_day"):
        return _money(value, _step(value) if compact else 1)
    if unit == "share":
        return _percent(value, "#,##0.0")
    if unit == "ratio":
        # Of what is hardly more than one, a decimal alone hides how it moved.
        return _("{factor}x", factor=_decimal(value, "#,##0.00" if abs(value) < TWICE else "#,##0.0"))
    return _decimal(value, "#,##0.#")


def _percent(value: float, digits: str) -> str:
    pattern = Locale.parse(current_locale()).percent_formats[None].pattern
    return _decimal(value, pattern.replace("#,##0", digits))


def _in_unit(figure: str, unit: str, one: bool) -> str:
    if unit == "money_per_day":
        return _("{money}/day", money=figure)
    if unit == "days":
        return ngettext("{days} day", "{days} days", 1 if one else 2, days=figure)
    if unit == "months":
        return ngettext("{months} month", "{months} months", 1 if one else 2, months=figure)
    if unit == "hours":
        return ngettext("{hours} hour", "{hours} hours", 1 if one else 2, hours=figure)
    return figure


def _decimal(value: float, pattern: str) -> str:
    return format_decimal(value, format=pattern, locale=current_locale())


def _step(value: float) -> int:
    """Return what short money is counted in, thousands or more; a million is what would round to $1000.0K."""
    size = abs(value)
    return next((step for step in STEPS if size >= 0.99995 * step), 1) if size >= COMPACT_FROM else 1


def _money(value: float, step: int = 1, digits: str = "0.#") -> str:
    """Return money, in full or counted in a step, with these digits of the step."""
    locale, currency = Locale.parse(current_locale()), current_currency()
    standard = locale.currency_formats["standard"].pattern
    short = locale.compact_currency_formats["short"]["other"][str(step)].pattern if step > 1 else ""
    if step == 1000 and locale.language == "de":
        short = TAUSEND
    if "¤" in short:
        zeros = short[short.index("0") : short.rindex("0") + 1]
        # Dutch ends in "mln.", and a sentence that ends with it would have two full stops.
        pattern = short.removesuffix("'.'").replace(zeros, f"#,##{digits}")
        # Only the pattern of money in full tells where a language that writes "€ -5" has its minus.
        pattern += ";" + pattern.replace("#", "-#", 1) if ";" in standard else ""
        value /= step / 10 ** (len(zeros) - 1)
    else:
        pattern = standard.replace("0.00", "0")
    return format_currency(value, currency, format=pattern, locale=locale, currency_digits=False)


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def _sign(value: float, negative: str) -> str:
    """Put the sign where the locale puts its minus; what rounds to nothing has none."""
    if not re.search(r"[1-9]", negative):
        return negative.replace("-", "")
    return negative.replace("-", "+" if value > 0 else MINUS)


def decimal(value: Any, places: int = 2) -> str:
    """Return a bare figure with its decimals, as a statistic or a small rate needs them.

    >>> decimal(0.3142), decimal(-0.5, 1), decimal(None)
    ('0.31', '\u22120.5', 'n/a')
    """
    return _("n/a") if is_null(value) else _minus(_decimal(float(value), f"#,##0.{'0' * places}"))


def p_value(value: Any) -> str:
    """Return how likely chance alone gives what was seen.

    >>> p_value(0.0342), p_value(0.00002), p_value(None)
    ('p = 0.034', 'p < 0.001', 'p n/a')
    """
    if not is_null(value) and value < LEAST_P:
        return _("p < {least}", least=decimal(LEAST_P, 3))
    return _("p n/a") if is_null(value) else _("p = {p}", p=decimal(value, 3))


def interval(low: Any, high: Any, unit: str, compact: bool = True) -> str:
    """Return the bounds of an interval as text; a unit that stands apart from its figure is said once.

    >>> interval(0.38, 0.42, "share"), interval(49, 54, "days"), interval(8488, 13200, "money")
    ('38.0%–42.0%', '49–54 days', '$8.5K–$13.2K')
    """
    if is_null(low) or is_null(high):
        return _("n/a")
    first, last = bounds(low, high, unit, compact)
    after, before = re.search(r"\xa0\D*$", last), re.match(r"\D*\xa0", first)
    first, last = first.removesuffix(after[0] if after else ""), last.removeprefix(before[0] if before else "")
    return _in_unit(f"{first}–{last}", unit, one=False)


def bounds(low: Any, high: Any, unit: str, compact: bool = True) -> tuple[str, str]:
    """Return two bounds as text, both on one scale and with as many decimals, without the unit's word.

    Parameters
    ----------
    low, high : number
        In the unit's own measure.
    unit : str
        What they measure, as of `number`.
    compact : bool
        Whether money is shortened; beside an amount in full, as in tables, it is not.

    Examples
    --------
    >>> bounds(8.2e6, 10e6, "money"), bounds(1000, 96800, "money"), bounds(1.5, 30, "hours")
    (('$8.2M', '$10.0M'), ('$1.0K', '$96.8K'), ('1.5', '30.0'))
    """
    ends = float(low), float(high)
    if unit in ("money", "money_per_day"):
        first, last = _short_bounds(*ends) if compact else (_money(end) for end in ends)
    elif unit in ("share", "ratio"):
        first, last = (_bare(end, unit, compact) for end in ends)
    else:
        first, last = (_decimal(end, f"#,##{_digits(ends, 1)}") for end in ends)
    return _minus(first), _minus(last)


def _short_bounds(low: float, high: float) -> tuple[str, str]:
    """Return bounds counted in the step of their middle, near which the value beside them lies; nothing is plain 0."""
    step = _step((abs(low) + abs(high)) / 2)
    places = 0 if step == 1 or high - low >= 100 * step else 1 if high - low >= CLOSE * step else 2
    digits = _digits((low / step, high / step), places)
    first, last = (_money(end, step, digits) if round(end / step, places) else _money(0.0) for end in (low, high))
    return first, last


def _digits(ends: tuple[float, float], places: int) -> str:
    whole = all(round(end, places).is_integer() for end in ends)
    return f"{0:.{0 if whole else places}f}"


def day(value: date) -> str:
    """Return a day in words.

    >>> day(date(2026, 9, 30))
    'September 30, 2026'
    """
    return format_date(value, "long", locale=current_locale())


def day_short(value: Any) -> str:
    """Return a day as it stands in a table; a dash for none.

    >>> day_short(date(2026, 9, 30)), day_short(None)
    ('Sep 30, 2026', '–')
    """
    return "–" if value is None or value != value else format_date(value, "medium", locale=current_locale())


def days_between(start: date, end: date) -> str:
    """Return a span of days in words.

    >>> days_between(date(2026, 7, 1), date(2026, 9, 30)).replace(chr(0x2009), " ")
    'Jul 1 – Sep 30, 2026'
    """
    return format_interval(start, end, "yMMMMd", locale=current_locale())


def period_short(name: object) -> str:
    """Return the name of a period as an axis has room for it.

    >>> period_short("2026Q3"), period_short("2026-W07")
    ('Q3 26', 'week 7')
    """
    if match := re.fullmatch(r"\d\d(\d\d)Q([1-4])", str(name)):
        return _("Q{quarter} {year}", quarter=match[2], year=match[1])
    if match := re.fullmatch(r"\d{4}-W(\d{2})", str(name)):
        return _("week {week}", week=int(match[1]))
    return period_name(name)


def period_in_words(period: Period) -> str:
    """Return a period with its first and last day.

    >>> from salesops_lib.periods import Calendar
    >>> period_in_words(Calendar().period("2026Q3")).replace(chr(0x2009), " ")
    '2026 Q3 (Jul 1 – Sep 30, 2026)'
    """
    return f"{period_title(period.name)} ({days_between(period.start, period.end)})"
