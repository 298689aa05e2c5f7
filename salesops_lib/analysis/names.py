"""What a group is called: names for ids, and which dimension tells the places of a company apart."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from ibis import _

from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable
from salesops_lib.language import N_
from salesops_lib.metrics import dimensions


def with_names(book: Book, by: str, ids: Iterable[str]) -> list[str]:
    """The names of a dimension's members: reps, territories and products have one, all else is its own name."""
    tables = {"territory": ("territories", "territory_id"), "product": ("products", "product_id")}
    if by == "rep":
        names = dimensions.rep_names(book)
    elif by in tables and book.has(tables[by][0]):
        table, key = tables[by]
        found = book.source.tables[table].select(key=_[key], name=_.name.coalesce(_[key])).to_pandas()
        names = dict(zip(found["key"], found["name"], strict=True))
    else:
        names = {}
    return [names.get(each, each) for each in ids]


def place(book: Book) -> str:
    """The dimension that tells a company's places apart: region, else territory, else team.

    Raises
    ------
    MissingTable
        If neither opportunities nor reps have any of them.
    """
    told = [name for name in ("region", "territory") if name in book.extras("opportunities")]
    if told:
        return told[0]
    if book.has("reps"):
        reps = book.table("assigned_reps")
        filled = reps.aggregate(territory=_.territory_id.count(), team=_.team.count()).to_pandas().iloc[0]
        if book.has("territories") and filled["territory"]:
            regions = book.source.tables["territories"].aggregate(n=_.region.count()).to_pandas()
            return "region" if int(regions["n"].iloc[0]) else "territory"
        for name in ("territory", "team"):
            if filled[name]:
                return name
    raise MissingTable("reps", N_("or a territory_id, to tell places apart"), column="team")


def has_members(book: Book, column: str) -> bool:
    """Whether any rep has a value in a column."""
    return book.has("reps") and bool(pd.notna(book.table("assigned_reps")[column].max().to_pandas()))
