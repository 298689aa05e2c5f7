"""The one seam through which work runs in parallel: in this process, in several, or on a Dask cluster."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.forecasting.fits import Fits
from salesops_lib.forecasting.models import METHODS, fit_panel
from salesops_lib.forecasting.panel import Panel
from salesops_lib.forecasting.prophets import Effects
from salesops_lib.language import gettext as _

CHUNK = 25
FEW = 100
DASK = "dask://"
PATIENCE = 5
Found = TypeVar("Found")
# A number of processes, the address of a cluster, or none: as many processes as there are processors.
Workers = int | str | None


@dataclass(frozen=True)
class Job:
    """A method asked about some rows of a panel."""

    method: str
    panel: Panel
    rows: tuple[int, ...]


def fit_jobs(jobs: Sequence[Job], horizon: int, *, seed: int, effects: Effects, workers: Workers) -> list[Fits]:
    """What each job's method says of its rows, null in the other rows; the same wherever it is worked out.

    `workers`: see `spread`; none: one process for each processor where the work is worth it.
    """
    chunks = [(number, part) for number, job in enumerate(jobs) for part in _parts(job)]
    tasks = [(jobs[number].method, jobs[number].panel.take(part), horizon, seed, effects) for number, part in chunks]
    few = sum(len(job.rows) for job in jobs) < FEW
    found = spread(_task, tasks, 1 if workers is None and few else workers)
    results = [_empty(job.panel, horizon) for job in jobs]
    for (number, part), fits in zip(chunks, found, strict=True):
        whole = results[number]
        whole.mean[part], whole.half[part], whole.seconds[part] = fits.mean, fits.half, fits.seconds
    return results


def spread(do: Callable[..., Found], tasks: Sequence[tuple[Any, ...]], workers: Workers) -> list[Found]:
    """What `do` gives for each task (its arguments), in their order; the same wherever it is worked out.

    `workers`: how many processes, 1 being this one; "dask://host:port": the workers of that cluster, which need this
    library in the same versions; none: one process for each processor.

    Raises
    ------
    ParameterError
        For a number that is none, an address where no cluster answers, and where Dask is not installed.
    """
    if isinstance(workers, str):
        return _on_cluster(do, tasks, workers)
    number = workers if workers is not None else os.cpu_count() or 1
    if number < 1:
        raise ParameterError(Fault(_("workers: {n} is not a number of processes.", n=number)))
    if number == 1:
        return [do(*task) for task in tasks]
    from joblib import Parallel, delayed

    return list(Parallel(n_jobs=number)(delayed(do)(*task) for task in tasks))


def as_done(do: Callable[..., Found], tasks: Sequence[tuple[Any, ...]], address: str) -> Iterator[Found]:
    """What `do` gives for each task on a cluster ("dask://host:port"), each as soon as it is there.

    Raises
    ------
    ParameterError
        As `spread` does.
    """
    from joblib import Parallel, delayed

    with _cluster(address):
        yield from Parallel(return_as="generator_unordered", batch_size=1)(delayed(do)(*task) for task in tasks)


def _on_cluster(do: Callable[..., Found], tasks: Sequence[tuple[Any, ...]], address: str) -> list[Found]:
    from joblib import Parallel, delayed

    with _cluster(address):
        return list(Parallel()(delayed(do)(*task) for task in tasks))


@contextmanager
def _cluster(address: str) -> Iterator[None]:
    """Whatever joblib runs inside is run by the workers of this cluster."""
    place = address.removeprefix(DASK)
    host, _colon, port = place.rpartition(":")
    if not (address.startswith(DASK) and host and port.isdigit()):
        what = _("workers: {address!r} is not the address of a cluster.", address=address)
        raise ParameterError(Fault(what, fix=_("Write it as dask://host:8786.")))
    if find_spec("distributed") is None:
        what = _("workers: Dask is not installed.")
        raise ParameterError(Fault(what, fix=_('Install it: pip install "salesops[dask]".')))
    try:
        # Dask itself would try for half a minute.
        socket.create_connection((host, int(port)), PATIENCE).close()
    except (OSError, OverflowError):
        raise _silent(address) from None
    from joblib import parallel_config

    with parallel_config("dask", scheduler_host=place) as chosen:
        client = chosen["backend"].client
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            client.close()
            raise _silent(address) from None
        with client:
            yield


def _silent(address: str) -> ParameterError:
    what = _("workers: no worker answers at {address}.", address=address)
    return ParameterError(Fault(what, fix=_("Start `dask scheduler` and `dask worker` first, or use --jobs.")))


def _parts(job: Job) -> list[list[int]]:
    if METHODS[job.method].whole:
        return [list(range(len(job.panel)))]
    return [list(job.rows[start : start + CHUNK]) for start in range(0, len(job.rows), CHUNK)]


def _task(name: str, panel: Panel, horizon: int, seed: int, effects: Effects) -> Fits:
    return fit_panel(METHODS[name], panel, horizon, seed, effects)


def _empty(panel: Panel, horizon: int) -> Fits:
    shape = (len(panel), horizon)
    return Fits(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(len(panel)))
