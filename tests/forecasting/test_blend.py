"""The blend of history and pipeline: weights by past errors, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesops_lib.forecasting.blend import blend, pipeline_weight

BOUNDS = ["lo-80", "hi-80", "lo-95", "hi-95"]
HISTORY = pd.DataFrame({"mean": [200.0], "lo-80": 150.0, "hi-80": 250.0, "lo-95": 100.0, "hi-95": 300.0})
PIPELINE = pd.DataFrame({"mean": [100.0], "closed": [90.0]})


def past_of(periods: int, history: float, pipeline: float, **more: object) -> pd.DataFrame:
    names = [f"p{i}" for i in range(periods)]
    return pd.DataFrame({"period": names, "actual": 100.0, "history": history, "pipeline": pipeline, **more})


def test_until_four_snapshots_history_alone_counts() -> None:
    frame = blend(HISTORY, PIPELINE, past_of(3, 120, 101))
    found = frame.iloc[0]
    assert (found["mean"], found["weight"], found["history_snapshots"]) == (200.0, 0.0, 3)
    assert found[BOUNDS].tolist() == [150, 250, 100, 300]
    assert frame.attrs["notes"] == {
        "weight": "history alone: 3 earlier periods tell how far the pipeline was off, and it takes 4"
    }
    assert blend(HISTORY, PIPELINE, past_of(1, 1, 1)).attrs["notes"]["weight"].startswith("history alone: 1 earlier p")


def test_the_weights_by_hand() -> None:
    # Off by 20 and by 10: squares 4 to 1.
    frame = blend(HISTORY, PIPELINE, past_of(5, 120, 110))
    found = frame.iloc[0]
    assert found["weight"] == pytest.approx(0.8)
    assert found["mean"] == pytest.approx(0.8 * 100 + 0.2 * 200)
    # Each time the blend said 112 of 100: an error of 12 ÷ 112; t(0.9, 5) = 1.4759.
    half = 1.4759 * 12 / 112 * 120
    assert found["hi-80"] == pytest.approx(120 + half, abs=0.01)
    # What is closed stays closed: 90, though the bound would lie below it at 95 %.
    assert found["lo-80"] == pytest.approx(120 - half, abs=0.01)
    assert found["lo-95"] == 90
    assert frame.attrs["notes"] == {}


def test_the_weight_is_of_all_groups_and_relative_to_each() -> None:
    small = past_of(4, 120, 110, region="s")
    large = past_of(4, 110, 120, region="l").assign(
        **{name: lambda d, n=name: d[n] * 1000 for name in ("actual", "history", "pipeline")}
    )
    both = pd.concat([small, large])
    assert pipeline_weight(both, ["region"]) == pytest.approx(0.5)
    assert pipeline_weight(both) < 0.21
    assert pipeline_weight(past_of(4, 100, 100)) == 0.5
    assert np.isnan(pipeline_weight(past_of(0, 1, 1)))


def test_groups_that_only_one_of_them_has() -> None:
    history = pd.DataFrame({"region": ["a", "b"], "mean": [10.0, 20.0]})
    pipeline = pd.DataFrame({"region": ["b", "c"], "mean": [40.0, 7.0], "closed": 0.0})
    past = pd.concat([past_of(4, 120, 120, region=region) for region in "abc"])
    frame = blend(history, pipeline, past, "region").set_index("region")
    assert frame["mean"].to_dict() == {"a": 10.0, "b": 30.0, "c": 7.0}
    assert frame["weight"].to_dict() == {"a": 0.0, "b": 0.5, "c": 1.0}
    assert frame.loc["b", BOUNDS].notna().all()


def test_past_errors_that_did_not_know_the_period() -> None:
    # Without the fifth period both are as good; with it, the pipeline is far better.
    past = past_of(5, 110, 110)
    past.loc[4, "history"] = 300.0
    frame = blend(HISTORY, PIPELINE, past)
    share = (4 * 0.01 + 4) / (4 * 0.01 + 4 + 5 * 0.01)
    assert frame["weight"].iloc[0] == pytest.approx(share)
    # So the fifth is forecast with equal weights, 205 of 100: the interval is wide.
    errors = np.array([*[10 / 110] * 4, 105 / 205])
    half = 1.4759 * np.sqrt((errors**2).mean())
    assert frame["hi-80"].iloc[0] / frame["mean"].iloc[0] - 1 == pytest.approx(half, abs=1e-3)
