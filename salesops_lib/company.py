"""The company file: all that is particular to a company, as pydantic models."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo, available_timezones

import yaml
from babel.numbers import list_currencies
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from salesops_lib.brand import Brand, Colours
from salesops_lib.errors import CompanyError, Fault, ParameterError, nearest
from salesops_lib.language import SUPPORTED
from salesops_lib.mailing import Mail
from salesops_lib.periods import Calendar
from salesops_lib.yaml_text import load

# What a date format may be made of, as in Python's strptime.
_DATE_PARTS = {*"aAbBdfHIjmMpSyYzZ%"}
# What a company is told of its file, and no key of it.
_OWN = ("folder", "file")
# The date format of a spreadsheet's day numbers: days since 30 December 1899.
EXCEL = "excel"
Share = Annotated[float, Field(ge=0, le=1)]


def _one_of(options: Mapping[str, Any] | set[str] | tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in options:
            raise ValueError(f"{value!r} is not known. {nearest(value, options)}")
        return value

    return AfterValidator(check)


def _date_formats(forms: str | dict[str, str] | None) -> str | dict[str, str] | None:
    for form in [forms] if isinstance(forms, str) else (forms or {}).values():
        parts = re.findall("%.?", form)
        if form != EXCEL and (not parts or any(part[1:] not in _DATE_PARTS for part in parts)):
            raise ValueError(f'{form!r} is no date format; write it as "%d/%m/%Y", "%Y-%m-%d %H:%M" or {EXCEL}.')
    return forms


def _origin(origin: Any) -> Any:
    several = isinstance(origin, list | tuple) and origin and all(isinstance(each, str) and each for each in origin)
    if origin is not None and not several and not (isinstance(origin, str) and origin):
        raise ValueError("name a file, a glob or a table, or a list of files.")
    return tuple(origin) if several else origin


class Model(BaseModel):
    """What every part of the company file has in common: unknown keys are faults, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class TableSource(Model):
    """Where a table comes from and how its columns and values become canonical ones.

    `latest_by` is the column of the source that says when a row was last changed: of several rows of one key, the
    latest stands. `credit_notes` says that won opportunities may have a negative amount, `percent` whether shares
    without a percent sign are written 0-100 (true) or 0-1 (false), `date_cells_are_right` that no spreadsheet has
    swapped day and month. `preset` names a CRM whose exports are known: what is not said here is taken from there.
    """

    from_: Annotated[str | tuple[str, ...] | None, BeforeValidator(_origin)] = Field(None, alias="from")
    query: str | None = None
    preset: str | None = None
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    date_format: Annotated[str | dict[str, str] | None, AfterValidator(_date_formats)] = None
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'", ""] = ""
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    percent: bool | None = None
    optional: bool = False
    date_cells_are_right: bool = False
    skip_rows: Annotated[int, Field(ge=0)] = 0
    latest_by: str | None = None
    credit_notes: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> TableSource:
        if (self.from_ is None) == (self.query is None):
            raise ValueError("name either `from` (a file, a glob or a table) or `query` (SQL), and not both.")
        if self.thousands == self.decimal:
            raise ValueError("`thousands` and `decimal` are the same character.")
        return self

    @property
    def formats(self) -> dict[str, str]:
        """The date formats that are declared for single columns."""
        return self.date_format if isinstance(self.date_format, dict) else {}

    def format_of(self, column: str) -> str | None:
        """How the dates of a column are written; None: ISO 8601."""
        return self.formats.get(column) if isinstance(self.date_format, dict) else self.date_format


def _as_source(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


class Freshness(Model):
    """How many days before today an export may end before that is noted, and before it is refused."""

    warn_days: Annotated[int, Field(ge=1)] | None = None
    reject_days: Annotated[int, Field(ge=1)] | None = None


class Source(Model):
    """The connection, the tables read through it, the day of the export; `kept_in`: the folder for what was read."""

    connect: str = Field("duckdb://", repr=False)
    tables: dict[str, Annotated[TableSource, BeforeValidator(_as_source)]]
    data_until: date | None = None
    kept_in: Annotated[str, Field(min_length=1)] | None = None
    loss_budget: Share = 0.05
    freshness: Freshness = Freshness()


class Stages(Model):
    """The stages of the sales process: the open ones in order with their default probabilities, and the closed ones."""

    open: dict[str, Share] = {}
    won: tuple[str, ...]
    lost: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every stage: open ones in order, then won, then lost."""
        return (*self.open, *self.won, *self.lost)

    @model_validator(mode="after")
    def _each_once(self) -> Stages:
        twice = sorted({stage for stage in self.all if self.all.count(stage) > 1})
        if twice:
            raise ValueError(f"a stage is open, won or lost, not two of them: {', '.join(twice)}.")
        return self


class Privacy(Model):
    """Whether reps are shown by pseudonyms, and how small a group may be before individual figures are withheld.

    `key` is where the file is kept that knows who is who: relative to the company file, and beside it without.
    """

    pseudonyms: bool = False
    key: Annotated[str, Field(min_length=1)] | None = None
    minimum_group: Annotated[int, Field(ge=1)] = 5


class Company(Model):
    """A company file.

    Examples
    --------
    >>> company = Company(name="A", source={"tables": {"opportunities": "deals.csv"}}, stages={"won": ["Won"]})
    >>> company.calendar.period("2026Q1").start
    datetime.date(2026, 1, 1)
    """

    name: Annotated[str, Field(min_length=1)]
    currency: Annotated[str, _one_of(set(list_currencies()))] = "USD"
    locale: Annotated[str, _one_of(SUPPORTED)] = "en_US"
    timezone: Annotated[str, _one_of(available_timezones())] = "UTC"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    calendar_kind: Literal["months", "4-4-5"] = Field("months", alias="calendar")
    week_start: Literal["monday", "sunday"] = "monday"
    source: Source
    stages: Stages
    targets: dict[str, float] = {}
    cancellation_days: Annotated[int, Field(ge=1)] = 30
    privacy: Privacy = Privacy()
    mail: Mail | None = None
    brand: Brand = Brand()
    folder: Path = Field(Path(), exclude=True, repr=False)
    file: str = Field("company.yml", exclude=True, repr=False)

    @property
    def calendar(self) -> Calendar:
        """The fiscal calendar that the file describes."""
        return Calendar(self.fiscal_year_start, self.calendar_kind, self.week_start)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the company's days begin and end."""
        return ZoneInfo(self.timezone)


def read_company(path: str | Path) -> Company:
    """Read a company file; `${NAME}` in the connection is read from the environment where the connection is made.

    Raises
    ------
    CompanyError
        With every fault of the file, each with its key and the way out.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CompanyError(
            Fault(f"cannot be read ({error.strerror}).", file=str(path), fix="Check the path of the company file.")
        ) from None
    except UnicodeDecodeError:
        raise CompanyError(Fault("is not UTF-8 text.", file=str(path), fix="Save it as UTF-8.")) from None
    try:
        content = load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "is not YAML"
        line = f"line {mark.line + 1}: " if mark else ""
        raise CompanyError(
            Fault(f"{line}{problem}.", file=str(path), fix="Mend the YAML: indentation, quotes and colons.")
        ) from None
    if not isinstance(content, dict):
        raise CompanyError(Fault("holds no keys.", file=str(path), fix="A company file starts with `name:`."))
    ours = [Fault("unknown key.", str(path), key, fix=nearest(key, _keys(Company))) for key in _OWN if key in content]
    if ours:
        raise CompanyError(*ours)
    try:
        company = Company.model_validate({**content, "folder": path.resolve().parent, "file": path.name})
    except ValidationError as error:
        raise CompanyError(*_faults(error, path)) from None
    unfit = [Fault(what, str(path), key, fix=fix) for key, what, fix in company.brand.faults(company.folder)]
    if unfit:
        raise CompanyError(*unfit)
    return company


def spoken_to(company: Company, locale: str) -> Company:
    """The company with reports in another language than its file says.

    Raises
    ------
    ParameterError
        If the locale is none of those that reports are written in.
    """
    if locale not in SUPPORTED:
        raise ParameterError(Fault(f"the locale {locale!r} is not known.", fix=nearest(locale, SUPPORTED)))
    return company.model_copy(update={"locale": locale})


def resolve_secrets(text: str) -> str:
    """Fill `${NAME}` from the environment.

    In the user and the password of an address, and behind its question mark, signs that mean something there are
    written as an address has them; what is written so already (%40) stays.

    Raises
    ------
    CompanyError
        Naming the variables that are not set (never their values).
    """
    missing = sorted({name for name in re.findall(r"\$\{(\w+)\}", text) if name not in os.environ})
    if missing:
        raise CompanyError(
            Fault(
                f"the environment has no {', '.join(missing)}.",
                key="source.connect",
                fix="Set the variable before the run.",
            )
        )
    user, at, rest = text.partition("@") if "://" in text and "@" in text else ("", "", text)
    place, mark, query = rest.partition("?") if at else (rest, "", "")
    return _filled(user, _quoted) + at + _filled(place, str) + mark + _filled(query, _quoted)


def _filled(text: str, written: Callable[[str], str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: written(os.environ[match[1]]), text)


def _quoted(value: str) -> str:
    return re.sub("%(?![0-9A-Fa-f]{2})", "%25", quote(value, safe="%"))


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items() if name not in _OWN]


def _model_at(location: tuple[Any, ...]) -> type[BaseModel]:
    parts: dict[str, type[BaseModel]] = {
        "source": Source,
        "stages": Stages,
        "privacy": Privacy,
        "mail": Mail,
        "brand": Brand,
    }
    if location[:2] == ("source", "tables") and len(location) > 3:
        return TableSource
    if location[:2] == ("source", "freshness") and len(location) > 2:
        return Freshness
    if location[0] == "brand" and len(location) > 2:
        return Colours
    return parts.get(str(location[0]), Company) if len(location) > 1 else Company


def _faults(error: ValidationError, path: Path) -> Iterator[Fault]:
    for item in error.errors():
        location = tuple(part for part in item["loc"] if not str(part).startswith("function-"))
        key = ".".join(str(part) for part in location) or None
        if item["type"] == "extra_forbidden":
            fix = nearest(str(location[-1]), _keys(_model_at(location)))
            yield Fault("unknown key.", file=str(path), key=key, fix=fix)
        elif item["type"] == "missing":
            yield Fault("is missing.", file=str(path), key=key, fix="Add it.")
        else:
            message = item["msg"].removeprefix("Value error, ").rstrip(".")
            given = f" (got {item['input']!r})" if isinstance(item["input"], str | int | float | bool) else ""
            yield Fault(f"{message}{given}.", file=str(path), key=key)
