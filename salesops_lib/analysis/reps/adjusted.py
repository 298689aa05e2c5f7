"""Like with like: a rep's distance from the peers once territory, segment, tenure and leads are equal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from salesops_lib.analysis.reps import evidence
from salesops_lib.analysis.reps.circumstances import closed_deals, days_worked, quarters_of
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.pooled import moments
from salesops_lib.analysis.reps.regression import LEAST, fit, standardised
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE, intervals, measure

YEAR_DAYS = 261
COLUMNS = (
    "metric label unit rep rep_name value low high raw_verdict "
    "expected adjusted adjusted_low adjusted_high peers p_value verdict n"
).split()
Parts = tuple[pd.DataFrame, pd.DataFrame]


def like_with_like(peers: Peers) -> Parts:
    """Win rate and revenue of the last four quarters beside what an average rep makes of the same circumstances.

    A regression over the records of each peer group (statsmodels' GLM: binomial for deals closed, Poisson with the
    working days as exposure for revenue) knows only what the reps were given, not who they are. The deals or the
    revenue that it expects of a rep are what the peers would have made of the same. `adjusted` is what the rep would
    have made of the average: win rates are moved on the log-odds scale (direct standardisation), revenue in proportion,
    for a full year.

    Returns
    -------
    adjusted : DataFrame
        One row per metric and rep shown: metric (win_rate, revenue_won), label, unit, rep, rep_name, value, low, high,
        raw_verdict (of value against the peers: of all deals alike, or by working days), expected (the value an average
        rep makes), adjusted, adjusted_low, adjusted_high, peers (the average), p_value (of value against expected,
        Benjamini-Hochberg over the reps), verdict (of adjusted against peers), n (deals).
    factors : DataFrame
        One row per metric and factor: metric, factor, levels, smallest, largest (odds ratio or multiple of revenue
        against the average), used, why (it was not, else "").
    """
    staff, parts = peers.compared, []
    deals, revenue = closed_deals(peers), _revenue_of(peers)
    for _group, group in staff.groupby("peers", sort=False):
        parts.append(_win_rate(group, deals[deals["rep"].isin(group["rep"])]))
        parts.append(
            _revenue(group, revenue[0][revenue[0]["rep"].isin(group["rep"])], revenue[1].reindex(group["rep"]))
        )
    judged = _judged(pd.concat([frame for frame, _factors in parts], ignore_index=True))
    shown = judged[judged["rep"].isin(peers.reps["rep"])]
    adjusted: pd.DataFrame = shown.sort_values(["metric", "rep_name", "rep"], key=_placed, kind="stable")
    factors = pd.concat([factors for _frame, factors in parts], ignore_index=True)
    return adjusted[COLUMNS].reset_index(drop=True), _together(factors)


def _win_rate(staff: pd.DataFrame, deals: pd.DataFrame) -> Parts:
    """Deals won of those closed, in one peer group."""
    fitted = fit(deals, "win_rate")
    rows, chance = fitted.rows, special.expit(fitted.linear)
    sums = (
        rows.assign(
            expected=rows["n"] * chance,
            second=rows["n"] * chance * (1 - chance),
            third=rows["n"] * chance * (1 - chance) * (1 - 2 * chance),
        )
        .groupby("rep")[["top", "n", "expected", "second", "third"]]
        .sum()
    )
    frame = staff[["rep", "rep_name"]].merge(sums, on="rep", how="left").fillna(0.0)
    top, n = frame["top"].to_numpy(), frame["n"].to_numpy()
    low, high = intervals.wilson(top, n)
    average = float(top.sum() / n.sum()) if n.sum() else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        surplus, second, third = top - frame["expected"].to_numpy(), frame["second"], frame["third"]
        p = evidence.surplus_p(surplus, second.to_numpy(), third.to_numpy())
        standard = [standardised(fitted, frame["rep"], wins) for wins in (top, low * n, high * n)]
        frame = frame.assign(value=top / n, low=low, high=high, expected=frame["expected"] / n)
    adjusted = dict(zip(("adjusted", "adjusted_low", "adjusted_high"), standard, strict=True))
    raw = evidence.share_p(top, n, np.full(len(n), top.sum()), np.full(len(n), n.sum()))
    frame = frame.assign(metric="win_rate", **adjusted, peers=average, alone=len(frame) < 2)
    return frame.assign(p=p, raw=raw, usual=average, enough=n), fitted.factors


def _revenue(staff: pd.DataFrame, quarters: pd.DataFrame, own: pd.DataFrame) -> Parts:
    """Revenue won by working days, in one peer group."""
    fitted = fit(quarters, "revenue_won")
    expected = (fitted.rows["n"] * np.exp(fitted.linear)).groupby(fitted.rows["rep"]).sum()
    frame = staff[["rep", "rep_name"]].merge(own, left_on="rep", right_index=True, how="left")
    frame["expected"] = expected.reindex(frame["rep"]).fillna(0.0).to_numpy()
    given = frame["expected"].to_numpy()
    days = frame["days"].to_numpy()
    # Deals of a rep of whom nothing is expected are nobody's share.
    whole = frame.loc[given > 0, ["count", "s1", "s2", "s3"]].sum()
    pooled = [np.full(len(frame), whole[name]) for name in ("s1", "s2", "s3")]
    shares = [each / max(each.sum(), LEAST) for each in (given, days)]
    p, raw = (evidence.sum_p(frame["s1"].to_numpy(), share, *pooled) for share in shares)
    average = float(frame["s1"].sum() / days.sum() * YEAR_DAYS) if days.sum() else np.nan
    factor = average / frame["expected"].where(frame["expected"] > 0)
    moved = {
        f"adjusted{end}": frame[column] * factor for end, column in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
    frame = frame.assign(metric="revenue_won", **moved, peers=average, alone=len(frame) < 2)
    usual, enough = average / YEAR_DAYS * days, np.maximum(whole["count"] * shares[0], frame["count"])
    return frame.assign(p=p, raw=raw, usual=usual, enough=enough), fitted.factors


def _revenue_of(peers: Peers) -> Parts:
    """The quarters of each rep, and per rep: value, low, high, n, working days, count of deals, s1, s2, s3."""
    own = measure(peers.book, "revenue_won", peers.year, by="rep").set_index("rep")[["value", "low", "high", "n"]]
    deals = moments(peers, "revenue_won", peers.book.calendar.period(peers.year)).rename(columns={"n": "count"})
    whole = own.join(days_worked(peers).rename("days"), how="right").join(deals)
    sums = ["n", "days", "count", "s1", "s2", "s3"]
    whole[sums] = whole[sums].fillna(0.0)
    return quarters_of(peers), whole


def _judged(frame: pd.DataFrame) -> pd.DataFrame:
    """P-values over all reps of a metric, and the verdicts that they carry; nobody alone is judged."""
    parts = []
    for name, part in frame.groupby("metric", sort=False):
        metric = CATALOGUE[str(name)]
        alone = part["alone"].astype(bool)
        enough = (part["enough"] >= evidence.FEWEST) & ~alone
        p, raw = (pd.Series(evidence.adjusted(part[each].where(enough)), part.index) for each in ("p", "raw"))
        verdicts = evidence.verdicts(part["adjusted"], part["peers"].mask(alone), p, part["enough"])
        as_it_came = evidence.verdicts(part["value"], part["usual"].mask(alone), raw, part["enough"])
        about = {"label": _(metric.label), "unit": metric.unit}
        part = part.assign(peers=part["peers"].mask(alone))
        parts.append(part.assign(**about, p_value=p, verdict=verdicts, raw_verdict=as_it_came))
    return pd.concat(parts, ignore_index=True)


def _together(factors: pd.DataFrame) -> pd.DataFrame:
    """The factors of all peer groups as one: the widest effects, used where any group could use them."""
    parts = factors.groupby(["metric", "factor"], sort=False)
    whole = parts.agg(
        levels=("levels", "max"), smallest=("smallest", "min"), largest=("largest", "max"), used=("used", "any")
    ).reset_index()
    whole["why"] = parts["why"].agg(lambda each: next((why for why in each if why), "")).to_numpy()
    return whole.assign(why=whole["why"].mask(whole["used"], ""))


def _placed(column: pd.Series[str]) -> pd.Series[int] | pd.Series[str]:
    return column.map({"win_rate": 0, "revenue_won": 1}) if column.name == "metric" else column
