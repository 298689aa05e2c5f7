"""The median time until something happens, where of some rows it has not happened yet: Kaplan-Meier, in the engine."""

from __future__ import annotations

import math
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from salesops_lib.metrics.intervals import Z
from salesops_lib.metrics.spec import Survival

HALF = 0.5
# A curve that falls to one half exactly is a sum of logarithms, so it is one half but for the last digits.
NEAR = 1e-9


def medians(table: ir.Table, keys: Sequence[str], name: str, metric: Survival) -> ir.Table:
    """The Kaplan-Meier median of each group, with its 95 % interval; null where the curve stays above one half.

    Where the curve runs level at one half, the median is the middle of that stretch, as it is without open rows. The
    interval (Brookmeyer and Crowley) holds the times at which the curve is not distinguishable from one half, by the
    complementary log-log of the curve and Greenwood's variance.

    Source: Brookmeyer and Crowley (1982), A confidence interval for the median survival time; Klein and Moeschberger
    (2003), Survival Analysis, sections 4.2 and 4.5.
    """
    times = table.group_by(*keys, _time=metric.duration.cast("float64")).agg(
        _left=metric.event.cast("int64").sum(), _all=_.count()
    )
    so_far = ibis.window(group_by=keys, order_by="_time", preceding=None, following=0)
    onwards = ibis.window(group_by=keys, order_by="_time", preceding=0, following=None)
    curve = times.mutate(_risk=_["_all"].sum().over(onwards).cast("float64"))
    # Once the last one at risk has left, the curve is at zero; a logarithm has no such value.
    stay = (_["_risk"] - _["_left"]).nullif(0)
    curve = curve.mutate(_log=(stay / _["_risk"]).ln(), _term=_["_left"] / (_["_risk"] * stay), _gone=stay.isnull())
    curve = curve.mutate(
        _log=_["_gone"].ifelse(ibis.null("float64"), _["_log"].sum().over(so_far)),
        _variance=_["_term"].sum().over(so_far),
    )
    curve = curve.mutate(_alive=_["_log"].exp().fill_null(0.0))
    beyond = (-_["_log"]).nullif(0).ln() - math.log(-math.log(HALF))
    curve = curve.mutate(_beyond=beyond * -_["_log"] / _["_variance"].nullif(0).sqrt())
    falls, at_half = _["_left"] > 0, _["_alive"] <= HALF + NEAR
    low = _["_time"].min(where=falls & (_["_beyond"] >= -Z))
    high = _["_time"].min(where=falls & (_["_beyond"] > Z))
    reached, passed = _["_time"].min(where=at_half), _["_time"].min(where=_["_alive"] < HALF - NEAR)
    parts = {
        "n": _["_all"].sum(),
        "left": _["_left"].sum(),
        "quantile": (reached + passed.coalesce(reached)) / 2,
        "low": low,
        "high": high,
    }
    return curve.group_by(keys).agg(**{f"{name}__{part}": total.cast("float64") for part, total in parts.items()})
