"""What a period's target takes: each lever alone, beside what it was in earlier periods; the pipeline's parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesops_lib.forecasting.levels import COMPANY
from salesops_lib.forecasting.scoreboard import PERIODS
from salesops_lib.forecasting.spans import Span
from salesops_lib.forecasting.views import Views

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Levers:
    """What moves a period's revenue: new business, and how much of what is open is won, in which sizes."""

    views: Views

    @cached_property
    def earlier(self) -> pd.DataFrame:
        """The last eight earlier periods at the same moment: period, open_value, open_won, new_won, deals, revenue.

        `open_value` is what was open, of which `open_won` was won in the period; `new_won` came from what was not open
        yet; `deals` were won in the whole period, for `revenue`.
        """
        snapshots, past = self.views.snapshots, self.views.past
        rows = []
        for name in list(dict.fromkeys(past["period"]))[:PERIODS]:
            day = int(past.loc[past["period"] == name, "day"].iloc[0].value // 86_400_000_000_000)
            span = Span(self.views.book.calendar.period(str(name)), day)
            opened, arrived = (float(each.sum()) for each in snapshots.rest(span, snapshots.today))
            won = snapshots.deals.won_between(span.start, span.end, snapshots.today)
            rows.append(
                {
                    "period": name,
                    "open_value": self._open_value(span),
                    "open_won": opened,
                    "new_won": arrived,
                    "deals": len(won),
                    "revenue": float(won["amount"].sum()),
                }
            )
        return pd.DataFrame(rows, columns=["period", "open_value", "open_won", "new_won", "deals", "revenue"])

    def needs(self, outlook: pd.DataFrame) -> pd.DataFrame:
        """What would have to be true for the company to reach its quota, one lever at a time, the others as expected.

        Parameters
        ----------
        outlook : DataFrame
            The company's row: mean, closed, quota.

        Returns
        -------
        DataFrame
            One row per lever: lever ("win_chance": the share of the open value that is won in the period;
            "new_business": revenue of what is not open yet; "deal_size": the average amount won), now (as expected),
            needed, unit, usual (median), best (the largest) and reached (how often it was as much as needed) of the
            earlier periods, quarters (how many they are). Empty where nothing is lacking (`attrs["met"]` is true) or
            where there is no quota (none). `attrs["more_than_pipeline"]`: by which share more (less: negative) is
            expected to come than the pipeline view alone expects; null where it expects nothing.
        """
        row = outlook.iloc[0]
        quota, mean, closed = (float(row[name]) for name in ("quota", "mean", "closed"))
        columns = ["lever", "now", "needed", "unit", "usual", "best", "reached", "quarters"]
        met = None if np.isnan(quota) else mean >= quota
        now = self.views.now[self.views.now["level"] == COMPANY].iloc[0]
        seen = now["open"] + now["arrivals"]
        # The blend expects more or less than the pipeline view: its parts stand for what they are expected to bring.
        factor = (mean - closed) / seen if seen > 0 else np.nan
        parts = (float(now["open"] * factor), float(now["arrivals"] * factor))
        rows = [] if met is not False else [line for line in self._lines(quota - mean, mean - closed, *parts) if line]
        frame = pd.DataFrame(rows, columns=columns)
        frame.attrs.update(met=met, more_than_pipeline=factor - 1)
        return frame

    def _lines(self, gap: float, to_come: float, opened: float, arrivals: float) -> list[dict[str, object] | None]:
        earlier = self.earlier
        value = self._open_value(self.views.snapshots.span(self.views.period))
        share = (earlier["open_won"] / earlier["open_value"].where(earlier["open_value"] > 0)).to_numpy(np.float64)
        size = (earlier["revenue"] / earlier["deals"].where(earlier["deals"] > 0)).to_numpy(np.float64)
        usual = float(np.nanmedian(size)) if (~np.isnan(size)).any() else np.nan
        return [
            _line("win_chance", opened / value, (opened + gap) / value, "share", share) if value > 0 else None,
            _line("new_business", arrivals, arrivals + gap, "money", earlier["new_won"].to_numpy(np.float64)),
            _line("deal_size", usual, usual * (to_come + gap) / to_come, "money", size) if to_come > 0 else None,
        ]

    def parts(self) -> pd.DataFrame:
        """Why the pipeline view says what it says: its parts today, beside those at the same moment of earlier periods.

        Returns
        -------
        DataFrame
            One row per part: part ("closed", "open", "arrivals"), now, usual (mean), lowest, highest (as expected at
            the same moment of earlier periods), periods, n_open (open opportunities today), usual_open_deals.
        """
        now, past = (frame[frame["level"] == COMPANY] for frame in (self.views.now, self.views.past))
        past = past.head(PERIODS)
        rows = [
            {
                "part": part,
                "now": float(now[part].iloc[0]),
                "usual": past[part].mean(),
                "lowest": past[part].min(),
                "highest": past[part].max(),
                "periods": len(past),
                "n_open": int(now["n_open"].iloc[0]),
                "usual_open_deals": past["n_open"].mean(),
            }
            for part in ("closed", "open", "arrivals")
        ]
        return pd.DataFrame(rows)

    def _open_value(self, span: Span) -> float:
        snapshots = self.views.snapshots
        return float(snapshots.amounts(span, snapshots.deals.standing(span.day)).sum())


def _line(lever: str, now: float, needed: float, unit: str, earlier: Floats) -> dict[str, object] | None:
    if np.isnan(needed):
        return None
    known = earlier[~np.isnan(earlier)]
    return {
        "lever": lever,
        "now": now,
        "needed": needed,
        "unit": unit,
        "usual": float(np.median(known)) if len(known) else np.nan,
        "best": float(known.max()) if len(known) else np.nan,
        "reached": int((known >= needed).sum()),
        "quarters": len(known),
    }
