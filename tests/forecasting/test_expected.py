"""What is expected of a period: blended, adding up, never below what is closed, with odds that fit the interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from salesops_lib.forecasting.expected import chance_of, expected, goals_of, outlook_of, reached_with
from salesops_lib.forecasting.levels import Levels

LEVELS = Levels.of(pd.DataFrame({"region": ["N", "S"]}), ["region"])
PARTS = {"closed": 0.0, "open": 0.0, "arrivals": 0.0, "n_open": 3.0, "last_year": 80.0}


def moment(history: list[float], pipeline: list[float], **more: object) -> pd.DataFrame:
    return LEVELS.frame.assign(**{**PARTS, "history": history, "pipeline": pipeline, **more})


def past(periods: int, off: float = 1.1) -> pd.DataFrame:
    actual = np.array([100.0, 60.0, 40.0])
    frames = [moment(list(actual * off), list(actual / off), period=f"p{i}", actual=actual) for i in range(periods)]
    return pd.concat(frames, ignore_index=True)


def test_groups_add_up_to_the_company() -> None:
    frame = expected(moment([130, 70, 50], [110, 50, 70]), past(5), LEVELS)
    company, *groups = frame["mean"]
    assert sum(groups) == pytest.approx(company, abs=0.01)
    # History was off by 10 %, the pipeline by 1 - 1 / 1.1: a weight of a little more than half.
    share = 0.1**2 / (0.1**2 + (1 - 1 / 1.1) ** 2)
    assert frame["weight"].tolist() == pytest.approx([share] * 3)
    base = share * 110 + (1 - share) * 130
    apart = sum(share * p + (1 - share) * h for h, p in ((70, 50), (50, 70)))
    assert min(base, apart) < company < max(base, apart)


def test_the_interval_moves_with_its_mean_and_ends_at_what_is_closed() -> None:
    seen = moment([130, 70, 50], [110, 50, 70], closed=[100.0, 60.0, 40.0])
    frame = expected(seen, past(5, 2.0), LEVELS)
    half = frame["hi-80"] - frame["mean"]
    assert (half > frame["mean"] - frame["closed"]).all()
    assert (frame["lo-80"] == frame["closed"]).all()
    assert (frame["lo-95"] == frame["closed"]).all()


def test_history_alone_has_its_own_interval_of_a_normal_law() -> None:
    widths = np.array([[10.0, 20.0], [8.0, 16.0], [6.0, 12.0]])
    frame = expected(moment([120, 70, 50], [10, 5, 5]), past(3), LEVELS, widths)
    assert frame["weight"].tolist() == [0, 0, 0]
    assert frame["mean"].tolist() == pytest.approx([120, 70, 50])
    assert (frame["hi-80"] - frame["mean"]).tolist() == pytest.approx([10, 8, 6])
    assert np.isinf(frame["freedom"]).all()
    assert chance_of(frame, pd.Series([130.0] * 3)).iloc[0] == pytest.approx(0.1)
    assert expected(moment([120, 70, 50], [10, 5, 5]), past(3), LEVELS)["lo-80"].isna().all()


def test_odds_by_the_law_of_the_interval() -> None:
    frame = pd.DataFrame({"closed": [0.0, 0, 50], "mean": 100.0, "hi-80": [120.0, np.nan, 120], "freedom": 5.0})
    scale = 20 / stats.t.ppf(0.9, 5)
    chance = chance_of(frame, pd.Series([110.0, 110, 40]))
    assert chance.iloc[0] == pytest.approx(stats.t.sf(10 / scale, 5))
    assert np.isnan(chance.iloc[1])
    # What is closed is certain.
    assert chance.iloc[2] == 1
    assert chance_of(frame, pd.Series([np.nan] * 3)).isna().all()
    goal = reached_with(frame, 0.8)
    assert chance_of(frame, goal).iloc[0] == pytest.approx(0.8)
    assert reached_with(frame, 0.999).iloc[2] == 50


def test_growth_and_goals() -> None:
    frame = expected(moment([130, 70, 50], [110, 50, 70], last_year=[100.0, 0.0, np.nan]), past(5), LEVELS)
    found = outlook_of(frame, pd.Series([200.0, np.nan, 10.0]))
    first = found.iloc[0]
    assert first["growth"] == pytest.approx(first["mean"] / 100 - 1)
    assert found["growth"].iloc[1:].isna().all()
    assert first["gap"] == pytest.approx(200 - first["mean"])
    goals = goals_of(found)
    assert (goals["floor"] < goals["even"]).all()
    assert (goals["even"] < goals["stretch"]).all()
    assert goals["even"].tolist() == pytest.approx(found["mean"].tolist())
    assert goals["chance_of_quota"].iloc[0] < 0.2
