"""The canonical tables: their names, columns, kinds and keys, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "money", "share", "number", "integer", "date", "timestamp", "boolean"]


@dataclass(frozen=True)
class Column:
    """One canonical column: its kind, and whether a table is useless without it."""

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table: its columns, the key that identifies a row, what a row is."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical column names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which the table is rejected."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column of that name (KeyError if the table has none)."""
        return {column.name: column for column in self.columns}[name]


def _columns(required: str, **kinds: str) -> tuple[Column, ...]:
    needed = required.split()
    return tuple(
        Column(name, kind, name in needed)  # type: ignore[arg-type]
        for kind, names in kinds.items()
        for name in names.split()
    )


def _table(name: str, grain: str, key: str, required: str, **kinds: str) -> Table:
    return Table(name, grain, _columns(required, **kinds), tuple(key.split()))


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "opportunities",
            "one row per opportunity, as it stands when the source was read",
            "opportunity_id",
            "opportunity_id",
            id="opportunity_id account_id rep_id product_id",
            text="name type currency stage forecast_category lead_source loss_reason",
            money="amount list_amount",
            share="probability",
            date="close_date",
            timestamp="created_at closed_at cancelled_at corrected_at",
            boolean="is_closed is_won",
        ),
        _table(
            "opportunity_history",
            "one row per change of an opportunity: its state after the change",
            "",
            "opportunity_id changed_at stage",
            id="opportunity_id",
            timestamp="changed_at",
            text="stage forecast_category",
            money="amount",
            date="close_date",
        ),
        _table(
            "accounts",
            "one row per account",
            "account_id",
            "account_id",
            id="account_id territory_id",
            text="name industry segment country",
            timestamp="created_at",
        ),
        _table(
            "reps",
            "one row per sales representative",
            "rep_id",
            "rep_id",
            id="rep_id manager_id territory_id",
            text="name team segment",
            date="hired_on left_on",
        ),
        _table(
            "assignments",
            "one row per rep and change of assignment, from a day on",
            "rep_id valid_from",
            "rep_id valid_from",
            id="rep_id manager_id territory_id",
            text="team segment",
            date="valid_from",
        ),
        _table(
            "territories",
            "one row per territory",
            "territory_id",
            "territory_id",
            id="territory_id",
            text="name region",
            integer="addressable_accounts addressable_addresses",
        ),
        _table(
            "leads",
            "one row per lead",
            "lead_id",
            "lead_id created_at",
            id="lead_id rep_id opportunity_id",
            text="lead_source",
            timestamp="created_at first_response_at converted_at",
            boolean="response_automatic",
            number="score",
            money="cost",
        ),
        _table(
            "activities",
            "one row per logged activity",
            "activity_id",
            "activity_id rep_id happened_at type",
            id="activity_id rep_id opportunity_id lead_id contact_id",
            text="type outcome",
            timestamp="happened_at",
            number="minutes",
            boolean="customer_facing",
        ),
        _table(
            "quotas",
            "one row per rep and quota period (both days inclusive)",
            "rep_id period_start",
            "rep_id period_start period_end quota",
            id="rep_id",
            date="period_start period_end",
            money="quota",
        ),
        _table(
            "forecasts",
            "one row per submission of a rep for a period, category and date",
            "rep_id period_start category submitted_at",
            "rep_id submitted_at period_start period_end amount",
            id="rep_id",
            timestamp="submitted_at",
            date="period_start period_end",
            text="category",
            money="amount",
        ),
        _table(
            "products",
            "one row per product",
            "product_id",
            "product_id",
            id="product_id",
            text="name family",
            money="list_price",
        ),
        _table(
            "tools",
            "one row per sales tool and month",
            "tool_id month",
            "tool_id month",
            id="tool_id",
            text="name",
            date="month",
            integer="licensed_users active_users",
            money="monthly_cost",
        ),
    )
}
