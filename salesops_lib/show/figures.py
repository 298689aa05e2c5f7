"""The figures of the review, one frame of analysis each: bars and dots by line, directly labelled."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import mid_sentence
from salesops_lib.names import drawable, plain
from salesops_lib.show import tables
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.numbers import is_null, number
from salesops_lib.show.rows import BEHIND, MARGIN, ROW, beside, held_against, highest, intervals, lowest, rows
from salesops_lib.show.sentences import parts_of
from salesops_lib.show.style import BAD, BLUE, GOOD, GREY, INK, canvas, house_style, tints
from salesops_lib.show.waterfall import Step, waterfall
from salesops_lib.show.words import dimension_of, driver_name, line_name


@house_style()
def plot_change(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw why revenue moved: from the quarter before, through each driver's part, to this quarter.

    The amount before is the product of the drivers before, which is what the decomposition starts from.
    """
    title = _("Why revenue won moved")
    if frame.empty or frame["part"].isna().all():
        return undrawn(canvas(ax, 1.2), title, _("There is no earlier quarter to explain a change from."))
    before, after, periods = parts_of(frame)
    steps = [Step(periods[0], before, total=True)]
    steps += [Step(driver_name(d), float(p)) for d, p in zip(frame["driver"], frame["part"], strict=True)]
    steps.append(Step(periods[1], after, total=True))
    ax = waterfall(canvas(ax, MARGIN + ROW * len(steps)), steps)
    alternative = _("Waterfall of revenue won. {steps}.", steps="; ".join(step.words() for step in steps))
    return drawn(ax, title, alternative, tables.table_change(frame))


@house_style()
def plot_ledger(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the pipeline due by the quarter's end, from opening to closing."""
    title = _("Pipeline due by the quarter's end")
    if frame.empty or frame["due"].isna().all():
        return undrawn(canvas(ax, 1.2), title, _("There is no pipeline to follow."))
    ends = ("opening", "closing")
    steps = [
        # What is won leaves the pipeline, but nobody regrets it.
        Step(line_name(line), 0.0 if is_null(due) else float(due), line in ends, True if line == "won" else None)
        for line, due in zip(frame["line"], frame["due"], strict=True)
    ]
    ax = waterfall(canvas(ax, MARGIN + ROW * len(steps)), steps)
    alternative = _("Waterfall of the pipeline. {steps}.", steps="; ".join(step.words() for step in steps))
    return drawn(ax, title, alternative, tables.table_ledger(frame))


@house_style()
def plot_change_by(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the change of revenue by group, the largest rise on top."""
    title = _("Where revenue won moved, by {dimension}", dimension=mid_sentence(dimension_of(frame)))
    ordered = frame.dropna(subset=["change"]).sort_values("change", ascending=False, kind="stable")
    if ordered.empty:
        return undrawn(canvas(ax, 1.2), title, _("There are no groups to compare."))
    ax = rows(canvas(ax, MARGIN + ROW * len(ordered)), [drawable(group) for group in ordered["group"]])
    values = ordered["change"].astype(float).to_numpy()
    at = np.arange(len(values))
    ax.barh(at, values, height=0.62, color=[GOOD if value >= 0 else BAD for value in values])
    ax.axvline(0, color=INK, linewidth=1)
    texts = [number(value, "money", compact=True, signed=True) for value in values]
    for y, value, text in zip(at, values, texts, strict=True):
        # Beside a fall the label stands right of zero: on its left are the names.
        ax.annotate(text, (max(value, 0), y), xytext=(5, 0), textcoords="offset points", va="center", bbox=BEHIND)
    low, high = min(values.min(), 0), max(values.max(), 0)
    span = (high - low) or 1.0
    ax.set_xlim(low - 0.02 * span, high + 0.3 * span)
    rose = int((values > 0).sum())
    listed = "; ".join(f"{plain(group)} {text}" for group, text in zip(ordered["group"], texts, strict=True))
    alternative = _(
        "Revenue won rose in {rose} of {groups} groups: {listed}.", rose=rose, groups=len(values), listed=listed
    )
    return drawn(ax, title, alternative, tables.table_change_by(frame))


@house_style()
def plot_attainment(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw attainment by group with its interval against the line of 100 %, the reps at quota beside it."""
    title = _("Attainment by {dimension}, and the reps at quota", dimension=mid_sentence(dimension_of(frame)))
    known = frame.dropna(subset=["attainment"])
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, _("No group carries a quota."))
    ax = rows(canvas(ax, MARGIN + ROW * (len(known) + 1)), [drawable(group) for group in known["group"]])
    values = known["attainment"].astype(float).to_numpy()
    intervals(ax, known, "attainment", _against_one(known))
    ax.axvline(1, color=INK, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
    ax.annotate(_("quota"), (1, -0.72), ha="center", va="center", annotation_clip=False, bbox=BEHIND)
    said = []
    for y, row in enumerate(known.to_dict("records")):
        reps = _("{reached} of {reps} reps", reached=_count(row["reps_at_quota"]), reps=_count(row["reps"]))
        ax.annotate(reps, (1.03, y), xycoords=("axes fraction", "data"), ha="left", va="center", annotation_clip=False)
        said.append(f"{plain(row['group'])} {number(row['attainment'], 'share')} ({reps})")
    ax.set_ylim(len(known) - 0.4, -1.0)
    low, high = min(1.0, lowest(known, values)), max(1.0, highest(known, values))
    ax.set_xlim(low - 0.14 * (high - low or 1), high + 0.14 * (high - low or 1))
    alternative = _("Attainment by group, with the reps at quota: {listed}.", listed="; ".join(said))
    return drawn(ax, title, alternative, tables.table_attainment(frame))


@house_style()
def plot_funnel(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw conversion by stage within the quarter and its baseline; a leak is named where it is.

    The interval belongs to the conversion so far: where that has moved on since the quarter's end, it is left out.
    """
    title = _("Conversion by stage within the quarter, and its baseline")
    known = frame.dropna(subset=["in_period"])
    moved_on = (known["conversion"].astype(float) - known["in_period"].astype(float)).abs() > 1e-9
    known = known.assign(low=known["low"].mask(moved_on), high=known["high"].mask(moved_on))
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, _("No opportunity entered a stage in the quarter."))
    ax = rows(canvas(ax, MARGIN + ROW * (len(known) + 1)), [drawable(stage) for stage in known["stage"]])
    leaks = known["leak"].astype(bool).to_numpy()
    intervals(ax, known, "in_period", [BAD if leak else GOOD for leak in leaks])
    baseline = known["baseline"].astype(float).to_numpy()
    held_against(ax, baseline, _("baseline"))
    said = []
    for row in known.to_dict("records"):
        words = _(
            "{stage} {share} (baseline {baseline})",
            stage=plain(row["stage"]),
            share=number(row["in_period"], "share"),
            baseline=number(row["baseline"], "share"),
        )
        said.append(_("{words}, the leak", words=words) if row["leak"] else words)
    for y in np.flatnonzero(leaks):
        beside(ax, int(y), _("leak"), BAD)
    alternative = _("Conversion by stage within the quarter: {listed}.", listed="; ".join(said))
    return drawn(ax, title, alternative, tables.table_funnel(frame))


@house_style()
def plot_losses(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the losses as a map of stage and reason, the count in every field."""
    import seaborn as sns  # slow to import, and only this figure needs it

    title = _("Losses by reason and stage")
    if frame.empty or not frame["lost"].sum():
        return undrawn(canvas(ax, 1.2), title, _("No deals were lost."))
    frame = frame.fillna({"stage": "", "loss_reason": ""})
    stages, reasons = (list(dict.fromkeys(frame[name])) for name in ("stage", "loss_reason"))
    counts = frame.pivot_table(index="loss_reason", columns="stage", values="lost", aggfunc="sum", fill_value=0)
    reasons.sort(key=lambda reason: int(counts.loc[[reason]].to_numpy().sum()), reverse=True)
    counts = counts.loc[reasons, stages].astype(int)
    # More than three names side by side have no room on a phone.
    slanted = len(stages) > 3
    ax = canvas(ax, (1.4 if slanted else 1.0) + ROW * len(reasons))
    texts = counts.map(lambda count: number(count, "count") if count else "")
    sns.heatmap(
        counts,
        ax=ax,
        annot=texts,
        fmt="",
        cbar=False,
        annot_kws={"color": INK},
        cmap=tints(BLUE),
        linewidths=2,
        vmin=0,
        vmax=counts.max().max(),
        xticklabels=False,  # seaborn would draw the figure with the names as they came
        yticklabels=False,
    )
    ax.set(xlabel="", ylabel="")
    ax.set_xticks(np.arange(len(stages)) + 0.5, [drawable(stage, lines=1 if slanted else 2) for stage in stages])
    ax.set_yticks(np.arange(len(reasons)) + 0.5, [drawable(reason) for reason in reasons], rotation=0)
    ax.xaxis.tick_top()
    if slanted:
        plt.setp(ax.get_xticklabels(), rotation=30, ha="left", va="bottom", rotation_mode="anchor")
    ax.tick_params(length=0)
    largest = frame.sort_values("lost", ascending=False, kind="stable").head(3).to_dict("records")
    said = [
        _(
            "{lost} from {stage} for {reason}",
            lost=_count(r["lost"]),
            stage=plain(r["stage"]),
            reason=plain(r["loss_reason"]),
        )
        for r in largest
        if r["lost"]
    ]
    alternative = _(
        "Map of {lost} losses by stage and reason. The most: {listed}.",
        lost=number(frame["lost"].sum(), "count"),
        listed="; ".join(said),
    )
    return drawn(ax, title, alternative, tables.table_losses(frame))


def _against_one(frame: pd.DataFrame) -> list[str]:
    """Colour by what the interval carries: below or above 100 %, or neither; nothing before the quarter is over."""
    return [
        GREY if not row["complete"] or row["low"] <= 1 <= row["high"] else GOOD if row["attainment"] >= 1 else BAD
        for row in frame.to_dict("records")
    ]


def _count(value: object) -> str:
    return number(value, "count")


__all__ = ["plot_attainment", "plot_change", "plot_change_by", "plot_funnel", "plot_ledger", "plot_losses"]
