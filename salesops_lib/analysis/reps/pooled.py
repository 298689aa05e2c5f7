"""The peers' records behind a metric, as sums and ranks: what a rep's figure is tested against."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.metrics.registry import metric_of
from salesops_lib.metrics.spec import Flow
from salesops_lib.periods import Period


def moments(peers: Peers, name: str, period: Period) -> pd.DataFrame:
    """Per rep: n, s1, s2 and s3, the sums of x, x² and x³ over the records of a metric in a period.

    Returns
    -------
    DataFrame
        One row per compared rep that has any (the index is the rep).
    """
    x = _["_value"].cast("float64")
    sums = (
        _records(peers, name, period)
        .group_by("rep")
        .agg(n=_["_value"].count(), s1=x.sum(), s2=(x * x).sum(), s3=(x * x * x).sum())
    )
    frame: pd.DataFrame = sums.to_pandas()
    return frame.set_index("rep").astype("float64")


def ranks(peers: Peers, name: str, period: Period) -> pd.DataFrame:
    """Per rep: n and the sum of its ranks among all records of the peer group; peers_n, ties and median of the group.

    Records of one value share their mean rank; ties is the sum of t³ − t over the values that occur t times.

    Returns
    -------
    DataFrame
        One row per compared rep that has any record (the index is the rep).
    """
    records = _records(peers, name, period).filter(_["_value"].notnull())
    groups = ["peers", "_value"]
    ranked = records.mutate(
        _first=ibis.rank().over(group_by="peers", order_by="_value") + 1.0,
        _same=_.count().over(group_by=groups).cast("float64"),
    )
    ranked = ranked.mutate(_rank=_["_first"] + (_["_same"] - 1) / 2)
    own = ranked.group_by(["peers", "rep"]).agg(n=_.count(), rank_sum=_["_rank"].sum())
    # Each of the t records of a value brings t² − 1: together t³ − t.
    whole = ranked.group_by("peers").agg(
        peers_n=_.count(), ties=(_["_same"] * _["_same"] - 1).sum(), median=_["_value"].cast("float64").median()
    )
    frame: pd.DataFrame = own.inner_join(whole, "peers").to_pandas()
    numbers = ["n", "rank_sum", "peers_n", "ties", "median"]
    return frame.set_index("rep")[numbers].astype("float64")


def values_of(peers: Peers, rep: str, name: str, period: Period) -> pd.Series[float]:
    """The values of a metric's records of one rep in a period, in no order."""
    own = _records(peers, name, period).filter((_["rep"] == rep) & _["_value"].notnull())
    counts = own.group_by("_value").agg(n=_.count()).to_pandas()
    values: pd.Series[float] = counts["_value"].astype("float64").repeat(counts["n"]).reset_index(drop=True)
    return values


def _records(peers: Peers, name: str, period: Period) -> ir.Table:
    """The records of the compared reps that a metric counts in a period: rep, peers, _value."""
    metric = metric_of(name)
    assert isinstance(metric, Flow)
    table = peers.book.table(metric.of)
    day = table[metric.on].cast("date")
    table = table.filter(day.between(ibis.literal(period.start), ibis.literal(period.end)))
    if metric.where is not None:
        table = table.filter(metric.where)
    who = ibis.memtable(peers.compared[["rep", "peers"]], schema={"rep": "string", "peers": "string"})
    value = metric.value  # type: ignore[attr-defined]
    return table.mutate(_value=value).inner_join(who, table.rep_id == who.rep).select("rep", "peers", "_value")
