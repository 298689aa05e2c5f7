"""What a user gives: a YAML file, settings of the command line, and every fault in them told with its way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from salesops_lib.errors import Fault, ParameterError, nearest
from salesops_lib.language import gettext as _
from salesops_lib.yaml_text import load

REPORTS = "reports"
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def is_batch(path: Path) -> bool:
    """Whether a parameters file lists reports; what cannot be read is none, and its run says why."""
    try:
        return REPORTS in read_yaml(path)
    except ParameterError:
        return False


def read_yaml(path: Path) -> dict[str, Any]:
    """The content of a parameters file.

    Raises
    ------
    ParameterError
        If there is no such file, or it is no YAML with a name for each value.
    """
    try:
        content = load(path.read_text(encoding="utf-8-sig"))
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
    wrong = [f"{name}{equals}" for name, equals, _value in pairs if not (equals and _NAME.fullmatch(name))]
    if wrong:
        faults = [Fault(_("{text!r} sets nothing.", text=text), fix=_("Write --set name=value.")) for text in wrong]
        raise ParameterError(*faults)
    return {name: value for name, _equals, value in pairs}


def values_of(settings: Mapping[str, str], model: type[BaseModel]) -> tuple[dict[str, Any], list[Fault]]:
    """The values of settings, as the model of a notebook takes them, and what is wrong with them."""
    values: dict[str, Any] = {}
    faults = []
    for name, text in settings.items():
        field = model.model_fields.get(name)
        if field is not None and field.annotation is str:
            # A text parameter stays as it was typed: YAML would read "2026" as a number and "no" as false.
            values[name] = text
            continue
        try:
            values[name] = load(text)
        except yaml.YAMLError as error:
            faults.append(Fault(_("--set {name}: this is not YAML: {problem}.", name=name, problem=_problem(error))))
    return values, faults


def faults_of(error: ValidationError, known: Sequence[str], file: str, settings: Mapping[str, Any]) -> Iterator[Fault]:
    """What a model found wrong, each with where it stands: in the file or among the settings."""
    for item in error.errors(include_url=False):
        name = str(item["loc"][0])
        where = "--set" if name in settings else file
        if item["type"] == "extra_forbidden":
            yield Fault(_("unknown parameter {name!r}.", name=name), file=where, fix=nearest(name, known))
        elif item["type"] == "missing":
            yield Fault(
                _("the parameter {name!r} is missing.", name=name),
                file=file,
                fix=_("Add it, or give --set {name}=value.", name=name),
            )
        elif item["type"] == "value_error":
            yield Fault(str(item["ctx"]["error"]), file=where)
        else:
            message = item["msg"].removeprefix("Input should be ")
            yield Fault(
                _("the parameter {name!r} should be {what} (got {got!r}).", name=name, what=message, got=item["input"]),
                file=where,
            )


def _problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "unreadable"
    return _("line {line}, {problem}", line=mark.line + 1, problem=problem) if mark else str(problem)
