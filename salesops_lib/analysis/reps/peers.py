"""Who is compared with whom: the reps of a quarter, what is to be known of each, and which groups are too small."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import ibis
import numpy as np
import pandas as pd
from ibis import _ as row

from salesops_lib.analysis.names import with_names
from salesops_lib.data.book import Book
from salesops_lib.data.snapshot import shared_property
from salesops_lib.errors import Fault, ParameterError, Withheld, nearest
from salesops_lib.language import gettext as _
from salesops_lib.metrics import dimensions, measure
from salesops_lib.names import UNKNOWN
from salesops_lib.periods import Period

GROUPINGS = ("team", "territory", "segment", "manager")
DAYS_IN_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Peers:
    """The reps who are compared in a quarter.

    Parameters
    ----------
    book : Book
        What is known, as of a date.
    quarter : str
        A fiscal quarter by its name.
    group : str
        Whose figures are shown: "all", or the members of a team, territory, segment or manager ("team=Central").
    peers : str
        With whom each is compared: "all", or those of the same "team", "territory", "segment" or "manager".
    """

    book: Book
    quarter: str
    group: str = "all"
    peers: str = "all"

    @property
    def period(self) -> Period:
        """The quarter."""
        return self.book.calendar.period(self.quarter)

    @property
    def year(self) -> str:
        """The four quarters up to this one, as a range."""
        return f"{self.book.calendar.shift(self.period, -3).name}..{self.period.name}"

    @shared_property
    def everyone(self) -> pd.DataFrame:
        """Every rep who was there in the quarter, by name, also those who are only compared with.

        Returns
        -------
        DataFrame
            One row per rep: rep, rep_name, team, territory, segment, manager ("" for none), hired_on, left_on (null for
            none), peers (the value of the peer dimension; "" for all), tenure_months (at the quarter's last day or the
            book's; null if unknown), days (working days, Monday to Friday, on which the rep was employed), present
            (their share of the quarter's), deals (closed in the quarter), note.

        Raises
        ------
        ParameterError
            If the book has no such peer dimension.
        """
        reps = self._listed() if self.book.has("reps") else self._seen()
        closed = measure(self.book, "deals_closed", self.period, by="rep").set_index("rep")["value"]
        reps["rep_name"] = dimensions.name_reps(self.book, reps["rep"])
        reps["deals"] = closed.reindex(reps["rep"]).fillna(0).astype("int64").to_numpy()
        reps["peers"] = self._groups(reps)
        last = min(self.period.end, self.book.as_of)
        reps["days"] = [
            working_days(max(_day(hired, self.period.start), self.period.start), min(_day(left, last), last))
            for hired, left in zip(reps["hired_on"], reps["left_on"], strict=True)
        ]
        whole = working_days(self.period.start, last)
        reps["present"] = reps["days"] / whole if whole else 0.0
        end = pd.Timestamp(last)
        until = reps["left_on"].where(reps["left_on"] < end, end)
        reps["tenure_months"] = (until - reps["hired_on"]).dt.days / DAYS_IN_MONTH
        moved, dates = self._moves(), zip(reps["rep"], reps["hired_on"], reps["left_on"], strict=True)
        reps["note"] = ["; ".join([*self._notes(hired, left), *moved.get(rep, [])]) for rep, hired, left in dates]
        return reps.sort_values(["rep_name", "rep"], ignore_index=True)[[*_COLUMNS]]

    @cached_property
    def reps(self) -> pd.DataFrame:
        """The reps of the group whose individual figures are shown, by name (the columns of `everyone`).

        Raises
        ------
        ParameterError
            If the group is written wrong or there is none of that name.
        Withheld
            If the group, or the peers of all of its members, are fewer than the company's minimum group.
        """
        members, least = self._members, self.book.company.privacy.minimum_group
        if len(members) < least:
            raise Withheld(len(members), least)
        sizes = self.everyone.groupby("peers")["rep"].transform("size")
        shown = members[sizes.loc[members.index] >= least]
        if shown.empty:
            raise Withheld(int(sizes.loc[members.index].max()), least)
        return shown.reset_index(drop=True)

    @cached_property
    def _members(self) -> pd.DataFrame:
        """Whoever belongs to the group, shown or not."""
        if self.group == "all":
            return self.everyone
        name, equals, value = self.book.group(self.group).partition("=")
        if not equals:
            fix = "Write it as team=NAME, or all."
            raise ParameterError(Fault(_("the group {group!r} names nobody.", group=self.group), fix=fix))
        values = self._column(self.everyone, "group", name)
        members: pd.DataFrame = self.everyone[values == value]
        if members.empty:
            fault = _("there is no {name} {value!r} in {quarter}.", name=name, value=value, quarter=self.quarter)
            raise ParameterError(Fault(fault, fix=nearest(value, set(values) - {""})))
        return members

    @property
    def withheld(self) -> int:
        """How many of the group are not shown because their own peers are too few."""
        return len(self._members) - len(self.reps)

    @property
    def alone(self) -> set[str]:
        """The compared reps who have nobody to be compared with."""
        compared = self.compared
        return set(compared.loc[compared.groupby("peers")["rep"].transform("size") < 2, "rep"])

    @property
    def compared(self) -> pd.DataFrame:
        """Everyone with whom a shown rep is compared: the peer groups of the reps shown."""
        return self.everyone[self.everyone["peers"].isin(set(self.reps["peers"]))].reset_index(drop=True)

    def _listed(self) -> pd.DataFrame:
        table = dimensions.split(self.book, self.book.table("reps"), ["rep", *GROUPINGS])
        found = table.select("rep", *GROUPINGS, "hired_on", "left_on").to_pandas()
        found[list(GROUPINGS)] = found[list(GROUPINGS)].replace(UNKNOWN, "")
        found["hired_on"], found["left_on"] = pd.to_datetime(found["hired_on"]), pd.to_datetime(found["left_on"])
        gone = found["left_on"] < pd.Timestamp(self.period.start)
        late = found["hired_on"] > pd.Timestamp(self.period.end)
        there: pd.DataFrame = found[~gone & ~late].copy()
        return there

    def _seen(self) -> pd.DataFrame:
        """Without a table of reps: those who own a deal that was closed in the quarter."""
        start, after = (pd.Timestamp(day) for day in (self.period.start, self.period.after))
        deals = self.book.table("opportunities").filter(row.rep_id.notnull() & row.closed_at.between(start, after))
        ids = deals.filter(row.closed_at < after).select(rep=row.rep_id).distinct().to_pandas()
        empty = {name: "" for name in GROUPINGS}
        never = pd.Series(pd.NaT, ids.index)
        seen: pd.DataFrame = ids.assign(**empty, hired_on=never, left_on=never)
        return seen

    def _groups(self, reps: pd.DataFrame) -> pd.Series[str] | str:
        """The peer group of each rep; those of no team (or the like) are together."""
        return "" if self.peers == "all" else self._column(reps, "peers", self.peers).replace("", UNKNOWN)

    def _column(self, reps: pd.DataFrame, parameter: str, name: str) -> pd.Series[str]:
        if name not in GROUPINGS or not (reps[name] != "").any():
            known = [each for each in GROUPINGS if (reps[each] != "").any()]
            fault = _("{parameter}: reps have no {name!r}.", parameter=parameter, name=name)
            raise ParameterError(Fault(fault, fix=nearest(name, [*known, "all"])))
        values: pd.Series[str] = reps[name]
        return values

    def _moves(self) -> dict[str, list[str]]:
        """What is to be said of the reps who moved within the quarter: they count where they are by its end."""
        if not self.book.has("reps") or not self.book.has("assignments"):
            return {}
        inside = row.moved_on.between(ibis.literal(self.period.start), ibis.literal(self.period.end))
        moves = self.book.table("moves").filter(inside).order_by("rep_id", "moved_on", "field").to_pandas()
        said: dict[str, list[str]] = {}
        for move in moves.itertuples():
            words = {"team": _("team"), "manager": _("manager"), "territory": _("territory"), "segment": _("segment")}
            before, after = with_names(self.book, str(move.field), [str(move.before), str(move.after)])
            day = pd.Timestamp(str(move.moved_on)).date()
            text = _(
                "moved from {kind} {before} to {after} on {day}",
                kind=words[str(move.field)],
                before=before,
                after=after,
                day=day,
            )
            said.setdefault(str(move.rep_id), []).append(text)
        return said

    def _notes(self, hired: pd.Timestamp, left: pd.Timestamp) -> list[str]:
        period, notes = self.period, []
        if pd.notna(hired) and hired.date() > period.start:
            notes.append(_("hired on {day}", day=hired.date()))
        if pd.notna(left) and left.date() < period.end:
            notes.append(_("left on {day}", day=left.date()))
        return notes


_COLUMNS = (
    "rep",
    "rep_name",
    *GROUPINGS,
    "hired_on",
    "left_on",
    "peers",
    "tenure_months",
    "days",
    "present",
    "deals",
    "note",
)


def working_days(first: date, last: date) -> int:
    """Days from Monday to Friday between two days, both included.

    Examples
    --------
    >>> working_days(date(2026, 9, 25), date(2026, 9, 28))
    2
    """
    return int(np.busday_count(first, last + pd.Timedelta(days=1).to_pytimedelta())) if last >= first else 0


def _day(moment: pd.Timestamp, default: date) -> date:
    return default if pd.isna(moment) else moment.date()
