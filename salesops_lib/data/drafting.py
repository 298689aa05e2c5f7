"""Drafting: a first company file for exports that nobody has described yet; what is not certain is left to decide."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from babel.numbers import list_currencies
from pydantic import ValidationError

from salesops_lib.company import Company
from salesops_lib.data.cells import clean
from salesops_lib.data.connection import connect
from salesops_lib.data.described import Described, describe
from salesops_lib.data.evidence import StageFound
from salesops_lib.data.looking import label_of, looked_at
from salesops_lib.data.recognition import Reading, readings, rivals
from salesops_lib.data.schema import TABLES
from salesops_lib.data.source import read_source
from salesops_lib.errors import SalesOpsError
from salesops_lib.language import gettext as _
from salesops_lib.language import ngettext

WIDE = 10**6


@dataclass
class Group:
    """Files that are one table: what they are thought to be, and how they are to be read (`settings` of the table)."""

    reading: Reading
    rivals: list[Reading]
    files: list[str]
    columns: tuple[str, ...]
    settings: dict[str, Any]

    @property
    def is_doubtful(self) -> bool:
        """Whether the files may be another table: then nothing of it is written."""
        return any(each.table != self.reading.table for each in self.rivals)


def draft(files: Sequence[Path], folder: Path) -> str:
    """A commented company file (YAML) for these files, as it would stand in a folder.

    What is certain is written; what is not is a comment with the reason, and is listed at the top. The last lines say
    what `salesops check` says of it.
    """
    folder = Path(os.path.abspath(folder))  # as it is called: links are not followed
    company = Company.model_validate(
        {"name": "draft", "source": {"tables": {}}, "stages": {"won": ["Won"]}, "folder": folder}
    )
    connection = connect(company)
    groups, open_questions = _grouped(connection, files, company)
    described = {}
    for table in (table for table in TABLES if table in groups):
        group = groups[table]
        source = {"from": group.files[0] if len(group.files) == 1 else group.files, **group.settings}
        described[table] = describe(connection, group.reading, source, company)
    lines = [_("# A first draft: `salesops check` says whether it holds. Paths are relative to this file.")]
    body = [*_head(described), *_tables(groups, described), *_stages(described)]
    for table, each in described.items():
        open_questions += [f"{table}: {doubt}" for doubt in each.doubts]
        open_questions += _doubted(table, groups[table])
    open_questions += _undecided(described)
    if open_questions:
        lines += [_("# Unsure, to be decided:"), *(f"#  - {_line(text)}" for text in open_questions)]
    text = "\n".join([*lines, *body]) + "\n"
    return text + "".join(f"# {_line(said)}\n" for said in _checked(text, folder))


def _grouped(connection: Any, files: Sequence[Path], company: Company) -> tuple[dict[str, Group], list[str]]:
    """The files by the table they are, and what is to be said of those that are none."""
    groups: dict[str, Group] = {}
    unknown = []
    seen = list(looked_at(connection, files, company))
    # A file that tells nothing of its own comes from the CRM that the others are from.
    best = [each.readings for each in seen if each.readings]
    known = {found[0].preset for found in best if found[0].is_certain and not rivals(found)}
    for each in seen:
        if not each.readings:
            nothing = _("its columns are those of no table of the kit: {columns}", columns=", ".join(each.columns))
            unknown.append(f"{each.label}: {each.problem or nothing}")
            continue
        new = Group(*_chosen(each.readings, known), [each.file], each.columns, each.settings)
        old = groups.setdefault(new.reading.table, new)
        if old is new:
            continue
        if _joins(old, new):
            old.files.append(each.file)
            old.columns = tuple(dict.fromkeys((*old.columns, *each.columns)))
            old.reading = next(found for found in readings(old.columns, each.stem) if _same(found, old.reading))
        else:
            other = _("it seems to be {table}, as {file} is: one of them is to be chosen, or another preset or query")
            first = label_of(old.files[0], old.settings)
            unknown.append(f"{each.label}: {other.format(table=new.reading.table, file=first)}")
    return groups, unknown


def _chosen(found: list[Reading], known: Collection[str | None]) -> tuple[Reading, list[Reading]]:
    """The reading to draft, and those that fit as well.

    Where it is not certain which CRM a table is from, none is taken: a preset brings conventions that must be right.
    """
    best, others = found[0], rivals(found)
    if any(each.table != best.table for each in others):
        return best, others
    if best.preset in known or (best.is_certain and not others):
        return best, []
    plain = next((each for each in found if each.table == best.table and each.preset is None), best)
    return plain, [each for each in (best, *others) if each is not plain]


def _joins(old: Group, new: Group) -> bool:
    alike = set(old.columns) == set(new.columns) or old.reading.of_several
    return alike and _same(old.reading, new.reading) and old.settings == new.settings


def _same(one: Reading, other: Reading) -> bool:
    return (one.table, one.preset, one.export) == (other.table, other.preset, other.export)


def _head(described: dict[str, Described]) -> list[str]:
    deals = described.get("opportunities")
    currencies = deals.currencies if deals else []
    told = len(currencies) == 1 and currencies[0] in list_currencies()
    currency = f"currency: {currencies[0]}" if told else "# currency: USD"
    known = _("the only one that the opportunities name") if told else _("to be decided: USD without it")
    days = [day for each in described.values() for day in each.days]
    span = _("days found: {first} to {last}", first=min(days), last=max(days)) if days else _("no day was found")
    return [
        f"name: New company   # {_('to be decided')}",
        f"{currency}   # {known}",
        f"# timezone: Europe/Amsterdam   # {_('to be decided: UTC without it')}",
        f"# fiscal_year_start: 1   # {_('to be decided: January without it')}",
        "source:",
        f"  # data_until: 2026-12-31   # {_('to be decided: the day of the export')}; {span}",
        "  tables:",
    ]


def _tables(groups: dict[str, Group], described: dict[str, Described]) -> Iterable[str]:
    for table, each in described.items():
        group = groups[table]
        mark = "# " if group.is_doubtful else ""
        yield f"    {mark}{table}:"
        source = group.files[0] if len(group.files) == 1 else group.files
        rows = ngettext("{n} row", "{n} rows", each.rows)
        yield f"      {mark}from: {_flow(source)}   # {_line(', '.join([rows, *each.notes]))}"
        if "encoding" in group.settings:
            fits = _("to be decided: it is not UTF-8, and this one fits")
            yield f"      # encoding: {group.settings['encoding']}   # {fits}"
        if "sheet" in group.settings:
            yield f"      {mark}sheet: {_flow(group.settings['sheet'])}"
        if "skip_rows" in group.settings:
            above = _("what stands above the header looks like a title")
            yield f"      {mark}skip_rows: {group.settings['skip_rows']}   # {above}"
        if group.reading.preset:
            yield f"      {mark}preset: {group.reading.preset}   # {group.reading.export}"
        for setting in each.settings:
            yield f"      {mark if setting[0] != '#' else ''}{setting}"
        written = [column for column in each.columns if column.is_written]
        if written:
            yield f"      {mark}columns:"
        for column in each.columns:
            hidden = mark if column.is_written else "# "
            pair = f"{column.name}: {_flow(column.theirs) if column.theirs else '?'}"
            yield f"        {hidden}{pair}   # {_line(column.said)}"
        if each.unused:
            yield f"      # {_('not used')}: {_line(', '.join(each.unused))}"


def _stages(described: dict[str, Described]) -> Iterable[str]:
    deals = described.get("opportunities")
    found = deals.stages if deals else []
    ends = {end: [stage for stage in found if stage.end == end] for end in ("open", "won", "lost")}
    mark = "" if ends["won"] else "# "
    yield "stages:" if ends["won"] else f"# stages:   # {_('to be decided: no won stage was found')}"
    for stage in found:
        yield f"  # {_line(_counted(stage))}"
    shares = {stage.name: stage.probability for stage in ends["open"]}
    if deals and not deals.is_scale_known:
        reason = _("to be decided: probabilities may be written 0-1 or 0-100")
        yield f"  # open: {_flow(shares)}   # {reason}"
    elif shares and all(share is not None for share in shares.values()):
        yield f"{mark}  open: {_flow(shares)}   # {_('in order, with the probability that most of their deals have')}"
    elif shares:
        reason = _("to be decided: their order and their probabilities")
        yield f"  # open: {_flow({name: 0.5 for name in shares})}   # {reason}"
    for end in ("won", "lost"):
        if ends[end]:
            yield f"{mark}  {end}: {_flow([stage.name for stage in ends[end]])}"


def _counted(stage: StageFound) -> str:
    rows = ngettext("{n} deal", "{n} deals", stage.count)
    if stage.end == "unsure":
        return f"{stage.name}: {rows}, {_('unsure: its name does not say for certain how it ends')}"
    how = _("as its flags say") if stage.known else _("as its name says")
    return f"{stage.name}: {rows}, {stage.end} ({how})"


def _doubted(table: str, group: Group) -> list[str]:
    """What is to be decided of a table whose files may be something else or are not in UTF-8."""
    file = group.files[0]
    if group.is_doubtful:
        told = [f"{each.table} ({each.preset or _('no preset')})" for each in group.rivals]
        said = [_("{table}: {file} may as well be {others}", table=table, file=file, others=", ".join(told))]
    else:
        presets = [each.preset for each in group.rivals if each.preset]
        said = [
            _("{table}: {file} may be an export of {preset}: if so, set `preset: {preset}`", **named)
            for named in ({"table": table, "file": file, "preset": preset} for preset in presets)
        ]
    encoded = _("{table}: the encoding of {file} is not UTF-8", table=table, file=file)
    return said + ([encoded] if "encoding" in group.settings else [])


def _undecided(described: dict[str, Described]) -> list[str]:
    deals = described.get("opportunities")
    if deals is None:
        return [_("opportunities: none of the files looks like them, and they are the one table that is required")]
    found = []
    if len(deals.currencies) > 1:
        found.append(_("amounts are in several currencies: {codes}", codes=", ".join(deals.currencies)))
    odd = [code for code in deals.currencies if code not in list_currencies()]
    if odd:
        found.append(_("currencies are named by their codes, such as EUR; here: {codes}", codes=", ".join(odd)))
    for stage in deals.stages:
        if stage.mixed:
            found.append(_("stage {name}: its flags of won and closed contradict each other", name=stage.name))
    unsure = [stage.name for stage in deals.stages if stage.end == "unsure"]
    if unsure:
        said = _("stages of which nothing tells whether they are open, won or lost: {names}", names=", ".join(unsure))
        found.append(said)
    named = [stage.name for stage in deals.stages if not stage.known and stage.end != "unsure"]
    if named:
        found.append(_("stages whose end only their name tells: {names}", names=", ".join(named)))
    shares = [stage.probability for stage in deals.stages if stage.end == "open"]
    if None in shares:
        found.append(_("open stages: no column tells their probabilities, so their order is not known"))
    elif len(set(shares)) < len(shares):
        found.append(_("open stages: some have the same probability, so their order is to be checked"))
    return found


def _checked(text: str, folder: Path) -> list[str]:
    """What opening the drafted company says."""
    try:
        company = Company.model_validate({**yaml.safe_load(text), "folder": folder})
    except ValidationError as error:
        keys = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        return [_("`salesops check` would say that keys are missing or empty: {keys}", keys=keys)]
    try:
        tables = read_source(company).audit.tables
    except SalesOpsError as error:
        return [_("`salesops check` would say:"), *(str(fault) for fault in error.faults)]
    used, read = sum(each.used for each in tables), sum(each.read for each in tables)
    return [_("`salesops check` accepts it as it is: {used} of {read} rows are used.", used=used, read=read)]


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump([value], default_flow_style=True, sort_keys=False, allow_unicode=True, width=WIDE)
    return text.strip()[1:-1]


def _line(text: str) -> str:
    """Text of the data as one line of a comment."""
    return " ".join(clean(text).split())
