"""A file of plain series: CSV or Parquet with unique_id, ds, y."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from salesops_lib.company import TableSource
from salesops_lib.data.cells import ROW, clean_columns
from salesops_lib.data.delimited import AGAIN, Rows, read_delimited
from salesops_lib.data.texts import invisible
from salesops_lib.errors import Fault, ParameterError, SourceError
from salesops_lib.forecasting.frames import COLUMNS
from salesops_lib.language import gettext as _
from salesops_lib.language import said

KINDS = (".csv", ".parquet")


def read_series(path: Path) -> pd.DataFrame:
    """The rows of a file of series, as the tables of a company are read; cells of a CSV file stay text.

    Returns
    -------
    DataFrame
        The columns of the file. The index is the number of each row as a spreadsheet shows it (in Parquet, from 1);
        `attrs` has the `file`, which faults of the rows name, and `notes` on how it was read.

    Raises
    ------
    ParameterError
        For a file that is not there or is neither CSV nor Parquet.
    SourceError
        For a file that cannot be read as what it is called, naming its rows where some are to blame.
    """
    if not path.is_file():
        raise ParameterError(Fault(_("there is no such file."), file=str(path)))
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise ParameterError(Fault(_("neither CSV nor Parquet."), file=str(path), fix=_("Name it .csv or .parquet.")))
    frame, notes = _of_parquet(path) if kind == ".parquet" else _of_csv(path)
    frame.attrs = {"file": str(path), "notes": notes}
    return frame


def _of_parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        what = _("cannot be read: {why}", why=" ".join(str(error).split()))
        fix = _("It needs the columns {names}.", names=", ".join(COLUMNS))
        raise SourceError(Fault(what, file=str(path), fix=fix)) from None
    frame.index = pd.RangeIndex(1, len(frame) + 1, name=ROW)
    return frame, []


def _of_csv(path: Path) -> tuple[pd.DataFrame, list[str]]:
    rows = _rows(path)
    if rows.rejects:
        fix = _(
            "Give each row one cell for each column, without a separator at its end, and quote cells that hold one."
        )
        numbers = [row for row, _why in rows.rejects]
        raise SourceError(Fault(f"{said(rows.rejects[0][1])}.", file=str(path), rows=numbers, fix=fix))
    table, hidden = clean_columns(rows.table)
    notes = [*rows.notes, *([invisible(hidden)] if hidden else [])]
    frame: pd.DataFrame = table.to_pandas()
    return frame.set_index(ROW), [f"{path}: {said(note)}." for note in notes]


def _rows(path: Path) -> Rows:
    try:
        data = path.read_bytes()
        if not data.strip():
            raise SourceError(Fault("is empty.", file=str(path), fix=AGAIN))
        return read_delimited(data, str(path), TableSource.model_validate({"from": path.name}))
    except OSError as error:
        raise SourceError(Fault(_("cannot be read: {why}", why=error.strerror), file=str(path))) from None
    except SourceError as error:
        # What a fault calls a key of the company file, in backticks, nobody can set for a file of series.
        fix = _("Save it as CSV in UTF-8, with {names} in its first row.", names=", ".join(COLUMNS))
        told = (replace(each, fix=fix) if "`" in (each.fix or "") else each for each in error.faults)
        raise SourceError(*told) from None
