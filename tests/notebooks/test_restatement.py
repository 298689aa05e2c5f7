"""Two published reviews: the later one says what has changed of the former one's figures, and through which records."""

import shutil

import pandas as pd
import pytest

from salesops_lib import open_book
from salesops_lib.analysis import restatement
from salesops_lib.data.demo import write_demo

REPS, YEARS = 12, 2


@pytest.fixture(scope="module")
def former(publish, tmp_path_factory):
    folder = tmp_path_factory.mktemp("restated")
    write_demo(folder / "company", reps=REPS, years=YEARS)
    return publish(folder, "company/demo.yml", "2026Q2"), folder


@pytest.fixture(scope="module")
def changed(former, publish, tmp_path_factory):
    """The same company a quarter later, with three rows changed; what each was worth before."""
    _, before = former
    folder = tmp_path_factory.mktemp("later")
    shutil.copytree(before, folder, dirs_exist_ok=True)
    path = folder / "company" / "opportunities.csv"
    deals = pd.read_csv(path, dtype=str, keep_default_na=False)
    won = deals.index[(deals["is_won"] == "true") & deals["closed_at"].between("2026-04-01", "2026-06-30")]
    history_path = folder / "company" / "opportunity_history.csv"
    history = pd.read_csv(history_path, dtype=str, keep_default_na=False)
    raised, reopened, spoilt = won[:3]
    worth = {
        name: float(deals.loc[row, "amount"]) for name, row in zip("raised reopened spoilt".split(), won, strict=False)
    }
    ids = {name: deals.loc[row, "opportunity_id"] for name, row in zip(worth, won, strict=False)}
    # One is raised without a word in the history: after the day of the report, nobody can tell when.
    deals.loc[raised, "amount"] = f"{worth['raised'] + 1000:.2f}"
    last = history[history["opportunity_id"] == ids["raised"]].index[-1]
    history.loc[last, "amount"] = deals.loc[raised, "amount"]
    # One is opened again in August, and the history tells it.
    opened = history[history["opportunity_id"] == ids["reopened"]].iloc[0].to_dict()
    opened |= {"changed_at": "2026-08-10T10:00:00", "close_date": "2026-12-15", "amount": deals.loc[reopened, "amount"]}
    history = pd.concat([history, pd.DataFrame([opened])], ignore_index=True)
    deals.loc[reopened, ["is_won", "is_closed", "stage", "closed_at", "close_date"]] = [
        "false",
        "false",
        opened["stage"],
        "",
        "2026-12-15",
    ]
    # One has lost its amount: it is quarantined.
    deals.loc[spoilt, "amount"] = ""
    deals.to_csv(path, index=False)
    history.to_csv(history_path, index=False)
    return publish(folder, "company/demo.yml", "2026Q3", published=str(folder / "reports")), worth, ids


def test_a_review_says_what_changed_since_the_one_before(former, changed):
    review, worth, _ids = changed
    (won,) = review.rows("restatement", metric="revenue_won")
    assert won["published"] == former[0].card("revenue_won")["value"]
    assert won["now"] == review.card("revenue_won")["previous"]
    assert won["by_history"] == pytest.approx(-worth["reopened"], abs=0.005)
    assert won["by_source"] == pytest.approx(1000 - worth["spoilt"], abs=0.005)
    assert won["change"] == pytest.approx(won["by_history"] + won["by_source"], abs=0.005)
    assert "figures of 2026 Q2 have changed since they were published as of June 30, 2026" in review.text
    assert "the data themselves say something else of that day now" in review.text


def test_it_names_the_records(changed):
    review, worth, ids = changed
    records = review.rows("restated_records")
    (opened,) = [row for row in records if row["what"] == "reopened"]
    assert opened["opportunity_id"] == ids["reopened"]
    assert opened["effect"] == pytest.approx(-worth["reopened"], abs=0.005)
    (aside,) = [row for row in records if row["what"] == "quarantined"]
    assert aside["after"] == "won without an amount"
    assert aside["name"].startswith("opportunities.csv ")


def test_every_row_is_accounted_for_there_too(changed):
    review, *_ = changed
    for table in review.manifest["tables"]:
        assert table["read"] == table["used"] + table["quarantined"] + table["dropped"]
    assert sum(table["quarantined"] for table in review.manifest["tables"]) == 1


def test_the_same_data_a_quarter_later_change_nothing_that_is_not_in_the_history(former, publish):
    _, folder = former
    calm = publish(folder, "company/demo.yml", "2026Q3", published=str(folder / "reports"))
    book = open_book(folder / "company" / "demo.yml", period="2026Q3")
    frame = restatement(book, "2026Q3", str(folder / "reports"))
    assert len(frame) == len(former[0].rows("cards"))
    assert frame["by_source"].fillna(0).abs().max() < 1e-6
    assert [row["metric"] for row in calm.rows("restatement")] == list(frame.loc[frame["changed"], "metric"])


def test_without_an_earlier_review_one_line_says_so(former):
    review, _ = former
    assert "No review of 2026 Q1 was published that its figures could be held against." in review.text
    assert not review.rows("restatement")
