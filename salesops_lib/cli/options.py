"""The options that several commands have, and how a day is read and a frame is printed."""

from __future__ import annotations

import os
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _

if TYPE_CHECKING:
    import pandas as pd


class Format(StrEnum):
    """How a frame is printed."""

    table = "table"
    csv = "csv"
    json = "json"


CompanyFile = Annotated[Path, typer.Option("--company", "-c", help=_("The company file."), metavar="COMPANY.yml")]
AsOf = Annotated[str | None, typer.Option(help=_("Read the data as they stood on this day."), metavar="YYYY-MM-DD")]
By = Annotated[list[str] | None, typer.Option(help=_("A dimension, such as team (repeatable)."), metavar="DIMENSION")]
FrameFormat = Annotated[Format, typer.Option("--format")]


def folder_to_fill(path: Path | None) -> Path | None:
    """A folder that can be written to; it is refused before the work that would be lost, not after it."""
    if path is not None:
        _check_writable(path.absolute(), path)
    return path


def file_to_write(path: Path | None) -> Path | None:
    """A file that can be written, in the same way."""
    if path is not None:
        if path.is_dir():
            raise ParameterError(Fault(_("this is a folder."), file=str(path), fix=_("Name a file in it.")))
        _check_writable(path.absolute().parent, path)
    return path


def _check_writable(folder: Path, asked: Path) -> None:
    there = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not (there.is_dir() and os.access(there, os.W_OK)):
        what = _("cannot be written: {folder} is no folder that you may write to.", folder=there)
        raise ParameterError(Fault(what, file=str(asked), fix=_("Give another place with --out.")))


OutFile = Annotated[
    Path | None, typer.Option(help=_("Write to this file instead."), metavar="FILE", callback=file_to_write)
]


def day(option: str, text: str) -> date:
    """The day that an option names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(
            Fault(_("{option}: {text!r} is not a day.", option=option, text=text), fix=_("Write it as 2026-09-30."))
        ) from None


def day_or_none(option: str, text: str | None) -> date | None:
    """The day that an option names, if it is given."""
    return day(option, text) if text else None


def print_frame(frame: pd.DataFrame, format_: Format, out: Path | None = None) -> None:
    """Print a frame, or write it to a file and print its path."""
    from salesops_lib.report.export import to_csv, to_json
    from salesops_lib.report.publish import write_whole
    from salesops_lib.report.terminal import print_table, say

    if format_ is Format.table and out is None:
        print_table(frame)
        return
    text = to_json(frame) if format_ is Format.json else to_csv(frame)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_whole(out, text)
        say(out)
