import sys

import nbformat
import pytest

from salesops_lib.errors import CompanyError, ParameterError, SourceError
from salesops_lib.report.engine import execute
from salesops_lib.report.failure import ReportFailed


def notebook(*cells):
    book = nbformat.v4.new_notebook()
    book.cells = [
        nbformat.v4.new_code_cell("quarter = None", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("# Title\n\n## The part that counts\n\nWords."),
        *(nbformat.v4.new_code_cell(cell) for cell in cells),
    ]
    return book


def run(tmp_path, *cells, **more):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return execute(notebook(*cells), {"quarter": "2026Q3"}, folder=tmp_path, scratch=scratch, **more)


def test_the_kernel_is_this_environment_and_settled(tmp_path, capfd):
    told = []
    executed = run(
        tmp_path,
        "import os, sys\nprint(sys.executable, os.getcwd(), quarter)",
        "print(os.environ['PYTHONHASHSEED'], os.environ['MPLBACKEND'])",
        tell=lambda done, total: told.append((done, total)),
    )
    assert executed.cells[3].outputs[0].text.split() == [sys.executable, str(tmp_path), "2026Q3"]
    assert executed.cells[4].outputs[0].text == "0 agg\n"
    assert told == [(n, 5) for n in range(1, 6)]
    assert capfd.readouterr() == ("", "")


def test_what_the_kernel_writes_by_itself_stays_off_the_terminal(tmp_path, capfd):
    run(tmp_path, "import os\nos.write(2, b'noise of a library')\nimport warnings; warnings.warn('old')")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("error", [ParameterError, CompanyError, SourceError])
def test_what_the_user_can_mend_is_raised_as_it_is(tmp_path, error):
    cell = (
        f"from salesops_lib.errors import Fault, {error.__name__}\n"
        f"raise {error.__name__}(Fault('is gone.', file='a.csv', fix='Fetch it.'), 'A second fault.')"
    )
    with pytest.raises(error) as caught:
        run(tmp_path, cell)
    assert [str(fault) for fault in caught.value.faults] == ["a.csv: is gone. Fetch it.", "A second fault."]
    assert f"raise {error.__name__}" in str(caught.value.__cause__)


def test_a_missing_table_that_no_section_caught_is_a_fault_of_the_source(tmp_path):
    with pytest.raises(SourceError, match="this needs the table 'leads'"):
        run(tmp_path, "from salesops_lib.errors import MissingTable\nraise MissingTable('leads')")


def test_any_other_error_names_cell_heading_and_cause(tmp_path):
    with pytest.raises(ReportFailed) as caught:
        run(tmp_path, "1 + 1", "1 / 0", "never = 1")
    assert str(caught.value) == "cell 4 (The part that counts): ZeroDivisionError: division by zero"
    assert "1 / 0" in caught.value.log
    assert "\x1b" not in caught.value.log


def test_a_long_cause_is_cut(tmp_path):
    with pytest.raises(ReportFailed) as caught:
        run(tmp_path, "raise ValueError('so\\n' + 'long ' * 200)")
    assert len(str(caught.value)) < 360
    assert "\n" not in str(caught.value)


def test_a_kernel_that_dies_is_a_failed_report(tmp_path):
    with pytest.raises(ReportFailed, match="DeadKernelError"):
        run(tmp_path, "import os\nos._exit(0)")


@pytest.mark.parametrize("code", ["", "0", "1"])
def test_a_notebook_that_ends_itself_is_a_failed_report(tmp_path, code):
    with pytest.raises(ReportFailed, match="cell 3"):
        run(tmp_path, f"import sys\nsys.exit({code})", "never = 1")


def test_the_notebook_is_not_changed(tmp_path):
    book = notebook("1 + 1")
    before = nbformat.writes(book)
    execute(book, {"quarter": "2026Q3"}, folder=tmp_path, scratch=tmp_path)
    assert nbformat.writes(book) == before
