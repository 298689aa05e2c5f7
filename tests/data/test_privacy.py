"""With pseudonyms, no table, note or error names anybody; and every figure is what it was."""

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesops_lib.analysis.personal import personal_fields
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.company import read_company
from salesops_lib.data.book import open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.data.privacy import Veil
from salesops_lib.data.pseudonyms import Key
from salesops_lib.data.schema import TABLES
from salesops_lib.errors import MissingTable, ParameterError, SalesOpsError
from salesops_lib.metrics import measure
from tests.data.test_real_data import COMPANIES, DATA
from tests.small import book_of, deal

HEADER = "opportunity_id,rep_id,name,stage,amount,created_at,closed_at,Owner\n"
ROW = "A1,R-01,Deal,Won,100,2026-01-05,2026-02-05,\n"
REPS = "rep_id,name,manager_id,team\nR-01,Ann Lee,Cy Boss,East\nR-02,Ben Moss,Cy Boss,Cy Boss\n"
SETTINGS = {"columns": {"owner": "Owner"}}
DERIVED = ("states", "stage_entries", "quota_spans", "forecast_results", "assigned_reps", "moves", "orders", "quotes")


def opened(desk, deals=None, **changes):
    tables = changes.pop("tables", {"reps": "reps.csv"})
    return open_book(
        desk.company(SETTINGS if deals is None else deals, privacy={"pseudonyms": True}, tables=tables, **changes)
    )


def everything(book):
    """Every text that a book can tell, with where it stands."""
    frames = {"audit": book.audit.frame(), "quarantine": book.audit.quarantine}
    for name in (*TABLES, *DERIVED, "lead_outcomes", "market", "pushes", "ramps"):
        try:
            frames[name] = book.table(name).to_pandas()
        except MissingTable:
            continue
    frames |= {f"source {name}": table.to_pandas() for name, table in book.source.tables.items()}
    frames["personal"] = personal_fields(book)
    for place, frame in frames.items():
        for column in frame.columns:
            if isinstance(frame[column].dtype, pd.StringDtype) or frame[column].dtype == object:
                for text in frame[column].dropna().unique():
                    yield f"{place}.{column}", str(text)


def leaks(book, real):
    """Where one of the real names or ids stands, as a whole text or within one."""
    words = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(real, key=len, reverse=True))) + r")(?!\w)", re.I)
    return {(place, text) for place, text in everything(book) if words.search(text)}


def people(book):
    reps = book.source.tables["reps"].select("rep_id", "name", "manager_id").to_pandas()
    return {str(text) for column in reps for text in reps[column].dropna()}


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


class TestTexts:
    """Names where nobody expects them: in other columns, in headers, in the names of files."""

    NAMES = ("Ann Lee", "Ben Moss", "Cy Boss", "R-01", "R-02")

    @pytest.mark.parametrize(
        "text", ["Ann Lee", "ann lee", "R-01", "Renewal with ANN LEE, 2026", "Ann Lee's deal (R-01)"]
    )
    @pytest.mark.parametrize("place", [2, 7])
    def test_in_other_columns(self, desk, text, place):
        cells = ROW.strip().split(",")
        cells[place] = f'"{text}"'
        desk.write(deals_csv=HEADER + ",".join(cells) + "\n" + ROW.replace("A1", "A2"), reps_csv=REPS)
        book = opened(desk)
        assert leaks(book, self.NAMES) == set()
        row = book.table("opportunities").filter(lambda t: t.opportunity_id == "A1").to_pandas().iloc[0]
        shown = row["name" if place == 2 else "owner"]
        ann = book.rep("R-01")
        expected = re.sub("(?i)ann lee|r-01", ann, text)
        assert shown == expected

    def test_other_texts_stay(self, desk):
        desk.write(deals_csv=HEADER + ROW.replace("Deal", "Annabel Leeds"), reps_csv=REPS)
        assert opened(desk).table("opportunities").to_pandas()["name"].tolist() == ["Annabel Leeds"]

    def test_a_team_called_after_its_manager(self, desk):
        desk.write(deals_csv=HEADER + ROW, reps_csv=REPS)
        reps = opened(desk).table("reps").to_pandas().set_index("team")
        assert reps.index.tolist() == ["East", reps["manager_id"].iloc[0]]

    def test_two_of_one_name(self, desk):
        reps = REPS.replace("Ben Moss", "Ann Lee")
        desk.write(deals_csv=HEADER + ROW.replace(",\n", ",Ann Lee\n"), reps_csv=reps)
        book = opened(desk)
        both = sorted([book.rep("R-01"), book.rep("R-02")])
        assert book.table("opportunities").to_pandas()["owner"].tolist() == [" / ".join(both)]
        assert sorted(book.table("reps").to_pandas()["name"]) == both

    def test_who_is_in_no_table_of_reps(self, desk):
        rows = (
            ROW
            + ROW.replace("A1,R-01", "A2,Dee Gone").replace("Deal", "Deal of Dee Gone")
            + ROW.replace("A1,R-01", "A3,")
        )
        desk.write(deals_csv=HEADER + rows, reps_csv=REPS)
        book = opened(desk)
        assert leaks(book, [*self.NAMES, "Dee Gone"]) == set()
        dee = book.rep("Dee Gone")
        assert book.audit.tables[0].notes[-1] == f"1 row has a rep_id that reps does not have ('{dee}')"
        found = measure(book, "revenue_won", "2026Q1", by="rep")
        assert set(found["rep"]) == {book.rep("R-01"), book.rep("R-02"), dee, "Unassigned"}

    def test_a_column_that_nothing_uses(self, desk):
        desk.write(deals_csv=HEADER.replace("\n", ",Ann Lee\n") + ROW.replace("\n", ",1\n"), reps_csv=REPS)
        book = opened(desk)
        assert book.audit.tables[0].notes == (f"columns not used: {book.rep('R-01')}",)

    def test_a_number_is_a_rep_only_where_anybody_may_stand(self, desk):
        reps = "rep_id,name,manager_id,segment,territory_id\n2,Ann Lee,3,2,3\n4,Ben Moss,3,4,Ben Moss\n"
        places = "territory_id,name\n3,North\nBen Moss,Ben Moss\n"
        desk.write(deals_csv=HEADER + ROW.replace("R-01", "2").replace(",\n", ",2\n"), reps_csv=reps, places_csv=places)
        book = opened(desk, tables={"reps": "reps.csv", "territories": "places.csv"})
        ann, ben = book.rep("Ann Lee"), book.rep("Ben Moss")
        rows = book.table("reps").to_pandas().set_index("rep_id").loc[[ann, ben]]
        assert rows[["segment", "territory_id"]].values.tolist() == [["2", "3"], ["4", ben]]
        assert book.table("territories").to_pandas()["territory_id"].tolist() == ["3", ben]
        assert book.table("opportunities").to_pandas()["owner"].tolist() == [ann]

    def test_thousands_of_reps(self, desk):
        reps = "".join(f"R-{i:05},Fore{i:05} Sur{i:05}name,Mana {i:05} Ger\n" for i in range(2000))
        desk.write(
            deals_csv=HEADER + ROW.replace("R-01", "R-00007").replace("Deal", "Deal of Fore01999 Sur01999name"),
            reps_csv="rep_id,name,manager_id\n" + reps,
        )
        book = opened(desk)
        assert book.table("opportunities").to_pandas()["name"].tolist() == [f"Deal of {book.rep('R-01999')}"]

    def test_assignments_too(self, desk):
        moves = "rep_id,valid_from,manager_id,team\nR-01,2026-03-01,Eve Head,Ann Lee\n"
        desk.write(deals_csv=HEADER + ROW, reps_csv=REPS, moves_csv=moves)
        book = opened(desk, tables={"reps": "reps.csv", "assignments": "moves.csv"})
        assert leaks(book, [*self.NAMES, "Eve Head"]) == set()
        assert book.table("moves").count().to_pyarrow().as_py() == 2

    def test_in_activities_only_full_names_are_names(self, desk):
        activities = "activity_id,rep_id,happened_at,type,outcome\nX1,call,2026-01-05,call,Ann Lee\n"
        desk.write(deals_csv=HEADER + ROW, reps_csv=REPS, activities_csv=activities)
        book = opened(desk, tables={"reps": "reps.csv", "activities": "activities.csv"})
        row = book.table("activities").to_pandas().iloc[0]
        assert (row["type"], row["outcome"]) == ("call", book.rep("R-01"))
        assert row["rep_id"] == book.source.key.shown("Rep")["call"]


class TestQuarantine:
    def test_it_shows_no_cell(self, desk):
        rows = ROW + "A2,R-02,Deal,Won,Ann Lee,2026-01-05,2026-02-05,\nA3,R-02,Deal,Won,1,31/31/2026,2026-02-05,\n"
        desk.write(deals_csv=HEADER + rows, reps_csv=REPS)
        rejected = opened(desk).audit.quarantine
        assert list(rejected.columns) == ["table", "source", "row", "reason"]
        assert rejected[["row", "reason"]].values.tolist() == [
            [3, "amount: the cell is not an amount"],
            [4, "created_at: the cell is not a date"],
        ]

    def test_with_names_it_shows_the_cell(self, desk):
        desk.write(deals_csv=HEADER + ROW + ROW.replace("A1", "A2").replace("100", "Ann Lee"), reps_csv=REPS)
        book = open_book(desk.company(SETTINGS, tables={"reps": "reps.csv"}))
        assert book.audit.quarantine["reason"].tolist() == ["amount: Ann Lee is not an amount"]


ERRORS = {
    "an unknown stage": HEADER + ROW + ROW.replace("A1", "A2").replace("Won", "Ann Lee"),
    "an id as a stage": HEADER + ROW + ROW.replace("A1", "A2").replace("Won", "R-01"),
    "too many lost": HEADER + "".join(ROW.replace("A1", f"A{i}").replace("100", "Ben Moss") for i in range(9)),
    "another currency": HEADER.replace("Owner", "currency") + ROW.replace(",\n", ",Cy Boss\n"),
    "a header twice": HEADER.replace("Owner", "Ann Lee,Ann Lee") + ROW,
    "an amount of either kind": HEADER + ROW.replace("100", "Ann Lee 1.234"),
}


@pytest.mark.parametrize("content", ERRORS.values(), ids=ERRORS)
def test_an_error_names_nobody(desk, content):
    desk.write(deals_csv=content, reps_csv=REPS)
    settings = SETTINGS if "Owner" in content else {}
    with pytest.raises(SalesOpsError) as bare:
        open_book(desk.company(settings, tables={"reps": "reps.csv"}))
    assert re.search("Ann Lee|Ben Moss|Cy Boss|R-01", str(bare.value))
    with pytest.raises(SalesOpsError) as caught:
        opened(desk, settings)
    assert not re.search("Ann|Lee|Ben|Moss|Boss|R-0", str(caught.value))
    assert type(caught.value) is type(bare.value)
    assert caught.value.__context__ is None


def test_an_id_with_two_meanings_is_not_named(desk):
    desk.write(deals_csv=HEADER + ROW, reps_csv="rep_id,name\n17,Ann Lee\n17,Ben Moss\n")
    with pytest.raises(SalesOpsError) as caught:
        opened(desk)
    assert str(caught.value) == (
        "reps.csv, column 'rep_id', rows 2, 3: the same rep_id has different values. Keep one row for each."
    )


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
        assert leaks(book.at(dt.date(2026, 1, 31)), TestTexts.NAMES) == set()
        assert book.at(dt.date(2026, 1, 31)).rep("R-01") == book.rep("R-01")


def test_a_total_row_is_still_a_total_row(desk):
    desk.write(
        deals_csv=HEADER + ROW,
        reps_csv=REPS,
        quotas_csv="rep_id,period_start,period_end,quota\nR-01,2026-01-01,2026-03-31,5\nTotal,,,5\n",
    )
    quotas = opened(desk, tables={"reps": "reps.csv", "quotas": "quotas.csv"}).audit.tables[-1]
    assert (quotas.used, quotas.dropped) == (1, 1)


class TestRep:
    @pytest.fixture(params=[False, True], ids=["names", "pseudonyms"])
    def book(self, desk, request):
        reps = REPS + "R-03,Ann Lee,Cy Boss,East\n"
        rows = ROW + ROW.replace("A1,R-01", "A2,R-09")
        desk.write(deals_csv=HEADER + rows, reps_csv=reps)
        return open_book(desk.company(SETTINGS, tables={"reps": "reps.csv"}), pseudonyms=request.param)

    def test_id_name_or_pseudonym(self, book):
        ben = book.rep("R-02")
        assert ben in book.table("reps").to_pandas()["rep_id"].tolist()
        assert book.rep("Ben Moss") == book.rep(" ben moss ") == book.rep(ben) == ben
        assert book.rep("R-09") in book.table("opportunities").to_pandas()["rep_id"].tolist()

    def test_several_of_one_name(self, book):
        both = ", ".join(sorted([book.rep("R-01"), book.rep("R-03")]))
        with pytest.raises(ParameterError, match=rf"^2 reps .* Name one of {both}\.$"):
            book.rep("Ann Lee")

    def test_nobody(self, book):
        with pytest.raises(ParameterError) as caught:
            book.rep("Cy Bos")
        hidden = book.company.privacy.pseudonyms
        assert str(caught.value).startswith(
            "there is no such rep. Known: Rep " if hidden else "there is no rep 'Cy Bos'."
        )
        assert not hidden or not re.search("Cy|Ann|Ben|R-0", str(caught.value))

    def test_the_near_names(self, book):
        with pytest.raises(ParameterError) as caught:
            book.rep("Ben Mos")
        assert ("Did you mean Ben Moss" in str(caught.value)) is not book.company.privacy.pseudonyms


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


TEXT = st.text(st.sampled_from("Ann Bé.-(1"), min_size=1, max_size=8).map(str.strip).filter(bool)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(people=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6, unique_by=lambda each: each[0]), mark=TEXT)
def test_no_name_is_left_of_a_text_that_is_one(people, mark):
    veil = Veil(Key(None, "ab" * 32).with_people([("Rep", id_, name) for id_, name in people]))
    pseudonyms = set(veil.key.shown("Rep").values())
    real = {word.casefold() for person in people for word in person}
    for word in {word for person in people for word in person}:
        assert set(veil.hide(word).split(" / ")) <= pseudonyms
        assert re.search(veil.pattern, word)
        quoted = veil.hide(f"it says '{word}'", quoted=True)
        assert quoted.removeprefix("it says '").removesuffix("'").casefold() not in real
    if mark.casefold() not in real and not re.search(veil.pattern, mark):
        assert veil.hide(mark) == mark


def test_a_shown_name_is_understood(desk):
    desk.write(deals_csv=HEADER + ROW, reps_csv=REPS.replace("Ben Moss", "Ann Lee"))
    assert open_book(desk.company(SETTINGS, tables={"reps": "reps.csv"})).rep("Ann Lee (R-02)") == "R-02"


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
