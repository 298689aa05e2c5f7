"""Spark, with which no figure was compared, is refused in one sentence that holds nothing of the address."""

from __future__ import annotations

import pytest
import yaml

from salesops_lib import open_book
from salesops_lib.errors import SourceError


@pytest.mark.parametrize("address", ["pyspark://?token=planted", "spark://host:7077", "sc://host:15002/;token=planted"])
def test_its_addresses_are_refused(tmp_path, address):
    content = {
        "name": "Testers",
        "stages": {"open": {"Open": 0.5}, "won": ["Won"], "lost": ["Lost"]},
        "source": {"connect": address, "tables": {"opportunities": {"from": "deals"}}},
    }
    path = tmp_path / "company.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        open_book(path)
    assert str(caught.value) == (
        "key 'source.connect': Spark is no engine of the kit. "
        "Write the tables as Parquet files and name those, or load them into PostgreSQL."
    )
