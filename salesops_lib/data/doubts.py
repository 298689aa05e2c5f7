"""Doubts: amounts that are hardly meant, and ids that are probably another spelling of a known one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

import ibis.expr.types as ir
from ibis import _

from salesops_lib.data.schema import TABLES
from salesops_lib.data.spelling import spelled
from salesops_lib.language import nlater

HUGE = 10**9
TIMES_MEDIAN = 100
FEWEST = 10
NAMED = 3
# Among more names than these nobody looks for a near one.
MOST_NAMES = 20_000


def outliers(opportunities: ir.Table) -> list[tuple[str, str]]:
    """A note on amounts of a thousand million or more, or (of ten amounts and more) over 100 times the median."""
    priced = opportunities.filter(_.amount > 0)
    seen = (
        priced.aggregate(n=_.count(), most=_.amount.max(), middle=_.amount.cast("float64").median())
        .to_pyarrow()
        .to_pylist()[0]
    )
    if not seen["n"]:
        return []
    limit = min(HUGE, TIMES_MEDIAN * seen["middle"]) if seen["n"] >= FEWEST else HUGE
    most = float(seen["most"])
    if most < HUGE and most <= limit:
        return []
    amount = _.amount.cast("float64")
    strange = priced.filter((amount >= HUGE) | (amount > limit))
    count = int(strange.count().to_pyarrow().as_py())
    ids = strange.order_by(_.amount.desc(), _.opportunity_id).limit(NAMED).opportunity_id.to_pyarrow().to_pylist()
    listed = ", ".join(repr(id_) for id_ in ids)
    said = nlater(
        "{n} opportunity has an amount of {huge:,} or more, or over {times} times the median ({ids})",
        "{n} opportunities have an amount of {huge:,} or more, or over {times} times the median ({ids})",
        count,
        huge=HUGE,
        times=TIMES_MEDIAN,
        ids=listed,
    )
    return [("opportunities", said)]


def spellings(tables: Mapping[str, ir.Table]) -> list[tuple[str, str]]:
    """A note on reps whose names differ in capitals, blanks or marks alone, where no table of reps says who is who."""
    if "reps" in tables:
        return []
    ids = tables["opportunities"].select("rep_id").distinct().filter(_.rep_id.notnull()).limit(MOST_NAMES)
    alike: dict[str, list[str]] = {}
    for name in sorted(ids.to_pyarrow()["rep_id"].to_pylist()):
        alike.setdefault(_bare(name), []).append(name)
    several = [names for bare, names in alike.items() if bare and len(names) > 1]
    if not several:
        return []
    said = nlater(
        "{n} rep seems to be written in several ways and is counted as several ({names})",
        "{n} reps seem to be written in several ways and are counted as several ({names})",
        len(several),
        names=", ".join(" / ".join(map(repr, names)) for names in several[:NAMED]),
    )
    return [("opportunities", said)]


def with_near(ids: Sequence[str], lookup: ir.Table, name: str) -> list[str]:
    """Ids that a table does not have, as a note shows them: each with the known one that it probably means."""
    known = lookup.select(id=TABLES[name].key[0]).limit(MOST_NAMES + 1).to_pyarrow()["id"].to_pylist()
    options = known if len(known) <= MOST_NAMES else []
    near = {id_: _near(id_, options) for id_ in ids}
    return [f"{id_!r} (did you mean {near[id_]!r}?)" if near[id_] else repr(id_) for id_ in ids]


def _near(text: str, options: Sequence[str]) -> str | None:
    """The one that differs in capitals, blanks, marks or a letter; never in a digit, which makes another id.

    >>> _near("AirPlus", ["Air Basic", "Air Plus"]), _near("R19", ["R18", "R9"])
    ('Air Plus', None)
    """
    bare = _bare(text)
    same = sorted(option for option in options if bare and _bare(option) == bare)
    if same:
        return same[0]
    digits = re.sub(r"\D", "", text)
    alike = [option for option in options if re.sub(r"\D", "", option) == digits]
    return next(iter(difflib.get_close_matches(text, alike, n=1, cutoff=0.85)), None)


def _bare(text: str) -> str:
    return "".join(c for c in spelled(text).text if c.isalnum())
