"""A batch makes what has changed and nothing else, goes on whatever becomes of a report, and tells no false success."""

import json
import re

import instant
import pytest

from salesops_lib.errors import ParameterError
from salesops_lib.report import run as running
from salesops_lib.report.batch import plan_batch
from salesops_lib.report.earlier import INPUTS
from salesops_lib.report.inputs import Inputs
from salesops_lib.report.outcome import Outcome
from salesops_lib.report.work import SomeFailed, run_batch

ALL = [{"report": "quarterly_review"}, {"report": "rep_scorecard", "for_each": "rep"}]
FAILING = "1 / 0 if rep == 'r-001' else None"


@pytest.fixture
def plan(project):
    def planned(*reports, **defaults):
        defaults = {"company": "params/tiny.yml", "quarter": "2026Q3", **defaults}
        path = project.write("close", defaults=defaults, reports=list(reports or ALL))
        return plan_batch(path, {}, project.out)

    project.people()
    return planned


def snapshot(project):
    return {name: (project.out / name).read_bytes() for name in project.files()}


def test_an_unchanged_rerun_executes_nothing_and_every_byte_stays(project, plan, ran):
    first = ran(plan())
    assert len(first.made) == 4
    before = snapshot(project)
    workers = instant.Instant()
    again = ran(plan(), workers=workers)
    assert (workers.ran, again.made, len(again.kept)) == ([], [], 4)
    assert again.said == ["0 published, 4 unchanged, 0 failed."]
    assert snapshot(project) == before


def test_fresh_runs_all(plan, ran):
    ran(plan())
    assert len(ran(plan(), fresh=True).made) == 4


CHANGES = {
    "a cell of the data": lambda p: p.params.with_name("deals.csv").write_text(
        p.params.with_name("deals.csv").read_text().replace(",100", ",101")
    ),
    "the company": lambda p: p.people(targets={"win_rate": 0.5}),
    "the notebook": lambda p: p.notebook("2", stem="rep_scorecard"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_has_changed_is_made_again(project, plan, ran, what):
    ran(plan())
    CHANGES[what](project)
    made = ran(plan()).made
    assert len(made) == (3 if what == "the notebook" else 4)


def test_a_parameter_that_has_changed_is_seen(plan, ran):
    ran(plan())
    assert len(ran(plan(as_of="2025-12-31")).made) == 4


def test_the_library_and_its_packages_count(plan, ran, monkeypatch):
    ran(plan())
    monkeypatch.setattr("salesops_lib.report.inputs.library_digest", lambda: "another")
    assert len(ran(plan()).made) == 4


def test_when_a_file_was_written_makes_no_difference(project, plan, ran):
    import os

    ran(plan())
    os.utime(project.params.with_name("deals.csv"), (0, 0))
    assert ran(plan()).made == []


@pytest.mark.parametrize("spoilt", ["rep_scorecard.html", "rep_scorecard.ipynb", "manifest.json"])
def test_a_report_that_is_not_whole_is_made_again(project, plan, ran, spoilt):
    ran(plan())
    folder = project.out / "2026Q3/rep_scorecard/R-001"
    (folder / spoilt).write_text((folder / spoilt).read_text()[:-3])
    assert ran(plan()).made == ["2026Q3/rep_scorecard/R-001"]
    (folder / spoilt).unlink()
    assert ran(plan()).made == ["2026Q3/rep_scorecard/R-001"]


def test_the_day_counts_where_the_data_have_no_end(project, plan, ran, monkeypatch):
    from datetime import date

    from salesops_lib.data import freshness

    tables = {"opportunities": "deals.csv", "reps": "reps.csv"}
    project.company(source={"tables": tables})
    ran(plan())
    assert ran(plan()).made == []
    monkeypatch.setattr(freshness, "today", lambda company: date(2031, 1, 1))
    assert len(ran(plan()).made) == 4


def test_a_query_is_known_by_what_it_answers(project, plan, ran):
    reps = {"query": "SELECT * FROM read_csv('reps.csv', all_varchar = true)"}
    project.company(source={"tables": {"opportunities": "deals.csv", "reps": reps}, "data_until": "2026-09-30"})
    ran(plan())
    assert ran(plan()).made == []
    people = project.params.with_name("reps.csv")
    people.write_text(people.read_text().replace("Maeve", "Mary"))
    assert len(ran(plan()).made) == 4


def test_the_review_before_is_an_input_of_the_next(project, plan, ran):
    both = [{"report": "quarterly_review", "quarter": "2026Q2"}, {"report": "quarterly_review"}]
    ran(plan(both[1]))
    assert ran(plan(*both)).made == ["2026Q2/quarterly_review"]
    # Now there is a review that the figures can be held against.
    assert ran(plan(*both)).made == ["2026Q3/quarterly_review"]
    assert ran(plan(*both)).made == []
    # When it was made says nothing; what it says does.
    ran(plan(both[0]), fresh=True)
    assert ran(plan(*both)).made == []
    manifest = project.out / "2026Q2/quarterly_review/manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "figures": [{"name": "x", "rows": []}]}))
    assert ran(plan(*both)).made == ["2026Q3/quarterly_review"]


def test_the_pseudonyms_are_those_of_the_key(project, plan, ran):
    project.people(privacy={"pseudonyms": True, "minimum_group": 1})
    ran(plan())
    assert ran(plan()).made == []
    assert len(ran(plan(pseudonyms=True)).kept) == 4
    project.params.with_name("tiny.pseudonyms.json").unlink()
    assert len(ran(plan()).made) == 4


def test_a_batch_goes_on_after_a_failure(project, plan, ran):
    requests = plan()
    project.notebook(FAILING, stem="rep_scorecard")
    told = ran(requests)
    name = f"2026Q3-rep_scorecard-{requests[1].member.folder}"
    log = project.out / "failed" / f"{name}.log"
    assert told.failed == [
        "rep_scorecard 2026Q3 Ann Lee failed: cell 4 (The part that counts): ZeroDivisionError: division by zero "
        f"The log is {log}."
    ]
    assert told.said == ["3 published, 0 unchanged, 1 failed."]
    assert "ZeroDivisionError" in log.read_text()
    assert len(list(project.out.glob("2026Q3/rep_scorecard/*/rep_scorecard.html"))) == 2
    record = json.loads(log.with_suffix(".json").read_text())
    assert {name: record[name] for name in ("report", "period", "member", "cell", "cause", "log")} == {
        "report": "rep_scorecard",
        "period": "2026Q3",
        "member": {"rep": "r-001", "label": "Ann Lee"},
        "cell": "cell 4 (The part that counts)",
        "cause": "ZeroDivisionError: division by zero",
        "log": f"failed/{name}.log",
    }


def test_the_rest_is_made_when_it_works_again_and_the_failure_is_forgotten(project, plan, ran):
    requests = plan()
    project.notebook(FAILING, stem="rep_scorecard")
    ran(requests)
    again = ran(requests)
    assert (len(again.kept), len(again.failed)) == (3, 1)
    project.notebook("1", stem="rep_scorecard")
    assert len(ran(requests).made) == 3
    assert not (project.out / "failed").exists()


def test_a_report_that_is_as_good_as_before_forgets_its_failure(project, plan, ran):
    notebook = project.folder / "notebooks" / "quarterly_review.ipynb"
    text = notebook.read_text()
    requests = plan({"report": "quarterly_review"})
    ran(requests)
    project.notebook("1 / 0")
    assert len(ran(requests).failed) == 1
    notebook.write_text(text)
    assert ran(requests).made == []
    assert not (project.out / "failed").exists()


class Broken(instant.Instant):
    """Workers with which something goes wrong for the first rep."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def run(self, requests, out, *, begin):
        for request in requests:
            if not request.member or request.member.value != "r-001":
                yield from super().run([request], out, begin=begin)
            elif isinstance(self.error, BaseException) and not isinstance(self.error, Exception):
                raise self.error
            elif self.error is not None:
                yield Outcome(request, error=self.error)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), ParameterError("a\nb"), TypeError("t"), None]
)
def test_whatever_goes_wrong_is_one_line(plan, ran, error):
    told = ran(plan(), workers=Broken(error))
    assert told.said == ["3 published, 0 unchanged, 1 failed."]
    (line,) = told.failed
    assert line.startswith("rep_scorecard 2026Q3 Ann Lee failed: ")
    assert len(line.splitlines()) == 1


def test_who_says_that_a_report_is_published_is_not_believed(project, plan, ran):
    class Liar(instant.Instant):
        def run(self, requests, out, *, begin):
            yield from (Outcome(request, page=out / request.page) for request in requests)

    told = ran(plan(), workers=Liar())
    assert (told.made, len(told.failed)) == ([], 4)
    assert not list(project.out.glob("2026Q3/**/*.html"))
    ran(plan())
    project.notebook("2", stem="rep_scorecard")
    # The former reports are no evidence of new ones.
    assert len(ran(plan(), workers=Liar()).failed) == 3


def test_the_errors_are_kept_for_who_wants_to_see_more(project, plan):
    error = TypeError("t")
    told = instant.Told()
    with pytest.raises(SomeFailed, match=r"1 of 3 reports failed\.") as caught:
        run_batch(plan()[1:], project.out, workers=Broken(error), show=instant.Screen(told))
    assert error in caught.value.__cause__.exceptions


def test_an_interruption_ends_the_batch_and_the_same_command_makes_exactly_the_rest(project, plan, ran):
    requests = plan()
    with pytest.raises(KeyboardInterrupt):
        ran(requests, workers=Broken(KeyboardInterrupt()))
    assert requests[0].page.as_posix() in (project.out / "index.html").read_text()
    assert not (project.out / "failed").exists()
    told = ran(requests)
    assert told.kept == ["2026Q3/quarterly_review"]
    assert told.made == [request.place.as_posix() for request in requests[1:]]


def test_the_report_of_another_company_is_not_replaced(project, plan, ran):
    ran(plan())
    before = snapshot(project)
    project.people(name="Other & Co")
    with pytest.raises(ParameterError) as caught:
        plan()
    assert str(caught.value) == (
        "2026Q3/quarterly_review: a report of Tiny <b>&</b> Co stands there, and this one is of Other & Co. "
        "Give a folder of its own with --out."
    )
    assert snapshot(project) == before


def test_a_report_of_another_company_that_came_in_between_stays(project, plan, ran):
    project.people(name="Other & Co")
    requests = plan({"report": "quarterly_review"})
    project.people()
    ran(plan({"report": "quarterly_review"}))
    before = (project.report / "quarterly_review.html").read_bytes()
    (line,) = ran(requests).failed
    assert "a report of Tiny <b>&</b> Co stands there" in line
    assert (project.report / "quarterly_review.html").read_bytes() == before


def test_a_single_report_is_run_once_too(project, monkeypatch):

    def made(**more):
        workers = instant.Instant()
        result = running.run(project.params, {}, project.out, workers=workers, **more)
        assert result.page.is_file()
        assert result.made == bool(workers.ran)
        return result.made

    (project.folder / "params" / "deals.csv").write_text("opportunity_id\n")
    assert made()
    before = snapshot(project)
    assert not made()
    assert snapshot(project) == before
    assert made(fresh=True)
    assert made() is False


def test_the_record_keeps_what_the_report_was_made_from(project, plan, ran):
    (request,) = plan({"report": "quarterly_review"})
    ran([request])
    record = json.loads((project.report / "manifest.json").read_text())
    assert set(record[INPUTS]) == {"company", "data", "earlier", "library", "logo", "notebook", "parameters"}
    assert all(re.fullmatch("[0-9a-f]{64}|", digest) for digest in record[INPUTS].values())
    assert Inputs().unchanged(request, project.out)
