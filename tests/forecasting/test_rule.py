"""The rule by length and intermittency, and what it makes of the methods."""

import numpy as np
import pytest

from salesops_lib.forecasting import rule
from salesops_lib.forecasting.combine import combine, wanted
from salesops_lib.forecasting.fits import Fits
from salesops_lib.forecasting.models import METHODS
from salesops_lib.forecasting.panel import FREQUENCIES, Panel

SALES = np.arange(1.0, 400.0)


@pytest.mark.parametrize(
    ("length", "season", "expected"),
    [
        (5, 12, "none"),
        (6, 12, "new"),
        (11, 12, "new"),
        (12, 12, "short"),
        (29, 12, "short"),
        (30, 12, "long"),
        (9, 4, "short"),
        (10, 4, "long"),
        (129, 52, "short"),
        (130, 52, "weekly"),
    ],
)
def test_the_rule_by_length(length, season, expected):
    assert rule.rule_of(SALES[:length], season).name == expected


def test_the_rule_by_intermittency_comes_first():
    y = np.zeros(60)
    assert rule.rule_of(y, 12).name == "long"
    y[::2] = 3
    assert rule.rule_of(y, 12).name == "intermittent"
    assert rule.rule_of(y[:5], 12).name == "none"


@pytest.mark.parametrize("each", rule.RULES, ids=lambda each: each.name)
def test_every_member_is_a_method_and_the_fast_mode_has_no_prophet(each):
    assert {name for names in each.members for name in names} <= set(METHODS)
    assert not [names for names in each.chosen(fast=True) if names[0].startswith("Prophet")]
    assert each.chosen(fast=False) == each.members


def fits_of(**means):
    return {
        name: Fits(np.array([[mean]]), np.array([[half]]), np.array([1.0]))
        for name, (mean, half) in ((name.replace("_", "-"), value) for name, value in means.items())
    }


def panel_of(length):
    return Panel(FREQUENCIES["M"], ("a",), (SALES[:length],), np.array([600]))


LONG = {
    "AutoETS": (1, 2),
    "DynamicOptimizedTheta": (2, 4),
    "AutoCES": (100, np.nan),
    "SeasonalNaive": (4, 8),
    "ShrinkSeas": (8, 6),
}


def test_the_median_counts_both_variants_of_prophet_as_one():
    fits = fits_of(**LONG, Prophet=(5, 1), ProphetLog=(7, 3))
    # 1, 2, 4, 6, 8, 100.
    kit = combine(panel_of(40), [rule.LONG], fits, fast=False)
    assert (kit.mean.item(), kit.seconds.item()) == (5.0, 7.0)
    fast = combine(panel_of(40), [rule.LONG], fits, fast=True)
    assert (fast.mean.item(), fast.seconds.item()) == (4.0, 5.0)
    # 2, 4, 6, 8 in both modes: the past errors are measured against half-widths without Prophet's.
    assert kit.half.item() == fast.half.item() == 5.0


def test_a_method_that_says_nothing_is_left_out():
    fits = fits_of(**{**LONG, "AutoCES": (np.nan, np.nan)}, Prophet=(5, 1), ProphetLog=(np.nan, np.nan))
    # 1, 2, 4, 5, 8.
    assert combine(panel_of(40), [rule.LONG], fits, fast=False).mean.item() == 4.0


def test_intermittent_series_take_the_mean():
    fits = fits_of(SES=(1, np.nan), TSB=(2, np.nan), ETS=(3, 4), ShrinkSeas=(0, 6))
    kit = combine(panel_of(40), [rule.INTERMITTENT], fits, fast=False)
    assert (kit.mean.item(), kit.half.item()) == (1.5, 5.0)


def test_methods_are_asked_only_about_the_series_whose_rule_names_them():
    asked = wanted([rule.LONG, rule.INTERMITTENT, rule.NONE, rule.LONG], fast=True)
    assert asked["AutoETS"] == [0, 3]
    assert asked["TSB"] == [1]
    assert asked["ShrinkSeas"] == [0, 1, 3]
    assert not {"Prophet", "ProphetLog"} & set(asked)
