"""A notebook that Papermill has run in a forked child: what the child says is told to Papermill, cell by cell."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from multiprocessing.connection import wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager

from salesops_lib.language import gettext as _
from salesops_lib.report import nursery
from salesops_lib.report.crew import AT, LOOK
from salesops_lib.report.nursery import SHELL, Child, Nursery, result
from salesops_lib.report.processes import died, end
from salesops_lib.report.shell import LANGUAGE

INLINE = "module://matplotlib_inline.backend_inline"


class NotebookDied(RuntimeError):
    """A notebook that did not come to its end, though no cell raised an error."""


class Following(Engine):  # type: ignore[misc]
    """Runs the cells in a child forked from a process in which IPython is loaded, and gives Papermill their outputs.

    Notebooks of another language than Python, and machines without a safe fork, get Papermill's own engine.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        execution_timeout: float | None = None,
        **more: Any,
    ) -> None:
        """Run the cells; each is told to Papermill when it begins and when it is done.

        Raises
        ------
        NotebookDied
            If the process died, took too long or ended itself, also with `sys.exit(0)`.
        """
        listener = SimpleNamespace(
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
            log=logging.getLogger("papermill"),
        )
        if not nursery.FORKS or cls.nb_language(nb_man.nb) != "python":
            NBClientEngine.execute_managed_notebook(
                nb_man,
                kernel_name,
                log_output=log_output,
                stdout_file=stdout_file,
                stderr_file=stderr_file,
                execution_timeout=execution_timeout,
                **more,
            )
            return
        nb_man.nb.metadata["language_info"] = LANGUAGE
        backend = {"MPLBACKEND": os.environ.get("MPLBACKEND", INLINE)}
        with tempfile.TemporaryDirectory(prefix="salesops-") as folder, Nursery(backend) as forks:
            forks.load(SHELL)
            child = forks.fork(
                Path(folder), "salesops_lib.report.making:run_for_papermill", nb_man.nb, Path(folder), Path.cwd()
            )
            _Follower(nb_man, listener, execution_timeout).follow(child)


class _Follower:
    """Tells Papermill what a child says, cell by cell."""

    def __init__(self, nb_man: NotebookExecutionManager, listener: Any, timeout: float | None) -> None:
        self._managed, self._listener, self._timeout = nb_man, listener, timeout
        self._cell: int | None = None
        self._since = time.monotonic()

    def follow(self, child: Child) -> None:
        """Hear the child to its end."""
        while True:
            heard = wait([child.says, child.ends], LOOK)
            if child.says in heard:
                try:
                    self._hear(*child.says.recv())
                    continue
                except EOFError:
                    wait([child.ends])
            if child.ends in heard or child.ends.poll():
                code = child.ends.recv()
                if code or self._cell is not None:
                    raise self._stopped(died(code))
                result(child.scratch)
                return
            if self._timeout and self._cell is not None and time.monotonic() - self._since > self._timeout:
                end(child)
                raise self._stopped(_("it took longer than {seconds:g} s.", seconds=self._timeout))

    def _hear(self, what: str, index: int, changed: Any = (), failed: bool = False, ended: bool = False) -> None:
        cells = self._managed.nb.cells
        if what == AT:
            self._cell, self._since = index, time.monotonic()
            self._managed.cell_start(cells[index], index)
            return
        for place, count, outputs in changed:
            cells[place].execution_count, cells[place].outputs = count, outputs
        for output in cells[index].get("outputs", []):
            PapermillNotebookClient.log_output_message(self._listener, output)
        if ended:
            raise self._stopped(_("it ended the run."))
        if failed:
            self._managed.cell_exception(cells[index], cell_index=index)
        self._managed.cell_complete(cells[index], cell_index=index)
        self._cell = None

    def _stopped(self, cause: str) -> NotebookDied:
        index = self._cell or 0
        cell = self._managed.nb.cells[index]
        self._managed.cell_exception(cell, cell_index=index)
        self._managed.cell_complete(cell, cell_index=index)
        return NotebookDied(f"{_('cell {n}', n=index + 1)}: {cause}")
