"""Where each rep loses deals against the peers: the stage, in deals and money; only what is beyond chance is a leak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import drawable, plain
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.grid import Column, figures, grid, intervals, names
from salesops_lib.show.numbers import interval, is_null, number, period_name
from salesops_lib.show.reps.dots import Dot, dots
from salesops_lib.show.reps.looks import (
    EVEN,
    JUDGED,
    MOST_DRAWN,
    alone,
    called,
    corrected,
    several,
    single,
    tested,
    to_draw,
    with_names,
)
from salesops_lib.show.reps.words import against
from salesops_lib.show.rows import MARGIN, ROW, beside, held_against, rows
from salesops_lib.show.rows import intervals as share_intervals
from salesops_lib.show.sentences import money
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import BAD, canvas, house_style

MOST_LEAKS = 20
MOST_TOLD = 3


def table_leaks(frame: pd.DataFrame) -> Shown:
    """Return each rep's conversion by stage against the peers'; of many reps only leaks and largest losses."""
    shown = with_names(frame)
    note = _(
        "Wins lost: the wins expected with the peers' conversion in that stage, less the rep's own; negative: gained."
    )
    if frame["rep"].nunique() > MOST_DRAWN:
        shown = shown[shown["leak"].astype(bool) | shown["largest"].astype(bool)]
        note += " " + _(
            "Shown: every leak, and of each rep the stage with the largest loss or, without one, the least gain."
        )
    columns = [
        names(shown, "stage", _("Stage")),
        figures(shown, "entered", _("Entered"), "count"),
        figures(shown, "conversion", _("Conversion"), "share"),
        intervals(shown, "share"),
    ]
    caption = _("Conversion by stage against the peers") + _in(frame)
    if alone(frame, "conversion"):
        note, caption = _("There is nobody to compare with."), _("Conversion by stage") + _in(frame)
    else:
        columns += [
            figures(shown, "peers", _("Peers"), "share"),
            figures(shown, "lost_wins", _("Wins lost"), "count"),
            figures(shown, "lost_money", _("Money lost"), "money"),
            Column(_("Remark"), [_remark(row) for row in shown.to_dict("records")], right=False),
        ]
    if not single(frame):
        columns.insert(0, names(shown, "rep_name", _("Rep")))
    none = _("No opportunity entered a stage.")
    return grid(shown, "leaks", caption, columns, note, none)


def _remark(row: Mapping[Any, Any]) -> str:
    said = [_("leak")] * bool(row["leak"])
    if row["largest"] and not is_null(row["lost_wins"]) and row["lost_wins"] > 0:
        said.append(_("largest loss"))
    return ", ".join(said) or "–"


def _losing(frame: pd.DataFrame) -> pd.DataFrame:
    """Return of each rep the stage with the largest loss, if there is a loss, and every leak."""
    losing = frame["lost_wins"].astype(float) > 0
    return frame[(frame["largest"].astype(bool) & losing) | frame["leak"].astype(bool)]


@house_style()
def plot_leaks(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw of each rep the stage with the largest loss against the peers, in deals, with its interval and its money."""
    title = _("Where each rep loses most against the peers{period}: wins lost, with 95% intervals", period=_in(frame))
    losing = _losing(with_names(frame)).dropna(subset=["lost_wins"])
    if losing.empty:
        said = _("No rep loses deals against the peers in any stage.")
        if frame["lost_wins"].isna().all():
            said = _("No opportunity entered a stage.")
        return undrawn(canvas(ax, 1.2), title, _("There is nobody to compare with.") if _peerless(frame) else said)
    losing = losing.sort_values(["lost_wins", "rep_name"], ascending=[False, True], kind="stable")
    leak = losing["leak"].astype(bool)
    shown = losing.loc[to_draw(leak, losing["lost_wins"], MOST_LEAKS)]
    items = [
        Dot(
            label=f"{row['rep_name']}",
            value=float(row["lost_wins"]),
            low=row["lost_low"],
            high=row["lost_high"],
            look=JUDGED[-1] if row["leak"] else EVEN,
            text=_stage_and_money(row),
        )
        for row in shown.to_dict("records")
    ]
    ax = canvas(ax, MARGIN + 0.6 + 0.5 * len(items))
    dots(ax, items, "count", 0.0, _("as the peers"))
    left = len(losing) - len(shown)
    if left:
        title = ngettext("{title}. {n} more is in the table.", "{title}. {n} more are in the table.", left, title=title)
    leaks = losing[leak]
    said = ngettext(
        "Largest loss of {n} rep against the peers, by stage: {leaks}.",
        "Largest losses of {n} reps against the peers, by stage: {leaks}.",
        losing["rep"].nunique(),
        leaks=_("{n} beyond chance", n=len(leaks)) if len(tested(frame)) else _("too few entries to tell from chance"),
    )
    told = [_leak(row, str(row["rep_name"])) for row in leaks.to_dict("records")]
    alternative = f"{said} {several(told, 12)}." if told else said
    return drawn(ax, title, alternative, table_leaks(frame))


def _stage_and_money(row: Mapping[Any, Any]) -> str:
    figures_shown = f"{number(row['lost_wins'], 'count')} · {money(row['lost_money'])}"
    leak = f"{JUDGED[-1].mark} " if row["leak"] else ""
    return f"{leak}{drawable(row['stage'], 16, 1)}\n{figures_shown}"


def _peerless(frame: pd.DataFrame) -> bool:
    """Return whether there are entries and nobody whose entries they are held against."""
    return bool(len(frame)) and alone(frame, "conversion")


def _untold(frame: pd.DataFrame) -> str:
    """Return why nothing can be said of any stage; empty if something can."""
    if frame.empty or not (frame["entered"] > 0).any():
        return _("No opportunity entered a stage.")
    if _peerless(frame):
        return _("There is nobody to compare with.")
    return _("There are too few entries to tell where a rep leaks.") if tested(frame).empty else ""


def say_leaks(frame: pd.DataFrame) -> Shown:
    """Say which stages of which reps leak, of those tested, in deals and money; no proven leak is no proof of none."""
    if why := _untold(frame):
        return nothing(why)
    judged = tested(frame)
    counted = _(
        "{stages} of {reps} tested{period}",
        stages=ngettext("{count} stage", "{count} stages", len(judged), count=number(len(judged), "count")),
        reps=ngettext("{n} rep", "{n} reps", judged["rep"].nunique()),
        period=_in(frame),
    )
    leaks = judged[judged["leak"].astype(bool)].sort_values("lost_money", ascending=False, kind="stable")
    if leaks.empty:
        return sentences(
            _("Of {counted}, in no stage does a rep convert less than the peers beyond chance.", counted=counted),
            _clear(judged),
        )
    who = called(frame)
    told = [_leak(row, who[row["rep"]]) for row in leaks.to_dict("records")]
    said = ngettext(
        "Of {counted} {n} leaks, converting less than the peers' beyond chance: {listed}.",
        "Of {counted} {n} leak, converting less than the peers' beyond chance: {listed}.",
        len(leaks),
        counted=counted,
        listed=several(told, MOST_TOLD),
    )
    return sentences(said, _clear(judged))


def _in(frame: pd.DataFrame) -> str:
    """Return the quarters whose entries are counted, to be added to what is said of them; "" if they are not known."""
    if frame.empty or "period" not in frame:
        return ""
    return f" ({period_name(frame['period'].iloc[0])})"


def _clear(judged: pd.DataFrame) -> str:
    """Return why an interval may clear the peers' figure without being called a leak, where one does."""
    certain = judged["leak"].astype(bool) | judged.get("ahead", False)
    return corrected(judged[~certain])


def _leak(row: Mapping[Any, Any], rep: str) -> str:
    known = {
        "rep": rep,
        "stage": plain(row["stage"]),
        "share": number(row["conversion"], "share"),
        "entered": number(row["entered"], "count"),
        "peers": number(row["peers"], "share"),
        "wins": number(row["lost_wins"], "count"),
        "money": money(row["lost_money"]),
    }
    if not is_null(row["lost_low"]) and not is_null(row["lost_high"]):
        known["wins"] = _(
            "{wins} (95% interval {interval})",
            wins=known["wins"],
            interval=interval(row["lost_low"], row["lost_high"], "count"),
        )
    return _(
        "{rep} in {stage}: {share} of {entered} moved on, of the peers' {peers}; a loss of {wins} wins or {money}",
        **known,
    )


def say_rep_funnel(frame: pd.DataFrame) -> Shown:
    """Say in which stages one rep converts more or less than the peers beyond chance, of the stages tested."""
    if why := _untold(frame):
        return nothing(why)
    judged = tested(frame)
    said = []
    for column, words in (
        ("ahead", _("More moves on than the peers' beyond chance{period}: {listed}.")),
        ("leak", _("Less moves on than the peers' beyond chance{period}: {listed}.")),
    ):
        told = [_converted(row) for row in judged[judged[column].astype(bool)].to_dict("records")]
        if told:
            said.append(words.format(period=_in(frame), listed=several(told, len(told))))
    if not said:
        said = [
            ngettext(
                "Of what entered the {n} stage tested{period}, no more and no less moves on than the peers' beyond "
                "chance.",
                "Of what entered the {n} stages tested{period}, in none does more or less move on than the peers' "
                "beyond chance.",
                len(judged),
                period=_in(frame),
            )
        ]
    return sentences(*said, _clear(judged))


def _converted(row: Mapping[Any, Any]) -> str:
    return f"{plain(row['stage'])} {against({**row, 'value': row['conversion'], 'unit': 'share'})}"


@house_style()
def plot_rep_funnel(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw one rep's conversion by stage with its interval, and the peers' as a tick; a leak is named where it is."""
    compared = not alone(frame, "conversion")
    title = _("Conversion by stage{period}, with 95% intervals", period=_in(frame))
    if compared:
        title = _("Conversion by stage{period}, and the peers'", period=_in(frame))
    known = frame.dropna(subset=["conversion"])
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, _("No opportunity entered a stage."))
    ax = rows(canvas(ax, MARGIN + ROW * (len(known) + 1)), [drawable(stage) for stage in known["stage"]])
    leaks = known["leak"].astype(bool).tolist()
    share_intervals(ax, known, "conversion", [BAD if leak else EVEN.colour for leak in leaks])
    ax.set_xlim(0, 1.12)
    if compared:
        held_against(ax, known["peers"].astype(float).to_list(), _("peers"))
    said = []
    for y, row in enumerate(known.to_dict("records")):
        words = _converted(row)
        if row["leak"]:
            beside(ax, y, _("leak"), BAD)
            words = _("{words}, a leak", words=words)
        said.append(words)
    alternative = _("Conversion by stage: {listed}.", listed="; ".join(said))
    if not compared:
        alternative += " " + _("There is nobody to compare with.")
    return drawn(ax, title, alternative, table_leaks(frame))
