"""Presets: what the columns of a known CRM's exports are called, so that a company file need not say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import ibis
import ibis.expr.types as ir
import yaml
from pydantic import BeforeValidator, Field

from salesops_lib.company import Company, Model, TableSource
from salesops_lib.data import parse
from salesops_lib.data.cells import ROW
from salesops_lib.data.connection import store_query, view
from salesops_lib.data.schema import TABLES
from salesops_lib.errors import CompanyError, Fault, SourceError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.language import later, nlater

if TYPE_CHECKING:
    from salesops_lib.data.readers import Raw

FOLDER = Path(__file__).parent / "presets"
# What a query of a preset reads from, and the moment of its `order` column, whatever the dates look like.
EXPORT, MOMENT = "export", "_moment"

Names = Annotated[tuple[str, ...], BeforeValidator(lambda names: (names,) if isinstance(names, str) else names)]


class Export(Model):
    """One kind of export of a CRM: which canonical table it is, and what its columns are called.

    `columns` gives for each canonical name the names it may have, the likeliest first: the first one that is there is
    taken. With a `query` (SQL of DuckDB on the table `export`) the names are those that the query uses: a column that
    the file lacks is null there, all are text, and `_moment` is the `order` column as a timestamp; the query gives
    canonical columns and keeps `_row`. `needs` are the names without which the file is no such export (those that the
    canonical table requires, if nothing is said); `several` says that it is made of files with different columns.
    `deleted` is the column that says of a row that it is in the recycle bin: such rows are left out. `unless` are
    columns that tell a file to be something else.
    """

    table: str
    columns: dict[str, Names]
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    needs: Names = ()
    percent: bool = False
    query: str | None = None
    order: str | None = None
    several: bool = False
    deleted: str | None = None
    unless: Names = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The names without which a file is no such export."""
        return self.needs or TABLES[self.table].required

    def found(self, columns: Sequence[str]) -> dict[str, str]:
        """Name -> the column of a file that bears it; names that no column bears are left out.

        >>> Export(table="reps", columns={"rep_id": ["Id", "User ID"], "name": "Name"}).found(["USER ID", "Email"])
        {'rep_id': 'USER ID'}
        """
        folded = {fold(column): column for column in reversed(columns)}
        found = {}
        for name, options in self.columns.items():
            exact = [option for option in options if option in columns]
            alike = [folded[fold(option)] for option in options if fold(option) in folded]
            if exact or alike:
                found[name] = (exact or alike)[0]
        return found

    def lacks(self, columns: Sequence[str], own: Iterable[str] = ()) -> list[str]:
        """The names it needs that neither a column bears nor the company file names (`own`)."""
        found = self.found(columns)
        return [name for name in self.needed if name not in found and name not in own and name not in columns]


class Preset(Model):
    """What is known of a CRM: its name, and its exports by what the CRM calls them."""

    name: str
    exports: dict[str, Export]

    def of(self, table: str) -> dict[str, Export]:
        """The exports that become one canonical table."""
        return {label: export for label, export in self.exports.items() if export.table == table}


def preset_names() -> list[str]:
    """The presets there are, as a company file names them.

    >>> preset_names()
    ['dynamics', 'hubspot', 'odoo', 'pipedrive', 'salesforce', 'zoho']
    """
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


@cache
def preset(name: str) -> Preset:
    """The preset of that name (one of `preset_names`)."""
    return Preset.model_validate(yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8")))


def fold(name: str) -> str:
    """A column's name as it is compared: without capitals, and without the blanks and stars around it."""
    return " ".join(name.casefold().strip(" *").split())


def check_presets(company: Company) -> None:
    """Reject a company file that names a preset, or a table of one, that is not known.

    Raises
    ------
    CompanyError
        With the key and the near names of each.
    """
    faults = []
    for table, source in company.source.tables.items():
        if source.preset is None:
            continue
        key = f"source.tables.{table}.preset"
        if source.preset not in preset_names():
            what = _("{preset!r} is no preset.", preset=source.preset)
            faults.append(Fault(what, company.file, key, fix=nearest(source.preset, preset_names())))
        elif not preset(source.preset).of(table):
            what = _("the preset {preset} has no {table}.", preset=source.preset, table=table)
            known = {export.table for export in preset(source.preset).exports.values()}
            faults.append(Fault(what, company.file, key, fix=nearest(table, known)))
    if faults:
        raise CompanyError(*faults)


def may_differ(table: str, source: TableSource) -> bool:
    """Whether the files of a table may have different columns, because its preset is made of several kinds."""
    return source.preset is not None and any(export.several for export in preset(source.preset).of(table).values())


def with_preset(
    connection: Any, table: str, raw: Raw, source: TableSource, company: Company
) -> tuple[Raw, TableSource]:
    """A raw table and its settings with what the preset knows; what the company file says goes before it.

    Raises
    ------
    SourceError
        Naming each column that neither the preset finds nor the company file names.
    """
    if source.preset is None:
        return raw, source
    label, export = _export_of(table, raw, source)
    lost = [theirs for theirs in source.columns.values() if theirs not in raw.columns]
    if lost:
        raise SourceError(
            *(Fault("is missing.", raw.origin, column=theirs, fix=nearest(theirs, raw.columns)) for theirs in lost)
        )
    columns = {**export.found(raw.columns), **source.columns}
    values = {
        name: {**export.values.get(name, {}), **source.values.get(name, {})}
        for name in {**export.values, **source.values}
        if name in columns or name in source.values
    }
    settings: dict[str, Any] = {"values": values}
    said = later("its columns are those of the preset {preset} ({export})", preset=source.preset, export=label)
    raw = _without_deleted(connection, table, replace(raw, notes=(*raw.notes, said), percent=export.percent), export)
    if export.query is None:
        settings["columns"] = columns
        return raw, source.model_copy(update=settings)
    if connection.name != "duckdb":
        what = _("the preset {preset} ({export}) is made with DuckDB.", preset=source.preset, export=label)
        fix = _("Name a `query` of {engine} that gives the canonical columns instead.", engine=connection.name)
        raise SourceError(Fault(what, raw.origin, fix=fix))
    unused = [theirs for theirs in raw.columns if theirs not in (*columns.values(), export.deleted)]
    more = (later("columns not used: {columns}", columns=", ".join(unused)),) if unused else ()
    # Only extra columns are still to be named: the query gives the canonical ones by their names.
    settings["columns"] = {name: name for name in source.columns if name not in export.columns}
    form = source.format_of(export.order) if export.order else None
    asked = _asked(connection, raw, export, columns, form, company.timezone)
    return _of_rows(connection, table, replace(raw, notes=(*raw.notes, *more)), asked), source.model_copy(
        update=settings
    )


def _export_of(table: str, raw: Raw, source: TableSource) -> tuple[str, Export]:
    """The kind of export that a file is; a file that lacks what each kind needs is a fault."""
    exports = preset(str(source.preset)).of(table)
    lacking = {label: export.lacks(raw.columns, source.columns) for label, export in exports.items()}
    label = min(exports, key=lambda label: (len(lacking[label]), -len(exports[label].found(raw.columns))))
    export = exports[label]
    faults = []
    for name in lacking[label]:
        options = export.columns.get(name, (name,))
        what = _("it has no column that the preset {preset} ({export}) takes for {name}: {options}.").format(
            preset=source.preset, export=label, name=name, options=" / ".join(options)
        )
        near = nearest(options[0], raw.columns)
        fix = _("{near} Name it under columns: {name}.", near=near, name=name)
        faults.append(Fault(what, raw.origin, fix=fix))
    if faults:
        raise SourceError(*faults)
    return label, export


def _without_deleted(connection: Any, table: str, raw: Raw, export: Export) -> Raw:
    """A raw table without the rows that are in the CRM's recycle bin."""
    if export.deleted is None or export.deleted not in raw.columns:
        return raw
    gone = raw.table[export.deleted].cast("string").lower().isin(parse.TRUE).fill_null(False)
    return _of_rows(connection, table, raw, raw.table.filter(~gone))


def _asked(connection: Any, raw: Raw, export: Export, columns: dict[str, str], form: str | None, zone: str) -> ir.Table:
    """What the query of a preset makes of a raw table."""
    cells = {
        name: raw.table[columns[name]].cast("string") if name in columns else ibis.null("string")
        for name in {**export.columns, **columns}
    }
    if export.order:
        cells[MOMENT] = parse.moment(cells[export.order], form, zone)
    numbered = ROW in raw.table.columns
    row = raw.table[ROW].cast("int64") if numbered else ibis.row_number().cast("int64")
    view(connection, EXPORT, raw.table.select(**{ROW: row}, **cells))
    asked = store_query(connection, f"asked_{export.table}", str(export.query))
    connection.raw_sql(f"DROP VIEW {EXPORT}")
    return asked if numbered else asked.drop(ROW)


def _of_rows(connection: Any, table: str, raw: Raw, kept: ir.Table) -> Raw:
    """A raw table that holds other rows now; how many fewer they are is counted and noted."""
    before, after = (int(each.count().to_pyarrow().as_py()) for each in (raw.table, kept))
    lost = max(before - after, 0)
    said = nlater(
        "{n} row is left out: deleted, or not of this table",
        "{n} rows are left out: deleted, or not of this table",
        lost,
    )
    raw = replace(raw, left_out=raw.left_out + lost, notes=(*raw.notes, said) if lost else raw.notes)
    if raw.text is None:
        return replace(raw, table=kept)
    text = kept.to_pyarrow()
    connection.con.register(f"raw_{table}", text)
    return replace(raw, table=connection.table(f"raw_{table}"), text=text)
