"""What is published, read back: the record of each report and of each failure; what cannot be read is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import SUPPORTED
from salesops_lib.language import gettext as _
from salesops_lib.report.manifest import MANIFEST

FAILED = "failed"
REP, GROUP = "rep", "group"


@dataclass(frozen=True)
class Whose:
    """The one whose report it is: "rep" or a grouping such as "team", its id, and what is shown for it."""

    kind: str
    value: str
    label: str

    @property
    def name(self) -> str:
        """The name under a heading that says what kind it is: "West" for "West (team)"."""
        return self.label if self.kind == REP else self.value.partition("=")[2]


@dataclass(frozen=True)
class Published:
    """A published report as its record tells it.

    Parameters
    ----------
    report, label, period, company : str
        The notebook's stem, what the kind is called, the period's name, the company's.
    locale : str
        The language of the report, such as de_DE; "" if the record does not tell one.
    place : PurePosixPath
        Its folder, from that of the reports.
    page : str
        The name of its page in that folder.
    files : mapping of int
        The other files by name, with their sizes in bytes.
    digest : str
        SHA-256 of the record, which holds those of the files.
    """

    report: str
    label: str
    period: str
    company: str
    locale: str
    whose: Whose | None
    as_of: date | None
    made_at: datetime | None
    headline: tuple[str, ...]
    place: PurePosixPath
    page: str
    files: Mapping[str, int]
    digest: str

    @property
    def subject(self) -> tuple[str, str, tuple[str, str]]:
        """What it is about: editions in several languages share it."""
        return self.period, self.report, (self.whose.kind, self.whose.value) if self.whose else ("", "")

    @property
    def is_own(self) -> bool:
        """Whether it is in the company's own language: the others stand in folders with a language's name."""
        return self.place.parts[1] == self.report


@dataclass(frozen=True)
class Failure:
    """A report that could not be made, why, and the name of its log ("" if there is none)."""

    report: str
    period: str
    whose: str
    cell: str
    cause: str
    log: str


@dataclass(frozen=True)
class Shelf:
    """All that stands in a folder of reports; `unreadable` are the records that tell nothing, from that folder."""

    reports: tuple[Published, ...] = ()
    failures: tuple[Failure, ...] = ()
    unreadable: tuple[str, ...] = ()


def read_shelf(out: Path) -> Shelf:
    """Read every record below a folder of reports; one that is broken or half is named, and stops nothing."""
    reports, unreadable = [], []
    for path in sorted((*out.glob(f"[!.]*/[!.]*/{MANIFEST}"), *out.glob(f"[!.]*/[!.]*/[!.]*/{MANIFEST}"))):
        try:
            reports.append(read_published(path.parent, out))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            unreadable.append(path.relative_to(out).as_posix())
    failures, broken = _failures(out)
    return Shelf(tuple(reports), failures, (*unreadable, *broken))


def read_published(folder: Path, out: Path) -> Published:
    """The report of a folder.

    Raises
    ------
    OSError, ValueError, TypeError, KeyError, AttributeError
        If its record cannot be read, tells another period than its folder, or its page is missing.
    """
    content = (folder / MANIFEST).read_bytes()
    record = json.loads(content)
    place = PurePosixPath(folder.relative_to(out).as_posix())
    page = f"{record['report']}.html"
    if not record["report"].isidentifier() or record["period"] != place.parts[0] or page not in record["files"]:
        raise ValueError(f"{place} is not its place")
    (folder / page).stat()
    return Published(
        report=str(record["report"]),
        label=str(record["label"]),
        period=str(record["period"]),
        company=str(record["company"]),
        locale=record["locale"] if record.get("locale") in SUPPORTED else "",
        whose=_whose(record.get("member")),
        as_of=date.fromisoformat(record["as_of"][:10]) if record.get("as_of") else None,
        made_at=_moment(record.get("made_at")),
        headline=tuple(str(sentence) for sentence in record.get("headline") or ()),
        place=place,
        page=page,
        files={name: (folder / name).stat().st_size for name in sorted(record["files"]) if _is_beside(name, page)},
        digest=hashlib.sha256(content).hexdigest(),
    )


def content_of(report: Published, out: Path, names: Container[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """The files of a report as they were published, the record last; with names, only those and no record.

    Raises
    ------
    ParameterError
        If one is not as it was published.
    """
    folder = out / report.place
    try:
        record = (folder / MANIFEST).read_bytes()
        for name, digest in sorted(json.loads(record)["files"].items()):
            if names is None or name in names:
                content = (folder / name).read_bytes()
                if hashlib.sha256(content).hexdigest() != digest:
                    raise ValueError(name)
                yield name, content
        if names is None:
            yield MANIFEST, record
    except (OSError, ValueError):
        fault = Fault(_("is not as it was published."), file=str(folder), fix=_("Make the report again."))
        raise ParameterError(fault) from None


def _is_beside(name: str, page: str) -> bool:
    """Whether a file is one that readers open, and a file of this folder."""
    if PurePosixPath(name).name != name:
        raise ValueError(f"{name} is not a file of the report")
    return name != page and not name.endswith(".ipynb")


def _whose(member: Any) -> Whose | None:
    if not member:
        return None
    label = str(member["label"])
    if REP in member:
        return Whose(REP, str(member[REP]), label)
    grouping, _equals, _value = str(member[GROUP]).partition("=")
    if not grouping.isidentifier():
        raise ValueError(f"{grouping!r} is no dimension")
    return Whose(grouping, str(member[GROUP]), label)


def _moment(text: Any) -> datetime | None:
    """When a report was made, in UTC."""
    if not text:
        return None
    made = datetime.fromisoformat(text)
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)


def _failures(out: Path) -> tuple[tuple[Failure, ...], tuple[str, ...]]:
    failures, unreadable = [], []
    for path in sorted(out.glob(f"{FAILED}/[!.]*.json")):
        try:
            failures.append(_failure(json.loads(path.read_bytes()), path.parent))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            unreadable.append(path.relative_to(out).as_posix())
    return tuple(failures), tuple(unreadable)


def _failure(record: Mapping[str, Any], folder: Path) -> Failure:
    member = record.get("member") or ""
    log = Path(str(record.get("log") or "")).name
    return Failure(
        report=str(record["report"]),
        period=str(record["period"]),
        whose=str(member["label"] if isinstance(member, Mapping) else member),
        cell=str(record.get("cell") or ""),
        cause=str(record["cause"]),
        log=log if log and (folder / log).is_file() else "",
    )


def fingerprint(reports: Iterable[Published]) -> str:
    """What tells one state of these reports from any other."""
    lines = sorted(f"{report.place} {report.digest}" for report in reports)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
