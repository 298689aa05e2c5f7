"""Periods that a series lacks: one or two are bridged, none is drawn through nothing, what is too thin is left out."""

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
    """Refuse series whose rows are those of longer periods.

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
    """The values of a series after its last long gap, with a straight line through the short ones; and notes of it.

    Where too many are lacking for that, what comes after the last gap of any length is all that is known.
    """
    notes = []
    start = _start(ordinals, LONGEST_GAP)
    if start:
        period = pd.Period(ordinal=int(ordinals[start]), freq=frequency.pandas)
        notes.append(_("{name}: only from {period} on; a long gap lies before it.", name=name, period=period))
        ordinals, y = ordinals[start:], y[start:]
    lacking = int(ordinals[-1] - ordinals[0]) + 1 - len(ordinals)
    if lacking > max(LONGEST_GAP, MOST_BRIDGED * len(ordinals)):
        start = _start(ordinals, 0)
        period = pd.Period(ordinal=int(ordinals[start]), freq=frequency.pandas)
        what = _("{name}: only from {period} on; of the {given} periods before {n} are lacking, too many to bridge.")
        notes.append(what.format(name=name, period=period, given=start + lacking, n=lacking))
        ordinals, y = ordinals[start:], y[start:]
    every = np.arange(ordinals[0], ordinals[-1] + 1)
    lacking = len(every) - len(ordinals)
    if lacking:
        notes.append(_("{name}: {n} lacking periods bridged.", name=name, n=lacking))
    return np.interp(every, ordinals, y), notes


def _start(ordinals: Numbers, gap: int) -> int:
    """The place of the first period after the last gap of more than so many."""
    breaks = np.flatnonzero(np.diff(ordinals) > gap + 1)
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
    return None


def _is_regular(ordinals: Numbers) -> bool:
    """Whether most rows follow the one before, and none is of the same period."""
    steps = np.diff(ordinals)
    return bool(steps.min() > 0 and np.median(steps) == 1)
