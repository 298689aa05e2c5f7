"""The funnel: how many get past each stage, where it leaks, and why deals are lost there."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from salesops_lib.analysis.shape import values_of
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable
from salesops_lib.language import N_
from salesops_lib.metrics import intervals, measure
from salesops_lib.names import UNKNOWN

BASELINE_QUARTERS = 4
ALPHA = 0.05


def conversions(book: Book, quarter: str) -> pd.DataFrame:
    """Conversion of each open stage, and whether it leaks.

    A stage leaks if the opportunities that entered it in the quarter got past it by the quarter's end less often than
    those of the four quarters before did by theirs (like with like: each cohort at the same age), by Fisher's exact
    test after Benjamini-Hochberg over the stages. A quarter that is not over has no leaks yet: its cohort is younger.

    Returns
    -------
    DataFrame
        One row per stage, in the order of the sales process: stage, entered, advanced, lost, open, conversion (so far),
        low, high, baseline and baseline_n (conversion within the quarter of entry, of the four quarters before),
        in_period (the same of this quarter), p_value (adjusted; null without a baseline or before the quarter is over),
        leak, censored (some are still open in it).
    """
    period = book.calendar.period(quarter)
    earlier = f"{book.calendar.shift(period, -BASELINE_QUARTERS).name}..{book.calendar.shift(period, -1).name}"
    names = ["stage_conversion", "loss_rate_by_stage", "stage_conversion_in_period", "still_open_rate_by_stage"]
    now = measure(book, names, period, by="stage")
    base = measure(book, "stage_conversion_in_period", earlier, by="stage", grain="quarter")
    base = base.groupby("stage")[["numerator", "denominator"]].sum()
    wide = {name: now[now["metric"] == name].set_index("stage") for name in names}
    rows = []
    for stage in book.company.stages.open:
        so_far, losses, within, staying = (wide[name].reindex([stage]).iloc[0] for name in names)
        counted = (so_far["n"], so_far["numerator"], losses["numerator"], staying["numerator"])
        entered, advanced, lost, still = (int(np.nan_to_num(float(x))) for x in counted)
        before = base.reindex([stage]).fillna(0).iloc[0]
        n = float(before["denominator"])
        passed = np.nan_to_num(float(within["numerator"]))
        can_tell = n and entered and book.is_complete(period)
        p_value = _fisher(passed, entered, float(before["numerator"]), n) if can_tell else np.nan
        rows.append(
            {
                "stage": stage,
                "entered": entered,
                "advanced": advanced,
                "lost": lost,
                "open": still,
                "conversion": advanced / entered if entered else np.nan,
                "low": so_far["low"],
                "high": so_far["high"],
                "in_period": passed / entered if entered else np.nan,
                "baseline": before["numerator"] / n if n else np.nan,
                "baseline_n": int(n),
                "p_value": p_value,
            }
        )
    frame = pd.DataFrame(rows)
    tested = frame["p_value"].notna()
    frame.loc[tested, "p_value"] = stats.false_discovery_control(frame.loc[tested, "p_value"]) if tested.any() else []
    frame["leak"] = (frame["p_value"] < ALPHA) & (frame["in_period"] < frame["baseline"])
    frame["censored"] = frame["open"] > 0
    return frame


def loss_reasons(book: Book, quarter: str) -> pd.DataFrame:
    """From which stage deals were lost in the quarter, and why.

    Returns
    -------
    DataFrame
        One row per stage and reason as recorded, by the order of stages and most losses first: stage, loss_reason,
        lost, amount, share (of all losses of the quarter), low, high.
    """
    names, groups = ["deals_lost", "amount_lost"], ["last_open_stage", "loss_reason"]
    wide = values_of(measure(book, names, quarter, by=groups), groups, names).reset_index()
    wide.columns = pd.Index(["stage", "loss_reason", "lost", "amount"])
    frame = wide[wide["lost"] > 0].copy()
    if len(frame) and set(frame["stage"]) == set(frame["loss_reason"]) == {UNKNOWN}:
        why = N_("or opportunity_history, for where deals were lost")
        raise MissingTable("opportunities", why, column="loss_reason")
    frame["lost"] = frame["lost"].astype("int64")
    total = frame["lost"].sum()
    frame["share"] = frame["lost"] / total if total else np.nan
    whole = np.full(len(frame), float(total))
    frame["low"], frame["high"] = intervals.wilson(frame["lost"].to_numpy(dtype="float64"), whole)
    order = {stage: i for i, stage in enumerate(book.company.stages.open)}
    frame["_order"] = frame["stage"].map(order).fillna(len(order))
    frame = frame.sort_values(["_order", "lost", "loss_reason"], ascending=[True, False, True], ignore_index=True)
    return frame[["stage", "loss_reason", "lost", "amount", "share", "low", "high"]]


def _fisher(passed: float, entered: float, base_passed: float, base_entered: float) -> float:
    table = [[passed, entered - passed], [base_passed, base_entered - base_passed]]
    return float(stats.fisher_exact(table).pvalue)
