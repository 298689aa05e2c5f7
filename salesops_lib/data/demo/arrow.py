"""Columns of the demo as Arrow arrays, and the files they are written to: CSV or Parquet, the same bytes every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from salesops_lib.data.demo.worktime import Array
from salesops_lib.data.schema import TABLES

Format = Literal["csv", "parquet"]

KINDS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "money": pa.decimal128(18, 2),
    "share": pa.float64(),
    "number": pa.int64(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


def pick(labels: Sequence[str] | pa.Array, code: Array) -> pa.Array:
    """The label of each code; a code below zero gives null.

    >>> import numpy as np
    >>> pick(["a", "b"], np.array([1, -1, 0])).to_pylist()
    ['b', None, 'a']
    """
    values = labels if isinstance(labels, pa.Array) else pa.array(labels, pa.string())
    return values.take(pa.array(code, mask=code < 0))


def numbered(prefix: str, number: Array, width: int) -> pa.Array:
    """Ids: a prefix and the number filled up with zeros.

    >>> import numpy as np
    >>> numbered("R-", np.array([7]), 3).to_pylist()
    ['R-007']
    """
    digits = pc.utf8_lpad(pc.cast(pa.array(number), pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def schema_of(table: str) -> pa.Schema:
    """The Arrow schema of a canonical table."""
    return pa.schema([pa.field(column.name, KINDS[column.kind]) for column in TABLES[table].columns])


def table_of(name: str, columns: Mapping[str, object]) -> pa.Table:
    """A canonical table from its columns: arrays of numpy or Arrow; NaT is null."""
    schema = schema_of(name)
    arrays = []
    for field in schema:
        values = columns[field.name]
        array = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values)
        if pa.types.is_decimal(field.type):
            array = pc.cast(array, pa.int32())
        arrays.append(pc.cast(array, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


class Files:
    """The files of the tables in one folder; each is written block by block."""

    def __init__(self, folder: Path, format: Format) -> None:
        self.folder = folder
        self.format = format
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Files:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for writer in self._writers.values():
            writer.close()

    def write(self, name: str, columns: Mapping[str, object]) -> None:
        """Add a block of rows to a table's file."""
        table = table_of(name, columns)
        if self.format == "csv":
            # whole seconds have no fraction to print
            whole = [f.with_type(pa.timestamp("s")) if pa.types.is_timestamp(f.type) else f for f in table.schema]
            table = table.cast(pa.schema(whole))
        if name not in self._writers:
            self._writers[name] = self._open(name, table.schema)
        self._writers[name].write_table(table)

    def _open(self, name: str, schema: pa.Schema) -> Any:
        path = self.folder / f"{name}.{self.format}"
        if self.format == "parquet":
            return pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, store_schema=False)
        return _CsvFile(path, schema)


class _CsvFile:
    """A CSV with a plain header: Arrow would put the column names in quotes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("wb")
        self._file.write((",".join(schema.names) + "\n").encode())
        options = pacsv.WriteOptions(include_header=False, quoting_style="none")
        self._writer = pacsv.CSVWriter(self._file, schema, write_options=options)

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()
        self._file.close()
