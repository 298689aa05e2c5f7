"""A report made from PostgreSQL is that made from DuckDB to the byte, but for the line that names the source."""

import shutil

import pytest
import yaml

from salesops_lib.report.run import run
from tests.engines.server import ROOT, company_file

REPORTS = [
    "quarterly_review",
    pytest.param("rep_comparison", marks=pytest.mark.soak),
    pytest.param("forecasting", marks=pytest.mark.soak),
]
QUARTERS = {"forecasting": "2026Q4"}
AUDIT = '<div aria-label="What became of the rows read"'


def published(folder, report, server):
    for part in ("params", "notebooks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    company_file(folder / "params", server)
    shutil.copy(ROOT / "notebooks" / f"{report}.ipynb", folder / "notebooks")
    values = yaml.safe_load((ROOT / "params" / f"{report}.yml").read_text(encoding="utf-8"))
    params = folder / "params" / f"{report}.yml"
    params.write_text(yaml.safe_dump({**values, "quarter": QUARTERS.get(report, "2026Q3")}))
    return run(params, {}, folder / "reports").page.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("report", REPORTS)
def test_one_line_differs(planted, demo_in_postgres, tmp_path, monkeypatch, report):
    pages = []
    for name, server in (("duckdb", None), ("postgres", planted)):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        pages.append(published(tmp_path / name, report, server))
    different = [pair for pair in zip(*pages, strict=True) if pair[0] != pair[1]]
    ((ours, theirs),) = different
    assert ours.startswith(AUDIT)
    assert theirs.replace("crm.", "") == ours.replace(".csv", "")
