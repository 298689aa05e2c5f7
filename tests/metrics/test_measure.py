"""What holds of every metric: parts sum to the whole, order does not matter, nothing is lost, n/a is null."""

from __future__ import annotations

import crowd
import numpy as np
import pandas as pd
import pytest
from small import book_of, deal, told

from salesops_lib.data.book import Book
from salesops_lib.errors import MissingTable, ParameterError
from salesops_lib.metrics import CATALOGUE, compile, measure, missing_table
from salesops_lib.metrics.spec import Mean, Ratio, Spread, Stock, Sum, TimeAverage

NAMES = list(CATALOGUE)
NUMBERS = ["value", "numerator", "denominator", "n", "low", "high"]
HALF = "2026Q1..2026Q2"
OF_NO_REP = ("territory_penetration", "tool_adoption", "cost_per_active_user")
BY_REP = [name for name in NAMES if name not in OF_NO_REP]
OF_NO_SOURCE = ("activities_logged", "prospecting_contacts")
SETTINGS = {"targets": {"lead_response_hours": 4}}


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict[str, object]]]:
    return crowd.tables()


@pytest.fixture(scope="module")
def book(tables: dict[str, list[dict[str, object]]]) -> Book:
    return book_of("2026-06-30", company=SETTINGS, **tables)


@pytest.fixture(scope="module")
def whole(book: Book) -> pd.DataFrame:
    return measure(book, NAMES, HALF).set_index("metric")


@pytest.fixture(scope="module")
def by_rep(book: Book) -> pd.DataFrame:
    return measure(book, BY_REP, HALF, by="rep")


def test_the_frame_has_exactly_these_columns(book: Book, by_rep: pd.DataFrame) -> None:
    assert list(by_rep.columns) == ["metric", "period", "rep", "rep_name", *NUMBERS]
    both = measure(book, ["win_rate", "revenue_won"], "2026Q1", by=["team", "lead_source"], grain="month")
    assert list(both.columns) == ["metric", "period", "team", "lead_source", *NUMBERS]
    assert list(both["metric"].unique()) == ["win_rate", "revenue_won"]
    assert list(both["period"].unique()) == ["2026-01", "2026-02", "2026-03"]


def test_every_metric_of_the_crowd_has_a_value(whole: pd.DataFrame) -> None:
    assert whole["value"].notna().all()
    assert (whole["n"] > 0).all()


@pytest.mark.parametrize("by", ["rep", "team", "lead_source"])
def test_parts_of_sums_sum_to_the_whole(book: Book, whole: pd.DataFrame, by: str) -> None:
    names = [name for name in BY_REP if isinstance(CATALOGUE[name], Sum | Stock)]
    names = [name for name in names if by != "lead_source" or name not in OF_NO_SOURCE]
    parts = measure(book, names, HALF, by=by).groupby("metric")[["value", "n"]].sum()
    for column in ("value", "n"):
        assert parts[column].to_dict() == pytest.approx(whole.loc[names, column].to_dict()), column


def test_numerators_and_denominators_sum_to_the_whole(whole: pd.DataFrame, by_rep: pd.DataFrame) -> None:
    names = [name for name in BY_REP if isinstance(CATALOGUE[name], Ratio | Mean)]
    parts = by_rep[by_rep["metric"].isin(names)].groupby("metric")[["numerator", "denominator", "n"]].sum()
    for column in parts:
        assert parts[column].to_dict() == pytest.approx(whole.loc[names, str(column)].to_dict()), column


def test_months_of_flows_sum_to_the_quarters(book: Book, whole: pd.DataFrame) -> None:
    names = [name for name in NAMES if isinstance(CATALOGUE[name], Sum)]
    for grain in ("month", "quarter", "year"):
        parts = measure(book, names, "2026" if grain == "year" else HALF, grain=grain)
        assert parts.groupby("metric")["value"].sum().to_dict() == pytest.approx(whole.loc[names, "value"].to_dict())


def test_the_order_of_rows_does_not_matter(tables: dict[str, list[dict[str, object]]], whole: pd.DataFrame) -> None:
    turned = {name: rows[::-1] for name, rows in tables.items()}
    again = measure(book_of("2026-06-30", company=SETTINGS, **turned), NAMES, HALF)
    pd.testing.assert_frame_equal(again.set_index("metric"), whole)


def test_one_row_moves_the_figure(tables: dict[str, list[dict[str, object]]], whole: pd.DataFrame) -> None:
    kept = {name: rows for name, rows in tables.items() if name != "opportunity_history"}
    won = next(row for row in kept["opportunities"] if row["stage"] == "Won" and str(row["closed_at"]) > "2026")
    kept["opportunities"] = [row for row in kept["opportunities"] if row is not won]
    fewer = measure(book_of("2026-06-30", **kept), ["revenue_won", "win_rate"], HALF).set_index("metric")
    assert fewer["value"]["revenue_won"] == pytest.approx(whole["value"]["revenue_won"] - won["amount"])
    assert fewer["value"]["win_rate"] < whole["value"]["win_rate"]


def test_shares_of_counted_things_lie_between_0_and_1(by_rep: pd.DataFrame) -> None:
    names = ["win_rate", "win_rate_value", "reps_at_quota", "stage_conversion", "loss_rate_by_stage"]
    found = by_rep[by_rep["metric"].isin(names)][["value", "low", "high"]].stack()
    assert len(found) > 50
    assert found.between(0, 1).all()


def test_intervals_contain_the_value(book: Book, by_rep: pd.DataFrame) -> None:
    by_source = measure(book, ["forecast_bias", "discount_rate", "win_rate_value"], "2026Q1", by="team")
    for frame in (by_rep, by_source):
        known = frame.dropna(subset=["low", "high"])
        assert set(known["metric"]) >= {"forecast_bias", "discount_rate", "win_rate_value"}
        assert (known["low"] <= known["value"] + 1e-9).all()
        assert (known["value"] <= known["high"] + 1e-9).all()


def test_nothing_to_divide_by_is_null(book: Book) -> None:
    empty = measure(book, NAMES, "2020Q1").set_index("metric")
    for name, row in empty.iterrows():
        if name == "territory_penetration":  # nobody was a customer yet of accounts that are there all the time
            assert row[["value", "numerator", "denominator"]].to_list() == [0, 0, 200]
            continue
        is_sum = isinstance(CATALOGUE[str(name)], Sum | Stock | Spread | TimeAverage)
        assert row["value"] == 0 if is_sum else np.isnan(row["value"]), name
        assert row["n"] == 0
    assert not np.isinf(empty[NUMBERS].astype(float)).any().any()


def test_no_row_is_lost_and_members_without_a_row_are_there(book: Book, by_rep: pd.DataFrame) -> None:
    won = by_rep[by_rep["metric"] == "revenue_won"].set_index("rep")
    assert {"Unassigned", "ghost", "idle"} < set(won.index)
    assert won.loc["idle", ["rep_name", "value", "n"]].to_list() == ["No Deals", 0.0, 0.0]
    assert won.loc["ghost", "rep_name"] == "Unknown"
    rate = by_rep[by_rep["metric"] == "win_rate"].set_index("rep").loc["idle"]
    assert np.isnan(rate["value"])
    assert rate[["numerator", "denominator", "n"]].to_list() == [0, 0, 0]
    teams = measure(book, "deals_closed", HALF, by="team")
    assert teams["team"].to_list() == ["North", "South", "Unassigned", "Unknown", "West"]
    assert list(measure(book, "revenue_won", "2026Q1", by="rep")["rep"]).count("idle") == 0  # hired in the second


def test_two_reps_of_one_name_are_told_apart() -> None:
    reps = [{"rep_id": "a", "name": "Kim"}, {"rep_id": "b", "name": "Kim"}]
    deals = [deal(1, "2026-01-05", ("2026-01-06", "Won"), rep_id="a")]
    frame = measure(told("2026-03-31", deals, reps=reps), "revenue_won", "2026Q1", by="rep")
    assert frame["rep_name"].to_list() == ["Kim (a)", "Kim (b)"]


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    asked: list[list[str]] = []
    original = compile.query

    def counted(book, metrics, periods, by):  # type: ignore[no-untyped-def]
        asked.append(list(metrics))
        return original(book, metrics, periods, by)

    monkeypatch.setattr(compile, "query", counted)
    return asked


def test_each_table_is_queried_once(book: Book, queries: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    # These two rest on a sheet of their own, by rep and by month.
    names = [name for name in BY_REP if name not in ("reps_at_quota", "consistency")]
    measure(book, names, HALF, by="team", grain="month")
    tables = [{compile_table(name) for name in asked} for asked in queries]
    assert sorted(tables, key=str) == [
        {"activities"}, {"forecast_results"}, {"lead_outcomes"}, {"opportunities"}, {"orders"}, {"pushes"},
        {"quota_spans"}, {"quotes"}, {"ramps"}, {"stage_entries"}, {"states"}
    ]  # fmt: skip


def test_a_query_is_one_statement(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    measure(book, ["revenue_won", "win_rate", "median_deal_size", "pipeline_created"], HALF)
    connection, seen = book.source.connection, []
    original = connection._to_duckdb_relation
    monkeypatch.setattr(connection, "_to_duckdb_relation", lambda *a, **k: seen.append(a) or original(*a, **k))
    measure(book, ["revenue_won", "win_rate", "median_deal_size", "pipeline_created"], HALF)
    assert len(seen) == 1


def test_a_share_of_reps_adds_one_query_by_rep(book: Book, queries: list[list[str]]) -> None:
    measure(book, ["reps_at_quota", "revenue_won", "quota"], HALF)
    assert sorted(queries) == [["quota"], ["quota"], ["revenue_won"], ["revenue_won"]]
    queries.clear()
    measure(book, ["reps_at_quota", "revenue_won", "quota"], HALF, by="rep")
    assert sorted(queries) == [["quota"], ["revenue_won"]]


def compile_table(name: str) -> str:
    from salesops_lib.metrics.registry import metric_of, table_of

    return table_of(metric_of(name)) or ""


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ({"metrics": []}, "no metric is named: name at least one of the catalogue."),
        ({"metrics": "win_rat"}, "'win_rat' is not in the catalogue. Did you mean win_rate or win_rate_value or "
         "slip_rate?"),
        ({"by": "regoin"}, "'regoin' is no dimension of this metric. Did you mean region?"),
        ({"metrics": "quota", "by": "product"}, "'product' is no dimension of this metric. Known: manager, region, "
         "rep, segment, team, territory."),
        ({"metrics": "tool_adoption", "by": "rep"}, "'rep' is no dimension of this metric. Known: tool."),
        ({"by": "value"}, "'value' is no dimension of this metric. Known: account, country, industry, lead_source, "
         "manager, product, region, rep, segment, team, territory, type."),
        ({"period": "2026Q5"}, "'2026Q5' is not a period. Write it as 2026 (year), 2026Q3 (quarter), 2026-02 (month), "
         "2026-W07 (week) or 2025Q1..2026Q2 (range)."),
        ({"grain": "quarters"}, "'quarters' is not a grain. Did you mean quarter?"),
        ({"period": "2026-02", "grain": "quarter"}, "no quarter starts in 2026-02."),
    ],
)  # fmt: skip
def test_a_wrong_call_says_what_is_wrong(book: Book, call: dict[str, object], text: str) -> None:
    with pytest.raises(ParameterError) as error:
        measure(book, **{"metrics": "win_rate", "period": "2026Q1", **call})  # type: ignore[arg-type]
    assert str(error.value) == text


def test_a_metric_that_needs_a_missing_table_names_it() -> None:
    book = book_of("2026-03-31", opportunities=[deal(1, "2026-01-05", ("2026-01-06", "Won"))])
    needed = {name: missing_table(book, name) for name in NAMES}
    assert needed["revenue_won"] is needed["pipeline_value"] is needed["sales_velocity"] is None
    assert needed["quota_attainment"] == needed["reps_at_quota"] == needed["pipeline_coverage"] == "quotas"
    assert needed["forecast_bias"] == "forecasts"
    assert needed["stage_conversion"] == "opportunity_history"
    assert needed["lead_conversion"] == "leads"
    assert needed["quote_response_hours"] == needed["contacts_per_win"] == "activities"
    assert needed["territory_penetration"] == "territories"
    assert needed["tool_adoption"] == "tools"
    assert needed["cancellation_rate"] is None
    for name, table in needed.items():
        if table:
            with pytest.raises(MissingTable, match=f"needs the table '{table}'"):
                measure(book, name, "2026Q1")
    with pytest.raises(MissingTable, match="needs the table 'reps'"):
        measure(book, "revenue_won", "2026Q1", by="team")
    with pytest.raises(MissingTable, match="needs the table 'territories'"):
        measure(told("2026-03-31", [deal(1, "2026-01-05", ("2026-01-06", "Won"))], reps=[{"rep_id": "a"}]),
                "revenue_won", "2026Q1", by="region")  # fmt: skip


def test_a_company_may_name_its_own_columns_as_it_likes() -> None:
    own = {"rep_id": "a", "period": "x", "source": "fair", "start": "s", "days": "d", "default": "e", "past": "p"}
    deals = [
        deal(1, "2026-01-05", ("2026-01-06", "Lead", 10)) | own,
        deal(2, "2026-02-05", ("2026-02-06", "Won")) | own,
    ]
    book = told("2026-03-31", deals, reps=[{"rep_id": "a"}])
    frame = measure(
        book, ["weighted_pipeline", "revenue_won", "median_deal_size"], "2026Q1", by="source", grain="month"
    )
    assert set(frame["source"]) == {"fair"}
    assert frame.loc[frame["metric"] == "weighted_pipeline", "value"].to_list() == [1, 1, 1]
