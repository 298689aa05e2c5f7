"""Leads: who is given how many and how good ones, and whether that is fair beyond what chance makes uneven."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.reps import evidence
from salesops_lib.analysis.reps.evidence import FEWEST, Array
from salesops_lib.analysis.reps.fairness import gini_of, uneven_numbers, uneven_quality
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.language import N_, ngettext
from salesops_lib.metrics import intervals
from salesops_lib.names import UNKNOWN

# That somebody is treated unfairly is a grave thing to say, and leads come less evenly than chance alone has it.
ALPHA = 0.01
SHARES = (
    "rep rep_name leads days per_day low high peers p_value verdict quality quality_low quality_high quality_peers "
    "quality_p quality_verdict quality_unit"
).split()
FAIRNESS = "aspect test statistic df p_value gini gini_low gini_high uneven n".split()


def lead_shares(peers: Peers) -> pd.DataFrame:
    """The leads that each rep was given in the quarter, per working day employed, and how good they are.

    If all is fair, each of the peers' leads goes to a rep with the rep's share of their working days. Quality is the
    mean score or, where fewer than half of the leads are scored, the conversion to be expected of the source (the share
    of its leads of the four quarters that became an opportunity, of all reps); its test compares ranks.

    Returns
    -------
    DataFrame
        One row per rep shown, by name: rep, rep_name, leads, days (working days employed), per_day, low, high, peers
        (per day), p_value (adjusted over the reps), verdict ("above", "below", "not distinguishable"; "too few" where
        fewer than ten leads are to be expected; "none" without days or peers), quality, quality_low, quality_high,
        quality_peers, quality_p, quality_verdict, quality_unit ("count" of a score, else "share"). The level of the
        verdicts is 1 %. `frame.attrs["note"]` counts the leads of the quarter that none of these reps has ("": none).

    Raises
    ------
    MissingTable
        Without leads.
    Withheld
        If the group is too small.
    """
    given = Given.read(peers)
    result = shares_of(given, peers.reps["rep"].to_list())
    names = ["peers", "quality_peers"]
    result[names] = result[names].mask(result["rep"].isin(peers.alone))
    result.attrs["note"] = given.note
    return result


def shares_of(given: Given, shown: list[str]) -> pd.DataFrame:
    """The frame of `lead_shares` for the reps shown, from the leads that all reps compared were given."""
    frame = _numbers(given).join(_quality(given)).reindex(shown)
    frame["p_value"] = evidence.adjusted(frame["p_value"])
    frame["quality_p"] = evidence.adjusted(frame["quality_p"])
    frame["verdict"] = _verdicts(frame["per_day"] - frame["peers"], frame["p_value"], frame["expected"])
    frame["quality_verdict"] = _verdicts(frame["_side"], frame["quality_p"], frame["_graded"])
    result: pd.DataFrame = frame.rename_axis("rep").reset_index()[SHARES]
    return result


def lead_fairness(peers: Peers) -> pd.DataFrame:
    """Whether leads are shared out evenly among all who are compared: by number, and by quality.

    Returns
    -------
    DataFrame
        Two rows: aspect ("number", "quality"), test ("chi-square" of the numbers against the working days,
        "Kruskal-Wallis" of the quality), statistic, df, p_value (adjusted over the two; null below ten leads or two
        reps), gini (of the leads per working day, relative to the peers'; 0: all have the same; null for quality),
        gini_low, gini_high (the middle 95 % of what chance makes of equal shares), uneven (at the 1 % level), n.
        Reps are held against their peer groups; statistics and degrees of freedom of groups are added.

    Raises
    ------
    MissingTable
        Without leads.
    Withheld
        If the group is too small.
    """
    given = Given.read(peers)
    reps = given.reps[given.reps["days"] > 0]
    parts = [(part["leads"].to_numpy(), part["days"].to_numpy()) for _group, part in reps.groupby("peers")]
    number = (*uneven_numbers(parts), *gini_of(parts))
    samples: dict[str, list[Array]] = {}
    for _rep, part in given.grades.groupby(["peers", "rep"]):
        samples.setdefault(part["peers"].iloc[0], []).append(np.repeat(part["value"].to_numpy(), part["n"].to_numpy()))
    quality = (*uneven_quality(list(samples.values())), np.nan, np.nan, np.nan)
    rows = [
        ("number", N_("chi-square"), *number, int(reps["leads"].sum())),
        ("quality", N_("Kruskal-Wallis"), *quality, int(given.grades["n"].sum())),
    ]
    frame = pd.DataFrame(rows, columns=[name for name in FAIRNESS if name != "uneven"])
    frame["p_value"] = evidence.adjusted(frame["p_value"])
    frame["uneven"] = frame["p_value"] < ALPHA
    return frame[FAIRNESS]


@dataclass(frozen=True)
class Given:
    """The leads of the quarter by rep.

    `reps` has one row per rep compared (rep, rep_name, peers, days, leads); `grades` one per rep and quality (rep,
    peers, value, n); `others` is the number of leads that none of them has.
    """

    reps: pd.DataFrame
    grades: pd.DataFrame
    unit: str
    others: int

    @property
    def note(self) -> str:
        """What must be known of the leads that were left out."""
        one = "{n} lead of the quarter is left out: it has no rep, or one who was not there."
        many = "{n} leads of the quarter are left out: they have no rep, or one who was not there."
        return ngettext(one, many, self.others) if self.others else ""

    @classmethod
    def read(cls, peers: Peers) -> Given:
        """The leads of a quarter."""
        leads = peers.book.table("leads").mutate(source=row.lead_source.coalesce(UNKNOWN))
        start, after = (ibis.literal(day).cast("timestamp") for day in (peers.period.start, peers.period.after))
        of_quarter = leads.filter((row.created_at >= start) & (row.created_at < after))
        keys = ["rep_id", "source", "score"]
        counts = of_quarter.group_by(keys).agg(n=row.count()).to_pandas().rename(columns={"rep_id": "rep"})
        compared = peers.compared.loc[peers.compared["days"] > 0, ["rep", "peers"]]
        mine = counts.merge(compared, on="rep")
        everyone = counts["rep"].isin(peers.everyone.loc[peers.everyone["days"] > 0, "rep"])
        reps = peers.compared[["rep", "rep_name", "peers", "days"]].copy()
        reps["leads"] = mine.groupby("rep")["n"].sum().reindex(reps["rep"]).fillna(0).to_numpy(dtype="float64")
        scored = mine[mine["score"].notna()]
        if 2 * scored["n"].sum() >= mine["n"].sum() > 0:
            grades, unit = scored.assign(value=scored["score"].astype("float64")), "count"
        else:
            rates = _by_source(peers)
            grades, unit = mine.assign(value=mine["source"].map(rates)).dropna(subset="value"), "share"
        grades = grades.groupby(["rep", "peers", "value"], as_index=False)["n"].sum()
        return cls(reps, grades, unit, int(counts.loc[~everyone, "n"].sum()))


def _by_source(peers: Peers) -> pd.Series[float]:
    """The share of each source's leads of the four quarters that became an opportunity; empty if none is known to."""
    period = peers.book.calendar.period(peers.year)
    start, after = (ibis.literal(day).cast("timestamp") for day in (period.start, period.after))
    leads = peers.book.table("leads").filter((row.created_at >= start) & (row.created_at < after))
    became = row.opportunity_id.notnull() | row.converted_at.notnull()
    known = leads.filter(row.lead_source.notnull()).group_by("lead_source").agg(n=row.count(), became=became.sum())
    frame = known.to_pandas().set_index("lead_source")
    rates: pd.Series[float] = (frame["became"] / frame["n"]).astype("float64")
    return rates if rates.any() else rates.iloc[:0]


def _numbers(given: Given) -> pd.DataFrame:
    """How many leads each rep has per working day, against the peers; p_value is not adjusted."""
    from statsmodels.stats.rates import confint_poisson

    reps = given.reps.set_index("rep")
    leads, days = (reps[name].to_numpy(dtype="float64") for name in ("leads", "days"))
    whole = reps.groupby("peers")[["leads", "days"]].transform("sum")
    others = whole["days"] > reps["days"]
    share = np.nan_to_num(_ratio(days, whole["days"].to_numpy(dtype="float64")))
    low, high = confint_poisson(leads, np.where(days > 0, days, 1.0), method="exact-c", alpha=1 - intervals.LEVEL)
    some = days > 0
    expected = whole["leads"] * share
    p_value = evidence.count_p(leads, share, whole["leads"].to_numpy())
    return reps[["rep_name", "days"]].assign(
        leads=leads.astype("int64"),
        per_day=_ratio(leads, days),
        low=np.where(some, np.nan_to_num(low), np.nan),
        high=np.where(some, high, np.nan),
        peers=_ratio(whole["leads"].to_numpy(), whole["days"].to_numpy(dtype="float64")),
        expected=expected.where(others & some),
        p_value=np.where(some & others & (expected >= FEWEST), p_value, np.nan),
    )


def _quality(given: Given) -> pd.DataFrame:
    """How good each rep's leads are, against the peers: p_value by ranks, not adjusted; `_side` is above or below."""
    grades = given.grades.assign(quality_unit=given.unit)
    same = grades.groupby(["peers", "value"])["n"].sum().reset_index()
    same["rank"] = same.groupby("peers")["n"].cumsum() - (same["n"] - 1) / 2
    same["ties"] = same["n"].astype("float64") ** 3 - same["n"]
    same["total"] = same["value"] * same["n"]
    group = same.groupby("peers").agg(peers_n=("n", "sum"), ties=("ties", "sum"), total=("total", "sum"))
    grades = grades.merge(same[["peers", "value", "rank"]], on=["peers", "value"])
    for power, name in enumerate(("s1", "s2", "s3"), 1):
        grades[name] = grades["n"] * grades["value"] ** power
    grades["rank_sum"] = grades["n"] * grades["rank"]
    sums = ["n", "s1", "s2", "s3", "rank_sum"]
    own = grades.groupby(["rep", "peers"])[sums].sum().reset_index("peers").join(group, on="peers")
    n, *moments = (own[name].to_numpy(dtype="float64") for name in sums[:4])
    low, high = intervals.of_mean(n, *moments)
    center = own["total"] / own["peers_n"]
    ranks = (own[name].to_numpy(dtype="float64") for name in ("rank_sum", "n", "peers_n", "ties"))
    p_value = evidence.rank_p(*ranks)
    tested = (own["n"] >= FEWEST) & (own["peers_n"] > own["n"])
    mean = own["s1"] / own["n"]
    side = np.sign(own["rank_sum"] / own["n"] - (own["peers_n"] + 1) / 2)
    found = pd.DataFrame(
        {
            "quality": mean,
            "quality_low": low,
            "quality_high": high,
            "quality_peers": center,
            "quality_p": np.where(tested, p_value, np.nan),
            # Ranks and means that point in different directions say nothing of a side.
            "_side": np.where(np.sign(mean - center) == side, side, 0.0),
            "_graded": own["n"].where(own["peers_n"] > own["n"]),
        }
    )
    found = found.reindex(given.reps["rep"])
    return found.assign(quality_unit=given.unit)


def _verdicts(side: pd.Series[float], p_value: pd.Series[float], records: pd.Series[float]) -> list[str]:
    """What may be said, where chance alone would have given so many records (null: there is nobody to compare with)."""
    said = []
    for away, p, n in zip(side, p_value, records, strict=True):
        if np.isnan(n):
            said.append("none")
        elif n < FEWEST:
            said.append("too few")
        else:
            said.append("not distinguishable" if p >= ALPHA or not away else "above" if away > 0 else "below")
    return said


def _ratio(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = np.where(whole > 0, part / whole, np.nan)
    return ratio
