"""Circumstances: what a rep was given and did not choose — territory, segment, tenure, leads — deal by deal."""

from __future__ import annotations

from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import _

from salesops_lib.analysis.reps.peers import Peers, working_days
from salesops_lib.metrics import measure
from salesops_lib.periods import Period

FACTORS = {
    "win_rate": ("territory_potential", "segment", "tenure", "lead_source"),
    "revenue_won": ("territory_potential", "segment", "tenure", "lead_quality"),
}
TENURES = {"under 6 months": 6, "6 to 12 months": 12, "over 12 months": 10**6}
DAYS_IN_MONTH = 365.25 / 12


def closed_deals(peers: Peers) -> pd.DataFrame:
    """The opportunities closed in the last four quarters by what the rep was given.

    Returns
    -------
    DataFrame
        One row per rep and combination of factors: rep, territory_potential (null: unknown), segment, tenure,
        lead_source (texts, "" for unknown), top (won), n (closed).
    """
    span = peers.book.calendar.period(peers.year)
    deals = peers.book.table("opportunities").filter(
        _.is_closed & _.closed_at.cast("date").between(ibis.literal(span.start), ibis.literal(span.end))
    )
    hired = peers.compared[["rep", "hired_on"]].assign(hired_on=lambda f: f["hired_on"].dt.date)
    who = ibis.memtable(hired, schema={"rep": "string", "hired_on": "date"})
    joined = deals.inner_join(who, deals.rep_id == who.rep)
    days = joined.closed_at.cast("date").cast("timestamp").delta(joined.hired_on.cast("timestamp"), unit="day")
    cases = [(days < int(months * DAYS_IN_MONTH), band) for band, months in TENURES.items()]
    joined = joined.mutate(tenure=ibis.cases(*cases, else_=""), lead_source=_.lead_source.fill_null(""))
    cells = joined.group_by(["rep", "tenure", "lead_source"]).agg(top=_.is_won.sum(), n=_.count()).to_pandas()
    cells = cells.sort_values(["rep", "tenure", "lead_source"], ignore_index=True)
    found: pd.DataFrame = cells.merge(_places(peers), on="rep").astype({"top": "float64", "n": "float64"})
    return found.assign(deals=found["n"])


def quarters_of(peers: Peers) -> pd.DataFrame:
    """The last four quarters of each rep by what the rep was given.

    Returns
    -------
    DataFrame
        One row per rep and quarter in which the rep worked: rep, territory_potential, segment, tenure, lead_quality
        (expected wins per working day from the leads given, by their sources; null without leads), top (revenue won), n
        (working days).
    """
    calendar = peers.book.calendar
    quarters = calendar.split(calendar.period(peers.year), "quarter")
    won = measure(peers.book, "revenue_won", peers.year, by="rep", grain="quarter")
    revenue = won.set_index(["rep", "period"])
    rows = [
        (rep, quarter.name, days, _tenure(hired, quarter))
        for rep, hired, left in peers.compared[["rep", "hired_on", "left_on"]].itertuples(index=False)
        for quarter in quarters
        if (days := _worked(peers, quarter, hired, left))
    ]
    frame = pd.DataFrame(rows, columns=["rep", "period", "n", "tenure"]).merge(_places(peers), on="rep")
    keys = pd.MultiIndex.from_frame(frame[["rep", "period"]])
    frame["top"], frame["deals"] = (revenue[name].reindex(keys).fillna(0.0).to_numpy() for name in ("value", "n"))
    frame["lead_quality"] = _lead_quality(peers).reindex(keys).to_numpy() / frame["n"]
    return frame.astype({"n": "float64"})


def days_worked(peers: Peers) -> pd.Series[float]:
    """Working days of each compared rep in the last four quarters, up to the book's day; the index is the rep."""
    span = peers.book.calendar.period(peers.year)
    staff = peers.compared
    days = [_worked(peers, span, *dates) for dates in zip(staff["hired_on"], staff["left_on"], strict=True)]
    return pd.Series(days, index=staff["rep"], dtype="float64")


def _places(peers: Peers) -> pd.DataFrame:
    """Rep, segment, and the addressable accounts of the territory per rep in it."""
    staff = peers.compared[["rep", "segment", "territory"]].copy()
    staff["territory_potential"] = np.nan
    if peers.book.has("territories"):
        table = peers.book.table("territories")
        places = table.select(
            territory=_.territory_id, accounts=_.addressable_accounts.coalesce(_.addressable_addresses)
        ).to_pandas()
        accounts = pd.to_numeric(places.set_index("territory")["accounts"]).astype("float64")
        # Who shares a territory shares its accounts, also with those who are not compared.
        sharing = peers.everyone["territory"].value_counts()
        shared = staff["territory"].map(accounts) / staff["territory"].map(sharing)
        staff["territory_potential"] = shared.where(shared > 0)
    return staff.drop(columns="territory")


def _lead_quality(peers: Peers) -> pd.Series[float]:
    """Expected wins from the leads of a rep and quarter, if each source converted as it does for all."""
    if not peers.book.has("leads"):
        return pd.Series(dtype="float64", index=pd.MultiIndex.from_arrays([[], []], names=["rep", "period"]))
    given = measure(peers.book, "lead_conversion", peers.year, by=["rep", "lead_source"], grain="quarter")
    whole = given.groupby(["lead_source", "period"])[["numerator", "denominator"]].transform("sum")
    given["expected"] = given["denominator"] * whole["numerator"] / whole["denominator"].where(whole["denominator"] > 0)
    expected: pd.Series[float] = given.groupby(["rep", "period"])["expected"].sum()
    return expected


def _worked(peers: Peers, span: Period, hired: pd.Timestamp, left: pd.Timestamp) -> int:
    first = span.start if pd.isna(hired) else max(span.start, hired.date())
    last = min(span.end, peers.book.as_of)
    return working_days(first, last if pd.isna(left) else min(last, left.date()))


def _tenure(hired: pd.Timestamp, quarter: Period) -> str:
    if pd.isna(hired):
        return ""
    middle = quarter.start + timedelta(days=quarter.days // 2)
    months = (middle - hired.date()).days / DAYS_IN_MONTH
    return next(band for band, limit in TENURES.items() if months < limit)
