"""The one seam through which fits over many series run: chunks of series, in this process or in several."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.forecasting.fits import Fits
from salesops_lib.forecasting.models import METHODS, fit_panel
from salesops_lib.forecasting.panel import Panel
from salesops_lib.forecasting.prophets import Effects
from salesops_lib.language import gettext as _

CHUNK = 25
FEW = 100


@dataclass(frozen=True)
class Job:
    """A method asked about some rows of a panel."""

    method: str
    panel: Panel
    rows: tuple[int, ...]


def fit_jobs(jobs: Sequence[Job], horizon: int, *, seed: int, effects: Effects, workers: int | None) -> list[Fits]:
    """What each job's method says of its rows, null in the other rows; the same whatever the number of workers.

    `workers`: how many processes; none: one per processor where the work is worth it.
    """
    chunks = [(number, part) for number, job in enumerate(jobs) for part in _parts(job)]
    tasks = [(jobs[number].method, jobs[number].panel.take(part)) for number, part in chunks]
    found = _run(tasks, horizon, seed, effects, _workers(workers, jobs))
    results = [_empty(job.panel, horizon) for job in jobs]
    for (number, part), fits in zip(chunks, found, strict=True):
        whole = results[number]
        whole.mean[part], whole.half[part], whole.seconds[part] = fits.mean, fits.half, fits.seconds
    return results


def _parts(job: Job) -> list[list[int]]:
    if METHODS[job.method].whole:
        return [list(range(len(job.panel)))]
    return [list(job.rows[start : start + CHUNK]) for start in range(0, len(job.rows), CHUNK)]


def _run(tasks: Sequence[tuple[str, Panel]], horizon: int, seed: int, effects: Effects, workers: int) -> list[Fits]:
    if workers == 1:
        return [_task(name, panel, horizon, seed, effects) for name, panel in tasks]
    from joblib import Parallel, delayed

    asked = (delayed(_task)(name, panel, horizon, seed, effects) for name, panel in tasks)
    return list(Parallel(n_jobs=workers)(asked))


def _task(name: str, panel: Panel, horizon: int, seed: int, effects: Effects) -> Fits:
    return fit_panel(METHODS[name], panel, horizon, seed, effects)


def _workers(workers: int | None, jobs: Sequence[Job]) -> int:
    if workers is None:
        few = sum(len(job.rows) for job in jobs) < FEW
        return 1 if few else os.cpu_count() or 1
    if workers < 1:
        raise ParameterError(Fault(_("workers: {n} is not a number of processes.", n=workers)))
    return workers


def _empty(panel: Panel, horizon: int) -> Fits:
    shape = (len(panel), horizon)
    return Fits(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(len(panel)))
