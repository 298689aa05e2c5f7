"""A figure as it stands in the page: SVG with text that is text, in a tenth of the bytes that matplotlib writes.

Colours stay plain attributes, which any viewer draws and which the page's style may replace: so one drawing is legible
in light, in dark and on paper. A character that the house font lacks is drawn by the reader's own.
"""

from __future__ import annotations

import hashlib
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from salesops_lib.show.outlines import Step, compact, moved, read, written

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
HOUSE_FONT, READERS_FONT = "DejaVu Sans", "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
SIZE = 12.5
# What matplotlib writes although it is so anyhow, or is said once for the whole drawing.
NEEDLESS = {
    ("stroke-dashoffset", "0"),
    ("stroke-width", "1"),
    ("text-anchor", "start"),
    ("font-size", f"{SIZE}px"),
    ("font-weight", "400"),
}
UNSAID = ("font-family", "font-stretch")
ANCHORS = ("start", "middle", "end")
Box = tuple[float, float, float, float]


class Mark(NamedTuple):
    """One element of a drawing."""

    tag: str
    looks: Mapping[str, str]
    inside: str = ""


@dataclass(frozen=True)
class _Source:
    """What is referred to inside a drawing, and what a name that no other drawing has begins with."""

    own: str
    paths: dict[str, ElementTree.Element] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    clips: dict[str, str] = field(default_factory=dict)


def inline(drawing: bytes, alternative: str, width: int, height: int) -> Markup:
    """Return a drawing of matplotlib's as an element of the page.

    Parameters
    ----------
    drawing : bytes
        SVG whose texts are texts.
    alternative : str
        What it shows, in words: to a screen reader it is one image of this name.
    width, height : int
        Pixels, where no style says otherwise.
    """
    root = ElementTree.fromstring(drawing)
    source = _Source(hashlib.sha256(drawing + alternative.encode()).hexdigest()[:8])
    for element in root.iter():
        if element.tag == f"{SVG}path" and "id" in element.attrib:
            source.paths[element.attrib["id"]] = element
        elif element.tag == f"{SVG}clipPath" and (box := element.find(f"{SVG}rect")) is not None:
            x, y, w, h = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
            source.boxes[element.attrib["id"]] = (x, y, x + w, y + h)
    # The first patch is the paper; it is drawn below, from edge to edge.
    marks = list(_joined(list(_marks(root, "", source))[1:]))
    edges = [_edge(name, source.boxes[old]) for old, name in source.clips.items()]
    left, top, right, bottom = (float(at) for at in root.attrib["viewBox"].split())
    looks = {
        "class": "drawing",
        "role": "img",
        "aria-label": alternative,
        "viewBox": " ".join(compact(at, 2) for at in (left, top, right, bottom)),
        "width": str(width),
        "height": str(height),
        "font-family": READERS_FONT,
        "font-size": str(SIZE),
        "fill": "#1f2937",
        "stroke-linejoin": "round",
    }
    paper = Mark("path", {"fill": "#fff", "d": f"M0 0H{compact(right, 2)}V{compact(bottom, 2)}H0Z"})
    return _element(Mark("svg", looks, "".join(_element(mark) for mark in (paper, *edges, *marks))))


def _marks(parent: ElementTree.Element, clip: str, source: _Source) -> Iterator[Mark]:
    """Return what is drawn, in order; groups are opened, and what is drawn by reference is drawn where it stands."""
    lines = parent.findall(f"{SVG}text")
    for element in parent:
        edge = element.get("clip-path", "").removeprefix("url(#").removesuffix(")") or clip
        looks = _looks(element)
        if element.tag in (f"{SVG}g", f"{SVG}a"):
            yield from _marks(element, edge, source)
        elif element.tag == f"{SVG}path":
            yield from _outline(read(element.get("d", "")), looks, edge, source)
        elif element.tag == f"{SVG}use":
            shape = source.paths[element.attrib[HREF].removeprefix("#")]
            at = (float(element.attrib["x"]), float(element.attrib["y"]))
            yield from _outline(moved(read(shape.attrib["d"]), at), {**looks, **_looks(shape)}, edge, source)
        elif element.tag == f"{SVG}text":
            yield _text(element, looks, lines)


def _outline(steps: list[Step], looks: dict[str, str], edge: str, source: _Source) -> Iterator[Mark]:
    """Return a path; the edge it is cut at is kept only where it reaches beyond."""
    if not steps or (looks.get("fill") == "none" and "stroke" not in looks):
        return
    tag, shape = written(steps)
    if edge in source.boxes:
        left, top, right, bottom = source.boxes[edge]
        at = [point for _letter, points in steps for point in points]
        middle = (sum(x for x, _y in at) / len(at), sum(y for _x, y in at) / len(at))
        # A mark is drawn whole where its middle lies inside.
        for x, y in [middle] if tag == "circle" else at:
            if not (left - 1 <= x <= right + 1 and top - 1 <= y <= bottom + 1):
                name = source.clips.setdefault(edge, f"d{source.own}-{len(source.clips)}")
                looks = {**looks, "clip-path": f"url(#{name})"}
                break
    yield Mark(tag, {**looks, **shape})


def _edge(name: str, box: Box) -> Mark:
    left, top, right, bottom = (compact(at) for at in box)
    shape = _element(Mark("path", {"d": f"M{left} {top}H{right}V{bottom}H{left}Z"}))
    return Mark("clipPath", {"id": name}, shape)


def _joined(marks: Iterable[Mark]) -> Iterator[Mark]:
    """Join lines of one look that follow one another."""
    last: Mark | None = None
    for mark in marks:
        looks = {name: value for name, value in mark.looks.items() if name != "d"}
        if last and mark.tag == last.tag == "path" and looks.get("fill") == "none":
            before = {name: value for name, value in last.looks.items() if name != "d"}
            if looks == before:
                last = Mark("path", {**looks, "d": last.looks["d"] + mark.looks["d"]})
                continue
        if last:
            yield last
        last = mark
    if last:
        yield last


def _text(element: ElementTree.Element, looks: dict[str, str], lines: list[ElementTree.Element]) -> Mark:
    """Return a line of text; a line of several is placed by the side on which they are flush, not by its left end."""
    said, turn = element.text or "", _numbers(element.get("transform", ""))
    if "x" in element.attrib:
        x, y, angle = float(element.attrib["x"]), float(element.attrib["y"]), turn[0]
    else:
        x, y, angle = turn[0], turn[1], turn[2] if len(turn) > 2 else 0.0
        if len(lines) > 1 and not angle:
            flush = _flush(lines, looks)
            x += _width(said, looks) * flush / 2
            looks["text-anchor"] = ANCHORS[flush]
    looks |= {"x": compact(x), "y": compact(y)}
    if angle:
        looks["transform"] = f"rotate({compact(angle)} {compact(x)} {compact(y)})"
    if any(unicodedata.east_asian_width(c) in "WF" for c in said):
        # The house font has none of these and took them for narrower than they are.
        looks |= {"textLength": compact(_width(said, looks)), "lengthAdjust": "spacingAndGlyphs"}
    looks = {name: value.removesuffix("px") for name, value in looks.items() if (name, value) not in NEEDLESS}
    return Mark("text", looks, str(Markup.escape(said)))


def _flush(lines: list[ElementTree.Element], looks: Mapping[str, str]) -> int:
    """Return on which side lines of text are flush: 0 left, 1 in the middle, 2 right."""
    at = [_numbers(line.get("transform", ""))[0] for line in lines]
    widths = [_width(line.text or "", looks) for line in lines]
    spread = []
    for side in range(3):
        places = [x + width * side / 2 for x, width in zip(at, widths, strict=True)]
        spread.append(max(places) - min(places))
    return min(range(3), key=lambda side: (round(spread[side], 1), side))


def _width(text: str, looks: Mapping[str, str]) -> float:
    size = looks.get("font-size", str(SIZE)).removesuffix("px")
    font = FontProperties(family=HOUSE_FONT, size=float(size), weight=int(looks.get("font-weight", "400")))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")
        return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def _looks(element: ElementTree.Element) -> dict[str, str]:
    pairs = (part.partition(":") for part in element.get("style", "").split(";") if part.strip())
    looks = {name.strip(): value.strip() for name, _colon, value in pairs}
    kept = {k: "#fff" if v == "#ffffff" else v for k, v in looks.items() if k not in UNSAID and (k, v) not in NEEDLESS}
    return {k: _rounded(v) if k in ("stroke-width", "stroke-dasharray") else v for k, v in kept.items()}


def _rounded(numbers: str) -> str:
    return " ".join(compact(float(one), 2) for one in numbers.replace(",", " ").split())


def _numbers(transform: str) -> list[float]:
    inside = transform.replace("translate(", " ").replace("rotate(", " ").replace(")", " ").replace(",", " ")
    return [float(one) for one in inside.split()]


def _element(mark: Mark) -> Markup:
    looks = Markup("").join(Markup(' {}="{}"').format(Markup(name), value) for name, value in mark.looks.items())
    if not mark.inside:
        return Markup("<{}{}/>").format(Markup(mark.tag), looks)
    tag = Markup(mark.tag)
    return Markup("<{}{}>{}</{}>").format(tag, looks, Markup(mark.inside), tag)
