"""Why revenue moved: parts that sum to the change to the cent, whatever the amounts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import LOST, WON, deal, told

from salesops_lib.analysis import change_totals, revenue_change, revenue_change_by
from salesops_lib.analysis.change import shapley, to_the_cent
from salesops_lib.data.book import Book

steady = settings(derandomize=True, max_examples=200, deadline=None)
factor = st.floats(0, 1e6)


def test_three_factors_by_hand() -> None:
    # 2 x 3 x 5 = 30 becomes 4 x 3 x 10 = 120: alone the first is worth 30 or 60, so 45; the last 30 or 60, so 45.
    assert shapley([2, 3, 5], [4, 3, 10]) == [45, 0, 45]
    # all double: 1 becomes 8, and by symmetry each has a third of 7
    assert shapley([1, 1, 1], [2, 2, 2]) == pytest.approx([7 / 3] * 3)


def test_a_factor_that_is_not_defined_on_one_side_is_unchanged() -> None:
    nothing = math.nan
    assert shapley([0, nothing, nothing], [10, 0.5, 100]) == [500, 0, 0]
    assert shapley([10, 0.5, 100], [4, 0.0, nothing]) == pytest.approx([-150, -350, 0])
    assert shapley([0, nothing, nothing], [0, nothing, nothing]) == [0, 0, 0]


@steady
@given(st.lists(st.tuples(factor, factor), min_size=3, max_size=3))
def test_the_parts_of_a_product_sum_to_its_change(pairs: list[tuple[float, float]]) -> None:
    before, after = zip(*pairs, strict=True)
    whole = math.prod(after) - math.prod(before)
    biggest = max(math.prod(max(pair) for pair in pairs), 1)
    assert sum(shapley(before, after)) == pytest.approx(whole, abs=1e-9 * biggest)
    for part, (was, now) in zip(shapley(before, after), pairs, strict=True):
        assert part * (now - was) >= 0  # a factor that rose never explains a fall


@steady
@given(st.lists(st.floats(-1e7, 1e7), min_size=1, max_size=30))
def test_parts_are_cents_that_sum_to_the_total(parts: list[float]) -> None:
    total = math.fsum(parts)
    exact = to_the_cent(parts, total)
    assert round(sum(round(part * 100) for part in exact)) == round(total * 100)
    for part, cents in zip(parts, exact, strict=True):
        assert abs(part - cents) <= 0.005 * (len(parts) + 2)


def test_what_rounding_leaves_goes_to_the_largest_part() -> None:
    assert to_the_cent([1 / 3, 1 / 3, 1 / 3], 1.0) == [0.34, 0.33, 0.33]
    assert to_the_cent([-10.004, 0.004, 0.004], -9.996) == [-10.0, 0.0, 0.0]
    assert to_the_cent([], 0.0) == []


@pytest.fixture(scope="module")
def book() -> Book:
    """Q1: 4 closed, 2 won, 100 each = 200. Q2: 5 closed, 3 won, 150 each = 450, and one group is new."""

    def closed(number: int, day: str, stage: str, amount: float, rep: str) -> dict[str, object]:
        return deal(number, day, (day, "Lead", amount), (day, stage)) | {"rep_id": rep}

    deals = [
        closed(1, "2026-01-10", WON, 80.01, "a"),
        closed(2, "2026-02-10", WON, 119.99, "a"),
        closed(3, "2026-02-11", LOST, 10, "a"),
        closed(4, "2026-03-10", LOST, 10, "b"),
        closed(5, "2026-04-10", WON, 100.33, "a"),
        closed(6, "2026-05-10", WON, 149.67, "b"),
        closed(7, "2026-05-11", WON, 200.0, "c"),
        closed(8, "2026-05-12", LOST, 10, "b"),
        closed(9, "2026-06-10", LOST, 10, "a"),
    ]
    reps = [{"rep_id": "a", "name": "Ann", "team": "N"}, {"rep_id": "b", "name": "Bob", "team": "N"}]
    return told("2026-06-30", deals, reps=[*reps, {"rep_id": "c", "name": "Cid", "team": "S"}])


def test_revenue_change_by_hand(book: Book) -> None:
    frame = revenue_change(book, "2026Q2").set_index("driver")
    assert list(frame.index) == ["volume", "win_rate", "deal_size"]
    assert frame["before"].to_list() == [4, 0.5, 100]
    assert frame["after"].to_list() == pytest.approx([5, 0.6, 150])
    # volume (+1): 50, 60, 75 and 90 in the six orders: (50 * 2 + 60 + 75 + 90 * 2) / 6
    assert frame["part"].to_list() == pytest.approx([69.17, 56.67, 124.16], abs=0.011)
    assert round(frame["part"].sum(), 2) == 250
    assert set(frame["previous_period"]) == {"2026Q1"}
    assert set(frame["period"]) == {"2026Q2"}


@pytest.mark.parametrize("by", ["rep", "team"])
def test_groups_sum_to_the_company_and_drivers_to_the_group(book: Book, by: str) -> None:
    frame = revenue_change_by(book, "2026Q2", by)
    assert round(frame["change"].sum(), 2) == 250
    assert round(frame["before"].sum(), 2) == 200
    for row in frame.itertuples(index=False):
        assert round(row.volume + row.win_rate + row.deal_size, 2) == row.change
        assert round(row.after - row.before, 2) == row.change
    assert frame["change"].abs().is_monotonic_decreasing


def test_the_mix_leads_from_the_groups_to_the_company(book: Book) -> None:
    company, groups = revenue_change(book, "2026Q2"), revenue_change_by(book, "2026Q2", "rep")
    lines = change_totals(company, groups).set_index("line")
    assert list(lines.index) == ["sum", "mix", "company"]
    assert lines["before"].to_list() == [200, 0, 200]
    assert lines["after"].to_list() == pytest.approx([450, 0, 450])
    assert lines["change"].to_list() == pytest.approx([250, 0, 250])
    # Ann went from 2 of 3 won, 100 each, to 1 of 2, 100.33; Bob from 0 of 1 to 1 of 2, 149.67; Cid is new with 200.
    drivers = ["volume", "win_rate", "deal_size"]
    own = company.set_index("driver")["part"]
    assert lines.loc["company", drivers].to_list() == own[drivers].to_list()
    assert lines.loc["sum", drivers].to_list() == pytest.approx(groups[drivers].sum().to_list())
    assert lines.loc["mix", drivers].sum() == pytest.approx(0, abs=0.001)
    assert (lines.loc["sum", drivers] + lines.loc["mix", drivers]).to_list() == pytest.approx(own[drivers].to_list())
    assert abs(lines.loc["mix", "volume"]) > 1


def test_groups_that_keep_their_shares_have_no_mix() -> None:
    """Both teams close and win twice as much at twice the size: each part is the company's, halved."""

    def quarter(day: str, times: int, amount: float) -> list[dict[str, object]]:
        return [
            deal(f"{rep}{day}{i}", day, (day, "Lead", amount * (2 if rep == "a" else 1)), (day, stage))
            | {"rep_id": rep}
            for rep in "ab"
            for i, stage in enumerate([WON, LOST] * times)
        ]

    book = told("2026-06-30", [*quarter("2026-01-10", 1, 100), *quarter("2026-04-10", 2, 200)])
    lines = change_totals(revenue_change(book, "2026Q2"), revenue_change_by(book, "2026Q2", "rep")).set_index("line")
    # 300 became 1200; by symmetry volume and size have 450 each.
    assert lines.loc["sum"].to_list() == lines.loc["company"].to_list() == [300, 1200, 900, 450, 0, 450]
    assert lines.loc["mix"].to_list() == [0] * 6


def test_a_single_group_is_the_company(book: Book) -> None:
    company, groups = revenue_change(book, "2026Q2"), revenue_change_by(book, "2026Q2", "rep")
    assert change_totals(company, groups.iloc[:1]).empty


def test_a_group_without_deals_before_changed_by_volume_alone(book: Book) -> None:
    row = revenue_change_by(book, "2026Q2", "rep").set_index("group").loc["Cid"]
    assert row[["before", "after", "change", "volume", "win_rate", "deal_size"]].to_list() == [0, 200, 200, 200, 0, 0]


def test_groups_of_fractions_of_a_cent_sum_to_the_company_to_the_cent() -> None:
    deals = [
        deal(i, "2026-04-10", ("2026-04-10", "Lead", 0.004), ("2026-04-10", WON)) | {"rep_id": f"r{i}"}
        for i in range(5)
    ]
    frame = revenue_change_by(told("2026-06-30", deals), "2026Q2", "rep")
    assert round(frame["change"].sum(), 2) == 0.02
    company = revenue_change(told("2026-06-30", deals), "2026Q2")
    assert round(company["part"].sum(), 2) == 0.02


def test_quarters_without_deals_changed_by_nothing(book: Book) -> None:
    assert revenue_change(book, "2024Q2")["part"].to_list() == [0, 0, 0]
