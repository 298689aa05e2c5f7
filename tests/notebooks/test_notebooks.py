"""Every notebook of the kit keeps to the contract: short cells, typed parameters, nothing computed or left behind."""

import ast
from pathlib import Path

import nbformat
import pytest
import yaml

from salesops_lib.report.params import MODELS

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_LINES = 6


def code_cells(path):
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_parameters(cell):
    return "parameters" in cell.metadata.get("tags", [])


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return request.param


def test_there_are_notebooks():
    assert {path.stem for path in NOTEBOOKS} == set(MODELS)


def test_one_parameters_cell_comes_first(notebook):
    cells = code_cells(notebook)
    assert [is_parameters(cell) for cell in cells] == [True] + [False] * (len(cells) - 1)


def test_each_parameter_is_typed_and_commented(notebook):
    source = code_cells(notebook)[0].source
    for line, statement in zip(source.splitlines(), ast.parse(source).body, strict=True):
        assert isinstance(statement, ast.AnnAssign), line
        assert "  # " in line, line


def test_nothing_is_left_of_a_run(notebook):
    for cell in code_cells(notebook):
        assert not cell.outputs
        assert cell.execution_count is None


def test_cells_are_short_calls(notebook):
    for cell in code_cells(notebook)[1:]:
        assert len(cell.source.splitlines()) <= MOST_LINES, cell.source
        for node in ast.walk(ast.parse(cell.source)):
            logic = (
                ast.FunctionDef
                | ast.ClassDef
                | ast.Lambda
                | ast.For
                | ast.While
                | ast.If
                | ast.comprehension
                | ast.BinOp
            )
            assert not isinstance(node, logic), (
                f"logic in a cell: {ast.unparse(node) if hasattr(node, 'lineno') else node}"
            )


def test_params_file_of_the_same_stem_fits_the_model(notebook):
    params = yaml.safe_load((ROOT / "params" / f"{notebook.stem}.yml").read_text(encoding="utf-8"))
    assert all(not isinstance(value, dict | list) for value in params.values()), "papermill -f takes flat files"
    MODELS[notebook.stem].model_validate(params)


def test_parameters_are_those_of_the_model(notebook):
    names = [statement.target.id for statement in ast.parse(code_cells(notebook)[0].source).body]
    assert set(names) == set(MODELS[notebook.stem].model_fields)
