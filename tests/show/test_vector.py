"""Drawings in the page: text that is text, lines that stand where they stood, names that no other drawing has."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.axes import Axes

from salesops_lib.show import style
from salesops_lib.show.drawings import LONGEST, drawn, published
from salesops_lib.show.grid import Column, grid
from salesops_lib.show.outlines import moved, read, written
from salesops_lib.show.shown import Shown, sentences
from salesops_lib.show.spark import spark
from salesops_lib.show.vector import inline


def _axes() -> Axes:
    with style.house_style():
        return style.canvas(None, 2.0)


def _drawing(ax: Axes, alternative: str = "Two marks.") -> BeautifulSoup:
    drawn(ax, "Title", alternative, Shown("", ""))
    return BeautifulSoup(published(ax).html, "html.parser").svg


def test_a_text_is_a_text_whatever_it_says() -> None:
    ax = _axes()
    ax.text(0.1, 0.5, "</svg><script>1</script> & $x^$")
    drawing = _drawing(ax)
    assert "</svg><script>1</script> & $x^$" in [text.get_text() for text in drawing.find_all("text")]
    assert not drawing.find("script")


def test_a_round_mark_is_a_circle_and_stands_where_it_stood() -> None:
    ax = _axes()
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_position((0, 0, 1, 1))
    ax.get_figure().set_layout_engine("none")
    ax.plot([0.25], [0.75], "o", markersize=10, color=style.BLUE)
    drawing = _drawing(ax)
    (circle,) = drawing.find_all("circle")
    # The canvas is 4.8 by 2 inches of 72 points.
    assert (circle["cx"], circle["cy"], circle["r"]) == ("86.4", "36", "5")
    assert circle["fill"] == style.BLUE.lower()


def test_what_stays_inside_needs_no_edge_and_what_reaches_beyond_is_cut() -> None:
    inside, beyond = _axes(), _axes()
    for ax, end in ((inside, 1.0), (beyond, 9.0)):
        ax.set_xlim(0, 1)
        ax.plot([0, end], [0.2, 0.4])
    assert not _drawing(inside).find("clippath")
    cut = _drawing(beyond)
    names = [edge["id"] for edge in cut.find_all("clippath")]
    assert len(names) == 1
    assert cut.find(attrs={"clip-path": f"url(#{names[0]})"})


def test_two_drawings_of_a_page_share_no_name() -> None:
    names = []
    for said in ("One.", "Two."):
        ax = _axes()
        ax.set_xlim(0, 1)
        ax.plot([0, 9], [0.2, 0.4])
        names += re.findall(r'id="([^"]+)"', str(_drawing(ax, said)))
    assert len(names) == len(set(names)) == 2


@pytest.mark.parametrize(("side", "anchor"), [("left", None), ("center", "middle"), ("right", "end")])
def test_lines_of_one_text_stay_flush_in_any_font(side: str, anchor: str | None) -> None:
    ax = _axes()
    ax.text(0.5, 0.5, "A long first line\nshort", ha=side)
    lines = [text for text in _drawing(ax).find_all("text") if text.get_text() in ("A long first line", "short")]
    assert [line.get("text-anchor") for line in lines] == [anchor, anchor]
    assert abs(float(lines[0]["x"]) - float(lines[1]["x"])) <= 0.2


def test_wide_characters_get_no_more_room_than_was_made() -> None:
    ax = _axes()
    ax.text(0.1, 0.5, "日本語")
    (text,) = [text for text in _drawing(ax).find_all("text") if text.get_text() == "日本語"]
    assert float(text["textlength"]) > 0


def test_an_alternative_text_ends_before_nobody_listens() -> None:
    said = _drawing(_axes(), "Acme 12; " * 1000)["aria-label"]
    assert len(said) < LONGEST + 60
    assert said.endswith("… The rest is in the table.")


def test_outlines_are_moved_and_shortened() -> None:
    steps = moved(read("M 0 0 L 30 0 L 30 20 L 12.34 11.16 z"), (1.0, 2.0))
    assert written(steps) == ("path", {"d": "M1 2H31V22L13.3 13.2Z"})


def test_the_paper_is_drawn_once() -> None:
    drawing = inline(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 5"><path d="M 0 0" style="fill: #ffffff"/></svg>',
        "x",
        1,
        1,
    )
    assert drawing.count("<path") == 1
    assert 'd="M0 0H10V5H0Z"' in drawing


def test_a_small_line_has_gaps_and_words() -> None:
    line = BeautifulSoup(spark([1.0, 2.0, None, 4.0], "1 → 4", goal=3.0), "html.parser").svg
    assert line["aria-label"] == "1 → 4"
    paths = [path["d"] for path in line.find_all("path")]
    # The scale is 1 to 4 over 14 points: the goal of 3 lies at two thirds.
    assert paths == ["M0 7.7H84", "M3 17L29 12.3M81 3"]
    assert spark([None, float("nan")], "") == "–"


@pytest.mark.parametrize("length", [5_000, 10_000])
def test_a_very_long_name_is_folded_and_whole(length: int) -> None:
    name = "<b>" + "x" * length
    table = BeautifulSoup(
        grid(pd.DataFrame({"a": [1]}), "t", "c", [Column(name, [name]), Column("n", [name])]).html, "html.parser"
    )
    folds = table.find_all("details", class_="long")
    assert len(folds) == 2
    assert all(fold.get_text().endswith(name) and len(fold.summary.get_text()) < 200 for fold in folds)
    assert len(table.thead.get_text()) < 600
    told = BeautifulSoup(sentences(f"{name} won.").html, "html.parser")
    assert told.details.get_text().endswith(f"{name} won.")


def test_nothing_in_a_cell_is_taken_for_the_place_of_a_long_name() -> None:
    long, frame = "y" * 900, pd.DataFrame({"a": [1, 2]})
    first = grid(frame, "t", "c", [Column("a", ["p", "q"]), Column("b", [long, "z"])]).html
    assert first.count(long) == 1
    assert not re.search(r"[0-9a-f]{64}", first)
