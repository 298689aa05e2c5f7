"""The past: an opportunity's state on any date, rebuilt from its history; nothing later is known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from salesops_lib.company import Stages
from salesops_lib.data.cells import ROW

LONG_AGO = datetime(1900, 1, 1)
STATE = ("stage", "amount", "close_date", "forecast_category")
PRICE = "_price"


def timeline(opportunities: ir.Table, history: ir.Table | None, stages: Stages) -> ir.Table:
    """All changes of state, whenever they were made.

    One row per opportunity and change: opportunity_id, at, next_at (of the change after it; null: it is the last
    one), n (its place among those of the opportunity, from 0), stage, amount, close_date, forecast_category.

    What history does not tell is filled in: the first known state is taken back to the creation; an opportunity
    without history is open from its creation (its stage unknown if it is closed by now) and closes on its close date.
    One that is closed and was never seen to be created is known from its close on.
    """
    changes = _changes(opportunities, history, stages)
    # What is still alike is put in an order of its own, so that it is not the engine's.
    order = ibis.window(group_by="opportunity_id", order_by=[_.at, _.seq, *STATE])
    return changes.select(
        "opportunity_id",
        "at",
        *STATE,
        next_at=_.at.lead().over(order),
        n=ibis.row_number().over(order).cast("int32"),
    )


def _changes(opportunities: ir.Table, history: ir.Table | None, stages: Stages) -> ir.Table:
    closed = (*stages.won, *stages.lost)
    long_ago = ibis.literal(LONG_AGO, type="timestamp")
    # What an opportunity without history looked like before it closed: its stage is not known.
    opened = opportunities.filter(~(_.is_closed & _.created_at.isnull())).select(
        "opportunity_id",
        "amount",
        "close_date",
        at=_.created_at.coalesce(long_ago),
        seq=ibis.literal(0, type="int64"),
        stage=_.is_closed.ifelse(ibis.null("string"), _.stage),
        forecast_category=_.is_closed.ifelse(ibis.null("string"), _.forecast_category),
    )
    closing = opportunities.filter(_.is_closed).select(
        "opportunity_id",
        *STATE,
        at=ibis.greatest(_.closed_at, _.created_at.coalesce(_.closed_at)),
        seq=ibis.literal(2**62, type="int64"),
    )
    columns: dict[str, Any] = {"opportunity_id": _.opportunity_id, "at": _.at.cast("timestamp(6)"), "seq": _.seq}
    columns |= {name: _[name] for name in STATE}
    if history is None:
        return opened.select(**columns).union(closing.select(**columns))
    told = history.group_by("opportunity_id").agg(
        first_at=_.changed_at.min(),
        last_at=_.changed_at.max(),
        closed_last_at=_.changed_at.max(where=_.stage.isin(closed)),
    )
    born = opportunities.select(born_id="opportunity_id", created_at=_.created_at)
    known = told.inner_join(born, told.opportunity_id == born.born_id).drop("born_id")
    spoken = history.select("opportunity_id", "changed_at", *STATE, ROW).inner_join(known, "opportunity_id")
    spoken = spoken.mutate(
        at=(_.changed_at == _.first_at).ifelse(ibis.least(_.changed_at, _.created_at), _.changed_at),
        # Of changes made at one moment, the later row is the later change; without rows, the later stage.
        seq=_[ROW].coalesce(stage_order(stages)).coalesce(len(stages.open)).cast("int64"),
    )
    untold = opened.anti_join(told, "opportunity_id")
    unclosed = closing.left_join(told, "opportunity_id").drop("opportunity_id_right")
    unclosed = unclosed.filter(_.last_at.isnull() | _.closed_last_at.isnull() | (_.closed_last_at < _.last_at))
    unclosed = unclosed.mutate(at=ibis.greatest(_.at, _.last_at.coalesce(_.at)))
    return ibis.union(spoken.select(**columns), untold.select(**columns), unclosed.select(**columns))


def stage_order(stages: Stages) -> Any:
    """The place of the stage in the sales process; won comes after the last open one; null: lost or unknown."""
    order = ibis.cases(
        *((_.stage == stage, i) for i, stage in enumerate(stages.open)),
        (_.stage.isin(stages.won), len(stages.open)),
        else_=ibis.null("int64"),
    )
    return order.cast("int64")


def spans_before(changes: ir.Table, cutoff: datetime, stages: Stages) -> ir.Table:
    """Spans of unchanged state before a moment, as `timeline` has them: from, to, the state, is_open, is_won."""
    moment = ibis.literal(cutoff, type="timestamp")
    return changes.filter(_.at < moment).select(
        "opportunity_id",
        *STATE,
        "n",
        valid_from=_.at,
        valid_to=(_.next_at < moment).ifelse(_.next_at, ibis.null("timestamp(6)")),
        is_open=~_.stage.isin((*stages.won, *stages.lost)).fill_null(False),
        is_won=_.stage.isin(stages.won).fill_null(False),
    )


def as_of(
    opportunities: ir.Table, changes: ir.Table, cutoff: datetime, stages: Stages, untold: Collection[str] = ()
) -> ir.Table:
    """Opportunities as they stood before a moment; what changed later is taken back.

    `untold` are the parts of the state that the history does not have: they stay as they are today. Adds `is_lost`,
    `cycle_days` (from creation to close, null while open), `created_amount` (what it was worth when it was created) and
    `last_open_stage`: the stage a closed opportunity was closed from (null: unknown).
    """
    moment = ibis.literal(cutoff, type="timestamp")
    spans = spans_before(changes, cutoff, stages)
    past = spans.group_by("opportunity_id").agg(
        last_open_stage=_.stage.argmax(_.n, where=_.is_open),
        closed_since=_.valid_to.max(where=_.is_open),
        first_seen=_.valid_from.min(),
        created_amount=_.amount.argmin(_.n, where=_.amount.notnull()),
    )
    current = spans.filter(_.valid_to.isnull()).select("opportunity_id", **{f"then_{name}": _[name] for name in STATE})
    future = (
        changes.filter(_.at >= moment)
        .group_by("opportunity_id")
        .agg(
            later=ibis.literal(True),
            later_won=_.stage.isin(stages.won).fill_null(False).any(),
            later_lost=(_.stage.isin((*stages.won, *stages.lost)) & ~_.stage.isin(stages.won)).fill_null(False).any(),
            later_open=(~_.stage.isin((*stages.won, *stages.lost)).fill_null(False)).any(),
        )
    )
    table = opportunities
    for known, how in ((current, "inner"), (past, "inner"), (future, "left")):
        joined = table.join(known, "opportunity_id", how=how)
        table = joined.drop("opportunity_id_right") if "opportunity_id_right" in joined.columns else joined
    told = {name: ibis.coalesce(_[f"then_{name}"], _[name]) if name in untold else _[f"then_{name}"] for name in STATE}
    later = _.later.fill_null(False)
    table = table.mutate(
        **{name: later.ifelse(then, _[name]) for name, then in told.items()},
        probability=later.ifelse(ibis.null("float64"), _.probability),
    )
    won, closed = _.stage.isin(stages.won), _.stage.isin((*stages.won, *stages.lost))
    table = table.mutate(is_won=won.fill_null(False), is_closed=closed.fill_null(False))
    if PRICE in table.columns:
        unpriced = ~_.is_closed & _.amount.isnull()
        table = table.mutate(amount=unpriced.ifelse(_[PRICE], _.amount))
    # Settled: whatever was changed later, the outcome was not; so its date and its reason were known then.
    undone = _.later_open | _.is_won.ifelse(_.later_lost, _.later_won)
    table = table.mutate(is_lost=_.is_closed & ~_.is_won, settled=~undone.fill_null(False) & (_.closed_at < moment))
    table = table.mutate(
        closed_at=ibis.cases(
            (~_.is_closed, ibis.null("timestamp")),
            (~_.later.fill_null(False) | _.settled, _.closed_at),
            else_=_.closed_since.coalesce(_.first_seen).cast("timestamp"),
        ),
        loss_reason=(_.is_lost & ~undone.fill_null(False)).ifelse(_.loss_reason, ibis.null("string")),
        cancelled_at=(_.cancelled_at < moment).ifelse(_.cancelled_at, ibis.null("timestamp")),
        corrected_at=(_.corrected_at < moment).ifelse(_.corrected_at, ibis.null("timestamp")),
        last_open_stage=_.is_closed.ifelse(_.last_open_stage, ibis.null("string")),
    )
    table = table.mutate(created_amount=_.created_amount.coalesce(_.amount))
    days = _.closed_at.cast("date").cast("timestamp").delta(_.created_at.cast("date").cast("timestamp"), unit="day")
    helpers = ("later", "later_won", "later_lost", "later_open", "settled", "closed_since", "first_seen")
    return table.mutate(cycle_days=days).drop(*helpers, *(f"then_{name}" for name in STATE))


def states(
    changes: ir.Table,
    opportunities: ir.Table,
    cutoff: datetime,
    stages: Stages,
    carried: Sequence[str],
    untold: Collection[str] = (),
) -> ir.Table:
    """Spans of unchanged state before a moment, in agreement with the opportunities as of it.

    One row per opportunity and span: valid_from, valid_to (null: it still holds), the state, is_open, is_won,
    stage_order (see `stage_order`), n (its place among those of the opportunity), created_at and the `carried` columns
    of the opportunity. After the last recorded change an opportunity is what its own record says, whether or not the
    history tells it, too.
    """
    names = {"now_id": "opportunity_id", **{f"now_{name}": name for name in STATE}}
    price = {PRICE: _[PRICE]} if PRICE in opportunities.columns else {}
    facts = opportunities.select("created_at", *carried, **names, **price)
    spans = spans_before(changes, cutoff, stages)
    spans = spans.inner_join(facts, spans.opportunity_id == facts.now_id)
    last = _.valid_to.isnull()
    taken = {name: last.ifelse(_[f"now_{name}"], _[name]) for name in STATE}
    taken |= {name: ibis.coalesce(_[name], _[f"now_{name}"]) for name in untold}
    spans = spans.mutate(**taken)
    spans = spans.mutate(
        is_open=~_.stage.isin((*stages.won, *stages.lost)).fill_null(False),
        is_won=_.stage.isin(stages.won).fill_null(False),
        stage_order=stage_order(stages),
    )
    if price:
        spans = spans.mutate(amount=(_.is_open & _.amount.isnull()).ifelse(_[PRICE], _.amount)).drop(PRICE)
    return spans.drop(*names)


def pushes(spans: ir.Table, carried: Sequence[str]) -> ir.Table:
    """When the expected close date of an open opportunity was moved to a later calendar month.

    One row per move: opportunity_id, pushed_at, from_date, to_date, the stage and the amount at the move, and the
    `carried` columns of the opportunity.
    """
    order = ibis.window(group_by="opportunity_id", order_by="n")
    moved = spans.mutate(_from=_.close_date.lag().over(order), _was_open=_.is_open.lag().over(order))
    later = _.close_date.truncate("M") > _["_from"].truncate("M")
    return moved.filter(_.is_open & _["_was_open"] & later).select(
        "opportunity_id",
        "stage",
        "amount",
        *carried,
        pushed_at=_.valid_from,
        from_date=_["_from"],
        to_date=_.close_date,
    )


def stage_entries(spans: ir.Table, opportunities: ir.Table, stages: Stages, carried: Sequence[str]) -> ir.Table:
    """Who entered which open stage when, and what came of it.

    One row per opportunity and open stage that it entered or skipped: entered_at, advanced_at (it reached a later
    stage; a skipped stage is entered and left at once), lost_at (it was lost from this stage), advanced, lost, skipped,
    closed_at and won (what became of it in the end), and the `carried` columns of the opportunity. A stage entered
    again counts once, by its first time.
    """
    firsts = {}
    for i in range(len(stages.open)):
        firsts[f"entered_{i}"] = _.valid_from.min(where=_.stage_order >= i)
        firsts[f"advanced_{i}"] = _.valid_from.min(where=_.stage_order > i)
        firsts[f"visited_{i}"] = (_.stage_order == i).any()
    walks = spans.group_by("opportunity_id").agg(**firsts)
    facts = opportunities.select("opportunity_id", "is_won", "is_lost", "closed_at", "last_open_stage", *carried)
    walks = walks.inner_join(facts, "opportunity_id")
    parts = []
    for i, stage in enumerate(stages.open):
        lost_here = _.is_lost & (_.last_open_stage == stage)
        part = walks.filter(_[f"entered_{i}"].notnull()).select(
            "opportunity_id",
            *carried,
            stage=ibis.literal(stage),
            entered_at=_[f"entered_{i}"],
            advanced_at=_[f"advanced_{i}"],
            lost_at=lost_here.ifelse(_.closed_at, ibis.null("timestamp")),
            advanced=_[f"advanced_{i}"].notnull(),
            lost=lost_here.fill_null(False),
            skipped=~_[f"visited_{i}"].fill_null(False),
            closed_at=_.closed_at,
            won=_.is_won,
        )
        parts.append(part)
    return ibis.union(*parts) if len(parts) > 1 else parts[0]
