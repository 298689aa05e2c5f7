import json
import re

from salesops_lib.report.index import read_manifests, write_index


def record(out, period, report="quarterly_review", **values):
    folder = out / period / report
    folder.mkdir(parents=True)
    told = {
        "report": report,
        "label": "Quarterly review",
        "period": period,
        "company": "Maven",
        "locale": "en_US",
        "as_of": "2026-09-30",
        "made_at": "2026-10-01T08:00:00+00:00",
    }
    (folder / "manifest.json").write_text(json.dumps({**told, **values}))


def test_the_latest_period_comes_first_and_links_are_relative(tmp_path):
    for period in ("2026Q2", "2026Q3", "2025Q4"):
        record(tmp_path, period)
    page = write_index(tmp_path).read_text()
    assert re.findall(r"<h2[^>]*>(\w+)", page) == ["2026Q3", "2026Q2", "2025Q4"]
    links = re.findall(r'href="([^"]+)"', page)
    assert links == [f"{p}/quarterly_review/quarterly_review.html" for p in ("2026Q3", "2026Q2", "2025Q4")]


def test_company_and_day_are_said_in_the_company_s_way(tmp_path):
    record(tmp_path, "2026Q3", locale="de_DE")
    assert "<bdi>Maven</bdi>, data as of 30. September 2026" in write_index(tmp_path).read_text()


def test_a_hostile_name_is_text(tmp_path):
    record(tmp_path, "2026Q3", company="<script>alert(1)</script>", as_of=None)
    page = write_index(tmp_path).read_text()
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page
    assert "<script" not in page


def test_the_page_asks_for_nothing_and_says_so(tmp_path):
    record(tmp_path, "2026Q3")
    page = write_index(tmp_path).read_text()
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"https?:|<script|<link|<img|@import|2026-10-01", page)
    assert 'name="viewport"' in page


def test_what_has_no_readable_record_is_no_report(tmp_path):
    record(tmp_path, "2026Q3")
    for period, text in {"2026Q1": "{half", "2026Q2": "[]", "2025Q1": "{}"}.items():
        (tmp_path / period / "r").mkdir(parents=True)
        (tmp_path / period / "r" / "manifest.json").write_text(text)
    record(tmp_path, ".making-x")
    assert [told["period"] for told in read_manifests(tmp_path)] == ["2026Q3"]


def test_no_report_yet(tmp_path):
    assert "No report has been published yet." in write_index(tmp_path / "reports").read_text()
