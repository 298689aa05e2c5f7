"""Open deals of one rep: how old, how long in their stage, how often put off, and what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.reps.evidence import FEWEST
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.data.book import Book
from salesops_lib.data.states import LONG_AGO
from salesops_lib.errors import MissingTable

USUAL = 0.8
MANY_PUSHES = 2
QUIET_DAYS = 14
UNTOUCHED_DAYS = 30
SOON = timedelta(days=30)
BANDS = {"0-30": 30.0, "31-60": 60.0, "61-90": 90.0, "over 90": np.inf}
COLUMNS = (
    "opportunity_id name account stage amount close_date age_days stage_days usual_days pushes last_activity_days "
    "flags next_step"
).split()


def open_deals(peers: Peers, rep: str) -> pd.DataFrame:
    """The open opportunities of a rep as of the book's day, largest first, and the next step of each.

    Flags: "overdue" (its close date has passed), "stalled" (in its stage for longer than four of five of the peers'
    that moved on), "pushed" (its close date was moved to a later month twice or more), and of its silence one of
    "unstarted" (no activity at all, and it is older than 14 days), "untouched" (none for more than 30 days), "quiet"
    (none for more than 14 days). Next step, the first that fits: "qualify_out" (stalled and pushed or untouched),
    "contact" (unstarted), "redate" (overdue), "contact" (untouched or quiet), "advance" (stalled or pushed),
    "close" (in the last stage and due within 30 days), "keep".

    Returns
    -------
    DataFrame
        One row per open opportunity: opportunity_id, name (the id where it has none), account (its name, else its id;
        "" for none), stage, amount (null: unknown), close_date, age_days (since its creation), stage_days (since it
        last came to its stage), usual_days (within which four of five of the peers' moved on; see `usual_days`),
        pushes, last_activity_days (null: none), flags (tuple of codes), next_step (code). What a missing table would
        tell is null and raises no flag.
    """
    book = peers.book
    deals = book.table("opportunities").filter(~row.is_closed & (row.rep_id == rep))
    names = ["opportunity_id", "name", "account_id", "stage", "amount", "close_date", "created_at"]
    frame = deals.select(*names, seen=row.opportunity_id).to_pandas()
    today = pd.Timestamp(book.as_of)
    frame["name"] = frame["name"].fillna(frame["opportunity_id"])
    frame["account"] = _accounts(book, frame["account_id"])
    frame["amount"] = frame["amount"].astype("float64")
    frame["close_date"] = pd.to_datetime(frame["close_date"])
    frame["age_days"] = _days(today, frame["created_at"])
    frame["stage_days"] = _days(today, frame["opportunity_id"].map(_in_stage_since(book, rep, frame)))
    frame["usual_days"] = frame["stage"].map(usual_days(peers, rep)).astype("float64")
    frame["pushes"] = _pushes(book, rep, frame["opportunity_id"])
    frame["last_activity_days"] = _days(today, frame["opportunity_id"].map(_last_touched(book, rep)))
    # Where activities are not kept by deal, silence says nothing.
    touched = _has_activities(book)
    frame["flags"] = [_flags(each, today, touched) for each in frame.itertuples(index=False)]
    last = list(book.company.stages.open)[-1:]
    frame["next_step"] = [_next_step(each, today, last) for each in frame.itertuples(index=False)]
    result: pd.DataFrame = frame.sort_values(["amount", "opportunity_id"], ascending=[False, True], ignore_index=True)
    return result[COLUMNS]


def ageing(deals: pd.DataFrame, stages: list[str]) -> pd.DataFrame:
    """The open deals of `open_deals` by stage and age.

    Returns
    -------
    DataFrame
        One row per stage, in the order of the sales process, and band of days since creation ("0-30", "31-60", "61-90",
        "over 90"): stage, band, n, amount (known amounts only). Deals of unknown age are left out.
    """
    edges = [-np.inf, *BANDS.values()]
    aged = deals.assign(band=pd.cut(deals["age_days"].astype("float64"), edges, labels=list(BANDS)).astype("object"))
    sums = aged.groupby(["stage", "band"]).agg(n=("opportunity_id", "size"), amount=("amount", "sum"))
    every = pd.MultiIndex.from_product([stages, list(BANDS)], names=["stage", "band"])
    return sums.reindex(every).fillna(0).astype({"n": "int64", "amount": "float64"}).reset_index()


def usual_days(peers: Peers, rep: str) -> pd.Series[float]:
    """Days within which four of five of the peers' deals that moved on had left each stage; by stage.

    They are the entries of the last four quarters in the rep's peer group; a stage with fewer than ten that moved on is
    left out, and all are without opportunity_history.
    """
    book, period = peers.book, peers.book.calendar.period(peers.year)
    if not book.has("opportunity_history"):
        return pd.Series(dtype="float64")
    group = peers.everyone.loc[peers.everyone["rep"] == rep, "peers"]
    members = peers.everyone.loc[peers.everyone["peers"].isin(group), "rep"].to_list()
    start, after = (ibis.literal(day).cast("timestamp") for day in (period.start, period.after))
    moved = book.table("stage_entries").filter(
        row.rep_id.isin(members) & row.advanced & ~row.skipped & (row.entered_at >= start) & (row.entered_at < after)
    )
    left, came = (moved[name].cast("date").cast("timestamp") for name in ("advanced_at", "entered_at"))
    days = moved.mutate(days=left.delta(came, unit="day").cast("float64"))
    found = days.group_by("stage").agg(usual=row.days.quantile(USUAL), n=row.count()).to_pandas().set_index("stage")
    usual: pd.Series[float] = found.loc[found["n"] >= FEWEST, "usual"].astype("float64")
    return usual


def _in_stage_since(book: Book, rep: str, deals: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """When each open deal last came to the stage that it is in; empty without opportunity_history."""
    if not book.has("opportunity_history"):
        return {}
    spans = book.table("states").filter(row.rep_id == rep).select("opportunity_id", "stage", "valid_from").to_pandas()
    now = deals.set_index("opportunity_id")["stage"]
    spans = spans[spans["opportunity_id"].isin(now.index)].sort_values("valid_from", ascending=False, kind="stable")
    elsewhere = spans["stage"] != spans["opportunity_id"].map(now)
    run = spans[elsewhere.groupby(spans["opportunity_id"]).cumsum() == 0]
    since = run.groupby("opportunity_id")["valid_from"].min()
    return dict(since[since > pd.Timestamp(LONG_AGO)].items())


def _pushes(book: Book, rep: str, deals: pd.Series[str]) -> pd.Series[float]:
    """How often each deal's close date was moved to a later month; null where no history tells."""
    try:
        pushes = book.table("pushes").filter(row.rep_id == rep)
    except MissingTable:
        return pd.Series(np.nan, deals.index)
    counts = pushes.group_by("opportunity_id").agg(n=row.count()).to_pandas().set_index("opportunity_id")["n"]
    return deals.map(counts).fillna(0.0).astype("float64")


def _last_touched(book: Book, rep: str) -> dict[str, pd.Timestamp]:
    if not book.has("activities"):
        return {}
    mine = book.table("opportunities").filter(~row.is_closed & (row.rep_id == rep)).select("opportunity_id")
    last = book.table("activities").semi_join(mine, "opportunity_id").group_by("opportunity_id")
    found = last.agg(at=row.happened_at.max()).to_pandas()
    return dict(zip(found["opportunity_id"], found["at"], strict=True))


def _has_activities(book: Book) -> bool:
    """Whether any activity is recorded with the opportunity that it was for."""
    if not book.has("activities"):
        return False
    return bool(book.table("activities").opportunity_id.count().to_pyarrow().as_py())


def _accounts(book: Book, ids: pd.Series[str]) -> pd.Series[str]:
    names: dict[str, str] = {}
    if book.has("accounts"):
        wanted = book.table("accounts").filter(row.account_id.isin(list(ids.dropna())) & row.name.notnull())
        found = wanted.select("account_id", "name").to_pandas()
        names = dict(zip(found["account_id"], found["name"], strict=True))
    return ids.map(names).fillna(ids).fillna("")


def _days(today: pd.Timestamp, moments: pd.Series[Any]) -> pd.Series[float]:
    """Whole days from a moment's day to today; null stays null."""
    return (today - pd.to_datetime(moments).dt.normalize()).dt.days.astype("float64")


def _flags(deal: Any, today: pd.Timestamp, touched: bool) -> tuple[str, ...]:
    never, silence = np.isnan(deal.last_activity_days), deal.last_activity_days
    found = {
        "overdue": deal.close_date < today,
        "stalled": deal.stage_days > deal.usual_days,
        "pushed": deal.pushes >= MANY_PUSHES,
        "unstarted": touched and never and deal.age_days > QUIET_DAYS,
        "untouched": touched and silence > UNTOUCHED_DAYS,
        "quiet": touched and QUIET_DAYS < silence <= UNTOUCHED_DAYS,
    }
    return tuple(name for name, holds in found.items() if holds)


def _next_step(deal: Any, today: pd.Timestamp, last: list[str]) -> str:
    flags = set(deal.flags)
    if "stalled" in flags and flags & {"pushed", "untouched"}:
        return "qualify_out"
    if "unstarted" in flags:
        return "contact"
    if "overdue" in flags:
        return "redate"
    if flags & {"untouched", "quiet"}:
        return "contact"
    if flags & {"stalled", "pushed"}:
        return "advance"
    if deal.stage in last and deal.close_date <= today + SOON:
        return "close"
    return "keep"
