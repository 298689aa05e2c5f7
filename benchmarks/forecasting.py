"""A backtest with Prophet against one without it: how much longer it takes, and how much better it forecasts."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import ROOT, machine, ratios, table, take_turns
from salesops_lib.forecasting import backtest, score

REAL = ROOT.parent / "shared" / "data" / "series" / "m3_monthly_biz.parquet"
SERIES, HISTORY, HORIZON, ORIGINS = 300, 60, 3, 3
# One round takes as long as many of a shorter one, and its ratio is steady.
ROUNDS = 1
SEED = 0


def main(series: int = SERIES, rounds: int = ROUNDS, real: Path = REAL) -> None:
    frame, origin = _panel(series, real)
    scores: dict[str, pd.DataFrame] = {}
    rivals = {"full": partial(_run, frame, scores, fast=False), "fast": partial(_run, frame, scores, fast=True)}
    seconds = take_turns(rivals, rounds)
    mase = {name: float(found.set_index("method").loc["kit", "mase"]) for name, found in scores.items()}
    title = f"backtest of {series} series ({origin}) × {HISTORY} months × {ORIGINS} origins"
    rows = {
        "time with Prophet divided by time without": ratios(seconds["full"], seconds["fast"]),
        "MASE without Prophet divided by MASE with it": [mase["fast"] / mase["full"]],
    }
    print(table(title, rows))
    print(f"\n{machine()}")


def _run(frame: pd.DataFrame, scores: dict[str, pd.DataFrame], *, fast: bool) -> None:
    # In one process: what the processes of a pool cost to start is not what is compared.
    found = backtest(frame, HORIZON, history=HISTORY, origins=ORIGINS, fast=fast, seed=SEED, workers=1)
    scores["fast" if fast else "full"] = score(found)


def _panel(series: int, real: Path) -> tuple[pd.DataFrame, str]:
    """Real series that are long enough, drawn by lot; simulated ones where there are no real ones."""
    if not real.is_file():
        return _simulated(series), "simulated"
    frame = pd.read_parquet(real)
    lengths = frame.groupby("unique_id").size()
    enough = sorted(lengths.index[lengths >= HISTORY + HORIZON + ORIGINS - 1])
    drawn = np.random.default_rng(SEED).choice(enough, series, replace=False)
    return frame[frame["unique_id"].isin(drawn)], real.stem


def _simulated(series: int) -> pd.DataFrame:
    """Monthly revenue with a year's shape, growth, a wandering level and noise."""
    rng = np.random.default_rng(SEED)
    length = HISTORY + HORIZON + ORIGINS - 1
    time = np.arange(length)
    year = 0.2 * np.sin(2 * np.pi * (time + rng.integers(12, size=(series, 1))) / 12)
    level = (
        8
        + rng.normal(0.005, 0.005, size=(series, 1)) * time
        + np.cumsum(0.03 * rng.normal(size=(series, length)), axis=1)
    )
    values = np.exp(level + year + 0.08 * rng.normal(size=(series, length)))
    ds = pd.period_range("2019-01", periods=length, freq="M").to_timestamp()
    names = np.repeat([f"s{number:03}" for number in range(series)], length)
    return pd.DataFrame({"unique_id": names, "ds": np.tile(ds, series), "y": values.ravel()})


if __name__ == "__main__":
    main()
