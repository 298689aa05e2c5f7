"""The making of one report from its request: run, tidied, rendered, written as files; nothing is published here."""

from __future__ import annotations

import contextlib
import copy
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat import NotebookNode

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import current_locale, locale_of, use_locale
from salesops_lib.language import gettext as _
from salesops_lib.report.crew import AT, BUILD, DONE, KERNEL
from salesops_lib.report.earlier import EARLIER, INPUTS, Earlier, read_earlier
from salesops_lib.report.failure import CellError, ReportFailed, cell_of, told
from salesops_lib.report.shell import Ended, run_cells

if TYPE_CHECKING:
    from salesops_lib.report.params import Request

HALF = "executed.pickle"
PARAMETERS, INJECTED = "parameters", "injected-parameters"

Say = Callable[[Any], None]


def make(say: Say, request: Request, scratch: Path, engine: str, here: Path, shelf: Path | None) -> dict[str, Any]:
    """Make the files of a report below `scratch` and give back its record.

    Parameters
    ----------
    say : callable
        Told where the run is: (AT, the cell that begins) and (DONE, cells done, cells in all).
    request : Request
        What was asked for.
    scratch : Path
        A folder for what is written; the files of the report go to its `build`.
    engine : str
        `kernel` for an ordinary one; else the cells are run in this very process.
    here : Path
        Where the run stands: the record names the revision of its repository.
    shelf : Path or None
        A folder in which the reports of a batch keep what they share.
    """
    if shelf:
        from salesops_lib.data.snapshot import SHELF  # with all that a book needs

        os.environ[SHELF] = str(shelf)
    earlier = read_earlier(request)
    return _written(request, scratch, run(say, request, scratch, engine), earlier, here)


def make_first_half(say: Say, request: Request, scratch: Path, engine: str) -> None:
    """Run the notebook alone; another process goes on from there with `make_second_half`."""
    earlier = read_earlier(request)
    (scratch / HALF).write_bytes(pickle.dumps((run(say, request, scratch, engine), earlier)))


def make_second_half(say: Say, request: Request, scratch: Path, here: Path) -> dict[str, Any]:
    """Make the files of a notebook that was run."""
    executed, earlier = pickle.loads((scratch / HALF).read_bytes())
    return _written(request, scratch, executed, earlier, here)


def run(say: Say, request: Request, scratch: Path, engine: str) -> NotebookNode:
    """Run the notebook of a request; it is given back with its outputs.

    Raises
    ------
    ParameterError, CompanyError, SourceError
        As a cell raised them.
    ReportFailed
        For everything else; its `log` holds the traceback.
    """
    notebook = _read(request.notebook)
    if engine == KERNEL:
        from salesops_lib.report.engine import execute as in_kernel

        def tell(done: int, total: int) -> None:
            say((DONE, done, total))
            if done < total:
                say((AT, cell_of(notebook, "", done)))

        return in_kernel(notebook, request.values, folder=request.folder, scratch=scratch, tell=tell)
    return execute(notebook, request.values, folder=request.folder, scratch=scratch, say=say)


def execute(
    notebook: NotebookNode, values: Mapping[str, Any], *, folder: Path, scratch: Path, say: Say = lambda what: None
) -> NotebookNode:
    """Run a notebook with these parameters in this very process, which is good for nothing else afterwards.

    As `engine.execute` does it with a kernel; what is said of the way goes to `say`.
    """
    ready = parameterised(notebook, values)
    places = [cell_of(notebook, cell.source, index) for index, cell in enumerate(ready.cells)]
    _stand_in(folder)
    ours = current_locale()
    try:
        run_cells(
            ready,
            scratch=scratch,
            begin=lambda index: say((AT, places[index])),
            done=lambda index, changed, failed: say((DONE, index + 1, len(places))),
        )
    except CellError as error:
        use_locale(ours)
        raise told(error, notebook) from error
    except Ended as error:
        raise ReportFailed(_("it ended the run."), cell=places[error.index]) from error
    finally:
        use_locale(ours)  # what a notebook speaks is for its page
    return ready


def _stand_in(folder: Path) -> None:
    """Work in a folder, and find modules in it, as a kernel does."""
    os.chdir(folder)
    sys.path.insert(0, "")


def parameterised(notebook: NotebookNode, values: Mapping[str, Any]) -> NotebookNode:
    """The notebook with the cell of parameters that Papermill would put behind the one tagged `parameters`.

    Papermill itself takes a quarter of a second to load.
    """
    ready: NotebookNode = nbformat.v4.upgrade(copy.deepcopy(notebook))
    for cell in ready.cells:
        cell.metadata.setdefault("tags", [])
    if not values:
        return ready
    lines = "".join(f"{name} = {_literal(value)}\n" for name, value in values.items())
    cell = nbformat.v4.new_code_cell(f"# Parameters\n{lines}", metadata={"tags": [INJECTED]})
    tags = [each.metadata.get("tags", []) for each in ready.cells]
    former = next((n for n, each in enumerate(tags) if INJECTED in each), None)
    place = next((n + 1 for n, each in enumerate(tags) if PARAMETERS in each), 0)
    if former is not None:
        ready.cells[former] = cell
    else:
        ready.cells.insert(place, cell)
    return ready


def _written(request: Request, scratch: Path, executed: NotebookNode, earlier: Earlier, here: Path) -> dict[str, Any]:
    """Write the files of a report whose notebook was run, and give back its record."""
    from salesops_lib.report.export import plain
    from salesops_lib.report.leaks import Leaks
    from salesops_lib.report.manifest import describe
    from salesops_lib.report.pdf import to_pdf

    leaks = Leaks(request.company, request.folder)
    executed = leaks.cleaned(executed)
    build = scratch / BUILD
    build.mkdir()
    for name, content in _files(request, executed):
        leaks.refuse_secret(name, content)
        (build / name).write_bytes(content)
    if request.chromium:
        page = (build / f"{request.report}.html").read_text(encoding="utf-8")
        printed = to_pdf(page, request.chromium, scratch, locale=request.company.locale)
        (build / f"{request.report}.pdf").write_bytes(printed)
    with contextlib.chdir(here):
        record = describe(request, executed)
    if request.inputs:
        record[INPUTS] = {**request.inputs, EARLIER: earlier.digest(record["as_of"])}
    return dict(plain(record))


def _files(request: Request, executed: NotebookNode) -> Iterator[tuple[str, bytes]]:
    from salesops_lib.report import lists, tables
    from salesops_lib.report.export import to_csv
    from salesops_lib.report.manifest import book_of, lists_of, without_lists
    from salesops_lib.report.render import render, tidy, to_json
    from salesops_lib.report.translate import translated

    company, tidied = request.company, tidy(without_lists(executed), dict(request.values))
    if company.privacy.pseudonyms:
        # The notebook's own defaults may name a rep; those that were given stand behind them.
        tidied.cells = [cell for cell in tidied.cells if "parameters" not in cell.metadata.get("tags", [])]
    with locale_of(company.locale):
        tidied = translated(tidied)
        title = f"{company.name}: {request.title}"
    page = render(
        tidied, title=title, locale=company.locale, brand=company.brand, folder=company.folder, code=request.with_code
    )
    yield f"{request.report}.html", page.encode()
    yield f"{request.report}.ipynb", to_json(tidied).encode()
    rejected = book_of(executed).get("quarantine")
    if rejected:
        import pandas as pd

        yield "quarantine.csv", to_csv(pd.DataFrame(rejected)).encode()
    with locale_of(company.locale):
        beside = [*lists.files_of(lists_of(executed)), *tables.files_of(executed)]
    yield from beside


def _literal(value: Any) -> str:
    """A value of JSON as Papermill writes it in Python."""
    if isinstance(value, str):
        text = value.encode("unicode_escape").decode().replace('"', r"\"")
        return f'"{text}"'
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_literal(str(key))}: {_literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, float) and value != value:
        return "float('nan')"
    if value in (float("inf"), float("-inf")):
        return f"float('{value}')"
    return str(value)


def _read(notebook: Path) -> NotebookNode:
    try:
        content: NotebookNode = nbformat.read(notebook, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError):
        fault = Fault(_("is not a notebook."), file=notebook.name, fix=_("Restore it from git."))
        raise ParameterError(fault) from None
    return content


def run_for_papermill(say: Say, notebook: NotebookNode, scratch: Path, folder: Path) -> None:
    """Run the cells of a notebook in a child; what each put out is said when it is done."""
    places = {id(cell): index for index, cell in enumerate(notebook.cells)}
    _stand_in(folder)
    last: list[Any] = []

    def done(index: int, changed: list[NotebookNode], failed: bool) -> None:
        told = [(places[id(cell)], cell.execution_count, cell.outputs) for cell in changed]
        last[:] = [index, told]
        if not failed:
            say((DONE, index, told))

    try:
        run_cells(notebook, scratch=scratch, begin=lambda index: say((AT, index)), done=done)
    except (CellError, Ended) as error:
        say((DONE, *last, True, isinstance(error, Ended)))
