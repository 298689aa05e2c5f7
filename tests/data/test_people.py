"""Whom a text means: the rep and the group, by id, name or pseudonym."""

import re

import pytest

from salesops_lib.data.book import open_book
from salesops_lib.errors import ParameterError
from tests.data.hidden import HEADER, REPS, ROW, SETTINGS


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


def test_a_shown_name_is_understood(desk):
    desk.write(deals_csv=HEADER + ROW, reps_csv=REPS.replace("Ben Moss", "Ann Lee"))
    assert open_book(desk.company(SETTINGS, tables={"reps": "reps.csv"})).rep("Ann Lee (R-02)") == "R-02"


@pytest.mark.parametrize("text", ["Moss, Ben", "ben  moss", "Ben\u00a0Moss", "BEN MOSS"])
def test_another_spelling_of_a_rep(desk, text):
    desk.write(deals_csv=HEADER + ROW, reps_csv=REPS)
    assert open_book(desk.company(SETTINGS, tables={"reps": "reps.csv"})).rep(text) == "R-02"


class TestGroup:
    BOSS = "rep_id,name,manager_id,team\nR-01,Ann Lee,R-02,Moss team\nR-02,Ben Moss,cboss,Ben Moss's team\n"

    @pytest.fixture
    def book(self, desk):
        desk.write(deals_csv=HEADER + ROW, reps_csv=self.BOSS)
        return open_book(desk.company(SETTINGS, tables={"reps": "reps.csv"}), pseudonyms=True)

    @pytest.mark.parametrize("text", ["R-02", "Ben Moss", "moss, ben", " r-02 "])
    def test_a_manager_by_id_or_name(self, book, text):
        ben = book.source.key.shown("Manager")["R-02"]
        assert book.group(f"manager={text}") == book.group(f"manager={ben}") == f"manager={ben}"

    def test_a_team_that_is_called_after_somebody(self, book):
        shown = f"team={book.rep('R-02')}'s team"
        assert book.group("team=Ben Moss's team") == book.group("team=ben moss’s team") == book.group(shown) == shown
        assert book.group("team=Moss team") == "team=Moss team"

    @pytest.mark.parametrize(
        "group", ["manager=Ann Lee", "manager=Zed Gone", "team=Zed Gone", "segment=Zed", "manager=R-01", "nobody=Zed"]
    )
    def test_what_is_no_group_is_not_repeated(self, book, group):
        with pytest.raises(ParameterError, match=r"^there is no such ") as caught:
            book.group(group)
        assert not re.search("Ann|Lee|Zed|Gone|Ben|R-0|cboss", str(caught.value))

    def test_without_pseudonyms_it_is_as_it_was_typed(self, desk):
        desk.write(deals_csv=HEADER + ROW, reps_csv=self.BOSS)
        book = open_book(desk.company(SETTINGS, tables={"reps": "reps.csv"}))
        assert (book.group("manager=Zed"), book.group("all")) == ("manager=Zed", "all")
