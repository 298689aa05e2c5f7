"""Publishing: a report is in its folder whole, with a record of its success, or it is not there at all."""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
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


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """A folder inside `out` for what is being made; gone afterwards, as are those that killed runs left behind.

    Folders that were made for it and stay empty are removed again: a run that fails writes nothing.
    """
    out = out.absolute()
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    with _locked(out):
        _clean(out)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=out))
        # The system frees this lock however the run ends, so a folder without one belongs to nobody.
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)
        for empty in made:
            with suppress(OSError):
                empty.rmdir()


def publish(build: Path, out: Path, place: Path, record: Mapping[str, Any]) -> None:
    """Put a finished folder in its place; the former report stays until the moment the new one stands there.

    The folders of members inside the former report stay with the new one.

    Parameters
    ----------
    build : Path
        The folder with the report's files, on the same file system as `out`. It is moved.
    out : Path
        The folder of the reports.
    place : Path
        Where the report belongs in it, such as 2026Q3/quarterly_review.
    record : mapping
        What the manifest says besides the hashes of the files; it is written last.
    """
    files = {path.name: _sha256(path) for path in sorted(build.iterdir())}
    (build / MANIFEST).write_text(to_text({**record, "files": files}), encoding="utf-8")
    target = out / place
    with _locked(out):  # nobody publishes a member while its folder moves
        target.parent.mkdir(parents=True, exist_ok=True)
        for member in _members(target):
            shutil.copytree(member, build / member.name, copy_function=_link)
        for path in (*build.iterdir(), build):
            _sync(path)
        if not target.exists():
            os.rename(build, target)
        elif not _exchange(build, target):
            former = target.with_name(f"{FORMER}{target.name}")
            os.rename(target, former)
            os.rename(build, target)
            shutil.rmtree(former, ignore_errors=True)
        _sync(target.parent)


def write_whole(path: Path, text: str) -> None:
    """Write a single file so that a reader finds the former text or the new one, never a part."""
    if path.is_dir():
        raise ParameterError(Fault(_("is a folder."), file=str(path), fix=_("Name a file.")))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _clean(out: Path) -> None:
    for former in chain(out.glob(f"*/{FORMER}*"), out.glob(f"*/*/{FORMER}*")):
        target = former.with_name(former.name.removeprefix(FORMER))
        if target.exists():
            shutil.rmtree(former, ignore_errors=True)
        else:
            os.rename(former, target)  # killed between the two steps: the former report is still the good one
    for left in out.glob(f"{PREFIX}*"):
        if left.is_file():
            left.unlink(missing_ok=True)
            continue
        handle = os.open(left, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # another run is at work in it
        else:
            shutil.rmtree(left, ignore_errors=True)
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
    return target


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
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
