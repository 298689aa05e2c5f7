"""Submitted forecasts beside what became of them."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
from ibis import _

COMMIT = "commit"
LEAD_DAYS = 30


def results(forecasts: ir.Table, opportunities: ir.Table, as_of: dt.date) -> ir.Table:
    """What each rep committed to 30 days before a period's end, and what was won.

    One row per rep and period that has ended: rep_id, period_start, period_end, forecast (the last commit submitted by
    then; without categories, the last submission), actual (revenue won), error (their absolute difference).
    """
    ended = forecasts.filter(_.period_end <= ibis.literal(as_of))
    ended = ended.filter(_.category.isnull() | (_.category.lower() == COMMIT))
    early = ended.filter(
        _.period_end.cast("timestamp").delta(_.submitted_at.cast("date").cast("timestamp"), unit="day") >= LEAD_DAYS
    )
    period = ["rep_id", "period_start", "period_end"]
    last = early.group_by(period).agg(forecast=_.amount.argmax(_.submitted_at))
    won = opportunities.filter(_.is_won).select(won_by="rep_id", won_on=_.closed_at.cast("date"), won="amount")
    inside = last.left_join(
        won, [last.rep_id == won.won_by, won.won_on >= last.period_start, won.won_on <= last.period_end]
    )
    rows = inside.group_by([*period, "forecast"]).agg(actual=_.won.sum().coalesce(0))
    return rows.mutate(error=(_.forecast - _.actual).abs())
