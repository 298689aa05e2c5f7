"""The audit of a CRM: its checks, score, trends and lists by name, each made once and only when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from salesops_lib.analysis.account import audit, definitions
from salesops_lib.analysis.health.by_rep import complete_by_rep
from salesops_lib.analysis.health.checks import make, table
from salesops_lib.analysis.health.freshness import reach, touched
from salesops_lib.analysis.health.identity import duplicates
from salesops_lib.analysis.health.registry import all_checks
from salesops_lib.analysis.health.scope import STALE_DAYS, Found, Scope
from salesops_lib.analysis.health.score import score
from salesops_lib.analysis.health.spec import COMPLETENESS, TOPICS, Check
from salesops_lib.analysis.health.trend import trend
from salesops_lib.analysis.personal import personal_fields
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable, Withheld

MOST_LISTED = 10_000


@dataclass(frozen=True)
class CrmHealth:
    """How healthy the records of a CRM are, as of a quarter's end; each section is a frame.

    Parameters
    ----------
    book : Book
        What is known, as of a day.
    quarter : str
        A fiscal quarter by its name: records that carry a date are those of the quarter.
    stale_days : int
        Days without a change or an activity after which an open opportunity is stale.
    """

    book: Book
    quarter: str
    stale_days: int = STALE_DAYS

    @cached_property
    def scope(self) -> Scope:
        """What the checks look at."""
        return Scope(self.book, self.quarter, self.stale_days)

    @cached_property
    def checks(self) -> pd.DataFrame:
        """Every check, made or not: see `checks.table` for the columns."""
        found, lacking = self._made
        return table(self._all, found, lacking)

    @property
    def failing(self) -> pd.DataFrame:
        """The checks with a record that fails, those first that take most from the score."""
        worst = self.checks[self.checks["failing"] > 0]
        return worst.sort_values(["points", "check"], ascending=[False, True], ignore_index=True)

    @property
    def passed(self) -> pd.DataFrame:
        """The checks that nothing failed."""
        made = self.checks[self.checks["share"].notna()]
        return made[made["failing"] == 0].reset_index(drop=True)

    @property
    def not_made(self) -> pd.DataFrame:
        """The checks that could not be made, or that had nothing to check; `why` says what is lacking."""
        return self.checks[self.checks["share"].isna()].reset_index(drop=True)

    @property
    def completeness(self) -> pd.DataFrame:
        """The fields that the figures need and how far they are filled: the checks of completeness that were made."""
        fields = self.checks[(self.checks["topic"] == COMPLETENESS) & self.checks["share"].notna()]
        return fields.assign(filled=1 - fields["share"]).reset_index(drop=True)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The score of the whole and of each topic.

        Returns
        -------
        DataFrame
            One row for the whole (topic "") and per topic with a check: topic, value, low, high (0-100; null where too
            few checks could be made), n (checks made), of (checks there are).
        """
        rows = [{"topic": "", **score(self.checks)}]
        for topic in TOPICS:
            rows.append({"topic": topic, **score(self.checks[self.checks["topic"] == topic], fewest=1)})
        return pd.DataFrame(rows)

    @cached_property
    def trends(self) -> pd.DataFrame:
        """The checks whose past is known, and their score, by quarter."""
        return trend(self.scope, self._all)

    @cached_property
    def by_rep(self) -> pd.DataFrame:
        """Completeness by rep."""
        return complete_by_rep(self.scope)

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """Pairs of accounts that likely are one company, the most alike first."""
        if not self.book.has("accounts"):
            raise MissingTable("accounts")
        return duplicates(self.book).head(MOST_LISTED)

    @cached_property
    def reach(self) -> pd.DataFrame:
        """How far each table of the source reaches."""
        return reach(self.book)

    @cached_property
    def touched(self) -> pd.DataFrame:
        """How long ago open opportunities were last changed or worked on."""
        return touched(self.scope)

    @cached_property
    def lists(self) -> dict[str, pd.DataFrame]:
        """The records to fix by check, at most 10,000 of each, in the order of `failing`."""
        found = self._made[0]
        listed = {check: found[check].listed(MOST_LISTED) for check in self.failing["check"]}
        return {check: frame for check, frame in listed.items() if len(frame)}

    @property
    def personal(self) -> pd.DataFrame:
        """The personal fields that the report uses."""
        return personal_fields(self.book)

    @property
    def audit(self) -> pd.DataFrame:
        """What became of every row that was read."""
        return audit(self.book)

    @property
    def definitions(self) -> pd.DataFrame:
        """The definitions of every metric that a fault spoils."""
        hurt = set(self.failing["check"])
        return definitions([name for check in self._all if check.key in hurt for name in check.metrics])

    @property
    def highlights(self) -> dict[str, pd.DataFrame | None]:
        """What the headline is written from; None for what cannot be known or is withheld."""
        found: dict[str, pd.DataFrame | None] = {"scores": self.scores, "failing": self.failing, "trends": self.trends}
        for name in ("reach", "by_rep"):
            try:
                found[name] = getattr(self, name)
            except (MissingTable, Withheld):
                found[name] = None
        return found

    @cached_property
    def _all(self) -> list[Check]:
        return all_checks()

    @cached_property
    def _made(self) -> tuple[dict[str, Found], dict[str, str]]:
        return make(self.scope, self._all)
