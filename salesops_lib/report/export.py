"""Frames as text for other programs: CSV that no spreadsheet takes for a formula, JSON with null for n/a."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(frame: pd.DataFrame) -> str:
    r"""The frame as CSV: missing values are empty; text that a spreadsheet would run gets an apostrophe in front.

    Examples
    --------
    >>> import pandas as pd
    >>> to_csv(pd.DataFrame({"rep": ["=1+1", "Ann"], "value": [-1.5, None]}))
    "rep,value\n'=1+1,-1.5\nAnn,\n"
    """
    lines = [[str(name) for name in frame.columns], *(row.values() for row in _rows(frame))]
    return "".join(",".join(map(_cell, line)) + "\n" for line in lines)


def to_json(frame: pd.DataFrame) -> str:
    r"""The frame as a JSON list with one object per row.

    Examples
    --------
    >>> import pandas as pd
    >>> to_json(pd.DataFrame({"metric": ["win_rate"], "value": [float("nan")]}))
    '[\n  {"metric": "win_rate", "value": null}\n]\n'
    """
    lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in _rows(frame))
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def plain(value: Any) -> Any:
    """A value as JSON knows it: null for what is missing or not finite, dates as text, decimals as numbers.

    Examples
    --------
    >>> plain(Decimal("1.50")), plain(float("inf")), plain(date(2026, 9, 30)), plain({"a": (1, 2)})
    (1.5, None, '2026-09-30', {'a': [1, 2]})
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | str):
        return value
    if hasattr(value, "item") and not hasattr(value, "isoformat"):
        value = value.item()  # numpy's scalars as Python's
    if isinstance(value, Decimal):
        value = int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = [str(name) for name in frame.columns]
    return [dict(zip(columns, map(plain, row), strict=True)) for row in frame.itertuples(index=False, name=None)]


def _cell(value: Any) -> str:
    if not isinstance(value, str):
        return "" if value is None else str(value)
    text = f"'{value}" if value.startswith(FORMULA_STARTS) else value
    # Python's csv leaves a lone carriage return unquoted, and readers take it for the end of the row.
    return '"{}"'.format(text.replace('"', '""')) if any(c in text for c in ',"\r\n') else text
