"""The forecast of a quarter: its analyses by name, each made once and only when it is asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.analysis.account import audit, definitions
from salesops_lib.data.book import Book
from salesops_lib.errors import Fault, MissingTable, NoHistory, ParameterError
from salesops_lib.forecasting.accuracy import commitments, submission_accuracy
from salesops_lib.forecasting.backtest import KIT
from salesops_lib.forecasting.expected import KEYS, expected, goals_of, outlook_of
from salesops_lib.forecasting.groups import groupings, named, quotas_of
from salesops_lib.forecasting.history import read_history
from salesops_lib.forecasting.levels import COMPANY
from salesops_lib.forecasting.needs import Levers
from salesops_lib.forecasting.outlook import Options
from salesops_lib.forecasting.past import APART, backtest_history
from salesops_lib.forecasting.pipeline import contributions
from salesops_lib.forecasting.risks import risks
from salesops_lib.forecasting.run import Forecast
from salesops_lib.forecasting.runs import accuracy_of_runs, past_runs, with_actuals
from salesops_lib.forecasting.score import score
from salesops_lib.forecasting.snapshots import FEWEST_SNAPSHOTS, LEVELS
from salesops_lib.forecasting.track import compared, track_record, ways, with_submitted
from salesops_lib.forecasting.views import Views
from salesops_lib.language import gettext as _
from salesops_lib.metrics import dimensions
from salesops_lib.periods import Period, period_said

FAN_MONTHS = 6
QUARTER_MONTHS = 3
OUTLOOK = """level group period closed mean lo-80 hi-80 lo-95 hi-95 quota chance gap last_year growth growth_low
    growth_high history pipeline weight n_open""".split()
METRICS = ("revenue_won", "quota", "quota_attainment", "pipeline_coverage", "slip_rate", "weighted_pipeline_due")


@dataclass(frozen=True)
class QuarterForecast:
    """A quarter that is not over, as it is forecast on the book's day; each section is a frame.

    A section whose table is missing raises MissingTable when it is asked for, and the others are there all the same.
    `level` is "company" or a dimension (region or territory, team), `group` what is shown ("" for the company); money
    is in the company's currency, shares are 0-1.

    Parameters
    ----------
    book : Book
        What is known.
    quarter : str
        A fiscal quarter in progress, or one to come.
    fast : bool
        Forecast history without Prophet.
    published : str, optional
        The folder of published reports, whose earlier forecasts are held against what came.

    Raises
    ------
    ParameterError
        If the quarter is over.
    """

    book: Book
    quarter: str
    fast: bool = False
    published: str | None = None

    def __post_init__(self) -> None:
        if self.book.is_complete(self.period):
            what = _(
                "{quarter} was over on {day}: there is nothing to forecast.",
                quarter=period_said(self.quarter),
                day=self.book.as_of,
            )
            fix = _("Name a later quarter, or an earlier as_of to see what would have been forecast then.")
            raise ParameterError(Fault(what, fix=fix))

    @property
    def period(self) -> Period:
        """The quarter."""
        return self.book.calendar.period(self.quarter)

    @cached_property
    def outlook(self) -> pd.DataFrame:
        """What the quarter will bring the company and its groups, so that each level adds up to the company.

        Returns
        -------
        DataFrame
            One row per level and group, the company first: level, group, period, closed, mean, lo-80, hi-80, lo-95,
            hi-95, quota, chance, gap, last_year, growth, growth_low, growth_high (see `outlook_of`), history, pipeline
            (what each view says by itself), weight (of the pipeline), n_open.
        """
        return named(self.book, self._outlook.assign(period=self.quarter))[OUTLOOK]

    @cached_property
    def fan(self) -> pd.DataFrame:
        """What history alone says, month by month.

        Returns
        -------
        DataFrame
            One row per level, group and month: level, group, ds (the month's first day), y (won; null ahead), mean,
            lo-80, hi-80, lo-95, hi-95 (null in the past).
        """
        frame = pd.concat([self._views.months.frame(), self._views.fan(FAN_MONTHS)], ignore_index=True)
        bounds = [f"{side}-{level}" for level in LEVELS for side in ("lo", "hi")]
        shown = frame[frame["level"].isin([COMPANY, *self._by[:1]])].reset_index(drop=True)
        return named(self.book, shown)[[*KEYS, "ds", "y", "mean", *bounds]]

    @cached_property
    def views(self) -> pd.DataFrame:
        """What each way to forecast says of the quarter (see `ways`)."""
        board = self.scoreboard[self.scoreboard["lead_days"] == self._lead]
        return ways(self._views, self._company, self._record, board)

    @cached_property
    def parts(self) -> pd.DataFrame:
        """The parts of the pipeline view beside what they were at the same moment of earlier quarters."""
        return Levers(self._views).parts()

    @property
    def scoreboard(self) -> pd.DataFrame:
        """All ways to forecast, by how many days before a quarter's end (see `compared`)."""
        return self._compared[0]

    @cached_property
    def methods(self) -> pd.DataFrame:
        """How good the methods would have been on the months of the company's places: as `score`, and a verdict.

        Without the seconds of a fit: a report made again would show others.

        Of a company without places, on its own. The verdict on the kit's method is "better" or "worse" than seasonal
        naive where the interval of the gain excludes 0, else "not proven"; "" for the other methods, for several looks
        would find one that is better by chance.
        """
        months = read_history(self.book, "M", self._by[:1])
        past = backtest_history(months, QUARTER_MONTHS, self._options, window=None, origins=3)
        # The company is the sum of its places: it would count their errors twice.
        single = past[(past["level"] == (self._by[0] if self._by else COMPANY)) & (past["method"] != APART)]
        found = score(single).drop(columns="seconds_per_fit")
        kit = np.select([found["gain_low"] > 0, found["gain_high"] < 0], ["better", "worse"], "not proven")
        return found.assign(verdict=np.where(found["method"] == KIT, kit, ""))

    @cached_property
    def track_record(self) -> pd.DataFrame:
        """What this forecast would have said of the last eight quarters at the same moment (see `track_record`).

        Beside it what was submitted by then: commit, best_case (null: nothing was).
        """
        told = self._compared[1]
        return with_submitted(self._record, told[told["lead_days"] == self._lead])

    @cached_property
    def needs(self) -> pd.DataFrame:
        """What would have to be true to reach the quota, one lever at a time (see `Levers.needs`)."""
        return Levers(self._views).needs(self._company)

    @cached_property
    def open_deals(self) -> pd.DataFrame:
        """What each open opportunity adds to the pipeline view (see `contributions`), reps by their names."""
        deals = contributions(self.book, self.period)
        return deals.assign(rep=dimensions.name_reps(self.book, deals["rep"]))

    @cached_property
    def risks(self) -> pd.DataFrame:
        """What the forecast hangs on (see `risks`)."""
        return risks(self.book, self.period, self._company, self.open_deals)

    @cached_property
    def submissions(self) -> pd.DataFrame:
        """How far submitted forecasts were off, by category and by how early they were submitted."""
        return submission_accuracy(self.book)

    @cached_property
    def commitments(self) -> pd.DataFrame:
        """Which reps commit to more or less than they bring, beyond chance."""
        return commitments(self.book)

    @cached_property
    def goals(self) -> pd.DataFrame:
        """Goals from the distribution of what the quarter will bring (see `goals_of`), and their period."""
        return named(self.book, goals_of(self._outlook).assign(period=self.quarter))

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Earlier published forecasts, and what came of those whose quarter is over (see `with_actuals`)."""
        folder = Path(self.published) if self.published else None
        runs = past_runs(folder, self.book)
        found = with_actuals(runs, self.book)
        found.attrs["notes"] = runs.attrs["notes"]
        return found

    @property
    def runs_accuracy(self) -> pd.DataFrame:
        """How far published forecasts were off, by lead time (see `accuracy_of_runs`)."""
        return accuracy_of_runs(self.runs)

    @property
    def previous(self) -> pd.DataFrame:
        """What earlier runs said of this quarter's company: made_as_of, forecast, lo-80, hi-80, now, change."""
        now = float(self._company["mean"].iloc[0])
        same = self.runs[(self.runs["period"] == self.quarter) & (self.runs["level"] == COMPANY)]
        found = same[["made_as_of", "forecast", "lo-80", "hi-80"]].reset_index(drop=True)
        return found.assign(now=now, change=now - found["forecast"])

    @cached_property
    def alarm(self) -> pd.DataFrame:
        """Whether forecasts of history, a quarter ahead, stopped covering what came (see `Alarm`): one row."""
        return pd.DataFrame([asdict(self._ahead.alarm)])

    @property
    def notes(self) -> list[str]:
        """What must be known of this forecast."""
        told = [*self._outlook.attrs["notes"].values(), *self._views.notes(), *self.runs.attrs["notes"]]
        return list(dict.fromkeys(told))

    @property
    def audit(self) -> pd.DataFrame:
        """What became of every row that was read."""
        return audit(self.book, self.published)

    @property
    def definitions(self) -> pd.DataFrame:
        """The definitions of the metrics that the report shows."""
        return definitions(METRICS)

    @property
    def highlights(self) -> dict[str, pd.DataFrame | None]:
        """What the headline is written from; None for what needs a table that is missing."""
        names = ("outlook", "views", "parts", "track_record", "alarm", "risks", "needs")
        found: dict[str, pd.DataFrame | None] = {}
        for name in names:
            try:
                found[name] = getattr(self, name)
            except (MissingTable, NoHistory):
                found[name] = None
        return found

    @cached_property
    def _by(self) -> tuple[str, ...]:
        return groupings(self.book)

    @property
    def _options(self) -> Options:
        """Without Prophet, the fits take less time than other processes take to begin."""
        return Options(fast=self.fast, workers=1 if self.fast else None)

    @cached_property
    def _views(self) -> Views:
        return Views(self.book, self.period, self._by, self._options)

    @cached_property
    def _outlook(self) -> pd.DataFrame:
        """The outlook with the groups' ids."""
        views = self._views
        few = views.past["period"].nunique() < FEWEST_SNAPSHOTS
        frame = expected(views.now, views.past, views.levels, self._widths if few else None)
        found = outlook_of(frame, quotas_of(self.book, self.period, frame))
        found.attrs["notes"] = frame.attrs["notes"]
        return found

    @property
    def _company(self) -> pd.DataFrame:
        return self._outlook.head(1)

    @cached_property
    def _record(self) -> pd.DataFrame:
        return track_record(self._views)

    @cached_property
    def _compared(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return compared(self.book, self._record, self._views.snapshots.span(self.period))

    @property
    def _lead(self) -> int:
        return self._views.snapshots.span(self.period).lead

    @cached_property
    def _ahead(self) -> Forecast:
        return Forecast(self.book, QUARTER_MONTHS, "M", by=self._by, fast=self.fast, workers=self._options.workers)

    @property
    def _widths(self) -> npt.NDArray[np.float64] | None:
        """Half the width of history's own intervals for the quarter; None where its months do not follow the data's."""
        steps, inside = self._views.months.left(self._views.snapshots.span(self.period))
        if not steps or steps != inside:
            return None
        try:
            total = Forecast(self.book, steps, "M", by=self._by, fast=self.fast, workers=self._options.workers).total
        except NoHistory:
            return None
        rows = self._views.levels.frame.merge(total, on=KEYS, how="left")
        return np.column_stack([rows[f"hi-{level}"] - rows["mean"] for level in LEVELS])
