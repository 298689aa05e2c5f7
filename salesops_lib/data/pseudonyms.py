"""Pseudonyms: what a person is called in place of a name, and the key file that knows who is who."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salesops_lib.company import Company
from salesops_lib.errors import CompanyError, Fault

if sys.platform != "win32":
    import fcntl

REP, MANAGER = "Rep", "Manager"
# No vowels, so that no word comes about by accident; of what is taken for another (0 O, 1 I L, 5 S, 8 B) neither.
ALPHABET = "234679CDFGHJKMNPQRTVWX"
LENGTH = 4
ABOUT = "Who is who. Whoever has this file can name the people in the reports. If it is lost, new pseudonyms arise."
_PSEUDONYM = re.compile(rf"({REP}|{MANAGER}) ([{ALPHABET}]{{{LENGTH},}})")
_SECRET = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Person:
    """One person in one role: what is shown, the real id, and the real name (None: there is no other than the id)."""

    pseudonym: str
    id: str
    name: str | None = None


@dataclass(frozen=True)
class Key:
    """The secret that pseudonyms are made with, and who is who so far; `path` is where both are kept."""

    path: Path
    secret: str = field(repr=False)
    people: tuple[Person, ...] = field(default=(), repr=False)

    def with_people(self, people: Collection[tuple[str, str, str | None]]) -> Key:
        """The key with these people (role, id, name), too: who is known keeps the pseudonym, also when renamed."""
        codes = {person.id: _PSEUDONYM.sub(r"\2", person.pseudonym) for person in self.people}
        taken = set(codes.values())
        # By the whole code and not as they come: the order of rows makes no difference.
        for whole, id_ in sorted(
            (code_of(self.secret, id_), id_) for id_ in {id_ for _, id_, _ in people} - set(codes)
        ):
            codes[id_] = next(whole[:n] for n in range(LENGTH, len(whole) + 1) if whole[:n] not in taken)
            taken.add(codes[id_])
        listed = {person.pseudonym: person for person in self.people}
        for role, id_, name in people:
            shown = f"{role} {codes[id_]}"
            former = listed[shown].name if shown in listed else None
            listed[shown] = Person(shown, id_, name or former)
        return Key(self.path, self.secret, tuple(sorted(listed.values(), key=lambda each: (each.pseudonym, each.id))))

    def shown(self, role: str) -> Mapping[str, str]:
        """The pseudonym of everyone in a role, by the real id."""
        return {person.id: person.pseudonym for person in self.people if person.pseudonym.startswith(f"{role} ")}


def code_of(secret: str, id_: str) -> str:
    """The whole code of an id, of which a pseudonym shows the first characters.

    Examples
    --------
    >>> code_of("00" * 32, "R-001") == code_of("00" * 32, "R-001"), code_of("00" * 32, "R-001")[:4].isalnum()
    (True, True)
    """
    number = int.from_bytes(hmac.digest(bytes.fromhex(secret), id_.encode(), "sha256"), "big")
    code = ""
    for _ in range(48):
        number, place = divmod(number, len(ALPHABET))
        code += ALPHABET[place]
    return code


def key_file(company: Company) -> Path:
    """Where a company's key file is: beside the company file, or where `privacy: key` says."""
    default = f"{Path(company.file).stem}.pseudonyms.json"
    return (company.folder / (company.privacy.key or default)).resolve()


def refuse_key_in(company: Company, folder: Path) -> None:
    """Refuse a key file that lies inside a folder that others read, such as that of the reports.

    Raises
    ------
    CompanyError
        Naming the key.
    """
    if company.privacy.pseudonyms and key_file(company).is_relative_to(folder.resolve()):
        what = f"the key file would lie in {folder.name}, beside the reports whose names it keeps."
        raise CompanyError(Fault(what, key="privacy.key", fix="Name a file outside of that folder."))


def open_key(company: Company) -> Key:
    """The company's key; the first use makes the file.

    Raises
    ------
    CompanyError
        If it cannot be read or made, or is not what was written.
    """
    path = key_file(company)
    with _mendable(company), _alone(path.parent):
        if path.exists():
            return _read(path, company)
        key = Key(path, secrets.token_hex(32))
        _write(key)
        return key


def register(company: Company, people: Collection[tuple[str, str, str | None]]) -> Key:
    """The company's key with these people (role, id, name) in it and in its file.

    Raises
    ------
    CompanyError
        If the file cannot be read or written, or is not what was written.
    """
    path = key_file(company)
    with _mendable(company), _alone(path.parent):
        # Read again: another run may have added people since.
        before = _read(path, company)
        key = before.with_people(people)
        if key != before:
            _write(key)
        return key


def _shown(company: Company) -> str:
    return company.privacy.key or key_file(company).name


def _read(path: Path, company: Company) -> Key:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        key = Key(path, content["secret"], tuple(Person(**person) for person in content["people"]))
        sound = bool(_SECRET.fullmatch(key.secret)) and _belongs(key)
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        fix = (
            "Put back a copy of it; without one, move it away: new pseudonyms arise then, and old reports keep theirs."
        )
        raise CompanyError(Fault("is damaged or no key file.", file=_shown(company), key="privacy.key", fix=fix))
    return key


def _belongs(key: Key) -> bool:
    """Whether every line is what the secret makes of the id, so that no edit gives a pseudonym to someone else."""
    ids: dict[str, str] = {}
    for person in key.people:
        match = _PSEUDONYM.fullmatch(person.pseudonym)
        if not match or not code_of(key.secret, person.id).startswith(match[2]):
            return False
        if not isinstance(person.name, str | None) or ids.setdefault(match[2], person.id) != person.id:
            return False
    return True


def _write(key: Key) -> None:
    """Write the file so that a reader finds the former one or the new one, and nobody but the owner reads it."""
    people: list[dict[str, Any]] = [{"pseudonym": p.pseudonym, "id": p.id, "name": p.name} for p in key.people]
    lines = ",\n".join(f"  {json.dumps(person, ensure_ascii=False)}" for person in people)
    listed = f"[\n{lines}\n ]" if people else "[]"
    text = f'{{\n "about": {json.dumps(ABOUT)},\n "secret": {json.dumps(key.secret)},\n "people": {listed}\n}}\n'
    handle, name = tempfile.mkstemp(prefix=f".{key.path.name}.", dir=key.path.parent)  # of mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, key.path)
    except BaseException:
        os.unlink(name)
        raise


@contextlib.contextmanager
def _mendable(company: Company) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"cannot be read or written ({error.strerror})."
        fix = "Mend its folder and its rights, or name another place."
        raise CompanyError(Fault(what, file=_shown(company), key="privacy.key", fix=fix)) from None


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One run at a time, so that two that begin together share one secret."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network drives know no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
