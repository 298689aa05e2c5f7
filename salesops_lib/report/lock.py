"""One batch at a time in a folder of reports: who is at work there, since when, and how to get past it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from salesops_lib.errors import Fault, SalesOpsError
from salesops_lib.language import gettext as _

LOCK = ".batch.lock"
_held: set[int] = set()


class Busy(SalesOpsError):
    """Another batch is at work in the folder of the reports; nothing was begun."""


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Hold a folder of reports for a batch; it is made if it is not there, and taken away again if it stays empty.

    The system itself gives the folder free when the process ends, however it ends: a lock is never stale, and what a
    killed batch left in the file is overwritten by the next. A single report asks for no lock: what it publishes, it
    publishes in one step, whoever else is at work.

    Raises
    ------
    Busy
        Naming the process that is at work, and its start.
    """
    shown, out = str(out), out.absolute()
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Busy(Fault(_("is not a folder."), file=shown, fix=_("Give a folder with --out."))) from None
    handle = _taken(out, shown)
    _held.add(handle)
    try:
        yield
    finally:
        if handle in _held:  # a forked child has let go of it already
            with suppress(OSError):
                (out / LOCK).unlink()  # while it is held: who waits with the file open finds that it is gone
            _held.discard(handle)
            os.close(handle)
            for empty in made:
                with suppress(OSError):
                    empty.rmdir()


def _taken(out: Path, shown: str) -> int:
    path = out / LOCK
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = _told(handle)
            os.close(handle)
            raise Busy(Fault(told, file=shown, fix=_way_out())) from None
        except BaseException:
            os.close(handle)
            raise
        # The one that held it may have taken the file away between the two steps: then this is no lock.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                break
        os.close(handle)
    start = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "start": start}).encode(), 0)
    return handle


def _told(handle: int) -> str:
    try:
        told = json.loads(os.pread(handle, 1000, 0))
        pid, host, start = int(told["pid"]), str(told["host"]), str(told["start"])
    except (OSError, ValueError, KeyError, TypeError):
        return _("another batch has just begun in this folder.")
    if host == socket.gethostname():
        return _("another batch is at work in this folder: process {pid}, since {start}.", pid=pid, start=start)
    return _(
        "another batch is at work in this folder: process {pid} of {host}, since {start}.",
        pid=pid,
        host=host,
        start=start,
    )


def _way_out() -> str:
    return _("Wait for its end, end that process, or give another folder with --out.")


def _let_go() -> None:
    """A forked child lives on when its parent is killed: it must not hold the folder."""
    for handle in _held:
        with suppress(OSError):
            os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)
