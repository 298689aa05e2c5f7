import hashlib
import json
import re
import subprocess

import nbformat
import pytest

from salesops_lib.errors import CompanyError, ParameterError, SourceError
from salesops_lib.report.failure import ReportFailed
from salesops_lib.report.run import run

SHOWN = """
from IPython.display import display
figures = {"name": "cards", "rows": [{"metric": "win_rate", "value": 0.5}]}
page = f"<p>Quarter {quarter}</p>"
display({"text/html": page, "text/plain": quarter, "application/vnd.salesops.figures+json": figures}, raw=True)
"""
BOOK = """
from IPython.display import display
rows = [{"table": "opportunities", "file": "deals.csv", "row": 7, "reason": "=won without amount"}] if %s else []
counts = {"read": 9, "used": 8, "quarantined": 1, "dropped": 0}
table = {"table": "opportunities", "source": "deals.csv", **counts, "note": ""}
told = {"as_of": "2025-12-31", "data_hash": "abc", "company": "Tiny", "quarantine": rows, "tables": [table]}
display({"text/html": "<h1>Tiny</h1>", "application/vnd.salesops.book+json": told}, raw=True)
"""
NOISE = """
import sys, warnings
warnings.warn("a warning with a path of the run")
print("noise", file=sys.stderr)
{"b", "a", "c", "d"}
"""


def published(project, settings=None):
    return run(project.params, settings or {}, project.out)


def test_a_report_is_exactly_its_files(project):
    project.notebook(BOOK % "False", SHOWN)
    result = published(project)
    folder = "2026Q3/quarterly_review"
    assert project.files() == [
        f"{folder}/manifest.json",
        f"{folder}/quarterly_review.html",
        f"{folder}/quarterly_review.ipynb",
        f"{folder}/tables.xlsx",
        f"{folder}/tables.zip",
        "index.html",
    ]
    assert result.page == project.report / "quarterly_review.html"
    assert "<p>Quarter 2026Q3</p>" in result.page.read_text()
    assert f"{folder}/quarterly_review.html" in result.index.read_text()
    assert [path.name for path in project.out.iterdir() if path.name.startswith(".")] == []


def test_the_manifest_says_what_it_was_made_from(project):
    project.notebook(BOOK % "False", SHOWN)
    published(project, {"as_of": "2025-12-31"})
    record = json.loads((project.report / "manifest.json").read_text())
    given = {"company": "params/tiny.yml", "quarter": "2026Q3", "as_of": "2025-12-31", "locale": None}
    assert record["parameters"] == {**given, "published": "reports", "pseudonyms": False}
    assert (record["as_of"], record["data_hash"], record["period"]) == ("2025-12-31", "abc", "2026Q3")
    assert record["figures"] == [{"name": "cards", "rows": [{"metric": "win_rate", "value": 0.5}]}]
    assert record["tables"][0]["quarantined"] == 1
    assert {"python", "salesops", "pandas", "ibis-framework", "papermill", "nbconvert"} <= set(record["versions"])
    assert record["git_revision"] is None
    assert list(record) == sorted(record)
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in project.report.iterdir()}
    del files["manifest.json"]
    assert record["files"] == files
    assert str(project.folder) not in json.dumps(record)


def test_the_manifest_names_the_revision_of_the_repository(project):
    who = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "core.hooksPath=/dev/null"]
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", *who, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    published(project)
    assert re.fullmatch(r"[0-9a-f]{40}", json.loads((project.report / "manifest.json").read_text())["git_revision"])


def test_quarantined_rows_are_published_as_text(project):
    project.notebook(BOOK % "True")
    published(project)
    assert (project.report / "quarantine.csv").read_text() == (
        "table,file,row,reason\nopportunities,deals.csv,7,'=won without amount\n"
    )
    project.notebook(BOOK % "False")
    published(project)
    assert not (project.report / "quarantine.csv").exists()


def test_the_same_inputs_give_the_same_bytes(project):
    project.notebook(BOOK % "True", SHOWN, NOISE)
    published(project)
    first = {path.name: path.read_bytes() for path in project.report.iterdir()}
    run(project.params, {}, project.out, fresh=True)
    second = {path.name: path.read_bytes() for path in project.report.iterdir()}
    for name in ("quarterly_review.html", "quarterly_review.ipynb", "quarantine.csv"):
        assert first[name] == second[name], name
    records = [json.loads(files["manifest.json"]) for files in (first, second)]
    assert {**records[0], "made_at": ""} == {**records[1], "made_at": ""}


def test_the_notebook_is_published_with_its_parameters_and_without_this_machine(project):
    published(project)
    text = (project.report / "quarterly_review.ipynb").read_text()
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    assert 'quarter = "2026Q3"' in book.cells[2].source
    assert str(project.folder) not in text


def test_a_failed_cell_publishes_nothing_and_keeps_the_former_report(project):
    published(project)
    before = {path: path.read_bytes() for path in project.report.iterdir()}
    project.notebook("1 / 0")
    with pytest.raises(ReportFailed) as caught:
        published(project)
    log = project.out / "failed" / "2026Q3-quarterly_review.log"
    assert str(caught.value) == (
        "quarterly_review 2026Q3 failed: cell 4 (The part that counts): ZeroDivisionError: division by zero "
        f"The log is {log}."
    )
    assert "ZeroDivisionError" in log.read_text()
    assert {path: path.read_bytes() for path in project.report.iterdir()} == before
    assert "quarterly_review.html" in (project.out / "index.html").read_text()
    assert set(project.files()) == {
        "failed/2026Q3-quarterly_review.json",
        "failed/2026Q3-quarterly_review.log",
        "index.html",
        *(path.relative_to(project.out).as_posix() for path in before),
    }


def test_a_report_that_works_again_forgets_its_failure(project):
    project.notebook("1 / 0")
    with pytest.raises(ReportFailed):
        published(project)
    project.notebook("1 / 1")
    published(project)
    assert not (project.out / "failed").exists()


@pytest.mark.parametrize("error", [SourceError, CompanyError, ParameterError])
def test_what_the_kernel_rejects_writes_nothing(project, error):
    project.notebook(f"from salesops_lib.errors import {error.__name__} as E\nraise E('deals.csv: no column amount.')")
    with pytest.raises(error, match=r"deals\.csv: no column amount\."):
        published(project)
    assert not project.out.exists()


def test_wrong_parameters_start_no_report(project, monkeypatch):
    import salesops_lib.report.run as module

    def started(*_args, **_kwargs):
        raise AssertionError("a report was started")

    monkeypatch.setattr(module.Crew, "run", started)
    with pytest.raises(ParameterError):
        published(project, {"quarter": "2026Q9"})
    assert not project.out.exists()


def test_a_notebook_that_is_none(project):
    (project.folder / "notebooks" / "quarterly_review.ipynb").write_text("{not json")
    with pytest.raises(ParameterError, match=r"quarterly_review\.ipynb: is not a notebook\."):
        published(project)


def test_the_output_folder_is_a_file(project):
    project.out.write_text("")
    with pytest.raises(ParameterError, match="is not a folder"):
        published(project)


def test_progress_is_told_cell_by_cell(project):
    told = []

    def begin(request):
        told.append(request.period.name)
        return lambda done, total: told.append(f"{done}/{total}")

    run(project.params, {}, project.out, begin=begin)
    assert told == ["2026Q3", "1/5", "2/5", "3/5", "4/5", "5/5"]


def test_what_the_notebook_tells_and_what_the_record_reads_have_one_name():
    from salesops_lib.report import manifest
    from salesops_lib.show import shown

    assert (manifest.FIGURES, manifest.BOOK) == (shown.FIGURES, shown.BOOK)
