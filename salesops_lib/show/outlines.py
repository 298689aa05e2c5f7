"""The outlines in a drawing: read, moved, and written in few characters; a round mark becomes a circle."""

from __future__ import annotations

from math import hypot, isclose

Point = tuple[float, float]
Step = tuple[str, list[Point]]
# Below this many points across, a tenth of a point is seen.
SMALL = 16.0
ROUND = ["M", *["C"] * 8, "Z"]


def compact(value: float, places: int = 1) -> str:
    """Return a number in as few characters as it needs.

    >>> compact(12.04), compact(-0.04), compact(0.46), compact(-0.5)
    ('12', '0', '.5', '-.5')
    """
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if text in ("-0", "0", ""):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def read(outline: str) -> list[Step]:
    """Return the steps of an outline as matplotlib writes it: absolute, a letter before every step.

    >>> read("M 1 2 L 3 4 z")
    [('M', [(1.0, 2.0)]), ('L', [(3.0, 4.0)]), ('Z', [])]
    """
    steps: list[tuple[str, list[float]]] = []
    for part in outline.split():
        if part.isalpha():
            steps.append((part.upper(), []))
        else:
            steps[-1][1].append(float(part))
    return [(letter, list(zip(at[::2], at[1::2], strict=True))) for letter, at in steps]


def moved(steps: list[Step], by: Point) -> list[Step]:
    """Return an outline elsewhere."""
    return [(letter, [(x + by[0], y + by[1]) for x, y in points]) for letter, points in steps]


def written(steps: list[Step]) -> tuple[str, dict[str, str]]:
    """Return the element that an outline becomes, and the attributes that give its shape.

    >>> written([("M", [(0, 0)]), ("L", [(20, 0)]), ("L", [(20, 9.96)]), ("Z", [])])
    ('path', {'d': 'M0 0H20V10Z'})
    """
    points = [point for _letter, at in steps for point in at]
    across = max(max(values) - min(values) for values in zip(*points, strict=True))
    if [letter for letter, _at in steps] == ROUND and across:
        ends = [at[-1] for _letter, at in steps[:-1]]
        middle = (sum(x for x, _y in ends[1:]) / 8, sum(y for _x, y in ends[1:]) / 8)
        radii = [hypot(x - middle[0], y - middle[1]) for x, y in ends]
        if isclose(min(radii), max(radii), rel_tol=1e-3):
            return "circle", {
                "cx": compact(middle[0]),
                "cy": compact(middle[1]),
                "r": compact(radii[0], 2),
            }
    places = 2 if across < SMALL else 1
    return "path", {"d": "".join(_steps(steps, places))}


def _steps(steps: list[Step], places: int) -> list[str]:
    parts, x, y = [], "", ""
    for letter, points in steps:
        at = [(compact(a, places), compact(b, places)) for a, b in points]
        if letter == "L" and at[0][1] == y:
            # A step to where one stands already is none, but a dot of a line's end needs it.
            parts.append(f"H{at[0][0]}")
        elif letter == "L" and at[0][0] == x:
            parts.append(f"V{at[0][1]}")
        else:
            parts.append(letter + " ".join(f"{a} {b}" for a, b in at))
        if at:
            x, y = at[-1]
    return parts
