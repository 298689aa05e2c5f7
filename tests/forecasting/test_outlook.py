"""Where the past origins lie, which of their errors stand for today's, and the totals of an outlook."""

import numpy as np
import pytest
from panels import simulated

from salesops_lib.forecasting.outlook import Options, Outlook, inner_origins, look_ahead
from salesops_lib.forecasting.panel import FREQUENCIES, Panel

FAST = Options(fast=True, workers=1)


def ones(series, *lengths):
    lengths = lengths * series if len(lengths) == 1 else lengths
    return Panel(
        FREQUENCIES["M"],
        tuple(map(str, range(series))),
        tuple(np.ones(length) for length in lengths),
        np.full(series, 600),
    )


@pytest.mark.parametrize(
    ("panel", "horizon", "expected"),
    [
        # Forty series have enough errors at six origins, a horizon apart, and one between the first two.
        (ones(40, 60), 3, [3, 5, 6, 9, 12, 15, 18]),
        (ones(40, 36), 3, [3, 5, 6, 9, 12, 15, 18]),
        # Half of 24 months, closer together.
        (ones(40, 24), 3, [3, 5, 7, 8, 10, 12]),
        # One alone takes all that are in reach.
        (ones(1, 36), 3, list(range(3, 19))),
        (ones(1, 24), 6, [6, 7, 8, 9, 10, 11, 12]),
        (ones(1, 7), 3, [3]),
        (ones(1, 7), 4, []),
    ],
)
def test_where_the_past_origins_lie(panel, horizon, expected):
    assert inner_origins(panel, horizon) == expected


def test_a_series_stays_out_of_origins_where_it_had_less_than_half_its_history():
    panel = simulated(3, 60, 1)
    panel = Panel(
        panel.frequency, panel.ids, (panel.values[0], panel.values[1][-24:], panel.values[2][-8:]), panel.last
    )
    found = look_ahead(panel, 3, FAST)
    known = ~np.isnan(found.past.error).all(axis=2)
    backs = np.array(found.backs)
    assert known[:, 0].all()
    assert known[:, 1].tolist() == (backs <= 12).tolist()
    # Eight months less three are under the six that a forecast needs; its interval is that of the others.
    assert not known[:, 2].any()
    assert np.isfinite(found.widths[95]).all()
    assert np.isfinite(found.total_widths[95]).all()


def spoiled(outlook: Outlook, monkeypatch, module, since: int):
    """The same outlook where the errors of the origins that lie `since` or more periods back are a thousandfold."""
    plain = module._past

    def worse(panel, horizon, origins, found):
        past, seconds = plain(panel, horizon, origins, found)
        past.error[[each.back >= since for each in origins]] *= 1000
        return past, seconds

    monkeypatch.setattr(module, "_past", worse)
    return look_ahead(outlook.panel, 3, FAST)


def test_thirty_months_or_more_are_judged_by_windows_of_two_years(monkeypatch):
    from salesops_lib.forecasting import outlook as module

    plain = look_ahead(simulated(6, 36, 3), 3, FAST)
    found = spoiled(plain, monkeypatch, module, since=13)
    assert set(found.backs) >= {12, 15, 18}
    for level in (80, 95):
        np.testing.assert_array_equal(found.widths[level], plain.widths[level])
        np.testing.assert_array_equal(found.total_widths[level], plain.total_widths[level])


def mixed(*panels: Panel) -> Panel:
    series = [each for panel in panels for each in panel.values]
    return Panel(FREQUENCIES["M"], tuple(map(str, range(len(series)))), tuple(series), np.full(len(series), 600))


def test_under_thirty_months_every_window_counts_where_errors_are_few(monkeypatch):
    from salesops_lib.forecasting import outlook as module

    plain = look_ahead(simulated(6, 26, 3), 3, FAST)
    assert (spoiled(plain, monkeypatch, module, since=9).widths[80] > 10 * plain.widths[80]).all()


def test_under_thirty_months_windows_of_a_year_and_a_half_judge_where_they_are_enough(monkeypatch):
    from salesops_lib.forecasting import outlook as module

    plain = look_ahead(mixed(simulated(20, 24, 3), simulated(2, 15, 4)), 3, FAST)
    found = spoiled(plain, monkeypatch, module, since=7)
    assert {3, 5, 7} <= set(found.backs)
    for level in (80, 95):
        np.testing.assert_array_equal(found.widths[level][:20], plain.widths[level][:20])
        # A series that is younger itself is judged by all.
        assert (found.widths[level][20:] > 10 * plain.widths[level][20:]).all()


def test_a_past_error_is_what_came_less_what_was_said():
    panel = simulated(2, 48, 4)
    raised = Panel(panel.frequency, panel.ids, tuple(np.append(y[:-3], 10 * y[-3:]) for y in panel.values), panel.last)
    found = look_ahead(raised, 3, FAST)
    assert (found.past.error[0] > 0).all()


def test_the_total_is_narrower_than_the_sum_of_the_steps_where_errors_cancel():
    found = look_ahead(simulated(12, 60, 5, wander=0.0, noise=0.15), 3, FAST)
    for level in (80, 95):
        assert (found.total_widths[level] < found.widths[level].sum(axis=1)).all()
