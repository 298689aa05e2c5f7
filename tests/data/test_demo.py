"""The demo company as data: the same bytes for the same call, tables that fit each other, a history that agrees."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from salesops_lib.company import read_company
from salesops_lib.data.demo import company_text, write_demo
from salesops_lib.data.demo import write as demo_write
from salesops_lib.data.demo.company import WRITTEN
from salesops_lib.data.schema import TABLES as KNOWN
from salesops_lib.errors import ParameterError

END = pd.Timestamp("2026-10-01")
START = pd.Timestamp("2024-10-01")
TABLES = {name: KNOWN[name] for name in WRITTEN}

Tables = dict[str, pd.DataFrame]


def read(folder: Path) -> Tables:
    tables = {}
    for name, table in TABLES.items():
        dates = [column.name for column in table.columns if column.kind in ("date", "timestamp")]
        texts = {column.name: "string" for column in table.columns if column.kind in ("id", "text")}
        tables[name] = pd.read_csv(folder / f"{name}.csv", parse_dates=dates, dtype=texts)
    return tables


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    write_demo(out, years=2, opportunities=12_000, activities=30_000)
    return out


@pytest.fixture(scope="module")
def demo(folder: Path) -> Tables:
    return read(folder)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_same_call_same_bytes_and_another_seed_other_bytes(tmp_path: Path, format: str) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_demo(tmp_path / name, reps=8, years=1, seed=seed, format=format)  # type: ignore[arg-type]
    first, again, other = (digest(tmp_path / name) for name in "abc")
    assert first == again
    assert first.keys() == {*(f"{table}.{format}" for table in TABLES), "demo.yml"}
    same = {name for name in first if first[name] == other[name]}
    # what no chance decides
    assert same <= {"demo.yml", f"products.{format}", f"territories.{format}"}


def test_parquet_and_csv_hold_the_same_data(tmp_path: Path) -> None:
    for format in ("csv", "parquet"):
        write_demo(tmp_path / format, reps=6, years=1, format=format)  # type: ignore[arg-type]
    tables = read(tmp_path / "csv")
    for name, table in TABLES.items():
        stored = pq.read_table(tmp_path / "parquet" / f"{name}.parquet").to_pandas()
        assert list(stored.columns) == list(table.names) == list(tables[name].columns)
        for column in table.columns:
            left, right = tables[name][column.name], stored[column.name]
            if column.kind in ("id", "text"):
                right = right.astype("string")
            elif column.kind in ("money", "share", "number", "integer"):
                left, right = left.astype(float), right.astype(float)
            elif column.kind in ("date", "timestamp"):
                left, right = left.astype("datetime64[us]"), pd.to_datetime(right).astype("datetime64[us]")
            else:
                left, right = left.astype("boolean"), right.astype("boolean")
            pd.testing.assert_series_equal(left, right, check_names=False)


def test_parquet_types_are_the_canonical_ones(tmp_path: Path) -> None:
    write_demo(tmp_path, reps=4, years=1, format="parquet")
    types = {"money": "decimal128(18, 2)", "timestamp": "timestamp[us]", "date": "date32[day]", "id": "string"}
    for name, table in TABLES.items():
        schema = pq.read_schema(tmp_path / f"{name}.parquet")
        for column in table.columns:
            expected = types.get(column.kind)
            assert expected is None or str(schema.field(column.name).type) == expected


def test_blocks_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_write, "BLOCK", 700)
    told: list[str] = []
    write_demo(tmp_path, reps=10, years=1, opportunities=3000, activities=6000, progress=told.append)
    tables = read(tmp_path)
    assert len(told) == -(-int(told[-1].split()[0]) // 700) > 3
    for name in ("opportunities", "leads", "activities"):
        assert tables[name][TABLES[name].key[0]].is_unique
    history = tables["opportunity_history"]
    assert history.opportunity_id.nunique() == len(tables["opportunities"]) == pytest.approx(3000, rel=0.03)
    assert len(tables["activities"]) == pytest.approx(6000, rel=0.03)


def test_requested_sizes_are_hit(demo: Tables) -> None:
    assert len(demo["opportunities"]) == pytest.approx(12_000, rel=0.03)
    assert len(demo["activities"]) == pytest.approx(30_000, rel=0.03)
    assert len(demo["reps"]) == 40


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_unique_and_required_columns_filled(demo: Tables, name: str) -> None:
    table = TABLES[name]
    if table.key:
        assert not demo[name].duplicated(list(table.key)).any()
    assert demo[name][list(table.required)].notna().all().all()


@pytest.mark.parametrize("parent", ["accounts", "reps", "territories", "products", "opportunities", "leads"])
def test_every_reference_exists(demo: Tables, parent: str) -> None:
    key = TABLES[parent].key[0]
    children = [name for name, table in TABLES.items() if key in table.names and name != parent]
    assert children
    for child in children:
        assert set(demo[child][key].dropna()) <= set(demo[parent][key]), child


def test_an_opportunity_lies_in_the_region_of_its_rep(demo: Tables) -> None:
    region = demo["territories"].set_index("territory_id").region
    of_rep = demo["reps"].set_index("rep_id").territory_id.map(region)
    of_account = demo["accounts"].set_index("account_id").territory_id.map(region)
    deals = demo["opportunities"]
    assert (deals.rep_id.map(of_rep) == deals.account_id.map(of_account)).all()


def test_history_agrees_with_opportunities(demo: Tables) -> None:
    history, deals = demo["opportunity_history"], demo["opportunities"].set_index("opportunity_id")
    order = history.groupby("opportunity_id").changed_at
    assert (order.diff().dropna() > pd.Timedelta(0)).all(), "two changes in one second leave open which came last"
    last = history.groupby("opportunity_id").tail(1).set_index("opportunity_id").loc[deals.index]
    for column in ("stage", "amount", "close_date", "forecast_category"):
        assert (last[column] == deals[column]).all(), column
    closed = deals[deals.is_closed]
    assert (closed.closed_at == last.changed_at[closed.index]).all()
    assert (closed.closed_at.dt.normalize() == closed.close_date).all()
    assert (order.min()[deals.index] == deals.created_at).all()


def test_flags_follow_the_stage(demo: Tables) -> None:
    deals = demo["opportunities"]
    assert (deals.is_won == (deals.stage == "Closed Won")).all()
    assert (deals.is_closed == deals.stage.isin(["Closed Won", "Closed Lost"])).all()
    assert (deals.closed_at.notna() == deals.is_closed).all()
    assert (deals.loss_reason.notna() == (deals.stage == "Closed Lost")).all()
    assert deals.groupby("stage").probability.nunique().eq(1).all()
    assert (deals.list_amount >= deals.amount).all()
    assert (deals.amount > 0).all()
    assert (deals.cancelled_at.isna() | deals.is_won).all()
    assert (deals.corrected_at.isna() | deals.is_won).all()


def test_nothing_happens_after_the_end_or_out_of_order(demo: Tables) -> None:
    deals, leads = demo["opportunities"], demo["leads"]
    for name, table in TABLES.items():
        for column in (column.name for column in table.columns if column.kind == "timestamp"):
            times = demo[name][column].dropna()
            assert (times < END).all(), (name, column)
            if name != "accounts":
                assert ((times.dt.dayofweek < 5) & times.dt.hour.between(8, 17)).all(), (name, column)
    assert (deals.created_at < deals.closed_at.fillna(END)).all()
    assert (deals.closed_at.fillna(END) >= START).all()
    assert (deals.close_date[~deals.is_closed] >= END).all()
    cancelled = deals.dropna(subset="cancelled_at")
    assert (cancelled.cancelled_at - cancelled.closed_at).between(pd.Timedelta(0), pd.Timedelta(days=120)).all()
    corrected = deals.dropna(subset="corrected_at")
    assert (corrected.corrected_at - corrected.closed_at).between(pd.Timedelta(0), pd.Timedelta(days=45)).all()
    assert (leads.first_response_at.dropna() > leads.created_at[leads.first_response_at.notna()]).all()
    assert (leads.converted_at.dropna() > leads.first_response_at[leads.converted_at.notna()]).all()
    born = demo["accounts"].set_index("account_id").created_at
    assert (deals.account_id.map(born) < deals.created_at).all()


def test_a_converted_lead_is_told_the_same_in_both_tables(demo: Tables) -> None:
    joined = (
        demo["leads"]
        .dropna(subset="opportunity_id")
        .merge(demo["opportunities"], on="opportunity_id", suffixes=("", "_deal"), validate="one_to_one")
    )
    assert len(joined) > 5000
    assert (joined.lead_source == joined.lead_source_deal).all()
    assert (joined.converted_at == joined.created_at_deal).all()


def test_reps_work_only_while_employed(demo: Tables) -> None:
    reps = demo["reps"].set_index("rep_id")
    assert reps.name.is_unique
    assert reps.left_on.notna().sum() == 5
    assert (reps.hired_on > START).sum() == 8
    for name, when in (("activities", "happened_at"), ("leads", "created_at"), ("forecasts", "submitted_at")):
        rows = demo[name]
        assert (rows[when] >= rows.rep_id.map(reps.hired_on)).all(), name
        assert (rows[when] < rows.rep_id.map(reps.left_on).fillna(END)).all(), name
    deals = demo["opportunities"]
    still = deals[deals.rep_id.map(reps.left_on).notna()]
    assert (still.closed_at < still.rep_id.map(reps.left_on)).all(), "open deals of leavers have a new owner"


def test_it_behaves_like_a_company(demo: Tables) -> None:
    deals, history = demo["opportunities"], demo["opportunity_history"]
    closed = deals[deals.is_closed]
    left = (pd.PeriodIndex(closed.closed_at, freq="Q").end_time - closed.closed_at).dt.days
    assert 0.30 < (left < 14).mean() < 0.45, "quarter-end rush"
    won = deals[deals.is_won]
    assert 38 < (won.closed_at - won.created_at).dt.days.median() < 52
    stages = ["Qualification", "Discovery", "Proposal", "Negotiation", "Closed Won"]
    rank = history.stage.map({stage: n for n, stage in enumerate(stages)})
    step = rank.groupby(history.opportunity_id).diff()
    assert 0.02 < history.opportunity_id[step < 0].nunique() / len(deals) < 0.07, "stages re-entered"
    assert 0.08 < history.opportunity_id[step > 1].nunique() / len(deals) < 0.20, "stages skipped"
    before = history.groupby("opportunity_id")[["stage", "close_date"]].shift()
    reopened = (before.stage == "Closed Lost") & (history.stage != "Closed Lost")
    ever_lost = history[history.stage == "Closed Lost"].opportunity_id.nunique()
    assert 0.01 < reopened.sum() / ever_lost < 0.03
    is_open = ~history.stage.str.startswith("Closed") & ~reopened
    pushed = history.opportunity_id[is_open & (history.close_date > before.close_date)].nunique()
    pulled = history.opportunity_id[is_open & (history.close_date < before.close_date)].nunique()
    assert 0.3 < pushed / len(deals) < 0.4
    assert 0.05 < pulled / len(deals) < 0.15
    assert 0.02 < won.cancelled_at.notna().mean() < 0.04
    assert 0.03 < won.corrected_at.notna().mean() < 0.05
    assert 0.03 < 1 - won.amount.sum() / won.list_amount.sum() < 0.12


def test_quotas_are_within_reach(demo: Tables) -> None:
    deals, quotas = demo["opportunities"], demo["quotas"].merge(demo["reps"], on="rep_id")
    whole = (quotas.period_end - quotas.period_start).dt.days + 1
    there = (
        np.minimum(quotas.left_on.fillna(END), quotas.period_end) - np.maximum(quotas.hired_on, quotas.period_start)
    ).dt.days + 1
    prorated = (quotas.quota * there / whole).groupby(quotas.period_start).sum()
    won = deals[deals.is_won]
    revenue = won.groupby(won.closed_at.dt.to_period("Q").dt.start_time).amount.sum()
    attainment = (revenue / prorated).dropna()
    assert len(attainment) == 8
    assert len(prorated) == 9, "the next quarter has its quota"
    # the last quarter is the leaking one
    assert attainment[:-1].between(0.8, 1.25).all()
    assert 0.9 < revenue[:-1].sum() / prorated[:-2].sum() < 1.06


@pytest.mark.parametrize(("reps", "years", "end"), [(1, 1, date(2026, 9, 30)), (3, 2, date(2024, 2, 28))])
def test_the_smallest_companies_are_written_too(tmp_path: Path, reps: int, years: int, end: date) -> None:
    write_demo(tmp_path, reps=reps, years=years, end=end)
    tables = read(tmp_path)
    assert len(tables["reps"]) == reps
    assert (tables["opportunities"].created_at.dt.date <= end).all()
    assert not tables["opportunities"].empty


def test_the_company_file_is_valid_and_names_every_table(folder: Path) -> None:
    company = read_company(folder / "demo.yml")
    assert list(company.source.tables) == list(TABLES)
    assert company.source.data_until == date(2026, 9, 30)
    assert company.stages.all == (
        "Qualification", "Discovery", "Proposal", "Negotiation", "Closed Won", "Closed Lost",
    )  # fmt: skip
    for table in company.source.tables.values():
        assert table.from_ is not None
        assert (folder / table.from_).is_file()
    assert "from: ../demo/leads.parquet" in company_text("../demo", "parquet")


def test_a_wrong_call_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "new"
    with pytest.raises(ParameterError) as caught:
        write_demo(out, without=["better_reps"])
    assert str(caught.value) == "'better_reps' is not one of the demo's planted truths. Did you mean better_rep?"
    with pytest.raises(ParameterError) as caught:
        write_demo(out, reps=0, years=0, format="xlsx")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "reps must be 1 or more, not 0.\nyears must be 1 or more, not 0.\n"
        "'xlsx' is not a format of the demo. Known: csv, parquet."
    )
    assert not out.exists()
