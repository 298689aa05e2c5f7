"""The demo company read through PostgreSQL has the figures it has through DuckDB, however its rows lie."""

import numpy as np
import pandas as pd
import pytest
import yaml

from salesops_lib import catalogue, measure, open_book
from tests.engines.server import company_file

PERIODS = "2025Q4..2026Q3"
NUMBERS = ["value", "numerator", "denominator", "n", "low", "high"]
TOOLS = ["tool_adoption", "cost_per_active_user"]
BY = [["rep"], ["team"], ["region"], []]


UNITS = dict(zip(catalogue()["metric"], catalogue()["unit"], strict=True))
# What cannot be split: tools belong to nobody, territories to no team.
NOT_BY = {"rep": ["territory_penetration", *TOOLS], "team": ["territory_penetration", *TOOLS], "region": TOOLS}


def metrics(by):
    return [name for name in UNITS if name not in NOT_BY.get("".join(by), [])]


@pytest.fixture(scope="module")
def books(demo_in_postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in demo_in_postgres.environment.items():
            patch.setenv(name, value)
        return {
            "duckdb": open_book(company_file(folder, None, name="duckdb.yml")),
            "postgres": open_book(company_file(folder, demo_in_postgres, name="postgres.yml")),
            "shuffled": open_book(company_file(folder, demo_in_postgres, "shuffled", name="shuffled.yml")),
        }


@pytest.mark.parametrize("by", BY, ids=lambda by: "-".join(by) or "company")
def test_the_whole_catalogue_by_quarter(books, by):
    ours, theirs = (
        measure(books[name], metrics(by), PERIODS, by=by, grain="quarter") for name in ("duckdb", "postgres")
    )
    assert len(ours["metric"].unique()) >= len(UNITS) - 3
    keys = [column for column in ours.columns if column not in NUMBERS]
    pd.testing.assert_frame_equal(ours[keys], theirs[keys])
    pd.testing.assert_frame_equal(ours[NUMBERS], theirs[NUMBERS], rtol=1e-9, atol=0)
    kinds = ours["metric"].map(UNITS)
    money, counts = kinds.isin(["money", "money_per_day"]), kinds == "count"
    assert money.any()
    assert counts.any()
    cents = [np.rint(frame.loc[money, ["value", "low", "high"]] * 100) for frame in (ours, theirs)]
    pd.testing.assert_frame_equal(*cents, check_exact=True)
    for column, rows in (("n", slice(None)), ("value", counts)):
        pd.testing.assert_series_equal(ours.loc[rows, column], theirs.loc[rows, column], check_exact=True)
    assert ours.attrs["notes"] == theirs.attrs["notes"]


def test_what_became_of_every_row_is_the_same(books):
    duck, postgres = (books[engine].audit.frame() for engine in ("duckdb", "postgres"))
    pd.testing.assert_frame_equal(duck.drop(columns="source"), postgres.drop(columns="source"))
    assert list(postgres["source"]) == [f"crm.{table}" for table in duck["table"]]
    assert (postgres["read"] == postgres["used"] + postgres["quarantined"] + postgres["dropped"]).all()


def test_the_order_of_the_rows_does_not_matter(books):
    frames = [measure(books[name], metrics(["rep"]), "2026Q3", by=["rep"]) for name in ("postgres", "shuffled")]
    pd.testing.assert_frame_equal(*frames, check_exact=True)


def test_the_data_s_hash_is_that_of_the_rows_in_whatever_order(planted, demo_in_postgres, tmp_path):
    planted.run("CREATE SCHEMA turned", "CREATE TABLE turned.reps AS SELECT * FROM crm.reps ORDER BY rep_id DESC")
    hashes = []
    for statement in ("SELECT 1", "UPDATE turned.reps SET team = 'Centre' WHERE rep_id = 'R-001'"):
        planted.run(statement)
        path = company_file(tmp_path, planted)
        path.write_text(path.read_text().replace("from: crm.reps", "query: SELECT * FROM turned.reps"))
        hashes.append(open_book(path).data_hash)
        planted.run("CREATE TABLE turned.again AS SELECT * FROM turned.reps ORDER BY rep_id", "DROP TABLE turned.reps")
        planted.run("ALTER TABLE turned.again RENAME TO reps")
        hashes.append(open_book(path).data_hash)
    planted.run("DROP SCHEMA turned CASCADE")
    assert hashes[0] == hashes[1] != hashes[2] == hashes[3]


def test_only_what_was_worked_out_leaves_the_server(planted, demo_in_postgres, tmp_path):
    """Of 405,000 rows, no query of opening and measuring fetches more than a few hundred."""
    from salesops_lib.data import postgres

    fetched = []
    book = open_book(company_file(tmp_path, planted))
    original = postgres.Postgres.execute

    def counted(self, expr, /, **kwargs):
        found = original(self, expr, **kwargs)
        fetched.append(len(found) if hasattr(found, "__len__") else 1)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres.Postgres, "execute", counted)
        measure(book, ["win_rate", "revenue_won", "sales_cycle_days"], PERIODS, by=["rep"], grain="quarter")
    assert 0 < max(fetched) <= 40 * 4 * 3


def test_changes_of_one_moment_come_in_one_order(planted, tmp_path):
    changes = [("Lost", "2026-03-01", amount) for amount in (50, 70, 60)] + [("Open", "2026-02-01", 10)]
    found = []
    for schema, rows in (("one", changes), ("other", changes[::-1])):
        planted.run(
            f"DROP SCHEMA IF EXISTS {schema} CASCADE",
            f"CREATE SCHEMA {schema}",
            f"CREATE TABLE {schema}.deals AS SELECT 'A' AS opportunity_id, 'Lost' AS stage, 99 AS amount, "
            "timestamp '2026-01-01' AS created_at, timestamp '2026-03-01' AS closed_at",
            f"CREATE TABLE {schema}.changes (opportunity_id text, stage text, changed_at timestamp, amount int)",
            *(f"INSERT INTO {schema}.changes VALUES ('A', '{stage}', '{at}', {n})" for stage, at, n in rows),
        )
        source = {"opportunities": f"{schema}.deals", "opportunity_history": f"{schema}.changes"}
        content = {
            "name": "Testers",
            "stages": {"open": {"Open": 0.5}, "won": ["Won"], "lost": ["Lost"]},
            "source": {"connect": planted.address, "data_until": "2026-09-30", "tables": source},
        }
        path = tmp_path / f"{schema}.yml"
        path.write_text(yaml.safe_dump(content))
        spans = open_book(path).table("states").order_by("n").to_pandas()
        found.append(list(zip(spans["stage"], spans["amount"].map(float), strict=True)))
    assert found[0] == found[1] == [("Open", 10.0), ("Lost", 50.0), ("Lost", 60.0), ("Lost", 99.0)]
