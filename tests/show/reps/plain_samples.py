"""Frames of the rep comparison made by hand that name no rep: factors, tests, practices, fields."""

from __future__ import annotations

import pandas as pd

NAN = float("nan")


def factors() -> pd.DataFrame:
    rows = [
        ("win_rate", "segment", 3, 0.71, 1.32, True, ""),
        ("win_rate", "lead_source", 4, 0.55, 1.8, True, ""),
        ("win_rate", "tenure", 0, NAN, NAN, False, "the source has no hiring dates"),
        ("revenue_won", "territory_potential", 8, 0.8, 1.4, True, ""),
    ]
    return pd.DataFrame(rows, columns="metric factor levels smallest largest used why".split())


def lacking() -> pd.DataFrame:
    rows = [("quota_attainment", "Quota attainment", "quotas"), ("lead_response_hours", "Lead response", "leads")]
    return pd.DataFrame(rows, columns=["metric", "label", "why"])


def lead_fairness() -> pd.DataFrame:
    rows = [
        ("number", "chi-square", 61.24, 39, 0.0002, 0.124, 0.051, 0.092, True, 812),
        ("quality", "Kruskal-Wallis", 41.9, 39, 0.346, NAN, NAN, NAN, False, 790),
    ]
    return pd.DataFrame(rows, columns="aspect test statistic df p_value gini gini_low gini_high uneven n".split())


def personal() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "table": ["reps", "reps", "activities"],
            "field": ["name", "hired_on", "rep_id"],
            "use": ["Names the rows", "Time in the job", "Activities per working day"],
            "shown_as": ["name", "figure", "pseudonym"],
        }
    )


def practices() -> pd.DataFrame:
    rows = [
        ("contacts_per_win", "Contacts per won deal", "count", 3.1, 1.9, 0.86, 0.7, 0.95, 0.002, "higher", 10, 30),
        ("lead_response_hours", "Lead response (median)", "hours", 2.2, 6.5, 0.2, 0.08, 0.36, 0.01, "lower", 10, 30),
        ("discount_rate", "Discount", "share", 0.08, 0.09, 0.45, 0.27, 0.64, 0.6, "not distinguishable", 10, 30),
        ("push_count", "Times pushed", "count", NAN, NAN, NAN, NAN, NAN, NAN, "too few", 2, 3),
    ]
    columns = "practice label unit best rest superiority low high p_value verdict n_best n_rest"
    return pd.DataFrame(rows, columns=columns.split())
