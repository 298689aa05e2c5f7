import io
import json
import stat
from pathlib import Path

import pytest
from pypdf import PdfReader

from salesops_lib.errors import ParameterError
from salesops_lib.report.failure import ReportFailed
from salesops_lib.report.pdf import find_chromium, timeless, to_pdf
from salesops_lib.report.run import run

PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Zoë &amp; Co: Review</title></head>
<body><h1>Review</h1><h2>Part</h2><table><caption>T</caption><tr><th scope="col">a</th></tr><tr><td>1</td></tr></table>
</body></html>"""


def printed():
    try:
        return find_chromium()
    except ParameterError:
        pytest.skip("no Chromium is installed")


@pytest.mark.parametrize(("locale", "width"), [("en_US", 612), ("nl_NL", 595)])
def test_a_pdf_is_tagged_and_has_title_language_bookmarks_and_the_reader_s_paper(tmp_path, locale, width):
    pdf = to_pdf(PAGE.format(lang=locale.replace("_", "-")), printed(), tmp_path, locale=locale)
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == locale.replace("_", "-")
    assert reader.metadata.title == "Zoë & Co: Review"
    assert reader.metadata.creation_date is None
    assert reader.outline[0].title == "Review"
    assert reader.outline[1][0].title == "Part"
    assert round(reader.pages[0].mediabox.width) == width
    assert to_pdf(PAGE.format(lang=locale.replace("_", "-")), printed(), tmp_path, locale=locale) == pdf


def test_a_report_is_published_with_its_pdf(project):
    run(project.params, {}, project.out, chromium=printed())
    pdf = PdfReader(project.report / "quarterly_review.pdf")
    assert pdf.metadata.title == "Tiny <b>&</b> Co: Quartalsbericht 3. Quartal 2026"
    assert "Quarter 2026Q3" in pdf.pages[0].extract_text()
    assert "quarterly_review.pdf" in json.loads((project.report / "manifest.json").read_text())["files"]
    assert "PDF, " in (project.out / "2026Q3" / "index.html").read_text()


@pytest.mark.parametrize("script", ["echo 'no usable sandbox'; exit 7", "exit 0"])
def test_a_browser_that_prints_nothing_publishes_nothing(project, tmp_path, script):
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\n{script}\n")
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(
        ReportFailed, match=r"printed no PDF \(exit code [07]\)\. Run without --pdf, or set SALESOPS_CHROMIUM"
    ):
        run(project.params, {}, project.out, chromium=browser)
    assert not project.report.exists()
    log = (project.out / "failed" / "2026Q3-quarterly_review.log").read_text()
    assert ("no usable sandbox" in log) == ("sandbox" in script)


def test_no_browser_is_said_before_the_run(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SALESOPS_CHROMIUM", raising=False)
    monkeypatch.setattr("salesops_lib.report.pdf.NAMES", ("chromium",))
    with pytest.raises(ParameterError, match="Install one of them, or set SALESOPS_CHROMIUM to its path"):
        find_chromium()
    monkeypatch.setenv("SALESOPS_CHROMIUM", "/nope")
    with pytest.raises(ParameterError, match="SALESOPS_CHROMIUM names /nope, which is no program"):
        find_chromium()
    browser = tmp_path / "mine"
    browser.write_text("")
    browser.chmod(0o755)
    monkeypatch.setenv("SALESOPS_CHROMIUM", str(browser))
    assert find_chromium() == Path(browser)


def test_what_counts_nodes_keeps_its_order_and_its_length():
    text = b"/ID (node00000366) /Alt (\\(node00000366\\)) [(node00000358)(node00000366)] /ModDate (D:2026)>>"
    assert (
        timeless(text)
        == b"/ID (node00000002) /Alt (\\(node00000366\\)) [(node00000001)(node00000002)]                  >>"
    )
