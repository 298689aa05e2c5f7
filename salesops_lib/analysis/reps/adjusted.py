"""Like with like: a rep's distance from the peers once territory, segment, tenure and leads are equal."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from salesops_lib.analysis.reps import evidence
from salesops_lib.analysis.reps.circumstances import FACTORS, closed_deals, days_worked, quarters_of
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.pooled import moments
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE, intervals, measure

Array = npt.NDArray[np.float64]
FEWEST_REPS = 3
FEWEST_RECORDS = 30
CONTINUOUS = ("territory_potential", "lead_quality")
YEAR_DAYS = 261
# An average of nothing has no logarithm.
LEAST = 1e-9
COLUMNS = (
    "metric label unit rep rep_name value low high raw_verdict "
    "expected adjusted adjusted_low adjusted_high peers p_value verdict n"
).split()


@dataclass(frozen=True)
class Fitted:
    """A regression on circumstances alone: what an average rep makes of each row, and the effects."""

    rows: pd.DataFrame
    linear: Array
    factors: pd.DataFrame


def like_with_like(peers: Peers) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Win rate and revenue of the last four quarters beside what an average rep makes of the same circumstances.

    A regression over all peers' records (statsmodels' GLM: binomial for deals closed, Poisson with the working days as
    exposure for revenue) knows only what the reps were given, not who they are. The deals or the revenue that it
    expects of a rep are what the peers would have made of the same. `adjusted` is what the rep would have made of the
    average: win rates are moved on the log-odds scale (direct standardisation), revenue in proportion, for a full year.

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
    found = [_win_rate(peers), _revenue(peers)]
    names = peers.reps["rep"]
    adjusted = pd.concat([frame[frame["rep"].isin(names)] for frame, _factors in found], ignore_index=True)
    return adjusted.reindex(columns=COLUMNS), pd.concat([factors for _frame, factors in found], ignore_index=True)


def _win_rate(peers: Peers) -> tuple[pd.DataFrame, pd.DataFrame]:
    import statsmodels.api as sm  # slow to import

    fitted = _fit(closed_deals(peers), "win_rate", sm.families.Binomial())
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
    frame = peers.compared[["rep", "rep_name"]].merge(sums, on="rep", how="left").fillna(0.0)
    top, n = frame["top"].to_numpy(), frame["n"].to_numpy()
    low, high = intervals.wilson(top, n)
    average = float(rows["top"].sum() / rows["n"].sum()) if len(rows) else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        surplus, second, third = top - frame["expected"].to_numpy(), frame["second"], frame["third"]
        p = evidence.surplus_p(surplus, second.to_numpy(), third.to_numpy())
        standard = [standardised(fitted, frame["rep"], wins) for wins in (top, low * n, high * n)]
        frame = frame.assign(value=top / n, low=low, high=high, expected=frame["expected"] / n)
    frame = frame.assign(adjusted=standard[0], adjusted_low=standard[1], adjusted_high=standard[2], peers=average)
    raw = evidence.share_p(top, n, np.full(len(n), top.sum()), np.full(len(n), n.sum()))
    return _judged(frame, p, raw, frame["peers"], "win_rate"), fitted.factors


def _revenue(peers: Peers) -> tuple[pd.DataFrame, pd.DataFrame]:
    import statsmodels.api as sm  # slow to import

    rows = quarters_of(peers)
    fitted = _fit(rows, "revenue_won", sm.families.Poisson())
    expected = (fitted.rows["n"] * np.exp(fitted.linear)).groupby(fitted.rows["rep"]).sum()
    deals = moments(peers, "revenue_won", peers.book.calendar.period(peers.year))
    own = measure(peers.book, "revenue_won", peers.year, by="rep").set_index("rep")[["value", "low", "high", "n"]]
    frame = peers.compared[["rep", "rep_name"]].merge(own, left_on="rep", right_index=True, how="left")
    frame["expected"] = expected.reindex(frame["rep"]).fillna(0.0).to_numpy()
    deals = deals.reindex(frame["rep"]).fillna(0.0)
    whole = deals[frame["expected"].to_numpy() > 0].sum()
    pooled = [np.full(len(frame), whole[name]) for name in ("s1", "s2", "s3")]
    days = days_worked(peers).reindex(frame["rep"]).to_numpy()
    p, raw = (
        evidence.sum_p(deals["s1"].to_numpy(), given / max(given.sum(), LEAST), *pooled)
        for given in (frame["expected"].to_numpy(), days)
    )
    average = float(deals["s1"].sum() / days.sum() * YEAR_DAYS) if days.sum() else np.nan
    factor = average / frame["expected"].where(frame["expected"] > 0)
    moved = {
        f"adjusted{end}": frame[column] * factor for end, column in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
    by_days = pd.Series(average / YEAR_DAYS * days, frame.index)
    return _judged(frame.assign(**moved, peers=average), p, raw, by_days, "revenue_won"), fitted.factors


def _judged(frame: pd.DataFrame, p: Array, raw: Array, usual: pd.Series[float], name: str) -> pd.DataFrame:
    metric = CATALOGUE[name]
    n = frame["n"].fillna(0)
    enough = (n >= evidence.FEWEST) & (len(frame) > 1)
    evened, as_it_came = (pd.Series(evidence.adjusted(pd.Series(each).where(enough)), frame.index) for each in (p, raw))
    return frame.assign(
        metric=name,
        label=metric.label,
        unit=metric.unit,
        n=n,
        p_value=evened,
        raw_verdict=evidence.verdicts(frame["value"], usual, as_it_came, n),
        verdict=evidence.verdicts(frame["adjusted"], frame["peers"], evened, n),
    )


def standardised(fitted: Fitted, reps: pd.Series[str], wins: Array) -> Array:
    """The win rate that each rep would have on the deals of all, given the wins on the rep's own (null without deals).

    The rep's distance from the expectation is the same on the log-odds scale in every deal; it is found by bisection.
    """
    rows = fitted.rows
    place = pd.Series(range(len(reps)), index=reps)[rows["rep"]].to_numpy()
    n = rows["n"].to_numpy()
    closed = np.bincount(place, n, len(reps))
    low, high = np.full(len(reps), -12.0), np.full(len(reps), 12.0)
    for _step in range(50):
        middle = (low + high) / 2
        made = np.bincount(place, n * special.expit(fitted.linear + middle[place]), len(reps))
        low, high = np.where(made < wins, middle, low), np.where(made < wins, high, middle)
    shift = (low + high) / 2
    everywhere: Array = special.expit(fitted.linear[None, :] + shift[:, None]) @ n / n.sum()
    return np.where(closed > 0, everywhere, np.nan)


def _fit(rows: pd.DataFrame, name: str, family: Any) -> Fitted:
    """Fit the records on the factors that can be told from the reps themselves."""
    columns = {factor: _columns(rows, factor) for factor in FACTORS[name]}
    used = {factor: found for factor, (found, _reason) in columns.items() if found is not None}
    design = pd.concat([pd.Series(1.0, rows.index, name="all"), *used.values()], axis=1)
    if used and len(rows) > design.shape[1]:
        centered = design - np.average(design, axis=0, weights=rows["n"])
        centered["all"] = 1.0
        effects = centered * _coefficients(rows, centered, family)
    else:
        average = max(rows["top"].sum() / max(rows["n"].sum(), 1.0), LEAST)
        level = special.logit(min(average, 1 - LEAST)) if name == "win_rate" else np.log(average)
        used, effects = {}, design[["all"]] * level
    factors = []
    for factor, (_found, why) in columns.items():
        known = factor in used
        multiples = np.exp(effects[used[factor].columns].sum(axis=1)) if known else pd.Series([np.nan])
        ends = (float(multiples.min()), float(multiples.max()))
        reason = "" if known else why or _("too few records")
        factors.append((name, factor, int(rows[factor].nunique()), *ends, known, reason))
    frame = pd.DataFrame(factors, columns=["metric", "factor", "levels", "smallest", "largest", "used", "why"])
    return Fitted(rows, effects.sum(axis=1).to_numpy(), frame)


def _coefficients(rows: pd.DataFrame, design: pd.DataFrame, family: Any) -> pd.Series[float]:
    """The coefficients of a generalised linear model; `n` is the number of trials, or the exposure of a sum."""
    import statsmodels.api as sm  # slow to import
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    if isinstance(family, sm.families.Binomial):
        model = sm.GLM(np.column_stack([rows["top"], rows["n"] - rows["top"]]), design, family=family)
    else:
        model = sm.GLM(rows["top"], design, family=family, offset=np.log(rows["n"]))
    with warnings.catch_warnings():
        # Circumstances may explain all there is: a few reps alike in everything.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        found: pd.Series[float] = model.fit(maxiter=100).params
    return found


def _columns(rows: pd.DataFrame, factor: str) -> tuple[pd.DataFrame | None, str]:
    """The columns of a factor in the regression, or why it cannot be used."""
    if factor in CONTINUOUS:
        values = rows[factor].astype("float64")
        if values.isna().all():
            return None, _("not known")
        log = pd.Series(np.log(values.where(values > 0)), rows.index)
        filled = log.fillna(log.mean())
        if rows.groupby(factor)["rep"].nunique().size <= FEWEST_REPS or filled.std() < 1e-9:
            return None, _("hardly any two reps differ in it")
        return pd.DataFrame({factor: filled}), ""
    levels = rows[factor].where(rows[factor] != "", other="unknown")
    sizes = rows.groupby(levels).agg(reps=("rep", "nunique"), records=("n", "sum"), top=("top", "sum"))
    # What only one or two reps have cannot be told from these reps themselves.
    mixed = (sizes["top"] > 0) & (sizes["top"] != sizes["records"])
    told = sizes[(sizes["reps"] >= FEWEST_REPS) & (sizes["records"] >= FEWEST_RECORDS) & mixed]
    if (rows[factor] == "").all():
        return None, _("not known")
    if len(told) + (len(told) < len(sizes)) < 2 or told.empty:
        return None, _("all are alike in it, or too few reps share a level")
    merged = levels.where(levels.isin(told.index), other="other")
    return pd.get_dummies(merged, prefix=factor, dtype="float64").iloc[:, 1:], ""
