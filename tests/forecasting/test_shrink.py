"""Shrunken seasonality against a slow loop, and on panels whose seasonality is known."""

import numpy as np
import pytest

from salesops_lib.forecasting.models import METHODS, fit_panel
from salesops_lib.forecasting.panel import FREQUENCIES, Panel
from salesops_lib.forecasting.shrink import adjust, shrunken

SHAPE = np.array([-0.3, -0.2, 0.0, 0.05, 0.1, 0.0, -0.25, -0.2, 0.1, 0.15, 0.2, 0.35])


def panel_of(*values, freq="M", last=600):
    return Panel(
        FREQUENCIES[freq],
        tuple(f"s{number:03}" for number in range(len(values))),
        tuple(np.asarray(each, dtype=float) for each in values),
        np.full(len(values), last),
    )


def made(series, years, noise, seed=0, own=0.0):
    """Positive series with a common shape of the year, a trend and noise; and the true effects of each."""
    rng = np.random.default_rng(seed)
    length = 12 * years
    places = (600 - np.arange(length - 1, -1, -1)) % 12
    effects = SHAPE + own * rng.normal(size=(series, 12))
    effects -= effects.mean(axis=1, keepdims=True)
    trend = np.linspace(0, 0.02, series)[:, None] * np.arange(length)[None, :]
    logs = 5 + trend + effects[:, places] + noise * rng.normal(size=(series, length))
    return panel_of(*np.exp(logs)), effects


def slow(rest, places, season):
    """James-Stein by loops, as one would write it down."""
    own, spread, seen, counts = [], [], [], []
    for row, place in zip(rest, places, strict=True):
        known = [(p, v) for p, v in zip(place, row, strict=True) if not np.isnan(v)]
        groups = {p: [v for q, v in known if q == p] for p in range(season)}
        means = np.array([np.mean(g) if g else 0.0 for g in groups.values()])
        means = means - means.mean()
        count = np.array([len(g) for g in groups.values()])
        free = max(len(known) - (count > 0).sum(), 1)
        noise = sum((v - means[p]) ** 2 for p, v in known) / free
        own.append(means)
        counts.append(count)
        seen.append((count > 0).sum())
        spread.append(np.mean([noise / c for c in count if c]))
    pooled = np.array([np.median([o[p] for o, c in zip(own, counts, strict=True) if c[p]]) for p in range(season)])
    pooled = pooled - pooled.mean()
    error = np.median(spread) * (np.pi / 2 if len(own) > 2 else 1) / len(own)
    target = pooled * max(0, 1 - (season - 3) * error / max((pooled**2).sum(), 1e-12))
    found = []
    for o, c, s, k in zip(own, counts, spread, seen, strict=True):
        away = o - target
        drawn = target + away * max(0, 1 - max(k - 3, 0) * s / max((away**2).sum(), 1e-12))
        drawn = np.where(c > 0, drawn, target)
        found.append(drawn - drawn.mean())
    return np.array(found)


@pytest.mark.parametrize("series", [1, 2, 7])
def test_the_effects_are_those_of_a_slow_loop(series):
    rng = np.random.default_rng(series)
    rest = rng.normal(size=(series, 30)) + np.tile(SHAPE, 3)[:30]
    rest[0, :11] = np.nan
    places = np.tile(np.arange(30) % 12, (series, 1))
    np.testing.assert_allclose(shrunken(rest, places, 12), slow(rest, places, 12), atol=1e-12)


def test_a_place_without_a_value_takes_the_panel_s_effect():
    rest = np.tile(SHAPE, (5, 2))
    rest[0, :] = np.nan
    rest[0, :3] = SHAPE[:3]
    places = np.tile(np.arange(24) % 12, (5, 1))
    assert shrunken(rest, places, 12)[0, 11] > 0.2


def test_known_effects_are_found_without_noise():
    panel, effects = made(8, 4, 0.0)
    np.testing.assert_allclose(adjust(panel).effects, effects, atol=0.005)


def test_two_years_of_a_noisy_series_come_closer_with_the_panel_than_alone():
    panel, effects = made(40, 2, 0.15)
    together = np.abs(adjust(panel).effects - effects).mean()
    alone = np.mean([np.abs(adjust(panel.take([row])).effects - effects[row]).mean() for row in range(40)])
    assert together < 0.6 * alone


def test_many_years_of_a_series_of_its_own_keep_its_own_effects():
    panel, effects = made(10, 8, 0.05, own=0.2)
    assert np.abs(adjust(panel).effects - effects).mean() < 0.03


def test_pure_chance_has_hardly_a_season():
    rng = np.random.default_rng(5)
    logs = 5 + 0.2 * rng.normal(size=(60, 36))
    plain = np.abs(logs.reshape(60, 3, 12).mean(axis=1) - logs.mean(axis=1, keepdims=True)).mean()
    assert np.abs(adjust(panel_of(*np.exp(logs))).effects).mean() < 0.4 * plain


def test_the_forecast_of_known_series_is_what_they_go_on_to_be():
    panel, _ = made(6, 5, 0.0)
    fits = fit_panel(METHODS["ShrinkSeas"], panel.window(back=3), 3, 0)
    truth = np.array([each[-3:] for each in panel.values])
    assert np.abs(fits.mean / truth - 1).max() < 0.05


def test_a_few_zeros_are_shares_and_many_are_logs():
    few, many, none = np.ones(24), np.zeros(24), np.arange(1.0, 25.0)
    few[3], many[::3] = 0, 5
    assert adjust(panel_of(few, many, none)).is_log.tolist() == [False, True, True]
