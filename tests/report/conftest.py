"""A tiny project: a company, parameters, and notebooks that are written as a test needs them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import yaml

# pytest's importlib mode puts no folder on the path.
sys.path.insert(0, str(Path(__file__).parent))

COMPANY = {
    "name": "Tiny <b>&</b> Co",
    "currency": "EUR",
    "locale": "de_DE",
    "fiscal_year_start": 4,
    "source": {"tables": {"opportunities": "deals.csv"}, "data_until": "2026-09-30"},
    "stages": {"open": {"Open": 0.2}, "won": ["Won"], "lost": ["Lost"]},
}
REPS = """rep_id,name,team,manager_id,hired_on,left_on
R-001,Maeve Park,Central,Noor van Dijk,2021-03-24,
r-001,Ann Lee,West,Noor van Dijk,2024-01-15,
../../x,Zoë <b>Weber</b>,West,Noor van Dijk,2024-01-15,
R-009,Old Hand,North,Noor van Dijk,2020-01-01,2025-09-30
"""
DEALS = """opportunity_id,rep_id,created_at,closed_at,stage,amount
D-1,R-001,2025-09-01,2025-10-20,Won,100
D-2,r-001,2025-09-02,2025-11-20,Lost,50
D-3,../../x,2025-09-03,2025-11-21,Won,70
D-4,R-009,2025-07-03,2025-09-21,Won,80
"""
MORE = {
    "rep_comparison": '\ngroup = "all"\npeers = "all"\npseudonyms = False',
    "rep_scorecard": '\nrep = "R-001"\npseudonyms = False',
}
PARAMETERS = 'company = "params/tiny.yml"  # the company file\nquarter = "2025Q1"  # a fiscal quarter'
PARAMETERS += "\nas_of = None\nlocale = None"


@dataclass(frozen=True)
class Project:
    """The folder, and what the command is given."""

    folder: Path

    @property
    def params(self) -> Path:
        return self.folder / "params" / "quarterly_review.yml"

    @property
    def out(self) -> Path:
        return self.folder / "reports"

    @property
    def report(self) -> Path:
        return self.out / "2026Q3" / "quarterly_review"

    def notebook(self, *cells: str, stem: str = "quarterly_review") -> None:
        """Write a notebook: a heading, the parameters, and these cells."""
        book = nbformat.v4.new_notebook()
        book.cells = [
            nbformat.v4.new_markdown_cell("# A tiny review"),
            nbformat.v4.new_code_cell(PARAMETERS + MORE.get(stem, ""), metadata={"tags": ["parameters"]}),
            nbformat.v4.new_markdown_cell("## The part that counts"),
            *(nbformat.v4.new_code_cell(cell) for cell in cells),
        ]
        path = self.folder / "notebooks" / f"{stem}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(book, path)

    def parameters(self, **values: object) -> None:
        """Write the parameters file."""
        self.params.write_text(yaml.safe_dump(values))

    def write(self, stem: str, **values: object) -> Path:
        """Write another parameters file."""
        path = self.params.with_name(f"{stem}.yml")
        path.write_text(yaml.safe_dump(values, sort_keys=False))
        return path

    def people(self, **values: object) -> None:
        """Give the company its data: two of its four reps differ only in case, one left before the quarter 2026Q3."""
        (self.params.parent / "reps.csv").write_text(REPS)
        (self.params.parent / "deals.csv").write_text(DEALS)
        tables = {"opportunities": "deals.csv", "reps": "reps.csv"}
        self.company(source={"tables": tables, "data_until": "2026-09-30"}, **values)
        for stem in MORE:
            self.notebook("from IPython.display import HTML, display\ndisplay(HTML(f'<p>{quarter}</p>'))", stem=stem)

    def company(self, **values: object) -> None:
        """Write the company file, with some keys changed."""
        self.params.with_name("tiny.yml").write_text(yaml.safe_dump({**COMPANY, **values}))

    def files(self) -> list[str]:
        """Every file below the folder of the reports but the pages of the quarters, which belong to the index."""
        found = (path.relative_to(self.out) for path in self.out.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if path.name != "index.html" or len(path.parts) == 1)


TEMPLATE = """{%- extends 'base/display_priority.j2' -%}
{%- block header -%}<!DOCTYPE html>
<html lang="{{ resources.salesops.lang }}"><head>
<title>{{ resources.salesops.title | escape }}</title></head><body>{%- endblock header -%}
{%- block input -%}<code>{{ cell.source }}</code>{%- endblock input -%}
{%- block stream -%}<pre>{{ output.text }}</pre>{%- endblock stream -%}
{%- block markdowncell -%}{{ cell.source | markdown2html }}{%- endblock markdowncell -%}
{%- block data_html -%}{{ output.data['text/html'] }}{%- endblock data_html -%}
{%- block data_text -%}<pre>{{ output.data['text/plain'] }}</pre>{%- endblock data_text -%}
{%- block footer -%}</body></html>{%- endblock footer -%}
"""


@pytest.fixture
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small template, so that a page is what render() made of the notebook and nothing else."""
    folder = tmp_path_factory.mktemp("templates")
    (folder / "template").mkdir()
    (folder / "template" / "conf.json").write_text('{"base_template": "base", "mimetypes": {"text/html": true}}')
    (folder / "template" / "index.html.j2").write_text(TEMPLATE)
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in the current folder whose notebook shows one line."""
    monkeypatch.chdir(tmp_path)
    tiny = Project(tmp_path)
    tiny.params.parent.mkdir()
    tiny.company()
    tiny.parameters(company="params/tiny.yml", quarter="2026Q3")
    tiny.notebook("from IPython.display import HTML, display\ndisplay(HTML(f'<p>Quarter {quarter}</p>'))")
    return tiny


@pytest.fixture
def ran(project):
    """Runs a batch whose notebooks are run by this process, and gives what it said."""
    import instant

    return lambda requests, **more: instant.batch(requests, project.out, **more)
