"""The catalogue's topic "performance": revenue, quota, win rate, pipeline, forecast accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from ibis import _

from salesops_lib.language import N_
from salesops_lib.metrics.spec import Derived, Mean, Median, Metric, Ratio, ShareOf, Spread, Stock, Sum

# A sum of decimals is the same in every order of its rows; a sum of floats is not.
EXACT = "decimal(18, 15)"
Parts = Mapping[str, pd.DataFrame]


def _per(top: pd.Series[float], bottom: pd.Series[float]) -> pd.Series[float]:
    """A quotient; n/a where there is nothing to divide by."""
    return top / bottom.where(bottom > 0)


def _attainment(parts: Parts, running: pd.Series[bool]) -> pd.DataFrame:
    won, quota = parts["revenue_won"], parts["quota"]["value"]
    return pd.DataFrame(
        {
            "value": _per(won["value"], quota),
            "numerator": won["value"],
            "denominator": quota,
            "n": won["n"],
            "low": _per(won["low"], quota),
            "high": _per(won["high"], quota),
        }
    )


def _coverage(parts: Parts, running: pd.Series[bool]) -> pd.DataFrame:
    due = parts["pipeline_due"]
    so_far = parts["revenue_won"]["value"].where(running, 0.0)
    needed = parts["quota"]["value"] - so_far
    return pd.DataFrame(
        {"value": _per(due["value"], needed), "numerator": due["value"], "denominator": needed, "n": due["n"]}
    )


def _velocity(parts: Parts, running: pd.Series[bool]) -> pd.DataFrame:
    stock = parts["open_opportunities"]
    size, rate, cycle = (parts[name] for name in ("average_deal_size", "win_rate", "sales_cycle_days_mean"))
    value = stock["value"] * size["value"] * _per(rate["value"], cycle["value"])
    # Independent relative errors add up in squares; half the interval's ratio is each one's share.
    spread = sum(np.log(part["high"] / part["low"].where(part["low"] > 0)) ** 2 for part in (size, rate, cycle))
    factor = np.exp(np.sqrt(spread) / 2)
    return pd.DataFrame(
        {
            "value": value,
            "numerator": stock["value"] * size["value"] * rate["value"],
            "denominator": cycle["value"],
            "n": size["n"],
            "low": value / factor,
            "high": value * factor,
        }
    )


METRICS: dict[str, Metric] = {
    "revenue_won": Sum(
        label=N_("Revenue won"),
        definition=N_("Sum of the amounts of won opportunities. Cancelled later: still won."),
        unit="money",
        of="opportunities",
        on="closed_at",
        value=_.amount,
        where=_.is_won,
    ),
    "revenue_net": Sum(
        label=N_("Revenue net of cancellations"),
        definition=N_("Revenue won minus the amounts of those of them cancelled by the as-of date."),
        unit="money",
        of="opportunities",
        on="closed_at",
        value=_.amount,
        where=_.is_won & _.cancelled_at.isnull(),
        note=N_("cancellations known until {day}"),
    ),
    "quota": Spread(
        label=N_("Quota"),
        definition=N_("Sum of the quotas, by the days of the quota period on which the rep was employed."),
        unit="money",
        better="neither",
        of="quota_spans",
        value=_.quota,
    ),
    "quota_attainment": Derived(
        label=N_("Quota attainment"),
        definition=N_("Revenue won ÷ quota (prorated for reps who joined or left in the period)."),
        unit="share",
        counted_by="close date, quota period",
        parts=("revenue_won", "quota"),
        formula=_attainment,
    ),
    "reps_at_quota": ShareOf(
        label=N_("Reps at quota"),
        definition=N_("Reps with an attainment of 100% or more ÷ reps who carry a quota."),
        unit="share",
        counted_by="quota period",
        metric="quota_attainment",
        each="rep",
    ),
    "win_rate": Ratio(
        label=N_("Win rate"),
        definition=N_("Won opportunities ÷ opportunities closed (won + lost), by count."),
        unit="share",
        of="opportunities",
        on="closed_at",
        numerator=_.is_won,
        denominator=_.is_closed,
    ),
    "win_rate_value": Ratio(
        label=N_("Win rate by value"),
        definition=N_("Won amount ÷ (won + lost amount)."),
        unit="share",
        of="opportunities",
        on="closed_at",
        numerator=_.is_won,
        denominator=_.amount,
        where=_.is_closed,
        lacks=_.amount.fill_null(0) == 0,
        among=_.is_lost,
        lacking=N_("n/a where lost opportunities carry no amount"),
        least=0.0,
        most=1.0,
    ),
    "average_deal_size": Mean(
        label=N_("Average deal size"),
        definition=N_("Revenue won ÷ won opportunities."),
        unit="money",
        of="opportunities",
        on="closed_at",
        value=_.amount,
        where=_.is_won,
    ),
    "median_deal_size": Median(
        label=N_("Median deal size"),
        definition=N_("The amount that half of the won opportunities exceed."),
        unit="money",
        of="opportunities",
        on="closed_at",
        value=_.amount,
        where=_.is_won,
    ),
    "deals_won": Sum(
        label=N_("Deals won"),
        definition=N_("Number of won opportunities."),
        unit="count",
        of="opportunities",
        on="closed_at",
        value=_.is_won,
        where=_.is_won,
    ),
    "deals_closed": Sum(
        label=N_("Deals closed"),
        definition=N_("Number of opportunities won or lost."),
        unit="count",
        better="neither",
        of="opportunities",
        on="closed_at",
        value=_.is_closed,
        where=_.is_closed,
    ),
    "deals_lost": Sum(
        label=N_("Deals lost"),
        definition=N_("Number of lost opportunities."),
        unit="count",
        better="lower",
        of="opportunities",
        on="closed_at",
        value=_.is_lost,
        where=_.is_lost,
    ),
    "amount_lost": Sum(
        label=N_("Amount lost"),
        definition=N_("Sum of the amounts of lost opportunities."),
        unit="money",
        better="lower",
        of="opportunities",
        on="closed_at",
        value=_.amount.fill_null(0),
        where=_.is_lost,
    ),
    "pipeline_value": Stock(
        label=N_("Open pipeline"),
        definition=N_("Sum of the amounts of open opportunities at the end of the period."),
        unit="money",
        value=_.amount,
    ),
    "weighted_pipeline": Stock(
        label=N_("Weighted pipeline"),
        definition=N_("Sum of amount × probability of open opportunities at the end of the period."),
        unit="money",
        value=_.amount * _.probability.cast(EXACT),
        weighted=True,
    ),
    "open_opportunities": Stock(
        label=N_("Open opportunities"),
        definition=N_("Number of open opportunities at the end of the period."),
        unit="count",
        better="neither",
        value=_.is_open.cast("int64"),
    ),
    "pipeline_due": Stock(
        label=N_("Pipeline due"),
        definition=N_(
            "Sum of the amounts of open opportunities expected to close in the period, as of the as-of date or, for "
            "a period that is over, before its first day."
        ),
        unit="money",
        value=_.amount,
        due=True,
    ),
    "weighted_pipeline_due": Stock(
        label=N_("Weighted pipeline due"),
        definition=N_("Pipeline due × probability."),
        unit="money",
        value=_.amount * _.probability.cast(EXACT),
        due=True,
        weighted=True,
    ),
    "pipeline_coverage": Derived(
        label=N_("Pipeline coverage"),
        definition=N_(
            "Pipeline due in the period ÷ (quota − revenue won so far). Required: 1 ÷ win rate by value of the four "
            "quarters before."
        ),
        unit="ratio",
        counted_by="as of a date",
        parts=("pipeline_due", "quota", "revenue_won"),
        formula=_coverage,
    ),
    "pipeline_created": Sum(
        label=N_("Pipeline created"),
        definition=N_("Sum of the amounts of opportunities created in the period, as they were at creation."),
        unit="money",
        counted_by="create date",
        of="opportunities",
        on="created_at",
        value=_.created_amount.fill_null(0),
    ),
    "sales_cycle_days": Median(
        label=N_("Sales cycle"),
        definition=N_("Days from creation to close of won opportunities: the median."),
        unit="days",
        better="lower",
        of="opportunities",
        on="closed_at",
        value=_.cycle_days,
        where=_.is_won,
    ),
    "sales_cycle_days_mean": Mean(
        label=N_("Sales cycle, mean"),
        definition=N_("Days from creation to close of won opportunities: the mean."),
        unit="days",
        better="lower",
        of="opportunities",
        on="closed_at",
        value=_.cycle_days,
        where=_.is_won,
    ),
    "sales_velocity": Derived(
        label=N_("Sales velocity"),
        definition=N_("Open opportunities × average deal size × win rate ÷ mean sales cycle: revenue per day."),
        unit="money_per_day",
        counted_by="period end",
        parts=("open_opportunities", "average_deal_size", "win_rate", "sales_cycle_days_mean"),
        formula=_velocity,
    ),
    "forecast_accuracy": Ratio(
        label=N_("Forecast accuracy"),
        definition=N_(
            "1 − Σ|forecast − actual| ÷ Σ actual over reps, by the last commit submitted 30 days or more before the "
            "period's end."
        ),
        unit="share",
        counted_by="submission date, 30 days before the end",
        of="forecast_results",
        on="period_end",
        numerator=_.actual - _.error,
        denominator=_.actual,
        most=1.0,
    ),
    "forecast_bias": Ratio(
        label=N_("Forecast bias"),
        definition=N_("Σ(forecast − actual) ÷ Σ actual over reps; positive: over-committed."),
        unit="share",
        better="neither",
        counted_by="submission date, 30 days before the end",
        of="forecast_results",
        on="period_end",
        numerator=_.forecast - _.actual,
        denominator=_.actual,
    ),
    "discount_rate": Ratio(
        label=N_("Discount rate"),
        definition=N_("1 − won amount ÷ list amount (price realisation is the rest)."),
        unit="share",
        better="lower",
        of="opportunities",
        on="closed_at",
        numerator=_.list_amount - _.amount,
        denominator=_.list_amount,
        where=_.is_won & _.list_amount.notnull(),
        most=1.0,
    ),
}
