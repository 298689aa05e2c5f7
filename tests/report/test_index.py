import itertools
import json
import re
from urllib.parse import unquote

import pytest

from salesops_lib.report.index import write_index
from salesops_lib.report.records import read_shelf
from tests.report.shelves import fail, put, scorecard


def pages(out):
    return {
        path.relative_to(out).as_posix(): path.read_text() for path in [write_index(out), *out.glob("*/index.html")]
    }


def links(page):
    return re.findall(r'href="([^"#][^"]*)"', page)


def part(page, anchor):
    return re.search(rf'<section [^>]*aria-labelledby="{anchor}">.*?</section>', page, re.S)[0]


def test_quarters_come_latest_first_and_each_has_a_page(tmp_path):
    for period in ("2026Q2", "2026Q3", "2025Q4"):
        put(tmp_path, period)
    found = pages(tmp_path)
    assert set(found) == {"index.html", "2026Q3/index.html", "2026Q2/index.html", "2025Q4/index.html"}
    assert links(part(found["index.html"], "quarters")) == [
        f"{p}/{page}"
        for p in ("2026Q3", "2026Q2", "2025Q4")
        for page in ("index.html", "quarterly_review/quarterly_review.html")
    ]
    assert links(found["2026Q3/index.html"]) == ["../index.html", "quarterly_review/quarterly_review.html"]


def test_every_link_leads_to_a_file(tmp_path):
    put(tmp_path, beside={"quarterly_review.pdf": b"x" * 2000, "tables.xlsx": b"y"})
    put(tmp_path, stem="quarterly_review-de", locale="de_DE")
    for number in range(20):
        scorecard(tmp_path, f"a b%{number}")
    fail(tmp_path, "2026Q3-forecasting")
    for name, text in pages(tmp_path).items():
        targets = [re.sub("#.*", "", link) for link in links(text)]
        assert len(targets) > 5
        for target in targets:
            assert ((tmp_path / name).parent / unquote(target)).is_file(), target


def test_the_same_folder_gives_the_same_bytes_and_leaves_them_alone(tmp_path):
    put(tmp_path)
    scorecard(tmp_path, 1)
    first = pages(tmp_path)
    before = [(tmp_path / name).stat().st_mtime_ns for name in first]
    assert pages(tmp_path) == first
    assert [(tmp_path / name).stat().st_mtime_ns for name in first] == before


def test_new_shows_the_newest_with_its_headline(tmp_path):
    for month in range(1, 9):
        put(
            tmp_path,
            f"2025Q{month}",
            headline=[f"Sentence {month}.", "Two.", "Three."],
            made_at=f"2026-0{month}-01T08:00:00Z",
        )
    new = part(write_index(tmp_path).read_text(), "new")
    assert re.findall(r"(Sentence \d)", new) == [f"Sentence {month}" for month in (8, 7, 6, 5, 4, 3)]
    assert '<p class="teaser" lang="en-US">Sentence 8. Two.</p>' in new
    assert "Data as of September 30, 2026, made on Aug 1, 2026, 8:00\N{NO-BREAK SPACE}AM UTC" in new


def test_a_batch_of_scorecards_is_one_entry_of_what_is_new(tmp_path):
    put(tmp_path)
    for number in range(30):
        scorecard(tmp_path, number, made_at=f"2026-10-01T09:{number:02d}:00Z")
    new = part(write_index(tmp_path).read_text(), "new")
    assert re.findall(r"<h3><a[^>]*>(.*?)</a>", new) == ["Quarterly review, 2026 Q3", "Rep scorecard (30), 2026 Q3"]


def test_languages_of_a_report_stand_together(tmp_path):
    put(tmp_path, stem="quarterly_review-nl", locale="nl_NL")
    put(tmp_path, stem="quarterly_review-de", locale="de_DE")
    put(tmp_path)
    page = pages(tmp_path)["2026Q3/index.html"]
    assert links(page)[1:] == [
        "quarterly_review/quarterly_review.html",
        "quarterly_review-de/quarterly_review.html",
        "quarterly_review-nl/quarterly_review.html",
    ]
    assert re.findall(r'<span lang="(.*?)">(\w+)</span>', page) == [("de-DE", "Deutsch"), ("nl-NL", "Nederlands")]
    assert "Maven</bdi> · 1 report<" in page


def test_files_have_their_sizes(tmp_path):
    beside = {"quarterly_review.pdf": b"x" * 437_566, "tables.xlsx": b"x", "tables.zip": b"x" * 2400, "fix_a.csv": b"x"}
    put(tmp_path, beside=beside)
    page = pages(tmp_path)["2026Q3/index.html"]
    assert re.findall(r">([^<>]*, [\d.]+ [KM]B)<", page) == [
        "PDF, 438 KB",
        "Tables (Excel), 1 KB",
        "Tables (CSV), 2 KB",
    ]


def test_what_failed_says_why_and_what_still_stands(tmp_path):
    put(tmp_path)
    scorecard(tmp_path, 1, "Ann")
    fail(tmp_path, "one", report="rep_scorecard", member={"rep": "R-1", "label": "Ann"}, cause="<b>no</b>")
    fail(tmp_path, "two", log="elsewhere/../../etc/passwd")
    found = pages(tmp_path)
    failed = part(found["index.html"], "failed")
    assert "2 reports could not be made" in failed
    assert "cell 3: &lt;b&gt;no&lt;/b&gt;" in failed
    assert links(failed) == ["failed/one.log", "2026Q3/rep_scorecard/R-1/rep_scorecard.html"]
    assert links(part(found["2026Q3/index.html"], "failed"))[0] == "../failed/one.log"
    # It is told before the first report, in words and not by colour alone.
    assert found["index.html"].index('href="#failed"') < found["index.html"].index("<h2")


def test_a_failure_alone_is_listed(tmp_path):
    fail(tmp_path, "one")
    assert "Forecast, 2026 Q3" in write_index(tmp_path).read_text()


def test_members_are_listed_by_name_and_found_from_the_first_page(tmp_path):
    put(tmp_path, report="rep_comparison", label="Rep comparison")
    team = {"group": "team=West", "label": "West (team)"}
    put(tmp_path, report="rep_comparison", folder="team-West", label="Rep comparison", member=team)
    for number in (10, 9, 1):
        scorecard(tmp_path, number)
    put(tmp_path, "2026Q2", "rep_scorecard", "R-9", member={"rep": "R-9", "label": "Rep 9"})
    found = pages(tmp_path)
    assert re.findall(r"<bdi>(West|Rep.*?)</bdi>", found["2026Q3/index.html"]) == ["West", "Rep 1", "Rep 9", "Rep 10"]
    assert links(part(found["index.html"], "by-team")) == ["2026Q3/rep_comparison/team-West/rep_comparison.html"]
    assert links(part(found["index.html"], "by-rep"))[1:3] == [
        "2026Q3/rep_scorecard/R-9/rep_scorecard.html",
        "2026Q2/rep_scorecard/R-9/rep_scorecard.html",
    ]
    assert links(part(found["index.html"], "kinds"))[-2:] == [
        "2026Q3/index.html#rep_scorecard",
        "2026Q2/index.html#rep_scorecard",
    ]


@pytest.mark.parametrize(("count", "folded"), [(12, 0), (13, 1)])
def test_many_members_are_folded(tmp_path, count, folded):
    for number in range(count):
        scorecard(tmp_path, number)
    assert pages(tmp_path)["2026Q3/index.html"].count("<details>\n<summary>13 reports</summary>") == folded


def test_a_member_of_another_day_says_so(tmp_path):
    scorecard(tmp_path, 1)
    scorecard(tmp_path, 2, as_of="2026-08-31")
    page = pages(tmp_path)["2026Q3/index.html"]
    assert re.findall(r"Data as of (.*?)<", page) == ["September 30, 2026", "August 31, 2026"]


def test_several_companies_are_named(tmp_path):
    put(tmp_path)
    put(tmp_path, "2026Q2", company="<script>alert(1)</script>")
    page = write_index(tmp_path).read_text()
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi> · Data as of" in page
    assert "<script" not in page


def test_the_index_speaks_the_language_of_most_reports(tmp_path):
    put(tmp_path, locale="de_DE")
    put(tmp_path, stem="quarterly_review-en", locale="en_US")
    put(tmp_path, stem="quarterly_review-nl", locale="nl_NL")
    assert "30. September 2026" in write_index(tmp_path).read_text()


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}{x}", "a\u202eb"]
)
def test_hostile_texts_are_texts(tmp_path, hostile):
    put(tmp_path, headline=[hostile], label=hostile, report="mine")
    scorecard(tmp_path, 1, hostile, headline=[hostile])
    put(tmp_path, report="rep_comparison", folder="x", member={"group": f"team={hostile}", "label": hostile})
    fail(tmp_path, "one", cell=hostile, cause=hostile, member=hostile, report=hostile, period=hostile)
    for page in pages(tmp_path).values():
        assert not re.search(r"<script|<img|onerror=alert\(1\)>[^&]*<|49", page.partition("</style>")[2])
        assert page.count("\u202e") == page.count("\u202c")


def test_the_page_asks_for_nothing_and_says_so(tmp_path):
    put(tmp_path)
    for page in pages(tmp_path).values():
        assert "default-src &#39;none&#39;" in page
        assert not re.search(r"https?:|<script|<link|<img|@import", page)
        assert 'name="viewport"' in page
        levels = [int(level) for level in re.findall(r"<h(\d)", page)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        assert len(set(re.findall(r' id="(.*?)"', page))) == page.count(' id="')


BROKEN = {
    "half": "{half",
    "list": "[]",
    "empty": "{}",
    "deep": "[" * 100_000,
    "elsewhere": {"period": "2025Q1"},
    "no_page": {"files": {}},
    "no_label": {"member": {"rep": "R-1"}},
    "member": {"member": 7},
    "dimension": {"member": {"group": "a b=c", "label": "c"}},
    "day": {"as_of": "soon"},
    "moment": {"made_at": "soon"},
    "outside": {"files": {"quarterly_review.html": "", "../../index.html": ""}},
    "missing": {"files": {"quarterly_review.html": "", "gone.pdf": ""}},
    "number": {"headline": 7},
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_record_is_named_and_stops_nothing(tmp_path, kind):
    put(tmp_path, stem="good")
    place, told = put(tmp_path, stem=kind), BROKEN[kind]
    text = told if isinstance(told, str) else json.dumps({**json.loads((place / "manifest.json").read_text()), **told})
    (place / "manifest.json").write_text(text)
    fail(tmp_path, "one")
    (tmp_path / "failed" / "one.json").write_text("{")
    put(tmp_path, ".making-x")
    shelf = read_shelf(tmp_path)
    assert [report.place.as_posix() for report in shelf.reports] == ["2026Q3/good"]
    assert shelf.unreadable == (f"2026Q3/{kind}/manifest.json", "failed/one.json")
    assert f"cannot be read: 2026Q3/{kind}/manifest.json, failed/one.json<" in write_index(tmp_path).read_text()


def test_a_folder_in_place_of_a_record_is_no_report(tmp_path):
    (tmp_path / "2026Q3" / "rep_scorecard" / "manifest.json").mkdir(parents=True)
    scorecard(tmp_path, 1)
    assert [report.whose.label for report in read_shelf(tmp_path).reports] == ["Rep 1"]


def test_no_report_yet(tmp_path):
    assert "No report has been published yet." in write_index(tmp_path / "reports").read_text()
