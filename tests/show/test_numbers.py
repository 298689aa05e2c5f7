"""Numbers, periods and dates as text, in the three locales."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from salesops_lib.language import locale_of
from salesops_lib.periods import Calendar
from salesops_lib.show import numbers
from salesops_lib.show.page import quality
from salesops_lib.show.sentences import listed

LOCALES = {"en_US": "USD", "de_DE": "EUR", "nl_NL": "EUR"}
GOLDEN = {
    "money": (
        lambda: numbers.number(-1234567.5, "money"),
        ("−$1,234,568", "−1.234.568 €", "€ −1.234.568"),
    ),
    "compact": (
        lambda: numbers.number(4234567, "money", compact=True),
        ("$4.2M", "4,2 Mio. €", "€ 4,2 mln"),
    ),
    "compact thousands": (
        lambda: numbers.number(46210, "money", compact=True),
        ("$46.2K", "46,2 Tsd. €", "€ 46,2K"),
    ),
    "compact below": (lambda: numbers.number(9999, "money", compact=True), ("$9,999", "9.999 €", "€ 9.999")),
    "just under a million": (
        lambda: numbers.number(999960, "money", compact=True),
        ("$1M", "1 Mio. €", "€ 1 mln"),
    ),
    "rise": (lambda: numbers.number(300000, "money", signed=True), ("+$300,000", "+300.000 €", "€ +300.000")),
    "fall": (
        lambda: numbers.number(-300000, "money", compact=True, signed=True),
        ("−$300K", "−300 Tsd. €", "€ −300K"),
    ),
    "rise in short": (
        lambda: numbers.number(1118388, "money", compact=True, signed=True),
        ("+$1.1M", "+1,1 Mio. €", "€ +1,1 mln"),
    ),
    "below zero in short": (
        lambda: numbers.number(-164158, "money", compact=True),
        ("−$164.2K", "−164,2 Tsd. €", "€ −164,2K"),
    ),
    "share": (lambda: numbers.number(0.63149, "share"), ("63.1%", "63,1 %", "63,1%")),
    "points": (lambda: numbers.number(-0.0214, "share", signed=True), ("−2.1 pp", "−2,1 PP", "−2,1 pp")),
    "no points": (lambda: numbers.number(0.0001, "share", signed=True), ("0.0 pp", "0,0 PP", "0,0 pp")),
    "relative": (lambda: numbers.change(0.0858, "money"), ("+8.6%", "+8,6 %", "+8,6%")),
    "ratio": (lambda: numbers.number(3.24, "ratio"), ("3.2x", "3,2×", "3,2×")),
    "ratio near one": (lambda: numbers.number(0.937, "ratio"), ("0.94x", "0,94×", "0,94×")),
    "days": (lambda: numbers.number(51.78, "days"), ("51.8 days", "51,8 Tage", "51,8 dagen")),
    "months": (lambda: numbers.number(5.5, "months"), ("5.5 months", "5,5 Monate", "5,5 maanden")),
    "a month": (lambda: numbers.goal(1, "months"), ("1 month", "1 Monat", "1 maand")),
    "hours": (lambda: numbers.interval(1.5, 30, "hours"), ("1.5–30.0 hours", "1,5–30,0 Stunden", "1,5–30,0 uur")),
    "a day": (lambda: numbers.number(1, "days"), ("1 day", "1 Tag", "1 dag")),
    "count": (lambda: numbers.number(12345, "count"), ("12,345", "12.345", "12.345")),
    "per day": (lambda: numbers.number(4621, "money_per_day"), ("$4,621/day", "4.621 € pro Tag", "€ 4.621 per dag")),
    "interval": (lambda: numbers.interval(0.38, 0.42, "share"), ("38.0%–42.0%", "38,0–42,0 %", "38,0%–42,0%")),
    "interval over the step": (
        lambda: numbers.interval(8488, 13200, "money"),
        ("$8.5K–$13.2K", "8,5–13,2 Tsd. €", "€ 8,5K–13,2K"),
    ),
    "interval of millions": (
        lambda: numbers.interval(8.2e6, 10e6, "money"),
        ("$8.2M–$10.0M", "8,2–10,0 Mio. €", "€ 8,2–10,0 mln"),
    ),
    "interval from nothing": (
        lambda: numbers.interval(0, 4.2e6, "money"),
        ("$0–$4.2M", "0 €–4,2 Mio. €", "€ 0–4,2 mln"),
    ),
    "interval below zero": (
        lambda: numbers.interval(-20_000, -5_500, "money"),
        ("−$20.0K–−$5.5K", "−20,0–−5,5 Tsd. €", "€ −20,0K–−5,5K"),
    ),
    "interval in full": (
        lambda: numbers.interval(8488, 13200, "money", compact=False),
        ("$8,488–$13,200", "8.488–13.200 €", "€ 8.488–13.200"),
    ),
    "date": (
        lambda: numbers.day(date(2026, 9, 30)),
        ("September 30, 2026", "30. September 2026", "30 september 2026"),
    ),
    "span": (
        lambda: numbers.days_between(date(2026, 7, 1), date(2026, 9, 30)),
        ("Jul 1 – Sep 30, 2026", "1. Juli – 30. Sept. 2026", "1 jul – 30 sep 2026"),
    ),
    "short date": (lambda: numbers.day_short(date(2026, 9, 30)), ("Sep 30, 2026", "30.09.2026", "30 sep 2026")),
    "month": (lambda: numbers.period_name("2026-03"), ("March 2026", "März 2026", "maart 2026")),
    "quarter": (lambda: numbers.period_name("2026Q3"), ("2026 Q3", "Q3 2026", "Q3 2026")),
    "quarter on an axis": (lambda: numbers.period_short("2026Q3"), ("Q3 26", "Q3 26", "Q3 26")),
    "quarter in a title": (
        lambda: numbers.period_in_words(Calendar().period("2026Q3")),
        (
            "2026 Q3 (Jul 1 – Sep 30, 2026)",
            "3. Quartal 2026 (1. Juli – 30. Sept. 2026)",
            "3e kwartaal 2026 (1 jul – 30 sep 2026)",
        ),
    ),
    "quarters": (
        lambda: numbers.period_name("2025Q1..2026Q2"),
        ("2025 Q1 – 2026 Q2", "Q1 2025 – Q2 2026", "Q1 2025 – Q2 2026"),
    ),
    "week": (lambda: numbers.period_name("2026-W07"), ("week 7 of 2026", "KW 7/2026", "week 7 van 2026")),
    "null": (lambda: numbers.number(None, "money"), ("n/a", "k. A.", "n.b.")),
    "p": (lambda: numbers.p_value(0.0342), ("p = 0.034", "p = 0,034", "p = 0,034")),
    "little p": (lambda: numbers.p_value(0.0002), ("p < 0.001", "p < 0,001", "p < 0,001")),
    "decimal": (lambda: numbers.decimal(-1234.5), ("−1,234.50", "−1.234,50", "−1.234,50")),
    "goal": (lambda: numbers.goal(0.425, "share"), ("42.5%", "42,5 %", "42,5%")),
    "list": (
        lambda: listed(["a", "b", "c", "d", "e"]),
        ("a, b, c, and 2 more", "a, b, c und 2 weitere", "a, b, c en nog 2"),
    ),
    "rows read": (
        lambda: quality(pd.DataFrame({"read": [1500], "used": [1499], "quarantined": [1], "dropped": [0]})),
        (
            "1,500 rows read = 1,499 used + 1 quarantined + 0 dropped",
            "1.500 Zeilen gelesen = 1.499 verwendet + 1 ausgesondert + 0 weggelassen",
            "1.500 rijen gelezen = 1.499 gebruikt + 1 in quarantaine + 0 weggelaten",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GOLDEN)
def test_each_locale_writes_it_its_own_way(case: str) -> None:
    write, expected = GOLDEN[case]
    written = []
    for locale, currency in LOCALES.items():
        numbers.use_currency(currency)
        with locale_of(locale):
            written.append(write().replace("\xa0", " ").replace("\u2009", " "))
    assert tuple(written) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1000, 96_800, "$1.0K–$96.8K"),
        (500, 9000, "$500–$9,000"),
        (450_000, 1_200_000, "$450K–$1,200K"),  # the value between them is most likely told in thousands
        (1_150_000, 1_240_000, "$1.15M–$1.24M"),  # one decimal would make them $1.2M–$1.2M
        (3_800_000, 4_600_000, "$3.8M–$4.6M"),
        (16_000, 25_000, "$16K–$25K"),
        (20_000, 4_200_000, "$0–$4.2M"),
        (0, 96_800, "$0–$96.8K"),
        (-20_000, 50_000, "−$20K–$50K"),
    ],
)
def test_bounds_are_counted_in_one_step_with_as_many_decimals(low: float, high: float, expected: str) -> None:
    assert numbers.interval(low, high, "money") == expected


def test_days_have_a_decimal_in_both_bounds_or_in_none() -> None:
    assert numbers.interval(49.04, 54, "days") == "49–54 days"
    assert numbers.interval(49.5, 54, "days") == "49.5–54.0 days"


@pytest.mark.parametrize(("locale", "short"), [("es_ES", "2.500 M€"), ("ja_JP", "￥25億")])
def test_a_locale_that_counts_in_other_steps_is_counted_right(locale: str, short: str) -> None:
    numbers.use_currency("JPY" if locale == "ja_JP" else "EUR")
    with locale_of(locale):
        assert numbers.number(2.5e9, "money", compact=True).replace("\xa0", " ") == short


@pytest.mark.parametrize("null", [None, float("nan"), pd.NA, pd.NaT, np.float64("nan"), float("inf"), "text"])
def test_null_is_not_a_number(null: object) -> None:
    assert numbers.number(null, "money") == "n/a"
    assert numbers.number(null, "share", signed=True) == "n/a"
    assert numbers.change(null, "money") == "n/a"
    assert numbers.interval(0.1, null, "share") == "n/a"


@pytest.mark.parametrize("value", [Decimal("12.00"), np.int64(12), np.float32(12), 12])
def test_every_kind_of_number_is_read(value: object) -> None:
    assert numbers.number(value, "money") == "$12"


def test_a_name_that_is_no_period_stays() -> None:
    assert numbers.period_name("before 2020") == "before 2020"
    assert numbers.period_name("2026-13") == "2026-13"
