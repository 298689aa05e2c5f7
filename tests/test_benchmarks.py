"""The benchmarks run, compare equal figures and print their table; how fast they are is no test."""

import re

import pandas as pd
import pytest

from benchmarks import batch, catalogue, forecasting, measure, reps


def test_measure_is_compared_on_equal_figures(tmp_path, capsys):
    measure.main(opportunities=20_000, reps=10, rounds=1, data=tmp_path)
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if re.fullmatch(r"\| .+ \| \d+\.\d\d \| \d+\.\d\d to \d+\.\d\d \| 1 \|", line)]
    assert len(rows) == 8
    assert "opportunities" in lines[0]
    assert "GiB" in lines[-1]


def test_the_whole_catalogue_is_compared_on_equal_figures(tmp_path, capsys):
    catalogue.main(opportunities=3_000, activities=9_000, reps=6, rounds=1, data=tmp_path)
    opening, _, compared, _, title, _, row = capsys.readouterr().out.splitlines()[:7]
    assert re.match(r"Opening the book: \d+ s, at most \d+\.\d GiB\.", opening)
    assert int(compared.split()[0]) >= 40
    assert "50 metrics by rep and quarter" in title
    assert re.fullmatch(r"\| SQL with the sums for the intervals \| \d+\.\d\d \| \d+\.\d\d to \d+\.\d\d \| 1 \|", row)


def test_different_figures_are_not_compared():
    frame = pd.DataFrame({"metric": ["deals_won"], "period": ["2026Q3"], "rep": ["R1"], "value": [3.0]})
    theirs = pd.DataFrame({"rep": ["R1"], "quarter": pd.to_datetime(["2026-07-01"]), "deals_won": [4]})
    rivals = {"measure": lambda: frame, "SQL, values alone": lambda: theirs}
    with pytest.raises(AssertionError, match="deals_won: SQL, values alone"):
        measure._check_equal(rivals)


def test_the_rep_comparison_is_timed_at_two_sizes(capsys):
    reps.main(sizes=(12, 8), rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert "12 reps divided by 8" in lines[0]
    assert re.fullmatch(r"\| time \| \d+\.\d\d \| \d+\.\d\d to \d+\.\d\d \| 1 \|", lines[2])


def test_forecasts_with_prophet_are_timed_against_those_without(tmp_path, capsys):
    forecasting.main(series=2, real=tmp_path / "none.parquet")
    lines = capsys.readouterr().out.splitlines()
    assert "2 series (simulated) × 60 months × 3 origins" in lines[0]
    times, errors = (re.fullmatch(r"\| .+ \| (\d+\.\d\d) \| .+ \| 1 \|", line) for line in lines[2:4])
    assert float(times[1]) > 1
    assert 0.5 < float(errors[1]) < 2


def test_the_real_series_are_taken_where_they_are(tmp_path):
    path = tmp_path / "shop.parquet"
    frame = forecasting._simulated(4)
    frame[frame["unique_id"].ne("s000") | (frame["ds"] >= "2019-02")].to_parquet(path)
    drawn, origin = forecasting._panel(3, path)
    # The fourth is a month too short.
    assert (sorted(drawn["unique_id"].unique()), origin) == (["s001", "s002", "s003"], "shop")


def test_the_notebook_of_the_batch_is_made_by_the_kit_and_by_a_script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it works in the folder of its project
    batch._write(tmp_path, (batch.OPENED, *batch.SHOWN))
    batch.make_ours(tmp_path, 2)
    first, second = sorted((tmp_path / "reports").glob("2026Q3/*/*/quarterly_review.html"))
    page = first.read_text()
    head = re.compile(r"<title>.*?</title>|@page\{@top-left.*?\}\}", re.S)  # whose report it is
    assert head.sub("", page) == head.sub("", second.read_text())
    assert page.count("<table") >= 10
    assert page.count("<svg") >= 6
    batch._scripts(tmp_path, 2)
    assert batch._parts(5) == [3, 2]


def test_the_light_notebook_is_made_by_the_kit_and_by_a_script(tmp_path):
    batch._write(tmp_path, batch.LIGHT)
    ours, script, _papermill = batch._singles(tmp_path).values()
    ours()
    (page,) = tmp_path.glob("reports/2026Q3/*/quarterly_review.html")
    assert page.read_text().count("<table") == 10
    script()


def test_batches_are_compared_in_ratios():
    ran = []
    rivals = {"ours": lambda: ran.append(sum(range(4_000_000))), "theirs": lambda: ran.append(sum(range(1_000_000)))}
    found = batch._compare(rivals, 3)
    assert list(found) == ["theirs", "theirs: processor"]
    assert len(ran) == 6
    assert max(found["theirs: processor"]) > 1
