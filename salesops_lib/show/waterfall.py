"""The waterfall: from a total, step by step, to a total; one row per step, so that names have room on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes

from salesops_lib.show.numbers import number
from salesops_lib.show.style import BAD, FAINT, GOOD, TOTAL

ZERO_FROM = 0.3
# The width of a letter of a figure, as a share of the drawing beside the names.
LETTER = 0.033


@dataclass(frozen=True)
class Step:
    """One row: a total that is reached, or an amount that is added."""

    label: str
    amount: float
    total: bool = False
    good: bool | None = None

    def colour(self) -> str:
        """Return the colour of the bar: by its sign, unless the step says whether it is good news."""
        if self.total:
            return TOTAL
        good = self.amount >= 0 if self.good is None else self.good
        return GOOD if good else BAD

    def figure(self) -> str:
        """Return the amount as it is written beside the bar."""
        return number(self.amount, "money", compact=True, signed=not self.total)

    def words(self) -> str:
        """Return the step in words.

        >>> Step("Created", 1250.0).words()
        'Created +$1,250'
        """
        return f"{self.label} {self.figure()}"


def waterfall(ax: Axes, steps: Sequence[Step]) -> Axes:
    """Draw steps from top to bottom.

    Where the steps are small against the totals, the scale does not start at zero; totals are then points and not
    bars, because a bar's length would lie.
    """
    spans, reached = [], 0.0
    for step in steps:
        start = 0.0 if step.total else reached
        reached = step.amount if step.total else reached + step.amount
        spans.append((start, reached))
    ends = [end for _start, end in spans]
    low, high = min(ends), max(ends)
    from_zero = (high - min(low, 0.0)) == 0 or low <= 0 or (high - low) / high > ZERO_FROM
    edge = min(low, 0.0) if from_zero else low
    span = (high - edge) or 1.0
    for y, (step, (start, end)) in enumerate(zip(steps, spans, strict=True)):
        colour = step.colour()
        if step.total and not from_zero:
            ax.plot(end, y, "D", color=colour, markersize=9)
        else:
            ax.barh(y, end - start, left=start, height=0.62, color=colour)
        right = max(start, end)
        ax.annotate(
            step.figure(),
            (right, y),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold" if step.total else "normal",
        )
    for y, ((_a, here), _next) in enumerate(pairwise(spans)):
        ax.plot([here, here], [y + 0.31, y + 0.69], color=TOTAL, linewidth=0.8)
    ax.set_yticks(range(len(steps)), [step.label for step in steps])
    ax.set_ylim(len(steps) - 0.4, -0.6)
    # "+207,1 Tsd. €" is half as long again as "+$207.1K".
    room = LETTER * (1 + max((len(step.figure()) for step in steps), default=0))
    ax.set_xlim(edge - (0.0 if from_zero else 0.12 * span), high + room / (1 - room) * span)
    ax.set_xticks([])
    for side in ("top", "right", "bottom"):
        ax.spines[side].set_visible(False)
    ax.spines["left"].set_visible(from_zero)
    ax.spines["left"].set_color(FAINT)
    return ax
