"""What the leading group does differently: its practices beside the rest's; no proof that copying them helps."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.grid import figures, grid, intervals, names
from salesops_lib.show.numbers import interval, number, period_name
from salesops_lib.show.reps.dots import Dot, dots, room
from salesops_lib.show.reps.looks import EVEN, FEW, Look, called, several, tested
from salesops_lib.show.reps.words import practice_words
from salesops_lib.show.sentences import listed
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import BLUE, canvas, house_style

EVEN_CHANCE = 0.5
LOOKS = {"higher": Look(BLUE, ">", mark="△"), "lower": Look(BLUE, "<", mark="▽"), "too few": FEW}
MOST_TOLD = 5


def table_practices(frame: pd.DataFrame) -> Shown:
    """Return the medians of the leading group and of the rest, and how often one of the group has the higher figure."""
    columns = [
        names(frame, "label", _("Practice")),
        figures(frame, "best", _("Leading group")),
        figures(frame, "rest", _("The rest")),
        figures(frame, "superiority", _("Higher in the group"), "share"),
        intervals(frame, "share"),
        names(frame, "verdict", _("Verdict"), practice_words),
        figures(frame, "n_best", _("Reps in the group"), "count"),
        figures(frame, "n_rest", _("Others"), "count"),
    ]
    note = _(
        "Medians over reps. Higher in the group: the chance that one of the leading group has a higher figure than one "
        "of the rest; 50% is no difference."
    )
    none = _("There are no practices to compare.")
    return grid(frame, "practices", _("What the leading group does differently"), columns, note, none)


@house_style()
def plot_practices(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw for each practice the chance that one of the leading group has a higher figure than one of the rest."""
    title = _("How often a rep of the leading group has a higher figure than another rep, with 95% intervals")
    known = frame.dropna(subset=["superiority"])
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, _("There are no practices to compare."))
    items = [
        Dot(
            label=plain(row["label"]),
            value=float(row["superiority"]),
            low=row["low"],
            high=row["high"],
            look=LOOKS.get(row["verdict"], EVEN),
            text=f"{number(row['superiority'], 'share')} {LOOKS.get(row['verdict'], EVEN).mark}".strip(),
        )
        for row in known.to_dict("records")
    ]
    ax = dots(room(ax, len(items)), items, "share", EVEN_CHANCE, _("no difference"), bounds=(-0.03, 1.03))
    ax.set_xticks([0, EVEN_CHANCE, 1], [number(at, "share") for at in (0, EVEN_CHANCE, 1)])
    told = "; ".join(
        f"{item.label} {item.text}, {practice_words(v)}" for item, v in zip(items, known["verdict"], strict=True)
    )
    alternative = _("How often a rep of the leading group has a higher figure than another rep: {listed}.", listed=told)
    return drawn(ax, title, alternative, table_practices(frame))


def say_practices(frame: pd.DataFrame, best_reps: pd.DataFrame | None = None) -> Shown:
    """Say what the leading group does differently beyond chance, who it is, and that this is association.

    Parameters
    ----------
    frame : DataFrame
        The practices.
    best_reps : DataFrame, optional
        Who the leading group is.
    """
    if frame.empty:
        return nothing(_("There are no practices to compare."))
    if tested(frame).empty:
        return nothing(_("There are too few reps to tell what the leading group does differently."))
    who = _best(best_reps) if best_reps is not None and len(best_reps) else ""
    certain = frame[frame["verdict"].isin(["higher", "lower"])].sort_values("p_value", kind="stable")
    if certain.empty:
        said = ngettext(
            "{n} practice was tested; it does not differ between the leading group and the rest beyond chance.",
            "{n} practices were tested; none differs between the leading group and the rest beyond chance.",
            len(tested(frame)),
        )
    else:
        parts = [_practice(row) for row in certain.to_dict("records")]
        said = _("Beyond chance, the leading group differs in: {listed}.", listed=several(parts, MOST_TOLD))
    warning = _("This is association: it does not show that copying it makes a rep win more.")
    return sentences(who, said, warning)


def _best(best_reps: pd.DataFrame) -> str:
    who = listed(list(called(best_reps).values()), len(best_reps) if len(best_reps) <= 10 else MOST_TOLD)
    first: dict[Any, Any] = best_reps.iloc[0].to_dict()
    said = _(
        "The leading group here are the {n} of {of} reps with the highest win rates like with like in {period}: {who}.",
        n=len(best_reps),
        of=first["of"],
        period=period_name(first["period"]),
        who=who,
    )
    certain = list(called(best_reps[best_reps["verdict"] == "above"]).values())
    if not certain:
        return said + " " + _("None of them is above the peers beyond chance: chance may have put any of them there.")
    if len(certain) == len(best_reps):
        return said + " " + _("All of them are above the peers beyond chance.")
    above = ngettext(
        "Only {names} is above the peers beyond chance: chance may have put the others there.",
        "Only {names} are above the peers beyond chance: chance may have put the others there.",
        len(certain),
        names=listed(certain, len(certain)),
    )
    return f"{said} {above}"


def _practice(row: dict[Any, Any]) -> str:
    unit = str(row["unit"])
    return _(
        "{label}, {best} against {rest} (higher in the group in {share}, 95% interval {interval})",
        label=plain(row["label"]),
        best=number(row["best"], unit, compact=True),
        rest=number(row["rest"], unit, compact=True),
        share=number(row["superiority"], "share"),
        interval=interval(row["low"], row["high"], "share"),
    )
