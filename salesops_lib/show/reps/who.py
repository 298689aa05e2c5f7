"""Who is compared: how many reps, with whom, who is new, and a row for each."""

from __future__ import annotations

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.drawings import at_hand
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.reps.looks import called, several, with_names
from salesops_lib.show.reps.words import ONE_YEAR, tenure
from salesops_lib.show.sentences import listed
from salesops_lib.show.shown import Shown, nothing, sentences

MOST_TOLD = 5


def say_reps(frame: pd.DataFrame) -> Shown:
    """Say how many reps are compared, within which groups, and who is in the first year of the job."""
    if frame.empty:
        return nothing(_("There are no reps to compare."))
    said = ngettext("{n} rep is compared.", "{n} reps are compared.", len(frame))
    sizes = frame.loc[frame["peers"] != "", "peers"].value_counts(sort=False).sort_index()
    if len(sizes):
        groups = [_("{group} ({n})", group=plain(group), n=n) for group, n in sizes.items()]
        said = ngettext(
            "{n} rep is compared, only with those of the same group: {groups}.",
            "{n} reps are compared, each only with those of the same group: {groups}.",
            len(frame),
            groups=listed(groups, len(groups)),
        )
    new = frame[frame["tenure_months"].astype("float64") < ONE_YEAR].sort_values("tenure_months", kind="stable")
    who, months = called(frame), dict(zip(new["rep"], new["tenure_months"], strict=True))
    told = [_("{rep} ({time})", rep=who[rep], time=tenure(months[rep])) for rep in new["rep"]]
    first = _("In the first year of the job: {listed}.", listed=several(told, MOST_TOLD)) if told else ""
    return sentences(said, first)


def table_reps(frame: pd.DataFrame) -> Shown:
    """Return who is compared: team, place, time in the job, presence in the quarter."""
    ordered = with_names(frame)
    columns = [
        names(ordered, "rep_name", _("Rep")),
        names(ordered, "team", _("Team")),
        names(ordered, "territory", _("Territory")),
        names(ordered, "segment", _("Segment")),
        Column(_("In the job"), [tenure(months) for months in ordered["tenure_months"]]),
        figures(ordered, "days", _("Working days"), "count"),
        figures(ordered, "present", _("Present"), "share"),
        figures(ordered, "deals", _("Deals closed"), "count"),
        names(ordered, "note", _("Note")),
    ]
    if len(ordered) and (ordered["peers"] != "").any():
        columns.insert(4, names(ordered, "peers", _("Compared within")))
    caption = _("Who is compared")
    return at_hand(grid(ordered, "reps", caption, columns, none=_("There are no reps to compare.")), caption)
