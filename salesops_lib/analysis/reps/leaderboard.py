"""The leaderboard that ranks nobody: each rep's figures, their intervals, and whether chance explains the distance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from salesops_lib.analysis.reps import evidence
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.pooled import moments, ranks
from salesops_lib.analysis.reps.shrinkage import shrunk_shares
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE, measure, missing_table

FIGURES = ["rep", "value", "low", "high", "n", "numerator", "denominator"]
COLUMNS = (
    "metric label unit better rep rep_name value low high n peers shrunk shrunk_low shrunk_high p_value verdict note"
).split()


def leaderboard(peers: Peers) -> pd.DataFrame:
    """Each rep's figures of the quarter against the peers'.

    Every metric has the test that fits what it counts, given the peers' own records: shares Fisher's exact test, sums
    and means the chance of drawing such deals, medians the rank-sum test. P-values are adjusted by Benjamini-Hochberg
    over the reps and over the metrics (`evidence.adjusted_in_families`).

    Returns
    -------
    DataFrame
        One row per metric and rep shown, by metric and name: metric, label, unit, better, rep, rep_name, value (null:
        n/a), low, high, n, peers (the peer group's figure; of revenue what it makes in the rep's working days; null
        without peers), shrunk, shrunk_low, shrunk_high (win rate: drawn towards the peers; else null), p_value
        (adjusted; null: not tested), verdict ("above", "below", "not distinguishable", "too few" below ten records or,
        of sums, ten expected ones, "none" if n/a or without peers), note (of the metric).

    Raises
    ------
    Withheld
        If the group is smaller than the company shows.
    """
    names = [name for name in TESTS if not missing_table(peers.book, name)]
    shown, everyone = peers.reps, peers.compared
    tidy = measure(peers.book, names, peers.period, by="rep")
    parts = []
    for name in names:
        metric = CATALOGUE[name]
        own = tidy[tidy["metric"] == name][FIGURES]
        frame = everyone[["rep", "rep_name", "peers", "days", "deals"]].merge(own, on="rep", how="left")
        frame["n"] = frame["n"].fillna(0)
        frame["group"] = frame.pop("peers")
        frame = TESTS[name](peers, frame.assign(enough=frame["n"]), name)
        frame["p"] = frame["p"].where((frame["enough"] >= evidence.FEWEST) & frame["value"].notna())
        about = {"metric": name, "label": _(metric.label), "unit": metric.unit, "better": metric.better}
        parts.append(frame.assign(**about, note=tidy.attrs["notes"].get(name, "")))
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*COLUMNS, "p"])
    # Whoever has no peers was compared with nobody.
    alone = whole.groupby(["metric", "group"])["value"].transform("count") < 2
    whole["p_value"] = evidence.adjusted_in_families(whole["p"].mask(alone), whole["metric"])
    whole["peers"] = whole["peers"].mask(alone)
    whole["verdict"] = evidence.verdicts(whole["value"], whole["peers"], whole["p_value"], whole["enough"])
    result: pd.DataFrame = whole[whole["rep"].isin(shown["rep"])].reindex(columns=COLUMNS)
    return result.reset_index(drop=True)


def lacking(peers: Peers) -> pd.DataFrame:
    """The leaderboard's metrics that cannot be measured: metric, label, why (the table that is missing)."""
    missing = {name: missing_table(peers.book, name) for name in TESTS}
    rows = [(name, _(CATALOGUE[name].label), table) for name, table in missing.items() if table]
    return pd.DataFrame(rows, columns=["metric", "label", "why"])


def _share(peers: Peers, frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A share of counted records; those of a rep whose share is n/a are no peers' records."""
    known = frame["value"].notna()
    frame = frame.assign(top=frame["numerator"].where(known, 0.0), of=frame["denominator"].where(known, 0.0))
    pooled = frame.groupby("group")[["top", "of"]].transform("sum")
    p = evidence.share_p(*(each.to_numpy() for each in (frame["top"], frame["of"], pooled["top"], pooled["of"])))
    return frame.assign(p=p, peers=pooled["top"] / pooled["of"].where(pooled["of"] > 0))


def _shrunk(peers: Peers, frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A share of counted records, and beside it what it is worth."""
    tested = _share(peers, frame, name)
    for _group, part in tested.groupby("group"):
        drawn = shrunk_shares(part["top"].to_numpy(), part["of"].to_numpy())
        for column, source in (("shrunk", "value"), ("shrunk_low", "low"), ("shrunk_high", "high")):
            tested.loc[part.index, column] = drawn[source].to_numpy()
    return tested


def _of_exposure(exposure: str) -> Callable[[Peers, pd.DataFrame, str], pd.DataFrame]:
    """Revenue per something that the rep was given: the deals of all peers, each falling to the rep by its share."""

    def test(peers: Peers, frame: pd.DataFrame, name: str) -> pd.DataFrame:
        given = frame[exposure].fillna(0.0).clip(lower=0.0)
        deals = moments(peers, "revenue_won", peers.period).reindex(frame["rep"]).fillna(0.0).reset_index(drop=True)
        # The deals of reps who were given nothing belong to nobody's share.
        counted = deals[["n", "s1", "s2", "s3"]].mul((given > 0).astype("float64"), axis=0).assign(given=given)
        pooled = counted.groupby(frame["group"]).transform("sum")
        share = (given / pooled["given"].where(pooled["given"] > 0)).fillna(0.0)
        sums = (counted["s1"], share, pooled["s1"], pooled["s2"], pooled["s3"])
        p = evidence.sum_p(*(each.to_numpy(dtype="float64") for each in sums))
        rate = pooled["s1"] / pooled["given"].where(pooled["given"] > 0)
        # Who wins none of many deals is judged, too; who closed none was hardly there to sell.
        enough = (pooled["n"] * share).clip(lower=frame["n"]).where(frame["deals"] > 0, 0.0)
        return frame.assign(p=p, peers=rate * given if exposure == "days" else rate, enough=enough)

    return test


def _mean(peers: Peers, frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The mean of amounts: any n of the peers' deals."""
    deals = moments(peers, name, peers.period).reindex(frame["rep"]).fillna(0.0).reset_index(drop=True)
    pooled = deals.groupby(frame["group"]).transform("sum")
    sums = (frame["value"], deals["n"], pooled["n"], pooled["s1"], pooled["s2"], pooled["s3"])
    p = evidence.mean_p(*(each.to_numpy(dtype="float64") for each in sums))
    return frame.assign(p=p, peers=pooled["s1"] / pooled["n"].where(pooled["n"] > 0))


def _median(peers: Peers, frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The median of durations: the ranks of the rep's among the peers'; no side where median and ranks disagree."""
    found = ranks(peers, name, peers.period).reindex(frame["rep"]).reset_index(drop=True)
    p = evidence.rank_p(*(found[each].to_numpy() for each in ("rank_sum", "n", "peers_n", "ties")))
    center = found["median"].groupby(frame["group"]).transform("max")
    longer = found["rank_sum"] / found["n"] - (found["peers_n"] + 1) / 2
    return frame.assign(p=np.where(longer * (frame["value"] - center) > 0, p, np.maximum(p, 1.0)), peers=center)


TESTS: dict[str, Callable[[Peers, pd.DataFrame, str], pd.DataFrame]] = {
    "quota_attainment": _of_exposure("denominator"),
    "revenue_won": _of_exposure("days"),
    "win_rate": _shrunk,
    "average_deal_size": _mean,
    "sales_cycle_days": _median,
    "pipeline_efficiency": _of_exposure("denominator"),
    "lead_response_hours": _median,
    "meetings_per_activity": _share,
    "cancellation_rate": _share,
}
