"""Completeness by rep: of whose opportunities the fields that are due are filled in."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.health.completeness import any_lacking
from salesops_lib.analysis.health.scope import Scope
from salesops_lib.analysis.reps.evidence import ALPHA, FEWEST, adjusted, share_p
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.errors import MissingTable
from salesops_lib.metrics.intervals import wilson

COLUMNS = "rep rep_name value low high n peers p_value verdict".split()


def complete_by_rep(scope: Scope) -> pd.DataFrame:
    """The share of each rep's opportunities of which every field that is due is filled in.

    Opportunities count whole: a rep who leaves two fields of one empty has one that is incomplete.

    Returns
    -------
    DataFrame
        One row per rep with an opportunity, by name: rep, rep_name, value, low, high (Wilson), n, peers (the share of
        all of them together), p_value (adjusted over the reps; null below ten opportunities), verdict ("above",
        "below", "not distinguishable", "too few").

    Raises
    ------
    MissingTable
        If opportunities name no owners.
    Withheld
        If the reps are fewer than the company's minimum group.
    """
    if "rep_id" not in scope.book.source.present["opportunities"]:
        raise MissingTable("opportunities", column="rep_id")
    reps = Peers(scope.book, scope.quarter).reps[["rep", "rep_name"]]
    marked = scope.deals.filter(row.rep_id.notnull()).mutate(_lacks=any_lacking(scope))
    counts = marked.group_by(rep=row.rep_id).agg(n=row.count(), lacks=row["_lacks"].sum()).to_pandas()
    frame = reps.merge(counts, on="rep")
    n = frame["n"].to_numpy(dtype="float64")
    filled = n - frame["lacks"].to_numpy(dtype="float64")
    low, high = wilson(filled, n)
    whole_n, whole = np.full(len(n), n.sum()), np.full(len(n), filled.sum())
    value, peers = filled / n, whole / np.where(whole_n > 0, whole_n, 1)
    enough = n >= FEWEST
    chance = np.where(enough, share_p(filled, n, whole, whole_n), np.nan)
    frame = frame.assign(value=value, low=low, high=high, peers=peers, p_value=adjusted(pd.Series(chance)))
    side = np.where(frame["value"] > frame["peers"], "above", "below")
    sure = np.where(frame["p_value"] < ALPHA, side, "not distinguishable")
    return frame.assign(verdict=np.where(enough, sure, "too few"))[COLUMNS]
