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
from salesops_lib.periods import Period

Array = npt.NDArray[np.float64]
MONTHS = 12
FEWEST_MONTHS = 6
XMR = 2.66


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
        where no rep has a quota), center, lower, upper, p_value, signal, direction ("good", "bad" or "").
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
    by_quota = bool(frame["attainment"].notna().any())
    frame["unit"] = "share" if by_quota else "money"
    frame["value"] = frame["attainment"] if by_quota else frame["revenue"]
    frame["p_value"] = _p_values(peers, frame, span)
    frame = frame[frame["rep"].isin(peers.reps["rep"])].reset_index(drop=True)
    frame["p_value"] = evidence.adjusted(frame["p_value"])
    frame["signal"] = frame["p_value"] < evidence.ALPHA
    expected = frame.pop("expected")
    frame["direction"] = np.select(
        [frame["signal"] & (frame["revenue"] > expected), frame["signal"]], ["good", "bad"], default=""
    )
    limits = frame.groupby("rep")["value"].transform
    center, moving = limits("mean"), limits(lambda each: each.diff().abs().mean())
    few = limits("count") < FEWEST_MONTHS
    frame["center"], spread = center.mask(few), (XMR * moving).mask(few)
    frame["lower"], frame["upper"] = (frame["center"] - spread).clip(lower=0), frame["center"] + spread
    columns = ["rep", "rep_name", "month", "revenue", "quota", "attainment", "unit", "value"]
    return frame[[*columns, "center", "lower", "upper", "p_value", "signal", "direction"]]


def steadiness(peers: Peers, by_month: pd.DataFrame) -> pd.DataFrame:
    """How steady each rep is, from the frame of `months`.

    Returns
    -------
    DataFrame
        One row per rep shown: rep, rep_name, months, cv, low, high (the metric consistency: coefficient of variation of
        the monthly revenue), reached (months at quota or, without quotas, at the rep's own median), streak (months in a
        row at it up to the last; negative: below it), longest (streak at it), trend (Kendall's tau of the rep's part in
        the peers' value with time), p_value (of the trend, Benjamini-Hochberg over the reps), verdict ("rising",
        "falling", "no trend"; "too few" below six months), signals (months that are more than chance).
    """
    consistency = measure(peers.book, "consistency", peers.period, by="rep").set_index("rep")
    whole = by_month.groupby("month")["value"].transform("mean")
    relative = by_month.assign(relative=by_month["value"] / whole.where(whole > 0))
    rows = []
    for rep, name in peers.reps[["rep", "rep_name"]].itertuples(index=False):
        mine = relative[relative["rep"] == rep].sort_values("month")
        known = mine.dropna(subset=["value"])
        level = 1.0 if (known["unit"] == "share").all() else float(known["value"].median())
        at = (known["value"] >= level).to_list()
        tau, p = _trend(known["relative"].to_numpy(dtype="float64"))
        cv = consistency.loc[rep, ["value", "low", "high"]] if rep in consistency.index else [np.nan] * 3
        rows.append((rep, name, len(known), *cv, sum(at), _streak(at), _longest(at), tau, p, int(mine["signal"].sum())))
    columns = "rep rep_name months cv low high reached streak longest trend p_value signals".split()
    frame = pd.DataFrame(rows, columns=columns)
    frame["p_value"] = evidence.adjusted(frame["p_value"])
    rising = np.where(frame["trend"] > 0, "rising", "falling")
    said = np.where(frame["p_value"] < evidence.ALPHA, rising, "no trend")
    frame["verdict"] = np.where(frame["months"] < FEWEST_MONTHS, "too few", said)
    return frame[[*columns[:-1], "verdict", "signals"]]


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
    for rep, name, hired, left in peers.compared[["rep", "rep_name", "hired_on", "left_on"]].itertuples(index=False):
        for month in span:
            first = month.start if pd.isna(hired) else max(month.start, hired.date())
            last = month.end if pd.isna(left) else min(month.end, left.date())
            if working_days(first, last) == working_days(month.start, month.end):
                rows.append((rep, name, month.name))
    return pd.DataFrame(rows, columns=["rep", "rep_name", "month"])


def _p_values(peers: Peers, frame: pd.DataFrame, span: list[Period]) -> pd.Series[float]:
    """How likely chance puts as much of a rep's revenue into a month, given the peers' months; adds `expected`."""
    deals = moments(peers, "revenue_won", Period("months", "range", span[0].start, span[-1].end))
    deals = deals.reindex(frame["rep"]).fillna(0.0).reset_index(drop=True)
    usual = frame.groupby("month")["revenue"].transform("mean")
    share = usual / usual.groupby(frame["rep"]).transform("sum")
    own = frame.groupby("rep")["revenue"].transform("sum")
    frame["expected"] = own * share
    # Deals of months that the rep did not work in whole are no part of the comparison.
    part = (own / deals["s1"].where(deals["s1"] > 0)).fillna(0.0)
    sums = [deals[name] * part for name in ("s1", "s2", "s3")]
    p = evidence.sum_p(*(np.asarray(each, dtype="float64") for each in (frame["revenue"], share, *sums)))
    enough = frame.groupby("rep")["month"].transform("count") >= FEWEST_MONTHS
    return pd.Series(p, frame.index).where(enough & (deals["n"] >= evidence.FEWEST))


def _trend(values: Array) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if len(known) < FEWEST_MONTHS or np.ptp(known) == 0:
        return np.nan, np.nan
    found = stats.kendalltau(np.arange(len(known)), known)
    return float(found.statistic), float(found.pvalue)


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
