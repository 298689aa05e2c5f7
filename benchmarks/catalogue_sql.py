"""The whole catalogue by rep and quarter, written by hand in DuckDB SQL: every sum and rank that its intervals need.

A column named as a metric holds what `measure()` gives as its value, or as its numerator where the value is a quotient.
"""

from __future__ import annotations

from collections.abc import Sequence

# q, its first day, the first day after it, and the moments of its stocks: all open, and those due in it.
QUARTERS = """
CREATE OR REPLACE TEMP TABLE quarters AS
SELECT q, CAST(start AS DATE) AS start, CAST(after AS DATE) AS after,
    least(CAST(after AS DATE), DATE '{cutoff}') AS now, after <= '{cutoff}' AS over,
    CASE WHEN after <= '{cutoff}' THEN CAST(start AS DATE) ELSE DATE '{cutoff}' END AS due_at
FROM (VALUES {rows}) AS each (q, start, after)
"""
STAGES = "CREATE OR REPLACE TEMP TABLE defaults AS SELECT * FROM (VALUES {rows}) AS each (stage, chance)"
REP = "coalesce(rep_id, 'Unassigned') AS rep"
KEYS = REP + ", date_trunc('quarter', {on}) AS quarter"
INSIDE = "{on} >= '{start}' AND {on} < '{after}'"


def _moments(value: str, name: str, where: str) -> str:
    """A metric's n and the sums of its values, their squares and cubes."""
    real = f"CAST({value} AS DOUBLE)"
    powers = (f"sum({real} ** {i}) FILTER ({where}) AS {name}_{i}" for i in (2, 3))
    return ", ".join(
        (f"count({value}) FILTER ({where}) AS {name}_n", f"sum({value}) FILTER ({where}) AS {name}", *powers)
    )


def _ranked(table: str, on: str, value: str, name: str, where: str, quantiles: Sequence[float] = (0.5,)) -> str:
    """Quantiles, and the values whose ranks bound them with 95 % certainty."""
    z = 1.959964
    columns = []
    for q in quantiles:
        shown = name if q == quantiles[0] else f"{name}_p{round(q * 100)}"
        ranks = [
            f"floor(n * {p} + 0.5 + {(1 - 2 * p) * (z**2 - 1) / 6} - {z} * sqrt(n * {p * (1 - p)}))" for p in (q, 1 - q)
        ]
        columns += [
            f"quantile_cont(value, {q}) AS {shown}",
            f"min(value) FILTER (rank = {ranks[0]}) AS {shown}_low",
            f"min(value) FILTER (rank = n + 1 - {ranks[1]}) AS {shown}_high",
        ]
    return f"""
    WITH ranked AS (
        SELECT rep, quarter, value, row_number() OVER (PARTITION BY rep, quarter ORDER BY value) AS rank,
            count(*) OVER (PARTITION BY rep, quarter) AS n
        FROM (SELECT {KEYS.format(on=on)}, CAST({value} AS DOUBLE) AS value FROM {table}
            WHERE {INSIDE.format(on=on, start="{start}", after="{after}")} AND {where} AND {value} IS NOT NULL)
    )
    SELECT rep, quarter, max(n) AS n, {", ".join(columns)} FROM ranked GROUP BY ALL"""


def _flow(table: str, on: str, *columns: str) -> str:
    inside = INSIDE.format(on=on, start="{start}", after="{after}")
    return f"SELECT {KEYS.format(on=on)}, {', '.join(columns)} FROM {table} WHERE {inside} GROUP BY ALL"


def _square(a: str, b: str, where: str, name: str) -> str:
    return f"sum(CAST({a} AS DOUBLE) * CAST({b} AS DOUBLE)) FILTER ({where}) AS {name}"


_WON = _flow(
    "deals",
    "closed_at",
    _moments("amount", "revenue_won", "is_won"),
    _moments("amount", "revenue_net", "is_won AND cancelled_at IS NULL"),
    _moments("coalesce(amount, 0)", "amount_lost", "is_lost"),
    _moments("cycle_days", "sales_cycle_days_mean", "is_won"),
    "count(*) FILTER (is_won) AS deals_won, count(*) FILTER (is_lost) AS deals_lost",
    "count(*) FILTER (is_closed) AS deals_closed, count(*) FILTER (is_lost AND coalesce(amount, 0) = 0) AS unpriced",
    "sum(amount) FILTER (is_closed) AS closed, count(*) FILTER (is_closed AND amount <> 0) AS closed_n",
    _square("amount", "amount", "is_closed", "closed_2"),
    "count(*) FILTER (is_won AND list_amount <> 0) AS listed_n, sum(list_amount) FILTER (is_won) AS listed",
    "sum(list_amount - amount) FILTER (is_won) AS discount_rate",
    _square("list_amount", "list_amount", "is_won", "listed_2"),
    _square("(list_amount - amount)", "(list_amount - amount)", "is_won", "discount_2"),
    _square("list_amount", "(list_amount - amount)", "is_won", "discount_listed"),
)
_CHANCES = """
chances AS (
    SELECT q, stage, avg(CAST(won AS INT)) AS past FROM entries, quarters
    WHERE NOT skipped AND closed_at >= {moment} - INTERVAL 365 DAY AND closed_at < {moment}
    GROUP BY ALL HAVING count(*) >= 30
)"""
_STOCK = """
WITH {chances}
SELECT {rep}, states_q AS quarter, count(*) AS {count}, sum(amount) AS {value},
    count(*) FILTER (amount IS NULL) AS unknown, sum(amount * CAST(chance AS DECIMAL(18, 15))) AS {weighted},
    count(*) FILTER (chance IS NULL OR amount IS NULL) AS unweighted, count(*) FILTER (source = 1) AS by_history,
    count(*) FILTER (source = 2) AS by_crm
FROM (
    SELECT rep_id, amount, CAST(start AS TIMESTAMP) AS states_q,
        coalesce(past, CASE WHEN {moment} = DATE '{{cutoff}}' THEN probability END, defaults.chance) AS chance,
        CASE WHEN past IS NOT NULL THEN 1
            WHEN {moment} = DATE '{{cutoff}}' AND probability IS NOT NULL THEN 2 END AS source
    FROM spans JOIN quarters ON valid_from < {moment} AND (valid_to IS NULL OR valid_to >= {moment}) {due}
    LEFT JOIN chances USING (q, stage) LEFT JOIN defaults USING (stage)
    WHERE is_open
)
GROUP BY ALL"""


def _stock(moment: str, due: str, count: str, value: str, weighted: str) -> str:
    chances = _CHANCES.format(moment=moment)
    return _STOCK.format(chances=chances, rep=REP, moment=moment, due=due, count=count, value=value, weighted=weighted)


_DUE = "AND close_date >= start AND close_date < after"
_AVERAGE = f"""
SELECT rep, quarter, count(*) AS n, CAST(sum(total) AS DOUBLE) / max(days_of) AS average_pipeline,
    sum(open_days) AS days, sum(unknown_days) AS unknown_days, count(*) FILTER (unknown_days > 0) AS unknown
FROM (
    SELECT {REP}, CAST(start AS TIMESTAMP) AS quarter, opportunity_id, sum(amount * (last - first + 1)) AS total,
        sum(last - first + 1) AS open_days, max(days_of) AS days_of,
        coalesce(sum(last - first + 1) FILTER (amount IS NULL), 0) AS unknown_days
    FROM (
        SELECT rep_id, opportunity_id, amount, start, now - start AS days_of,
            greatest(CAST(valid_from AS DATE), start) AS first,
            least(coalesce(CAST(valid_to AS DATE) - 1, now - 1), now - 1) AS last
        FROM spans JOIN quarters ON valid_from < now AND (valid_to IS NULL OR valid_to >= start) WHERE is_open
    )
    WHERE first <= last GROUP BY ALL
)
GROUP BY ALL"""
_SLIP = f"""
SELECT {REP}, CAST(start AS TIMESTAMP) AS quarter, count(*) AS n, count(later) AS slip_rate
FROM (
    SELECT opportunity_id, q, start, rep_id FROM spans
    JOIN quarters ON over AND valid_from < start AND (valid_to IS NULL OR valid_to >= start) {_DUE} WHERE is_open
) AS due LEFT JOIN (
    SELECT opportunity_id AS later, q FROM spans
    JOIN quarters ON over AND valid_from < after AND (valid_to IS NULL OR valid_to >= after) WHERE is_open
) AS still ON opportunity_id = later AND still.q = due.q
GROUP BY ALL"""
_ENTRIES = _flow(
    "entries",
    "entered_at",
    "count(*) AS n, count(*) FILTER (advanced) AS stage_conversion",
    "count(*) FILTER (advanced AND advanced_at < date_trunc('quarter', entered_at) + INTERVAL 3 MONTH)"
    " AS stage_conversion_in_period",
    "count(*) FILTER (NOT advanced AND closed_at IS NULL) AS still_open_rate_by_stage",
    "count(*) FILTER (lost) AS loss_rate_by_stage",
)


def _survival(table: str, on: str, duration: str, event: str, where: str, name: str) -> str:
    """The Kaplan-Meier median and its interval of Brookmeyer and Crowley."""
    inside = INSIDE.format(on=on, start="{start}", after="{after}")
    return f"""
    WITH times AS (
        SELECT {KEYS.format(on=on)}, CAST({duration} AS DOUBLE) AS t, count(*) FILTER ({event}) AS gone, count(*) AS n
        FROM {table} WHERE {inside} AND {where} GROUP BY ALL
    ), risks AS (
        SELECT *, sum(n) OVER (PARTITION BY rep, quarter ORDER BY t DESC) AS risk FROM times
    ), curves AS (
        SELECT *, CASE WHEN risk > gone THEN sum(ln(nullif(risk - gone, 0) / risk)) OVER past END AS logs,
            sum(gone / (risk * nullif(risk - gone, 0))) OVER past AS variance
        FROM risks
        WINDOW past AS (PARTITION BY rep, quarter ORDER BY t)
    ), bounds AS (
        SELECT *, coalesce(exp(logs), 0) AS alive,
            (ln(nullif(-logs, 0)) - ln(-ln(0.5))) * -logs / nullif(sqrt(variance), 0) AS beyond FROM curves
    )
    SELECT rep, quarter, sum(n) AS n, sum(gone) AS gone,
        (min(t) FILTER (alive <= 0.5 + 1e-9)
            + coalesce(min(t) FILTER (alive < 0.5 - 1e-9), min(t) FILTER (alive <= 0.5 + 1e-9))) / 2 AS {name},
        min(t) FILTER (gone > 0 AND beyond >= -1.959964) AS low, min(t) FILTER (gone > 0 AND beyond > 1.959964) AS high
    FROM bounds GROUP BY ALL"""


_STAGE_DAYS = (
    "greatest(coalesce(coalesce(CAST(coalesce(advanced_at, closed_at) AS DATE), DATE '{cutoff}' - 1)"
    " - CAST(entered_at AS DATE), 0), 0)"
)
_PROSPECTING = "lower(type) IN ('call', 'email', 'visit')"
_ACTIVITIES = _flow(
    "activities",
    "happened_at",
    f"count(*) AS activities_logged, count(*) FILTER ({_PROSPECTING}) AS prospecting_contacts",
    f"count(*) FILTER ({_PROSPECTING} AND lower(outcome) = 'meeting booked') AS meetings_per_activity",
    f"count(*) FILTER ({_PROSPECTING} AND outcome IS NULL) AS without_outcome",
    "sum(minutes) AS all_minutes, sum(minutes) FILTER (customer_facing) AS selling_time_share",
    "count(*) FILTER (minutes <> 0) AS timed, sum(minutes * minutes) AS minutes_2",
    "sum(minutes * minutes) FILTER (customer_facing) AS facing_2, count(minutes) AS told",
    "count(*) FILTER (customer_facing IS NULL AND minutes IS NOT NULL) AS unsaid",
)
_LEADS = _flow(
    "leads",
    "created_at",
    "count(*) AS leads, count(*) FILTER (due) AS due, count(*) FILTER (in_time) AS lead_response_in_time",
    "count(*) FILTER (NOT aimed AND due) AS aimless, count(*) FILTER (won) AS lead_conversion",
    "sum(coalesce(cost, 0)) AS cost_per_win, count(*) FILTER (is_win) AS wins, count(*) FILTER (cost IS NULL) AS free",
    "count(*) FILTER (is_win OR cost <> 0) AS costed, sum(CAST(cost AS DOUBLE) ** 2) AS cost_2",
    "sum(CAST(cost AS DOUBLE)) FILTER (is_win) AS cost_won",
)
_ORDERS = _flow(
    "orders",
    "closed_at",
    "count(*) AS won, count(*) FILTER (corrections_told AND NOT corrected) AS first_time_right",
    "count(*) FILTER (NOT corrections_told) AS uncorrected, count(*) FILTER (ripe) AS ripe",
    "count(*) FILTER (ripe AND cancelled_early) AS cancellation_rate",
    "count(*) FILTER (ripe AND NOT cancellations_told) AS uncancelled",
)
_FORECASTS = _flow(
    "forecast_results",
    "period_end",
    "count(*) AS n, sum(actual - error) AS forecast_accuracy, sum(forecast - actual) AS forecast_bias",
    "sum(actual) AS actual, count(*) FILTER (actual <> 0 OR actual - error <> 0) AS told",
    *(
        _square(a, b, "true", f"square_{i}")
        for i, (a, b) in enumerate(
            (
                ("actual", "actual"),
                ("(actual - error)", "(actual - error)"),
                ("actual", "(actual - error)"),
                ("(forecast - actual)", "(forecast - actual)"),
                ("actual", "(forecast - actual)"),
            )
        )
    ),
)
_QUOTA = """
SELECT rep_id AS rep, CAST(quarters.start AS TIMESTAMP) AS quarter, count(*) AS n,
    sum(CAST(quota AS DOUBLE)
        * ((least("end", after - 1) - greatest(spans.start, quarters.start) + 1) / days)) AS quota,
    count(*) FILTER ("end" - spans.start + 1 < days) AS cut
FROM quota_spans AS spans JOIN quarters ON greatest(spans.start, quarters.start) <= least("end", after - 1)
GROUP BY ALL"""
_MONTHS = f"""
SELECT {REP}, date_trunc('month', closed_at) AS month, {_moments("amount", "revenue_won", "is_won")} FROM deals
WHERE closed_at >= CAST('{{start}}' AS DATE) - INTERVAL 12 MONTH AND closed_at < '{{after}}' GROUP BY ALL"""

QUERIES = {
    "closed": _WON,
    "created": _flow("deals", "created_at", _moments("coalesce(created_amount, 0)", "pipeline_created", "true")),
    "deal sizes": _ranked("deals", "closed_at", "amount", "median_deal_size", "is_won"),
    "cycles": _ranked("deals", "closed_at", "cycle_days", "sales_cycle_days", "is_won"),
    "months": _MONTHS,
    "open": _stock("now", "", "open_opportunities", "pipeline_value", "weighted_pipeline"),
    "due": _stock("due_at", _DUE, "due_n", "pipeline_due", "weighted_pipeline_due"),
    "average": _AVERAGE,
    "slipped": _SLIP,
    "entries": _ENTRIES,
    "stage times": _survival(
        "entries",
        "entered_at",
        _STAGE_DAYS,
        "coalesce(advanced_at, closed_at) IS NOT NULL",
        "NOT skipped",
        "time_in_stage",
    ),
    "pushes": _flow("pushes", "pushed_at", "count(*) AS push_count"),
    "ramps": _survival("ramps", "hired_on", "months", "reached", "true", "ramp_months"),
    "quotas": _QUOTA,
    "forecasts": _FORECASTS,
    "leads": _LEADS,
    "responses": _ranked("leads", "created_at", "response_hours", "lead_response_hours", "true", (0.5, 0.9)),
    "activities": _ACTIVITIES,
    "quotes": _ranked("quotes", "happened_at", "response_hours", "quote_response_hours", "true"),
    "orders": _ORDERS,
}
