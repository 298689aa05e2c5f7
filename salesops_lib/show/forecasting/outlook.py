"""The quarter by territory and team: what each is expected to bring, how probable its quota is, and how it grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import mid_sentence, ngettext
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.forecasting.marks import Key, Mark, marks, room
from salesops_lib.show.forecasting.words import COMPANY, between, chance, group_name, level_name, percent, span
from salesops_lib.show.grid import Column, figures, grid
from salesops_lib.show.numbers import interval, is_null, period_name
from salesops_lib.show.sentences import listed, money
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import BLUE, INK, canvas, house_style

EVEN = 0.5
MOST_DRAWN = 15


def _levels(outlook: pd.DataFrame) -> list[str]:
    """Return the levels below the company, in their order."""
    return [str(level) for level in dict.fromkeys(outlook["level"]) if level != COMPANY]


def say_outlook_by(outlook: pd.DataFrame) -> Shown:
    """Say which groups will rather miss their quota, and whose growth or decline the range does not undo."""
    levels = _levels(outlook)
    if not levels:
        return nothing(_("The forecast is not split: there are no regions, territories or teams."))
    return sentences(*(_level_told(outlook[outlook["level"] == level], level) for level in levels))


def _level_told(part: pd.DataFrame, level: str) -> str:
    said = [_quotas(part, level), _growth(part, level)]
    return " ".join(sentence for sentence in said if sentence)


def _quotas(part: pd.DataFrame, level: str) -> str:
    known = part.dropna(subset=["chance"]).sort_values("chance", kind="stable")
    name = level_name(level)
    if known.empty:
        return _("{level}: the probability of the quota is n/a.", level=name)
    rather_not = known[known["chance"].astype(float).round(2) < EVEN].to_dict("records")
    n = len(known)
    if not rather_not:
        lowest: dict[Any, Any] = known.iloc[0].to_dict()
        return ngettext(
            "{level}: the one with a quota reaches it with a probability of {chance} ({group}).",
            "{level}: all {n} reach their quota with a probability of at least 50%; the lowest is {group} with "
            "{chance}.",
            n,
            level=name,
            group=group_name(level, lowest["group"]),
            chance=chance(lowest["chance"]),
        )
    told = [_("{group} {chance}", group=group_name(level, r["group"]), chance=chance(r["chance"])) for r in rather_not]
    return ngettext(
        "{level}: {n} of {all} reaches its quota with a probability below 50%: {listed}.",
        "{level}: {n} of {all} reach their quota with a probability below 50%: {listed}.",
        len(rather_not),
        level=name,
        all=n,
        listed=listed(told),
    )


def _growth(part: pd.DataFrame, level: str) -> str:
    known = part.dropna(subset=["growth"])
    if known.empty:
        return _("Growth against a year ago is n/a.")
    told = []
    for certain, words in (
        (known["growth_low"] > 0, _("more than a year ago, also at the low end of the 80% range: {listed}")),
        (known["growth_high"] < 0, _("less than a year ago, also at the high end of the 80% range: {listed}")),
    ):
        rows = known[certain].sort_values("growth", key=abs, ascending=False, kind="stable").to_dict("records")
        if rows:
            told.append(words.format(listed=listed([_growth_told(row, level) for row in rows])))
    if not told:
        return _("Growth or decline against a year ago lies within the 80% range of each.")
    said = "; ".join(told)
    return f"{said[:1].upper()}{said[1:]}."


def _growth_told(row: Mapping[Any, Any], level: str) -> str:
    return f"{group_name(level, row['group'])} {percent(row['growth'], signed=True)}"


def gap_steps(outlook: pd.DataFrame) -> list[str]:
    """Return where most is missing to the quota: the group furthest short of it, of the first level with quotas."""
    quotas = outlook.dropna(subset=["gap"])
    part = quotas[quotas["level"].isin(_levels(quotas)[:1])]
    short = part[part["gap"] > 0].sort_values("gap", ascending=False, kind="stable")
    if short.empty:
        return []
    row: dict[Any, Any] = short.iloc[0].to_dict()
    known = {"group": group_name(row["level"], row["group"]), "gap": money(row["gap"]), "chance": chance(row["chance"])}
    if is_null(row["chance"]):
        return [_("Start where most is missing: {group}, {gap} short of its quota.", **known)]
    said = _("Start where most is missing: {group}, {gap} short of its quota (probability {chance}).", **known)
    return [said]


def plot_outlooks(outlook: pd.DataFrame) -> list[Axes]:
    """Draw the groups of each level, as `plot_outlook_by` does; an empty list where the forecast is not split."""
    return [plot_outlook_by(outlook, level) for level in _levels(outlook)]


@house_style()
def plot_outlook_by(outlook: pd.DataFrame, level: str = "", ax: Axes | None = None) -> Axes:
    """Draw each group of a level: expected revenue with its 80 % range, its quota as a tick, its probability in words.

    Parameters
    ----------
    outlook : DataFrame
        The outlook of all levels.
    level : str
        Whose groups are drawn, the largest on top; of more than fifteen only the largest. Without one, the first level
        below the company.
    ax : Axes, optional
        Where to draw.
    """
    level = level or next(iter(_levels(outlook)), COMPANY)
    part = outlook[(outlook["level"] == level) & (level != COMPANY)].dropna(subset=["mean"])
    title = _("Expected revenue by {level}", level=mid_sentence(level_name(level)))
    if part.empty:
        return undrawn(canvas(ax, 1.2), title, _("There are no groups to show."))
    ordered = part.sort_values("mean", ascending=False, kind="stable")
    shown = ordered.head(MOST_DRAWN)
    left = len(ordered) - len(shown)
    quotas = bool(shown["quota"].notna().any())
    items = [
        Mark(
            label=group_name(level, row["group"]),
            value=float(row["mean"]),
            low=row["lo-80"],
            high=row["hi-80"],
            tick=row["quota"],
            text=_row_text(row, quotas),
        )
        for row in shown.to_dict("records")
    ]
    keys = [Key("o", _("expected; bar: 80% range") if shown["lo-80"].notna().any() else _("expected"), BLUE)]
    if quotas:
        keys.append(Key("|", _("quota"), INK))
        title = _(
            "Expected revenue by {level}, and the probability of the quota", level=mid_sentence(level_name(level))
        )
    if left:
        title += " " + ngettext("({n} smaller one in the table)", "({n} smaller ones in the table)", left)
    ax = marks(room(ax, len(items), 1), items, {}, keys)
    told = "; ".join(_in_words(row, level) for row in ordered.to_dict("records"))
    return drawn(ax, title, _("Expected revenue: {listed}.", listed=told), _by_level(ordered))


def _by_level(part: pd.DataFrame) -> Shown:
    """Return the table of one level, under a name of its own: what is called an outlook is a whole one."""
    table = table_outlook(part)
    return replace(table, name="outlook_by")


def _row_text(row: Mapping[Any, Any], quotas: bool) -> str:
    if not quotas:
        return money(row["mean"])
    return chance(row["chance"]) if not is_null(row["quota"]) else _("no quota")


def _in_words(row: Mapping[Any, Any], level: str) -> str:
    said = f"{group_name(level, row['group'])} {money(row['mean'])}"
    if bounds := between(row):
        said = _("{said}, 80% {bounds}", said=said, bounds=bounds)
    if is_null(row["quota"]):
        return said
    return _("{said}, quota {quota} with {chance}", said=said, quota=money(row["quota"]), chance=chance(row["chance"]))


def table_outlook(outlook: pd.DataFrame) -> Shown:
    """Return the quarter of the company and of each group: expected, range, quota, growth."""
    return at_length(outlook, _table)


def _table(outlook: pd.DataFrame) -> Shown:
    rows = outlook.to_dict("records")
    columns = [Column(_("Group"), [group_name(row["level"], row["group"]) for row in rows], right=False)]
    if len(_levels(outlook)) > 1:
        columns.append(Column(_("Level"), [level_name(row["level"]) for row in rows], right=False))
    columns += [
        figures(outlook, "mean", _("Expected"), "money"),
        Column(_("80% range"), [interval(row["lo-80"], row["hi-80"], "money", compact=False) for row in rows]),
        *([figures(outlook, "closed", _("Won so far"), "money")] if (outlook["closed"] > 0).any() else []),
        figures(outlook, "quota", _("Quota"), "money"),
        Column(_("Probability of the quota"), [chance(row["chance"]) for row in rows]),
        Column(_("Growth on a year ago (80% range)"), [_growth_cell(row) for row in rows]),
    ]
    period = period_name(outlook["period"].iloc[0]) if len(outlook) else ""
    note = _("Amounts are rounded to whole units; before rounding the groups of a level add up to the company.")
    caption = _("{period}: expected revenue, quota and growth", period=period)
    none = _("There is no forecast: too little is known of earlier months.")
    return grid(outlook, "outlook", caption, columns, note, none)


def _growth_cell(row: Mapping[Any, Any]) -> str:
    said = percent(row["growth"], signed=True)
    if is_null(row["growth_low"]) or is_null(row["growth_high"]):
        return said
    return _("{growth} ({range})", growth=said, range=span(row["growth_low"], row["growth_high"]))
