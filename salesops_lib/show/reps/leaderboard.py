"""The leaderboard: every rep's figures side by side, marked where they differ from the peers beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.grid import Column, grid
from salesops_lib.show.numbers import interval, number
from salesops_lib.show.reps.looks import (
    alone,
    called,
    corrected,
    differing,
    even,
    legend,
    look,
    several,
    single,
    tested,
)
from salesops_lib.show.reps.words import against, beginner
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.words import judgement

MOST_TOLD = 5
# As README and the marks say: fewer are no verdict.
FEWEST = 10


def table_leaderboard(frame: pd.DataFrame, reps: pd.DataFrame | None = None) -> Shown:
    """Return a row per rep and a column per metric, by name; a mark says where a figure differs beyond chance.

    Parameters
    ----------
    frame : DataFrame
        The leaderboard.
    reps : DataFrame, optional
        Who is compared: names the peer groups of the last rows, if there are several.
    """
    if frame.empty:
        return nothing(_("There are no reps to compare."))
    who = sorted(called(frame).items(), key=lambda item: (item[1].casefold(), item[0]))
    cells: dict[tuple[str, str], str] = {}
    marks = []
    for row in frame.to_dict("records"):
        mark = look(row["verdict"], row["better"]).mark
        marks.append(mark)
        cells[row["metric"], row["rep"]] = f"{number(row['value'], row['unit'], compact=True)} {mark}".strip()
    groups = _peer_groups(frame, reps)
    columns = [Column(_("Rep"), [*(name for _rep, name in who), *groups], right=False)]
    for metric, part in frame.groupby("metric", sort=False):
        peers = [_peers(part[part["rep"].isin(group)]) for group in groups.values()]
        own = [cells.get((str(metric), rep), "–") for rep, _name in who]
        columns.append(Column(plain(part["label"].iloc[0]), [*own, *peers]))
    order = "" if single(frame) else _("By name: the order is no ranking.")
    nobody = _("There is nobody to compare with.") if alone(frame) else ""
    note = " ".join(part for part in (legend(marks), order, nobody) if part)
    caption = _("Reps and their peers") if groups else _("Figures by rep")
    return grid(frame, "leaderboard", caption, columns, note)


def _peer_groups(frame: pd.DataFrame, reps: pd.DataFrame | None) -> dict[str, Sequence[str]]:
    """Return the last rows of the table: the name and the members of each peer group that has figures of its own."""
    held = frame["rep"][frame["peers"].notna()]
    if alone(frame) or held.empty:
        return {}
    if reps is None or reps["peers"].nunique() < 2:
        return {_("Peers"): list(dict.fromkeys(held))}
    groups = {
        _("Peers: {group}", group=plain(group)): list(part["rep"]) for group, part in reps.groupby("peers", sort=True)
    }
    return {name: members for name, members in groups.items() if held.isin(members).any()}


def _peers(part: pd.DataFrame) -> str:
    known = part["peers"].dropna().astype(float)
    unit = str(part["unit"].iloc[0]) if len(part) else "count"
    if known.empty:
        return _("n/a")
    low, high = (number(end, unit, compact=True) for end in (known.min(), known.max()))
    return low if low == high else interval(known.min(), known.max(), unit)


def say_leaderboard(frame: pd.DataFrame, reps: pd.DataFrame | None = None) -> Shown:
    """Say how many reps differ from their peers in anything, who, in what, by how much, and how sure that is.

    Parameters
    ----------
    frame : DataFrame
        The leaderboard.
    reps : DataFrame, optional
        Who is compared: tells who is new in the job.
    """
    if frame.empty:
        return nothing(_("There are no reps to compare."))
    if alone(frame):
        return nothing(_("There is nobody to compare with."))
    if tested(frame).empty:
        return nothing(_("There are too few cases to tell."))
    few = int((frame["verdict"] == "too few").sum())
    rest = ngettext(
        "{n} figure rests on fewer than 10 cases and is not judged.",
        "{n} figures rest on fewer than 10 cases and are not judged.",
        few,
    )
    certain = differing(tested(frame))
    due = _(
        "Of revenue the deals to be expected count, not those won: who won few where ten or more were due is judged."
    )
    said = differences(frame, MOST_TOLD, reps)
    return sentences(
        *said,
        due if (certain["n"] < FEWEST).any() else "",
        rest if few else "",
        _peerless(frame),
        corrected(even(frame)),
    )


def _peerless(frame: pd.DataFrame) -> str:
    """Return how many reps have nobody to be compared with; "" where all have."""
    known = frame.dropna(subset=["value"])
    count = int(known["peers"].isna().groupby(known["rep"]).all().sum())
    if not count:
        return ""
    return ngettext(
        "{n} rep has nobody to be compared with.",
        "{n} reps have nobody to be compared with.",
        count,
    )


def differences(frame: pd.DataFrame, most: int, reps: pd.DataFrame | None = None) -> list[str]:
    """Return how many of the reps tested differ from the peers, and in which figures, so many of each direction."""
    judged = tested(frame)
    certain, count = differing(judged), judged["rep"].nunique()
    if judged.empty:
        return [_("In the quarter there are too few cases to tell reps from their peers.")]
    if certain.empty:
        return [
            ngettext(
                "{n} rep was tested; no figure of the quarter differs from the peers' beyond chance.",
                "{n} reps were tested; in the quarter no figure of a rep differs from the peers' beyond chance.",
                count,
            )
        ]
    first = ngettext(
        "{n} of {reps} tested differs from the peers in a figure of the quarter, beyond chance.",
        "{n} of {reps} tested differ from the peers in a figure of the quarter, beyond chance.",
        certain["rep"].nunique(),
        reps=ngettext("{n} rep", "{n} reps", count),
    )
    who, months = called(frame), {} if reps is None else dict(zip(reps["rep"], reps["tenure_months"], strict=True))
    told: dict[int, list[str]] = {1: [], -1: [], 0: []}
    for row in certain.to_dict("records"):
        told[judgement(row["verdict"], row["better"])].append(_figure(row, who, months))
    words = {
        1: _("Better than the peers: {listed}."),
        -1: _("Worse: {listed}."),
        0: _("Different, neither better nor worse: {listed}."),
    }
    return [first, *(words[way].format(listed=several(parts, most)) for way, parts in told.items() if parts)]


def _figure(row: Mapping[Any, Any], who: Mapping[str, str], months: Mapping[Any, Any]) -> str:
    known = {"rep": who[row["rep"]], "metric": plain(row["label"]), "figure": against(row)}
    new = beginner(months.get(row["rep"]))
    return _("{rep} ({new}), {metric} {figure}", **known, new=new) if new else _("{rep}, {metric} {figure}", **known)


def say_lacking(lacking: pd.DataFrame, withheld: int = 0) -> Shown:
    """Say which figures are not shown and which table they need, and how many reps are not; nothing if all are.

    Parameters
    ----------
    lacking : DataFrame
        The figures that cannot be measured: metric, label, why (the table that is missing).
    withheld : int
        Reps left out because their group of peers is smaller than the company shows.
    """
    parts = [
        _("{metric} (needs the table {table})", metric=plain(row["label"]), table=plain(row["why"]))
        for row in lacking.to_dict("records")
    ]
    reps = ngettext(
        "{n} rep is not shown, because the group of peers is smaller than the company shows.",
        "{n} reps are not shown, because their group of peers is smaller than the company shows.",
        withheld,
    )
    figures_said = _("Not shown: {listed}.", listed="; ".join(parts)) if parts else ""
    return sentences(figures_said, reps if withheld > 0 else "")
