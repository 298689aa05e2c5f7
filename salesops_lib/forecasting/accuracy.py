"""How near submitted forecasts came to what was won, by how early they were made and by whom; who over-commits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from ibis import _ as row
from scipy import stats

from salesops_lib.data.book import Book
from salesops_lib.data.forecasts import COMMIT
from salesops_lib.errors import Fault, NoHistory, ParameterError, Withheld, nearest
from salesops_lib.language import gettext as _
from salesops_lib.metrics import dimensions
from salesops_lib.periods import Period

Floats = npt.NDArray[np.float64]
# Days before a period's end, each band up to its bound.
LEADS = {"0-7": 7.0, "8-14": 14.0, "15-30": 30.0, "31-60": 60.0, "over 60": np.inf}
UNNAMED = "forecast"
FEWEST_PERIODS = 4
ALPHA = 0.05
LEVEL = 0.95


def submissions(book: Book, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Every submitted forecast of a period that is over, beside what was won.

    Parameters
    ----------
    by : name or sequence of names
        Dimensions of reps to add (team, manager, territory, region, segment), as the book's day has them.

    Returns
    -------
    DataFrame
        One row per submission: rep (id), <by...>, period_start, period_end, category ("commit", "best_case", ...;
        "forecast" where none is named), submitted_on, lead_days (to the period's end), lead (band of days), forecast,
        actual (revenue won by the rep in the period), error (forecast − actual). Submitted after the period's end: left
        out.

    Raises
    ------
    MissingTable
        Without forecasts.
    """
    groups = [name for name in _list(by) if name != "rep"]
    table = book.table("forecasts").filter(row.period_end <= book.as_of)
    key = ["rep_id", "period_start", "period_end"]
    spans = table.select(*key).distinct()
    won = book.table("opportunities").filter(row.is_won)
    won = won.select(won_by="rep_id", won_on=row.closed_at.cast("date"), won=row.amount.cast("float64"))
    inside = [spans.rep_id == won.won_by, won.won_on >= spans.period_start, won.won_on <= spans.period_end]
    actual = spans.left_join(won, inside).group_by(key).agg(actual=row.won.sum().fill_null(0.0))
    told = dimensions.split(book, table, ["rep", *groups]).select(
        "rep",
        *groups,
        *key,
        "category",
        submitted_at=row.submitted_at,
        forecast=row.amount.cast("float64"),
    )
    frame = told.to_pandas().merge(actual.to_pandas(), on=key, how="left").drop(columns="rep_id")
    for name in ("period_start", "period_end"):
        frame[name] = pd.to_datetime(frame[name])
    frame["submitted_on"] = pd.to_datetime(frame["submitted_at"]).dt.normalize()
    frame["category"] = _category(frame["category"])
    frame["lead_days"] = (frame["period_end"] - frame["submitted_on"]).dt.days.astype("int64")
    frame = frame[frame["lead_days"] >= 0]
    frame["lead"] = _bands(frame["lead_days"])
    frame["error"] = frame["forecast"] - frame["actual"]
    order: pd.DataFrame = frame.sort_values(["rep", "period_start", "category", "submitted_at"], ignore_index=True)
    columns = "period_start period_end category submitted_on lead_days lead forecast actual error".split()
    return order[["rep", *groups, *columns]]


def submitted(book: Book, period: Period) -> pd.Series[float]:
    """What is submitted so far for a period: by category, the sum of the last submissions of all reps."""
    table = book.table("forecasts").filter((row.period_start == period.start) & (row.period_end == period.end))
    columns = table.select("rep_id", "category", "submitted_at", amount=row.amount.cast("float64"))
    frame: pd.DataFrame = columns.to_pandas().sort_values("submitted_at", kind="stable")
    last = frame.assign(category=_category(frame["category"])).drop_duplicates(["rep_id", "category"], keep="last")
    return last.groupby("category")["amount"].sum()


def submission_accuracy(book: Book, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """How far submitted forecasts were off, by how early they were submitted.

    Of several submissions of a rep for a period within a band of days, the last one counts.

    Parameters
    ----------
    by : name or sequence of names
        "rep" (with rep_name beside it) or dimensions of reps, as the book's day has them.

    Returns
    -------
    DataFrame
        One row per category, band of days before the period's end (earliest first) and group: category, lead, <by...>,
        n (submissions), periods, forecast, actual (sums), wape (Σ|forecast − actual| ÷ Σ actual over reps and periods),
        bias (Σ(forecast − actual) ÷ Σ actual; positive: over-committed). Both are null where nothing was won. A
        submitted forecast is one figure, so it has no coverage.
    """
    groups = _list(by)
    frame = last_in_band(submissions(book, groups))
    keys = ["category", "lead", *groups]
    frame = frame.assign(_off=frame["error"].abs())
    sums = frame.groupby(keys, sort=False, observed=True).agg(
        n=("error", "size"),
        periods=("period_start", "nunique"),
        forecast=("forecast", "sum"),
        actual=("actual", "sum"),
        _off=("_off", "sum"),
        _error=("error", "sum"),
    )
    found = sums.reset_index()
    some = found["actual"].where(found["actual"] > 0)
    found["wape"], found["bias"] = found["_off"] / some, found["_error"] / some
    place = {lead: i for i, lead in enumerate(reversed(LEADS))}
    found = found.assign(_lead=found["lead"].map(place)).sort_values(["category", "_lead", *groups], ignore_index=True)
    names = list(groups)
    if "rep" in names:
        found["rep_name"] = dimensions.name_reps(book, found["rep"])
        names.insert(names.index("rep") + 1, "rep_name")
    return found[["category", "lead", *names, "n", "periods", "forecast", "actual", "wape", "bias"]]


def commitments(book: Book, by: str = "rep", category: str = COMMIT, min_lead: int = 0) -> pd.DataFrame:
    """Who promises more than they bring, and who less, beyond chance.

    The bias of a group is Σ(forecast − actual) ÷ Σ actual over periods; within a period, the mean of its bands of days
    counts (the last submission of a rep in each). Its 95 % interval takes the periods as the draws (ratio estimator,
    Student's t); p-values are after Benjamini-Hochberg over the groups.

    Parameters
    ----------
    by : str
        "rep" or a dimension of reps.
    category : str
        Which submissions count; where no submission names a category, all do.
    min_lead : int
        Only submissions so many days before the period's end or more.

    Returns
    -------
    DataFrame
        One row per group: <by> (rep_name beside rep), category, periods, forecast, actual, bias, low, high, p_value,
        verdict: "above" (over-commits), "below" (under-commits), "not distinguishable", "too few" (under four periods),
        "none" (nothing was won). Largest bias first.

    Raises
    ------
    ParameterError
        If nothing was submitted in the category, with those there are.
    NoHistory
        If nothing was submitted as commit.
    Withheld
        By rep, if fewer submitted than the company's `minimum_group`.
    """
    frame = submissions(book, by)
    people = frame["rep"].nunique()
    if by == "rep" and 0 < people < book.company.privacy.minimum_group:
        raise Withheld(people, book.company.privacy.minimum_group)
    known = set(frame["category"])
    if known == {UNNAMED}:
        category = UNNAMED
    if known and category not in known:
        what = _("no forecast was submitted as {category!r}.", category=category)
        if category == COMMIT:
            # Not a wrong call: the company has other categories.
            raise NoHistory(Fault(what))
        raise ParameterError(Fault(what, fix=nearest(category, known)))
    frame = frame[(frame["category"] == category) & (frame["lead_days"] >= min_lead)]
    last = last_in_band(frame)
    each = last.groupby([by, "rep", "period_start"] if by != "rep" else ["rep", "period_start"], observed=True)
    means = each[["forecast", "actual"]].mean().reset_index()
    periods = means.groupby([by, "period_start"])[["forecast", "actual"]].sum().reset_index()
    rows = [{by: name, **_bias(part)} for name, part in periods.groupby(by)]
    columns = [by, "periods", "forecast", "actual", "bias", "low", "high", "p_value"]
    found = pd.DataFrame(rows, columns=columns)
    tested = found["p_value"].notna()
    if tested.any():
        found.loc[tested, "p_value"] = stats.false_discovery_control(found.loc[tested, "p_value"].to_numpy())
    found["verdict"] = [
        verdict(bias, p, int(n)) for bias, p, n in zip(found["bias"], found["p_value"], found["periods"], strict=True)
    ]
    found.insert(1, "category", category)
    if by == "rep":
        found.insert(1, "rep_name", dimensions.name_reps(book, found["rep"]))
    return found.sort_values(["bias", by], ascending=[False, True], ignore_index=True)


def last_in_band(frame: pd.DataFrame) -> pd.DataFrame:
    """Of the submissions of a rep for a period, a category and a band of days, the last one."""
    keys = ["rep", "period_start", "period_end", "category", "lead"]
    found: pd.DataFrame = frame.drop_duplicates(keys, keep="last").reset_index(drop=True)
    return found


def verdict(bias: float, p_value: float, periods: int) -> str:
    """What may be said of a bias: a side only where chance does not explain it.

    >>> verdict(0.2, 0.01, 8), verdict(-0.2, 0.01, 8), verdict(0.2, 0.2, 8), verdict(0.2, 0.01, 3)
    ('above', 'below', 'not distinguishable', 'too few')
    """
    if np.isnan(bias):
        return "none"
    if periods < FEWEST_PERIODS:
        return "too few"
    if np.isnan(p_value) or p_value >= ALPHA:
        return "not distinguishable"
    return "above" if bias > 0 else "below"


def _bias(part: pd.DataFrame) -> dict[str, float]:
    """The ratio of a group's errors to its revenue over periods, and what chance makes of it.

    Source: Cochran (1977), Sampling Techniques, section 6.4 (the ratio estimator).
    """
    n = len(part)
    forecast, actual = (part[name].to_numpy(dtype=np.float64) for name in ("forecast", "actual"))
    sums = {"periods": n, "forecast": forecast.sum(), "actual": actual.sum()}
    if sums["actual"] <= 0:
        return {**sums, **dict.fromkeys(("bias", "low", "high", "p_value"), np.nan)}
    bias = (forecast - actual).sum() / sums["actual"]
    if n < FEWEST_PERIODS:
        return {**sums, "bias": bias, **dict.fromkeys(("low", "high", "p_value"), np.nan)}
    left = forecast - actual - bias * actual
    error = float(np.sqrt(n / (n - 1) * (left**2).sum()) / sums["actual"])
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * error
    p_value = float(2 * stats.t.sf(abs(bias) / error, n - 1)) if error > 0 else float(bias == 0)
    return {**sums, "bias": bias, "low": bias - half, "high": bias + half, "p_value": p_value}


def _category(names: pd.Series[str]) -> pd.Series[str]:
    """Commit, Best case and BestCase as commit and best_case; without a name: "forecast"."""
    text = names.astype("object").where(names.notna(), UNNAMED).astype(str).str.strip()
    text = text.str.replace(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", regex=True)
    return text.str.lower()


def _bands(days: pd.Series[int]) -> pd.Series[str]:
    edges = [-np.inf, *LEADS.values()]
    return pd.cut(days.astype("float64"), edges, labels=list(LEADS)).astype("object")


def _list(by: str | Sequence[str]) -> list[str]:
    return list(dict.fromkeys([by] if isinstance(by, str) else by))
