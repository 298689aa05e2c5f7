"""Date formats for an engine that has none of Python's: a pattern that a text must fit, and the date in ISO 8601."""

from __future__ import annotations

import re

MONTHS = "[A-Za-z]{3,9}"
PARTS = {
    **dict.fromkeys("dmHIMS", r"\d{1,2}"),
    "Y": r"\d{4}",
    "f": r"\d{1,6}",
    "b": MONTHS,
    "B": MONTHS,
    "p": "[AaPp][Mm]",
    "z": r"Z|[+-]\d{2}:?\d{2}",
}
# Two digits of a year: from 69 on the century before, as POSIX has it.
CENTURIES = (("[0-5][0-9]|6[0-8]", "20"), ("69|[7-9][0-9]", "19"))
_PARTS = re.compile("%(.)|([^%])")


def as_iso(form: str) -> list[tuple[str, str]]:
    r"""Patterns of a date format, each with what stands for a text that fits it (for a regular expression's groups).

    >>> as_iso("%d/%m/%Y")
    [('^(\\d{1,2})/(\\d{1,2})/(\\d{4})$', '\\3-\\2-\\1')]
    """
    if "%y" not in form:
        return [_as_iso(form, PARTS, "")]
    return [_as_iso(form, {**PARTS, "y": years}, century) for years, century in CENTURIES]


def _as_iso(form: str, parts: dict[str, str], century: str) -> tuple[str, str]:
    pattern, groups = "", dict[str, str]()
    for part, letter in _PARTS.findall(form):
        if part in parts:
            groups[part] = f"\\{len(groups) + 1}"
            pattern += f"({parts[part]})"
        else:
            # Names of weekdays and zones say nothing that is needed.
            pattern += "[A-Za-z]+" if part else re.escape(letter)
    year = groups.get("Y") or century + groups.get("y", "1900")
    month = groups.get("m") or groups.get("b") or groups.get("B") or "01"
    hour = groups.get("H") or groups.get("I") or "00"
    time = f" {hour}:{groups.get('M', '00')}:{groups.get('S', '00')}" if "H" in groups or "I" in groups else ""
    rest = (f".{groups['f']}" if "f" in groups else "") + (f" {groups['p']}" if "p" in groups else "")
    return f"^{pattern}$", f"{year}-{month}-{groups.get('d', '01')}{time}{rest}{groups.get('z', '')}"
