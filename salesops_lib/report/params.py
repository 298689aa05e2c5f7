"""What a notebook may be given: one model per notebook (same stem), read and checked before a kernel starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

import salesops_lib
from salesops_lib.company import Company, read_company
from salesops_lib.errors import CompanyError, Fault, ParameterError, SalesOpsError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.periods import Period


def _day(value: object) -> object:
    """Take a quoted day for the day it names; what is neither is left to the model."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


class Parameters(BaseModel):
    """What every report is given: the company file, and the day as of which the data are read (none: all of it)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    label: ClassVar[str]
    names_period: ClassVar[str]

    company: str
    as_of: Annotated[date | None, BeforeValidator(_day)] = None

    def period(self, company: Company) -> Period:
        """The period that the report is about; the name of its folder."""
        raise NotImplementedError


class QuarterlyReview(Parameters):
    """The quarterly review: a fiscal quarter by its name, or `last` for the last complete one in the data."""

    label = "Quarterly review"
    names_period = "quarter"

    quarter: str

    def period(self, company: Company) -> Period:
        """The quarter, checked against the company's fiscal calendar."""
        return _quarter(self.quarter, company)


MODELS: dict[str, type[Parameters]] = {"quarterly_review": QuarterlyReview}


@dataclass(frozen=True)
class Request:
    """A report that can be run: every parameter is checked, every file was found."""

    report: str
    label: str
    notebook: Path
    company: Company
    period: Period
    folder: Path
    values: Mapping[str, Any]


def read_request(path: str | Path, settings: Mapping[str, str] | None = None) -> Request:
    """Read a parameters file and check it against the model of its notebook.

    Parameters
    ----------
    path : str or Path
        A YAML file; the notebook of the same stem is run.
    settings : mapping, optional
        Values that go before those of the file, as text in YAML's notation.

    Raises
    ------
    ParameterError
        With every fault of the file and of the settings.
    CompanyError
        If the company file cannot be found or used.
    """
    path = Path(path)
    given = _read(path)
    model = MODELS.get(path.stem)
    if model is None:
        raise ParameterError(Fault(_("there is no report {name!r}.", name=path.stem), fix=nearest(path.stem, MODELS)))
    values, faults = _settings(settings or {}, model)
    try:
        parameters = model.model_validate({**given, **values})
    except ValidationError as error:
        raise ParameterError(*faults, *_faults(error, model, path.name, values)) from None
    if faults:
        raise ParameterError(*faults)
    folder, name = _find_company(parameters.company, path)
    try:
        company = read_company(folder / name)
    except CompanyError as error:
        raise CompanyError(*_relative(error.faults, folder)) from None
    period = parameters.period(company)
    if parameters.as_of and parameters.as_of < period.start:
        raise ParameterError(
            Fault(
                _(
                    "as_of {day} is before {period} starts ({start}).",
                    day=parameters.as_of,
                    period=period.name,
                    start=period.start,
                ),
                fix=_("Give a later day, or none."),
            )
        )
    ready = parameters.model_copy(update={"company": name, model.names_period: period.name})
    return Request(
        report=path.stem,
        label=_(model.label),
        notebook=find_notebook(path),
        company=company,
        period=period,
        folder=folder,
        values=ready.model_dump(mode="json"),
    )


def read_settings(settings: Sequence[str]) -> dict[str, str]:
    """Take `name=value` texts apart.

    Raises
    ------
    ParameterError
        If a text has no name or no equals sign.

    Examples
    --------
    >>> read_settings(["quarter=2026Q3"])
    {'quarter': '2026Q3'}
    """
    pairs = [text.partition("=") for text in settings]
    wrong = [f"{name}{equals}" for name, equals, _value in pairs if not (equals and name.isidentifier())]
    if wrong:
        faults = [Fault(_("{text!r} sets nothing.", text=text), fix=_("Write --set name=value.")) for text in wrong]
        raise ParameterError(*faults)
    return {name: value for name, _equals, value in pairs}


def find_notebook(path: Path) -> Path:
    """The notebook of a parameters file: same stem, in the project of the file, of the current folder or of the kit.

    Raises
    ------
    ParameterError
        If there is none; it says where it was looked for.
    """
    name = f"{path.stem}.ipynb"
    places = [path.absolute().parent.parent, Path.cwd(), Path(salesops_lib.__file__).parents[1]]
    for place in places:
        if (place / "notebooks" / name).is_file():
            return place / "notebooks" / name
    raise ParameterError(
        Fault(
            _("there is no notebook {name}.", name=name),
            fix=_("It belongs into notebooks/, beside the folder of {file}.", file=path.name),
        )
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        there = [other.name for other in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise ParameterError(
            Fault(_("there is no such file."), file=str(path), fix=nearest(path.name, there))
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ParameterError(Fault(_("cannot be read."), file=str(path), fix=_("Give a YAML file in UTF-8."))) from None
    except yaml.YAMLError as error:
        raise ParameterError(
            Fault(
                _("this is not YAML: {problem}.", problem=_problem(error)),
                file=str(path),
                fix=_("Mend the indentation, quotes and colons."),
            )
        ) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ParameterError(
            Fault(_("holds no parameters."), file=str(path), fix=_("Write a line `name: value` for each."))
        )
    return {str(name): value for name, value in content.items()}


def _problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "unreadable"
    return _("line {line}, {problem}", line=mark.line + 1, problem=problem) if mark else str(problem)


def _settings(settings: Mapping[str, str], model: type[Parameters]) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults = []
    for name, text in settings.items():
        field = model.model_fields.get(name)
        if field is not None and field.annotation is str:
            # A text parameter stays as it was typed: YAML would read "2026" as a number and "no" as false.
            values[name] = text
            continue
        try:
            values[name] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            faults.append(Fault(_("--set {name}: this is not YAML: {problem}.", name=name, problem=_problem(error))))
    return values, faults


def _faults(error: ValidationError, model: type[Parameters], file: str, settings: Mapping[str, Any]) -> Iterator[Fault]:
    for item in error.errors(include_url=False):
        name = str(item["loc"][0])
        where = "--set" if name in settings else file
        if item["type"] == "extra_forbidden":
            yield Fault(_("unknown parameter {name!r}.", name=name), file=where, fix=nearest(name, model.model_fields))
        elif item["type"] == "missing":
            yield Fault(
                _("the parameter {name!r} is missing.", name=name),
                file=file,
                fix=_("Add it, or give --set {name}=value.", name=name),
            )
        else:
            message = item["msg"].removeprefix("Input should be ")
            yield Fault(
                _("the parameter {name!r} should be {what} (got {got!r}).", name=name, what=message, got=item["input"]),
                file=where,
            )


def _find_company(company: str, path: Path) -> tuple[Path, str]:
    """The folder that the name is relative to, and the name: no path of this machine enters the notebook."""
    name = Path(company)
    if name.is_absolute():
        return name.parent, name.name
    beside = path.absolute().parent
    for folder in (Path.cwd(), beside, *Path.cwd().parents, *beside.parents):
        if (folder / name).is_file():
            return folder, company
    raise CompanyError(
        Fault(
            _("there is no company file {name}.", name=company),
            fix=_(
                "It is looked for from the current folder, from that of {file}, and from those above.", file=path.name
            ),
        )
    )


def _relative(faults: Sequence[Fault], folder: Path) -> Iterator[Fault]:
    for fault in faults:
        file = fault.file and fault.file.removeprefix(f"{folder}/")
        yield replace(fault, file=file)


def _quarter(name: str, company: Company) -> Period:
    calendar = company.calendar
    if name == "last":
        until = company.source.data_until
        if until is None:
            raise ParameterError(
                Fault(
                    _("quarter: 'last' needs to know until when the data go."),
                    fix=_("Name the quarter, or set source: data_until: in the company file."),
                )
            )
        return calendar.last_complete("quarter", until)
    form = _("Write it as 2026Q3, or `last`.")
    try:
        period = calendar.period(name)
    except SalesOpsError:
        raise ParameterError(Fault(_("the quarter {name!r} is not a quarter.", name=name), fix=form)) from None
    if period.grain != "quarter":
        raise ParameterError(Fault(_("the quarter {name!r} is a {grain}.", name=name, grain=period.grain), fix=form))
    return period
