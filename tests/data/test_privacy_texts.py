"""Names in texts: in other columns, in headers, in the names of files, in what is rejected and in errors."""

import re

import pytest

from salesops_lib.data.book import open_book
from salesops_lib.errors import SalesOpsError
from salesops_lib.metrics import measure
from tests.data.hidden import HEADER, NAMES, REPS, ROW, SETTINGS, leaks, opened

ONE_OR_LATEST = "Keep one row for each, or name the column that tells the latest under `latest_by`."


class TestTexts:
    """Names where nobody expects them: in other columns, in headers, in the names of files."""

    @pytest.mark.parametrize(
        "text", ["Ann Lee", "ann lee", "R-01", "Renewal with ANN LEE, 2026", "Ann Lee's deal (R-01)"]
    )
    @pytest.mark.parametrize("place", [2, 7])
    def test_in_other_columns(self, desk, text, place):
        cells = ROW.strip().split(",")
        cells[place] = f'"{text}"'
        desk.write(deals_csv=HEADER + ",".join(cells) + "\n" + ROW.replace("A1", "A2"), reps_csv=REPS)
        book = opened(desk)
        assert leaks(book, NAMES) == set()
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
        assert leaks(book, [*NAMES, "Dee Gone"]) == set()
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
        assert leaks(book, [*NAMES, "Eve Head"]) == set()
        assert book.table("moves").count().to_pyarrow().as_py() == 2

    def test_in_activities_only_full_names_are_names(self, desk):
        activities = "activity_id,rep_id,happened_at,type,outcome\nX1,call,2026-01-05,call,Ann Lee\n"
        desk.write(deals_csv=HEADER + ROW, reps_csv=REPS, activities_csv=activities)
        book = opened(desk, tables={"reps": "reps.csv", "activities": "activities.csv"})
        row = book.table("activities").to_pandas().iloc[0]
        assert (row["type"], row["outcome"]) == ("call", book.rep("R-01"))
        assert row["rep_id"] == book.source.key.shown("Rep")["call"]


class TestIds:
    """Ids of other kinds than R-001, in a rejected reason, a team, a territory."""

    NAMES = ("osilva", "maeve.park@acme.com", "lboss@acme.com", "R-1", "李小龙", "Cher")
    REPS = (
        "rep_id,name,manager_id,team,territory_id,segment\nosilva,,lboss@acme.com,lboss@acme.com's team,T2,2\n"
        "maeve.park@acme.com,李小龙,lboss@acme.com,Team R-1,osilva's patch,2\nR-1,Cher,al,Al and Cher,2,R-1 only\n"
        "2,,al,Team 2,2,2\n"
    )
    DEALS = (
        "opportunity_id,rep_id,name,stage,amount,created_at,closed_at,loss_reason,type\n"
        "A1,osilva,deal_osilva,Lost,100,2026-01-05,2026-02-05,osilva was late,2\n"
        "A2,R-1,R-1_renewal,Won,100,2026-01-05,2026-02-05,,Cher\n"
        "A3,2,与李小龙的合同 2,Lost,100,2026-01-05,2026-02-05,maeve.park@acme.com was slow,Won\n"
    )

    @pytest.fixture
    def book(self, desk):
        places = "territory_id,name,region\nT2,North 2,Cher North\nosilva's patch,Osilva,lboss@acme.com\n2,2,2\n"
        desk.write(deals_csv=self.DEALS, reps_csv=self.REPS, places_csv=places)
        return opened(desk, {}, tables={"reps": "reps.csv", "territories": "places.csv"})

    def test_nobody_is_named(self, book):
        assert leaks(book, self.NAMES) == set()

    def test_only_they_are_replaced(self, book):
        reps, managers = book.source.key.shown("Rep"), book.source.key.shown("Manager")
        silva, cher, park = reps["osilva"], reps["R-1"], reps["maeve.park@acme.com"]
        deals = book.table("opportunities").to_pandas().set_index("opportunity_id").sort_index()
        assert deals["name"].tolist() == [f"deal_{silva}", f"{cher}_renewal", f"与{park}的合同 2"]
        assert deals["loss_reason"].fillna("").tolist() == [f"{silva} was late", "", f"{park} was slow"]
        assert deals["stage"].tolist() == ["Lost", "Won", "Lost"]
        assert deals["type"].tolist() == ["2", cher, "Won"]
        rows = book.table("reps").to_pandas().set_index("rep_id").loc[[silva, park, cher, reps["2"]]]
        boss, al = managers["lboss@acme.com"], managers["al"]
        assert rows["team"].tolist() == [f"{boss}'s team", f"Team {cher}", f"{al} and {cher}", "Team 2"]
        assert rows["territory_id"].tolist() == ["T2", f"{silva}'s patch", "2", "2"]
        assert rows["segment"].tolist() == ["2", "2", f"{cher} only", "2"]
        places = book.table("territories").to_pandas().set_index("territory_id").loc[["T2", f"{silva}'s patch", "2"]]
        assert places["name"].tolist() == ["North 2", silva, "2"]
        assert places["region"].tolist() == [f"{cher} North", boss, "2"]

    def test_teams_that_figures_are_split_by(self, book):
        found = measure(book, "deals_closed", "2026Q1", by=["team", "territory"])
        boss, al = (book.source.key.shown("Manager")[id_] for id_ in ("lboss@acme.com", "al"))
        cher = book.rep("R-1")
        assert set(found["team"]) == {f"{boss}'s team", f"Team {cher}", f"{al} and {cher}", "Team 2"}
        assert found["value"].sum() == 3

    def test_groups_of_one_person_stay_apart(self, desk):
        """Each a territory of its own: were they one, a deal of either would count twice."""
        reps = "rep_id,name,team,territory_id\nR-1,Ann Lee,Ann Lee,Ann Lee\nR-2,Ben Moss,ann  lee,ANN LEE\n"
        places = "territory_id,name,region\nAnn Lee,A,East\nANN LEE,B,West\n"
        deals = HEADER + ROW.replace("R-01", "R-1") + ROW.replace("A1,R-01", "A2,R-2").replace("100", "30")
        desk.write(deals_csv=deals, reps_csv=reps, places_csv=places)
        book = opened(desk, tables={"reps": "reps.csv", "territories": "places.csv"})
        ann = book.rep("Ann Lee")
        by_region = measure(book, "revenue_won", "2026Q1", by="region").set_index("region")["value"]
        assert by_region.to_dict() == {"East": 100, "West": 30}
        for column in ("team", "territory"):
            assert set(measure(book, "revenue_won", "2026Q1", by=column)[column]) == {ann, f"{ann} (2)"}


def test_the_words_that_metrics_read_stay(desk):
    activities = (
        "activity_id,rep_id,happened_at,type,outcome\nX1,email,2026-01-05,email,sent\n"
        "X2,sent,2026-01-05,Quote,accepted\nX3,accepted,2026-01-05,visit,meeting booked\n"
        "X4,quote,2026-01-05,call,osilva away\nX5,osilva,2026-01-05,meeting,\n"
        "X6,visit,2026-01-05,meeting,\nX7,revised,2026-01-05,meeting,\n"
    )
    desk.write(deals_csv=HEADER + ROW, reps_csv=REPS, activities_csv=activities)
    book = opened(desk, tables={"reps": "reps.csv", "activities": "activities.csv"})
    rows = book.table("activities").to_pandas().sort_values("activity_id")
    assert rows["type"].tolist() == ["email", "Quote", "visit", "call", "meeting", "meeting", "meeting"]
    silva = book.source.key.shown("Rep")["osilva"]
    assert rows["outcome"].tolist()[:4] == ["sent", "accepted", "meeting booked", f"{silva} away"]


@pytest.mark.parametrize("stage", ["osilva stage", "stage_of_lboss@acme.com", "Cher"])
def test_an_unknown_stage_is_told_without_ids(desk, stage):
    deals = TestIds.DEALS.replace("Lost", stage, 1)
    desk.write(deals_csv=deals, reps_csv=TestIds.REPS)
    with pytest.raises(SalesOpsError) as caught:
        opened(desk, {})
    assert "stage" in str(caught.value)
    assert not re.search("osilva|lboss|Cher", str(caught.value))


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
        f"reps.csv, column 'rep_id', rows 2, 3: the same rep_id has different values. {ONE_OR_LATEST}"
    )
