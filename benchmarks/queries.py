"""The rivals of measure(): the same metrics by rep and quarter, written by hand in DuckDB SQL, Polars and pandas."""

from __future__ import annotations

import pandas as pd
import polars as pl

VALUES = """
WITH closed AS (
    SELECT
        coalesce(rep_id, 'Unassigned') AS rep,
        date_trunc('quarter', closed_at) AS quarter,
        sum(amount) FILTER (is_won) AS revenue_won,
        sum(amount) FILTER (is_won AND cancelled_at IS NULL) AS revenue_net,
        count(*) FILTER (is_won) / nullif(count(*) FILTER (is_closed), 0) AS win_rate,
        CASE WHEN 2 * count(*) FILTER (is_lost AND coalesce(amount, 0) = 0) < greatest(count(*) FILTER (is_lost), 1)
            THEN CAST(coalesce(sum(amount) FILTER (is_won), 0) AS DOUBLE)
                / nullif(sum(amount) FILTER (is_closed), 0) END AS win_rate_value,
        avg(amount) FILTER (is_won) AS average_deal_size,
        count(*) FILTER (is_won) AS deals_won,
        count(*) FILTER (is_lost) AS deals_lost,
        1 - CAST(sum(amount) FILTER (is_won AND list_amount IS NOT NULL) AS DOUBLE)
            / sum(list_amount) FILTER (is_won AND list_amount IS NOT NULL) AS discount_rate,
        avg(cycle_days) FILTER (is_won) AS sales_cycle_days_mean
        {median}
    FROM deals
    WHERE closed_at >= '{start}' AND closed_at < '{after}'
    GROUP BY ALL
),
created AS (
    SELECT
        coalesce(rep_id, 'Unassigned') AS rep,
        date_trunc('quarter', created_at) AS quarter,
        sum(created_amount) AS pipeline_created
    FROM deals
    WHERE created_at >= '{start}' AND created_at < '{after}'
    GROUP BY ALL
)
SELECT * FROM closed FULL JOIN created USING (rep, quarter)
"""
MEDIAN = ", median(amount) FILTER (is_won) AS median_deal_size"

# The sums that the intervals of measure() rest on, beside the values.
INTERVALS = """
WITH closed AS (
    SELECT
        coalesce(rep_id, 'Unassigned') AS rep,
        date_trunc('quarter', closed_at) AS quarter,
        count(*) FILTER (is_won) AS won_n,
        count(*) FILTER (is_lost) AS lost_n,
        count(*) FILTER (is_lost AND coalesce(amount, 0) = 0) AS lost_without_amount,
        sum(amount) FILTER (is_won) AS won_1,
        sum(CAST(amount AS DOUBLE) ** 2) FILTER (is_won) AS won_2,
        sum(CAST(amount AS DOUBLE) ** 3) FILTER (is_won) AS won_3,
        count(*) FILTER (is_won AND cancelled_at IS NULL) AS net_n,
        sum(amount) FILTER (is_won AND cancelled_at IS NULL) AS net_1,
        sum(CAST(amount AS DOUBLE) ** 2) FILTER (is_won AND cancelled_at IS NULL) AS net_2,
        sum(CAST(amount AS DOUBLE) ** 3) FILTER (is_won AND cancelled_at IS NULL) AS net_3,
        sum(amount) FILTER (is_closed) AS closed_1,
        sum(CAST(amount AS DOUBLE) ** 2) FILTER (is_closed) AS closed_2,
        count(*) FILTER (is_won AND list_amount <> 0) AS listed_n,
        sum(list_amount) FILTER (is_won) AS listed_1,
        sum(CAST(list_amount AS DOUBLE) ** 2) FILTER (is_won) AS listed_2,
        sum(list_amount - amount) FILTER (is_won) AS discount_1,
        sum(CAST(list_amount - amount AS DOUBLE) ** 2) FILTER (is_won) AS discount_2,
        sum(CAST(list_amount AS DOUBLE) * CAST(list_amount - amount AS DOUBLE)) FILTER (is_won) AS discount_listed,
        count(cycle_days) FILTER (is_won) AS cycle_n,
        sum(cycle_days) FILTER (is_won) AS cycle_1,
        sum(CAST(cycle_days AS DOUBLE) ** 2) FILTER (is_won) AS cycle_2,
        sum(CAST(cycle_days AS DOUBLE) ** 3) FILTER (is_won) AS cycle_3
    FROM deals
    WHERE closed_at >= '{start}' AND closed_at < '{after}'
    GROUP BY ALL
),
created AS (
    SELECT
        coalesce(rep_id, 'Unassigned') AS rep,
        date_trunc('quarter', created_at) AS quarter,
        count(created_amount) AS created_n,
        sum(created_amount) AS created_1,
        sum(CAST(created_amount AS DOUBLE) ** 2) AS created_2,
        sum(CAST(created_amount AS DOUBLE) ** 3) AS created_3
    FROM deals
    WHERE created_at >= '{start}' AND created_at < '{after}'
    GROUP BY ALL
)
{median}
"""
WITHOUT_RANKS = "SELECT * FROM closed FULL JOIN created USING (rep, quarter)"
# The interval of a median lies between two order statistics, so its rows are ranked.
RANKS = """,
ranked AS (
    SELECT
        coalesce(rep_id, 'Unassigned') AS rep,
        date_trunc('quarter', closed_at) AS quarter,
        amount,
        row_number() OVER (PARTITION BY rep_id, date_trunc('quarter', closed_at) ORDER BY amount) AS rank,
        count(*) OVER (PARTITION BY rep_id, date_trunc('quarter', closed_at)) AS n
    FROM deals
    WHERE closed_at >= '{start}' AND closed_at < '{after}' AND is_won
),
medians AS (
    SELECT
        rep,
        quarter,
        median(amount) AS median_deal_size,
        min(amount) FILTER (rank = greatest(floor((n - 1.959964 * sqrt(n)) / 2), 1)) AS low,
        min(amount) FILTER (rank = n + 1 - greatest(floor((n - 1.959964 * sqrt(n)) / 2), 1)) AS high
    FROM ranked
    GROUP BY ALL
)
SELECT * FROM closed FULL JOIN created USING (rep, quarter) FULL JOIN medians USING (rep, quarter)
"""
READ = """
SELECT
    coalesce(rep_id, 'Unassigned') AS rep, closed_at, created_at, CAST(amount AS DOUBLE) AS amount,
    CAST(created_amount AS DOUBLE) AS created_amount,
    CAST(list_amount AS DOUBLE) AS list_amount, is_won, is_lost, cancelled_at, CAST(cycle_days AS DOUBLE) AS cycle_days
FROM deals
"""


def sql(start: str, after: str, *, intervals: bool, median: bool) -> str:
    """The query for a span of days: of the values alone, or of all sums that the intervals need too."""
    if not intervals:
        return VALUES.format(start=start, after=after, median=MEDIAN if median else "")
    last = RANKS.format(start=start, after=after) if median else WITHOUT_RANKS
    return INTERVALS.format(start=start, after=after, median=last)


def in_pandas(deals: pd.DataFrame, start: str, after: str, *, median: bool) -> pd.DataFrame:
    """The values from the same table read by `READ`: one row per rep and quarter."""
    keys = ["rep", "quarter"]
    closed = deals[(deals["closed_at"] >= start) & (deals["closed_at"] < after)]
    won, amount, listed = closed["is_won"], closed["amount"], closed["list_amount"].where(closed["is_won"])
    parts = pd.DataFrame(
        {
            "rep": closed["rep"],
            "quarter": closed["closed_at"].dt.to_period("Q"),
            "revenue_won": amount.where(won),
            "revenue_net": amount.where(won & closed["cancelled_at"].isna()),
            "deals_won": won,
            "deals_lost": closed["is_lost"],
            "lost": amount.where(closed["is_lost"]),
            "unpriced": closed["is_lost"] & (amount.fillna(0) == 0),
            "listed": listed,
            "sold": amount.where(listed.notna()),
            "cycle_days": closed["cycle_days"].where(won),
        }
    )
    groups = parts.groupby(keys, observed=True)
    found = groups.sum()
    closed_amount = found["revenue_won"] + found["lost"]
    known = (2 * found["unpriced"] < found["deals_lost"].clip(lower=1)) & (closed_amount > 0)
    found = found.assign(
        win_rate=found["deals_won"] / (found["deals_won"] + found["deals_lost"]),
        win_rate_value=(found["revenue_won"] / closed_amount).where(known),
        average_deal_size=found["revenue_won"] / found["deals_won"],
        discount_rate=1 - found["sold"] / found["listed"],
        sales_cycle_days_mean=found["cycle_days"] / found["deals_won"],
    )
    if median:
        found["median_deal_size"] = groups["revenue_won"].median()
    created = deals[(deals["created_at"] >= start) & (deals["created_at"] < after)]
    created = created.assign(quarter=created["created_at"].dt.to_period("Q"))
    pipeline = created.groupby(keys, observed=True)["created_amount"].sum().rename("pipeline_created")
    return found.reset_index().merge(pipeline.reset_index(), on=keys, how="outer")


def in_polars(deals: pl.LazyFrame, start: str, after: str, *, median: bool) -> pd.DataFrame:
    """The values from the same table, lazily: one row per rep and quarter."""
    first, end = (pl.lit(day).str.to_datetime() for day in (start, after))
    won, lost, amount, listed = (pl.col(name) for name in ("is_won", "is_lost", "amount", "list_amount"))
    sold = amount.filter(won).sum()
    closed_amount = sold + amount.filter(lost).sum()
    unpriced = (lost & (amount.fill_null(0) == 0)).sum()
    known = (2 * unpriced < pl.max_horizontal(lost.sum(), pl.lit(1))) & (closed_amount > 0)
    priced = won & listed.is_not_null()
    values = {
        "revenue_won": sold,
        "revenue_net": amount.filter(won & pl.col("cancelled_at").is_null()).sum(),
        "win_rate": won.sum() / (won.sum() + lost.sum()),
        "win_rate_value": pl.when(known).then(sold / closed_amount),
        "average_deal_size": amount.filter(won).mean(),
        "deals_won": won.sum(),
        "deals_lost": lost.sum(),
        "discount_rate": 1 - amount.filter(priced).sum() / listed.filter(priced).sum(),
        "sales_cycle_days_mean": pl.col("cycle_days").filter(won).mean(),
    }
    if median:
        values["median_deal_size"] = amount.filter(won).median()
    keys = ["rep", pl.col("closed_at").dt.truncate("1q").alias("quarter")]
    closed = deals.filter((pl.col("closed_at") >= first) & (pl.col("closed_at") < end))
    created = deals.filter((pl.col("created_at") >= first) & (pl.col("created_at") < end))
    born = created.group_by("rep", pl.col("created_at").dt.truncate("1q").alias("quarter"))
    found = closed.group_by(keys).agg(**values)
    pipeline = born.agg(pipeline_created=pl.col("created_amount").sum())
    both = found.join(pipeline, on=["rep", "quarter"], how="full", coalesce=True)
    return both.collect().to_pandas()
