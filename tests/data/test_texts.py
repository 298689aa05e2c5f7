"""Texts of a database are cleaned as the cells of files are."""

import re
import sys
import unicodedata

import ibis
import pytest

from salesops_lib.data.cells import clean
from salesops_lib.data.texts import INVISIBLE, cleaned


def test_all_that_unicode_calls_a_control_or_a_format_character_is_invisible():
    characters = [chr(i) for i in range(1, sys.maxunicode + 1) if unicodedata.category(chr(i)) in ("Cc", "Cf")]
    seen = [c for c in characters if not re.fullmatch(INVISIBLE, c)]
    assert seen == ["\t", "\n", "\r"]
    assert not re.search(INVISIBLE, "A z\u00e9\u4e00\U0001f600-.,")


@pytest.mark.parametrize(
    "cell",
    [
        " Jose\u0301\u200b\u00a0Saraiva\x07 ",
        "two\r\nlines",
        "a\tb",
        "\u2003wide\u3000",
        "\ufeff",
        "plain",
        "",
        "\u202eevil",
    ],
)
def test_a_cell_is_what_that_of_a_file_is(cell):
    table = ibis.memtable({"text": [cell]})
    found = ibis.duckdb.connect().to_pyarrow(table.select(text=cleaned(table.text)))["text"].to_pylist()
    assert found == [clean(cell) or None]
