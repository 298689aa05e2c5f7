"""The fan: the months that are known, the months ahead, and how far what comes may lie from what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.drawings import drawn, folded, undrawn
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.forecasting.words import COMPANY, between, group_name, whole
from salesops_lib.show.grid import Column, grid
from salesops_lib.show.numbers import interval, is_null, number, period_name
from salesops_lib.show.panels import name_ends
from salesops_lib.show.sentences import money
from salesops_lib.show.shown import Shown, sentences
from salesops_lib.show.style import BLUE, GREY, INK, TOTAL, canvas, house_style

HEIGHT = 3.3
MOST_GROUPS = 6
MOST_FIGURES = 18
# Two years show the seasons twice; more would press together what is to come. The table has them all.
MONTHS = 24
# Labels closer than this part of the height would touch.
APART = 0.085
BANDS = ((95, 0.16), (80, 0.34))


def plot_fans(fan: pd.DataFrame, outlook: pd.DataFrame | None = None) -> list[Axes | Shown]:
    """Draw the company's fan and one of each group, the largest first; after six the next are folded away."""
    groups = [(str(level), group) for level, group in fan[["level", "group"]].drop_duplicates().itertuples(index=False)]
    ahead = fan.groupby(["level", "group"], dropna=False)["mean"].sum()
    parts = sorted((key for key in groups if key[0] != COMPANY), key=lambda key: -float(ahead.get(key, 0.0)))
    shown: list[Axes | Shown] = [plot_fan(fan, outlook)]
    shown += [plot_fan(_of(fan, *key)) for key in parts[:MOST_GROUPS]]
    if rest := [plot_fan(_of(fan, *key)) for key in parts[MOST_GROUPS:MOST_FIGURES]]:
        shown.append(folded(ngettext("{n} smaller group", "{n} smaller groups", len(rest)), *rest))
    if more := len(parts[MOST_FIGURES:]):
        shown.append(
            sentences(ngettext("{n} more group is not drawn.", "{n} more groups are not drawn.", more), css="note")
        )
    return shown


def _of(fan: pd.DataFrame, level: str, group: Any) -> pd.DataFrame:
    part: pd.DataFrame = fan[(fan["level"] == level) & (fan["group"] == group)]
    return part


@house_style()
def plot_fan(fan: pd.DataFrame, outlook: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    """Draw the known months as a line, the months ahead as a dashed one in its 80 % and 95 % bands, all named there.

    Parameters
    ----------
    fan : DataFrame
        The months of the company or of one group; of several, the company's are drawn.
    outlook : DataFrame, optional
        Its company row tells in the alternative text what the quarter as a whole will bring.
    ax : Axes, optional
        Where to draw.
    """
    if len(fan) and (fan["level"] == COMPANY).any():
        fan = fan[fan["level"] == COMPANY]
    known, ahead = fan.dropna(subset=["y"]), fan.dropna(subset=["mean"])
    ahead = ahead[ahead["y"].isna()]
    name = group_name(fan["level"].iloc[0], fan["group"].iloc[0]) if len(fan) else _("Company")
    title = _("{group}: revenue won by month, and what history alone expects", group=name)
    if known.empty or ahead.empty:
        return undrawn(
            canvas(ax, 1.2), title, _("There is no forecast by month: too little is known of earlier months.")
        )
    known = known.tail(MONTHS)
    ax = canvas(ax, HEIGHT)
    start = len(known) - 1
    at = np.arange(start, start + len(ahead) + 1)
    ax.plot(np.arange(len(known)), known["y"].astype(float), color=INK, linewidth=1.8)
    last = float(known["y"].iloc[-1])
    for level, shade in BANDS:
        low, high = (ahead[f"{side}-{level}"].astype(float).to_numpy() for side in ("lo", "hi"))
        ax.fill_between(at, [last, *low], [last, *high], color=BLUE, alpha=shade, linewidth=0)
    ax.plot(at, [last, *ahead["mean"].astype(float)], color=BLUE, linewidth=2.2, linestyle=(0, (3, 1.2)))
    _frame(ax, known, ahead)
    _ends(ax, ahead)
    return drawn(ax, title, _in_words(known, ahead, name, outlook), table_fan(fan))


def _frame(ax: Axes, known: pd.DataFrame, ahead: pd.DataFrame) -> None:
    """Draw the scale, the begin of the forecast and the names of its months."""
    start = len(known) - 1
    bounds = [float(value) for value in known["y"].astype(float)]
    bounds += [float(v) for name in ("lo-95", "hi-95", "mean") for v in ahead[name].astype(float) if not is_null(v)]
    low, high = min(0.0, *bounds), max(bounds) or 1.0
    ax.set_ylim(low, high + 0.2 * (high - low))
    ax.set_xlim(-0.5, start + len(ahead) + 0.3)
    ax.axvline(start, color=GREY, linewidth=1, linestyle=(0, (2, 2)), ymax=0.9)
    begins = _("forecast from {month}", month=_month(ahead["ds"].iloc[0]))
    ax.annotate(begins, (start, 0.955), xycoords=("data", "axes fraction"), ha="right", va="center", color=TOTAL)
    ticks = [float(t) for t in MaxNLocator(4).tick_values(low, high) if low <= t <= high]
    ax.set_yticks(ticks, [money(t) for t in ticks])
    ax.grid(axis="y")
    ax.spines[["left"]].set_visible(False)
    ends = [_month(known["ds"].iloc[0]), _month(ahead["ds"].iloc[-1])]
    name_ends(ax, [0, start + len(ahead)], ends)


def _ends(ax: Axes, ahead: pd.DataFrame) -> None:
    """Name the line and the bands at their right ends, so far apart that they can be read."""
    row: dict[Any, Any] = ahead.iloc[-1].to_dict()
    told = [
        (row["hi-95"], _("95% range")),
        (row["hi-80"], _("80% range")),
        (row["mean"], _("expected")),
    ]
    low, high = ax.get_ylim()
    known = [((float(value) - low) / (high - low), words) for value, words in told if not is_null(value)]
    for y, (_at, words) in zip(spread([at for at, _words in known], APART), known, strict=True):
        ax.annotate(words, (1.01, y), xycoords="axes fraction", va="center", color=TOTAL, annotation_clip=False)


def spread(places: Sequence[float], apart: float) -> list[float]:
    """Return falling places moved so that none is nearer to the next than it has room, around where they were.

    >>> [round(place, 2) for place in spread([0.9, 0.5, 0.48, 0.46], 0.1)]
    [0.9, 0.58, 0.48, 0.38]
    """
    groups: list[list[float]] = []
    for place in places:
        groups.append([place])
        while len(groups) > 1 and _bottom(groups[-2], apart) - _top(groups[-1], apart) < apart - 1e-12:
            last = groups.pop()
            groups[-1] += last
    return [_top(group, apart) - i * apart for group in groups for i in range(len(group))]


def _top(group: Sequence[float], apart: float) -> float:
    return sum(group) / len(group) + apart * (len(group) - 1) / 2


def _bottom(group: Sequence[float], apart: float) -> float:
    return sum(group) / len(group) - apart * (len(group) - 1) / 2


def _month(value: Any) -> str:
    return period_name(f"{pd.Timestamp(value):%Y-%m}")


def _in_words(known: pd.DataFrame, ahead: pd.DataFrame, name: str, outlook: pd.DataFrame | None) -> str:
    said = _(
        "{group}: revenue won by month from {first} to {last}, when it was {now}.",
        group=name,
        first=_month(known["ds"].iloc[0]),
        last=_month(known["ds"].iloc[-1]),
        now=money(known["y"].iloc[-1]),
    )
    months = [_month_told(row) for row in ahead.to_dict("records")]
    said += " " + _("History alone expects: {listed}.", listed="; ".join(months))
    row = whole(outlook) if outlook is not None else None
    if row is None or is_null(row["mean"]):
        return said
    told = {"period": period_name(row["period"]), "mean": money(row["mean"])}
    quarter = _("With the pipeline, {period} is expected to bring {mean}", **told)
    if bounds := between(row):
        quarter = _("{quarter}, 80% {bounds}", quarter=quarter, bounds=bounds)
    return f"{said} {quarter}."


def _month_told(row: dict[Any, Any]) -> str:
    said = f"{_month(row['ds'])} {money(row['mean'])}"
    bounds = between(row)
    return _("{said} (80% {bounds})", said=said, bounds=bounds) if bounds else said


def table_fan(fan: pd.DataFrame) -> Shown:
    """Return the months ahead with their ranges and, behind them, the months that are known."""
    return at_length(fan.sort_values("ds", ascending=False, kind="stable"), _table)


def _table(fan: pd.DataFrame) -> Shown:
    rows = fan.to_dict("records")
    columns = [
        Column(_("Month"), [_month(row["ds"]) for row in rows], right=False),
        Column(_("Group"), [group_name(row["level"], row["group"]) for row in rows], right=False),
        Column(_("Won"), [_amount(row["y"]) for row in rows]),
        Column(_("Expected"), [_amount(row["mean"]) for row in rows]),
        Column(_("80% range"), [_range(row, 80) for row in rows]),
        Column(_("95% range"), [_range(row, 95) for row in rows]),
    ]
    return grid(fan, "fan", _("Revenue by month: won, and what history alone expects"), columns)


def _amount(value: Any) -> str:
    return "–" if is_null(value) else number(value, "money")


def _range(row: dict[Any, Any], level: int) -> str:
    low, high = row[f"lo-{level}"], row[f"hi-{level}"]
    return "–" if is_null(low) or is_null(high) else interval(low, high, "money", compact=False)
