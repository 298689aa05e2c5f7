"""Descriptions: a file that is thought to be a table, column by column, with how sure that is and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from salesops_lib.company import Company, TableSource
from salesops_lib.data import parse
from salesops_lib.data.evidence import DATES, StageFound, Values, stages_of, values_of
from salesops_lib.data.presets import preset, with_preset
from salesops_lib.data.readers import Raw, read_raw
from salesops_lib.data.recognition import ALIKE, SURE, Reading
from salesops_lib.data.schema import TABLES
from salesops_lib.language import gettext as _


@dataclass(frozen=True)
class Mapped:
    """One canonical column, the file's column (None: none bears it), and what is said of it.

    `is_written` says that the company file has to name it; the others are found by themselves or are to be decided.
    """

    name: str
    theirs: str | None
    said: str
    is_written: bool = False


@dataclass
class Described:
    """What a table's files hold: `settings` are lines of its part of the company file, `doubts` are to be decided.

    `is_scale_known` says whether it is certain that probabilities are written 0-1 or 0-100.
    """

    rows: int = 0
    notes: tuple[str, ...] = ()
    columns: list[Mapped] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    unused: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    stages: list[StageFound] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)
    is_scale_known: bool = True


def describe(connection: Any, reading: Reading, source: dict[str, Any], company: Company) -> Described:
    """Look at the values of files that are thought to be a table.

    Raises
    ------
    SourceError
        If they cannot be read.
    """
    settings = TableSource.model_validate({**source, "preset": reading.preset})
    raw = read_raw(connection, reading.table, settings, company)
    found = Described(rows=int(raw.table.count().to_pyarrow().as_py()), notes=raw.notes)
    theirs = {name: column for name, (column, level) in reading.columns.items() if level != ALIKE}
    found.unused = tuple(column for column in raw.columns if column not in theirs.values())
    queried = reading.preset is not None and preset(reading.preset).exports[str(reading.export)].query is not None
    if reading.preset and not reading.lacks:
        raw, settings = with_preset(connection, reading.table, raw, settings, company)
        names = TABLES[reading.table].names
        inside = {name: name for name in names if name in raw.columns} if queried else dict(settings.columns)
    else:
        inside = {name: column for name, column in theirs.items() if name in TABLES[reading.table].names}
    told = _describe_columns(connection, found, reading, raw, inside, settings)
    _describe_lacks(found, reading)
    if reading.table == "opportunities" and "stage" in inside:
        found.is_scale_known = not any(values.asks == "percent" for values in told.values())
        # What holds no yes and no is no flag, whatever it is called.
        flags = {name: column for name, column in inside.items() if not _is_no_flag(name, told)}
        _describe_deals(found, raw, flags, settings)
        if queried and "status" in theirs:
            found.stages = [replace(stage, known=True) for stage in found.stages]
    return found


def _describe_columns(
    connection: Any, found: Described, reading: Reading, raw: Raw, inside: dict[str, str], settings: TableSource
) -> dict[str, Values]:
    """Each column with what its values say, and the date formats that are to be declared."""
    formats: dict[str, str] = {}
    told: dict[str, Values] = {}
    for name, column in inside.items():
        kind = TABLES[reading.table].column(name).kind
        values = told[name] = values_of(connection, raw, column, kind, settings, settings.values.get(name, {}))
        if values.doubt:
            found.doubts.append(f"{reading.columns.get(name, (column,))[0]}: {values.doubt}")
        elif values.formats:
            formats[name] = values.formats[0]
        if values.strange:
            shown = ", ".join(values.strange)
            found.doubts.append(_("{column} is no {kind} everywhere: {values}", column=column, kind=kind, values=shown))
        found.days += _days(raw, column, values) if kind in DATES else []
    own = {name: column for name, (column, _level) in reading.columns.items()}
    for name in {**own, **inside}:
        if name not in own and not told[name].filled:
            continue
        column, level = reading.columns.get(name, (inside.get(name, name), SURE))
        mapped = _mapped(name, column, level, told.get(name), reading)
        found.columns.append(replace(mapped, is_written=mapped.is_written and not _is_no_flag(name, told)))
    found.settings += _settings(formats, told, inside)
    return told


def _mapped(name: str, column: str, level: str, values: Values | None, reading: Reading) -> Mapped:
    how = {"sure": _("sure"), "likely": _("likely"), "alike": _("unsure: it only looks alike")}[level]
    if name not in reading.columns:
        how = _("made by the preset")
    if values is not None:
        how += ", " + _("{filled} of {rows} cells are filled", filled=values.filled, rows=values.rows)
        how += ", " + " / ".join(values.formats) if values.formats else ""
        how += ", " + _("with a decimal comma") if values.comma else ""
        how += ", " + _("some are not of its kind") if values.strange else ""
    written = reading.preset is None and level != ALIKE and column != name
    return Mapped(name, column, how, written)


def _is_no_flag(name: str, told: dict[str, Values]) -> bool:
    """Whether a column that is called like a flag of won or closed holds other things, such as days."""
    return name in ("is_won", "is_closed") and name in told and bool(told[name].strange)


def _describe_lacks(found: Described, reading: Reading) -> None:
    for name in reading.lacks:
        options = preset(reading.preset).exports[str(reading.export)].columns.get(name, ()) if reading.preset else ()
        alike = reading.columns.get(name)
        if alike is not None:
            found.doubts.append(_("{name}: only {column} looks alike", name=name, column=alike[0]))
            continue
        said = _("to be decided: no column was found for it")
        said += _(" (the preset looks for {options})", options=" / ".join(options)) if options else ""
        found.columns.append(Mapped(name, None, said))
        found.doubts.append(f"{name}: {said}")


def _settings(formats: dict[str, str], told: dict[str, Values], inside: dict[str, str]) -> list[str]:
    """The lines that declare how dates and numbers are written; one that is in doubt is a comment."""
    doubtful = {name: values.formats for name, values in told.items() if values.doubt and values.formats}
    lines = []
    if doubtful:
        options = "; ".join(f"{name}: {' / '.join(each)}" for name, each in doubtful.items())
        certain = "".join(f'{name}: "{form}", ' for name, form in formats.items())
        first = ", ".join(f'{name}: "{each[0]}"' for name, each in doubtful.items())
        lines.append(f"# date_format: {{{certain}{first}}}   # {_('to be decided')}: {options}")
    if formats:
        pairs = ", ".join(f'{name}: "{form}"' for name, form in formats.items())
        lines.append(f"date_format: {{{pairs}}}")
    scales = [inside[name] for name, values in told.items() if values.doubt and values.asks == "percent"]
    if scales:
        lines.append(f"# percent: false   # {_('to be decided')}: {', '.join(scales)}")
    decimals = [inside[name] for name, values in told.items() if values.doubt and values.asks == "decimal"]
    if decimals:
        lines.append(f'# decimal: "."   # {_("to be decided, with thousands")}: {", ".join(decimals)}')
    return lines


def _days(raw: Raw, column: str, values: Values) -> list[date]:
    """The first and the last day of a column, if it can be read for certain."""
    if values.doubt or values.strange:
        return []
    cells = raw.table[column]
    if cells.type().is_string():
        cells = parse.moment(cells, values.formats[0] if values.formats else None, "UTC")
    if not (cells.type().is_timestamp() or cells.type().is_date()):
        return []
    ends = raw.table.aggregate(first=cells.min(), last=cells.max()).to_pyarrow().to_pylist()[0]
    return [day.date() if hasattr(day, "date") else day for day in ends.values() if day is not None]


def _describe_deals(found: Described, raw: Raw, inside: dict[str, str], settings: TableSource) -> None:
    """The stages and the currencies of opportunities."""
    wanted = [name for name in ("stage", "is_won", "is_closed", "probability", "currency") if name in inside]
    frame: pd.DataFrame = raw.table.select(**{name: raw.table[inside[name]] for name in wanted}).to_pandas()
    for name, values in settings.values.items():
        if name in frame:
            frame[name] = frame[name].replace(values)
    found.stages = stages_of(frame, percent=raw.percent and found.is_scale_known)
    if "currency" in frame:
        found.currencies = sorted(str(code) for code in frame["currency"].dropna().unique())
