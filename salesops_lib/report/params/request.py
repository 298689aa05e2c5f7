"""A report that can be run: its parameters checked, its notebook and its company file found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import salesops_lib
from salesops_lib.company import Company, read_company, spoken_to
from salesops_lib.errors import CompanyError, Fault, ParameterError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.language import language_of
from salesops_lib.periods import Period, period_title
from salesops_lib.report.members import Member
from salesops_lib.report.params.models import MODELS
from salesops_lib.report.params.settings import faults_of, read_yaml, values_of


@dataclass(frozen=True)
class Request:
    """A report that can be run: every parameter is checked, every file was found.

    `member` is the one whose report it is, such as a rep; none for a report about all. `language` is that of the
    report, such as "de", if it is not the company's own. `chromium` is the browser that prints it as PDF, too; none for
    no PDF. `with_code` puts the cells' code on the page, for analysts. `inputs` are the hashes of what it is made from,
    for its record; none where they are not known.
    """

    report: str
    label: str
    notebook: Path
    company: Company
    period: Period
    folder: Path
    values: Mapping[str, Any]
    member: Member | None = None
    chromium: Path | None = None
    with_code: bool = False
    inputs: Mapping[str, str] | None = None
    language: str = ""

    @property
    def place(self) -> Path:
        """Where the report belongs in the folder of the reports."""
        kind = Path(self.period.name, f"{self.report}-{self.language}" if self.language else self.report)
        return kind / self.member.folder if self.member else kind

    @property
    def page(self) -> Path:
        """Where its page belongs."""
        return self.place / f"{self.report}.html"

    @property
    def name(self) -> str:
        """The report in one line, as it is asked for: its stem (and language), its period, and whose it is."""
        return " ".join([self.place.parts[1], self.period.name, *([self.member.label] if self.member else [])])

    def record(self) -> dict[str, Any]:
        """Which report it is, as a manifest and the record of a failure say it; member is "" for none."""
        return {
            "report": self.report,
            "label": self.label,
            "period": self.period.name,
            "member": self.member.record() if self.member else "",
            "company": self.company.name,
            "locale": self.company.locale,
        }

    @property
    def title(self) -> str:
        """What the report is called: its kind, period and member."""
        name = f"{_(self.label)} {period_title(self.period.name)}"
        return f"{name}, {self.member.label}" if self.member else name


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
    return request_of(path, read_yaml(path), settings or {}, where=path.name)


def request_of(path: Path, given: Mapping[str, Any], settings: Mapping[str, str], *, where: str) -> Request:
    """Check parameters against the model of a notebook.

    Parameters
    ----------
    path : Path
        The parameters file of the notebook's stem; files are looked for from its folder. It need not exist.
    given : mapping
        The parameters by name.
    settings : mapping
        Values that go before them, as text in YAML's notation.
    where : str
        Where the parameters stand, for what is said of their faults.

    Raises
    ------
    ParameterError, CompanyError
        As `read_request` does.
    """
    model = MODELS.get(path.stem)
    if model is None:
        raise ParameterError(Fault(_("there is no report {name!r}.", name=path.stem), fix=nearest(path.stem, MODELS)))
    values, faults = values_of(settings, model)
    try:
        parameters = model.model_validate({**given, **values})
    except ValidationError as error:
        raise ParameterError(*faults, *faults_of(error, list(model.model_fields), where, values)) from None
    if faults:
        raise ParameterError(*faults)
    folder, name = _find_company(parameters.company, path)
    try:
        company = read_company(folder / name)
    except CompanyError as error:
        raise CompanyError(*_relative(error.faults, folder)) from None
    period = parameters.period(company)
    if parameters.as_of and parameters.as_of < period.start and not model.looks_ahead:
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
    known = ready.model_dump(mode="json")
    if Path(known.get("published") or "").is_absolute():
        known["published"] = os.path.relpath(known["published"], folder)  # no path of this machine enters the notebook
    own = company.locale
    if parameters.locale:
        company = spoken_to(company, parameters.locale)
    if known.get("pseudonyms"):
        company = with_pseudonyms(company)
    elif "pseudonyms" in known:
        # What the company file asks for, a report cannot turn off.
        known["pseudonyms"] = company.privacy.pseudonyms
    return Request(
        report=path.stem,
        label=_(model.label),
        notebook=find_notebook(path),
        company=company,
        period=period,
        folder=folder,
        values=known,
        language="" if language_of(company.locale) == language_of(own) else language_of(company.locale),
    )


def with_pseudonyms(company: Company) -> Company:
    """The company with names replaced, whatever its file asks for."""
    privacy = company.privacy.model_copy(update={"pseudonyms": True})
    return company.model_copy(update={"privacy": privacy})


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
