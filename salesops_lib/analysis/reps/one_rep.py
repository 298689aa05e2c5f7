"""One rep's scorecard: the rep's own figures beside the peers', the trend, the funnel, and every open deal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from salesops_lib.analysis.account import definitions
from salesops_lib.analysis.names import with_names
from salesops_lib.analysis.reps import evidence
from salesops_lib.analysis.reps.comparison import RepComparison
from salesops_lib.analysis.reps.leaderboard import COLUMNS, TESTS
from salesops_lib.analysis.reps.open_deals import ageing, open_deals
from salesops_lib.analysis.reps.own_change import own_change
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, MissingTable, ParameterError, Withheld, nearest
from salesops_lib.language import N_
from salesops_lib.language import gettext as _
from salesops_lib.metrics import CATALOGUE, measure, missing_table

QUARTERS = 8
BAND = (0.1, 0.9)
ROW = "rep rep_name team territory segment peers tenure_months days present deals note".split()


@dataclass(frozen=True)
class RepScorecard:
    """A quarter of one rep; each section is a frame, made once and only when it is asked for.

    The rep's own figures are shown however few colleagues there are; figures of others only from the company's
    `minimum_group` on. A section whose table is missing raises MissingTable, and the others are there all the same.

    Parameters
    ----------
    book : Book
        What is known, as of a date.
    quarter : str
        A fiscal quarter by its name.
    rep : str
        The rep's id, or name as it is shown.
    peers : str
        With whom the rep is compared: "all", or those of the same "team", "territory", "segment" or "manager".
    """

    book: Book
    quarter: str
    rep: str
    peers: str = "all"

    @cached_property
    def rep_row(self) -> pd.DataFrame:
        """Who the rep is: one row of rep, rep_name, team, territory, segment, peers, tenure_months, days, ..., note.

        Raises
        ------
        ParameterError
            If nobody of that id or name was there in the quarter, with the near ones.
        """
        everyone = self._peers.everyone
        found = everyone[everyone["rep"] == self.rep]
        if found.empty:
            found = everyone[everyone["rep_name"] == self.rep]
        if len(found) != 1:
            fault = _("there is no rep {rep!r} in {quarter}.", rep=self.rep, quarter=self.quarter)
            known = [*everyone["rep"], *everyone["rep_name"]]
            raise ParameterError(Fault(fault, key="rep", fix=nearest(self.rep, known)))
        row = found[ROW].reset_index(drop=True)
        return row.assign(territory=with_names(self.book, "territory", row["territory"]))

    @property
    def name(self) -> str:
        """What the rep is called."""
        return str(self.rep_row["rep_name"].iloc[0])

    @cached_property
    def figures(self) -> pd.DataFrame:
        """The rep's figures of the quarter: the leaderboard's rows, and where most of the peers are.

        Returns
        -------
        DataFrame
            One row per metric, with the columns of `leaderboard` and peers_low, peers_high (the 10th and the 90th
            percentile of the other reps' values; null for fewer than the company's minimum group). In a group that is
            too small the rep is compared with nobody: peers and p_value are null and the verdict is "none".
        """
        if not self._is_shown:
            return self._own_figures()
        board = self._comparison.leaderboard
        own = board[board["rep"] == self._id].reset_index(drop=True)
        others = board[board["rep"].isin(self._others) & board["value"].notna()].groupby("metric")["value"]
        enough = others.size() >= self._least
        for name, at in zip(("peers_low", "peers_high"), BAND, strict=True):
            own[name] = own["metric"].map(others.quantile(at).where(enough)).astype("float64")
        return own

    @cached_property
    def trend(self) -> pd.DataFrame:
        """The last eight quarters of quota attainment (revenue won without quotas), win rate and sales cycle.

        Returns
        -------
        DataFrame
            One row per metric and quarter: metric, label, unit, period, value (null: n/a or not there yet), low, high,
            peers (the figure of the company or of the peers' team, segment ...; of revenue the mean per rep; null where
            fewer than the company's minimum group of other reps have one). Quarters before the first closed deal are
            left out.
        """
        book, period = self.book, self._peers.period
        reached = "revenue_won" if missing_table(book, "quota_attainment") else "quota_attainment"
        names = [reached, "win_rate", "sales_cycle_days"]
        span = f"{book.calendar.shift(period, 1 - QUARTERS).name}..{period.name}"
        by_rep = measure(book, names, span, by="rep", grain="quarter")
        keys = ["metric", "period"]
        by = [] if self.peers == "all" else [self.peers]
        whole = measure(book, names, span, by=by, grain="quarter")
        for dimension in by:
            whole = whole[whole[dimension] == self.rep_row["peers"].item()]
        whole = whole[[*keys, "value"]].rename(columns={"value": "peers"})
        frame = whole.merge(by_rep.loc[by_rep["rep"] == self._id, [*keys, "value", "low", "high"]], on=keys, how="left")
        others = by_rep[by_rep["rep"].isin(self._others) & by_rep["value"].notna()].groupby(keys)["value"].size()
        means = by_rep[by_rep["rep"].isin({*self._others, self._id})].groupby(keys)["value"].mean()
        index = pd.MultiIndex.from_frame(frame[keys])
        per_rep = pd.Series(means.reindex(index).to_numpy(), frame.index)
        frame["peers"] = frame["peers"].where(frame["metric"] != "revenue_won", per_rep)
        frame["peers"] = frame["peers"].where(others.reindex(index).fillna(0).to_numpy() >= self._least)
        first = book.first_close
        known = [first is not None and book.calendar.period(name).end >= first for name in frame["period"]]
        frame["label"] = [_(CATALOGUE[name].label) for name in frame["metric"]]
        frame["unit"] = [CATALOGUE[name].unit for name in frame["metric"]]
        return frame.loc[known, [*keys[:1], "label", "unit", "period", "value", "low", "high", "peers"]].reset_index(
            drop=True
        )

    @cached_property
    def own_change(self) -> pd.DataFrame:
        """How the quarter differs from the rep's own quarter before: see `own_change`."""
        return own_change(self._peers, self._id, self.trend)

    @cached_property
    def funnel(self) -> pd.DataFrame:
        """The rep's conversion by stage against the peers': the rep's rows of `leaks`."""
        self._require_peers()
        return self._rows(self._comparison.leaks)

    @cached_property
    def pipeline(self) -> pd.DataFrame:
        """The rep's open opportunities as of the book's day and what to do next: see `open_deals`."""
        return open_deals(self._peers, self._id)

    @cached_property
    def ageing(self) -> pd.DataFrame:
        """The open opportunities by stage and days since creation: see `ageing`."""
        deals = self.pipeline
        if len(deals) and deals["age_days"].isna().all():
            raise MissingTable("opportunities", N_("how old a deal is"), column="created_at")
        return ageing(deals, list(self.book.company.stages.open))

    @cached_property
    def coaching(self) -> pd.DataFrame:
        """What to recognise and what to coach: the rep's rows of `coaching`."""
        self._require_peers()
        return self._rows(self._comparison.coaching)

    @property
    def lacking(self) -> pd.DataFrame:
        """The figures that cannot be measured."""
        return self._comparison.lacking

    @property
    def personal(self) -> pd.DataFrame:
        """The personal fields that the report uses."""
        return self._comparison.personal

    @property
    def audit(self) -> pd.DataFrame:
        """What became of every row that was read."""
        return self._comparison.audit

    @property
    def definitions(self) -> pd.DataFrame:
        """The definitions of every metric that the scorecard shows."""
        return definitions([*TESTS, "stage_conversion"])

    @property
    def _peers(self) -> Peers:
        return self._comparison.who

    @cached_property
    def _comparison(self) -> RepComparison:
        return RepComparison(self.book, self.quarter, peers=self.peers)

    @property
    def _id(self) -> str:
        return str(self.rep_row["rep"].item())

    @property
    def _others(self) -> set[str]:
        """Those with whom the rep is compared."""
        everyone = self._peers.everyone
        mine = everyone["peers"] == self.rep_row["peers"].item()
        return set(everyone.loc[mine, "rep"]) - {self._id}

    @property
    def _is_shown(self) -> bool:
        """Whether there are enough peers to show the rep among them."""
        return len(self._others) + 1 >= self._least

    def _require_peers(self) -> None:
        if not self._is_shown:
            raise Withheld(len(self._others) + 1, self._least)

    @property
    def _least(self) -> int:
        return self.book.company.privacy.minimum_group

    def _rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        own: pd.DataFrame = frame[frame["rep"] == self._id].reset_index(drop=True)
        return own

    def _own_figures(self) -> pd.DataFrame:
        """The rep's figures without anybody else's."""
        names = [name for name in TESTS if not missing_table(self.book, name)]
        tidy = measure(self.book, names, self._peers.period, by="rep")
        own = tidy[tidy["rep"] == self._id].set_index("metric").reindex(names).rename_axis("metric").reset_index()
        metrics = [CATALOGUE[name] for name in names]
        own["rep"], own["rep_name"] = self._id, self.rep_row["rep_name"].item()
        own["n"] = own["n"].fillna(0)
        for name in ("label", "unit", "better"):
            own[name] = [getattr(metric, name) for metric in metrics]
        own["note"] = own["metric"].map(tidy.attrs["notes"]).fillna("")
        for name in ("peers", "p_value", "shrunk", "shrunk_low", "shrunk_high", "peers_low", "peers_high"):
            own[name] = np.nan
        own["verdict"] = evidence.verdicts(own["value"], own["peers"], own["p_value"], own["n"])
        return own[[*COLUMNS, "peers_low", "peers_high"]]
