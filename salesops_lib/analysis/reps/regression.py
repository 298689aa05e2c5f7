"""The regression behind like with like: what circumstances alone explain, and which of them can be told from reps."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from salesops_lib.analysis.reps.circumstances import FACTORS
from salesops_lib.language import gettext as _

Array = npt.NDArray[np.float64]
FEWEST_REPS = 3
FEWEST_RECORDS = 30
OTHER = "other"
CONTINUOUS = ("territory_potential", "lead_quality")
# An average of nothing has no logarithm.
LEAST = 1e-9


@dataclass(frozen=True)
class Fitted:
    """A regression on circumstances alone: what an average rep makes of each row, and the effects."""

    rows: pd.DataFrame
    linear: Array
    factors: pd.DataFrame


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


def fit(rows: pd.DataFrame, name: str) -> Fitted:
    """Fit the records on the factors that can be told from the reps themselves."""
    columns = {factor: _columns(rows, factor) for factor in FACTORS[name]}
    used = {factor: found for factor, (found, _reason) in columns.items() if found is not None}
    design = pd.concat([pd.Series(1.0, rows.index, name="all"), *used.values()], axis=1)
    # Before the first sale there is nothing to explain.
    if used and len(rows) > design.shape[1] and rows["top"].any():
        centered = design - np.average(design, axis=0, weights=rows["n"])
        centered["all"] = 1.0
        effects = centered * _coefficients(rows, centered, name)
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


def _coefficients(rows: pd.DataFrame, design: pd.DataFrame, name: str) -> pd.Series[float]:
    """The coefficients of a generalised linear model; `n` is the number of trials, or the exposure of a sum."""
    import statsmodels.api as sm  # slow to import
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    if name == "win_rate":
        counts = np.column_stack([rows["top"], rows["n"] - rows["top"]])
        model = sm.GLM(counts, design, family=sm.families.Binomial())
    else:
        model = sm.GLM(rows["top"], design, family=sm.families.Poisson(), offset=np.log(rows["n"]))
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
        sharing = rows.groupby(factor)["rep"].nunique()
        told_apart = len(sharing) > FEWEST_REPS or (sharing >= FEWEST_REPS).sum() > 1
        if not told_apart or filled.std() < LEAST:
            return None, _("all are alike in it, or too few reps share a level")
        return pd.DataFrame({factor: filled}), ""
    if (rows[factor] == "").all():
        return None, _("not known")
    levels = rows[factor].where(rows[factor] != "", other="unknown")
    # What only one or two reps have cannot be told from these reps themselves.
    merged = levels.where(levels.isin(_told(rows, levels)), other=OTHER)
    told = _told(rows, merged)
    if OTHER in set(merged) - told and told:
        merged = merged.replace(OTHER, min(told, key=lambda level: -rows.loc[merged == level, "deals"].sum()))
    if merged.nunique() < 2 or not told:
        return None, _("all are alike in it, or too few reps share a level")
    return pd.get_dummies(merged, prefix=factor, dtype="float64").iloc[:, 1:], ""


def _told(rows: pd.DataFrame, levels: pd.Series[str]) -> set[str]:
    """The levels that enough reps share, with enough deals, and neither all won nor all lost."""
    sizes = rows.groupby(levels).agg(
        reps=("rep", "nunique"), deals=("deals", "sum"), top=("top", "sum"), n=("n", "sum")
    )
    mixed = (sizes["top"] > 0) & (sizes["top"] != sizes["n"])
    return set(sizes.index[(sizes["reps"] >= FEWEST_REPS) & (sizes["deals"] >= FEWEST_RECORDS) & mixed])
