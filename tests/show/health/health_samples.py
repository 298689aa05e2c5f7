"""Frames of the audit made by hand, as the show layer receives them."""

from __future__ import annotations

import pandas as pd

NAN = float("nan")
HOSTILE = "<script>alert(1)</script> $x^$ {{x}} =1+1"
FIX = "Set the date that the customer named, or close it as lost."
EFFECT = "they are due in no coming quarter"


def checks() -> pd.DataFrame:
    """Two that fail, one that found nothing, one that could not be made, one without a record."""
    columns = "check topic label n failing share low high weight points amount at_stake why".split()
    rows = [
        ("overdue", "dates", "Close date in the past", 984, 60, 0.061, 0.048, 0.078, 3, 0.321, 1053344.0, 60, ""),
        ("outlier", "amounts", "Amount far too large", 1710, 3, 0.0018, 0.0006, 0.0051, 2, 0.006, 29999997.0, 3, ""),
        ("missing_owner", "completeness", "No owner", 3523, 0, 0.0, 0.0, 0.001, 3, 0.0, NAN, 0, ""),
        ("missing_amount", "completeness", "No amount, late stage", 200, 50, 0.25, 0.195, 0.314, 3, 0.7, NAN, 50, ""),
        ("stale", "freshness", "Stale", 0, 0, NAN, NAN, NAN, 3, NAN, NAN, 0, "this needs the table 'x'. Add it."),
        ("copy", "import", "Copy of a row", 0, 0, NAN, NAN, NAN, 1, NAN, NAN, 0, ""),
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(definition="Open opportunities.", effect=EFFECT, metrics="Pipeline due, Slip rate", fix=FIX)


def failing() -> pd.DataFrame:
    frame = checks()
    return frame[frame["failing"] > 0].sort_values("points", ascending=False, ignore_index=True)


def passed() -> pd.DataFrame:
    frame = checks()
    return frame[(frame["failing"] == 0) & frame["share"].notna()].reset_index(drop=True)


def not_made() -> pd.DataFrame:
    frame = checks()
    return frame[frame["share"].isna()].reset_index(drop=True)


def completeness() -> pd.DataFrame:
    frame = checks()
    fields = frame[frame["topic"] == "completeness"]
    return fields.assign(filled=1 - fields["share"]).reset_index(drop=True)


def scores(value: float = 91.26) -> pd.DataFrame:
    rows = [
        ("", value, 89.1, 92.84, 4, 6),
        ("dates", 56.2, 46.5, 68.5, 1, 3),
        ("amounts", 99.999, 99.98, 100.0, 1, 2),
        ("process", NAN, NAN, NAN, 0, 3),
    ]
    return pd.DataFrame(rows, columns=["topic", "value", "low", "high", "n", "of"])


def trends() -> pd.DataFrame:
    """The score, a check with faults, and one that never had any; the last quarter's score is a signal."""
    quarters = ["2025Q3", "2025Q4", "2026Q1", "2026Q2"]
    parts = []
    for metric, label, unit, values in (
        ("score", "Score", "count", [99.0, 98.9, 99.0, 95.9]),
        ("overdue", "Close date in the past", "share", [0.01, 0.02, 0.01, 0.06]),
        ("missing_close_date", "No close date", "share", [0.0, 0.0, 0.0, 0.0]),
    ):
        line = pd.DataFrame({"metric": metric, "label": label, "unit": unit, "period": quarters, "value": values})
        center = sum(values[:3]) / 3
        parts.append(line.assign(low=NAN, high=NAN, n=10, center=center, lower=center, upper=center, rule=""))
    frame = pd.concat(parts, ignore_index=True)
    frame.loc[3, "rule"] = "rule 1: a point beyond 3 sigma"
    return frame


def by_rep(names: tuple[str, ...] = ("Ann Bell", "Bo Chen", "Cy Diaz")) -> pd.DataFrame:
    rows = [(0.97, 0.93, 0.99, 120, 0.4, "not distinguishable"), (0.68, 0.59, 0.75, 125, 0.0001, "below")]
    rows.append((0.9, 0.55, 0.99, 6, NAN, "too few"))
    frame = pd.DataFrame(rows, columns=["value", "low", "high", "n", "p_value", "verdict"])
    return frame.assign(rep=[f"R-{i}" for i in range(3)], rep_name=list(names), peers=0.93)


def duplicates(name: str = "Acme Inc.") -> pd.DataFrame:
    row = {"account_id": "A-1", "name": name, "other_id": "A-2", "other_name": "ACME", "similarity": 100.0}
    return pd.DataFrame([row])


def reach() -> pd.DataFrame:
    rows = [
        ("opportunities", "created_at", pd.Timestamp("2026-06-29"), 1.0),
        ("activities", "happened_at", pd.NaT, NAN),
    ]
    return pd.DataFrame(rows, columns=["table", "field", "last", "days"])


def overdue(n: int = 3, name: str = "Mill - Sensor") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "opportunity_id": [f"OP-{i}" for i in range(n)],
            "name": name,
            "account": None,
            "rep": "",
            "amount": [1000.0 * (n - i) for i in range(n)],
            "close_date": pd.Timestamp("2026-05-01"),
            "days": 60,
        }
    )


def highlights(**changes: object) -> dict[str, pd.DataFrame | None]:
    return {
        "scores": scores(),
        "failing": failing(),
        "trends": trends(),
        "reach": reach(),
        "by_rep": by_rep(),
        **changes,
    }  # type: ignore[dict-item]
