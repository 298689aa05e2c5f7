"""Three real exports through their company files: every row accounted for, and the figures of their FACTS.md."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from ibis import _

from salesops_lib.data.book import open_book

COMPANIES = Path(__file__).parent / "companies"
DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real data (../shared/data) is not here")


def audit(book):
    return {each.table: (each.read, each.used, each.quarantined, each.dropped) for each in book.audit.tables}


def total(table, **asked):
    return table.aggregate(**asked).to_pyarrow().to_pylist()[0]


def by_quarter(book):
    table = book.table("opportunities").filter(_.is_won)
    quarter = _.closed_at.year().cast("string") + "Q" + _.closed_at.quarter().cast("string")
    rows = table.group_by(q=quarter).agg(won=_.count(), revenue=_.amount.sum()).to_pyarrow().to_pylist()
    return {row["q"]: (row["won"], row["revenue"]) for row in rows}


class TestMaven:
    @pytest.fixture(scope="class")
    @classmethod
    def book(cls):
        return open_book(COMPANIES / "maven.yml")

    def test_every_row_is_used(self, book):
        assert audit(book) == {
            "opportunities": (8800, 8800, 0, 0),
            "accounts": (85, 85, 0, 0),
            "reps": (35, 35, 0, 0),
            "products": (7, 7, 0, 0),
        }

    def test_what_is_said_of_it(self, book):
        notes = book.audit.tables[0].notes
        assert "2089 open opportunities have no amount" in notes
        assert "2089 of them are valued at list price" in notes
        assert any(note.startswith("500 opportunities have no creation date") for note in notes)
        assert not any("does not have" in note for note in notes), "the spelling of GTXPro is mapped"

    def test_outcomes_and_cycle(self, book):
        won = _.is_won
        found = total(
            book.table("opportunities"),
            won=won.sum(),
            closed=_.is_closed.sum(),
            revenue=_.amount.sum(where=won),
            cycle=_.cycle_days.mean(where=won),
            open=_.amount.sum(where=~_.is_closed),
        )
        assert (found["won"], found["closed"], found["revenue"], found["open"]) == (4238, 6711, 10005534, 4966215)
        assert found["cycle"] == pytest.approx(51.7820, abs=5e-5)
        assert by_quarter(book) == {
            "2017Q1": (531, 1134672),
            "2017Q2": (1254, 3086111),
            "2017Q3": (1257, 2982255),
            "2017Q4": (1196, 2802496),
        }

    def test_five_reps_have_no_deals_and_are_there(self, book):
        idle = book.table("reps").anti_join(book.table("opportunities"), "rep_id").rep_id.to_pyarrow().to_pylist()
        assert sorted(idle) == ["Carl Lin", "Carol Thompson", "Elizabeth Anderson", "Mei-Mei Johns", "Natalya Ivanova"]

    def test_as_of_half_a_year_earlier_no_later_close_is_known(self, book):
        then = book.at(dt.date(2017, 6, 30))
        assert by_quarter(then) == {"2017Q1": (531, 1134672), "2017Q2": (1254, 3086111)}

    def test_a_side_by_side_file_is_no_table(self, desk):
        (desk.folder / "deals.csv").write_bytes((DATA / "maven-crm" / "data_dictionary.csv").read_bytes())
        assert "column 'opportunity_id': is missing." in desk.refused()[0]


class TestAdventureWorks:
    @pytest.fixture(scope="class")
    @classmethod
    def book(cls):
        return open_book(COMPANIES / "adventureworks.yml")

    def test_every_order_and_quota_is_used(self, book):
        rows = audit(book)
        assert rows["opportunities"] == (3616, 3616, 0, 0)
        assert rows["reps"][:2] == (18, 18)
        assert rows["quotas"][:2] == (163, 163)

    def test_sales_to_the_cent_by_quarter(self, book):
        found = by_quarter(book)
        assert sum(revenue for _n, revenue in found.values()) == Decimal("77548570.20")
        assert (found["2017Q3"], found["2019Q3"], found["2020Q2"]) == (
            (173, Decimal("3195732.87")),
            (455, Decimal("11189115.52")),
            (272, Decimal("5542698.29")),
        )

    def test_sales_by_region(self, book):
        table = book.table("opportunities")
        rows = table.group_by("region").agg(revenue=_.amount.sum()).to_pyarrow().to_pylist()
        revenue = {row["region"]: row["revenue"] for row in rows}
        assert len(revenue) == 10
        assert (revenue["Australia"], revenue["Southwest"]) == (Decimal("1391024.85"), Decimal("18001116.10"))

    def test_attainment_by_quarter_and_person(self, book):
        sales = book.table("opportunities").select("rep_id", "amount", on=_.closed_at.date())
        quotas = book.table("quotas").select("rep_id", "period_start", "period_end", "quota")
        won = quotas.left_join(
            sales,
            [quotas.rep_id == sales.rep_id, sales.on >= quotas.period_start, sales.on <= quotas.period_end],
        )
        each = won.group_by("rep_id", "period_start", "quota").agg(won=_.amount.sum().coalesce(0))
        quarter = each.group_by("period_start").agg(att=(_.won.sum() / _.quota.sum()).cast("float64"))
        by_quarter = {row["period_start"]: row["att"] for row in quarter.to_pyarrow().to_pylist()}
        assert by_quarter[dt.date(2017, 7, 1)] == pytest.approx(0.8224, abs=5e-5)
        assert by_quarter[dt.date(2020, 4, 1)] == pytest.approx(0.5351, abs=5e-5)
        people = each.inner_join(book.table("reps").select("rep_id", "name"), "rep_id")
        person = people.group_by("name").agg(att=(_.won.sum() / _.quota.sum()).cast("float64"))
        by_person = {row["name"]: row["att"] for row in person.to_pyarrow().to_pylist()}
        assert by_person["José Saraiva"] == pytest.approx(0.78, abs=5e-3)
        assert by_person["Pamela Ansman-Wolfe"] == pytest.approx(0.90, abs=5e-3)

    def test_orders_are_not_known_before_they_came(self, book):
        then = book.at(dt.date(2019, 12, 31)).table("opportunities")
        assert total(then, n=_.count(), open=(~_.is_closed).sum()) == {
            "n": 173 + 193 + 183 + 190 + 322 + 320 + 303 + 310 + 455 + 453,
            "open": 0,
        }

    def test_the_last_quarter_is_not_complete(self, book):
        assert book.as_of == dt.date(2020, 5, 31)
        assert not book.is_complete(book.calendar.period("2020Q2"))
        assert book.is_complete(book.calendar.period("2020Q1"))


class TestSalesforce:
    @pytest.fixture(scope="class")
    @classmethod
    def book(cls):
        return open_book(COMPANIES / "salesforce.yml")

    def test_every_row_is_used(self, book):
        assert audit(book) == {
            "opportunities": (36, 36, 0, 0),
            "opportunity_history": (48, 48, 0, 0),
            "accounts": (18, 18, 0, 0),
            "leads": (22, 22, 0, 0),
        }

    def test_outcomes_and_amounts(self, book):
        deals = book.table("opportunities")
        found = total(
            deals,
            closed=_.is_closed.sum(),
            won=_.is_won.sum(),
            won_amount=_.amount.sum(where=_.is_won),
            amount=_.amount.sum(),
            open=_.amount.sum(where=~_.is_closed),
        )
        assert found == {"closed": 20, "won": 12, "won_amount": 2815000, "amount": 5760000, "open": 2115000}
        expected = total(deals.filter(~_.is_closed), sum=(_.amount.cast("float64") * _.probability).sum())
        assert expected["sum"] == pytest.approx(1094500), "as the platform's own ExpectedRevenue"

    def test_leads_that_were_converted(self, book):
        found = total(book.table("leads"), all=_.count(), converted=_.converted_at.notnull().sum())
        assert found == {"all": 22, "converted": 5}
