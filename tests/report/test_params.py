import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import papermill
import pytest

import salesops_lib
from salesops_lib.errors import CompanyError, ParameterError
from salesops_lib.language import locale_of
from salesops_lib.report.members import Member
from salesops_lib.report.params import MODELS, read_request, read_settings

NOTEBOOKS = sorted((Path(salesops_lib.__file__).parents[1] / "notebooks").glob("*.ipynb"))


def test_the_request_holds_checked_values_and_no_path(project):
    request = read_request(project.params, {"as_of": "2025-12-31"})
    given = {"company": "params/tiny.yml", "as_of": "2025-12-31", "locale": None, "quarter": "2026Q3"}
    assert request.values == {**given, "published": "reports", "pseudonyms": False}
    assert (request.period.start, request.period.end) == (date(2025, 10, 1), date(2025, 12, 31))
    assert request.folder == project.folder
    assert str(project.folder) not in str(request.values)


@pytest.mark.parametrize("day", ["2025-12-31", date(2025, 12, 31)])
def test_a_day_may_be_quoted(project, day):
    project.parameters(company="params/tiny.yml", quarter="2026Q3", as_of=day)
    assert read_request(project.params).values["as_of"] == "2025-12-31"


def test_a_setting_goes_before_the_file(project):
    assert read_request(project.params, {"quarter": "2024Q4"}).period.name == "2024Q4"


@pytest.mark.parametrize("place", ["params", "notebooks", "elsewhere/deep"])
def test_the_company_is_found_from_any_folder(project, monkeypatch, place):
    (project.folder / place).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(project.folder / place)
    request = read_request(project.params)
    assert request.folder / request.values["company"] == project.folder / "params" / "tiny.yml"


def test_an_absolute_company_path_does_not_enter_the_notebook(project):
    request = read_request(project.params, {"company": str(project.folder / "params" / "tiny.yml")})
    assert (request.folder, request.values["company"]) == (project.folder / "params", "tiny.yml")


def test_the_relative_path_of_the_parameters_file_will_do(project):
    assert read_request(os.path.relpath(project.params)).report == "quarterly_review"


def test_last_is_the_last_complete_quarter_of_the_data(project):
    assert read_request(project.params, {"quarter": "last"}).values["quarter"] == "2027Q2"
    project.company(source={"tables": {"opportunities": "deals.csv"}, "data_until": date(2026, 9, 29)})
    assert read_request(project.params, {"quarter": "last"}).values["quarter"] == "2027Q1"


def test_last_without_a_day_says_what_to_do(project):
    project.company(source={"tables": {"opportunities": "deals.csv"}})
    with pytest.raises(ParameterError) as caught:
        read_request(project.params, {"quarter": "last"})
    assert str(caught.value) == (
        "quarter: 'last' needs to know until when the data go. "
        "Name the quarter, or set source: data_until: in the company file."
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"quater": "2026Q3"}, "--set: unknown parameter 'quater'. Did you mean quarter?"),
        ({"quarter": "2026Q5"}, "the quarter '2026Q5' is not a quarter. Write it as 2026Q3, or `last`."),
        ({"quarter": "2026"}, "the quarter '2026' is a year. Write it as 2026Q3, or `last`."),
        ({"quarter": "2026-07"}, "the quarter '2026-07' is a month. Write it as 2026Q3, or `last`."),
        (
            {"as_of": "yesterday"},
            "--set: the parameter 'as_of' should be a valid date (got 'yesterday').",
        ),
        ({"as_of": "[1"}, "--set as_of: this is not YAML: line 1, expected ',' or ']', but got '<stream end>'."),
        (
            {"as_of": "2025-09-30"},
            "as_of 2025-09-30 is before 2026Q3 starts (2025-10-01). Give a later day, or none.",
        ),
    ],
)
def test_a_wrong_setting_is_one_clear_error(project, settings, message):
    with pytest.raises(ParameterError) as caught:
        read_request(project.params, settings)
    assert str(caught.value) == message


def test_every_fault_is_told_at_once(project):
    project.parameters(company="params/tiny.yml", quater="2026Q3", as_of=7)
    with pytest.raises(ParameterError) as caught:
        read_request(project.params)
    assert str(caught.value).splitlines() == [
        "quarterly_review.yml: the parameter 'as_of' should be a valid date (got 7).",
        "quarterly_review.yml: the parameter 'quarter' is missing. Add it, or give --set quarter=value.",
        "quarterly_review.yml: unknown parameter 'quater'. Did you mean quarter?",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "holds no parameters. Write a line `name: value` for each."),
        ("a: [1\n", "this is not YAML: line 2, expected ',' or ']', but got '<stream end>'."),
    ],
)
def test_a_file_that_holds_no_parameters(project, text, message):
    project.params.write_text(text)
    with pytest.raises(ParameterError) as caught:
        read_request("params/quarterly_review.yml")
    assert str(caught.value).startswith(f"params/quarterly_review.yml: {message}")


def test_a_missing_file_names_the_near_ones(project):
    with pytest.raises(ParameterError) as caught:
        read_request("params/quarterly_revew.yml")
    assert str(caught.value) == (
        "params/quarterly_revew.yml: there is no such file. Did you mean quarterly_review.yml?"
    )


def test_a_file_of_no_report_names_the_near_ones(project):
    other = project.params.with_name("quarter_review.yml")
    other.write_text("quarter: 2026Q3\n")
    with pytest.raises(ParameterError) as caught:
        read_request(other)
    assert str(caught.value) == "there is no report 'quarter_review'. Did you mean quarterly_review?"


def test_a_missing_company_file(project):
    with pytest.raises(CompanyError) as caught:
        read_request(project.params, {"company": "params/tinny.yml"})
    assert str(caught.value).startswith("there is no company file params/tinny.yml. It is looked for from")


def test_a_fault_of_the_company_file_names_it_without_the_folder(project):
    project.company(curency="EUR")
    with pytest.raises(CompanyError) as caught:
        read_request(project.params)
    assert str(caught.value) == "params/tiny.yml, key 'curency': unknown key. Did you mean currency?"


@pytest.mark.parametrize("text", ["quarter", "=2026Q3", "a-b=1", ""])
def test_a_setting_without_name_or_value(text):
    with pytest.raises(ParameterError, match=r"Write --set name=value\."):
        read_settings([text])


def test_a_setting_may_hold_an_equals_sign():
    assert read_settings(["company=a=b.yml"]) == {"company": "a=b.yml"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_parameters_cell_of_each_notebook_agrees_with_its_model(path):
    fields = MODELS[path.stem].model_fields
    cell = papermill.inspect_notebook(path)
    assert set(cell) == set(fields)
    for name, parameter in cell.items():
        assert parameter["help"], f"{name} has no comment"
        assert parameter["inferred_type_name"] != "None", f"{name} has no type"


def test_each_model_has_its_notebook():
    assert {path.stem for path in NOTEBOOKS} == set(MODELS)


def comparison(project, **settings):
    project.people()
    path = project.write("rep_comparison", company="params/tiny.yml", quarter="2026Q3")
    return read_request(path, settings)


def test_a_comparison_is_about_all_if_nothing_else_is_said(project):
    request = comparison(project)
    assert request.values == {
        "company": "params/tiny.yml",
        "quarter": "2026Q3",
        "as_of": None,
        "locale": None,
        "group": "all",
        "peers": "all",
        "pseudonyms": False,
    }
    assert request.place.as_posix() == "2026Q3/rep_comparison"


@pytest.mark.parametrize("group", ["team=Central", " team = Central "])
def test_a_group_is_a_grouping_and_its_value(project, group):
    assert comparison(project, group=group).values["group"] == "team=Central"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("group", "Central", "--set: group: this names nobody. Write it as team=NAME, or all."),
        ("group", "team=", "--set: group: this names nobody. Write it as team=NAME, or all."),
        ("group", "tem=Central", "--set: group: reps have no 'tem'. Did you mean team?"),
        ("peers", "regin", "--set: peers: reps have no 'regin'. Known: all, manager, segment, team, territory."),
        ("peers", "teams", "--set: peers: reps have no 'teams'. Did you mean team?"),
        (
            "pseudonyms",
            "please",
            "--set: the parameter 'pseudonyms' should be a valid boolean (got 'please').",
        ),
    ],
)
def test_a_group_that_reps_do_not_have(project, name, text, message):
    with pytest.raises(ParameterError) as caught:
        comparison(project, **{name: text})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("company", "given", "on"),
    [(False, "false", False), (False, "true", True), (True, "false", True), (True, "true", True)],
)
def test_a_report_may_ask_for_pseudonyms_and_never_turns_them_off(project, company, given, on):
    project.people(privacy={"pseudonyms": company})
    path = project.write("rep_comparison", company="params/tiny.yml", quarter="2026Q3")
    request = read_request(path, {"pseudonyms": given})
    assert (request.values["pseudonyms"], request.company.privacy.pseudonyms) == (on, on)


@pytest.mark.parametrize(
    ("locale", "place", "title"),
    [
        ("null", "2026Q3/quarterly_review", "Quartalsbericht 3. Quartal 2026"),
        ("de_DE", "2026Q3/quarterly_review", "Quartalsbericht 3. Quartal 2026"),
        ("nl_NL", "2026Q3/quarterly_review-nl", "Kwartaalrapport 3e kwartaal 2026"),
        ("en_US", "2026Q3/quarterly_review-en", "Quarterly review 2026 Q3"),
    ],
)
def test_a_report_in_another_language_than_its_company_s_goes_to_a_folder_of_its_own(project, locale, place, title):
    request = read_request(project.params, {"locale": locale})
    assert request.place.as_posix() == place
    assert request.page.name == "quarterly_review.html"
    with locale_of(request.company.locale):
        assert request.title == title


def test_a_member_s_report_in_another_language_stands_below_it(project):
    request = comparison(project, group="team=Central", locale="nl_NL")
    with_member = replace(request, member=Member("group", "team=Central", "Central (team)"))
    assert with_member.place.as_posix() == "2026Q3/rep_comparison-nl/team-Central"


def test_a_language_that_no_report_is_written_in(project):
    with pytest.raises(ParameterError) as caught:
        read_request(project.params, {"locale": "de"})
    assert str(caught.value) == "--set: locale: 'de' is not known. Known: de_DE, en_US, nl_NL."


def test_a_scorecard_needs_a_rep(project):
    project.people()
    path = project.write("rep_scorecard", company="params/tiny.yml", quarter="2026Q3")
    with pytest.raises(ParameterError) as caught:
        read_request(path)
    assert str(caught.value) == ("rep_scorecard.yml: the parameter 'rep' is missing. Add it, or give --set rep=value.")
    assert read_request(path, {"rep": "007"}).values["rep"] == "007"


@pytest.mark.parametrize("stem", MODELS)
def test_the_parameters_files_of_the_kit_fit_their_models(stem):
    import yaml

    path = Path(salesops_lib.__file__).parents[1] / "params" / f"{stem}.yml"
    parameters = MODELS[stem].model_validate(yaml.safe_load(path.read_text()))
    assert set(parameters.model_fields_set) | {"as_of"} == set(MODELS[stem].model_fields)
