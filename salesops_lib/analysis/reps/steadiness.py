"""Steadiness: month by month against quota; which months were more than luck, which trends are real."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from salesops_lib.analysis.reps import evidence
from salesops_lib.analysis.reps.peers import Peers, working_days
from salesops_lib.analysis.reps.pooled import moments
from salesops_lib.metrics import measure
from salesops_lib.metrics.intervals import Z
from salesops_lib.periods import Period

Array = npt.NDArray[np.float64]
MONTHS = 12
FEWEST_MONTHS = 6
# Below half of the months with a quota, revenue itself is looked at.
MOST = 0.5
XMR = 2.66
MONTHLY = (
    "rep rep_name month revenue quota attainment unit value others center lower upper "
    "expected expected_low expected_high p_value signal direction"
).split()
STEADY = (
    "rep rep_name months cv low high reached streak longest "
    "trend trend_low trend_high early late p_value verdict signals"
).split()


def months(peers: Peers) -> pd.DataFrame:
    """Each rep's last twelve months, with control limits and the months that are more than chance.

    The limits are those of an XmR chart (mean ± 2.66 × mean moving range; Wheeler, 1993). A month is a signal if the
    rep's deals of the year would hardly have fallen on it as they did, had they followed the peers' revenue month by
    month: what moved for all, such as a season or a quarter's end, is no signal of a rep. P-values are adjusted by
    Benjamini-Hochberg over all reps and months.

    Returns
    -------
    DataFrame
        One row per rep and whole month in which the rep was employed throughout: rep, rep_name, month, revenue, quota
        (null without), attainment (null without a quota), unit ("share" or "money"), value (attainment, or revenue
        where most have no quota), others (the median of the other peers' values), center, lower, upper, expected (what
        the rep's deals make of the month as usual), expected_low, expected_high (where chance puts it in 95 of 100
        cases; null where not tested), p_value, signal, direction ("good", "bad" or "").
    """
    names = ["revenue_won", *(["quota_attainment"] if peers.book.has("quotas") else [])]
    span = _months(peers)
    tidy = measure(peers.book, names, f"{span[0].name}..{span[-1].name}", by="rep", grain="month")
    frame = _employed(peers, span)
    for column, metric, source in (
        ("revenue", "revenue_won", "value"),
        ("attainment", "quota_attainment", "value"),
        ("quota", "quota_attainment", "denominator"),
    ):
        found = tidy[tidy["metric"] == metric].set_index(["rep", "period"])[source]
        frame[column] = found.reindex(pd.MultiIndex.from_frame(frame[["rep", "month"]])).to_numpy()
    frame["revenue"] = frame["revenue"].fillna(0.0)
    frame["quota"] = frame["quota"].where(frame["quota"] > 0)
    by_quota = bool(frame["attainment"].notna().mean() >= MOST) if len(frame) else False
    frame["unit"] = "share" if by_quota else "money"
    frame["value"] = frame["attainment"] if by_quota else frame["revenue"]
    frame["others"] = frame.groupby(["peers", "month"])["value"].transform(_median_of_others)
    frame = _tested(peers, frame, span, frame["quota"] if by_quota else pd.Series(1.0, frame.index))
    limits = frame.groupby("rep")["value"].transform
    center, moving = limits("mean"), limits(lambda each: each.diff().abs().mean())
    few = limits("count") < FEWEST_MONTHS
    frame["center"], spread = center.mask(few), (XMR * moving).mask(few)
    frame["lower"], frame["upper"] = (frame["center"] - spread).clip(lower=0), frame["center"] + spread
    shown: pd.DataFrame = frame.loc[frame["rep"].isin(peers.reps["rep"]), [*MONTHLY]]
    return shown.reset_index(drop=True)


def steadiness(peers: Peers, by_month: pd.DataFrame) -> pd.DataFrame:
    """How steady each rep is, from the frame of `months`.

    Returns
    -------
    DataFrame
        One row per rep shown: rep, rep_name, months, cv, low, high (the metric consistency: coefficient of variation of
        the monthly revenue), reached (months at quota), streak (months in a row at it up to the last; negative: below
        it), longest (streak at it; all three null without quotas), trend (Kendall's tau with time of the rep's value as
        a multiple of the other peers' median), trend_low, trend_high (95 % interval; Fieller, Hartley & Pearson, 1957),
        early, late (that multiple in the first and in the last half of the months), p_value (of the trend,
        Benjamini-Hochberg over the reps), verdict ("rising", "falling", "no trend"; "too few" below six months),
        signals (months that are more than chance).
    """
    consistency = measure(peers.book, "consistency", peers.period, by="rep").set_index("rep")
    relative = by_month["value"] / by_month["others"].where(by_month["others"] > 0)
    ordered = by_month.assign(relative=relative).sort_values("month")
    rows = []
    for rep, name in peers.reps[["rep", "rep_name"]].itertuples(index=False):
        mine = ordered[ordered["rep"] == rep]
        at = (mine["attainment"].dropna() >= 1).to_list()
        runs = (sum(at), _streak(at), _longest(at)) if at else (np.nan, np.nan, np.nan)
        cv = consistency.loc[rep, ["value", "low", "high"]] if rep in consistency.index else [np.nan] * 3
        trend = _trend(mine["relative"].dropna().to_numpy(dtype="float64"))
        rows.append((rep, name, len(mine), *cv, *runs, *trend, int(mine["signal"].sum())))
    frame = pd.DataFrame(rows, columns=[name for name in STEADY if name != "verdict"])
    frame["p_value"] = evidence.adjusted(frame["p_value"])
    rising = np.where(frame["trend"] > 0, "rising", "falling")
    said = np.where(frame["p_value"] < evidence.ALPHA, rising, "no trend")
    frame["verdict"] = np.where(frame["trend"].isna(), "too few", said)
    return frame[[*STEADY]]


def _months(peers: Peers) -> list[Period]:
    """The last twelve months that are over and began after the first closed deal's month began."""
    calendar, book = peers.book.calendar, peers.book
    ends = [month for month in calendar.split(peers.period, "month") if book.is_complete(month)]
    last = ends[-1] if ends else calendar.shift(calendar.split(peers.period, "month")[0], -1)
    span = [calendar.shift(last, -back) for back in reversed(range(MONTHS))]
    first = book.first_close
    known = [month for month in span if first is not None and month.end >= first]
    return known or span[-1:]


def _employed(peers: Peers, span: list[Period]) -> pd.DataFrame:
    """One row per compared rep and month in which the rep was employed on every working day."""
    rows = []
    columns = ["rep", "rep_name", "peers", "hired_on", "left_on"]
    for rep, name, group, hired, left in peers.compared[columns].itertuples(index=False):
        for month in span:
            first = month.start if pd.isna(hired) else max(month.start, hired.date())
            last = month.end if pd.isna(left) else min(month.end, left.date())
            if working_days(first, last) == working_days(month.start, month.end):
                rows.append((rep, name, group, month.name))
    return pd.DataFrame(rows, columns=["rep", "rep_name", "peers", "month"])


def _tested(peers: Peers, frame: pd.DataFrame, span: list[Period], scale: pd.Series[float]) -> pd.DataFrame:
    """What was to be expected of each month given the peers' months, and how likely chance puts as much into it."""
    deals = moments(peers, "revenue_won", Period("months", "range", span[0].start, span[-1].end))
    deals = deals.reindex(frame["rep"]).fillna(0.0).set_axis(frame.index)
    usual = frame.groupby(["peers", "month"])["revenue"].transform("mean")
    total = usual.groupby(frame["rep"]).transform("sum")
    share = (usual / total.where(total > 0)).fillna(0.0).to_numpy(dtype="float64")
    own = frame.groupby("rep")["revenue"].transform("sum")
    # Deals of months that the rep did not work in whole are no part of the comparison.
    part = (own / deals["s1"].where(deals["s1"] > 0)).fillna(0.0)
    sums = [(deals[name] * part).to_numpy(dtype="float64") for name in ("s1", "s2", "s3")]
    enough = (frame.groupby("rep")["month"].transform("count") >= FEWEST_MONTHS) & (deals["n"] >= evidence.FEWEST)
    p = pd.Series(evidence.sum_p(frame["revenue"].to_numpy(dtype="float64"), share, *sums), frame.index).where(enough)
    low, high = evidence.sum_range(share, *sums)
    tested = frame.assign(
        expected=(own * share).where(enough) / scale,
        expected_low=pd.Series(low, frame.index).where(enough) / scale,
        expected_high=pd.Series(high, frame.index).where(enough) / scale,
        p_value=evidence.adjusted(p),
    )
    tested["signal"] = tested["p_value"] < evidence.ALPHA
    good = tested["signal"] & (tested["revenue"] > own * share)
    tested["direction"] = np.select([good, tested["signal"]], ["good", "bad"], default="")
    return tested


def _median_of_others(values: pd.Series[float]) -> list[float]:
    """For each value the median of the others; null without others."""
    known = values.to_numpy(dtype="float64")
    found = []
    for i in range(len(known)):
        others = np.delete(known, i)
        others = others[~np.isnan(others)]
        found.append(float(np.median(others)) if len(others) else np.nan)
    return found


def _trend(relative: Array) -> tuple[float, float, float, float, float, float]:
    """Kendall's tau with time, its interval, the first and the last half's mean, and the p-value."""
    n = len(relative)
    if n < FEWEST_MONTHS or np.ptp(relative) == 0:
        return (np.nan,) * 6
    found = stats.kendalltau(np.arange(n), relative)
    tau = float(np.clip(found.statistic, -1.0, 1.0))
    z, off = np.arctanh(np.clip(tau, -0.999, 0.999)), Z * np.sqrt(0.437 / (n - 4))
    early, late = float(relative[: n // 2].mean()), float(relative[-(n // 2) :].mean())
    return tau, float(np.tanh(z - off)), float(np.tanh(z + off)), early, late, float(found.pvalue)


def _streak(at: list[bool]) -> int:
    """Months in a row like the last one; negative where it was missed.

    Examples
    --------
    >>> _streak([False, True, True]), _streak([True, False]), _streak([])
    (2, -1, 0)
    """
    length = 0
    for reached in reversed(at):
        if reached != at[-1]:
            break
        length += 1
    return length if not at or at[-1] else -length


def _longest(at: list[bool]) -> int:
    """The longest run of months that were reached."""
    best = run = 0
    for reached in at:
        run = run + 1 if reached else 0
        best = max(best, run)
    return best
