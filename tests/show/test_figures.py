"""Figures: the caller's Axes or their own, words from the data, no mathtext, the same bytes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import samples as S
from bs4 import BeautifulSoup
from matplotlib.axes import Axes

from salesops_lib import show
from salesops_lib.errors import SalesOpsError
from salesops_lib.language import locale_of
from salesops_lib.show.drawings import published
from salesops_lib.show.style import canvas, house_style
from salesops_lib.show.waterfall import Step, waterfall

NAMES = (S.HOSTILE, "日本語の名前", "\u202eevil\u2069 الشركة", "L" * 200)
FIGURES: dict[str, tuple[Callable[..., pd.DataFrame], int, tuple[str, ...]]] = {
    "change": (S.change, 0, ("2026 Q2 $3.9M", "Win rate −$318K", "2026 Q3 $4.2M")),
    "change_by": (S.change_by, 4, ("rose in 3 of 4 groups", "North +$250K", "South −$100K")),
    "attainment": (S.attainment, 4, ("North 115.0% (7 of 10 reps)", "East 97.5%")),
    "ledger": (S.ledger, 0, ("Opening $6.1M", "Won −$4.2M", "Closing $1.8M")),
    "funnel": (S.funnel, 4, ("Proposal 31.4% (baseline 45.0%), the leak",)),
    "losses": (S.losses, 4, ("453 losses", "140 from Proposal for Price")),
    "trends": (S.trends, 2, ("Win rate: 31.6% in 2026 Q3", "signal in 2026 Q2: 27.0% (below the usual range)")),
    "signals": (S.signals, 1, ("Win rate, West: ", "signal in week 32 of 2026: 12.0%")),
}


def _plot(name: str, frame: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    plot: Callable[..., Axes] = getattr(show, f"plot_{name}")
    return plot(FIGURES[name][0]() if frame is None else frame, ax)


@pytest.mark.parametrize("name", FIGURES)
def test_the_alternative_text_names_figures_from_the_data(name: str) -> None:
    shown = published(_plot(name))
    image = BeautifulSoup(shown.html, "html.parser").find("svg")
    for words in FIGURES[name][2]:
        assert words in image["aria-label"]
    assert shown.text == image["aria-label"]
    assert shown.name == name
    assert shown.records


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_an_image_with_its_data_beside_it(name: str) -> None:
    page = BeautifulSoup(published(_plot(name)).html, "html.parser")
    assert page.figure.figcaption.get_text()
    assert page.figure.details.find("table").caption.get_text()
    assert page.svg["role"] == "img"
    assert page.svg.find("text").get_text()
    assert not page.svg.find(["script", "style", "image", "a", "use", "metadata"])
    assert not page.svg.find(lambda tag: any(name.startswith("on") or "href" in name for name in tag.attrs))


def test_data_that_a_table_beside_the_figure_holds_are_not_folded_away_a_second_time() -> None:
    beside = show.table_change_by(S.change_by(), S.change_totals())
    shown = published(_plot("change_by"), [beside])
    assert "<details>" not in shown.html
    assert not shown.records
    for other in (S.change_by("N", "O", "P", "Q"), S.change_by().iloc[:3]):
        assert "<details>" in published(_plot("change_by"), [show.table_change_by(other)]).html


def test_the_weeks_have_no_scale_of_the_last_one() -> None:
    drawn = BeautifulSoup(published(_plot("signals")).html, "html.parser").svg
    assert [text.get_text() for text in drawn.find_all("text")] == [
        "week 27",
        "week 39",
        "◆ week 32: 12.0%",
        "Win rate, West",
    ]


def test_a_long_title_of_a_small_panel_has_two_lines() -> None:
    shown = published(_plot("trends", S.trends("Durchschnittliche Dealgröße", "Neu geschaffene Pipeline")))
    texts = [text.get_text() for text in BeautifulSoup(shown.html, "html.parser").svg.find_all("text")]
    assert {"Durchschnittliche", "Dealgröße", "Neu geschaffene", "Pipeline"} <= set(texts)
    assert not any("…" in text for text in texts)


@pytest.mark.parametrize("name", FIGURES)
def test_it_draws_on_the_callers_axes(name: str) -> None:
    figure, axes = plt.subplots(1, 2)
    assert _plot(name, ax=axes[1]) is axes[1]
    assert not axes[0].has_data()
    assert figure.get_label()


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_frame_is_the_same_bytes(name: str) -> None:
    first = published(_plot(name)).html
    published(_plot("ledger"))
    assert published(_plot(name)).html == first


@pytest.mark.parametrize("name", [name for name, (_make, names, _words) in FIGURES.items() if names])
@pytest.mark.parametrize("own_axes", [False, True])
def test_hostile_names_are_drawn_as_they_are(name: str, own_axes: bool) -> None:
    make, names, _words = FIGURES[name]
    with plt.rc_context({"text.parse_math": True}), warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plt.subplots()[1] if own_axes else None
        shown = published(_plot(name, make(*NAMES[:names]), ax))
    page = BeautifulSoup(shown.html, "html.parser")
    assert not page.find("script")
    assert "$x^$" in page.svg["aria-label"] + page.get_text()


@pytest.mark.parametrize("own_axes", [False, True])
def test_no_text_of_a_figure_is_mathtext(own_axes: bool) -> None:
    with plt.rc_context({"text.parse_math": True}):
        ax = plt.subplots()[1] if own_axes else None
        ax = _plot("change_by", S.change_by("$x^$", "$\\frac{1}{2}$", "$a$", "b"), ax)
    labels = ax.get_yticklabels()
    assert [label.get_text() for label in labels] == ["$x^$", "$a$", "b", "$\\frac{1}{2}$"]
    assert not any(label.get_parse_math() for label in labels)


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "signals"])
def test_an_empty_frame_is_said_and_not_drawn(name: str) -> None:
    shown = published(_plot(name, FIGURES[name][0]().iloc[:0]))
    assert re.fullmatch(r'<p class="none">[^<]+\.</p>', shown.html)


def test_signals_are_drawn_only_where_there_is_one() -> None:
    assert show.plot_signals(S.signals().assign(signal=False)) is None
    assert "North" not in str(_plot("signals").get_figure().get_label())


def test_a_lone_or_missing_value_is_drawn() -> None:
    lone = S.trends().query("period == '2026Q3'")
    assert "Revenue won: $4.2M in 2026 Q3" in published(_plot("trends", lone)).text
    half = S.funnel().assign(baseline=S.NAN, low=S.NAN, high=S.NAN)
    assert "Proposal 31.4% (baseline n/a)" in published(_plot("funnel", half)).text


def test_the_interval_is_drawn_only_for_the_figure_it_belongs_to() -> None:
    at_the_end, later = _plot("funnel"), _plot("funnel", S.funnel().assign(conversion=0.9))
    assert len(at_the_end.get_lines()) - len(later.get_lines()) == 4


def test_a_figure_without_words_is_refused() -> None:
    _figure, ax = plt.subplots()
    with pytest.raises(SalesOpsError, match="no alternative text"):
        published(ax)
    ax.get_figure().set_label("Two lines that cross at 3.")
    assert 'aria-label="Two lines that cross at 3."' in published(ax).html
    assert not plt.get_fignums()


def test_small_steps_do_not_stand_on_a_cut_scale_as_bars() -> None:
    small = _plot("change")
    assert len(small.patches) == 3
    large = _plot("change", S.change().assign(part=[3e6, -1e6, 2e6]))
    assert len(large.patches) == 5
    assert large.get_xlim()[0] == 0


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "nl_NL"])
def test_a_figure_beside_a_small_bar_at_the_end_is_drawn_whole(locale: str) -> None:
    """The longest one stands where the bars reach farthest: "+207,1 Tsd. $", "US$ +207,1K"."""
    amounts = {"Opening": 11_331_353.0, "Changes of amounts": 15_170_686.0, "Re-opened": 1_918_787.0, "Won": -207_139.0}
    steps = [Step(label, amount, total=label == "Opening") for label, amount in amounts.items()]
    with locale_of(locale), house_style():
        ax = waterfall(canvas(None, 2.2), steps)
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    assert max(text.get_window_extent().x1 for text in ax.texts) <= figure.bbox.width
