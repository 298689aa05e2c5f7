"""The real series of ../shared/data/series: how good the kit is, what it covers, and that it raises no alarm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesops_lib import forecasting
from salesops_lib.forecasting.alarm import alarm
from salesops_lib.forecasting.outlook import Options, actuals, look_ahead
from salesops_lib.forecasting.panel import read_panel

SHARED = Path(__file__).parents[3] / "shared" / "data"
SERIES = SHARED / "series"
Record = Callable[[str, object], None]

pytestmark = pytest.mark.skipif(not SERIES.is_dir(), reason="the real series (../shared/data/series) are not here")


def some(name: str, n: int) -> pd.DataFrame:
    frame = pd.read_parquet(SERIES / f"{name}.parquet")
    names = np.random.default_rng(0).choice(sorted(frame["unique_id"].unique()), n, replace=False)
    return frame[frame["unique_id"].isin(names)]


def run(frame: pd.DataFrame, horizon: int, **more: object) -> pd.DataFrame:
    return forecasting.backtest(frame, horizon, **{"history": 36, "origins": 1, "fast": True, "workers": 1, **more})


@pytest.mark.parametrize(
    ("name", "freq", "history", "horizon", "gain"),
    [("aus_retail_monthly_2011_2018", "M", 36, 3, 0.18), ("m3_quarterly_biz", "Q", 20, 4, 0.05)],
)
def test_the_kit_beats_seasonal_naive(name, freq, history, horizon, gain, record_property: Record) -> None:
    found = run(some(name, 15), horizon, freq=freq, history=history)
    kit = forecasting.score(found).set_index("method").loc["kit"]
    record_property("figure", f"{name} {history}/{horizon}: MASE {kit['mase']:.3f}, gain {kit['gain']:.0%}")
    assert kit["gain"] > gain
    assert 0.6 < kit["coverage_80"] < 0.95


def test_intermittent_series_are_not_far_off_in_sum() -> None:
    scores = forecasting.score(run(some("carparts_monthly", 60), 3)).set_index("method")
    assert scores.loc["kit", "wape"] < scores.loc["SeasonalNaive", "wape"]


def alone(name: str, freq: str, history: int, horizon: int, n: int, backs: Sequence[int]) -> pd.DataFrame:
    """Each series as a panel of its own: what the intervals held, of the steps and of the sum, and the alarm."""
    panel = read_panel(some(name, n), freq)
    rows = []
    for row in range(len(panel)):
        one = panel.take([row])
        for back in backs:
            if panel.lengths[row] < history + back:
                continue
            found = look_ahead(one.window(history, back), horizon, Options(fast=True, workers=1))
            error = actuals(one, back, horizon) - found.kit.mean
            rows.append(
                {
                    **{f"steps {n}": (np.abs(error) <= found.widths[n]).mean() for n in (80, 95)},
                    **{f"sum {n}": (np.abs(error.sum()) <= found.total_widths[n]).mean() for n in (80, 95)},
                    "alarm": alarm(found).raised,
                }
            )
    return pd.DataFrame(rows)


def told(name: str, found: pd.DataFrame) -> str:
    return f"{name}, each alone, {len(found)} forecasts: " + ", ".join(f"{k} {v:.1%}" for k, v in found.mean().items())


def test_the_intervals_of_a_series_alone_hold_about_what_they_say(record_property: Record) -> None:
    found = alone("aus_retail_monthly_2011_2018", "M", 60, 3, 12, [3])
    record_property("figure", told("aus_retail 60/3", found))
    assert 0.65 <= found["steps 80"].mean() <= 0.95
    assert found["steps 95"].mean() >= 0.85
    assert found["sum 80"].mean() >= 0.55


@pytest.mark.soak
@pytest.mark.parametrize(
    ("name", "freq", "history", "horizon", "n", "backs"),
    [
        ("aus_retail_monthly_2011_2018", "M", 60, 3, 150, [3]),
        ("aus_retail_monthly_2011_2018", "M", 36, 3, 150, [3, 15]),
        ("m3_monthly_biz", "M", 60, 3, 150, [3]),
        ("m3_quarterly_biz", "Q", 20, 4, 200, [4]),
    ],
)
def test_the_intervals_of_every_series_alone(name, freq, history, horizon, n, backs, record_property: Record) -> None:
    found = alone(name, freq, history, horizon, n, backs)
    record_property("figure", told(f"{name} {history}/{horizon}", found))
    assert 0.7 <= found["steps 80"].mean() <= 0.9
    assert found["steps 95"].mean() >= 0.84
    assert found["alarm"].mean() <= 0.1


@pytest.mark.soak
@pytest.mark.parametrize(
    ("name", "freq", "history", "horizon"),
    [
        ("aus_retail_monthly_2011_2018", "M", 60, 3),
        ("aus_retail_monthly_2011_2018", "M", 36, 3),
        ("m3_monthly_biz", "M", 60, 3),
        ("m3_quarterly_biz", "Q", 20, 4),
        ("carparts_monthly", "M", 36, 3),
    ],
)
def test_the_last_origins_of_the_panels_raise_no_alarm(name, freq, history, horizon, record_property: Record) -> None:
    panel = read_panel(some(name, 60), freq)
    panel = panel.take(np.flatnonzero(panel.lengths >= history + horizon))
    for back in (0, horizon):
        found = alarm(look_ahead(panel.window(history, back), horizon, Options(fast=True)))
        record_property("figure", f"{name} {history}/{horizon}, {back} periods back: {found}")
        assert not found.raised


def weekly(sales: pd.DataFrame, by: str, day: str, amount: str) -> pd.DataFrame:
    """Sales per group and week, 0 in weeks without any; without the first and last week, which may be partial."""
    weeks = sales.groupby([by, pd.Grouper(key=day, freq="W-SUN")])[amount].sum().unstack(day, fill_value=0.0)
    rows = weeks.iloc[:, 1:-1].stack().rename_axis(["unique_id", "ds"]).rename("y").reset_index()
    return rows.assign(unique_id=rows["unique_id"].astype(str))


def orders() -> pd.DataFrame:
    """Three years of orders of a wholesaler by territory."""
    sales = pd.read_csv(SHARED / "adventureworks" / "Sales.csv", sep="|", parse_dates=["OrderDate"])
    return weekly(sales, "SalesTerritoryKey", "OrderDate", "Sales")


def deals() -> pd.DataFrame:
    """Ten months of won deals by product: less than a year."""
    found = pd.read_csv(SHARED / "maven-crm" / "sales_pipeline.csv")
    won = found[found["deal_stage"] == "Won"]
    won = won.assign(close_date=pd.to_datetime(won["close_date"], format="%m/%d/%Y"))
    return weekly(won, "product", "close_date", "close_value")


@pytest.mark.parametrize("read", [orders, deals])
def test_real_weeks_are_forecast_and_covered(read: Callable[[], pd.DataFrame], record_property: Record) -> None:
    frame = read()
    found = forecasting.backtest(frame, 4, "W", origins=2, fast=True, workers=1)
    kit = forecasting.score(found).set_index("method").loc["kit"]
    text = f"{read.__name__} by week, {kit['n']:.0f} forecasts: " + ", ".join(
        f"{name} {kit[name]:.3g}" for name in ("mase", "gain", "wape", "bias", "coverage_80", "coverage_95")
    )
    record_property("figure", text)
    assert kit["n"] == 2 * frame["unique_id"].nunique()
    assert 0.6 <= kit["coverage_80"] <= 0.98
    assert kit["coverage_95"] >= 0.85
