"""From declarations to one query per table: the groups, the moments and the aggregates of each kind of metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.data.book import Book
from salesops_lib.metrics import dimensions
from salesops_lib.metrics.intervals import median_rank
from salesops_lib.metrics.probability import SOURCES, with_probability
from salesops_lib.metrics.spec import Flow, Mean, Median, Ratio, Spread, Stock, Sum
from salesops_lib.periods import Period

Compiled = Sum | Mean | Median | Ratio | Stock | Spread


def query(book: Book, metrics: Mapping[str, Compiled], periods: Sequence[Period], by: Sequence[str]) -> pd.DataFrame:
    """Run all metrics of one table as one query.

    Returns
    -------
    DataFrame
        One row per branch, period and group: period, <by...>, and for each metric `<name>__<aggregate>` (null where
        another branch holds it).
    """
    branches = [_branch(book, group, periods, by) for group in _grouped(metrics).values()]
    columns = list(dict.fromkeys(name for branch in branches for name in branch.columns))
    padded = [
        branch.select(*((_[c] if c in branch.columns else ibis.null("float64").name(c)) for c in columns))
        for branch in branches
    ]
    return cast("pd.DataFrame", (ibis.union(*padded) if len(padded) > 1 else padded[0]).to_pandas())


def moment(period: Period, due: bool, as_of: date) -> date:
    """The day at whose end a stock is counted."""
    if due and period.end <= as_of:
        return period.start - timedelta(days=1)
    return min(period.end, as_of)


def _grouped(metrics: Mapping[str, Compiled]) -> dict[tuple[Any, ...], dict[str, Compiled]]:
    """The metrics that can share one pass over their table."""
    groups: dict[tuple[Any, ...], dict[str, Compiled]] = {}
    for name, metric in metrics.items():
        if isinstance(metric, Median):
            key: tuple[Any, ...] = ("median", name)
        elif isinstance(metric, Stock):
            key = ("stock", metric.due)
        elif isinstance(metric, Spread):
            key = ("spread",)
        else:
            key = ("flow", metric.on)
        groups.setdefault(key, {})[name] = metric
    return groups


def _branch(book: Book, metrics: Mapping[str, Compiled], periods: Sequence[Period], by: Sequence[str]) -> ir.Table:
    first = next(iter(metrics.values()))
    if isinstance(first, Stock):
        table = _open_at(book, first.due, any(m.weighted for m in metrics.values() if isinstance(m, Stock)), periods)
    elif isinstance(first, Spread):
        table = _spread(book.table(first.of), periods)
    else:
        table = _in_periods(_free(book.table(first.of)), first.on, periods)
    table = dimensions.split(book, table, by)
    keys = ["period", *by]
    if isinstance(first, Median):
        (name,) = metrics
        table = table.filter(_where(first)).mutate(_value=first.value.cast("float64"))
        table = table.filter(_["_value"].notnull())
        rank = ibis.row_number().over(group_by=keys, order_by="_value") + 1
        table = table.mutate(_rank=rank, _n=_.count().over(group_by=keys))
        return table.group_by(keys).agg(**_median_aggregates(name))
    return _summed(table, keys, metrics)


def _where(metric: Flow) -> Any:
    return metric.where if metric.where is not None else ibis.literal(True)


def _summed(table: ir.Table, keys: Sequence[str], metrics: Mapping[str, Compiled]) -> ir.Table:
    """The aggregates of every metric, one row per group.

    The conditions are group keys of a first step, and a second one adds up its few rows: an engine adds up whole groups
    several times as fast as it filters all rows for each sum anew.
    """
    sums: dict[Any, tuple[str, ir.Scalar]] = {}
    flags: dict[Any, tuple[str, ir.BooleanColumn]] = {}
    totals: dict[str, Any] = {}
    for name, metric in metrics.items():
        always = [] if not isinstance(metric, Flow) or metric.where is None else [metric.where.resolve(table)]
        for part, (value, *conditions) in _aggregates(metric, table).items():
            # What is the same in two metrics is worked out once.
            column, _value = sums.setdefault(value.op(), (f"_sum_{len(sums)}", value))
            named = [flags.setdefault(c.op(), (f"_if_{len(flags)}", c))[0] for c in (*always, *conditions)]
            total = _[column].sum(where=ibis.and_(*(_[flag] for flag in named)) if named else None).cast("float64")
            totals[f"{name}__{part}"] = total.fill_null(0.0) if part == "n" else total
    first = table.group_by(*keys, **dict(flags.values())).agg(**dict(sums.values()))
    return first.group_by(keys).agg(**totals)


def _aggregates(metric: Compiled, table: ir.Table) -> dict[str, tuple[Any, ...]]:
    """Each part of a metric: what is added up, and the conditions a row must meet besides the metric's own."""
    rows = table.count()
    if isinstance(metric, Ratio):
        return _ratio_aggregates(metric, table)
    value = metric.value.resolve(table)
    if isinstance(metric, Sum | Mean):
        if value.type().is_boolean():
            return dict.fromkeys(("n", "s1", "s2", "s3"), (rows, value))
        real = value.cast("float64")
        cube = real * real * real
        return {"n": (value.count(),), "s1": (value.sum(),), "s2": ((real * real).sum(),), "s3": (cube.sum(),)}
    if isinstance(metric, Spread):
        part = (value.cast("float64") * table["_part"]).sum()
        return {"n": (rows,), "s1": (part,), "cut": (rows, table["_cut"])}
    weighted = isinstance(metric, Stock) and metric.weighted
    sources = {name: (rows, table["_chance_from"] == name) for name in SOURCES} if weighted else {}
    return {"n": (rows,), "s1": (value.sum(),), "unknown": (rows, value.isnull()), **sources}


def _ratio_aggregates(metric: Ratio, table: ir.Table) -> dict[str, tuple[Any, ...]]:
    top, bottom, rows = metric.numerator.resolve(table), metric.denominator.resolve(table), table.count()
    x, y = bottom.cast("float64"), top.cast("float64")
    parts: dict[str, tuple[Any, ...]]
    if bottom.type().is_boolean():
        parts = {"n": (rows, bottom), "top": (rows, top), "bottom": (rows, bottom)}
    elif top.type().is_boolean():
        square = (x * x).sum()
        parts = {"n": (rows, x != 0), "top": (bottom.sum(), top), "bottom": (bottom.sum(),)}
        parts |= {"top2": (square, top), "bottom2": (square,), "cross": (square, top)}
    else:
        parts = {"n": (rows, (x != 0) | (y != 0)), "top": (top.sum(),), "bottom": (bottom.sum(),)}
        parts |= {"top2": ((y * y).sum(),), "bottom2": ((x * x).sum(),), "cross": ((x * y).sum(),)}
    if metric.lacks is not None:
        lacks, among = metric.lacks.resolve(table), metric.among.resolve(table)
        parts |= {"lacks": (rows, lacks, among), "among": (rows, among)}
    return parts


def _median_aggregates(name: str) -> dict[str, Any]:
    n = _["_n"].max()
    low = median_rank(_["_n"])
    return {
        f"{name}__n": n.cast("float64"),
        f"{name}__median": _["_value"].median().cast("float64"),
        f"{name}__low": _["_value"].min(where=_["_rank"] == low).cast("float64"),
        f"{name}__high": _["_value"].min(where=_["_rank"] == _["_n"] + 1 - low).cast("float64"),
    }


def _free(table: ir.Table) -> ir.Table:
    """A table without the columns of a company's own that are named as what is added here."""
    return table.drop(*(name for name in ("period", "period_after") if name in table.columns))


def _in_periods(table: ir.Table, on: str, periods: Sequence[Period]) -> ir.Table:
    """The rows whose date lies in one of the periods, with the name of the period."""
    day = table[on].cast("date")
    inside = table.filter(day.between(ibis.literal(periods[0].start), ibis.literal(periods[-1].end)))
    if len(periods) == 1:
        return inside.mutate(period=ibis.literal(periods[0].name), period_after=ibis.literal(periods[0].after))
    days = pd.DataFrame(
        [(p.start + timedelta(days=i), p.name, p.after) for p in periods for i in range(p.days)],
        columns=["_day", "period", "period_after"],
    )
    # A calendar of days joins by equality on every engine and for every calendar, 4-4-5 too.
    calendar = ibis.memtable(days, schema={"_day": "date", "period": "string", "period_after": "date"})
    return inside.inner_join(calendar, inside[on].cast("date") == calendar["_day"])


def _open_at(book: Book, due: bool, weighted: bool, periods: Sequence[Period]) -> ir.Table:
    """The opportunities open at each period's moment (and due in it), with the name of the period."""
    rows = [(p.name, moment(p, due, book.as_of) + timedelta(days=1), p.start, p.end) for p in periods]
    moments = ibis.memtable(
        pd.DataFrame(rows, columns=["period", "_at", "_start", "_end"]),
        schema={"period": "string", "_at": "date", "_start": "date", "_end": "date"},
    )
    spans = _free(book.table("states")).filter(_.is_open)
    at = _["_at"].cast("timestamp")
    table = spans.cross_join(moments).filter((_.valid_from < at) & (_.valid_to.isnull() | (_.valid_to >= at)))
    if due:
        table = table.filter(_.close_date.between(_["_start"], _["_end"]))
    if weighted:
        table = with_probability(book, table, [(p.name, moment(p, due, book.as_of)) for p in periods])
    return table


def _spread(table: ir.Table, periods: Sequence[Period]) -> ir.Table:
    """The spans that touch each period, which part of them lies in it, and whether they were cut short."""
    bounds = ibis.memtable(
        pd.DataFrame([(p.name, p.start, p.end) for p in periods], columns=["period", "_start", "_end"]),
        schema={"period": "string", "_start": "date", "_end": "date"},
    )
    crossed = table.cross_join(bounds).mutate(
        _from=ibis.greatest(_.start, _["_start"]), _to=ibis.least(_.end, _["_end"])
    )
    touching = crossed.filter(_["_from"] <= _["_to"])
    return touching.mutate(_part=_days(_["_from"], _["_to"]) / _.days, _cut=_days(_.start, _.end) < _.days)


def _days(first: Any, last: Any) -> Any:
    return (last.cast("timestamp").delta(first.cast("timestamp"), unit="day") + 1).cast("float64")
