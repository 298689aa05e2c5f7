"""The words for what the frames about reps call by a code: factors, flags, next steps, trends, fields."""

from __future__ import annotations

from typing import Any

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.numbers import decimal, interval, is_null, number

ONE_YEAR = 12


def factor_name(factor: str) -> str:
    """Return what a figure was adjusted for, as a sentence speaks of it.

    >>> factor_name("lead_source")
    'the source of the lead'
    """
    known = {
        "territory_potential": _("the potential of the territory"),
        "segment": _("the segment"),
        "tenure": _("the time in the job"),
        "lead_source": _("the source of the lead"),
        "lead_quality": _("the quality of the lead"),
    }
    return known.get(factor, plain(factor))


def trend_words(verdict: str) -> str:
    """Return a verdict on a trend in words.

    >>> trend_words("too few")
    'too few months'
    """
    known = {
        "rising": _("rising"),
        "falling": _("falling"),
        "no trend": _("no trend"),
        "too few": _("too few months"),
    }
    return known.get(verdict, "–")


def streak_words(streak: Any) -> str:
    """Return a streak of months at quota in words.

    >>> streak_words(3), streak_words(-1), streak_words(0), streak_words(None)
    ('3 months at quota', '1 month below', '–', 'n/a')
    """
    if is_null(streak):
        return _("n/a")
    if streak == 0:
        return "–"
    n = abs(int(streak))
    if streak > 0:
        return ngettext("{n} month at quota", "{n} months at quota", n)
    return ngettext("{n} month below", "{n} months below", n)


def multiple(value: Any) -> str:
    """Return a rep's value as a multiple of the other reps' median.

    >>> multiple(0.7)
    '0.7x'
    """
    return _("n/a") if is_null(value) else _("{factor}x", factor=decimal(value, 1))


def tau_bounds(low: Any, high: Any) -> str:
    """Return the bounds of Kendall's tau; both may be negative, which a dash would hide.

    >>> tau_bounds(-0.8, -0.4)
    '\u22120.80 to \u22120.40'
    """
    if is_null(low) or is_null(high):
        return _("n/a")
    return _("{low} to {high}", low=decimal(low), high=decimal(high))


def trend_told(early: Any, late: Any, low: Any, high: Any, tau: Any = None) -> str:
    """Return a trend against the peers: where it led from and to, and Kendall's tau with its interval, as far as known.

    >>> trend_told(1.2, 0.7, -0.8, -0.4)[:65]
    'from 1.2x to 0.7x of their median, first to last half of the mont'
    >>> trend_told(1.2, 0.7, -0.8, -0.4, -0.62)[-50:]
    "(Kendall's tau \u22120.62, 95% interval \u22120.80 to \u22120.40)"
    """
    bounds = tau_bounds(low, high)
    sure = _("Kendall's tau, 95% interval {bounds}", bounds=bounds)
    if not is_null(tau):
        sure = _("Kendall's tau {tau}, 95% interval {bounds}", tau=decimal(tau), bounds=bounds)
    return _(
        "from {early} to {late} of their median, first to last half of the months ({sure})",
        early=multiple(early),
        late=multiple(late),
        sure=sure,
    )


def expected_words(expected: Any, low: Any, high: Any, unit: str) -> str:
    """Return what was to be expected of a month; "" where it was not tested.

    >>> expected_words(0.95, 0.3, 1.6, "share")
    'expected 95.0% (95% range 30.0%–160.0%)'
    """
    if is_null(expected):
        return ""
    usual = _("expected {value}", value=number(expected, unit, compact=True))
    if is_null(low) or is_null(high):
        return usual
    return _("{expected} (95% range {range})", expected=usual, range=interval(low, high, unit))


def practice_words(verdict: str) -> str:
    """Return how the leading group's practice compares with the rest's.

    >>> practice_words("higher")
    'higher in the group'
    """
    known = {
        "higher": _("higher in the group"),
        "lower": _("lower in the group"),
        "not distinguishable": _("not distinguishable"),
        "too few": _("too few reps to tell"),
    }
    return known.get(verdict, "–")


def flag_words(flags: Any) -> str:
    """Return the warnings of an open deal in words.

    >>> flag_words(("overdue", "pushed"))
    'close date has passed, pushed repeatedly'
    """
    known = {
        "overdue": _("close date has passed"),
        "stalled": _("longer in its stage than usual"),
        "pushed": _("pushed repeatedly"),
        "unstarted": _("no activity yet"),
        "untouched": _("no activity for over 30 days"),
        "quiet": _("no activity for over two weeks"),
    }
    return ", ".join(known.get(flag, plain(flag)) for flag in flags) or "–"


def step_name(step: str) -> str:
    """Return the next step of an open deal in words.

    >>> step_name("redate")
    'Set a new close date'
    """
    known = {
        "redate": _("Set a new close date"),
        "qualify_out": _("Qualify out or revive"),
        "contact": _("Get in touch"),
        "advance": _("Agree on a next step with the customer"),
        "close": _("Bring to a close"),
        "keep": _("Carry on"),
    }
    return known.get(step, plain(step))


def shown_as_words(shown_as: str) -> str:
    """Return how a personal field is shown.

    >>> shown_as_words("figure")
    'in figures only'
    """
    known = {"name": _("by name"), "pseudonym": _("by pseudonym"), "figure": _("in figures only")}
    return known.get(shown_as, plain(shown_as))


def tenure(months: Any) -> str:
    """Return a time in the job: months of the first two years, then years.

    >>> tenure(3.48), tenure(11.98), tenure(15.1), tenure(123.6), tenure(None)
    ('3.5 months', '11.9 months', '15 months', '10.3 years', 'n/a')
    """
    if is_null(months):
        return number(months, "months")
    # Not quite a year is no year, however near.
    if months < ONE_YEAR:
        return number(min(round(float(months), 1), ONE_YEAR - 0.1), "months")
    if months < 2 * ONE_YEAR:
        return number(int(months), "months")
    return _("{years} years", years=number(float(months) / ONE_YEAR, "count"))


def beginner(months: Any) -> str:
    """Return of a rep in the first year of the job how long it has been, else "".

    >>> beginner(3.48), beginner(66.0), beginner(None)
    ('only 3.5 months in the job', '', '')
    """
    if is_null(months) or months >= ONE_YEAR:
        return ""
    return _("only {time} in the job", time=tenure(months))


def rate(value: Any) -> str:
    """Return leads per working day, which are too few for one decimal.

    >>> rate(0.3142)
    '0.31'
    """
    return decimal(value, 2)


def rates(low: Any, high: Any) -> str:
    """Return the bounds of leads per working day.

    >>> rates(0.21, 0.443)
    '0.21–0.44'
    """
    return _("n/a") if is_null(low) or is_null(high) else f"{rate(low)}–{rate(high)}"


def quality_unit(unit: Any) -> str:
    """Return the unit of a lead's quality: a score is a plain figure.

    >>> quality_unit("score"), quality_unit("share")
    ('count', 'share')
    """
    return "share" if unit == "share" else "count"


def quality_told(row: Any) -> str:
    """Return, to be added to the number of a rep's leads, that they are better or worse beyond chance; else "".

    >>> row = {"quality": 59.8, "quality_peers": 50.9, "quality_unit": "count", "quality_verdict": "above"}
    >>> quality_told(row), quality_told({**row, "quality_verdict": None})
    (', of better quality beyond chance (59.8; peers 50.9)', '')
    """
    if row["quality_verdict"] not in ("above", "below"):
        return ""
    unit = quality_unit(row["quality_unit"])
    known = {name: number(row[name], unit) for name in ("quality", "quality_peers")}
    if row["quality_verdict"] == "above":
        return _(", of better quality beyond chance ({quality}; peers {quality_peers})", **known)
    return _(", of worse quality beyond chance ({quality}; peers {quality_peers})", **known)


def factor_size(value: Any) -> str:
    """Return the effect of a factor as a multiple of the average.

    >>> factor_size(1.234)
    '1.23x'
    """
    return _("n/a") if is_null(value) else _("{factor}x", factor=decimal(value, 2))


def against(row: Any) -> str:
    """Return a figure of a rep with its interval and the peers' figure, as far as they are known.

    >>> row = {"value": 0.55, "low": 0.48, "high": 0.62, "peers": 0.41, "unit": "share"}
    >>> against(row), against({**row, "low": None})
    ('55.0% (95% interval 48.0%–62.0%; peers 41.0%)', '55.0% (peers 41.0%)')
    """
    unit = str(row["unit"])
    value, peers = (number(row[name], unit, compact=True) for name in ("value", "peers"))
    known = []
    if not is_null(row["low"]) and not is_null(row["high"]):
        known.append(_("95% interval {interval}", interval=interval(row["low"], row["high"], unit)))
    if not is_null(row["peers"]):
        known.append(_("peers {peers}", peers=peers))
    return f"{value} ({'; '.join(known)})" if known else value
