"""The headline of the forecast: what the quarter will likely bring, how sure that is, and what to do; and its cards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import join
from salesops_lib.show.cards import deck
from salesops_lib.show.forecasting.cautions import alarm_told
from salesops_lib.show.forecasting.needs import need_steps
from salesops_lib.show.forecasting.outlook import gap_steps
from salesops_lib.show.forecasting.risks import risk_steps
from salesops_lib.show.forecasting.track_record import latest_told, record_told
from salesops_lib.show.forecasting.views import drives
from salesops_lib.show.forecasting.words import between, chance, percent, span, whole
from salesops_lib.show.numbers import day, interval, is_null, number, period_name
from salesops_lib.show.sentences import CENT, money
from salesops_lib.show.shown import Shown, bullets, nothing, sentences

MOST_STEPS = 4


def say_outlook(highlights: Mapping[str, pd.DataFrame | None], as_of: date | None = None) -> Shown:
    """Say what the quarter will likely bring, how sure that is, how good such forecasts were, and what to do.

    Parameters
    ----------
    highlights : mapping
        Frames of the forecast by name: outlook, views, parts, track_record, alarm, needs, risks; None or absent where
        there is none.
    as_of : date, optional
        The last day of which anything is known.
    """
    frames = {name: frame for name, frame in highlights.items() if frame is not None}
    outlook = frames.get("outlook")
    row = whole(outlook) if outlook is not None else None
    if row is None or is_null(row["mean"]):
        return nothing(_("There is no forecast: too little is known of earlier months."))
    record = frames.get("track_record")
    past = [record_told(record), latest_told(record)] if record is not None else []
    counted = _alone(row, frames["parts"]) if "parts" in frames else ""
    short = sentences(_expected(row, as_of), counted, quota_told(row), css="say headline")
    lines, parts = [short.text], [Markup(short.html)]
    warning = alarm_told(frames["alarm"]) if "alarm" in frames else ""
    if warning:
        mark = Markup('<span class="mark" aria-hidden="true">▼</span> ')
        parts.append(join("p", [mark, warning], "say bad"))
        lines.append(warning)
    behind = " ".join(sentence for sentence in (_year(row), drives(row), *past) if sentence)
    if behind:
        parts.append(join("p", [behind], "say"))
        lines.append(behind)
    steps = _steps(frames, row)
    if steps:
        parts += [
            join("p", [_("What to do:")], "say"),
            bullets(steps, "steps"),
        ]
        lines += [_("What to do:"), *(f"- {step}" for step in steps)]
    return Shown("".join(str(part) for part in parts), "\n".join(lines), more=short.more)


def _expected(row: Mapping[Any, Any], as_of: date | None) -> str:
    """Return the expectation with its range, and what of it is won."""
    known = {"period": period_name(row["period"]), "mean": money(row["mean"])}
    if as_of is not None:
        known["period"] = _("As of {day}, {period}", period=known["period"], day=day(as_of))
    if not is_null(row["lo-80"]) and CENT <= row["closed"] >= row["lo-80"]:
        # The range is cut at what is closed: a tenth lies above it, and nothing below.
        high = money(row["hi-80"])
        said = _(
            "{period} is expected to bring {mean}, with a probability of 90% no more than {high}", high=high, **known
        )
    elif bounds := between(row):
        said = _("{period} is expected to bring {mean}, with a probability of 80% {bounds}", bounds=bounds, **known)
    else:
        said = _(
            "{period} is expected to bring {mean}; how sure that is, is n/a (too few earlier quarters tell how far "
            "such forecasts are off)",
            **known,
        )
    if not is_null(row["closed"]) and row["closed"] >= CENT:
        said = _("{said}; {closed} of it is won already", said=said, closed=money(row["closed"]))
    return f"{said}."


def _alone(row: Mapping[Any, Any], parts: pd.DataFrame) -> str:
    """Return that new business is not counted, where nothing tells how much of it is to come."""
    fresh = parts.loc[parts["part"] == "arrivals", "now"]
    if not is_null(row["history"]) or fresh.empty or not is_null(fresh.iloc[0]):
        return ""
    return _("These are open deals alone: nothing tells yet how much new business is to come.")


def _year(row: Mapping[Any, Any]) -> str:
    """Return how the expectation compares with a year ago; "" where that is not known."""
    if is_null(row["growth"]):
        return ""
    known = {"share": percent(abs(row["growth"])), "ago": money(row["last_year"])}
    more = row["growth"] >= 0
    if is_null(row["growth_low"]) or is_null(row["growth_high"]):
        said = _("The expectation is {share} more than the {ago} of a year ago.")
        return (said if more else _("The expectation is {share} less than the {ago} of a year ago.")).format(**known)
    known["range"] = span(row["growth_low"], row["growth_high"])
    said = _("The expectation is {share} more than the {ago} of a year ago (80% range {range}).")
    return (
        said if more else _("The expectation is {share} less than the {ago} of a year ago (80% range {range}).")
    ).format(**known)


def quota_told(row: Mapping[Any, Any]) -> str:
    """Return how probable the quota is and how far the expectation lies from it."""
    if is_null(row["quota"]) or not row["quota"]:
        return _("There is no quota to hold it against.")
    quota = money(row["quota"])
    if not is_null(row["closed"]) and row["closed"] >= row["quota"]:
        return _("The quota of {quota} is reached already.", quota=quota)
    gap = "" if is_null(row["gap"]) else _gap(float(row["gap"]))
    if is_null(row["chance"]):
        return _("How probable the quota of {quota} is, is n/a; {gap}.", quota=quota, gap=gap)
    known = {"quota": quota, "chance": chance(row["chance"]), "gap": gap}
    return _("The quota of {quota} is reached with a probability of {chance}: {gap}.", **known)


def _gap(gap: float) -> str:
    if abs(gap) < CENT:
        return _("the expectation equals it")
    if gap > 0:
        return _("the expectation falls {gap} short of it", gap=money(gap))
    return _("the expectation lies {gap} above it", gap=money(-gap))


def _steps(frames: Mapping[str, pd.DataFrame], row: Mapping[Any, Any]) -> list[str]:
    steps = need_steps(frames["needs"]) if "needs" in frames else []
    if not is_null(row["gap"]) and row["gap"] > CENT:
        steps += gap_steps(frames["outlook"])
    if "risks" in frames:
        steps += risk_steps(frames["risks"], float(row["mean"]))
    return steps[:MOST_STEPS]


def outlook_cards(outlook: pd.DataFrame) -> Shown:
    """Return the company's quarter as cards: expected revenue, probability of the quota, against a year ago, pipeline.

    The records are the whole outlook, the groups with it.
    """
    row = whole(outlook)
    if row is None or is_null(row["mean"]):
        return nothing(_("There is no forecast: too little is known of earlier months."))
    return deck([_revenue(row), _quota(row), _against(row), _open(row)], outlook, "outlook")


def _card(label: str, value: str, under: str, beside: list[tuple[str, str]], note: str = "") -> tuple[Markup, str]:
    parts = [join("p", [label], "label"), join("p", [value], "value")]
    lines = [f"{label}: {value}"]
    if under:
        parts.append(join("p", [under], "interval"))
        lines.append(under)
    if beside:
        parts.append(join("dl", [join("div", [join("dt", [term]), join("dd", [said])]) for term, said in beside]))
        lines += [f"{term}: {said}" for term, said in beside]
    if note:
        parts.append(join("p", [note], "note"))
        lines.append(note)
    return join("li", parts, "card"), "\n".join(lines)


def _revenue(row: Mapping[Any, Any]) -> tuple[Markup, str]:
    few = _("No range: too few earlier quarters.") if is_null(row["lo-80"]) else ""
    under = "" if few else _("80% range {range}", range=interval(row["lo-80"], row["hi-80"], "money"))
    beside = []
    if not is_null(row["lo-95"]) and not is_null(row["hi-95"]):
        beside.append((_("95% range"), interval(row["lo-95"], row["hi-95"], "money")))
    beside.append((_("Won so far"), money(row["closed"])))
    return _card(
        _("Expected revenue, {period}", period=period_name(row["period"])), money(row["mean"]), under, beside, few
    )


def _quota(row: Mapping[Any, Any]) -> tuple[Markup, str]:
    label = _("Probability of the quota")
    if is_null(row["quota"]) or not row["quota"]:
        return _card(label, _("n/a"), "", [], _("There is no quota of this quarter."))
    note = _("Too few earlier quarters.") if is_null(row["chance"]) else ""
    beside = [(_("Quota"), money(row["quota"]))]
    if not is_null(row["gap"]):
        term = _("Expected short of it") if row["gap"] > 0 else _("Expected above it")
        beside.append((term, money(abs(row["gap"]))))
    return _card(label, chance(row["chance"]), "", beside, note)


def _against(row: Mapping[Any, Any]) -> tuple[Markup, str]:
    label = _("Against a year ago")
    if is_null(row["growth"]):
        return _card(label, _("n/a"), "", [], _("The same quarter a year ago is not known whole, or brought nothing."))
    bounds = span(row["growth_low"], row["growth_high"])
    known = not is_null(row["growth_low"]) and not is_null(row["growth_high"])
    under = _("80% range {range}", range=bounds) if known else ""
    note = _("The range holds both growth and decline.") if known and row["growth_low"] < 0 < row["growth_high"] else ""
    return _card(label, percent(row["growth"], signed=True), under, [(_("A year ago"), money(row["last_year"]))], note)


def _open(row: Mapping[Any, Any]) -> tuple[Markup, str]:
    """Return what the two views say alone: the more they differ, the less either is to be trusted blindly."""
    beside = [
        (_("Pipeline alone says"), money(row["pipeline"])),
        (_("History alone says"), money(row["history"])),
    ]
    weight = _("n/a") if is_null(row["weight"]) else percent(row["weight"])
    n = 0 if is_null(row["n_open"]) else int(row["n_open"])
    deals = ngettext("{count} open deal", "{count} open deals", n, count=number(n, "count"))
    return _card(_("Weight of the pipeline"), weight, deals, beside)
