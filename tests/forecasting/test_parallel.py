"""The seam of the parallel work: the same answers wherever it is done, and one clear error where it cannot be."""

import sys

import numpy as np
import pandas as pd
import pytest
from distributed import LocalCluster

from salesops_lib import forecasting
from salesops_lib.errors import ParameterError
from salesops_lib.forecasting import outlook, parallel
from salesops_lib.forecasting.parallel import spread


@pytest.fixture(scope="module")
def cluster():
    """Two workers behind a socket, as on other machines."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
    ) as running:
        yield running.scheduler_address.replace("tcp://", "dask://")


def difference(a, b):
    return a - b


@pytest.mark.parametrize("workers", [1, 2, None])
def test_answers_come_in_the_order_of_the_tasks(workers):
    assert spread(difference, [(n, 1) for n in range(7)], workers) == [-1, 0, 1, 2, 3, 4, 5]


def test_a_cluster_answers_in_the_order_of_the_tasks(cluster):
    assert spread(max, [(n, 3) for n in range(7)], cluster) == [3, 3, 3, 3, 4, 5, 6]
    assert spread(max, [], cluster) == []


def test_a_failing_task_fails_the_whole(cluster):
    with pytest.raises(ZeroDivisionError):
        spread(divmod, [(1, 1), (1, 0)], cluster)


def test_a_forecast_is_the_same_on_a_cluster(cluster, monkeypatch):
    monkeypatch.setattr(outlook, "FEWEST_ORIGINS", 2)
    monkeypatch.setattr(outlook, "ERRORS_WANTED", 1)
    # More than one chunk, so that both workers have a part of it.
    monkeypatch.setattr(parallel, "CHUNK", 2)
    rng = np.random.default_rng(0)
    ds = pd.period_range("2021-01", periods=40, freq="M").to_timestamp()
    parts = [pd.DataFrame({"unique_id": f"s{n}", "ds": ds, "y": 50 + 10 * rng.random(40)}) for n in range(5)]
    frame = pd.concat(parts, ignore_index=True)
    here, there = (forecasting.forecast(frame, 2, fast=True, workers=each) for each in (1, cluster))
    pd.testing.assert_frame_equal(here, there)
    frames = (forecasting.backtest(frame, 2, origins=1, fast=True, workers=each) for each in (1, cluster))
    here, there = (each.drop(columns="seconds") for each in frames)
    pd.testing.assert_frame_equal(here, there)


class TestErrors:
    @pytest.mark.parametrize("workers", [0, -1])
    def test_no_number_of_processes(self, workers):
        with pytest.raises(ParameterError, match=f"workers: {workers} is not a number of processes"):
            spread(max, [], workers)

    @pytest.mark.parametrize("address", ["", "4", "dask://", "dask://host", "tcp://host:8786", "dask://host:port"])
    def test_no_address(self, address):
        with pytest.raises(ParameterError) as caught:
            spread(max, [(1, 2)], address)
        what = f"workers: {address!r} is not the address of a cluster. Write it as dask://host:8786."
        assert str(caught.value) == what

    def test_nobody_there(self, monkeypatch):
        monkeypatch.setattr(parallel, "PATIENCE", 0.3)
        with pytest.raises(ParameterError, match=r"no worker answers at dask://127.0.0.1:1\. Start `dask scheduler`"):
            spread(max, [(1, 2)], "dask://127.0.0.1:1")

    def test_a_cluster_without_workers(self, monkeypatch):
        monkeypatch.setattr(parallel, "PATIENCE", 0.3)
        with LocalCluster(n_workers=0, host="127.0.0.1", protocol="tcp", dashboard_address="127.0.0.1:0") as empty:
            address = empty.scheduler_address.replace("tcp://", "dask://")
            with pytest.raises(ParameterError, match="no worker answers at dask://"):
                spread(max, [(1, 2)], address)

    def test_dask_is_not_installed(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "distributed", None)
        with pytest.raises(ParameterError) as caught:
            spread(max, [(1, 2)], "dask://127.0.0.1:1")
        assert str(caught.value) == 'workers: Dask is not installed. Install it: pip install "salesops[dask]".'
