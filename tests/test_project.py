"""The project itself: what is declared in one place agrees with the others."""

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK_LINES = (ROOT / "requirements.lock").read_text().splitlines()
LOCK = {canonicalize_name(name): Version(version) for name, _, version in (line.partition("==") for line in LOCK_LINES)}
DECLARED = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]]
MODULES = sorted((ROOT / "salesops_lib").rglob("*.py"))


@pytest.mark.parametrize("text", DECLARED)
def test_every_dependency_is_locked_within_its_range(text):
    requirement = Requirement(text)
    assert requirement.specifier.contains(LOCK[canonicalize_name(requirement.name)])


@pytest.mark.parametrize(("name", "floor"), [("nbconvert", "7.17.1"), ("great-tables", "1.1.0")])
def test_the_floors_that_matter_for_security(name, floor):
    declared = next(Requirement(text) for text in DECLARED if Requirement(text).name == name)
    below = ".".join([*floor.split(".")[:-1], "0"]) if not floor.endswith(".0") else "1.0.9"
    assert declared.specifier.contains(floor)
    assert not declared.specifier.contains(below)


def test_pandas_stays_below_3():
    pandas = next(Requirement(text) for text in DECLARED if Requirement(text).name == "pandas")
    assert not pandas.specifier.contains("3.0.0")


def test_the_lock_is_names_and_versions_alone():
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line) for line in LOCK_LINES)
    assert len(LOCK) == len(LOCK_LINES)
    assert "salesops" not in LOCK


def test_conda_brings_python_and_pip_and_the_lock_the_rest():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, rest = environment["dependencies"]
    assert (environment["name"], environment["channels"]) == ("salesops", ["conda-forge"])
    assert python.startswith("python=3.11")
    assert pip == "pip"
    assert rest == {"pip": ["-r requirements.lock", "-e ."]}
    assert Version("3.11.9") in Requirement(f"python{PROJECT['project']['requires-python']}").specifier


def test_what_the_library_imports_is_declared():
    extra = PROJECT["project"]["optional-dependencies"]["spark"]  # salesops_lib.data.spark is loaded by who has it
    declared = {canonicalize_name(Requirement(text).name) for text in PROJECT["project"]["dependencies"] + extra}
    names = {"yaml": "pyyaml", "ibis": "ibis-framework", "dateutil": "python-dateutil", "traitlets": "ipykernel"}
    # These come with a declared one that could not do without them.
    carried = {
        "cycler",
        "ipython",
        "jinja2",
        "jupyter-client",
        "markupsafe",
        "duckdb",
        "sqlglot",
        "patsy",
        "py4j",
        "salesops-lib",
    }
    imported = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.split(".")[0])
    third = {canonicalize_name(names.get(name, name)) for name in imported - sys.stdlib_module_names}
    assert third - declared - carried == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_first_line_of_a_module_says_what_may_go_into_it(path):
    text = path.read_text()
    assert not text or ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 320
    assert path.stem not in {"utils", "helpers", "common", "base"}


def test_nothing_names_this_machine():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix in {".py", ".yml", ".toml", ".lock", ".ipynb", ".md", ".j2", ".json", ""}:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert str(ROOT) not in text, name
            assert str(Path.home()) not in text or str(Path.home()) == "/", name


def test_the_command_is_the_one_that_is_declared():
    module, _, function = PROJECT["project"]["scripts"]["salesops"].partition(":")
    assert importlib.util.find_spec(module)
    assert function == "main"


def test_make_names_every_target_in_its_help():
    text = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.*)$", text, re.M).group(1).split()) - {"help"}
    told = set(re.findall(r'@echo "make (\w+)', text))
    assert told == targets
    for target in targets:
        assert re.search(rf"^{target}:", text, re.M), target


def test_an_environment_that_is_ready_is_not_set_up_again(tmp_path):
    """`make -q` answers 0 when a target needs nothing: the stamps are what decides."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    assert subprocess.run(["make", "-q", ".venv/.ready"], cwd=tmp_path, check=False).returncode == 1
    (tmp_path / ".venv").mkdir()
    for stamp in (".locked", ".ready"):
        (tmp_path / ".venv" / stamp).touch()
    assert subprocess.run(["make", "-q", ".venv/.ready"], cwd=tmp_path, check=False).returncode == 0


def test_ci_runs_the_checks_and_the_tests():
    script = (ROOT / ".ci" / "run").read_text()
    assert [line for line in script.splitlines() if line.startswith("make")] == ["make check", "make test"]
    assert "set -e" in script
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_hooks_run_the_project_s_own_tools():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    for hook in hooks[0]["hooks"]:
        tool = Path(hook["entry"].split()[0])
        assert tool.parent == Path(".venv/bin")
        assert canonicalize_name(tool.name) in LOCK


def test_the_demo_company_file_is_the_one_that_is_written():
    from salesops_lib.data.demo import company_text

    assert (ROOT / "params" / "demo.yml").read_text(encoding="utf-8") == company_text(folder="../demo")


def test_the_company_file_of_the_readme_is_one():
    from salesops_lib.company import Company
    from salesops_lib.data.schema import TABLES

    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.S)
    company = Company.model_validate(yaml.safe_load(blocks[0]))
    for name, table in company.source.tables.items():
        assert set(table.columns) <= set(TABLES[name].names)
        assert set(table.values) <= set(table.columns)
