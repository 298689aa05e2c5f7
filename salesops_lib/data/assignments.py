"""Assignments: who belonged to which team, manager, territory and segment when, and who moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from salesops_lib.errors import MissingTable

# What a rep is assigned to: the dimension, and the column that holds it.
FIELDS = {"team": "team", "manager": "manager_id", "territory": "territory_id", "segment": "segment"}


def derived(name: str, tables: Mapping[str, ir.Table], as_of: date) -> ir.Table:
    """What a book derives from assignments: `assigned_reps` or `moves`.

    Raises
    ------
    MissingTable
        If there are no reps; for moves, if there are no assignments.
    """
    for needed in ("reps",) if name == "assigned_reps" else ("reps", "assignments"):
        if needed not in tables:
            raise MissingTable(needed)
    if "assignments" not in tables:
        return tables["reps"]
    build = assigned if name == "assigned_reps" else moves
    return build(tables["reps"], tables["assignments"], as_of).cache()


def assigned(reps: ir.Table, assignments: ir.Table, as_of: date) -> ir.Table:
    """Reps with the assignment they had at the end of a day.

    The reps' own columns say where each was before the first assignment; an empty cell of one changes nothing.
    """
    known = assignments.filter(_.valid_from <= ibis.literal(as_of)).group_by("rep_id")
    last = known.agg(**{f"_{name}": _[name].argmax(_.valid_from, where=_[name].notnull()) for name in FIELDS.values()})
    joined = reps.left_join(last, "rep_id")
    taken = {name: joined[f"_{name}"].coalesce(joined[name]) for name in FIELDS.values()}
    return joined.mutate(**taken).select(reps.columns)


def moves(reps: ir.Table, assignments: ir.Table, as_of: date) -> ir.Table:
    """Every change of an assignment that was known by the end of a day.

    One row per rep, day and field (team, manager, territory, segment) that changed: rep_id, moved_on, field, before,
    after. Where a rep began is no move. The reps' own columns count as what was before the first assignment, unless
    they say the same as the last one: then the export tells where a rep is now, and what was before is not known.
    """
    parts = []
    for field, name in FIELDS.items():
        told = assignments.filter(assignments[name].notnull())
        order = ibis.window(group_by="rep_id", order_by="valid_from")
        rows = told.select("rep_id", moved_on=_.valid_from, before=told[name].lag().over(order), after=told[name])
        today = told.group_by("rep_id").agg(_last=_[name].argmax(_.valid_from)).select(_who="rep_id", _last="_last")
        own = reps.select(_rep="rep_id", _own=reps[name], _hired=_.hired_on)
        rows = rows.left_join(own, rows.rep_id == own["_rep"])
        rows = rows.left_join(today, rows.rep_id == today["_who"])
        began = _.moved_on <= _["_hired"].coalesce(ibis.literal(date(1, 1, 1)))
        own_before = (began | (_["_own"] == _["_last"])).ifelse(ibis.null("string"), _["_own"])
        rows = rows.mutate(before=_.before.coalesce(own_before), field=ibis.literal(field))
        parts.append(rows.filter(_.before != _.after).select("rep_id", "moved_on", "field", "before", "after"))
    return ibis.union(*parts).filter(_.moved_on <= ibis.literal(as_of))
