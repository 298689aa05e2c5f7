"""What a frame of series must be before it is forecast: names, days, numbers, and each period of a series once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesops_lib.data.cells import ROW
from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _

if TYPE_CHECKING:
    from salesops_lib.forecasting.panel import Frequency

COLUMNS = ("unique_id", "ds", "y")
LONGEST_SHOWN = 40
_NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"
# 1.234 is a number with decimals, or one thousand and so many; 0.234, 1234.567 and 1.23 can only be the former.
_EITHER = r"\s*[+-]?[1-9]\d{0,2}\.\d{3}\s*"
_OFFSET = r"(?<=\d:\d\d)(:\d\d(?:\.\d+)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)$"
_UTC = ("Z", "+00:00", "+0000", "+00", "-00:00", "-0000", "-00", "UTC", "Etc/UTC")
# The hour from which a time may be the next midnight elsewhere. No zone is further ahead of UTC than fourteen hours; a
# time without a zone may as well be an office's closing hour; and what names another zone is meant as it is.
EVE_OF_UTC, EVE_OF_NOWHERE, NO_EVE = 10, 22, 24
NOON = 12


def checked_rows(frame: pd.DataFrame, frequency: Frequency) -> pd.DataFrame:
    """The rows of a frame as they are counted in messages: unique_id, ds, y, and `ordinal`, the number of the period.

    A time that says its zone or its offset is the day that it is there.

    Raises
    ------
    ParameterError
        Naming the frame's file, if it has one, and column, rows and a value of each fault.
    """
    file = frame.attrs.get("file")
    _check_columns(frame, file)
    rows = frame.loc[:, list(COLUMNS)]
    rows.index = frame.index if frame.index.name == ROW else pd.RangeIndex(2, len(frame) + 2)
    told, eve = _days(rows["ds"])
    values = _numbers(rows["y"])
    faults = [*_of_values(rows, told, values, file), *_of_marks(rows["y"], file)]
    if faults:
        raise ParameterError(*faults)
    found = pd.DataFrame({"unique_id": rows["unique_id"].astype(str), "ds": told, "y": values})
    found["ordinal"] = frequency.ordinals(found["ds"])
    _check_eves(rows["ds"], found, eve, frequency, file)
    _check_duplicates(found, frequency, file)
    return found


def _check_columns(frame: pd.DataFrame, file: str | None) -> None:
    lacking = [name for name in COLUMNS if name not in frame.columns]
    if lacking:
        what = _("the series have no column {name!r}.")
        raise ParameterError(
            *(Fault(what.format(name=name), file, fix=nearest(name, map(str, frame.columns))) for name in lacking)
        )
    twice = [name for name in COLUMNS if list(frame.columns).count(name) > 1]
    if twice:
        what = _("the series have the column {name!r} more than once.", name=twice[0])
        raise ParameterError(Fault(what, file, fix=_("Keep one of them.")))
    if frame.empty:
        raise ParameterError(Fault(_("the series have no rows: there is no history to forecast from."), file))


def _days(ds: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The time of each row on the clock of its own zone, null where it is none; and from which hour it is suspect."""
    if pd.api.types.is_datetime64_any_dtype(ds):
        zone = pd.Series(str(ds.dt.tz or ""), index=ds.index)
        found: pd.Series = ds.dt.tz_localize(None)
    else:
        # Whole numbers would be read as nanoseconds of 1970.
        text = ds.astype(str)
        zone = text.str.extract(_OFFSET)[1].fillna("")
        found = pd.to_datetime(text.str.replace(_OFFSET, r"\1", regex=True), errors="coerce", format="ISO8601")
    eve = np.select([zone == "", zone.isin(_UTC)], [EVE_OF_NOWHERE, EVE_OF_UTC], NO_EVE)
    return found, pd.Series(eve, index=ds.index)


def _numbers(y: pd.Series) -> pd.Series:
    """The value of each row, null where it is none; true and false are none."""
    if not pd.api.types.is_numeric_dtype(y) or pd.api.types.is_bool_dtype(y):
        y = y.astype(object)
        text = y.map(lambda each: isinstance(each, str))
        fits = text & y.where(text, "").astype(str).str.fullmatch(_NUMBER)
        other = ~text & ~y.map(lambda each: isinstance(each, bool | np.bool_))
        y = y.where(fits | other)
    return pd.to_numeric(y, errors="coerce").astype("float64")


def _of_values(rows: pd.DataFrame, told: pd.Series, values: pd.Series, file: str | None) -> Iterator[Fault]:
    name, ds, y = (rows[column] for column in COLUMNS)
    no_day, no_number = _("{value!r} is not a day."), _("{value!r} is not a number.")
    write = _("Write it with a point for decimals and nothing between thousands, such as 1234.5.")
    nameless = name.isna() | (name.astype(str).str.strip() == "")
    for column, wrong, what, fix in (
        (name, nameless, _("the series of the row has no name."), _("Write one, the same in all of its rows.")),
        (ds, told.isna(), no_day, _("Write days as 2026-09-30.")),
        (y, y.isna(), _("there is no value."), _("Write 0 where nothing was sold, or take the row out.")),
        (y, ~np.isfinite(values) & y.notna(), no_number, write),
    ):
        if wrong.any():
            yield _fault(what.format(value=_shown(column[wrong].iloc[0])), column, wrong, fix, file)


def _of_marks(y: pd.Series, file: str | None) -> Iterator[Fault]:
    """The fault of numbers that are all written as 1.234 is: with decimals, or with a point between thousands."""
    if pd.api.types.is_numeric_dtype(y):
        return
    text = y[y.map(lambda each: isinstance(each, str) and "." in each)].astype(str)
    if len(text) and text.str.fullmatch(_EITHER).all():
        value = text.iloc[0].strip()
        plain = value.replace(".", "")
        what = _("{value} is {plain} or has decimals: nothing in the column decides.", value=value, plain=plain)
        fix = _("Write {plain} or {value}0, without points between thousands.", plain=plain, value=value)
        yield _fault(what, y, y.index.to_series().isin(text.index), fix, file)


def _check_eves(ds: pd.Series, found: pd.DataFrame, suspect: pd.Series, frequency: Frequency, file: str | None) -> None:
    """Refuse midnights of a zone ahead of UTC that were stored as UTC: they lie on the eve of the period they mean."""
    clock = found["ds"].dt
    # A minute before midnight, as periods end, is the period's own.
    sharp = (clock.minute % 15 == 0) & (clock.second == 0) & (clock.microsecond == 0)
    last = frequency.ordinals(found["ds"] + pd.Timedelta(days=1)) > found["ordinal"]
    eve = (clock.hour >= suspect) & sharp & last
    if eve.mean() > 0.5 and not (clock.hour == NOON).all():
        first = found[eve].iloc[0]
        period = pd.Period(ordinal=int(first["ordinal"]), freq=frequency.pandas)
        value = _shown(ds[eve].iloc[0])
        what = _("{value} is of {period} in UTC and of {next} in zones ahead of it.")
        fix = _("Write days without a time and a zone, such as 2026-09-30.")
        raise ParameterError(_fault(what.format(value=value, period=period, next=period + 1), ds, eve, fix, file))


def _check_duplicates(rows: pd.DataFrame, frequency: Frequency, file: str | None) -> None:
    twice = rows.duplicated(["unique_id", "ordinal"], keep=False)
    if twice.any():
        first = rows[twice].iloc[0]
        period = pd.Period(ordinal=int(first["ordinal"]), freq=frequency.pandas)
        what = _("a period comes twice, such as {period} of {name!r}.", period=period, name=first["unique_id"])
        fix = _("Give one row per series and period of frequency {name}.", name=frequency.name)
        raise ParameterError(Fault(what, file, rows=[int(row) for row in rows.index[twice]], fix=fix))


def _fault(what: str, column: pd.Series, wrong: pd.Series, fix: str | None, file: str | None) -> Fault:
    return Fault(what, file, column=str(column.name), rows=[int(row) for row in column.index[wrong]], fix=fix)


def _shown(value: object) -> str:
    return "" if pd.isna(value) else str(value)[:LONGEST_SHOWN]  # type: ignore[call-overload]
