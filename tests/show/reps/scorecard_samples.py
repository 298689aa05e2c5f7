"""Frames of one rep's scorecard made by hand: quarters, open deals."""

from __future__ import annotations

import pandas as pd

NAN = float("nan")
STAGES = ("Prospecting", "Qualified", "Proposal", "Negotiation")


def trend(label: str = "Win rate") -> pd.DataFrame:
    periods = [f"{2024 + (q + 3) // 4}Q{(q + 3) % 4 + 1}" for q in range(8)]
    rows = []
    for metric, name, unit, centre in (
        ("quota_attainment", "Quota attainment", "share", 0.95),
        ("win_rate", label, "share", 0.41),
        ("sales_cycle_days", "Sales cycle (median)", "days", 48.0),
    ):
        for i, period in enumerate(periods):
            value = centre * (1 + 0.06 * ((i * 3) % 5 - 1))
            rows.append((metric, name, unit, period, value, value * 0.85, value * 1.15, centre))
    return pd.DataFrame(rows, columns="metric label unit period value low high peers".split())


def pipeline(count: int = 6, name: str = "Deal") -> pd.DataFrame:
    """Open deals from large to small; the first is overdue and pushed, the second never touched, the others fine."""
    flags = [("overdue", "pushed"), ("unstarted",), *[()] * (count - 2)]
    return pd.DataFrame(
        {
            "opportunity_id": [f"O-{i:03d}" for i in range(count)],
            "name": [f"{name} {i}" if i != 3 else None for i in range(count)],
            "account": "Acme",
            "stage": "Proposal",
            "amount": [50000.0 - 1000 * i for i in range(count)],
            "close_date": pd.to_datetime(["2026-08-03", *["2026-11-30"] * (count - 1)]),
            "age_days": 80,
            "stage_days": 31,
            "usual_days": 24.0,
            "pushes": [3, *[0] * (count - 1)],
            "last_activity_days": [4.0, NAN, *[2.0] * (count - 2)],
            "flags": flags[:count],
            "next_step": ["redate", "contact", *["keep"] * (count - 2)][:count],
        }
    )


def ageing() -> pd.DataFrame:
    bands = ("0-30", "31-60", "61-90", "over 90")
    rows = [(stage, band, i * j, i * j * 12000.0) for i, stage in enumerate(STAGES) for j, band in enumerate(bands)]
    return pd.DataFrame(rows, columns="stage band n amount".split())
