"""Practices: what the reps who win most often do differently from the others, as far as chance allows to say."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _ as row
from scipy import stats

from salesops_lib.analysis.reps.evidence import ALPHA, FEWEST, Array, adjusted
from salesops_lib.analysis.reps.peers import Peers, working_days
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE, intervals, measure, missing_table

# What a rep decides or does; figures of the outcome (such as revenue or pipeline) would only repeat who the best are.
MEASURED = ("meetings_per_activity", "lead_response_hours", "selling_time_share", "discount_rate")
IN_STAGE = "time_in_stage"
FEWEST_REPS = 8
FEWEST_BEST = 3
COLUMNS = "practice label unit stage best rest superiority low high p_value verdict n_best n_rest".split()


def practices(peers: Peers, best: pd.DataFrame) -> pd.DataFrame:
    """What the best do differently: their practices of the four quarters against those of the other reps shown.

    A difference is no proof of a cause: it says where to look. Each rep counts once, with the rep's own figure if it
    rests on ten records or more.

    Parameters
    ----------
    peers : Peers
        Whose practices.
    best : DataFrame
        One row for each of the best: rep.

    Returns
    -------
    DataFrame
        One row per practice (and stage, of the time spent in one): practice (a metric's name, activities_per_day or
        contacts_per_deal), label, unit, stage ("" for none), best and rest (medians over the reps of the two),
        superiority (the chance that one of the best has a higher value than one of the rest), low, high, p_value
        (adjusted over the practices; null with too few), verdict ("higher", "lower", "not distinguishable"; "too few"
        below eight reps, or three of the best, who have a value), n_best, n_rest. What needs a table that is missing is
        left out.

    Raises
    ------
    Withheld
        If the group is too small.
    """
    shown = peers.reps
    is_best = shown.set_index("rep").index.isin(best["rep"])
    rows = []
    for name, label, unit, stage, values in [*_measured(peers), *_in_stage(peers), *_counted(peers)]:
        value = np.asarray(values.reindex(shown["rep"]), dtype="float64")
        known = ~np.isnan(value)
        one, other = value[known & is_best], value[known & ~is_best]
        about = {"practice": name, "label": label, "unit": unit, "stage": stage}
        medians = {"best": _median(one), "rest": _median(other), "n_best": len(one), "n_rest": len(other)}
        rows.append(about | medians | dict(zip(_COMPARED, compare(one, other), strict=True)))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["p_value"] = adjusted(frame["p_value"])
    side = np.where(frame["superiority"] > 0.5, "higher", "lower")
    sure = np.where(frame["p_value"] < ALPHA, side, "not distinguishable")
    frame["verdict"] = np.where(frame["p_value"].isna(), "too few", sure)
    return frame


_COMPARED = ("superiority", "low", "high", "p_value")


def compare(best: Array, rest: Array) -> tuple[float, float, float, float]:
    """The chance that one of the best has a higher value than one of the rest: it, its interval, its p-value.

    The interval and a p-value are those of Brunner & Munzel (2000), which allows the two groups to be of different
    spread. In small groups it takes too much for proven (whole separation gives p = 0, even of three against five), so
    the p-value is the larger of it and that of Mann & Whitney, which is exact there. All null below eight values or
    three best.

    Examples
    --------
    >>> best, rest = np.array([7.0, 8.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> [round(each, 3) for each in compare(best, rest)]
    [1.0, 0.439, 1.0, 0.036]
    """
    if len(best) < FEWEST_BEST or len(best) + len(rest) < FEWEST_REPS or not len(rest):
        return (np.nan,) * 4
    wins = (best[:, None] > rest).mean() + (best[:, None] == rest).mean() / 2
    if np.ptp(np.concatenate([best, rest])) == 0:
        return 0.5, 0.0, 1.0, 1.0
    careful = float(stats.mannwhitneyu(best, rest).pvalue)
    low, high, p_value = _brunner_munzel(best, rest, float(wins))
    return float(wins), low, high, max(p_value, careful)


def _brunner_munzel(best: Array, rest: Array, wins: float) -> tuple[float, float, float]:
    from statsmodels.stats.nonparametric import rank_compare_2indep

    if wins in (0.0, 1.0):
        # Nothing varies any more: as a share of as many trials as the smaller group has reps.
        trials = np.array([float(min(len(best), len(rest)))])
        low, high = intervals.wilson(wins * trials, trials)
        return float(low[0]), float(high[0]), 0.0
    found = rank_compare_2indep(best, rest)
    low, high = found.conf_int(alpha=1 - intervals.LEVEL)
    return max(float(low), 0.0), min(float(high), 1.0), float(found.pvalue)


Values = tuple[str, str, str, str, "pd.Series[float]"]


def _measured(peers: Peers) -> list[Values]:
    """Practices that are metrics of the catalogue, by rep."""
    names = [name for name in MEASURED if name in CATALOGUE and not missing_table(peers.book, name)]
    if not names:
        return []
    tidy = measure(peers.book, names, peers.year, by="rep")
    tidy = tidy[tidy["n"] >= FEWEST].set_index("rep")
    parts = {name: tidy.loc[tidy["metric"] == name, "value"] for name in names}
    return [(name, _(CATALOGUE[name].label), CATALOGUE[name].unit, "", part) for name, part in parts.items()]


def _in_stage(peers: Peers) -> list[Values]:
    """Days in each stage, by rep: of all stages together they would tell who gets how far."""
    if IN_STAGE not in CATALOGUE or missing_table(peers.book, IN_STAGE):
        return []
    tidy = measure(peers.book, IN_STAGE, peers.year, by=["rep", "stage"])
    tidy = tidy[tidy["n"] >= FEWEST]
    metric = CATALOGUE[IN_STAGE]
    found: list[Values] = []
    for stage in peers.book.company.stages.open:
        part = tidy[tidy["stage"] == stage].set_index("rep")["value"]
        found.append((IN_STAGE, f"{_(metric.label)}: {stage}", metric.unit, stage, part))
    return found


def _counted(peers: Peers) -> list[Values]:
    """Practices that are no metrics: activities per working day, and with how many people a won deal was made."""
    if not peers.book.has("activities"):
        return []
    activities = peers.book.table("activities").filter(row.rep_id.notnull())
    counts = activities.filter(_within(peers, row.happened_at)).group_by("rep_id").agg(n=row.count()).to_pandas()
    n = counts.set_index("rep_id")["n"]
    per_day = n[n >= FEWEST] / _days(peers).reindex(n.index[n >= FEWEST])
    return [
        ("activities_per_day", _("Activities per working day"), "ratio", "", per_day.replace(np.inf, np.nan)),
        ("contacts_per_deal", _("Contacts per won deal"), "ratio", "", _contacts(peers, activities)),
    ]


def _contacts(peers: Peers, activities: ir.Table) -> pd.Series[float]:
    """People with whom there was an activity on a deal, the mean over the rep's won deals that have any."""
    won = peers.book.table("opportunities").filter(row.is_won & _within(peers, row.closed_at))
    touched = activities.filter(row.contact_id.notnull() & row.opportunity_id.notnull())
    touched = touched.group_by("opportunity_id").agg(people=row.contact_id.nunique())
    deals = won.select("opportunity_id", "rep_id").inner_join(touched, "opportunity_id")
    found = deals.group_by("rep_id").agg(n=row.count(), mean=row.people.mean()).to_pandas().set_index("rep_id")
    means: pd.Series[float] = found.loc[found["n"] >= FEWEST, "mean"]
    return means


def _within(peers: Peers, moment: ir.Value) -> ir.Value:
    period = peers.book.calendar.period(peers.year)
    start, after = (ibis.literal(day).cast("timestamp") for day in (period.start, period.after))
    return (moment >= start) & (moment < after)


def _days(peers: Peers) -> pd.Series[float]:
    """Working days on which each rep was employed in the four quarters."""
    period = peers.book.calendar.period(peers.year)
    end = min(period.end, peers.book.as_of)

    def day(moment: pd.Timestamp, default: date) -> date:
        return default if pd.isna(moment) else moment.date()

    spans = peers.everyone.set_index("rep")[["hired_on", "left_on"]]
    days = [
        working_days(max(day(hired, period.start), period.start), min(day(left, end), end))
        for hired, left in spans.itertuples(index=False)
    ]
    return pd.Series(days, index=spans.index, dtype="float64")


def _median(values: Array) -> float:
    return float(np.median(values)) if len(values) else np.nan
