import json
import re

import pytest

from salesops_lib.report.index import read_manifests, write_index


def record(out, period, report="quarterly_review", folder="", **values):
    folder = out / period / report / folder
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


def scorecard(out, number, label=None, **values):
    member = {"rep": f"R-{number}", "label": label or f"Rep {number}"}
    values = {"label": "Rep scorecard", "member": member, **values}
    record(out, "2026Q3", "rep_scorecard", f"R-{number}", **values)


def test_members_are_listed_under_their_kind_by_name(tmp_path):
    record(tmp_path, "2026Q3", "rep_comparison", label="Rep comparison", member="")
    team = {"group": "team=West", "label": "West (team)"}
    record(tmp_path, "2026Q3", "rep_comparison", "team-West", label="Rep comparison", member=team)
    for number in (10, 9, 1):
        scorecard(tmp_path, number)
    page = write_index(tmp_path).read_text()
    assert re.findall(r'href="([^"]+)"', page) == [
        "2026Q3/rep_comparison/rep_comparison.html",
        "2026Q3/rep_comparison/team-West/rep_comparison.html",
        "2026Q3/rep_scorecard/R-1/rep_scorecard.html",
        "2026Q3/rep_scorecard/R-9/rep_scorecard.html",
        "2026Q3/rep_scorecard/R-10/rep_scorecard.html",
    ]
    assert re.findall(r"<bdi>(West.*?|Rep.*?)</bdi>", page) == ["West (team)", "Rep 1", "Rep 9", "Rep 10"]
    assert page.count("<h3>Rep scorecard</h3>") == 1
    # What holds for all of a kind is said once.
    assert page.count("data as of") == 2


@pytest.mark.parametrize(("count", "tag"), [(1, "<details open>"), (12, "<details open>"), (13, "<details>")])
def test_many_members_are_folded(tmp_path, count, tag):
    for number in range(count):
        scorecard(tmp_path, number)
    page = write_index(tmp_path).read_text()
    assert f"{tag}\n<summary>{count} report{'s' if count > 1 else ''}</summary>" in page


def test_a_member_of_another_day_says_so(tmp_path):
    scorecard(tmp_path, 1)
    scorecard(tmp_path, 2, as_of="2026-08-31")
    page = write_index(tmp_path).read_text()
    assert re.findall(r"data as of (.*?)</p>", page) == ["September 30, 2026", "August 31, 2026"]


def test_the_label_of_a_member_is_text_and_its_link_an_address(tmp_path):
    scorecard(tmp_path, "a b%", label="<script>alert(1)</script>")
    page = write_index(tmp_path).read_text()
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page
    assert 'href="2026Q3/rep_scorecard/R-a%20b%25/rep_scorecard.html"' in page


@pytest.mark.parametrize("member", ["x", {"rep": "R-1"}, 7, ["label"]])
def test_a_member_that_cannot_be_read_is_no_report(tmp_path, member):
    scorecard(tmp_path, 1, member=member)
    assert read_manifests(tmp_path) == []


def test_a_folder_in_place_of_a_record_is_no_report(tmp_path):
    (tmp_path / "2026Q3" / "rep_scorecard" / "manifest.json").mkdir(parents=True)
    scorecard(tmp_path, 1)
    assert [told["member"] for told in read_manifests(tmp_path)] == ["Rep 1"]
