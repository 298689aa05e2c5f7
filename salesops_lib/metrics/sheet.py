"""One call of measure(): what was fetched for its periods and groups, and every metric made of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.data.snapshot import remember
from salesops_lib.metrics import compile, dimensions, estimate, variation
from salesops_lib.metrics.registry import metric_of, resting_on, table_of
from salesops_lib.metrics.spec import Derived, Metric, ShareOf, Variation
from salesops_lib.periods import Period


class Sheet:
    """Metrics over the same periods and groups; each table is queried once for all of them.

    A share of members (such as reps) rests on a sheet of its own, with a row per member; what varies from month to
    month on one of the months.
    """

    def __init__(self, book: Book, periods: Sequence[Period], by: Sequence[str], names: Iterable[str]) -> None:
        self.book, self.periods, self.by = book, periods, list(by)
        self.keys = ["period", *self.by]
        self._frames: dict[str, pd.DataFrame] = {}
        self._finer: dict[str, Sheet] = {}
        shares = [name for name in names if isinstance(metric_of(name), ShareOf)]
        for each in {self._share(name).each for name in shares} - set(self.by):
            members = [self._share(name).metric for name in shares if self._share(name).each == each]
            self._finer[each] = Sheet(book, periods, [*self.by, each], members)
        self._monthly = {
            name: self._months_of(metric) for name in names if isinstance(metric := metric_of(name), Variation)
        }
        own = [name for name in names if name not in shares or self._share(name).each in self.by]
        own = [name for name in own if name not in self._monthly]
        asked = (
            book.as_of.isoformat(),
            [(p.name, p.start.isoformat(), p.end.isoformat()) for p in periods],
            self.by,
            own,
        )
        self.fetched = remember(book.source, ("fetched", *asked), lambda: self._fetch(own))

    def aggregates(self, name: str) -> pd.DataFrame:
        """What was fetched for a metric, here or on the sheet of its members."""
        return next(sheet.fetched[name] for sheet in (self, *self._finer.values()) if name in sheet.fetched)

    def metric(self, name: str) -> pd.DataFrame:
        """One metric: the keys and its six numbers, with a row for every member."""
        if name not in self._frames:
            metric = metric_of(name)
            if isinstance(metric, Derived):
                frame = self._derived(metric)
            elif isinstance(metric, ShareOf):
                frame = self._completed(self._share_of(metric), metric)
            elif isinstance(metric, Variation):
                frame = self._completed(self._variation(name, metric), metric)
            else:
                rows = self.fetched[name]
                found = estimate.numbers(metric, rows.drop(columns=self.keys))
                frame = rows[self.keys].join(found)
            self._frames[name] = frame
        return self._frames[name]

    @staticmethod
    def _share(name: str) -> ShareOf:
        metric = metric_of(name)
        assert isinstance(metric, ShareOf)
        return metric

    def _fetch(self, names: Iterable[str]) -> dict[str, pd.DataFrame]:
        """The aggregates of every metric that the named ones rest on, by one query per table."""
        wanted: dict[str, dict[str, compile.Compiled]] = {}
        for name in resting_on(names):
            metric = metric_of(name)
            table = table_of(metric)
            if table:
                assert isinstance(metric, compile.Compiled)
                wanted.setdefault(table, {})[name] = metric
        fetched = {}
        for metrics in wanted.values():
            rows = compile.query(self.book, metrics, self.periods, self.by)
            # Each branch holds other columns of a group: one row of them all, and one for every member.
            rows = rows.groupby(self.keys, as_index=False, sort=False).first()
            if self._members is not None:
                rows = self._members[self.keys].assign(_member=True).merge(rows, on=self.keys, how="outer")
            always = rows["_member"].notna() if "_member" in rows else False
            for name in metrics:
                mine = {c: str(c).removeprefix(f"{name}__") for c in rows if str(c).startswith(f"{name}__")}
                found = rows.loc[rows[f"{name}__n"].notna() | always, [*self.keys, *mine]]
                fetched[name] = found.rename(columns=mine).reset_index(drop=True)
        return fetched

    @cached_property
    def _members(self) -> pd.DataFrame | None:
        return dimensions.members(self.book, self.by, self.periods)

    def _completed(self, frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
        if self._members is not None:
            frame = self._members[self.keys].merge(frame, on=self.keys, how="outer")
        return estimate.fill(frame, metric)

    def _derived(self, metric: Derived) -> pd.DataFrame:
        parts = {name: self.metric(name).set_index(self.keys).sort_index() for name in metric.parts}
        index = next(iter(parts.values())).index
        for part in parts.values():
            index = index.union(part.index)
        aligned = {name: estimate.fill(part.reindex(index), metric_of(name)) for name, part in parts.items()}
        open_now = {p.name for p in self.periods if p.start <= self.book.as_of < p.end}
        running = pd.Series(index.get_level_values("period").isin(open_now), index=index)
        result = metric.formula(aligned, running).reindex(columns=list(estimate.NUMBERS))
        return result.astype("float64").reset_index()

    def _share_of(self, metric: ShareOf) -> pd.DataFrame:
        finer = self if metric.each in self.by else self._finer[metric.each]
        each = finer.metric(metric.metric)
        each = each[each["value"].notna()]
        reached = (each["value"] >= metric.at_least - 1e-12).astype("float64")
        counts = each.assign(top=reached, bottom=1.0).groupby(self.keys, as_index=False)[["top", "bottom"]].sum()
        top, bottom = counts["top"].to_numpy(dtype="float64"), counts["bottom"].to_numpy(dtype="float64")
        found = pd.DataFrame({**estimate.share(top, bottom), "n": bottom})[list(estimate.NUMBERS)]
        return counts[self.keys].join(found)

    def _months_of(self, metric: Variation) -> tuple[variation.Windows, Sheet | None]:
        windows = variation.windows(self.book, self.periods, metric)
        months = variation.all_months(windows)
        return windows, Sheet(self.book, months, self.by, [metric.metric]) if months else None

    def _variation(self, name: str, metric: Variation) -> pd.DataFrame:
        windows, sheet = self._monthly[name]
        if sheet is None:
            return pd.DataFrame(columns=[*self.keys, *estimate.NUMBERS]).astype(
                dict.fromkeys(estimate.NUMBERS, "float64")
            )
        frame = sheet.metric(metric.metric)
        return variation.of_months(self.book, frame, windows, self.periods, self.by, metric)
