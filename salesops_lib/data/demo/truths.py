"""What is planted in the demo company: the truths that can be switched off, where they lie, and who is meant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from salesops_lib.data.demo import catalog
from salesops_lib.data.demo.people import Staff
from salesops_lib.data.demo.worktime import DAY, quarter_bounds, quarter_name
from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _

TRUTHS: dict[str, str] = {
    "better_rep": "One rep wins truly more often than the others: about 60 of 100 closed deals instead of 40.",
    "bad_week": "In the eighth week of the last quarter one region lost nearly every deal it closed.",
    "leaking_stage": "In the last quarter deals are lost in Proposal far more often than before: half instead of 30 %.",
    "poor_source": "Leads of events cost the most and become deals a third as often as other leads.",
    "unfair_leads": "One rep was given less than half as many leads as the colleagues.",
}

BETTER_WIN_RATE = 0.62
LEAK = 0.30
BAD_WEEK_LOSES = 0.92
BAD_WEEK_REGION = "West"
LEAKING_STAGE = 2
POOR_SOURCE = "Event"


@dataclass(frozen=True)
class Planted:
    """Where each truth lies; None where it is switched off."""

    better_rep: int | None
    bad_week: tuple[int, int] | None
    leaking: tuple[int, int] | None
    poor_source: str | None
    unfair_rep: int | None
    week: str
    quarter: int


def plant(staff: Staff, without: Collection[str]) -> Planted:
    """Decide where the truths lie; `without` names those that are switched off."""
    unknown = [name for name in without if name not in TRUTHS]
    if unknown:
        raise ParameterError(
            *(
                Fault(_("{name!r} is not one of the demo's planted truths.", name=name), fix=nearest(name, TRUTHS))
                for name in unknown
            )
        )
    clock = staff.clock
    quarter = clock.last_quarter
    begin, stop = clock.span(quarter)
    eighth = quarter_bounds(quarter)[0] + timedelta(weeks=7)
    monday = eighth - timedelta(days=eighth.weekday())
    week = (clock.day_of(monday) * DAY, clock.day_of(monday + timedelta(days=7)) * DAY)
    # not in the region of the bad week, so that no truth hides another
    elsewhere = [rep for rep in staff.tenured if staff.region[rep] != BAD_WEEK_REGION and rep not in staff.heirs]
    elsewhere = elsewhere or list(range(len(staff)))
    common = [rep for rep in elsewhere if staff.segment[rep] == 1] or elsewhere
    others = [rep for rep in elsewhere if rep != common[0]] or elsewhere
    return Planted(
        better_rep=None if "better_rep" in without else int(common[0]),
        bad_week=None if "bad_week" in without else week,
        leaking=None if "leaking_stage" in without else (begin * DAY, stop * DAY),
        poor_source=None if "poor_source" in without else POOR_SOURCE,
        unfair_rep=None if "unfair_leads" in without else int(others[-1]),
        week=f"{monday.isocalendar().year}-W{monday.isocalendar().week:02d}",
        quarter=quarter,
    )


def describe(staff: Staff, planted: Planted) -> dict[str, dict[str, str]]:
    """The truths that are switched on, and who or what is meant."""
    found: dict[str, dict[str, str]] = {}
    if planted.better_rep is not None:
        found["better_rep"] = {"rep": staff.rep_id[planted.better_rep], "rep_name": staff.name[planted.better_rep]}
    if planted.bad_week is not None:
        found["bad_week"] = {"region": BAD_WEEK_REGION, "week": planted.week}
    if planted.leaking is not None:
        stage = list(catalog.STAGES)[LEAKING_STAGE]
        found["leaking_stage"] = {"stage": stage, "quarter": quarter_name(planted.quarter)}
    if planted.poor_source is not None:
        found["poor_source"] = {"lead_source": planted.poor_source}
    if planted.unfair_rep is not None:
        found["unfair_leads"] = {"rep": staff.rep_id[planted.unfair_rep], "rep_name": staff.name[planted.unfair_rep]}
    return found


def pass_rates(planted: Planted, rep: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.float64]:
    """(deal, stage): how likely the deal passes the stage; the better rep is better in every stage alike."""
    usual = np.array(catalog.PASSES)
    if planted.better_rep is None:
        return np.broadcast_to(usual, (len(rep), len(usual)))
    better = usual ** (np.log(BETTER_WIN_RATE) / np.log(usual.prod()))
    return np.where((rep == planted.better_rep)[:, None], better, usual)
