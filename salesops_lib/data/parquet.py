"""Parquet: one file, or monthly ones that agree in their columns and types, as a table whose rows know their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from salesops_lib.data.cells import FILE_ROWS, ROW
from salesops_lib.errors import Fault, SourceError

MOST_NAMES = 5
# Values of one family meet in its widest type without losing anything.
_FAMILIES = (
    (pa.types.is_null, "nothing"),
    (pa.types.is_boolean, "yes or no"),
    (lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind), "numbers"),
    (lambda kind: pa.types.is_timestamp(kind) and kind.tz is not None, "moments of a time zone"),
    (lambda kind: pa.types.is_timestamp(kind) or pa.types.is_date(kind), "dates"),
    (lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind), "text"),
)


def read_parquet(connection: Any, paths: dict[str, Path], unlike: bool) -> ir.Table:
    """The rows of Parquet files (what messages call each -> its path), with `_row`.

    With `unlike`, files may have other columns than the first one.

    Raises
    ------
    SourceError
        If a file is damaged, or its columns are not those of the first one, in names and in kinds of values.
    """
    schemas = {shown: _schema(path, shown) for shown, path in paths.items()}
    _check_alike(schemas, unlike)
    # Which column has which type is known of all files: the types of the first one would cut the values of the others.
    files = [str(path) for path in paths.values()]
    several = len(files) > 1
    try:
        table = connection.read_parquet(
            files, file_row_number=True, filename="_file" if several else False, union_by_name=several
        )
    except Exception:
        # DuckDB's message names the file by its full path.
        raise SourceError(Fault("cannot be read as Parquet.", file=", ".join(paths), fix="Export it again.")) from None
    row = table.file_row_number + 1
    if several:
        places = [(path, i * FILE_ROWS) for i, path in enumerate(files)]
        row = row + table["_file"].cases(*places, else_=0).cast("int64")
    return table.mutate(**{ROW: row}).drop("file_row_number", *(["_file"] if several else []))


def _schema(path: Path, shown: str) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError):
        raise SourceError(Fault("cannot be read as Parquet.", file=shown, fix="Export it again.")) from None


def _check_alike(schemas: dict[str, pa.Schema], unlike: bool) -> None:
    (first, known), *others = schemas.items()
    faults = []
    kinds = {name: (first, _family(known.field(name).type)) for name in known.names}
    for shown, schema in others:
        if not unlike:
            faults += other_columns(shown, schema.names, first, known.names)
        for name in schema.names:
            kind = _family(schema.field(name).type)
            file, other = kinds.get(name, (shown, "nothing"))
            if other == "nothing":
                kinds[name] = (shown, kind)
            elif kind not in (other, "nothing"):
                what = f"it holds {kind}, and in {file} {other}."
                faults.append(Fault(what, file=shown, column=name, fix="Write both files with one type."))
    if faults:
        raise SourceError(*faults)


def other_columns(shown: str, columns: list[str], first: str, known: list[str]) -> list[Fault]:
    """What is wrong with a file whose columns are not those of the first one of its table."""
    here, there = ([name for name in one if name not in other] for one, other in ((columns, known), (known, columns)))
    if not here and not there:
        return []
    told = " and ".join(f"{_few(names)} only {place}" for names, place in ((here, "here"), (there, "there")) if names)
    fix = "Export them with the same columns, or join them in a `query`."
    return [Fault(f"its columns are not those of {first}: {told}.", file=shown, fix=fix)]


def _few(names: list[str]) -> str:
    return ", ".join(map(repr, names[:MOST_NAMES])) + (" ..." if len(names) > MOST_NAMES else "")


def _family(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return next((family for fits, family in _FAMILIES if fits(kind)), str(kind))
