"""From declarations to one query per table: the groups, the moments and the aggregates of each kind of metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.data.book import Book
from salesops_lib.metrics import dimensions, moments, survival
from salesops_lib.metrics.intervals import quantile_rank
from salesops_lib.metrics.probability import SOURCES
from salesops_lib.metrics.spec import Flow, Mean, Quantile, Ratio, Slip, Spread, Stock, Sum, Survival, TimeAverage
from salesops_lib.periods import Period

Compiled = Sum | Mean | Quantile | Ratio | Survival | Stock | TimeAverage | Slip | Spread


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


def _grouped(metrics: Mapping[str, Compiled]) -> dict[tuple[Any, ...], dict[str, Compiled]]:
    """The metrics that can share one pass over their table."""
    groups: dict[tuple[Any, ...], dict[str, Compiled]] = {}
    for name, metric in metrics.items():
        if isinstance(metric, Quantile | Survival | TimeAverage):
            key: tuple[Any, ...] = ("alone", name)
        elif isinstance(metric, Stock):
            key = ("stock", metric.due)
        elif isinstance(metric, Spread):
            key = ("spread",)
        elif isinstance(metric, Slip):
            key = ("slip",)
        else:
            key = ("flow", metric.on, metric.cumulative)
        groups.setdefault(key, {})[name] = metric
    return groups


def _branch(book: Book, metrics: Mapping[str, Compiled], periods: Sequence[Period], by: Sequence[str]) -> ir.Table:
    first = next(iter(metrics.values()))
    if isinstance(first, Stock):
        table = moments.open_at(
            book, first.due, any(m.weighted for m in metrics.values() if isinstance(m, Stock)), periods
        )
    elif isinstance(first, TimeAverage):
        table = moments.open_days(book, periods)
    elif isinstance(first, Slip):
        table = moments.slipped(book, periods)
    elif isinstance(first, Spread):
        table = moments.spread(book.table(first.of), periods)
    else:
        rows = moments.free(book.table(first.of))
        counted = moments.up_to if first.cumulative else moments.in_periods
        table = counted(rows, first.on, periods)
    table = dimensions.split(book, table, by)
    keys = ["period", *by]
    name = next(iter(metrics))
    if isinstance(first, Survival):
        table = table.filter(_where(first)).mutate(known_until=ibis.literal(book.as_of))
        return survival.medians(table, keys, name, first)
    if isinstance(first, TimeAverage):
        return _averaged(table, keys, name, first)
    if isinstance(first, Quantile):
        table = table.filter(_where(first)).mutate(_value=first.value.cast("float64"))
        table = table.filter(_["_value"].notnull())
        rank = ibis.row_number().over(group_by=keys, order_by="_value") + 1
        table = table.mutate(_rank=rank, _n=_.count().over(group_by=keys))
        return table.group_by(keys).agg(**_quantile_aggregates(name, first.q))
    return _summed(table, keys, metrics)


def _where(metric: Flow) -> Any:
    return metric.where if metric.where is not None else ibis.literal(True)


def _averaged(table: ir.Table, keys: Sequence[str], name: str, metric: TimeAverage) -> ir.Table:
    """The sum over opportunities × days ÷ days; how many opportunities it rests on, and of how many all is known."""
    value, days = metric.value.resolve(table), table["_days"]
    each = table.group_by(*keys, "opportunity_id").agg(
        _sum=(value * days).sum(),
        _open=days.sum(),
        _unknown=days.sum(where=value.isnull()).fill_null(0),
        _of=table["_of"].max(),
    )
    parts = {
        "n": _.count(),
        "s1": _["_sum"].sum().cast("float64") / _["_of"].max(),
        "unknown": (_["_unknown"] > 0).sum(),
        "days": _["_open"].sum(),
        "unknown_days": _["_unknown"].sum(),
    }
    return each.group_by(keys).agg(**{f"{name}__{part}": total.cast("float64") for part, total in parts.items()})


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
    if isinstance(metric, Slip):
        return {"n": (rows,), "top": (rows, table["_slipped"]), "bottom": (rows,)}
    assert not isinstance(metric, Survival)
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


def _quantile_aggregates(name: str, q: float) -> dict[str, Any]:
    """The quantile between the two values beside it, and the order statistics that enclose it."""
    n = _["_n"].cast("float64")
    place = (n - 1) * q
    part = (_["_n"].max().cast("float64") - 1) * q
    ranks = {
        "below": place.floor() + 1,
        "above": place.ceil() + 1,
        "low": quantile_rank(n, q),
        "high": n + 1 - quantile_rank(n, 1 - q),
    }
    found = {each: _["_value"].min(where=_["_rank"] == rank) for each, rank in ranks.items()}
    value = found["below"] + (found["above"] - found["below"]) * (part - part.floor())
    return {
        f"{name}__n": _["_n"].max().cast("float64"),
        f"{name}__quantile": value,
        f"{name}__low": found["low"],
        f"{name}__high": found["high"],
    }
