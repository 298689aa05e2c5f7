"""The panel that is forecast: series by period, checked and made regular, with a note of whatever was set right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
COLUMNS = ("unique_id", "ds", "y")
LONGEST_GAP = 2
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


def read_panel(frame: pd.DataFrame, freq: str, *, until: date | None = None) -> Panel:
    """A long frame of series made regular.

    Input: one row per series and period in any order. A time may be any day of its period.

    - A period twice, a value or a time that is none, a column that lacks: rejected, with the rows.
    - A period that lasts beyond `until` (the last day the data are complete for) is partial: left out and noted.
    - A gap of up to two periods is bridged by a straight line and noted; what lies before a longer gap is left out and
      noted, because no line is drawn through nothing. A period without sales is a row with 0, not a lacking row.
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
    _check_columns(frame)
    rows = frame.loc[:, list(COLUMNS)].reset_index(drop=True)
    rows["ds"] = _times(rows["ds"])
    rows["y"] = pd.to_numeric(rows["y"], errors="coerce").astype("float64")
    _check_values(rows)
    rows["unique_id"] = rows["unique_id"].astype(str)
    rows["ordinal"] = frequency.ordinals(rows["ds"])
    _check_duplicates(rows, frequency)
    notes: list[str] = []
    if until is not None:
        rows, notes = _without_partial(rows, frequency, until)
    rows = rows.sort_values(["unique_id", "ordinal"], kind="stable")
    ids, values, last = [], [], []
    for name, group in rows.groupby("unique_id", sort=True):
        series, told = _regular(str(name), group["ordinal"].to_numpy(), group["y"].to_numpy(), frequency)
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


def _check_columns(frame: pd.DataFrame) -> None:
    lacking = [name for name in COLUMNS if name not in frame.columns]
    if lacking:
        what = _("the series have no column {name!r}.")
        raise ParameterError(
            *(Fault(what.format(name=name), fix=nearest(name, map(str, frame.columns))) for name in lacking)
        )
    if frame.empty:
        raise ParameterError(Fault(_("the series have no rows: there is no history to forecast from.")))


def _times(ds: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(ds):
        found: pd.Series = ds.dt.tz_localize(None)
        return found
    # Whole numbers would be read as nanoseconds of 1970.
    return pd.to_datetime(ds.astype(str), errors="coerce", format="ISO8601")


def _check_values(rows: pd.DataFrame) -> None:
    faults = []
    empty = rows["unique_id"].isna()
    for column, wrong, what in (
        ("unique_id", empty, _("the series of the row has no name.")),
        ("ds", rows["ds"].isna(), _("not a day.")),
        ("y", ~np.isfinite(rows["y"]), _("not a number.")),
    ):
        if wrong.any():
            fix = _("Write days as 2026-09-30.") if column == "ds" else None
            faults.append(Fault(what, column=column, rows=_row_numbers(wrong), fix=fix))
    if faults:
        raise ParameterError(*faults)


def _check_duplicates(rows: pd.DataFrame, frequency: Frequency) -> None:
    twice = rows.duplicated(["unique_id", "ordinal"], keep=False)
    if twice.any():
        first = rows[twice].iloc[0]
        period = pd.Period(ordinal=int(first["ordinal"]), freq=frequency.pandas)
        what = _("a period comes twice, such as {period} of {name!r}.", period=period, name=first["unique_id"])
        fix = _("Give one row per series and period of frequency {name}.", name=frequency.name)
        raise ParameterError(Fault(what, rows=_row_numbers(twice), fix=fix))


def _row_numbers(wrong: pd.Series) -> Sequence[int]:
    """As a spreadsheet counts them: the header is row 1."""
    return [int(row) + 2 for row in np.flatnonzero(wrong.to_numpy())]


def _without_partial(rows: pd.DataFrame, frequency: Frequency, until: date) -> tuple[pd.DataFrame, list[str]]:
    partial = frequency.ends(rows["ordinal"].to_numpy()) > pd.Timestamp(until)
    if not partial.any():
        return rows, []
    if partial.all():
        raise ParameterError(Fault(_("no period of the series is complete by {until}.", until=until)))
    first = pd.Period(ordinal=int(rows.loc[partial, "ordinal"].min()), freq=frequency.pandas)
    note = _("Left out: {period} and later, which are not complete by {until}.", period=first, until=until)
    return rows[~partial], [note]


def _regular(name: str, ordinals: Numbers, y: Array, frequency: Frequency) -> tuple[Array, list[str]]:
    steps = np.diff(ordinals)
    notes = []
    breaks = np.flatnonzero(steps > LONGEST_GAP + 1)
    if len(breaks):
        start = int(breaks[-1]) + 1
        period = pd.Period(ordinal=int(ordinals[start]), freq=frequency.pandas)
        notes.append(_("{name}: only from {period} on; a long gap lies before it.", name=name, period=period))
        ordinals, y = ordinals[start:], y[start:]
    every = np.arange(ordinals[0], ordinals[-1] + 1)
    lacking = len(every) - len(ordinals)
    if lacking:
        notes.append(_("{name}: {n} lacking periods bridged.", name=name, n=lacking))
    return np.interp(every, ordinals, y), notes


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
