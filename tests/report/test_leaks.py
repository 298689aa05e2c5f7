"""A secret of the connection, the user's name and this machine's folders leave it with no report and no failure."""

import errno
import getpass
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from salesops_lib.report.leaks import Leaks
from salesops_lib.report.run import plan

SECRET = "pl4nted s3cret/§"
USER = "plantedusername"
COMMAND = [sys.executable, "-c", "from salesops_lib.cli import main; main()"]
KINDS = {
    "shown": (
        "from IPython.display import HTML, display\n"
        "display(HTML(f'<p>{os.getcwd()}/x {os.path.expanduser(\"~\")}/y {os.__file__}</p>'))"
    ),
    "exception": "raise ValueError(f'{os.environ[\"PLANTED\"]} of {getpass.getuser()} in {os.getcwd()}/data')",
    "no file": "open(os.path.expanduser('~/private/deep/x.csv'))",
    "library": "from salesops_lib.company import read_company\nread_company(3)",
    "company": "from salesops_lib.company import read_company\nread_company(os.getcwd() + '/params/none.yml')",
    "package": "import yaml\nyaml.safe_load('{' + os.getcwd())",
    "exit": "raise SystemExit(os.environ['PLANTED'])",
    "full": "raise OSError(28, 'No space left on device', os.getcwd() + '/x')",
    "memory": "raise MemoryError(os.environ['PLANTED'])",
    "interrupt": "raise KeyboardInterrupt(os.environ['PLANTED'])",
    "elsewhere": "raise RuntimeError('see /mnt/" + USER + "/share/deals.csv')",
    "quoted": "import urllib.parse\nraise ValueError(urllib.parse.quote(os.environ['PLANTED']))",
}


@pytest.fixture
def planted(project, monkeypatch):
    home = project.folder / "home" / USER
    home.mkdir(parents=True)
    monkeypatch.setenv("PLANTED", SECRET)
    monkeypatch.setenv("HOME", str(home))
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, USER)
    tables = {"opportunities": "deals.csv"}
    (project.params.parent / "deals.csv").write_text("opportunity_id\n")
    project.company(source={"connect": "duckdb://?token=${PLANTED}", "tables": tables, "data_until": "2026-09-30"})
    assert getpass.getuser() == USER
    return project


def told_files(project):
    return {path: path.read_bytes().decode() for path in project.out.rglob("*") if path.is_file()}


def assert_clean(project, texts):
    for where, text in texts.items():
        for leak in (SECRET, "pl4nted", "s3cret", USER, str(project.folder), str(project.folder.parent)):
            assert leak not in text, f"{leak} in {where}: {text[-2000:]}"
        for place in (
            "site-packages",
            sys.prefix,
            str(Path(os.__file__).parent),
            str(Path.home()),
            str(Path(__file__).parents[2]),
        ):
            assert place not in text, f"{place} in {where}: {text[-2000:]}"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_leaks(planted, ran, kind):
    planted.notebook(f"import getpass, os\n{KINDS[kind]}")
    request = plan(planted.params, {}, planted.out)
    told = ran([request])
    assert len(told.made) == (kind == "shown")
    files = told_files(planted)
    assert len(files) >= 4 if kind == "shown" else len(files) == 3
    # Where the test itself is, is no folder of the reports.
    lines = {"line": "\n".join(told.failed).replace(str(planted.out), "reports")}
    assert_clean(planted, files | lines | {"told": "\n".join(told.said)})
    if kind in ("library", "package"):
        (log,) = [text for path, text in files.items() if path.suffix == ".log"]
        assert ("salesops_lib/company.py" if kind == "library" else "yaml/") in log


def test_a_report_that_shows_the_secret_is_none(planted, ran):
    planted.notebook("import os\nfrom IPython.display import HTML, display\ndisplay(HTML(os.environ['PLANTED']))")
    (line,) = ran([plan(planted.params, {}, planted.out)]).failed
    assert "quarterly_review.html would show the secret ${PLANTED} of the connection." in line
    assert not planted.report.exists()
    assert_clean(planted, told_files(planted))


def test_a_disk_that_is_full_is_told_without_its_folders(planted, ran, monkeypatch):
    from salesops_lib.report import publish

    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(planted.folder / "x"))

    monkeypatch.setattr(publish, "put", full)
    (line,) = ran([plan(planted.params, {}, planted.out)]).failed
    assert "No space left on device" in line
    assert_clean(planted, told_files(planted) | {"line": line.replace(str(planted.out), "reports")})


def test_a_connection_that_fails_tells_no_address(planted, ran):
    source = {"connect": "postgres://ann:${PLANTED}@127.0.0.1:1/sales", "tables": {"opportunities": "deals"}}
    planted.company(source={**source, "data_until": "2026-09-30"})
    planted.notebook("from salesops_lib import open_book\nopen_book(company)")
    (line,) = ran([plan(planted.params, {}, planted.out)]).failed
    assert "failed" in line
    assert_clean(planted, told_files(planted) | {"line": line.replace(str(planted.out), "reports")})


@pytest.mark.parametrize(("kind", "code"), [("library", 1), ("company", 2)])
def test_what_the_real_run_tells_is_as_clean(planted, kind, code):
    planted.notebook(f"import getpass, os\n{KINDS[kind]}")
    done = subprocess.run([*COMMAND, "run", "params/quarterly_review.yml"], capture_output=True, text=True)
    assert done.returncode == code
    assert (planted.out / "failed").exists() == (code == 1)
    assert_clean(planted, told_files(planted) | {"out": done.stdout, "err": done.stderr})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{folder}/params/x.yml", "params/x.yml"),
        ("in {folder}", "in "),
        ("{folder}x stays", "{folder}x stays"),
        (
            "~/a and 3/4 and 2026/09/30 and https://example.com/a/b",
            "~/a and 3/4 and 2026/09/30 and https://example.com/a/b",
        ),
        ("<p>1</p><br/>and/or", "<p>1</p><br/>and/or"),
    ],
)
def test_what_is_shown_of_a_page_is_changed_by_folders_alone(planted, text, shown):
    request = plan(planted.params, {}, planted.out)
    leaks = Leaks(request.company, request.folder)
    folder = str(planted.folder)
    assert leaks.without_places(text.format(folder=folder)) == shown.format(folder=folder)


def test_where_earlier_reports_are_is_told_from_the_project(planted):
    request = plan(planted.params, {"published": str(planted.folder / "old" / "reports")}, planted.out)
    assert request.values["published"] == "old/reports"


def test_an_address_with_its_password_in_it(planted):
    request = plan(planted.params, {}, planted.out)
    source = request.company.source.model_copy(update={"connect": "postgres://ann:sup3r%40secret@host/db"})
    leaks = Leaks(replace(request).company.model_copy(update={"source": source}), request.folder)
    assert leaks.without_any("password sup3r@secret or sup3r%40secret") == "password *** or ***"
