"""Won opportunities as orders: which were cancelled soon, which were corrected, and who is a customer where."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from salesops_lib.data.states import LONG_AGO


def orders(opportunities: ir.Table, as_of: date, cancellation_days: int, told: Collection[str]) -> ir.Table:
    """Won opportunities and what became of them by a day.

    The columns of the opportunity, and: ripe (won so long ago that all days in which a cancellation counts are over),
    cancelled_early (cancelled within these days), corrected; cancellations_told and corrections_told (whether the
    columns `told` by the source have them at all).
    """
    won = opportunities.filter(_.is_won)
    won_on = won.closed_at.cast("date").cast("timestamp")
    age = ibis.literal(as_of).cast("timestamp").delta(won_on, unit="day")
    kept = won.cancelled_at.cast("date").cast("timestamp").delta(won_on, unit="day")
    return won.mutate(
        ripe=age >= cancellation_days,
        cancelled_early=(kept <= cancellation_days).fill_null(False),
        corrected=_.corrected_at.notnull(),
        cancellations_told=ibis.literal("cancelled_at" in told),
        corrections_told=ibis.literal("corrected_at" in told),
    )


def market(
    opportunities: ir.Table, accounts: ir.Table | None, reps: ir.Table | None, territories: ir.Table
) -> ir.Table:
    """Customers beside the accounts that could be: what the penetration of territories rests on.

    Two kinds of rows, each with territory_id and region: one per territory (addressable: its accounts or, where those
    are not given, its addresses; since: long ago), and one per customer, which is an account with a won opportunity
    (customers: 1; since: its first win). A customer belongs to the account's territory, else to that of the rep who won
    it first; customers outside of every territory with a known number of accounts are left out.
    """
    places = territories.mutate(addressable=_.addressable_accounts.coalesce(_.addressable_addresses))
    places = places.filter(_.addressable.notnull()).select("territory_id", "region", "addressable")
    won = opportunities.filter(_.is_won & _.account_id.notnull())
    firsts = won.group_by("account_id").agg(
        since=_.closed_at.min().cast("date"),
        # Two first wins at one moment: that of the smaller id, whatever the order of the rows.
        won_by=_.rep_id.first(order_by=[_.closed_at, _.opportunity_id]),
    )
    homes: list[Any] = [ibis.null("string")]
    if accounts is not None:
        owned = accounts.select(_account="account_id", _home="territory_id")
        firsts = firsts.left_join(owned, [("account_id", "_account")])
        homes.append(_["_home"])
    if reps is not None:
        firsts = firsts.left_join(reps.select(_rep="rep_id", _patch="territory_id"), [("won_by", "_rep")])
        homes.append(_["_patch"])
    located = firsts.mutate(territory_id=ibis.coalesce(*homes)).inner_join(places, "territory_id")
    customers = located.select(
        "territory_id",
        "region",
        "account_id",
        "since",
        customers=ibis.literal(1, type="int64"),
        addressable=ibis.literal(0, type="int64"),
    )
    rows = places.select(
        "territory_id",
        "region",
        account_id=ibis.null("string"),
        since=ibis.literal(LONG_AGO.date()),
        customers=ibis.literal(0, type="int64"),
        addressable=_.addressable.cast("int64"),
    )
    return customers.union(rows)
