"""Books with pseudonyms, and every place where a name might show in them."""

import re

import pandas as pd

from salesops_lib.analysis.personal import personal_fields
from salesops_lib.data.book import open_book
from salesops_lib.data.schema import TABLES
from salesops_lib.errors import MissingTable

HEADER = "opportunity_id,rep_id,name,stage,amount,created_at,closed_at,Owner\n"
ROW = "A1,R-01,Deal,Won,100,2026-01-05,2026-02-05,\n"
REPS = "rep_id,name,manager_id,team\nR-01,Ann Lee,Cy Boss,East\nR-02,Ben Moss,Cy Boss,Cy Boss\n"
NAMES = ("Ann Lee", "Ben Moss", "Cy Boss", "R-01", "R-02")
SETTINGS = {"columns": {"owner": "Owner"}}
DERIVED = ("states", "stage_entries", "quota_spans", "forecast_results", "assigned_reps", "moves", "orders", "quotes")


def opened(desk, deals=None, **changes):
    tables = changes.pop("tables", {"reps": "reps.csv"})
    return open_book(
        desk.company(SETTINGS if deals is None else deals, privacy={"pseudonyms": True}, tables=tables, **changes)
    )


def everything(book):
    """Every text that a book can tell, with where it stands."""
    frames = {"audit": book.audit.frame(), "quarantine": book.audit.quarantine}
    for name in (*TABLES, *DERIVED, "lead_outcomes", "market", "pushes", "ramps"):
        try:
            frames[name] = book.table(name).to_pandas()
        except MissingTable:
            continue
    frames |= {f"source {name}": table.to_pandas() for name, table in book.source.tables.items()}
    frames["personal"] = personal_fields(book)
    for place, frame in frames.items():
        for column in frame.columns:
            if isinstance(frame[column].dtype, pd.StringDtype) or frame[column].dtype == object:
                for text in frame[column].dropna().unique():
                    yield f"{place}.{column}", str(text)


def leaks(book, real):
    """Where one of the real names or ids stands, as a whole text or within one."""
    words = re.compile(
        r"(?<![^\W_])(?:" + "|".join(map(re.escape, sorted(real, key=len, reverse=True))) + r")(?![^\W_])", re.I
    )
    return {(place, text) for place, text in everything(book) if words.search(text)}


def people(book):
    reps = book.source.tables["reps"].select("rep_id", "name", "manager_id").to_pandas()
    return {str(text) for column in reps for text in reps[column].dropna()}
