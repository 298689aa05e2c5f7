"""What the kit says of a panel: the rule's forecast with calibrated intervals, and what each method said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from salesops_lib.forecasting.calibrate import (
    ENOUGH,
    Alike,
    Errors,
    Measures,
    half_widths,
    measured_against,
    naive_scale,
    total_half_widths,
)
from salesops_lib.forecasting.combine import combine, wanted
from salesops_lib.forecasting.fits import Fits, nothing
from salesops_lib.forecasting.models import FEWEST
from salesops_lib.forecasting.panel import Array, Panel, damped
from salesops_lib.forecasting.parallel import Job, Workers, fit_jobs
from salesops_lib.forecasting.prophets import NO_EFFECTS, Effects
from salesops_lib.forecasting.rule import LONG_YEARS, NONE, REFERENCES, Rule, rule_of

LEVELS = (80, 95)
FEWEST_ORIGINS, MOST_ORIGINS = 6, 20
ERRORS_WANTED = 60
# How much history the past origins of a long series and of a short one must have had.
COMPARABLE_YEARS, SHORT_YEARS = 2, 1.5


@dataclass(frozen=True)
class Options:
    """How to forecast: without Prophet or with it, the seed, the processes, and what Prophet is told beside."""

    fast: bool = False
    seed: int = 0
    workers: Workers = None
    effects: Effects = NO_EFFECTS


@dataclass(frozen=True)
class Outlook:
    """The forecast of a panel: rows are series, columns steps.

    `widths`: by level the half-widths of the intervals; `total_widths`: those of the sum over the steps, one per
    series; `past`: the errors behind them, one layer per past origin, which lie `backs` periods before the end.
    """

    panel: Panel
    rules: tuple[Rule, ...]
    fits: Mapping[str, Fits]
    kit: Fits
    widths: Mapping[int, Array]
    total_widths: Mapping[int, Array]
    past: Errors
    backs: tuple[int, ...]


@dataclass(frozen=True)
class Origin:
    """A past moment: how many periods before the end, what was known then, and the rules of the series long enough."""

    back: int
    known: Panel
    rules: tuple[Rule, ...]


def look_ahead(
    panel: Panel, horizon: int, options: Options, *, levels: Sequence[int] = LEVELS, references: bool = False
) -> Outlook:
    """The outlook of a panel as it stands.

    The errors that make the intervals are those of the same rule at earlier origins inside the same window. There the
    rule speaks without Prophet: its errors are the same to a few per cent, and it would take four fifths of the time.
    What one value far outside all others would lead the methods to is damped (see `damped`); errors are measured
    against the values as they are.
    """
    seen = damped(panel)
    rules = tuple(rule_of(each, panel.season) for each in panel.values)
    origins = [_origin(panel, rules, back) for back in inner_origins(panel, horizon)]
    jobs = [Job(name, seen, tuple(rows)) for name, rows in _asked(rules, options.fast, references).items()]
    past_jobs = [
        Job(name, each.known, tuple(rows)) for each in origins for name, rows in wanted(each.rules, fast=True).items()
    ]
    found = fit_jobs([*jobs, *past_jobs], horizon, seed=options.seed, effects=options.effects, workers=options.workers)
    fits = {job.method: fit for job, fit in zip(jobs, found, strict=False)}
    kit = combine(seen, rules, fits, fast=options.fast)
    past, seconds = _past(panel, horizon, origins, list(zip(past_jobs, found[len(jobs) :], strict=True)))
    now, alike = measured_against(seen, kit.half, _native(rules)), Alike.of(rules)
    young = panel.lengths < SHORT_YEARS * panel.season
    like, every = (_comparable(past, origins, panel, years) for years in (SHORT_YEARS, 0))

    def widths(of: Callable[[Errors, Measures, Alike, int], Array], level: int) -> Array:
        """A series too young for the errors that stand for the others keeps those of all origins."""
        return np.asarray(np.where(young, of(every, now, alike, level).T, of(like, now, alike, level).T).T)

    return Outlook(
        panel,
        rules,
        fits,
        Fits(kit.mean, kit.half, kit.seconds + seconds),
        {level: widths(half_widths, level) for level in levels},
        {level: widths(total_half_widths, level) for level in levels},
        past,
        tuple(each.back for each in origins),
    )


def inner_origins(panel: Panel, horizon: int) -> list[int]:
    """How many periods before the end the past origins lie: enough of them for about sixty errors of the panel.

    They lie a horizon apart, so that each adds errors of its own, or closer where half the longest history is too short
    for that: an earlier origin would know too little to stand for today's. One more lies between the first two, so that
    a break is seen early whenever it began.
    """
    reach = int(panel.lengths.max(initial=0)) // 2
    if reach < horizon:
        return []
    number = int(np.clip(np.ceil(ERRORS_WANTED / max(len(panel) * horizon, 1)), FEWEST_ORIGINS, MOST_ORIGINS))
    backs = np.linspace(horizon, min(reach, horizon * number), number)
    between = horizon + (horizon + 1) // 2
    return sorted({round(back) for back in [*backs.tolist(), min(between, reach)]})


def _origin(panel: Panel, rules: Sequence[Rule], back: int) -> Origin:
    """What was known then. A series that had less than half its history then stays out."""
    known = panel.window(back=back)
    enough = known.lengths >= np.maximum(panel.lengths // 2, FEWEST)
    had = tuple(rule if long else NONE for rule, long in zip(rules, enough, strict=True))
    return Origin(back, damped(known), had)


def _native(rules: Sequence[Rule]) -> npt.NDArray[np.bool_]:
    return np.array([rule.basis == "native" for rule in rules])


def _asked(rules: Sequence[Rule], fast: bool, references: bool) -> dict[str, list[int]]:
    asked = wanted(rules, fast=fast)
    for name in REFERENCES if references else ():
        if not (fast and name.startswith("Prophet")):
            asked[name] = [row for row, rule in enumerate(rules) if rule.members]
    return asked


def _past(
    panel: Panel, horizon: int, origins: Sequence[Origin], found: Sequence[tuple[Job, Fits]]
) -> tuple[Errors, Array]:
    """The errors at the past origins, what they are measured against, and the seconds they took per series."""
    seconds = np.zeros(len(panel))
    errors, against = [], []
    for each in origins:
        fits = {job.method: fit for job, fit in found if job.panel is each.known}
        said = combine(each.known, each.rules, fits, fast=True) if fits else Fits(*nothing(panel, horizon), seconds)
        errors.append(actuals(panel, each.back, horizon) - said.mean)
        against.append(measured_against(each.known, said.half, _native(each.rules)))
        seconds = seconds + (said.seconds if fits else 0)
    if not errors:
        none = np.full((1, len(panel), horizon), np.nan)
        return Errors(none, Measures(none, none)), seconds
    measures = Measures(np.stack([each.own for each in against]), np.stack([each.scale for each in against]))
    return Errors(np.stack(errors), measures), seconds


def _comparable(past: Errors, origins: Sequence[Origin], panel: Panel, short_years: float) -> Errors:
    """The past errors that stand for those of today.

    Under two years no method knows the season, and its half-width is another one: for a series of 30 months or more the
    errors of such origins count only against the naive scale, where there are no others. A shorter series is judged by
    the origins at which it had `short_years`, where these make errors enough: what was known at the others is too
    little to stand for today, and their errors make its intervals too wide.
    """
    if not origins:
        return past
    known = np.array([each.known.lengths for each in origins])
    long = panel.lengths >= LONG_YEARS * panel.season
    early = (known < np.where(long, COMPARABLE_YEARS, short_years) * panel.season)[:, :, None]
    short = ~long[None, :, None]
    left = np.count_nonzero(~np.isnan(past.error) & ~early & short)
    if left < ENOUGH:
        early = early & ~short
    own = np.where(early, np.nan, past.against.own)
    return Errors(past.error, Measures(own, np.where(early & short, np.nan, past.against.scale)))


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
