import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from salesops_lib import cli

COMMAND = [sys.executable, "-c", "from salesops_lib.cli import main; main()"]
HEAVY = ("pandas", "ibis", "papermill", "nbconvert", "matplotlib", "duckdb", "numpy", "pydantic", "babel")


@pytest.fixture
def call(monkeypatch, capfd):
    """Call the command; gives its exit code and what it said."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["salesops", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as end:
            out, err = capfd.readouterr()
            return SimpleNamespace(code=end.code or 0, out=out, err=err)
        raise AssertionError("the command did not end")

    return run


def test_help_answers_at_once():
    code = (
        "import sys\nsys.argv = ['salesops', '--help']\nfrom salesops_lib.cli import main\n"
        f"try:\n    main()\nexcept SystemExit:\n    print(sorted({set(HEAVY)!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for command in "demo check map catalogue measure forecast backtest run zip send lab".split():
        assert command in done.stdout


def test_version(call):
    ended = call("--version")
    assert (ended.code, ended.out) == (0, "salesops 0.1.0\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--out", "file/x"],
        ["check", "c.yml", "--out", "file"],
        ["measure", "win_rate", "-c", "c.yml", "-p", "2026Q3", "--out", "file/x.csv"],
        ["forecast", "--series", "s.csv", "--out", "file/x/y.csv"],
        ["map", "s.csv", "--out", "file/c.yml"],
    ],
)
def test_where_nothing_can_be_written_is_said_before_the_work(call, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    ended = call(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"{arguments[-1]}: cannot be written: {tmp_path}/file is no folder")
    assert ended.err.rstrip().endswith("Give another place with --out.")
    assert len(ended.err.splitlines()) == 1


def test_what_the_system_refuses_is_one_line(call, monkeypatch, tmp_path):
    def refused(*_given, **_more):
        raise PermissionError(13, "Permission denied", str(tmp_path / ".making-abc"))

    monkeypatch.setattr("salesops_lib.data.demo.write_demo", refused)
    ended = call("demo", "--out", tmp_path / "d")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        f"{tmp_path}: cannot be read or written (Permission denied). "
        "Check the path, your rights and the space on the disk.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rum"], "No such command 'rum'"),
        (["measure", "win_rate"], "Missing option"),
        (["run", "params/quarterly_review.yml", "--set", "quarter"], "'quarter' sets nothing. Write --set name=value."),
        (["run", "params/gone.yml"], "params/gone.yml: there is no such file."),
        (["map", "gone.csv"], "gone.csv: there is no such file. Name files: CSV, XLSX, Parquet."),
        (["demo", "--out", "d", "--end", "soon"], "--end: 'soon' is not a day. Write it as 2026-09-30."),
    ],
)
def test_a_wrong_call_ends_with_2(call, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    ended = call(*arguments)
    assert ended.code == 2
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert not list(tmp_path.iterdir())


def test_an_unexpected_error_is_one_line_that_names_the_way_to_see_more(call, monkeypatch, tmp_path):
    def broken(*_args, **_kwargs):
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr("salesops_lib.report.run.run", broken)
    ended = call("run", "x.yml")
    assert (ended.code, ended.err) == (1, "RuntimeError: first line second line (salesops --debug shows where.)\n")
    for arguments in (["--debug", "run", "x.yml"], ["run", "x.yml", "--debug"]):
        assert "Traceback (most recent call last)" in call(*arguments).err


def test_an_interruption_ends_with_130(call, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("salesops_lib.report.run.run", interrupted)
    assert call("run", "x.yml").code == 130


class TestMeasure:
    FRAME = pd.DataFrame(
        {
            "metric": ["win_rate", "win_rate"],
            "period": "2026Q3",
            "rep": ["=1+1", "Ann"],
            "value": [0.5, None],
            "n": [2, 0],
        }
    )

    @pytest.fixture(autouse=True)
    def measured(self, monkeypatch):
        from salesops_lib import metrics
        from salesops_lib.data import book

        self.asked = {}

        def open_book(company, as_of=None):
            self.asked.update(company=str(company), as_of=as_of)
            return "the book"

        def measure(book, metrics, *, period, by=(), grain=None):
            self.asked.update(metrics=list(metrics), period=period, by=list(by), grain=grain)
            frame = self.FRAME.copy()
            frame.attrs["notes"] = {"win_rate": "small [n]"}
            return frame

        monkeypatch.setattr(book, "open_book", open_book)
        monkeypatch.setattr(metrics, "measure", measure)

    def test_what_was_asked_is_measured(self, call):
        arguments = ["measure", "win_rate", "revenue_won", "--company", "c.yml", "--period", "2026Q3", "--by", "rep"]
        assert call(*arguments, "--by", "team", "--grain", "month", "--as-of", "2026-09-30").code == 0
        assert {**self.asked, "as_of": str(self.asked["as_of"])} == {
            "company": "c.yml",
            "as_of": "2026-09-30",
            "metrics": ["win_rate", "revenue_won"],
            "period": "2026Q3",
            "by": ["rep", "team"],
            "grain": "month",
        }

    def test_csv_is_clean_and_no_formula(self, call):
        ended = call("measure", "win_rate", "-c", "c.yml", "-p", "2026Q3", "--format", "csv")
        assert ended.out == ("metric,period,rep,value,n\nwin_rate,2026Q3,'=1+1,0.5,2\nwin_rate,2026Q3,Ann,,0\n")
        assert ended.err == "win_rate: small [n]\n"

    def test_json_has_null(self, call):
        ended = call("measure", "win_rate", "-c", "c.yml", "-p", "2026Q3", "--format", "json")
        assert [row["value"] for row in json.loads(ended.out)] == [0.5, None]

    def test_a_table_for_people(self, call):
        lines = call("measure", "win_rate", "-c", "c.yml", "-p", "2026Q3").out.splitlines()
        assert lines[0].split() == ["metric", "period", "rep", "value", "n"]
        assert lines[2].split() == ["win_rate", "2026Q3", "Ann", "n/a", "0"]

    def test_into_a_file(self, call, tmp_path):
        path = tmp_path / "frame.json"
        ended = call("measure", "win_rate", "-c", "c.yml", "-p", "2026Q3", "--format", "json", "--out", path)
        assert ended.out == f"{path}\n"
        assert len(json.loads(path.read_text())) == 2


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A company file of ten reps, written by the command itself."""
    out = tmp_path_factory.mktemp("demo") / "company"
    done = subprocess.run(
        [*COMMAND, "demo", "--out", str(out), *"--reps 4 --years 1 --opportunities 300 --activities 500".split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return Path(done.stdout.strip())


def test_a_source_is_audited(call, company, tmp_path):
    ended = call("check", company, "--out", tmp_path)
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    assert lines[0].split() == ["table", "source", "read", "used", "quarantined", "dropped", "note"]
    assert lines[1].split()[0] == "opportunities"
    assert (tmp_path / "quarantine.csv").read_text().startswith("table,")


def test_a_target_of_no_metric_is_named(call, company, tmp_path):
    wrong = company.with_name("wrong.yml")
    wrong.write_text(company.read_text().replace("  win_rate: 0.40", "  win_rat: 0.40"))
    ended = call("check", wrong, "--out", tmp_path / "audit")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("key 'targets.win_rat': 'win_rat' is no metric. Did you mean win_rate")
    assert not (tmp_path / "audit").exists()


def test_a_rejected_source_ends_with_3_and_writes_nothing(call, company, tmp_path):
    broken = tmp_path / "broken.yml"
    (tmp_path / "deals.csv").write_text("id,stage\n1,Closed Won\n")
    head = [
        line for line in company.read_text().splitlines() if not line.startswith("    ") or "opportunities:" in line
    ]
    text = "\n".join(head).replace("./opportunities.csv", "deals.csv")
    broken.write_text(text)
    ended = call("check", broken, "--out", tmp_path / "audit")
    assert (ended.code, ended.out) == (3, "")
    assert "deals.csv" in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "audit").exists()


def test_a_metric_is_measured_on_the_demo(call, company):
    ended = call("measure", "win_rate", "-c", company, "-p", "2026Q3", "--by", "team", "--format", "json")
    rows = json.loads(ended.out)
    assert (ended.code, {row["metric"] for row in rows}) == (0, {"win_rate"})
    assert all(0 <= row["value"] <= 1 for row in rows if row["value"] is not None)


def test_a_mistyped_metric_ends_with_2(call, company):
    ended = call("measure", "win_rat", "-c", company, "-p", "2026Q3")
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean win_rate" in ended.err


def test_the_catalogue_lists_every_metric(call):
    from salesops_lib.metrics import CATALOGUE

    rows = json.loads(call("catalogue", "--format", "json").out)
    assert [row["metric"] for row in rows] == list(CATALOGUE)
    assert all(row["definition"] for row in rows)


def test_lab_outside_a_project_says_where_to_go(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = call("lab")
    assert (ended.code, ended.err) == (2, "there is no folder notebooks/ here. Go to the project's folder.\n")
