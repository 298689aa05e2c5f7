"""The sales process as it is logged: stages that were skipped, weeks without an activity, activities in heaps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.health.scope import Found, Scope, of_deals, of_rows
from salesops_lib.analysis.health.spec import PROCESS, Check
from salesops_lib.errors import MissingTable
from salesops_lib.language import N_
from salesops_lib.language import gettext as _
from salesops_lib.metrics import dimensions

HEAP = 5
WEEK = timedelta(days=7)


def checks() -> list[Check]:
    """The checks of the process."""
    return [
        Check(
            key="skipped_stage",
            topic=PROCESS,
            label=_("Skipped a stage"),
            definition=_(
                "Opportunities that entered a stage in the quarter, of those with a history; fails if they passed over "
                "one. Entered late, all at once, looks the same."
            ),
            effect=_("conversion and time by stage tell of clicks, not of selling"),
            metrics=("stage_conversion", "time_in_stage", "loss_rate_by_stage"),
            fix=_("Set right the stage of the open ones. Closed ones stay as they are: allow no jumps from now on."),
            look=skipped_stage,
            needs=("opportunity_history",),
            past=("stage",),
        ),
        Check(
            key="idle_week",
            topic=PROCESS,
            label=_("Week without activity"),
            definition=_(
                "Weeks from Monday to Sunday within the quarter in which a rep was employed throughout, of the reps "
                "who log activities in it at all. A week of leave looks the same."
            ),
            effect=_("effort is unknown, so is what it takes to win"),
            metrics=("activities_logged", "contacts_per_win", "selling_time_share"),
            fix=_("Log as it happens: calendar and mail can do it."),
            look=idle_week,
            needs=("activities", "reps"),
        ),
        Check(
            key="logged_at_once",
            topic=PROCESS,
            label=_("Logged all at once"),
            definition=_(
                "Activities of the quarter; fails if five or more of a rep bear the same second. When they were typed "
                "in is not in the export."
            ),
            effect=_("time with customers and answering times are made up"),
            metrics=("selling_time_share", "quote_response_hours", "activities_logged"),
            fix=_("Log as it happens: calendar and mail can do it."),
            look=logged_at_once,
            needs=("activities",),
        ),
    ]


def skipped_stage(scope: Scope) -> Found:
    """Opportunities that entered a stage in the quarter, and those that passed over one in it."""
    book = scope.book
    told = book.table("opportunity_history").select("opportunity_id").distinct()
    entries = book.table("stage_entries").semi_join(told, "opportunity_id").filter(scope.within(row.entered_at))
    walks = entries.group_by(_walked="opportunity_id").agg(skipped=row.skipped.any())
    deals = book.table("as_entered").inner_join(walks, [("opportunity_id", "_walked")])
    return of_deals(scope, deals, row.skipped, open_first=True)


def logged_at_once(scope: Scope) -> Found:
    """Activities of the quarter, and those that share rep and second with four others or more.

    Raises
    ------
    MissingTable
        If half of them or more have a day and no time.
    """
    activities = scope.book.table("activities").filter(scope.within(row.happened_at))
    midnight = row.happened_at == row.happened_at.truncate("D")
    told = activities.aggregate(n=row.count(), dated=midnight.sum()).to_pyarrow().to_pylist()[0]
    if 2 * int(told["dated"] or 0) >= int(told["n"]) > 0:
        raise MissingTable("activities", N_("the time of day at which it happened"), column="happened_at")
    together = row.count().over(ibis.window(group_by=["rep_id", "happened_at"]))
    columns = ["activity_id", "rep_id", "type", "happened_at"]
    return of_rows(scope, activities.mutate(_same=together), row["_same"] >= HEAP, "activity_id", columns)


def idle_week(scope: Scope) -> Found:
    """Weeks of reps within the quarter, and those without an activity.

    Nobody's weeks are listed where the reps are fewer than the company shows.
    """
    book, weeks = scope.book, _weeks(scope)
    logged = book.table("activities").filter(scope.within(row.happened_at))
    days = logged.select("rep_id", day=row.happened_at.cast("date")).distinct().to_pandas()
    monday = [pd.Timestamp(day).date() - timedelta(days=pd.Timestamp(day).weekday()) for day in days["day"]]
    worked = set(zip(days["rep_id"], monday, strict=True))
    reps = book.table("reps").select("rep_id", "hired_on", "left_on").to_pandas()
    reps = reps[reps["rep_id"].isin({rep for rep, _monday in worked})].sort_values("rep_id")
    checked = [
        (rep, week)
        for rep, hired, left in reps.itertuples(index=False)
        for week in weeks
        if not _after(hired, week) and not _before(left, week + WEEK - timedelta(days=1))
    ]
    idle = [each for each in checked if each not in worked]

    def listed(most: int) -> pd.DataFrame:
        shown = idle[:most] if len(reps) >= book.company.privacy.minimum_group else []
        names = dimensions.rep_names(book)
        rows = [(rep, names.get(rep, rep), week) for rep, week in shown]
        return pd.DataFrame(rows, columns=["rep_id", "rep", "week_from"])

    return Found(len(checked), len(idle), np.nan, listed)


def _weeks(scope: Scope) -> list[date]:
    """The Mondays of the whole weeks within the quarter, as far as the book knows it."""
    first = scope.period.start + timedelta(days=-scope.period.start.weekday() % 7)
    whole = ((scope.last - first).days + 1) // 7
    return [first + i * WEEK for i in range(whole)]


def _after(moment: Any, day: date) -> bool:
    return bool(pd.notna(moment)) and pd.Timestamp(moment).date() > day


def _before(moment: Any, day: date) -> bool:
    return bool(pd.notna(moment)) and pd.Timestamp(moment).date() < day
