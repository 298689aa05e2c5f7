"""With pseudonyms, no table, note or error names anybody; and every figure is what it was."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from salesops_lib.analysis.personal import personal_fields
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.company import read_company
from salesops_lib.data.book import open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.data.schema import TABLES
from salesops_lib.metrics import measure
from tests.data.hidden import HEADER, NAMES, REPS, ROW, SETTINGS, leaks, opened, people
from tests.data.test_real_data import COMPANIES, DATA
from tests.small import book_of, deal


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The books of a small demo company: with names, and with pseudonyms."""
    path = write_demo(tmp_path_factory.mktemp("demo"), years=2, opportunities=2000, activities=4000)
    return open_book(path), open_book(path, pseudonyms=True)


class TestDemo:
    def test_nothing_names_anybody(self, demo):
        named, hidden = demo
        assert len(people(named)) > 80  # 40 ids, 40 names, the managers
        assert {place for place, _ in leaks(named, people(named))} > {
            "reps.name",
            "opportunities.rep_id",
            "quotas.rep_id",
        }
        assert leaks(hidden, people(named)) == set()

    def test_ids_and_names_are_one_text(self, demo):
        reps = demo[1].table("reps").to_pandas()
        assert (reps["rep_id"] == reps["name"]).all()
        assert reps["rep_id"].str.fullmatch("Rep [2-9C-X]{4,}").all()
        assert reps["manager_id"].str.fullmatch("Manager [2-9C-X]{4,}").all()
        assert reps["rep_id"].nunique() == 40

    @pytest.mark.parametrize("by", ["rep", "manager", "team"])
    def test_every_figure_is_the_same(self, demo, by):
        named, hidden = demo
        metrics = ["revenue_won", "quota_attainment", "win_rate", "sales_cycle_days", "pipeline_value"]
        renamed = {each: each for each in measure(named, "revenue_won", "2026Q3", by=by)[by]}
        if by != "team":
            role = {"rep": "Rep", "manager": "Manager"}[by]
            renamed |= hidden.source.key.shown(role)
        frames = []
        for book, names in ((named, renamed), (hidden, {})):
            frame = measure(book, metrics, "2026Q3", by=by).drop(columns="rep_name", errors="ignore")
            frame[by] = frame[by].replace(names)
            frames.append(frame.sort_values(["metric", by], ignore_index=True))
        pd.testing.assert_frame_equal(*frames, check_exact=True)
        assert frames[0]["value"].notna().sum() > 10

    def test_the_tables_have_the_same_rows_and_columns(self, demo):
        named, hidden = demo
        for name, table in named.source.tables.items():
            other = hidden.source.tables[name]
            assert table.columns == other.columns
            assert table.count().to_pyarrow().as_py() == other.count().to_pyarrow().as_py()
        assert named.audit.frame().equals(hidden.audit.frame())
        assert (named.data_hash, named.extras("accounts")) == (hidden.data_hash, hidden.extras("accounts"))


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data (../shared/data) is not here")
def test_an_id_that_is_the_name(tmp_path):
    named = open_book(COMPANIES / "maven.yml")
    company = read_company(COMPANIES / "maven.yml")
    privacy = {"pseudonyms": True, "key": str(tmp_path / "key.json")}
    hidden = open_book(company.model_copy(update={"privacy": type(company.privacy)(**privacy)}))
    assert "Darcel Schlecht" in people(named)
    assert leaks(hidden, people(named)) == set()
    best = measure(hidden, "revenue_won", "2017Q2", by="rep").sort_values("value").iloc[-1]
    assert best["rep"] == best["rep_name"] == hidden.rep("Darcel Schlecht")


class TestStable:
    def test_from_run_to_run_and_whatever_the_rows(self, desk):
        desk.write(deals_csv=HEADER + ROW, reps_csv=REPS)
        before = opened(desk).source.key.shown("Rep")
        lines = REPS.splitlines()
        desk.write(reps_csv="\n".join([lines[0], "R-03,Zoe New,Cy Boss,East", *reversed(lines[1:])]) + "\n")
        after = opened(desk).source.key.shown("Rep")
        assert set(after) - set(before) == {"R-03"}
        assert {id_: after[id_] for id_ in before} == before

    def test_a_lost_key_gives_others(self, desk):
        desk.write(deals_csv=HEADER + ROW, reps_csv=REPS)
        before = opened(desk).source.key.shown("Rep")
        (desk.folder / "company.pseudonyms.json").unlink()
        assert not set(opened(desk).source.key.shown("Rep").values()) & set(before.values())

    def test_open_book_can_turn_them_on_and_never_off(self, desk):
        desk.write(deals_csv=HEADER + ROW, reps_csv=REPS)
        path = desk.company(SETTINGS, tables={"reps": "reps.csv"})
        assert open_book(path, pseudonyms=True).company.privacy.pseudonyms
        assert open_book(path).company.privacy.pseudonyms is False
        assert opened(desk).company.privacy.pseudonyms
        assert open_book(desk.folder / "company.yml", pseudonyms=False).company.privacy.pseudonyms

    def test_another_day_shows_the_same(self, desk):
        desk.write(deals_csv=HEADER + ROW, reps_csv=REPS)
        book = opened(desk)
        assert leaks(book.at(dt.date(2026, 1, 31)), NAMES) == set()
        assert book.at(dt.date(2026, 1, 31)).rep("R-01") == book.rep("R-01")


def test_a_total_row_is_still_a_total_row(desk):
    desk.write(
        deals_csv=HEADER + ROW,
        reps_csv=REPS,
        quotas_csv="rep_id,period_start,period_end,quota\nR-01,2026-01-01,2026-03-31,5\nTotal,,,5\n",
    )
    quotas = opened(desk, tables={"reps": "reps.csv", "quotas": "quotas.csv"}).audit.tables[-1]
    assert (quotas.used, quotas.dropped) == (1, 1)


def test_from_parquet_and_through_a_move():
    reps = [{"rep_id": f"R-{i}", "name": f"Ann Lee {i}", "manager_id": "Cy Boss", "team": "East"} for i in range(3)]
    deals = [deal(i, "2026-03-01", ("2026-05-01", "Won", 7), rep_id=f"R-{i}") for i in range(3)]
    moved = [{"rep_id": "R-1", "valid_from": "2026-05-04", "manager_id": "Eve Head"}]
    privacy = {"privacy": {"pseudonyms": True, "minimum_group": 1}}
    book = book_of("2026-06-30", company=privacy, opportunities=deals, reps=reps, assignments=moved)
    assert leaks(book, ["R-0", "R-1", "R-2", "Ann Lee", "Cy Boss", "Eve Head"]) == set()
    notes = Peers(book, "2026Q2").reps.set_index("rep")["note"]
    manager = book.source.key.shown("Manager")
    assert notes[book.rep("Ann Lee 1")] == (
        f"moved from manager {manager['Cy Boss']} to {manager['Eve Head']} on 2026-05-04"
    )


class TestPersonalFields:
    def test_only_what_the_source_has(self, desk):
        desk.write(deals_csv=HEADER + ROW, reps_csv="rep_id,name,hired_on\nR-01,Ann Lee,2020-01-01\n")
        found = personal_fields(open_book(desk.company(SETTINGS, tables={"reps": "reps.csv"})))
        assert found[["table", "field", "shown_as"]].values.tolist() == [
            ["reps", "rep_id", "name"],
            ["reps", "name", "name"],
            ["reps", "hired_on", "figure"],
            ["opportunities", "rep_id", "name"],
        ]
        assert "tenure" in found["use"].iloc[2]
        hidden = personal_fields(opened(desk))
        assert hidden["shown_as"].tolist() == ["pseudonym", "pseudonym", "figure", "pseudonym"]

    def test_every_field_is_one_of_the_schema(self, demo):
        found = personal_fields(demo[0])
        assert all(field in TABLES[table].names for table, field in zip(found["table"], found["field"], strict=True))
        about_reps = {(name, "rep_id") for name, table in TABLES.items() if "rep_id" in table.names}
        about_reps |= {("reps", name) for name in TABLES["reps"].names} | {("activities", "contact_id")}
        listed = set(zip(found["table"], found["field"], strict=True))
        assert about_reps - listed == {("assignments", "rep_id")}


def test_this_folder_has_no_key_file_afterwards():
    assert [*Path(__file__).parent.rglob("*.pseudonyms.*")] == []
