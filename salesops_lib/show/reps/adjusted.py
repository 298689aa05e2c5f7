"""Like with like: each rep's figure as it is, and as it would be with the same deals and the same place as others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.grid import Column, figures, grid, intervals, names
from salesops_lib.show.numbers import interval, number
from salesops_lib.show.reps.dots import Dot, dots, height, peers_name, room
from salesops_lib.show.reps.looks import (
    DIFFERENT,
    alone,
    called,
    common,
    corrected,
    differing,
    even,
    largest_on_top,
    legend,
    look,
    marked,
    several,
    tested,
    with_names,
)
from salesops_lib.show.reps.words import factor_name, factor_size
from salesops_lib.show.sentences import listed
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import WIDTH, canvas, house_style
from salesops_lib.show.words import standing

# Both figures that are adjusted, the win rate and revenue won, are better the higher they are.
BETTER = "higher"
MOST_TOLD = 5
MOST_GONE = 2


def table_adjusted(frame: pd.DataFrame) -> Shown:
    """Return each rep's figure as it is, what an average rep makes of the same, and the figure like with like."""
    ordered = with_names(frame)
    looks = [look(verdict, BETTER) for verdict in ordered["verdict"]]
    adjusted = [marked(figure, one) for figure, one in zip(figures(ordered, "adjusted", "").cells, looks, strict=True)]
    columns = [
        names(ordered, "rep_name", _("Rep")),
        figures(ordered, "value", _("As it is")),
        figures(ordered, "expected", _("Expected of an average rep")),
        Column(_("Like with like"), adjusted),
        intervals(ordered, low="adjusted_low", high="adjusted_high"),
    ]
    if not alone(ordered, "adjusted"):
        columns.append(figures(ordered, "peers", _("Peers")))
    if ordered["metric"].nunique() > 1:
        columns.insert(1, names(ordered, "label", _("Metric")))
    none = _("There is nothing to adjust.")
    return grid(ordered, "adjusted", _("Like with like"), columns, legend([one.mark for one in looks]), none)


def table_factors(frame: pd.DataFrame) -> Shown:
    """Return what was adjusted for and how much it matters; what was not says why."""
    columns = [
        names(frame, "factor", _("Factor"), factor_name),
        names(frame, "metric", _("Figure"), _metric),
        figures(frame, "levels", _("Levels"), "count"),
        Column(_("Smallest effect"), [factor_size(value) for value in frame["smallest"]]),
        Column(_("Largest effect"), [factor_size(value) for value in frame["largest"]]),
        Column(
            _("Adjusted for"),
            [
                _("yes") if used else _("no: {why}", why=plain(why))
                for used, why in zip(frame["used"], frame["why"], strict=True)
            ],
            right=False,
        ),
    ]
    note = _("Effects against the average: of the win rate as an odds ratio, of revenue as a multiple.")
    return grid(frame, "factors", _("What was adjusted for"), columns, note, _("Nothing was adjusted for."))


def _metric(metric: str) -> str:
    return {"win_rate": _("Win rate"), "revenue_won": _("Revenue won")}.get(metric, plain(metric))


@house_style()
def plot_adjusted(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each rep's figure as it is (hollow) and like with like (filled, with its interval), one panel per metric.

    Parameters
    ----------
    frame : DataFrame
        Adjusted figures; with the caller's Axes those of one metric.
    ax : Axes, optional
        Where to draw.
    """
    known = with_names(frame).dropna(subset=["adjusted"])
    parts = [part for _metric, part in known.groupby("metric", sort=False)]
    if not parts:
        return undrawn(canvas(ax, 1.2), _("Like with like"), _("There is nothing to adjust."))
    if len(parts) == 1:
        return _panel(parts[0], ax)
    if ax is not None:
        raise ValueError("one Axes has room for one metric: pass the rows of one.")
    heights = [height(len(largest_on_top(part, "adjusted")[1])) for part in parts]
    figure, axes = plt.subplots(len(parts), 1, figsize=(WIDTH, sum(heights)), height_ratios=heights)
    figure.set_label("")
    for part, panel in zip(parts, axes, strict=True):
        _panel(part, panel).set_title(plain(part["label"].iloc[0]), loc="left")
    return _first(axes)


def _first(axes: Any) -> Axes:
    first: Axes = axes[0]
    return first


def _panel(part: pd.DataFrame, ax: Axes | None) -> Axes:
    part = part.assign(peers=float("nan")) if alone(part, "adjusted") else part
    part, shown, left = largest_on_top(part, "adjusted")
    unit, line = str(part["unit"].iloc[0]), common(part["peers"])
    ticks = line is None and bool(shown["peers"].notna().any())
    items = [
        Dot(
            label=row["rep_name"],
            value=float(row["adjusted"]),
            low=row["adjusted_low"],
            high=row["adjusted_high"],
            look=look(row["verdict"], BETTER),
            text=marked(number(row["adjusted"], unit, compact=True), look(row["verdict"], BETTER)),
            peers=row["peers"] if ticks else None,
            hollow=row["value"],
        )
        for row in shown.to_dict("records")
    ]
    key = _("as it is; filled: like with like")
    ax = dots(room(ax, len(items)), items, unit, line, peers_name(line, ticks, unit), key)
    label = plain(part["label"].iloc[0])
    title = _("{metric} like with like, with 95% intervals", metric=label)
    return drawn(ax, f"{title}. {left}" if left else title, _in_words(part, label, unit), table_adjusted(part))


def _in_words(part: pd.DataFrame, label: str, unit: str) -> str:
    if tested(part).empty:
        return _("{metric} like with like: {why}.", metric=label, why=_untested(part))
    counts = part["verdict"].value_counts()
    said = _(
        "{metric} like with like: {above} above and {below} below the peers beyond chance, {even} not distinguishable.",
        metric=label,
        above=int(counts.get("above", 0)),
        below=int(counts.get("below", 0)),
        even=int(counts.get("not distinguishable", 0)),
    )
    parts = [_from_to(row, row["rep_name"]) for row in differing(part).to_dict("records")]
    return f"{said} {several(parts, 12)}." if parts else said


def _untested(part: pd.DataFrame) -> str:
    return _("there is nobody to compare with") if alone(part, "adjusted") else _("there are too few deals to tell")


def _from_to(row: Mapping[Any, Any], name: str) -> str:
    unit = str(row["unit"])
    return _(
        "{rep} {value}, like with like {adjusted} (95% interval {interval})",
        rep=name,
        value=number(row["value"], unit, compact=True),
        adjusted=number(row["adjusted"], unit, compact=True),
        interval=interval(row["adjusted_low"], row["adjusted_high"], unit),
    )


def say_adjusted(frame: pd.DataFrame, factors: pd.DataFrame | None = None) -> Shown:
    """Say whose standing like with like differs from the raw one, what was adjusted for, and what was not and why.

    Parameters
    ----------
    frame : DataFrame
        Adjusted figures. With a column `raw_verdict` (of the same deals, not adjusted) it is also told whose standing
        changes.
    factors : DataFrame, optional
        What was adjusted for.
    """
    known = frame.dropna(subset=["adjusted"])
    if known.empty:
        return nothing(_("There is nothing to adjust."))
    said = []
    for metric, part in known.groupby("metric", sort=False):
        said.append(_standings(part))
        if factors is not None:
            said += _factors(factors[factors["metric"] == metric], plain(part["label"].iloc[0]))
    return sentences(*said, corrected(even(known), "adjusted_low", "adjusted_high"))


def _standings(part: pd.DataFrame) -> str:
    label, who = plain(part["label"].iloc[0]), called(part)
    certain = differing(part)
    parts = [f"{_from_to(row, who[row['rep']])}, {standing(row['verdict'], BETTER)}" for row in _rows(certain)]
    if parts:
        said = _("{metric} like with like: {listed}.", metric=label, listed=several(parts, MOST_TOLD))
    elif tested(part).empty:
        said = _("{metric} like with like: {why}.", metric=label, why=_untested(part))
    else:
        said = ngettext(
            "{metric} like with like: {n} rep was tested and does not differ from the peers beyond chance.",
            "{metric} like with like: {n} reps were tested and none differs from the peers beyond chance.",
            tested(part)["rep"].nunique(),
            metric=label,
        )
    gone = levelled(part)
    if gone.empty:
        return said
    parts = [_from_to(row, who[row["rep"]]) for row in _rows(gone)]
    changes = ngettext("{n} raw difference is gone:", "{n} raw differences are gone, such as:", len(gone))
    return f"{said} {changes} {'; '.join(parts[:MOST_GONE])}."


def levelled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that differ as they came and no longer like with like, those that moved most on top."""
    if "raw_verdict" not in frame:
        return frame.iloc[:0]
    gone = frame[frame["raw_verdict"].isin(DIFFERENT) & frame["verdict"].eq("not distinguishable")]
    moved = (gone["adjusted"] / gone["value"].where(gone["value"] > 0) - 1).abs()
    return gone.loc[moved.sort_values(ascending=False, kind="stable").index]


def _rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.to_dict("records")


def _factors(factors: pd.DataFrame, label: str) -> list[str]:
    used = factors["used"].astype(bool)
    said = []
    if used.any():
        named = listed([factor_name(str(factor)) for factor in factors.loc[used, "factor"]], len(factors))
        said.append(_("{metric} is adjusted for {factors}.", metric=label, factors=named))
    if (~used).any():
        parts = [f"{factor_name(str(row['factor']))} ({plain(row['why'])})" for row in _rows(factors[~used])]
        said.append(_("It is not adjusted for {factors}.", factors=several(parts, len(parts))))
    return said
