"""The pipeline as a ledger: what was open, what came in, what went out, what is left; it always reconciles."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable
from salesops_lib.language import N_

LINES = (
    "opening",
    "created",
    "re_opened",
    "pulled_in",
    "pushed_out",
    "won",
    "lost",
    "amount_changes",
    "closing",
)


def pipeline_ledger(book: Book, quarter: str) -> pd.DataFrame:
    """The pipeline of a quarter in two accounts: due by its end, and due later (or without a date).

    An opportunity enters an account once (it was open at the start, was created, or was re-opened) and leaves it once
    (won, lost, or still open at the end). One that changed accounts was pulled in or pushed out, by the amount it came
    in with. What its amount changed by is in the account it ended in.

    Returns
    -------
    DataFrame
        One row per line, in order: line, due, later, total (money, signed: the lines before closing add up to closing
        in each column), n (opportunities).

    Raises
    ------
    MissingTable
        Without opportunity_history: what was pushed out or changed is not known.
    """
    if not book.has("opportunity_history"):
        raise MissingTable("opportunity_history", N_("what an opportunity was worth and when it was due, on each day"))
    flows = _flows(book, quarter).to_pandas()
    lines = pd.DataFrame(0.0, index=list(LINES), columns=["due", "later"])
    counts = pd.Series(0, index=list(LINES))
    for flow in flows.itertuples(index=False):
        came, went = flow.entry_account, flow.exit_account
        lines.loc[flow.entry, came] += flow.amount_in
        counts[flow.entry] += flow.n
        if came != went:
            move = "pulled_in" if went == "due" else "pushed_out"
            lines.loc[move, went] += flow.amount_in
            lines.loc[move, came] -= flow.amount_in
            counts[move] += flow.n
        lines.loc["amount_changes", went] += flow.amount_out - flow.amount_in
        counts["amount_changes"] += flow.changed
        sign = 1 if flow.exit == "closing" else -1
        lines.loc[flow.exit, went] += sign * flow.amount_out
        counts[flow.exit] += flow.n
    frame = lines.round(2).assign(n=counts).rename_axis("line").reset_index()
    frame.insert(3, "total", (frame["due"] + frame["later"]).round(2))
    return frame


def _flows(book: Book, quarter: str) -> ir.Table:
    """Amounts in and out by how an opportunity came, how it went, and the account it did so in."""
    period = book.calendar.period(quarter)
    start = ibis.literal(period.start).cast("timestamp")
    end = ibis.literal(min(period.after, book.cutoff.date())).cast("timestamp")
    spans = book.table("states").filter((_.valid_from < end) & (_.valid_to.isnull() | (_.valid_to > _.valid_from)))
    spans = spans.mutate(
        amount=_.amount.fill_null(0).round(2),
        account=(_.close_date <= ibis.literal(period.end)).fill_null(False).ifelse("due", "later"),
    )
    inside = _.valid_from >= start
    last = _.valid_to.isnull() | (_.valid_to >= end)
    at_start = ~inside & (_.valid_to.isnull() | (_.valid_to >= start))
    deals = spans.group_by("opportunity_id").agg(
        is_new=_.valid_from.min() >= start,
        touched=inside.any(),
        was_open=(at_start & _.is_open).any(),
        was_won=(at_start & _.is_won).any(),
        ends_open=(last & _.is_open).any(),
        ends_won=(last & _.is_won).any(),
        end_amount=_.amount.max(where=last),
        start_amount=_.amount.max(where=at_start),
        start_account=_.account.max(where=at_start),
        first_amount=_.amount.argmin(_.valid_from, where=inside & _.is_open),
        first_account=_.account.argmin(_.valid_from, where=inside & _.is_open),
        last_amount=_.amount.argmax(_.valid_from, where=_.is_open & (inside | at_start)),
        last_account=_.account.argmax(_.valid_from, where=_.is_open & (inside | at_start)),
    )
    # Closed before and never open since: no part of this quarter's pipeline.
    deals = deals.filter(_.was_open | (_.touched & (_.first_amount.notnull() | (_.ends_won & ~_.was_won) | _.is_new)))
    deals = deals.mutate(
        entry=ibis.cases((_.was_open, "opening"), (_.is_new, "created"), else_="re_opened"),
        exit=ibis.cases((_.ends_open, "closing"), (_.ends_won, "won"), else_="lost"),
        # What was entered as closed was never seen open: it comes and goes at its closing amount.
        amount_in=_.was_open.ifelse(_.start_amount, _.first_amount).coalesce(_.end_amount),
        entry_account=_.was_open.ifelse(_.start_account, _.first_account).coalesce("due"),
        exit_account=_.last_account.coalesce("due"),
    )
    # A lost deal leaves with what it was last thought to be worth: CRMs often set the amount of lost ones to zero.
    deals = deals.mutate(amount_out=(_.exit == "lost").ifelse(_.last_amount.coalesce(_.end_amount), _.end_amount))
    return deals.group_by(["entry", "entry_account", "exit", "exit_account"]).agg(
        amount_in=_.amount_in.sum().cast("float64"),
        amount_out=_.amount_out.sum().cast("float64"),
        n=_.count(),
        changed=(_.amount_in != _.amount_out).sum(),
    )
