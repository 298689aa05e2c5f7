"""A small line in a table's cell: how a figure went, where that says more than the figure."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from salesops_lib.show.numbers import is_null
from salesops_lib.show.outlines import compact

WIDTH, HEIGHT, EDGE = 84, 20, 3


def spark(values: Sequence[float | None], said: str, goal: float | None = None) -> Markup:
    """Return a line through values in order, with a dot on the last one; what is null is a gap.

    Parameters
    ----------
    values : sequence of float or null
        In order of time.
    said : str
        The line in words, for who hears the table.
    goal : float, optional
        Drawn as a thin line across.

    Examples
    --------
    >>> print(spark([1.0, None, 3.0], "from 1 to 3"))
    <svg class="spark" role="img" aria-label="from 1 to 3" viewBox="0 0 84 20" width="84" height="20">\
<path d="M3 17M81 3"/><circle cx="81" cy="3" r="2.5"/></svg>
    """
    known = [(i, float(value)) for i, value in enumerate(values) if value is not None and not is_null(value)]
    if not known:
        return Markup("–")
    levels = [value for _i, value in known] + ([] if goal is None else [goal])
    low, high = min(levels), max(levels)
    span, steps = (high - low) or 1.0, max(len(values) - 1, 1)

    def at(place: int, value: float) -> tuple[str, str]:
        x = EDGE + (WIDTH - 2 * EDGE) * place / steps
        return compact(x), compact(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - low) / span)

    line = ""
    for number, (i, value) in enumerate(known):
        follows = number > 0 and known[number - 1][0] == i - 1
        line += f"{'L' if follows else 'M'}{' '.join(at(i, value))}"
    across = "" if goal is None else f'<path class="goal" d="M0 {at(0, goal)[1]}H{WIDTH}"/>'
    dot = Markup('<circle cx="{}" cy="{}" r="2.5"/>').format(*at(*known[-1]))
    size = Markup('viewBox="0 0 {0} {1}" width="{0}" height="{1}"').format(WIDTH, HEIGHT)
    return Markup('<svg class="spark" role="img" aria-label="{}" {}>{}<path d="{}"/>{}</svg>').format(
        said, size, Markup(across), line, dot
    )
