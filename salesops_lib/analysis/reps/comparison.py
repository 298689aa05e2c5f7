"""The rep comparison: its analyses by name, each made once and only when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from salesops_lib.analysis.account import audit, definitions
from salesops_lib.analysis.names import with_names
from salesops_lib.analysis.personal import personal_fields
from salesops_lib.analysis.reps.adjusted import like_with_like
from salesops_lib.analysis.reps.coaching import coaching
from salesops_lib.analysis.reps.lead_shares import lead_fairness, lead_shares
from salesops_lib.analysis.reps.leaderboard import TESTS, lacking, leaderboard
from salesops_lib.analysis.reps.leaks import leaks
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.practices import practices
from salesops_lib.analysis.reps.steadiness import months, steadiness
from salesops_lib.data.book import Book
from salesops_lib.data.snapshot import shared_property
from salesops_lib.errors import MissingTable

BEST = 4
FEWEST_BEST = 3


@dataclass(frozen=True)
class RepComparison:
    """A quarter's reps among their peers; each section is a frame (see the function of its name for the columns).

    A section raises MissingTable for a lacking table and Withheld where the group is smaller than the company shows;
    the others are there all the same.

    Parameters
    ----------
    book, quarter, group, peers
        As for `Peers`: whose figures are shown, and with whom each is compared.
    """

    book: Book
    quarter: str
    group: str = "all"
    peers: str = "all"

    @cached_property
    def who(self) -> Peers:
        """Who is compared with whom."""
        return Peers(self.book, self.quarter, self.group, self.peers)

    @property
    def reps(self) -> pd.DataFrame:
        """The reps shown, and what is to be known of each; territories by their names."""
        reps = self.who.reps
        return reps.assign(territory=with_names(self.book, "territory", reps["territory"]))

    @shared_property
    def leaderboard(self) -> pd.DataFrame:
        """The quarter's figures with their verdicts."""
        return leaderboard(self.who)

    @property
    def withheld(self) -> int:
        """How many of the group are not shown because their own peers are too few."""
        return self.who.withheld

    @shared_property
    def lacking(self) -> pd.DataFrame:
        """The figures that cannot be measured."""
        return lacking(self.who)

    @property
    def adjusted(self) -> pd.DataFrame:
        """Like with like, over four quarters."""
        return self._like_with_like[0]

    @property
    def factors(self) -> pd.DataFrame:
        """What was adjusted for."""
        return self._like_with_like[1]

    @shared_property
    def months(self) -> pd.DataFrame:
        """Month by month."""
        return months(self.who)

    @shared_property
    def steadiness(self) -> pd.DataFrame:
        """How steady each rep is."""
        return steadiness(self.who, self.months)

    @shared_property
    def leaks(self) -> pd.DataFrame:
        """Where each rep's funnel leaks."""
        return leaks(self.who)

    @shared_property
    def best_reps(self) -> pd.DataFrame:
        """The leading group: the fourth of the reps, at least three, with the highest win rates like with like.

        Returns
        -------
        DataFrame
            One row per rep of the group: rep, rep_name, value, by ("win_rate"), verdict (against the peers: most lead
            by no more than chance), of (how many reps it is the fourth of), period (the four quarters).
        """
        rates = self.adjusted[self.adjusted["metric"] == "win_rate"].dropna(subset=["adjusted"])
        best = rates.nlargest(max(FEWEST_BEST, len(rates) // BEST), "adjusted").rename(columns={"value": "raw"})
        best = best.rename(columns={"adjusted": "value"})
        best = best.assign(by="win_rate", of=len(rates), period=self.who.year)
        return best[["rep", "rep_name", "value", "by", "verdict", "of", "period"]]

    @shared_property
    def practices(self) -> pd.DataFrame:
        """What the leading group does differently."""
        return practices(self.who, self.best_reps)

    @shared_property
    def lead_shares(self) -> pd.DataFrame:
        """How many leads each was given, and how good."""
        return lead_shares(self.who)

    @shared_property
    def lead_fairness(self) -> pd.DataFrame:
        """Whether the leads were handed out evenly."""
        return lead_fairness(self.who)

    @shared_property
    def coaching(self) -> pd.DataFrame:
        """At most three points per rep."""
        optional = {name: self._if_there(name) for name in ("steadiness", "months", "leaks", "lead_shares")}
        return coaching(
            self.reps,
            self.leaderboard,
            self.adjusted,
            **optional,
            quarter=self.quarter,
            year=self.who.year,
            peers=self.peers,
        )

    @cached_property
    def personal(self) -> pd.DataFrame:
        """The personal fields that the report uses."""
        return personal_fields(self.book)

    @property
    def audit(self) -> pd.DataFrame:
        """What became of every row that was read."""
        return audit(self.book)

    @property
    def definitions(self) -> pd.DataFrame:
        """The definitions of every metric that the comparison shows."""
        return definitions(
            [*TESTS, "consistency", "stage_conversion", "discount_rate", "time_in_stage", "selling_time_share"]
        )

    @property
    def highlights(self) -> dict[str, pd.DataFrame | None]:
        """What the headline is written from; None for what needs a table that is missing."""
        names = ("leaderboard", "adjusted", "months", "leaks", "lead_fairness", "lead_shares")
        return {name: self._if_there(name) for name in names}

    @shared_property
    def _like_with_like(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return like_with_like(self.who)

    def _if_there(self, name: str) -> pd.DataFrame | None:
        try:
            section: pd.DataFrame = getattr(self, name)
        except MissingTable:
            return None
        return section
