"""Restatement as it is shown: what has changed of the figures published a quarter ago, and through which records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.forecasting.long import at_length
from salesops_lib.show.grid import Column, figures, grid, names
from salesops_lib.show.numbers import day, day_short, is_null, number, period_name
from salesops_lib.show.sentences import CENT, listed, money
from salesops_lib.show.shown import Shown, nothing, sentences

# A page is no place for more of them; the history has them all.
MOST = 100


def say_restatement(frame: pd.DataFrame, records: pd.DataFrame) -> Shown:
    """Say how many of the figures of the quarter before have changed since they were published, and through what."""
    if frame.empty:
        return nothing(_("The review of the quarter before showed no figure that is known now."))
    known = {
        "total": len(frame),
        "period": period_name(frame["period"].iloc[0]),
        "day": day(pd.Timestamp(frame["published_as_of"].iloc[0]).date()),
    }
    changed = frame[frame["changed"].astype(bool)]
    if changed.empty:
        return sentences(
            _("All {total} figures of {period} stand as they were published as of {day}.", **known), _records(records)
        )
    told = [_moved(each) for each in changed.to_dict("records")]
    first = ngettext(
        "{n} of {total} figures of {period} has changed since it was published as of {day}: {listed}.",
        "{n} of {total} figures of {period} have changed since they were published as of {day}: {listed}.",
        len(changed),
        listed=listed(told),
        **known,
    )
    return sentences(first, _records(records), _unexplained(changed))


def _moved(each: Mapping[Any, Any]) -> str:
    parts = {"label": plain(each["label"]), "now": number(each["now"], each["unit"], compact=True)}
    if is_null(each["change"]):
        before = number(each["published"], each["unit"], compact=True)
        return _("{label} is {now} and was {before}", before=before, **parts)
    moved = number(each["change"], each["unit"], compact=True, signed=True)
    return _("{label} by {moved} to {now}", moved=moved, **parts)


def _records(records: pd.DataFrame) -> str:
    history = records[records["what"] != "quarantined"]
    aside = len(records) - len(history)
    said = []
    if len(history):
        said.append(
            ngettext(
                "The history tells of {n} opportunity whose close in that quarter is known otherwise now: "
                "{effect} of revenue won.",
                "The history tells of {n} opportunities whose close in that quarter is known otherwise now: "
                "{effect} of revenue won.",
                len(history),
                effect=money(history["effect"].sum(), signed=True),
            )
        )
    if aside:
        said.append(
            ngettext(
                "{n} row of the opportunities is quarantined that was not then.",
                "{n} rows of the opportunities are quarantined that were not then.",
                aside,
            )
        )
    return " ".join(said)


def _unexplained(changed: pd.DataFrame) -> str:
    """Return what is said of revenue that changed without a trace in the history."""
    won = changed[(changed["metric"] == "revenue_won") & (changed["by_source"].abs() >= CENT)]
    if won.empty:
        return ""
    return _(
        "{part} of revenue won is not in the history: the data themselves say something else of that day now.",
        part=money(won["by_source"].iloc[0], signed=True),
    )


def table_restatement(frame: pd.DataFrame) -> Shown:
    """Return the figures that have changed since they were published; nothing if all stand."""
    changed = frame[frame["changed"].astype(bool)]
    if changed.empty:
        return Shown("", "")
    columns = [
        names(changed, "label", _("Metric")),
        figures(changed, "published", _("Published")),
        figures(changed, "now", _("Now")),
        figures(changed, "change", _("Change"), signed=True),
        figures(changed, "by_history", _("In the history"), signed=True),
        figures(changed, "by_source", _("In the data themselves"), signed=True),
    ]
    period = period_name(changed["period"].iloc[0])
    return grid(changed, "restatement", _("Figures of {period}, published and now", period=period), columns)


def table_restated(records: pd.DataFrame) -> Shown:
    """Return the records through which they changed; nothing if the history tells of none."""
    return at_length(records.iloc[:MOST], _table) if len(records) else Shown("", "")


def _table(records: pd.DataFrame) -> Shown:
    rows = records.to_dict("records")
    columns = [
        Column(_("Opportunity"), [_named(row) for row in rows], right=False),
        Column(_("What"), [_what(row["what"]) for row in rows], right=False),
        Column(_("Before"), [_cell(row["what"], row["before"]) for row in rows], right=False),
        Column(_("Now"), [_cell(row["what"], row["after"]) for row in rows], right=False),
        figures(records, "effect", _("Effect on revenue won"), "money", signed=True),
    ]
    return grid(records, "restated_records", _("What changed after the report"), columns)


def _named(row: Mapping[Any, Any]) -> str:
    name, id_ = plain(row["name"]), plain(row["opportunity_id"])
    if name and id_ and name != id_:
        return _("{name} ({id})", name=name, id=id_)
    return name or id_ or "–"


def _what(what: str) -> str:
    known = {
        "entered": _("Entered later"),
        "closed": _("Closed later"),
        "reopened": _("Opened again"),
        "outcome": _("Other outcome"),
        "close date": _("Other close date"),
        "amount": _("Other amount"),
        "cancelled": _("Cancelled"),
        "quarantined": _("Quarantined since"),
    }
    return known.get(what, plain(what))


def _cell(what: str, value: Any) -> str:
    if value is None or (not isinstance(value, str) and is_null(value)):
        return "–"
    if what == "amount":
        return number(value, "money")
    return day_short(date.fromisoformat(value)) if what in ("close date", "cancelled") else plain(value)
