"""Dimensions: what a metric can be split by, where each comes from, and which members it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.names import UNASSIGNED, UNKNOWN
from salesops_lib.periods import Period

IDS = {
    "rep": "rep_id",
    "manager": "manager_id",
    "territory": "territory_id",
    "product": "product_id",
    "account": "account_id",
    "tool": "tool_id",
}
OF_REPS = ("team", "manager", "territory", "segment")
OF_TERRITORIES = ("region",)
OF_ACCOUNTS = ("industry", "country")
OF_OPPORTUNITIES = ("rep", "product", "account", "lead_source", "type")
TAKEN = ("metric", "period", "rep_name", "value", "numerator", "denominator", "n", "low", "high")


def known(book: Book) -> list[str]:
    """The dimensions that a book has."""
    names = [*OF_OPPORTUNITIES, *book.extras("opportunities")]
    names += OF_REPS if book.has("reps") else ()
    names += OF_TERRITORIES if book.has("reps") and book.has("territories") else ()
    names += (*OF_ACCOUNTS, *book.extras("accounts")) if book.has("accounts") else ()
    names += ("tool",) if book.has("tools") else ()
    return names


def split(book: Book, table: ir.Table, by: Sequence[str]) -> ir.Table:
    """A table with one text column per dimension, named as the dimension; nothing is null.

    Raises
    ------
    ParameterError
        If the table has no such dimension, with the near ones.
    """
    joined = table
    if any(name in OF_REPS + OF_TERRITORIES and not _has(table, name) for name in by):
        joined = _with_reps(book, joined, [name for name in by if not _has(table, name)])
    if any(_of_account(book, table, name) for name in by):
        joined = _with_accounts(book, joined, [name for name in by if not _has(table, name)])
    columns = {}
    for name in by:
        source = f"_{name}" if f"_{name}" in joined.columns else IDS.get(name, name)
        if source not in joined.columns or name in TAKEN:
            fix = nearest(name, _known_of(book, table))
            raise ParameterError(Fault(f"{name!r} is no dimension of this metric.", fix=fix))
        empty: Any = ibis.literal(UNKNOWN)
        if "rep_id" in joined.columns and name in ("rep", *OF_REPS, *OF_TERRITORIES):
            empty = joined["rep_id"].isnull().ifelse(UNASSIGNED, UNKNOWN)
        columns[name] = ibis.coalesce(joined[source].cast("string"), empty)
    return joined.mutate(**columns)


def members(book: Book, by: Sequence[str], periods: Sequence[Period]) -> pd.DataFrame | None:
    """The members that must appear in every period even without a row: period and one column per dimension.

    Reps (and their teams, managers, territories, segments) appear while they are employed, products always. None for
    other dimensions: only what occurs is shown.
    """
    if not by:
        return pd.DataFrame({"period": [period.name for period in periods]})
    of_reps = {"rep", *OF_REPS, *(OF_TERRITORIES if book.has("territories") else ())}
    if book.has("reps") and set(by) <= of_reps - set(book.extras("opportunities")):
        table = split(book, book.table("reps"), by)
        reps = table.select(*by, "hired_on", "left_on").to_pandas()
        hired, left = pd.to_datetime(reps["hired_on"]), pd.to_datetime(reps["left_on"])
        parts = []
        for period in periods:
            there = ~(hired > pd.Timestamp(period.end)) & ~(left < pd.Timestamp(period.start))
            parts.append(reps.loc[there, list(by)].drop_duplicates().assign(period=period.name))
        present: pd.DataFrame = pd.concat(parts, ignore_index=True)
        return present
    if list(by) == ["product"] and book.has("products"):
        products = book.table("products").select(product=_.product_id).to_pandas()
        names = pd.DataFrame({"period": [period.name for period in periods]})
        every: pd.DataFrame = products.merge(names, how="cross")
        return every
    return None


def rep_names(book: Book) -> dict[str, str]:
    """The name of each rep by id; two reps of one name carry their id behind it.

    Without a table of reps the ids are the names.
    """
    if not book.has("reps"):
        return {}
    reps = book.source.tables["reps"].select("rep_id", "name").to_pandas()
    names = reps["name"].fillna(reps["rep_id"])
    twice = names.duplicated(keep=False) & (names != reps["rep_id"])
    return dict(zip(reps["rep_id"], names.where(~twice, names + " (" + reps["rep_id"] + ")"), strict=True))


def name_reps(book: Book, reps: Iterable[str]) -> list[str]:
    """The names of reps; "Unknown" for one that the table of reps does not have."""
    names = rep_names(book)
    unknown = UNKNOWN if names else None
    return [rep if rep == UNASSIGNED else names.get(rep, unknown or rep) for rep in reps]


def _known_of(book: Book, table: ir.Table) -> list[str]:
    of_rep = (*OF_REPS, *OF_TERRITORIES) if "rep_id" in table.columns else ()
    of_account = "account_id" in table.columns
    return [
        name
        for name in known(book)
        if _has(table, name) or name in of_rep or (of_account and _of_account(book, table, name))
    ]


def _has(table: ir.Table, name: str) -> bool:
    return name in table.columns or IDS.get(name, name) in table.columns


def _of_account(book: Book, table: ir.Table, name: str) -> bool:
    return not _has(table, name) and name in (*OF_ACCOUNTS, *book.extras("accounts"))


def _with_reps(book: Book, table: ir.Table, by: Sequence[str]) -> ir.Table:
    if "rep_id" not in table.columns:
        return table
    # All reps, also those hired after the book's date: a quota can be set before.
    reps = book.table("assigned_reps")
    columns = {f"_{name}": _[IDS.get(name, name)] for name in OF_REPS if name in by}
    if any(name in OF_TERRITORIES for name in by):
        columns["_place"] = _.territory_id
    table = table.left_join(reps.select(_rep="rep_id", **columns), [("rep_id", "_rep")]).drop("_rep")
    if "_place" in columns:
        places = book.table("territories").select(_there="territory_id", **{f"_{n}": _[n] for n in OF_TERRITORIES})
        table = table.left_join(places, [("_place", "_there")]).drop("_there", "_place")
    return table


def _with_accounts(book: Book, table: ir.Table, by: Sequence[str]) -> ir.Table:
    names = [name for name in by if name in (*OF_ACCOUNTS, *book.extras("accounts"))]
    accounts = book.table("accounts").select(_account="account_id", **{f"_{name}": _[name] for name in names})
    return table.left_join(accounts, [("account_id", "_account")]).drop("_account")
