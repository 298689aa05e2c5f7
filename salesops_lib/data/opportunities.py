"""What an opportunity must be: its state derived from its stage, and the rules that a row can break."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
from babel.numbers import list_currencies
from ibis import _

from salesops_lib.company import Company, Stages
from salesops_lib.data.cells import ROW
from salesops_lib.data.mapping import FAULT, Mapped
from salesops_lib.data.readers import Raw
from salesops_lib.data.shares import PERCENT
from salesops_lib.errors import MOST_ROWS, Fault, SourceError, nearest
from salesops_lib.language import Message, nlater


def with_state(mapped: Mapped, raw: Raw, stages: Stages) -> ir.Table:
    """Opportunities whose stage, closed and won flags and dates agree; `_fault` where they contradict each other.

    Where only one of `close_date` and `closed_at` is known of a closed opportunity, it stands for both.

    Raises
    ------
    SourceError
        If neither the stage nor both flags are there.
    """
    table = mapped.table
    flagged = "stage" not in mapped.present
    if flagged:
        if not {"is_closed", "is_won"} <= mapped.present:
            fix = "Map it under columns: stage, or map both is_closed and is_won."
            raise SourceError(Fault("is missing.", file=raw.origin, column="stage", fix=fix))
        first_open, first_lost = next(iter(stages.open), None), next(iter(stages.lost), None)
        table = table.mutate(
            stage=ibis.cases(
                (_.is_closed.isnull() | _.is_won.isnull(), None),
                (_.is_won, stages.won[0]),
                (_.is_closed, first_lost),
                else_=first_open,
            ).cast("string")
        )
    by_stage = {"won": _.stage.isin(stages.won), "closed": _.stage.isin((*stages.won, *stages.lost))}
    differs = ibis.coalesce(_.is_won != by_stage["won"], False) | ibis.coalesce(
        _.is_closed != by_stage["closed"], False
    )
    contradiction = differs & _.stage.isin(stages.all)
    nothing = ibis.null("string")
    said = (
        ibis.literal("won and not closed") if flagged else "the stage " + _.stage + " contradicts is_won or is_closed"
    )
    empty = "is_closed or is_won is empty" if flagged else "the stage is empty"
    fault = ibis.coalesce(_[FAULT], _.stage.isnull().ifelse(empty, nothing), contradiction.ifelse(said, nothing))
    table = table.mutate(**{FAULT: fault}, is_won=by_stage["won"], is_closed=by_stage["closed"])
    return table.mutate(
        closed_at=_.is_closed.ifelse(_.closed_at.coalesce(_.close_date.cast("timestamp")), ibis.null("timestamp")),
        close_date=_.is_closed.ifelse(
            _.closed_at.cast("date").coalesce(_.close_date), _.close_date.coalesce(_.closed_at.cast("date"))
        ),
    )


def with_rules(table: ir.Table, today: date, *, credit_notes: bool = False) -> ir.Table:
    """The same rows with `_fault` where they break a rule; the first reason stands."""
    negative = (_.amount < 0) & ~_.is_won if credit_notes else _.amount < 0
    rules = (
        ("won without an amount", _.is_won & _.amount.isnull()),
        ("closed without a date", _.is_closed & _.closed_at.isnull()),
        ("closed before it was created", _.closed_at.cast("date") < _.created_at.cast("date")),
        ("closed in the future", _.is_closed & (_.closed_at.cast("date") > ibis.literal(today))),
        ("the amount is negative", negative),
        ("the probability is not between 0 and 100 %", (_.probability < 0) | (_.probability > 100)),
    )
    broken = [condition.ifelse(said, ibis.null("string")) for said, condition in rules]
    return table.mutate(**{FAULT: ibis.coalesce(_[FAULT], *broken)})


def counts(present: frozenset[str]) -> dict[str, Any]:
    """What is to be counted of the usable opportunities."""
    asked: dict[str, Any] = {
        "free": _.is_won & (_.amount == 0),
        "credited": _.is_won & (_.amount < 0),
        "unborn": _.created_at.isnull(),
        "unpriced": ~_.is_closed & _.amount.isnull(),
    }
    if "probability" in present:
        asked["percent"] = _.probability > 1
        asked["share"] = (_.probability > 0) & (_.probability < 1)
    return asked


def notes(counted: Mapping[str, int]) -> list[Message]:
    """What is worth knowing of usable rows, for the audit."""
    free, credited, unborn, unpriced = (counted.get(name, 0) for name in ("free", "credited", "unborn", "unpriced"))
    told = [
        nlater("{n} won opportunity has an amount of zero", "{n} won opportunities have an amount of zero", free),
        nlater(
            "{n} won opportunity is a credit note: its negative amount lowers the revenue won",
            "{n} won opportunities are credit notes: their negative amounts lower the revenue won",
            credited,
        ),
        nlater(
            "{n} opportunity has no creation date: if open it counts as there from the start, else as soon as closed",
            "{n} opportunities have no creation date: open ones count as there from the start, closed ones as soon as "
            "closed",
            unborn,
        ),
        nlater("{n} open opportunity has no amount", "{n} open opportunities have no amount", unpriced),
    ]
    return [note for note in told if note.values["n"]]


def is_strange(stages: Stages) -> Any:
    """True of a row whose stage the company file does not know."""
    return _.stage.notnull() & ~_.stage.isin(stages.all)


def reject_stages(table: ir.Table, raw: Raw, company: Company) -> None:
    """Reject stages that the company file does not know.

    Raises
    ------
    SourceError
        With each unknown stage, its rows and the near names.
    """
    unknown = table.filter(_[FAULT].isnull() & is_strange(company.stages))
    found = unknown.group_by("stage").agg(n=_.count()).order_by("stage").limit(10).to_pandas()
    faults = []
    for stage, n in zip(found["stage"], found["n"], strict=True):
        rows = unknown.filter(_.stage == stage).order_by(ROW).limit(MOST_ROWS)[ROW].to_pandas()
        counted = "1 row" if n == 1 else f"{n} rows"
        what = f"the stage {stage!r} ({counted}) is not in the company file."
        fix = f"{nearest(stage, company.stages.all)} Add it under stages, or map it under values: stage."
        faults += raw.faults(what, list(rows), "stage", fix)
    raise SourceError(*faults)


def reject_currencies(table: ir.Table, raw: Raw, currency: str) -> None:
    """Reject amounts in several currencies: no rates are known.

    Raises
    ------
    SourceError
        Naming the currencies found.
    """
    foreign = table.filter(_[FAULT].isnull() & _.currency.notnull() & (_.currency != currency))
    codes = foreign.select("currency").distinct().order_by("currency").limit(10)["currency"].to_pandas()
    rows = foreign.order_by(ROW).limit(MOST_ROWS)[ROW].to_pandas()
    what = f"amounts are in {', '.join(codes)} and the company's currency is {currency}."
    fix = "Convert them before the export, or leave out the column if they are converted already."
    if not set(codes) <= list_currencies():
        fix = "Map each name to its code, such as EUR, under values: currency."
    raise SourceError(*raw.faults(what, list(rows), "currency", fix))


def scale_probability(table: ir.Table, raw: Raw, counted: Mapping[str, int]) -> ir.Table:
    """Probabilities as 0-1: a column of percentages is divided by 100.

    Raises
    ------
    SourceError
        If some are given as 0-1 and others as 0-100.
    """
    if not counted.get("percent"):
        return table
    value = _.probability
    if counted["share"]:
        rows = table.filter(value > 1).order_by(ROW).limit(MOST_ROWS)[ROW].to_pandas()
        what = "some are given as 0-1 and others as 0-100."
        raise SourceError(*raw.faults(what, list(rows), "probability", PERCENT))
    return table.mutate(probability=value / 100)
