"""The commands that share reports: a quarter as a ZIP, a report as a mail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesops_lib.cli.options import CompanyFile
from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _

if TYPE_CHECKING:
    from salesops_lib.report.records import Published

Out = Annotated[Path, typer.Option(help=_("The folder of the reports."))]


def zip_(
    quarter: Annotated[str, typer.Argument(metavar="QUARTER")],
    out: Out = Path("reports"),
) -> None:
    """Zip a quarter."""
    from salesops_lib.report.quarter_zip import zip_quarter
    from salesops_lib.report.terminal import say, waiting

    with waiting(_("Zipping the quarter")):
        path = zip_quarter(quarter, out)
    say(path)


def send(
    reports: Annotated[list[Path], typer.Argument(metavar="REPORT...")],
    company: CompanyFile,
    to: Annotated[list[str], typer.Option(help=_("A recipient (repeatable)."), metavar="ADDRESS")],
    out: Out = Path("reports"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Say what would be sent, and send nothing."))] = False,
) -> None:
    """Send reports."""
    from salesops_lib.company import read_company
    from salesops_lib.report.mail import described, letter, open_postbox
    from salesops_lib.report.mail import send as post
    from salesops_lib.report.terminal import tell, waiting

    found = [_found(path, out) for path in reports]
    box = open_postbox(read_company(company), to)
    letters = [letter(report, root, box) for report, root in found]
    if dry_run:
        tell("\n\n".join(described(each, box) for each in letters))
        return
    with waiting(_("Sending")):
        for sent in post(letters, box):
            tell(_("sent to {to}: {subject}", to=sent["To"], subject=sent["Subject"]))


def _found(path: Path, out: Path) -> tuple[Published, Path]:
    """The report that a path names, its page or its folder, also within the folder of reports; and that folder."""
    from salesops_lib.report.records import read_published

    for place in (path, out / path):
        folder = (place.parent if place.is_file() else place).absolute()
        for root in folder.parents[1:3]:
            try:
                return read_published(folder, root), root
            except (OSError, ValueError, TypeError, KeyError, AttributeError):
                continue
    fix = _("Name its page or its folder, such as 2026Q3/quarterly_review.")
    raise ParameterError(Fault(_("is no published report."), file=str(path), fix=fix))
