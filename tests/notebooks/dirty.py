"""Faults planted in a copy of the demo company's files: how many of each the audit has to find."""

from __future__ import annotations

import pandas as pd

FAULTS = {
    "missing_amount": 40,
    "overdue": 60,
    "missing_loss_reason": 40,
    "outlier": 3,
    "placeholder": 12,
    "missing_owner": 25,
    "unknown_owner": 9,
    "double_account": 5,
    "closed_before_created": 7,
    "copy": 4,
    "logged_at_once": 6,
    "answered_before": 8,
}
ACCOUNTS = ("{name} Inc.", "{upper}", "{name} GmbH", "The {name}", "{name}, B.V.")


def plant(folder):
    """Write the faults into the CSV files of a folder; who leaves most fields empty."""
    deals = _read(folder, "opportunities")
    history = _read(folder, "opportunity_history").set_index("opportunity_id")
    opened, lost = deals["is_closed"] == "false", deals["is_won"].eq("false") & deals["closed_at"].ge("2026-07-01")
    late = opened & deals["stage"].isin(["Proposal", "Negotiation"])
    won = deals["is_won"].eq("true") & deals["closed_at"].ge("2026-07-01")
    early = opened & ~late
    taken = {}

    def take(name, where):
        places = deals.index[where & ~deals.index.isin([i for each in taken.values() for i in each])]
        taken[name] = list(places[: FAULTS[name]])
        return taken[name]

    worst = deals.loc[lost, "rep_id"].value_counts().index[0]
    deals.loc[take("missing_amount", late), "amount"] = ""
    deals.loc[take("overdue", early), "close_date"] = "2026-08-17"
    deals.loc[take("missing_loss_reason", lost & (deals["rep_id"] == worst)), "loss_reason"] = ""
    deals.loc[take("outlier", won), "amount"] = "9999999.00"
    deals.loc[take("placeholder", won), "amount"] = "1.00"
    deals.loc[take("missing_owner", early), "rep_id"] = ""
    deals.loc[take("unknown_owner", early), "rep_id"] = "R-999"
    deals.loc[take("closed_before_created", won), "created_at"] = "2026-12-01 10:00:00"
    # The history tells of the same amounts and dates as the records do.
    for name, column in (("missing_amount", "amount"), ("overdue", "close_date"), ("outlier", "amount")):
        ids = deals.loc[taken[name], ["opportunity_id", column]].set_index("opportunity_id")[column]
        last = ~history.index.duplicated(keep="last") & history.index.isin(ids.index)
        history.loc[last, column] = history.index[last].map(ids)
    _write(folder, "opportunity_history", history.reset_index())
    _write(folder, "opportunities", pd.concat([deals, deals.loc[taken["overdue"][: FAULTS["copy"]]]]))

    accounts = _read(folder, "accounts")
    doubles = accounts.head(len(ACCOUNTS)).copy()
    doubles["name"] = [form.format(name=n, upper=n.upper()) for form, n in zip(ACCOUNTS, doubles["name"], strict=True)]
    doubles["account_id"] = [f"ZZ-{i}" for i in range(len(doubles))]
    _write(folder, "accounts", pd.concat([accounts, doubles]))

    activities = _read(folder, "activities")
    here = activities.index[(activities["rep_id"] == worst) & activities["happened_at"].ge("2026-09-01")]
    activities.loc[here[: FAULTS["logged_at_once"]], "happened_at"] = "2026-09-25 17:00:00"
    _write(folder, "activities", activities)

    leads = _read(folder, "leads")
    answered = leads.index[leads["created_at"].ge("2026-08-01") & leads["first_response_at"].ne("")]
    leads.loc[answered[: FAULTS["answered_before"]], "first_response_at"] = "2026-07-15 09:00:00"
    _write(folder, "leads", leads)
    return worst


def _read(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def _write(folder, name, frame):
    frame.to_csv(folder / f"{name}.csv", index=False)
