"""Mapping: a raw table becomes the canonical one, and every cell that cannot be read becomes a reason."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from salesops_lib.company import Company, TableSource
from salesops_lib.data import parse
from salesops_lib.data.cells import ROW
from salesops_lib.data.connection import view
from salesops_lib.data.conventions import decimal_of, shortened
from salesops_lib.data.dates import swapped_cells
from salesops_lib.data.readers import Raw
from salesops_lib.data.schema import Column, Table
from salesops_lib.data.shares import doubtful_shares
from salesops_lib.data.texts import cleaned, count_mended, invisible, is_wide
from salesops_lib.errors import Fault, SourceError, nearest
from salesops_lib.language import later

FAULT = "_fault"
# When a row was last changed, where the company file names the column that tells.
VERSION, LATEST_BY = "_version", "latest_by"
AMOUNTS = ("money", "number")
EXTRAS = ("opportunities", "accounts")
SANE_YEARS = (1900, 2201)
IBIS_TYPES: dict[str, Any] = {
    "id": "string",
    "text": "string",
    "money": parse.MONEY,
    "share": "float64",
    "number": "float64",
    "integer": "int64",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
}
WORDING = {
    "id": "an id",
    "text": "text",
    "money": "an amount",
    "share": "a share",
    "number": "a number",
    "integer": "a whole number",
    "date": "a date",
    "timestamp": "a date",
    "boolean": "yes or no",
}


@dataclass(frozen=True)
class Mapped:
    """A canonical table before its rows are judged.

    It has every canonical column (null where the source has none), the extra ones, `_row` (null where the source has no
    order) and `_fault` (the first reason why the row cannot be used, else null). `chosen` says which column of the
    source each of its columns comes from, `ignored` which ones nothing uses, `notes` what was understood by itself.
    """

    table: ir.Table
    chosen: dict[str, str]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def present(self) -> frozenset[str]:
        """The columns that the source has."""
        return frozenset(self.chosen)


def map_columns(connection: Any, raw: Raw, schema: Table, source: TableSource, company: Company) -> Mapped:
    """Give a raw table its canonical columns and types.

    Raises
    ------
    SourceError
        Naming each column that is missing, with the near ones, and each whose numbers or dates can be read in two ways.
    """
    chosen = _chosen(raw, schema, source)
    decimals, notes = _decimals(connection, raw, schema, source, chosen)
    percent = (raw.percent or None) if source.percent is None else source.percent
    values: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for name, theirs in chosen.items():
        kind = _column(schema, name).kind
        value = raw.table[theirs]
        mapped = source.values.get(name)
        if value.type().is_string():
            text = _readable(value, raw)
            # What is mapped to nothing is empty.
            text = text.cases(*mapped.items(), else_=text).nullif("") if mapped else text
            mark = decimals.get(name, source.decimal)
            numbers = parse.Numbers(mark, source.thousands, company.currency, percent)
            form = source.format_of(LATEST_BY if name == VERSION else name)
            values[name] = _parse(text, kind, numbers, form, company)
            before[name] = text
        else:
            if value.type().is_floating():
                value = value.isnan().ifelse(ibis.null(value.type()), value)  # what pandas writes where nothing is
            values[name] = _from_typed(value, kind, company, mapped)
            if kind == "share":
                values[name] = parse.on_scale(values[name], percent)
            before[name] = value
    if raw.text is None:
        texts = [theirs for theirs in chosen.values() if raw.table[theirs].type().is_string()]
        mended = count_mended(raw.table, texts, ascii_is_plain=not raw.is_database)
        notes += (invisible(mended),) if mended else ()
    notes += shortened(
        raw, [theirs for name, theirs in chosen.items() if _column(schema, name).kind in ("id", *AMOUNTS)]
    )
    empty = {c.name: ibis.null(IBIS_TYPES[c.kind]) for c in schema.columns if c.name not in chosen}
    row = raw.table[ROW].cast("int64") if ROW in raw.table.columns else ibis.null("int64")
    # What was there is kept beside its value: what is there and has no value could not be read.
    known = {f"_was_{name}": was.cast("string") for name, was in before.items() if values[name] is not was}
    table = raw.table.select(**{ROW: row}, **values, **empty, **known)
    table = view(connection, f"read_{schema.name}", table)
    faults = [_fault(table, name, theirs, schema) for name, theirs in chosen.items()]
    faults = [fault for fault in faults if fault is not None]
    table = table.mutate(**{FAULT: ibis.coalesce(*faults) if faults else ibis.null("string")}).drop(*known)
    ignored = tuple(name for name in raw.columns if name not in chosen.values())
    return Mapped(table, chosen, ignored, notes)


def _column(schema: Table, name: str) -> Column:
    if name == VERSION:
        return Column(name, "timestamp", required=True)
    return schema.column(name) if name in schema.names else Column(name, "text")


def _decimals(
    connection: Any, raw: Raw, schema: Table, source: TableSource, chosen: dict[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The decimal mark of each column of numbers, and a note where it is not the one of the company file."""
    marks, notes, faults = {}, [], []
    for name, theirs in chosen.items():
        if _column(schema, name).kind in AMOUNTS:
            marks[name], found = decimal_of(raw, theirs, source)
            faults += found
            if marks[name] != source.decimal and not found:
                notes.append(later("{column} has a decimal comma", column=theirs))
        elif _column(schema, name).kind == "share":
            faults += doubtful_shares(raw, theirs, source)
        elif "date" in WORDING[_column(schema, name).kind] and not source.date_cells_are_right:
            faults += swapped_cells(connection, raw, theirs, source.format_of(LATEST_BY if name == VERSION else name))
    if faults:
        raise SourceError(*faults)
    return marks, tuple(notes)


def _chosen(raw: Raw, schema: Table, source: TableSource) -> dict[str, str]:
    """Canonical or extra name -> the source's column."""
    faults = []
    for canonical, theirs in source.columns.items():
        if theirs not in raw.columns:
            faults.append(Fault("is missing.", file=raw.origin, column=theirs, fix=nearest(theirs, raw.columns)))
        if canonical not in schema.names:
            # An extra column is welcome where it can be a dimension, a misspelt canonical one is not.
            misspelt = difflib.get_close_matches(canonical, schema.names, cutoff=0.85)
            if schema.name not in EXTRAS or misspelt or canonical.startswith("_"):
                fix = nearest(canonical, schema.names)
                faults.append(Fault(f"{schema.name} has no column {canonical!r}.", file=raw.origin, fix=fix))
    if source.latest_by and source.latest_by not in raw.columns:
        fix = nearest(source.latest_by, raw.columns)
        faults.append(Fault(f"is missing (`{LATEST_BY}`).", file=raw.origin, column=source.latest_by, fix=fix))
    taken = set(source.columns.values())
    chosen = dict(source.columns)
    for name in schema.names:
        if name not in chosen and name in raw.columns and name not in taken:
            chosen[name] = name
    for name in schema.required:
        if name not in chosen:
            near = nearest(name, raw.columns)
            fix = f"{near} Name it under source: tables: {schema.name}: columns: {name}."
            faults.append(Fault("is missing.", file=raw.origin, column=name, fix=fix))
    known = {*chosen, *([LATEST_BY] if source.latest_by else [])}
    for key, names in (("values", source.values), ("date_format", source.formats)):
        for name in names:
            if name not in known:
                what = f"`{key}` names {name!r}, which is not mapped."
                faults.append(Fault(what, file=raw.origin, fix=nearest(name, chosen)))
    if faults:
        raise SourceError(*faults)
    return chosen | ({VERSION: source.latest_by} if source.latest_by else {})


def _fault(table: ir.Table, name: str, theirs: str, schema: Table) -> Any:
    """The reason why a column's cell cannot be used; None for a column that cannot fail."""
    column = _column(schema, name)
    nothing = ibis.null("string")
    reasons = []
    if f"_was_{name}" in table.columns:
        was = table[f"_was_{name}"]
        said = ibis.literal(f"{theirs}: ") + was.substr(0, 40) + f" is not {WORDING[column.kind]}"
        reasons.append((was.notnull() & table[name].isnull()).ifelse(said, nothing))
    elif column.kind in ("id", "text"):
        said = ibis.literal(f"{theirs}: ") + table[name] + f" is not {WORDING[column.kind]}"
        reasons.append(parse.is_spreadsheet_error(table[name]).ifelse(said, nothing))
    if column.required:
        reasons.append(table[name].isnull().ifelse(f"{theirs} is empty", nothing))
    return ibis.coalesce(*reasons) if reasons else None


def _readable(value: Any, raw: Raw) -> Any:
    """The text of a column: cells of files were cleaned as they were read."""
    if raw.text is not None:
        return value
    return cleaned(value) if raw.is_database else _trimmed(value)


def _trimmed(value: Any) -> Any:
    """Text of a Parquet file, cleaned where a look at its ends and its length says that it may need it."""
    # A pattern costs far more than that, and hardly any cell needs it.
    odd = value.startswith(" ") | value.endswith(" ") | (value == "") | is_wide(value)
    return odd.ifelse(cleaned(value), value)


def _parse(text: Any, kind: str, numbers: parse.Numbers, form: str | None, company: Company) -> Any:
    if kind in ("id", "text"):
        return text
    if kind == "money":
        return parse.number(text, numbers)
    if kind == "share":
        return parse.share(text, numbers)
    if kind == "boolean":
        return parse.boolean(text)
    if kind in ("date", "timestamp"):
        return _sane(parse.moment(text, form, company.timezone), kind)
    value = parse.number(text, numbers).cast("float64")
    if kind == "integer":
        return (value == value.floor()).ifelse(value.cast("int64"), ibis.null("int64"))
    return value


def _from_typed(value: Any, kind: str, company: Company, mapped: dict[str, str] | None) -> Any:
    theirs = value.type()
    if kind in ("id", "text"):
        # An id column with blanks often arrives as a number with decimals; its text must not end in ".0".
        if theirs.is_decimal():
            return _from_typed(value.cast("string").re_replace(r"[.]0+$", ""), kind, company, mapped)
        if theirs.is_floating():
            value = (value == value.floor()).ifelse(value.try_cast("int64").cast("string"), value.cast("string"))
        text = value.cast("string")
        return text.cases(*mapped.items(), else_=text).nullif("") if mapped else text
    if kind in ("date", "timestamp"):
        if theirs.is_timestamp() and theirs.timezone:
            value = parse.timezone(company.timezone, value)
        elif not theirs.is_timestamp() and not theirs.is_date():
            return ibis.null(IBIS_TYPES[kind])
        return _sane(value.cast("timestamp"), kind)
    wanted = ibis.dtype(IBIS_TYPES[kind])
    if theirs == wanted:
        return value
    if kind == "integer" and not theirs.is_integer():
        return (value == value.floor()).ifelse(value.try_cast(wanted), ibis.null(wanted))
    # A decimal that fits cannot fail; whatever else cannot be converted is a fault of its row and not of the run.
    fits = theirs.is_decimal() and kind == "money" and (theirs.precision or 99) - (theirs.scale or 0) <= 14
    return value.cast(wanted) if fits or (theirs.is_integer() and kind != "money") else value.try_cast(wanted)


def _sane(moment: Any, kind: str) -> Any:
    """No date that stands for "never" or comes from a wrong unit."""
    first, after = (ibis.literal(datetime(year, 1, 1), type="timestamp") for year in SANE_YEARS)
    moment = ((moment >= first) & (moment < after)).ifelse(moment, ibis.null("timestamp"))
    return moment.date() if kind == "date" else moment.cast("timestamp")
