"""Quota: attainment by group, the coverage of a quarter to come, and whom to recognise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.names import has_members, with_names
from salesops_lib.analysis.shape import values_of
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable, Withheld
from salesops_lib.language import gettext as _
from salesops_lib.metrics import measure
from salesops_lib.periods import Period

FEWEST_DEALS = 5


def attainment(book: Book, quarter: str, by: str) -> pd.DataFrame:
    """Quota attainment by group, highest first.

    Returns
    -------
    DataFrame
        One row per group: by (the dimension), group, revenue_won, quota, attainment (null without a quota), low, high,
        reps_at_quota, reps (those who carry a quota), complete (the quarter is over).
    """
    names = ["revenue_won", "quota", "quota_attainment", "reps_at_quota"]
    tidy = measure(book, names, quarter, by=by)
    wide = values_of(tidy, [by], names)
    reached = tidy[tidy["metric"] == "quota_attainment"].set_index(by)
    reps = tidy[tidy["metric"] == "reps_at_quota"].set_index(by)
    frame = pd.DataFrame(
        {
            "by": by,
            "group": with_names(book, by, wide.index),
            "revenue_won": wide["revenue_won"].fillna(0.0),
            "quota": wide["quota"].fillna(0.0),
            "attainment": wide["quota_attainment"],
            "low": reached["low"].reindex(wide.index),
            "high": reached["high"].reindex(wide.index),
            "reps_at_quota": reps["numerator"].reindex(wide.index).fillna(0).astype("int64"),
            "reps": reps["denominator"].reindex(wide.index).fillna(0).astype("int64"),
            "complete": book.is_complete(book.calendar.period(quarter)),
        }
    )
    return frame.sort_values(["attainment", "group"], ascending=[False, True], ignore_index=True)


def next_coverage(book: Book, quarter: str) -> pd.DataFrame:
    """The pipeline coverage of the quarter after, for the company and each team.

    Returns
    -------
    DataFrame
        One row for the company (group "") and one per team: period, group, open_pipeline, weighted, quota, revenue_won
        (so far), needed, coverage (null if nothing is needed), rate_span (the four quarters before), rate (their win
        rate by value; by count where lost amounts are not recorded), by_value (whether it is), required (1 ÷ rate;
        null without closed deals), rate_period (the quarter just before), rate_alone, required_alone (the same of that
        quarter alone), usual (the median coverage with which those of the four quarters that are over began),
        usual_attainment (the median of what they reached: with short cycles much of a quarter's revenue is created in
        it, so that less than the required coverage is enough), usual_quarters (how many they are), usual_last_period,
        usual_last, usual_last_attainment (the same of the last of them).
    """
    period = book.calendar.shift(book.calendar.period(quarter), 1)
    frames = [_coverage(book, period, [])]
    if has_members(book, "team"):
        frames.append(_coverage(book, period, ["team"]))
    return pd.concat(frames, ignore_index=True)


def _coverage(book: Book, period: Period, by: list[str]) -> pd.DataFrame:
    last = book.calendar.shift(period, -1).name
    year = f"{book.calendar.shift(period, -4).name}..{last}"
    due = ["pipeline_due", "weighted_pipeline_due", "quota", "pipeline_coverage"]
    ahead = _grouped(measure(book, due, period, by), by)
    value = values_of(ahead, ["group"], due)
    needed = ahead[ahead["metric"] == "pipeline_coverage"].set_index("group")["denominator"]
    rate, by_value = _win_rate(book, year, by, value.index)
    alone = _win_rate(book, last, by, value.index)[0]
    frame = pd.DataFrame(
        {
            "period": period.name,
            "open_pipeline": value["pipeline_due"],
            "weighted": value["weighted_pipeline_due"],
            "quota": value["quota"],
            "revenue_won": value["quota"] - needed,
            "needed": needed,
            "coverage": value["pipeline_coverage"],
            "rate_span": year,
            "rate": rate,
            "by_value": by_value,
            "required": 1 / rate.replace(0, np.nan),
            "rate_period": last,
            "rate_alone": alone,
            "required_alone": 1 / alone.replace(0, np.nan),
            **_usual(book, year, by, value.index),
        }
    ).reset_index()
    columns = ["period", "group", *frame.columns.drop(["period", "group"])]
    return frame[columns]


def _win_rate(book: Book, span: str, by: list[str], groups: pd.Index[Any]) -> tuple[pd.Series[float], pd.Series[bool]]:
    """The win rate of each group over a span, and whether it is the one by value."""
    names = ["win_rate_value", "win_rate"]
    rates = values_of(_grouped(measure(book, names, span, by), by), ["group"], names).reindex(groups)
    return rates["win_rate_value"].fillna(rates["win_rate"]), rates["win_rate_value"].notna()


def _usual(book: Book, year: str, by: list[str], groups: pd.Index[Any]) -> dict[str, Any]:
    """With what coverage the quarters of a year that are over began and what they reached: the median and the last."""
    began, reached = "pipeline_coverage", "quota_attainment"
    past = _grouped(measure(book, [began, reached], year, by, grain="quarter"), by)
    past = past[past["period"].map(lambda name: _is_usual(book, str(name)))]
    usual = past.groupby(["group", "metric"])["value"].median().unstack("metric")
    usual = usual.reindex(index=groups, columns=[began, reached])
    known = past[past["metric"] == began].groupby("group")["value"].count().reindex(groups)
    latest = past["period"].max() if len(past) else ""
    last = values_of(past[past["period"] == latest], ["group"], [began, reached]).reindex(groups)
    return {
        "usual": usual[began],
        "usual_attainment": usual[reached],
        "usual_quarters": known.fillna(0).astype("int64"),
        "usual_last_period": latest,
        "usual_last": last[began],
        "usual_last_attainment": last[reached],
    }


def _is_usual(book: Book, quarter: str) -> bool:
    """Whether a quarter is over and began after the first deals were closed, so that there was a pipeline to know."""
    period, first = book.calendar.period(quarter), book.first_close
    return book.is_complete(period) and first is not None and first < period.start


def _grouped(tidy: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return tidy.assign(group=tidy[by[0]] if by else "")


def recognition_rule(book: Book) -> str:
    """The declared rule of the quarter's recognition, in words."""
    measure_by = _("quota attainment") if book.has("quotas") else _("revenue won")
    return _(
        "Highest {measure} of the reps who were there for the whole quarter and won at least {n} deals; ties go to the "
        "higher revenue won, then the higher win rate, then the earlier name. A rule for recognition, not a proof of "
        "skill.",
        measure=measure_by,
        n=FEWEST_DEALS,
    )


def recognition(book: Book, quarter: str) -> pd.DataFrame:
    """The quarter's MVP and the two behind, by `recognition_rule`.

    Returns
    -------
    DataFrame
        At most three rows: rank, rep, rep_name, team, attainment (null without quotas), revenue_won, win_rate, deals.
        None with a single rep, when there is nobody to rank, and none before the quarter is over.

    Raises
    ------
    Withheld
        If there are fewer reps than the company's minimum group.
    """
    if not book.has("reps"):
        raise MissingTable("reps")
    period = book.calendar.period(quarter)
    names = ["revenue_won", "win_rate", "deals_won"] + (["quota_attainment"] if book.has("quotas") else [])
    tidy = measure(book, names, period, by="rep")
    wide = values_of(tidy, ["rep", "rep_name"], ["quota_attainment", *names[:3]]).reset_index()
    reps = book.table("reps").select("rep_id", row.team, "hired_on", "left_on").to_pandas()
    hired, left = pd.to_datetime(reps["hired_on"]), pd.to_datetime(reps["left_on"])
    whole = ~(hired > pd.Timestamp(period.start)) & ~(left < pd.Timestamp(period.end))
    there = int((~(hired > pd.Timestamp(period.end)) & ~(left < pd.Timestamp(period.start))).sum())
    if 1 < there < book.company.privacy.minimum_group:
        raise Withheld(there, book.company.privacy.minimum_group)
    frame = wide.merge(reps.loc[whole, ["rep_id", "team"]], left_on="rep", right_on="rep_id")
    frame = frame.rename(columns={"quota_attainment": "attainment", "deals_won": "deals"})
    if len(frame) < 2 or not book.is_complete(period):
        return frame.assign(rank=0).iloc[:0][_RECOGNITION]
    eligible = frame[frame["deals"] >= FEWEST_DEALS]
    keys = (["attainment"] if book.has("quotas") else []) + ["revenue_won", "win_rate", "rep_name"]
    order = eligible.sort_values(keys, ascending=[False] * (len(keys) - 1) + [True], na_position="last")
    top = order.head(3).reset_index(drop=True)
    return top.assign(rank=top.index + 1)[_RECOGNITION]


_RECOGNITION = ["rank", "rep", "rep_name", "team", "attainment", "revenue_won", "win_rate", "deals"]
