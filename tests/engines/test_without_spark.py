"""Where Spark is not installed, its address is refused in one sentence that says what to install."""

from __future__ import annotations

import sys

import pytest
import yaml

from salesops_lib import open_book
from salesops_lib.errors import SourceError


def refused(folder, address):
    content = {
        "name": "Testers",
        "stages": {"open": {"Open": 0.5}, "won": ["Won"], "lost": ["Lost"]},
        "source": {"connect": address, "tables": {"opportunities": {"from": "deals"}}},
    }
    path = folder / "company.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        open_book(path)
    return str(caught.value)


def test_its_address_is_refused(tmp_path, monkeypatch):
    for name in ("salesops_lib.data.spark", "ibis.backends.pyspark", "pyspark"):
        monkeypatch.setitem(sys.modules, name, None)
    assert refused(tmp_path, "pyspark://?token=planted") == (
        "key 'source.connect': the connection failed (pyspark is not installed). "
        'Spark needs Java 17 and the extra of the kit: pip install -e ".[spark]".'
    )


@pytest.mark.parametrize("address", ["spark://host:7077", "sc://host:15002/;token=planted"])
def test_an_address_of_sparks_own_is_told_how_it_is_written(tmp_path, address):
    assert refused(tmp_path, address) == (
        "key 'source.connect': a session of Spark has another address. "
        "Write it as pyspark://?spark.master=spark://host:7077."
    )
