"""What else the FACTS.md files say of the three real exports: their dirt, every row of their tables, other systems."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from ibis import _

from salesops_lib.company import read_company
from salesops_lib.data.book import Book, open_book
from salesops_lib.forecasting.panel import read_panel
from salesops_lib.metrics import measure
from tests.test_real_figures import facts

COMPANIES = Path(__file__).parent / "companies"
DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real data (../shared/data) is not here")


def total(table, **asked):
    return table.aggregate(**asked).to_pyarrow().to_pylist()[0]


def counts(table, by, of=None):
    of = _.count() if of is None else of
    return {row[by]: row["n"] for row in table.group_by(by).agg(n=of).to_pyarrow().to_pylist()}


class TestMaven:
    @pytest.fixture(scope="class")
    @classmethod
    def book(cls):
        company = read_company(COMPANIES / "maven.yml").model_copy(deep=True)
        company.source.tables["accounts"].columns.update(office="office_location", parent="subsidiary_of")
        return open_book(company)

    @pytest.fixture(scope="class")
    @classmethod
    def deals(cls, book):
        return book.table("opportunities")

    def test_stages(self, deals):
        assert counts(deals, "stage") == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}

    def test_the_days_it_spans(self, deals):
        closed = deals.filter(_.is_closed)
        found = total(deals, first=_.created_at.min(), last=_.created_at.max())
        assert (found["first"].date(), found["last"].date()) == (dt.date(2016, 10, 20), dt.date(2017, 12, 27))
        found = total(closed, first=_.closed_at.min(), last=_.closed_at.max())
        assert (found["first"].date(), found["last"].date()) == (dt.date(2017, 3, 1), dt.date(2017, 12, 31))

    def test_what_is_missing(self, deals):
        assert counts(deals.filter(_.account_id.isnull()), "stage") == {"Engaging": 1088, "Prospecting": 337}
        assert counts(deals.filter(_.created_at.isnull()), "stage") == {"Prospecting": 500}
        assert counts(deals.filter(_.closed_at.isnull()), "stage") == {"Engaging": 1589, "Prospecting": 500}
        assert counts(deals.filter(_.close_date.notnull()), "stage") == {"Won": 4238, "Lost": 2473}

    def test_no_open_opportunity_has_an_amount_of_its_own(self, book, deals):
        entered = book.table("as_entered").filter(~_.is_closed)
        assert total(entered, rows=_.count(), amounts=_.amount.count()) == {"rows": 2089, "amounts": 0}
        assert counts(deals.filter(~_.is_closed), "stage", _.amount.sum()) == {
            "Engaging": 3892229,
            "Prospecting": 4966215 - 3892229,
        }

    def test_lost_deals_carry_an_amount_of_zero(self, deals):
        assert counts(deals.filter(_.is_lost), "amount") == {0: 2473}

    def test_the_win_rate_over_all_is_another_one(self, deals):
        found = total(deals, won=_.is_won.sum(), rows=_.count())
        assert found["won"] / found["rows"] == pytest.approx(0.481591, abs=5e-7)
        found = total(deals, won=_.is_won.sum(), closed=_.is_closed.sum())
        assert found["won"] / found["closed"] == pytest.approx(0.631501, abs=5e-7)

    def test_how_long_won_and_lost_deals_take(self, deals):
        closed = deals.filter(_.is_closed).select("is_won", "cycle_days").to_pandas()
        found = closed.groupby("is_won")["cycle_days"].agg(["mean", "median"])
        assert found.loc[True].to_list() == pytest.approx([51.7820, 57], abs=5e-5)
        assert found.loc[False].to_list() == pytest.approx([41.4792, 14], abs=5e-5)
        assert closed["cycle_days"].mean() == pytest.approx(47.9854, abs=5e-5)

    def test_the_product_that_is_spelt_in_two_ways(self, deals):
        assert counts(deals, "product_id")["GTX Pro"] == 1480
        company = read_company(COMPANIES / "maven.yml").model_copy(deep=True)
        del company.source.tables["opportunities"].values["product_id"]
        notes = open_book(company).audit.tables[0].notes
        assert "1480 rows have a product_id that products does not have ('GTXPro' (did you mean 'GTX Pro'?))" in notes

    def test_the_accounts_misspellings_are_left_as_they_are(self, book):
        accounts = book.table("accounts")
        assert counts(accounts, "sector").get("technolgy", 0) > 0
        assert "technology" not in counts(accounts, "sector")
        assert "Philipines" in counts(accounts, "office")
        assert total(accounts, none=_.parent.isnull().sum()) == {"none": 70}


class TestAdventureWorks:
    @pytest.fixture(scope="class")
    @classmethod
    def orders(cls):
        return open_book(COMPANIES / "adventureworks.yml").table("opportunities")

    @pytest.fixture(scope="class")
    @classmethod
    def lines(cls):
        return open_book(COMPANIES / "adventureworks_lines.yml")

    @pytest.fixture(scope="class")
    @classmethod
    def oltp(cls):
        return open_book(COMPANIES / "adventureworks_oltp.yml")

    def test_every_row_of_every_table(self, lines, oltp):
        read = {each.table: each.used for each in lines.audit.tables}
        assert read == {
            "opportunities": 57851,
            "accounts": 701,
            "products": 397,
            "territories": 10,
            "reps": 18,
            "quotas": 809,
        }
        read |= {each.table: each.used for each in oltp.audit.tables}
        assert read == {**read, "opportunities": 3616, "territories": 10, "reps": 18, "quotas": 163}
        for book in (lines, oltp):
            assert all(each.read == each.used for each in book.audit.tables)

    def test_lines_orders_and_sales_of_every_quarter(self, lines, orders):
        known = facts("adventureworks", "Sales by calendar quarter")
        assert len(known) == 12
        quarter = _.closed_at.year().cast("string") + "Q" + _.closed_at.quarter().cast("string")
        by_line = lines.table("opportunities").group_by(q=quarter).agg(n=_.count(), sales=_.amount.sum())
        by_order = orders.group_by(q=quarter).agg(n=_.count(), sales=_.amount.sum())
        found = [table.to_pandas().set_index("q").loc[known.index] for table in (by_line, by_order)]
        assert found[0]["n"].to_list() == known["lines"].to_list()
        assert found[1]["n"].to_list() == known["orders"].to_list()
        for each in found:
            assert [str(value) for value in each["sales"]] == [f"{value:.2f}00" for value in known["sales"]]

    def test_the_days_it_spans(self, orders):
        found = total(orders, first=_.closed_at.min(), last=_.closed_at.max())
        assert (found["first"].date(), found["last"].date()) == (dt.date(2017, 7, 1), dt.date(2020, 5, 31))

    def test_sales_of_every_region(self, orders):
        known = regions()
        assert len(known) == 10
        assert counts(orders, "region", _.amount.sum()) == known

    def test_lines_that_were_sold_below_cost(self, lines):
        assert counts(lines.table("opportunities"), "below_cost") == {"yes": 20586, "no": 57851 - 20586}

    def test_a_rep_sells_in_many_regions(self, lines):
        reps = lines.table("reps").select("name", "segment", "territory_id").to_pandas().set_index("name")
        assert reps["segment"].astype(int).sum() == 39
        assert (reps["segment"] == "1").equals(reps["territory_id"].notna())

    def test_attainment_of_the_monthly_targets_by_person(self, lines):
        known = facts("adventureworks", "Targets.csv attainment")
        assert len(known) == 18
        frame = measure(lines, "quota_attainment", "2019Q3..2020Q1", by="rep").set_index("rep_name").loc[known.index]
        assert frame["denominator"].to_list() == known["TargetAmount"].to_list()
        assert frame["numerator"].to_list() == pytest.approx(known["Sales"].to_list(), abs=0.005)
        assert frame["value"].to_list() == pytest.approx(known["att"].to_list(), abs=5.1e-5)

    def test_targets_reach_beyond_the_sales_and_one_has_none(self, lines):
        found = total(lines.table("quotas"), last=_.period_end.max())
        assert found == {"last": dt.date(2021, 12, 31)}
        reps, deals = lines.table("reps"), lines.table("opportunities")
        assert reps.anti_join(deals, "rep_id").select("rep_id", "name").to_pyarrow().to_pylist() == [
            {"rep_id": "277", "name": "Brian Welcker"}
        ]

    def test_targets_before_the_first_sale(self, lines):
        first = measure(lines, ["revenue_won", "quota"], "2017Q3..2018Q4", by="rep", grain="quarter")
        first = first[first["rep_name"] == "Tete Mensa-Annan"].pivot(index="period", columns="metric", values="value")
        assert (first["quota"] > 0).all()
        assert first.index[first["revenue_won"] > 0].to_list() == ["2018Q4"]

    def test_the_order_systems_quotas_are_the_prepared_ones(self, oltp):
        theirs = open_book(COMPANIES / "adventureworks.yml").table("quotas")
        keys = ["rep_id", "period_start", "period_end", "quota"]
        ours = [t.select(*keys).order_by(keys).to_pandas() for t in (oltp.table("quotas"), theirs)]
        pd.testing.assert_frame_equal(*ours)

    def test_commission_by_person(self, lines):
        known = commissions()
        assert len(known) == 17
        rows = lines.table("opportunities").inner_join(lines.table("reps").select("rep_id", who="name"), "rep_id")
        found = rows.group_by("who", "commission_rate").agg(sales=_.amount.sum())
        for row in found.to_pyarrow().to_pylist():
            sales, rate, paid = known.pop(row["who"])
            assert (row["sales"], Decimal(row["commission_rate"])) == (sales, rate)
            assert row["sales"] * rate == pytest.approx(paid, abs=Decimal("0.0051"))
        assert not known


def section(folder: str, heading: str) -> list[str]:
    text = (DATA / folder / "FACTS.md").read_text(encoding="utf-8")
    return text.split(f"### {heading}")[1].split("\n###")[0].splitlines()[1:]


def regions() -> dict[str, Decimal]:
    lines = (line.rsplit(maxsplit=1) for line in section("adventureworks", "Sales by region") if line.strip())
    return {parts[0].strip(): Decimal(parts[1]) for parts in lines if len(parts) == 2}


def commissions() -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Name -> sales, rate, commission."""
    rows = [line.rsplit(maxsplit=5) for line in section("adventureworks", "Commission")[1:]]
    return {row[0].strip(): (Decimal(row[1]), Decimal(row[2]), Decimal(row[3])) for row in rows}


class TestSalesforce:
    @pytest.fixture(scope="class")
    @classmethod
    def book(cls) -> Book:
        return open_book(COMPANIES / "salesforce.yml")

    def test_five_opportunities_have_no_amount(self, book):
        assert total(book.table("as_entered"), none=_.amount.isnull().sum()) == {"none": 5}

    def test_most_opportunities_never_changed(self, book):
        rows = book.table("opportunity_history").group_by("opportunity_id").agg(rows=_.count())
        found = counts(rows, "rows")
        assert found[1] == 25
        assert sum(found.values()) == 36

    def test_stages_that_were_jumped(self, book):
        told = book.table("opportunity_history").order_by("changed_at").to_pandas()
        walks = set(told.groupby("opportunity_id")["stage"].agg(tuple))
        assert any(("Prospecting", "Closed Won") in itertools.pairwise(walk) for walk in walks)
        assert any(("Closed Won", "Closed Lost") in itertools.pairwise(walk) for walk in walks)

    def test_no_owner_is_told(self, book):
        assert total(book.table("opportunities"), owners=_.rep_id.count()) == {"owners": 0}

    def test_every_stage_has_its_step_of_the_funnel(self, book):
        steps = counts(book.table("opportunities"), "funnel_step")
        # 2 in Negotiation/Review and 3 in Proposal; 3 + 2 + 1 in Value Proposition, Needs and Perception; 1 + 3 + 1
        open_now = {"2 - Proposal": 5, "3 - Discovery": 6, "4 - Prospecting": 5}
        assert steps == {"1 - Closed Won": 12, "Closed Lost": 8, **open_now}

    def test_as_exported_most_were_closed_before_they_were_created(self):
        book = open_book(COMPANIES / "salesforce_as_exported.yml")
        audit = book.audit.tables[0]
        assert (audit.read, audit.read - audit.used) == (36, audit.quarantined + audit.dropped)
        reasons = book.audit.quarantine["reason"]
        assert reasons.str.contains("before it was created").sum() > 10
        born = total(book.table("opportunities"), first=_.created_at.min(), last=_.created_at.max())
        assert [each.date() for each in born.values()] == [dt.date(2026, 2, 23), dt.date(2026, 2, 24)]


@pytest.mark.parametrize(
    ("name", "freq", "series"),
    [
        ("aus_retail_monthly_2011_2018", "M", 150),
        ("carparts_monthly", "M", 2509),
        # MICRO, INDUSTRY and FINANCE in the published competition: 474 + 334 + 145 and 204 + 83 + 76.
        ("m3_monthly_biz", "M", 953),
        ("m3_quarterly_biz", "Q", 363),
    ],
)
def test_every_series_is_read_whole(name, freq, series):
    frame = pd.read_parquet(DATA / "series" / f"{name}.parquet")
    panel = read_panel(frame, freq)
    assert len(panel) == series
    assert sum(panel.lengths) == len(frame)


# Names of the sets, of their columns and of what they hold.
THEIRS = re.compile(
    "maven|adventure.?works|gtx|sales_agent|engage_date|close_value|regional_office|salesordernumber|employeekey"
    "|territorykey|targetmonth|_simulated|aus_retail|carparts|m3_(monthly|quarterly)|shared/data",
    re.IGNORECASE,
)


def test_nothing_but_the_tests_knows_these_sets():
    root = Path(__file__).parents[2]
    files = [path for folder in ("salesops_lib", "notebooks", "params") for path in (root / folder).rglob("*")]
    texts = [path for path in files if path.suffix in (".py", ".ipynb", ".yml", ".j2", ".css", ".sql")]
    assert len(texts) > 150
    found = {path.name: THEIRS.findall(path.read_text(encoding="utf-8")) for path in texts}
    assert {name: words for name, words in found.items() if words} == {}
    assert THEIRS.search((COMPANIES / "maven.yml").read_text(encoding="utf-8"))
