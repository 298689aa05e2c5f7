"""The source: every table of a company file read, mapped, checked, and what became of each row; no date yet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from salesops_lib.company import Company, TableSource
from salesops_lib.data import doubts, leads, states
from salesops_lib.data import opportunities as deals
from salesops_lib.data.checks import QUARANTINE_COLUMNS, Audit, Case, Judged, TableAudit, judge
from salesops_lib.data.connection import HOSTS, check_connection_names, connect, keep_order, store, view
from salesops_lib.data.mapping import map_columns
from salesops_lib.data.presets import check_presets, with_preset
from salesops_lib.data.privacy import hide_audit, hide_quarantine, veiled, without_names
from salesops_lib.data.pseudonyms import Key, open_key
from salesops_lib.data.readers import Raw, read_raw
from salesops_lib.data.schema import TABLES
from salesops_lib.data.snapshot import read_once
from salesops_lib.data.veil import Veil
from salesops_lib.errors import Fault, SourceError
from salesops_lib.language import later, nlater

# An export of a day to come, with no record for a year before it, is a slip of the pen; for a month, it may be one.
SILENT_DAYS, QUIET_DAYS = 366, 31
LOOKUPS = (
    ("opportunities", "rep_id", "reps"),
    ("opportunities", "account_id", "accounts"),
    ("opportunities", "product_id", "products"),
    ("opportunity_history", "opportunity_id", "opportunities"),
    ("reps", "territory_id", "territories"),
    ("accounts", "territory_id", "territories"),
    ("leads", "rep_id", "reps"),
    ("activities", "rep_id", "reps"),
    ("quotas", "rep_id", "reps"),
    ("forecasts", "rep_id", "reps"),
    ("assignments", "rep_id", "reps"),
    ("assignments", "territory_id", "territories"),
)


@dataclass(frozen=True)
class Source:
    """What was read of a company's source, before any date: usable rows of each table, and the audit.

    `present` says which canonical columns a table of the source has; `last_day` is the last one on which anything
    happened, or the one the company file names. With pseudonyms, `key` knows who is who, and nothing else does. `shelf`
    is the folder of a batch in which its reports keep what they share (none: each is alone).
    """

    company: Company
    connection: Any
    tables: dict[str, ir.Table]
    present: Mapping[str, frozenset[str]]
    audit: Audit
    data_hash: str
    last_day: date
    key: Key | None = field(default=None, repr=False)
    shelf: Path | None = field(default=None, repr=False)

    @property
    def untold(self) -> tuple[str, ...]:
        """The parts of an opportunity's state that its history does not have."""
        told = self.present.get("opportunity_history")
        return () if told is None else tuple(name for name in states.STATE if name not in told)


def read_source(company: Company, today: date | None = None) -> Source:
    """Read, map and check every table that a company file names.

    Raises
    ------
    CompanyError, SourceError
        With every fault and its way out.
    """
    check_connection_names(company, tuple(TABLES))
    check_presets(company)
    return read_once(company, lambda: _read(company, today))


def _read(company: Company, today: date | None) -> Source:
    connection = connect(company)
    key = open_key(company) if company.privacy.pseudonyms else None
    try:
        return _read_source(connection, company, today, key)
    except SourceError as error:
        if key is None:
            raise
        faults = error.faults
    # Raised out here, so that it does not carry the one with the names.
    raise SourceError(*without_names(faults, connection, company, key))


def _read_source(connection: Any, company: Company, today: date | None, key: Key | None) -> Source:
    now = today or datetime.now(company.zone).date()
    today = company.source.data_until or now
    judged: dict[str, Judged] = {}
    present: dict[str, frozenset[str]] = {}
    digest = hashlib.sha256()
    for name in (name for name in TABLES if name in company.source.tables):
        settings = company.source.tables[name]
        raw = read_raw(connection, name, settings, company)
        raw, settings = with_preset(connection, name, raw, settings, company)
        judged[name], present[name] = _judge(connection, name, raw, settings, company, today)
        digest.update(f"{name}:{raw.digest}:{judged[name].audit.read}".encode())
    tables = {name: each.table for name, each in judged.items()}
    if key is not None:
        tables, key = veiled(connection, tables, company)
        veil = Veil(key)
        judged = {name: replace(each, audit=hide_audit(each.audit, veil)) for name, each in judged.items()}
    last = max(moments(tables, "max"), default=now)
    last_day = _last_day(last, company, now)
    more = (
        _price_open_deals(tables, judged["opportunities"], connection)
        + doubts.outliers(tables["opportunities"])
        + _overdue(tables, last_day)
        + _to_come(last, last_day, now)
        + _orphans(tables)
        + doubts.spellings(tables)
    )
    audits = []
    for name, each in judged.items():
        audits.append(with_notes(each.audit, [note for table, note in more if table == name]))
    quarantines = [each.quarantine for each in judged.values() if len(each.quarantine)]
    quarantine = (
        pd.concat(quarantines, ignore_index=True) if quarantines else pd.DataFrame(columns=[*QUARANTINE_COLUMNS])
    )
    audit = Audit(tuple(audits), quarantine if key is None else hide_quarantine(quarantine, Veil(key)))
    keep_order(connection, sum(each.read for each in audits))
    return Source(company, connection, tables, present, audit, digest.hexdigest(), last_day, key)


def with_notes(audit: TableAudit, notes: Sequence[str]) -> TableAudit:
    """The same audit with more notes."""
    return replace(audit, notes=(*audit.notes, *notes))


def _judge(
    connection: Any, name: str, raw: Raw, settings: TableSource, company: Company, today: date
) -> tuple[Judged, frozenset[str]]:
    schema = TABLES[name]
    mapped = map_columns(connection, raw, schema, settings, company)
    table = mapped.table
    counts: dict[str, Any] = {}
    rejections: dict[str, Callable[[ir.Table], None]] = {}
    if name in ("opportunities", "opportunity_history"):
        counts["strange"] = deals.is_strange(company.stages)
        rejections["strange"] = partial(deals.reject_stages, raw=raw, company=company)
    if name == "opportunities":
        counts |= deals.counts(mapped.present)
        table = view(connection, "known_opportunities", deals.with_state(mapped, raw, company.stages))
        table = deals.with_rules(table, today, credit_notes=settings.credit_notes)
        if "currency" in mapped.present:
            counts["foreign"] = _.currency.notnull() & (_.currency != company.currency)
            rejections["foreign"] = partial(deals.reject_currencies, raw=raw, currency=company.currency)
    if name == "leads":
        counts |= leads.counts()
    if raw.text is not None:
        table = store(connection, name, table)
        connection.con.unregister(f"raw_{name}")
    elif connection.name in HOSTS:
        # In an order of their own: the one in which an engine finds its rows is not the same tomorrow.
        table = store(connection, f"checked_{name}", table, schema.key or table.columns)
    else:
        table = view(connection, f"checked_{name}", table)
    case = Case(table, mapped, raw, schema, settings, counts, rejections, company.privacy.pseudonyms)
    judged = judge(connection, case, budget=company.source.loss_budget)
    table, notes = judged.table, list[str]()
    if mapped.ignored:
        notes.append(later("columns not used: {columns}", columns=", ".join(mapped.ignored)))
    if name == "opportunities":
        table = deals.scale_probability(table, raw, judged.counted)
        notes += deals.notes(judged.counted)
    if name == "leads":
        notes += leads.notes(judged.counted)
    if name == "opportunity_history":
        missing = [state.replace("_", " ") for state in states.STATE if state not in mapped.present]
        notes += (
            [later("it does not tell {parts}: those of the past are today's", parts=", ".join(missing))]
            if missing
            else []
        )
    return replace(judged, table=table, audit=with_notes(judged.audit, notes)), mapped.present


def _price_open_deals(tables: dict[str, ir.Table], judged: Judged, connection: Any) -> list[tuple[str, str]]:
    """Open opportunities without an amount are valued at list price where there is one (said in the audit)."""
    if not judged.counted["unpriced"]:
        return []
    table = tables["opportunities"]
    price = _.list_amount
    if "products" in tables:
        prices = tables["products"].select(_product="product_id", _listed="list_price")
        table = table.left_join(prices, table.product_id == prices["_product"])
        price = _.list_amount.coalesce(_["_listed"])
    unpriced = ~_.is_closed & _.amount.isnull()
    table = table.mutate(**{states.PRICE: price, states.UNPRICED: unpriced})
    table = table.drop(*(c for c in ("_product", "_listed") if c in table.columns))
    table = table.mutate(amount=unpriced.ifelse(_[states.PRICE], _.amount), _was=unpriced & _[states.PRICE].notnull())
    table = table.cache()
    priced = int(table["_was"].sum().to_pyarrow().as_py() or 0)
    if not priced:
        return []
    tables["opportunities"] = table.drop("_was")
    return [
        ("opportunities", nlater("{n} of them is valued at list price", "{n} of them are valued at list price", priced))
    ]


def _overdue(tables: dict[str, ir.Table], day: date) -> list[tuple[str, str]]:
    late = (
        tables["opportunities"].filter(~_.is_closed & (_.close_date < ibis.literal(day))).count().to_pyarrow().as_py()
    )
    said = nlater(
        "{n} open opportunity has a close date in the past",
        "{n} open opportunities have a close date in the past",
        late,
    )
    return [("opportunities", said)] if late else []


def _orphans(tables: dict[str, ir.Table]) -> list[tuple[str, str]]:
    """Ids that their table does not have; they are shown as Unknown."""
    parts = []
    for i, (name, key, lookup) in enumerate(LOOKUPS):
        if name in tables and lookup in tables:
            ids = tables[name].group_by(id=_[key]).agg(n=_.count()).filter(_.id.notnull())
            known = tables[lookup].select(id=TABLES[lookup].key[0])
            parts.append(ids.anti_join(known, "id").mutate(pair=ibis.literal(i, type="int64")))
    if "opportunity_history" in tables:
        ids = tables["opportunities"].select(id="opportunity_id", n=ibis.literal(1, type="int64"))
        known = tables["opportunity_history"].select(id="opportunity_id")
        parts.append(ids.anti_join(known, "id").mutate(pair=ibis.literal(-1, type="int64")))
    if not parts:
        return []
    lost = ibis.union(*parts) if len(parts) > 1 else parts[0]
    lost = lost.mutate(place=ibis.row_number().over(group_by="pair", order_by=[_.n.desc(), _.id]))
    shown = lost.group_by("pair").agg(rows=_.n.sum(), ids=_.id.collect(where=_.place < 3, order_by=_.place))
    found: list[tuple[str, str]] = []
    for each in shown.order_by("pair").to_pyarrow().to_pylist():
        if each["pair"] < 0:
            found.append(
                (
                    "opportunities",
                    nlater(
                        "{n} opportunity has no history: its past is made up of its dates",
                        "{n} opportunities have no history: their past is made up of their dates",
                        each["rows"],
                    ),
                )
            )
            continue
        name, key, lookup = LOOKUPS[each["pair"]]
        ids = ", ".join(doubts.with_near(each["ids"], tables[lookup], lookup))
        values = {"key": key, "lookup": lookup, "ids": ids}
        unknown = (
            nlater(
                "{n} row has an {key} that {lookup} does not have ({ids})",
                "{n} rows have an {key} that {lookup} does not have ({ids})",
                each["rows"],
                **values,
            )
            if key[0] in "aeio"
            else nlater(
                "{n} row has a {key} that {lookup} does not have ({ids})",
                "{n} rows have a {key} that {lookup} does not have ({ids})",
                each["rows"],
                **values,
            )
        )
        found.append((name, unknown))
    return found


def moments(tables: Mapping[str, ir.Table], end: Literal["min", "max"]) -> list[date]:
    """The first or the last days on which anything happened to the opportunities, of each kind."""
    rows = tables["opportunities"]
    kinds = ("created_at", "closed_at", "cancelled_at", "corrected_at")
    seen = rows.aggregate(**{kind: getattr(rows[kind], end)() for kind in kinds}).to_pyarrow().to_pylist()[0]
    found = list(seen.values())
    if "opportunity_history" in tables:
        found.append(getattr(tables["opportunity_history"].changed_at, end)().to_pyarrow().as_py())
    return [moment.date() for moment in found if moment is not None]


def _last_day(last: date, company: Company, now: date) -> date:
    until = company.source.data_until
    if until and until > now and (until - last).days > SILENT_DAYS:
        what = f"the data end on {until} (data_until), a day to come, but nothing has happened since {last}."
        raise SourceError(Fault(what, company.file, "source.data_until", fix="Name the day of the export."))
    return until or min(last, now)


def _to_come(last: date, last_day: date, now: date) -> list[tuple[str, str]]:
    if last_day <= now or (last_day - last).days <= QUIET_DAYS:
        return []
    days = {"until": last_day.isoformat(), "last": last.isoformat()}
    return [("opportunities", later("data_until is {until}, a day to come; nothing has happened since {last}", **days))]
