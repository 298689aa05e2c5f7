"""Frames of analysis made by hand, as the show layer receives them."""

from __future__ import annotations

import pandas as pd

NAN = float("nan")
RULE = "rule 1: a point beyond 3 sigma"
HOSTILE = "<script>alert(1)</script> $x^$ _a_ \\frac{1}{2} {{x}} &amp; 'q' \"z\""


def scorecard(**changes: dict[str, object]) -> pd.DataFrame:
    """Seven metrics: reached, below, not distinguishable, lower is better, n/a, few cases, no target."""
    columns = "metric label unit better value low high n target previous year_ago verdict change change_year note"
    rows = [
        ("revenue_won", "Revenue won", "money", "higher", 4234567.0, NAN, NAN, 212, 4000000.0, 3900000.0, 4400000.0,
         "reached", 0.0858, -0.0376, ""),
        ("quota_attainment", "Quota attainment", "share", "higher", 0.962, 0.881, 1.043, 40, 1.0, 0.91, 1.02,
         "not distinguishable", 0.052, -0.058, ""),
        ("reps_at_quota", "Reps at quota", "share", "higher", 0.45, 0.307, 0.602, 40, NAN, 0.4, 0.5, "none", 0.05,
         -0.05, ""),
        ("win_rate", "Win rate", "share", "higher", 0.316, 0.28, 0.354, 671, 0.4, 0.33, 0.35, "below", -0.014, -0.034,
         ""),
        ("sales_cycle_days", "Sales cycle (median)", "days", "lower", 51.8, 49.0, 54.0, 212, 45.0, 50.0, NAN, "above",
         0.036, NAN, ""),
        ("discount_rate", "Discount", "share", "neither", NAN, NAN, NAN, 0, 0.1, NAN, NAN, "none", NAN, NAN,
         "No list amounts in the source."),
        ("slip_rate", "Slip rate", "share", "lower", 0.25, 0.07, 0.59, 8, 0.2, 0.3, 0.28, "not distinguishable", -0.05,
         -0.03, ""),
        ("sales_velocity", "Sales velocity", "money_per_day", "higher", 46210.0, 40100.0, 52800.0, 671, NAN, 44000.0,
         47000.0, "none", 0.0502, -0.0168, ""),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns.split())
    frame = frame.assign(
        definition="As defined.", previous_period="2026Q2", year_ago_period="2025Q3", period="2026Q3", complete=True
    )
    for metric, values in changes.items():
        for column, value in values.items():
            frame.loc[frame["metric"] == metric, column] = value  # type: ignore[call-overload]
    return frame


def change() -> pd.DataFrame:
    """1000 x 0.39 x 10,000 = 3.9M to 1060 x 0.3652 x ...: the parts sum to +300,000."""
    return pd.DataFrame(
        {
            "driver": ["volume", "win_rate", "deal_size"],
            "unit": ["count", "share", "money"],
            "before": [1000.0, 0.39, 10000.0],
            "after": [1060.0, 0.36, 11006.289308176101],
            "part": [234000.0, -318000.0, 384000.0],
            "previous_period": "2026Q2",
            "period": "2026Q3",
            "complete": True,
        }
    )


def change_by(*groups: str) -> pd.DataFrame:
    """Four groups, three of which rose."""
    return pd.DataFrame(
        {
            "by": "region",
            "group": groups or ("North", "South", "East", "West"),
            "before": [900000.0, 1100000.0, 700000.0, 1200000.0],
            "after": [1150000.0, 1000000.0, 780000.0, 1270000.0],
            "change": [250000.0, -100000.0, 80000.0, 70000.0],
            "volume": [100000.0, -50000.0, 40000.0, 144000.0],
            "win_rate": [50000.0, -150000.0, 20000.0, -238000.0],
            "deal_size": [100000.0, 100000.0, 20000.0, 164000.0],
        }
    )


def change_totals() -> pd.DataFrame:
    """The sums of the four groups, and what the mix adds to make the company of `change`."""
    return pd.DataFrame(
        {
            "line": ["sum", "mix", "company"],
            "before": [3900000.0, 0.0, 3900000.0],
            "after": [4200000.0, 0.0, 4200000.0],
            "change": [300000.0, 0.0, 300000.0],
            "volume": [234000.0, 0.0, 234000.0],
            "win_rate": [-318000.0, 0.0, -318000.0],
            "deal_size": [384000.0, 0.0, 384000.0],
        }
    )


def attainment(*groups: str) -> pd.DataFrame:
    """Three groups with a quota, one without."""
    return pd.DataFrame(
        {
            "by": "team",
            "group": groups or ("North", "South", "East", "Unassigned"),
            "revenue_won": [1150000.0, 1000000.0, 780000.0, 12000.0],
            "quota": [1000000.0, 1400000.0, 800000.0, NAN],
            "attainment": [1.15, 0.714, 0.975, NAN],
            "low": [1.02, 0.6, 0.85, NAN],
            "high": [1.28, 0.82, 1.1, NAN],
            "reps_at_quota": [7.0, 2.0, 4.0, NAN],
            "reps": [10.0, 11.0, 9.0, 0.0],
            "complete": True,
        }
    )


def ledger() -> pd.DataFrame:
    """A ledger whose columns add up."""
    lines = ["opening", "created", "re_opened", "pulled_in", "pushed_out", "won", "lost", "amount_changes", "closing"]
    due = [6100000.0, 3200000.0, 150000.0, 420000.0, -900000.0, -4234567.0, -2900000.0, -35433.0, 1800000.0]
    later = [2500000.0, 1900000.0, 0.0, -420000.0, 900000.0, 0.0, -200000.0, 20000.0, 4700000.0]
    total = [a + b for a, b in zip(due, later, strict=True)]
    return pd.DataFrame(
        {"line": lines, "due": due, "later": later, "total": total, "n": [610, 420, 9, 40, 85, 212, 459, 33, 283]}
    )


def coverage(*groups: str) -> pd.DataFrame:
    """The company and two teams, one of which falls short."""
    return pd.DataFrame(
        {
            "period": "2026Q4",
            "group": ("", *(groups or ("North", "South"))),
            "open_pipeline": [6000000.0, 4000000.0, 2000000.0],
            "weighted": [2400000.0, 1700000.0, 700000.0],
            "quota": [4500000.0, 2000000.0, 2500000.0],
            "revenue_won": [200000.0, 150000.0, 50000.0],
            "needed": [4300000.0, 1850000.0, 2450000.0],
            "coverage": [1.395, 2.16, 0.816],
            "rate_span": "2025Q4..2026Q3",
            "rate": [0.476, 0.476, 0.476],
            "by_value": True,
            "required": [2.1, 2.1, 2.1],
            "rate_period": "2026Q3",
            "rate_alone": [0.4, 0.5, NAN],
            "required_alone": [2.5, 2.0, NAN],
            "usual": [1.2, 1.3, NAN],
            "usual_attainment": [0.97, 1.01, NAN],
            "usual_quarters": [4, 4, 0],
            "usual_last_period": "2026Q3",
            "usual_last": [1.25, 1.3, NAN],
            "usual_last_attainment": [0.75, 0.9, NAN],
        }
    )


def funnel(*stages: str) -> pd.DataFrame:
    """Four stages, the third leaks, the last is young."""
    return pd.DataFrame(
        {
            "stage": stages or ("Prospecting", "Qualified", "Proposal", "Negotiation"),
            "entered": [800, 610, 420, 160],
            "advanced": [600, 410, 132, 95],
            "lost": [170, 180, 270, 30],
            "open": [30, 20, 18, 35],
            "conversion": [0.75, 0.672, 0.314, 0.594],
            "low": [0.719, 0.634, 0.272, 0.516],
            "high": [0.779, 0.708, 0.36, 0.667],
            "in_period": [0.75, 0.672, 0.314, 0.594],
            "baseline": [0.74, 0.68, 0.45, 0.61],
            "baseline_n": [3000, 2200, 1500, 700],
            "p_value": [0.5, 0.7, 0.00001, 0.6],
            "leak": [False, False, True, False],
            "censored": [False, False, False, True],
        }
    )


def losses(*reasons: str) -> pd.DataFrame:
    """Three stages, four reasons."""
    reasons = reasons or ("Price", "No decision", "Competitor", "No budget this year")
    counts = {"Qualified": [30, 62, 21, 40], "Proposal": [140, 60, 45, 25], "Negotiation": [12, 4, 10, 4]}
    rows = [
        (stage, reason, lost, lost * 6000.0, lost / 453, lost / 453 * 0.8, lost / 453 * 1.2)
        for stage, row in counts.items()
        for reason, lost in zip(reasons, row, strict=True)
    ]
    return pd.DataFrame(rows, columns="stage loss_reason lost amount share low high".split())


def trends(*labels: str) -> pd.DataFrame:
    """Five metrics over eight quarters; the win rate has a signal in the last but one."""
    periods = [f"{2024 + (q + 3) // 4}Q{(q + 3) % 4 + 1}" for q in range(8)]
    data = [
        (
            "revenue_won",
            "Revenue won",
            "money",
            [3.2e6, 3.9e6, 4.4e6, 3.1e6, 3.6e6, 3.5e6, 3.9e6, 4234567.0],
            2.9e6,
            4.7e6,
        ),
        ("win_rate", "Win rate", "share", [0.36, 0.35, 0.37, 0.36, 0.35, 0.34, 0.27, 0.316], 0.3, 0.4),
        ("sales_cycle_days", "Sales cycle (median)", "days", [48.0, 50, 49, 52, 51, 49, 50, 51.8], 44.0, 55.0),
        (
            "average_deal_size",
            "Average deal size",
            "money",
            [18000.0, 18500, 19000, 18800, 19500, 19100, 19800, 19974],
            17000.0,
            21000.0,
        ),
        ("pipeline_coverage", "Pipeline coverage", "ratio", [NAN, NAN, 2.1, 2.0, 1.9, 2.2, 2.0, 1.4], NAN, NAN),
    ]
    rows = []
    for i, (metric, label, unit, values, lower, upper) in enumerate(data):
        for period, value in zip(periods, values, strict=True):
            rule = RULE if metric == "win_rate" and value < 0.3 else ""
            shown = labels[i] if i < len(labels) else label
            rows.append((metric, shown, unit, period, value, NAN, NAN, (lower + upper) / 2, lower, upper, rule))
    return pd.DataFrame(rows, columns="metric label unit period value low high center lower upper rule".split())


def signals(group: str = "West") -> pd.DataFrame:
    """Two groups over thirteen weeks; one week of the second stands out."""
    rows = []
    for name, values in (("North", [0.3] * 13), (group, [0.3, 0.28, 0.31, 0.29, 0.3, 0.12, 0.3] + [0.3] * 6)):
        for i, value in enumerate(values):
            hit = value < 0.2
            rows.append(
                (
                    name,
                    f"2026-W{27 + i}",
                    60,
                    value,
                    0.3,
                    0.2,
                    0.4,
                    0.0004 if hit else 0.5,
                    hit,
                    RULE if hit else "",
                )
            )
    return pd.DataFrame(rows, columns="group week n value center lower upper p_value signal rule".split())


def recognition(*reps: str) -> pd.DataFrame:
    """Three reps in order."""
    return pd.DataFrame(
        {
            "rank": [1, 2, 3],
            "rep": ["r1", "r2", "r3"],
            "rep_name": reps or ("Ann Bell", "Bo Chen", "Cy Diaz"),
            "team": ["North", "East", "North"],
            "attainment": [1.62, 1.5, 1.31],
            "revenue_won": [210000.0, 190000.0, 250000.0],
            "win_rate": [0.52, 0.41, 0.38],
            "deals": [12, 9, 14],
        }
    )


def audit() -> pd.DataFrame:
    """Two tables that reconcile."""
    return pd.DataFrame(
        {
            "table": ["opportunities", "reps"],
            "source": ["opportunities.csv", "reps.csv"],
            "read": [12345, 41],
            "used": [12340, 40],
            "quarantined": [3, 0],
            "dropped": [2, 1],
            "note": ["won without amount: 3", ""],
        }
    )


def definitions() -> pd.DataFrame:
    """One definition."""
    return pd.DataFrame(
        {
            "metric": ["win_rate"],
            "label": ["Win rate"],
            "unit": ["share"],
            "definition": ["Won ÷ (won + lost), by close date."],
        }
    )
