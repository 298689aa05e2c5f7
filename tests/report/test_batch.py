"""A batch is checked as a whole, expanded from the data, and goes on whatever becomes of one of its reports."""

import json
import re
from dataclasses import replace

import pytest

from salesops_lib.errors import CompanyError, ParameterError
from salesops_lib.report import batch, roster
from salesops_lib.report.batch import chosen, listing, plan_batch
from salesops_lib.report.params import is_batch
from salesops_lib.report.run import plan

DEFAULTS = {"company": "params/tiny.yml", "quarter": "last"}
SCORECARDS = {"report": "rep_scorecard", "for_each": "rep"}


def written(project, *reports, **defaults):
    project.people()
    return project.write("close", defaults={**DEFAULTS, "quarter": "2026Q3", **defaults}, reports=list(reports))


def planned(project, *reports, settings=None, **defaults):
    return plan_batch(written(project, *reports, **defaults), settings or {}, project.out)


def test_a_batch_is_known_by_its_reports(project):
    assert is_batch(written(project, SCORECARDS))
    assert not is_batch(project.params)
    assert not is_batch(project.params.with_name("gone.yml"))


def test_each_rep_of_the_quarter_has_a_report_by_name(project):
    requests = planned(project, SCORECARDS)
    # R-009 left before the quarter.
    assert [(request.values["rep"], request.member.label) for request in requests] == [
        ("r-001", "Ann Lee"),
        ("R-001", "Maeve Park"),
        ("../../x", "Zoë <b>Weber</b>"),
    ]
    folders = [request.place.as_posix() for request in requests]
    assert folders[1] == "2026Q3/rep_scorecard/R-001"
    assert re.fullmatch(r"2026Q3/rep_scorecard/r-001~[0-9a-f]{10}", folders[0])
    assert re.fullmatch(r"2026Q3/rep_scorecard/x~[0-9a-f]{10}", folders[2])


def test_each_team_of_the_quarter_has_a_report(project):
    requests = planned(project, {"report": "rep_comparison", "for_each": "team", "peers": "team"})
    assert [request.values["group"] for request in requests] == ["team=Central", "team=West"]
    assert [request.place.name for request in requests] == ["team-Central", "team-West"]
    assert {request.values["peers"] for request in requests} == {"team"}
    assert [request.member.label for request in requests] == ["Central (team)", "West (team)"]


def test_defaults_hold_for_every_report_and_its_own_parameters_go_before_them(project):
    own = {"report": "rep_comparison", "quarter": "2026Q2"}
    requests = planned(project, {"report": "quarterly_review"}, own, as_of="2026-08-31")
    assert [request.values["as_of"] for request in requests] == ["2026-08-31"] * 2
    assert [request.period.name for request in requests] == ["2026Q3", "2026Q2"]


@pytest.fixture
def spoken(monkeypatch):
    """Requests that tell their language in their place, whatever the notebooks make of it."""
    made = batch.request_of

    def request_of(path, given, settings, *, where):
        values = {name: value for name, value in given.items() if name != "locale"}
        request = made(path, values, settings, where=where)
        return replace(request, report=f"{request.report}-{given['locale'][:2]}") if "locale" in given else request

    monkeypatch.setattr(batch, "request_of", request_of)


def places(project, text):
    project.people()
    path = project.params.with_name("close.yml")
    path.write_text("defaults: {company: params/tiny.yml, quarter: 2026Q3}\n" + text)
    return [request.place.as_posix() for request in plan_batch(path, {}, project.out)]


def test_each_report_is_made_in_each_language_and_its_own_go_before_those_of_all(project, spoken):
    entries = "reports: [{report: quarterly_review}, {report: rep_comparison, languages: [nl_NL], for_each: team}]"
    assert places(project, f"languages: [de_DE, en_US, de_DE]\n{entries}") == [
        "2026Q3/quarterly_review-de",
        "2026Q3/quarterly_review-en",
        "2026Q3/rep_comparison-nl/team-Central",
        "2026Q3/rep_comparison-nl/team-West",
    ]
    assert places(project, entries)[0] == "2026Q3/quarterly_review"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "languages: [fr_FR]\nreports: [{report: quarterly_review}]",
            "close.yml: languages.1 should be 'en_US', 'de_DE'",
        ),
        (
            "reports: [{report: quarterly_review, languages: []}]",
            "close.yml: reports.1.languages should have at least 1",
        ),
        (
            "languages: [de_DE]\nreports: [{report: quarterly_review, locale: nl_NL}]",
            "close.yml, report 1 (quarterly_review): 'locale' is given, and languages gives it, too. Leave one of them",
        ),
    ],
)
def test_languages_that_are_none(project, spoken, text, message):
    with pytest.raises(ParameterError) as caught:
        places(project, text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("only", "limit", "found"),
    [
        ([], None, ["quarterly_review", "Ann Lee", "Maeve Park", "Zoë <b>Weber</b>", "Central (team)", "West (team)"]),
        ([], 2, ["quarterly_review", "Ann Lee"]),
        (["rep_scorecard"], None, ["Ann Lee", "Maeve Park", "Zoë <b>Weber</b>"]),
        (["rep_scorecard"], 1, ["Ann Lee"]),
        (["maeve*", "west"], None, ["Maeve Park", "West (team)"]),
        (["2026Q3/rep_comparison/*"], None, ["Central (team)", "West (team)"]),
        (["r-001"], None, ["Ann Lee", "Maeve Park"]),
        (["team=W*", "quarterly*"], None, ["quarterly_review", "West (team)"]),
    ],
)
def test_some_of_a_batch(project, only, limit, found):
    teams = {"report": "rep_comparison", "for_each": "team"}
    requests = chosen(planned(project, {"report": "quarterly_review"}, SCORECARDS, teams), only, limit)
    assert [request.member.label if request.member else request.report for request in requests] == found


def test_a_name_that_no_report_has(project):
    with pytest.raises(ParameterError) as caught:
        chosen(planned(project, {"report": "quarterly_review"}, SCORECARDS), ["rep_scorecrd", "Maeve Park"])
    (fault,) = caught.value.faults
    assert str(fault).startswith("--only rep_scorecrd: no report is called so. Did you mean rep_scorecard")


def test_settings_go_before_all(project):
    own = {"report": "rep_comparison", "quarter": "2026Q2"}
    requests = planned(project, {"report": "quarterly_review"}, own, settings={"quarter": "2025Q4"})
    assert [request.period.name for request in requests] == ["2025Q4"] * 2


def test_last_is_the_last_complete_quarter(project):
    (request,) = planned(project, {"report": "quarterly_review"}, quarter="last")
    assert request.period.name == "2027Q2"  # July to September 2026, the year begins in April


def test_the_book_is_opened_once_for_all_and_not_without_need(project, monkeypatch):
    from salesops_lib.data import book

    opened, open_book = [], book.open_book

    def counted(*arguments, **more):
        opened.append(more)
        return open_book(*arguments, **more)

    monkeypatch.setattr(book, "open_book", counted)
    planned(project, {"report": "quarterly_review"}, {"report": "rep_comparison", "group": "team=West"})
    assert not opened
    one = {"report": "rep_comparison", "for_each": "manager"}
    planned(project, SCORECARDS, {"report": "rep_comparison", "for_each": "team"}, one)
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"report": "rep_scorcard"}, "close.yml, report 2 (rep_scorcard): there is no report 'rep_scorcard'. Did you"),
        ({"report": "rep_scorecard"}, "close.yml, report 2 (rep_scorecard): the parameter 'rep' is missing. Add it"),
        (
            {"report": "rep_scorecard", "for_each": "team"},
            "close.yml, report 2 (rep_scorecard): rep_scorecard is not made for each 'team'. Known: rep.",
        ),
        (
            {"report": "rep_comparison", "for_each": "teams"},
            "close.yml, report 2 (rep_comparison): rep_comparison is not made for each 'teams'. Did you mean team?",
        ),
        (
            {"report": "rep_scorecard", "for_each": "rep", "rep": "R-001"},
            "close.yml, report 2 (rep_scorecard): 'rep' is given, and for_each gives it, too. Leave one of them out.",
        ),
        (
            {"report": "rep_comparison", "peer": "team"},
            "close.yml, report 2 (rep_comparison): unknown parameter 'peer'. Did you mean peers?",
        ),
        ({"quarter": "2026Q3"}, "close.yml: reports.2.report is missing. Add it."),
        (
            {"report": "quarterly_review"},
            "close.yml: 2026Q3/quarterly_review would be made twice. Leave one out.",
        ),
        (
            {"report": "rep_scorecard", "rep": "Maev Park"},
            "close.yml, report 2 (rep_scorecard): there is no rep 'Maev Park'. Did you mean Maeve Park",
        ),
        (
            {"report": "rep_comparison", "for_each": "segment"},
            "close.yml, report 2 (rep_comparison): there is no segment in 2026Q3. Known: manager, rep, team.",
        ),
    ],
)
def test_a_wrong_entry_is_told_before_anything_runs(project, entry, message):
    with pytest.raises(ParameterError) as caught:
        planned(project, {"report": "quarterly_review"}, entry)
    assert str(caught.value).startswith(message)
    assert not project.out.exists()


def test_a_default_that_a_report_does_not_know_is_a_fault_and_not_left_out(project):
    with pytest.raises(ParameterError) as caught:
        planned(project, {"report": "rep_comparison"}, {"report": "quarterly_review"}, group="all")
    assert str(caught.value).startswith("close.yml, report 2 (quarterly_review): unknown parameter 'group'.")


def test_every_fault_is_told_at_once_and_a_common_one_only_once(project):
    with pytest.raises(ParameterError) as caught:
        planned(project, {"report": "rep_scorecard"}, {"report": "x"}, settings={"quater": "2026Q3"})
    assert [str(fault).split(".")[0] for fault in caught.value.faults] == [
        "close",
        "--set: unknown parameter 'quater'",
        "close",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("report: []\nreports: [{report: x}]", "close.yml: unknown key 'report'. Did you mean reports?"),
        ("reports: []", "close.yml: reports should have at least 1 item after validation, not 0."),
        ("reports: quarterly_review", "close.yml: reports should be a valid list."),
        (
            "reports: [quarterly_review]",
            "close.yml: reports.1 is no report. Write it as `report: quarterly_review`.",
        ),
    ],
)
def test_a_file_that_is_no_list_of_reports(project, text, message):
    path = project.params.with_name("close.yml")
    path.write_text(text)
    with pytest.raises(ParameterError) as caught:
        plan_batch(path, {}, project.out)
    assert str(caught.value) == message


def test_the_list_of_what_would_run(project):
    frame = listing(planned(project, {"report": "quarterly_review"}, SCORECARDS), project.out)
    assert list(frame["member"]) == ["", "Ann Lee", "Maeve Park", "Zoë <b>Weber</b>"]
    assert frame["page"][0] == str(project.out / "2026Q3/quarterly_review/quarterly_review.html")
    assert not project.out.exists()


def test_what_is_recorded_of_a_member(project, ran):
    requests = planned(project, {"report": "rep_scorecard", "rep": "maeve park"})
    assert ran(requests).failed == []
    folder = project.out / "2026Q3" / "rep_scorecard" / "R-001"
    record = json.loads((folder / "manifest.json").read_text())
    assert record["member"] == {"rep": "R-001", "label": "Maeve Park"}
    assert record["parameters"]["rep"] == "R-001"
    title = "<title>Tiny &lt;b&gt;&amp;&lt;/b&gt; Co: Verkäufer-Scorecard 3. Quartal 2026, Maeve Park</title>"
    assert title in (folder / "rep_scorecard.html").read_text()


class TestPseudonyms:
    """With pseudonyms, nothing that a batch writes or says has a name or an id in it."""

    REAL = re.compile(r"Maeve|Ann Lee|Weber|Old Hand|Noor|[Rr]-00|\.\./x")

    def plan(self, project, where):
        project.people(privacy={"pseudonyms": where == "company", "minimum_group": 1})
        asked = {"pseudonyms": True} if where == "report" else {}
        named = {"report": "rep_scorecard", "rep": "Maeve Park"}
        managers = {"report": "rep_comparison", "for_each": "manager"}
        path = project.write("close", defaults={**DEFAULTS, "quarter": "2026Q3", **asked}, reports=[named, managers])
        return plan_batch(path, {}, project.out)

    def test_the_company_or_a_report_asks_for_them(self, project):
        by_company, by_report = (
            [(dict(request.values), request.member) for request in self.plan(project, where)]
            for where in ("company", "report")
        )
        assert by_company == by_report
        assert [member.label[:3] for _values, member in by_report] == ["Rep", "Man"]

    def test_no_name_leaves_the_run(self, project, ran):
        requests = self.plan(project, "report")
        assert ran(requests).failed == []
        project.notebook("1 / 0", stem="rep_scorecard")
        told = "\n".join(ran(requests[:1]).failed)
        assert "failed" in told
        said = [told, listing(requests, project.out).to_csv()]
        said += [str(path.relative_to(project.out)) for path in project.out.rglob("*")]
        said += [path.read_text() for path in project.out.rglob("*") if path.is_file()]
        assert len(said) > 12
        for text in said:
            assert not self.REAL.search(re.sub(r"<style>.*?</style>", "", text, flags=re.S)), text

    @pytest.mark.parametrize("where", ["company", "report"])
    @pytest.mark.parametrize("typed", ["Noor van Dijk", "van Dijk, Noor"])
    def test_a_manager_who_is_typed_is_shown_by_pseudonym(self, project, typed, where):
        project.people(privacy={"pseudonyms": where == "company", "minimum_group": 1})
        asked = {"pseudonyms": "true"} if where == "report" else {}
        path = project.write("rep_comparison", company="params/tiny.yml", quarter="2026Q3")
        request = plan(path, {"group": f"manager={typed}", **asked}, project.out)
        assert re.fullmatch("manager=Manager [2-9A-Z]{4}", request.values["group"])
        assert not re.search("Noor|Dijk", f"{request.title} {request.place} {listing([request], project.out).to_csv()}")

    @pytest.mark.parametrize("group", ["manager=Noor Dijk", "team=Noor's team", "Noor van Dijk"])
    def test_a_group_that_is_none_is_not_repeated(self, project, group):
        project.people(privacy={"pseudonyms": True, "minimum_group": 1})
        path = project.write("rep_comparison", company="params/tiny.yml", quarter="2026Q3")
        with pytest.raises(ParameterError) as caught:
            plan(path, {"group": group}, project.out)
        assert not re.search("Noor|Dijk", str(caught.value))

    @pytest.mark.parametrize("privacy", [{"pseudonyms": True}, {"pseudonyms": False}])
    def test_the_key_is_not_published(self, project, privacy):
        project.people(privacy={**privacy, "key": "../reports/keys/tiny.json"})
        path = project.write("close", defaults={**DEFAULTS, "quarter": "2026Q3"}, reports=[SCORECARDS])
        with pytest.raises(CompanyError, match="key"):
            plan_batch(path, {}, project.out)
        assert not project.out.exists()


def test_a_roster_answers_for_each_book_by_itself(project):
    requests = planned(project, {"report": "rep_comparison"}, {"report": "rep_comparison", "quarter": "2026Q2"})
    people = roster.Roster()
    # In July to September 2025 Old Hand was still there.
    assert [len(people.each(request, "team")) for request in requests] == [2, 3]
