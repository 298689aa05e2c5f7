"""Quotas: the days of a quota period on which the rep was there to reach it."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _


def spans(quotas: ir.Table, reps: ir.Table | None, as_of: date) -> ir.Table:
    """One row per quota: rep_id, quota, days (of the whole quota period), start and end cut to the employment."""
    quotas = quotas.mutate(
        days=(_.period_end.cast("timestamp").delta(_.period_start.cast("timestamp"), unit="day") + 1).cast("float64")
    )
    if reps is None:
        return quotas.select("rep_id", "quota", "days", start=_.period_start, end=_.period_end)
    gone = (_.left_on <= ibis.literal(as_of)).ifelse(_.left_on, ibis.null("date"))
    joined = quotas.left_join(reps.select("rep_id", "hired_on", left_on=gone), "rep_id")
    return joined.select(
        "rep_id",
        "quota",
        "days",
        start=ibis.greatest(_.period_start, _.hired_on.coalesce(_.period_start)),
        end=ibis.least(_.period_end, _.left_on.coalesce(_.period_end)),
    )
