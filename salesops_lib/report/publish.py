"""Publishing: a report is in its folder whole, with a record of its success, or it is not there at all."""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _
from salesops_lib.report.manifest import MANIFEST, to_text

PREFIX = ".making-"
FORMER = ".former-"
COMPLETE = "complete"


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """A folder inside `out` for what is being made; gone afterwards, as are those that killed runs left behind.

    Folders that were made for it and stay empty are removed again: a run that fails writes nothing.
    """
    out = out.absolute()
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    with locked(out):
        _clean(out)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=out))
        # The system frees this lock however the run ends, so a folder without one belongs to nobody.
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        _take_away(folder)
        os.close(held)
        for empty in made:
            with suppress(OSError):
                empty.rmdir()


def _take_away(folder: Path) -> None:
    """Remove a folder; a process that was just ended may have written into it while it went."""
    for _again in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def clean(out: Path) -> None:
    """Take away what killed runs left behind in the folder of the reports, and put right what they left half-way."""
    if out.is_dir():
        with locked(out):
            _clean(out)


def publish(build: Path, out: Path, place: Path, record: Mapping[str, Any]) -> None:
    """Put a finished folder in its place; the former report stays until the moment the new one stands there.

    The folders of members inside the former report stay with the new one. Everything is on the disk before the step
    that shows it, so a power failure leaves the one report or the other. If that step cannot be made to last, it is
    taken back.

    Parameters
    ----------
    build : Path
        The folder with the report's files, on the same file system as `out`. It is moved.
    out : Path
        The folder of the reports.
    place : Path
        Where the report belongs in it, such as 2026Q3/quarterly_review.
    record : mapping
        What the manifest says besides the success and the hashes of the files; it is written last.

    Raises
    ------
    ParameterError
        If a report of another company stands there.
    OSError
        If the disk is full or fails. The former report is still in its place.
    """
    files = {path.name: _sha256(path) for path in sorted(build.iterdir())}
    for path in build.iterdir():
        _sync(path)
    put(build / MANIFEST, to_text({**record, "status": COMPLETE, "files": files}).encode())
    target = out / place
    with locked(out):  # nobody publishes a member while its folder moves
        refuse_other_company(target, str(record.get("company", "")), place)
        _make_folder(target.parent)
        for member in _members(target):
            shutil.copytree(member, build / member.name, copy_function=_link)
            _sync(build / member.name)
        _sync(build)
        _show(build, target)


def published(folder: Path) -> dict[str, Any] | None:
    """The record of the report in a folder; None unless every file of it is there as it was published."""
    try:
        record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = record["status"] == COMPLETE and bool(record["files"])
        return (
            record if whole and all(_sha256(folder / name) == told for name, told in record["files"].items()) else None
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def refuse_other_company(target: Path, company: str, place: Path) -> None:
    """Refuse to put a company's report in the place of another's.

    Raises
    ------
    ParameterError
        Naming both companies.
    """
    try:
        other = str(json.loads((target / MANIFEST).read_text(encoding="utf-8"))["company"])
    except (OSError, ValueError, LookupError, TypeError):
        return  # none, or none that can be read: it may be replaced
    if other != company:
        what = _("a report of {other} stands there, and this one is of {company}.", other=other, company=company)
        raise ParameterError(Fault(what, file=place.as_posix(), fix=_("Give a folder of its own with --out.")))


def put(path: Path, content: bytes) -> None:
    """Write a file of which nothing is shown yet, down to the disk."""
    _fill(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), content)


def write_whole(path: Path, text: str) -> None:
    """Write a single file so that a reader finds the former text or the new one, never a part."""
    if path.is_dir():
        raise ParameterError(Fault(_("is a folder."), file=str(path), fix=_("Name a file.")))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=path.parent)
    try:
        _fill(handle, text.encode())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    _sync(path.parent)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for the moment of a change; whoever else wants to change it waits that long."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _show(build: Path, target: Path) -> None:
    """The step that shows the report, and lasts; or else the former one is back."""
    there = target.exists()
    former = target.with_name(f"{FORMER}{target.name}")
    swapped = there and _exchange(build, target)
    if not swapped:
        if there:
            os.rename(target, former)
        try:
            os.rename(build, target)
        except BaseException:
            if there:
                os.rename(former, target)
            raise
    try:
        _sync(target.parent)
    except BaseException:
        if swapped:
            _exchange(build, target)
        else:
            os.rename(target, build)
            if there:
                os.rename(former, target)
        raise
    if there and not swapped:
        shutil.rmtree(former, ignore_errors=True)


def _make_folder(folder: Path) -> None:
    """A folder that lasts, with those that it stands in."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        _sync(each.parent)


def _clean(out: Path) -> None:
    for former in chain(out.glob(f"*/{FORMER}*"), out.glob(f"*/*/{FORMER}*")):
        target = former.with_name(former.name.removeprefix(FORMER))
        if target.exists():
            shutil.rmtree(former, ignore_errors=True)
        else:
            os.rename(former, target)  # killed between the two steps: the former report is still the good one
    for left in chain(out.glob(f"{PREFIX}*"), out.glob(f"*/{PREFIX}*")):
        if left.is_file():
            left.unlink(missing_ok=True)
        elif _is_nobodys(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_nobodys(folder: Path) -> bool:
    """Whether no run is at work in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def _members(target: Path) -> list[Path]:
    return [path.parent for path in target.glob(f"[!.]*/{MANIFEST}")]


def _link(source: str, target: str) -> str:
    """A second name for a file of a published report, which nobody changes; a copy where a disk has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
        _sync(Path(target))
    return target


def _fill(handle: int, content: bytes) -> None:
    """Write a file that is open, down to the disk, and close it."""
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(build: Path, target: Path) -> bool:
    """Swap two folders in one step; False where the system has no such call."""
    swap, here = 2, -100
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    return bool(rename(here, os.fsencode(build), here, os.fsencode(target), swap) == 0)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
