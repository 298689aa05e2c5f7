"""How a rep and a rep's standing look: a name that is no other's, a colour, a shape and a mark by verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext
from salesops_lib.names import plain
from salesops_lib.show.numbers import is_null
from salesops_lib.show.style import BAD, GOOD, GREY, INK
from salesops_lib.show.words import judgement

DIFFERENT = ("above", "below")
UNTESTED = ("too few", "none")
MOST_DRAWN = 40
MOST_CERTAIN = 80


@dataclass(frozen=True)
class Look:
    """How a verdict is drawn and written: never by colour alone."""

    colour: str
    marker: str
    filled: bool = True
    mark: str = ""


EVEN = Look(GREY, "o")
FEW = Look(GREY, "o", filled=False, mark="°")
NEITHER = {"above": Look(INK, ">", mark="△"), "below": Look(INK, "<", mark="▽")}
JUDGED = {1: Look(GOOD, "^", mark="▲"), -1: Look(BAD, "v", mark="▼")}


def look(verdict: object, better: str) -> Look:
    """Return how a verdict against the peers looks.

    >>> look("above", "lower").mark, look("above", "higher").mark, look("not distinguishable", "higher").mark
    ('▼', '▲', '')
    """
    if verdict == "too few":
        return FEW
    if verdict not in DIFFERENT:
        return EVEN
    good = judgement(str(verdict), better)
    return JUDGED[good] if good else NEITHER[str(verdict)]


def legend(marks: Sequence[str]) -> str:
    """Return what the marks of a table mean, those that it has."""
    known = {
        "▲": _("▲ better than the peers"),
        "▼": _("▼ worse than the peers"),
        "△": _("△ above the peers"),
        "▽": _("▽ below the peers"),
    }
    beyond = [words for mark, words in known.items() if mark in marks]
    said = [_("{marks}, beyond chance.", marks=", ".join(beyond))] if beyond else []
    if "°" in marks:
        said.append(_("° fewer than 10 cases."))
    return " ".join(said)


def called(frame: pd.DataFrame) -> dict[str, str]:
    """Return what each rep of a frame is called, by id: two of one name are told apart by their ids.

    >>> called(pd.DataFrame({"rep": ["R-1", "R-2", "R-3"], "rep_name": ["Ann", "Ann", "Bo"]}))
    {'R-1': 'Ann (R-1)', 'R-2': 'Ann (R-2)', 'R-3': 'Bo'}
    """
    reps = frame[["rep", "rep_name"]].drop_duplicates("rep")
    shared = set(reps.loc[reps["rep_name"].duplicated(), "rep_name"])
    return {
        str(rep): _("{name} ({rep})", name=plain(name), rep=plain(rep)) if name in shared else plain(name)
        for rep, name in zip(reps["rep"], reps["rep_name"], strict=True)
    }


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose column `rep_name` tells its reps apart."""
    return frame.assign(rep_name=frame["rep"].map(called(frame)).astype(object)) if len(frame) else frame


def several(parts: Sequence[str], most: int = 3) -> str:
    """Return parts that have commas of their own as a list; after a few, only how many more there are.

    >>> several(["a", "b", "c"], most=1)
    'a; and 2 more'
    """
    more = len(parts) - most
    shown = [*parts[:most], ngettext("and {n} more", "and {n} more", more)] if more > 0 else list(parts)
    return "; ".join(shown)


def differing(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that differ from the peers beyond chance, the least likely to be chance first."""
    certain = frame[frame["verdict"].isin(DIFFERENT)]
    return certain.sort_values("p_value", kind="stable") if "p_value" in certain else certain


def tested(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that were held against chance; of all others nothing may be said, not even that they are alike.

    >>> tested(pd.DataFrame({"p_value": [0.4, None, 0.01], "verdict": ["no trend", "no trend", "too few"]})).index
    Index([0], dtype='int64')
    """
    judged = frame["p_value"].notna()
    return frame[judged & ~frame["verdict"].isin(UNTESTED)] if "verdict" in frame else frame[judged]


def corrected(frame: pd.DataFrame, low: str = "low", high: str = "high", peers: str = "peers") -> str:
    """Return why an interval may clear the peers' figure without a verdict; "" where none of the rows does.

    >>> corrected(pd.DataFrame({"low": [0.2], "high": [0.4], "peers": [0.3]}))
    ''

    Parameters
    ----------
    frame : DataFrame
        The rows that were tested and found not distinguishable.
    low, high, peers : str
        The columns of the interval and of what it is held against.
    """
    if not ((frame[low] > frame[peers]) | (frame[high] < frame[peers])).any():
        return ""
    return _(
        "An interval beyond the peers' figure is no proof by itself: of so many comparisons, some get there by chance."
    )


def even(frame: pd.DataFrame, verdict: str = "verdict") -> pd.DataFrame:
    """Return the rows that were tested and found not distinguishable."""
    return frame[frame[verdict] == "not distinguishable"]


def alone(frame: pd.DataFrame, value: str = "value") -> bool:
    """Return whether nobody in a frame has anybody to be compared with.

    Parameters
    ----------
    frame : DataFrame
        Rows of a rep or several with what each is held against in `peers`.
    value : str
        The column that says whether there is a figure at all: what is n/a for everybody is no matter of peers.
    """
    known = frame.dropna(subset=[value])
    if known.empty:
        return single(frame) and bool(frame["peers"].isna().all())
    untold = known["verdict"].eq("none") if single(frame) and "verdict" in frame else False
    return bool((known["peers"].isna() | untold).all())


def to_draw(certain: pd.Series[bool], distance: pd.Series[float], most: int = MOST_DRAWN) -> pd.Index[int]:
    """Return the rows of a figure: all that are certain, filled up with the most extreme ones; in their own order.

    Parameters
    ----------
    certain : Series of bool
        Whether a row differs beyond chance.
    distance : Series of float
        How far a row lies from what it is held against.
    most : int
        Rows that have room on a phone. Certain ones are drawn beyond it, up to twice as many.
    """
    order = pd.DataFrame({"certain": certain.astype(bool), "distance": distance.astype(float).abs()})
    order = order.sort_values(["certain", "distance"], ascending=False, kind="stable")
    kept = order.head(min(max(most, int(order["certain"].sum())), most * (MOST_CERTAIN // MOST_DRAWN))).index
    return certain.index[certain.index.isin(kept)]


def largest_on_top(known: pd.DataFrame, value: str) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return rows by a value, the largest first; those of them that are drawn; and what is said of the others.

    Parameters
    ----------
    known : DataFrame
        A row per rep with the value, the peers' in `peers`, and a verdict.
    value : str
        The column.
    """
    ordered = known.sort_values([value, "rep_name"], ascending=[False, True], kind="stable")
    certain = ordered["verdict"].isin(DIFFERENT)
    shown = ordered.loc[to_draw(certain, ordered[value].astype(float) - ordered["peers"].astype(float))]
    left = undrawn_ones(len(ordered) - len(shown), int(certain.sum() - certain.loc[shown.index].sum()))
    return ordered, shown, left


def marked(text: str, one: Look) -> str:
    """Return a figure with the mark of its verdict.

    >>> marked("42.1%", look("above", "higher")), marked("42.1%", EVEN)
    ('42.1% ▲', '42.1%')
    """
    return f"{text} {one.mark}".strip()


def undrawn_ones(left: int, certain: int) -> str:
    """Return what is said of the reps that a figure leaves out; "" if there is none."""
    if left <= 0:
        return ""
    if certain > 0:
        return ngettext("{n} more rep is in the table.", "{n} more reps are in the table.", left)
    return ngettext(
        "{n} more rep, not distinguishable, is in the table.",
        "{n} more reps, none of them distinguishable, are in the table.",
        left,
    )


def single(frame: pd.DataFrame) -> bool:
    """Return whether a frame is about one rep at most."""
    return frame["rep"].nunique() < 2


def common(values: pd.Series[float]) -> float | None:
    """Return the figure that all rows are held against; None if they are held against different ones, or none."""
    known = values.dropna().astype(float)
    return float(known.iloc[0]) if len(known) and known.nunique() == 1 and not is_null(known.iloc[0]) else None
