"""Headers: whether the first row of an export names its columns, or is the title of a report above them."""

from __future__ import annotations

from collections.abc import Sequence

from salesops_lib.errors import Fault, SourceError

FEWEST = 3


def check_titles(rows: Sequence[tuple[int, Sequence[str]]], shown: str) -> None:
    """Refuse a file whose first row is much shorter than the rows that follow some way below it.

    Parameters
    ----------
    rows : sequence
        The first rows, each with its number.
    shown : str
        What messages call the file.

    Raises
    ------
    SourceError
        Naming the row in which the columns seem to be named.
    """
    filled = [(number, sum(bool(cell.strip()) for cell in row)) for number, row in rows]
    filled = [(number, n) for number, n in filled if n]
    place = _header([n for _, n in filled])
    if not place:
        return
    number = filled[place][0]
    first = next(cell.strip() for _, row in rows for cell in row if cell.strip())
    what = f"its first row is {first[:40]!r}, which looks like a title; row {number} looks like the header."
    raise SourceError(Fault(what, file=shown, fix=f"Set `skip_rows: {number - 1}` if it is."))


def without_remarks(rows: Sequence[tuple[int, list[str]]]) -> int:
    """How many rows are the table's own: at its end, what stands below a blank row in one cell each is a remark.

    Reports of CRMs end so: with their name, a copyright, who made them and when.

    Parameters
    ----------
    rows : sequence
        The rows that are not blank, each with its number; the header is the first.

    Examples
    --------
    >>> rows = [(1, ["id", "stage", "amount"]), (2, ["A1", "Won", "1"]), (4, ["My report"]), (5, ["Copyright", "", ""])]
    >>> without_remarks(rows), without_remarks(rows[:2])
    (2, 2)
    """
    end = len(rows)
    while end > 1 and sum(bool(cell.strip()) for cell in rows[end - 1][1]) == 1:
        end -= 1
    gaps = (i for i in range(max(end, 1), len(rows)) if rows[i][0] - rows[i - 1][0] > 1)
    return next(gaps, len(rows)) if rows and len(rows[0][1]) >= FEWEST else len(rows)


def _header(filled: Sequence[int]) -> int:
    """The place of the header among rows of so many filled cells each; 0: it is the first, or nobody can say.

    >>> _header([1, 1, 7, 7, 6]), _header([7, 7, 7]), _header([2, 2, 4, 2])
    (2, 0, 0)
    """
    most = max(filled, default=0)
    if most < FEWEST or filled[0] * 2 > most:
        return 0
    place = next(i for i, n in enumerate(filled) if n * 10 > most * 7)
    below = filled[place + 1 :]
    # One row that is too wide is a fault of its own: below a header, most rows are as wide as it.
    full = sum(n * 2 > most for n in below)
    return place if below and full * 2 >= len(below) and all(n * 2 <= most for n in filled[:place]) else 0
