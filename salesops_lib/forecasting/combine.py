"""The kit's own forecast: the median or mean of the methods that the rule names, series by series."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from salesops_lib.forecasting.fits import Fits, nothing
from salesops_lib.forecasting.panel import Panel
from salesops_lib.forecasting.rule import RULES, Rule


def combine(panel: Panel, rules: Sequence[Rule], fits: Mapping[str, Fits], *, fast: bool) -> Fits:
    """The rule's combination of what the methods said; a method that said nothing of a series is left out of it.

    The half-width is the same combination of the half-widths that the methods without Prophet have, in both modes: the
    past errors are measured against those, and Prophet's own are far too narrow. The seconds are the sum of all.
    """
    horizon = next(iter(fits.values())).mean.shape[1]
    mean, half = nothing(panel, horizon)
    seconds = np.zeros(len(panel))
    for rule in RULES:
        rows = np.flatnonzero([each is rule for each in rules])
        members = rule.chosen(fast)
        if not len(rows) or not members:
            continue
        middle = np.nanmedian if rule.how == "median" else np.nanmean
        with warnings.catch_warnings():
            # Null where no member says anything, which numpy warns of.
            warnings.simplefilter("ignore", RuntimeWarning)
            means = [np.nanmean([fits[name].mean[rows] for name in names], axis=0) for names in members]
            halves = [fits[name].half[rows] for names in rule.chosen(fast=True) for name in names]
            mean[rows], half[rows] = middle(means, axis=0), middle(halves, axis=0)
        seconds[rows] = sum(fits[name].seconds[rows] for names in members for name in names)
    return Fits(mean, half, seconds)


def wanted(rules: Sequence[Rule], *, fast: bool) -> dict[str, list[int]]:
    """Which methods the rules need, and for which rows."""
    found: dict[str, list[int]] = {}
    for row, rule in enumerate(rules):
        for names in rule.chosen(fast):
            for name in names:
                found.setdefault(name, []).append(row)
    return found
