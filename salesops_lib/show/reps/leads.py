"""Whether leads are handed out evenly: leads per working day and their quality, against what chance gives."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import join
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import decimal, interval, is_null, number, p_value
from salesops_lib.show.reps.dots import Dot, dots, room
from salesops_lib.show.reps.looks import (
    DIFFERENT,
    alone,
    called,
    common,
    corrected,
    even,
    largest_on_top,
    legend,
    look,
    marked,
    several,
    single,
    tested,
    with_names,
)
from salesops_lib.show.reps.words import quality_told, quality_unit, rate, rates
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import canvas, house_style

# To a rep more leads are better than fewer; it says nothing of the rep.
BETTER = "higher"
MOST_TOLD = 3


def table_lead_shares(frame: pd.DataFrame) -> Shown:
    """Return each rep's leads per working day and their quality, with intervals, against the peers."""
    ordered = with_names(frame).sort_values(["rep_name", "rep"], kind="stable")
    rows = ordered.to_dict("records")
    looks = [(look(row["verdict"], BETTER), look(row["quality_verdict"], BETTER)) for row in rows]
    per_day = [marked(rate(row["per_day"]), one) for row, (one, _two) in zip(rows, looks, strict=True)]
    quality = [marked(_quality(row, "quality"), two) for row, (_one, two) in zip(rows, looks, strict=True)]
    columns = [
        names(ordered, "rep_name", _("Rep")),
        figures(ordered, "leads", _("Leads"), "count"),
        figures(ordered, "days", _("Working days"), "count"),
        Column(_("Per working day"), per_day),
        Column(_("95% interval"), [rates(row["low"], row["high"]) for row in rows]),
        Column(_("Peers"), [rate(row["peers"]) for row in rows]),
        Column(_("Quality"), quality),
        Column(_("95% interval"), [_bounds(row) for row in rows]),
        Column(_("Peers"), [_quality(row, "quality_peers") for row in rows]),
    ]
    used = [one.mark for pair in looks for one in pair]
    # "Better than the peers" would judge the rep; here the marks are about what the rep was given.
    known = [_("▲ more or better leads than the peers")] * ("▲" in used)
    known += [_("▼ fewer or worse leads than the peers")] * ("▼" in used)
    note = _("{marks}, beyond chance.", marks=", ".join(known)) if known else ""
    note = f"{note} {legend([mark for mark in used if mark == '°'])}".strip()
    return grid(ordered, "lead_shares", _("Leads by rep"), columns, note, _("There are no leads."))


def _quality(row: dict[Any, Any], column: str) -> str:
    return number(row[column], quality_unit(row["quality_unit"]))


def _bounds(row: dict[Any, Any]) -> str:
    return interval(row["quality_low"], row["quality_high"], quality_unit(row["quality_unit"]))


@house_style()
def plot_lead_shares(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each rep's leads per working day with its interval, and the even share as a line."""
    title = _("Leads per working day, with 95% intervals")
    known = with_names(frame).dropna(subset=["per_day"])
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, _("There are no leads."))
    nobody = alone(known, "per_day")
    known = known.assign(peers=float("nan")) if nobody else known
    known, shown, left = largest_on_top(known, "per_day")
    line = common(known["peers"])
    rows = shown.to_dict("records")
    items = [
        Dot(
            label=row["rep_name"],
            value=float(row["per_day"]),
            low=row["low"],
            high=row["high"],
            look=look(row["verdict"], BETTER),
            text=marked(rate(row["per_day"]), look(row["verdict"], BETTER)),
            peers=row["peers"] if line is None else None,
        )
        for row in rows
    ]
    name = _("even share") if line is None else _("even share {rate}", rate=rate(line))
    name = "" if nobody else name
    ax = dots(room(ax, len(items)), items, "count", line, name)
    counts = known["verdict"].value_counts()
    said = ngettext(
        "Leads per working day of {n} rep: {above} more and {below} fewer than the even share beyond chance.",
        "Leads per working day of {n} reps: {above} more and {below} fewer than the even share beyond chance.",
        len(known),
        above=int(counts.get("above", 0)),
        below=int(counts.get("below", 0)),
    )
    if nobody:
        said = _("Leads per working day: there is nobody to share the leads with.")
    elif tested(known).empty:
        said = ngettext(
            "Leads per working day of {n} rep: there are too few to tell.",
            "Leads per working day of {n} reps: there are too few to tell.",
            len(known),
        )
    told = [_share(row, str(row["rep_name"])) for row in known[known["verdict"].isin(DIFFERENT)].to_dict("records")]
    alternative = f"{said} {several(told, 12)}." if told else said
    return drawn(ax, f"{title}. {left}" if left else title, alternative, table_lead_shares(frame))


def _share(row: dict[Any, Any], rep: str) -> str:
    return _(
        "{rep} {rate} a working day (95% interval {interval}; even share {peers})",
        rep=rep,
        rate=rate(row["per_day"]),
        interval=rates(row["low"], row["high"]),
        peers=rate(row["peers"]),
    )


def say_lead_fairness(frame: pd.DataFrame, shares: pd.DataFrame | None = None) -> Shown:
    """Say whether the number and the quality of leads differ between reps beyond chance, and who is apart.

    Parameters
    ----------
    frame : DataFrame
        The tests: one row per aspect.
    shares : DataFrame, optional
        The reps' shares: names who is apart.
    """
    if frame.empty or (shares is not None and shares.empty):
        return nothing(_("There are no leads."))
    if shares is not None and single(shares):
        return nothing(_("There is nobody to share the leads with."))
    said = []
    for row in frame.to_dict("records"):
        said += [_aspect(row), apart(shares, str(row["aspect"]), MOST_TOLD) if shares is not None else ""]
    if shares is not None:
        beside = corrected(even(shares)) or corrected(
            even(shares, "quality_verdict"), "quality_low", "quality_high", "quality_peers"
        )
        said.append(beside)
    story = sentences(*said)
    method = [_method(row) for row in frame.to_dict("records") if not is_null(row["p_value"])]
    if not method:
        return story
    return Shown(story.html + str(join("p", [" ".join(method)], "note")), f"{story.text}\n{' '.join(method)}")


def _aspect(row: dict[Any, Any]) -> str:
    said = aspect_told(row)
    if is_null(row["gini"]) or is_null(row["p_value"]):
        return f"{said}."
    gini = _(
        "the inequality of the shares is {gini}, on a scale from 0 (all have the same) to 1 (one has all), where "
        "equal shares give {low}–{high} by chance",
        gini=decimal(row["gini"]),
        low=decimal(row["gini_low"]),
        high=decimal(row["gini_high"]),
    )
    return f"{said}; {gini}."


def _method(row: dict[Any, Any]) -> str:
    """Return by which test an aspect was judged, for who knows tests."""
    known: str = row["test"]
    test = _(
        "{test} {statistic} with {df} degrees of freedom, {p}",
        test=_(known),
        statistic=decimal(row["statistic"], 1),
        df=number(row["df"], "count"),
        p=p_value(row["p_value"]),
    )
    if row["aspect"] == "quality":
        return _("Test of the quality: {test}.", test=test)
    return _("Test of the numbers: {test}; the inequality is the Gini coefficient.", test=test)


def aspect_told(row: dict[Any, Any]) -> str:
    """Return whether one aspect of the leads is even, without a full stop."""
    quality = row["aspect"] == "quality"
    if is_null(row["p_value"]):
        return _("The quality of the leads cannot be compared") if quality else _("Leads cannot be compared")
    if row["uneven"]:
        return (
            _("The quality of the leads differs between reps beyond chance")
            if quality
            else _("Leads are handed out unevenly, beyond chance")
        )
    return (
        _("Over all reps, the quality of the leads does not differ beyond chance")
        if quality
        else _("Over all reps, the numbers of leads are within what equal shares give by chance")
    )


def apart(shares: pd.DataFrame, aspect: str, most: int, whole: bool = False) -> str:
    """Return who gets more or fewer, or better or worse leads than the peers beyond chance; "" for nobody.

    Parameters
    ----------
    shares : DataFrame
        The reps' shares.
    aspect : str
        "number" or "quality".
    most : int
        Reps that are named.
    whole : bool
        Whether of a rep with fewer or more leads it is also said if they are better or worse ones.
    """
    verdict, p = ("quality_verdict", "quality_p") if aspect == "quality" else ("verdict", "p_value")
    who = called(shares)
    tell = _of_quality if aspect == "quality" else _share
    words = (
        {
            "below": _("Worse leads, beyond chance: {listed}."),
            "above": _("Better leads, beyond chance: {listed}."),
        }
        if aspect == "quality"
        else {
            "below": _("Fewer than the even share, beyond chance: {listed}."),
            "above": _("More than the even share, beyond chance: {listed}."),
        }
    )
    said = []
    for way, message in words.items():
        rows = shares[shares[verdict] == way].sort_values(p, kind="stable").to_dict("records")
        if rows:
            told = [tell(row, who[row["rep"]]) + (quality_told(row) if whole else "") for row in rows]
            said.append(message.format(listed=several(told, most)))
    return " ".join(said)


def _of_quality(row: dict[Any, Any], rep: str) -> str:
    return _(
        "{rep} {quality} (95% interval {interval}; peers {peers})",
        rep=rep,
        quality=_quality(row, "quality"),
        interval=_bounds(row),
        peers=_quality(row, "quality_peers"),
    )
