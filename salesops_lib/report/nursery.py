"""The process that reports are forked from: everything is loaded in it, nothing is open, and no thread runs in it."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import faulthandler
import gc
import importlib
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import reduction
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from salesops_lib.errors import SalesOpsError
from salesops_lib.report.failure import ReportFailed, one_line

FORKS = sys.platform == "linux"
# What a notebook's cells are run with.
SHELL = ("salesops_lib.report.making",)
# What makes a page of them: modules, and of one a function that has it ready for use.
PAGE = (
    "salesops_lib.report.render:rehearse",
    "pandas",
    *(f"salesops_lib.report.{name}" for name in ("leaks", "lists", "pdf", "tables", "translate")),
)
# What the notebooks of the kit need.
KIT = (
    *SHELL,
    *PAGE,
    *("salesops_lib.show", "salesops_lib.analysis", "salesops_lib.data.snapshot"),
    # What they load late, so that an analyst does not wait for what one figure needs.
    *("great_tables", "ibis.backends.duckdb", "matplotlib.backends.backend_svg", "openpyxl", "seaborn"),
    "statsmodels.stats.proportion",
)
SETTLED = {
    "PYTHONHASHSEED": "0",  # sets in one order: the same inputs give the same bytes
    "MPLBACKEND": "agg",  # figures show what the notebook displays, nothing by themselves
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger's remark on frozen modules
    # One thread: reports run side by side, and sums come out the same on every machine.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
# What a module loads only because it is there. jsonschema's grammar of internationalised addresses takes a second, and
# no notebook's format asks for it; polars starts a thread, and only a process without any can be forked safely.
SPARED = {"salesops_lib.report.making": "rfc3987_syntax", "statsmodels.stats.proportion": "polars"}
LOG, RESULT = "child.log", "result.pickle"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
# Started with the paths of whoever starts it: it shall not find another copy of the kit.
_START = "import sys; sys.path[:] = sys.argv[3:]; from salesops_lib.report.nursery import main; main()"
_NOW, _LATER, _FORK = "now", "later", "fork"


@dataclass(frozen=True)
class Child:
    """A forked child as its parent sees it: what it says, how it ends, and where it leaves what it made."""

    pid: int
    says: Connection
    ends: Connection
    scratch: Path


class Nursery:
    """Starts the process and has children forked from it.

    Parameters
    ----------
    environment : mapping
        Its environment variables besides those of this process.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        ours, theirs = Pipe()
        self._line = ours
        with theirs:
            os.set_inheritable(theirs.fileno(), True)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), str(os.getpid()), *sys.path],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                close_fds=True,
                pass_fds=[theirs.fileno()],
            )

    def load(self, names: Sequence[str], *, later: bool = False) -> None:
        """Have modules loaded, and functions of them called (module:name), before the next child.

        Or `later`: one by one, whenever it has nothing else to do.
        """
        with contextlib.suppress(OSError):  # whoever asks for a child is told that it is gone
            self._line.send((_LATER if later else _NOW, tuple(names)))

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def lives(self) -> bool:
        """Whether it can still fork."""
        return self._process.poll() is None

    def fork(self, scratch: Path, work: str, *args: Any) -> Child:
        """Have a child do some work, `work(say, *args)`; it is named as module:name, so that nobody loads it here.

        What it returns, or the exception it ends with, is found by `result`.
        """
        says, tells = Pipe(duplex=False)
        ends, reports = Pipe(duplex=False)
        with tells, reports:
            self._line.send((_FORK, pickle.dumps((scratch, work, args))))
            for handle in (tells, reports):
                reduction.send_handle(self._line, handle.fileno(), self._process.pid)
        return Child(ends.recv(), says, ends, scratch)

    def close(self) -> None:
        """End it; the children that are left end with it."""
        self._line.close()
        self._process.kill()
        self._process.wait()


def result(scratch: Path) -> Any:
    """What a child's work returned.

    Raises
    ------
    Exception
        The one that the work ended with.
    """
    good, value = pickle.loads((scratch / RESULT).read_bytes())
    if good:
        return value
    raise value


def main() -> None:
    """Load and fork until nobody asks any more."""
    handle, parent = map(int, sys.argv[1:3])
    line = Connection(handle)
    os.set_inheritable(handle, False)
    _die_with(parent)
    # Ctrl-C reaches every process of a terminal: the parent decides what becomes of them.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _pass_over)
    with contextlib.suppress(EOFError, ConnectionError):
        _serve(line)


def threads() -> int:
    """How many threads this process has, those of libraries in C included."""
    return len(os.listdir("/proc/self/task"))


def _serve(line: Connection) -> None:
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, _pass_over)
    children: dict[int, Connection] = {}
    later: list[str] = []
    while True:
        ready, _, _ = select.select([line.fileno(), woken], [], [], 0 if later else None)
        if not ready:
            _load([later.pop(0)])
        if woken in ready:
            os.read(woken, 4096)
            _reap(children)
        if line.fileno() in ready:
            asked, what = line.recv()
            if asked == _NOW:
                _load(what)
            elif asked == _LATER:
                later += what
            else:
                _fork(line, what, children, (woken, wakes))


def _fork(line: Connection, work: bytes, children: dict[int, Connection], more: Sequence[int]) -> None:
    says, ends = (reduction.recv_handle(line) for _ in range(2))
    here = os.getpid()
    pid = os.fork()
    if pid:
        os.close(says)
        os.set_inheritable(ends, False)
        children[pid] = Connection(ends, readable=False)
        with contextlib.suppress(OSError):
            children[pid].send(pid)
        return
    signal.set_wakeup_fd(-1)
    for handle in (line.fileno(), ends, *more, *(each.fileno() for each in children.values())):
        os.close(handle)
    os.set_inheritable(says, False)
    _live(Connection(says, readable=False), work, here)


def _reap(children: dict[int, Connection]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with contextlib.suppress(OSError), children.pop(pid) as told:
            told.send(os.waitstatus_to_exitcode(status))


def _live(line: Connection, work: bytes, parent: int) -> None:
    """The whole life of a child: it works, leaves its result, and ends without a way back."""
    code = 1
    try:
        _die_with(parent)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        scratch, name, args = pickle.loads(work)
        _settle(scratch)
        try:
            module, _colon, function = name.partition(":")
            left = True, getattr(lean_import(module), function)(line.send, *args)
        except Exception as error:
            left = False, _portable(error)
        unfinished = scratch / f"{RESULT}.part"
        unfinished.write_bytes(pickle.dumps(left))
        unfinished.rename(scratch / RESULT)
        atexit._run_exitfuncs()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(Exception):
                stream.flush()  # type: ignore[union-attr]
        os._exit(code)


def _settle(scratch: Path) -> None:
    """Make a process of its own of the copy: its log, its temporary files, its random numbers."""
    handle = os.open(scratch / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    faulthandler.enable(file=handle)
    # Asked for by whoever is about to end it: the log then says where it was.
    faulthandler.register(signal.SIGUSR1, file=handle)
    temporary = scratch / "tmp"
    temporary.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = str(temporary)
    tempfile.tempdir = None
    numpy = sys.modules.get("numpy")
    if numpy:
        numpy.random.seed()


def _load(names: Iterable[str]) -> None:
    for name in names:
        module, _colon, function = name.partition(":")
        loaded = lean_import(module)
        if function:
            getattr(loaded, function)()
    duckdb = sys.modules.get("duckdb")
    if duckdb:
        duckdb.close()  # its import opens a connection, with threads
    gc.collect()
    gc.freeze()  # what is loaded is not looked through again by each child, and stays shared with them


def lean_import(name: str) -> Any:
    """Import a module without what it would load only because it is there."""
    spared = SPARED.get(name, "")
    if not spared or spared in sys.modules:
        return importlib.import_module(name)
    sys.modules[spared] = None  # type: ignore[assignment]
    try:
        return importlib.import_module(name)
    finally:
        del sys.modules[spared]


def _portable(error: Exception) -> Exception:
    """The exception as it can be sent; one that nobody foresaw is a failed report, with its traceback."""
    with contextlib.suppress(Exception):
        if isinstance(error, SalesOpsError):
            back: Exception = pickle.loads(pickle.dumps(error))
            back.args = error.args  # an error that words its text itself has been told the whole text
            return back
    log = "".join(traceback.format_exception(error))
    return ReportFailed(one_line(f"{type(error).__name__}: {error}"), log=log)


def _die_with(parent: int) -> None:
    """End with the parent, however that ends; it may have ended before it could be asked for."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _pass_over(_number: int, _frame: object) -> None:
    return None
