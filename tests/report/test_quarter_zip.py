import re
import zipfile

import pytest

from salesops_lib.errors import ParameterError
from salesops_lib.report.index import write_index
from salesops_lib.report.quarter_zip import zip_quarter
from tests.report.shelves import fail, put, scorecard


def test_a_quarter_is_zipped_with_its_page(tmp_path):
    put(tmp_path, beside={"tables.xlsx": b"x"})
    put(tmp_path, "2026Q2")
    scorecard(tmp_path, 1)
    fail(tmp_path, "one")
    path = zip_quarter("2026Q3", tmp_path)
    assert path == tmp_path / "2026Q3.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        page = archive.read("2026Q3/index.html").decode()
    assert names == [
        "2026Q3/index.html",
        "2026Q3/quarterly_review/quarterly_review.html",
        "2026Q3/quarterly_review/tables.xlsx",
        "2026Q3/quarterly_review/manifest.json",
        "2026Q3/rep_scorecard/R-1/rep_scorecard.html",
        "2026Q3/rep_scorecard/R-1/manifest.json",
    ]
    # The page leads only to what is in the archive, and tells nobody outside what failed.
    assert {f"2026Q3/{link}" for link in re.findall(r'href="([^"]*)"', page)} <= set(names)
    assert "division by zero" not in page
    assert not [left for left in tmp_path.iterdir() if left.name.startswith(".")]


def test_the_same_reports_give_the_same_bytes(tmp_path):
    put(tmp_path)
    first = zip_quarter("2026Q3", tmp_path).read_bytes()
    assert zip_quarter("2026Q3", tmp_path).read_bytes() == first
    with zipfile.ZipFile(tmp_path / "2026Q3.zip") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_index_leads_to_the_zip_until_a_report_is_made_anew(tmp_path):
    put(tmp_path)
    zip_quarter("2026Q3", tmp_path)
    assert 'href="2026Q3.zip"' in (tmp_path / "index.html").read_text()
    assert 'href="../2026Q3.zip"' in (tmp_path / "2026Q3" / "index.html").read_text()
    scorecard(tmp_path, 1)
    assert "2026Q3.zip" not in write_index(tmp_path).read_text()


def test_an_unknown_quarter_names_the_known_ones(tmp_path):
    put(tmp_path)
    with pytest.raises(ParameterError, match=r"there is no report of 2026Q2 in .*Did you mean 2026Q3\?"):
        zip_quarter("2026Q2", tmp_path)
    with pytest.raises(ParameterError, match="There are none"):
        zip_quarter("2026Q2", tmp_path / "gone")


def test_a_file_that_was_changed_is_not_handed_on(tmp_path):
    place = put(tmp_path)
    (place / "quarterly_review.html").write_text("edited")
    with pytest.raises(ParameterError, match=r"quarterly_review: is not as it was published\. Make the report again\."):
        zip_quarter("2026Q3", tmp_path)
    assert not (tmp_path / "2026Q3.zip").exists()
    assert not [left for left in tmp_path.iterdir() if left.name.startswith(".")]
