"""What was sold so far, as series: the company and its groups by period, from a book through `measure`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, NoHistory, ParameterError
from salesops_lib.forecasting.panel import Array, Frequency, Panel, frequency_of
from salesops_lib.forecasting.reconcile import COMPANY, member_id, summing
from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.metrics import measure
from salesops_lib.metrics.dimensions import IDS
from salesops_lib.metrics.registry import metric_of
from salesops_lib.metrics.spec import Sum
from salesops_lib.periods import Grain, Period, period_said

GRAINS: dict[str, Grain] = {"M": "month", "Q": "quarter", "W": "week"}
REVENUE = "revenue_won"
MOST_NAMED = 5


@dataclass(frozen=True)
class History:
    """What was sold in each complete period of a book.

    Attributes
    ----------
    groups : DataFrame
        The smallest groups, one row each: unique_id, level, group, one column per dimension, and `left` (the day
        on which its rep left; null: there is none).
    values : array (smallest groups, periods)
        What each sold; null before its first sale.
    by : tuple of names
        The dimensions.
    periods : tuple of Period
        The company's periods, in order; the last is the last complete one.
    notes : tuple of texts
        What was left out, and what counts as nothing.
    """

    book: Book
    frequency: Frequency
    groups: pd.DataFrame
    values: Array
    by: tuple[str, ...]
    periods: tuple[Period, ...]
    notes: tuple[str, ...]

    def series(self) -> tuple[pd.DataFrame, Array, Array]:
        """All series, company first: their unique_id, level and group; their sums; and what each sold."""
        ids, sums = summing(self.groups, self.by)
        named = {COMPANY: (COMPANY, "")}
        named |= {member_id(name, each): (name, str(each)) for name in self.by for each in self.groups[name].unique()}
        named |= {
            str(row["unique_id"]): (str(row["level"]), str(row["group"])) for row in self.groups.to_dict("records")
        }
        lines = [(each, *named[each]) for each in ids]
        sold = np.where(np.isnan(self.values), 0.0, self.values)
        began = sums @ ~np.isnan(self.values) > 0
        return pd.DataFrame(lines, columns=["unique_id", "level", "group"]), sums, np.where(began, sums @ sold, np.nan)

    def panel(self) -> Panel:
        """All series as a panel, on the calendar periods in which the middle of the company's lies."""
        frame, _sums, values = self.series()
        first = self._first
        last = np.full(len(frame), first + len(self.periods) - 1, dtype=np.int64)
        rows = tuple(each[~np.isnan(each)] for each in values)
        return Panel(self.frequency, tuple(frame["unique_id"]), rows, last)

    def ahead(self, horizon: int) -> pd.DatetimeIndex:
        """The first days of the periods after the last complete one."""
        later = [self.book.calendar.shift(self.periods[-1], step) for step in range(1, horizon + 1)]
        return pd.DatetimeIndex([each.start for each in later])

    def known(self, time: pd.Timestamp) -> int:
        """How many periods there are up to a time, as the panel has times."""
        return int(self.frequency.ordinals(pd.Series([time]))[0]) - self._first + 1

    def starts(self, times: pd.Series) -> pd.Series:
        """The first days of the company's periods for the first days of the calendar's, as the panel has them."""
        ordinals = self.frequency.ordinals(times) - self._first
        days = {number: self._number(int(number)).start for number in np.unique(ordinals)}
        return pd.Series(pd.to_datetime([days[number] for number in ordinals]), index=times.index)

    def ended(self, known: int | None = None) -> npt.NDArray[np.bool_]:
        """Whether each smallest group had ended after the first periods: no sale for a year, or its rep has left.

        `known`: how many periods; none: all, and whatever else the book knows. What has not begun has not ended.
        """
        season = self.frequency.season
        day = self.book.as_of if known is None else self.periods[known - 1].end
        lately = self.values[:, :known][:, -season:]
        idle = (lately == 0).sum(axis=1) == season
        left = self.groups["left"] <= pd.Timestamp(day)
        return np.asarray(idle | left.to_numpy(np.bool_))

    @cached_property
    def _first(self) -> int:
        return place_of(self.periods[0], self.frequency)

    def _number(self, number: int) -> Period:
        behind = number - len(self.periods) + 1
        return self.book.calendar.shift(self.periods[-1], behind) if behind > 0 else self.periods[number]


def place_of(period: Period, frequency: Frequency) -> int:
    """The number of the calendar period in which the middle of a company's period lies.

    A fiscal quarter may begin in any month, and a 4-4-5 month up to a week before the calendar's: their middles lie in
    one calendar period each, without a gap.
    """
    middle = pd.Series([pd.Timestamp(period.start + timedelta(days=period.days // 2))])
    return int(frequency.ordinals(middle)[0])


def revenue_history(book: Book, freq: str = "M", by: str | Sequence[str] = (), metric: str = REVENUE) -> pd.DataFrame:
    """What was sold in each complete period, by series.

    Returns
    -------
    DataFrame
        One row per series and period, the company first, then the members of each dimension: unique_id ("company",
        "region=North"), ds (the period's first day), y, level ("company" or the dimension), group ("" for the company).
        A series begins with its first sale; a period without sales is a row with 0. Where no dimension names the
        smallest groups by itself, they follow, by all dimensions together. `attrs["notes"]` says what was left out.

    Raises
    ------
    ParameterError
        For a metric that cannot be added up, an unknown dimension, and where no complete period has sales.
    """
    history = read_history(book, freq, by, metric)
    frame, _sums, values = history.series()
    days = pd.DatetimeIndex([period.start for period in history.periods])
    parts = [
        pd.DataFrame({"unique_id": row.unique_id, "ds": days, "y": y, "level": row.level, "group": row.group})
        for row, y in zip(frame.itertuples(), values, strict=True)
    ]
    found = pd.concat(parts, ignore_index=True).dropna(subset="y").reset_index(drop=True)
    found.attrs["notes"] = list(history.notes)
    return found


def read_history(book: Book, freq: str = "M", by: str | Sequence[str] = (), metric: str = REVENUE) -> History:
    """The history of a book; see `revenue_history`, which gives it as a frame."""
    names = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
    frequency = frequency_of(freq)
    periods = _periods(book, metric, GRAINS[freq])
    rows = measure(book, metric, f"{periods[0].name}..{periods[-1].name}", names, GRAINS[freq])
    notes = [f"{name}: {text}" for name, text in rows.attrs.get("notes", {}).items()]
    rows = rows.assign(_group=_numbered(rows, names))
    table = rows.pivot_table(index="_group", columns="period", values="value", aggfunc="sum", fill_value=0.0)
    sold = table.reindex(columns=[period.name for period in periods], fill_value=0.0).to_numpy(np.float64)
    if not sold.any():
        raise NoHistory(Fault(_("nothing but zeros was sold: there is no history to forecast from.")))
    values, start = _begun(sold, frequency.season)
    keys = rows.drop_duplicates("_group").set_index("_group").loc[table.index, list(names)].reset_index(drop=True)
    groups = _groups(book, keys, names)
    some: npt.NDArray[np.bool_] = np.asarray(~np.isnan(values).all(axis=1), dtype=np.bool_)
    notes = [*_partial(book, periods[-1]), *notes, *_before(periods, start)]
    if not some.all():
        never = _("Without sales in these periods, counted as 0: {names}.")
        notes.append(never.format(names=named(groups["unique_id"].to_numpy()[~some].tolist())))
    order = groups.index[some][groups["group"].to_numpy()[some].argsort(kind="stable")]
    groups = groups.loc[order].reset_index(drop=True)
    return History(book, frequency, groups, values[order], names, tuple(periods[start:]), tuple(notes))


def _periods(book: Book, metric: str, grain: Grain) -> list[Period]:
    """The complete periods from the first sale on."""
    flow = metric_of(metric)
    if not isinstance(flow, Sum) or flow.cumulative:
        what = _("{name} cannot be forecast by groups: it is no sum over a period.", name=metric)
        raise ParameterError(Fault(what, fix=_("Take one that is, such as {name}.", name=REVENUE)))
    table = book.table(flow.of)
    some = table if flow.where is None else table.filter(flow.where)
    first = some[flow.on].min().to_pyarrow().as_py()
    if first is None:
        what = _("nothing was sold by {day}: there is no history to forecast from.", day=book.as_of)
        raise NoHistory(Fault(what))
    begin = book.calendar.containing(getattr(first, "date", lambda: first)(), grain)
    last = book.calendar.last_complete(grain, book.as_of)
    if last.start < begin.start:
        what = _("no period with sales is over by {day}: there is no history to forecast from.", day=book.as_of)
        raise NoHistory(Fault(what))
    return book.calendar.split(book.calendar.period(f"{begin.name}..{last.name}"), grain)


def _numbered(rows: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """The number of each row's smallest group, in the order of their names."""
    return rows.groupby(list(by)).ngroup() if by else pd.Series(0, index=rows.index)


def _begun(sold: Array, season: int) -> tuple[Array, int]:
    """What each group sold since its first sale, and where the company's history begins: behind its last idle year."""
    busy = np.flatnonzero((sold != 0).any(axis=0))
    gaps = np.flatnonzero(np.diff(busy) > season)
    start = int(busy[gaps[-1] + 1] if len(gaps) else busy[0])
    sold = sold[:, start:]
    return np.where(np.cumsum(sold != 0, axis=1) > 0, sold, np.nan), start


def _groups(book: Book, keys: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The smallest groups: those of the last dimension that tells them apart, else of all together."""
    alone = [name for name in by if keys[name].nunique() == len(keys)]
    if not by:
        named = pd.DataFrame({"unique_id": [COMPANY], "level": [COMPANY], "group": [""]})
    elif alone:
        ids = [member_id(alone[-1], each) for each in keys[alone[-1]]]
        named = pd.DataFrame({"unique_id": ids, "level": alone[-1], "group": keys[alone[-1]].astype(str)})
    else:
        # A doubled sign within a name keeps apart what would read the same.
        level = " & ".join(by)
        members = [" & ".join(str(each).replace("&", "&&") for each in row) for row in keys.itertuples(index=False)]
        named = pd.DataFrame({"unique_id": [f"{level}={each}" for each in members], "level": level, "group": members})
    return pd.concat([named, keys], axis=1).assign(left=_left(book, keys))


def _left(book: Book, keys: pd.DataFrame) -> pd.Series:
    """The day on which the rep of each group left, where the groups are of reps; null: is still there."""
    if "rep" not in keys or not book.has("reps"):
        return pd.Series(pd.NaT, index=keys.index)
    reps = book.table("reps").select(IDS["rep"], "left_on").to_pandas()
    left: pd.Series = keys["rep"].map(reps.set_index(IDS["rep"])["left_on"])
    return pd.to_datetime(left)


def _partial(book: Book, last: Period) -> list[str]:
    current = book.calendar.containing(book.as_of, last.grain)
    if current.end <= book.as_of:
        return []
    return [_("Left out: {period}, which is not over by {day}.", period=period_said(current.name), day=book.as_of)]


def _before(periods: Sequence[Period], start: int) -> list[str]:
    if not start:
        return []
    return [
        _(
            "Only from {period} on: more than a year without sales lies before it.",
            period=period_said(periods[start].name),
        )
    ]


def named(ids: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(ids) - MOST_NAMED
    shown = ", ".join(ids[:MOST_NAMED])
    return ngettext("{names} and {n} more", "{names} and {n} more", more, names=shown) if more > 0 else shown
