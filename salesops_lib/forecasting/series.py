"""A file of plain series: CSV or Parquet with unique_id, ds, y."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from salesops_lib.errors import Fault, ParameterError, SourceError
from salesops_lib.forecasting.panel import COLUMNS
from salesops_lib.language import gettext as _

KINDS = (".csv", ".parquet")


def read_series(path: Path) -> pd.DataFrame:
    """The rows of a file of series; names stay text, whatever they look like.

    Raises
    ------
    ParameterError
        For a file that is not there or is neither CSV nor Parquet.
    SourceError
        For a file that cannot be read as what it is called.
    """
    if not path.is_file():
        raise ParameterError(Fault(_("there is no such file."), file=str(path)))
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise ParameterError(Fault(_("neither CSV nor Parquet."), file=str(path), fix=_("Name it .csv or .parquet.")))
    try:
        if kind == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype={"unique_id": str}, keep_default_na=False, na_values={"y": ["", "NA", "NaN"]})
    except (ValueError, OSError) as error:
        what = _("cannot be read: {why}", why=" ".join(str(error).split()))
        fix = _("It needs the columns {names}.", names=", ".join(COLUMNS))
        raise SourceError(Fault(what, file=str(path), fix=fix)) from None
