"""The same notebook gives the same outputs in a forked child and in an ordinary kernel."""

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from papermill.engines import NBClientEngine

from salesops_lib.data.demo import write_demo
from salesops_lib.report.crew import FORK, KERNEL, Crew
from salesops_lib.report.papermill_engine import ForkedEngine
from salesops_lib.report.params import MODELS, read_request
from salesops_lib.report.roster import Roster

ROOT = Path(__file__).parents[2]
# Cells as a text, each below a line that says how it is tagged.
CELLS = r"""
# %%
import sys
print('one')
print('two', file=sys.stderr)
print('three', end='')
print()
sys.stdout.isatty()
# %%
1 + 1
# %%
_ + In.index('1 + 1')
# %%
'not shown';
# %%

# %%
from IPython.display import HTML, JSON, Image, Latex, Markdown, Math, display, clear_output
display(HTML('<b>b</b>'), Markdown('*m*'), metadata={'text/html': {'isolated': True}})
display(JSON({'a': [1, None]}), Latex('$x$'), Math('y'))
display({'text/plain': 'raw', 'application/vnd.x+json': {'a': 1}}, raw=True)
# %%
shown = display('first', display_id=True)
display('second', display_id='mine')
display('third', display_id='mine')
# %%
from IPython.display import update_display
shown.update('changed')
update_display(HTML('<i>new</i>'), display_id='mine')
# %%
for i in range(3):
    clear_output(wait=True)
    print(i)
    display(i, display_id=f'd{i}')
# %%
print('gone')
display('gone')
clear_output()
print('stays')
clear_output(wait=True)
# %%
update_display('cleared away', display_id='d0')
print('so nothing changed')
# %%
%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1, 3, 2])
plt.title('t');
# %%
figure, ax = plt.subplots(figsize=(2, 1))
ax.bar(['a', 'b'], [1, 2])
plt.close(figure)
figure
# %%
display(Image(data=b'\x89PNG\r\n\x1a\n' + bytes(range(30)), format='png'))
# %%
import pandas as pd
pd.DataFrame({'a': [1.5, None], 'b': ['<x>', 'y' * 99]})
# %%
import subprocess, os, time
subprocess.run(['echo', 'by a command'])
os.write(1, b'past python\n')
time.sleep(1);  # a kernel looks at what is written past Python from time to time
# %%
!echo from the shell && echo wrong >&2
# %%
%%capture caught
print('caught')
# %%
caught.stdout
# %%
%%bash
echo of bash
# %%
import asyncio
await asyncio.sleep(0, 'awaited')
# %%
class Shows:
    def _repr_html_(self):
        return '<u>u</u>'
    def __repr__(self):
        return 'u'
Shows()
# %% raises-exception
class Bad:
    def __repr__(self):
        raise KeyError('bad')
print('before')
Bad()
# %% raises-exception
def f(n):
    return 1 / n
f(0)
# %% raises-exception
x = = 1
# %%
try:
    input('who? ')
except Exception as error:
    print(type(error).__name__, error)
# %% raises-exception
%no_such_magic
# %% skip-execution
never = 1
# %%
import threading
thread = threading.Thread(target=print, args=['of a thread'])
thread.start(); thread.join()
# %% raises-exception
class E(Exception): pass
try:
    1 / 0
except ZeroDivisionError as error:
    raise E('outer') from error
# %%
__name__, sorted({'b', 'a'}), __builtins__.len('ab'), quarter
# %%
get_ipython().user_ns['x'] = 5
%who int
# %%
for i in range(3000): print(i)
"""


def cells_of(text):
    """The cells of a text: each with its tags."""
    parts = re.split(r"^# %% ?(.*)\n", text.strip(), flags=re.MULTILINE)[1:]
    return [(source.rstrip("\n"), {"tags": tags.split()}) for tags, source in zip(parts[::2], parts[1::2], strict=True)]


def notebook(*cells):
    book = nbformat.v4.new_notebook()
    book.cells = [
        nbformat.v4.new_code_cell("quarter = None", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("# Title"),
        *(nbformat.v4.new_code_cell(source, metadata=metadata) for source, metadata in cells),
        nbformat.v4.new_raw_cell("raw"),
    ]
    book.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return book


def outputs(executed):
    """The outputs of each cell, without the process they came from.

    A kernel sends its streams in pieces, and has two of them, so between two displays only the text of each counts.
    """
    told = []
    for cell in executed.cells:
        found = [{}]
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                found[-1][output.name] = found[-1].get(output.name, "") + output.text
            else:
                found += [dict(output), {}]
        text = re.sub(r"/tmp/ipykernel_\d+/\d+\.py|<ipython-input-[^>]+>|0x[0-9a-f]+", "PLACE", repr(found))
        told.append((cell.cell_type, cell.source, cell.get("execution_count"), text))
    return told


def executed(tmp_path, engine):
    """The notebook after Papermill's own engine or the kit's; Papermill itself would end it at the planned errors."""
    book = notebook(*cells_of(CELLS))
    book.cells[0].source = "quarter = '2026Q3'"
    book.metadata.papermill = {}
    with contextlib.chdir(tmp_path):
        return engine.execute_notebook(book, "python3", progress_bar=False)


@pytest.mark.filterwarnings("ignore")  # Jupyter's client warns of its own event loop
def test_every_kind_of_output_is_the_same(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it a kernel does not look at what commands write
    ours, theirs = (executed(tmp_path, engine) for engine in (ForkedEngine, NBClientEngine))
    for mine, other in zip(outputs(ours), outputs(theirs), strict=True):
        assert mine == other
    assert ours.metadata.language_info == theirs.metadata.language_info
    assert [cell.metadata.papermill.status for cell in ours.cells] == ["completed"] * len(ours.cells)
    assert len(ours.cells) == len(cells_of(CELLS)) + 3


def test_papermill_finds_the_engine_and_tells_a_notebook_that_ended_itself(tmp_path):
    info = tmp_path / "site" / "kit-0.dist-info"
    info.mkdir(parents=True)
    pyproject = (ROOT / "pyproject.toml").read_text()
    entry = re.search(r'\[project\.entry-points\."papermill\.engine"\]\nsalesops = "(.+)"', pyproject)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kit\nVersion: 0\n")
    (info / "entry_points.txt").write_text(f"[papermill.engine]\nsalesops = {entry[1]}\n")
    nbformat.write(
        notebook(("print(quarter)", {}), ("import sys\nsys.exit(0)", {}), ("never = 1", {})), tmp_path / "in.ipynb"
    )
    answer = subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", "salesops", "in.ipynb", "out.ipynb", "-p", "quarter", "2026Q3"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1
    assert "NotebookDied: cell 5: it ended the run." in answer.stderr
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert written.cells[3].outputs[0].text == "2026Q3\n"
    assert [cell.metadata.papermill.status for cell in written.cells[3:5]] == ["completed", "failed"]


def test_the_parameters_are_written_as_papermill_writes_them():
    from papermill.parameterize import parameterize_notebook

    from salesops_lib.report.making import parameterised

    values = {"a": 'q"\\\n\t€', "b": None, "c": True, "d": -1.5e300, "e": [1, "x", {"k": [False]}], "f": {"ü": 2}}
    values |= {"g": float("inf"), "h": float("-inf"), "i": float("nan"), "j": "", "k": 10**20}
    book = notebook()
    book.metadata.papermill = {}
    for cell in book.cells:
        cell.metadata.setdefault("tags", [])
    ours = parameterised(book, values)
    theirs = parameterize_notebook(book, values, kernel_name="python3", language="python")
    assert [(cell.source, cell.metadata) for cell in ours.cells] == [
        (cell.source, cell.metadata) for cell in theirs.cells
    ]
    again = parameterised(ours, {"a": 1})
    assert [cell.source for cell in again.cells[:2]] == ["quarter = None", "# Parameters\na = 1\n"]


def test_the_notebooks_of_the_kit_are_the_same_pages(tmp_path):
    company = write_demo(tmp_path / "demo", reps=7, opportunities=1_500, activities=2_500, years=2, seed=3)
    published = {}
    for engine in (FORK, KERNEL):
        out = tmp_path / engine
        requests = []
        for report in sorted(MODELS):
            params = tmp_path / "params" / f"{report}.yml"
            params.parent.mkdir(exist_ok=True)
            given = {"company": str(company), "quarter": "2026Q4" if report == "forecasting" else "2026Q3"}
            given |= {"rep": "R-001"} if report == "rep_scorecard" else {}
            params.write_text(yaml.safe_dump(given))
            requests.append(Roster().named(read_request(params)))
        with Crew(jobs=2, engine=engine) as crew:
            outcomes = list(crew.run(requests, out))
        assert [outcome.error for outcome in outcomes] == [None] * len(MODELS)
        published[engine] = {
            path.relative_to(out): path.read_bytes()
            for path in sorted(out.rglob("*"))
            if path.suffix not in (".json", "")
        }
    ours, theirs = published.values()
    assert sum(path.suffix == ".html" for path in ours) == len(MODELS)
    assert ours.keys() == theirs.keys()
    for path, content in ours.items():
        assert content == theirs[path], path
