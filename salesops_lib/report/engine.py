"""The execution of a notebook by Papermill: quiet, in a given folder, told cell by cell, failing as what it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import papermill
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

from salesops_lib.language import gettext as _
from salesops_lib.report.failure import CellError, ReportFailed, Tell, cell_of, one_line, told
from salesops_lib.report.nursery import SETTLED

ENGINE = "salesops-kernel"


class ReportEngine(Engine):  # type: ignore[misc]
    """Papermill's way through a notebook, in a kernel of this very environment."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        folder: Path,
        scratch: Path,
        tell: Tell,
        **_kwargs: Any,
    ) -> None:
        """Run the cells in `folder`; what the kernel leaves behind goes to `scratch`."""
        total, complete = len(nb_man.nb.cells), nb_man.cell_complete

        def told(cell: NotebookNode, cell_index: int = 0, **more: Any) -> None:
            complete(cell, cell_index=cell_index, **more)
            tell(cell_index + 1, total)

        nb_man.cell_complete = told
        client = PapermillNotebookClient(
            nb_man,
            km=_manager(kernel_name, scratch),
            log=_silent(),
            timeout=None,
            startup_timeout=120,
            record_timing=False,
        )
        with (scratch / "kernel.log").open("wb") as log:
            client.execute(env=_environment(scratch), cwd=str(folder), stdout=log, stderr=log, cleanup_kc=True)


def execute(
    notebook: NotebookNode,
    values: Mapping[str, Any],
    *,
    folder: Path,
    scratch: Path,
    tell: Tell = lambda done, total: None,
) -> NotebookNode:
    """Run a notebook with these parameters and give it back with its outputs.

    Parameters
    ----------
    notebook : NotebookNode
        It is not changed.
    values : mapping
        The parameters: JSON values by name.
    folder : Path
        Where the kernel works: relative paths of the parameters start there.
    scratch : Path
        A folder for what the kernel writes on its way.
    tell : callable
        Called after each cell with how many are done and how many there are.

    Raises
    ------
    ParameterError, CompanyError, SourceError
        As the kernel raised them.
    ReportFailed
        For everything else; its `log` holds the traceback.
    """
    if ENGINE not in papermill_engines._engines:
        papermill_engines.register(ENGINE, ReportEngine)
    try:
        with _quiet():
            executed: NotebookNode = papermill.execute_notebook(
                notebook,
                None,
                parameters=dict(values),
                engine_name=ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                folder=folder,
                scratch=scratch,
                tell=tell,
            )
    except PapermillExecutionError as error:
        cell = CellError(error.ename, error.evalue, error.traceback, error.source, error.cell_index)
        raise told(cell, notebook) from error
    except (RuntimeError, TimeoutError, OSError) as error:
        raise ReportFailed(one_line(f"{type(error).__name__}: {error}"), log=_kernel_log(scratch)) from error
    for index, cell in enumerate(executed.cells):
        # Papermill takes sys.exit(0) in a cell for the end of the notebook.
        if cell.metadata.papermill.status != "completed":
            where = cell_of(notebook, cell.source, index)
            raise ReportFailed(_("it ended the run."), log=_kernel_log(scratch), cell=where)
    return executed


def _kernel_log(scratch: Path) -> str:
    log = scratch / "kernel.log"
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def _manager(kernel_name: str, scratch: Path) -> AsyncKernelManager:
    # Without kernel folders, only the interpreter that runs this is left: never another environment's python3.
    return AsyncKernelManager(
        kernel_name=kernel_name,
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(scratch / "kernel.json"),
    )


def _environment(scratch: Path) -> dict[str, str]:
    return {
        **os.environ,
        **SETTLED,
        "IPYTHONDIR": str(scratch / "ipython"),  # no start-up files of the user
    }


def _silent() -> logging.Logger:
    log = logging.getLogger("salesops.report")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return log


@contextmanager
def _quiet() -> Iterator[None]:
    log = logging.getLogger("papermill")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
