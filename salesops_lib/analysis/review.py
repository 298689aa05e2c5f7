"""The quarterly review: its analyses by name, each made once and only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from salesops_lib.analysis.account import audit, definitions
from salesops_lib.analysis.change import change_totals, revenue_change, revenue_change_by
from salesops_lib.analysis.compare import scorecard
from salesops_lib.analysis.funnel import conversions, loss_reasons
from salesops_lib.analysis.names import has_members, place
from salesops_lib.analysis.pipeline import pipeline_ledger
from salesops_lib.analysis.quota import attainment, next_coverage, recognition, recognition_rule
from salesops_lib.analysis.restatement import restated_records, restatement
from salesops_lib.analysis.signals import TRENDS, trends, weekly_signals
from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable


@dataclass(frozen=True)
class Review:
    """A quarter of a book; each section is a frame (see the function of its name for the columns).

    `published` is the folder of the published reports, where the review of the quarter before is looked for. A section
    whose table is missing raises MissingTable when it is asked for, and the others are there all the same.
    """

    book: Book
    quarter: str
    published: str | None = None

    @cached_property
    def scorecard(self) -> pd.DataFrame:
        """The key figures."""
        return scorecard(self.book, self.quarter)

    @cached_property
    def change(self) -> pd.DataFrame:
        """Why revenue moved, by driver."""
        return revenue_change(self.book, self.quarter)

    @cached_property
    def change_by_place(self) -> pd.DataFrame:
        """Why revenue moved, by region (territory or team where there are no regions)."""
        return revenue_change_by(self.book, self.quarter, place(self.book))

    @cached_property
    def change_totals(self) -> pd.DataFrame:
        """How the parts of these places lead to the company's."""
        return change_totals(self.change, self.change_by_place)

    @cached_property
    def attainment_by_team(self) -> pd.DataFrame:
        """Quota attainment of each team."""
        if not has_members(self.book, "team"):
            raise MissingTable("reps", column="team")
        return attainment(self.book, self.quarter, "team")

    @cached_property
    def attainment_by_territory(self) -> pd.DataFrame:
        """Quota attainment of each territory."""
        if not has_members(self.book, "territory_id"):
            raise MissingTable("reps", column="territory_id")
        return attainment(self.book, self.quarter, "territory")

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The pipeline from the quarter's first day to its last."""
        return pipeline_ledger(self.book, self.quarter)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """The pipeline coverage of the quarter after."""
        return next_coverage(self.book, self.quarter)

    @cached_property
    def funnel(self) -> pd.DataFrame:
        """Conversion by stage."""
        return conversions(self.book, self.quarter)

    @cached_property
    def losses(self) -> pd.DataFrame:
        """Reasons for losses by stage."""
        return loss_reasons(self.book, self.quarter)

    @cached_property
    def trends(self) -> pd.DataFrame:
        """The last eight quarters."""
        return trends(self.book, self.quarter)

    @cached_property
    def weeks(self) -> pd.DataFrame:
        """The weeks of the quarter, by region (territory or team where there are no regions)."""
        return weekly_signals(self.book, self.quarter, place(self.book))

    @cached_property
    def recognition(self) -> pd.DataFrame:
        """The quarter's MVP and the two behind."""
        return recognition(self.book, self.quarter)

    @cached_property
    def restatement(self) -> pd.DataFrame:
        """The figures of the quarter before, as they were published and as they are now."""
        return restatement(self.book, self.quarter, self.published)

    @cached_property
    def restated_records(self) -> pd.DataFrame:
        """The records through which they changed."""
        return restated_records(self.book, self.quarter, self.published)

    @property
    def recognition_rule(self) -> str:
        """By which rule."""
        return recognition_rule(self.book)

    @property
    def audit(self) -> pd.DataFrame:
        """What became of every row that was read."""
        return audit(self.book, self.published)

    @property
    def definitions(self) -> pd.DataFrame:
        """The definitions of every metric that the review shows."""
        stocks = ["pipeline_coverage", "pipeline_due", "weighted_pipeline_due", "quota"]
        counts = ["deals_closed", "deals_won", "deals_lost", "amount_lost"]
        stages = ["stage_conversion", "stage_conversion_in_period"]
        return definitions([*self.scorecard["metric"], *TRENDS, *stocks, *counts, *stages])

    @property
    def highlights(self) -> dict[str, pd.DataFrame | None]:
        """What the headline is written from; None for what needs a table that is missing."""
        sections: dict[str, Callable[[], pd.DataFrame]] = {
            "scorecard": lambda: self.scorecard,
            "change": lambda: self.change,
            "change_by": lambda: self.change_by_place,
            "funnel": lambda: self.funnel,
            "coverage": lambda: self.coverage,
            "signals": lambda: self.weeks,
        }
        found: dict[str, pd.DataFrame | None] = {}
        for name, section in sections.items():
            try:
                found[name] = section()
            except MissingTable:
                found[name] = None
        return found
