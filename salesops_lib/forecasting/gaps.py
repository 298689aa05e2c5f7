"""Periods that a series lacks: one or two are bridged, none is drawn through nothing, and too many are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext

if TYPE_CHECKING:
    from salesops_lib.forecasting.panel import Array, Frequency, Numbers

LONGEST_GAP = 2
# Beyond one gap, at most one value for four that are given: of five values that the methods see, four are true.
MOST_BRIDGED = 0.25
# What has fewer periods is not forecast, so that nothing comes of its gaps.
FORECAST_FROM = 6
MOST_TOLD = 5


def check_gaps(rows: pd.DataFrame, frequency: Frequency, slower: Sequence[Frequency], file: str | None) -> None:
    """Refuse series whose rows are those of longer periods, or lack more periods than can be bridged.

    Parameters
    ----------
    rows : DataFrame
        unique_id, ds and ordinal, sorted; the index counts the rows in messages.
    slower : sequence of Frequency
        The frequencies whose periods are longer.

    Raises
    ------
    ParameterError
        For each series, five at most.
    """
    told = (_of_series(str(name), part, frequency, slower, file) for name, part in rows.groupby("unique_id", sort=True))
    faults: list[Fault] = [each for each in told if each]
    more = len(faults) - MOST_TOLD
    if more > 0:
        what = ngettext("{n} more series lacks periods, too.", "{n} more series lack periods, too.", more)
        faults[MOST_TOLD:] = [Fault(what, file)]
    if faults:
        raise ParameterError(*faults)


def bridged(name: str, ordinals: Numbers, y: Array, frequency: Frequency) -> tuple[Array, list[str]]:
    """The values of a series after its last long gap, with a straight line through the short ones; and notes of it."""
    notes = []
    start = _start(ordinals)
    if start:
        period = pd.Period(ordinal=int(ordinals[start]), freq=frequency.pandas)
        notes.append(_("{name}: only from {period} on; a long gap lies before it.", name=name, period=period))
        ordinals, y = ordinals[start:], y[start:]
    every = np.arange(ordinals[0], ordinals[-1] + 1)
    lacking = len(every) - len(ordinals)
    if lacking:
        notes.append(_("{name}: {n} lacking periods bridged.", name=name, n=lacking))
    return np.interp(every, ordinals, y), notes


def _start(ordinals: Numbers) -> int:
    """The place of the first period after the last long gap."""
    breaks = np.flatnonzero(np.diff(ordinals) > LONGEST_GAP + 1)
    return int(breaks[-1]) + 1 if len(breaks) else 0


def _of_series(
    name: str, rows: pd.DataFrame, frequency: Frequency, slower: Sequence[Frequency], file: str | None
) -> Fault | None:
    ordinals = rows["ordinal"].to_numpy()
    fix = _("Give a row for each month, quarter or week (--freq), with 0 only where nothing was sold.")
    steps = np.diff(ordinals)
    numbers = [int(row) for row in rows.index]
    if len(ordinals) >= FORECAST_FROM and steps.min() > 1:
        fitting = next((each for each in slower if _is_regular(each.ordinals(rows["ds"]))), None)
        if fitting or (steps == steps[0]).all():
            first, second = (pd.Period(ordinal=int(each), freq=frequency.pandas) for each in ordinals[:2])
            what = _("no period of {name!r} follows the one before, such as {second} after {first}.")
            if fitting:
                fix = _("The days are those of frequency {freq}: choose it (--freq {freq}).", freq=fitting.name)
            return Fault(what.format(name=name, first=first, second=second), file, rows=numbers, fix=fix)
    tail = ordinals[_start(ordinals) :]
    length = int(tail[-1] - tail[0]) + 1
    lacking = length - len(tail)
    if length >= FORECAST_FROM and lacking > max(LONGEST_GAP, MOST_BRIDGED * len(tail)):
        what = _("{name!r} has {given} periods and lacks {n} between them: too many to bridge.")
        told = what.format(name=name, given=len(tail), n=lacking)
        return Fault(told, file, rows=numbers[-len(tail) :], fix=fix)
    return None


def _is_regular(ordinals: Numbers) -> bool:
    """Whether most rows follow the one before, and none is of the same period."""
    steps = np.diff(ordinals)
    return bool(steps.min() > 0 and np.median(steps) == 1)
