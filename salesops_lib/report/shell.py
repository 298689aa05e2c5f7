"""The cells of a report in an IPython shell of this very process, with the outputs that a kernel would have sent."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session
from nbformat import NotebookNode
from traitlets.config import Config

from salesops_lib.report.failure import CellError
from salesops_lib.report.outputs import Depths, Outputs, Stream

LANGUAGE = {
    "name": "python",
    "version": ".".join(map(str, sys.version_info[:3])),
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
SKIPPED, MAY_FAIL = "skip-execution", "raises-exception"

Done = Callable[[int, list[NotebookNode], bool], None]


class Ended(Exception):
    """A cell ended the run, as `sys.exit()` and `exit` do; `index` counts the cells that were run, from 0."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class _Told(Session):
    """A kernel's session whose messages go no further than to the outputs."""

    def __init__(self, outputs: Outputs) -> None:
        super().__init__(key=b"")
        self._outputs = outputs

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_args: Any, **_kwargs: Any) -> None:
        """Give an output its place."""
        if isinstance(msg_or_type, str):
            self._outputs.take(msg_or_type, content)
        else:
            self._outputs.take(msg_or_type["header"]["msg_type"], msg_or_type["content"])


def run_cells(
    notebook: NotebookNode, *, scratch: Path, begin: Callable[[int], None] = lambda index: None, done: Done
) -> None:
    """Run the cells of a notebook one after the other; their outputs are put into it.

    This process is a notebook's from then on: its streams, its `__main__` and its working place are.

    Parameters
    ----------
    notebook : NotebookNode
        It is changed.
    scratch : Path
        A folder for what IPython writes.
    begin, done : callable
        Called with the place of a cell before it is run; and afterwards with it, the cells whose outputs changed, and
        whether it went wrong.

    Raises
    ------
    CellError
        For the first cell that fails.
    Ended
        For a cell that ended the run.
    """
    outputs = Outputs()
    with _settled(outputs):
        depths, shell = Depths(outputs), _shell(outputs, scratch)
        notebook.metadata["language_info"] = LANGUAGE
        for index, cell in enumerate(notebook.cells):
            begin(index)
            if cell.cell_type != "code" or not cell.source.strip() or SKIPPED in cell.metadata.get("tags", []):
                done(index, [], False)
                continue
            outputs.begin(cell)
            try:
                _run(shell, cell, index, depths)
            except BaseException:
                done(index, outputs.changed, True)
                raise
            done(index, outputs.changed, False)


def _run(shell: ZMQInteractiveShell, cell: NotebookNode, index: int, depths: Depths) -> None:
    cell.execution_count = shell.execution_count
    result = shell.run_cell(cell.source, store_history=True)  # type: ignore[no-untyped-call]
    depths.gather()
    error = result.error_before_exec or result.error_in_exec
    if isinstance(error, SystemExit) or shell.exit_now:
        raise Ended(index)
    told = next((output for output in cell.outputs if output.output_type == "error"), None)
    if error is not None and MAY_FAIL not in cell.metadata.get("tags", []):
        # An error that displays nothing, as one of a magic may, is one nevertheless.
        name, value, lines = (
            (told.ename, told.evalue, told.traceback) if told else (type(error).__name__, str(error), [])
        )
        raise CellError(name, value, lines, cell.source, index)


def _shell(outputs: Outputs, scratch: Path) -> ZMQInteractiveShell:
    config = Config()
    config.HistoryManager.enabled = False  # it would open a database, with a thread that writes into it
    os.environ["IPYTHONDIR"] = str(scratch / "ipython")  # no start-up files of the user
    shell = ZMQInteractiveShell.instance(
        config=config, kernel=SimpleNamespace(eventloop=None), compiler_class=XCachingCompiler
    )
    session = _Told(outputs)
    parts: tuple[Any, ...] = (shell.displayhook, shell.display_pub)
    for part in parts:
        part.session = session
    # A window's event loop has nobody to show it to.
    shell.enable_gui = lambda gui=None: None  # type: ignore[method-assign]
    return shell


@contextmanager
def _settled(outputs: Outputs) -> Iterator[None]:
    """Python's own streams and questions, as they are for a notebook that nobody watches."""
    before = sys.stdout, sys.stderr, builtins.input
    sys.stdout, sys.stderr, builtins.input = Stream(outputs, 1), Stream(outputs, 2), _nobody_answers
    try:
        yield
    finally:
        sys.stdout, sys.stderr, builtins.input = before


def _nobody_answers(prompt: object = "", /) -> NoReturn:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")
