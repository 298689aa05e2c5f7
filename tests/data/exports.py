"""An export of a CRM that is damaged step by step, and what a reader of the damaged file may at most say of it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import openpyxl

from salesops_lib.data.cells import clean

HEADER = ["opportunity_id", "rep_id", "name", "stage", "amount", "created_at", "closed_at"]
NAMES = ["Acme, Inc", "Zoë & Söhne", 'The "Best"', "Łódź S.A.", "=1+1", "<b>Bold</b>", "O’Hara", "山田商店"]
LENGTH = 24


def start() -> Export:
    """Twenty-four opportunities, two thirds of them won, no two amounts alike."""
    rows = []
    for i in range(LENGTH):
        born = date(2026, 1, 2) + timedelta(days=5 * i)
        amount = f"{1000 + 137 * i}.{10 + 3 * i:02d}"
        stage = ("Won", "Won", "Lost")[i % 3]
        closed = born + timedelta(days=20 + i)
        rows.append(
            [f"00{i + 1}A", f"R{i % 4}", NAMES[i % len(NAMES)], stage, amount, born.isoformat(), closed.isoformat()]
        )
    return Export([*HEADER], rows)


@dataclass
class Export:
    """The cells of an export; `meaning` knows what each text that was written for an amount means."""

    header: list[str]
    rows: list[list[str]]
    comma: bool = False
    meaning: dict[str, Decimal] = field(default_factory=dict)

    def at(self, name: str) -> int:
        """The place of a column; -1 if it is not there."""
        return self.header.index(name) if name in self.header else -1

    def value(self, text: str) -> Decimal | None:
        """What a text means as an amount; None if it is none."""
        text = clean(text).replace(" ", "")
        if text in self.meaning:
            return self.meaning[text]
        form = r"\d+(,\d*)?|\d{1,3}(\.\d{3})+(,\d*)?" if self.comma else r"\d+(\.\d*)?|\d{1,3}(,\d{3})+(\.\d*)?"
        if not re.fullmatch(form, text):
            return None
        plain = text.replace(".", "").replace(",", ".") if self.comma else text.replace(",", "")
        return Decimal(plain)

    def data_rows(self) -> list[list[str]]:
        """The rows that hold anything."""
        return [row for row in self.rows if any(clean(cell) for cell in row)]

    def readable(self, *, ragged: bool) -> Counter[tuple[str, bool, Decimal | None]]:
        """What may be read of the file at most: id, whether it is won, amount. `ragged`: short rows are whole rows."""
        places = [self.at(name) for name in ("opportunity_id", "stage", "amount")]
        found: Counter[tuple[str, bool, Decimal | None]] = Counter()
        for row in self.data_rows():
            if len(row) > len(self.header) and any(row[len(self.header) :]):
                continue
            if not ragged and len(row) != len(self.header):
                continue
            cells = [clean(row[i]) if 0 <= i < len(row) else "" for i in places]
            found[(cells[0], cells[1] == "Won", self.value(cells[2]) if cells[2] else None)] += 1
        return found


def written(value: Decimal, way: int, export: Export) -> str:
    """An amount in one of the ways in which people write it."""
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    ways = [
        english,
        f"${english}",
        f"USD {value}",
        english.replace(",", "\u00a0"),
        german,
        f"{value:.5E}",
        str(value).replace(".", ","),
    ]
    text = ways[way % len(ways)]
    export.meaning[clean(text).replace(" ", "")] = value
    return text


def drop(export: Export, kind: int, a: int, b: int) -> None:
    """A cell, a row, a column, the header."""
    row = export.rows[a % len(export.rows)] if export.rows else []
    if kind % 4 == 0 and row:
        row[b % len(row)] = ""
    elif kind % 4 == 1 and len(export.rows) > 1:
        del export.rows[a % len(export.rows)]
    elif kind % 4 == 2 and len(export.header) > 1:
        place = a % len(export.header)
        del export.header[place]
        for each in export.rows:
            del each[place : place + 1]
    elif kind % 4 == 3 and len(export.rows) > 1:
        export.header = export.rows.pop(0)


def swap(export: Export, kind: int, a: int, b: int) -> None:
    """Two cells of a row, two rows, two columns, two names of the header."""
    if kind % 4 == 0 and export.rows:
        _exchange(export.rows[a % len(export.rows)], b, a // 7 + b + 1)
    elif kind % 4 == 1:
        _exchange(export.rows, a, b)
    elif kind % 4 == 2:
        for each in (export.header, *export.rows):
            if len(each) == len(export.header):
                _exchange(each, a, b)
    else:
        _exchange(export.header, a, b)


def _exchange(cells: list, a: int, b: int) -> None:
    if cells:
        i, j = a % len(cells), b % len(cells)
        cells[i], cells[j] = cells[j], cells[i]


def retype(export: Export, kind: int, a: int, b: int) -> None:
    """Amounts, dates, ids or stages written in another way: in one cell or in the whole column."""
    column = ("amount", "amount", "amount", "closed_at", "created_at", "opportunity_id", "stage")[kind % 7]
    place = export.at(column)
    rows = [row for row in export.rows if 0 <= place < len(row)]
    if not rows:
        return
    whole = b % 2 == 0
    for row in rows if whole else [rows[a % len(rows)]]:
        value = export.value(row[place]) if column == "amount" else None
        if value is not None:
            row[place] = written(value, a, export)
        elif column in ("closed_at", "created_at"):
            row[place] = _date(row[place], a)
        elif column == "opportunity_id":
            row[place] = (row[place].lstrip("0"), f" {row[place]}\u200b", row[place].lower(), "1E5")[a % 4]
        elif column == "stage":
            row[place] = (row[place].upper(), f"{row[place]} ", "Closed", row[place][:2])[a % 4]
    if column == "amount" and whole:
        export.comma = a % 7 in (4, 6)


def _date(text: str, way: int) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    serial = str((day - date(1899, 12, 30)).days)
    forms = [f"{day:%d.%m.%Y}", f"{day:%m/%d/%Y}", f"{day:%d/%m/%y}", serial, f"{text}T22:30:00Z", "0000-00-00", "soon"]
    return forms[way % len(forms)]


def duplicate(export: Export, kind: int, a: int, b: int) -> None:
    """A row, a row with another amount, a column, all rows, the header within the rows."""
    if not export.rows:
        return
    row = [*export.rows[a % len(export.rows)]]
    if kind % 5 == 0:
        export.rows.insert(b % (len(export.rows) + 1), row)
    elif kind % 5 == 1:
        place = export.at("amount")
        if 0 <= place < len(row):
            row[place] = f"{7 + b % 1000}.5"
        export.rows.append(row)
    elif kind % 5 == 2:
        for each in (export.header, *export.rows):
            each.extend(each[a % len(export.header) :][:1])
    elif kind % 5 == 3:
        export.rows += [[*each] for each in export.rows]
    else:
        export.rows.insert(b % (len(export.rows) + 1), [*export.header])


def truncate(export: Export, kind: int, a: int, b: int) -> None:
    """A cell, a row, the last columns."""
    if not export.rows:
        return
    row = export.rows[a % len(export.rows)]
    if kind % 3 == 0 and row:
        place = b % len(row)
        row[place] = row[place][: (a // 7) % (len(row[place]) + 1)]
    elif kind % 3 == 1:
        del row[b % (len(row) + 1) :]
    else:
        keep = 1 + a % len(export.header)
        for each in (export.header, *export.rows):
            del each[keep:]


def insert(export: Export, kind: int, a: int, b: int) -> None:
    """A cell too many, a title, a total, a blank row, characters that cannot be seen."""
    place = b % (len(export.rows) + 1)
    if kind % 5 == 0 and export.rows:
        export.rows[a % len(export.rows)].insert(b % 7, ("", "x", "250.00")[a % 3])
    elif kind % 5 == 1:
        title = ["Opportunities, all", "Report of deals"][a % 2]
        export.rows.insert(0, export.header)
        export.header = [title] + [""] * (b % 2 * 6)
    elif kind % 5 == 2:
        values = [export.value(row[4]) or 0 for row in export.rows if len(row) > 4]
        export.rows.append(["Total", "", "", "", str(sum(values)), "", ""][: max(len(export.header), 1)])
    elif kind % 5 == 3:
        export.rows.insert(place, [""] * (a % 2 * len(export.header)))
    elif export.rows:
        row = export.rows[a % len(export.rows)]
        if row:
            odd = ("\x00", "\u200b", "\u00a0", "\ufeff", "\u202e", "\n")[b % 6]
            at = a % len(row)
            row[at] = row[at][:1] + odd + row[at][1:]


STEPS = {
    "drop": drop,
    "swap": swap,
    "retype": retype,
    "duplicate": duplicate,
    "truncate": truncate,
    "insert": insert,
}

ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "utf-32")


def as_csv(export: Export, a: int, b: int) -> bytes:
    """The export as a CSV file in one of the ways in which programs write one."""
    stream = io.StringIO()
    ending = ("\n", "\r\n", "\n", "\r")[a % 4]
    # Python's writer does not quote a line break that is not its own.
    quoting = csv.QUOTE_ALL if ending == "\r" or a // 4 % 2 else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, delimiter=",;\t|"[b % 4], lineterminator=ending, quoting=quoting)
    writer.writerow(export.header)
    writer.writerows(export.rows)
    return stream.getvalue().encode(ENCODINGS[b // 4 % len(ENCODINGS)], errors="replace")


def as_xlsx(export: Export, a: int) -> bytes:
    """The export as a workbook: every cell as text, or numbers and dates as what they are."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (export.header, *export.rows):
        cells = [re.sub("[\x00-\x08\x0b-\x1f]", "", cell) for cell in row]
        sheet.append([_typed(cell) if a % 2 else cell for cell in cells])
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                cell.data_type = "s"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _typed(cell: str) -> object:
    if re.fullmatch(r"[1-9]\d*\.\d+", cell):
        return float(cell)
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return cell
