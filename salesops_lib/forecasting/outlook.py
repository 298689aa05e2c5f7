"""What the kit says of a panel: the rule's forecast with calibrated intervals, and what each method said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from salesops_lib.forecasting.calibrate import Errors, half_widths, measured_against, naive_scale
from salesops_lib.forecasting.combine import combine, wanted
from salesops_lib.forecasting.fits import Fits
from salesops_lib.forecasting.models import FEWEST
from salesops_lib.forecasting.panel import Array, Panel
from salesops_lib.forecasting.parallel import Job, fit_jobs
from salesops_lib.forecasting.prophets import NO_EFFECTS, Effects
from salesops_lib.forecasting.rule import REFERENCES, Rule, rule_of

LEVELS = (80, 95)
FEWEST_ORIGINS, MOST_ORIGINS = 4, 12
ERRORS_WANTED = 60


@dataclass(frozen=True)
class Options:
    """How to forecast: without Prophet or with it, the seed, the processes, and what Prophet is told beside."""

    fast: bool = False
    seed: int = 0
    workers: int | None = None
    effects: Effects = NO_EFFECTS


@dataclass(frozen=True)
class Outlook:
    """The forecast of a panel: rows are series, columns steps; `widths` by level; `past` the errors behind them."""

    panel: Panel
    rules: tuple[Rule, ...]
    fits: Mapping[str, Fits]
    kit: Fits
    widths: Mapping[int, Array]
    past: Errors


def look_ahead(
    panel: Panel, horizon: int, options: Options, *, levels: Sequence[int] = LEVELS, references: bool = False
) -> Outlook:
    """The outlook of a panel as it stands.

    The errors that make the intervals are those of the same rule at earlier origins inside the same window. There the
    rule speaks without Prophet: its errors are the same to a few per cent, and it would take four fifths of the time.
    """
    rules = tuple(rule_of(each, panel.season) for each in panel.values)
    backs = inner_origins(panel, horizon)
    inner = [panel.window(back=back) for back in backs]
    jobs = [Job(name, panel, tuple(rows)) for name, rows in _asked(rules, options.fast, references).items()]
    past_jobs = [Job(name, each, tuple(rows)) for each in inner for name, rows in wanted(rules, fast=True).items()]
    found = fit_jobs([*jobs, *past_jobs], horizon, seed=options.seed, effects=options.effects, workers=options.workers)
    fits = {job.method: fit for job, fit in zip(jobs, found, strict=False)}
    kit = combine(panel, rules, fits, fast=options.fast)
    past, seconds = _past(panel, rules, inner, backs, past_jobs, found[len(jobs) :])
    native = np.array([rule.basis == "native" for rule in rules])
    against = measured_against(panel, kit.half, native)
    groups = [rule.name for rule in rules]
    widths = {level: half_widths(past, against, groups, level) for level in levels}
    return Outlook(panel, rules, fits, Fits(kit.mean, kit.half, kit.seconds + seconds), widths, past)


def inner_origins(panel: Panel, horizon: int) -> list[int]:
    """How many periods before the end the past origins lie: enough of them for about sixty errors of the panel."""
    longest = int(panel.lengths.max(initial=0))
    number = int(np.clip(np.ceil(ERRORS_WANTED / max(len(panel) * horizon, 1)), FEWEST_ORIGINS, MOST_ORIGINS))
    step = max(horizon // 2, 1)
    backs = [horizon + step * k for k in range(number)]
    return [back for back in backs if longest - back >= max(FEWEST, longest // 2)]


def _asked(rules: Sequence[Rule], fast: bool, references: bool) -> dict[str, list[int]]:
    asked = wanted(rules, fast=fast)
    for name in REFERENCES if references else ():
        if not (fast and name.startswith("Prophet")):
            asked[name] = [row for row, rule in enumerate(rules) if rule.members]
    return asked


def _past(
    panel: Panel,
    rules: Sequence[Rule],
    inner: Sequence[Panel],
    backs: Sequence[int],
    jobs: Sequence[Job],
    found: Sequence[Fits],
) -> tuple[Errors, Array]:
    """The errors at the past origins, what they are measured against, and the seconds they took per series."""
    shape = (len(panel), found[0].mean.shape[1] if found else 1)
    native = np.array([rule.basis == "native" for rule in rules])
    seconds = np.zeros(len(panel))
    errors, against = [], []
    for window, back in zip(inner, backs, strict=True):
        fits = {job.method: fit for job, fit in zip(jobs, found, strict=True) if job.panel is window}
        said = combine(window, rules, fits, fast=True) if fits else None
        if said is None:
            continue
        errors.append(np.abs(actuals(panel, back, shape[1]) - said.mean))
        against.append(measured_against(window, said.half, native))
        seconds += said.seconds
    if not errors:
        return Errors(np.full((1, *shape), np.nan), np.full((1, *shape), np.nan)), seconds
    return Errors(np.stack(errors), np.stack(against)), seconds


def actuals(panel: Panel, back: int, horizon: int) -> Array:
    """What came after the origin that lies `back` periods before the end of each series; null where it is not known."""
    found = np.full((len(panel), horizon), np.nan)
    for row, each in enumerate(panel.values):
        start = len(each) - back
        if start >= 0:
            part = each[start : start + horizon]
            found[row, : len(part)] = part
    return found


def scales(panel: Panel) -> Array:
    """The naive scale of each series."""
    return np.array([naive_scale(each, panel.season) for each in panel.values])
