"""The panel that is forecast: series by period, checked and made regular, with a note of whatever was set right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.forecasting.frames import checked_rows
from salesops_lib.forecasting.gaps import bridged, check_gaps
from salesops_lib.language import gettext as _

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
FEWEST_SALES = 1 / 1.32
FAR = 5.0
FEWEST_TO_TELL = 12


@dataclass(frozen=True)
class Frequency:
    """How long a period is, and how many make a year."""

    name: str
    pandas: str
    season: int

    def ordinals(self, ds: pd.Series) -> Numbers:
        """The number of the period in which each time lies."""
        return np.asarray(ds.dt.to_period(self.pandas).astype("int64"), dtype=np.int64)

    def starts(self, ordinals: Numbers) -> pd.DatetimeIndex:
        """The first day of each period."""
        return self._periods(ordinals).to_timestamp(how="start")

    def ends(self, ordinals: Numbers) -> pd.DatetimeIndex:
        """The last day of each period."""
        return self._periods(ordinals).to_timestamp(how="end").normalize()

    def _periods(self, ordinals: Numbers) -> pd.PeriodIndex:
        made: pd.PeriodIndex = pd.PeriodIndex.from_ordinals(ordinals.ravel(), freq=self.pandas)  # type: ignore[attr-defined]
        return made

    def positions(self, ordinals: Numbers) -> Numbers:
        """The place of each period in its year, from 0: January, the first quarter, the first ISO week."""
        if self.name != "W":
            return ordinals % self.season
        weeks = self.starts(ordinals).isocalendar()["week"].to_numpy(np.int64)
        return np.asarray(np.minimum(weeks, self.season) - 1).reshape(ordinals.shape)


FREQUENCIES = {each.name: each for each in (Frequency("M", "M", 12), Frequency("Q", "Q", 4), Frequency("W", "W", 52))}


@dataclass(frozen=True)
class Panel:
    """Regular series: values, the number of the period in which each ends, and notes on what was set right."""

    frequency: Frequency
    ids: tuple[str, ...]
    values: tuple[Array, ...]
    last: Numbers
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def season(self) -> int:
        """How many periods make a year."""
        return self.frequency.season

    @cached_property
    def lengths(self) -> Numbers:
        """How many periods each series has."""
        return np.array([len(each) for each in self.values], dtype=np.int64)

    def take(self, rows: Iterable[int]) -> Panel:
        """Some of the series."""
        rows = list(rows)
        return Panel(
            self.frequency,
            tuple(self.ids[row] for row in rows),
            tuple(self.values[row] for row in rows),
            self.last[rows],
        )

    def window(self, history: int | None = None, back: int = 0) -> Panel:
        """What was known `back` periods before the end of each series, at most `history` periods of it."""
        stops = [len(each) - back for each in self.values]
        values = (
            each[max(stop - history, 0) if history else 0 : max(stop, 0)]
            for each, stop in zip(self.values, stops, strict=True)
        )
        return Panel(self.frequency, self.ids, tuple(values), self.last - back)

    def ahead(self, horizon: int) -> Numbers:
        """The numbers of the periods that follow each series, one row per series."""
        return np.asarray(self.last[:, None] + np.arange(1, horizon + 1)[None, :], dtype=np.int64)

    def matrix(self) -> tuple[Array, Numbers]:
        """The series as rows that end together, null before a series begins; and each cell's place in its year."""
        width = int(self.lengths.max())
        values = np.full((len(self), width), np.nan)
        for row, each in enumerate(self.values):
            values[row, width - len(each) :] = each
        ordinals = self.last[:, None] - np.arange(width - 1, -1, -1, dtype=np.int64)[None, :]
        return values, self.frequency.positions(ordinals)


def frequency_of(name: str) -> Frequency:
    """The frequency of a letter: M (months), Q (quarters) or W (weeks from Monday)."""
    if name not in FREQUENCIES:
        what = _("freq: {name!r} is not a frequency.", name=name)
        raise ParameterError(Fault(what, fix=nearest(name, FREQUENCIES)))
    return FREQUENCIES[name]


def read_panel(frame: pd.DataFrame, freq: str, *, until: date | None = None, today: date | None = None) -> Panel:
    """A long frame of series made regular.

    Input: one row per series and period in any order. A time may be any day of its period.

    - A period twice, a value or a time that is none, a column that lacks: rejected, with the rows.
    - Numbers as text that are all like 1.234, with decimals or with thousands: rejected, as nothing decides.
    - A period that lasts beyond `until` (the last day the data are complete for) is partial: left out and noted.
      Without `until`, the last one where the day `today` lies in it; series that go on after that day are taken whole.
    - A gap of up to two periods is bridged by a straight line and noted; what lies before a longer gap is left out and
      noted, because no line is drawn through nothing. A period without sales is a row with 0, not a lacking row: of a
      series with several gaps that lack more than a quarter of what is given, only what follows the last is taken. One
      whose rows are those of a longer frequency is rejected.
    - One value more than five times as far from the median as any other (see `outlier`) stays and is noted; the methods
      are shown it no further out than the furthest other. Past errors are measured against it as it is.
    - Negative values (credit notes) stay; only then may forecasts and bounds be below zero.
    - A shift of the level stays: the methods follow it, and `alarm` says while it is fresh that they do not yet.
    - A series may start and end when it likes: each is forecast from its own end with the rule of its own length.

    Raises
    ------
    ParameterError
        For every fault of the frame at once.
    """
    frequency = frequency_of(freq)
    file = frame.attrs.get("file")
    rows, left_out = _without_partial(checked_rows(frame, frequency), frequency, until, today, file)
    rows = rows.sort_values(["unique_id", "ordinal"], kind="stable")
    slower = [each for each in FREQUENCIES.values() if each.season < frequency.season]
    check_gaps(rows, frequency, slower, file)
    notes: list[str] = [*frame.attrs.get("notes", ()), *left_out]
    ids, values, last = [], [], []
    for name, group in rows.groupby("unique_id", sort=True):
        series, told = bridged(str(name), group["ordinal"].to_numpy(), group["y"].to_numpy(), frequency)
        ids.append(str(name))
        values.append(series)
        last.append(int(group["ordinal"].iloc[-1]))
        notes += told
        at = outlier(series)
        if at is not None:
            period = pd.Period(ordinal=last[-1] - len(series) + 1 + at, freq=frequency.pandas)
            text = _("{name}: {period} lies far outside all others; it stays, but does not lead the forecast.")
            notes.append(text.format(name=name, period=period))
    return Panel(frequency, tuple(ids), tuple(values), np.array(last, dtype=np.int64), tuple(notes))


def _without_partial(
    rows: pd.DataFrame, frequency: Frequency, until: date | None, today: date | None, file: str | None
) -> tuple[pd.DataFrame, list[str]]:
    ends = frequency.ends(rows["ordinal"].to_numpy())
    if until is not None:
        partial = ends > pd.Timestamp(until)
        note = _("Left out: {period} and later, which are not complete by {until}.")
        none, fix = _("no period of the series is complete by {until}.", until=until), None
    elif today is not None:
        now = int(frequency.ordinals(pd.Series([pd.Timestamp(today)]))[0])
        if (rows["ordinal"] > now).any():
            return rows, [_("Some periods lie after today, {today}: all are taken as complete.", today=today)]
        partial = ends >= pd.Timestamp(today)
        note = _("Left out: {period} and later, which are not over today, {today} (unless --as-of names a later day).")
        none = _("no period of the series is over today, {today}.", today=today)
        fix = _("Name the day until which they are complete (--as-of).")
    else:
        return rows, []
    if not partial.any():
        return rows, []
    if partial.all():
        raise ParameterError(Fault(none, file, fix=fix))
    whole = rows[~partial]
    first = pd.Period(ordinal=int(rows.loc[partial, "ordinal"].min()), freq=frequency.pandas)
    begun = _("{name}: no period is complete yet; no forecast.")
    gone = sorted(set(rows["unique_id"]) - set(whole["unique_id"]))
    return whole, [note.format(period=first, until=until, today=today), *(begun.format(name=name) for name in gone)]


def is_intermittent(y: Array) -> bool:
    """Whether a series has sales in fewer than 1 of 1.32 periods, and in some.

    Source: the limit is that of Syntetos, Boylan and Croston (2005).
    """
    return bool(0 < (y != 0).mean() < FEWEST_SALES) if len(y) else False


def outlier(y: Array) -> int | None:
    """Where the one value lies that is more than five times as far from the median as any other.

    In under twelve values nothing is far, and in an intermittent series every sale is. Of two such values neither is
    the only one: then they are what the series is like.

    Examples
    --------
    >>> outlier(np.array([9.0, 10, 11, 12] * 3 + [99])), outlier(np.array([9.0, 10, 11, 12] * 3 + [99, 99]))
    (12, None)
    """
    if len(y) < FEWEST_TO_TELL or is_intermittent(y):
        return None
    away = np.abs(y - np.median(y))
    at = int(away.argmax())
    return at if away[at] > FAR * np.delete(away, at).max() else None


def damped(panel: Panel) -> Panel:
    """The panel as the methods see it: an outlier no further out than the furthest other value on its side."""
    return Panel(panel.frequency, panel.ids, tuple(_damped(each) for each in panel.values), panel.last)


def _damped(y: Array) -> Array:
    at = outlier(y)
    if at is None:
        return y
    others = np.delete(y, at)
    return np.clip(y, others.min(), others.max())
