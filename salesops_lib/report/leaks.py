"""What does not leave this machine with a report: the secrets of a connection, folders, and who is at work here."""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import salesops_lib
from salesops_lib.company import Company, resolve_secrets
from salesops_lib.errors import CompanyError
from salesops_lib.language import gettext as _
from salesops_lib.report.failure import ReportFailed

if TYPE_CHECKING:
    from nbformat import NotebookNode

VARIABLE = re.compile(r"\$\{(\w+)\}")
# What is shorter stands in many a word, and is no secret that could be kept.
SHORTEST = 4
_PACKAGES = re.compile(r"(?<![\w.])(?:~|/)[^\n\"'<>()]*?/(?:site|dist)-packages/")
_ABSOLUTE = re.compile(r"(?<![\w.~:/<*?)-])(?:~?/(?:[^\s/\"'<>(){}\[\],;:|*?]+/)+)(?=[^\s/\"'<>(){}\[\],;:|*?])")
_NOBODY = ("root", "user")


@dataclass(frozen=True)
class Leaks:
    """What is taken out of the texts of a report: known for its company and the folder that it is run in."""

    company: Company
    folder: Path

    def without_places(self, text: str) -> str:
        """A published text without this machine's folders: paths start at the project, the package or the home."""
        if any(place in text for place in self._places):
            return self._place.sub(lambda found: self._shown(found[1], found[2]), text)
        return text

    def without_any(self, text: str) -> str:
        """A text of a log or an error: also without secrets, the user's name and the folders of other paths."""
        for secret, shown in self._secrets.items():
            text = text.replace(secret, shown)
        text = _ABSOLUTE.sub("", self.without_places(_PACKAGES.sub("", text)))
        user = _user()
        return re.sub(rf"(?<![\w]){re.escape(user)}(?![\w])", "user", text) if user else text

    def refuse_secret(self, name: str, content: bytes) -> None:
        """Refuse a file that tells a secret of the connection.

        Raises
        ------
        ReportFailed
            Naming the file, and the secret as the company file does.
        """
        text = content.decode("utf-8", "replace")
        told = next((shown for secret, shown in self._passwords.items() if secret in text), None)
        if told:
            raise ReportFailed(_("{file} would show the secret {name} of the connection.", file=name, name=told))

    def cleaned(self, executed: NotebookNode) -> NotebookNode:
        """The executed notebook, changed in place: its outputs are `without_places`."""
        for cell in executed.cells:
            for output in cell.get("outputs", []):
                for key in ("text", "data", "metadata"):
                    if key in output:
                        output[key] = self._without(output[key])
        return executed

    def _without(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.without_places(value)
        if isinstance(value, list):
            return [self._without(item) for item in value]
        if isinstance(value, Mapping):
            texts = {key: item if str(key).startswith("image/") else self._without(item) for key, item in value.items()}
            kind: Any = type(value)  # a notebook's own kind of mapping
            return kind(texts)
        return value

    def _shown(self, place: str, rest: str) -> str:
        shown = self._places[place]
        return f"{shown}{rest}" if shown or not rest else ""

    @cached_property
    def _places(self) -> dict[str, str]:
        """What is shown for each folder, the deepest first; nothing for those that paths may start in."""
        home = os.path.expanduser("~")
        known = {home: "~"}
        known |= {str(each): "" for each in (Path(sys.prefix), Path.cwd(), self.folder)}
        if not any(each in self.company.folder.parents for each in (Path.cwd(), self.folder)):
            known[str(self.company.folder)] = ""
        known |= {str(Path(salesops_lib.__file__).parents[1]): ""}
        known |= {sysconfig.get_path("stdlib"): "python", sysconfig.get_path("purelib"): ""}
        for place, shown in tuple(known.items()):
            known[os.path.realpath(place)] = shown
            # As IPython writes the paths of a traceback.
            known[re.sub(rf"^{re.escape(home)}/", "~/", place)] = shown
        # A folder that is the root itself, or none, says nothing.
        return {place: known[place] for place in sorted(known, key=len, reverse=True) if len(place) > len("/a")}

    @cached_property
    def _place(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, self._places))})(/|(?![\w.-]))")

    @cached_property
    def _secrets(self) -> dict[str, str]:
        """What is shown for each text that an address was filled with, the longest first."""
        connect = self.company.source.connect
        named = {name: os.environ.get(name, "") for name in VARIABLE.findall(connect)}
        found = {value: f"${{{name}}}" for name, value in named.items()} | self._passwords
        for value, shown in tuple(found.items()):
            forms = (quote(value, safe=""), quote(value), unquote(value), json.dumps(value)[1:-1], repr(value)[1:-1])
            found |= dict.fromkeys(forms, shown)
        return {each: found[each] for each in sorted(found, key=len, reverse=True) if len(each) >= SHORTEST}

    @cached_property
    def _passwords(self) -> dict[str, str]:
        """The parts of the address that are secrets by their place in it, and how the company file writes them."""
        connect = self.company.source.connect
        try:
            address = resolve_secrets(connect)
        except CompanyError:
            return {}
        named = {os.environ[name]: f"${{{name}}}" for name in VARIABLE.findall(connect)}
        return {each: named.get(each, "***") for each in _secret_parts(address) if len(each) >= SHORTEST}


def _secret_parts(address: str) -> Iterator[str]:
    """The password and what follows the question mark: tokens and other passwords."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    before, at, _host = parts.netloc.rpartition("@")
    password = before.partition(":")[2] if at else ""
    tokens = [value for _name, value in parse_qsl(parts.query) if len(value) >= 2 * SHORTEST]
    for secret in (password, *tokens):
        yield from dict.fromkeys((secret, unquote(secret)))


def _user() -> str:
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
    return "" if name in _NOBODY or len(name) < SHORTEST - 1 else name
