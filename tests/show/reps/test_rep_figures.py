"""Figures about reps: words from the data, hostile and many names, one rep, nothing to draw, the same bytes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import rep_samples as R
from bs4 import BeautifulSoup
from matplotlib.axes import Axes

from salesops_lib import show
from salesops_lib.show.drawings import published

ONE_METRIC = ("win_rate",)


def _one_rep(names: Sequence[str]) -> pd.DataFrame:
    frame = R.leaks(names, [names[0], *R.STAGES[1:]])
    return frame[frame["rep"] == "R-002"] if len(names) > 1 else frame


FIGURES: dict[str, tuple[Callable[[Sequence[str]], pd.DataFrame], str, tuple[str, ...]]] = {
    "forest": (
        lambda names: R.one_metric("win_rate", names),
        "forest",
        (
            "Win rate of 6 reps against the peers: 1 above and 1 below them beyond chance, 3 not distinguishable, 1 "
            "with too few cases. The peers: 41.0%.",
            "Above: Ann Bell 63.0% (54.0%–72.0%). Below: Fay Gray 22.0% (13.0%–31.0%).",
        ),
    ),
    "adjusted": (
        lambda names: R.adjusted(names).query("metric == 'win_rate'"),
        "adjusted",
        ("1 above and 0 below the peers", "Ann Bell 63.0%, like with like 54.2% (95% interval 46.2%–62.2%)."),
    ),
    "months": (
        R.months,
        "months",
        (
            "Map of 72 months of 6 reps, Attainment: of 72 months tested 2 are more than chance.",
            "▲ Ann Bell in July 2026: 190.0%, expected 90.0% (95% range 30.0%–160.0%)",
        ),
    ),
    "leaks": (R.leaks, "leaks", ("1 beyond chance.", "Bo Chen in Proposal: 31.0% of 80 moved on")),
    "practices": (
        lambda names: R.practices().assign(label=[*names, "", ""][:4]),
        "practices",
        ("Ann Bell 86.0% △, higher in the group", "Cy Diaz 45.0%, not distinguishable"),
    ),
    "lead_shares": (
        R.lead_shares,
        "lead_shares",
        ("0 more and 1 fewer", "Fay Gray 0.12 a working day (95% interval 0.04–0.24; even share 0.31)"),
    ),
    "band": (
        lambda names: R.figures(names[0]).assign(label=lambda f: [names[0], *f["label"][1:]]),
        "band",
        ("Win rate 63.0%, peers 32.8%–51.2%, better than the peers", "62 days, peers 38.4–60.0 days, worse than"),
    ),
    "rep_trend": (
        lambda names: R.trend(names[0]),
        "rep_trend",
        ("Quota attainment in 2026 Q3: 95.0% (95% interval 80.8%–109.2%; peers 95.0%); in 2024 Q4 it was 89.3%.",),
    ),
    "rep_funnel": (_one_rep, "leaks", ("Proposal 31.0% (95% interval 23.0%–39.0%; peers 45.0%), a leak",)),
}


def _plot(name: str, names: Sequence[str] = R.NAMES, ax: Axes | None = None) -> Axes:
    return _draw(name, FIGURES[name][0](names), ax)


def _draw(name: str, frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    plot: Callable[..., Axes] = getattr(show, f"plot_{name}")
    return plot(frame, ax=ax)


@pytest.mark.parametrize("name", FIGURES)
def test_the_alternative_text_names_figures_from_the_data(name: str) -> None:
    shown = published(_plot(name))
    page = BeautifulSoup(shown.html, "html.parser")
    for words in FIGURES[name][2]:
        assert words in page.svg["aria-label"]
    assert page.figure.figcaption.get_text()
    assert page.figure.details.find("table").caption.get_text()
    assert shown.name == FIGURES[name][1]
    assert shown.records


@pytest.mark.parametrize("name", FIGURES)
def test_it_draws_on_the_callers_axes(name: str) -> None:
    figure, axes = plt.subplots(1, 2)
    assert _plot(name, ax=axes[1]) is axes[1]
    assert not axes[0].has_data()
    assert figure.get_label()


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_frame_is_the_same_bytes_and_stays_as_it_was(name: str) -> None:
    frame = FIGURES[name][0](R.NAMES)
    before = frame.copy()
    first = published(_draw(name, frame)).html
    pd.testing.assert_frame_equal(frame, before)
    assert published(_draw(name, frame)).html == first


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("own_axes", [False, True])
def test_hostile_names_are_drawn_as_they_are(name: str, own_axes: bool) -> None:
    with plt.rc_context({"text.parse_math": True}), warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plt.subplots()[1] if own_axes else None
        ax = _plot(name, R.HOSTILE_NAMES, ax)
        texts = [text for text in ax.findobj(plt.Text) if text.get_text()]
        assert not any(text.get_parse_math() for text in texts)
        shown = published(ax)
    page = BeautifulSoup(shown.html, "html.parser")
    assert not page.find("script")
    assert "$x^$" in page.svg["aria-label"] + page.get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_an_empty_frame_is_said_and_not_drawn(name: str) -> None:
    shown = published(_draw(name, FIGURES[name][0](R.NAMES).iloc[:0]))
    assert re.fullmatch(r'<p class="none">[^<]+\.</p>', shown.html)


VALUES = {
    "forest": ["value", "low", "high", "shrunk"],
    "adjusted": ["adjusted", "adjusted_low", "adjusted_high"],
    "months": ["value", "attainment"],
    "leaks": ["lost_wins", "lost_low", "lost_high"],
    "practices": ["superiority", "low", "high"],
    "lead_shares": ["per_day", "low", "high"],
    "band": ["peers_low", "peers_high"],
    "rep_trend": ["value", "low", "high"],
    "rep_funnel": ["conversion", "low", "high"],
}


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_all_not_available_is_said(name: str) -> None:
    frame = FIGURES[name][0](R.NAMES).assign(**dict.fromkeys(VALUES[name], R.NAN), largest=True, leak=False)
    assert published(_draw(name, frame)).html.startswith('<p class="none">')


@pytest.mark.parametrize("name", ["forest", "adjusted", "months", "leaks", "lead_shares", "rep_funnel"])
def test_one_rep_is_drawn(name: str) -> None:
    assert "<svg" in published(_plot(name, R.NAMES[:1])).html


@pytest.mark.parametrize("name", ["forest", "lead_shares"])
def test_without_intervals_or_peers_the_values_are_drawn(name: str) -> None:
    frame = FIGURES[name][0](R.NAMES).assign(low=R.NAN, high=R.NAN, peers=R.NAN, verdict="none")
    assert "<svg" in published(_draw(name, frame)).html


def _names_drawn(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_the_largest_value_is_on_top_and_overlap_is_no_ranking() -> None:
    ax = _plot("forest")
    assert _names_drawn(ax)[0] == "Ann Bell"
    assert _names_drawn(ax)[-1] == "Fay Gray"
    assert "Where they overlap, the order is no ranking." in published(ax).html


def test_of_three_hundred_reps_those_that_differ_are_drawn_and_the_most_extreme() -> None:
    ax = _plot("forest", R.crowd(300))
    drawn = _names_drawn(ax)
    assert len(drawn) == 40
    assert {"Rep Number 000", "Rep Number 299"} < set(drawn)
    shown = published(ax)
    caption = BeautifulSoup(shown.html, "html.parser").figcaption.get_text()
    assert caption.endswith("260 more reps, none of them distinguishable, are in the table.")
    assert len(shown.records) == 300
    table = BeautifulSoup(shown.html, "html.parser").details
    assert len(table.tbody.find_all("tr")) == 300
    assert len(str(table)) < 45_000


def test_all_that_differ_are_drawn_up_to_twice_as_many() -> None:
    frame = R.one_metric("win_rate", R.crowd(300))
    sixty = frame.assign(verdict=["above"] * 60 + ["not distinguishable"] * 240)
    assert len(_names_drawn(show.plot_forest(sixty))) == 60
    ax = show.plot_forest(frame.assign(verdict="above"))
    assert len(_names_drawn(ax)) == 80
    assert "220 more reps are in the table." in published(ax).html


def test_many_months_show_only_reps_with_a_signal_or_a_trend() -> None:
    names = R.crowd(50)
    ax = show.plot_months(R.months(names), R.steadiness(names))
    assert _names_drawn(ax) == ["Rep Number 000", "Rep Number 001", "Rep Number 049"]
    assert "47 more reps, without signal or trend, are not drawn." in published(ax).html
    calm = R.months(names).assign(signal=False)
    assert "No rep has a month that is more than chance" in published(show.plot_months(calm)).html


def test_peers_of_their_own_are_ticks_and_common_peers_a_line() -> None:
    frame = R.one_metric()
    own = frame.assign(peers=[0.4, 0.4, 0.4, 0.45, 0.45, 0.45])
    assert "peers 41.0%" in [text.get_text() for text in show.plot_forest(frame).texts]
    assert "peers" in [text.get_text() for text in show.plot_forest(own).texts]
    assert "<th>" not in published(show.plot_forest(own)).html
    assert "Peers" in BeautifulSoup(published(show.plot_forest(own)).html, "html.parser").thead.get_text()


def test_a_verdict_has_a_shape_of_its_own() -> None:
    def marks(ax: Axes) -> int:
        return len({tuple(map(tuple, each.get_paths()[0].vertices)) for each in ax.collections if each.get_paths()})

    frame = R.one_metric()
    assert marks(show.plot_forest(frame)) > marks(show.plot_forest(frame.assign(verdict="not distinguishable")))


def test_two_metrics_like_with_like_are_two_panels_each_with_its_table() -> None:
    shown = published(show.plot_adjusted(R.adjusted()))
    page = BeautifulSoup(shown.html, "html.parser")
    assert [table.caption.get_text() for table in page.find_all("table")] == ["Like with like"] * 2
    assert "Win rate like with like" in page.figcaption.get_text()
    assert "Revenue won like with like" in page.figcaption.get_text()
    with pytest.raises(ValueError, match="one metric"):
        show.plot_adjusted(R.adjusted(), ax=plt.subplots()[1])


def test_leaks_are_named_and_other_losses_are_not() -> None:
    texts = [text.get_text() for text in _plot("leaks").texts]
    assert [text for text in texts if "▼" in text] == ["▼ Proposal\n6.4 · $128K"]
    calm = published(show.plot_leaks(R.leaks().assign(leak=False)))
    assert "▼" not in calm.html
    assert " leak" not in calm.text


def test_better_is_to_the_right_also_where_lower_is_better() -> None:
    ax = _plot("band")
    at = {line.get_ydata()[0]: line.get_xdata()[0] for line in ax.get_lines() if line.get_marker() in "^vo"}
    assert at[1] > 1  # the win rate is above the band
    assert at[2] < 0  # the cycle is too long


def test_a_band_of_no_width_is_drawn() -> None:
    same = R.figures().assign(peers_low=lambda f: f["peers"], peers_high=lambda f: f["peers"])
    assert "Win rate 63.0%" in published(show.plot_band(same)).text


PEERLESS = {
    "forest": "Win rate: Ann Bell 63.0%. There is nobody to compare with.",
    "adjusted": "Win rate like with like: there is nobody to compare with.",
    "rep_funnel": "There is nobody to compare with.",
    "lead_shares": "Leads per working day: there is nobody to share the leads with.",
}


@pytest.mark.parametrize("name", PEERLESS)
def test_a_rep_alone_is_drawn_without_peers(name: str) -> None:
    ax = _draw(name, R.peerless(FIGURES[name][0](R.NAMES[:1])))
    page = BeautifulSoup(published(ax).html, "html.parser")
    assert page.svg["aria-label"].endswith(PEERLESS[name])
    texts = [text.get_text() for text in ax.findobj(plt.Text)]
    assert not any("eers" in text or "even share" in text for text in texts)
    assert "eers" not in page.figcaption.get_text()


def test_leaks_of_a_rep_alone_are_no_losses() -> None:
    alone = R.peerless(R.leaks(R.NAMES[:1])).assign(lost_wins=R.NAN)
    assert published(show.plot_leaks(alone)).text == "There is nobody to compare with."


UNTESTED = {
    "forest": "Win rate of 6 reps: there are too few cases to tell.",
    "adjusted": "Win rate like with like: there are too few deals to tell.",
    "months": "Map of 72 months of 6 reps, Attainment: too few months or deals to tell what is more than chance.",
    "lead_shares": "Leads per working day of 6 reps: there are too few to tell.",
}


@pytest.mark.parametrize("name", UNTESTED)
def test_what_was_not_tested_is_not_counted(name: str) -> None:
    frame = FIGURES[name][0](R.NAMES).assign(p_value=R.NAN)
    frame = frame.assign(verdict="too few") if "verdict" in frame else frame
    assert BeautifulSoup(published(_draw(name, frame)).html, "html.parser").svg["aria-label"] == UNTESTED[name]


def test_one_month_of_one_rep_is_spoken_of_as_one() -> None:
    shown = published(show.plot_months(R.months(R.NAMES[:1]).query("month == '2026-01'")))
    assert "Map of 1 month of 1 rep, Attainment: of 1 month tested none is more than chance." in shown.html


def test_quarters_without_peers_do_not_speak_of_them() -> None:
    ax = show.plot_rep_trend(R.trend().assign(peers=R.NAN))
    assert not any("eers" in text.get_text() for text in ax.figure.findobj(plt.Text))
    assert "peers" not in BeautifulSoup(published(ax).html, "html.parser").svg["aria-label"]
