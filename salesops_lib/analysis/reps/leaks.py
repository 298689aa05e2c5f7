"""Leaks: at which stage each rep loses deals that the peers bring further, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from salesops_lib.analysis.reps.evidence import ALPHA, FEWEST, Array, adjusted
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.metrics import intervals, measure

Counts = npt.NDArray[np.int64]


def leaks(peers: Peers) -> pd.DataFrame:
    """Conversion of each rep and open stage over four quarters of entries, and where it leaks.

    Conversion is the catalogue's `stage_conversion`: what got past the stage so far. A late quarter has had less time,
    and a whole company can leak in one quarter; so each entry is held against what all peers made of those that entered
    the stage in the same quarter. Like is compared with like, also for a rep who was hired last.

    Returns
    -------
    DataFrame
        One row per rep shown and open stage, in the order of the sales process: rep, rep_name, stage, entered,
        open (of these, still undecided), conversion (so far; null without entries), low, high, peers (what the peers
        made of entries of the same quarters, the rep among them), lost_wins (entered × (peers − conversion) × the
        conversions of the later stages in the whole peer group, of decided entries; negative: gained), lost_low,
        lost_high (from the interval of the rep's own conversion), lost_money (× the peer group's average deal size;
        null without a win), p_value (adjusted over all reps and stages; null below ten entries and without peers),
        leak (converts worse than chance explains), ahead (converts better than chance explains), largest (the stage
        that costs most; one per rep with entries), period (the four quarters of the entries).

    Raises
    ------
    MissingTable
        Without opportunity_history.
    Withheld
        If the group is too small.
    """
    shown, funnel = peers.reps, Funnel.read(peers)
    own = pd.Index(funnel.reps).get_indexer(pd.Index(shown["rep"]))
    group = funnel.group[own]
    entered, advanced = funnel.entered[own], funnel.advanced[own]
    of_peers = pooled(funnel.entered, funnel.group)[group], pooled(funnel.advanced, funnel.group)[group]
    n, passed, still = entered.sum(axis=2), advanced.sum(axis=2), funnel.still_open[own].sum(axis=2)
    usual, p_value = against_peers(advanced, entered, of_peers[1], of_peers[0])
    low, high = intervals.wilson(passed.ravel(), n.ravel())
    later = _later(funnel)[group]
    size = _deal_size(peers).reindex(shown["peers"]).to_numpy(dtype="float64")
    frame = pd.DataFrame(
        {
            "rep": np.repeat(shown["rep"].to_numpy(), len(funnel.stages)),
            "rep_name": np.repeat(shown["rep_name"].to_numpy(), len(funnel.stages)),
            "stage": np.tile(np.array(funnel.stages, dtype=object), len(shown)),
            "entered": n.ravel().astype("int64"),
            "open": still.ravel().astype("int64"),
            "conversion": _share(passed, n).ravel(),
            "low": low,
            "high": high,
            "peers": usual.ravel(),
        }
    )
    frame["peers"] = frame["peers"].mask(frame["rep"].isin(peers.alone))
    wins = frame["entered"] * later.ravel()
    frame["lost_wins"] = wins * (frame["peers"] - frame["conversion"])
    frame["lost_low"], frame["lost_high"] = wins * (frame["peers"] - high), wins * (frame["peers"] - low)
    frame["lost_money"] = frame["lost_wins"] * np.repeat(size, len(funnel.stages))
    frame["p_value"] = adjusted(p_value.ravel())
    frame["leak"] = (frame["p_value"] < ALPHA) & (frame["conversion"] < frame["peers"])
    frame["ahead"] = (frame["p_value"] < ALPHA) & (frame["conversion"] > frame["peers"])
    cost = frame["lost_wins"].fillna(0.0).where(frame["entered"] > 0, -np.inf)
    largest = cost.groupby(frame["rep"]).transform("idxmax") == frame.index
    frame["largest"] = largest & (frame["entered"] > 0)
    return frame.assign(period=peers.year)


def against_peers(advanced: Array, entered: Array, peers_advanced: Array, peers_entered: Array) -> tuple[Array, Array]:
    """What the peers would have made of the same entries, and how likely chance alone takes a rep as far from it.

    Under chance alone those of a rep's entries that advance are, in each stratum (quarter of entry), any of the peers'
    entries of it, the rep's among them: hypergeometric. The rep's total is held against the exact distribution of
    their sum, the smaller tail doubled (an exact form of the Cochran-Mantel-Haenszel test; Agresti (2002), Categorical
    Data Analysis, section 6.3).

    Parameters
    ----------
    advanced, entered, peers_advanced, peers_entered : array
        Counts; the last axis is the stratum.

    Returns
    -------
    tuple of array
        The peers' conversion, weighted as the rep's entries (all of the peers' where the rep has none), and the p-value
        (null below ten entries and where nobody else has any).

    Examples
    --------
    >>> counts = (np.array([[5.0]]), np.array([[10.0]]), np.array([[75.0]]), np.array([[100.0]]))
    >>> usual, p = against_peers(*counts)
    >>> float(usual[0]), round(float(p[0]), 3)
    (0.75, 0.135)
    """
    expected = entered * np.nan_to_num(_share(peers_advanced, peers_entered))
    usual = _share(expected.sum(axis=-1), entered.sum(axis=-1))
    usual = np.where(np.isnan(usual), _share(peers_advanced.sum(axis=-1), peers_entered.sum(axis=-1)), usual)
    comparable = ((peers_entered > entered) & (entered > 0)).any(axis=-1)
    tested = np.flatnonzero(comparable & (entered.sum(axis=-1) >= FEWEST))
    rows = (each.reshape(-1, each.shape[-1])[tested] for each in (advanced, entered, peers_advanced, peers_entered))
    p_value = np.full(usual.size, np.nan)
    p_value[tested] = _exact(*(each.astype("int64") for each in rows))
    return usual, p_value.reshape(usual.shape)


def _exact(advanced: Counts, entered: Counts, peers_advanced: Counts, peers_entered: Counts) -> Array:
    """Per row: the doubled smaller tail of the sum, over its strata, of hypergeometric counts."""
    fewest = np.maximum(0, entered - (peers_entered - peers_advanced))
    sizes = (np.minimum(entered, peers_advanced) - fewest + 1).ravel()
    ends = np.cumsum(sizes)
    counts = np.arange(sizes.sum()) + np.repeat(fewest.ravel() - (ends - sizes), sizes)
    # A stratum in which nobody entered anything has one outcome: none.
    given = (np.maximum(peers_entered, 1), peers_advanced, entered)
    # By logarithms: scipy takes hundreds of times longer for the chance itself of many entries.
    chances = np.exp(stats.hypergeom.logpmf(counts, *(np.repeat(each.ravel(), sizes) for each in given)))
    parts, strata = np.split(chances, ends[:-1]), entered.shape[-1]
    at = (advanced - fewest).sum(axis=-1)
    found = []
    for row, place in enumerate(at):
        whole = reduce(np.convolve, parts[row * strata : (row + 1) * strata])
        found.append(min(1.0, 2 * float(min(whole[: place + 1].sum(), whole[place:].sum()))))
    return np.array(found, dtype="float64")


@dataclass(frozen=True)
class Funnel:
    """Counts of entries by rep, open stage and quarter of entry, of all reps compared, each with its peer group."""

    reps: list[str]
    stages: list[str]
    group: Counts
    entered: Array
    advanced: Array
    still_open: Array

    @classmethod
    def read(cls, peers: Peers) -> Funnel:
        """The funnel of the four quarters up to the compared one."""
        book, compared = peers.book, peers.compared
        stages, reps = list(book.company.stages.open), compared["rep"].to_list()
        names = ["stage_conversion", "still_open_rate_by_stage"]
        tidy = measure(book, names, peers.year, by=["rep", "stage"], grain="quarter")
        quarters = [each.name for each in book.calendar.split(book.calendar.period(peers.year), "quarter")]
        every = pd.MultiIndex.from_product([reps, stages, quarters], names=["rep", "stage", "period"])
        counts = []
        for name, column in ((names[0], "n"), (names[0], "numerator"), (names[1], "numerator")):
            part = tidy[tidy["metric"] == name].set_index(["rep", "stage", "period"])[column]
            cells = part.reindex(every).fillna(0).to_numpy(dtype="float64")
            counts.append(cells.reshape(len(reps), len(stages), len(quarters)))
        return cls(reps, stages, _codes(compared["peers"]), *counts)


def pooled(counts: Array, group: Counts) -> Array:
    """The sums of counts over the members of each group; the first axis is the rep, of the result the group."""
    sums = np.zeros((int(group.max(initial=-1)) + 1, *counts.shape[1:]))
    np.add.at(sums, group, counts)
    return sums


def _codes(names: pd.Series[str]) -> Counts:
    """Counts by number, in the order of their names."""
    return np.asarray(names.astype("category").cat.codes, dtype="int64")


def _later(funnel: Funnel) -> Array:
    """Per peer group and stage: the chance that what gets past the stage is won, of decided entries."""
    entered, advanced, still = (
        pooled(each, funnel.group).sum(axis=2) for each in (funnel.entered, funnel.advanced, funnel.still_open)
    )
    conversion = _share(advanced, entered - still)
    # Where nobody ever came that far, nobody got past the stage before either: there is nothing to lose.
    conversion = np.where(entered > 0, conversion, 0.0)
    onward = np.cumprod(conversion[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([onward[:, 1:], np.ones((len(onward), 1))], axis=1)


def _deal_size(peers: Peers) -> pd.Series[float]:
    """The average deal size of each peer group over the four quarters; null without a win."""
    tidy = measure(peers.book, "average_deal_size", peers.year, by="rep").set_index("rep")
    compared = peers.compared.set_index("rep")["peers"]
    sums = tidy[["numerator", "denominator"]].reindex(compared.index).fillna(0.0).groupby(compared).sum()
    return sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)


def _share(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Array = np.where(whole > 0, part / whole, np.nan)
    return share
