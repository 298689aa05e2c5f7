"""Figures over time: one small panel per metric or group, with centre, limits, and the signals named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.names import drawable, plain
from salesops_lib.show import tables
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.numbers import interval, is_null, number, period_name, period_short
from salesops_lib.show.panels import LINE, PANEL, over_time, panels, subtitle
from salesops_lib.show.style import BAD, BLUE, GREY, PALE, canvas, house_style
from salesops_lib.show.words import rule_words

COLUMNS = 2
# Limits that lie closer, as a part of what is drawn, share one label.
CLOSE = 0.2
# Titles of more letters stand side by side on two lines.
ROOMY = 17


@house_style()
def plot_trends(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw one panel per metric: its quarters, centre and limits; a signal is marked and its rule named."""
    title = _("Trends by quarter")
    parts = [part for _name, part in frame.groupby("metric", sort=False) if part["value"].notna().any()]
    if not parts:
        return undrawn(canvas(ax, 1.2), title, _("There is no history to draw."))
    rows = -(-len(parts) // COLUMNS)
    titles = [drawable(part["label"].iloc[0], ROOMY, 2) for part in parts]
    above = LINE if any("\n" in name for name in titles) else 0.0
    ax = canvas(ax, (PANEL + above) * rows)
    for panel, part, name in zip(panels(ax, len(parts), COLUMNS, _labels(parts), above), parts, titles, strict=True):
        _panel(panel, part, "period", _limits(part))
        panel.set_title(name, pad=20)
    alternative = " ".join(_in_words(part, str(part["label"].iloc[0]), "period") for part in parts)
    return drawn(ax, title, alternative, tables.table_trends(frame))


@house_style()
def plot_signals(frame: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Draw the win rate by week of each group that has a signal; None where no group has one.

    Each week has limits of its own, as wide as its deals are few: those of the last one, as a scale, would mislead.
    """
    weeks = frame.assign(unit="share", rule=frame["rule"].where(frame["signal"].astype(bool), ""))
    groups = [part for _name, part in weeks.groupby("group", sort=False) if part["signal"].astype(bool).any()]
    if not groups:
        return None
    ax = canvas(ax, PANEL * len(groups))
    names = [_("Win rate, {group}", group=plain(part["group"].iloc[0])) for part in groups]
    for panel, part, name in zip(panels(ax, len(groups), 1, []), groups, names, strict=True):
        _panel(panel, part, "week", {})
        panel.set_title(drawable(name, 44, 1), pad=20)
    alternative = " ".join(_in_words(part, name, "week") for part, name in zip(groups, names, strict=True))
    return drawn(ax, _("Weeks whose win rate stands out"), alternative, tables.table_signals(frame))


def _labels(parts: list[pd.DataFrame]) -> list[str]:
    return [text for part in parts for text in _limits(part).values()]


def _limits(part: pd.DataFrame) -> dict[float, str]:
    """Return the limits in force at the end, each with its label."""
    ends = [float(part[name].iloc[-1]) for name in ("lower", "upper")]
    labels = {end: number(end, str(part["unit"].iloc[0]), compact=True) for end in ends if not is_null(end)}
    drawn_at = part[["value", "lower", "upper"]].astype(float).to_numpy()
    if len(labels) == 2 and ends[1] - ends[0] < CLOSE * (np.nanmax(drawn_at) - np.nanmin(drawn_at)):
        # Two labels would stand on one another.
        return {sum(ends) / 2: interval(ends[0], ends[1], str(part["unit"].iloc[0]))}
    return labels


def _panel(ax: Axes, part: pd.DataFrame, when: str, limits: dict[float, str]) -> None:
    at = np.arange(len(part))
    value, center, lower, upper = (
        part[name].astype(float).to_numpy() for name in ("value", "center", "lower", "upper")
    )
    ax.fill_between(at, lower, upper, step=None, color=PALE, linewidth=0, zorder=0)
    ax.plot(at, lower, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.plot(at, upper, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.plot(at, center, color=GREY, linewidth=1)
    ax.plot(at, value, color=BLUE, marker="o", markersize=4)
    hits = np.flatnonzero(part["rule"].fillna("").ne(""))
    ax.plot(at[hits], value[hits], "D", color=BAD, markersize=7, linestyle="none")
    over_time(ax, list(part[when]), limits)
    subtitle(ax, _subtitle(part, when, hits), BAD if len(hits) else GREY)


def _subtitle(part: pd.DataFrame, when: str, hits: np.ndarray) -> str:
    unit = str(part["unit"].iloc[0])
    if len(hits):
        last = part.iloc[int(hits[-1])]
        return f"◆ {period_short(last[when])}: {number(last['value'], unit, compact=True)}"
    return _("now {value}", value=number(part["value"].iloc[-1], unit, compact=True))


def _in_words(part: pd.DataFrame, name: str, when: str) -> str:
    last: dict[Any, Any] = part.iloc[-1].to_dict()
    unit = str(last["unit"])
    said = _(
        "{name}: {value} in {period}",
        name=plain(name),
        value=number(last["value"], unit, compact=True),
        period=period_name(last[when]),
    )
    if not is_null(last["lower"]) and not is_null(last["upper"]):
        said += _(
            ", usual range {low} to {high}",
            low=number(last["lower"], unit, compact=True),
            high=number(last["upper"], unit, compact=True),
        )
    for row in part[part["rule"].fillna("").ne("")].to_dict("records"):
        said += _(
            "; signal in {period}: {value} ({rule})",
            period=period_name(row[when]),
            value=number(row["value"], unit, compact=True),
            rule=rule_words(row),
        )
    return f"{said}."
