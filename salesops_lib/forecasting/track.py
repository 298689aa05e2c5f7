"""The track record of a period's forecast: what it would have said of earlier periods, knowing only what was known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.forecasting.expected import expected
from salesops_lib.forecasting.levels import COMPANY
from salesops_lib.forecasting.scoreboard import (
    NAIVE,
    PERIODS,
    PIPELINE,
    predictions,
    predictions_at,
    said_now,
    scoreboard,
)
from salesops_lib.forecasting.snapshots import LEVELS, Snapshots, spread
from salesops_lib.forecasting.spans import Span, alike
from salesops_lib.forecasting.views import Views

BOUNDS = [f"{side}-{level}" for level in LEVELS for side in ("lo", "hi")]
SUBMITTED = ("commit", "best_case")
# At how many days before a period's end the ways to forecast are compared, beside today's.
LEADS = (60, 30, 7)
MONTH = 30
BLEND, HISTORY, VIEW = "blend", "history", "pipeline"
PREVIOUS = "previous_forecast"

Row = dict[str, object]


def track_record(views: Views) -> pd.DataFrame:
    """The forecast of each of the last eight periods at the same moment, with weights and errors of then.

    Returns
    -------
    DataFrame
        One row per earlier period, oldest first, of the company: period, made_on, history, pipeline, forecast, lo-80,
        hi-80, lo-95, hi-95 (null: too few earlier periods then), actual, error (forecast − actual), off (error ÷
        actual), inside (of the 80 % interval; None without one).
    """
    past = views.past
    ends = {name: pd.Timestamp(views.book.calendar.period(name).end) for name in past["period"].unique()}
    rows = []
    for name, seen in past.groupby("period", sort=False):
        day = seen["day"].iloc[0]
        over = past[past["period"].map(ends) <= day]
        said = expected(seen, over, views.levels)
        row = said[said["level"] == COMPANY].iloc[0]
        actual = float(seen.loc[seen["level"] == COMPANY, "actual"].iloc[0])
        known = not np.isnan(row["lo-80"])
        rows.append(
            {
                "period": name,
                "made_on": day,
                HISTORY: row["history"],
                VIEW: row["pipeline"],
                "forecast": row["mean"],
                **row[BOUNDS],
                "actual": actual,
                "error": row["mean"] - actual,
                "off": (row["mean"] - actual) / actual if actual else np.nan,
                "inside": bool(row["lo-80"] <= actual <= row["hi-80"]) if known else None,
            }
        )
    columns = ["period", "made_on", HISTORY, VIEW, "forecast", *BOUNDS, "actual", "error", "off", "inside"]
    return pd.DataFrame(rows[:PERIODS], columns=columns).iloc[::-1].reset_index(drop=True)


def ways(views: Views, company: pd.DataFrame, record: pd.DataFrame, board: pd.DataFrame) -> pd.DataFrame:
    """What each way to forecast says of the period today, and how far off it was at the same moment of earlier ones.

    Parameters
    ----------
    company : DataFrame
        The company's row of what is expected.
    record : DataFrame
        As `track_record` gives it.
    board : DataFrame
        The scoreboard at today's moment.

    Returns
    -------
    DataFrame
        One row per way: view ("blend", "history", "pipeline", the categories submitted, "weighted_pipeline",
        "run_rate", "seasonal_naive"), forecast, lo-80, hi-80 (of the first three; null: too few past errors), weight
        (of history and pipeline), wape, bias (null: no earlier period tells), periods.
    """
    row = company.iloc[0]
    own = [_way(BLEND, row["mean"], (row["lo-80"], row["hi-80"]))]
    for name, weight in ((HISTORY, 1 - row["weight"]), (VIEW, row["weight"])):
        off = ((record["actual"] - record[name]) / record[name].where(record[name] != 0)).to_numpy(np.float64)
        half = spread(off, LEVELS[0]) * row[name]
        low = np.nan if np.isnan(half) else max(row[name] - half, row["closed"])
        own.append(_way(name, row[name], (low, row[name] + half), weight))
    told = said_now(views.book, views.snapshots).drop(PIPELINE).dropna()
    own += [_way(str(name), float(amount)) for name, amount in told.items()]
    score = board[["method", "wape", "bias", "periods"]].rename(columns={"method": "view"})
    frame = pd.DataFrame(own).merge(score, on="view", how="left")
    return frame.assign(periods=pd.to_numeric(frame["periods"]).fillna(0).astype("int64"))


def _way(name: str, forecast: float, interval: tuple[float, float] = (np.nan, np.nan), weight: float = np.nan) -> Row:
    return {"view": name, "forecast": forecast, "lo-80": interval[0], "hi-80": interval[1], "weight": weight}


def with_submitted(record: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """The track record with what was submitted at the same moment: commit, best_case (null: nothing was)."""
    wide = told.pivot_table(index="period", columns="method", values="forecast", aggfunc="first")
    return record.merge(wide.reindex(columns=list(SUBMITTED)).reset_index(), on="period", how="left")


def compared(book: Book, record: pd.DataFrame, span: Span) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The scoreboard of all ways to forecast a period, today's moment first, and the predictions behind it.

    Beside the ways of `predictions`: the blend and the view of history at today's moment, and the pipeline view as it
    was a month earlier ("previous_forecast"). Today's moment is the same one of each earlier period (see `alike`), and
    is told by the days before the end of this one; the others are so many days before the end of each.

    Parameters
    ----------
    record : DataFrame
        As `track_record` gives it.
    span : Span
        The period that is forecast, as it is looked at today.
    """
    snapshots, lead = Snapshots(book, span.period), span.lead
    names = list(record["period"]) or [each.period.name for each in snapshots.earlier(span, PERIODS)]
    periods = [book.calendar.period(name) for name in names]
    month_ago = Span(span.period, span.day - MONTH)
    now, then = ([alike(book.calendar, each, period) for period in periods] for each in (span, month_ago))
    told = predictions_at(book, snapshots, now).assign(lead_days=lead)
    later = predictions(book, [each for each in LEADS if each < lead], grain=span.period.grain, periods=PERIODS)
    later = later[later["period"].isin(names)]
    earlier = predictions_at(book, snapshots, then, [PIPELINE]).assign(method=PREVIOUS, lead_days=lead)
    own = [
        pd.DataFrame(
            {
                "period": record["period"],
                "lead_days": lead,
                "day": record["made_on"],
                "method": method,
                "forecast": record[column],
                "actual": record["actual"],
            }
        )
        for method, column in ((BLEND, "forecast"), (HISTORY, HISTORY))
    ]
    frames = [each.dropna(subset=["forecast"]) for each in (*own, told, later, earlier)]
    found = pd.concat([each for each in frames if len(each)], ignore_index=True) if any(map(len, frames)) else told
    found["method"] = found["method"].where(found["method"] != PIPELINE, VIEW)
    return scoreboard(found, NAIVE), found
