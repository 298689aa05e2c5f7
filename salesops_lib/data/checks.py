"""Checks: every row read is used, quarantined with its reason, or dropped as a copy; too much loss is a rejection."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.company import EXCEL, TableSource
from salesops_lib.data.cells import ROW
from salesops_lib.data.dates import fitting_formats, swapped
from salesops_lib.data.duplicates import (
    all_differ,
    may_end_with_total,
    reject_conflicts,
    without_copies,
    without_older,
    without_totals,
)
from salesops_lib.data.mapping import FAULT, VERSION, WORDING, Mapped
from salesops_lib.data.parse import FULL_ISO
from salesops_lib.data.readers import Raw
from salesops_lib.data.schema import Table
from salesops_lib.errors import MOST_ROWS, Fault, SourceError
from salesops_lib.language import later, nlater, said

QUARANTINE_COLUMNS = ("table", "source", "row", "reason")
FEW_ROWS = 5
_UNREAD = re.compile(r"^(?P<text>.*) is not (?P<wording>" + "|".join(sorted(set(WORDING.values()))) + ")$", re.DOTALL)
# A sign or a code beside the digits: those of the company's currency are read.
_OTHER_CURRENCY = re.compile(r"[^\W\d_]{3}|[$\u00a2-\u00a5\u20a0-\u20cf]")
_SEPARATORS = re.compile("[-./]")
# The days from 1954 to 2119, as a spreadsheet counts them.
_DAY_NUMBERS = re.compile(r"^[2-7]\d{4}(\.\d+)?$")
_WORD = re.compile(r"[^\W\d_]{3}")
_ONE_WAY = "No one date format is known that fits them all: export the dates in one way, such as 2026-09-30."
_WORDS = " Names of months are read in English only."


@dataclass(frozen=True)
class TableAudit:
    """What became of a table's rows: `read` = `used` + `quarantined` + `dropped`.

    Of those dropped, `left_out` are none of the table: remarks below it, rows in the CRM's recycle bin, steps that a
    preset puts together; the others are copies, totals and older versions.
    """

    table: str
    source: str
    read: int
    used: int
    quarantined: int
    dropped: int
    notes: tuple[str, ...]
    left_out: int = 0


@dataclass(frozen=True)
class Audit:
    """What became of every row of the source."""

    tables: tuple[TableAudit, ...]
    quarantine: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """One row per table: table, source, read, used, quarantined, dropped, note."""
        rows = [
            (t.table, t.source, t.read, t.used, t.quarantined, t.dropped, "; ".join(map(said, t.notes)))
            for t in self.tables
        ]
        columns = ["table", "source", "read", "used", "quarantined", "dropped", "note"]
        return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class Judged:
    """The rows of a table that can be used, what became of the others, and what was `counted` of the used ones."""

    table: ir.Table
    audit: TableAudit
    quarantine: pd.DataFrame
    counted: Mapping[str, int]


@dataclass(frozen=True)
class Case:
    """A table that is to be judged: its rows with `_fault`, where they come from, what they should be.

    `counts` names conditions: how many used rows meet each is to be counted. Of those in `rejections`, one row is too
    many: what is named there rejects the table, whatever else is wrong with it.
    """

    table: ir.Table
    mapped: Mapped
    raw: Raw
    schema: Table
    settings: TableSource
    counts: Mapping[str, Any]
    rejections: Mapping[str, Callable[[ir.Table], None]]
    private: bool = False


def judge(connection: Any, case: Case, *, budget: float) -> Judged:
    """Sort the rows of a canonical table into used, quarantined and dropped.

    Raises
    ------
    SourceError
        If nothing is there, if one key has different values, or if more is lost than the budget allows.
    """
    table, raw, schema = case.table, case.raw, case.schema
    seen = _look(table, case)
    for name, reject in case.rejections.items():
        if seen[name]:
            reject(table)
    totals = copies = older = 0
    if may_end_with_total(raw):
        table, totals = without_totals(table, schema)
    if not all_differ(connection, table, schema):
        table, copies = without_copies(table)
        table, older = without_older(table, schema)
        reject_conflicts(table, schema, raw, case.private)
    if totals or copies or older:
        seen = _look(table, case)
    lost = seen["rows"] - seen["usable"] + len(raw.rejects)
    notes = (
        *raw.notes,
        *case.mapped.notes,
        *((later("the total row at its end was dropped"),) if totals else ()),
        *((nlater("{n} exact copy was dropped", "{n} exact copies were dropped", copies),) if copies else ()),
        *(
            (nlater("{n} older version of a row was dropped", "{n} older versions of rows were dropped", older),)
            if older
            else ()
        ),
    )
    dropped = totals + copies + older + raw.left_out
    read = seen["rows"] + dropped + len(raw.rejects)
    audit = TableAudit(schema.name, raw.origin, read, seen["usable"], lost, dropped, notes, raw.left_out)
    if not audit.used and not audit.quarantined and not case.settings.optional:
        fix = f"Set `optional: true` for {schema.name} if it may be empty."
        raise SourceError(Fault("has a header and no rows.", file=raw.origin, fix=fix))
    if not lost:
        return Judged(_bare(table), audit, _no_quarantine(), seen)
    quarantine = _quarantine(table, raw)
    _reject_mixed_dates(connection, quarantine, case)
    if over := _over_budget(seen, audit, budget):
        raise SourceError(over, *_told(connection, quarantine, case))
    shown = _as_shown(quarantine, case)
    return Judged(_bare(table.filter(_[FAULT].isnull())), audit, shown, seen)


def _bare(table: ir.Table) -> ir.Table:
    return table.drop(*(name for name in (FAULT, VERSION) if name in table.columns))


def _look(table: ir.Table, case: Case) -> dict[str, int]:
    """Everything that is counted of a table, in one query."""
    usable = _[FAULT].isnull()
    asked = {
        "rows": _.count(),
        "usable": usable.sum(),
        **{name: (condition & usable).sum() for name, condition in case.counts.items()},
    }
    if case.schema.name == "opportunities":
        # What rows are worth counts as much as how many there are.
        worth = _.amount.abs().cast("float64").fill_null(0)
        asked |= {"worth": worth.sum(), "worth_lost": usable.ifelse(0, worth).sum()}
    found = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    return {name: int(value or 0) for name, value in found.items()}


def _no_quarantine() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in QUARANTINE_COLUMNS}).astype({"row": "Int64"})


def _quarantine(table: ir.Table, raw: Raw) -> pd.DataFrame:
    """Row (of `_row`) and reason of what cannot be used, in order."""
    lost = table.filter(_[FAULT].notnull()).select(row=_[ROW], reason=_[FAULT]).to_pandas()
    unread = pd.DataFrame(list(raw.rejects), columns=["row", "reason"])
    found = pd.concat([frame.astype({"row": "Int64", "reason": "object"}) for frame in (lost, unread)])
    return found.sort_values(["row", "reason"], kind="stable", ignore_index=True)


def _as_shown(quarantine: pd.DataFrame, case: Case) -> pd.DataFrame:
    places = [(case.raw.origin, pd.NA) if pd.isna(row) else case.raw.place(row) for row in quarantine["row"]]
    shown = quarantine.assign(
        table=case.schema.name,
        source=[file for file, number in places],
        row=pd.array([number for file, number in places], dtype="Int64"),
        reason=[_said(reason, case) for reason in quarantine["reason"]],
    )
    return shown[list(QUARANTINE_COLUMNS)]


def _said(reason: str, case: Case) -> str:
    """A reason as it is shown: of a private table without the cell."""
    told = _explained(reason, case) if case.private else None
    return f"{told[0]}: the cell is not {told[2]}" if told else reason


def _explained(reason: str, case: Case) -> tuple[str, str, str] | None:
    """The column, the text and the wording of a cell that could not be read; None if the reason is another."""
    for theirs in case.mapped.chosen.values():
        match = _UNREAD.match(reason.removeprefix(f"{theirs}: ")) if reason.startswith(f"{theirs}: ") else None
        if match:
            return theirs, match["text"], match["wording"]
    return None


def _reject_mixed_dates(connection: Any, quarantine: pd.DataFrame, case: Case) -> None:
    """A date that fits only with day and month the other way round puts every other date of its column in doubt."""
    faults = []
    for name, theirs in case.mapped.chosen.items():
        form = case.settings.format_of(name)
        other = swapped(form) if form else None
        if (
            not form
            or not other
            or name not in case.schema.names
            or "date" not in WORDING[case.schema.column(name).kind]
        ):
            continue
        plain = _SEPARATORS.sub("/", other)
        for row, reason in zip(quarantine["row"], quarantine["reason"], strict=True):
            told = _explained(reason, case)
            if told and told[0] == theirs and _fits(connection, _SEPARATORS.sub("/", told[1]), plain):
                what = f"{told[1]} has day and month the other way round than {form}: no other date is certain."
                faults += case.raw.faults(what, [row], theirs, "Export the dates in one way.")
                break
    if faults:
        raise SourceError(*faults)


def _fits(connection: Any, text: str, form: str) -> bool:
    engine = connection.con if connection.name == "duckdb" else duckdb
    return bool(engine.execute("SELECT try_strptime($1, $2) IS NOT NULL", [text, form]).fetchone()[0])


def _over_budget(seen: Mapping[str, int], audit: TableAudit, budget: float) -> Fault | None:
    """What is said if more is lost than the budget allows, of rows or of amounts; five rows of a small table may be."""
    lost, read = audit.quarantined, audit.read
    share = seen["worth_lost"] / seen["worth"] if seen.get("worth") else 0
    fix = "Mend what follows, or raise source: loss_budget."
    if not audit.used:
        return Fault(f"none of its {read} rows can be used.", file=audit.source, fix="Mend what follows.")
    if lost > max(FEW_ROWS, budget * read):
        what = f"{lost} of {read} rows cannot be used, more than the loss budget of {budget:.0%}."
        return Fault(what, file=audit.source, fix=fix)
    if share > budget and read * budget >= FEW_ROWS:
        what = f"{_counted(lost)} of {read} cannot be used, with {share:.0%} of all amounts, and the loss budget is"
        what += f" {budget:.0%}."
        return Fault(what, file=audit.source, fix=fix)
    return None


def _told(connection: Any, quarantine: pd.DataFrame, case: Case) -> list[Fault]:
    """A fault for each reason of quarantined rows, with the way out."""
    faults: list[Fault] = []
    told = [_explained(reason, case) for reason in quarantine["reason"]]
    kinds = [
        (each[0], each[2]) if each else ("", reason) for each, reason in zip(told, quarantine["reason"], strict=True)
    ]
    for (column, wording), rows in quarantine.groupby(pd.Series(kinds, dtype="object"), sort=True):
        reason = _said(rows["reason"].iloc[0], case)
        what = f"{reason.removeprefix(f'{column}: ')} ({_counted(len(rows))})."
        text = str((_explained(rows["reason"].iloc[0], case) or ("", "", ""))[1])
        fix = _way_out(connection, column, wording, text, case)
        faults += case.raw.faults(what, list(rows["row"].head(MOST_ROWS)), column or None, fix)
    return faults


def _texts(raw: Raw, column: str) -> list[str]:
    """The different texts of a column of files."""
    cells = (
        raw.text[column].unique() if raw.text is not None else raw.table.select(column).distinct().to_pyarrow()[column]
    )
    return [str(text).strip() for text in cells.drop_null().to_pylist() if str(text).strip()]


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"


def _way_out(connection: Any, column: str, wording: str, text: str, case: Case) -> str | None:
    """How to have a column read whose first cell in question is `text`."""
    if wording not in ("an amount", "a number", "a share", "a date"):
        return None
    if case.raw.text is None and not case.raw.table[column].type().is_string():
        return "Make it a date in a `query`." if wording == "a date" else None
    if not any(c.isdigit() for c in text):
        return "Map such a cell to '' under `values` if it means that nothing is there."
    if wording != "a date":
        if _OTHER_CURRENCY.search(text):
            return "Set `currency` of the company file if that is its currency, or convert them before the export."
        return "Set `decimal` and `thousands` as they are written."
    if case.raw.is_database:
        return "Set `date_format` as they are written."
    texts = _texts(case.raw, column)
    if texts and all(_DAY_NUMBERS.match(text) for text in texts):
        return f"Set `date_format: {EXCEL}` if these are the day numbers of a spreadsheet."
    # A cell that is a date says so in full, and needs no format.
    forms = fitting_formats(connection, [text for text in texts if not re.match(FULL_ISO, text)])
    if not forms:
        return _ONE_WAY + (_WORDS if any(_WORD.search(text) for text in texts) else "")
    listed = " or ".join(f'"{form}"' for form in forms)
    if len(forms) == 1:
        return f"Set `date_format`: {listed} fits every value."
    return f"Set `date_format`: {listed} fit every value, and only you know which is meant."
