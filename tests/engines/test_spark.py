"""A small company read through Spark has the figures it has through DuckDB; without Spark the address is refused."""

from __future__ import annotations

import shutil
import warnings

import numpy as np
import pandas as pd
import pytest
import yaml

from salesops_lib import catalogue, measure, open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.errors import SourceError
from tests.engines.test_same_figures import NUMBERS, TOOLS, UNITS

PERIODS = "2026Q1..2026Q3"
NOT_BY = {"rep": ["territory_penetration", *TOOLS], "": []}
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}
pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not here")
    sql = pytest.importorskip("pyspark.sql", reason='no Spark here: pip install -e ".[spark]"')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of where the machine keeps what runs
        builder = sql.SparkSession.builder.master("local[1]")
        for key, value in {**SETTINGS, "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark"))}.items():
            builder = builder.config(key, value)
        running = builder.getOrCreate()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def books(session, tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    path = write_demo(folder, reps=8, years=2, opportunities=1_500, activities=6_000, format="parquet")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["source"]["connect"] = "pyspark://"
    for name, source in content["source"]["tables"].items():
        session.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
        content["source"]["tables"][name] = {**(source if isinstance(source, dict) else {}), "from": name}
    (folder / "spark.yml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return {"duckdb": open_book(path), "spark": open_book(folder / "spark.yml")}


@pytest.mark.parametrize("by", [[], ["rep"]], ids=["company", "rep"])
def test_the_whole_catalogue_by_quarter(books, by):
    names = [name for name in catalogue()["metric"] if name not in NOT_BY["".join(by)]]
    ours, theirs = (measure(book, names, PERIODS, by=by, grain="quarter") for book in books.values())
    keys = [column for column in ours.columns if column not in NUMBERS]
    pd.testing.assert_frame_equal(ours[keys], theirs[keys])
    pd.testing.assert_frame_equal(ours[NUMBERS], theirs[NUMBERS], rtol=1e-9, atol=0)
    money = ours["metric"].map(UNITS).isin(["money", "money_per_day"])
    assert money.any()
    cents = [np.rint(frame.loc[money, ["value", "low", "high"]] * 100) for frame in (ours, theirs)]
    pd.testing.assert_frame_equal(*cents, check_exact=True)
    assert ours.attrs["notes"] == theirs.attrs["notes"]


def test_what_became_of_every_row_is_the_same(books):
    duck, spark = (book.audit.frame().drop(columns="source") for book in books.values())
    pd.testing.assert_frame_equal(duck, spark)
    assert (spark["read"] == spark["used"] + spark["quarantined"] + spark["dropped"]).all()


def test_a_query_of_spark(session, tmp_path):
    """Texts with dates of a format, decimal commas, accents apart from their letters, moments with a zone."""
    rows = [("A", "Won", "31.03.2026", "1.234,50", "Zoe\u0308"), ("B", "Lost", "01.04.2026", "7,25", "Ann\u200b")]
    session.createDataFrame(
        rows, "opportunity_id string, stage string, day string, amount string, rep_id string"
    ).createOrReplaceTempView("told")
    query = "SELECT *, TIMESTAMP '2026-01-01 23:30:00+00:00' AS created_at FROM told"
    deals = {"query": query, "decimal": ",", "date_format": {"closed_at": "%d.%m.%Y"}, "columns": {"closed_at": "day"}}
    content = {
        "name": "Testers",
        "timezone": "Europe/Amsterdam",
        "stages": {"open": {"Open": 0.5}, "won": ["Won"], "lost": ["Lost"]},
        "source": {"connect": "pyspark://", "data_until": "2026-09-30", "tables": {"opportunities": deals}},
    }
    path = tmp_path / "company.yml"
    path.write_text(yaml.safe_dump(content))
    found = open_book(path).table("opportunities").order_by("opportunity_id").to_pandas()
    assert [str(day.date()) for day in found["closed_at"]] == ["2026-03-31", "2026-04-01"]
    assert [float(amount) for amount in found["amount"]] == [1234.5, 7.25]
    assert list(found["rep_id"]) == ["Zo\u00eb", "Ann"]
    assert set(found["created_at"]) == {pd.Timestamp("2026-01-02 00:30")}


def test_what_spark_says_of_a_query_is_told_without_its_plan(session, tmp_path):
    content = {
        "name": "Testers",
        "stages": {"open": {"Open": 0.5}, "won": ["Won"], "lost": ["Lost"]},
        "source": {"connect": "pyspark://", "tables": {"opportunities": {"query": "SELECT * FROM nowhere"}}},
    }
    path = tmp_path / "company.yml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(SourceError) as caught:
        open_book(path)
    said = str(caught.value)
    assert "TABLE_OR_VIEW_NOT_FOUND" in said
    assert "nowhere" in said
    assert "Project" not in said
    assert "\n" not in said
