"""What to be careful about: the alarm that ranges no longer hold what comes, and notes on how the forecast was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.forecasting.words import percent
from salesops_lib.show.numbers import is_null, p_value
from salesops_lib.show.shown import Shown, bullets, nothing, records, sentences


def alarm_told(frame: pd.DataFrame) -> str:
    """Return the alarm if it is raised; "" if not."""
    if frame.empty or not _raised(frame):
        return ""
    row = frame.iloc[0]
    return _(
        "Alarm: only {realised} of the last {n} results by month and group lay within the {level}% ranges that "
        "history alone gave them, which chance hardly explains ({p}). Something has changed: ranges from history are "
        "too narrow at present.",
        realised=percent(row["realised"]),
        n=int(row["n"]),
        level=int(row["level"]),
        p=p_value(row["p_value"]),
    )


def say_alarm(frame: pd.DataFrame) -> Shown:
    """Say whether the ranges of the last forecasts still held what came."""
    if frame.empty or is_null(frame["realised"].iloc[0]) or not frame["n"].iloc[0]:
        return nothing(_("Whether the ranges still hold is n/a: too few earlier forecasts."))
    if warning := alarm_told(frame):
        return replace(sentences(warning, css="say bad"), records=records(frame), name="alarm")
    row = frame.iloc[0]
    said = sentences(
        ngettext(
            "No alarm: of the last {n} result by month and group {realised} lay within the {level}% range that history "
            "alone gave it.",
            "No alarm: of the last {n} results by month and group {realised} lay within the {level}% ranges that "
            "history alone gave them.",
            int(row["n"]),
            realised=percent(row["realised"]),
            level=int(row["level"]),
        )
    )
    return replace(said, records=records(frame), name="alarm")


def _raised(frame: pd.DataFrame) -> bool:
    raised = frame["raised"].iloc[0]
    return not is_null(raised) and bool(raised)


def say_notes(notes: Sequence[str]) -> Shown:
    """Say what was left out, filled or done differently for want of data, or that nothing was."""
    told = [plain(note) for note in notes if note]
    if not told:
        return nothing(_("Nothing was left out, filled or done differently for want of data."))
    told = [f"{note[:1].upper()}{note[1:]}" for note in told]
    html = bullets(told, "notes")
    return Shown(str(html), "\n".join(f"- {note}" for note in told))
