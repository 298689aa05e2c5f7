"""The scoreboard of ways to forecast a period: what each would have said on the same day, and how far off it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from salesops_lib.data.book import Book
from salesops_lib.forecasting.accuracy import ALPHA, FEWEST_PERIODS, UNNAMED, submissions, submitted
from salesops_lib.forecasting.deals import EPOCH, number
from salesops_lib.forecasting.snapshots import Snapshots
from salesops_lib.forecasting.spans import Span
from salesops_lib.metrics import dimensions
from salesops_lib.metrics.probability import ENOUGH, WINDOW
from salesops_lib.periods import Grain

Floats = npt.NDArray[np.float64]
LEAD_DAYS = (85, 60, 30, 14, 7)
PERIODS = 8
RUN_RATE_DAYS = 90
IDLE_DAYS = 7
NAIVE = "seasonal_naive"
SUBMITTED = "submitted"
PIPELINE = "pipeline_forecast"
OWN = ("weighted_pipeline", PIPELINE, "run_rate", NAIVE)
DRAWS = 2000
SEED = 20_260_101


def predictions(
    book: Book,
    lead_days: Sequence[int] = LEAD_DAYS,
    by: str | Sequence[str] = (),
    grain: Grain = "quarter",
    periods: int = PERIODS,
    methods: Sequence[str] | None = None,
) -> pd.DataFrame:
    """What each way to forecast would have said of the last periods that are over, so many days before their end.

    Each category of submitted forecasts is a way (commit, best_case, ...: the last submission of each rep by that day);
    `weighted_pipeline` is closed so far + amount × probability (see `metrics.probability`) of what is due by the
    period's end, left out where due dates of the past are not known; `pipeline_forecast` as the function of that name;
    `run_rate` is closed so far + the mean of a day of the last 90 for each day left; `seasonal_naive` is the same
    period a year ago. None of them knows what came after its day.

    Parameters
    ----------
    by : name or sequence of names
        Dimensions of reps (as the book's day has them), or of opportunities: then what was submitted is left out.
    methods : sequence of names, optional
        Only these; without it, all.

    Returns
    -------
    DataFrame
        One row per period, lead and way, and group: period, lead_days, day, <by...>, method, forecast, actual (revenue
        won). Where a way has nothing to say yet, it has no row.
    """
    last = book.calendar.last_complete(grain, book.as_of)
    snapshots = Snapshots(book, last, [by] if isinstance(by, str) else list(by))
    spans: list[Span] = []
    period = last
    while len(spans) < periods * len(lead_days) and number(period.start) >= snapshots.deals.first_close:
        spans += [Span(period, number(period.end) - lead) for lead in lead_days]
        period = book.calendar.shift(period, -1)
    return predictions_at(book, snapshots, spans, methods)


def predictions_at(
    book: Book, snapshots: Snapshots, spans: Sequence[Span], methods: Sequence[str] | None = None
) -> pd.DataFrame:
    """The same of some periods that are over, each on its own day: as `predictions` gives it."""
    spans = [span for span in spans if span.day >= snapshots.deals.first_close]
    columns = ["period", "lead_days", "day", *snapshots.by, "method", "forecast", "actual"]
    if not spans:
        return pd.DataFrame(columns=columns)
    parts = [_own(book, snapshots, span) for span in spans]
    if book.knows_due_dates and (methods is None or OWN[0] in methods):
        parts += [_weighted(snapshots, span) for span in spans]
    if _can_be_submitted(book, snapshots.by) and (methods is None or set(methods) - set(OWN)):
        parts.append(_submitted(book, snapshots, spans))
    frame = pd.concat(parts, ignore_index=True)
    if methods is not None:
        frame = frame[frame["method"].isin(methods)]
    actual = [_frame(snapshots, span, "", _closed(snapshots, span, snapshots.today)) for span in spans]
    known = pd.concat(actual, ignore_index=True).rename(columns={"forecast": "actual"}).drop(columns=["method", "day"])
    frame = frame.merge(known, on=["period", "lead_days", "_group"], how="left")
    frame = frame.merge(snapshots.groups.rename_axis("_group").reset_index(), on="_group", how="left")
    frame = frame[frame["forecast"].notna()]
    order = {way: i for i, way in enumerate(OWN)}
    frame = frame.assign(_way=frame["method"].map(order).fillna(-1))
    frame = frame.sort_values(["day", "lead_days", "_way", "method", "_group"], ignore_index=True)
    frame["day"] = pd.to_datetime([date.fromordinal(day + EPOCH) for day in frame["day"]])
    return frame[columns]


def scoreboard(frame: pd.DataFrame, naive: str = NAIVE) -> pd.DataFrame:
    """How far off each way to forecast was, at equal lead times, and whether it is proven to beat the naive one.

    Parameters
    ----------
    frame : DataFrame
        As `predictions` gives it; rows of other ways may be added.
    naive : str
        The way that the others are compared with, on the periods that both have.

    Returns
    -------
    DataFrame
        One row per lead (earliest first) and way: lead_days, method, periods, wape (Σ|forecast − actual| ÷ Σ actual),
        bias (Σ(forecast − actual) ÷ Σ actual), naive_wape, gain (naive_wape − wape, in points), low, high (its 95 %
        interval: bootstrap over periods; null under four), p_value (of no gain, after Benjamini-Hochberg over all
        rows), verdict: "better" or "worse" than the naive one if the interval excludes 0 and the p-value is below 5 %,
        else "not proven"; "" for the naive one itself.
    """
    sums = frame.assign(
        _off=(frame["forecast"] - frame["actual"]).abs(), _error=frame["forecast"] - frame["actual"]
    ).groupby(["lead_days", "method", "period"], sort=False)[["_off", "_error", "actual"]]
    each = sums.sum().reset_index()
    rows = []
    for (lead, method), part in each.groupby(["lead_days", "method"], sort=False):
        base = each[(each["lead_days"] == lead) & (each["method"] == naive)]
        both = part.merge(base[["period", "_off"]], on="period", suffixes=("", "_naive"))
        total = part["actual"].sum()
        low, high, p_value = (np.nan, np.nan, np.nan) if method == naive else _gain(both)
        some = both["actual"].sum()
        gain = (both["_off_naive"] - both["_off"]).sum() / some if some > 0 and method != naive else np.nan
        rows.append(
            {
                "lead_days": lead,
                "method": method,
                "periods": len(part),
                "wape": part["_off"].sum() / total if total > 0 else np.nan,
                "bias": part["_error"].sum() / total if total > 0 else np.nan,
                "naive_wape": both["_off_naive"].sum() / some if some > 0 else np.nan,
                "gain": gain,
                "low": low,
                "high": high,
                "p_value": p_value,
            }
        )
    columns = "lead_days method periods wape bias naive_wape gain low high p_value".split()
    found = pd.DataFrame(rows, columns=columns)
    tested = found["p_value"].notna()
    if tested.any():
        found.loc[tested, "p_value"] = stats.false_discovery_control(found.loc[tested, "p_value"].to_numpy())
    found["verdict"] = _verdicts(found).where(found["method"] != naive, "")
    place = {method: i for i, method in enumerate(dict.fromkeys(frame["method"]))}
    order = found.assign(_lead=-found["lead_days"], _method=found["method"].map(place))
    return order.sort_values(["_lead", "_method"], ignore_index=True)[[*columns, "verdict"]]


def said_now(book: Book, snapshots: Snapshots) -> pd.Series[float]:
    """What each way to forecast says of the snapshots' own period today, over all groups."""
    span = snapshots.span(snapshots.period)
    parts = [_own(book, snapshots, span)]
    if book.knows_due_dates:
        parts.append(_weighted(snapshots, span))
    own = pd.concat(parts).groupby("method")["forecast"].sum(min_count=1)
    told = submitted(book, snapshots.period) if book.has("forecasts") else own.iloc[:0]
    said: pd.Series[float] = pd.concat([told.rename(index={UNNAMED: SUBMITTED}), own])
    return said


def year_ago(book: Book, snapshots: Snapshots, span: Span) -> Floats:
    """The revenue won in the same period a year before, by group; null where it is not known whole on the day."""
    ago = Span(book.calendar.year_ago(span.period), span.day)
    # Data that begin a few days into a period, after a weekend or a holiday, hold it whole.
    if ago.end > span.day or ago.start < snapshots.deals.first_close - IDLE_DAYS:
        return np.full(snapshots.size, np.nan)
    return _closed(snapshots, ago, span.day)


def _can_be_submitted(book: Book, by: Sequence[str]) -> bool:
    """Whether submitted forecasts can be split like this: reps submit them, so by what a rep belongs to."""
    of_reps = {"rep", *dimensions.OF_REPS, *dimensions.OF_TERRITORIES} - set(book.extras("opportunities"))
    return book.has("forecasts") and set(by) <= of_reps


def _own(book: Book, snapshots: Snapshots, span: Span) -> pd.DataFrame:
    """The pipeline forecast, the run rate and the naive one of a span."""
    parts = snapshots.parts(span)
    known = min(RUN_RATE_DAYS, span.day - snapshots.deals.first_close + 1)
    lately = snapshots.deals.won_between(span.day - known + 1, span.day, span.day)
    closed = parts["closed"].to_numpy()
    ways = {
        PIPELINE: closed + parts["open"].to_numpy() + parts["arrivals"].to_numpy(),
        "run_rate": closed + snapshots.sums(lately) / known * span.ahead,
        NAIVE: year_ago(book, snapshots, span),
    }
    return pd.concat([_frame(snapshots, span, way, values) for way, values in ways.items()], ignore_index=True)


def _weighted(snapshots: Snapshots, span: Span) -> pd.DataFrame:
    """Closed so far + amount × probability of what is due by the period's end; an unknown amount counts as none."""
    standing = snapshots.deals.standing(span.day)
    worth = np.nan_to_num(stage_shares(snapshots, span.day)[standing.stage] * standing.amount)
    sums = np.bincount(
        snapshots.group[standing.deal], weights=np.where(standing.due <= span.end, worth, 0.0), minlength=snapshots.size
    )
    return _frame(snapshots, span, OWN[0], _closed(snapshots, span, span.day) + sums)


def stage_shares(snapshots: Snapshots, day: int) -> Floats:
    """The probability of each open stage (and null: of an unknown one), as it was known on a day.

    Of the opportunities that had been in the stage and were closed in the year before, the share won, if they were 30;
    else the default of the company file. These are the rules of `metrics.probability`, kept to what was known then; a
    stage that was passed within a day counts as skipped.
    """
    deals = snapshots.deals
    visits = deals.visits[deals.visits["start"] <= day]
    now = visits[visits["stop"] > day]
    closed = now[(now["code"] > deals.unknown) & (now["start"] > day - WINDOW.days)]
    been = visits[(visits["code"] < deals.stages) & visits["deal"].isin(closed["deal"])]
    been = been.drop_duplicates(["deal", "code"])
    won = been["deal"].isin(closed.loc[closed["code"] == deals.won, "deal"]).to_numpy()
    n, wins = (np.bincount(each, minlength=deals.stages) for each in (been["code"], been.loc[won, "code"]))
    defaults = np.array([*snapshots.stages.open.values()], dtype=np.float64)
    return np.append(np.where(n >= ENOUGH, wins / np.maximum(n, 1), defaults), np.nan)


def _submitted(book: Book, snapshots: Snapshots, spans: Sequence[Span]) -> pd.DataFrame:
    """The sum of the last submissions of all reps by the day, of each category."""
    told = submissions(book, snapshots.by)
    told = told.assign(_start=told["period_start"].dt.date, _end=told["period_end"].dt.date)
    parts = []
    for span in spans:
        own = told[(told["_start"] == span.period.start) & (told["_end"] == span.period.end)]
        by_then = own[own["lead_days"] >= span.lead]
        last = by_then.drop_duplicates(["rep", "category"], keep="last")
        for category, part in last.groupby("category"):
            sums = part.groupby(snapshots.by)["forecast"].sum().reset_index() if snapshots.by else part
            way = SUBMITTED if category == UNNAMED else str(category)
            parts.append(_frame(snapshots, span, way, _by_group(snapshots, sums, "forecast")))
    return pd.concat(parts, ignore_index=True) if parts else _frame(snapshots, spans[0], "", np.empty(0))


def _by_group(snapshots: Snapshots, frame: pd.DataFrame, column: str) -> Floats:
    """A column's sums in the order of the groups."""
    if not snapshots.by:
        return np.array([frame[column].sum()], dtype=np.float64)
    merged = snapshots.groups.merge(frame[[*snapshots.by, column]], on=snapshots.by, how="left")
    return merged[column].fillna(0.0).to_numpy(dtype=np.float64)


def _closed(snapshots: Snapshots, span: Span, known: int) -> Floats:
    return snapshots.sums(snapshots.deals.won_between(span.start, span.end, known))


def _frame(snapshots: Snapshots, span: Span, method: str, values: Floats) -> pd.DataFrame:
    frame = pd.DataFrame({"_group": np.arange(len(values)), "forecast": values})
    return frame.assign(period=span.period.name, lead_days=span.lead, day=span.day, method=method)


def _gain(both: pd.DataFrame) -> tuple[float, float, float]:
    """The middle 95 % of the gain over periods drawn again, and how seldom it is on the other side of 0, twice."""
    if len(both) < FEWEST_PERIODS:
        return np.nan, np.nan, np.nan
    draws = np.random.default_rng(SEED).integers(0, len(both), (DRAWS, len(both)))
    gain, actual = ((both["_off_naive"] - both["_off"]).to_numpy(), both["actual"].to_numpy())
    totals = actual[draws].sum(axis=1)
    found = gain[draws].sum(axis=1)[totals > 0] / totals[totals > 0]
    if not len(found):
        return np.nan, np.nan, np.nan
    low, high = np.quantile(found, [0.025, 0.975])
    other = min((found <= 0).sum(), (found >= 0).sum())
    return float(low), float(high), min(1.0, 2 * float(other + 1) / (len(found) + 1))


def _verdicts(frame: pd.DataFrame) -> pd.Series[str]:
    sure = frame["p_value"] < ALPHA
    told = np.select([sure & (frame["low"] > 0), sure & (frame["high"] < 0)], ["better", "worse"], "not proven")
    return pd.Series(told, index=frame.index)
