"""Who is who: accounts kept twice, owners and accounts that their table does not have, owners who have left."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.health.doubles import likely_doubles
from salesops_lib.analysis.health.scope import Found, Scope, of_deals
from salesops_lib.analysis.health.spec import IDENTITY, Check
from salesops_lib.data.book import Book
from salesops_lib.language import gettext as _


def checks() -> list[Check]:
    """The checks of identity."""
    every = _("Open opportunities, and those closed in the quarter; of those that name one.")
    owners = ("quota_attainment", "reps_at_quota", "pipeline_coverage")
    return [
        Check(
            key="double_account",
            topic=IDENTITY,
            label=_("Account kept twice"),
            definition=_(
                "All accounts with a name; fails if one before it, by id, has nearly the same name (a similarity "
                "of 93 of 100 or more; legal forms, case and accents aside). It is a proposal: nothing is merged."
            ),
            effect=_("customers are counted twice, and two reps may sell to one"),
            metrics=("territory_penetration", "win_rate", "lead_conversion"),
            fix=_("Look at each pair; merge those that are one company."),
            look=double_account,
            needs=("accounts.name",),
        ),
        Check(
            key="unknown_owner",
            topic=IDENTITY,
            label=_("Owner unknown"),
            definition=_("{which} Fails if the table of reps has no such owner.", which=every),
            effect=_("the deal counts for no team, and its owner carries no quota"),
            metrics=owners,
            fix=_("Add the owner to the reps, or hand the deal over."),
            look=unknown_owner,
            needs=("opportunities.rep_id", "reps"),
        ),
        Check(
            key="owner_left",
            topic=IDENTITY,
            label=_("Owner has left"),
            definition=_("Open opportunities whose owner is in the table of reps; fails if the owner has left."),
            effect=_("nobody works on it, and it stands in the pipeline"),
            metrics=("pipeline_value", "pipeline_coverage", "slip_rate"),
            fix=_("Hand the deal over, or close it."),
            look=owner_left,
            needs=("opportunities.rep_id", "reps.left_on"),
        ),
        Check(
            key="unknown_account",
            topic=IDENTITY,
            label=_("Account unknown"),
            definition=_("{which} Fails if the table of accounts does not have it.", which=every),
            effect=_("the win counts for no customer, segment or territory"),
            metrics=("territory_penetration",),
            fix=_("Export the account, or link the right one."),
            look=unknown_account,
            needs=("opportunities.account_id", "accounts"),
        ),
    ]


def unknown_owner(scope: Scope) -> Found:
    """Opportunities with an owner, and those whose owner is no rep of the table."""
    reps = scope.book.source.tables["reps"].select(_known="rep_id")
    deals = scope.deals.filter(row.rep_id.notnull()).left_join(reps, [("rep_id", "_known")])
    return of_deals(scope, deals, row["_known"].isnull())


def owner_left(scope: Scope) -> Found:
    """Open opportunities of known reps, and those whose owner has left; `left_on`."""
    reps = scope.book.table("reps").select(_known="rep_id", left_on="left_on")
    deals = scope.open_deals.inner_join(reps, [("rep_id", "_known")])
    gone = row.left_on.notnull() & (row.left_on < ibis.literal(scope.book.as_of))
    return of_deals(scope, deals, gone, "left_on")


def unknown_account(scope: Scope) -> Found:
    """Opportunities with an account, and those whose account the table does not have."""
    accounts = scope.book.source.tables["accounts"].select(_known="account_id")
    deals = scope.deals.filter(row.account_id.notnull()).left_join(accounts, [("account_id", "_known")])
    deals = deals.mutate(unknown_id=row.account_id)
    return of_deals(scope, deals, row["_known"].isnull(), "unknown_id")


def double_account(scope: Scope) -> Found:
    """Accounts with a name, and those that likely stand for the same company as one before."""
    accounts, pairs = _named(scope.book), duplicates(scope.book)
    return Found(len(accounts), int(pairs["other_id"].nunique()), np.nan, lambda most: pairs.head(most))


def duplicates(book: Book) -> pd.DataFrame:
    """Pairs of accounts that likely are one company, the most alike first.

    Returns
    -------
    DataFrame
        One row per pair: account_id, name, other_id, other_name (of which the ids are in order), similarity (0-100).
    """
    accounts = _named(book)
    found = likely_doubles(accounts["name"].to_list())
    first, second = accounts.iloc[found["first"]], accounts.iloc[found["second"]]
    pairs = pd.DataFrame(
        {
            "account_id": first["account_id"].to_numpy(),
            "name": first["name"].to_numpy(),
            "other_id": second["account_id"].to_numpy(),
            "other_name": second["name"].to_numpy(),
            "similarity": found["similarity"].to_numpy(),
        }
    )
    return pairs.sort_values(["similarity", "account_id", "other_id"], ascending=[False, True, True], ignore_index=True)


def _named(book: Book) -> pd.DataFrame:
    accounts = book.table("accounts").filter(row.name.notnull())
    found: pd.DataFrame = accounts.select("account_id", "name").order_by("account_id").to_pandas()
    return found
