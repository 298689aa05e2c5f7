"""The scoreboard: how far off each way to forecast was, at equal lead times, against the same quarter a year ago."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import mid_sentence, ngettext
from salesops_lib.show.drawings import folded
from salesops_lib.show.forecasting.long import together
from salesops_lib.show.forecasting.words import (
    MARKS,
    days_before,
    percent,
    scaled_error,
    verdict_told,
    way_name,
)
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import is_null, number
from salesops_lib.show.reps.looks import several
from salesops_lib.show.sentences import listed
from salesops_lib.show.shown import Shown, nothing, records, sentences

OWN = "blend"
NAIVE = "seasonal_naive"
KIT = "kit"
PREVIOUS = "previous_forecast"
JUDGED = ("better", "worse", "not proven")
MOST_NAMED = 5


def say_scoreboard(scoreboard: pd.DataFrame) -> Shown:
    """Say when this forecast is proven better than the same quarter a year ago, and which other ways are."""
    judged = scoreboard[scoreboard["verdict"].isin(JUDGED) & scoreboard["gain"].notna()]
    if judged.empty:
        return nothing(_("No way to forecast can be held against the same quarter a year ago: too few quarters."))
    own = judged[judged["method"] == OWN]
    said = [_own(own)] if len(own) else []
    others = judged[judged["method"] != OWN]
    for verdict, words in (
        ("better", _("Other ways that are proven better: {listed}.")),
        ("worse", _("Proven worse: {listed}.")),
    ):
        found = others[others["verdict"] == verdict].groupby("method", sort=False)["lead_days"]
        told = [_way_told(way, list(leads)) for way, leads in found]
        if told:
            said.append(words.format(listed=several(told, MOST_NAMED)))
    if not (judged["verdict"] != "not proven").any():
        said.append(_("Of no way is it proven that it is better or worse than the same quarter a year ago."))
    return sentences(*said, _previous(scoreboard))


def _own(own: pd.DataFrame) -> str:
    n = int(own["periods"].max())
    told = []
    for verdict in JUDGED:
        rows = own[own["verdict"] == verdict].to_dict("records")
        if rows:
            words = {
                "better": _("proven better"),
                "worse": _("proven worse"),
                "not proven": _("not proven to be better"),
            }[verdict]
            leads = listed([_lead_told(row) for row in rows], len(rows))
            told.append(_("{words} {leads}", words=words, leads=leads))
    return ngettext(
        "Against taking the same quarter a year ago, over {n} quarter, this forecast is {listed}.",
        "Against taking the same quarter a year ago, over {n} quarters, this forecast is {listed}.",
        n,
        listed="; ".join(told),
    )


def _way_told(way: Any, leads: list[Any]) -> str:
    days = listed([number(lead, "count") for lead in leads], len(leads))
    return _("{way} ({days} days before the end)", way=mid_sentence(way_name(way)), days=days)


def _lead_told(row: Mapping[Any, Any]) -> str:
    return _(
        "{lead} the end (off by {wape} against {naive})",
        lead=days_before(row["lead_days"]),
        wape=percent(row["wape"]),
        naive=percent(row["naive_wape"]),
    )


def _previous(frame: pd.DataFrame) -> str:
    """Return how this forecast compares with what was expected a month earlier: figures, not a verdict."""
    both = frame[frame["method"].isin([OWN, PREVIOUS])].pivot_table(index="lead_days", columns="method", values="wape")
    if not {OWN, PREVIOUS} <= set(both.columns):
        return ""
    both = both.dropna().sort_index(ascending=False)
    told = [
        _(
            "{lead} the end this forecast was off by {now}, the pipeline's view of a month earlier by {then}",
            lead=days_before(lead),
            now=percent(row[OWN]),
            then=percent(row[PREVIOUS]),
        )
        for lead, row in both.iterrows()
    ]
    return " ".join(f"{one[:1].upper()}{one[1:]}." for one in told)


def table_scoreboard(scoreboard: pd.DataFrame) -> Shown:
    """Return a row per way to forecast and a column per lead time, marked where proven; every figure behind it."""
    if scoreboard.empty:
        return nothing(_("No way to forecast could be tried on earlier quarters."))
    cells = {(row["method"], row["lead_days"]): _cell(row) for row in scoreboard.to_dict("records")}
    ways, leads = (list(dict.fromkeys(scoreboard[name])) for name in ("method", "lead_days"))
    ways.sort(key=lambda way: way != OWN)
    columns = [Column(_("Way to forecast"), [way_name(way) for way in ways], right=False)]
    columns += [Column(days_before(lead), [cells.get((way, lead), "–") for way in ways]) for lead in leads]
    caption = _("Off by, on average, so many days before the quarter's end")
    measure = _("The sum of the misses ÷ the sum of what came (WAPE).")
    now = _("The first column is today's moment: in longer or shorter quarters a little earlier or later.")
    note = " ".join([measure, now, _legend(scoreboard)])
    board = grid(scoreboard, "scoreboard", caption, columns, note)
    return together([board, folded(_("Every figure of the scoreboard"), _details(scoreboard))], records(scoreboard))


def _cell(row: Mapping[Any, Any]) -> str:
    return f"{number(row['wape'], 'share')} {MARKS.get(str(row['verdict']), '')}".strip()


def _legend(frame: pd.DataFrame) -> str:
    known = {
        "better": _("▲ proven better than the same quarter a year ago"),
        "worse": _("▼ proven worse"),
    }
    told = [words for verdict, words in known.items() if (frame["verdict"] == verdict).any()]
    if not told:
        return _("No mark: better or worse than the same quarter a year ago is not proven of any.")
    return _("{marks}; no mark: not proven.", marks=", ".join(told))


def _details(frame: pd.DataFrame) -> Shown:
    columns = [
        names(frame, "method", _("Way to forecast"), way_name),
        Column(_("Made"), [days_before(lead) for lead in frame["lead_days"]]),
        figures(frame, "periods", _("Quarters"), "count"),
        figures(frame, "wape", _("Off by"), "share"),
        Column(_("Too high or low"), [percent(bias, signed=True) for bias in frame["bias"]]),
        figures(frame, "naive_wape", _("Same quarter a year ago"), "share"),
        figures(frame, "gain", _("Gain"), "share", signed=True),
        Column(_("95% interval"), [_points(row["low"], row["high"]) for row in frame.to_dict("records")]),
        names(frame, "verdict", _("Verdict"), verdict_told),
    ]
    caption = _("Ways to forecast and the same quarter a year ago")
    return grid(frame, "scoreboard", caption, columns)


def _points(low: Any, high: Any) -> str:
    """Return the bounds of a gain, which may be negative: a dash would hide it."""
    if is_null(low) or is_null(high):
        return "–"
    return _("{low} to {high}", low=number(low, "share", signed=True), high=number(high, "share", signed=True))


def say_methods(methods: pd.DataFrame) -> Shown:
    """Say whether the method is proven better than seasonal naive on the company's own months."""
    row = next(iter(methods[methods["method"] == KIT].to_dict("records")), None)
    if row is None or is_null(row["mase"]):
        return nothing(_("How good the method is on the company's own months is n/a: too few months."))
    known = {
        "n": number(row["n"], "count"),
        "gain": percent(abs(row["gain"])) if not is_null(row["gain"]) else _("n/a"),
        "bounds": _span(row),
    }
    words = {
        "better": _("proven more exact than taking the same month a year ago: its error is {gain} lower ({bounds})"),
        "worse": _("proven less exact than taking the same month a year ago: its error is {gain} higher ({bounds})"),
    }
    unproven = _("not proven more exact than taking the same month a year ago (gain: {bounds})")
    verdict = words.get(str(row["verdict"]), unproven).format(**known)
    first = _(
        "In {n} forecasts of the company's own series, made again as if it were earlier, the method is {verdict}.",
        n=known["n"],
        verdict=verdict,
    )
    return sentences(first, _coverage(row))


def _span(row: Mapping[Any, Any]) -> str:
    if is_null(row["gain_low"]) or is_null(row["gain_high"]):
        return _("95% interval n/a: too few series")
    bounds = _("{low} to {high}", low=percent(row["gain_low"], True), high=percent(row["gain_high"], True))
    return _("95% interval {bounds}", bounds=bounds)


def _coverage(row: Mapping[Any, Any]) -> str:
    if is_null(row["coverage_80"]):
        return ""
    if is_null(row["coverage_95"]):
        return _("Its 80% ranges of single months held {eighty} of what came.", eighty=percent(row["coverage_80"]))
    return _(
        "Its 80% ranges of single months held {eighty} of what came, its 95% ranges {most}.",
        eighty=percent(row["coverage_80"]),
        most=percent(row["coverage_95"]),
    )


def table_methods(methods: pd.DataFrame) -> Shown:
    """Return the backtest of the methods on the company's own series."""
    rows = methods.to_dict("records")
    columns = [
        names(methods, "method", _("Method"), way_name),
        Column(_("Error (MASE)"), [scaled_error(row["mase"]) for row in rows]),
        figures(methods, "wape", _("Off by (WAPE)"), "share"),
        Column(_("Too high or low"), [percent(row["bias"], signed=True) for row in rows]),
        Column(_("80% ranges held"), [percent(row["coverage_80"]) for row in rows]),
        Column(_("Gain on a year ago"), [_gain(row) for row in rows]),
        Column(
            _("Verdict"), ["–" if is_null(row["gain"]) else verdict_told(row["verdict"]) for row in rows], right=False
        ),
    ]
    note = _(
        "MASE: the error ÷ that of taking the same month a year ago within the months learnt from; below 1 is better. "
        "Gain: how much lower it is than that of taking the same month a year ago on the same forecasts."
    )
    none = _("The methods could not be tried on the company's own months.")
    return grid(methods, "methods", _("Methods on the company's own series"), columns, note, none)


def _gain(row: Mapping[Any, Any]) -> str:
    if is_null(row["gain"]):
        return "–"
    if is_null(row["gain_low"]) or is_null(row["gain_high"]):
        return percent(row["gain"], signed=True)
    bounds = _("{low} to {high}", low=percent(row["gain_low"], True), high=percent(row["gain_high"], True))
    return _("{gain} ({bounds})", gain=percent(row["gain"], signed=True), bounds=bounds)
