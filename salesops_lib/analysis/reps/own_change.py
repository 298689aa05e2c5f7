"""A rep's quarter against the rep's own quarter before: what changed beyond chance, and the peers' change beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from salesops_lib.analysis.reps import evidence
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.pooled import values_of
from salesops_lib.metrics import CATALOGUE, measure
from salesops_lib.periods import Period

COLUMNS = (
    "metric label unit better earlier period before before_low before_high value low high peers_before peers p_value "
    "verdict"
).split()


def own_change(peers: Peers, rep: str, trend: pd.DataFrame) -> pd.DataFrame:
    """The figures of a rep's trend in the quarter and in the one before, and whether chance explains the difference.

    The tests are those of the leaderboard, with the records of both quarters in the place of the peers': shares by
    Fisher's exact test, sums by the chance that so much of both quarters' wins falls to this one by its share of their
    quota (or working days), medians by ranks. P-values are adjusted by Benjamini-Hochberg over the figures.

    Parameters
    ----------
    peers : Peers
        The quarter, and who is compared.
    rep : str
        The rep's id.
    trend : DataFrame
        The rep's quarters beside the peers': see `RepScorecard.trend`.

    Returns
    -------
    DataFrame
        One row per metric of the trend: metric, label, unit, better, earlier (the quarter before), period, before,
        before_low, before_high, value, low, high, peers_before, peers, p_value (adjusted; null: not tested), verdict
        ("above", "below", "not distinguishable", "too few" below ten records or, of sums, ten expected ones, in one of
        the quarters, "none" without a quarter before). A sum of a quarter that is not over is not tested.
    """
    book, period = peers.book, peers.period
    earlier = book.calendar.shift(period, -1)
    beside = {str(name): part.set_index("period") for name, part in trend.groupby("metric", sort=False)}
    rows: list[dict[str, Any]] = []
    for name, part in beside.items():
        then = part.reindex([earlier.name]).iloc[0]
        now = part.reindex([period.name]).iloc[0]
        both = measure(book, name, f"{earlier.name}..{period.name}", by="rep", grain="quarter")
        own = both[both["rep"] == rep].set_index("period").reindex([earlier.name, period.name])
        rows.append(
            {
                **{"metric": name, "label": now["label"], "unit": now["unit"], "better": CATALOGUE[name].better},
                **{"earlier": earlier.name, "period": period.name},
                **{"before": then["value"], "before_low": then["low"], "before_high": then["high"]},
                **{"value": now["value"], "low": now["low"], "high": now["high"]},
                **{"peers_before": then["peers"], "peers": now["peers"], "p": np.nan, "enough": 0.0},
                **(_tested(peers, rep, name, earlier, own) if own["value"].notna().all() else {}),
            }
        )
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "p", "enough"])
    frame["p_value"] = evidence.adjusted(
        frame["p"].where((frame["enough"] >= evidence.FEWEST) & frame["value"].notna())
    )
    frame["verdict"] = evidence.verdicts(frame["value"], frame["before"], frame["p_value"], frame["enough"])
    frame["verdict"] = frame["verdict"].where(frame["before"].notna(), "none")
    return frame[COLUMNS]


def _tested(peers: Peers, rep: str, name: str, earlier: Period, own: pd.DataFrame) -> dict[str, float]:
    """How likely chance alone makes such a difference (p), and the cases of the quarter that has fewer (enough)."""
    if name in ("quota_attainment", "revenue_won"):
        return _of_sums(peers, rep, name, earlier, own)
    if CATALOGUE[name].unit == "share":
        top, of = (own[column].to_numpy(dtype="float64") for column in ("numerator", "denominator"))
        p = evidence.share_p(top[1:], of[1:], top.sum(keepdims=True), of.sum(keepdims=True))
        return {"p": float(p[0]), "enough": float(of.min())}
    before, after = (values_of(peers, rep, name, each).to_numpy() for each in (earlier, peers.period))
    both = np.concatenate([before, after])
    ranks = stats.rankdata(both)
    ties = float((np.unique(both, return_counts=True)[1].astype("float64") ** 3).sum() - len(both))
    given = ([ranks[len(before) :].sum()], [len(after)], [len(both)], [ties])
    p = evidence.rank_p(*(np.array(each, dtype="float64") for each in given))
    enough = float(min(len(before), len(after)))
    if not enough:
        return {}
    # Where median and ranks disagree there is no side.
    longer = ranks[len(before) :].mean() - (len(both) + 1) / 2
    agree = longer * (np.median(after) - np.median(before)) > 0
    return {"p": float(p[0]) if agree else 1.0, "enough": enough}


def _of_sums(peers: Peers, rep: str, name: str, earlier: Period, own: pd.DataFrame) -> dict[str, float]:
    """Of wins: those of both quarters, each falling to the later one by its share of the quota or the days."""
    if not peers.book.is_complete(peers.period):
        return {}
    wins = [values_of(peers, rep, "revenue_won", each).to_numpy() for each in (earlier, peers.period)]
    given = own["denominator"].to_numpy(dtype="float64")
    if name == "revenue_won":
        everyone = [Peers(peers.book, each.name).everyone.set_index("rep")["days"] for each in (earlier, peers.period)]
        given = np.array([days.get(rep, 0) for days in everyone], dtype="float64")
    if not (given > 0).all():
        return {}
    share, both = given / given.sum(), np.concatenate(wins)
    sums = (wins[1].sum(), share[1], *((both**power).sum() for power in (1, 2, 3)))
    p = evidence.sum_p(*(np.array([each], dtype="float64") for each in sums))
    expected = len(both) * share
    return {"p": float(p[0]), "enough": float(min(max(len(w), e) for w, e in zip(wins, expected, strict=True)))}
