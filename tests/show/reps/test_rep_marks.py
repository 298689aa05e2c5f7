"""Marks of what a figure cannot show: an interval that goes on beyond the frame, a month that has no figure."""

from __future__ import annotations

import matplotlib.pyplot as plt
import rep_samples as R
from matplotlib.axes import Axes

from salesops_lib import show


def _tips(ax: Axes) -> list[tuple[str, int]]:
    lines = [line for panel in ax.child_axes for line in panel.get_lines() if line.get_marker() in ("^", "v")]
    return [(str(line.get_marker()), len(line.get_xdata())) for line in lines if len(line.get_xdata())]


def test_an_interval_that_leaves_a_panel_ends_in_a_tip() -> None:
    frame = R.trend().query("metric == 'win_rate'")
    narrow = frame.assign(low=frame["value"], high=frame["value"])
    assert _tips(show.plot_rep_trend(narrow)) == []
    wide = narrow["high"].mask(narrow["period"] == "2026Q3", 9.0)
    assert _tips(show.plot_rep_trend(narrow.assign(high=wide))) == [("^", 1)]


def test_a_month_without_a_figure_does_not_look_like_one_at_quota() -> None:
    frame = R.months()
    first = (frame["rep"] == "R-002") & (frame["month"] < "2026-01")
    gaps = show.plot_months(frame.assign(value=frame["value"].mask(first)))
    (dashes,) = [line for line in gaps.get_lines() if line.get_marker() == "_"]
    # Bo Chen is the second row; the months of 2025 are the first three.
    assert dashes.get_xydata().tolist() == [[0.5, 1.5], [1.5, 1.5], [2.5, 1.5]]
    assert "none" in [text.get_text() for text in gaps.findobj(plt.Text)]
    assert "none" not in [text.get_text() for text in show.plot_months(frame).findobj(plt.Text)]
