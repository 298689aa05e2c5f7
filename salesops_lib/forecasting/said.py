"""What is said of each series in one run of the forecast: of a panel as it is, and of a company so that it adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.errors import Fault, NoHistory
from salesops_lib.forecasting.history import History, named
from salesops_lib.forecasting.models import FEWEST
from salesops_lib.forecasting.outlook import Options, Outlook, look_ahead, scales
from salesops_lib.forecasting.panel import Array, Numbers, Panel, outlier
from salesops_lib.forecasting.reconcile import COMPANY, method_for, reconcile
from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext

AVERAGE = "average"
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """What is said of each series: its id columns, means by step, half-widths by level, the rule, its track record."""

    outlook: Outlook
    notes: tuple[str, ...]
    ids: pd.DataFrame
    panel: Panel
    days: pd.DatetimeIndex
    mean: Array
    widths: Mapping[int, Array]
    total_widths: Mapping[int, Array]
    method: list[str]
    record: Array


def of_panel(panel: Panel, horizon: int, options: Options, levels: Sequence[int]) -> Said:
    """What is said of series that have nothing to do with each other but their calendar."""
    ended = panel.last <= panel.last.max() - panel.season
    short = ~ended & (panel.lengths < FEWEST)
    gone = _("{name}: ended a year or more before the others; no forecast.")
    new = _("{name}: under six periods of history; no forecast.")
    notes = [gone.format(name=panel.ids[row]) for row in np.flatnonzero(ended)]
    notes += [new.format(name=panel.ids[row]) for row in np.flatnonzero(short)]
    kept = panel.take(np.flatnonzero(~ended & ~short))
    if not len(kept):
        what = _("no series has the six periods that a forecast needs at least.")
        raise NoHistory(Fault(what, fix=next(iter(panel.notes), None)))
    outlook = look_ahead(kept, horizon, options, levels=levels)
    notes += _without_ranges(outlook)
    if kept.lengths.max() < kept.season:
        notes.append(_("Under a year of history: no season can be told from it."))
    ids = pd.DataFrame({"unique_id": np.array(kept.ids, dtype=object)})
    days = kept.frequency.starts(kept.ahead(horizon))
    rules = [rule.name for rule in outlook.rules]
    widths, totals = outlook.widths, outlook.total_widths
    record, every = _record(outlook), (*panel.notes, *notes)
    return Said(outlook, every, ids, kept, days, outlook.kit.mean, widths, totals, rules, record)


def of_company(history: History, horizon: int, options: Options, levels: Sequence[int]) -> Said:
    """What is said of a company and its groups. Each is forecast by itself, then all are made to add up.

    A group that has ended counts as 0 and is not shown; one with under six periods counts with its average so far.
    """
    ids, sums, sold = history.series()
    panel = history.panel()
    going: Mask = ~history.ended()
    alive: Mask = np.asarray(sums[:, going].any(axis=1), dtype=np.bool_)
    rows = np.flatnonzero(alive & (panel.lengths >= FEWEST))
    if not len(rows) or rows[0] != 0:
        raise _too_little(int(panel.lengths[0]), bool(alive[0]))
    outlook = look_ahead(panel.take(rows), horizon, options, levels=levels)

    def placed(found: Array) -> Array:
        """What was found of the series that were forecast, among all of them."""
        every = np.full((len(ids), *found.shape[1:]), np.nan)
        every[rows] = found
        return every

    base = placed(outlook.kit.mean)
    young = np.setdiff1d(np.flatnonzero(alive), rows)
    for row in young:
        base[row] = panel.values[row].mean()
    past = placed(_residuals(outlook))[alive]
    some = sums[np.ix_(alive, going)]
    mean = placed(outlook.kit.mean)
    mean[alive] = reconcile(some, base[alive], past, method_for(some, sold[alive], past))
    rules = np.full(len(ids), AVERAGE, dtype=object)
    rules[rows] = [rule.name for rule in outlook.rules]
    shown = np.flatnonzero(alive & ids["level"].isin([COMPANY, *history.by]).to_numpy(np.bool_))
    return Said(
        outlook,
        (*history.notes, *_notes(panel, alive, young)),
        ids.iloc[shown].reset_index(drop=True),
        panel.take(shown),
        pd.DatetimeIndex(np.tile(history.ahead(horizon).to_numpy(), len(shown))),
        mean[shown],
        {level: placed(width)[shown] for level, width in outlook.widths.items()},
        {level: placed(width)[shown] for level, width in outlook.total_widths.items()},
        rules[shown].tolist(),
        placed(_record(outlook))[shown],
    )


def _without_ranges(outlook: Outlook) -> list[str]:
    """Notes on the series whose ranges are null, and why."""
    horizon = outlook.kit.mean.shape[1]
    none = _("No {levels}% range, as too few past forecasts of {n} periods ahead can be checked: {names}.")
    levels: dict[tuple[int, ...], list[str]] = {}
    for row, name in enumerate(outlook.panel.ids):
        lacking = tuple(level for level, width in outlook.widths.items() if np.isnan(width[row]).any())
        if lacking:
            levels.setdefault(lacking, []).append(name)
    return [
        none.format(levels=", ".join(map(str, lacking)), n=horizon, names=named(names))
        for lacking, names in levels.items()
    ]


def _too_little(length: int, alive: bool) -> NoHistory:
    if not alive:
        return NoHistory(Fault(_("all that was sold ended a year ago or longer: nothing is left to forecast.")))
    what = ngettext(
        "the company has {n} complete period of sales.", "the company has {n} complete periods of sales.", length
    )
    return NoHistory(Fault(what, fix=_("A forecast needs six at least.")))


def _residuals(outlook: Outlook) -> Array:
    """The past errors of each series in a row."""
    error = outlook.past.error
    return np.asarray(error.transpose(1, 0, 2).reshape(error.shape[1], -1))


def _notes(panel: Panel, alive: Mask, young: Numbers) -> list[str]:
    names = np.array(panel.ids, dtype=object)
    far = [row for row, each in enumerate(panel.values) if alive[row] and outlier(each) is not None]
    texts = (
        (np.flatnonzero(~alive), _("Ended (no sale for a year, or the rep has left), counted as 0: {names}.")),
        (young, _("Under six periods of history, counted with the average so far, without interval: {names}.")),
        (far, _("One period lies far outside all others and does not lead the forecast: {names}.")),
    )
    notes = [text.format(names=named(names[some].tolist())) for some, text in texts if len(some)]
    if panel.lengths[0] < panel.season:
        notes.append(_("Under a year of history: no season can be told from it."))
    return notes


def _record(outlook: Outlook) -> Array:
    """The mean absolute error of each series at the past origins, by its naive scale."""
    error = np.abs(outlook.past.error)
    count = (~np.isnan(error)).sum(axis=(0, 2))
    below = count * scales(outlook.panel)
    return np.asarray(np.nansum(error, axis=(0, 2)) / np.where(below > 0, below, np.nan))
