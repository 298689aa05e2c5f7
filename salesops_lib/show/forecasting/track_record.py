"""The track record: what the forecast said at the same moment of the last quarters, and what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.forecasting.marks import Key, Mark, marks, room
from salesops_lib.show.forecasting.words import between, off, percent
from salesops_lib.show.grid import Column, figures, grid, periods
from salesops_lib.show.numbers import day_short, interval, is_null, number, period_name, period_short
from salesops_lib.show.sentences import listed, money
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import BAD, BLUE, INK, canvas, house_style

FEWEST = 4
MOST_TOLD = 8


def _known(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna(subset=["forecast", "actual"])


def _average(known: pd.DataFrame) -> Any:
    """Return the sum of the misses ÷ the sum of what came; null where nothing came."""
    total = float(known["actual"].astype(float).sum())
    return float(known["error"].astype(float).abs().sum()) / total if total > 0 else None


def _held(known: pd.DataFrame) -> tuple[int, int]:
    """Return in how many quarters what came lay within the 80 % range, and in how many there was one."""
    told = known["inside"].dropna().astype(bool)
    return int(told.sum()), len(told)


def record_told(frame: pd.DataFrame) -> str:
    """Return in one sentence how good such forecasts were in the last quarters."""
    known = _known(frame)
    if known.empty:
        return _("How good such forecasts are is n/a: no earlier quarter could be forecast at the same moment.")
    n, (held, judged) = len(known), _held(known)
    said = ngettext(
        "At the same moment of the last {n} quarter such a forecast was off by {wape}",
        "At the same moment of the last {n} quarters such forecasts were off by {wape} on average",
        n,
        wape=percent(_average(known)),
    )
    if not judged:
        return f"{said}."
    if judged < n:
        return ngettext(
            "{said}, and of the {judged} that had an 80% range of the whole quarter {n} result lay within it.",
            "{said}, and of the {judged} that had an 80% range of the whole quarter {n} results lay within it.",
            held,
            said=said,
            judged=judged,
        )
    return _(
        "{said}, and {held} of {n} results lay within the 80% range of the whole quarter.",
        said=said,
        held=held,
        n=judged,
    )


def latest_told(frame: pd.DataFrame) -> str:
    """Return how far the latest quarter's forecast was off and what that means, if its range missed; else ""."""
    known = _known(frame)
    row: dict[Any, Any] = known.iloc[-1].to_dict() if len(known) else {"inside": None}
    if not _missed(row) or is_null(row["off"]):
        return ""
    told = {"period": period_name(row["period"]), "off": off(row["off"]), "actual": money(row["actual"])}
    if row["actual"] < row["forecast"]:
        return _(
            "The latest, of {period}, was {off}: {actual} came, below its 80% range. If what changed then lasts, this "
            "forecast is too high as well.",
            **told,
        )
    return _(
        "The latest, of {period}, was {off}: {actual} came, above its 80% range. If what changed then lasts, this "
        "forecast is too low as well.",
        **told,
    )


def say_track_record(frame: pd.DataFrame) -> Shown:
    """Say how far off such forecasts were, in which direction, and which quarters their range missed."""
    known = _known(frame)
    if known.empty:
        return nothing(record_told(frame))
    total = float(known["actual"].astype(float).sum())
    said = [record_told(frame)]
    if total > 0:
        bias = float(known["error"].astype(float).sum()) / total
        said.append(_("Over all of them together they were {off}.", off=off(bias)))
    missed = [row for row in known.to_dict("records") if _missed(row)]
    if missed:
        told = [_miss_told(row) for row in missed]
        said.append(_("Outside the range: {listed}.", listed=listed(told, MOST_TOLD)))
    if len(known) < FEWEST:
        said.append(_("So few quarters tell little."))
    return sentences(*said)


def _missed(row: Mapping[Any, Any]) -> bool:
    return not is_null(row["inside"]) and not row["inside"]


def _side(row: Mapping[Any, Any]) -> str:
    return _("above the range") if row["actual"] > row["forecast"] else _("below the range")


def _miss_told(row: Mapping[Any, Any]) -> str:
    return _(
        "{period} ({actual} came, {side}, forecast {forecast})",
        period=period_name(row["period"]),
        actual=money(row["actual"]),
        side=_side(row),
        forecast=money(row["forecast"]),
    )


@house_style()
def plot_track_record(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each quarter's forecast with its range and what came; a miss is named in words."""
    title = _("What was forecast at the same moment, and what came")
    known = _known(frame)
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, record_told(frame))
    items = [
        Mark(
            label=period_short(row["period"]),
            value=float(row["forecast"]),
            low=row["lo-80"],
            high=row["hi-80"],
            lowest=row["lo-95"],
            highest=row["hi-95"],
            diamond=float(row["actual"]),
            text=_side(row) if _missed(row) else _("within") if not is_null(row["inside"]) else _("no range"),
            colour=BAD if _missed(row) else BLUE,
            filled=False,
            loud=_missed(row),
        )
        for row in known.to_dict("records")
    ]
    some = bool(known["lo-80"].notna().any())
    words = _("forecast; bar: 80% range") if some else _("forecast")
    keys = [Key("o", words, BLUE, filled=False), Key("D", _("what came"), INK)]
    ax = marks(room(ax, len(items), 1), items, {}, keys)
    told = "; ".join(_in_words(row) for row in known.to_dict("records"))
    alternative = _("Forecasts and what came: {listed}.", listed=told)
    return drawn(ax, title, alternative, table_track_record(frame))


def _in_words(row: Mapping[Any, Any]) -> str:
    said = _(
        "{period} forecast {forecast}, came {actual}",
        period=period_name(row["period"]),
        forecast=money(row["forecast"]),
        actual=money(row["actual"]),
    )
    if not is_null(row["inside"]):
        where = _("within") if row["inside"] else _side(row)
        said = _("{said}, {where} (80% {bounds})", said=said, where=where, bounds=between(row))
    return said


def table_track_record(frame: pd.DataFrame) -> Shown:
    """Return the forecasts of the last quarters, what came, and what was submitted at the same moment."""
    return at_length(frame, _table)


def _table(frame: pd.DataFrame) -> Shown:
    rows = frame.to_dict("records")
    columns = [
        periods(frame, "period", _("Quarter")),
        Column(_("Made on"), [day_short(row["made_on"]) for row in rows]),
        figures(frame, "forecast", _("Forecast"), "money"),
        Column(_("80% range"), [interval(row["lo-80"], row["hi-80"], "money", compact=False) for row in rows]),
        figures(frame, "actual", _("Came"), "money"),
        Column(_("Forecast was"), [off(row["off"]) for row in rows]),
        Column(_("Against the range"), [_against(row) for row in rows], right=False),
    ]
    for name, label in (("commit", _("Commit")), ("best_case", _("Best case"))):
        if frame[name].notna().any():
            columns.append(Column(label, ["–" if is_null(value) else number(value, "money") for value in frame[name]]))
    caption = _("Forecasts at the same moment of the last quarters, and what came")
    return grid(frame, "track_record", caption, columns, none=record_told(frame))


def _against(row: Mapping[Any, Any]) -> str:
    if is_null(row["inside"]) or is_null(row["actual"]):
        return _("n/a")
    return _("within") if row["inside"] else _side(row)
