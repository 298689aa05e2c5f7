"""What would have to be true to reach the quota: each lever alone, beside what it usually was and ever reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.show.forecasting.words import lever_in_sentence, lever_moved, lever_name, measured, percent
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import is_null
from salesops_lib.show.shown import Shown, nothing, sentences

MOST_STEPS = 2
# A difference that whole percents do not show needs no words.
VISIBLE = 0.005


def say_needs(needs: pd.DataFrame) -> Shown:
    """Say which single lever would close the gap to the quota, and whether it has ever been that far."""
    if needs.empty:
        return nothing(_none(needs))
    known = needs.dropna(subset=["needed"])
    if known.empty:
        return nothing(_unknown())
    first = _("To expect the quota, any one of these alone would have to be true.")
    return sentences(first, *(f"{_lever(row)}." for row in known.to_dict("records")), _never(known))


def _none(needs: pd.DataFrame) -> str:
    """Return why nothing is needed, or why that is n/a."""
    met = needs.attrs.get("met")
    if met is None:
        return _("What it takes to reach the quota is n/a: there is no quota of this quarter.")
    if met:
        return _("The expected revenue is at or above the quota: nothing has to change for it to be expected.")
    return _unknown()


def _unknown() -> str:
    return _("What it takes to reach the quota is n/a: too little is known of earlier quarters.")


def _lever(row: Mapping[Any, Any]) -> str:
    said = _(
        "{lever}: {needed} instead of {now}",
        lever=lever_name(row["lever"]),
        needed=measured(row["needed"], row["unit"]),
        now=measured(row["now"], row["unit"]),
    )
    return f"{said} ({_past(row)})"


def _past(row: Mapping[Any, Any]) -> str:
    """Return how often a lever has been that far; at most "never" of the quarters that are known."""
    if is_null(row["reached"]) or is_null(row["quarters"]) or not row["quarters"]:
        return _("whether it ever was is n/a")
    n, reached = int(row["quarters"]), int(row["reached"])
    if reached:
        return ngettext(
            "reached in {reached} of {n} earlier quarter",
            "reached in {reached} of {n} earlier quarters",
            n,
            reached=reached,
        )
    if is_null(row["best"]):
        return ngettext("in none of {n} earlier quarter", "in none of {n} earlier quarters", n)
    return ngettext(
        "in none of {n} earlier quarter; the best was {best}",
        "in none of {n} earlier quarters; the best was {best}",
        n,
        best=measured(row["best"], row["unit"]),
    )


def _never(known: pd.DataFrame) -> str:
    told = known.dropna(subset=["reached"])
    if told.empty or (told["reached"] > 0).any():
        return ""
    return _("None of them has been that far before: it takes several together, or another goal.")


def need_steps(needs: pd.DataFrame) -> list[str]:
    """Return what to do about the gap to the quota: the levers that have been that far most often."""
    known = needs.dropna(subset=["needed"])
    if known.empty:
        return []
    once = known[known["reached"].fillna(0).astype(float) > 0]
    if once.empty:
        if known["reached"].isna().all():
            return []
        return [_combine(known)]
    share = once["reached"].astype(float) / once["quarters"].astype(float)
    ordered = once.loc[share.sort_values(ascending=False, kind="stable").index].head(MOST_STEPS)
    told = [_step(row) for row in ordered.to_dict("records")]
    if len(told) == 1:
        return [_("To expect the quota, this is enough: {lever}.", lever=told[0])]
    return [_("To expect the quota, one of these is enough: {levers}.", levers="; ".join(told))]


def _combine(known: pd.DataFrame) -> str:
    """Return what to do where no lever has ever been that far: which one came nearest is said with it."""
    said = ngettext(
        "No single lever did in the last {n} quarter what the quota takes: combine several, or agree on a goal within "
        "the range.",
        "No single lever did in the last {n} quarters what the quota takes: combine several, or agree on a goal within "
        "the range.",
        int(known["quarters"].max()),
    )
    nearness = (known["best"].astype(float) / known["needed"].astype(float)).dropna()
    if nearness.empty:
        return said
    row: dict[Any, Any] = known.loc[nearness.idxmax()].to_dict()
    return _(
        "{said} The nearest: {lever}, at best {best} where it takes {needed}.",
        said=said,
        lever=lever_in_sentence(row["lever"]),
        best=measured(row["best"], row["unit"]),
        needed=measured(row["needed"], row["unit"]),
    )


def _step(row: Mapping[Any, Any]) -> str:
    needed, now = (measured(row[name], row["unit"]) for name in ("needed", "now"))
    return _("{move} ({past})", move=lever_moved(row["lever"], needed, now), past=_past(row))


def table_needs(needs: pd.DataFrame) -> Shown:
    """Return each lever: now, what the quota takes of it alone, what is usual, and how often it was reached."""
    reached = [
        _("n/a")
        if is_null(row["reached"])
        else _("{reached} of {quarters}", reached=int(row["reached"]), quarters=int(row["quarters"]))
        for row in needs.to_dict("records")
    ]
    columns = [
        names(needs, "lever", _("Lever, alone"), lever_name),
        figures(needs, "now", _("Expected now")),
        figures(needs, "needed", _("Needed")),
        figures(needs, "usual", _("Usual")),
        figures(needs, "best", _("Best")),
        Column(_("Quarters that reached it"), reached),
    ]
    caption = _("What would have to be true to expect the quota")
    return grid(needs, "needs", caption, columns, _note(needs) if len(needs) else "", _none(needs))


def _note(needs: pd.DataFrame) -> str:
    """Return what is expected now and what is usual: neither is what the pipeline's view alone expects."""
    usual = _("Usual: the median of what came in earlier quarters; of the size of deals that is also what is expected.")
    more = float(needs.attrs.get("more_than_pipeline", 0.0))
    if is_null(more) or abs(more) < VISIBLE:
        return usual
    known = {"share": percent(abs(more)), "usual": usual}
    if more < 0:
        return _("Expected now: {share} less than the pipeline alone expects, as history counts too. {usual}", **known)
    return _("Expected now: {share} more than the pipeline alone expects, as history counts too. {usual}", **known)
