"""Figures of a forecast: words from the data, the caller's Axes, hostile names, nothing to draw, the same bytes."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable

import forecast_samples as F
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from salesops_lib import show
from salesops_lib.show.drawings import published

Plot = Callable[[pd.DataFrame, Axes | None], Axes]

PLOTS: dict[str, tuple[Plot, Callable[[], pd.DataFrame], str, tuple[str, ...]]] = {
    "fan": (
        lambda frame, ax: show.plot_fan(frame, F.outlook(), ax),
        F.fan,
        "fan",
        (
            "Company: revenue won by month from October 2024 to September 2026, when it was $1.6M. History alone "
            "expects: October 2026 $1.2M (80% between $1.1M and $1.3M);",
            "With the pipeline, 2026 Q4 is expected to bring $4.2M, 80% between $3.8M and $4.6M.",
        ),
    ),
    "views": (
        lambda frame, ax: show.plot_views(frame, F.outlook(), ax),
        F.views,
        "views",
        ("This forecast $4.2M (80% between $3.8M and $4.6M)", "Commit $3.9M;", "quota $4.5M; won so far $120K."),
    ),
    "outlook_by": (
        lambda frame, ax: show.plot_outlook_by(frame, "region", ax),
        F.outlook,
        "outlook_by",
        ("North $1.7M, 80% between $1.4M and $1.9M, quota $672K with over 99%", "West $420K"),
    ),
    "track_record": (
        show.plot_track_record,
        F.track_record,
        "track_record",
        (
            "2025 Q2 forecast $3.8M, came $4.6M, above the range (80% between $3.4M and $4.2M)",
            "2026 Q1 forecast $3.9M, came $3.4M, below the range",
            "2026 Q3 forecast $4.1M, came $4.3M, within",
        ),
    ),
    "commitments": (
        show.plot_commitments,
        F.commitments,
        "commitments",
        ("of 4 reps: 1 more and 1 less than came, beyond chance, 1 not", "Ann Bell +30% (95% interval +12% to +48%"),
    ),
}
HOSTILE: dict[str, Callable[[], pd.DataFrame]] = {
    "fan": lambda: F.fan(F.HOSTILE_NAMES).query("level == 'region' and group == @F.HOSTILE"),
    "views": lambda: F.views(F.HOSTILE),
    "outlook_by": lambda: F.outlook(F.HOSTILE_NAMES),
    "commitments": lambda: F.commitments(F.HOSTILE_NAMES),
}


def _plot(name: str, frame: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    plot, make, _record, _words = PLOTS[name]
    return plot(make() if frame is None else frame, ax)


def _texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("name", PLOTS)
def test_the_alternative_text_names_figures_from_the_data(name: str) -> None:
    shown = published(_plot(name))
    page = BeautifulSoup(shown.html, "html.parser")
    for words in PLOTS[name][3]:
        assert words in page.svg["aria-label"]
    assert page.figure.figcaption.get_text()
    assert page.figure.details.find("table").caption.get_text()
    assert shown.name == PLOTS[name][2]
    assert shown.records


@pytest.mark.parametrize("name", PLOTS)
def test_it_draws_on_the_callers_axes(name: str) -> None:
    figure, axes = plt.subplots(1, 2)
    assert _plot(name, ax=axes[1]) is axes[1]
    assert not axes[0].has_data()
    assert figure.get_label()


@pytest.mark.parametrize("name", PLOTS)
def test_the_same_frame_is_the_same_bytes(name: str) -> None:
    first = published(_plot(name)).html
    published(_plot("views"))
    assert published(_plot(name)).html == first


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("own_axes", [False, True])
def test_hostile_names_are_drawn_as_they_are(name: str, own_axes: bool) -> None:
    with plt.rc_context({"text.parse_math": True}), warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = published(_plot(name, HOSTILE[name](), plt.subplots()[1] if own_axes else None))
    page = BeautifulSoup(shown.html, "html.parser")
    assert not page.find("script")
    assert "$x^$" in page.svg["aria-label"] + page.get_text()


@pytest.mark.parametrize("name", PLOTS)
def test_an_empty_frame_is_said_and_not_drawn(name: str) -> None:
    shown = published(_plot(name, PLOTS[name][1]().iloc[:0]))
    assert re.fullmatch(r'<p class="none">[^<]+\.</p>', shown.html)


def test_the_fan_names_its_bands_and_its_begin_in_the_drawing() -> None:
    ax = _plot("fan")
    assert _texts(ax) == ["forecast from October 2026", "95% range", "80% range", "expected"]
    assert ax.get_legend() is None
    assert len([one for one in ax.collections if isinstance(one, PolyCollection)]) == 2
    known, ahead, begin = ax.get_lines()
    assert len(known.get_xdata()) == 24
    assert len(ahead.get_xdata()) == 7
    assert set(begin.get_xdata()) == {known.get_xdata()[-1]}
    assert (known.get_linestyle(), ahead.get_linestyle()) == ("-", "--")


def test_the_labels_of_a_narrow_fan_do_not_touch() -> None:
    narrow = F.fan()
    for name in ("lo-80", "hi-80", "lo-95", "hi-95"):
        narrow[name] = narrow["mean"]
    heights = [text.xy[1] for text in _plot("fan", narrow).texts[1:]]  # type: ignore[attr-defined]
    assert all(a - b > 0.08 for a, b in itertools.pairwise(heights))


def test_a_fan_without_ranges_has_no_bands_to_name() -> None:
    bare = F.fan().assign(**dict.fromkeys(("lo-80", "hi-80", "lo-95", "hi-95"), F.NAN))
    shown = _plot("fan", bare)
    assert _texts(shown) == ["forecast from October 2026", "expected"]
    assert "80%" not in published(show.plot_fan(bare)).text


def test_no_fan_is_drawn_through_nothing() -> None:
    never = F.fan().assign(mean=F.NAN)
    assert published(_plot("fan", never)).text.startswith("There is no forecast by month")


def test_groups_have_a_figure_each_and_the_smaller_ones_are_folded() -> None:
    four = show.plot_fans(F.fan(), F.outlook())
    titles = [BeautifulSoup(published(ax).html, "html.parser").figcaption.get_text() for ax in four]
    assert [title.partition(":")[0] for title in titles] == ["Company", "North", "South", "East", "West"]
    frame = F.fan()
    many = [frame[frame["group"] == "West"].assign(group=f"Region {i}") for i in range(9)]
    shown = show.plot_fans(pd.concat([frame[frame["level"] == "company"], *many]))
    assert len(shown) == 8
    assert "3 smaller groups" in shown[-1].html
    assert len(show.plot_fans(frame[frame["level"] == "company"])) == 1


def test_a_miss_is_named_in_words() -> None:
    said = [text for text in _texts(_plot("track_record")) if text in ("within", "above the range", "below the range")]
    assert said == ["within", "within", "above the range", "within", "within", "below the range", "within", "within"]
    none = F.track_record().assign(inside=None, **dict.fromkeys(("lo-80", "hi-80", "lo-95", "hi-95"), F.NAN))
    assert _texts(_plot("track_record", none)).count("no range") == 8


def test_the_views_have_quota_and_won_so_far_as_lines_where_they_are_near() -> None:
    near = _texts(show.plot_views(F.views(), F.company(closed=150_000.0)))
    assert {"quota $4.5M", "won so far $150K"} <= set(near)
    far = show.plot_views(F.views(), F.company(closed=50_000.0))
    assert not [text for text in _texts(far) if "won so far" in text]
    title = BeautifulSoup(published(far).html, "html.parser").figcaption.get_text()
    assert title == "What each way to forecast says of the quarter; won so far $50K"
    begun = show.plot_views(F.views(), F.company(closed=0.0))
    assert "won so far" not in published(begun).html
    without = show.plot_views(F.views())
    assert not [text for text in _texts(without) if "quota" in text]


def test_every_group_has_its_quota_as_a_tick_and_its_probability_in_words() -> None:
    ax = _plot("outlook_by")
    assert [text for text in _texts(ax) if "%" in text and "range" not in text] == ["over 99%", "75%", "50%", "25%"]
    ticks = [line.get_xdata()[0] for line in ax.get_lines() if line.get_marker() == "|"]
    assert ticks[:4] == pytest.approx([672_000.0, 819_000.0, 756_000.0, 483_000.0])
    assert [text for text in _texts(show.plot_outlook_by(F.outlook(), "team")) if "$" in text] == [
        "$2.1M",
        "$1.3M",
        "$840K",
    ]


def test_without_a_level_the_first_one_is_drawn() -> None:
    assert "by region" in published(show.plot_outlook_by(F.outlook())).html
    assert published(show.plot_outlook_by(F.company())).text == "There are no groups to show."
    assert show.plot_outlooks(F.company()) == []


def test_of_many_groups_the_largest_are_drawn() -> None:
    base = F.outlook(F.REGIONS[:1], ())
    many = pd.concat([base, *(base.iloc[1:].assign(group=f"R{i}") for i in range(20))])
    shown = published(show.plot_outlook_by(many, "region"))
    assert "(6 smaller ones in the table)" in shown.html
    assert len(shown.records) == 21


def test_of_many_reps_those_are_drawn_that_differ_most() -> None:
    crowd = F.commitments(tuple(f"Rep {i:02d}" for i in range(40)))
    crowd.loc[4:, ["low", "high", "verdict"]] = [-0.3, 0.1, "not distinguishable"]
    ax = show.plot_commitments(crowd)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert len(labels) == 15
    assert {"Rep 00", "Rep 01"} <= set(labels)
    assert "Rep 03" not in labels
    assert "25 more reps are in the table." in published(ax).html
