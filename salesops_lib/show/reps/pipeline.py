"""One rep's open deals: the largest first, how old they are, and what to do next about each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import day_short, is_null, number
from salesops_lib.show.reps.looks import several
from salesops_lib.show.reps.words import flag_words, step_name
from salesops_lib.show.sentences import money
from salesops_lib.show.shown import Shown, bullets, nothing

MOST_ROWS = 25
MOST_TOLD = 4
STEPS = ("redate", "qualify_out", "contact", "advance", "close", "keep")


def table_pipeline(frame: pd.DataFrame) -> Shown:
    """Return a rep's open deals, the largest first, with their warnings and the next step."""
    ordered = frame.sort_values("amount", ascending=False, kind="stable", na_position="last")
    shown = ordered.head(MOST_ROWS)
    stages = [
        _("{days} (usual {usual})", days=number(days, "count"), usual=number(usual, "count"))
        for days, usual in zip(shown["stage_days"], shown["usual_days"], strict=True)
    ]
    deals = [_deal(row) for row in shown.to_dict("records")]
    # What to do comes first: on a phone the columns at the right are seen last.
    columns = [
        Column(_("Deal"), deals, right=False),
        names(shown, "next_step", _("Next step"), step_name),
        Column(_("Warnings"), [flag_words(flags) for flags in shown["flags"]], right=False),
        figures(shown, "amount", _("Amount"), "money"),
        Column(_("Close date"), [day_short(value) for value in shown["close_date"]]),
        names(shown, "stage", _("Stage")),
        Column(_("Days in stage"), stages),
        Column(_("Days since activity"), _silences(ordered)[:MOST_ROWS]),
        figures(shown, "age_days", _("Age in days"), "count"),
        figures(shown, "pushes", _("Times pushed"), "count"),
    ]
    told = zip(shown["account"], deals, strict=True)
    if any(isinstance(account, str) and plain(account) not in deal for account, deal in told):
        columns.insert(3, names(shown, "account", _("Account")))
    left = len(ordered) - len(shown)
    rest = money(ordered["amount"].iloc[MOST_ROWS:].astype(float).sum()) if left else ""
    note = ngettext("{n} more deal worth {rest}.", "{n} more deals worth {rest}.", left, rest=rest) if left else ""
    caption = _("Open deals, the largest first")
    return grid(shown, "rep_pipeline", caption, columns, note, _("The rep has no open deals."))


def _silences(frame: pd.DataFrame) -> list[str]:
    """Return the days since each deal's last activity; "none" only where activities are kept by deal."""
    days = frame["last_activity_days"]
    kept = days.notna().any()
    return [_("none") if kept and is_null(value) else number(value, "count") for value in days]


def _deal(row: dict[Any, Any]) -> str:
    """Return what a deal is called: its id where it has no name."""
    named = isinstance(row["name"], str) and row["name"].strip()
    return plain(row["name"] if named else row["opportunity_id"])


def table_ageing(frame: pd.DataFrame) -> Shown:
    """Return the open deals by stage and age: how many, and what they are worth."""
    if frame.empty:
        return nothing(_("The rep has no open deals."))
    cells = {
        (row["stage"], row["band"]): _("{n} ({amount})", n=number(row["n"], "count"), amount=money(row["amount"]))
        for row in frame.to_dict("records")
        if row["n"]
    }
    stages, bands = (list(dict.fromkeys(frame[name])) for name in ("stage", "band"))
    columns = [Column(_("Stage"), [plain(stage) for stage in stages], right=False)]
    for band in bands:
        columns.append(Column(_band(str(band)), [cells.get((stage, band), "–") for stage in stages]))
    return grid(frame, "ageing", _("Open deals by stage and age"), columns)


def _band(days: str) -> str:
    if days.startswith("over "):
        return _("over {days} days", days=days.removeprefix("over "))
    return _("{band} days", band=days.replace("-", "–"))


def say_next_steps(pipeline: pd.DataFrame) -> Shown:
    """Say what to do next: a line per kind of step, with the largest deals it is for."""
    if pipeline.empty:
        return nothing(_("The rep has no open deals."))
    ordered = pipeline.sort_values("amount", ascending=False, kind="stable", na_position="last")
    others = [step for step in dict.fromkeys(ordered["next_step"]) if step not in STEPS]
    said = []
    for step in (*STEPS, *others):
        deals = ordered[ordered["next_step"] == step]
        if deals.empty:
            continue
        worth = money(deals["amount"].astype(float).sum())
        counted = ngettext("{n} deal worth {worth}", "{n} deals worth {worth}", len(deals), worth=worth)
        if step == "keep":
            said.append(_("{step}: {counted}.", step=step_name(step), counted=counted))
            continue
        told = several([_due(row) for row in deals.to_dict("records")], MOST_TOLD)
        said.append(_("{step}: {counted}. {deals}.", step=step_name(step), counted=counted, deals=told))
    html = bullets(said, "steps")
    return Shown(str(html), "\n".join(f"- {line}" for line in said))


def _due(row: dict[Any, Any]) -> str:
    flags = flag_words(row["flags"])
    amount = _("n/a") if is_null(row["amount"]) else money(row["amount"])
    if flags == "–":
        return _("{deal} ({amount})", deal=_deal(row), amount=amount)
    return _("{deal} ({amount}; {flags})", deal=_deal(row), amount=amount, flags=flags)
