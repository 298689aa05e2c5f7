"""History beside the pipeline and every other way to forecast the quarter: what each says, and why they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import mid_sentence, ngettext
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.forecasting.marks import Key, Mark, marks, room
from salesops_lib.show.forecasting.words import between, off, percent, way_name, whole
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import interval, is_null, number
from salesops_lib.show.sentences import CENT, listed, money
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import BLUE, GREY, canvas, house_style

OWN = "blend"
TWO = ("history", "pipeline")
# Further below all forecasts than they lie apart, what is won so far would take more than half of the scale.
FAR = 1.0
NOT_SUBMITTED = (OWN, *TWO, "pipeline_forecast", "weighted_pipeline", "run_rate", "seasonal_naive", "previous_forecast")


# A part beyond all earlier ones by less than this share of the usual one is not told as such.
VISIBLE = 0.01


def drives(row: Mapping[Any, Any]) -> str:
    """Return which view drives a forecast, and what each of them says alone."""
    history, pipeline, weight = row["history"], row["pipeline"], row["weight"]
    if is_null(weight) or (is_null(history) and is_null(pipeline)):
        return ""
    if is_null(pipeline):
        return _("It rests on history alone; there is no view of the pipeline.")
    if is_null(history):
        return _("It rests on the pipeline alone; there is no forecast of history.")
    known = {"history": money(history), "pipeline": money(pipeline), "share": percent(weight)}
    if weight <= 0:
        return _("It rests on history alone; the pipeline says {pipeline}.", **known)
    if weight >= 1:
        return _("It rests on the pipeline alone; history says {history}.", **known)
    if abs(weight - 0.5) < CENT:
        return _("History ({history} alone) and pipeline ({pipeline} alone) weigh the same in it.", **known)
    if weight > 0.5:
        return _(
            "The pipeline drives it (weight {share}) and alone says {pipeline}; history alone says {history}.", **known
        )
    known["share"] = percent(1 - weight)
    return _(
        "History drives it (weight {share}) and alone says {history}; the pipeline alone says {pipeline}.", **known
    )


def say_views(views: pd.DataFrame, parts: pd.DataFrame | None = None) -> Shown:
    """Say what history and pipeline say, which counts how much, what was submitted, and why they differ.

    Parameters
    ----------
    views : DataFrame
        One row per way to forecast the quarter.
    parts : DataFrame, optional
        What is won, what the open deals add and what is still to come, beside what is usual at this moment.
    """
    by_view = {str(row["view"]): row for row in views.to_dict("records")}
    history, pipeline = (by_view.get(name, {}) for name in TWO)
    row = {
        "history": history.get("forecast"),
        "pipeline": pipeline.get("forecast"),
        "weight": pipeline.get("weight", 0.0 if history else None),
    }
    said = [drives(row), _submitted(views)]
    if parts is not None and len(parts):
        said.append(_why(parts))
    if not any(said):
        return nothing(_("There are no views to compare."))
    return sentences(*said)


def _submitted(views: pd.DataFrame) -> str:
    told = []
    for row in views[~views["view"].isin(NOT_SUBMITTED)].dropna(subset=["forecast"]).to_dict("records"):
        known = {"name": way_name(row["view"]), "forecast": money(row["forecast"])}
        if is_null(row["bias"]):
            told.append(_("{name} {forecast}", **known))
        else:
            told.append(_("{name} {forecast} (at this moment usually {off})", off=off(row["bias"]), **known))
    return _("Submitted: {listed}.", listed=listed(told)) if told else ""


def _why(parts: pd.DataFrame) -> str:
    """Return what is unlike the same moment of earlier quarters, the largest difference first."""
    known = parts.dropna(subset=["now", "usual"])
    known = known[(known["now"] >= CENT) | (known["usual"] >= CENT)]
    if known.empty:
        return _("What is usual at this moment is n/a: no earlier quarter is known as it was then.")
    n = int(known["periods"].max())
    differences = (known["now"].astype(float) - known["usual"].astype(float)).abs()
    ordered = known.loc[differences.sort_values(ascending=False, kind="stable").index]
    told = [_part_told(row) for row in ordered.to_dict("records")]
    first = ngettext(
        "In the pipeline's view, against the same moment of {n} earlier quarter: {listed}.",
        "In the pipeline's view, against the same moment of {n} earlier quarters (mean): {listed}.",
        n,
        listed=listed(told, len(told)),
    )
    return f"{first} {_open_deals(parts)}".strip()


def _open_deals(parts: pd.DataFrame) -> str:
    """Return how many deals are open and usually are; "" where that is not known or there never are any."""
    if parts.empty or parts[["n_open", "usual_open_deals"]].iloc[0].isna().any():
        return ""
    now, usual = (round(float(parts[name].iloc[0])) for name in ("n_open", "usual_open_deals"))
    if not now and not usual:
        return ""
    return _("Open deals: {now}, usually {usual}.", now=number(now, "count"), usual=number(usual, "count"))


def _part_told(row: Mapping[Any, Any]) -> str:
    known = {"part": mid_sentence(part_name(row["part"])), "now": money(row["now"]), "usual": money(row["usual"])}
    outside = not is_null(row["lowest"]) and not is_null(row["highest"])
    if outside and row["lowest"] - row["now"] > VISIBLE * row["usual"]:
        return _("{part} {now}, less than in any of them (mean {usual})", **known)
    if outside and row["now"] - row["highest"] > VISIBLE * row["usual"]:
        return _("{part} {now}, more than in any of them (mean {usual})", **known)
    return _("{part} {now} against {usual}", **known)


def part_name(part: Any) -> str:
    """Return a part of the pipeline's view in words.

    >>> part_name("arrivals")
    'New business still to come'
    """
    known = {
        "closed": _("Won so far"),
        "open": _("From open deals"),
        "arrivals": _("New business still to come"),
    }
    return known.get(str(part), way_name(part))


@house_style()
def plot_views(views: pd.DataFrame, outlook: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    """Draw what each way to forecast says of the quarter, with its interval where it has one.

    Parameters
    ----------
    views : DataFrame
        One row per way.
    outlook : DataFrame, optional
        Has the quota and what is won so far, which become lines.
    ax : Axes, optional
        Where to draw.
    """
    title = _("What each way to forecast says of the quarter")
    known = views.dropna(subset=["forecast"])
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, _("There are no views to compare."))
    row = whole(outlook) if outlook is not None else None
    lines = _lines(row, known) if row is not None else {}
    won = _won(row) if row is not None else ""
    if won and won not in lines:
        title = _("{title}; {won}", title=title, won=won)
    items = [
        Mark(
            label=way_name(one["view"]),
            value=float(one["forecast"]),
            low=one["lo-80"],
            high=one["hi-80"],
            text=money(one["forecast"]),
            colour=BLUE if one["view"] in (OWN, *TWO) else GREY,
            filled=one["view"] == OWN,
            loud=one["view"] == OWN,
        )
        for one in known.to_dict("records")
    ]
    some = bool(known["lo-80"].notna().any())
    keys = [Key("o", _("forecast; bar: 80% range") if some else _("forecast"), BLUE, filled=False)]
    ax = marks(room(ax, len(items), len(lines) + 1), items, lines, keys)
    told = [_in_words(one) for one in known.to_dict("records")]
    alternative = _("Forecasts of the quarter: {listed}.", listed="; ".join([*told, *lines]))
    return drawn(ax, title, alternative, table_views(views))


def _lines(row: Mapping[Any, Any], views: pd.DataFrame) -> dict[str, float]:
    """Return the quota and, unless it lies so far off that all else would be pressed together, what is won so far."""
    lines = {}
    if not is_null(row["quota"]) and row["quota"]:
        lines[_("quota {quota}", quota=money(row["quota"]))] = float(row["quota"])
    points = [*views["forecast"].astype(float), *lines.values()]
    if _won(row) and row["closed"] > min(points) - FAR * (max(points) - min(points)):
        lines[_won(row)] = float(row["closed"])
    return lines


def _won(row: Mapping[Any, Any]) -> str:
    some = not is_null(row["closed"]) and row["closed"] >= CENT
    return _("won so far {closed}", closed=money(row["closed"])) if some else ""


def _in_words(row: Mapping[Any, Any]) -> str:
    said = f"{way_name(row['view'])} {money(row['forecast'])}"
    bounds = between(row)
    return _("{said} (80% {bounds})", said=said, bounds=bounds) if bounds else said


def table_views(views: pd.DataFrame) -> Shown:
    """Return every way to forecast the quarter: what it says, and how far off it was at this moment of earlier ones."""
    columns = [
        names(views, "view", _("Way to forecast"), way_name),
        figures(views, "forecast", _("Says"), "money"),
        Column(_("80% range"), [_range(row) for row in views.to_dict("records")]),
        Column(_("Weight"), ["–" if is_null(weight) else percent(weight) for weight in views["weight"]]),
        figures(views, "wape", _("Off by, on average"), "share"),
        Column(_("In sum"), [off(bias) for bias in views["bias"]]),
        figures(views, "periods", _("Earlier quarters"), "count"),
    ]
    note = _(
        "Off by, on average: the sum of the misses ÷ the sum of what came (WAPE), at the same moment of earlier "
        "quarters."
    )
    caption = _("Ways to forecast the quarter")
    return grid(views, "views", caption, columns, note, _("There are no views to compare."))


def _range(row: Mapping[Any, Any]) -> str:
    return (
        "–"
        if is_null(row["lo-80"]) or is_null(row["hi-80"])
        else interval(row["lo-80"], row["hi-80"], "money", compact=False)
    )


def table_parts(parts: pd.DataFrame) -> Shown:
    """Return what the pipeline's view is made of, beside the same moment of earlier quarters."""
    ranges = [interval(row["lowest"], row["highest"], "money", compact=False) for row in parts.to_dict("records")]
    columns = [
        names(parts, "part", _("Part"), part_name),
        figures(parts, "now", _("Now"), "money"),
        figures(parts, "usual", _("Usual (mean)"), "money"),
        Column(_("Lowest–highest"), ranges),
        figures(parts, "periods", _("Earlier quarters"), "count"),
    ]
    caption = _("What the pipeline's view is made of")
    said = _("What the pipeline alone expects, now and at the same moment of earlier quarters.")
    note = f"{said} {_open_deals(parts)}".strip()
    return grid(parts, "parts", caption, columns, note, _("There is no view of the pipeline."))
